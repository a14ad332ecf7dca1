import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Progress } from '../../src/directory/connection.ts';
import { type ClusterSelector, parseClusterSelector } from '../../src/directory/query.ts';
import { AWS_RATES } from '../fake-aws/rate.ts';
import { USER_SECRET, userKey } from '../fake-aws/sessions.ts';
import type { Answer } from '../fake-aws/wire/answer.ts';
import { notFound } from '../fake-aws/wire/aws-error.ts';
import type { ClusterInput, WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { idleTime, NO_WAITS } from '../timing.ts';
import { assumedRole, failureOf, opened, textOf } from './opened.ts';

const [HUB, PROD, DEV] = ['111111111111', '200000000000', '300000000000'];
const NODE = `arn:aws:iam::${PROD}:role/eks/node`;
const USER = `arn:aws:iam::${PROD}:user/ada`;
const VIEW = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
const ADMIN = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev', assumableRole: null },
  ],
  permissionSets: ['Admin'],
  roles: [
    { account: PROD, permissionSet: 'Admin', suffix: '0123456789abcdef' },
    { account: PROD, name: 'node', path: '/eks/' },
    { account: PROD, name: 'Deployer', path: '/ci/' },
    { account: PROD, name: 'plain' },
  ],
  clusters: [
    { name: 'hub' },
    {
      name: 'main',
      account: PROD,
      region: 'us-east-1',
      authenticationMode: 'API',
      accessEntries: [
        { principalArn: USER, createdAt: '2024-07-01T10:00:00.250Z' },
        { principalArn: NODE, type: 'EC2_LINUX' },
        {
          permissionSet: 'Admin',
          username: 'admin:{{SessionName}}',
          groups: ['b', 'a'],
          policies: [{ policyArn: VIEW, scope: { namespaces: ['dev-*'] } }, 'AmazonEKSClusterAdminPolicy'],
        },
      ],
    },
    { name: 'old', authenticationMode: 'CONFIG_MAP' },
    { name: 'older', authenticationMode: null },
  ],
};
const MAIN = `arn:aws:eks:us-east-1:${PROD}:cluster/main`;

function selectors(...texts: readonly string[]): ClusterSelector[] {
  return texts.map(parseClusterSelector);
}

const MAIN_READ = {
  name: 'main',
  arn: MAIN,
  version: '1.36',
  authenticationMode: 'API',
  accessEntries: [
    {
      principalArn: `arn:aws:iam::${PROD}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`,
      type: 'STANDARD',
      username: 'admin:{{SessionName}}',
      kubernetesGroups: ['b', 'a'],
      policies: [
        { policyArn: ADMIN, scope: 'cluster' },
        { policyArn: VIEW, scope: { namespaces: ['dev-*'] } },
      ],
      createdAt: '2024-06-01T12:00:00.000Z',
    },
    {
      principalArn: NODE,
      type: 'EC2_LINUX',
      username: 'system:node:{{EC2PrivateDNSName}}',
      kubernetesGroups: ['system:nodes'],
      policies: [],
      createdAt: '2024-06-01T12:00:00.000Z',
    },
    {
      principalArn: USER,
      type: 'STANDARD',
      username: USER,
      kubernetesGroups: [],
      policies: [],
      createdAt: '2024-07-01T10:00:00.250Z',
    },
  ],
};
/** The entries that remain after the user's entry is deleted. */
const KEPT = MAIN_READ.accessEntries.slice(0, 2);

