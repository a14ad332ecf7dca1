import type { AccessPolicy } from '../../src/access-entry.ts';
import type { ExistingAccessEntry, Inventory, OtherRole, Role } from '../../src/inventory/model.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { ACCOUNT, accessEntry, eksCluster, policy } from '../access/eks-cluster.ts';
import { account, inventory, snapshotText } from '../inventory/build-inventory.ts';
import { binding, role } from '../rbac/manifests.ts';
import type { Files } from './program.ts';

/** Chooses one of several. */
export type Choose = <Item>(first: Item, ...others: readonly Item[]) => Item;

const SETS_ARN = 'arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-';
const PATH = 'aws-reserved/sso.amazonaws.com/eu-west-1/';
const POLICIES: readonly (readonly AccessPolicy[])[] = [
  [policy('AmazonEKSClusterAdminPolicy')],
  [policy('AmazonEKSViewPolicy', { namespaces: ['dev-*'] }), policy('AmazonEKSEditPolicy')],
];
const GROUPS = ['viewers', 'developers', 'dev ops', 'a', 'sso:ops'];

/** An AWS, a config and RBAC for the maps: what they name is there, was re-created, was superseded, is gone, or is not known. */
export function worldOf(maps: string, choose: Choose, now: number): Files {
  const known = inventoryOf(arnsIn(maps), choose, now);
  const sets = [...new Set(known.roles.map(({ permissionSet }) => permissionSet))];
  const { clusters, otherRoles, ...people } = known;
  return {
    'aws.json': snapshotText(people),
    'cluster.json': snapshotText({
      ...inventory([], []),
      capturedAt: known.capturedAt,
      ...{ clusters, otherRoles },
    }),
    'config.yaml': configOf(arnsIn(maps), sets, choose),
    'rbac.yaml': rbacOf(choose),
  };
}

/** The ARNs of IAM in a text, each once. */
export function arnsIn(text: string): string[] {
  return [...new Set(text.match(/arn:aws:iam::\d{12}:[\w+=,.@/-]+(?<!,)/g) ?? [])];
}

