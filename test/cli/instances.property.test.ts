import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { writeProfiles } from '../fake-aws/profiles.ts';
import { startFakeAws } from '../fake-aws/server.ts';
import { wholeRuns } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const NAMES = ['Admin', 'Dev', 'View'];
const MASTERS = 'system:masters';

/** One organization: which permission sets each of its accounts has. */
interface Organization {
  readonly accounts: readonly (readonly string[])[];
  readonly sets: readonly string[];
  /** False for a snapshot taken without permission to call Identity Center. */
  readonly isKnown: boolean;
}

const ORGANIZATION = fc.record({
  accounts: fc.array(fc.subarray(NAMES), { minLength: 1, maxLength: 3 }),
  sets: fc.subarray(NAMES, { minLength: 1 }),
  isKnown: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
});
const ORGANIZATIONS = fc.array(ORGANIZATION, { minLength: 2, maxLength: 3 });
const WANTED = fc.uniqueArray(fc.record({ of: fc.nat(2), set: fc.constantFrom(...NAMES) }), {
  minLength: 1,
  maxLength: 3,
  selector: ({ of, set }) => `${of} ${set}`,
});

const accountId = (of: number, index: number) => `${of + 1}0000000000${index}`;
const instanceArn = (of: number) => `arn:aws:sso:::instance/ssoins-${String(of + 1).repeat(16)}`;
const setArn = (of: number, set: string) =>
  `arn:aws:sso:::permissionSet/ssoins-${String(of + 1).repeat(16)}/ps-${String(NAMES.indexOf(set)).repeat(16)}`;
const rolesOf = ({ accounts, sets }: Organization, of: number) =>
  accounts.flatMap((own, index) =>
    own.filter((set) => sets.includes(set)).map((set) => ({ id: accountId(of, index), set })),
  );

