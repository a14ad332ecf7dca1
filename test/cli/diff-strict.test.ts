import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workflowCommandsIn } from '../github-runner.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const OTHER = '222233334444';
const FOREIGN = '999900001111';
const arnOf = (set: string, suffix = 1, id = PROD) => role(id, set, suffix).roleArn;
const NODE = `arn:aws:iam::${PROD}:role/node`;
const SNAPSHOT = snapshotText({
  ...inventory(
    [account(PROD, 'prod'), account(OTHER, 'other')],
    [...['Admin', 'Dev', 'Left'].map((set) => role(PROD, set)), role(OTHER, 'Admin')],
  ),
  capturedAt: new Date().toISOString(),
});
const CONFIG = `accounts: ["${PROD}"]
nodeRoles: ["${NODE}"]
mappings:
  - {permissionSet: Admin, groups: [system:masters]}
  - {permissionSet: Dev, username: "dev:{{SessionName}}", groups: [developers]}
`;
const NODES = 'system:bootstrappers, system:nodes';

interface Item {
  readonly arn: string;
  readonly username?: string;
  readonly groups?: string;
}

const itemText = (key: string, { arn, username = 'sso:{{SessionName}}', groups = '' }: Item) =>
  `    - {${key}: "${arn}", username: "${username}", groups: [${groups}]}\n`;
const GOOD: readonly Item[] = [
  { arn: NODE, username: 'system:node:{{EC2PrivateDNSName}}', groups: NODES },
  { arn: arnOf('Admin'), groups: 'system:masters' },
  { arn: arnOf('Dev'), username: 'dev:{{SessionName}}', groups: 'developers' },
];

