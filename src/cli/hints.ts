import type { Command, CommanderError, Option } from 'commander';
import { Failure, type Finding, type Problem, refusal } from '../errors.ts';
import { didYouMean, listed, quoted, shellWord } from '../text.ts';
import { COMMANDS, isCommand } from './command-table.ts';
import { HINTS, type Hint, wordsInHint } from './hint-table.ts';

/** A command line that failed. */
interface Line {
  readonly program: string;
  readonly words: readonly string[];
  /** Its command, as parsed; undefined if the first word is none. */
  readonly parsed: Command | undefined;
}

/** Commander's error with a next step: a hint, a similar word, or what the command has. */
export async function usageError(error: CommanderError, line: Line): Promise<Failure> {
  const commands = await Promise.all(COMMANDS.map(async ({ load }) => (await load())(async () => {})));
  const name = line.words.find(isCommand);
  const command = line.parsed ?? commands.find((one) => one.name() === name);
  const [, message = '', similar] = MESSAGE.exec(error.message) ?? [];
  const mistake = { ...mistakeOf({ message }, line, command), message };
  const help =
    switchedOff(mistake, command) ??
    hintFor(mistake, line, command)?.help ??
    ownersOf(mistake, line, commands, command) ??
    (isHarmless(mistake, similar) ? similar : undefined) ??
    whatExists(mistake, line.program, commands, command);
  return refusal({ message, help }, error);
}

/** A failure of the command, with the hints for what was typed. */
export function withHints(failure: Failure, line: Line): Failure {
  const given = new Set<Hint>();
  const hinted = failure.findings.map((finding): Problem => {
    const found = hintFor(mistakeOf(finding, line, line.parsed), line, line.parsed);
    if (!found || given.has(found.hint)) return finding;
    given.add(found.hint);
    const own = found.hint.isMore && finding.help !== undefined ? `${finding.help}\n` : '';
    return { ...finding, help: `${own}${found.help}` };
  });
  return given.size === 0 ? failure : new Failure(failure.exitCode, hinted, failure);
}

/** Commander's message, with its suggestion on a second line. */
const MESSAGE = /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s;

/** Options that write, overwrite, delete, widen or silence: nobody is led to one by a similar word. */
const CHANGES_MORE = /--(?:write|prune|force|fix|ignore|unassigned|no-|allow-|skip-|all-)/;

/** False for a suggestion that changes more than what was typed, or is the opposite of `--no-…`. */
function isHarmless({ unknown }: Mistake, suggestion = ''): boolean {
  return !CHANGES_MORE.test(suggestion) && !unknown?.startsWith('--no-');
}

/** The next step for `--prune=false` and `--no-prune`; without it, the option would go, and do what nobody asked for. */
function switchedOff({ unknown }: Mistake, command: Command | undefined): string | undefined {
  const [, negated, assigned] = /^--(?:no-([\w-]+)|([\w-]+)=(?:false|no|off|0))$/i.exec(unknown ?? '') ?? [];
  const name = `--${negated ?? assigned}`;
  const option = command?.options.find(({ long, hidden }) => long === name && !hidden);
  if (!option?.isBoolean()) return undefined;
  return `Remove ${shellWord(unknown ?? '')}: without ${name}, it is off.`;
}

/** An error, and what of the line is at fault. */
interface Mistake {
  readonly message: string;
  /** An unknown option or command, as typed. */
  readonly unknown: string | undefined;
  /** An argument that is no file, or one too many. */
  readonly argument: string | undefined;
  /** An option with a wrong value, or the one in front of the argument. */
  readonly option: string | undefined;
  readonly value: string | undefined;
}

/** An option of the line with its value, and the place of that. */
interface GivenOption {
  readonly option: string;
  readonly value: string;
  readonly at: number;
}

function mistakeOf(
  { message, location }: Pick<Finding, 'message' | 'location'>,
  { words }: Line,
  command: Command | undefined,
): Mistake {
  const given = givenOptions(words, command?.options ?? []);
  // The option whose value an argument follows: `--account a b`.
  const before = (argument: string) =>
    given.find(({ value, at }) => words[at + 1] === argument && words[at] === value);
  const { args = [], registeredArguments = [] } = command ?? {};
  const unknown = /^unknown (?:option|command) '(.*)'$/s.exec(message)?.[1];
  // A problem in another input, such as the config, isn't about an argument.
  const isFile = location === undefined || args.includes(location.file);
  const excess = message.startsWith('too many arguments') ? registeredArguments.length : 0;
  const argument =
    unknown !== undefined || !isFile
      ? unknown
      : (location?.file ?? args.find((one) => !/[./]/.test(one) && before(one)) ?? args[excess]);
  const wrong =
    /^option '(?:-\w, )?(--[\w-]+).*?'(?: argument '(.*)' is invalid)?|^(--[\w-]+): "(.*?)" /s.exec(message);
  const text = `${location?.file}: ${message}`;
  const preceding = argument === undefined ? undefined : before(argument);
  const isNamed = ({ value }: GivenOption) => text.includes(value.includes(',') ? value : quoted(value));
  const faulty = wrong ? { option: wrong[1] ?? wrong[3], value: wrong[2] ?? wrong[4] } : given.find(isNamed);
  return {
    message,
    unknown,
    argument: preceding || !faulty ? argument : undefined,
    option: preceding?.option ?? faulty?.option,
    value: unknown === undefined ? (preceding ?? faulty)?.value : valueAfter(unknown, words),
  };
}

/** The value of an unknown option, if it has one. */
function valueAfter(unknown: string, words: readonly string[]): string | undefined {
  const [, own] = /^--?[\w-]+=(.*)$/s.exec(unknown) ?? [];
  const next = words[words.indexOf(unknown) + 1];
  return own ?? (next?.startsWith('-') ? undefined : next);
}

