import { describe, expect, test } from 'vitest';
import { awsAuthOf } from '../access/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { type Ran, runWithEnvironment as run, type World } from './run.ts';

const A = '111122223333';
const B = '222233334444';
const NAME = 'AWSReservedSSO_Admin_c3402ddbb14af723';
const ROLE = `arn:aws:iam::${A}:role/${NAME}`;
const ALICE = `arn:aws:sts::${A}:assumed-role/${NAME}/alice@example.com`;

const FILE = `apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: ${ROLE}
      username: "sso:{{SessionName}}"
      groups: [developers, viewers]
  mapUsers: |
    - userarn: ${ROLE}
      username: before
    - userarn: arn:aws:iam::${A}:user/bob
      username: bob
    - userarn: arn:aws:iam::${A}:user/Bob
      username: Bob
      groups: [a]
`;

async function explain(argv: readonly string[], world: World = {}): Promise<Ran> {
  const cwd = await scratch({ 'f.yaml': FILE });
  return run(['explain', ...argv], { cwd, env: {}, ...world });
}

describe('as text', () => {
  test('who gets in, as whom, and what that overrides', async () => {
    expect(await explain(['f.yaml', '--caller', ` ${ALICE}\n`])).toEqual({
      exitCode: 0,
      stdout: [
        `${ALICE} gets in`,
        `  compared as: ${ROLE}`,
        '  entry:       f.yaml:6 (mapRoles)',
        '  username:    sso:alice-example.com',
        '  groups:      developers, viewers',
        '  overrides:   f.yaml:10 (mapUsers): username "before", groups []',
        'note: what the caller may do depends on the bindings of the groups',
        '  Add --rbac FILE with the roles and bindings of the cluster to see that.',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('both of what chance decides between', async () => {
    const { exitCode, stdout } = await explain(['--caller', `arn:aws:iam::${A}:user/bob`], { stdin: FILE });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        `arn:aws:iam::${A}:user/bob gets in`,
        '  entry:       <stdin>:12 (mapUsers)',
        '  username:    bob',
        '  groups:      (none)',
        '  or entry:    <stdin>:14 (mapUsers)',
        '  username:    Bob',
        '  groups:      a',
        'warning: 2 entries differ only in the case of the ARN: which one counts is chance, call by call (line 12, line 14)',
        '  Keep one of them.',
        'note: without groups, the caller may do only what bindings give to the user "bob" and to system:authenticated',
        '  Add --rbac FILE with the roles and bindings of the cluster to see that.',
        '',
      ].join('\n'),
    );
  });

  test('an empty username, and the account of mapAccounts without a line of its own', async () => {
    const { stdout } = await explain(['--caller', ALICE], {
      stdin: awsAuthOf([{ rolearn: ROLE, username: '' }], {}),
    });
    expect(stdout).toContain('\n  username:    (empty)\n');
  });

  test('hostile names as one line each', async () => {
    const stdin = awsAuthOf([{ rolearn: ROLE, username: '\u001b[31m\nu', groups: ['a\u202eb'] }]);
    const { stdout } = await explain(['--caller', ALICE], { stdin });
    expect(stdout).toContain('  username:    \\u{1b}[31m\\nu\n  groups:      a\\u{202e}b\n');
    const lost = await explain(['--caller', ALICE], {
      stdin: awsAuthOf([{ rolearn: `arn:aws:iam::${A}:role/\u001b/${NAME}\n` }]),
    });
    expect(lost.exitCode).toBe(1);
    expect(lost.stdout).toContain(`:role/\\u{1b}/${NAME}\\n\n`);
  });

  test('that nothing comes near, and what to add', async () => {
    const argv = [
      'f.yaml',
      '--caller',
      `arn:aws:sts::${B}:assumed-role/AWSReservedSSO_View_0123456789abcdef/al`,
    ];
    expect(await explain(argv)).toEqual({
      exitCode: 1,
      stdout: [
        `arn:aws:sts::${B}:assumed-role/AWSReservedSSO_View_0123456789abcdef/al does not get in: f.yaml has no entry for arn:aws:iam::${B}:role/AWSReservedSSO_View_0123456789abcdef`,
        'No entry comes near. To let the caller in:',
        `  aws-auth-sso merge --map View=GROUP --account ${B} f.yaml`,
        '',
      ].join('\n'),
      stderr: '',
    });
    const { stdout } = await explain(['--caller', `arn:aws:iam::${B}:user/eve`], { stdin: FILE });
    expect(stdout).toContain(
      `in:\n  Add to mapUsers, with a username and Kubernetes groups of your choice:\n  - userarn: arn:aws:iam::${B}:user/eve\n    username: NAME\n    groups: [GROUP]\n`,
    );
  });

  test('that the root user is no good caller', async () => {
    const { stdout } = await explain(['--caller', `arn:aws:iam::${B}:root`], { stdin: FILE });
    expect(stdout).toContain(
      'in:\n  AWS advises against using the root user: call as a role. All the same:\n  Add to mapUsers',
    );
  });

  test('that a key cannot be parsed, before all else', async () => {
    const broken = FILE.replace('"sso:{{SessionName}}"', '{{SessionName}}');
    const why = [
      'error: <stdin>:7:17: the value "{{SessionName}}" is not quoted: YAML reads a map, so the authenticator discards all of mapRoles, including the entries of nodes',
      '  Put it in double quotes: "{{SessionName}}"',
      '',
    ].join('\n');
    const eve = await explain(['--caller', `arn:aws:iam::${A}:user/eve`], { stdin: broken });
    expect(eve.stdout).toMatch(/^arn:aws:iam::111122223333:user\/eve does not get in: .*\n/);
    expect(eve.stdout.slice(eve.stdout.indexOf('\n') + 1)).toBe(
      `${why}No entry that can be read comes near: fix that first, and explain the caller again.\n`,
    );
    const bob = await explain(['--caller', `arn:aws:iam::${A}:user/Bob`], { stdin: broken });
    expect(bob.exitCode).toBe(0);
    expect(bob.stdout).toContain(`\n  groups:      a\n${why}warning: 2 entries differ`);
    const alice = await explain(['--caller', ALICE.replace(NAME, 'x')], {
      stdin: broken.replace(ROLE, ROLE.replace(NAME, 'x')),
    });
    expect(alice.stdout).toContain(`:role/x\n${why}This entry comes nearest:\n`);
    const json = await explain(['--caller', ALICE, '-o', 'json'], { stdin: broken });
    expect(JSON.parse(json.stdout).notes[0]).toMatchObject({ code: 'unquoted-template', line: 7 });
  });

  test('that an entry may be for others, and how to add another', async () => {
    const other = { rolearn: ROLE.replace('Admin', 'Admix'), groups: ['system:masters'] };
    const { exitCode, stdout } = await explain(['--caller', ALICE], { stdin: awsAuthOf([other]) });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('\n    It may be meant for others, and gives username "');
    expect(stdout).toContain(`, groups ["system:masters"].\n    Add an entry, or, only if this one`);
    expect(stdout).toMatch(
      /\nTo let the caller in by an entry of its own:\n {2}aws-auth-sso merge --map Admin=GROUP --account 111122223333 FILE\n$/,
    );
    const json = await explain(['--caller', ALICE, '-o', 'json'], { stdin: awsAuthOf([other]) });
    expect(JSON.parse(json.stdout)).toMatchObject({
      nearest: [{ nearness: 'name' }],
      add: 'aws-auth-sso merge --map Admin=GROUP --account 111122223333 FILE',
    });
  });

  test('how many more come near', async () => {
    const entries = [...'1234567'].map((end) => ({ rolearn: `${ROLE.slice(0, -2)}0${end}` }));
    const { stdout } = await explain(['--caller', ALICE], { stdin: awsAuthOf(entries) });
    expect(stdout).toContain('\nThese entries come nearest:\n');
    expect(stdout).toMatch(/\nand 2 more\n$/);
  });

  test('that an entry is for nodes', async () => {
    const stdin = awsAuthOf([{ rolearn: ROLE, username: '{{EC2PrivateDNSName}}' }]);
    const { exitCode, stdout } = await explain(['--caller', ALICE], { stdin });
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${ALICE} does not get in: <stdin> denies access to ${ROLE}\n`);
    const json = await explain(['--caller', ALICE, '-o', 'json'], { stdin });
    expect(JSON.parse(json.stdout)).toMatchObject({
      denied: true,
      nearest: [{ nearness: 'exact' }],
      add: null,
    });
  });
});

/** The first three mistakes of a new engineer: the output alone says what to write, and then the caller gets in. */
test.each([
  ['the path left in', `arn:aws:iam::${A}:role/aws-reserved/sso.amazonaws.com/${NAME}`],
  [
    'the suffix of a role that was re-created',
    `arn:aws:iam::${A}:role/AWSReservedSSO_Admin_00aa11bb22cc33dd`,
  ],
  ['the wrong account', `arn:aws:iam::${B}:role/${NAME}`],
])('what `explain` says to write helps against %s', async (_, wrong) => {
  const before = FILE.replace(/mapUsers.*/s, '').replace(ROLE, wrong);
  const { exitCode, stdout } = await explain(['--caller', ALICE], { stdin: before });
  expect(exitCode).toBe(1);
  const [, line = '', arn = ''] = /<stdin>:(\d+) .*\n {4}Write rolearn: (\S+)\n$/s.exec(stdout) ?? [];
  const lines = before.split('\n');
  lines[Number(line) - 1] = `    - rolearn: ${arn}`;
  expect(await explain(['--caller', ALICE], { stdin: lines.join('\n') })).toMatchObject({ exitCode: 0 });
});

describe('as JSON', () => {
  const json = async (argv: readonly string[], world?: World) => {
    const { exitCode, stdout } = await explain([...argv, '-o', 'json'], world);
    return { exitCode, ...JSON.parse(stdout) };
  };

  test('who gets in', async () => {
    expect(await json(['f.yaml', '--caller', ALICE])).toEqual({
      exitCode: 0,
      caller: ALICE,
      canonicalArn: ROLE,
      accountId: A,
      session: 'alice@example.com',
      matched: { map: 'mapRoles', file: 'f.yaml', line: 6, arn: ROLE },
      username: 'sso:alice-example.com',
      groups: ['developers', 'viewers'],
      policies: [],
      cluster: null,
      bindings: null,
      kubernetesVersion: null,
      risks: null,
      through: null,
      possibleBindings: null,
      bindingsOfEverybody: null,
      rights: null,
      alternatives: [],
      overrides: [{ map: 'mapUsers', file: 'f.yaml', line: 10, arn: ROLE, username: 'before', groups: [] }],
      denied: false,
      nearest: [],
      more: 0,
      add: null,
      notes: [
        {
          severity: 'note',
          code: 'rights-unknown',
          message: expect.any(String),
          line: null,
          help: expect.stringContaining('--rbac'),
        },
      ],
    });
    const bob = await json(['f.yaml', '--caller', `arn:aws:iam::${A}:user/Bob`]);
    expect(bob).toMatchObject({
      session: '',
      username: 'bob',
      alternatives: [
        {
          map: 'mapUsers',
          file: 'f.yaml',
          line: 14,
          arn: `arn:aws:iam::${A}:user/Bob`,
          username: 'Bob',
          groups: ['a'],
        },
      ],
      notes: [
        { severity: 'warning', code: 'ambiguous-user', help: 'Keep one of them.' },
        { severity: 'note', code: 'no-groups', help: expect.stringContaining('--rbac') },
      ],
    });
  });

  test('who does not', async () => {
    const arn = `arn:aws:iam::${A}:role/AWSReservedSSO_Admin_00aa11bb22cc33dd`;
    expect(await json(['f.yaml', '--caller', arn])).toEqual({
      exitCode: 1,
      caller: arn,
      canonicalArn: arn,
      accountId: A,
      session: null,
      matched: null,
      username: null,
      groups: [],
      policies: [],
      cluster: null,
      bindings: null,
      kubernetesVersion: null,
      risks: null,
      through: null,
      possibleBindings: null,
      bindingsOfEverybody: null,
      rights: null,
      alternatives: [],
      overrides: [],
      denied: false,
      nearest: [
        {
          nearness: 'role',
          map: 'mapRoles',
          arn: ROLE,
          line: 6,
          why: expect.stringContaining('the suffix is c3402ddbb14af723'),
          help: `Write rolearn: ${arn}`,
        },
        {
          nearness: 'role',
          map: 'mapUsers',
          arn: ROLE,
          line: 10,
          why: expect.any(String),
          help: `Move it to mapRoles, with rolearn: ${arn}`,
        },
      ],
      more: 0,
      add: null,
      notes: [],
    });
  });
});

describe('with --rbac', () => {
  const RBAC = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: payments}
rules:
- {apiGroups: [apps], resources: [deployments, deployments/scale], verbs: [get, update]}
- {apiGroups: [""], resources: [secrets], resourceNames: [token], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: devs, namespace: payments}
roleRef: {kind: Role, name: deployer}
subjects: [{kind: Group, name: developers}, {kind: Group, name: viewers}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: metrics}
rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: metrics}
roleRef: {kind: ClusterRole, name: metrics}
subjects: [{kind: User, name: "sso:alice-example.com"}]
`;

  async function explainRbac(
    argv: readonly string[],
    world: World = {},
    file = FILE,
    rbac = RBAC,
  ): Promise<Ran> {
    const cwd = await scratch({ 'f.yaml': file, 'rbac.yaml': rbac });
    return run(['explain', ...argv], { cwd, env: {}, ...world });
  }

  test('says that a binding has the e-mail address as it is, also to who has groups', async () => {
    const rbac = RBAC.replace('sso:alice-example.com', 'sso:alice@example.com');
    const { stdout } = await explainRbac(
      ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'],
      {},
      FILE,
      rbac,
    );
    expect(stdout).toMatch(
      /^warning: no session is the user "sso:alice@example\.com" of ClusterRoleBinding metrics at rbac\.yaml:\d+:1\n {2}\{\{SessionName\}\} has - in place of @: add the user "sso:alice-example\.com" to the subjects of the binding\.$/m,
    );
  });

  test('says what the caller may do, and through what', async () => {
    expect(await explainRbac(['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'])).toEqual({
      exitCode: 0,
      stdout: `${ALICE} gets in
  compared as: ${ROLE}
  entry:       f.yaml:6 (mapRoles)
  username:    sso:alice-example.com
  groups:      developers, viewers
  overrides:   f.yaml:10 (mapUsers): username "before", groups []
  bindings:    ClusterRole/metrics cluster-wide (user "sso:alice-example.com", ClusterRoleBinding metrics at rbac.yaml:20)
               Role/deployer in payments (group "developers", RoleBinding devs at rbac.yaml:9)

NAMESPACE   RESOURCES                                 NON-RESOURCE URLS   RESOURCE NAMES   VERBS
*           -                                         /metrics            -                get
payments    deployments.apps,deployments.apps/scale   -                   -                get,update
payments    secrets                                   -                   token            get
`,
      stderr: 'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\n',
    });
  });

  test('as JSON', async () => {
    const { stdout } = await explainRbac(['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      bindings: ['ClusterRole/metrics cluster-wide', 'Role/deployer in payments'],
      rights: [
        { namespace: null, resources: [], nonResourceURLs: ['/metrics'], resourceNames: [], verbs: ['get'] },
        {
          namespace: 'payments',
          resources: ['deployments.apps', 'deployments.apps/scale'],
          nonResourceURLs: [],
          resourceNames: [],
          verbs: ['get', 'update'],
        },
        {
          namespace: 'payments',
          resources: ['secrets'],
          nonResourceURLs: [],
          resourceNames: ['token'],
          verbs: ['get'],
        },
      ],
      notes: [],
    });
  });

  test('of system:masters as everything', async () => {
    const file = FILE.replace('[developers, viewers]', '[system:masters]');
    const { stdout } = await explainRbac(['f.yaml', '--caller', ROLE, '--rbac', 'rbac.yaml'], {}, file);
    expect(stdout).toContain('\n  bindings:    system:masters, which needs none\n');
    expect(stdout).toMatch(/\n\* {11}\*\.\* {9}- {19}- {16}\*\n\* {11}- {11}\* {19}- {16}\*\n$/);
    const json = await explainRbac(
      [...['f.yaml', '--caller', ROLE], '--rbac', 'rbac.yaml', '-o', 'json'],
      {},
      file,
    );
    expect(JSON.parse(json.stdout).bindings).toEqual(['system:masters']);
  });

  test('not of a caller who does not get in', async () => {
    const { exitCode, stdout } = await explainRbac([
      ...['f.yaml', '--caller', `arn:aws:iam::${B}:user/eve`, '--rbac', 'rbac.yaml', '-o', 'json'],
    ]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ bindings: null, rights: null });
  });

  const BOUND_IN = (count: number) =>
    Array.from(
      { length: count },
      (_, at) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: n${String(at).padStart(4, '0')}}
roleRef: {kind: ClusterRole, name: metrics}
subjects: [{kind: Group, name: developers}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: c, namespace: n${String(at).padStart(4, '0')}}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: Group, name: developers}]
`,
    ).join('---');

  test.each([
    [2, /^n0000, n0001 +pods\/eviction/m],
    [3, /^n0000, n0001, n0002 +pods\/eviction/m],
    [4, /^n0000 and 3 more +pods\/eviction/m],
  ])('with namespaces of the same rights in one row: %d', async (count, row) => {
    const rbac = `${RBAC}---${BOUND_IN(count)}`;
    const { stdout } = await explainRbac(
      ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'],
      {},
      FILE,
      rbac,
    );
    expect(stdout).toMatch(row);
    expect(stdout.match(/pods\/eviction/g)).toHaveLength(1);
    const json = await explainRbac(
      ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml', '-o', 'json'],
      {},
      FILE,
      rbac,
    );
    const rights: readonly { readonly namespace: string; readonly resources: readonly string[] }[] =
      JSON.parse(json.stdout).rights;
    const evicting = rights.filter(({ resources }) => resources.includes('pods/eviction'));
    expect(evicting.map(({ namespace }) => namespace)).toEqual(
      Array.from({ length: count }, (_, at) => `n000${at}`),
    );
  });

  test('in hundreds of namespaces, which share a row', async () => {
    const argv = ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'];
    const rbac = `${RBAC}---${BOUND_IN(300)}`;
    const { stdout } = await explainRbac(argv, {}, FILE, rbac);
    expect(stdout.split('\n').length).toBeLessThan(100);
  });

  test('of a whole account, which entry to add, and what everybody may', async () => {
    const accounts =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapAccounts: |\n    - "111122223333"\n';
    const caller = `arn:aws:iam::${A}:role/other`;
    const told = async (rbac: string) =>
      (await explainRbac(['f.yaml', '--caller', caller, '--rbac', 'rbac.yaml'], {}, accounts, rbac)).stdout;
    expect(await told(RBAC)).toContain(
      `warning: mapAccounts gives no groups, and no binding names the user "${caller}", so the caller may do nothing\n  Add an entry for the caller, with a group that a binding names, to mapRoles or mapUsers, or:\n`,
    );
    const all = RBAC.replace('name: "sso:alice-example.com"', 'name: "system:authenticated"').replace(
      '{kind: User,',
      '{kind: Group,',
    );
    const open = await told(all);
    expect(open).toContain(', so the caller may do only what everybody may\n');
    expect(open).toContain(
      '  bindings:    everybody: ClusterRole/metrics cluster-wide (group "system:authenticated"',
    );
  });

  test('with many resources on lines of their own, and of many bindings the first twenty', async () => {
    const resources = Array.from({ length: 12 }, (_, at) => `resource${at + 10}`);
    const named = (kind: string, name: string, rest: object) => {
      return {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind,
        metadata: { name, namespace: 'a' },
        ...rest,
      };
    };
    const items = [
      named('Role', 'many', { rules: [{ apiGroups: [''], resources, verbs: ['get'] }] }),
      ...Array.from({ length: 22 }, (_, at) =>
        named('RoleBinding', `b${at}`, {
          roleRef: { kind: 'Role', name: 'many' },
          subjects: [{ kind: 'Group', name: 'developers' }],
        }),
      ),
    ];
    const rbac = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const argv = ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'];
    const { stdout } = await explainRbac(argv, {}, FILE, rbac);
    expect(stdout.match(/Role\/many in a/g)).toHaveLength(20);
    expect(stdout).toContain('\n               and 2 more\n');
    const [, , ...lines] = stdout.slice(stdout.indexOf('NAMESPACE')).split('\n');
    const cells = stdout.slice(stdout.indexOf('\na ')).match(/resource\d\d/g);
    expect(cells).toEqual(resources);
    expect(lines.filter((line) => line.startsWith('            resource')).length).toBeGreaterThan(0);
    expect(
      Math.max(
        ...stdout
          .slice(stdout.indexOf('NAMESPACE'))
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(150);
  });

  test('hostile names as one line each', async () => {
    const rbac = RBAC.replaceAll('payments', '"pay\\u001b\\nments"');
    const { stdout } = await explainRbac(
      ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'],
      {},
      FILE,
      rbac,
    );
    expect(stdout).toContain('Role/deployer in pay\\u{1b}\\nments (group');
    expect(stdout).toContain('\npay\\u{1b}\\nments   secrets ');
  });

  test('not with one stdin for two inputs', async () => {
    const twice = await explainRbac(['--caller', ALICE, '--rbac', '-'], { stdin: FILE });
    expect(twice.exitCode).toBe(2);
    expect(twice.stderr).toMatch(/^error: stdin cannot be both the aws-auth ConfigMap and RBAC manifests\n/);
    const { exitCode, stderr } = await explainRbac(['f.yaml', '--caller', '-', '--rbac', '-'], {
      stdin: ALICE,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: --caller - and RBAC manifests cannot both come from stdin\n/);
    const piped = await explainRbac(['f.yaml', '--caller', ALICE, '--rbac', '-'], { stdin: RBAC });
    expect(piped.stdout).toContain('at <stdin>:20)');
  });

  test('a caller without bindings is told so', async () => {
    const { stdout } = await explainRbac([
      ...['f.yaml', '--caller', `arn:aws:iam::${A}:user/Bob`, '--rbac', 'rbac.yaml'],
    ]);
    expect(stdout).toContain('\n  bindings:    (none)\n');
    expect(stdout).toContain('\nwarning: the entry has no groups, and no binding names the user "bob"');
    expect(stdout).toContain('`kubectl create clusterrolebinding bob-view');
    expect(stdout).not.toContain('note: without groups');
    expect(stdout).not.toContain('NAMESPACE ');
  });

  test.each([
    ['group: [oncall]', 'misspelled-key', '(none)'],
    ['groups: oncall', 'field-not-string', '(none)'],
    ['groups: ["oncall,viewer"]', 'joined-groups', '"oncall,viewer"'],
    ['groups: ["oncall "]', 'whitespace-in-name', '"oncall "'],
    ['groups: [" oncall"]', 'whitespace-in-name', '" oncall"'],
    ['groups: [""]', 'empty-name', '""'],
    ['groups:\n      - oncall\n      -', 'empty-name', 'oncall, ""'],
    ['groups: [oncall, 1]', 'field-not-string', 'oncall, ""'],
    ['groups: [x]\n      groups: [oncall]', 'duplicate-field', 'oncall'],
  ])(
    'says what is wrong with the entry, and no command that binds what it makes: %s',
    async (groups, code, text) => {
      const file = FILE.replace('groups: [developers, viewers]', groups).replace(/ {2}mapUsers:.*/s, '');
      const argv = ['f.yaml', '--caller', ALICE.replace('alice@', 'bob@'), '--rbac', 'rbac.yaml'];
      const { stdout } = await explainRbac(argv, {}, file);
      expect(stdout).toContain(`\n  groups:      ${text}\n`);
      expect(stdout).toMatch(/\n(?:error|warning): f\.yaml:\d+:\d+: .*\n {2}.*\nwarning: .*no binding names/);
      // The only next step is to fix the entry.
      expect(stdout.match(/\n(?:error|warning): .*\n {2}/g)).toHaveLength(1);
      expect(stdout).not.toContain('kubectl create');
      const json = await explainRbac([...argv, '-o', 'json'], {}, file);
      expect(JSON.parse(json.stdout).notes[0]).toMatchObject({ code, line: expect.any(Number) });
    },
  );

  test('says of an entry that overrides another by accident which two there are, and no other next step', async () => {
    const entry = (groups: string) =>
      `    - rolearn: ${ROLE}\n      username: "sso:{{SessionName}}"\n      groups: ${groups}\n`;
    const file = `metadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n${entry('[developers]')}${entry('[oncall]')}`;
    const argv = ['f.yaml', '--caller', ALICE.replace('alice@', 'bob@'), '--rbac', 'rbac.yaml'];
    const { stdout } = await explainRbac(argv, {}, file);
    expect(stdout).toContain('\n  overrides:   f.yaml:4 (mapRoles): username "sso:{{SessionName}}"');
    expect(stdout.slice(stdout.indexOf('\nerror:'))).toBe(`
error: f.yaml:4:16: ${ROLE} is overridden by line 7 (username "sso:{{SessionName}}", groups ["oncall"]): the authenticator uses only the last entry of an ARN
  Put everything for the role into one entry, and remove the others.
warning: no binding names the group "oncall", so it gives nothing
`);
    const same = await explainRbac(argv, {}, file.replace('[developers]', '[oncall]'));
    expect(same.stdout).toContain('kubectl create');
  });

  test('says once what several groups lack, and once what a role makes of them', async () => {
    const argv = ['f.yaml', '--caller', ALICE.replace('alice@', 'bob@'), '--rbac', 'rbac.yaml'];
    const of = async (groups: string, rbac = RBAC) =>
      (await explainRbac(argv, {}, FILE.replace('[developers, viewers]', groups), rbac)).stdout;
    const unbound = await of('[a1, b2, c3, developer]');
    expect(unbound.match(/^warning:/gm)).toHaveLength(1);
    expect(unbound).toContain(
      'warning: no binding names the groups "a1", "b2", "c3", "developer", so they give nothing\n  "a1": Bind it: ',
    );
    expect(unbound).toContain('\n  "developer": Did you mean "developers"?');
    const edit = JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'all' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: ['a1', 'b2'].map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })),
    });
    const risky = await of('[a1]', `${RBAC}\n---\n${edit}`);
    expect(risky.match(/^warning:.*$/gm)).toEqual([
      'warning: may impersonate, may create service account tokens, may edit aws-auth, reads all secrets, exec in all pods, may create pods in all namespaces, through ClusterRole/edit cluster-wide',
    ]);
    const dangling = await of('[a1, b2]', `${RBAC}\n---\n${edit.replace('"edit"', '"gone"')}`);
    expect(dangling.match(/^warning:.*$/gm)).toEqual([
      expect.stringMatching(
        /^warning: bindings give the groups "a1", "b2" only roles that do not exist \(ClusterRole\/gone .*\), so they give nothing$/,
      ),
    ]);
  });

  test('keeps the command where the entry has another mistake', async () => {
    const file = FILE.replace('[developers, viewers]', '[oncall]').replace('username: "sso', 'usernam: "sso');
    const argv = ['f.yaml', '--caller', ALICE, '--rbac', 'rbac.yaml'];
    const { stdout } = await explainRbac(argv, {}, file);
    expect(stdout).toContain('unknown field "usernam"');
    expect(stdout).toContain('`kubectl create clusterrolebinding oncall-view');
  });

  /** The other two mistakes of a new engineer: what the output says to write or run, done, gives the rights. */
  test('what it says to write helps against a misspelled group', async () => {
    const wrong = FILE.replace('[developers, viewers]', '[develpers]');
    const argv = ['f.yaml', '--caller', ALICE.replace('alice@', 'bob@'), '--rbac', 'rbac.yaml'];
    const before = await explainRbac(argv, {}, wrong);
    const [, group = '', meant = ''] =
      /names the group "(\w+)", so it gives nothing\n {2}Did you mean "(\w+)"\?/.exec(before.stdout) ?? [];
    expect(before.stdout).not.toContain('\npayments ');
    const after = await explainRbac(argv, {}, wrong.replace(group, meant));
    expect(after.stdout).toContain('\npayments    secrets ');
    expect(after.stdout).not.toContain('warning:');
  });

  test('what it says to run helps against a missing binding', async () => {
    const argv = ['f.yaml', '--caller', ALICE.replace('alice@', 'bob@'), '--rbac', 'rbac.yaml'];
    const before = await explainRbac(argv, {}, FILE.replace('[developers, viewers]', '[oncall]'));
    const [, name = '', role = '', group = ''] =
      /`kubectl create clusterrolebinding (\S+) --clusterrole=(\S+) --group=(\S+)`/.exec(before.stdout) ?? [];
    const made = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'Group', name: group }],
    };
    const rbac = [RBAC, JSON.stringify(made)].join('\n---\n');
    const after = await explainRbac(argv, {}, FILE.replace('[developers, viewers]', '[oncall]'), rbac);
    expect(after.stdout).toContain('  bindings:    ClusterRole/view cluster-wide (group "oncall"');
    expect(after.stdout).not.toContain('warning:');
  });
});

