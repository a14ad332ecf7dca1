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
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { role, snapshotText } from '../inventory/build-inventory.ts';
import { binding, role as rbacRole } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const IAM = `arn:aws:iam::${ACCOUNT}:`;
const CLUSTER_ARN = eksCluster('API', []).arn;
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);
const sessionOf = (arn: string, session = 'ada@example.com') =>
  `arn:aws:sts::${ACCOUNT}:assumed-role/${nameOf(arn)}/${session}`;
const ADA = sessionOf(ADMIN.roleArn);
const ITEM: Item = { rolearn: ADMIN.roleArn, groups: ['old'] };
const LIVING = accessEntry(ADMIN.pathArn, { kubernetesGroups: ['new'], username: 'sso:{{SessionName}}' });
const DEAD_ENTRY = accessEntry(ADMIN.pathArn, { kubernetesGroups: ['new'], createdAt: DEAD });
const ORPHAN = accessEntry(GONE.pathArn, { kubernetesGroups: ['new'] });

interface Given extends GivenFiles {
  readonly cluster: EksCluster;
  readonly caller?: string;
}

async function explain({ cluster, caller = ADA, ...given }: Given, ...argv: readonly string[]) {
  const { cwd, file, rest } = await clusterFolder([cluster], given);
  return run(['explain', ...file, '--caller', caller, '--cluster', cluster.name, ...argv, ...rest], { cwd });
}

async function json(given: Given) {
  const { stdout, exitCode, stderr } = await explain(given, '-o', 'json');
  expect([0, 1], stderr).toContain(exitCode);
  const value = JSON.parse(stdout);
  expect(exitCode).toBe(value.matched ? 0 : 1);
  return value;
}

/** `SOURCE groups; overrides N`, or `no: SOURCE of the near misses`. */
async function verdict(given: Given): Promise<string> {
  const { matched, groups, overrides, nearest, denied } = await json(given);
  const sources = nearest.map(({ map }: { map: string }) => map).join();
  const answer = matched ? `${matched.map} ${groups}` : `${denied ? 'denied' : 'no'}: ${sources}`;
  return overrides.length > 0 ? `${answer}; overrides ${overrides.length}` : answer;
}

describe('who answers, by mode, for a role in aws-auth, in an access entry, in both and in none', () => {
  const CASES: readonly [AuthenticationMode, ExistingAccessEntry | null, Item | null, string][] = [
    ['API_AND_CONFIG_MAP', LIVING, ITEM, 'accessEntries new; overrides 1'],
    ['API_AND_CONFIG_MAP', DEAD_ENTRY, ITEM, 'denied: accessEntries; overrides 1'],
    ['API_AND_CONFIG_MAP', ORPHAN, ITEM, 'mapRoles old'],
    ['API_AND_CONFIG_MAP', LIVING, null, 'accessEntries new'],
    ['API_AND_CONFIG_MAP', DEAD_ENTRY, null, 'denied: accessEntries'],
    ['API_AND_CONFIG_MAP', ORPHAN, null, 'no: accessEntries'],
    ['API_AND_CONFIG_MAP', null, ITEM, 'mapRoles old'],
    ['API_AND_CONFIG_MAP', null, null, 'no: '],
    ['API', LIVING, ITEM, 'accessEntries new'],
    ['API', DEAD_ENTRY, ITEM, 'denied: accessEntries'],
    ['API', ORPHAN, ITEM, 'no: mapRoles,accessEntries'],
    ['API', LIVING, null, 'accessEntries new'],
    ['API', DEAD_ENTRY, null, 'denied: accessEntries'],
    ['API', ORPHAN, null, 'no: accessEntries'],
    ['API', null, ITEM, 'no: mapRoles'],
    ['API', null, null, 'no: '],
    ['CONFIG_MAP', null, ITEM, 'mapRoles old'],
    ['CONFIG_MAP', null, null, 'no: '],
    // EKS has no access entries in this mode, and they would not count.
  ];

  test.each(CASES)('%s %j %j: %s', async (mode, entry, item, expected) => {
    const cluster = eksCluster(mode, entry ? [entry] : []);
    expect(await verdict({ cluster, items: item ? [item] : [] })).toBe(expected);
  });
});

