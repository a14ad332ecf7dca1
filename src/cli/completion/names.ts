import { open, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArn } from '../../arn.ts';
import {
  type AccountSelector,
  accountSelectorProblem,
  hasInvisible,
  parseAccountSelector,
} from '../../inventory/scope/account-selector.ts';
import type { Io } from '../../io.ts';

/** A word to offer, with a description. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** The names in a snapshot or a config. */
interface KnownNames {
  /** IDs and names. */
  readonly accounts: readonly Candidate[];
  /** These, and names that look like globs: a scope reads them as names, an exclusion as globs. */
  readonly scope: readonly Candidate[];
  readonly units: readonly Candidate[];
  readonly permissionSets: readonly Candidate[];
  readonly groups: readonly Candidate[];
  readonly users: readonly Candidate[];
  readonly clusters: readonly Candidate[];
  /** Regions of the clusters. */
  readonly regions: readonly Candidate[];
}

const NO_NAMES: KnownNames = {
  accounts: [],
  scope: [],
  units: [],
  permissionSets: [],
  groups: [],
  users: [],
  clusters: [],
  regions: [],
};

export type NameKind = keyof KnownNames | 'profiles';

/** Sources of names. */
interface NameFiles {
  /** Snapshots; none: the newest in the working directory. */
  readonly inventory: readonly string[];
  readonly config: string;
}

/** The names of a kind that files have. */
export async function namesOf(kind: NameKind, files: NameFiles, io: Io): Promise<readonly Candidate[]> {
  if (kind === 'profiles') return profileNames(io);
  return (await knownNames(files, io).catch(() => NO_NAMES))[kind];
}

/** Names from the given snapshots, else the newest one in the working directory, else the config. Reads only files. */
async function knownNames({ inventory, config }: NameFiles, { cwd }: Io): Promise<KnownNames> {
  if (inventory.length > 0)
    return namesIn(await Promise.all(inventory.map((file) => readSnapshot(resolve(cwd, file)))));
  const newest = await newestSnapshot(cwd);
  return newest === undefined ? namesOfConfig(resolve(cwd, config)) : namesIn([await readSnapshot(newest)]);
}

/** Larger files take too long to read at each key. */
const MAX_BYTES = 64_000_000;
/** The number of JSON files to search for a snapshot, newest first. */
const MOST_FILES = 50;

async function newestSnapshot(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, time: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const newest = files.sort((one, other) => other.time - one.time).slice(0, MOST_FILES);
  for (const { path } of newest) if (await startsAsSnapshot(path)) return path;
  return undefined;
}

async function startsAsSnapshot(path: string): Promise<boolean> {
  if (!(await isReadable(path))) return false;
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    return /^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"capturedAt"\s*:/.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** True for a regular file that isn't too large; a pipe would block the shell. */
async function isReadable(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size <= MAX_BYTES;
}

async function readSnapshot(path: string): Promise<unknown> {
  return (await isReadable(path)) ? JSON.parse(await readFile(path, 'utf8')) : undefined;
}

/** Names in snapshots. Their shape isn't validated: a command refuses a wrong name anyway. */
function namesIn(snapshots: readonly unknown[]): KnownNames {
  const all = (key: string) => snapshots.flatMap((snapshot) => objectsAt(snapshot, key));
  const accounts = all('accounts');
  const sets = [
    ...all('permissionSets').map(({ name }) => name),
    ...all('roles').map(({ permissionSet }) => permissionSet),
  ];
  const principals = (type: string) =>
    all('principals').flatMap((one) => (one.type === type ? [one.name] : []));
  return {
    ...accountCandidates(accounts),
    units: candidates(
      accounts.flatMap(({ ou }) => unitsAbove(ou)),
      'organizational unit',
    ),
    permissionSets: candidates(sets, 'permission set'),
    groups: candidates(principals('GROUP'), 'group'),
    users: candidates(principals('USER'), 'user'),
    clusters: candidates(
      all('clusters').map(({ name }) => name),
      'EKS cluster',
    ),
    regions: candidates(
      all('clusters').map(({ arn }) => (typeof arn === 'string' ? parseArn(arn)?.region : undefined)),
      'region of EKS clusters',
    ),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function objectsAt(value: unknown, key: string): Fields[] {
  const list = isFields(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The ID of each account, and its name if it selects only this account. */
function accountCandidates(accounts: readonly Fields[]): Pick<KnownNames, 'accounts' | 'scope'> {
  const names = accounts.map(({ name }) => name);
  const isUnique = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  const byName = (kind: AccountSelector['kind'], { id, name }: Fields): Candidate[] => {
    if (!isSafe(id) || !isSafe(name) || !isUnique(name)) return [];
    const isKind = parseAccountSelector(name).kind === kind && accountSelectorProblem(name) === undefined;
    return isKind ? [{ value: name, description: id }] : [];
  };
  const known = accounts.flatMap((account): Candidate[] => {
    const { id, name } = account;
    if (!isSafe(id)) return [];
    return [{ value: id, description: isSafe(name) ? name : '' }, ...byName('name', account)];
  });
  return { accounts: known, scope: [...known, ...accounts.flatMap((account) => byName('glob', account))] };
}

/** An organizational unit and its ancestors. */
function unitsAbove(path: unknown): string[] {
  if (typeof path !== 'string') return [];
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function candidates(values: readonly unknown[], description: string): Candidate[] {
  return [...new Set(values)].filter(isSafe).map((value) => ({ value, description }));
}

/** False for a name that could end a line or word of the answer, or that a terminal shows differently. */
function isSafe(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !hasInvisible(name);
}

/** Accounts and selectors in a config. */
async function namesOfConfig(path: string): Promise<KnownNames> {
  if (!(await isReadable(path))) return NO_NAMES;
  const { parseConfig } = await import('../../mapping/config.ts');
  const { config } = parseConfig(await readFile(path, 'utf8'), path);
  const mappings = config.mappings ?? [];
  const scopes = [config.accounts, config.excludeAccounts, ...mappings.map(({ accounts }) => accounts)];
  const accounts = candidates(
    scopes.flatMap((scope) => scope ?? []),
    'in the config',
  );
  const sets = candidates(
    mappings.map(({ permissionSet }) => permissionSet),
    'in the config',
  );
  const isUnit = ({ value }: Candidate) => parseAccountSelector(value).kind === 'ou';
  const named = accounts.filter((one) => !isUnit(one) && one.value !== 'self');
  return {
    ...NO_NAMES,
    accounts: named,
    scope: named,
    units: accounts.filter(isUnit).map((unit) => ({ ...unit, value: unit.value.slice('ou:'.length) })),
    permissionSets: sets,
  };
}

/** Profiles in the AWS configuration. */
async function profileNames({ env }: Io): Promise<Candidate[]> {
  const folder = join(env.HOME ?? homedir(), '.aws');
  const files = [
    env.AWS_CONFIG_FILE ?? join(folder, 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, 'credentials'),
  ];
  const texts = await Promise.all(
    files.map(async (file) => ((await isReadable(file)) ? readFile(file, 'utf8') : '')),
  );
  const found = [...texts.join('\n').matchAll(/^[ \t]*\[[ \t]*(?:profile[ \t]+)?([^\]\n]+?)[ \t]*\]/gm)];
  const names = found.map(([, name = '']) => name.replace(/^"(.*)"$/, '$1'));
  return candidates(
    names.filter((name) => !/^(?:sso-session|services|plugins)\b/.test(name)),
    'AWS profile',
  );
}