describe('--caller -', () => {
  test.each([
    ['JSON', JSON.stringify({ UserId: 'AROA:alice@example.com', Account: A, Arn: ALICE }, null, 4)],
    ['an ARN', `${ALICE}\n`],
    ['--query Arn', `"${ALICE}"\n`],
    ['--output text', `${A}\t${ALICE}\tAROA:alice@example.com\n`],
  ])('reads %s', async (_, stdin) => {
    const { exitCode, stdout } = await explain(['f.yaml', '--caller', '-'], { stdin });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${ALICE} gets in\n`);
  });

  test.each([
    ['', 'stdin is empty'],
    ['alice', 'stdin holds no ARN'],
    [`${ALICE} ${ALICE}`, 'stdin holds no ARN'],
    ['{"Arn": "arn:', 'stdin is not valid JSON'],
    ['{"Account": "1"}', 'the JSON on stdin has no string "Arn"'],
    ['{"Arn": 1}', 'the JSON on stdin has no string "Arn"'],
  ])('refuses %j', async (stdin, message) => {
    expect(await explain(['f.yaml', '--caller', '-'], { stdin })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: --caller -: ${message}\n  Pipe in what \`aws sts get-caller-identity\` prints, or an ARN.\n`,
    });
  });
});

test.each([
  [[], 'who calls is missing: --caller ARN', '`aws sts get-caller-identity`'],
  [['f.yaml', '--inventory', 'x.json'], 'who calls is missing: --caller ARN', '--caller -'],
  [['--caller', '-'], '--caller - and the ConfigMap cannot both come from stdin', 'explain FILE --caller -'],
  [
    ['f.yaml', '--caller', ALICE, '--aws', '--inventory', 'x'],
    '--aws and --inventory exclude each other',
    'Give one',
  ],
  [['f.yaml', '--caller', ALICE, '--profile', 'x'], '--profile requires --aws', 'Add --aws'],
  [
    ['f.yaml', '--caller', ALICE, '--account', A],
    'account options require --aws or --inventory',
    'Add --aws',
  ],
  [
    ['f.yaml', '--caller', ALICE, '--exclude-account', A],
    'account options require --aws or --inventory',
    'Add',
  ],
  [['f.yaml', '--caller', 'bob'], '--caller: "bob" is not an ARN', 'Give the ARN that'],
  // Before the file is read.
  [['none.yaml', '--caller', 'bob'], '--caller: "bob" is not an ARN', 'Give the ARN that'],
])('usage error: %j', async (argv, message, help) => {
  const { exitCode, stdout, stderr } = await explain(argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`error: ${message}\n`);
  expect(stderr.split('\n')[1]).toContain(help);
});

