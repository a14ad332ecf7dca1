import { describe, expect, test } from 'vitest';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import { account, inventory, role as provisioned, snapshotText } from '../inventory/build-inventory.ts';
import { binding, role } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const [ADMIN, DEV] = [provisioned(PROD, 'Admin'), provisioned(PROD, 'Dev')];
const ARN = 'arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-001122334455667';
const SETS = [
  { arn: `${ARN}1`, name: 'Admin' },
  { arn: `${ARN}2`, name: 'Dev' },
];

function worldWith(members: readonly string[] | null) {
  const assigned = (set: number, type: 'GROUP' | 'USER', id: string) => {
    return { accountId: PROD, permissionSetArn: `${ARN}${set}`, principalType: type, principalId: id };
  };
  return snapshotText(
    inventory([account(PROD, 'prod', { assignmentsRead: true })], [ADMIN, DEV], {
      permissionSets: SETS,
      principals: [
        { type: 'GROUP', id: 'g-1', name: 'Platform', members: members && ['u-bob'] },
        { type: 'GROUP', id: 'g-2', name: 'Developers', members },
        { type: 'USER', id: 'u-ann', name: 'ann@example.com', members: null },
        { type: 'USER', id: 'u-bob', name: 'bob', members: null },
        { type: 'USER', id: 'u-cy', name: 'cy', members: null },
        { type: 'USER', id: 'u-gone', name: null, members: null },
      ],
      assignments: [
        assigned(1, 'GROUP', 'g-1'),
        assigned(2, 'GROUP', 'g-2'),
        assigned(2, 'USER', 'u-cy'),
        assigned(2, 'USER', 'u-gone'),
      ],
    }),
  );
}

const ENTRIES: readonly Item[] = [
  { rolearn: ADMIN.roleArn, username: 'admin:{{SessionName}}', groups: ['system:masters'] },
  { rolearn: DEV.roleArn, groups: ['developers'] },
  { rolearn: `arn:aws:iam::${PROD}:role/ci`, username: 'ci', groups: ['deployers', 'developers'] },
];

const rule = (verbs: readonly string[], resources: readonly string[], more: object = {}) => {
  return [{ verbs, resources, apiGroups: [''], ...more }];
};
const RBAC = [
  role('edit-pods', rule(['get', 'delete'], ['pods'])),
  role('reader', rule(['get'], ['secrets'])),
  role('named', rule(['get'], ['configmaps'], { resourceNames: ['settings'] })),
  role('root', [{ verbs: ['*'], resources: ['*'], apiGroups: ['*'] }]),
  role('exec', rule(['create'], ['pods/exec'])),
  binding('developers', 'ClusterRole/edit-pods', ['Group developers'], 'shop'),
  binding('secrets', 'ClusterRole/reader', ['User sso:ann-example.com'], 'payments'),
  binding('settings', 'ClusterRole/named', ['Group developers'], 'shop'),
  binding('incident', 'ClusterRole/root', ['User ci']),
  binding('exec', 'ClusterRole/exec', ['User sso:cy']),
].join('\n---\n');

/** What is said of every question. */
const NOTES =
  'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\nnote: as of 2026-11-01T00:00:00.000Z\n';

const FILES = { 'aws.json': worldWith(['u-ann', 'u-bob']), 'rbac.yaml': RBAC };

async function who(argv: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const cwd = await scratch({ ...FILES, ...files });
  return run(['who', '--inventory', 'aws.json', ...argv], { cwd, stdin: awsAuthOf(ENTRIES) });
}

async function json(...argv: readonly string[]) {
  const { stdout } = await who([...argv, '-o', 'json', '--rbac', 'rbac.yaml']);
  return JSON.parse(stdout);
}

interface Row {
  readonly principal: { readonly name: string | null };
  readonly via: string | null;
  readonly bindings: readonly string[] | null;
  readonly risks: readonly string[] | null;
}

const ofRow = ({ principal: { name }, via, bindings, risks }: Row) => [name, via, bindings, risks];
const namesIn = (rows: readonly Row[]) => rows.map(({ principal: { name } }) => name);

