import { describe, expect, test } from 'vitest';
import type { Assignment, Principal } from '../../src/inventory/model.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { binding, role as clusterRole } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { awsAuthOf, type Item } from './aws-auth-of.ts';

// Number of nodes in large graphs; test/golden/who shows complete graphs.

const ACCOUNT = '111122223333';
const setArn = (set: string) =>
  `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-${set.padStart(16, '0')}`;
const roleOf = (set: string) => role(ACCOUNT, set);
const idOf = (user = '') => `u-${user.slice(-20)}`;

/** The assignees of each permission set: users, or groups with members after a colon, such as `team:ada,bob`. */
type Assigned = Readonly<Record<string, readonly string[]>>;

/** Texts of a graph's nodes of one kind, with a cluster for each list of permission sets. */
async function draw(
  assigned: Assigned,
  { clusters = [Object.keys(assigned)], others = [] as readonly Item[], rbac = '', expand = false } = {},
) {
  const sets = Object.keys(assigned);
  const groups = new Map(
    Object.values(assigned)
      .flat()
      .filter((name) => name.includes(':'))
      .map((text) => [text.replace(/:.*/, ''), text.replace(/.*:/, '').split(',').filter(Boolean)]),
  );
  const users = new Set([...Object.values(assigned).flat(), ...[...groups.values()].flat()]);
  const principals: Principal[] = [
    ...[...groups].map(
      ([name, members]): Principal => ({
        type: 'GROUP',
        id: `g-${name}`,
        name,
        members: members.map(idOf),
      }),
    ),
    ...[...users]
      .filter((name) => !name.includes(':'))
      .map((name): Principal => ({ type: 'USER', id: idOf(name), name, members: null })),
  ];
  const assignments = sets.flatMap((set) =>
    (assigned[set] ?? []).map((text): Assignment => {
      const [name, members] = text.split(':');
      const principal =
        members === undefined
          ? ({ principalType: 'USER', principalId: idOf(name) } as const)
          : ({ principalType: 'GROUP', principalId: `g-${name}` } as const);
      return { accountId: ACCOUNT, permissionSetArn: setArn(String(sets.indexOf(set))), ...principal };
    }),
  );
  const world = inventory([account(ACCOUNT, 'prod', { assignmentsRead: true })], sets.map(roleOf), {
    permissionSets: sets.map((name, index) => ({ arn: setArn(String(index)), name })),
    principals,
    assignments,
  });
  const files = clusters.map((names) =>
    awsAuthOf([
      ...names.map((set) => ({
        rolearn: roleOf(set).roleArn,
        groups: [set === 'Admin' ? 'system:masters' : 'viewers'],
      })),
      ...others,
    ]),
  );
  const cwd = await scratch({
    'aws.json': snapshotText(world),
    'rbac.yaml': rbac,
    ...Object.fromEntries(files.map((text, index) => [`c${index}.yaml`, text])),
  });
  const argv = [...(expand ? ['--expand'] : []), ...(rbac ? ['--rbac', 'rbac.yaml'] : [])];
  const { stdout } = await run(
    [
      'who',
      ...files.map((_, index) => `c${index}.yaml`),
      '--inventory',
      'aws.json',
      '-o',
      'mermaid',
      ...argv,
    ],
    { cwd },
  );
  const textsOf = (kind: string) =>
    [...stdout.matchAll(new RegExp(`^ *${kind}\\d+[([]+"(.*)"[)\\]]+$`, 'gm'))].map(([, text]) => text);
  return { people: textsOf('people'), iam: textsOf('iam'), edges: stdout.match(/ -->? /g)?.length, stdout };
}

const many = (count: number, prefix = 'user') =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`);

describe('people', () => {
  test.each([
    [9, ['9 users: user000, user001, user002 and 6 more']],
    [8, many(8).map((name) => `user ${name}`)],
  ])('%d with the same access', async (count, expected) => {
    expect((await draw({ View: many(count) })).people).toEqual(expected);
  });

  test('with different access are separate', async () => {
    const { people } = await draw({ View: many(20), Admin: many(1) });
    expect(people).toEqual(['user user000', '19 users: user001, user002, user003 and 16 more']);
  });

  test('are separate from groups, from users in other groups, and from a group with shown members', async () => {
    const groups = many(5, 'g').map((name) => `${name}:`);
    expect((await draw({ View: [...many(5), ...groups] })).people).toHaveLength(10);
    const ways = [`A:${many(5, 'one')}`, `B:${many(5, 'other')}`];
    expect((await draw({ View: ways }, { expand: true })).people).toHaveLength(12);
    const ten = many(10, 'g').map((name, index) => (index === 0 ? `${name}:user000` : `${name}:`));
    expect((await draw({ View: ten }, { expand: true })).people.sort()).toEqual([
      '9 groups: g001, g002, g003 and 6 more',
      'group g000',
      'user user000',
    ]);
  });

  test('with the same shortened name stay two nodes', async () => {
    const long = ['a', 'b'].map((end) => `${'x'.repeat(400)}${end}`);
    expect((await draw({ View: long })).people).toHaveLength(2);
  });

  test('in different clusters are separate', async () => {
    const assigned = { A: many(5, 'a'), B: many(5, 'b') };
    expect((await draw(assigned, { clusters: [['A'], ['B']] })).people).toHaveLength(10);
  });

  /** This many roles, each with its own users. */
  const rolesOf = (count: number, users: number): Assigned =>
    Object.fromEntries(many(count, 'S').map((set) => [set, many(users, `of-${set}-`)]));

  test('become few nodes, however many there are', async () => {
    const { edges } = await draw(rolesOf(40, 8));
    expect(edges).toBeLessThanOrEqual(80);
  });

  test.each([
    [10, 8, 80],
    [50, 2, 100],
    [51, 2, 51],
  ])('of %d roles with %d users each are separate up to 150 edges', async (count, users, expected) => {
    expect((await draw(rolesOf(count, users))).people).toHaveLength(expected);
  });
});

describe('IAM roles', () => {
  const ci = (count: number, rest: Partial<Item> = {}) =>
    many(count, 'r').map((name) => ({
      rolearn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      username: 'x',
      groups: ['viewers'],
      ...rest,
    }));
  const node = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] };

  test.each([
    [ci(2, node), ['2 node IAM roles: r000, r001 @ prod']],
    [ci(1, node), ['node IAM role r000 @ prod']],
    [ci(8), many(8, 'r').map((name) => `IAM role ${name} @ prod`)],
    [ci(9), ['9 IAM roles: r000, r001, r002 and 6 more @ prod']],
  ])('become one node if they are for nodes, or if they are many', async (others, expected) => {
    expect((await draw({}, { clusters: [[]], others })).iam).toEqual(expected);
  });

  test('and people named by a binding are separate from others', async () => {
    const rbac = [
      clusterRole('pods', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]),
      binding('x', 'ClusterRole/pods', ['User ci', 'User sso:user000'], 'a'),
    ].join('\n---\n');
    const others = ci(10).map((item, index) => (index === 0 ? { ...item, username: 'ci' } : item));
    const { people, iam, stdout } = await draw({ View: many(10) }, { others, rbac });
    expect(people).toEqual(['user user000', '9 users: user001, user002, user003 and 6 more']);
    expect(iam).toEqual(['IAM role r000 @ prod', '9 IAM roles: r001, r002, r003 and 6 more @ prod']);
    expect(stdout).toContain('  people1 --> binding1\n');
    expect(stdout).not.toContain('  people2 --> binding1\n');
  });
});
