import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runWithEnvironment } from '../cli/run.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { awsCommand, printedCommands, runPrinted, runScript } from './aws-command.ts';

/** A config's policies must be the cluster's after the script, and after the commands that messages print. */

const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;
const SETS = Array.from({ length: 8 }, (_, index) => `Set${index}`);
const PREFIX = 'arn:aws:eks::aws:cluster-access-policy/';
/** Every way to write a policy, and its name. */
const NAMES: readonly (readonly [string, string])[] = [
  ['Edit', 'AmazonEKSEditPolicy'],
  ['View', 'AmazonEKSViewPolicy'],
  ['Admin', 'AmazonEKSAdminPolicy'],
  ['SecretReader', 'AmazonEKSSecretReaderPolicy'],
];
/** The policies that are limited to namespaces wherever they are mapped: only equal kinds of scope can be united. */
const SCOPED = new Set(['AmazonEKSEditPolicy', 'AmazonEKSAdminPolicy']);

const namespaces = fc
  .subarray(['payments', 'team-*', 'a', 'x-1'], { minLength: 1 })
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
const policies = fc.subarray([...NAMES], { minLength: 1 }).chain((named) =>
  fc.tuple(
    ...named.map(([short, name]) =>
      fc.record({
        name: fc.constant(name),
        written: fc.constantFrom(short, name, `${PREFIX}${name}`),
        namespaces: SCOPED.has(name) ? namespaces : fc.constant(null),
      }),
    ),
  ),
);
const groups = fc.subarray(['viewers', 'deployers', 'system:masters'], { minLength: 1 });
const mapping = fc
  .record({
    set: fc.constantFrom(...SETS),
    isFlag: fc.boolean(),
    groups: fc.option(groups),
    policies: fc.option(policies),
  })
  .filter((one) => one.groups !== null || one.policies !== null);
type Mapping = typeof mapping extends fc.Arbitrary<infer Value> ? Value : never;

const scopes = fc.constantFrom<'cluster' | { namespaces: string[] }>('cluster', {
  namespaces: ['a', 'old-*'],
});
const existing = fc.subarray([...NAMES]).chain((named) =>
  fc.record({
    username: fc.constantFrom('sso:{{SessionName}}', 'old:{{SessionName}}'),
    groups: fc.subarray(['viewers', 'others']),
    policies: fc.tuple(
      ...named.map(([, name]) => scopes.map((scope) => ({ policyArn: `${PREFIX}${name}`, scope }))),
    ),
  }),
);
const cluster = fc.tuple(...SETS.map(() => fc.option(existing)));

test('the script gives each role the policies and groups of its mappings, and printed commands remove the others', async () => {
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(mapping, { minLength: 8, maxLength: 12 }),
      cluster,
      async (mappings, before) => {
        const fake = await worldOf(before);
        const cwd = await scratch({ 'aws-auth-sso.yaml': JSON.stringify(configOf(mappings)) });
        const flags = mappings.filter(({ isFlag }) => isFlag).flatMap((one) => ['--map', flagOf(one)]);
        const argv = ['access-entries', '-c', 'aws-auth-sso.yaml', ...flags, '--account', ACCOUNT];
        const written = await runWithEnvironment([...argv, '--cluster', CLUSTER], { cwd });
        expect(written).toMatchObject({ exitCode: 0 });
        expect(await runScript(written.stdout, awsCommand(fake.env))).toMatchObject({ code: 0 });

        const wanted = wantedBy(mappings);
        seen += wanted.size;
        for (const [set, { groups: wantedGroups, policies: wantedPolicies }] of wanted) {
          const found = entryOf(fake, set);
          expect([set, found.kubernetesGroups.toSorted()]).toEqual([set, wantedGroups]);
          for (const [name, scope] of wantedPolicies)
            expect([set, name, scopesOf(found).get(name)]).toEqual([set, name, scope]);
        }

        for (const line of printedCommands(written.stderr)) await runPrinted(line, fake.env);
        // Other policies make no difference to a cluster admin and stay.
        for (const [set, { policies: wantedPolicies }] of wanted)
          if (!wantedPolicies.has('AmazonEKSClusterAdminPolicy'))
            expect([set, scopesOf(entryOf(fake, set))]).toEqual([set, wantedPolicies]);
        expect(await runScript(written.stdout, awsCommand(fake.env))).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('changes: 0, failures: 0'),
        });
      },
    ),
    { ...runs(2), endOnFailure: true },
  );
  expect(seen).toBeGreaterThan(0);
});

