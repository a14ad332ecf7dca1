import { describe, expect, test } from 'vitest';
import type { AuthenticationMode } from '../../src/access-entry.ts';
import type { EksCluster, ExistingAccessEntry } from '../../src/inventory/model.ts';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import {
  ACCOUNT,
  ADMIN,
  accessEntry,
  clusterFolder,
  clusterWorld,
  DEAD,
  eksCluster,
  type GivenFiles,
  GONE,
  LIVE_ARN,
  LIVE_WORLD,
  policy,
} from '../access/eks-cluster.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { role, snapshotText } from '../inventory/build-inventory.ts';
import { binding, role as rbacRole } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const IAM = `arn:aws:iam::${ACCOUNT}:`;
const CLUSTER_ARN = eksCluster('API', []).arn;
const ITEM: Item = { rolearn: ADMIN.roleArn, groups: ['old'] };
const DEPLOY = `${IAM}role/ci/deploy`;

interface Given extends GivenFiles {
  readonly clusters: readonly EksCluster[];
}

async function who({ clusters, ...given }: Given, ...argv: readonly string[]) {
  const { cwd, file, rest } = await clusterFolder(clusters, given);
  const selected = clusters.flatMap(({ name }) => ['--cluster', name]);
  return run(['who', ...file, ...selected, ...argv, ...rest], { cwd });
}

/** `TYPE NAME SOURCE reason` of each row. */
async function rows(given: Given, ...argv: readonly string[]): Promise<string[]> {
  const { stdout, exitCode } = await who(given, '-o', 'json', ...argv);
  expect(exitCode).toBe(0);
  const all: { principal: { name: string }; source: string; access: string; reason: string | null }[] =
    JSON.parse(stdout);
  return all.map(
    ({ principal, source, access, reason }) => `${principal.name}: ${source} ${reason ?? access}`,
  );
}

const ROLE_NAME = ADMIN.roleArn.slice(ADMIN.roleArn.lastIndexOf('/') + 1);
const GONE_NAME = GONE.roleArn.slice(GONE.roleArn.lastIndexOf('/') + 1);
const LIVING = accessEntry(ADMIN.pathArn, { kubernetesGroups: ['new'] });
const DEAD_ENTRY = accessEntry(ADMIN.pathArn, { createdAt: DEAD });
const ORPHAN = accessEntry(GONE.pathArn);

describe('who gets in, by mode, for the role in aws-auth, in an access entry, in both and in none', () => {
  const CASES: readonly [AuthenticationMode, ExistingAccessEntry | null, Item | null, readonly string[]][] = [
    [
      'API_AND_CONFIG_MAP',
      LIVING,
      ITEM,
      ['Team: access-entry granted', `${ROLE_NAME}: aws-auth overridden-by-access-entry`],
    ],
    [
      'API_AND_CONFIG_MAP',
      DEAD_ENTRY,
      ITEM,
      [`${ROLE_NAME}: access-entry dead-access-entry`, `${ROLE_NAME}: aws-auth overridden-by-access-entry`],
    ],
    ['API_AND_CONFIG_MAP', ORPHAN, ITEM, ['Team: aws-auth granted', `${GONE_NAME}: access-entry role-gone`]],
    [
      'API_AND_CONFIG_MAP',
      ORPHAN,
      { rolearn: GONE.roleArn },
      [`${GONE_NAME}: aws-auth role-gone`, `${GONE_NAME}: access-entry role-gone`],
    ],
    ['API_AND_CONFIG_MAP', LIVING, null, ['Team: access-entry granted']],
    ['API_AND_CONFIG_MAP', DEAD_ENTRY, null, [`${ROLE_NAME}: access-entry dead-access-entry`]],
    ['API_AND_CONFIG_MAP', ORPHAN, null, [`${GONE_NAME}: access-entry role-gone`]],
    ['API_AND_CONFIG_MAP', null, ITEM, ['Team: aws-auth granted']],
    ['API_AND_CONFIG_MAP', null, null, []],
    ['API', LIVING, ITEM, ['Team: access-entry granted', `${ROLE_NAME}: aws-auth config-map-ignored`]],
    [
      'API',
      DEAD_ENTRY,
      ITEM,
      [`${ROLE_NAME}: access-entry dead-access-entry`, `${ROLE_NAME}: aws-auth config-map-ignored`],
    ],
    [
      'API',
      ORPHAN,
      ITEM,
      [`${GONE_NAME}: access-entry role-gone`, `${ROLE_NAME}: aws-auth config-map-ignored`],
    ],
    ['API', LIVING, null, ['Team: access-entry granted']],
    ['API', DEAD_ENTRY, null, [`${ROLE_NAME}: access-entry dead-access-entry`]],
    ['API', ORPHAN, null, [`${GONE_NAME}: access-entry role-gone`]],
    ['API', null, ITEM, [`${ROLE_NAME}: aws-auth config-map-ignored`]],
    ['API', null, null, []],
    ['CONFIG_MAP', null, ITEM, ['Team: aws-auth granted']],
    ['CONFIG_MAP', null, null, []],
  ];

  test.each(CASES)('%s %j %j', async (mode, entry, item, expected) => {
    const clusters = [eksCluster(mode, entry ? [entry] : [])];
    expect(await rows({ clusters, items: item ? [item] : [] })).toEqual(expected);
  });
});

