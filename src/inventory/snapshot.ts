import * as v from 'valibot';
import { AUTHENTICATION_MODES, clusterNameProblem } from '../access-entry.ts';
import { formatArn, isAccountId, parseArn, stripPath } from '../arn.ts';
import { Failure, type Problem, refusal } from '../errors.ts';
import { parseRoleArn, roleArnKey, roleKey } from '../role-name.ts';
import { quoted } from '../text.ts';
import type { Account, EksCluster, Inventory, OtherRole, Role } from './model.ts';
import { permissionSetOf } from './provisioned-roles.ts';
import { clusterSelectorProblem, parseClusterSelector } from './query.ts';

const VERSION = 1;
const TAKE_AGAIN = 'Take a new snapshot with `aws-auth-sso snapshot`.';

const string = v.string('must be a string');
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
const accountId = v.pipe(string, v.check(isAccountId, 'must be a 12-digit account id'));
const principalType = v.picklist(['GROUP', 'USER'], 'must be GROUP or USER');

const partition = v.pipe(string, v.regex(/^aws(-[a-z]+)*$/, 'must be a partition, such as aws'));
const time = v.pipe(string, v.isoTimestamp('must be an ISO 8601 time'));
/** In UTC, as those from AWS are, so that they compare as strings. */
const utc = v.pipe(
  time,
  v.transform((written) => (written.endsWith('Z') ? written : new Date(written).toISOString())),
);

const instance = v.looseObject({ arn: string, identityStoreId: string, region: string });

const account = v.looseObject({
  id: accountId,
  name: orNull(string),
  state: orNull(string),
  ou: orNull(string),
  ouIds: orNull(v.array(string)),
  rolesRead: v.boolean('must be true or false'),
  unreadable: orNull(string),
  isManagement: v.exactOptional(v.boolean('must be true or false')),
  assignmentsRead: v.optional(v.boolean('must be true or false')),
});

const role = v.looseObject({
  accountId,
  permissionSet: string,
  roleArn: string,
  pathArn: string,
  createdAt: utc,
});
const assignment = v.looseObject({ accountId, permissionSetArn: string, principalType, principalId: string });
const principal = v.looseObject({
  type: principalType,
  id: string,
  name: orNull(string),
  members: orNull(v.array(string)),
  groups: v.exactOptional(v.nullable(v.array(string))),
});

const policy = v.looseObject({
  policyArn: string,
  scope: v.union(
    [v.literal('cluster'), v.looseObject({ namespaces: v.array(string) })],
    'must be "cluster" or an object with namespaces',
  ),
});

const cluster = v.looseObject({
  name: v.pipe(
    string,
    v.check((name) => clusterNameProblem(name) === undefined, 'must be the name of an EKS cluster'),
  ),
  arn: string,
  authenticationMode: v.picklist(AUTHENTICATION_MODES, `must be one of ${AUTHENTICATION_MODES.join(', ')}`),
  accessEntries: v.array(
    v.looseObject({
      principalArn: string,
      type: string,
      username: orNull(string),
      kubernetesGroups: v.array(string),
      policies: v.array(policy),
      createdAt: utc,
    }),
  ),
});

/** Null, a role that does not exist, has to be said: nobody gets in by one. */
const otherRole = v.looseObject({
  arn: string,
  role: v.nullable(v.looseObject({ pathArn: string, createdAt: utc })),
});

/** The file format; fields may be added within a version, and those that this program does not know are kept. */
const snapshotSchema = v.looseObject({
  version: v.literal(VERSION),
  capturedAt: time,
  partition,
  callerAccountId: orNull(accountId),
  instance: orNull(instance),
  accounts: v.array(account),
  permissionSets: orNull(v.array(v.looseObject({ arn: string, name: string }))),
  roles: v.array(role),
  assignments: orNull(v.array(assignment)),
  principals: orNull(v.array(principal)),
  clusters: v.exactOptional(v.array(cluster)),
  otherRoles: v.exactOptional(v.array(otherRole)),
});

/** The inventory as the value of a snapshot file. */
export function toSnapshot(inventory: Inventory): v.InferInput<typeof snapshotSchema> {
  return v.parse(snapshotSchema, { version: VERSION, ...inventory });
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
  const result = v.safeParse(snapshotSchema, value);
  if (!result.success) {
    const problems = result.issues.map((issue) => ({
      path: v.getDotPath(issue) ?? 'top level',
      message: messageOf(issue),
    }));
    throw invalidSnapshot(problems, file);
  }
  const { version: _, accounts, ...rest } = result.output;
  const inventory = {
    ...rest,
    accounts: accounts.map((account) => withAssignmentsRead(account, rest.assignments)),
  };
  const problems = snapshotProblems(inventory, now);
  if (problems.length > 0) throw invalidSnapshot(problems, file);
  return inventory;
}

function messageOf({ message, type, received }: v.BaseIssue<unknown>): string {
  if (received === 'undefined') return 'is missing';
  return { array: 'must be a list', loose_object: 'must be an object' }[type] ?? message;
}

const MAX_PROBLEMS = 10;

