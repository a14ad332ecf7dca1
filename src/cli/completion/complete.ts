import type { Argument, Command, Option } from 'commander';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../../entry.ts';
import { DEFAULT_ROLE } from '../../inventory/role-rules.ts';
import type { Io } from '../../io.ts';
import { repeated } from '../command.ts';
import { COMMANDS } from '../command-table.ts';
import { OPTIONS } from '../help.ts';
import { DEFAULT_CONFIG } from '../load-request.ts';
import { type Candidate, type NameKind, namesOf } from './names.ts';

/** Completions of the word at the cursor. */
export interface Completion {
  /** Whole words that start with the typed word. */
  readonly candidates: readonly Candidate[];
  /** True if the word is a file name. */
  readonly files: boolean;
  /** True if the word continues after a candidate. */
  readonly open: boolean;
}

const NOTHING: Completion = { candidates: [], files: false, open: false };
export const FILES: Completion = { ...NOTHING, files: true };

function offer(candidates: readonly Candidate[]): Completion {
  return { ...NOTHING, candidates };
}

/**
 * Completes the word at the cursor. Reads only files.
 * @param words the words between the program's name and the cursor
 */
export async function complete(words: readonly string[], current: string, io: Io): Promise<Completion> {
  const found = await completionOf(words, current, io);
  return { ...found, candidates: found.candidates.filter(({ value }) => value.startsWith(current)) };
}

async function completionOf(
  [name, ...words]: readonly string[],
  current: string,
  io: Io,
): Promise<Completion> {
  if (name === undefined) return offer(current.startsWith('-') ? PROGRAM_OPTIONS : COMMAND_NAMES);
  if (name === 'help') return words.length === 0 ? offer(COMMAND_NAMES) : NOTHING;
  const listed = COMMANDS.find((one) => one.name === name);
  if (!listed) return NOTHING;
  const command = (await listed.load())(async () => {});
  const line = readWords(command, words);
  if (line.pending) return valuesOf(line.pending, '', current, line, io);
  const attached = line.onlyArguments ? undefined : attachedValue(line.options, current);
  if (attached) return valuesOf(attached.option, attached.prefix, current, line, io);
  if (!line.onlyArguments && current.startsWith('-')) return offer(optionNames(line));
  return argumentOf(command, current, line);
}

const COMMAND_NAMES: readonly Candidate[] = [
  ...COMMANDS.map(({ name, summary }) => ({ value: name, description: summary })),
  { value: 'help', description: 'display help for command' },
];
const PROGRAM_OPTIONS: readonly Candidate[] = OPTIONS.map(([flags, description]) => ({
  value: flags.replace(/^-., /, ''),
  description,
}));

/** The parsed words before the cursor. */
interface ReadWords {
  readonly options: readonly Option[];
  readonly given: ReadonlyMap<Option, readonly string[]>;
  /** The option whose value is at the cursor. */
  readonly pending: Option | undefined;
  /** The number of arguments so far. */
  readonly argumentCount: number;
  /** True after `--`. */
  readonly onlyArguments: boolean;
}

function readWords(command: Command, words: readonly string[]): ReadWords {
  const options = command.createHelp().visibleOptions(command);
  const given = new Map<Option, string[]>();
  const give = (option: Option, ...values: string[]) =>
    given.set(option, [...(given.get(option) ?? []), ...values]);
  let pending: Option | undefined;
  let argumentCount = 0;
  let onlyArguments = false;
  for (const word of words) {
    const option = onlyArguments ? undefined : options.find((one) => isCalled(one, word));
    const attached = onlyArguments ? undefined : attachedValue(options, word);
    if (pending) {
      give(pending, word);
      pending = undefined;
    } else if (word === '--') onlyArguments = true;
    else if (option) {
      give(option);
      if (option.required) pending = option;
    } else if (attached) give(attached.option, word.slice(attached.prefix.length));
    else if (onlyArguments || !word.startsWith('-') || word === '-') argumentCount += 1;
  }
  return { options, given, pending, argumentCount, onlyArguments };
}

function isCalled({ long, short }: Option, word: string): boolean {
  return word === long || word === short;
}

