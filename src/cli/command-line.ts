import { Command, CommanderError, Help, Option } from 'commander';
import { refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Output } from '../io.ts';
import { quoted } from '../text.ts';
import { GROUPS, type Run, repeated } from './command.ts';
import { COMMANDS, type ListedCommand } from './command-table.ts';
import { terminalWidth } from './format/table.ts';
import type { ProgramName } from './help.ts';

/** Where help goes. */
interface Outputs {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Its width is that of the help. */
  readonly stdout: Output;
}

/**
 * Parses a command line and runs its command; no other is loaded.
 * @returns 2 where the help was shown for want of a command
 * @throws Failure (exit 2) for a usage error
 */
export async function runCommandLine(
  argv: readonly string[],
  program: ProgramName,
  run: Run,
  outputs: Outputs,
): Promise<0 | 2> {
  const words = withHelpOption(argv);
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

/** `help COMMAND` as `COMMAND --help`; of what is no command alone, about which nothing else can be asked. */
function withHelpOption([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first === 'help') return isCommand(rest[0]) ? [...rest, '--help'] : withHelpOption(rest);
  return isCommand(first) || first.startsWith('-') ? [first, ...rest] : [first];
}

function isCommand(word: string | undefined): boolean {
  return COMMANDS.some(({ name }) => name === word);
}

/** The command line with the one command that is wanted; with the names of all, for suggestions, where there is none. */
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
  if (!known || words.some((word) => word === '-h' || word === '--help'))
    await addHelp(program, known, outputs);
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .configureOutput({ ...outputs, outputError: () => {} })
      .showSuggestionAfterError();
  return program;
}

/** Columns for what an option does, below which it stands under the option instead of beside it. */
const NARROW = 36;

/** Of the help where there is no terminal. */
const USUAL_WIDTH = 80;

/** What the help says, which is loaded only where it is shown. */
async function addHelp(
  program: Command,
  known: ListedCommand | undefined,
  { stdout }: Outputs,
): Promise<void> {
  const { examplesOf, programHelp } = await import('./help.ts');
  program.configureHelp({ formatHelp: () => programHelp(program.name()) });
  if (!known) return;
  const width = terminalWidth(stdout) ?? USUAL_WIDTH;
  const examples = examplesOf(known.name, program.name());
  for (const command of program.commands)
    command.configureHelp({
      // What stands there is not wrapped: somebody copies the examples.
      commandUsage: (one) => `${new Help().commandUsage(one)}\n\n${known.summary}\n\nExamples:\n${examples}`,
      visibleOptions: (one) => inGroups(new Help().visibleOptions(one)),
      groupItems: (_, visible, groupOf) => groupBy(visible, groupOf),
      formatItem: (term, termWidth, description, help) => {
        if (width - termWidth >= NARROW)
          return Help.prototype.formatItem.call(help, term, termWidth, description, help);
        return `  ${term}\n${help.boxWrap(description, width - 6).replace(/^/gm, '      ')}`;
      },
      minWidthToWrap: NARROW / 2,
      helpWidth: width,
    });
}

/** Options in the order of their groups, those of a command alone first. */
function inGroups(options: readonly Option[]): Option[] {
  const order: readonly (string | undefined)[] = Object.values(GROUPS);
  const place = ({ helpGroupHeading }: Option) => order.indexOf(helpGroupHeading);
  return options.toSorted((one, other) => place(one) - place(other));
}

/** `-f FILE`, as kubectl has it, for the argument FILE; the help names only that. */
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
