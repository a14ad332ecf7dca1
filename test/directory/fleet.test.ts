import { describe, expect, test } from 'vitest';
import type { AccountSelector } from '../../src/directory/account-selector.ts';
import type { AwsOptions, Progress } from '../../src/directory/connection.ts';
import type { AccountName } from '../../src/directory/model.ts';
import { type FleetQuery, parseClusterSelector } from '../../src/directory/query.ts';
import { AWS_RATES } from '../fake-aws/rate.ts';
import type { AccountInput, ClusterInput, WorldInput } from '../fake-aws/world-input.ts';
import { idleTime } from '../timing.ts';
import { ALL, assumedRole, failureOf, id, opened, textOf, unit } from './opened.ts';

const [HUB, PROD, DEV] = ['111111111111', '200000000000', '300000000000'];
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod', ou: 'Workloads' },
    { id: DEV, name: 'dev', ou: 'Workloads' },
  ],
  clusters: [
    { name: 'hub' },
    { name: 'main', account: PROD, accessEntries: [{ principalArn: `arn:aws:iam::${PROD}:user/ada` }] },
    { name: 'main', account: PROD, region: 'us-east-1' },
    { name: 'Main', account: PROD },
    { name: 'main', account: DEV },
    { name: 'test', account: DEV, authenticationMode: 'CONFIG_MAP' },
  ],
};

interface Asked {
  readonly scope?: readonly AccountSelector[];
  readonly exclude?: readonly AccountSelector[];
  readonly regions?: readonly string[];
  readonly maySkip?: (account: AccountName) => boolean;
}

/** A query for patterns, and for names and ARNs after `=`. */
function fleet(texts: readonly string[], asked: Asked = {}): FleetQuery {
  const { scope = [], exclude = [], regions = [], maySkip = () => false } = asked;
  return {
    selectors: texts.map((text) =>
      text.startsWith('=') ? parseClusterSelector(text.slice(1)) : { glob: text },
    ),
    regions,
    accounts: { scope, within: null, exclude },
    maySkip,
  };
}

async function read(texts: readonly string[], asked?: Asked, world = WORLD, options?: Partial<AwsOptions>) {
  const { fake, findings, open } = await opened(world);
  const { clusters, unread } = await (await open(options)).fleet(fleet(texts, asked));
  const places = clusters.map(({ arn }) => arn.split(':').slice(3).join(' ').replace('cluster/', ''));
  return { fake, findings, unread, clusters, places };
}

async function refused(texts: readonly string[], asked?: Asked, change: Partial<WorldInput> = {}) {
  const { open } = await opened({ ...WORLD, ...change });
  const failure = await failureOf((await open()).fleet(fleet(texts, asked)));
  return { exitCode: failure.exitCode, text: textOf(failure) };
}

