import type {
  Account,
  Assignment,
  EksCluster,
  ExistingAccessEntry,
  Inventory,
  OtherRole,
  PermissionSet,
  Principal,
  Role,
  UnreadCluster,
} from '../../src/directory/model.ts';
import type { AccessPolicy } from '../../src/eks.ts';
import { accessEntry, policy } from '../access-entry/eks-cluster.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';
import type { Draw } from '../draw.ts';
import { numbers, type WorldNames } from './world-names.ts';

const REGIONS = ['eu-west-1', 'us-east-1'] as const;
const NAMESPACES = ['dev-*', 'payments', 'team-1'];
const POLICIES = [
  'AmazonEKSClusterAdminPolicy',
  'AmazonEKSAdminPolicy',
  'AmazonEKSEditPolicy',
  'AmazonEKSViewPolicy',
  'AmazonEKSSecretReaderPolicy',
  'AmazonEKSNewPolicy',
];

/** Roles that entries may name, with those that are gone. */
export interface Arns {
  readonly roles: readonly Role[];
  readonly others: readonly OtherRole[];
}

/** An AWS, and the roles that entries in its clusters name. */
export function worldInventory(draw: Draw, names: WorldNames): { known: Inventory; arns: Arns } {
  const ids = numbers(draw.between(2, 5)).map((index) => String(111_122_223_333 + index * 111));
  const accounts = ids.map((id, index) => accountOf(id, index, draw, names));
  const sets = setsOf(draw.between(2, 6), names);
  const current = accounts
    .filter(({ rolesRead }) => rolesRead)
    .flatMap(({ id }) => draw.some(sets, 75).map(({ name }) => role(id, name, 5)));
  const older = draw
    .some(current, 12)
    .map(({ accountId, permissionSet }) => role(accountId, permissionSet, 2));
  const roles = [...current, ...draw.some(older, 40)];
  const principals = principalsOf(draw, names);
  const others = ids.flatMap((id) => otherRolesOf(id, draw));
  const arns = { roles: [...current, ...older], others };
  const clusters = clustersOf(ids, arns, draw, names);
  const known = inventory(accounts, roles, {
    permissionSets: sets,
    principals,
    assignments: assignmentsOf(accounts, current, sets, principals, draw),
    clusters,
    unreadClusters: unreadOf(accounts, clusters, draw, names),
    otherRoles: draw.some(others, 80),
  });
  return { known, arns };
}

function accountOf(id: string, index: number, draw: Draw, { account: nameOf, detail }: WorldNames): Account {
  const rolesRead = index === 0 || draw.percent(85);
  const name = draw.percent(80) ? nameOf(index) : null;
  const common = { state: draw.pick('ACTIVE', 'ACTIVE', 'ACTIVE', null, 'SUSPENDED'), rolesRead };
  if (!rolesRead) return account(id, name, { ...common, unreadable: detail(index) });
  return account(id, name, { ...common, assignmentsRead: true });
}

function setsOf(count: number, { permissionSet }: WorldNames): PermissionSet[] {
  return numbers(count).map((index) => ({
    name: permissionSet(index),
    arn: `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-${String(index).padStart(16, '0')}`,
  }));
}

/** Some deleted, some groups empty, and some whose members weren't read. */
function principalsOf(draw: Draw, names: WorldNames): Principal[] {
  const users = numbers(draw.between(2, 12)).map((index): Principal => {
    return {
      type: 'USER',
      id: `u-${index}`,
      name: draw.percent(90) ? names.user(index) : null,
      members: null,
    };
  });
  const ids = users.map(({ id }) => id);
  const groups = numbers(draw.between(1, 5)).map((index): Principal => {
    const members = draw.pick<string[] | null>(ids, draw.some(ids, 40), draw.some(ids, 40), [], null);
    return { type: 'GROUP', id: `g-${index}`, name: draw.percent(90) ? names.group(index) : null, members };
  });
  return [...groups, ...users];
}

