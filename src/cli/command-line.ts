import { Command, CommanderError, Help, Option } from 'commander';
import { refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Output } from '../io.ts';
import { quoted } from '../text.ts';
import { GROUPS, HELP_ALL, type Run, repeated } from './command.ts';
import { COMMANDS, isCommand, type ListedCommand } from './command-table.ts';
import { terminalWidth } from './format/table.ts';
import type { ProgramName } from './help.ts';

/** Outputs for help. */
interface Outputs {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Help is as wide as this terminal. */
  readonly stdout: Output;
}

/**
 * Parses a command line, then loads and runs its command and no other.
 * @returns 2 if no command was given and the help was shown instead
 * @throws Failure (exit 2) for a usage error
 */
export async function runCommandLine(
  argv: readonly string[],
  program: ProgramName,
  run: Run,
  outputs: Outputs,
): Promise<0 | 2> {
  const words = withCommandFirst(argv);
  try {
    const commandLine = await buildCommandLine(program, words, run, outputs);
    await commandLine.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    const { usageError } = await import('./usage-error.ts');
    throw usageError(error, program.name, words);
  }
}

const HELP_OPTIONS = ['-h', '--help', HELP_ALL];

/**
 * Puts the command first: turns `help COMMAND` and `--help COMMAND` into `COMMAND --help`. Keeps only an unknown first
 * word, so that the error is about that word.
 */
function withCommandFirst([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first === 'help' || HELP_OPTIONS.includes(first)) {
    const words = rest.filter((word) => word !== '--');
    const command = words.find((word) => !HELP_OPTIONS.includes(word));
    if (command !== undefined && isCommand(command))
      return [command, [first, ...words].includes(HELP_ALL) ? HELP_ALL : '--help'];
    if (first === 'help') return withCommandFirst(words);
  }
  return isCommand(first) || first.startsWith('-') ? [first, ...rest] : [first];
}

/** Builds a command line of one command, or of the names of all for suggestions if no command matches. */
async function buildCommandLine(
  { name, version }: ProgramName,
  words: readonly string[],
  run: Run,
  outputs: Outputs,
): Promise<Command> {
  const program = new Command(name).version(version).helpCommand(false);
  const known = COMMANDS.find((command) => command.name === words[0]);
  if (known) program.addCommand(withFilename((await known.load())(run), name));
  else for (const command of COMMANDS) program.command(command.name);
  if (!known || words.some((word) => HELP_OPTIONS.includes(word))) await addHelp(program, known, outputs);
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .configureOutput({ ...outputs, outputError: () => {} })
      .showSuggestionAfterError();
  return program;
}

/** Minimum columns for a description next to its option; with fewer it goes below. */
const NARROW = 36;

/** Width of the help without a terminal. */
const USUAL_WIDTH = 80;

/** Loads and configures the help, only if it is going to be shown. */
async function addHelp(
  program: Command,
  known: ListedCommand | undefined,
  { stdout }: Outputs,
): Promise<void> {
  const { examplesOf, programHelp, sharedOptionsHelp } = await import('./help.ts');
  program.configureHelp({ formatHelp: () => programHelp(program.name()) });
  if (!known) return;
  const width = terminalWidth(stdout) ?? USUAL_WIDTH;
  const examples = examplesOf(known.name, program.name());
  let showsAll = false;
  for (const command of program.commands) {
    command.on(`option:${HELP_ALL.slice(2)}`, () => {
      showsAll = true;
      command.help();
    });
    command.configureHelp({
      // Examples are not wrapped: readers copy them.
      commandUsage: (one) => `${new Help().commandUsage(one)}\n\n${known.summary}\n\nExamples:\n${examples}`,
      visibleOptions: (one) => {
        const options = new Help().visibleOptions(one);
        return showsAll ? inGroups(options) : options.filter(isOwn);
      },
      groupItems: (_, visible, groupOf) => groupBy(visible, groupOf),
      formatItem: (term, termWidth, description, help) => {
        if (width - termWidth >= NARROW)
          return Help.prototype.formatItem.call(help, term, termWidth, description, help);
        return `  ${term}\n${help.boxWrap(description, width - 6).replace(/^/gm, '      ')}`;
      },
      formatHelp: (one, help) => {
        const text = Help.prototype.formatHelp.call(help, one, help);
        if (showsAll) return text;
        const shared = inGroups(new Help().visibleOptions(one)).filter((option) => !isOwn(option));
        return `${text}${sharedOptionsHelp(shared, `${program.name()} ${one.name()} ${HELP_ALL}`, width)}`;
      },
      minWidthToWrap: NARROW / 2,
      helpWidth: width,
    });
  }
}

/** True for an option of one command; the others are in a group. */
function isOwn({ helpGroupHeading }: Option): boolean {
  return helpGroupHeading === undefined;
}

/** Sorts options by group; options of a single command come first. */
function inGroups(options: readonly Option[]): Option[] {
  const order: readonly (string | undefined)[] = Object.values(GROUPS);
  const place = ({ helpGroupHeading }: Option) => order.indexOf(helpGroupHeading);
  return options.toSorted((one, other) => place(one) - place(other));
}

/** Accepts `-f FILE`, like kubectl, for the argument FILE; the help shows only the argument. */
function withFilename(command: Command, program: string): Command {
  const [argument] = command.registeredArguments;
  if (argument?.name() !== 'file') return command;
  const option = new Option('-f, --filename <file>').argParser(repeated).hideHelp();
  return command.addOption(option).hook('preAction', () => {
    const files: readonly string[] | undefined = command.getOptionValue(option.attributeName());
    if (files === undefined) return;
    if (command.args.length > 0 || (files.length > 1 && !argument.variadic)) {
      const message = `too many files: ${[...files.map((file) => `-f ${quoted(file)}`), ...command.args.map(quoted)].join(', ')}`;
      const help = `Name them without -f, as \`${program} ${command.name()} --help\` shows.`;
      throw refusal({ message, help });
    }
    command.processedArgs = [argument.variadic ? files : files[0]];
  });
}