describe('a pattern', () => {
  test("selects clusters of the caller's account in the region of the run, without a scope", async () => {
    const { places, fake } = await read(['*']);
    expect(places).toEqual([`eu-west-1 ${HUB} hub`]);
    expect(fake.calls).toMatchObject({ 'eks.ListClusters': 1, 'eks.DescribeCluster': 1 });
    expect(fake.calls['sts.AssumeRole']).toBeUndefined();
  });

  test.each<[string, readonly string[], Asked, readonly string[]]>([
    [
      'in the order of the accounts',
      ['main'],
      { scope: [id(DEV), id(PROD)] },
      [`eu-west-1 ${DEV} main`, `eu-west-1 ${PROD} main`],
    ],
    [
      'in the order of the regions, each once',
      ['m*'],
      { scope: [id(PROD)], regions: ['us-east-1', 'eu-west-1', 'us-east-1'] },
      [`us-east-1 ${PROD} main`, `eu-west-1 ${PROD} main`],
    ],
    ['with case', ['[mM]ain'], { scope: [id(PROD)] }, [`eu-west-1 ${PROD} Main`, `eu-west-1 ${PROD} main`]],
    [
      'of a unit',
      ['{main,test}'],
      { scope: [unit('Workloads')], exclude: [id(PROD)] },
      [`eu-west-1 ${DEV} main`, `eu-west-1 ${DEV} test`],
    ],
    [
      'of all accounts',
      ['????'],
      { scope: [ALL] },
      [`eu-west-1 ${PROD} Main`, `eu-west-1 ${PROD} main`, `eu-west-1 ${DEV} main`, `eu-west-1 ${DEV} test`],
    ],
    [
      'next to names and ARNs, each cluster once',
      ['t*', '=hub', `=arn:aws:eks:eu-west-1:${DEV}:cluster/test`, '*'],
      { scope: [id(DEV)] },
      [`eu-west-1 ${DEV} test`, `eu-west-1 ${HUB} hub`, `eu-west-1 ${DEV} main`],
    ],
  ])('selects clusters %s', async (_, texts, asked, expected) => {
    // A name alone is a pattern here.
    expect((await read(texts, asked)).places).toEqual(expected);
  });

  test('reads page by page', async () => {
    const { fake, open } = await opened(WORLD, { pageSize: 1 });
    const { clusters } = await (await open()).fleet(fleet(['*'], { scope: [id(DEV)] }));
    expect(clusters).toHaveLength(2);
    expect(fake.calls['eks.ListClusters']).toBe(2);
  });

  test('assumes the role that the rules have for an account by name', async () => {
    const accounts: AccountInput[] = [{ id: PROD, name: 'prod', assumableRole: 'Own' }];
    const rule = { ...assumedRole('Own'), accounts: [{ kind: 'name', name: 'prod' } as const] };
    const { places } = await read(
      ['main'],
      { scope: [id(PROD)] },
      { ...WORLD, accounts, clusters: WORLD.clusters?.slice(1, 4) ?? [] },
      { assumeRole: [rule] },
    );
    expect(places).toEqual([`eu-west-1 ${PROD} main`]);
  });

  test('that matches nothing is refused, with what was searched and what is there', async () => {
    expect(
      await refused(['mian'], { scope: [id(PROD), id(DEV)], regions: ['eu-west-1', 'us-east-1'] }),
    ).toEqual({
      exitCode: 2,
      text: `no EKS cluster in accounts ${PROD}, ${DEV}, regions eu-west-1, us-east-1 matches "mian"\nDid you mean "Main" or "main"? Search other accounts with --account, --ou or --all-accounts, and other regions with --cluster-region.`,
    });
    expect((await refused(['x*'], { scope: [id(DEV)] })).text).toContain('It has main, test.');
  });

  test('that matches nothing that could be read may match something elsewhere', async () => {
    const denying = [
      { id: PROD, name: 'prod' },
      { id: DEV, name: 'dev', denies: ['eks.ListClusters'] },
    ];
    const asked = { scope: [id(PROD), id(DEV)], maySkip: () => true };
    const { places, unread } = await read(['x*'], asked, { ...WORLD, accounts: denying });
    expect(places).toEqual([]);
    expect(unread).toMatchObject([{ accountId: DEV, region: 'eu-west-1', name: null }]);
  });

  test('makes no call to a region of another partition', async () => {
    const { fake, open } = await opened(WORLD);
    const session = await open();
    const before = fake.calls;
    const failure = await failureOf(session.fleet(fleet(['*'], { regions: ['us-gov-west-1'] })));
    expect(textOf(failure)).toContain('us-gov-west-1 is in partition aws-us-gov');
    expect([failure.exitCode, fake.calls]).toEqual([2, before]);
  });
});