describe('an access entry', () => {
  const both = eksCluster('API_AND_CONFIG_MAP', [LIVING]);

  test('that lets the caller in is told in JSON', async () => {
    const entry = accessEntry(ADMIN.pathArn, {
      kubernetesGroups: ['new'],
      policies: [policy('AmazonEKSViewPolicy', { namespaces: ['dev-*'] })],
    });
    const cluster = eksCluster('API_AND_CONFIG_MAP', [entry]);
    expect(await json({ cluster, items: [ITEM] })).toMatchObject({
      canonicalArn: ADMIN.roleArn,
      matched: { map: 'accessEntries', file: 'cluster prod', line: null, arn: ADMIN.pathArn },
      username: `arn:aws:sts::${ACCOUNT}:assumed-role/${nameOf(ADMIN.roleArn)}/ada-example.com`,
      groups: ['new'],
      policies: entry.policies,
      cluster: { name: 'prod', arn: cluster.arn, authenticationMode: 'API_AND_CONFIG_MAP' },
      overrides: [{ map: 'mapRoles', file: 'f.yaml', line: 1, arn: ADMIN.roleArn, groups: ['old'] }],
      denied: false,
      nearest: [],
    });
  });

  test('that lets the caller in is told in text', async () => {
    const entry = {
      ...LIVING,
      policies: [policy('AmazonEKSViewPolicy'), policy('AmazonEKSEditPolicy', { namespaces: ['a', 'b'] })],
    };
    const { stdout } = await explain({ cluster: eksCluster('API_AND_CONFIG_MAP', [entry]), items: [ITEM] });
    expect(stdout).toContain(`\
  entry:       cluster prod (access entry)
  username:    sso:ada-example.com
  groups:      new
  policies:    AmazonEKSViewPolicy cluster-wide; AmazonEKSEditPolicy in a, b
  overrides:   f.yaml:1 (mapRoles): username "sso:{{SessionName}}", groups ["old"]
`);
  });

  test.each([
    ['whatever the case of the caller', ADA.replace('Admin', 'aDMIN')],
    ['of the role, without a session', ADMIN.roleArn],
    ['of the role with its path', ADMIN.pathArn],
  ])('is found %s', async (_, caller) => {
    expect(await verdict({ cluster: both, caller })).toBe('accessEntries new');
  });

  test('of a user is found by the whole ARN, path included', async () => {
    const cluster = eksCluster('API', [accessEntry(`${IAM}user/team/bob`)]);
    const found = await json({ cluster, caller: `${IAM}user/team/bob` });
    expect(found).toMatchObject({ username: `${IAM}user/team/bob`, matched: { map: 'accessEntries' } });
    expect(await verdict({ cluster, caller: `${IAM}user/bob` })).toBe('no: accessEntries');
  });

  test.each([
    ['i-0123456789abcdef0', 'accessEntries system:nodes'],
    ['ada', 'denied: accessEntries'],
  ])('of nodes, for session %s', async (session, expected) => {
    const cluster = eksCluster('API', [accessEntry(`${IAM}role/node`, { type: 'EC2_LINUX' })]);
    expect(await verdict({ cluster, caller: sessionOf(`${IAM}role/node`, session) })).toBe(expected);
  });

  test('that is dead is told with the commands that replace it', async () => {
    const entry = {
      ...DEAD_ENTRY,
      username: "x:{{SessionName}}'",
      policies: [policy('AmazonEKSEditPolicy', { namespaces: ['dev-*'] })],
    };
    const { stdout, exitCode } = await explain({
      cluster: eksCluster('API_AND_CONFIG_MAP', [entry]),
      items: [{ rolearn: ADMIN.roleArn, groups: ['system:masters'] }],
    });
    expect(exitCode).toBe(1);
    const where = `--cluster-name prod --principal-arn ${ADMIN.pathArn}`;
    expect(stdout).toBe(`\
${ADA} does not get in: cluster prod denies access to ${ADMIN.roleArn}
  overrides:   f.yaml:1 (mapRoles): username "sso:{{SessionName}}", groups ["system:masters"]
This entry comes nearest:
  cluster prod (access entry): ${ADMIN.pathArn}
    the access entry was created on ${DEAD}, before the role that has this name now (${ADMIN.createdAt}): EKS keeps the unique id of the role that there was, and answers 401 to this one
    Delete the access entry, and create it again for the role that there is now (with Terraform, CloudFormation or eksctl, where one of them made it); its tags are not kept; this makes everyone with the role a cluster admin:
    aws eks delete-access-entry ${where} --region eu-west-1
    aws eks create-access-entry ${where} --type STANDARD --username 'sso:{{SessionName}}' --region eu-west-1
    aws eks associate-access-policy ${where} --policy-arn ${policy('AmazonEKSClusterAdminPolicy').policyArn} --access-scope type=cluster --region eu-west-1
    This is what line 1 of aws-auth gives the same role: username "sso:{{SessionName}}", groups ["system:masters"]. The access entry gave something else: username "x:{{SessionName}}'", groups ["new"], policies AmazonEKSEditPolicy in dev-*.
note: the role exists in account ${ACCOUNT}, created ${ADMIN.createdAt}
`);
  });

  test.each([
    ['API', null],
    ['API_AND_CONFIG_MAP', []],
    ['API', [ITEM]],
  ] as const)(
    'that is dead in mode %s gives what it gave where no entry of aws-auth counts: %j',
    async (mode, items) => {
      const entry = {
        ...DEAD_ENTRY,
        username: "x:{{SessionName}}'",
        policies: [policy('AmazonEKSEditPolicy', { namespaces: ['dev-*'] })],
      };
      const [miss] = (await json({ cluster: eksCluster(mode, [entry]), items })).nearest;
      const where = `--cluster-name prod --principal-arn ${ADMIN.pathArn}`;
      expect(miss.help.split('\n').slice(2)).toEqual([
        `aws eks create-access-entry ${where} --type STANDARD --kubernetes-groups new --username 'x:{{SessionName}}'\\''' --region eu-west-1`,
        `aws eks associate-access-policy ${where} --policy-arn ${entry.policies[0]?.policyArn} --access-scope 'type=namespace,namespaces=dev-*' --region eu-west-1`,
      ]);
    },
  );

  test('that is dead may have an entry in an aws-auth that is not given', async () => {
    const cluster = eksCluster('API_AND_CONFIG_MAP', [DEAD_ENTRY]);
    const [miss] = (await json({ cluster })).nearest;
    expect(miss.help).toMatch(
      /\nWithout FILE it is not known whether aws-auth gives the role something else\.$/,
    );
  });

  test('of a role that is gone is not given to the one of now where aws-auth gives that something else', async () => {
    const cluster = eksCluster('API_AND_CONFIG_MAP', [ORPHAN]);
    const [miss] = (await json({ cluster, caller: sessionOf(GONE.roleArn), items: [ITEM] })).nearest;
    expect(miss.help).toContain(`--principal-arn ${ADMIN.pathArn} --type STANDARD --kubernetes-groups old `);
    expect(miss.help).toContain('This is what line 1 of aws-auth gives the same role: ');
  });

  test('of a role that is gone is told with the one that people get now', async () => {
    const caller = sessionOf(GONE.roleArn);
    const [miss] = (await json({ cluster: eksCluster('API', [ORPHAN]), caller })).nearest;
    expect(miss.help).toContain('Sign in again');
    expect(miss.help).toContain(`create-access-entry --cluster-name prod --principal-arn ${ADMIN.pathArn} `);
    const [taken] = (await json({ cluster: eksCluster('API', [ORPHAN, LIVING]), caller })).nearest;
    expect(taken.help).toContain(
      'The role has another access entry: delete this one (with Terraform, CloudFormation or eksctl, where one of them made it):',
    );
    expect(taken.help).not.toContain('create-access-entry');
    const cluster = eksCluster('API', [accessEntry(role(ACCOUNT, 'Former').pathArn)]);
    const [former] = (await json({ cluster, caller: sessionOf(role(ACCOUNT, 'Former').roleArn) })).nearest;
    expect(former.help).toBe(
      `Delete the access entry (with Terraform, CloudFormation or eksctl, where one of them made it):\naws eks delete-access-entry --cluster-name prod --principal-arn ${role(ACCOUNT, 'Former').pathArn} --region eu-west-1`,
    );
  });

  test('counts where the roles of its account are not known, or the snapshot of them is older', async () => {
    const other = role('222233334444', 'Admin', 5);
    const entry = accessEntry(other.pathArn, { kubernetesGroups: ['x'], createdAt: DEAD });
    const caller = `arn:aws:sts::222233334444:assumed-role/${nameOf(other.roleArn)}/ada`;
    const { matched, notes } = await json({ cluster: eksCluster('API', [entry]), caller });
    expect(matched.map).toBe('accessEntries');
    expect(notes.map(({ code }: { code: string }) => code)).toContain('roles-unknown');
    const young = { ...ORPHAN, createdAt: '2026-11-02T00:00:00.000Z' };
    const cluster = eksCluster('API', [young]);
    expect(await verdict({ cluster, caller: sessionOf(GONE.roleArn) })).toBe('accessEntries new');
  });
});

