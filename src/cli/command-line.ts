import { Command, CommanderError, Option } from 'commander';
import { Failure, refusal } from '../errors.ts';
import type { Output } from '../io.ts';
import { quoted } from '../text.ts';
import { COMMANDS, isCommand } from './command-table.ts';
import { HELP_ALL, type Run, repeated } from './define-command.ts';
import { terminalWidth } from './format/table.ts';

/** The program's name and version; the name may be `kubectl aws-auth-sso`. */
interface ProgramName {
  readonly name: string;
  readonly version: string;
}

/** Outputs for help, and the terminals that it is as wide as. */
interface Outputs {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  readonly stdout: Output;
  readonly stderr: Output;
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
  const commandLine = await buildCommandLine(program, words, run, outputs);
  try {
    await commandLine.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError || error instanceof Failure)) throw error;
    if (error.exitCode === 0) return 0;
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const { usageError, withHints } = await import('./hints.ts');
    const parsed = commandLine.commands.find((command) => command.name() === words[0]);
    const line = { program: program.name, words, parsed };
    throw error instanceof Failure ? withHints(error, line) : await usageError(error, line);
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
    if (first === 'help' && command !== undefined) return withCommandFirst(words);
    return ['--help'];
  }
  return isCommand(first) || first.startsWith('-') ? [first, ...rest] : [first];
}

/** Width of the help without a terminal. */
const USUAL_WIDTH = 80;

/** Builds a command line of one command, or of the names of all for suggestions if no command matches. */
async function buildCommandLine(
  { name, version }: ProgramName,
  words: readonly string[],
  run: Run,
  { writeOut, writeErr, stdout, stderr }: Outputs,
): Promise<Command> {
  const program = new Command(name).version(version).helpCommand(false);
  const known = COMMANDS.find((command) => command.name === words[0]);
  const command = known && withFilename((await known.load())(run), name);
  if (command) program.addCommand(command);
  // Loaded only if help is going to be shown.
  if (!known) (await import('./help.ts')).describeProgram(program);
  else if (command && words.some((word) => HELP_OPTIONS.includes(word)))
    (await import('./help.ts')).describeCommand(command, known, name);
  for (const one of [program, ...program.commands])
    one
      .exitOverride()
      .configureOutput({
        writeOut,
        writeErr,
        outputError: () => {},
        getOutHelpWidth: () => terminalWidth(stdout) ?? USUAL_WIDTH,
        getErrHelpWidth: () => terminalWidth(stderr) ?? USUAL_WIDTH,
      })
      .showSuggestionAfterError();
  return program;
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