describe('bindings', () => {
  test('are a column, and whoever they name stands behind the group; administrators by any way stand out', async () => {
    const { exitCode, stdout, stderr } = await who(['--rbac', 'rbac.yaml']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`\
PRINCIPAL         TYPE       VIA          ACCOUNT   PERMISSION SET   USERNAME                GROUPS                 BINDINGS                                                                                   NOTE
Platform          group      -            prod      Admin            admin:{{SessionName}}   system:masters         system:masters                                                                             cluster admin
Developers        group      -            prod      Dev              sso:{{SessionName}}     developers             ClusterRole/edit-pods in shop, ClusterRole/named in shop
ann@example.com   user       Developers   prod      Dev              sso:{{SessionName}}     developers             ClusterRole/reader in payments, ClusterRole/edit-pods in shop, ClusterRole/named in shop
cy                user       -            prod      Dev              sso:{{SessionName}}     developers             ClusterRole/exec cluster-wide, ClusterRole/edit-pods in shop, ClusterRole/named in shop    exec in all pods
u-gone            user       -            prod      Dev              sso:{{SessionName}}     developers             -                                                                                          deleted
ci                IAM role   -            prod      -                ci                      deployers,developers   ClusterRole/root cluster-wide, ClusterRole/edit-pods in shop, ClusterRole/named in shop    cluster admin
`);
    expect(stderr).toBe(`\
note: assuming Kubernetes 1.36; set --kubernetes-version for another version
warning: cluster administrators (system:masters): group "Platform" (Admin in ${PROD})
warning: can become cluster administrators (exec in all pods: ClusterRole/exec cluster-wide): user "cy" (Dev in ${PROD})
warning: cluster administrators (ClusterRole/root cluster-wide): IAM role "ci" (in ${PROD})
note: as of 2026-11-01T00:00:00.000Z
`);
  });

  test('are lists in JSON, with the risks', async () => {
    const rows: Row[] = await json();
    const shared = ['ClusterRole/edit-pods in shop', 'ClusterRole/named in shop'];
    expect(rows.map(ofRow)).toEqual([
      ['Platform', null, ['system:masters'], ['cluster-admin']],
      ['Developers', null, shared, []],
      ['ann@example.com', 'Developers', ['ClusterRole/reader in payments', ...shared], []],
      ['cy', null, ['ClusterRole/exec cluster-wide', ...shared], ['exec']],
      [null, null, [], []],
      ['ci', null, ['ClusterRole/root cluster-wide', ...shared], ['cluster-admin']],
    ]);
    expect(rows[0]).toMatchObject({ through: [], auditUsername: null, kubernetesVersion: '1.36' });
    expect(rows[3]).toMatchObject({
      auditUsername: 'sso:cy',
      bindingsOfEverybody: [],
      risksOfEverybody: [],
      through: [
        {
          role: 'ClusterRole/exec',
          binding: 'ClusterRoleBinding/exec',
          namespace: null,
          subject: 'User/sso:cy',
          ofEverybody: false,
        },
        { binding: 'RoleBinding/developers' },
        { binding: 'RoleBinding/settings' },
      ],
    });
  });

  test('are a field of CSV', async () => {
    const { stdout } = await who(['--rbac', 'rbac.yaml', '-o', 'csv']);
    expect(stdout).toContain(
      ',developers,ClusterRole/exec cluster-wide; ClusterRole/edit-pods in shop; ClusterRole/named in shop,granted,exec in all pods,2026',
    );
    expect(stdout).toMatch(/,developers,,none,deleted,2026.*\n/);
  });

  test('are in the graph', async () => {
    const { stdout } = await who(['--rbac', 'rbac.yaml', '-o', 'mermaid']);
    expect(stdout).toContain('[/"ClusterRole#47;edit-pods in shop"/]');
    // Whatever makes administrators is red, at once or by one step more.
    expect(stdout).toContain('adminBinding1[/"ClusterRole#47;exec cluster-wide"/]');
    expect(stdout).toContain('adminBinding2[/"ClusterRole#47;root cluster-wide"/]');
    expect(stdout).toContain('class adminBinding1,adminBinding2,legendadminBinding adminBinding\n');
    expect(stdout).toContain('subgraph legend["Kubernetes 1.36, as of 2026-11-01T00:00:00.000Z"]');
    const cwd = await scratch({ ...FILES, 'prod.yaml': awsAuthOf(ENTRIES) });
    const argv = ['who', 'prod.yaml', '--inventory', 'aws.json', '--rbac', 'rbac.yaml', '-o', 'mermaid'];
    expect((await run(argv, { cwd })).stdout).toContain('subgraph legend["prod, Kubernetes 1.36, as of');
  });

  test('what needs no credentials is in every row that lets somebody in, too', async () => {
    const all = binding('open', 'ClusterRole/exec', ['Group system:unauthenticated']);
    const argv = ['--rbac', 'rbac.yaml', '--rbac', 'all.yaml'];
    const { stdout } = await who([...argv, '-o', 'json'], { 'all.yaml': all });
    for (const { access, bindingsOfEverybody, risksOfEverybody } of JSON.parse(stdout))
      expect([access, bindingsOfEverybody, risksOfEverybody]).toEqual(
        access === 'none' ? ['none', [], []] : ['granted', ['ClusterRole/exec cluster-wide'], ['exec']],
      );
    const csv = await who([...argv, '-o', 'csv'], { 'all.yaml': all });
    expect(csv.stdout).toContain(
      ',everybody: ClusterRoleBinding/open,ClusterRole/exec cluster-wide,exec,"=""1.36"""\n',
    );
    // A question is about what they may as themselves.
    const asked = await who([...argv, '--can', 'create pods/exec', '-o', 'json'], { 'all.yaml': all });
    expect(namesIn(JSON.parse(asked.stdout))).not.toContain('ann@example.com');
  });

  test('that are a way only together are drawn where they meet', async () => {
    const parts = [
      role('binder', [
        { verbs: ['bind'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] },
      ]),
      role('writer', [
        {
          verbs: ['create'],
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterrolebindings'],
        },
      ]),
      binding('binder', 'ClusterRole/binder', ['Group deployers']),
      binding('writer', 'ClusterRole/writer', ['Group developers']),
    ].join('\n---\n');
    const argv = ['--rbac', 'parts.yaml'];
    const { stdout, stderr } = await who([...argv, '-o', 'mermaid'], { 'parts.yaml': parts });
    const text = 'may bind roles: ClusterRole#47;binder cluster-wide and ClusterRole#47;writer cluster-wide';
    expect(stdout).toContain(`adminBinding1[/"${text}"/]`);
    expect(stdout).toContain('iam1 --> adminBinding1\n');
    expect(stderr).toContain(
      `can become cluster administrators (may bind roles: ClusterRole/binder cluster-wide and ClusterRole/writer cluster-wide): IAM role "ci" (in ${PROD})\n`,
    );
    const table = await who(argv, { 'parts.yaml': parts });
    expect(table.stdout).toMatch(/^ci .* may bind roles$/m);
    expect(table.stdout).not.toMatch(/^Developers .* may bind roles$/m);
  });

  test('of more than three roles are counted in a table', async () => {
    const more = binding('d', 'ClusterRole/exec', ['Group developers'], 'shop');
    const { stdout } = await who(['--rbac', 'rbac.yaml', '--rbac', 'more.yaml', '--group', 'Developers'], {
      'more.yaml': more,
    });
    expect(stdout).toContain('ClusterRole/named in shop, ClusterRole/exec in shop\n');
    expect(stdout).toMatch(/^ann.* ClusterRole\/named in shop and 1 more$/m);
  });

  test('are all in a wide table, with ARNs, whatever the terminal', async () => {
    const cwd = await scratch({
      ...FILES,
      'more.yaml': binding('d', 'ClusterRole/exec', ['Group developers'], 'shop'),
    });
    const argv = [
      'who',
      '--inventory',
      'aws.json',
      '--rbac',
      'rbac.yaml',
      '--rbac',
      'more.yaml',
      '-o',
      'wide',
    ];
    const terminal = { stdoutIsTty: true, columns: 40 };
    const { stdout } = await run(argv, { cwd, stdin: awsAuthOf(ENTRIES), ...terminal });
    const rows = stdout.split('\n').map((line) => line.split(/ {3,}/));
    expect(rows[0]).toEqual([
      'PRINCIPAL',
      'TYPE',
      'VIA',
      'ACCOUNT',
      'PERMISSION SET',
      'ARN',
      'USERNAME',
      'AUDIT USERNAME',
      'GROUPS',
      'BINDINGS',
      'NOTE',
    ]);
    expect(rows[3]?.slice(5)).toEqual([
      DEV.roleArn,
      'sso:{{SessionName}}',
      'sso:ann-example.com',
      'developers',
      [
        'ClusterRole/reader in payments (RoleBinding/secrets, User/sso:ann-example.com)',
        'ClusterRole/edit-pods in shop (RoleBinding/developers, Group/developers)',
        'ClusterRole/named in shop (RoleBinding/settings, Group/developers)',
        'ClusterRole/exec in shop (RoleBinding/d, Group/developers)',
      ].join(', '),
    ]);
    expect(rows[6]?.[5]).toBe(`arn:aws:iam::${PROD}:role/ci`);
  });

  test('and usernames are cut on a terminal before groups are', async () => {
    const cwd = await scratch(FILES);
    const row = async (columns: number, ...rbac: readonly string[]) => {
      const world = { cwd, stdin: awsAuthOf(ENTRIES), stdoutIsTty: true, columns };
      const { stdout } = await run(['who', '--inventory', 'aws.json', ...rbac], world);
      const lines = stdout.split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      return lines.at(-2)?.split(/ {2,}/);
    };
    const cells = ['ci', 'IAM role', '-', 'prod', '-', 'ci', 'deployers,developers'];
    const bindings = 'ClusterRole/root cl…';
    expect(await row(146, '--rbac', 'rbac.yaml')).toEqual([...cells, bindings, 'cluster admin']);
    expect(await row(110)).toEqual(cells);
    expect((await row(100, '--rbac', 'rbac.yaml'))?.slice(6)).toEqual([
      'deployers,d…',
      'Cluster…',
      'cluster a…',
    ]);
  });

  test('need the members of groups only where one may be named', async () => {
    const unread = { 'aws.json': worldWith(null) };
    const groups = [
      role('r', rule(['get'], ['pods'])),
      binding('b', 'ClusterRole/r', ['Group developers', 'User ci']),
    ].join('\n---\n');
    expect((await who(['--rbac', 'g.yaml'], { ...unread, 'g.yaml': groups })).exitCode).toBe(0);
    const named = await who(['--rbac', 'rbac.yaml'], unread);
    expect([named.exitCode, named.stderr]).toEqual([2, expect.stringContaining('no group members')]);
  });

  test('what everybody may do is told once', async () => {
    const all = binding('all', 'ClusterRole/exec', ['Group system:authenticated']);
    const { stdout, stderr } = await who(['--rbac', 'rbac.yaml', '--rbac', 'all.yaml'], { 'all.yaml': all });
    expect(stderr).toContain(
      'warning: everybody who gets in: exec in all pods (ClusterRole/exec cluster-wide)\n',
    );
    // A row that is kept says it, too, but of nobody who was deleted.
    expect(stdout.match(/everybody: ClusterRole\/exec cluster-wide/g)).toHaveLength(5);
    const [, ...rows] = stdout.trimEnd().split('\n');
    expect(rows.filter((row) => !row.includes('everybody: exec in all pods'))).toEqual([
      expect.stringMatching(/^Platform .* cluster admin$/),
      expect.stringMatching(/deleted$/),
    ]);
  });
});