function assignmentsOf(
  accounts: readonly Account[],
  roles: readonly Role[],
  sets: readonly PermissionSet[],
  principals: readonly Principal[],
  draw: Draw,
): Assignment[] {
  const read = new Set(accounts.flatMap(({ id, assignmentsRead }) => (assignmentsRead ? id : [])));
  const arnOf = new Map(sets.map(({ name, arn }) => [name, arn]));
  return roles
    .filter(({ accountId }) => read.has(accountId))
    .flatMap(({ accountId, permissionSet }) =>
      draw.some(principals, draw.pick(0, 20, 30)).map(({ type, id }) => ({
        accountId,
        permissionSetArn: arnOf.get(permissionSet) ?? '',
        principalType: type,
        principalId: id,
      })),
    );
}

function otherRolesOf(accountId: string, draw: Draw): OtherRole[] {
  const createdAt = '2026-01-05T00:00:00.000Z';
  return ['node', 'deploy', 'gone'].map((name) => {
    const arn = `arn:aws:iam::${accountId}:role/${name}`;
    if (name === 'gone') return { arn, role: null };
    const pathArn = draw.percent(30) ? arn.replace('role/', 'role/ci/') : arn;
    const accountAccess = name === 'deploy' && draw.percent(20);
    return { arn, role: { pathArn, createdAt, ...(accountAccess && { accountAccess }) } };
  });
}

function clustersOf(ids: readonly string[], arns: Arns, draw: Draw, { cluster, ...names }: WorldNames) {
  return numbers(draw.between(1, 4)).map((index): EksCluster => {
    const authenticationMode = draw.pick('API_AND_CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API', 'CONFIG_MAP');
    // Clusters in different regions may share a name.
    const name = cluster(index % draw.between(2, 4));
    const arn = `arn:aws:eks:${REGIONS[index % 2]}:${ids[Math.floor(index / 2) % ids.length]}:cluster/${name}`;
    const accessEntries =
      authenticationMode === 'CONFIG_MAP' ? [] : accessEntriesOf(arns, draw, { cluster, ...names });
    return { name, arn, authenticationMode, accessEntries };
  });
}

function accessEntriesOf({ roles, others }: Arns, draw: Draw, names: WorldNames): ExistingAccessEntry[] {
  const createdAt = () => `2026-01-${draw.pick('01', '03', '09')}T00:00:00.000Z`;
  const provisioned = draw.some(roles, 45).map(({ pathArn }, index) =>
    accessEntry(pathArn, {
      createdAt: createdAt(),
      username: draw.pick(null, null, entryUsername(names.username(draw.below(3)))),
      kubernetesGroups: draw.some(numbers(5).map(names.kubernetesGroup), index % 2 === 0 ? 40 : 0),
      policies: policiesOf(draw),
    }),
  );
  const rest = draw.some(others, 40).map(({ arn, role: found }) => {
    const own = found?.pathArn ?? arn;
    if (arn.endsWith(':role/node')) return accessEntry(own, { type: 'EC2_LINUX', createdAt: createdAt() });
    return accessEntry(own, { createdAt: createdAt(), policies: policiesOf(draw) });
  });
  return [...provisioned, ...rest];
}

/** EKS takes fewer templates than aws-auth. */
function entryUsername(username: string): string {
  const isOwn = !/\{\{(?!SessionName|AccountID)/.test(username) && !/\p{Cc}/u.test(username);
  return isOwn ? username : 'admin';
}

function policiesOf(draw: Draw): AccessPolicy[] {
  return draw
    .some(POLICIES, 20)
    .map((name) => policy(name, draw.percent(50) ? 'cluster' : { namespaces: namespacesOf(draw) }));
}

function namespacesOf(draw: Draw): readonly string[] {
  const some = draw.some(NAMESPACES, 50);
  return some.length > 0 ? some : ['kube-system'];
}

function unreadOf(
  accounts: readonly Account[],
  clusters: readonly EksCluster[],
  draw: Draw,
  { detail, cluster }: WorldNames,
): UnreadCluster[] {
  const taken = new Set(clusters.map(({ arn }) => arn));
  return accounts
    .filter(() => draw.percent(20))
    .map(({ id, name }, index): UnreadCluster => {
      const unread = draw.percent(50) ? cluster(7) : null;
      const common = { accountId: id, accountName: name, region: 'eu-west-1' };
      return { ...common, name: unread, cause: 'eks:DescribeCluster is denied', detail: detail(index) };
    })
    .filter((one) => !taken.has(`arn:aws:eks:${one.region}:${one.accountId}:cluster/${one.name}`));
}