/** The next step is said once, behind the last of those that have the same. */
function invalidSnapshot(problems: readonly SnapshotProblem[], file: string): Failure {
  const steps = problems.slice(0, MAX_PROBLEMS).map(({ help = TAKE_AGAIN }) => help);
  const shown = steps.map((help, index) => ({
    message: `invalid snapshot: ${problems[index]?.path}: ${problems[index]?.message}`,
    location: { file },
    ...(help === steps[index + 1] ? {} : { help }),
  }));
  const rest = problems.length - shown.length;
  const more = {
    message: `invalid snapshot: ${rest} more problem${rest === 1 ? '' : 's'}`,
    location: { file },
  };
  return new Failure(2, rest > 0 ? [...shown, more] : shown);
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

/** Milliseconds that the clock of whoever took a snapshot may be ahead. */
const CLOCK_SKEW = 5 * 60_000;

/** What is wrong, and the path of keys and indices to it. */
type SnapshotProblem = Pick<Problem, 'message' | 'help'> & { readonly path: string };

/**
 * What contradicts itself in a snapshot of the right shape: people edit such files, and a role ARN written into one must not let
 * anybody in.
 * @param now milliseconds since 1970
 */
function snapshotProblems(inventory: Inventory, now: number): SnapshotProblem[] {
  const { capturedAt, accounts, roles, partition, clusters = [], otherRoles = [] } = inventory;
  return [
    ...timeProblems(capturedAt, now),
    ...repetitions(accounts, ({ id }) => id).map(({ item, index }) => ({
      path: `accounts.${index}.id`,
      message: `duplicate account ${item.id}`,
    })),
    ...repetitions(roles, roleKey).map(({ item, index }) => ({
      path: `roles.${index}.roleArn`,
      message: `duplicate role ${quoted(item.roleArn)}`,
    })),
    ...roles.flatMap((role, index) => roleProblems(role, partition, `roles.${index}`)),
    ...repetitions(clusters, ({ arn }) => arn).map(({ item, index }) => ({
      path: `clusters.${index}.arn`,
      message: `duplicate cluster ${quoted(item.arn)}`,
    })),
    ...clusters.flatMap((cluster, index) => clusterProblems(cluster, partition, `clusters.${index}`)),
    ...repetitions(otherRoles, ({ arn }) => roleArnKey(arn)).map(({ item, index }) => ({
      path: `otherRoles.${index}.arn`,
      message: `duplicate role ${quoted(item.arn)}`,
    })),
    ...otherRoles.flatMap((role, index) => otherRoleProblems(role, partition, `otherRoles.${index}`)),
  ];
}

function timeProblems(capturedAt: string, now: number): SnapshotProblem[] {
  if (Date.parse(capturedAt) <= now + CLOCK_SKEW) return [];
  const message = `${capturedAt} is in the future, so the age of the snapshot is unknown`;
  return [{ path: 'capturedAt', message, help: "Check this machine's clock, or take a new snapshot." }];
}

/** The role ARN goes into aws-auth, so each part of it has to follow from the other fields of the role. */
function roleProblems(role: Role, partition: string, path: string): SnapshotProblem[] {
  const { accountId, permissionSet, roleArn, pathArn } = role;
  const arn = parseArn(pathArn);
  const inName = arn && permissionSetOf(arn);
  const isOfAccount =
    arn?.service === 'iam' && arn.region === '' && arn.partition === partition && arn.accountId === accountId;
  if (!arn || inName === undefined || !isOfAccount) {
    const message = `${quoted(pathArn)} is not the ARN of a role that Identity Center made in account ${accountId} (partition ${partition})`;
    return [{ path: `${path}.pathArn`, message }];
  }
  if (roleArn !== formatArn(stripPath(arn))) {
    const message = `${quoted(roleArn)} does not match the pathArn without its path`;
    return [{ path: `${path}.roleArn`, message }];
  }
  if (inName === permissionSet) return [];
  const message = `${quoted(permissionSet)} does not match the permission set in the role's name, ${quoted(inName)}`;
  return [{ path: `${path}.permissionSet`, message }];
}

/** The path ARN goes into access entries. */
function otherRoleProblems({ arn, role }: OtherRole, partition: string, path: string): SnapshotProblem[] {
  const parsed = parseRoleArn(arn);
  if (parsed?.partition !== partition || parsed.roleArn !== arn)
    return [
      {
        path: `${path}.arn`,
        message: `${quoted(arn)} is not the ARN of a role without its path (partition ${partition})`,
      },
    ];
  if (role === null || roleArnKey(role.pathArn) === roleArnKey(arn)) return [];
  const message = `${quoted(role.pathArn)} is not ${quoted(arn)} with its path`;
  return [{ path: `${path}.role.pathArn`, message }];
}

/** EKS keeps one access entry for a principal. */
function clusterProblems(
  { name, arn, accessEntries }: EksCluster,
  partition: string,
  path: string,
): SnapshotProblem[] {
  const inArn = clusterSelectorProblem(arn) === undefined ? parseClusterSelector(arn) : undefined;
  const isSame = inArn?.name === name && inArn.place?.partition === partition;
  const message = `${quoted(arn)} is not the ARN of an EKS cluster ${quoted(name)} (partition ${partition})`;
  return [
    ...(isSame ? [] : [{ path: `${path}.arn`, message }]),
    ...repetitions(accessEntries, ({ principalArn }) => principalArn).map(({ item, index }) => ({
      path: `${path}.accessEntries.${index}.principalArn`,
      message: `duplicate access entry of ${quoted(item.principalArn)}`,
    })),
  ];
}

/** The items whose key an earlier one has. */
function repetitions<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { readonly item: Item; readonly index: number }[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (seen.has(key)) return { item, index };
    seen.add(key);
    return [];
  });
}