/** An aws-auth whose mapRoles starts in line 6. */
function mapOf(
  roles: readonly Item[],
  users: readonly Item[] = [],
  accounts: readonly string[] = [],
): string {
  const usersText = users.map((one) => itemText('userarn', one)).join('');
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
${roles.map((one) => itemText('rolearn', one)).join('')}${users.length > 0 ? `  mapUsers: |\n${usersText}` : ''}${
  accounts.length > 0 ? `  mapAccounts: |\n${accounts.map((id) => `    - ${id}\n`).join('')}` : ''
}`;
}

interface StrictRow {
  readonly map: string;
  readonly arn: string | null;
  readonly account?: string;
  readonly line: number;
  readonly reason: string;
  readonly username: string | null;
  readonly groups: readonly string[];
}

interface Told {
  readonly exitCode: number;
  readonly stderr: string;
  readonly changed: boolean;
  readonly unlisted: readonly StrictRow[];
  readonly altered: readonly StrictRow[];
  readonly unmapped: readonly StrictRow[];
  readonly unchanged: number;
}

async function strict(map: string, others = '', more: readonly string[] = ['--strict']): Promise<Told> {
  const config = others === '' ? CONFIG : `${CONFIG}otherEntries:\n${others}`;
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': map, 'c.yaml': config });
  const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '-o', 'json', ...more];
  const { exitCode, stdout, stderr } = await run(argv, { cwd });
  expect(exitCode, stderr).toBeLessThan(2);
  return { exitCode, stderr, ...JSON.parse(stdout) };
}

const CLEAN = { exitCode: 0, changed: false, unlisted: [], altered: [], unmapped: [] };
/** `unlisted 9 REASON ARN` */
const tell = ({ unlisted, altered, unmapped }: Told) =>
  Object.entries({ unlisted, altered, unmapped }).flatMap(([kind, rows]) =>
    rows.map(({ line, reason, arn, account: id }) => `${kind} ${line} ${reason} ${arn ?? id ?? '-'}`),
  );

test('a map that is as the config says has no difference', async () => {
  expect(await strict(mapOf(GOOD))).toMatchObject({ ...CLEAN, unchanged: 3 });
});

describe('an administrator added by hand is unlisted', () => {
  const MASTERS = { username: 'x', groups: 'system:masters' };
  const ADDED: readonly (readonly [string, string, string])[] = [
    [
      'a role of another account',
      mapOf([...GOOD, { arn: `arn:aws:iam::${FOREIGN}:role/x`, ...MASTERS }]),
      `unlisted 9 unlisted arn:aws:iam::${FOREIGN}:role/x`,
    ],
    [
      'a user',
      mapOf(GOOD, [{ arn: `arn:aws:iam::${PROD}:user/eve`, ...MASTERS }]),
      `unlisted 10 unlisted arn:aws:iam::${PROD}:user/eve`,
    ],
    [
      'a role among the users',
      mapOf(GOOD, [{ arn: `arn:aws:iam::${PROD}:role/eve`, ...MASTERS }]),
      `unlisted 10 unlisted arn:aws:iam::${PROD}:role/eve`,
    ],
    ['an account', mapOf(GOOD, [], [`"${FOREIGN}"`]), `unlisted 10 unlisted ${FOREIGN}`],
    [
      'a permission set of another account',
      mapOf([...GOOD, { arn: arnOf('Admin', 1, OTHER), ...MASTERS }]),
      `unlisted 9 out-of-scope ${arnOf('Admin', 1, OTHER)}`,
    ],
    [
      'a permission set in scope',
      mapOf([...GOOD, { arn: arnOf('Left'), ...MASTERS }]),
      `unmapped 9 unmapped ${arnOf('Left')}`,
    ],
    [
      'a permission set in scope, among the users',
      mapOf(GOOD, [{ arn: arnOf('Left'), ...MASTERS }]),
      `unmapped 10 unmapped ${arnOf('Left')}`,
    ],
  ];

  test.each(ADDED)('%s', async (_, map, expected) => {
    const told = await strict(map);
    expect(told).toMatchObject({ exitCode: 1, changed: true, unchanged: 3 });
    expect(tell(told)).toEqual([expected]);
  });

  test('without --strict it is no difference, and a note counts what nothing names', async () => {
    const told = await strict(ADDED[0]?.[1] ?? '', '', []);
    expect(told).toMatchObject({ ...CLEAN, unchanged: 4 });
    expect(told.stderr).toContain(
      'note: map.yaml: 1 entry is not named by any mapping, node role or otherEntries item\n  With --strict, this is 1 difference.\n',
    );
    const many = await strict(
      mapOf(GOOD, [{ arn: `arn:aws:iam::${PROD}:user/eve` }], ['"999900001111"']),
      '',
      [],
    );
    expect(many.stderr.match(/not named by any mapping/g)).toHaveLength(1);
    expect(many.stderr).toContain('map.yaml: 2 entries are not named by');
  });

  test('merge says nothing of it, and leaves it', async () => {
    const map = ADDED[1]?.[1] ?? '';
    const cwd = await scratch({ 'world.json': SNAPSHOT, 'c.yaml': CONFIG });
    const ran = await run(['merge', '-c', 'c.yaml', '--inventory', 'world.json', '--prune'], {
      cwd,
      stdin: map,
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: map });
    expect(ran.stderr).not.toContain('not named by');
  });
});

test('a message names the entry, its place, what it grants and both ways on', async () => {
  const eve = `arn:aws:iam::${PROD}:user/eve`;
  const map = mapOf(GOOD, [{ arn: eve, username: 'eve', groups: 'system:masters' }]);
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': map, 'c.yaml': CONFIG });
  const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict'];
  const text = await run(argv, { cwd });
  expect(text).toMatchObject({ exitCode: 1, stdout: '' });
  expect(
    text.stderr,
  ).toBe(`warning: map.yaml:10:7: nothing in the config names ${eve}: username "eve", groups ["system:masters"], a cluster administrator
  If it belongs there, add to otherEntries in the config: - arn: "${eve}"
  Otherwise remove it from mapUsers.
note: map.yaml: 3 unchanged, 1 unlisted
`);
  const env = { GITHUB_STEP_SUMMARY: 'summary.md' };
  const github = await run([...argv, '-o', 'github'], { cwd, env });
  expect(github.exitCode).toBe(1);
  const [told, ...others] = workflowCommandsIn(github.stdout);
  expect(others).toEqual([]);
  expect(told).toMatchObject({
    command: 'warning',
    properties: { file: 'map.yaml', line: '10', title: 'unlisted' },
  });
  for (const part of [eve, 'cluster administrator', 'otherEntries', 'remove it from mapUsers'])
    expect(told?.data).toContain(part);
  const summary = await readFile(join(cwd, 'summary.md'), 'utf8');
  expect(summary).toContain('\n3 unchanged, 1 unlisted\n');
  expect(summary).not.toContain('No differences');
  expect(summary).toMatch(/\| warning \| .*map.*10.* \| .*unlisted.* \|/);
});

describe('a node role that is no more one of nodes is altered', () => {
  const node = (groups: string, username = 'system:node:{{EC2PrivateDNSName}}') =>
    mapOf([{ arn: NODE, username, groups }, ...GOOD.slice(1)]);

  test.each([
    ['has system:masters', node(`${NODES}, system:masters`)],
    ['lost system:nodes', node('system:bootstrappers')],
    ['has another username', node(NODES, 'node')],
    ['has a username of Fargate without its group', node(NODES, 'system:node:{{SessionName}}')],
    ['has no groups', node('')],
  ])('%s', async (_, map) => {
    const told = await strict(map);
    expect(told).toMatchObject({ exitCode: 1, unchanged: 2 });
    expect(tell(told)).toEqual([`altered 6 node-role ${NODE}`]);
  });

  test.each([
    ['Linux, in another order', node('system:nodes, system:bootstrappers')],
    ['Windows', node(`${NODES}, eks:kube-proxy-windows`)],
    ['Fargate', node(`${NODES}, system:node-proxier`, 'system:node:{{SessionName}}')],
  ])('%s is fine', async (_, map) => {
    expect(await strict(map)).toMatchObject(CLEAN);
  });
});

describe('an entry of a mapping is altered', () => {
  test('by a username that its mapping does not state', async () => {
    const map = mapOf([
      ...GOOD.slice(0, 1),
      { arn: arnOf('Admin'), username: 'ann', groups: 'system:masters' },
      ...GOOD.slice(2),
    ]);
    expect(tell(await strict(map))).toEqual([`altered 7 mapping ${arnOf('Admin')}`]);
    expect(await strict(map, '', [])).toMatchObject({ exitCode: 0 });
    // An item for the very role may state it.
    expect(await strict(map, `  - {arn: "${arnOf('Admin')}", username: ann}\n`)).toMatchObject(CLEAN);
  });

  test('by the case of its ARN, which merge leaves', async () => {
    const upper = arnOf('Admin').replace('AWSReservedSSO_Admin', 'AWSRESERVEDSSO_ADMIN');
    const map = mapOf([...GOOD.slice(0, 1), { arn: upper, groups: 'system:masters' }, ...GOOD.slice(2)]);
    expect(tell(await strict(map))).toEqual([`altered 7 arn-case ${upper}`]);
  });

  test('but what merge itself would change is not told a second time', async () => {
    const map = mapOf([
      ...GOOD.slice(0, 1),
      { arn: arnOf('Admin', 9), groups: 'system:masters' },
      { arn: arnOf('Dev'), username: 'x', groups: 'y' },
    ]);
    const told = await strict(map);
    expect(told).toMatchObject({ exitCode: 1, unlisted: [], altered: [], unmapped: [], unchanged: 1 });
  });
});

describe('what has no effect is unmapped, each once', () => {
  const NEVER: readonly (readonly [string, Item, string])[] = [
    ['a path', { arn: `arn:aws:iam::${PROD}:role/team/x` }, 'path-in-arn'],
    ['a wildcard', { arn: `arn:aws:iam::${PROD}:role/x*` }, 'wildcard-arn'],
    ['a session', { arn: `arn:aws:sts::${PROD}:assumed-role/x/y` }, 'assumed-role-arn'],
    [
      'a permission set',
      { arn: 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-9d696bc71c2784e1' },
      'permission-set-arn',
    ],
    ['no suffix', { arn: `arn:aws:iam::${PROD}:role/AWSReservedSSO_Left` }, 'missing-suffix'],
    ['a person', { arn: 'erin@example.com' }, 'identity-center-user'],
    [
      'the variable of nodes',
      { arn: `arn:aws:iam::${PROD}:user/x`, username: '{{EC2PrivateDNSName}}' },
      'for-instances',
    ],
    ['a role that is gone', { arn: arnOf('Left', 7) }, 'gone'],
    [
      'a duplicate in another case',
      { arn: NODE.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam') },
      'shadowed',
    ],
  ];

  test.each(NEVER)('%s', async (_, item, reason) => {
    const map = mapOf([item, ...GOOD]);
    expect(tell(await strict(map))).toEqual([`unmapped 6 ${reason} ${item.arn}`]);
  });

  test('whatever is listed under otherEntries', async () => {
    const map = mapOf([{ arn: arnOf('Left', 7) }, ...GOOD]);
    expect(tell(await strict(map, `  - {arn: "${arnOf('Left', 7)}"}\n`))).toEqual([
      `unmapped 6 gone ${arnOf('Left', 7)}`,
    ]);
  });

  test('users that are overridden, repeated or ambiguous, and accounts that are none or repeated', async () => {
    const eve = `arn:aws:iam::${PROD}:user/eve`;
    const map = mapOf(
      GOOD,
      [
        { arn: arnOf('Admin'), groups: 'system:masters' },
        { arn: eve },
        { arn: eve },
        { arn: eve.replace('eve', 'EVE') },
      ],
      ['"111122223333"', '12', '"111122223333"'],
    );
    expect(tell(await strict(map, `  - {arn: "${eve}"}\n  - {account: "${PROD}"}\n`))).toEqual([
      `unmapped 10 overridden ${arnOf('Admin')}`,
      `unmapped 11 shadowed ${eve}`,
      `unmapped 12 ambiguous ${eve}`,
      `unmapped 13 ambiguous ${eve.replace('eve', 'EVE')}`,
      'unmapped 16 not-an-account 12',
      `unmapped 17 duplicate-account ${PROD}`,
    ]);
  });

  test('items that the authenticator drops, and what it does not read', async () => {
    const map = `${mapOf(GOOD)}    - {username: x}\n    ---\n    - {rolearn: "${arnOf('Left')}"}\n`;
    const told = await strict(map);
    expect(tell(told)).toEqual(['unmapped 9 dropped -', 'unmapped 10 ignored-content -']);
    expect(told.stderr.match(/^warning: /gm)).toHaveLength(2);
  });

  test('merge warns of some of it: in strict mode that is said once', async () => {
    const map = mapOf([
      { arn: arnOf('Left'), groups: 'a' },
      { arn: arnOf('Left', 7) },
      ...GOOD,
      GOOD[1] as Item,
    ]);
    const told = await strict(map);
    expect(tell(told)).toEqual([
      `unmapped 6 unmapped ${arnOf('Left')}`,
      `unmapped 7 gone ${arnOf('Left', 7)}`,
      `unmapped 9 shadowed ${arnOf('Admin')}`,
    ]);
    expect(told.stderr.match(/^warning: /gm)).toHaveLength(3);
  });
});

describe('otherEntries', () => {
  const eve = `arn:aws:iam::${PROD}:user/eng/eve`;
  const ci = `arn:aws:iam::${FOREIGN}:role/eks-ci-node`;

  test.each([
    ['an exact ARN covers whatever it names', eve, 'system:masters', `{arn: "${eve}"}`],
    [
      'in any case',
      eve,
      'system:masters',
      `{arn: "${eve.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam')}"}`,
    ],
    [
      'with the same grants, in any order',
      eve,
      'a, b',
      `{arn: "${eve}", username: "sso:{{SessionName}}", groups: [b, a]}`,
    ],
    [
      'an exact ARN covers a provisioned role',
      arnOf('Admin', 1, OTHER),
      'system:masters',
      `{arn: "${arnOf('Admin', 1, OTHER)}"}`,
    ],
    ['a pattern covers what it matches', ci, 'x', '{arn: "arn:aws:iam::*:role/eks-*-node"}'],
    [
      'a pattern covers administrators where it says so',
      ci,
      'system:masters',
      '{arn: "arn:aws:iam::*:role/eks-*-node", groups: [system:masters]}',
    ],
  ])('%s', async (_, arn, groups, item) => {
    const told = await strict(mapOf([...GOOD, { arn, groups }]), `  - ${item}\n`);
    expect(told, told.stderr).toMatchObject({ ...CLEAN, unchanged: 4 });
    expect(await strict(mapOf(GOOD, [{ arn, groups }]), `  - ${item}\n`)).toMatchObject(CLEAN);
  });

  test.each([
    [
      'groups that differ from those stated',
      eve,
      'b, system:masters',
      `{arn: "${eve}", groups: [b]}`,
      'altered 9 other-entry',
    ],
    ['no groups where some are stated', eve, '', `{arn: "${eve}", groups: [b]}`, 'altered 9 other-entry'],
    ['groups where none are stated', eve, 'b', `{arn: "${eve}", groups: []}`, 'altered 9 other-entry'],
    ['another username', eve, 'b', `{arn: "${eve}", username: ann}`, 'altered 9 other-entry'],
    [
      'the exact item counts before a pattern',
      ci,
      'b',
      `{arn: "${ci}", groups: [a]}\n  - {arn: "arn:aws:iam::*:role/*"}`,
      'altered 9 other-entry',
    ],
    [
      'a pattern covers no administrator',
      ci,
      'system:masters',
      '{arn: "arn:aws:iam::*:role/eks-*-node"}',
      'unlisted 9 pattern',
    ],
    [
      'nor one by a session name',
      ci,
      '"system:{{SessionName}}"',
      '{arn: "arn:aws:iam::*:role/*"}',
      'unlisted 9 pattern',
    ],
    [
      'nor a provisioned role',
      arnOf('Admin', 1, OTHER),
      'x',
      '{arn: "arn:aws:iam::*:role/*"}',
      'unlisted 9 out-of-scope',
    ],
    ['* crosses no slash', eve, 'x', '{arn: "arn:aws:iam::*:user/*"}', 'unlisted 9 unlisted'],
  ])('%s', async (_, arn, groups, item, expected) => {
    expect(tell(await strict(mapOf([...GOOD, { arn, groups }]), `  - ${item}\n`))).toEqual([
      `${expected} ${arn}`,
    ]);
  });

  test('a listed provisioned role is neither unmapped nor pruned', async () => {
    const map = mapOf([...GOOD, { arn: arnOf('Left'), groups: 'x' }]);
    const item = `  - {arn: "${arnOf('Left')}"}\n`;
    const told = await strict(map, item, ['--strict', '--prune']);
    expect(told).toMatchObject({ ...CLEAN, unchanged: 4 });
    expect(told.stderr).toBe('note: map.yaml: 4 unchanged\n');
  });
});

test('a config may list nothing but what others manage', async () => {
  const map = mapOf([GOOD[0] as Item, { arn: `arn:aws:iam::${PROD}:role/eve` }]);
  const config = `accounts: ["${PROD}"]\notherEntries: [{arn: "${NODE}"}]\n`;
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': map, 'c.yaml': config });
  const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json'];
  const told = await run([...argv, '--strict', '-o', 'json'], { cwd });
  expect(tell(JSON.parse(told.stdout))).toEqual([`unlisted 7 unlisted arn:aws:iam::${PROD}:role/eve`]);
  const plain = await run(argv, { cwd });
  expect(plain).toMatchObject({ exitCode: 2, stdout: '' });
  expect(plain.stderr).toContain('the config has no mappings');
});

describe('a duplicate is told with what counts in its place', () => {
  const ci = `arn:aws:iam::${PROD}:role/ci-deploys`;
  const twice = async (other: string) => {
    const added = { arn: other, username: 'eve', groups: 'system:masters' };
    return strict(mapOf([...GOOD, { arn: ci, username: 'ci' }, added]), `  - {arn: "${ci}"}\n`);
  };

  test('whatever the case', async () => {
    const told = await twice(ci.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam'));
    expect(tell(told)).toEqual([`unmapped 9 shadowed ${ci}`]);
    expect(told.stderr).toContain(
      `warning: map.yaml:9:7: ${ci}: username "ci", groups [] has no effect: it is overridden by mapRoles (line 10): username "eve", groups ["system:masters"], a cluster administrator\n`,
    );
  });

  test('and where another letter is the same to the authenticator', async () => {
    const other = ci.replace('deploys', 'deploy\u017f');
    const told = await twice(other);
    expect(tell(told)).toEqual([`unmapped 9 ambiguous ${ci}`, `unmapped 10 ambiguous ${other}`]);
  });
});

describe('where it is not known what a mapping wants', () => {
  const world = (accounts: Parameters<typeof account>[2]) =>
    snapshotText({
      ...inventory(
        [account(PROD, 'prod'), account(OTHER, 'other', accounts)],
        ['Admin', 'Dev'].map((set) => role(PROD, set)),
      ),
      capturedAt: new Date().toISOString(),
    });
  const config = `accounts: ["${PROD}", "${OTHER}"]
nodeRoles: ["${NODE}"]
mappings:
  - {permissionSet: Admin, groups: [system:masters], accounts: ["${PROD}"]}
  - {permissionSet: "Dev*", username: "dev:{{SessionName}}", groups: [developers], optional: true}
`;
  const told = async (text: string, items: readonly Item[], more: readonly string[] = []) => {
    const cwd = await scratch({
      'world.json': text,
      'map.yaml': mapOf([...GOOD, ...items]),
      'c.yaml': config,
    });
    const argv = [
      'diff',
      'map.yaml',
      '-c',
      'c.yaml',
      '--inventory',
      'world.json',
      '-o',
      'json',
      '--strict',
      ...more,
    ];
    const { exitCode, stdout, stderr } = await run(argv, { cwd });
    expect(exitCode, stderr).toBeLessThan(2);
    return tell(JSON.parse(stdout));
  };
  const dev = { arn: arnOf('DevOps', 3, OTHER), username: 'dev:{{SessionName}}', groups: 'developers' };
  const UNREAD = world({ rolesRead: false, unreadable: 'AccessDenied' });
  const SKIP = ['--skip-unreadable', OTHER];

  test('an entry that a mapping may want is no difference while it grants what that would', async () => {
    expect(await told(UNREAD, [dev], SKIP)).toEqual([]);
    expect(await told(UNREAD, [{ ...dev, groups: 'developers, system:masters' }], SKIP)).toEqual([
      `altered 9 possible ${dev.arn}`,
    ]);
  });

  test('any other is', async () => {
    const eve = { ...dev, arn: arnOf('Eve', 3, OTHER) };
    expect(await told(UNREAD, [eve], SKIP)).toEqual([`unlisted 9 account-unread ${eve.arn}`]);
    expect(await told(world({}), [{ ...dev, arn: arnOf('DevOps', 3, OTHER) }])).toEqual([
      `unmapped 9 gone ${dev.arn}`,
    ]);
  });

  test('an old inventory tells no more', async () => {
    const old = UNREAD.replace(/"capturedAt": *"[^"]*"/, '"capturedAt":"2020-01-01T00:00:00.000Z"');
    const again = { arn: arnOf('Admin', 7), groups: 'system:masters' };
    const left = { arn: arnOf('Left'), groups: 'x' };
    expect(await told(old, [dev, again, left], SKIP)).toEqual([
      `unmapped 10 superseded ${again.arn}`,
      `unmapped 11 unmapped ${left.arn}`,
    ]);
  });
});

describe('each next step works', () => {
  test('the username of a mapped entry can be kept as printed, or listed where no config can state it', async () => {
    const entry = (username: string) => ({ arn: arnOf('Admin'), username, groups: 'system:masters' });
    const mapWith = (username: string) => mapOf([GOOD[0] as Item, entry(username), GOOD[2] as Item]);
    const odd = await strict(mapWith('ops:{{SessionName}}'));
    const [, kept] = /To keep it, add to the mapping: (username: .*)/.exec(odd.stderr) ?? [];
    const config = CONFIG.replace('permissionSet: Admin,', `permissionSet: Admin, ${kept},`);
    const cwd = await scratch({
      'world.json': SNAPSHOT,
      'map.yaml': mapWith('ops:{{SessionName}}'),
      'c.yaml': config,
    });
    const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict'];
    expect(await run(argv, { cwd })).toMatchObject({ exitCode: 0, stdout: '' });
    for (const username of ['default', 'zo\u00eb', '{{Foo}}x']) {
      const told = await strict(mapWith(username));
      expect(told.stderr).toContain('A config cannot state this username. To keep it, add to otherEntries: ');
      const listed = await strict(
        mapWith(username),
        `  - {arn: "${arnOf('Admin')}", username: "${username}"}\n`,
      );
      expect(listed.exitCode, listed.stderr).toBe(0);
    }
  });

  test('an older role beside a newer one of its set is not said to be unmapped, or pruned', async () => {
    const world = inventory([account(PROD, 'prod')], [role(PROD, 'Admin', 1), role(PROD, 'Admin', 2)]);
    const snapshot = snapshotText({ ...world, capturedAt: new Date().toISOString() });
    const both = [1, 2].map((suffix) => ({ arn: arnOf('Admin', suffix), groups: 'system:masters' }));
    const config = `accounts: ["${PROD}"]\nmappings: [{permissionSet: Admin, groups: [system:masters]}]\n`;
    const cwd = await scratch({ 'world.json': snapshot, 'map.yaml': mapOf(both), 'c.yaml': config });
    const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict'];
    const { stderr } = await run(argv, { cwd });
    expect(stderr).toContain(`a newer role of the permission set is mapped instead of ${arnOf('Admin', 1)}`);
    expect(stderr).toContain('--prune keeps the entry');
    expect(stderr).not.toContain('--prune removes');
  });

  test('what is overridden is told once, and what would come alive', async () => {
    const arn = `arn:aws:iam::${PROD}:role/ci`;
    const map = mapOf([...GOOD, { arn, groups: 'viewers' }], [{ arn, groups: 'system:masters' }]);
    const { stderr } = await strict(map, `  - {arn: "${arn}"}\n`);
    expect(stderr.match(/is overridden by|overrides mapUsers/g)).toHaveLength(1);
    expect(stderr).toMatch(
      /If you remove the other one instead, this one takes effect: .*a cluster administrator\./,
    );
  });
});

test('a role that only looks like one of Identity Center is unlisted, whatever the mappings say of its set', async () => {
  const arn = arnOf('Admin', 9);
  const known = JSON.parse(SNAPSHOT);
  const otherRoles = [{ arn, role: { pathArn: arn, createdAt: '2026-01-01T00:00:00.000Z' } }];
  const cwd = await scratch({
    'world.json': JSON.stringify({ ...known, otherRoles }),
    'map.yaml': mapOf([...GOOD, { arn, groups: 'system:masters' }]),
    'c.yaml': CONFIG,
  });
  const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict', '-o', 'json'];
  const { stdout } = await run(argv, { cwd });
  expect(tell(JSON.parse(stdout))).toEqual([`unlisted 9 lookalike ${arn}`]);
  const proposed = await run(['init', '-c', '-', '--from', 'map.yaml', '--inventory', 'world.json'], { cwd });
  expect(proposed.stdout.match(/permissionSet: Admin/g)).toHaveLength(1);
});

test('what the config lists of another partition is refused', async () => {
  const config = `${CONFIG}otherEntries: [{arn: "arn:aws-cn:iam::${PROD}:user/eve"}]\n`;
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': mapOf(GOOD), 'c.yaml': config });
  const ran = await run(['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict'], {
    cwd,
  });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toContain('c.yaml:6:16: otherEntries: arn:aws-cn:iam');
});

test.each(['groups: [x]', 'username: x', 'policies: []'])(
  'an account with %s is refused, and why',
  async (more) => {
    const config = `${CONFIG}otherEntries: [{account: "${FOREIGN}", ${more}}]\n`;
    const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': mapOf(GOOD), 'c.yaml': config });
    const ran = await run(['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict'], {
      cwd,
    });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^error: c\.yaml:6:\d+: unknown key "\w+"\n {2}Known keys: account\./m);
  },
);

test.each([
  [
    'an ARN of no known permission set',
    'permissionSet: "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-9999999999999999"',
  ],
  ['a group of whom nothing is known', 'permissionSet: "group:Nobody"'],
])('a mapping of %s does not hide what nothing names', async (_, selector) => {
  const config = `${CONFIG}  - {${selector}, groups: [system:masters], optional: true}\n`;
  const map = mapOf([...GOOD, { arn: arnOf('Left'), groups: 'system:masters' }]);
  const world = { ...JSON.parse(SNAPSHOT), permissionSets: [], assignments: [], principals: [] };
  const cwd = await scratch({ 'world.json': JSON.stringify(world), 'map.yaml': map, 'c.yaml': config });
  const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict', '-o', 'json'];
  const { exitCode, stdout, stderr } = await run(argv, { cwd });
  expect(exitCode, stderr).toBe(1);
  expect(tell(JSON.parse(stdout))).toEqual([`unmapped 9 unmapped ${arnOf('Left')}`]);
});