describe('clusters that cannot be listed', () => {
  const scope = [id(PROD), id(DEV)];

  test.each<[string, Partial<AccountInput>, string]>([
    ['the role', { assumableRole: null }, 'sts:AssumeRole is denied'],
    ['the list', { denies: ['eks.ListClusters'] }, 'eks:ListClusters is denied in eu-west-1'],
  ])('because %s is denied: exit 3 says how to go on', async (_, change, cause) => {
    const accounts = [
      { id: PROD, name: 'prod' },
      { id: DEV, name: 'dev', ...change },
    ];
    const { exitCode, text } = await refused(['*'], { scope }, { accounts });
    expect(exitCode).toBe(3);
    expect(text).toContain(`the clusters of 1 account can't be listed (${cause}): ${DEV}`);
    expect(text).toContain('To continue without it, use --skip-unreadable ID|GLOB.');
  });

  test('are named for each region if they may be skipped, and the others are read', async () => {
    const accounts = [
      { id: PROD, name: 'prod' },
      { id: DEV, name: 'dev', assumableRole: null },
    ];
    const asked = {
      scope,
      regions: ['eu-west-1', 'us-east-1'],
      maySkip: ({ id: one }: AccountName) => one === DEV,
    };
    const { places, unread, findings } = await read(['main'], asked, { ...WORLD, accounts });
    expect(places).toEqual([`eu-west-1 ${PROD} main`, `us-east-1 ${PROD} main`]);
    expect(unread.map(({ accountId, region, name, cause }) => [accountId, region, name, cause])).toEqual([
      [DEV, 'eu-west-1', null, 'sts:AssumeRole is denied'],
      [DEV, 'us-east-1', null, 'sts:AssumeRole is denied'],
    ]);
    expect(findings.map(({ code }) => code)).toEqual(['clusters-unlisted', 'clusters-found']);
  });

  test.each(['region-disabled', 'unknown-key'] as const)(
    'because the region is off (%s) say so',
    async (kind) => {
      const { fake, open } = await opened(WORLD);
      fake.inject({ kind, operation: 'eks.ListClusters', region: 'us-east-1', accountId: PROD });
      const query = fleet(['*'], { scope, regions: ['eu-west-1', 'us-east-1'] });
      const failure = await failureOf((await open()).fleet(query));
      expect(failure.exitCode).toBe(3);
      expect(textOf(failure)).toContain(
        "eks:ListClusters isn't available in region us-east-1 (partition aws)",
      );
      expect(textOf(failure)).toContain(
        'Enable us-east-1 in the account, or search other regions with --cluster-region.',
      );
    },
  );

  test('are skipped in the management account if a delegated administrator may not assume a role there', async () => {
    const world: WorldInput = {
      ...WORLD,
      delegatedAdminId: PROD,
      accounts: [{ id: PROD }, { id: DEV, trusts: [PROD] }],
    };
    const { open, findings } = await opened(world, { callerAccountId: PROD });
    const { clusters, unread } = await (await open()).fleet(fleet(['main'], { scope: [ALL] }));
    expect(clusters).toHaveLength(2);
    expect(unread).toMatchObject([{ accountId: HUB, name: null }]);
    expect(findings.map(({ code }) => code)).toContain('management-account-unread');
  });

  test('because the network is down end the run after one round', async () => {
    const many = Array.from({ length: 40 }, (_, index) => String(500_000_000_000 + index));
    const { fake, open } = await opened({ accounts: many.map((account) => ({ id: account })) });
    fake.inject({ kind: 'reset', operation: 'eks.ListClusters' });
    const query = fleet(['*'], { scope: many.map(id), maySkip: () => true });
    const failure = await failureOf((await open({ width: { start: 4, most: 4 } })).fleet(query));
    expect(textOf(failure)).toContain('eks:ListClusters got no response');
    expect(fake.calls['eks.ListClusters']).toBeLessThan(40 * 9);
  });
});

test('a listed cluster that cannot be read is named if it may be skipped', async () => {
  const accounts = [
    { id: PROD, name: 'prod', denies: ['eks.ListAccessEntries'] },
    { id: DEV, name: 'dev' },
  ];
  const asked = { scope: [id(PROD), id(DEV)], maySkip: () => true };
  const { places, unread } = await read(['main'], asked, { ...WORLD, accounts });
  expect(places).toEqual([`eu-west-1 ${DEV} main`]);
  expect(unread).toMatchObject([
    { accountId: PROD, region: 'eu-west-1', name: 'main', cause: 'eks:ListAccessEntries is denied' },
  ]);
});

describe('100 clusters in 10 accounts and 3 regions', () => {
  const accounts = Array.from({ length: 10 }, (_, index) => String(400_000_000_000 + index));
  const regions = ['eu-west-1', 'us-east-1', 'ap-south-1'];
  const clusters = Array.from({ length: 100 }, (_, index): ClusterInput => {
    const account = accounts[index % 10] ?? '';
    const [one, other] = ['one', 'other'].map((name) => ({
      principalArn: `arn:aws:iam::${account}:role/${name}`,
    }));
    return {
      name: `c${index}`,
      account,
      region: regions[index % 3] ?? '',
      accessEntries: [one, other].flatMap((entry) => entry ?? []),
    };
  });
  const world: WorldInput = { accounts: accounts.map((account) => ({ id: account })), clusters };

  test("take one call per page, and none is throttled at AWS's rates", async () => {
    const time = idleTime();
    const { fake, open, progress } = await opened(world, { rates: AWS_RATES, now: time.now });
    const session = await open({ timing: time });
    const { clusters: found, unread } = await session.fleet(
      fleet(['*'], { scope: accounts.map(id), regions }),
    );
    expect([found.length, unread]).toEqual([100, []]);
    expect(fake.calls).toEqual({
      'sts.GetCallerIdentity': 1,
      'sts.AssumeRole': 10,
      'eks.ListClusters': 30,
      'eks.DescribeCluster': 100,
      'eks.ListAccessEntries': 100,
      'eks.DescribeAccessEntry': 200,
      'eks.ListAssociatedAccessPolicies': 200,
    });
    expect(progress.at(-1)).toMatchObject({
      throttles: 0,
      clusterLists: { done: 30, total: 30 },
      clusters: { done: 100, total: 100 },
      accessEntries: { done: 200, total: 200 },
    } satisfies Partial<Progress>);
  });
});