/** The option of a word that contains its value: `--name=value` or `-nvalue`. */
function attachedValue(
  options: readonly Option[],
  word: string,
): { readonly option: Option; readonly prefix: string } | undefined {
  const [prefix = ''] = /^(?:--[^=]+=|-[^-])/.exec(word) ?? [];
  const option = options.find((one) => one.required && isCalled(one, prefix.replace(/=$/, '')));
  return option && prefix !== '' && word !== prefix.replace(/=$/, '') ? { option, prefix } : undefined;
}

/** Options that can still be given. */
function optionNames({ options, given }: ReadWords): Candidate[] {
  const excluded = new Set([...given.keys()].flatMap(conflictsOf));
  const isOpen = (option: Option) =>
    (!given.has(option) || option.parseArg === repeated) &&
    !excluded.has(option.attributeName()) &&
    !conflictsOf(option).some((name) => [...given.keys()].some((one) => one.attributeName() === name));
  return options.filter(isOpen).flatMap(({ long, short, description }) => {
    return [long, short].flatMap((value) => (value ? [{ value, description }] : []));
  });
}

/** Names of the options that an option conflicts with. */
function conflictsOf(option: Option): readonly string[] {
  const { conflictsWith } = option as Option & { readonly conflictsWith?: readonly string[] };
  return conflictsWith ?? [];
}

function argumentOf(command: Command, current: string, line: ReadWords): Completion {
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[line.argumentCount] ?? (last?.variadic ? last : undefined);
  if (argument?.argChoices) return offer(choicesOf(argument));
  if (argument) return FILES;
  return current === '' && !line.onlyArguments ? offer(optionNames(line)) : NOTHING;
}

function choicesOf({ argChoices }: Option | Argument): Candidate[] {
  return (argChoices ?? []).map((value) => ({ value, description: '' }));
}

/** The kind of names that are values of an option. */
const KINDS: Readonly<Record<string, NameKind | 'mappings' | 'rules'>> = {
  '--account': 'scope',
  '--exclude-account': 'accounts',
  '--skip-unreadable': 'accounts',
  '--ou': 'units',
  '--map': 'mappings',
  '--cluster': 'clusters',
  '--cluster-region': 'regions',
  '--user': 'users',
  '--group': 'groups',
  '--permission-set': 'permissionSets',
  '--ignore': 'rules',
  '--error': 'rules',
  '--profile': 'profiles',
  '--organizations-profile': 'profiles',
  '--sso-profile': 'profiles',
};

/** Common values of options that accept any. */
const VALUES: Readonly<Record<string, readonly Candidate[]>> = {
  '--assume-role': [{ value: DEFAULT_ROLE, description: 'the default' }],
  '--caller': [{ value: '-', description: 'output of aws sts get-caller-identity' }],
  '--can': [
    { value: 'get secrets', description: 'read secrets' },
    { value: 'create pods', description: 'run anything' },
    { value: 'create pods/exec', description: 'open a shell in a pod' },
    { value: 'impersonate users', description: 'become anyone' },
    { value: 'escalate clusterroles', description: 'add permissions to roles' },
    { value: 'bind clusterroles', description: 'bind any role' },
  ],
  '--kubernetes-group': [
    { value: 'system:masters', description: 'cluster admins' },
    { value: 'system:nodes', description: 'nodes' },
    { value: 'system:bootstrappers', description: 'joining nodes' },
  ],
  '--max-age': ['24h', '7d', '30d'].map((value) => ({ value, description: '' })),
  '--username': [{ value: DEFAULT_USERNAME, description: 'the default' }],
};

/** Additional values for access entries. */
const VALUES_OF_ENTRIES: Readonly<Record<string, readonly Candidate[]>> = {
  '--username': [{ value: USERNAME_OF_EKS, description: 'let EKS set it' }],
};