describe('entries of which it is not known who gets in', () => {
  const OTHER = '444455556666';
  const [OPS, LOST] = [provisioned(OTHER, 'Ops'), provisioned(OTHER, 'Lost')];
  const world = snapshotText(
    inventory([account(OTHER, 'other', { rolesRead: false, unreadable: 'denied' })], []),
  );
  const rbac = [
    role('root', [{ verbs: ['*'], resources: ['*'], apiGroups: ['*'] }]),
    binding('b', 'ClusterRole/root', ['Group super', 'User sso:root']),
  ].join('\n---\n');

  async function ask(items: readonly Item[], ...argv: readonly string[]) {
    const cwd = await scratch({ 'aws.json': world, 'rbac.yaml': rbac });
    const base = ['who', '--inventory', 'aws.json', '--skip-unreadable', OTHER, ...argv];
    return run(base, { cwd, stdin: awsAuthOf(items) });
  }

  test('have the rights that the entry gives', async () => {
    const { stdout, stderr } = await ask(
      [
        { rolearn: OPS.roleArn, username: 'x', groups: ['super'] },
        { rolearn: LOST.roleArn, username: 'y', groups: ['system:masters'] },
      ],
      '--rbac',
      'rbac.yaml',
    );
    expect(stdout).toMatch(
      /^\? {2}.* super {2}.* ClusterRole\/root cluster-wide {2,}cluster admin; unknown$/m,
    );
    expect(stdout).toMatch(/^\? {2}.* system:masters {2,}system:masters {2,}cluster admin; unknown$/m);
    expect(stderr).toContain(
      `cluster administrators (ClusterRole/root cluster-wide): whoever gets in through Ops in ${OTHER}\n`,
    );
  });

  test('stay in the answer to --can, and nobody is not said to', async () => {
    const items = [
      { rolearn: OPS.roleArn, username: 'sso:{{SessionName}}', groups: [] },
      { rolearn: LOST.roleArn, username: 'x', groups: ['view'] },
    ];
    const can = ['--rbac', 'rbac.yaml', '--can', 'delete nodes'];
    const all = await ask(items, ...can, '-o', 'json');
    expect(JSON.parse(all.stdout)).toMatchObject([
      { rolearn: OPS.roleArn, access: 'unknown', bindings: ['ClusterRole/root cluster-wide'] },
    ]);
    expect(all.stderr).not.toContain('nobody');
    expect((await ask(items.slice(1), ...can)).stderr).toContain(
      'nobody of those asked for can delete nodes',
    );
  });

  test('without bindings, are administrators by system:masters alone', async () => {
    const { stdout } = await ask([{ rolearn: LOST.roleArn, groups: ['system:masters'] }]);
    expect(stdout).toMatch(/ cluster admin; unknown$/m);
  });
});