test('a terminal on stdin is refused, a file that cannot be read is exit 3', async () => {
  expect(await explain(['--caller', ALICE], { stdinIsTty: true })).toMatchObject({ exitCode: 2, stdout: '' });
  expect(await explain(['none.yaml', '--caller', ALICE])).toMatchObject({ exitCode: 3, stdout: '' });
});

describe('with AWS', () => {
  const WORLD: WorldInput = {
    accounts: [
      { id: A, name: 'prod' },
      { id: B, name: 'dev' },
    ],
    managementAccountId: A,
    permissionSets: ['Admin', 'View', 'Idle'],
    users: ['ada'],
    assignments: [
      { account: A, permissionSet: 'Admin', user: 'ada' },
      { account: B, permissionSet: 'View', user: 'ada' },
    ],
    provisioned: [{ account: A, permissionSet: 'Idle' }],
  };
  const { roles } = buildWorld(WORLD);
  const nameOf = (set: string) =>
    roles.find(({ name }) => name.startsWith(`AWSReservedSSO_${set}_`))?.name ?? '';
  const session = (set: string, account = A) => `arn:aws:sts::${account}:assumed-role/${nameOf(set)}/ada`;
  const stale = awsAuthOf([{ rolearn: `arn:aws:iam::${A}:role/AWSReservedSSO_Admin_00aa11bb22cc33dd` }]);

  /** Live and from a snapshot, which have to say the same. */
  async function both(caller: string, stdin: string): Promise<string> {
    await fakeAwsForTest(WORLD);
    const live = await run(['explain', '--caller', caller, '--aws'], { stdin });
    const snapshot = await run(['snapshot', '--principals', '--account', A, '--account', B]);
    const cwd = await scratch({ 'aws.json': snapshot.stdout });
    const argv = ['explain', '--caller', caller, '--inventory', 'aws.json'];
    expect(await run(argv, { stdin, cwd, env: {} })).toEqual(live);
    return live.stdout;
  }

  test('says what changed', async () => {
    const stdout = await both(session('Admin'), stale);
    expect(stdout).toMatch(/This one is gone, the caller's was created 20\S+\n/);
    expect(stdout).toMatch(/\nnote: the role exists in account 111122223333, created 20\S+\n$/);
    const idle = await both(session('Idle'), stale);
    expect(idle).toMatch(
      /\nwarning: permission set "Idle" is assigned to nobody in account 111122223333 any more\n$/,
    );
  });

  test('reads the accounts that matter alone', async () => {
    const calls: string[] = [];
    await fakeAwsForTest(WORLD, {
      onCall: ({ operation, caller }) => calls.push(`${operation} ${caller.accountId}`),
    });
    const others = awsAuthOf([{ rolearn: `arn:aws:iam::${B}:role/${nameOf('View')}` }]);
    await run(['explain', '--caller', session('Admin'), '--aws'], { stdin: others });
    expect(calls.filter((call) => call.startsWith('ListRoles'))).toEqual([`ListRoles ${A}`]);
    calls.length = 0;
    const user = `arn:aws:iam::${A}:user/bob`;
    expect(await run(['explain', '--caller', user, '--aws'], { stdin: others })).toMatchObject({
      exitCode: 1,
    });
    expect(calls).toEqual([`GetCallerIdentity ${A}`]);
  });

  test('asks who the profile is', async () => {
    await fakeAwsForTest(WORLD);
    const { exitCode, stdout, stderr } = await run(['explain', '--aws', '--debug'], { stdin: stale });
    expect(stderr).toContain('sts:GetCallerIdentity');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^arn:aws:\S+ does not get in: <stdin> has no entry for /);
  });

  test('goes on where assignments, or the roles of an account, cannot be read', async () => {
    const denying = (...denies: readonly string[]) => ({
      ...WORLD,
      accounts: [{ id: A, name: 'prod', denies }],
      assignments: [],
    });
    await fakeAwsForTest(denying('sso-admin.*'));
    const argv = ['explain', '--aws', '--caller', session('Idle')];
    const { stdout, stderr } = await run(argv, { stdin: stale });
    expect(stdout).toContain('note: the role exists');
    expect(stderr).toMatch(
      /^note: assignments could not be read, so whether the permission set is assigned is not known: /,
    );
    await fakeAwsForTest(denying('iam.*'));
    const unread = await run(argv, { stdin: stale });
    expect(unread.exitCode).toBe(1);
    expect(unread.stdout).toMatch(
      /\nnote: the roles of account 111122223333 were not read, so whether the role exists is not known: iam:ListRoles is denied: .*\n$/,
    );
  });
});