describe('clusters', () => {
  test('one by ARN, in another account and region, with the role assumed there', async () => {
    const { fake, open } = await opened(WORLD);
    expect(await (await open()).clusters(selectors(MAIN))).toEqual([MAIN_READ]);
    expect(fake.calls).toEqual({
      'eks.DescribeAccessEntry': 3,
      'eks.DescribeCluster': 1,
      'eks.ListAccessEntries': 1,
      // Nodes can't have any, so there is no call for them.
      'eks.ListAssociatedAccessPolicies': 2,
      'sts.AssumeRole': 1,
      'sts.GetCallerIdentity': 1,
    });
  });

  test('entries are sorted by principal, page by page, regardless of the order in EKS', async () => {
    const { fake, open } = await opened(WORLD, { pageSize: 1, shuffle: 'x' });
    const [cluster] = await (await open()).clusters(selectors(MAIN));
    expect(cluster?.accessEntries.map(({ principalArn }) => principalArn)).toEqual(
      MAIN_READ.accessEntries.map(({ principalArn }) => principalArn),
    );
    expect(cluster?.accessEntries[0]?.policies).toEqual(MAIN_READ.accessEntries[0]?.policies);
    expect(fake.calls['eks.ListAccessEntries']).toBe(3);
  });

  test("one by name is in the caller's account and region", async () => {
    const { fake, open, calls } = await opened(WORLD);
    expect(await (await open()).clusters(selectors('hub'))).toEqual([
      {
        name: 'hub',
        arn: `arn:aws:eks:eu-west-1:${HUB}:cluster/hub`,
        version: '1.36',
        authenticationMode: 'API_AND_CONFIG_MAP',
        accessEntries: [],
      },
    ]);
    expect(fake.calls['sts.AssumeRole']).toBeUndefined();
    expect(calls.filter(({ service }) => service === 'eks').map(({ region }) => region)).toEqual([
      'eu-west-1',
      'eu-west-1',
    ]);
  });

  test('--region sets the region of a name', async () => {
    const { open } = await opened({ clusters: [{ name: 'hub', region: 'ap-south-1' }] });
    const [cluster] = await (await open({ region: 'ap-south-1' })).clusters(selectors('hub'));
    expect(cluster?.arn).toBe(`arn:aws:eks:ap-south-1:${HUB}:cluster/hub`);
  });

  test.each(['old', 'older'])(
    '%s has a mode without the authentication mode API, so no entries are read',
    async (name) => {
      const { fake, open } = await opened(WORLD);
      const [cluster] = await (await open()).clusters(selectors(name));
      expect(cluster).toMatchObject({ authenticationMode: 'CONFIG_MAP', accessEntries: [] });
      expect(fake.calls).toEqual({ 'eks.DescribeCluster': 1, 'sts.GetCallerIdentity': 1 });
    },
  );

  test('several are in the order given; a repeated one is read once', async () => {
    const { fake, open } = await opened(WORLD);
    const own = `arn:aws:eks:eu-west-1:${HUB}:cluster/hub`;
    const read = await (await open()).clusters(selectors(MAIN, 'old', 'hub', own));
    expect(read.map(({ name }) => name)).toEqual(['main', 'old', 'hub', 'hub']);
    expect(fake.calls['eks.DescribeCluster']).toBe(3);
  });

  test('an account with its own profile is read with that, without assuming a role', async () => {
    const config = [HUB, PROD].map((account) =>
      [
        `[profile p${account}]`,
        `aws_access_key_id = ${userKey(account)}`,
        `aws_secret_access_key = ${USER_SECRET}`,
        'region = eu-west-1',
        '',
      ].join('\n'),
    );
    const folder = await scratch({ config: config.join('\n') });
    const { fake, open } = await opened(
      WORLD,
      {},
      {
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_CONFIG_FILE: join(folder, 'config'),
      },
    );
    const session = await open({ profiles: [`p${HUB}`, `p${PROD}`] });
    expect(await session.clusters(selectors(MAIN))).toEqual([MAIN_READ]);
    expect(fake.calls['sts.AssumeRole']).toBeUndefined();
  });

  test('an entry deleted during the read is skipped, and a note names it', async () => {
    const { fake, open, findings } = await opened(WORLD);
    fake.inject({
      kind: 'changed',
      operation: 'eks.DescribeAccessEntry',
      change: (answer, { input }) => {
        if (input.principalArn === USER) throw notFound('it is gone');
        return answer;
      },
    });
    const change = (answer: Answer) => ({
      ...answer,
      accessEntries: KEPT.map(({ principalArn }) => principalArn),
    });
    fake.inject({ kind: 'changed', operation: 'eks.ListAccessEntries', after: 1, change });
    const [cluster] = await (await open()).clusters(selectors(MAIN));
    expect(cluster?.accessEntries).toEqual(KEPT);
    expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      `note: skipped 1 access entry deleted from cluster main during this run: ${USER}`,
    ]);
  });

  test.each(['eks.DescribeAccessEntry', 'eks.ListAssociatedAccessPolicies'])(
    'an entry that is still listed, and that %s still does not find, is a contradiction',
    async (operation) => {
      const { fake, open } = await opened(WORLD);
      // Entries that can't have policies need no second call.
      fake.inject({ kind: 'not-found', operation });
      const failure = await failureOf((await open()).clusters(selectors(MAIN)));
      expect(failure.exitCode).toBe(3);
      expect(textOf(failure)).toMatch(
        /returned a contradictory response\): it didn't find .*arn:aws:iam::.*, but ListAccessEntries still lists (it|them)\n/,
      );
    },
  );

  test('an entry replaced during the read is included', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'not-found', operation: 'eks.DescribeAccessEntry', times: 1 });
    expect(await (await open()).clusters(selectors(MAIN))).toEqual([MAIN_READ]);
  });

  test('another cluster than the requested one is a contradiction', async () => {
    const { fake, open } = await opened(WORLD);
    const change = (answer: Answer) => ({
      cluster: { ...(answer.cluster as Answer), arn: 'arn:aws:eks:us-east-1:999999999999:cluster/other' },
    });
    fake.inject({ kind: 'changed', operation: 'eks.DescribeCluster', change });
    const failure = await failureOf((await open()).clusters(selectors(MAIN)));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toContain(
      `asked for cluster ${MAIN_READ.arn}, got arn:aws:eks:us-east-1:999999999999:cluster/other`,
    );
  });

  test('the description of another access entry is a contradiction', async () => {
    const { fake, open } = await opened(WORLD);
    const change = (answer: Answer) => ({
      accessEntry: { ...(answer.accessEntry as Answer), principalArn: 'arn:aws:iam::999999999999:user/eve' },
    });
    fake.inject({ kind: 'changed', operation: 'eks.DescribeAccessEntry', change });
    const failure = await failureOf((await open()).clusters(selectors(MAIN)));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(
      /asked for access entry arn:aws:iam::\d+:.*, got arn:aws:iam::999999999999:user\/eve/,
    );
  });

  test('a cluster that can be described, but whose entries are not found, is a contradiction', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'not-found', operation: 'eks.ListAccessEntries' });
    const failure = await failureOf((await open()).clusters(selectors(MAIN)));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toContain("it didn't find cluster main, but DescribeCluster did");
  });

  test('entries that were all deleted after the listing are listed once more', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'not-found', operation: 'eks.DescribeAccessEntry', times: 3 });
    expect(await (await open()).clusters(selectors(MAIN))).toEqual([MAIN_READ]);
    expect(fake.calls['eks.ListAccessEntries']).toBe(2);
  });

  test('nodes of EKS Auto Mode have access policies too', async () => {
    const auto = { principalArn: NODE, type: 'EC2', policies: ['AmazonEKSAutoNodePolicy'] };
    const { fake, open } = await opened({ ...WORLD, clusters: [{ name: 'auto', accessEntries: [auto] }] });
    const [cluster] = await (await open()).clusters(selectors('auto'));
    const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy';
    expect(cluster?.accessEntries).toMatchObject([
      { type: 'EC2', policies: [{ policyArn, scope: 'cluster' }] },
    ]);
    expect(fake.calls['eks.ListAssociatedAccessPolicies']).toBe(1);
  });

  test('progress counts listed and read entries', async () => {
    const { open } = await opened(WORLD);
    const seen = new Set<string>();
    const onProgress = ({ accessEntries: entries }: Progress) => {
      if (entries) seen.add(`${entries.done}/${entries.total}`);
    };
    await (await open({ onProgress })).clusters(selectors(MAIN));
    expect([...seen]).toEqual(['0/3', '1/3', '2/3', '3/3']);
  });

  test('a cluster deleted while its entries are read does not pass for one without entries', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'not-found', operation: 'eks.DescribeAccessEntry' });
    fake.inject({ kind: 'not-found', operation: 'eks.DescribeCluster', after: 1 });
    const failure = await failureOf((await open()).clusters(selectors(MAIN)));
    expect(failure.exitCode).toBe(2);
    expect(textOf(failure)).toContain('no EKS cluster "main" in account 200000000000, region us-east-1');
  });
});

