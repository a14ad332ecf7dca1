import * as v from 'valibot';
import { Failure, type Location, type Problem, refusal } from '../errors.ts';
import type { Account, Inventory } from './model.ts';
import { type SnapshotProblem, snapshotProblems } from './snapshot-rules.ts';
import { snapshotSchema, VERSION } from './snapshot-schema.ts';

const TAKE_AGAIN = 'Take a new snapshot with `aws-auth-sso snapshot`.';
const UPDATE = 'Update aws-auth-sso if the value is new, or leave out its account or cluster.';

/** The value of a snapshot file. */
type Snapshot = { readonly version: typeof VERSION } & Inventory;

/**
 * The inventory as the value of a snapshot file.
 * @throws Failure (exit 3) where AWS answered what no snapshot can hold: nobody could read it
 */
export function toSnapshot(inventory: Inventory): Snapshot {
  // How far this machine's clock is behind does not matter to whoever reads the file elsewhere.
  const checked = validated({ version: VERSION, ...inventory }, Number.POSITIVE_INFINITY);
  if ('inventory' in checked) return { version: VERSION, ...checked.inventory };
  throw new Failure(
    3,
    told("AWS answered with a value that a snapshot can't hold", checked.problems, UPDATE),
  );
}

/**
 * Reads a snapshot file.
 * @param now milliseconds since 1970
 * @throws Failure (exit 2) where it is broken, contradicts itself, or is of a version that this program does not know
 */
export function parseSnapshot(source: string, file: string, now: number = Date.now()): Inventory {
  const value = jsonOf(source, file);
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== VERSION) throw unknownVersion(version, file);
  const checked = validated(value, now);
  if ('inventory' in checked) return checked.inventory;
  throw new Failure(2, told('invalid snapshot', checked.problems, TAKE_AGAIN, { file }));
}

/** What a value holds, or all that is wrong with it; what contradicts itself is looked for where each field is as it has to be. */
function validated(
  value: unknown,
  now: number,
): { readonly inventory: Inventory } | { readonly problems: readonly SnapshotProblem[] } {
  const result = v.safeParse(snapshotSchema, value);
  if (!result.success)
    return {
      problems: result.issues.map((issue) => ({
        path: v.getDotPath(issue) ?? 'top level',
        message: messageOf(issue),
      })),
    };
  const { version: _, ...read } = result.output;
  const { accounts, assignments } = read;
  const inventory = {
    ...read,
    accounts: accounts.map((account) => withAssignmentsRead(account, assignments)),
  };
  const problems = [...snapshotProblems(inventory, now)];
  return problems.length > 0 ? { problems } : { inventory };
}

function messageOf({ message, type, received }: v.BaseIssue<unknown>): string {
  if (received === 'undefined') return 'is missing';
  return { array: 'must be a list', loose_object: 'must be an object' }[type] ?? message;
}

const MAX_PROBLEMS = 10;

/** The first of the problems; the next step is said once, behind the last of those that have the same. */
function told(
  what: string,
  problems: readonly SnapshotProblem[],
  usual: string,
  location?: Location,
): Problem[] {
  const where = location && { location };
  const shown = problems.slice(0, MAX_PROBLEMS);
  const all = shown.map(({ path, message, help = usual }, index) => {
    const next = shown[index + 1];
    const isLast = !next || (next.help ?? usual) !== help;
    return { message: `${what}: ${path}: ${message}`, ...where, ...(isLast && { help }) };
  });
  const rest = problems.length - shown.length;
  const more = { message: `${what}: ${rest} more problem${rest === 1 ? '' : 's'}`, ...where };
  return rest > 0 ? [...all, more] : all;
}

/** `assignmentsRead` may be left out in a snapshot written by hand. */
function withAssignmentsRead(
  { assignmentsRead, ...account }: v.InferOutput<typeof snapshotSchema>['accounts'][number],
  assignments: readonly unknown[] | null,
): Account {
  return assignments === null
    ? account
    : { ...account, assignmentsRead: assignmentsRead ?? account.rolesRead };
}

function jsonOf(source: string, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw refusal(
      {
        message: `invalid snapshot: ${source.trim() === '' ? 'the file is empty' : 'not valid JSON'}`,
        location: { file },
        help: TAKE_AGAIN,
      },
      error,
    );
  }
}

function unknownVersion(version: unknown, file: string): Failure {
  const isNewer = typeof version === 'number' && version > VERSION;
  return refusal({
    message:
      version === undefined
        ? 'not a snapshot: no version'
        : `unsupported snapshot version ${JSON.stringify(version)}; this program reads version ${VERSION}`,
    location: { file },
    help: isNewer
      ? 'Update aws-auth-sso, or take a new snapshot with this version.'
      : 'Take one with `aws-auth-sso snapshot`.',
  });
}
