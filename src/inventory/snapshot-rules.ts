import {
  type AccessEntry,
  type AccessPolicy,
  accessPolicyArn,
  mayHaveGroup,
  mayHavePolicy,
  mayHaveUsername,
  policyName,
  policyText,
} from '../access-entry.ts';
import { formatArn, isPrincipal, parseArn, partitionOfRegion, stripPath } from '../arn.ts';
import type { Problem } from '../errors.ts';
import { parseRoleArn } from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import { quoted } from '../text.ts';
import type { Account, Assignment, EksCluster, Inventory, OtherRole, Principal, Role } from './model.ts';
import { isOtherRole, permissionSetOf } from './provisioned-roles.ts';
import { clusterSelectorProblem, parseClusterSelector } from './query.ts';

/** What is wrong, and the path of keys and indices to it. */
export type SnapshotProblem = Pick<Problem, 'message' | 'help'> & { readonly path: string };

/**
 * What contradicts itself in a snapshot of the right shape: people edit such files, and a role ARN written into one must not let
 * anybody in.
 * @param now milliseconds since 1970
 */
export function snapshotProblems(inventory: Inventory, now: number): SnapshotProblem[] {
  const { accounts, roles, partition, clusters = [], otherRoles = [] } = inventory;
  return [
    ...timeProblems(inventory, now),
    ...instanceProblems(inventory),
    ...duplicates('accounts', 'id', 'account', accounts, ({ id }) => id),
    ...ofEach('accounts', accounts, accountProblems),
    ...duplicates(
      'roles',
      'roleArn',
      'role',
      roles,
      ({ roleArn }) => quoted(roleArn),
      ({ roleArn }) => callerKey(roleArn),
    ),
    ...ofEach('roles', roles, (role) => roleProblems(role, partition)),
    ...referenceProblems(inventory),
    ...peopleProblems(inventory),
    ...duplicates('clusters', 'arn', 'cluster', clusters, ({ arn }) => quoted(arn)),
    ...ofEach('clusters', clusters, (cluster) => clusterProblems(cluster, partition)),
    ...duplicates(
      'otherRoles',
      'arn',
      'role',
      otherRoles,
      ({ arn }) => quoted(arn),
      ({ arn }) => roleArnKey(arn),
    ),
    ...ofEach('otherRoles', otherRoles, (role) => otherRoleProblems(role, partition)),
  ];
}

/** What is wrong with the items of a list; `problemsOf` gives paths within the item. */
function ofEach<Item>(
  list: string,
  items: readonly Item[],
  problemsOf: (item: Item) => readonly SnapshotProblem[],
): SnapshotProblem[] {
  return items.flatMap((item, index) =>
    problemsOf(item).map(({ path, ...rest }) => ({ ...rest, path: `${list}.${index}${path && `.${path}`}` })),
  );
}

/** The items that an earlier one equals, by the field that says so. */
function duplicates<Item>(
  list: string,
  field: string,
  what: string,
  items: readonly Item[],
  textOf: (item: Item) => string,
  keyOf: (item: Item) => string = textOf,
): SnapshotProblem[] {
  const seen = new Set<string>();
  return ofEach(list, items, (item) => {
    const key = keyOf(item);
    if (seen.has(key)) return [problem(field, `duplicate ${what} ${textOf(item)}`)];
    seen.add(key);
    return NONE;
  });
}

function problem(path: string, message: string): SnapshotProblem {
  return { path, message };
}

const NONE: readonly SnapshotProblem[] = [];

/** The problem where something is not as it has to be. */
function unless(isRight: boolean, path: string, messageOf: () => string): readonly SnapshotProblem[] {
  return isRight ? NONE : [problem(path, messageOf())];
}

/** Milliseconds that the clock of whoever took a snapshot may be ahead. */
const CLOCK_SKEW = 5 * 60_000;