test('of everything without credentials, who warns in any case', async () => {
  const open = binding('open', 'ClusterRole/root', ['Group system:unauthenticated']);
  const warning =
    'warning: anybody who reaches the API server, without credentials: cluster admin (ClusterRole/root cluster-wide)\n';
  for (const argv of [[], ['--user', 'bob'], ['--can', 'get nodes']]) {
    const { stderr } = await who(['--rbac', 'rbac.yaml', '--rbac', 'open.yaml', ...argv], {
      'open.yaml': open,
    });
    expect(stderr).toContain(warning);
  }
});

test('--kubernetes-group keeps entries whose variables can make the group', async () => {
  const items = [
    { rolearn: `arn:aws:iam::${PROD}:role/a`, groups: ['acct-{{AccountID}}'] },
    { rolearn: `arn:aws:iam::${PROD}:role/b`, groups: ['team-{{SessionName}}'] },
    { rolearn: `arn:aws:iam::${PROD}:user/c`, groups: ['team-{{SessionName}}'] },
  ];
  const names = async (group: string) => {
    const { stdout, stderr } = await run(['who', '--kubernetes-group', group, '-o', 'json'], {
      stdin: awsAuthOf(items),
    });
    const rows: readonly Row[] = JSON.parse(stdout);
    expect(stderr.includes('no entry has the group')).toBe(rows.length === 0);
    return namesIn(rows);
  };
  expect(await names(`acct-${PROD}`)).toEqual(['a']);
  expect(await names('acct-444455556666')).toEqual([]);
  expect(await names('team-x')).toEqual(['b']);
  expect(await names('team-')).toEqual(['b', 'c']);
});

