import { describe, expect, test } from 'vitest';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { binding, role as rbacRole } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const SET_ARN = 'arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-0011223344556677';
const ADMIN = role(PROD, 'Admin');

const SNAPSHOT = snapshotText(
  inventory([account(PROD, 'prod-account', { assignmentsRead: true })], [ADMIN], {
    permissionSets: [{ arn: SET_ARN, name: 'Admin' }],
    principals: [
      { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-1'] },
      { type: 'USER', id: 'u-1', name: 'alice', members: null },
    ],
    assignments: [{ accountId: PROD, permissionSetArn: SET_ARN, principalType: 'GROUP', principalId: 'g-1' }],
  }),
);

const admin = (...groups: string[]): Item => ({ rolearn: ADMIN.roleArn, groups });
const CI: Item = { rolearn: `arn:aws:iam::${PROD}:role/ci`, username: 'ci', groups: ['deployers'] };

const FILES = {
  'aws.json': SNAPSHOT,
  'clusters/dev/aws-auth.yaml': awsAuthOf([admin('developers'), CI]),
  'clusters/prod/aws-auth.yaml': awsAuthOf([admin('system:masters')]),
  'clusters/test/aws-auth.yaml': awsAuthOf([CI]),
};
const ALL = ['dev', 'prod', 'test'].map((name) => `clusters/${name}/aws-auth.yaml`);

async function who(argv: readonly string[], stdin = '', files: Readonly<Record<string, string>> = {}) {
  const cwd = await scratch({ ...FILES, ...files });
  return run(['who', ...argv, '--inventory', 'aws.json'], { cwd, stdin });
}

test('several files: a table with the cluster in front, and messages with its name', async () => {
  const { exitCode, stdout, stderr } = await who(ALL);
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`\
CLUSTER   PRINCIPAL   TYPE       VIA   ACCOUNT        PERMISSION SET   USERNAME              GROUPS           NOTE
dev       Platform    group      -     prod-account   Admin            sso:{{SessionName}}   developers
dev       ci          IAM role   -     prod-account   -                ci                    deployers
prod      Platform    group      -     prod-account   Admin            sso:{{SessionName}}   system:masters   cluster admin
test      ci          IAM role   -     prod-account   -                ci                    deployers
`);
  expect(stderr).toBe(`\
note: clusters/test/aws-auth.yaml has no entry of a provisioned role
warning: prod: cluster administrators (system:masters): group "Platform" (Admin in ${PROD})
note: as of 2026-11-01T00:00:00.000Z
`);
});

test('where one person gets in, and through which files not', async () => {
  const { stdout, stderr } = await who([...ALL, '--user', 'alice', '-o', 'json']);
  const rows: { cluster: string; via: string; groups: string[] }[] = JSON.parse(stdout);
  expect(rows.map(({ cluster, via, groups }) => [cluster, via, ...groups])).toEqual([
    ['dev', 'Platform', 'developers'],
    ['prod', 'Platform', 'system:masters'],
  ]);
  expect(stderr).toContain('note: user "alice" gets nothing through clusters/test/aws-auth.yaml\n');
  expect(stderr).toContain('note: clusters/dev/aws-auth.yaml: other entries, not shown: 1 other IAM role\n');
  const nowhere = await who(
    ['clusters/test/aws-auth.yaml', '-', '--group', 'Platform'],
    awsAuthOf([{ rolearn: role(PROD, 'View').roleArn }]),
  );
  expect(nowhere.stderr).toContain(
    'note: group "Platform" gets nothing through clusters/test/aws-auth.yaml, <stdin>\n',
  );
});

test('the name of the cluster is in JSON and CSV with one file too, and a dash where there is none', async () => {
  const one = await who([ALL[0] ?? '', '-o', 'json']);
  expect(JSON.parse(one.stdout)).toMatchObject([{ cluster: 'dev' }, { cluster: 'dev' }]);
  expect((await who([ALL[0] ?? ''])).stdout).not.toContain('CLUSTER');
  expect((await who([ALL[0] ?? '', '-o', 'csv'])).stdout).toMatch(/^dev,GROUP,/m);
  const { stdout } = await who(['-', ALL[0] ?? ''], awsAuthOf([CI]));
  expect(stdout).toMatch(/^- +ci +/m);
  const graph = await who([...ALL, '-o', 'mermaid']);
  expect(graph.stdout.match(/^ {2}subgraph .*/gm)).toEqual([
    '  subgraph cluster1["dev"]',
    '  subgraph cluster2["prod"]',
    '  subgraph cluster3["test"]',
    '  subgraph legend["as of 2026-11-01T00:00:00.000Z"]',
  ]);
  expect(graph.stdout).toContain('  %% as of 2026-11-01T00:00:00.000Z\n');
});

