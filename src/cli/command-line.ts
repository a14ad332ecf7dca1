import { Command, CommanderError } from 'commander';
import { type Failure, refusal } from '../errors.ts';
import { COMMANDS } from './command-table.ts';
import { type ProgramName, programHelp } from './help.ts';
import type { Run } from './shell.ts';

/** Where help goes. */
interface Outputs {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
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
    const commandLine = await buildCommandLine(program, words[0], run, outputs);
    await commandLine.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    throw usageError(error, program.name, words);
  }
}

/** What commander says, and as the next step its suggestion, else where the help is. */
function usageError(error: CommanderError, program: string, words: readonly string[]): Failure {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const command = COMMANDS.find(({ name }) => words.includes(name))?.name;
  const lead = command !== undefined && words[0] !== command ? 'Options follow the command: see' : 'See';
  const help = `${lead} \`${[program, command ?? []].flat().join(' ')} --help\`.`;
  return refusal({ message, help: suggestion?.replace(/^\((.*)\)$/, '$1') ?? help }, error);
}

/** `help COMMAND` as `COMMAND --help`. */
function withHelpOption([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first !== 'help') return [first, ...rest];
  return COMMANDS.some(({ name }) => name === rest[0]) ? [...rest, '--help'] : rest;
}

/** The command line with the one command that is wanted; with the names of all, for suggestions, where there is none. */
async function buildCommandLine(
  { name, version }: ProgramName,
  wanted: string | undefined,
  run: Run,
  outputs: Outputs,
): Promise<Command> {
  const program = new Command(name)
    .version(version)
    .helpCommand(false)
    .configureHelp({ formatHelp: () => programHelp(name) });
  const known = COMMANDS.find((command) => command.name === wanted);
  if (known) program.addCommand((await known.load())(run).description(known.summary));
  else for (const command of COMMANDS) program.command(command.name);
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .configureOutput({ ...outputs, outputError: () => {} })
      .showSuggestionAfterError();
  return program;
}