describe('a cluster that cannot be read', () => {
  async function refused(
    texts: readonly string[],
    change: Partial<WorldInput> = {},
    options: Parameters<Awaited<ReturnType<typeof opened>>['open']>[0] = {},
  ) {
    const { open } = await opened({ ...WORLD, ...change });
    const failure = await failureOf((await open(options)).clusters(selectors(...texts)));
    return { exitCode: failure.exitCode, text: textOf(failure), count: failure.findings.length };
  }

  test("doesn't exist: exit 2 names account and region, and the alternatives", async () => {
    const { exitCode, text } = await refused(['main']);
    expect(exitCode).toBe(2);
    expect(text).toBe(
      'no EKS cluster "main" in account 111111111111, region eu-west-1\n' +
        "A name is looked up in the account and region of your credentials; --account doesn't change that. " +
        "For another, set --profile or --region, or use the cluster's ARN: arn:aws:eks:REGION:ACCOUNT:cluster/main.",
    );
  });

  test('is in another region, by ARN', async () => {
    const { exitCode, text } = await refused([MAIN.replace('us-east-1', 'eu-west-1')]);
    expect([exitCode, text]).toEqual([
      2,
      expect.stringContaining('no EKS cluster "main" in account 200000000000, region eu-west-1'),
    ]);
  });

  test('is in another partition: no call is made', async () => {
    const { fake, open } = await opened(WORLD);
    const session = await open();
    const before = fake.calls;
    const failure = await failureOf(
      session.clusters(selectors(`arn:aws-cn:eks:cn-north-1:${HUB}:cluster/hub`)),
    );
    expect(failure.exitCode).toBe(2);
    expect(textOf(failure)).toContain('is in partition aws-cn, but the credentials are for aws');
    expect(fake.calls).toEqual(before);
  });

  test.each([
    'eks.DescribeCluster',
    'eks.ListAccessEntries',
    'eks.DescribeAccessEntry',
    'eks.ListAssociatedAccessPolicies',
  ])('because %s is denied: exit 3 names the four actions', async (action) => {
    const accounts = [{ id: PROD, name: 'prod', denies: [action] }];
    const { exitCode, text } = await refused([MAIN], { accounts, roles: WORLD.roles ?? [] });
    expect(exitCode).toBe(3);
    expect(text).toMatch(
      new RegExp(
        `^cluster main can't be read \\(${action.replace('.', ':')} is denied\\): User: arn:aws:sts::`,
      ),
    );
    expect(text).toContain(
      'Grant eks:DescribeCluster, eks:ListAccessEntries, eks:DescribeAccessEntry and eks:ListAssociatedAccessPolicies',
    );
  });

  test('because one entry is always throttled: the message names it', async () => {
    const { fake, open } = await opened({ clusters: [{ name: 'hub', accessEntries: users(1) }] });
    fake.inject({ kind: 'throttle', operation: 'eks.DescribeAccessEntry' });
    const failure = await failureOf((await open({ timing: NO_WAITS })).clusters(selectors('hub')));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toContain(
      `cluster hub can't be read (eks:DescribeAccessEntry was throttled on every attempt): access entry arn:aws:iam::${HUB}:user/u0: `,
    );
  });

  test('because no role can be assumed in its account', async () => {
    const { exitCode, text } = await refused([`arn:aws:eks:eu-west-1:${DEV}:cluster/dev`]);
    expect(exitCode).toBe(3);
    expect(text).toContain("cluster dev can't be read (sts:AssumeRole is denied)");
    expect(text).toContain('To assume another role, use --assume-role');
  });

  test('because no rule names a role for its account', async () => {
    const assumeRole = [{ ...assumedRole(), accounts: [{ kind: 'id', id: DEV } as const] }];
    const { exitCode, text } = await refused([MAIN], {}, { assumeRole });
    expect([exitCode, text]).toEqual([3, expect.stringContaining('no `assumeRole` rule matches it')]);
  });

  test('is one of several: all are reported at once, one line per cause', async () => {
    const dev = ['one', 'two'].map((name) => `arn:aws:eks:eu-west-1:${DEV}:cluster/${name}`);
    const { exitCode, text, count } = await refused([MAIN, 'absent', ...dev]);
    expect([exitCode, count]).toEqual([3, 2]);
    expect(text).toContain(
      "2 clusters one, two can't be read (sts:AssumeRole is denied): first error: User:",
    );
    expect(text).toContain('no EKS cluster "absent"');
  });

  test("because the caller's credentials have expired: the error names no cluster", async () => {
    const { fake, open } = await opened(WORLD);
    const session = await open();
    fake.inject({ kind: 'expired', operation: 'eks.*' });
    const failure = await failureOf(session.clusters(selectors('hub', 'old')));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(/^the AWS credentials have expired: /);
  });

  test('because the account has not enabled its region', async () => {
    const { fake, open } = await opened(WORLD);
    const session = await open();
    fake.inject({ kind: 'unknown-key', operation: 'eks.*' });
    expect(textOf(await failureOf(session.clusters(selectors(MAIN))))).toContain(
      "cluster main can't be read (eks:DescribeCluster isn't available in region us-east-1 (partition aws))",
    );
  });

  test.each(['throttle', '500', 'reset', 'truncate'] as const)(
    'once, because of %s, is retried',
    async (kind) => {
      const { fake, open } = await opened(WORLD);
      fake.inject({ kind, operation: 'eks.*', after: 1, times: 3 });
      expect(await (await open()).clusters(selectors(MAIN))).toEqual([MAIN_READ]);
    },
  );
});

