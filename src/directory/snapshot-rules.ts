import { formatArn, isPrincipal, parseArn, stripPath } from '../arn.ts';
import type { Problem } from '../errors.ts';
import { parseRoleArn } from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import { quoted } from '../text.ts';
import type { EksCluster, Inventory, OtherRole, Role } from './model.ts';
import { isOtherRole, permissionSetOf } from './provisioned-roles.ts';
import { clusterSelectorProblem, parseClusterSelector } from './query.ts';

/** A problem, and the path of keys and indices to it. */
export type SnapshotProblem = Pick<Problem, 'message' | 'help'> & { readonly path: string };

/** Problems in a part of a snapshot, with paths relative to it. */
type Problems = Iterable<SnapshotProblem>;

/**
 * Contradictions in a snapshot with a valid shape: people edit such files, and a role ARN added to one must not grant
 * anyone access, nor may an account that wasn't read seem to have no roles. Data that grants nothing isn't checked.
 * @param now milliseconds since 1970
 */
export function* snapshotProblems(inventory: Inventory, now: number): Problems {
  const { accounts, roles, partition, clusters = [], otherRoles = [] } = inventory;
  yield* timeProblems(inventory, now);
  yield* instanceProblems(inventory);
  yield* duplicates('accounts', 'id', 'account', accounts, ({ id }) => id);
  // With one changed flag, an account that wasn't read would be one without roles, or without assignments.
  yield* ofEach('accounts', accounts, function* ({ rolesRead, unreadable, assignmentsRead }) {
    if (rolesRead && unreadable !== null) yield problem('unreadable', 'must be null if rolesRead is true');
    if (!rolesRead && assignmentsRead)
      yield problem('assignmentsRead', 'must not be true if rolesRead is false');
  });
  const roleKeyOf = ({ roleArn }: Role) => callerKey(roleArn);
  yield* duplicates('roles', 'roleArn', 'role', roles, ({ roleArn }) => quoted(roleArn), roleKeyOf);
  yield* ofEach('roles', roles, (role) => roleProblems(role, partition));
  yield* referenceProblems(inventory);
  yield* duplicates('principals', 'id', 'principal', inventory.principals ?? [], ({ id }) => quoted(id));
  yield* duplicates('clusters', 'arn', 'cluster', clusters, ({ arn }) => quoted(arn));
  yield* ofEach('clusters', clusters, (cluster) => clusterProblems(cluster, partition));
  const keyOf = ({ arn }: OtherRole) => roleArnKey(arn);
  yield* duplicates('otherRoles', 'arn', 'role', otherRoles, ({ arn }) => quoted(arn), keyOf);
  yield* ofEach('otherRoles', otherRoles, (role) => otherRoleProblems(role, partition));
}

/** Problems in the items of a list. */
function* ofEach<Item>(list: string, items: readonly Item[], problemsOf: (item: Item) => Problems): Problems {
  for (const [index, item] of items.entries())
    for (const { path, ...rest } of problemsOf(item))
      yield { ...rest, path: `${list}.${index}${path && `.${path}`}` };
}

/** Items that repeat an earlier one; `field` is the field that must be unique. */
function duplicates<Item>(
  list: string,
  field: string,
  what: string,
  items: readonly Item[],
  textOf: (item: Item) => string,
  keyOf: (item: Item) => string = textOf,
): Problems {
  const seen = new Set<string>();
  return ofEach(list, items, function* (item) {
    const key = keyOf(item);
    if (seen.has(key)) yield problem(field, `duplicate ${what} ${textOf(item)}`);
    seen.add(key);
  });
}

function problem(path: string, message: string): SnapshotProblem {
  return { path, message };
}

/** Milliseconds that the clock of the machine that took a snapshot may be ahead. */
const CLOCK_SKEW = 5 * 60_000;

/**
 * Dates in the future would change which of several roles is the newest, and which access entries are older than their
 * role, so dead.
 */
function* timeProblems(
  { capturedAt, roles, clusters = [], otherRoles = [] }: Inventory,
  now: number,
): Problems {
  const isAhead = (time: string) => Date.parse(time) > now + CLOCK_SKEW;
  if (isAhead(capturedAt)) {
    const message = `${capturedAt} is in the future, so the snapshot's age is unknown`;
    yield { path: 'capturedAt', message, help: "Check this machine's clock, or take a new snapshot." };
    return;
  }
  const ofCreation = function* ({ createdAt }: Pick<Role, 'createdAt'>, path = 'createdAt') {
    if (isAhead(createdAt)) yield problem(path, `${createdAt} is in the future`);
  };
  yield* ofEach('roles', roles, (role) => ofCreation(role));
  yield* ofEach('clusters', clusters, ({ accessEntries }) =>
    ofEach('accessEntries', accessEntries, (entry) => ofCreation(entry)),
  );
  yield* ofEach('otherRoles', otherRoles, ({ role }) => (role ? ofCreation(role, 'role.createdAt') : []));
}