describe('an access entry', () => {
  const FULL = accessEntry(ADMIN.pathArn, {
    kubernetesGroups: ['dev', 'ops'],
    policies: [policy('AmazonEKSEditPolicy', { namespaces: ['dev-*', 'test'] })],
  });
  const clusters = [eksCluster('API', [FULL])];
  const username = `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE_NAME}/{{SessionName}}`;

  test('is told in full, with the username that EKS makes', async () => {
    const { stdout } = await who({ clusters }, '-o', 'json', '--group', 'Team');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        principal: { type: 'GROUP', name: 'Team' },
        cluster: 'prod',
        permissionSet: 'Admin',
        rolearn: ADMIN.pathArn,
        username,
        groups: ['dev', 'ops'],
        source: 'access-entry',
        policies: FULL.policies,
        access: 'granted',
      },
    ]);
  });

  test('has its policies and its source in tables', async () => {
    const { stdout } = await who({ clusters });
    const [headers, row] = stdout.split('\n');
    expect(headers).toMatch(/GROUPS +POLICIES +SOURCE +NOTE$/);
    expect(row).toMatch(/ dev,ops +AmazonEKSEditPolicy in dev-\*, test +access entry$/);
    expect((await who({ clusters: [], items: [ITEM] })).stdout).not.toContain('SOURCE');
  });

  test('has its policies and its source in CSV', async () => {
    expect((await who({ clusters }, '-o', 'csv')).stdout).toMatch(
      /,access-entry,"AmazonEKSEditPolicy in dev-\*, test",,,,,,\n$/,
    );
  });

  test('has its policies and its source in Mermaid', async () => {
    const { stdout } = await who({ clusters, items: [ITEM] }, '-o', 'mermaid');
    expect(stdout).toContain('role1["Admin @ 111122223333 #40;access entry#41;"]');
    expect(stdout).toContain('policy1(["AmazonEKSEditPolicy in dev-#42;, test"])');
    expect(stdout).toContain('role1 --> policy1');
    expect(stdout).not.toContain('no group');
  });

  test('with many namespaces has all of them in CSV and wide tables, and is told from others like it', async () => {
    const scoped = (last: string) =>
      accessEntry(`${IAM}role/${last}`, {
        policies: [policy('AmazonEKSEditPolicy', { namespaces: ['a', 'b', 'c', last] })],
      });
    const given = { clusters: [eksCluster('API', [scoped('d'), scoped('e')])] };
    expect((await who(given)).stdout).toContain(' AmazonEKSEditPolicy in a, b, c and 1 more ');
    for (const format of ['wide', 'csv'])
      expect((await who(given, '-o', format)).stdout).toContain('AmazonEKSEditPolicy in a, b, c, d');
    const { stdout } = await who(given, '-o', 'mermaid');
    expect(stdout.match(/^ {2}policy\d+\(/gm)).toHaveLength(2);
  });

  test('of an IAM role, an IAM user, or nodes stands where those of aws-auth do', async () => {
    const bob = accessEntry(`${IAM}user/team/bob`, { username: 'bob' });
    const nodes = accessEntry(`${IAM}role/node`, { type: 'EC2_LINUX' });
    const given = { clusters: [eksCluster('API', [nodes, accessEntry(DEPLOY), bob])] };
    const { stdout } = await who(given, '-o', 'json');
    const all: { rolearn: string; username: string; groups: string[] }[] = JSON.parse(stdout);
    expect(all.map(({ rolearn, username: name, groups }) => [rolearn, name, groups])).toEqual([
      [DEPLOY, `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/{{SessionName}}`, []],
      [`${IAM}user/team/bob`, 'bob', []],
      [`${IAM}role/node`, 'system:node:{{EC2PrivateDNSName}}', ['system:nodes']],
    ]);
    expect((await who(given)).stdout).toMatch(/^node .* nodes$/m);
  });

  test('of a role that may be younger than the snapshot is of nobody knows whom', async () => {
    const entry = accessEntry(GONE.pathArn, { createdAt: '2026-11-02T00:00:00.000Z' });
    const given = { clusters: [eksCluster('API', [entry])] };
    expect(await rows(given)).toEqual([`${GONE_NAME}: access-entry unknown`]);
    expect((await who(given)).stderr).toContain(`it is not known who gets in: ${GONE.pathArn}`);
  });

  test('of a role that is only called like one of Identity Center is of an IAM role', async () => {
    const clusters = [eksCluster('API', [accessEntry(GONE.roleArn)])];
    expect(await rows({ clusters })).toEqual([`${GONE_NAME}: access-entry granted`]);
  });

  test('for EC2 instances lets in no people, nor does such an entry of aws-auth', async () => {
    const nodes = { username: 'system:node:{{EC2PrivateDNSName}}' };
    const mapUsers = JSON.stringify([{ userarn: `${IAM}user/bob`, ...nodes }]);
    const entry = accessEntry(ADMIN.pathArn, { type: 'EC2_LINUX' });
    expect(await rows({ clusters: [eksCluster('API', [entry])] })).toEqual([
      `${ROLE_NAME}: access-entry for-instances`,
    ]);
    const items = [
      { rolearn: ADMIN.roleArn, ...nodes },
      { rolearn: `${IAM}role/node`, ...nodes },
    ];
    const given = { clusters: [eksCluster('CONFIG_MAP', [])], items, data: { mapUsers } };
    expect(await rows(given)).toEqual([
      `${ROLE_NAME}: aws-auth for-instances`,
      'node: aws-auth granted',
      'bob: aws-auth for-instances',
    ]);
  });

  test('whose ARN only looks wrong for aws-auth lets in whoever has it', async () => {
    const clusters = [eksCluster('API', [accessEntry(`${IAM}role/AWSReservedSSO_Admin`)])];
    expect(await rows({ clusters })).toEqual(['AWSReservedSSO_Admin: access-entry granted']);
  });

  test('overrides the entry of a user and of a role with a path, and no other', async () => {
    const bob = `${IAM}user/team/bob`;
    const mapUsers = JSON.stringify([{ userarn: bob }, { userarn: `${IAM}user/bob` }]);
    const given = {
      clusters: [eksCluster('API_AND_CONFIG_MAP', [accessEntry(bob), accessEntry(DEPLOY)])],
      items: [{ rolearn: `${IAM}role/DEPLOY` }, { rolearn: `${IAM}role/deploy2` }],
      data: { mapUsers, mapAccounts: '["444455556666"]' },
    };
    expect(await rows(given)).toEqual([
      'DEPLOY: aws-auth overridden-by-access-entry',
      'deploy2: aws-auth granted',
      'bob: aws-auth overridden-by-access-entry',
      'bob: aws-auth granted',
      '444455556666: aws-auth granted',
      'bob: access-entry granted',
      'deploy: access-entry granted',
    ]);
    const { stderr } = await who(given);
    expect(stderr).toContain(
      `access entries of cluster prod override these entries of aws-auth: ${IAM}role/DEPLOY, ${bob} (line 1)`,
    );
  });
});

