import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccessPolicy } from '../../src/eks.ts';
import { awsCommand, runScript } from '../access-entry/aws-command.ts';
import { runWithEnvironment } from '../cli/run.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { wholeRuns } from '../runs.ts';
import { scratch } from '../scratch.ts';

/** Before the script runs, its rollback is printed: afterwards, it must lead back to the entries that were read. */

const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;
const PATH = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/`;

const scope = fc.constantFrom<AccessPolicy['scope']>(
  'cluster',
  { namespaces: ['team-*', 'qa'] },
  { namespaces: ['dev'] },
);
const policies = fc.subarray(['ClusterAdmin', 'Admin', 'Edit', 'View']).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      scope.map(
        (one): AccessPolicy => ({
          policyArn: `arn:aws:eks::aws:cluster-access-policy/AmazonEKS${name}Policy`,
          scope: one,
        }),
      ),
    ),
  ),
);
const GROUPS = ['viewers', 'deployers', 'a b', "it's", '$(id)', 'file:///x'];
const groups = fc.subarray(GROUPS);
const POLICIES = [
  { policy: 'View' },
  { policy: 'Edit', namespaces: ['team-*', 'x'] },
  { policy: 'ClusterAdmin' },
];
/** A permission set, with its role unless it is gone, and with an access entry that may be older than the role. */
const role = fc.record({
  isGone: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
  mapped: fc.option(
    fc.record(
      {
        groups: fc.subarray(GROUPS, { minLength: 1 }),
        policies: fc.subarray(POLICIES, { minLength: 1 }),
        username: fc.constantFrom('gha', 'sso:{{SessionName}}', 'default'),
      },
      { requiredKeys: ['groups'] },
    ),
    { freq: 3 },
  ),
  existing: fc.option(
    fc.record(
      {
        username: fc.constantFrom('gha', 'old:{{SessionNameRaw}}', `it's "old" $(x)`),
        groups,
        policies,
        isDead: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    { freq: 4 },
  ),
});
const worlds = fc.record({ roles: fc.array(role, { minLength: 10, maxLength: 10 }), prunes: fc.boolean() });
type Case = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;

test('the rollback leads back to the entries that were read', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (one) => {
      const fake = await worldOf(one);
      const cwd = await scratch({ 'config.json': configOf(one) });
      const print = async (...more: string[]) => {
        const argv = ['access-entries', '-c', 'config.json', '--cluster', CLUSTER, ...more];
        const { exitCode, stdout, stderr } = await runWithEnvironment(argv, { cwd });
        expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
        return stdout;
      };
      const options = one.prunes ? ['--prune', '--allow-lockout'] : [];
      const [script, rollback] = [await print(...options), await print(...options, '--rollback')];
      const runText = (text: string) => runScript(text, awsCommand(fake.env));
      const before = entriesOf(fake);

      expect(await runText(rollback)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('changes: 0,'),
      });
      expect(entriesOf(fake)).toEqual(before);

      const { code } = await runText(script);
      expect(code).toBe(!one.prunes && one.roles.some(isInTheWay) ? 1 : 0);
      if (one.prunes) expect(principalsOf(fake)).toEqual(wantedPrincipals(one));

      expect(await runText(rollback)).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(
          /^(warning: [a-z-]+: this deletes the access entries below, .*\n( {2}.*\n)+)?$/,
        ),
      });
      // Nobody had access through these, and a new entry would grant it.
      const lost = new Set(
        one.prunes ? one.roles.flatMap((entry, index) => (grantsNone(entry) ? [arnOf(index)] : [])) : [],
      );
      expect(entriesOf(fake)).toEqual(before.filter(({ principalArn }) => !lost.has(principalArn)));
      expect(await runText(rollback)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('changes: 0,'),
      });
    }),
    { ...wholeRuns(20), endOnFailure: true },
  );
});

type RoleCase = Case['roles'][number];

function grantsNone({ existing, isGone }: RoleCase): boolean {
  return existing !== null && (isGone || existing.isDead === true);
}

/** True for a dead entry of a wanted role, which the script doesn't delete without `--prune`. */
function isInTheWay(one: RoleCase): boolean {
  return isWanted(one) && grantsNone(one);
}

function isWanted({ mapped, isGone }: RoleCase): boolean {
  return mapped !== null && !isGone;
}

function wantedPrincipals({ roles }: Case): string[] {
  return roles.flatMap((one, index) => (isWanted(one) ? [arnOf(index)] : [])).toSorted();
}

function configOf({ roles }: Case): string {
  const mappings = roles.flatMap(({ mapped, isGone }, index) =>
    mapped && !isGone ? [{ permissionSet: `Set${index}`, ...mapped }] : [],
  );
  return JSON.stringify({
    accounts: [ACCOUNT],
    mappings: [{ permissionSet: 'Always', groups: ['x'] }, ...mappings],
  });
}

function worldOf({ roles }: Case): Promise<FakeAws> {
  return fakeAwsForTest({
    managementAccountId: ACCOUNT,
    homeRegion: 'eu-west-1',
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    roles: [
      {
        account: ACCOUNT,
        permissionSet: 'Always',
        suffix: '0'.repeat(16),
        createdAt: '2021-01-01T00:00:00Z',
      },
      ...roles.flatMap(({ isGone }, index) =>
        isGone
          ? []
          : [
              {
                account: ACCOUNT,
                permissionSet: `Set${index}`,
                suffix: '0'.repeat(16),
                createdAt: '2021-01-01T00:00:00Z',
              },
            ],
      ),
    ],
    clusters: [
      {
        name: 'prod',
        account: ACCOUNT,
        accessEntries: [
          ...roles.flatMap(({ existing }, index) => {
            if (!existing) return [];
            const { isDead, ...entry } = existing;
            const createdAt = isDead ? '2020-06-01T12:00:00.000Z' : '2024-06-01T12:00:00.000Z';
            return [{ principalArn: arnOf(index), ...entry, createdAt }];
          }),
          { principalArn: `arn:aws:iam::${ACCOUNT}:role/nodes`, type: 'EC2_LINUX' },
        ],
      },
    ],
  });
}

function arnOf(index: number): string {
  return `${PATH}AWSReservedSSO_Set${index}_${'0'.repeat(16)}`;
}

/** The entries without creation times, in a fixed order. */
function entriesOf(fake: FakeAws) {
  const entries = fake.clusters[0]?.accessEntries ?? [];
  return entries
    .map(({ principalArn, type, username, kubernetesGroups, policies: all }) => ({
      principalArn,
      type,
      username,
      kubernetesGroups: kubernetesGroups.toSorted(),
      policies: all.map(policyKey).toSorted(),
    }))
    .toSorted((one, other) => (one.principalArn < other.principalArn ? -1 : 1));
}

/** EKS keeps no order of namespaces. */
function policyKey({ policyArn, scope: where }: AccessPolicy): string {
  return JSON.stringify([policyArn, where === 'cluster' ? where : where.namespaces.toSorted()]);
}

function principalsOf(fake: FakeAws): string[] {
  return entriesOf(fake)
    .map(({ principalArn }) => principalArn)
    .filter((arn) => arn.includes('_Set'));
}