/** The newest of several roles counts, and an access entry that is older than its role is dead: a date that is yet to come decides both. */
function timeProblems(
  { capturedAt, roles, clusters = [], otherRoles = [] }: Inventory,
  now: number,
): SnapshotProblem[] {
  const isAhead = (time: string) => Date.parse(time) > now + CLOCK_SKEW;
  if (isAhead(capturedAt)) {
    const message = `${capturedAt} is in the future, so the age of the snapshot is unknown`;
    return [{ path: 'capturedAt', message, help: "Check this machine's clock, or take a new snapshot." }];
  }
  const ofCreation = ({ createdAt }: Pick<Role, 'createdAt'>, path = 'createdAt') =>
    unless(!isAhead(createdAt), path, () => `${createdAt} is in the future`);
  return [
    ...ofEach('roles', roles, (role) => ofCreation(role)),
    ...ofEach('clusters', clusters, ({ accessEntries }) =>
      ofEach('accessEntries', accessEntries, (entry) => ofCreation(entry)),
    ),
    ...ofEach('otherRoles', otherRoles, ({ role }) => (role ? ofCreation(role, 'role.createdAt') : NONE)),
  ];
}

/** Everything of Identity Center is of one instance, in the partition. */
function instanceProblems({
  partition,
  instance,
  permissionSets,
  assignments,
}: Inventory): SnapshotProblem[] {
  const id = instance?.arn.slice(instance.arn.lastIndexOf('/') + 1);
  const where = id === undefined ? `partition ${partition}` : `instance ${id} (partition ${partition})`;
  const isOfIt = (text: string) => {
    const arn = parseArn(text);
    return arn?.partition === partition && (id === undefined || arn.resource.split('/')[1] === id);
  };
  const ofArn = (field: string, arn: string) =>
    unless(isOfIt(arn), field, () => `${quoted(arn)} is not of ${where}`);
  const sets = permissionSets ?? [];
  return [
    ...(instance ? ofArn('instance.arn', instance.arn) : []),
    ...unless(
      !instance || partitionOfRegion(instance.region) === partition,
      'instance.region',
      () => `${instance?.region} is not in partition ${partition}`,
    ),
    ...ofEach('permissionSets', sets, ({ arn }) => ofArn('arn', arn)),
    ...duplicates('permissionSets', 'arn', 'permission set', sets, ({ arn }) => quoted(arn)),
    // Several instances, of snapshots that were united, may have sets of one name.
    ...duplicates('permissionSets', 'name', 'permission set', instance ? sets : [], ({ name }) =>
      quoted(name),
    ),
    // Where the sets are known, each is one of them.
    ...ofEach('assignments', (permissionSets ? null : assignments) ?? [], ({ permissionSetArn }) =>
      ofArn('permissionSetArn', permissionSetArn),
    ),
  ];
}

function accountProblems({ rolesRead, unreadable, assignmentsRead, ou, ouIds }: Account): SnapshotProblem[] {
  const [root = null, ...units] = ouIds ?? [];
  const isTree =
    root === null ||
    (root.startsWith('r-') && units.every((id) => id.startsWith(`ou-${root.slice('r-'.length)}-`)));
  return [
    ...unless(isTree, 'ouIds', () => 'must be the ID of a root, then those of units below it'),
    ...unless(
      ouIds?.length !== 0 || ou === null,
      'ouIds',
      () => `is empty, as for an account outside the organization, but ou is ${quoted(ou ?? '')}`,
    ),
    ...unless(!rolesRead || unreadable === null, 'unreadable', () => 'must be null where rolesRead is true'),
    ...unless(
      rolesRead || !assignmentsRead,
      'assignmentsRead',
      () => 'must not be true where rolesRead is false',
    ),
  ];
}