test('what is overridden is of nobody where Identity Center made the role, else of the role or user that it names', async () => {
  const bob = `${IAM}user/bob`;
  const { stdout } = await who({
    clusters: [eksCluster('API_AND_CONFIG_MAP', [LIVING, accessEntry(DEPLOY), accessEntry(bob)])],
    items: [ITEM, { rolearn: DEPLOY }],
    data: { mapUsers: JSON.stringify([{ userarn: bob, username: 'bob' }]) },
  });
  const overridden = stdout.split('\n').filter((line) => line.includes(' aws-auth '));
  expect(overridden.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
    ['nobody', '-'],
    ['deploy', 'IAM role'],
    ['bob', 'IAM user'],
  ]);
});

describe('what is said besides', () => {
  test('the ways on for dead and orphaned entries', async () => {
    const { stderr } = await who({ clusters: [eksCluster('API', [DEAD_ENTRY, ORPHAN])] });
    const help = `\n  \`aws-auth-sso check --cluster ${CLUSTER_ARN}\` prints the commands that replace access entries.\n`;
    expect(stderr).toContain(
      `warning: cluster prod: the access entry is of an earlier role of that name, so nobody gets in: ${ADMIN.pathArn}${help}`,
    );
    expect(stderr).toContain(
      `warning: cluster prod: the role no longer exists, so nobody gets in: ${GONE.pathArn} (now ${ADMIN.pathArn})${help}`,
    );
  });

  test('entries of aws-auth and access entries of roles that are gone, apart', async () => {
    const clusters = [eksCluster('API_AND_CONFIG_MAP', [ORPHAN])];
    const other = role(ACCOUNT, 'Former').roleArn;
    const { stderr } = await who({ clusters, items: [{ rolearn: other }] });
    expect(stderr).toContain(
      `warning: f.yaml:1:117: the role no longer exists, so nobody gets in: ${other}\n  \`aws-auth-sso explain\` says of whoever calls as such a role that they get in, if the role still exists.\n`,
    );
    expect(stderr).toContain('warning: cluster prod: the role no longer exists, so nobody gets in: ');
  });

  test('that aws-auth is ignored, whole accounts too', async () => {
    const data = { mapAccounts: '["444455556666"]' };
    const clusters = [eksCluster('API', [])];
    const warning = 'f.yaml: cluster prod is in mode API and ignores aws-auth';
    expect((await who({ clusters, items: [ITEM] })).stderr).toContain(warning);
    expect((await who({ clusters, items: [], data })).stderr).toContain(warning);
    expect((await who({ clusters, items: [] })).stderr).not.toContain(warning);
    expect(await rows({ clusters, items: [], data })).toEqual(['444455556666: aws-auth config-map-ignored']);
  });

  test.each(['CONFIG_MAP', 'API_AND_CONFIG_MAP'] as const)(
    'that %s without a FILE is half the answer',
    async (mode) => {
      const { stderr } = await who({ clusters: [eksCluster(mode, [])] });
      expect(stderr).toContain(
        `cluster prod is in mode ${mode}, and who gets in through its aws-auth is not shown`,
      );
    },
  );

  test('administrators by policy', async () => {
    const admin = [policy('AmazonEKSClusterAdminPolicy')];
    const entries = [
      accessEntry(ADMIN.pathArn, { policies: admin }),
      accessEntry(DEPLOY, { policies: admin }),
      accessEntry(`${IAM}user/ann`, {
        policies: [policy('AmazonEKSClusterAdminPolicy', { namespaces: ['a'] })],
      }),
    ];
    const clusters = [eksCluster('API', entries)];
    const { stdout, stderr } = await who({ clusters });
    expect(stderr).toContain(
      `warning: cluster administrators (AmazonEKSClusterAdminPolicy): group "Team" (Admin in ${ACCOUNT}), IAM role "deploy" (in ${ACCOUNT})\n`,
    );
    expect(stdout.match(/cluster admin$/gm)).toHaveLength(2);
    const { stderr: hidden } = await who({ clusters }, '--group', 'Team');
    expect(hidden).toContain(
      'other entries, not shown: 1 other IAM role, 1 IAM user; 1 of them has AmazonEKSClusterAdminPolicy\n',
    );
  });

  test('that a snapshot holds clusters, where none is asked for', async () => {
    const cwd = await scratch({
      'aws.json': snapshotText(clusterWorld(eksCluster('API', []))),
      'f.yaml': awsAuthOf([ITEM]),
    });
    const { stderr } = await run(['who', 'f.yaml', '--inventory', 'aws.json'], { cwd });
    expect(stderr).toContain('note: the snapshot has access entries of prod, which are not counted in\n');
    const asked = await run(['who', 'f.yaml', '--inventory', 'aws.json', '--cluster', 'prod'], { cwd });
    expect(asked.stderr).not.toContain('not counted in');
  });
});