/** A number of users, which are principals like any other. */
const users = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ principalArn: `arn:aws:iam::${HUB}:user/u${index}` }));

test('a cluster takes a page per 100 entries, and a call for each entry and its policies', async () => {
  const { fake, open } = await opened({ clusters: [{ name: 'hub', accessEntries: users(101) }] });
  const [cluster] = await (await open()).clusters(selectors('hub'));
  expect(cluster?.accessEntries).toHaveLength(101);
  expect(fake.calls).toEqual({
    'eks.DescribeAccessEntry': 101,
    'eks.DescribeCluster': 1,
    'eks.ListAccessEntries': 2,
    'eks.ListAssociatedAccessPolicies': 101,
    'sts.GetCallerIdentity': 1,
  });
});

test('100 clusters are read concurrently, within the limits of each account and region', async () => {
  const places = [HUB, PROD].flatMap((account) =>
    ['eu-west-1', 'us-east-1'].map((region) => ({ account, region })),
  );
  const clusters = Array.from({ length: 100 }, (_, index): ClusterInput => {
    return { name: `c${index}`, ...places[index % places.length], accessEntries: users(2) };
  });
  const time = idleTime();
  const { fake, open } = await opened(
    { accounts: [{ id: PROD }], clusters },
    { rates: AWS_RATES, now: time.now },
  );
  const session = await open({ timing: time });
  const started = time.now();
  const read = await session.clusters(
    selectors(
      ...clusters.map(({ name, account, region }) => `arn:aws:eks:${region}:${account}:cluster/${name}`),
    ),
  );
  // 25 clusters in one account and region, then their 50 entries; one account and region after the other would take
  // four times as long.

  expect(time.now() - started).toBeLessThan(6_000);
  expect(read.flatMap(({ accessEntries }) => accessEntries)).toHaveLength(200);
  expect(fake.throttled).toEqual({});
  expect(fake.calls).toMatchObject({ 'eks.DescribeAccessEntry': 200, 'eks.ListAccessEntries': 100 });
});