/** All Identity Center data must belong to one instance, in the snapshot's partition. */
function* instanceProblems({
  partition,
  instance,
  accounts,
  permissionSets,
  assignments,
}: Inventory): Problems {
  const id = instance?.arn.slice(instance.arn.lastIndexOf('/') + 1);
  const where = id === undefined ? `partition ${partition}` : `instance ${id} (partition ${partition})`;
  const ofArn = function* (field: string, text: string) {
    const arn = parseArn(text);
    const isOfIt = arn?.partition === partition && (id === undefined || arn.resource.split('/')[1] === id);
    if (!isOfIt) yield problem(field, `${quoted(text)} doesn't belong to ${where}`);
  };
  if (instance) yield* ofArn('instance.arn', instance.arn);
  yield* ofEach('accounts', accounts, (account) =>
    account.instance ? ofArn('instance', account.instance) : [],
  );
  const sets = permissionSets ?? [];
  yield* ofEach('permissionSets', sets, ({ arn }) => ofArn('arn', arn));
  yield* duplicates('permissionSets', 'arn', 'permission set', sets, ({ arn }) => quoted(arn));
  // If the sets are known, `referenceProblems` checks that each assignment's set is one of them.
  if (!permissionSets)
    yield* ofEach('assignments', assignments ?? [], ({ permissionSetArn }) =>
      ofArn('permissionSetArn', permissionSetArn),
    );
}

/** The role ARN goes into aws-auth, so each part must follow from the role's other fields. */
function* roleProblems(role: Role, partition: string): Problems {
  const { accountId, permissionSet, roleArn, pathArn } = role;
  const arn = parseArn(pathArn);
  const inName = arn && permissionSetOf(arn);
  const isOfAccount =
    arn?.service === 'iam' && arn.region === '' && arn.partition === partition && arn.accountId === accountId;
  if (!arn || inName === undefined || !isOfAccount)
    yield problem(
      'pathArn',
      `${quoted(pathArn)} isn't the ARN of a role that Identity Center created in account ${accountId} (partition ${partition})`,
    );
  else if (roleArn !== formatArn(stripPath(arn)))
    yield problem('roleArn', `${quoted(roleArn)} doesn't match pathArn without its path`);
  else if (inName !== permissionSet)
    yield problem(
      'permissionSet',
      `${quoted(permissionSet)} doesn't match the permission set in the role's name, ${quoted(inName)}`,
    );
}

/**
 * Roles and assignments must be in accounts that were read, and assignments must refer to known permission sets. A
 * group that seems to be a user, or the reverse, would get a mapping meant for someone else.
 */
function* referenceProblems(inventory: Inventory): Problems {
  const { accounts, roles, permissionSets, assignments, principals } = inventory;
  const withRoles = new Set(accounts.flatMap(({ id, rolesRead }) => (rolesRead ? id : [])));
  const withAssignments = new Set(accounts.flatMap(({ id, assignmentsRead }) => (assignmentsRead ? id : [])));
  const sets = permissionSets && new Set(permissionSets.map(({ arn }) => arn));
  const typeOf = new Map(principals?.map(({ id, type }) => [id, type]));
  yield* ofEach('roles', roles, function* ({ accountId }) {
    if (!withRoles.has(accountId))
      yield problem('accountId', `the roles of account ${accountId} weren't read`);
  });
  yield* ofEach('assignments', assignments ?? [], function* (assignment) {
    const { accountId, permissionSetArn, principalType, principalId } = assignment;
    if (!withAssignments.has(accountId))
      yield problem('accountId', `the assignments of account ${accountId} weren't read`);
    if (sets?.has(permissionSetArn) === false)
      yield problem('permissionSetArn', `${quoted(permissionSetArn)} isn't in permissionSets`);
    if ((typeOf.get(principalId) ?? principalType) !== principalType)
      yield problem('principalId', `${quoted(principalId)} isn't a ${principalType} in principals`);
  });
}

/** The path ARN goes into access entries. */
function* otherRoleProblems({ arn, role }: OtherRole, partition: string): Problems {
  const parsed = parseRoleArn(arn);
  if (parsed?.roleArn !== arn || !isPrincipalOf(arn, partition))
    yield problem('arn', `${quoted(arn)} isn't a role ARN without its path (partition ${partition})`);
  else if (role === null) return;
  else if (roleArnKey(role.pathArn) !== roleArnKey(arn) || !isPrincipalOf(role.pathArn, partition))
    yield problem('role.pathArn', `${quoted(role.pathArn)} isn't ${quoted(arn)} with its path`);
  else if (!isOtherRole(role.pathArn))
    yield problem(
      'role.pathArn',
      `${quoted(role.pathArn)} is an Identity Center role, which belongs in roles`,
    );
}

function* clusterProblems({ name, arn, accessEntries }: EksCluster, partition: string): Problems {
  const inArn = clusterSelectorProblem(arn) === undefined ? parseClusterSelector(arn) : undefined;
  if (inArn?.name !== name || inArn.place?.partition !== partition)
    yield problem(
      'arn',
      `${quoted(arn)} isn't the ARN of EKS cluster ${quoted(name)} (partition ${partition})`,
    );
  yield* duplicates('accessEntries', 'principalArn', 'access entry for', accessEntries, ({ principalArn }) =>
    quoted(principalArn),
  );
  yield* ofEach('accessEntries', accessEntries, function* ({ principalArn, policies }) {
    if (!isPrincipalOf(principalArn, partition))
      yield problem(
        'principalArn',
        `${quoted(principalArn)} isn't the ARN of an IAM role or user (partition ${partition})`,
      );
    yield* ofEach('policies', policies, function* ({ policyArn }) {
      if (parseArn(policyArn)?.partition !== partition)
        yield problem('policyArn', `${quoted(policyArn)} isn't in partition ${partition}`);
    });
    yield* duplicates('policies', 'policyArn', 'policy', policies, ({ policyArn }) => quoted(policyArn));
  });
}

function isPrincipalOf(text: string, partition: string): boolean {
  const arn = parseArn(text);
  return arn?.partition === partition && isPrincipal(arn);
}
