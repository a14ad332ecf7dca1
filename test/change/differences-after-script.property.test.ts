import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AccessPolicy, accessPolicyArn } from '../../src/eks.ts';
import { awsCommand, printedCommands, runPrinted, runScript } from '../access-entry/aws-command.ts';
import { type Ran, runWithEnvironment } from '../cli/run.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { wholeRuns } from '../runs.ts';
import { scratch } from '../scratch.ts';

/** After the script of `access-entries` and the commands that `diff --cluster` prints, that finds nothing anymore. */

const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;
const SETS = ['Admin', 'Dev', 'Dev_ReadOnly', 'Ops.1'];

const SCOPE = fc.constantFrom<AccessPolicy['scope']>(
  'cluster',
  { namespaces: ['qa', 'dev-*'] },
  { namespaces: ['team-a'] },
);
const POLICIES = fc.subarray(['ClusterAdmin', 'View', 'Edit']);
const statedPolicies = POLICIES.chain((names) =>
  fc.tuple(
    ...names.map((policy) =>
      (policy === 'ClusterAdmin' ? fc.constant('cluster' as const) : SCOPE).map((scope) => ({
        policy,
        ...(scope !== 'cluster' && scope),
      })),
    ),
  ),
);
const mapping = fc
  .record({
    username: fc.constantFrom(undefined, 'default', 'ops:{{SessionName}}', "it's"),
    groups: fc.subarray(['viewers', 'a b', 'system:masters']),
    policies: statedPolicies,
  })
  .filter(({ groups, policies }) => groups.length + policies.length > 0)
  .map(({ groups, policies, ...rest }) => ({
    ...rest,
    ...(groups.length > 0 && { groups }),
    ...(policies.length > 0 && { policies }),
  }));
const existing = fc.record(
  {
    username: fc.constantFrom('ops:{{SessionName}}', 'old'),
    groups: fc.subarray(['viewers', 'a b', 'others']),
    policies: POLICIES.chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          SCOPE.map((scope) => ({ policyArn: accessPolicyArn('aws', `AmazonEKS${name}Policy`), scope })),
        ),
      ),
    ),
    createdAt: fc.constantFrom('2024-06-01T12:00:00.000Z', '2020-06-01T12:00:00.000Z'),
    type: fc.constantFrom('STANDARD', 'STANDARD', 'STANDARD', 'EC2_LINUX'),
  },
  { requiredKeys: [] },
);
const cases = fc.tuple(
  ...SETS.map((name) =>
    fc.record({
      name: fc.constant(name),
      mapping: fc.option(mapping, { freq: 4 }),
      existing: fc.option(existing),
    }),
  ),
);
type Cases = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

test('the script and the printed commands leave nothing to report', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (all) => {
      fc.pre(all.some((one) => one.mapping));
      const { call, diff, apply } = await clusterOf(all);
      const before = await diff();
      const written = await call('access-entries');
      const changes = await apply(written);
      if (before.code === 0) expect(changes).toEqual([]);

      const after = await diff();
      const left = all.filter((one) => !one.mapping && one.existing);
      expect(after).toMatchObject({ added: [], updated: [], altered: [], unlisted: [] });
      const dead = left.filter(isDead).map(({ name }) => name);
      const alive = left.filter((one) => !isDead(one)).map(({ name }) => name);
      expect({ dead: setsOf(after.dead), unmapped: setsOf(after.unmapped) }).toEqual({
        dead,
        unmapped: alive,
      });
      expect(after.code).toBe(dead.length > 0 ? 1 : 0);
      const strict = await diff('--strict');
      expect(strict.code).toBe(left.length > 0 ? 1 : 0);
    }),
    { ...wholeRuns(20), endOnFailure: true },
  );
});

test('with --prune, they also leave nothing that no mapping wants', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (all) => {
      fc.pre(all.some((one) => one.mapping));
      const { call, diff, apply } = await clusterOf(all);
      const prune = ['--prune', '--allow-lockout'];
      const { removed, dead } = await diff(...prune);
      const unwanted = all.filter((one) => one.existing && (!one.mapping || isDead(one)));
      expect([setsOf(removed), dead]).toEqual([unwanted.map(({ name }) => name), []]);
      await apply(await call('access-entries', ...prune));
      expect(await diff('--strict', ...prune)).toMatchObject({ code: 0, changed: false });
    }),
    { ...wholeRuns(10), endOnFailure: true },
  );
});

interface Row {
  readonly principalArn: string;
}

function setsOf(rows: readonly Row[]): string[] {
  return rows.map(({ principalArn }) => principalArn.split('_').slice(1, -1).join('_'));
}

/** A cluster, the commands that compare it, and what a user does with their output. */
async function clusterOf(all: Cases) {
  const fake = await worldOf(all);
  const cwd = await scratch({ 'c.json': configOf(all) });
  const call = (command: string, ...more: string[]) =>
    runWithEnvironment([command, '-c', 'c.json', '--cluster', CLUSTER, ...more], { cwd });
  const diff = async (...more: string[]) => {
    const ran = await call('diff', '-o', 'json', ...more);
    return { code: ran.exitCode, ...JSON.parse(ran.stdout) };
  };
  /** Runs the script after the deletions that its messages ask for, then the commands that diff prints. */
  const apply = async ({ stdout, stderr }: Ran) => {
    const deletions = printedCommands(stderr).filter((line) => line.includes(' delete-access-entry '));
    for (const line of deletions) await runPrinted(line, fake.env);
    const ran = await runScript(stdout, awsCommand(fake.env));
    expect(ran).toMatchObject({ code: 0 });
    const others = printedCommands((await call('diff')).stderr);
    for (const line of others) await runPrinted(line, fake.env);
    const isChanged = !ran.stdout.includes('changes: 0');
    return [...deletions, ...(isChanged ? [ran.stdout] : []), ...others];
  };
  return { call, diff, apply };
}

function isDead({ existing: found }: Cases[number]): boolean {
  return found?.createdAt?.startsWith('2020') === true;
}

function configOf(all: Cases): string {
  const mappings = all.flatMap(({ name, mapping: wanted }) =>
    wanted ? [{ permissionSet: name, ...wanted }] : [],
  );
  return JSON.stringify({ accounts: [ACCOUNT], mappings });
}

function worldOf(all: Cases): Promise<FakeAws> {
  const nameOf = (set: string) => `AWSReservedSSO_${set}_0123456789abcdef`;
  const path = '/aws-reserved/sso.amazonaws.com/eu-west-1/';
  return fakeAwsForTest({
    managementAccountId: ACCOUNT,
    homeRegion: 'eu-west-1',
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    roles: all.map(({ name }) => ({
      account: ACCOUNT,
      name: nameOf(name),
      path,
      createdAt: '2021-01-01T00:00:00Z',
    })),
    clusters: [
      {
        name: 'prod',
        account: ACCOUNT,
        accessEntries: all.flatMap(({ name, existing: found }) =>
          found ? [{ principalArn: `arn:aws:iam::${ACCOUNT}:role${path}${nameOf(name)}`, ...found }] : [],
        ),
      },
    ],
  });
}