describe('--can', () => {
  test('lists who can, members of groups too, and through what', async () => {
    const { exitCode, stdout, stderr } = await who([
      '--rbac',
      'rbac.yaml',
      '--can',
      'get secrets',
      '-n',
      'payments',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`\
PRINCIPAL         TYPE       VIA          ACCOUNT   PERMISSION SET   THROUGH                          NOTE
Platform          group      -            prod      Admin            system:masters                   cluster admin
bob               user       Platform     prod      Admin            system:masters                   cluster admin
ann@example.com   user       Developers   prod      Dev              ClusterRole/reader in payments
ci                IAM role   -            prod      -                ClusterRole/root cluster-wide    cluster admin
`);
    expect(stderr).toBe(NOTES);
  });

  test('in JSON with the role, the binding, its namespace and its subject', async () => {
    const rows = await json('--can', 'delete pods', '--user', 'ann@example.com');
    expect(rows).toMatchObject([
      {
        principal: { name: 'ann@example.com' },
        bindings: ['ClusterRole/edit-pods in shop'],
        through: [
          {
            role: 'ClusterRole/edit-pods',
            binding: 'RoleBinding/developers',
            namespace: 'shop',
            subject: 'Group/developers',
          },
        ],
      },
    ]);
    expect(rows[0].through).toHaveLength(1);
    const masters = await json('--can', 'delete pods', '--user', 'bob', '-n', 'shop');
    expect(masters).toMatchObject([
      { bindings: ['system:masters'], through: [] },
      { bindings: ['ClusterRole/edit-pods in shop'] },
    ]);
  });

  test('counts any namespace unless one is named', async () => {
    expect(namesIn(await json('--can', 'delete pods'))).toEqual([
      'Platform',
      'bob',
      'Developers',
      'ann@example.com',
      'bob',
      'cy',
      'ci',
    ]);
    expect(namesIn(await json('--can', 'delete pods', '--namespace', 'other'))).toEqual([
      'Platform',
      'bob',
      'ci',
    ]);
  });

  test('names those who can only for some objects, and says where nobody can', async () => {
    const some = await who([
      '--rbac',
      'rbac.yaml',
      '--can',
      'get configmaps',
      '-n',
      'shop',
      '--user',
      'ann@example.com',
    ]);
    expect(some.stdout).toBe('');
    expect(some.stderr).toContain(
      `note: only for objects of certain names: user "ann@example.com" (through group "Developers", Dev in ${PROD}): "settings" by ClusterRole/named in shop\n`,
    );
    expect(some.stderr).toContain(
      'note: nobody of those asked for can get configmaps in namespace "shop" through <stdin>\n',
    );
    const one = await json('--can', 'get configmaps settings', '-n', 'shop', '--user', 'ann@example.com');
    expect(namesIn(one)).toEqual(['ann@example.com']);
    const none = await who(['--rbac', 'rbac.yaml', '--can', 'get nodes', '--user', 'cy', '-o', 'json']);
    expect([none.exitCode, none.stdout]).toEqual([0, '[]\n']);
    expect(none.stderr).toContain('note: nobody of those asked for can get nodes through <stdin>\n');
  });

  test('warns of what no file mentions, with near names', async () => {
    const { stderr } = await who(['--rbac', 'rbac.yaml', '--can', 'get podz']);
    expect(stderr).toMatch(/unknown resource "podz".*\n.*"pods"/);
  });

  test.each([
    [
      'read secrets',
      'unknown verb "read": Kubernetes has none of this name, and no role mentions it',
      'get,list,watch',
    ],
    [
      'get,gett secrets',
      'unknown verb "gett": Kubernetes has none of this name, and no role mentions it',
      '"get"',
    ],
    ['list /metrics', '"list" is no verb for a path', '"get"'],
  ])('refuses a verb that there is not: %s', async (can, message, help) => {
    const { exitCode, stdout, stderr } = await who([
      '--rbac',
      'rbac.yaml',
      '--can',
      'get pods',
      '--can',
      can,
    ]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: --can: ${message}\n`);
    expect(stderr).toMatch(new RegExp(`^ {2}.*${help}`, 'm'));
    expect(stderr.match(/^error/gm)).toHaveLength(1);
  });

  test('knows a verb that a role of the files has', async () => {
    const files = { 'rbac.yaml': `${RBAC}\n---\n${role('renewer', rule(['renew'], ['certificates']))}` };
    const { exitCode, stderr } = await who(['--rbac', 'rbac.yaml', '--can', 'renew certificates'], files);
    expect([exitCode, stderr]).toEqual([0, NOTES]);
  });

  test('refuses what is no question before any file is read', async () => {
    for (const can of ['get', 'get pods,secrets', 'get,, pods']) {
      const argv = ['who', 'gone.yaml', '--rbac', 'gone.yaml', '--can', 'get pods', '--can', can];
      const { exitCode, stderr } = await run(argv, { cwd: await scratch({}) });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`error: --can: invalid question "${can}"\n`);
      expect(stderr).not.toContain('gone.yaml');
    }
  });

  describe('asked for several things', () => {
    const SEVERAL = ['--rbac', 'rbac.yaml', '--can', 'get,delete pods', '--can', 'get secrets'];
    const CAN: readonly (readonly [string | null, readonly string[]])[] = [
      ['Platform', ['get pods', 'delete pods', 'get secrets']],
      ['bob', ['get pods', 'delete pods', 'get secrets']],
      ['Developers', ['get pods', 'delete pods']],
      ['ann@example.com', ['get pods', 'delete pods', 'get secrets']],
      ['bob', ['get pods', 'delete pods']],
      ['cy', ['get pods', 'delete pods']],
      ['ci', ['get pods', 'delete pods', 'get secrets']],
    ];

    test('lists who can do any of them, and says which: in a table', async () => {
      const { stdout } = await who(SEVERAL);
      expect(stdout).toBe(`\
PRINCIPAL         TYPE       VIA          ACCOUNT   PERMISSION SET   CAN                              THROUGH                                     NOTE
Platform          group      -            prod      Admin            get,delete pods or get secrets   system:masters                              cluster admin
bob               user       Platform     prod      Admin            get,delete pods or get secrets   system:masters                              cluster admin
Developers        group      -            prod      Dev              get,delete pods                  ClusterRole/edit-pods in shop
ann@example.com   user       Developers   prod      Dev              get,delete pods or get secrets   ClusterRole/reader in payments and 1 more
bob               user       Developers   prod      Dev              get,delete pods                  ClusterRole/edit-pods in shop
cy                user       -            prod      Dev              get,delete pods                  ClusterRole/edit-pods in shop               exec in all pods
ci                IAM role   -            prod      -                get,delete pods or get secrets   ClusterRole/root cluster-wide and 1 more    cluster admin
`);
    });

    test('in a wide one', async () => {
      const { stdout } = await who([...SEVERAL, '-o', 'wide']);
      expect(stdout).toMatch(/^cy .* {3}get,delete pods {3,}ClusterRole\/edit-pods in shop \(RoleBinding/m);
    });

    test('in JSON, of each role too', async () => {
      const { stdout } = await who([...SEVERAL, '-o', 'json']);
      const rows: (Row & { readonly can: readonly string[]; readonly through: object[] })[] =
        JSON.parse(stdout);
      expect(rows.map(({ principal, can }) => [principal.name, can])).toEqual(CAN);
      expect(rows[3]?.through).toMatchObject([
        { role: 'ClusterRole/reader', can: ['get secrets'] },
        { role: 'ClusterRole/edit-pods', can: ['get pods', 'delete pods'] },
      ]);
    });

    test('in CSV', async () => {
      const { stdout } = await who([...SEVERAL, '-o', 'csv']);
      const [header = '', ...lines] = stdout.trim().split('\n');
      const at = header.split(',').indexOf('can') - header.split(',').length;
      expect(lines.map((line) => line.split(',').at(at))).toEqual(CAN.map(([, can]) => can.join('; ')));
    });

    test('in the graph', async () => {
      const { stdout } = await who([...SEVERAL, '-o', 'mermaid']);
      expect(stdout).toContain('"ClusterRole#47;edit-pods in shop: get,delete pods"');
      expect(stdout).toContain('"ClusterRole#47;reader in payments: get secrets"');
    });

    test('says of whom it is only for certain objects, and that nobody can', async () => {
      const asked = ['--can', 'get configmaps', '--can', 'get nodes', '-n', 'shop', '--user', 'cy'];
      const { stdout, stderr } = await who(['--rbac', 'rbac.yaml', ...asked]);
      expect(stdout).toBe('');
      expect(stderr).toContain(
        `note: only for objects of certain names: user "cy" (Dev in ${PROD}): get configmaps "settings" by ClusterRole/named in shop`,
      );
      expect(stderr).toContain(
        'note: nobody of those asked for can get configmaps or get nodes in namespace "shop" through <stdin>\n',
      );
    });
  });

  test('leaves out entries that let nobody in, and their warnings', async () => {
    const gone = awsAuthOf([
      ...ENTRIES,
      { rolearn: provisioned(PROD, 'Dev', 2).roleArn, groups: ['system:masters'] },
    ]);
    const cwd = await scratch({ ...FILES });
    const argv = ['who', '--inventory', 'aws.json', '--rbac', 'rbac.yaml', '--can', 'get nodes'];
    const ran = await run(argv, { cwd, stdin: gone });
    expect(ran.stdout).not.toContain('nobody');
    expect(ran.stderr).toBe(NOTES);
  });

  test.each([
    [
      'without --rbac',
      ['--can', 'get pods'],
      /^error: --can requires --rbac.*\n {2}kubectl get clusterroles,/,
    ],
    [
      'with a namespace and no question',
      ['-n', 'shop', '--rbac', 'rbac.yaml'],
      /^error: --namespace requires --can\n/,
    ],
    [
      'with no question',
      ['--can', 'pods', '--rbac', 'rbac.yaml'],
      /^error: --can: invalid question "pods"\n/,
    ],
    ['with RBAC from stdin too', ['--rbac', '-'], /^error: stdin cannot be both/],
  ])('is refused %s', async (_, argv, message) => {
    const { exitCode, stdout, stderr } = await who(argv);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('--kubernetes-group', () => {
  test('keeps the entries with one of these groups, and asks for no others', async () => {
    const { stdout, stderr } = await who(['--kubernetes-group', 'deployers', '-o', 'json']);
    expect(namesIn(JSON.parse(stdout))).toEqual(['ci']);
    // Of the role of CI, too, a snapshot may say whether it is there.
    expect(stderr).toBe('note: as of 2026-11-01T00:00:00.000Z\n');
    const two = await who([
      '--kubernetes-group',
      'deployers',
      '--kubernetes-group',
      'system:masters',
      '-o',
      'json',
    ]);
    expect(namesIn(JSON.parse(two.stdout))).toEqual(['Platform', 'ci']);
    expect(namesIn(await json('--can', 'get secrets', '--kubernetes-group', 'developers'))).toEqual([
      'ann@example.com',
      'ci',
    ]);
  });

  test('warns of a group that no entry has', async () => {
    const { exitCode, stdout, stderr } = await who(['--kubernetes-group', 'deployer']);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toBe(
      'warning: --kubernetes-group: no entry has the group "deployer"\n  Did you mean "deployers"?\n',
    );
    expect((await who(['--kubernetes-group', 'xyz'])).stderr).toBe(
      'warning: --kubernetes-group: no entry has the group "xyz"\n',
    );
  });
});

describe('RBAC files of several clusters', () => {
  const TEXT = awsAuthOf(ENTRIES.slice(1));
  const CLUSTERS = { 'clusters/prod/aws-auth.yaml': TEXT, 'clusters/dev/aws-auth.yaml': TEXT };
  const roleFor = (name: string) =>
    [role(name, rule(['get'], ['pods'])), binding('b', `ClusterRole/${name}`, ['Group developers'])].join(
      '\n---\n',
    );
  const both = async (rbac: Readonly<Record<string, string>>, ...argv: readonly string[]) => {
    const cwd = await scratch({ ...FILES, ...CLUSTERS, ...rbac });
    const files = Object.keys(rbac).flatMap((file) => ['--rbac', file]);
    const options = ['--inventory', 'aws.json', '--quiet', '-o', 'json', '--group', 'Developers', ...argv];
    return run(['who', ...Object.keys(CLUSTERS), ...files, ...options], { cwd });
  };
  const bindingsIn = (stdout: string) =>
    Object.fromEntries(
      JSON.parse(stdout).map(({ cluster, bindings }: { cluster: string; bindings: unknown }) => [
        cluster,
        bindings,
      ]),
    );

  test.each<[string, string[], string[], string[]]>([
    ['beside them are of each', ['clusters/prod/rbac.yaml', 'clusters/dev/rbac.yaml'], ['r0'], ['r1']],
    ['above them are of all', ['clusters/rbac.yaml'], ['r0'], ['r0']],
    ['elsewhere are of all', ['base/rbac.yaml', 'clusters/prod/rbac.yaml'], ['r0', 'r1'], ['r0']],
    ['in the working directory are of all', ['all.yaml'], ['r0'], ['r0']],
  ])('%s', async (_, files, prod, dev) => {
    const rbac = Object.fromEntries(
      files.map((file, index) => [file, roleFor(`r${index}`).replaceAll('"b"', `"b${index}"`)]),
    );
    const { stdout, stderr } = await both(rbac);
    expect(stderr).toBe('');
    const textOf = (name: string) => `ClusterRole/${name} cluster-wide`;
    expect(bindingsIn(stdout)).toEqual({ prod: prod.map(textOf), dev: dev.map(textOf) });
  });

  test('say which is of which, and where none is', async () => {
    const cwd = await scratch({ ...FILES, ...CLUSTERS, 'clusters/prod/rbac.yaml': roleFor('r') });
    const argv = [
      'who',
      ...Object.keys(CLUSTERS),
      '-',
      '--rbac',
      'clusters/prod/rbac.yaml',
      '--inventory',
      'aws.json',
    ];
    const { stdout, stderr } = await run([...argv, '-o', 'json'], { cwd, stdin: TEXT });
    expect(stderr).toContain('note: prod: bindings from clusters/prod/rbac.yaml\n');
    expect(stderr).toContain(
      'warning: dev, <stdin>: none of the RBAC files is of this cluster, so its bindings are not known\n  Put them beside its aws-auth file',
    );
    expect(bindingsIn(stdout)).toMatchObject({ prod: expect.any(Array), dev: null });
    const can = await run([...argv, '--can', 'get pods', '-o', 'csv', '--user', 'cy'], {
      cwd,
      stdin: awsAuthOf([{ rolearn: DEV.roleArn, groups: ['system:masters'] }]),
    });
    expect(can.stdout.split('\n').slice(1)).toEqual([
      expect.stringMatching(
        /^prod,USER,.*,"ClusterRole\/r cluster-wide \(ClusterRoleBinding\/b, Group\/developers\)",granted,/,
      ),
      expect.stringMatching(/^,USER,.*,system:masters,system:masters,granted,/),
      '',
    ]);
    expect(can.stderr).not.toContain('nobody');
  });

  test('of stdin are of all', async () => {
    const cwd = await scratch({ ...FILES, ...CLUSTERS });
    const argv = [
      'who',
      ...Object.keys(CLUSTERS),
      '--rbac',
      '-',
      '--inventory',
      'aws.json',
      '--group',
      'Developers',
    ];
    const { stdout, stderr } = await run([...argv, '-o', 'json'], { cwd, stdin: roleFor('r') });
    expect(stderr).toContain('note: prod, dev: bindings from <stdin>\n');
    expect(bindingsIn(stdout)).toEqual({
      prod: ['ClusterRole/r cluster-wide'],
      dev: ['ClusterRole/r cluster-wide'],
    });
  });
});

test.each([
  ['an ANSI escape', '\u001b[31mred'],
  ['a line break', 'a\nb'],
  ['a formula', '=1+1'],
  ['the name of a member of every object', '__proto__'],
])('a role and a binding with %s in their names stay in their places', async (_, name) => {
  const odd = [
    role(name, rule(['get'], ['pods'])),
    binding(name, `ClusterRole/${name}`, ['Group developers']),
  ].join('\n---\n');
  for (const format of ['table', 'csv', 'mermaid']) {
    const { stdout, stderr, exitCode } = await who(
      ['--rbac', 'odd.json', '-o', format, '--can', 'get pods'],
      { 'odd.json': odd },
    );
    expect(exitCode, stderr).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain('\u001b');
    expect(stdout).not.toMatch(/(^|,)"?=1/m);
  }
});

describe('a group that the session name can turn into that of administrators', () => {
  const ESCALATING: readonly Item[] = [
    { rolearn: `arn:aws:iam::${PROD}:role/esc`, username: 'esc', groups: ['system:{{SessionName}}'] },
    { rolearn: `arn:aws:iam::${PROD}:role/team`, username: 'team', groups: ['team:{{SessionName}}'] },
    { rolearn: DEV.roleArn, groups: ['system:{{SessionName}}'] },
  ];
  const shown = async (...argv: readonly string[]) => {
    const cwd = await scratch(FILES);
    return run(['who', '--inventory', 'aws.json', ...argv], { cwd, stdin: awsAuthOf(ESCALATING) });
  };

  test.each([
    ['with bindings', ['--rbac', 'rbac.yaml']],
    ['without', []],
  ])('is said, %s', async (_, argv) => {
    const { stdout, stderr } = await shown('--expand', ...argv);
    expect(stdout).toMatch(/^esc .* cluster admin by a session name$/m);
    expect(stdout).toMatch(/^Developers .* cluster admin by a session name$/m);
    // The session of a user of Identity Center has the user's name.
    expect(stdout).not.toMatch(/^(team|cy|bob) .*cluster admin/m);
    expect(stderr).toContain(
      `warning: cluster administrators (system:masters by a session name): group "Developers" (Dev in ${PROD}), IAM role "esc" (in ${PROD})`,
    );
  });

  test('answers any question', async () => {
    const { stdout } = await shown('--rbac', 'rbac.yaml', '--can', 'get nodes', '-o', 'json');
    const rows: Row[] = JSON.parse(stdout);
    expect(namesIn(rows)).toContain('esc');
    expect(namesIn(rows)).not.toContain('team');
  });

  test('is a risk in JSON', async () => {
    const { stdout } = await shown('--rbac', 'rbac.yaml', '-o', 'json');
    const rows: Row[] = JSON.parse(stdout);
    expect(rows.map(ofRow)).toContainEqual(['esc', null, expect.any(Array), ['cluster-admin']]);
  });
});

test('a user of Identity Center who is called masters is administrator by such a group', async () => {
  const world = JSON.parse(worldWith(['u-bob']));
  const masters = { id: 'u-bob', type: 'USER', name: 'masters', members: null };
  const principals = world.principals.map((one: { id: string }) => (one.id === 'u-bob' ? masters : one));
  const cwd = await scratch({ 'aws.json': JSON.stringify({ ...world, principals }) });
  const stdin = awsAuthOf([{ rolearn: DEV.roleArn, groups: ['system:{{SessionName}}'] }]);
  const { stdout } = await run(['who', '--inventory', 'aws.json', '--expand'], { cwd, stdin });
  expect(stdout).toMatch(/^masters .* cluster admin$/m);
});