/** A snapshot of an organization; groups and accounts have the same names, and groups the same IDs, in each. */
function snapshotOf(organization: Organization, of: number): string {
  const { accounts, sets, isKnown } = organization;
  const roles = rolesOf(organization, of);
  return snapshotText(
    inventory(
      accounts.map((_, index) => account(accountId(of, index), `account-${of}-${index}`)),
      roles.map(({ id, set }) => role(id, set)),
      isKnown
        ? {
            instance: { arn: instanceArn(of), identityStoreId: `d-${of}`, region: 'eu-west-1' },
            permissionSets: sets.map((name) => ({ arn: setArn(of, name), name })),
            assignments: roles.map(({ id, set }) => ({
              accountId: id,
              permissionSetArn: setArn(of, set),
              principalType: 'GROUP',
              principalId: 'g-1',
            })),
            principals: [
              { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-1'] },
              { type: 'USER', id: 'u-1', name: `ann@organization-${of}`, members: null },
            ],
          }
        : {},
    ),
  );
}

/** The roles that ARNs mean, by account and permission set: none of another organization. */
function meant(organizations: readonly Organization[], wanted: readonly { of: number; set: string }[]) {
  return wanted.flatMap(({ of, set }) => {
    const organization = organizations[of];
    if (!organization?.isKnown) return [];
    return rolesOf(organization, of).flatMap((one) => (one.set === set ? `${one.id} ${set}` : []));
  });
}

function configMap(items: readonly string[]): string {
  const list = items.map((item) => `    ${item}\n`).join('');
  return `kind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n${list}`;
}

const configOf = (wanted: readonly { of: number; set: string }[], accounts: string) =>
  [
    `accounts: ${accounts}`,
    'mappings:',
    ...wanted.map(
      ({ of, set }) => `  - {permissionSet: "${setArn(of, set)}", groups: ["${MASTERS}"], optional: true}`,
    ),
  ].join('\n');

/** Empty output means no entry: such a run is refused. */
function mapped(stdout: string): string[] {
  if (stdout === '') return [];
  const { entries } = JSON.parse(stdout) as { entries: { accountId: string; permissionSet: string }[] };
  return entries.map((entry) => `${entry.accountId} ${entry.permissionSet}`).sort();
}

it('a permission set ARN takes no role of another organization from snapshots, in any command', async () => {
  await fc.assert(
    fc.asyncProperty(ORGANIZATIONS, WANTED, async (organizations, wanted) => {
      const all = organizations.flatMap((one, of) => rolesOf(one, of));
      const entry = ({ id, set }: (typeof all)[number]) =>
        `- {rolearn: "${role(id, set).roleArn}", username: "sso:{{SessionName}}", groups: ["${MASTERS}"]}`;
      const cwd = await scratch({
        'c.yaml': configOf(wanted, '["*"]'),
        'map.yaml': configMap(all.map(entry)),
        'arns.yaml': configMap(
          wanted.map(({ of, set }) => `- {rolearn: "${setArn(of, set)}", username: u, groups: [g]}`),
        ),
        ...Object.fromEntries(organizations.map((one, of) => [`${of}.json`, snapshotOf(one, of)])),
      });
      const from = organizations.flatMap((_, of) => ['--inventory', `${of}.json`]);
      const expected = [...new Set(meant(organizations, wanted))].sort();
      const generated = await run(['generate', '-c', 'c.yaml', '-o', 'json', ...from], { cwd });
      expect(mapped(generated.stdout), generated.stderr).toEqual(expected);

      const arnsOf = (keys: readonly string[]) =>
        keys.map((key) => {
          const [id = '', set = ''] = key.split(' ');
          return role(id, set);
        });
      const entries = await run(['access-entries', '-c', 'c.yaml', '-o', 'json', ...from], { cwd });
      const principals = JSON.parse(entries.stdout || '{"entries": []}').entries.map(
        (one: { principalArn: string }) => one.principalArn,
      );
      expect(principals.sort()).toEqual(
        arnsOf(expected)
          .map(({ pathArn }) => pathArn)
          .sort(),
      );

      // Strict: every entry of a role that no ARN means is a difference.
      if (expected.length > 0) {
        const strict = await run(
          ['diff', 'map.yaml', '--max-age', '10000d', '--strict', '-c', 'c.yaml', '-o', 'json', ...from],
          {
            cwd,
          },
        );
        expect(strict.stderr).not.toContain('error:');
        const difference = JSON.parse(strict.stdout);
        const reported = ['unlisted', 'unmapped', 'altered', 'removed'].flatMap((kind) =>
          difference[kind].map((one: { rolearn?: string; arn?: string }) => one.rolearn ?? one.arn),
        );
        const others = all.map(({ id, set }) => `${id} ${set}`).filter((key) => !expected.includes(key));
        expect([...new Set(reported)].sort()).toEqual(
          arnsOf(others)
            .map(({ roleArn }) => roleArn)
            .sort(),
        );
      }

      for (const [of, { accounts }] of organizations.entries()) {
        for (const index of accounts.keys()) {
          const id = accountId(of, index);
          const args = ['check', 'arns.yaml', '--fix-access', '--diff', '--account', id, ...from];
          const { stdout } = await run(args, { cwd });
          const written = [...stdout.matchAll(/^\+.*:(\d{12}):role\/AWSReservedSSO_(\w+)_\d{16}/gm)];
          for (const [, account = '', set] of written) expect(expected).toContain(`${account} ${set}`);
        }
      }

      const listed = await run(['roles', '--all-accounts', '-o', 'json', '--expand', ...from], { cwd });
      for (const one of JSON.parse(listed.stdout || '[]')) {
        const of = Number(one.accountId[0]) - 1;
        const isKnown = organizations[of]?.isKnown;
        if (one.permissionSetArn !== null || isKnown === false)
          expect(one.permissionSetArn).toBe(isKnown ? setArn(of, one.permissionSet) : null);
        // A group of the same name and ID has other members.
        for (const { members } of one.principals ?? [])
          expect(members.map(({ name }: { name: string }) => name)).toEqual([`ann@organization-${of}`]);
      }
    }),
    wholeRuns(500),
  );
});

it('a permission set ARN takes no role of another organization, live', async () => {
  await fc.assert(
    fc.asyncProperty(ORGANIZATIONS, WANTED, fc.boolean(), async (organizations, wanted, isByName) => {
      const management = (of: number) => `${of + 1}99999999999`;
      const worlds = organizations.map((organization, of) =>
        buildWorld({
          managementAccountId: management(of),
          accounts: organization.accounts.map((_, index) => ({
            id: accountId(of, index),
            name: `account-${of}-${index}`,
          })),
          permissionSets: organization.sets.map((name) => ({ name, arn: setArn(of, name) })),
          provisioned: rolesOf(organization, of).map(({ id, set }) => ({ account: id, permissionSet: set })),
        }),
      );
      // The organization's ID comes from its management account; the ARNs above must belong to it.
      const fakes = await Promise.all(
        worlds.map((world, of) =>
          startFakeAws(
            {
              ...world,
              instances: world.instances.map((one) => ({ ...one, arn: instanceArn(of) })),
            },
            {},
          ),
        ),
      );
      try {
        const profiles = Object.fromEntries(
          organizations.flatMap(({ accounts }, of) =>
            (of === 0 ? [management(0)] : accounts.map((_, index) => accountId(of, index))).map(
              (id) => [`p-${id}`, { accountId: id, region: 'eu-west-1', url: fakes[of]?.url ?? '' }] as const,
            ),
          ),
        );
        const cwd = await scratch();
        useEnvironment(writeProfiles(cwd, fakes[0]?.url ?? '', profiles));
        const ids = organizations.flatMap(({ accounts }, of) =>
          accounts.map((_, index) => accountId(of, index)),
        );
        const own = isByName ? ['account-0-*'] : ids.filter((id) => id.startsWith('1'));
        const scope = [...own, ...ids.filter((id) => !id.startsWith('1'))];
        const ofFirst = wanted.filter(({ of, set }) => of === 0 && organizations[0]?.sets.includes(set));
        if (ofFirst.length === 0) return;
        await writeFile(join(cwd, 'c.yaml'), configOf(ofFirst, JSON.stringify(scope)));
        const args = [
          'generate',
          '-c',
          'c.yaml',
          '-o',
          'json',
          ...Object.keys(profiles).flatMap((one) => ['--profile', one]),
        ];
        const { stdout, stderr } = await runWithEnvironment(args, { cwd });
        expect(stderr).not.toContain('error:');
        const first = organizations.map((one) => ({ ...one, isKnown: true }));
        expect(mapped(stdout)).toEqual([...new Set(meant(first, ofFirst))].sort());
      } finally {
        await Promise.all(fakes.map((fake) => fake.close()));
      }
    }),
    wholeRuns(100),
  );
});