/** @param prefix the part of the typed word before the value */
async function valuesOf(
  option: Option,
  prefix: string,
  current: string,
  line: ReadWords,
  io: Io,
): Promise<Completion> {
  if (option.argChoices) return offer(prefixed(prefix, choicesOf(option)));
  if (/<file>/.test(option.flags)) return FILES;
  const usual = VALUES[option.long ?? ''];
  const more = isForEntries(line) ? (VALUES_OF_ENTRIES[option.long ?? ''] ?? []) : [];
  if (usual) return offer(prefixed(prefix, [...usual, ...more]));
  const kind = KINDS[option.long ?? ''];
  if (kind === undefined) return NOTHING;
  if (kind === 'rules') return rulesOf(option, prefix, current, line);
  const names = (of: NameKind) => namesOf(of, filesOf(line), io);
  if (kind === 'mappings') {
    const policies = mayWantPolicies(line) ? await policiesOf(prefix, current) : null;
    return policies ?? mappingsOf(prefix, current, names);
  }
  const self = kind === 'scope' ? [{ value: 'self', description: "the caller's account" }] : [];
  return offer(prefixed(prefix, [...self, ...(await names(kind))]));
}

/** True for `access-entries`: only it has node types. */
function isForEntries({ options }: ReadWords): boolean {
  return options.some(({ long }) => long === '--nodes');
}

/** True for commands whose mappings become access entries: they have a cluster. */
function mayWantPolicies({ options }: ReadWords): boolean {
  return options.some(({ long }) => long === '--cluster');
}

/** Access policies, once an item after the `=` or a comma starts like one; null before. */
async function policiesOf(prefix: string, current: string): Promise<Completion | null> {
  const { MAPPABLE_POLICIES, POLICY_ITEM } = await import('../../access-policy-names.ts');
  const typed = current.slice(prefix.length);
  const start = Math.max(typed.lastIndexOf('='), typed.lastIndexOf(',')) + 1;
  const item = typed.slice(start);
  const isPolicy = POLICY_ITEM.startsWith(item) || item.startsWith(POLICY_ITEM);
  if (!typed.includes('=') || item === '' || !isPolicy) return null;
  const candidates = MAPPABLE_POLICIES.map((value) => ({ value, description: 'access policy' }));
  return { ...offer(prefixed(`${prefix}${typed.slice(0, start)}${POLICY_ITEM}`, candidates)), open: true };
}

function prefixed(prefix: string, candidates: readonly Candidate[], suffix = ''): Candidate[] {
  return candidates.map(({ value, description }) => ({ value: `${prefix}${value}${suffix}`, description }));
}

/** The snapshots and the config of the line. */
function filesOf({ options, given }: ReadWords): { inventory: readonly string[]; config: string } {
  const valuesOfOption = (name: string) => {
    const option = options.find(({ long }) => long === name);
    return (option && given.get(option)) ?? [];
  };
  return {
    inventory: valuesOfOption('--inventory'),
    config: valuesOfOption('--config').at(-1) ?? DEFAULT_CONFIG,
  };
}

/** Permission sets, or principals once their kind is typed, up to the `=`. */
async function mappingsOf(
  prefix: string,
  current: string,
  names: (of: NameKind) => Promise<readonly Candidate[]>,
): Promise<Completion> {
  const typed = current.slice(prefix.length);
  const [kind, start] = SELECTORS.find(([, word]) => word !== '' && typed.startsWith(word)) ?? SELECTORS[0];
  return { ...offer(prefixed(`${prefix}${start}`, await names(kind), '=')), open: true };
}

/** Kinds of names that a mapping can select, and their prefixes. */
const SELECTORS = [
  ['permissionSets', ''],
  ['groups', 'group:'],
  ['users', 'user:'],
] as const;

/** Rules that the line doesn't have yet; after the last comma, if there is one. */
async function rulesOf(
  option: Option,
  prefix: string,
  current: string,
  { given }: ReadWords,
): Promise<Completion> {
  const { RULES } = await import('../../lint/lint.ts');
  const typed = current.slice(0, current.lastIndexOf(',') + 1) || prefix;
  const named = new Set(
    [...(given.get(option) ?? []), typed.slice(prefix.length)].flatMap((list) => list.split(',')),
  );
  const open = RULES.filter(({ name }) => !named.has(name));
  return offer(
    prefixed(
      typed,
      open.map(({ name, summary }) => ({ value: name, description: summary })),
    ),
  );
}