/** As a config and the flags next to it have them: the config's mappings come first. */
function configOf(mappings: readonly Mapping[]): object {
  const written = mappings
    .filter(({ isFlag }) => !isFlag)
    .map((one) => ({
      permissionSet: one.set,
      ...(one.groups ? { groups: one.groups } : {}),
      ...(one.policies
        ? {
            policies: one.policies.map(({ written: policy, namespaces: limits }) =>
              limits ? { policy, namespaces: limits } : policy,
            ),
          }
        : {}),
    }));
  return { mappings: written };
}

function flagOf({ set, groups: ofGroups, policies: ofPolicies }: Mapping): string {
  const items = (ofPolicies ?? []).map(
    ({ written, namespaces: limits }) => `policy:${written}${limits ? `@${limits.join('+')}` : ''}`,
  );
  return `${set}=${[...items, ...(ofGroups ?? [])].join(',')}`;
}

interface Wanted {
  readonly groups: readonly string[];
  readonly policies: ReadonlyMap<string, string>;
}

/** The groups and policies of each permission set, computed from the drawn mappings. */
function wantedBy(mappings: readonly Mapping[]): ReadonlyMap<string, Wanted> {
  const sets = [...new Set(mappings.map(({ set }) => set))];
  return new Map(
    sets.map((set) => {
      const own = mappings.filter((one) => one.set === set);
      const names = new Set(own.flatMap((one) => one.groups ?? []));
      const scoped = new Map<string, Set<string>>();
      for (const { name, namespaces: limits } of own.flatMap((one) => one.policies ?? []))
        scoped.set(name, new Set([...(scoped.get(name) ?? []), ...(limits ?? ['(cluster)'])]));
      if (names.has('system:masters')) scoped.set('AmazonEKSClusterAdminPolicy', new Set(['(cluster)']));
      names.delete('system:masters');
      const policyScopes = [...scoped].map(([name, limits]) => [name, [...limits].sort().join()] as const);
      return [set, { groups: [...names].sort(), policies: new Map(policyScopes) }] as const;
    }),
  );
}

function worldOf(before: typeof cluster extends fc.Arbitrary<infer Value> ? Value : never): Promise<FakeAws> {
  return fakeAwsForTest({
    managementAccountId: ACCOUNT,
    homeRegion: 'eu-west-1',
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    permissionSets: SETS,
    roles: SETS.map((permissionSet) => ({
      account: ACCOUNT,
      permissionSet,
      suffix: '0123456789abcdef',
      createdAt: '2021-01-01T00:00:00Z',
    })),
    clusters: [
      {
        name: 'prod',
        account: ACCOUNT,
        accessEntries: before.flatMap((found, index) =>
          found
            ? [{ principalArn: arnOf(SETS[index] ?? ''), createdAt: '2024-06-01T12:00:00.000Z', ...found }]
            : [],
        ),
      },
    ],
  });
}

function arnOf(set: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_${set}_0123456789abcdef`;
}

function entryOf(fake: FakeAws, set: string) {
  const entry = fake.clusters[0]?.accessEntries.find(({ principalArn }) => principalArn === arnOf(set));
  if (!entry) throw new Error(`${set} has no access entry`);
  return entry;
}

/** The scope of each policy of an entry, as a text. */
function scopesOf({ policies: all }: ReturnType<typeof entryOf>): ReadonlyMap<string, string> {
  return new Map(
    all.map(({ policyArn, scope }) => [
      policyArn.slice(PREFIX.length),
      scope === 'cluster' ? '(cluster)' : scope.namespaces.toSorted().join(),
    ]),
  );
}