describe('an access entry that overrides an entry of aws-auth', () => {
  const noteOf = async (groups: readonly string[], entry: ExistingAccessEntry, mode?: 'API') => {
    const cluster = eksCluster(mode ?? 'API_AND_CONFIG_MAP', [entry]);
    const { notes } = await json({ cluster, items: [{ rolearn: ADMIN.roleArn, groups }] });
    return notes.find(({ code }: { code: string }) => code === 'overridden-by-access-entry');
  };
  const withPolicy = (...policies: readonly string[]) => ({
    ...LIVING,
    policies: policies.map((name) => policy(name)),
  });

  test('is warned of where it takes rights away, with the way on', async () => {
    const where = `--cluster-name prod --principal-arn ${ADMIN.pathArn}`;
    const admin = policy('AmazonEKSClusterAdminPolicy').policyArn;
    expect(await noteOf(['new', 'old', 'system:masters'], LIVING)).toEqual({
      severity: 'warning',
      code: 'overridden-by-access-entry',
      message: 'the access entry overrides this entry, and takes away cluster admin and group "old"',
      line: 1,
      help: [
        'If this entry is what is meant, correct the access entry:',
        `aws eks update-access-entry ${where} --kubernetes-groups new old --username 'sso:{{SessionName}}' --region eu-west-1`,
        `aws eks associate-access-policy ${where} --policy-arn ${admin} --access-scope type=cluster --region eu-west-1`,
      ].join('\n'),
    });
    expect(await noteOf(['system:masters'], withPolicy('AmazonEKSAdminPolicy'))).toBeDefined();
  });

  test.each([
    ['the same, and what everybody has', ['new', 'system:authenticated'], LIVING],
    ['all there is', ['old', 'system:masters'], withPolicy('AmazonEKSClusterAdminPolicy')],
    ['more', [], LIVING],
  ])('is not, where it gives %s', async (_, groups, entry) => {
    expect(await noteOf(groups, entry)).toBeUndefined();
  });

  test('is not, where aws-auth is ignored', async () => {
    expect(await noteOf(['old'], LIVING, 'API')).toBeUndefined();
  });

  test('is warned of by the entry that would count', async () => {
    const cluster = eksCluster('API_AND_CONFIG_MAP', [accessEntry(ADMIN.pathArn)]);
    const items = [{ ...ITEM, groups: ['earlier'] }, ITEM];
    const { stdout } = await explain({ cluster, items });
    expect(stdout).toContain(
      'warning: f.yaml:1:266: the access entry overrides this entry, and takes away group "old"\n',
    );
    expect(stdout).not.toContain('group "earlier"');
  });
});