/** The role ARN goes into aws-auth, so each part of it has to follow from the other fields of the role. */
function roleProblems(role: Role, partition: string): readonly SnapshotProblem[] {
  const { accountId, permissionSet, roleArn, pathArn } = role;
  const arn = parseArn(pathArn);
  const inName = arn && permissionSetOf(arn);
  const isOfAccount =
    arn?.service === 'iam' && arn.region === '' && arn.partition === partition && arn.accountId === accountId;
  if (!arn || inName === undefined || !isOfAccount) {
    const message = `${quoted(pathArn)} is not the ARN of a role that Identity Center made in account ${accountId} (partition ${partition})`;
    return [problem('pathArn', message)];
  }
  if (roleArn !== formatArn(stripPath(arn)))
    return [problem('roleArn', `${quoted(roleArn)} does not match the pathArn without its path`)];
  if (inName === permissionSet) return NONE;
  const message = `${quoted(permissionSet)} does not match the permission set in the role's name, ${quoted(inName)}`;
  return [problem('permissionSet', message)];
}

/** Roles and assignments are of accounts that were read, and assignments of known sets to known people. */
function referenceProblems(inventory: Inventory): SnapshotProblem[] {
  const { accounts, roles, permissionSets, assignments, principals } = inventory;
  const withRoles = new Set(accounts.flatMap(({ id, rolesRead }) => (rolesRead ? id : [])));
  const withAssignments = new Set(accounts.flatMap(({ id, assignmentsRead }) => (assignmentsRead ? id : [])));
  const sets = permissionSets && new Set(permissionSets.map(({ arn }) => arn));
  const typeOf = principals && new Map(principals.map(({ type, id }) => [id, type]));
  const ofAssignment = ({ accountId, permissionSetArn, principalType, principalId }: Assignment) => {
    const isRead = withAssignments.has(accountId);
    const isSet = sets?.has(permissionSetArn) !== false;
    const isPrincipal = !typeOf || typeOf.get(principalId) === principalType;
    if (isRead && isSet && isPrincipal) return NONE;
    return [
      ...unless(isRead, 'accountId', () => `the assignments of account ${accountId} were not read`),
      ...unless(isSet, 'permissionSetArn', () => `${quoted(permissionSetArn)} is not in permissionSets`),
      ...unless(
        isPrincipal,
        'principalId',
        () => `${quoted(principalId)} is not a ${principalType} in principals`,
      ),
    ];
  };
  return [
    ...ofEach('roles', roles, ({ accountId }) =>
      unless(withRoles.has(accountId), 'accountId', () => `the roles of account ${accountId} were not read`),
    ),
    ...ofEach('assignments', assignments ?? [], ofAssignment),
    ...duplicates(
      'assignments',
      '',
      'assignment of',
      assignments ?? [],
      ({ principalId }) => quoted(principalId),
      (one) => `${one.accountId} ${one.permissionSetArn} ${one.principalId}`,
    ),
  ];
}

/** Groups have members, users have groups, and both say the same. */
function peopleProblems({ principals }: Inventory): SnapshotProblem[] {
  const people = principals ?? [];
  const typeOf = new Map(people.map(({ type, id }) => [id, type]));
  const ofPrincipal = ({ type, members, groups = null }: Principal) => {
    const [own, ids, expected] =
      type === 'GROUP' ? (['members', members, 'USER'] as const) : (['groups', groups, 'GROUP'] as const);
    const [other, none] = type === 'GROUP' ? ['groups', groups] : ['members', members];
    return [
      ...unless(none === null, `${other}`, () => `must be null for a ${type}`),
      ...ofEach(own, ids ?? [], (id) =>
        unless(typeOf.get(id) === expected, '', () => `${quoted(id)} is not a ${expected} in principals`),
      ),
      ...duplicates(own, '', expected, ids ?? [], quoted),
    ];
  };
  return [
    ...ofEach('principals', people, ofPrincipal),
    ...duplicates('principals', 'id', 'principal', people, ({ id }) => quoted(id)),
    ...ofEach('principals', people, membershipProblems(people)),
  ];
}

/** Tells of a user, whose groups were read, that a group has other members than that says. */
function membershipProblems(people: readonly Principal[]): (user: Principal) => readonly SnapshotProblem[] {
  const members = new Map(
    people.flatMap(({ id, members: ids }) => (ids === null ? [] : [[id, new Set(ids)] as const])),
  );
  return ({ type, id, groups = null }) => {
    if (type !== 'USER' || groups === null) return NONE;
    const own = new Set(groups);
    const other = [...members].find(([group, ids]) => own.has(group) !== ids.has(id));
    return unless(
      other === undefined,
      'groups',
      () => `does not agree with the members of group ${quoted(other?.[0] ?? '')}`,
    );
  };
}