function inventoryOf(arns: readonly string[], choose: Choose, now: number): Required<Inventory> {
  const ids = [...new Set([ACCOUNT, '444455556666', ...arns.flatMap((arn) => arn.split(':')[4] ?? [])])];
  const accounts = ids.map((id) => {
    const rolesRead = choose(true, true, true, true, true, false);
    return account(id, choose(null, `name of ${id}`, 'prod\u202e"'), {
      rolesRead,
      assignmentsRead: rolesRead && choose(true, true, true, false),
      ou: choose(null, 'Workloads/Prod', ''),
      state: choose('ACTIVE', null, 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'SUSPENDED'),
    });
  });
  const isRead = ({ accountId }: Role) => accounts.some(({ id, rolesRead }) => id === accountId && rolesRead);
  const roles = byKey(arns.flatMap((arn) => rolesOf(arn, choose)).filter(isRead), ({ roleArn }) =>
    roleArn.toLowerCase(),
  );
  const names = [...new Set(roles.map(({ permissionSet }) => permissionSet))];
  const permissionSets = names.map((name, index) => ({
    name,
    arn: `${SETS_ARN}${String(index).padStart(16, '0')}`,
  }));
  const assignments = roles.flatMap(({ accountId, permissionSet }) => {
    const permissionSetArn = permissionSets.find(({ name }) => name === permissionSet)?.arn ?? '';
    const isKnown = accounts.some(({ id, assignmentsRead }) => id === accountId && assignmentsRead);
    const ofGroup = {
      accountId,
      permissionSetArn,
      principalType: 'GROUP',
      principalId: choose('g-1', 'g-2'),
    } as const;
    const ofUser = {
      accountId,
      permissionSetArn,
      principalType: 'USER',
      principalId: choose('u-1', 'u-3'),
    } as const;
    return isKnown ? choose([ofGroup], [ofUser], [ofGroup, ofUser], []) : [];
  });
  const read = choose(true, true, true, true, true, true, false);
  return {
    ...inventory(accounts, roles),
    capturedAt: new Date(now - choose(1, 5, 23, 25, 2000) * 3_600_000).toISOString(),
    permissionSets: read ? permissionSets : null,
    assignments: read ? byKey(assignments, (one) => JSON.stringify(one)) : null,
    principals: read
      ? [
          { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-1', 'u-2'] },
          {
            type: 'GROUP',
            id: 'g-2',
            name: choose('o"ps\u001b[31m', '=Ops,1', null),
            members: choose([], null),
          },
          { type: 'USER', id: 'u-1', name: 'ada', members: null },
          { type: 'USER', id: 'u-2', name: 'alice@example.com', members: null },
          { type: 'USER', id: 'u-3', name: choose('é|`', null), members: null },
        ]
      : null,
    otherRoles: byKey(
      arns.flatMap((arn) => otherRoleOf(arn, choose)),
      ({ arn }) => arn.toLowerCase(),
    ),
    clusters: ['prod', 'dev'].map((name) => {
      const mode = choose('API_AND_CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API', 'CONFIG_MAP');
      const entries = arns.flatMap((arn) => accessEntriesOf(arn, roles, choose));
      return eksCluster(
        mode,
        mode === 'CONFIG_MAP' ? [] : byKey(entries, ({ principalArn }) => principalArn),
        name,
      );
    }),
  };
}

function byKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

/** The provisioned roles of the permission set whose role an ARN names. */
function rolesOf(arn: string, choose: Choose): readonly Role[] {
  const parsed = parseProvisionedRoleArn(arn);
  if (!parsed) return [];
  const { accountId, permissionSet } = parsed;
  const named = (suffix: string, day: number): Role => {
    const arnOf = (path: string) =>
      `arn:aws:iam::${accountId}:role/${path}AWSReservedSSO_${permissionSet}_${suffix}`;
    const createdAt = `2026-01-0${day}T00:00:00.000Z`;
    return { accountId, permissionSet, roleArn: arnOf(''), pathArn: arnOf(PATH), createdAt };
  };
  const [old, now] = [named(parsed.roleArn.slice(-16).toLowerCase(), 5), named('ffffffffffffffff', 8)];
  return choose([old], [old], [now], [old, now], []);
}

function otherRoleOf(text: string, choose: Choose): readonly OtherRole[] {
  const [, start, name] = /^(.*:role\/)(?:.*\/)?(?!AWSReservedSSO_)([\w+=,.@-]+)$/.exec(text) ?? [];
  if (name === undefined) return [];
  const arn = `${start}${name}`;
  const role = {
    pathArn: `${start}${choose('', 'ci/', 'team/')}${name}`,
    createdAt: '2026-01-05T00:00:00.000Z',
  };
  return choose<readonly OtherRole[]>([{ arn, role }], [{ arn, role: null }], []);
}

function accessEntriesOf(
  arn: string,
  roles: readonly Role[],
  choose: Choose,
): readonly ExistingAccessEntry[] {
  if (!/:(?:role|user)\/[\w+=,.@/-]+$/.test(arn)) return [];
  const own = roles.find(({ roleArn }) => roleArn === arn)?.pathArn ?? arn;
  const createdAt = choose(
    '2026-01-04T00:00:00.000Z',
    '2026-01-06T00:00:00.000Z',
    '2026-01-09T00:00:00.000Z',
  );
  const rest = {
    kubernetesGroups: choose([], ['viewers'], ['developers', 'a']),
    policies: choose([], ...POLICIES),
    createdAt,
  };
  const username = choose(null, 'ada', 'sso:{{SessionName}}');
  return choose(
    [accessEntry(own, { ...rest, username })],
    [accessEntry(own, { type: 'EC2_LINUX', createdAt })],
    [],
    [],
  );
}

/** What a config may name beside its mappings. */
const NAMEABLE = /:(?:role|user)\/(?!AWSReservedSSO_)[\w+=,.@-]+$/;

function configOf(arns: readonly string[], sets: readonly string[], choose: Choose): string {
  const groups = () => choose(['viewers'], ['system:masters'], ['developers', 'dev ops']);
  const mapping = (permissionSet: string) => ({
    permissionSet,
    groups: groups(),
    ...choose(
      {},
      {},
      { username: 'admin:{{SessionName}}' },
      { accounts: ['111122223333'] },
      { optional: true },
    ),
  });
  const other = (arn: string) => ({ arn, ...choose({}, { groups: groups() }, { username: 'x' }) });
  return JSON.stringify({
    accounts: choose(['111122223333'], ['111122223333', '444455556666']),
    nodeRoles: choose(
      [],
      arns.filter((arn) => arn.endsWith(':role/node')),
    ),
    mappings: [
      ...sets.filter(() => choose(true, true, false)).map(mapping),
      { ...mapping(choose('Admin', 'V*')), optional: true },
    ],
    otherEntries: arns.filter((arn) => NAMEABLE.test(arn) && choose(true, false)).map(other),
  });
}

function rbacOf(choose: Choose): string {
  const rule = () => ({
    verbs: choose(['get'], ['*'], ['get', 'list']),
    resources: choose(['pods'], ['secrets'], ['*']),
    apiGroups: [''],
  });
  const subject = () =>
    `${choose('Group', 'Group', 'User')} ${choose('system:masters', 'ada', 'sso:ada', ...GROUPS)}`;
  const bindings = ['view', 'own', 'cluster-admin', 'gone', 'edit']
    .filter(() => choose(true, false))
    .map((name) =>
      binding(`b-${name}`, `ClusterRole/${name}`, [subject(), subject()], choose(undefined, 'payments')),
    );
  return [role('own', [rule(), rule()]), role('local', [rule()], 'payments'), ...bindings].join('\n---\n');
}
