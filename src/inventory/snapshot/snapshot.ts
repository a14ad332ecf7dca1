import * as v from 'valibot';
import { isAccountId } from '../../arn.ts';
import { Failure, refusal } from '../../errors.ts';
import type { Account, Inventory } from '../model.ts';
import { type SnapshotProblem, snapshotProblems } from './check-snapshot.ts';

const VERSION = 1;
const TAKE_AGAIN = 'Take it again with aws-auth-sso snapshot.';

const text = v.string('must be text');
const textOrNull = v.nullable(text);
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
const accountId = v.pipe(text, v.check(isAccountId, 'must be a 12-digit account id'));
const principalType = v.picklist(['GROUP', 'USER'], 'must be GROUP or USER');

const partition = v.pipe(text, v.regex(/^aws(-[a-z]+)*$/, 'must be a partition, such as aws'));
const time = v.pipe(text, v.isoTimestamp('must be an ISO 8601 time'));
/** As ours are, so that they compare as text. */
const utc = v.pipe(
  time,
  v.transform((written) => (written.endsWith('Z') ? written : new Date(written).toISOString())),
);

const instance = v.looseObject({ arn: text, identityStoreId: text, region: text });

const account = v.looseObject({
  id: accountId,
  name: orNull(textOrNull),
  state: orNull(textOrNull),
  ou: orNull(textOrNull),
  ouIds: orNull(v.array(text)),
  rolesRead: v.boolean('must be true or false'),
  unreadable: orNull(textOrNull),
  assignmentsRead: v.optional(v.boolean('must be true or false')),
});

const role = v.looseObject({ accountId, permissionSet: text, roleArn: text, pathArn: text, createdAt: utc });
const assignment = v.looseObject({ accountId, permissionSetArn: text, principalType, principalId: text });
const principal = v.looseObject({
  type: principalType,
  id: text,
  name: orNull(text),
  members: orNull(v.array(text)),
  groups: v.exactOptional(v.nullable(v.array(text))),
});

/** The file format; fields may be added within a version, and those that this program does not know are kept. */
const snapshotSchema = v.looseObject({
  version: v.literal(VERSION),
  capturedAt: time,
  partition,
  callerAccountId: orNull(accountId),
  instance: orNull(instance),
  accounts: v.array(account),
  permissionSets: orNull(v.array(v.looseObject({ arn: text, name: text }))),
  roles: v.array(role),
  assignments: orNull(v.array(assignment)),
  principals: orNull(v.array(principal)),
});

/** The inventory as the value of a snapshot file. */
export function toSnapshot(inventory: Inventory): v.InferInput<typeof snapshotSchema> {
  return v.parse(snapshotSchema, { version: VERSION, ...inventory });
}

/**
 * Reads the text of a snapshot file.
 * @param now milliseconds since 1970
 * @throws Failure (exit 2) where it is broken, contradicts itself, or is of a version that this program does not know
 */
export function parseSnapshot(source: string, file: string, now: number = Date.now()): Inventory {
  const value = jsonOf(source, file);
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== VERSION) throw unknownVersion(version, file);
  const result = v.safeParse(snapshotSchema, value);
  if (!result.success) {
    const problems = result.issues.map((issue) => ({
      path: v.getDotPath(issue) ?? 'top level',
      message: issue.message,
    }));
    throw broken(problems, file);
  }
  const { version: _, accounts, ...rest } = result.output;
  const inventory = {
    ...rest,
    accounts: accounts.map((one) => withAssignmentsRead(one, rest.assignments)),
  };
  const problems = snapshotProblems(inventory, now);
  if (problems.length > 0) throw broken(problems, file);
  return inventory;
}

const MOST_PROBLEMS = 10;

function broken(problems: readonly SnapshotProblem[], file: string): Failure {
  const told = problems.slice(0, MOST_PROBLEMS).map(({ path, message, help = TAKE_AGAIN }) => ({
    message: `broken snapshot: ${path}: ${message}`,
    location: { file },
    help,
  }));
  const rest = problems.length - told.length;
  const more = { message: `broken snapshot: ${rest} more of this kind`, location: { file } };
  return new Failure(2, rest > 0 ? [...told, more] : told);
}

/** A snapshot that somebody wrote by hand may leave it out. */
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
        message: 'broken snapshot: no valid JSON',
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
        ? 'no snapshot: it has no version'
        : `snapshot of version ${JSON.stringify(version)}; this program reads version ${VERSION}`,
    location: { file },
    help: isNewer
      ? 'Update aws-auth-sso, or take the snapshot again with this version.'
      : 'Take it with aws-auth-sso snapshot.',
  });
}