describe('access entries of roles that Identity Center did not make', () => {
  const CI = `${IAM}role/ci`;
  const others = (role: { pathArn: string; createdAt: string } | null) => ({
    otherRoles: [{ arn: CI, role }],
  });
  async function reasons(
    entries: readonly ExistingAccessEntry[],
    known: object,
    items: readonly Item[] = [],
  ) {
    const world = clusterWorld(eksCluster('API_AND_CONFIG_MAP', [LIVING, ...entries]));
    const cwd = await scratch({
      'aws.json': snapshotText({ ...world, ...known }),
      'f.yaml': awsAuthOf(items),
    });
    const { stdout, stderr } = await run(
      ['who', 'f.yaml', '--cluster', 'prod', '--inventory', 'aws.json', '-o', 'json'],
      { cwd },
    );
    const all: { rolearn: string; access: string; reason: string | null }[] = JSON.parse(stdout);
    const own = all.filter(({ rolearn }) => rolearn !== ADMIN.pathArn);
    return { found: own.map(({ access, reason }) => reason ?? access), stderr };
  }

  test.each([
    ['there', others({ pathArn: CI, createdAt: DEAD }), 'granted'],
    ['not looked up', {}, 'granted'],
    [
      'younger than the access entry',
      others({ pathArn: CI, createdAt: '2026-02-01T00:00:00.000Z' }),
      'dead-access-entry',
    ],
    ['on another path', others({ pathArn: `${IAM}role/x/ci`, createdAt: DEAD }), 'dead-access-entry'],
    ['gone', others(null), 'role-gone'],
  ])('where the role is %s', async (_, known, expected) => {
    const { found, stderr } = await reasons([accessEntry(CI)], known);
    expect(found).toEqual([expected]);
    const help = `check FILE --cluster ${CLUSTER_ARN}\` prints the commands that replace access entries`;
    expect(stderr.includes(help)).toBe(expected !== 'granted');
  });

  test('override aws-auth where they are dead, and where the role is gone nobody gets in either way', async () => {
    const entries = [accessEntry(CI)];
    const young = others({ pathArn: CI, createdAt: '2026-02-01T00:00:00.000Z' });
    const items = [{ rolearn: CI }];
    expect((await reasons(entries, young, items)).found).toEqual([
      'overridden-by-access-entry',
      'dead-access-entry',
    ]);
    expect((await reasons(entries, others(null), items)).found).toEqual(['role-gone', 'role-gone']);
  });

  test('of one name on two paths let in the one that was created last', async () => {
    const [a, b] = [`${IAM}role/a/ci`, `${IAM}role/b/ci`];
    const entries = [accessEntry(a), accessEntry(b, { createdAt: DEAD })];
    expect((await reasons(entries, {})).found).toEqual(['granted', 'dead-access-entry']);
  });
});

