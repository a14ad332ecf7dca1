import { type Argument, Command, CommanderError, type Option } from 'commander';
import { COMMANDS } from './command-table.ts';
import { repeated } from './define-command.ts';

/** A word to offer, with a description. */
interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** The possible words at the cursor. */
type Completion = readonly Candidate[] | 'file';

/**
 * Answers a completion script in the format of cobra, which kubectl reads too: a line for each candidate, with a tab
 * and a description, then `:0` for files or `:4` for none. Reads nothing but the command line.
 * @param typed the words after the program's name, up to the one at the cursor
 */
export async function answerCompletion(typed: readonly string[]): Promise<string> {
  const current = typed.at(-1) ?? '';
  const completion = await complete(typed.slice(0, -1), current);
  if (completion === 'file') return ':0\n';
  const lines = completion
    .filter(({ value }) => value.startsWith(current))
    .map(({ value, description }) => (description === '' ? value : `${value}\t${description}`));
  return [...lines, ':4'].map((line) => `${line}\n`).join('');
}

async function complete([name, ...words]: readonly string[], current: string): Promise<Completion> {
  if (name === undefined || name === 'help') {
    if (words.length > 0) return [];
    return current.startsWith('-') ? optionNames(new Command().version('')) : COMMAND_NAMES;
  }
  const listed = COMMANDS.find((one) => one.name === name);
  if (!listed) return [];
  const command = (await listed.load())(async () => {});
  const { pending, operands } = parse(command, words);
  if (pending) return valuesOf(pending);
  const onlyArguments = words.includes('--');
  if (current.startsWith('-') && !onlyArguments)
    return attachedValues(command, current) ?? optionNames(command);
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[operands] ?? (last?.variadic ? last : undefined);
  if (argument) return valuesOf(argument);
  return current === '' && !onlyArguments ? optionNames(command) : [];
}

const COMMAND_NAMES: readonly Candidate[] = [
  ...COMMANDS.map(({ name, summary }) => ({ value: name, description: summary })),
  { value: 'help', description: 'display help for command' },
];

/**
 * Lets the command parse the words before the cursor.
 * @returns the option that still needs its value, and the number of arguments
 */
function parse(
  command: Command,
  words: readonly string[],
): { readonly pending: Option | undefined; readonly operands: number } {
  command.exitOverride().configureOutput({ outputError: () => {} });
  try {
    return { pending: undefined, operands: command.parseOptions([...words]).operands.length };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const needsValue = error.code === 'commander.optionMissingArgument';
    const pending = needsValue ? optionCalled(command, words.at(-1) ?? '') : undefined;
    return { pending, operands: 0 };
  }
}

function optionCalled(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short }) => word === long || word === short);
}

/** Options that can still be given. */
function optionNames(command: Command): Candidate[] {
  const isOpen = (option: Option) =>
    option.parseArg === repeated || command.getOptionValueSource(option.attributeName()) !== 'cli';
  const open = command.createHelp().visibleOptions(command).filter(isOpen);
  return open.flatMap(({ long, short, description }) =>
    [long, short].flatMap((value) => (value ? [{ value, description }] : [])),
  );
}

/** Completes `--name=value` or `-nvalue`; undefined for any other word. */
function attachedValues(command: Command, current: string): Completion | undefined {
  const [start = ''] = /^(?:--[^=]+=|-[^-](?=.))/.exec(current) ?? [];
  const option = optionCalled(command, start.replace(/=$/, ''));
  if (!option?.required) return undefined;
  const values = valuesOf(option);
  return values === 'file' ? values : values.map((one) => ({ ...one, value: `${start}${one.value}` }));
}

/** The choices of an option or argument, or files if it is one. */
function valuesOf(target: Option | Argument): Completion {
  const { argChoices } = target;
  const isFile = 'flags' in target ? /<file>/.test(target.flags) : argChoices === undefined;
  return isFile ? 'file' : (argChoices ?? []).map((value) => ({ value, description: '' }));
}