describe('what is given', () => {
  test('twice is read once, however it is written', async () => {
    const { exitCode, stdout, stderr } = await who([
      'clusters/dev/aws-auth.yaml',
      './clusters/prod/../dev/aws-auth.yaml',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^CLUSTER .*\ndev /);
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stderr).toContain('note: clusters/dev/aws-auth.yaml: is given more than once and read once\n');
    expect((await who(['-', '-'], awsAuthOf([CI]))).stderr).toContain(
      'note: <stdin>: is given more than once',
    );
  });

  test('with broken files among others: those are shown on stderr, and at the end all broken ones are named', async () => {
    const broken = { 'one.yaml': 'a: [', 'two.yaml': 'kind: Pod\n' };
    const ran = await who(['one.yaml', ...ALL, 'two.yaml'], '', broken);
    const sound = await who(ALL);
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain(sound.stdout);
    expect(ran.stderr).toMatch(
      /error: one\.yaml:\d+:\d+: .*\n(?: .*\n)*error: two\.yaml:\d+:\d+: .*\n {2}.*\n$/,
    );
  });

  test('with the bindings of a broken one: they are not those of the others', async () => {
    const binding = (group: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${group} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: ${group} }]
`;
    const files = {
      'clusters/prod/aws-auth.yaml': 'a: [',
      'clusters/prod/rbac.yaml': binding('developers'),
      'clusters/dev/rbac.yaml': binding('deployers'),
    };
    const rbac = ['--rbac', 'clusters/prod/rbac.yaml', '--rbac', 'clusters/dev/rbac.yaml'];
    const { exitCode, stderr } = await who([...ALL.slice(0, 2), ...rbac], '', files);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('note: dev: bindings from clusters/dev/rbac.yaml\n');
    expect(stderr).toMatch(/^dev +ci .*ClusterRole\/view/m);
    expect(stderr).not.toMatch(/^dev +Platform .*ClusterRole\/view/m);
  });

  test('that cannot be read beside a broken one: exit code 3', async () => {
    const ran = await who(['gone.yaml', 'one.yaml', 'also-gone.yaml'], '', { 'one.yaml': 'a: [' });
    expect([ran.exitCode, ran.stdout]).toEqual([3, '']);
    expect(ran.stderr.match(/^error: [\w-]+\.yaml/gm)).toEqual([
      'error: gone.yaml',
      'error: one.yaml',
      'error: also-gone.yaml',
    ]);
    expect(
      (await who(['one.yaml', 'two.yaml'], '', { 'one.yaml': 'a: [', 'two.yaml': 'b: [' })).exitCode,
    ).toBe(2);
  });
});

test('what is wrong with one file is located in it', async () => {
  const users = `[{"userarn": "${CI.rolearn}", "username": "x"}, {"userarn": "${role(PROD, 'Admin', 2).roleArn}", "username": "y"}]`;
  const odd = { 'odd.yaml': awsAuthOf([CI], { mapUsers: users, mapAccounts: '[' }) };
  const { stderr } = await who(['odd.yaml', ...ALL], '', odd);
  expect(stderr).toMatch(/^warning: odd\.yaml:\d+:\d+: mapAccounts: /m);
  expect(stderr).toMatch(/^warning: odd\.yaml: mapRoles overrides mapUsers, /m);
  expect(stderr).toMatch(/^warning: odd\.yaml:1:\d+: the role no longer exists, so nobody gets in: /m);
});

test('two accounts of one name are told apart by their ids', async () => {
  const twins = [account(PROD, 'twin', { assignmentsRead: true }), account('444455556666', 'twin')];
  const none = { permissionSets: [], assignments: [], principals: [] };
  const cwd = await scratch({ 'aws.json': snapshotText(inventory(twins, [ADMIN], none)) });
  const stdin = awsAuthOf([admin('view'), { rolearn: 'arn:aws:iam::444455556666:role/ci' }]);
  const ran = await run(['who', '--inventory', 'aws.json'], { cwd, stdin });
  expect(ran.stdout).toMatch(/^nobody .* 111122223333 /m);
  expect(ran.stdout).toMatch(/^ci .* 444455556666 /m);
});

test('AWS is read once for all files', async () => {
  const accounts = [{ id: PROD, name: 'prod' }];
  const world = {
    accounts,
    permissionSets: ['Admin'],
    users: ['ada'],
    assignments: [{ account: PROD, permissionSet: 'Admin', user: 'ada' }],
  };
  const fake = await fakeAwsForTest(world);
  const roles = await runWithEnvironment(['roles', '--account', PROD, '-o', 'json']);
  const [{ roleArn }] = JSON.parse(roles.stdout);
  const text = awsAuthOf([{ rolearn: roleArn }]);
  const cwd = await scratch({ 'a.yaml': text, 'b.yaml': text, 'c.yaml': text });
  const before = fake.calls['iam.ListRoles'] ?? 0;
  const { stdout } = await runWithEnvironment(['who', 'a.yaml', 'b.yaml', 'c.yaml'], { cwd });
  expect(stdout.match(/ada/g)).toHaveLength(3);
  expect((fake.calls['iam.ListRoles'] ?? 0) - before).toBe(1);
});

test.each([
  [500, false],
  [501, true],
])('a graph of %d edges: more than 500 are warned of', async (count, expected) => {
  // One edge each from a role to the group.
  const items = Array.from({ length: count }, (_, index) => ({
    rolearn: `arn:aws:iam::${PROD}:role/r${index}`,
    username: 'x',
    groups: [`g${index}`],
  }));
  const { exitCode, stderr } = await who(['-o', 'mermaid'], awsAuthOf(items));
  expect(exitCode).toBe(0);
  const warning =
    'warning: the graph has 501 edges, and Mermaid draws at most 500\n  Limit it with --account';
  expect(stderr.includes(warning)).toBe(expected);
});

test.each([
  ['an ANSI escape', 'a\u001b[31m'],
  ['a line break', 'a\nb'],
  ['a formula', '=1+1'],
  ['marks of Mermaid', 'a"]; end'],
])('a cluster whose name has %s stays in its place', async (_, name) => {
  const files = { [`${name}.yaml`]: awsAuthOf([admin('system:masters'), CI]) };
  for (const format of ['table', 'csv', 'mermaid']) {
    const { exitCode, stdout, stderr } = await who([`${name}.yaml`, ...ALL, '-o', format], '', files);
    expect(exitCode).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain('\u001b');
    if (format === 'table') expect(stdout.trimEnd().split('\n')).toHaveLength(7);
    if (format === 'csv') expect(stdout).not.toMatch(/^=/m);
    if (format === 'mermaid')
      expect(stdout.match(/^ {2}subgraph \w+\["([\w ,.:-]|#\d+;)+"\]$/gm)).toHaveLength(5);
  }
});

test('who gets nothing through entries of a Kubernetes group is told so', async () => {
  const { stdout, stderr } = await who([...ALL, '--user', 'alice', '--kubernetes-group', 'deployers']);
  expect(stdout).toBe('');
  expect(stderr).toContain(`note: user "alice" gets nothing through ${ALL.join(', ')}\n`);
});

describe('who can do something', () => {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };
  const rbac = (namespace: string, ...more: readonly string[]) =>
    [
      rbacRole('reader', [rule]),
      binding('devs', 'ClusterRole/reader', ['Group developers'], namespace),
      ...more,
    ].join('\n---\n');
  const RBAC = { 'clusters/dev/rbac.yaml': rbac('payments'), 'clusters/prod/rbac.yaml': rbac('shop') };
  const can = async (namespace: string, ...files: readonly string[]) => {
    const bindings = Object.keys(RBAC).flatMap((file) => ['--rbac', file]);
    const argv = [...files, ...bindings, '--can', 'get secrets', '-n', namespace];
    const { stderr } = await who(argv, '', RBAC);
    return stderr.split('\n').filter((line) => /nobody|--namespace|not known|Did you/.test(line));
  };

  test('where the bindings of a cluster are not known, is not "nobody"', async () => {
    expect(await can('shop', ...ALL)).toEqual([
      'warning: test: none of the RBAC files is of this cluster, so its bindings are not known',
      'note: nobody of those asked for can get secrets in namespace "shop" through clusters/dev/aws-auth.yaml',
    ]);
  });

  test('in a namespace that one of the clusters has, is no mistake', async () => {
    const files = ALL.slice(0, 2);
    expect(await can('shop', ...files)).toHaveLength(1);
    expect(await can('payments', ...files)).toEqual([]);
    expect(await can('paymnts', ...files)).toEqual([
      'warning: --namespace: no role or binding mentions the namespace "paymnts": only what holds in all of them holds there',
      '  Did you mean "payments"?',
      expect.stringContaining('nobody'),
    ]);
    // The names that are near are those of all clusters.
    expect(await can('shopp', ...files)).toContain('  Did you mean "shop"?');
  });
});

test('a binding with an e-mail address, which no session has, is warned of once', async () => {
  const rbac = binding('mail', 'ClusterRole/view', ['User sso:alice@example.com', 'User alice@example.com']);
  const { stderr } = await who([...ALL, '--rbac', 'rbac.json'], '', { 'rbac.json': rbac });
  expect(stderr.split('\n').filter((line) => line.includes('@'))).toEqual([
    'warning: no session is the user "sso:alice@example.com" of ClusterRoleBinding mail at rbac.json:1:1',
    '  {{SessionName}} has - in place of @: add the user "sso:alice-example.com" to the subjects of the binding.',
  ]);
});