describe('of a role that is gone', () => {
  const CI = `${IAM}role/ci`;
  const inWorld = async (entries: readonly ExistingAccessEntry[], rolearn: string) => {
    const world = clusterWorld(eksCluster('API_AND_CONFIG_MAP', entries));
    const cwd = await scratch({
      'aws.json': snapshotText({ ...world, otherRoles: [{ arn: CI, role: null }] }),
      'f.yaml': awsAuthOf([{ rolearn }]),
    });
    const argv = ['explain', 'f.yaml', '--caller', sessionOf(rolearn), '--cluster', 'prod'];
    return run([...argv, '--inventory', 'aws.json'], { cwd });
  };

  test('an entry of aws-auth lets the caller in if it exists all the same', async () => {
    for (const rolearn of [GONE.roleArn, CI]) {
      const { stdout, exitCode } = await inWorld([], rolearn);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`${sessionOf(rolearn)} gets in, if the role still exists\n`);
      expect(stdout).toContain(`warning: ${rolearn} no longer exists`);
    }
  });

  test('an access entry lets nobody in', async () => {
    for (const [pathArn, rolearn] of [
      [GONE.pathArn, GONE.roleArn],
      [CI, CI],
    ] as const) {
      const { stdout, exitCode } = await inWorld([accessEntry(pathArn)], rolearn);
      expect(exitCode).toBe(1);
      expect(stdout).toContain("the access entry is the caller's, but its role no longer exists");
    }
  });
});