describe('roles that Identity Center did not create', () => {
  const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
  const ROLES = [
    { account: PROD, name: 'node', path: '/eks/', createdAt: '2025-02-03T04:05:06.000Z' },
    { account: PROD, name: 'Deployer', path: '/ci/' },
    { account: PROD, name: 'plain' },
    { account: DEV, name: 'node' },
  ];

  test("are found in their accounts' lists, in any case and on any path; missing ones are gone", async () => {
    const accounts = [{ id: PROD }, { id: DEV }];
    const { fake, open, findings } = await opened({ accounts, roles: ROLES });
    const arns = [
      role(PROD, 'old/path/node'),
      role(PROD, 'deployer'),
      role(PROD, 'ci/Deployer'),
      role(PROD, 'plain'),
      role(PROD, 'gone'),
      role(DEV, 'plain'),
    ];
    const roles = await (await open()).otherRoles(arns);
    expect(roles).toMatchObject([
      { arn: role(PROD, 'node'), role: { pathArn: role(PROD, 'eks/node'), createdAt: ROLES[0]?.createdAt } },
      { arn: role(PROD, 'Deployer'), role: { pathArn: role(PROD, 'ci/Deployer') } },
      { arn: role(PROD, 'plain'), role: { pathArn: role(PROD, 'plain') } },
      { arn: role(PROD, 'gone'), role: null },
      { arn: role(DEV, 'plain'), role: null },
    ]);
    expect(findings).toEqual([]);
    // Pages of two: four roles, plus two created by Organizations; no call per role.
    expect(fake.calls).toMatchObject({ 'sts.AssumeRole': 2 });
    expect(Object.keys(fake.calls).sort()).toEqual([
      'iam.ListRoles',
      'sts.AssumeRole',
      'sts.GetCallerIdentity',
    ]);
  });

  test('in accounts that cannot be read are skipped, with a note for each reason', async () => {
    const accounts = [
      { id: PROD, denies: ['iam.ListRoles'] },
      { id: DEV, assumableRole: null },
      { id: '400000000000', assumableRole: null },
    ];
    const { open, findings } = await opened({ ...WORLD, accounts, clusters: [] });
    const arns = [HUB, PROD, DEV, DEV, '400000000000'].map((account) => role(account, 'node'));
    const roles = await (await open()).otherRoles([...arns, role(DEV, 'other')]);
    expect(roles).toEqual([{ arn: role(HUB, 'node'), role: null }]);
    expect(findings).toMatchObject([
      {
        severity: 'note',
        code: 'other-roles-unread',
        message: expect.stringMatching(
          /^can't tell whether 3 roles in 2 accounts 300000000000, 400000000000 still exist \(sts:AssumeRole is denied\): first error: /,
        ),
      },
      {
        message: expect.stringMatching(
          /^can't tell whether 1 role in account 200000000000 still exists \(iam:ListRoles is denied\): User: /,
        ),
        help: 'Grant iam:ListRoles to the credentials that read the account.',
      },
    ]);
  });

  test('only roles of the partition are read', async () => {
    const { fake, open } = await opened(WORLD);
    const others = [
      USER,
      `arn:aws-cn:iam::${PROD}:role/node`,
      'arn:aws:iam::1:role/node',
      'node',
      role(PROD, 'a*b'),
    ];
    const sessions = [`arn:aws:sts::${PROD}:assumed-role/node/i`, `arn:aws:iam::${PROD}:root`];
    expect(await (await open()).otherRoles([...others, ...sessions])).toEqual([]);
    expect(fake.calls).toEqual({ 'sts.GetCallerIdentity': 1 });
  });
});
