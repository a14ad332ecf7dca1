import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutPath } from '../../src/arn.ts';
import { type AccessPolicy, defaultUsername } from '../../src/eks.ts';
import { runWithEnvironment } from '../cli/run.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { awsAuthOf } from './aws-auth-of.ts';
import { awsCommand, printedCommands, runPrinted, runScript } from './aws-command.ts';

/** The proof must match the cluster after a run of the script and of the commands that messages print. */

const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;
const NODE_TYPES = ['EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'EC2'];
const ADMIN = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

const people = fc.record({
  username: fc.constantFrom(
    'gha',
    'sso:{{SessionName}}',
    'a:{{SessionNameRaw}}',
    '{{SessionName}}',
    'x:{{AccessKeyID}}',
  ),
  groups: fc.subarray(['viewers', 'deployers', 'system:masters', 'system:own', 'of-{{SessionName}}']),
});
const nodes = fc.record({
  username: fc.constantFrom('system:node:{{EC2PrivateDNSName}}', 'system:node:{{SessionName}}'),
  groups: fc
    .subarray(['eks:kube-proxy-windows', 'system:node-proxier'])
    .map((more) => ['system:bootstrappers', 'system:nodes', ...more]),
});
const scope = fc.constantFrom<AccessPolicy['scope']>('cluster', { namespaces: ['dev-*', 'qa'] });
const policies = fc
  .subarray(['ClusterAdmin', 'View'])
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        scope.map((one) => ({ policyArn: ADMIN.replace('ClusterAdmin', name), scope: one })),
      ),
    ),
  );
const existing = fc.oneof(
  fc.record(
    {
      username: fc.constantFrom('gha', 'sso:{{SessionName}}', 'old:{{SessionNameRaw}}', 'it\'s "old"'),
      groups: fc.subarray(['viewers', 'others']),
      policies,
      createdAt: fc.constantFrom('2024-06-01T12:00:00.000Z', '2020-06-01T12:00:00.000Z'),
    },
    { requiredKeys: [] },
  ),
  fc.record({ type: fc.constantFrom(...NODE_TYPES) }),
);
const pairs = fc.array(
  fc.record({
    mapped: fc.oneof({ weight: 3, arbitrary: people }, { weight: 1, arbitrary: nodes }),
    existing: fc.option(existing, { freq: 4 }),
  }),
  { minLength: 12, maxLength: 12 },
);
type Pairs = typeof pairs extends fc.Arbitrary<infer Value> ? Value : never;

test('the script leads to the proof, and the printed commands lead to the written entries', async () => {
  await fc.assert(
    fc.asyncProperty(pairs, async (all) => {
      const fake = await worldOf(all);
      const items = all.map(({ mapped }, index) => ({ rolearn: roleArn(index), ...mapped }));
      const cwd = await scratch({ 'aws-auth.json': awsAuthOf(items) });
      const translate = (...more: string[]) => {
        const argv = ['access-entries', '--from', 'aws-auth.json', '--nodes', '--cluster', CLUSTER, ...more];
        return runWithEnvironment(argv, { cwd });
      };
      const { proof, entries } = JSON.parse((await translate('-o', 'json')).stdout);
      const written = await translate();
      const script = () => runScript(written.stdout, awsCommand(fake.env));
      expect(await script()).toMatchObject({ code: proof.some(isBlocked) ? 1 : 0 });
      // If an entry must be deleted first, the script only adds to others: below, it runs again.
      const proven = proof.some(isBlocked) ? [] : proof.filter((one: Row) => one.after);
      for (const row of proven)
        expect({ arn: row.arn, ...accessOf(fake, row.arn) }).toEqual({
          arn: row.arn,
          ...row.after,
          groups: row.after.groups.toSorted(),
        });

      for (const line of printedCommands(written.stderr)) await runPrinted(line, fake.env);
      expect(await script()).toMatchObject({ code: 0 });
      for (const { username, kubernetesGroups, policies: wanted, ...entry } of entries) {
        const found = entryOf(fake, entry.principalArn);
        expect(found).toMatchObject(entry);
        // Other policies make no difference to a cluster admin and stay.
        if (accessOf(fake, entry.principalArn).admin)
          expect(found.policies).toEqual(expect.arrayContaining(wanted));
        else expect(found.policies.toSorted(byArn)).toEqual(wanted.toSorted(byArn));
        if (entry.type !== 'STANDARD') continue;
        expect(found.username).toBe(username ?? defaultUsername(entry.principalArn));
        expect(found.kubernetesGroups.toSorted()).toEqual(kubernetesGroups.toSorted());
      }
      expect(await script()).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^(?:warning: \S+: also keeps .*\n)*$/),
        stdout: expect.stringContaining('changes: 0, failures: 0'),
      });
      expect(printedCommands((await translate()).stderr)).toEqual([]);
    }),
    { ...runs(1), endOnFailure: true },
  );
});

interface Row {
  readonly arn: string;
  readonly after: object | null;
  readonly obstacle: string | null;
}

function isBlocked({ obstacle }: Row): boolean {
  return obstacle !== null;
}

function worldOf(all: Pairs): Promise<FakeAws> {
  return fakeAwsForTest({
    managementAccountId: ACCOUNT,
    homeRegion: 'eu-west-1',
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    roles: all.map((_, index) => ({
      account: ACCOUNT,
      name: `r${index}`,
      path: '/team/',
      createdAt: '2021-01-01T00:00:00Z',
    })),
    clusters: [
      {
        name: 'prod',
        account: ACCOUNT,
        accessEntries: all.flatMap(({ existing: found }, index) =>
          found ? [{ principalArn: pathArn(index), ...found }] : [],
        ),
      },
    ],
  });
}

function pathArn(index: number): string {
  return `arn:aws:iam::${ACCOUNT}:role/team/r${index}`;
}

function roleArn(index: number): string {
  return withoutPath(pathArn(index));
}

function entryOf(fake: FakeAws, arn: string) {
  const entry = fake.clusters[0]?.accessEntries.find(
    ({ principalArn }) => withoutPath(principalArn) === withoutPath(arn),
  );
  if (!entry) throw new Error(`${arn} has no access entry`);
  return entry;
}

/** An identity in the proof's form: without node groups that make no difference. */
function accessOf(fake: FakeAws, arn: string) {
  const { username, kubernetesGroups, policies: all } = entryOf(fake, arn);
  const admin = all.some(({ policyArn, scope: where }) => policyArn === ADMIN && where === 'cluster');
  const groups = kubernetesGroups.filter((group) => !/^system:(?:bootstrappers|node-proxier)$/.test(group));
  return { username, groups: groups.toSorted(), admin };
}

function byArn(one: AccessPolicy, other: AccessPolicy): number {
  return one.policyArn < other.policyArn ? -1 : 1;
}