test('of two access entries of one name, the one that was created last is told', async () => {
  const entries = [
    accessEntry(`${IAM}role/a/ci`, { kubernetesGroups: ['a'], createdAt: DEAD }),
    accessEntry(`${IAM}role/b/ci`, { kubernetesGroups: ['b'] }),
  ];
  for (const all of [entries, entries.toReversed()])
    expect(await verdict({ cluster: eksCluster('API', all), caller: sessionOf(`${IAM}role/ci`) })).toBe(
      'accessEntries b',
    );
});

describe('without an access entry in mode API_AND_CONFIG_MAP', () => {
  const FEDERATED = `arn:aws:sts::${ACCOUNT}:federated-user/eve`;
  test.each([
    [
      ADA,
      `\
aws-auth-sso access-entries --map Admin=GROUP --account ${ACCOUNT} --cluster ${CLUSTER_ARN}
Or in aws-auth:
aws-auth-sso merge --map Admin=GROUP --account ${ACCOUNT} f.yaml`,
    ],
    [
      FEDERATED,
      `\
Add to mapUsers, with a username and Kubernetes groups of your choice:
- userarn: ${FEDERATED}
  username: NAME
  groups: [GROUP]`,
    ],
  ])('%s is told how to create one first, and an entry of aws-auth then', async (caller, add) => {
    expect((await json({ cluster: eksCluster('API_AND_CONFIG_MAP', []), caller, items: [] })).add).toBe(add);
  });

  test('is told of aws-auth alone where there can be none', async () => {
    const { add } = await json({ cluster: eksCluster('CONFIG_MAP', []), items: [] });
    expect(add).toBe(`aws-auth-sso merge --map Admin=GROUP --account ${ACCOUNT} f.yaml`);
  });
});

describe('without an access entry in mode API', () => {
  async function near(entries: readonly ExistingAccessEntry[], caller = ADA) {
    const { nearest, add } = await json({ cluster: eksCluster('API', entries), caller });
    return { nearest, add };
  }

  test('an entry of an older role of the permission set comes near, with the commands that replace it', async () => {
    const { nearest, add } = await near([ORPHAN]);
    expect(nearest).toMatchObject([
      { nearness: 'role', map: 'accessEntries', arn: GONE.pathArn, line: null },
    ]);
    expect(nearest[0].why).toContain("This one is gone, the caller's was created");
    expect(nearest[0].help).toBe(`\
Replace it, for its principal cannot be changed:
aws eks delete-access-entry --cluster-name prod --principal-arn ${GONE.pathArn} --region eu-west-1
aws eks create-access-entry --cluster-name prod --principal-arn ${ADMIN.pathArn} --type STANDARD --kubernetes-groups new --region eu-west-1`);
    expect(add).toBeNull();
  });

  test('one of the permission set in another account comes near, and is not to be replaced', async () => {
    const { nearest, add } = await near([accessEntry(role('222233334444', 'Admin').pathArn)]);
    expect(nearest).toMatchObject([{ nearness: 'name' }]);
    expect(nearest[0].help).toBe('Call with credentials of account 222233334444, or add an entry.');
    expect(add).toBe(
      `aws-auth-sso access-entries --map Admin=GROUP --account ${ACCOUNT} --cluster ${CLUSTER_ARN}`,
    );
  });

  test('one of a permission set of another name, or of nodes, does not', async () => {
    const entries = [
      accessEntry(role(ACCOUNT, 'View').pathArn),
      accessEntry(`${IAM}role/${nameOf(GONE.roleArn)}`, { type: 'EC2_LINUX' }),
    ];
    expect((await near(entries)).nearest).toEqual([]);
  });

  test.each([
    [ADA, `aws-auth-sso access-entries --map Admin=GROUP --account ${ACCOUNT} --cluster ${CLUSTER_ARN}`],
    [
      `${IAM}user/team/bob`,
      `aws eks create-access-entry --cluster-name prod --principal-arn ${IAM}user/team/bob --type STANDARD --kubernetes-groups GROUP --region eu-west-1`,
    ],
    [
      sessionOf(`${IAM}role/deploy`),
      'aws eks create-access-entry --cluster-name prod --principal-arn ROLE_ARN --type STANDARD --kubernetes-groups GROUP --region eu-west-1\nROLE_ARN is the ARN of the role with its path: aws iam get-role --role-name deploy --query Role.Arn',
    ],
    [
      `arn:aws:iam::${ACCOUNT}:root`,
      `AWS advises against using the root user: call as a role. All the same:\naws eks create-access-entry --cluster-name prod --principal-arn arn:aws:iam::${ACCOUNT}:root --type STANDARD --kubernetes-groups GROUP --region eu-west-1`,
    ],
    [
      `arn:aws:sts::${ACCOUNT}:federated-user/eve`,
      'EKS has no access entries for federated users: call as a role.',
    ],
  ])('%s is told how to create one', async (caller, add) => {
    expect((await near([], caller)).add).toBe(add);
  });

  test('what aws-auth would do is told, of a whole account too', async () => {
    const cluster = eksCluster('API', []);
    const { nearest } = await json({ cluster, items: [ITEM] });
    expect(nearest).toMatchObject([
      {
        map: 'mapRoles',
        line: 1,
        why: 'the cluster is in mode API and ignores aws-auth',
        help: `Create an access entry that gives the same: aws-auth-sso access-entries --from f.yaml --cluster ${CLUSTER_ARN}`,
      },
    ]);
    const data = { mapAccounts: `["${ACCOUNT}"]` };
    expect(await verdict({ cluster, items: [], data })).toBe('no: mapAccounts');
    const broken = { mapUsers: '{' };
    expect((await explain({ cluster, items: [ITEM], data: broken })).stdout).not.toContain('mapUsers');
  });
});

