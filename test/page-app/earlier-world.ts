import type { EksCluster, Inventory, Principal } from '../../src/directory/model.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { snapshotText } from '../directory/build-inventory.ts';
import { Draw } from '../draw.ts';
import { INPUTS, type PageWorld, pageWorld } from './worlds.ts';

/** A world as it was a month before, and how `who` was run on it then and now. */
export interface WorldInTime {
  readonly before: PageWorld;
  readonly now: PageWorld;
  readonly argvBefore: readonly string[];
  readonly argvNow: readonly string[];
}

/**
 * A world that changed in a month: people and groups got other names, members moved, assignments, access entries and roles
 * in clusters changed, clusters came and went, and some of it couldn't be read. The same for a seed.
 */
export function worldInTime(seed: number): WorldInTime {
  const draw = new Draw(seed * 7 + 1);
  const now = pageWorld(seed);
  const inventory = earlierInventory(now.inventory, draw);
  const names = new Set((inventory.clusters ?? []).map(({ name }) => name));
  const gone = now.awsAuths.filter((path) => draw.percent(15) && names.has(nameOf(path)));
  const awsAuths = now.awsAuths.filter((path) => !gone.includes(path));
  const files = Object.fromEntries(
    Object.entries(now.files).map(([path, text]) => {
      if (path === 'rbac.yaml') return [path, withoutSome(text, draw)];
      return [path, now.awsAuths.includes(path) && draw.percent(50) ? earlierMap(now, draw) : text];
    }),
  );
  const before = {
    ...now,
    inventory,
    awsAuths,
    files: { ...files, 'aws.json': snapshotText(inventory) },
  };
  const rbac = draw.percent(75) ? ['--rbac', '*=rbac.yaml'] : [];
  const expand = draw.percent(75) ? ['--expand'] : [];
  // Rarely, the runs have other options.
  const argvOf = ({ awsAuths: own }: PageWorld) => [
    ...INPUTS,
    ...own,
    ...(draw.percent(92) || own.length === 0 ? ['--cluster', '*'] : []),
    ...(draw.percent(92) ? rbac : []),
    ...(draw.percent(92) ? expand : []),
  ];
  return { before, now, argvBefore: argvOf(before), argvNow: argvOf(now) };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace('.yaml', '');
}

function earlierInventory(now: Inventory, draw: Draw): Inventory {
  const users = (now.principals ?? []).filter(({ type }) => type === 'USER').map(({ id }) => id);
  const principals = (now.principals ?? []).map((one): Principal => {
    const name = one.name !== null && draw.percent(10) ? `${one.name} before` : one.name;
    const members = one.members && draw.pick(one.members, one.members, draw.some(users, 40));
    return { ...one, name, members };
  });
  const lost = new Set(draw.some(now.accounts.slice(1), 8).map(({ id }) => id));
  const clusters = (now.clusters ?? []).filter((_, index) => index === 0 || draw.percent(85));
  const [first] = clusters;
  const vanished = first && draw.percent(20) ? [{ ...first, ...vanishedName(first) }] : [];
  const unread = clusters.filter((_, index) => index > 0 && draw.percent(10));
  return {
    ...now,
    principals,
    accounts: now.accounts.map((one) => (lost.has(one.id) ? { ...one, assignmentsRead: false } : one)),
    assignments: draw.some(now.assignments ?? [], 85).filter(({ accountId }) => !lost.has(accountId)),
    clusters: [...clusters.filter((one) => !unread.includes(one)), ...vanished].map((one) => ({
      ...one,
      accessEntries: draw
        .some(one.accessEntries, 85)
        .map((entry) => ({ ...entry, policies: draw.some(entry.policies, 85) })),
    })),
    unreadClusters: [
      ...(now.unreadClusters ?? []),
      ...unread.map(({ name, arn }) => ({
        name,
        accountId: arn.split(':')[4] ?? '',
        accountName: null,
        region: arn.split(':')[3] ?? '',
        cause: 'eks:DescribeCluster is denied',
        detail: 'denied',
      })),
    ],
  };
}

function vanishedName({ name, arn }: EksCluster) {
  return { name: `${name}-old`, arn: `${arn}-old` };
}

/** Some documents of a manifest. */
function withoutSome(manifest: string, draw: Draw): string {
  return draw.some(manifest.split(/^---\n/m), 85).join('---\n');
}

/** An aws-auth with other groups. */
function earlierMap({ inventory, kubernetesGroups }: PageWorld, draw: Draw): string {
  const groups = () => [...draw.some(kubernetesGroups, 30), ...(draw.percent(15) ? ['system:masters'] : [])];
  const roles = draw.some(inventory.roles, 70);
  return awsAuthOf(
    roles.map(({ roleArn }) => ({ rolearn: roleArn, username: 'sso:{{SessionName}}', groups: groups() })),
  );
}
