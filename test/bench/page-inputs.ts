import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderConfigMap } from '../../src/aws-auth/render.ts';
import type { EksCluster, ExistingAccessEntry, Principal, Role } from '../../src/directory/model.ts';
import { accessPolicyArn } from '../../src/eks.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { binding, role as rbacRole } from '../rbac/manifests.ts';

const PEOPLE = 5_000;
const CLUSTERS = 40;
const GROUPS = 50;
const SETS = ['ClusterAdmin', 'Developer', 'ReadOnly', 'Billing', 'Security'].flatMap((name) =>
  ['', '-Payments', '-Data', '-Web'].map((team) => `${name}${team}`),
);
const FIRST = ['ana', 'bela', 'chidi', 'dilnoza', 'erik', 'fatima', 'grace', 'hiro', 'ines', 'jamal'];
const LAST = ['lopez', 'okafor', 'novak', 'tanaka', 'smith', 'garcia', 'kaya', 'dubois', 'rossi', 'larsen'];
const TEAMS = ['Platform', 'Payments', 'Data', 'Web', 'Security'];
const POLICIES = ['AmazonEKSViewPolicy', 'AmazonEKSEditPolicy', 'AmazonEKSAdminPolicy'];

/**
 * Writes an organization: 5,000 people in 50 groups, and 40 accounts with a cluster each, in which every group is assigned
 * one of 20 permission sets. Half of the clusters have aws-auth, half have access entries, most with EKS's usernames.
 * @returns the options that read it
 */
export async function writePageInputs(folder: string): Promise<{ argv: string[]; rbac: string[] }> {
  const accounts = numbers(CLUSTERS).map((index) => ({
    id: String(222_222_222_001 + index * 97),
    cluster: `${TEAMS[index % TEAMS.length]?.toLowerCase()}-${index % 2 === 0 ? 'prod' : 'test'}-${index}`,
  }));
  const roles = accounts.flatMap(({ id }) => SETS.map((set) => role(id, set)));
  const files: string[] = [];
  await mkdir(join(folder, 'maps'), { recursive: true });
  const clusters: EksCluster[] = [];
  for (const [index, { id, cluster }] of accounts.entries()) {
    const own = roles.filter(({ accountId }) => accountId === id);
    const arn = `arn:aws:eks:eu-west-1:${id}:cluster/${cluster}`;
    const isMap = index % 2 === 0;
    clusters.push({
      name: cluster,
      arn,
      authenticationMode: isMap ? 'CONFIG_MAP' : 'API',
      accessEntries: isMap ? [] : own.map((one, at) => accessEntryOf(one, at, index % 4 === 1)),
    });
    if (!isMap) continue;
    const file = join(folder, 'maps', `${cluster}.yaml`);
    files.push(file);
    await writeFile(file, renderConfigMap(own.map(entryOf), { comments: false }));
  }
  await writeFile(join(folder, 'aws.json'), snapshotOf(accounts, roles, clusters));
  await mkdir(join(folder, 'rbac'), { recursive: true });
  await writeFile(join(folder, 'rbac/rbac.yaml'), rbacText());
  const argv = [...files, '--cluster', '*', '--inventory', join(folder, 'aws.json'), '--expand', '--quiet'];
  return { argv, rbac: ['--rbac', `*=${join(folder, 'rbac/rbac.yaml')}`] };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** As in Identity Center: `90676a1b2c-3d4e5f60-…` */
function idOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex');
  const uuid = hash.slice(10, 42).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return `${hash.slice(0, 10)}-${uuid}`;
}

function groupsOf(set: string, index: number): string[] {
  return [`team-${index % 12}`, `set-${set.toLowerCase()}`];
}

function entryOf({ roleArn, permissionSet }: Role, index: number): DesiredEntry {
  const username = index % 3 === 0 ? '{{AccountID}}:{{SessionName}}' : 'sso:{{SessionName}}';
  const groups = groupsOf(permissionSet, index);
  return { rolearn: roleArn, username, usernameStated: true, groups, role: null };
}

function accessEntryOf(
  { pathArn, permissionSet }: Role,
  index: number,
  isStated: boolean,
): ExistingAccessEntry {
  const policyArn = accessPolicyArn('aws', POLICIES[index % POLICIES.length] ?? '');
  return {
    principalArn: pathArn,
    type: 'STANDARD',
    username: isStated ? 'sso:{{SessionName}}' : null,
    kubernetesGroups: groupsOf(permissionSet, index),
    policies: [{ policyArn, scope: { namespaces: [`team-${index % 12}`, 'shared-*'] } }],
    createdAt: '2026-06-01T00:00:00.000Z',
  };
}

function snapshotOf(
  accounts: readonly { readonly id: string; readonly cluster: string }[],
  roles: readonly Role[],
  clusters: readonly EksCluster[],
): string {
  const people = numbers(PEOPLE).map((index): Principal => {
    const name = `${FIRST[index % 10]}.${LAST[Math.floor(index / 10) % 10]}${index}@example.com`;
    return { type: 'USER', id: idOf(name), name, members: null };
  });
  const groups = numbers(GROUPS).map((index): Principal => {
    const size = PEOPLE / GROUPS;
    const members = people.slice(index * size, (index + 1) * size).map(({ id }) => id);
    const name = `${TEAMS[index % TEAMS.length]} ${SETS[index % SETS.length]} ${index}`;
    return { type: 'GROUP', id: idOf(name), name, members };
  });
  const permissionSets = SETS.map((name, index) => ({
    name,
    arn: `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-${String(index).padStart(16, '0')}`,
  }));
  const assignments = accounts.flatMap(({ id }) =>
    groups.map((group, index) => ({
      accountId: id,
      permissionSetArn: permissionSets[index % SETS.length]?.arn ?? '',
      principalType: 'GROUP' as const,
      principalId: group.id,
    })),
  );
  const known = accounts.map(({ id, cluster }) => account(id, cluster, { assignmentsRead: true }));
  const all = { permissionSets, principals: [...groups, ...people], assignments, clusters };
  return snapshotText(inventory(known, roles, all));
}

/** Each team has some roles in its namespaces, and each permission set a few cluster-wide. */
function rbacText(): string {
  const resources = ['pods', 'secrets', 'configmaps', 'deployments', 'jobs'];
  const roles = numbers(100).map((index) =>
    rbacRole(`role-${index}`, [
      { verbs: ['get', 'list', 'watch'], apiGroups: ['', 'apps'], resources: [resources[index % 5] ?? ''] },
      { verbs: index % 9 === 0 ? ['create'] : ['get'], apiGroups: ['batch'], resources: ['jobs'] },
    ]),
  );
  const ofTeams = numbers(300).map((index) =>
    binding(
      `team-binding-${index}`,
      `ClusterRole/role-${index % 100}`,
      [`Group team-${index % 12}`],
      `team-${index % 40}`,
    ),
  );
  const ofSets = numbers(60).map((index) => {
    const group = `Group set-${SETS[index % SETS.length]?.toLowerCase()}`;
    const name = index < 4 ? 'cluster-admin' : `role-${index}`;
    return binding(`set-binding-${index}`, `ClusterRole/${name}`, [group]);
  });
  return [...roles, ...ofTeams, ...ofSets].join('\n---\n');
}