/** The path ARN goes into access entries. */
function otherRoleProblems({ arn, role }: OtherRole, partition: string): readonly SnapshotProblem[] {
  const parsed = parseRoleArn(arn);
  if (parsed?.roleArn !== arn || !isPrincipalOf(arn, partition)) {
    const message = `${quoted(arn)} is not the ARN of a role without its path (partition ${partition})`;
    return [problem('arn', message)];
  }
  if (role === null) return NONE;
  const { pathArn } = role;
  if (roleArnKey(pathArn) !== roleArnKey(arn) || !isPrincipalOf(pathArn, partition))
    return [problem('role.pathArn', `${quoted(pathArn)} is not ${quoted(arn)} with its path`)];
  return unless(
    isOtherRole(pathArn),
    'role.pathArn',
    () => `${quoted(pathArn)} is an Identity Center role, which belongs in roles`,
  );
}

/** EKS keeps one access entry for a principal, and none in mode CONFIG_MAP. */
function clusterProblems(cluster: EksCluster, partition: string): SnapshotProblem[] {
  const { name, arn, authenticationMode, accessEntries } = cluster;
  const inArn = clusterSelectorProblem(arn) === undefined ? parseClusterSelector(arn) : undefined;
  return [
    ...unless(
      inArn?.name === name && inArn.place?.partition === partition,
      'arn',
      () => `${quoted(arn)} is not the ARN of an EKS cluster ${quoted(name)} (partition ${partition})`,
    ),
    ...unless(
      authenticationMode !== 'CONFIG_MAP' || accessEntries.length === 0,
      'accessEntries',
      () => 'must be empty in mode CONFIG_MAP',
    ),
    ...duplicates('accessEntries', 'principalArn', 'access entry of', accessEntries, ({ principalArn }) =>
      quoted(principalArn),
    ),
    ...ofEach('accessEntries', accessEntries, (entry) => entryProblems(entry, partition)),
  ];
}

/** What EKS has in no access entry. https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
function entryProblems(entry: AccessEntry, partition: string): SnapshotProblem[] {
  const { principalArn, type, username, kubernetesGroups, policies } = entry;
  const impossible = (name: string, what: string) => () =>
    `an access entry of type ${type} cannot have the ${what} ${quoted(name)}`;
  return [
    ...unless(
      isPrincipalOf(principalArn, partition),
      'principalArn',
      () => `${quoted(principalArn)} is not the ARN of an IAM role or user (partition ${partition})`,
    ),
    ...unless(
      username === null || mayHaveUsername(entry, username),
      'username',
      impossible(username ?? '', 'username'),
    ),
    ...ofEach('kubernetesGroups', kubernetesGroups, (group) =>
      unless(mayHaveGroup(type, group), '', impossible(group, 'group')),
    ),
    ...ofEach('policies', policies, (policy) => policyProblems(policy, partition, type)),
    ...duplicates('policies', 'policyArn', 'policy', policies, ({ policyArn }) => quoted(policyArn)),
  ];
}

function policyProblems(policy: AccessPolicy, partition: string, type: string): readonly SnapshotProblem[] {
  const name = policyName(policy);
  if (!/^[0-9A-Za-z]{1,128}$/.test(name) || policy.policyArn !== accessPolicyArn(partition, name)) {
    const message = `${quoted(policy.policyArn)} is not the ARN of an access policy (partition ${partition})`;
    return [problem('policyArn', message)];
  }
  return unless(
    mayHavePolicy(type, policy),
    '',
    () => `an access entry of type ${type} cannot have the policy ${policyText(policy)}`,
  );
}

function isPrincipalOf(text: string, partition: string): boolean {
  const arn = parseArn(text);
  return arn?.partition === partition && isPrincipal(arn);
}
