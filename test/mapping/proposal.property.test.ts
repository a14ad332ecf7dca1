import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EksCluster } from '../../src/directory/model.ts';
import { type AccessEntry, defaultUsername } from '../../src/eks.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';

/** A config that is proposed from a cluster must write what the cluster has. */

const ACCOUNTS = ['111122223333', '222233334444'];
const ROLES = ACCOUNTS.flatMap((id) => ['Admin', 'Dev', 'Ops', 'View'].map((set) => role(id, set)));
const ARNS = [...ROLES.map(({ pathArn }) => pathArn), 'arn:aws:iam::111122223333:role/ci/deploy'];

const POLICIES = ['ClusterAdmin', 'Edit', 'View', 'SecretReader', 'BrandNew', 'Hybrid'];
const scope = fc.constantFrom<'cluster' | { namespaces: string[] }>(
  'cluster',
  { namespaces: ['team-*'] },
  { namespaces: ['b', 'a', 'x-1'] },
  { namespaces: ['*'] },
);
const entry = fc.record({
  username: fc.constantFrom(null, 'sso:{{SessionName}}', 'x:{{SessionNameRaw}}', 'plain', 'default'),
  kubernetesGroups: fc.subarray(['viewers', 'policy:Edit', 'of-{{SessionName}}', '-x: "y"']),
  policies: fc.subarray(POLICIES).chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        scope.map((one) => ({
          policyArn: `arn:aws:eks::aws:cluster-access-policy/AmazonEKS${name}Policy`,
          scope: one,
        })),
      ),
    ),
  ),
});
const entries = fc.tuple(...ARNS.map(() => fc.option(entry)));

test('it writes the access entries of each role that it maps, lists all others, and a strict comparison finds no difference', async () => {
  let mapped = 0;
  await fc.assert(
    fc.asyncProperty(entries, async (drawn) => {
      const there = drawn.flatMap((one, index): AccessEntry[] => {
        const principalArn = ARNS[index] ?? '';
        if (!one) return [];
        return [
          { ...one, principalArn, type: 'STANDARD', username: one.username ?? defaultUsername(principalArn) },
        ];
      });
      const cluster: EksCluster = {
        name: 'prod',
        arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
        authenticationMode: 'API',
        accessEntries: there.map((one) => ({ ...one, createdAt: '2026-10-01T00:00:00.000Z' })),
      };
      const accounts = ACCOUNTS.map((id) => account(id));
      const cwd = await scratch({
        'aws.json': snapshotText(inventory(accounts, ROLES, { clusters: [cluster] })),
      });
      const proposed = await run(['init', '--cluster', 'prod', '--inventory', 'aws.json'], { cwd });
      expect(proposed).toMatchObject({ exitCode: 0, stdout: '' });
      const [, mappings = 0, others = 0] =
        /(\d+) mappings?(?:, (\d+) other entr)?/.exec(proposed.stderr)?.map(Number) ?? [];
      if (mappings + (Number.isNaN(others) ? 0 : others) > 0) {
        const compared = ['diff', '--cluster', 'prod', '--strict', '--inventory', 'aws.json'];
        expect(await run(compared, { cwd })).toMatchObject({ exitCode: 0, stdout: '' });
      }
      if (mappings === 0) return;
      const argv = ['access-entries', '--cluster', 'prod', '--inventory', 'aws.json', '-o', 'json'];
      const written = await run(argv, { cwd });
      expect(written).toMatchObject({ exitCode: 0 });
      const wanted: readonly AccessEntry[] = JSON.parse(written.stdout).entries;
      mapped += wanted.length;
      expect(wanted.length + (Number.isNaN(others) ? 0 : others)).toBe(there.length);
      const before = new Map(there.map((one) => [one.principalArn, one]));
      for (const { username, ...rest } of wanted) {
        const { username: had, ...found } = before.get(rest.principalArn) ?? {};
        expect(rest).toEqual(found);
        expect(username ?? defaultUsername(rest.principalArn)).toBe(had);
      }
    }),
    runs(60),
  );
  expect(mapped).toBeGreaterThan(0);
});