describe('certain people and groups', () => {
  const given = { clusters: [eksCluster('API_AND_CONFIG_MAP', [LIVING])], items: [ITEM] };

  test.each([
    [['--user', 'ada'], ['ada: access-entry granted']],
    [
      ['--group', 'Team', '--expand'],
      ['Team: access-entry granted', 'ada: access-entry granted'],
    ],
    [['--kubernetes-group', 'new'], ['Team: access-entry granted']],
    [['--kubernetes-group', 'old'], [`${ROLE_NAME}: aws-auth overridden-by-access-entry`]],
  ])('%j', async (argv, expected) => {
    expect(await rows(given, ...argv)).toEqual(expected);
  });

  test('get nothing through a cluster that ignores aws-auth', async () => {
    const clusters = [eksCluster('API', [])];
    const { stderr } = await who({ clusters, items: [ITEM] }, '--user', 'ada');
    expect(stderr).toContain('note: user "ada" gets nothing through cluster prod\n');
    const open = [eksCluster('API_AND_CONFIG_MAP', [])];
    const { stderr: both } = await who({ clusters: open, items: [] }, '--user', 'ada');
    expect(both).toContain('note: user "ada" gets nothing through f.yaml and cluster prod\n');
  });
});

describe('rights', () => {
  const READER = [
    rbacRole('reader', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    binding('b', 'ClusterRole/reader', ['Group new']),
  ];
  const CAN = ['--can', 'get secrets', '-o', 'json'];

  test('come from the groups of access entries, and not from overridden ones', async () => {
    const clusters = [eksCluster('API_AND_CONFIG_MAP', [LIVING])];
    const given = { clusters, items: [ITEM], rbac: READER };
    expect(await rows(given, ...CAN)).toEqual(['Team: access-entry granted', 'ada: access-entry granted']);
    const overridden = [...READER.slice(0, 1), binding('b', 'ClusterRole/reader', ['Group old'])];
    expect(await rows({ ...given, rbac: overridden }, ...CAN)).toEqual([]);
  });

  test('of an administrator by policy are all, without any binding', async () => {
    const entry = accessEntry(ADMIN.pathArn, { policies: [policy('AmazonEKSClusterAdminPolicy')] });
    const given = { clusters: [eksCluster('API', [entry])], rbac: READER };
    const { stdout } = await who(given, ...CAN);
    expect(JSON.parse(stdout)[0]).toMatchObject({
      bindings: ['AmazonEKSClusterAdminPolicy'],
      risks: ['cluster-admin'],
    });
    expect((await who(given, '--can', 'delete nodes')).stdout).toMatch(
      /^Team .*AmazonEKSClusterAdminPolicy/m,
    );
  });

  test.each([
    ['AmazonEKSViewPolicy', 'cluster'],
    ['AmazonEKSAdminPolicy', { namespaces: ['dev-*'] }],
    ['AmazonEKSClusterAdminPolicy', { namespaces: ['dev-*'] }],
  ] as const)('by %s in %j are left to EKS, and nobody is said to have none', async (name, scope) => {
    const entry = accessEntry(ADMIN.pathArn, { policies: [policy(name, scope)] });
    const given = { clusters: [eksCluster('API', [entry])], rbac: READER };
    const { stdout, stderr } = await who(given, ...CAN);
    const open = { access: 'unknown', reason: 'access-policy', bindings: [], policies: entry.policies };
    expect(JSON.parse(stdout)).toMatchObject([
      { principal: { type: 'GROUP', name: 'Team' }, ...open },
      { principal: { type: 'USER', name: 'ada' }, via: 'Team', ...open },
    ]);
    const where = scope === 'cluster' ? 'cluster-wide' : 'in dev-*';
    expect(stderr).toContain(
      `warning: EKS evaluates access policies itself, and they may allow it too: group "Team" (Admin in ${ACCOUNT}): ${name} ${where}`,
    );
    expect(stderr).not.toContain('nobody');
  });

  test.each([
    ['get secrets', 'dev-1', ['Team', 'ada', 'deploy']],
    ['get secrets', 'prod', ['Team', 'ada']],
    ['get nodes', undefined, ['Team', 'ada']],
    ['get /metrics', undefined, ['Team', 'ada']],
    ['get namespaces', 'dev-1', ['Team', 'ada', 'deploy']],
  ])('by a policy in dev-* are open for %s in %s only where that is', async (can, namespace, expected) => {
    const entries = [
      accessEntry(ADMIN.pathArn, { policies: [policy('AmazonEKSAdminPolicy')] }),
      accessEntry(DEPLOY, { policies: [policy('AmazonEKSAdminPolicy', { namespaces: ['other', 'dev-*'] })] }),
    ];
    const given = { clusters: [eksCluster('API', entries)], rbac: READER };
    const argv = ['--can', can, ...(namespace === undefined ? [] : ['-n', namespace])];
    expect(await rows(given, ...argv)).toEqual(expected.map((name) => `${name}: access-entry access-policy`));
    const { stdout, stderr } = await who(given, ...argv);
    expect(stdout).toMatch(/^Team .* not known: an access policy may allow it$/m);
    expect(stderr.includes('IAM role "deploy"')).toBe(expected.includes('deploy'));
    if (expected.includes('deploy')) expect(stdout).toMatch(/^deploy +IAM role /m);
    expect((await who(given, ...argv, '-o', 'csv')).stdout).toMatch(
      /,unknown,not known: an access policy may allow it,[^,]*,access-policy,/,
    );
  });

  test('by a policy of a role whose people are not known are open, and name nobody', async () => {
    const entry = accessEntry(GONE.pathArn, {
      createdAt: '2026-11-02T00:00:00.000Z',
      policies: [policy('AmazonEKSViewPolicy')],
    });
    const given = { clusters: [eksCluster('API', [entry])], rbac: READER };
    expect(await rows(given, '--can', 'get pods')).toEqual([`${GONE_NAME}: access-entry access-policy`]);
    expect((await who(given, '--can', 'get pods')).stdout).toMatch(/^\? +- /m);
  });

  test('by a policy are no question where bindings give the answer, or nobody gets in', async () => {
    const policies = [policy('AmazonEKSViewPolicy')];
    const allowed = accessEntry(ADMIN.pathArn, { policies, kubernetesGroups: ['new'] });
    const { stderr } = await who({ clusters: [eksCluster('API', [allowed])], rbac: READER }, ...CAN);
    expect(stderr).not.toContain('EKS evaluates');
    const dead = accessEntry(ADMIN.pathArn, { policies, createdAt: DEAD });
    const { stderr: closed } = await who({ clusters: [eksCluster('API', [dead])], rbac: READER }, ...CAN);
    expect(closed).toContain('nobody of those asked for can get secrets through cluster prod');
  });
});

describe('read from AWS', () => {
  test('access entries of another account are counted in, with who is assigned their roles', async () => {
    await fakeAwsForTest(LIVE_WORLD);
    const { stdout, stderr } = await runWithEnvironment(['who', '--cluster', LIVE_ARN, '-o', 'json']);
    expect(JSON.parse(stdout), stderr).toMatchObject([
      {
        principal: { type: 'GROUP', name: 'Team' },
        permissionSet: 'Admin',
        groups: ['new'],
        policies: [{ policyArn: policy('AmazonEKSViewPolicy').policyArn, scope: 'cluster' }],
        access: 'granted',
      },
      { permissionSet: 'Old', access: 'none', reason: 'dead-access-entry' },
    ]);
  });

  test('a cluster that may not be read is a failure, with what is needed', async () => {
    const accounts = [{ id: ACCOUNT, denies: ['eks.ListAccessEntries'] }];
    await fakeAwsForTest({ ...LIVE_WORLD, accounts });
    const ran = await runWithEnvironment(['who', '--cluster', LIVE_ARN]);
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toContain('eks:ListAccessEntries');
  });
});

describe('clusters and files', () => {
  test('belong together by name', async () => {
    const clusters = [eksCluster('API', [LIVING], 'prod'), eksCluster('API', [], 'dev')];
    const cwd = await scratch({
      'aws.json': snapshotText(clusterWorld(...clusters)),
      'prod.yaml': awsAuthOf([ITEM]),
      'dev.yaml': awsAuthOf([ITEM]),
    });
    const argv = ['who', 'prod.yaml', 'dev.yaml', '--inventory', 'aws.json', '-o', 'json'];
    const { stdout } = await run([...argv, '--cluster', 'prod', '--cluster', clusters[1]?.arn ?? ''], {
      cwd,
    });
    const all: { cluster: string; source: string; access: string }[] = JSON.parse(stdout);
    expect(all.map(({ cluster, source, access }) => [cluster, source, access])).toEqual([
      ['prod', 'access-entry', 'granted'],
      ['prod', 'aws-auth', 'none'],
      ['dev', 'aws-auth', 'none'],
    ]);
  });

  test('of which it is not known what belongs together leave open who gets in', async () => {
    const cwd = await scratch({
      'aws.json': snapshotText(clusterWorld(eksCluster('API', [LIVING], 'prod'))),
      'prod.yaml': awsAuthOf([]),
      'dev.yaml': awsAuthOf([
        { ...ITEM, groups: ['old', 'system:masters'] },
        { rolearn: GONE.roleArn },
        { rolearn: DEPLOY.replace('ci/', '') },
      ]),
      'rbac.yaml': binding('b', 'ClusterRole/view', ['Group old']),
    });
    const argv = ['who', 'prod.yaml', 'dev.yaml', '--inventory', 'aws.json', '--cluster', 'prod'];
    const reasonsOf = async (...more: readonly string[]) => {
      const all: { cluster: string; access: string; reason: string | null }[] = JSON.parse(
        (await run([...argv, '-o', 'json', ...more], { cwd })).stdout,
      );
      return all.map(({ cluster, access, reason }) => [cluster, access, reason]);
    };
    expect(await reasonsOf()).toEqual([
      ['prod', 'granted', null],
      ['dev', 'unknown', 'cluster-unknown'],
      ['dev', 'none', 'role-gone'],
      ['dev', 'unknown', 'cluster-unknown'],
    ]);
    const { stdout } = await run(argv, { cwd });
    expect(stdout).toMatch(/^dev +Team .* cluster admin; not known: no cluster asked for is of this file$/m);
    expect((await run([...argv, '-o', 'mermaid'], { cwd })).stdout).toContain(
      '"dev #40;mode and access entries not known#41;"',
    );
    const can = ['--rbac', 'rbac.yaml', '--can', 'delete pods'];
    const { stderr } = await run([...argv, ...can], { cwd });
    expect(stderr).toContain('nobody of those asked for can delete pods through cluster prod\n');
    expect(await reasonsOf('--rbac', 'rbac.yaml', '--can', 'get pods')).toEqual([
      ['dev', 'unknown', 'cluster-unknown'],
      ['dev', 'unknown', 'cluster-unknown'],
    ]);
  });

  test('are read from stdin only where that is asked for', async () => {
    const cwd = await scratch({
      'aws.json': snapshotText(clusterWorld(eksCluster('API_AND_CONFIG_MAP', []))),
    });
    const argv = ['who', '--inventory', 'aws.json', '--cluster', 'prod', '-o', 'json'];
    const stdin = awsAuthOf([ITEM]);
    expect(JSON.parse((await run(argv, { cwd, stdin })).stdout)).toEqual([]);
    expect(JSON.parse((await run([...argv, '-'], { cwd, stdin })).stdout)).toMatchObject([
      { cluster: 'prod' },
    ]);
  });

  test.each([
    ['no$name', 2, '--cluster: "no$name" is not the name of an EKS cluster'],
    ['other', 2, '"other"'],
  ])('%s is refused', async (name, exitCode, message) => {
    const cwd = await scratch({ 'aws.json': snapshotText(clusterWorld(eksCluster('API', []))) });
    const ran = await run(['who', '--inventory', 'aws.json', '--cluster', name], { cwd });
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toContain(message);
  });
});

// Names of Kubernetes may be anything that EKS takes.
test.each(['table', 'wide', 'json', 'csv', 'mermaid'])(
  'names that nobody should have are safe in %s',
  async (format) => {
    const hostile = '::error::x"]; click a b %%{init}%%\u202e##vso[x]';
    const named = { username: hostile, kubernetesGroups: [hostile] };
    const entries = [
      accessEntry(`${IAM}role/"];click##[x]/r`, named),
      accessEntry(ADMIN.pathArn, {
        ...named,
        policies: [policy('AmazonEKSViewPolicy', { namespaces: ['*'] })],
      }),
    ];
    const { stdout, stderr, exitCode } = await who({ clusters: [eksCluster('API', entries)] }, '-o', format);
    expect(exitCode).toBe(0);
    const text = format === 'json' ? stderr : `${stdout.replace(/^\uFEFF/, '')}${stderr}`;
    for (const line of text.split('\n')) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(line).not.toMatch(/^\s*::|##(?:vso)?\[/);
    }
    if (format === 'mermaid') expect(stdout).not.toMatch(/\]; click|%%\{/);
    if (format === 'json') expect(JSON.parse(stdout)[0].groups).toEqual([hostile]);
  },
);
