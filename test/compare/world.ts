import type {
  ExistingAccessEntry,
  Inventory,
  OtherRole,
  Principal,
  Role,
} from '../../src/directory/model.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { ACCOUNT, accessEntry, eksCluster, policy } from '../access-entry/eks-cluster.ts';
import { account, inventory, snapshotText } from '../directory/build-inventory.ts';
import { binding, role } from '../rbac/manifests.ts';
import type { Files } from './program.ts';

/** Chooses one of several items. */
export type Choose = <Item>(first: Item, ...others: readonly Item[]) => Item;

/** Names with characters that are special to terminals and CSV. */
const PEOPLE: readonly Principal[] = [
  { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-1', 'u-2'] },
  { type: 'GROUP', id: 'g-2', name: 'o"ps\u001b[31m', members: [] },
  { type: 'GROUP', id: 'g-3', name: null, members: [] },
  { type: 'USER', id: 'u-1', name: 'ada', members: null },
  { type: 'USER', id: 'u-2', name: 'alice@example.com', members: null },
  { type: 'USER', id: 'u-3', name: '=é|`,', members: null },
];
const FIRST = '2026-01-04T00:00:00.000Z';
const SECOND = '2026-01-06T00:00:00.000Z';
const THIRD = '2026-01-09T00:00:00.000Z';
const [ADMIN, VIEW] = [
  policy('AmazonEKSClusterAdminPolicy'),
  policy('AmazonEKSViewPolicy', { namespaces: ['dev-*'] }),
];

/** An AWS, a config and RBAC for the maps, whose roles exist, were re-created or superseded, are gone, or are unknown. */
export function worldOf(maps: string, choose: Choose, now: number): Files {
  const arns = arnsIn(maps);
  const capturedAt = new Date(now - choose(1, 5, 23, 25, 2000) * 3_600_000).toISOString();
  const known = { ...inventoryOf(arns, choose), capturedAt };
  const clusters = ['prod', 'dev'].map((name) => {
    const mode = choose('API_AND_CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API', 'CONFIG_MAP');
    const entries =
      mode === 'CONFIG_MAP' ? [] : arns.flatMap((arn) => accessEntriesOf(arn, known.roles, choose));
    return eksCluster(
      mode,
      byKey(entries, ({ principalArn }) => principalArn),
      name,
    );
  });
  const otherRoles = byKey(
    arns.flatMap((arn) => otherRolesOf(arn, choose)),
    ({ arn }) => arn.toLowerCase(),
  );
  return {
    'aws.json': snapshotText(known),
    'cluster.json': snapshotText({ ...inventory([], []), capturedAt, clusters, otherRoles }),
    'config.yaml': configOf(arns, known.roles, choose),
    'rbac.yaml': rbacOf(choose),
  };
}

/** IAM ARNs in a text, each once. */
export function arnsIn(text: string): string[] {
  return [...new Set(text.match(/arn:aws:iam::\d{12}:[\w+=,.@/-]+(?<!,)/g) ?? [])];
}

function byKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

function inventoryOf(arns: readonly string[], choose: Choose): Inventory {
  const ids = [...new Set([ACCOUNT, '444455556666', ...arns.flatMap((arn) => arn.split(':')[4] ?? [])])];
  const accounts = ids.map((id) => {
    const rolesRead = choose(true, true, true, true, true, false);
    const assignmentsRead = rolesRead && choose(true, true, true, false);
    const state = choose('ACTIVE', null, 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'SUSPENDED');
    const ou = choose(null, 'Workloads/Prod', '');
    return account(id, choose(null, `name of ${id}`, 'prod\u202e"'), {
      rolesRead,
      assignmentsRead,
      state,
      ou,
    });
  });
  const readIn = (what: 'rolesRead' | 'assignmentsRead', { accountId }: Role) =>
    accounts.some((one) => one.id === accountId && one[what]);
  const all = arns.flatMap((arn) => rolesOf(arn, choose)).filter((one) => readIn('rolesRead', one));
  const roles = byKey(all, ({ roleArn }) => roleArn.toLowerCase());
  const names = [...new Set(roles.map(({ permissionSet }) => permissionSet))];
  const setArn = (name: string) =>
    `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-${String(names.indexOf(name)).padStart(16, '0')}`;
  const assignments = roles
    .filter((one) => readIn('assignmentsRead', one))
    .flatMap(({ accountId, permissionSet }) =>
      choose(['g-1'], ['u-1', 'g-2'], ['u-3', 'g-3'], []).map((principalId) => {
        const principalType = principalId.startsWith('g') ? ('GROUP' as const) : ('USER' as const);
        return { accountId, permissionSetArn: setArn(permissionSet), principalType, principalId };
      }),
    );
  const people = {
    permissionSets: names.map((name) => ({ name, arn: setArn(name) })),
    assignments: byKey(assignments, (one) => JSON.stringify(one)),
    principals: PEOPLE,
  };
  return inventory(accounts, roles, choose<Partial<Inventory>>(people, people, people, {}));
}

/** Some roles of the permission set of an ARN's role. */
function rolesOf(arn: string, choose: Choose): readonly Role[] {
  const parsed = parseProvisionedRoleArn(arn);
  if (!parsed) return [];
  const { accountId, permissionSet, roleArn } = parsed;
  const named = (suffix: string, createdAt: string): Role => {
    const arnOf = (path: string) =>
      `arn:aws:iam::${accountId}:role/${path}AWSReservedSSO_${permissionSet}_${suffix}`;
    const pathArn = arnOf('aws-reserved/sso.amazonaws.com/eu-west-1/');
    return { accountId, permissionSet, roleArn: arnOf(''), pathArn, createdAt };
  };
  const [own, newer] = [named(roleArn.slice(-16).toLowerCase(), SECOND), named('f'.repeat(16), THIRD)];
  return choose([own], [own], [newer], [own, newer], []);
}

function otherRolesOf(text: string, choose: Choose): readonly OtherRole[] {
  const [, start, name] = /^(.*:role\/)(?:.*\/)?(?!AWSReservedSSO_)([\w+=,.@-]+)$/.exec(text) ?? [];
  if (name === undefined) return [];
  const arn = `${start}${name}`;
  const role = { pathArn: `${start}${choose('', 'ci/', 'team/')}${name}`, createdAt: SECOND };
  return choose<readonly OtherRole[]>([{ arn, role }], [{ arn, role: null }], []);
}

function accessEntriesOf(
  arn: string,
  roles: readonly Role[],
  choose: Choose,
): readonly ExistingAccessEntry[] {
  if (!/:(?:role|user)\/[\w+=,.@/-]+$/.test(arn)) return [];
  const own = roles.find(({ roleArn }) => roleArn === arn)?.pathArn ?? arn;
  const createdAt = choose(FIRST, SECOND, THIRD);
  const username = choose(null, 'ada', 'sso:{{SessionName}}');
  const kubernetesGroups = choose([], ['viewers'], ['developers', 'a']);
  const policies = choose([], [ADMIN], [VIEW, policy('AmazonEKSEditPolicy')]);
  const standard = accessEntry(own, { username, kubernetesGroups, policies, createdAt });
  return choose([standard], [accessEntry(own, { type: 'EC2_LINUX', createdAt })], [], []);
}

function configOf(arns: readonly string[], roles: readonly Role[], choose: Choose): string {
  const some = (items: readonly string[]) => [...new Set(items)].filter(() => choose(true, true, false));
  const groups = () => choose(['viewers'], ['system:masters'], ['developers', 'dev ops']);
  const more = () =>
    choose({}, { username: 'admin:{{SessionName}}' }, { accounts: [ACCOUNT] }, { optional: true });
  const sets = some(roles.map(({ permissionSet }) => permissionSet));
  const others = some(arns.filter((arn) => /:(?:role|user)\/(?!AWSReservedSSO_)[\w+=,.@-]+$/.test(arn)));
  return JSON.stringify({
    accounts: choose([ACCOUNT], [ACCOUNT, '444455556666']),
    nodeRoles: some(arns.filter((arn) => arn.endsWith(':role/node'))),
    mappings: [
      { permissionSet: choose('Admin', 'V*'), groups: groups(), optional: true },
      ...sets.map((permissionSet) => ({ permissionSet, groups: groups(), ...more() })),
    ],
    otherEntries: others.map((arn) => ({ arn, ...choose({}, { groups: groups() }, { username: 'x' }) })),
  });
}

function rbacOf(choose: Choose): string {
  const [verbs, resources] = [choose(['get'], ['*']), choose(['pods'], ['secrets'], ['*'])];
  const names = ['viewers', 'developers', 'dev ops', 'a', 'sso:ops', 'ada', 'sso:ada', 'system:masters'];
  const subject = () => `${choose('Group', 'Group', 'User')} ${choose('view', ...names)}`;
  const bindings = ['view', 'own', 'cluster-admin', 'gone', 'edit'].flatMap((name) => {
    const namespace = choose(undefined, 'payments');
    return choose([binding(`b-${name}`, `ClusterRole/${name}`, [subject(), subject()], namespace)], []);
  });
  return [role('own', [{ verbs, resources, apiGroups: [''] }]), ...bindings].join('\n---\n');
}