function givenOptions(words: readonly string[], options: readonly Option[]): GivenOption[] {
  return words.flatMap((word, index) => {
    const [, flag, value] = /^(-\w|--[\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) return [];
    const option = options.find(({ short, long, required }) => required && [short, long].includes(flag));
    if (!option?.long) return [];
    const at = value === undefined ? index + 1 : index;
    return [{ option: option.long, value: value ?? words[at] ?? '', at }];
  });
}

function hintFor(
  mistake: Mistake,
  line: Line,
  command: Command | undefined,
): { readonly hint: Hint; readonly help: string } | undefined {
  const { message, unknown, argument, option, value } = mistake;
  const name = command?.name() ?? 'none';
  const fits = (hint: Hint, word: string | undefined) =>
    (hint.typed === undefined || (word !== undefined && wordsInHint(hint.typed).includes(word))) &&
    (hint.says?.test(message) ?? true) &&
    (hint.argument === undefined || (argument !== undefined && hint.argument.test(argument))) &&
    (hint.option === undefined || (option !== undefined && wordsInHint(hint.option).includes(option))) &&
    (hint.value === undefined || (value !== undefined && hint.value.test(value))) &&
    (hint.on === undefined || wordsInHint(hint.on).includes(name)) &&
    (hint.takes === undefined || !command || takes(command, hint.takes)) &&
    (hint.lacks === undefined || (command && takes(command, hint.lacks) && !uses(line, hint.lacks))) &&
    (hint.offers === undefined || formatsOf(command).includes(hint.offers));
  const [whole, short] = namesOf(unknown);
  const hint = HINTS.find((one) => fits(one, whole)) ?? HINTS.find((one) => fits(one, short));
  if (!hint) return undefined;
  return { hint, help: filledIn(hint.help, mistake, line, command) };
}

/** `--dry-run` for `--dry-run=client`, `-nkube-system` and `-n` for the first, `lint` for `Lint`. */
function namesOf(word: string | undefined): readonly string[] {
  if (word === undefined) return [];
  if (!word.startsWith('-')) return [word.toLowerCase()];
  const name = word.replace(/=.*/s, '');
  return word.startsWith('--') ? [name] : [name, word.slice(0, 2)];
}

function takes({ options }: Command, option: string): boolean {
  return options.some(({ long }) => long === option);
}

function uses({ words }: Line, option: string): boolean {
  return words.some((word) => word.replace(/=.*/s, '') === option);
}

function formatsOf(command: Command | undefined): readonly string[] {
  return command?.options.find(({ long }) => long === '--output')?.argChoices ?? [];
}

function filledIn(help: string, mistake: Mistake, { program }: Line, command: Command | undefined): string {
  const { unknown, argument, option = '', value } = mistake;
  const args = command?.args ?? [];
  const typed = unknown ?? argument;
  const each = (value ?? '')
    .split(option === '--map' ? /,(?=[^,=]+=)/ : ',')
    .filter((part) => part.trim() !== '');
  const values: Readonly<Record<string, string>> = {
    PROGRAM: program,
    COMMAND: command?.name() ?? 'COMMAND',
    WORD: shellWord(typed ?? ''),
    VALUE: shellWord(value ?? 'NAME'),
    OPTION: option,
    EACH: each.map((part) => `${option} ${shellWord(part.trim())}`).join(' '),
    REST: args.slice(args.indexOf(argument ?? '') + 1).join(' '),
    FORMATS: formatsOf(command).join(', '),
  };
  return help.replace(/\b[A-Z]+\b/g, (name) => values[name] ?? name);
}

/** The commands that have an unknown option, and where to write it; undefined if none has it. */
function ownersOf(
  { unknown }: Mistake,
  { program, words }: Line,
  commands: readonly Command[],
  command: Command | undefined,
): string | undefined {
  if (!unknown?.startsWith('-')) return undefined;
  const option = unknown.replace(/=.*/s, '');
  const owners = commands.filter(({ options }) =>
    options.some(({ short, long, hidden }) => !hidden && (option === short || option === long)),
  );
  if (owners.length === 0) return undefined;
  if (owners.some((one) => one.name() === command?.name())) {
    const before = words
      .slice(0, words.indexOf(command?.name() ?? ''))
      .map(shellWord)
      .join(' ');
    if (before === '') return `${option} takes no value.`;
    return `Options follow the command: ${program} ${command?.name()} ${before}`;
  }
  const names = owners.map((one) => one.name());
  return command
    ? `${option} is an option of ${listed(names, names.length)}.`
    : `Options follow the command, such as: ${program} ${names[0]} ${words.map(shellWord).join(' ')}`;
}

/** The commands of the program, the options of the command, or the use of the option. */
function whatExists(
  { message, unknown, option, value }: Mistake,
  program: string,
  commands: readonly Command[],
  command: Command | undefined,
): string {
  if (!command)
    return `Commands: ${commands.map((one) => one.name()).join(', ')}. \`${program} --help\` describes them.`;
  const shown = command.options.filter(({ hidden }) => !hidden);
  if (unknown === undefined) {
    const known = shown.find(({ long }) => long === option);
    if (!known || / cannot be used with /.test(message)) return 'Remove one of them.';
    const near = didYouMean(value ?? '', known.argChoices ?? []);
    return near ?? `${known.flags}: ${known.description}`;
  }
  const own = shown.filter(({ helpGroupHeading }) => helpGroupHeading === undefined);
  if (own.length === 0) return `Remove it: ${command.name()} has no options.`;
  const names = own.map(({ long, flags }) => long ?? flags);
  return `Options of ${command.name()}: ${names.join(', ')}. For all, run \`${program} ${command.name()} --help-all\`.`;
}