describe('rights', () => {
  const READER = [
    rbacRole('reader', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    binding('b', 'ClusterRole/reader', ['Group new', 'User sso:ada-example.com']),
  ];

  test('come from the groups and the username of the access entry', async () => {
    const cluster = eksCluster('API', [LIVING]);
    expect(await json({ cluster, rbac: READER })).toMatchObject({
      bindings: ['ClusterRole/reader cluster-wide'],
    });
  });

  test('of an administrator by policy are all', async () => {
    const entry = accessEntry(ADMIN.pathArn, { policies: [policy('AmazonEKSClusterAdminPolicy')] });
    const given = { cluster: eksCluster('API', [entry]), rbac: READER };
    const { bindings, rights, notes } = await json(given);
    expect(bindings).toEqual(['AmazonEKSClusterAdminPolicy']);
    expect(rights[0]).toMatchObject({ namespace: null, resources: ['*.*'], verbs: ['*'] });
    expect(notes[0]).toMatchObject({ severity: 'warning', code: 'cluster-admin-policy' });
    expect((await explain(given)).stdout).toContain(
      '  bindings:    AmazonEKSClusterAdminPolicy, which needs none\n',
    );
  });

  test('by other policies are left to EKS, and the caller is not said to have none', async () => {
    const entry = accessEntry(ADMIN.pathArn, {
      policies: [policy('AmazonEKSAdminPolicy', { namespaces: ['dev-*'] })],
    });
    const cluster = eksCluster('API', [entry]);
    const told =
      'note: what access policies allow, EKS evaluates itself, and is not shown: AmazonEKSAdminPolicy in dev-*\n';
    for (const rbac of [undefined, READER]) {
      const { stdout } = await explain({ cluster, ...(rbac && { rbac }) });
      expect(stdout).toContain(told);
      expect(stdout).not.toMatch(/may do (only|nothing)/);
    }
  });

  test('of an entry without groups and policies are those of everybody', async () => {
    const cluster = eksCluster('API', [accessEntry(ADMIN.pathArn)]);
    const { stdout } = await explain({ cluster, rbac: READER });
    expect(stdout).toContain('  policies:    (none)\n');
    expect(stdout).toContain('so the caller may do nothing');
  });
});

describe('read from AWS', () => {
  const callerOf = (set: string) => {
    const { name = '' } = buildWorld(LIVE_WORLD).roles.find((one) => one.name.includes(`_${set}_`)) ?? {};
    return sessionOf(`${IAM}role/${name}`);
  };
  const explainLive = (set: string) => {
    const argv = ['explain', '--caller', callerOf(set), '--cluster', LIVE_ARN, '-o', 'json'];
    return runWithEnvironment(argv);
  };

  test('the access entry answers, and its role tells whether it is dead', async () => {
    await fakeAwsForTest(LIVE_WORLD);
    const { stdout, stderr } = await explainLive('Admin');
    expect(JSON.parse(stdout), stderr).toMatchObject({
      matched: { map: 'accessEntries', file: 'cluster live' },
      groups: ['new'],
    });
    expect(stdout).toContain('the role exists in account');
    expect(JSON.parse((await explainLive('Old')).stdout)).toMatchObject({ matched: null, denied: true });
  });

  test('for whoever the profile is', async () => {
    await fakeAwsForTest(LIVE_WORLD);
    const { stdout, exitCode } = await runWithEnvironment(['explain', '--aws', '--cluster', LIVE_ARN]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^arn:aws:\S+ does not get in: cluster live has no access entry for arn:aws:/);
  });

  test('a cluster that may not be read is a failure, with what is needed', async () => {
    const accounts = [{ id: ACCOUNT, denies: ['eks.DescribeAccessEntry'] }];
    await fakeAwsForTest({ ...LIVE_WORLD, accounts });
    const ran = await explainLive('Admin');
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toContain('eks:DescribeAccessEntry');
  });
});

describe('the command line', () => {
  test('FILE is needed where aws-auth decides', async () => {
    for (const mode of ['CONFIG_MAP', 'API_AND_CONFIG_MAP'] as const) {
      const { exitCode, stdout, stderr } = await explain({ cluster: eksCluster(mode, []) });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(`cluster prod is in mode ${mode} and has no access entry for the caller`);
      expect(stderr).toContain(`aws-auth-sso explain FILE --caller ARN --cluster ${CLUSTER_ARN}`);
    }
    expect(await verdict({ cluster: eksCluster('API_AND_CONFIG_MAP', [LIVING]) })).toBe('accessEntries new');
  });

  test('stdin is read only where that is asked for', async () => {
    const cwd = await scratch({
      'aws.json': snapshotText(clusterWorld(eksCluster('API_AND_CONFIG_MAP', []))),
    });
    const argv = ['--caller', ADA, '--cluster', 'prod', '--inventory', 'aws.json', '-o', 'json'];
    const stdin = awsAuthOf([ITEM]);
    expect((await run(['explain', ...argv], { cwd, stdin })).exitCode).toBe(2);
    const piped = await run(['explain', '-', ...argv], { cwd, stdin });
    expect(JSON.parse(piped.stdout).matched).toMatchObject({ map: 'mapRoles', file: '<stdin>' });
    const caller = await run(['explain', '--caller', '-', ...argv.slice(2)], { cwd, stdin: ADA });
    expect(caller.stderr).toContain('has no access entry for the caller');
  });

  test('a note says that a snapshot holds clusters, where none is asked for', async () => {
    const cwd = await scratch({
      'aws.json': snapshotText(clusterWorld(eksCluster('API', []))),
      'f.yaml': awsAuthOf([ITEM]),
    });
    const { stderr } = await run(['explain', 'f.yaml', '--caller', ADA, '--inventory', 'aws.json'], { cwd });
    expect(stderr).toContain('note: the snapshot has access entries of prod, which are not counted in\n');
  });

  test.each(['no$name', 'arn:aws:eks:eu-west-1:1:cluster/x', 'other'])('%s is refused', async (name) => {
    const cwd = await scratch({ 'aws.json': snapshotText(clusterWorld(eksCluster('API', []))) });
    const argv = ['explain', '--caller', ADA, '--inventory', 'aws.json', '--cluster', name];
    expect(await run(argv, { cwd })).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

// What EKS would refuse may stand in a snapshot that somebody edited.
test('names that nobody should have are safe', async () => {
  const hostile = '\u001b[31m\n::error::x\u202e$(id)';
  const entry = accessEntry(ADMIN.pathArn, {
    username: hostile,
    kubernetesGroups: [hostile],
    policies: [
      { policyArn: `arn:aws:eks::aws:cluster-access-policy/${hostile}`, scope: { namespaces: [hostile] } },
    ],
  });
  const gone = { ...entry, principalArn: GONE.pathArn };
  for (const one of [entry, { ...entry, createdAt: DEAD }, gone]) {
    const { stdout, stderr } = await explain({ cluster: eksCluster('API', [one]) });
    for (const line of `${stdout}${stderr}`.split('\n')) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(line).not.toMatch(/^\s*::/);
      if (line.includes('aws eks')) expect(line).not.toMatch(/^[^']*\$\(/);
    }
  }
});
