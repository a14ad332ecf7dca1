import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAccessEntries } from '../../src/access-entry/existing-entries.ts';
import { OtherEntries } from '../../src/aws-auth/other-entries.ts';
import type { PlanContext } from '../../src/change/change.ts';
import {
  type ClusterDifference,
  clusterDifferences,
  type DifferenceContext,
} from '../../src/change/cluster-differences.ts';
import { planCluster } from '../../src/change/plan-cluster.ts';
import type { EksCluster, ExistingAccessEntry } from '../../src/directory/model.ts';
import { RoleFacts } from '../../src/directory/role-facts.ts';
import { type AccessEntry, type AccessPolicy, accessPolicyArn, defaultUsername } from '../../src/eks.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';

/** Clusters that are as the config wants them, and the same ones with one change. */

const ACCOUNTS = ['111122223333', '222233334444'];
const [ACCOUNT = ''] = ACCOUNTS;
const SETS = ['Admin', 'Dev', 'Dev_ReadOnly', 'Ops.1', 'View'];
const ROLES = ACCOUNTS.flatMap((id) => SETS.map((set) => role(id, set, 2)));
const AFTER_ROLES = '2026-03-01T00:00:00.000Z';
const BEFORE_ROLES = '2026-01-01T12:00:00.000Z';
const ROLE = `arn:aws:iam::${ACCOUNT}:role`;
const POLICIES = ['ClusterAdmin', 'Admin', 'Edit', 'View', 'SecretReader'];

const SCOPE = fc.oneof(
  fc.constant('cluster' as const),
  fc
    .uniqueArray(fc.constantFrom('dev-*', 'qa', 'team-a', 'team-*'), { minLength: 1, maxLength: 3 })
    .map((namespaces) => ({ namespaces })),
);
const POLICY_LIST = fc
  .subarray(POLICIES)
  .chain((names) =>
    fc.tuple(
      ...names.map((name) => SCOPE.map((scope): AccessPolicy => ({ policyArn: policyArn(name), scope }))),
    ),
  );
const WANTED = fc.subarray(ROLES, { minLength: 1 }).chain((roles) =>
  fc.tuple(
    ...roles.map(({ pathArn }) =>
      fc.record<AccessEntry>({
        principalArn: fc.constant(pathArn),
        type: fc.constant('STANDARD'),
        username: fc.constantFrom(null, 'sso:{{SessionName}}', 'ops:{{SessionNameRaw}}', "it's"),
        kubernetesGroups: fc.subarray(['viewers', 'editors', 'a b', '::x']),
        policies: POLICY_LIST,
      }),
    ),
  ),
);

/** Entries that the config names otherwise, or that EKS makes itself. */
const OTHERS: readonly ExistingAccessEntry[] = [
  existing(`${ROLE}/node`, { type: 'EC2_LINUX', username: 'system:node:{{EC2PrivateDNSName}}' }),
  existing(`${ROLE}/auto`, {
    type: 'EC2',
    policies: [{ policyArn: policyArn('AutoNode'), scope: 'cluster' }],
  }),
  existing(`${ROLE}/fargate`, { type: 'FARGATE_LINUX' }),
  existing(`${ROLE}/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`, { username: 'eks:x' }),
  existing(`${ROLE}/ack`, { policies: [{ policyArn: policyArn('ACK'), scope: 'cluster' }] }),
  existing(`${ROLE}/team/ci`, { username: 'ci', kubernetesGroups: ['deployers'] }),
  existing(`arn:aws:iam::${ACCOUNT}:user/break-glass`, {
    policies: [{ policyArn: policyArn('ClusterAdmin'), scope: 'cluster' }],
  }),
];
const LISTED = new OtherEntries(
  [
    {
      arn: `${ROLE}/ci`,
      username: 'ci',
      groups: ['deployers'],
      policies: [],
      location: { file: 'c.yaml' },
    },
    {
      arn: `arn:aws:iam::${ACCOUNT}:user/break-glass`,
      username: null,
      groups: ['system:masters'],
      policies: null,
      location: { file: 'c.yaml' },
    },
  ],
  [],
);

interface World {
  readonly wanted: readonly AccessEntry[];
  readonly entries: readonly ExistingAccessEntry[];
}

/** A cluster as EKS returns it: in another order, with the username that EKS generated. */
const WORLD: fc.Arbitrary<World> = fc
  .record({ wanted: WANTED, others: fc.subarray([...OTHERS]) })
  .chain(({ wanted, others }) =>
    fc
      .tuple(
        shuffled([...wanted.map(asRead), ...others]),
        ...wanted.map(({ kubernetesGroups, policies }) =>
          fc.tuple(shuffled(kubernetesGroups), shuffled(policies)),
        ),
      )
      .map(([entries, ...orders]) => ({
        wanted: wanted.map((entry, index) => ({
          ...entry,
          kubernetesGroups: orders[index]?.[0] ?? [],
          policies: orders[index]?.[1] ?? [],
        })),
        entries,
      })),
  );

/** One change of a cluster, and the differences that it must cause. */
interface Change {
  readonly name: string;
  /** Null if the entry can't be changed like this. */
  readonly of: (entry: ExistingAccessEntry, pick: number) => readonly ExistingAccessEntry[] | null;
  readonly expected: readonly string[];
}

const CHANGES: readonly Change[] = [
  {
    name: 'another username',
    of: (entry) => [{ ...entry, username: 'someone:{{SessionName}}' }],
    expected: ['updated username'],
  },
  {
    name: 'a group more',
    of: (entry) => [{ ...entry, kubernetesGroups: [...entry.kubernetesGroups, 'more'] }],
    expected: ['updated kubernetesGroups'],
  },
  {
    name: 'a group less',
    of: (entry) =>
      entry.kubernetesGroups.length > 0
        ? [{ ...entry, kubernetesGroups: entry.kubernetesGroups.slice(1) }]
        : null,
    expected: ['updated kubernetesGroups'],
  },
  {
    name: 'a policy more',
    of: (entry) => [
      { ...entry, policies: [...entry.policies, { policyArn: policyArn('AdminView'), scope: 'cluster' }] },
    ],
    expected: ['updated policies'],
  },
  {
    name: 'a policy less',
    of: (entry) => (entry.policies.length > 0 ? [{ ...entry, policies: entry.policies.slice(1) }] : null),
    expected: ['updated policies'],
  },
  {
    name: 'another scope',
    of: (entry, pick) =>
      withScope(entry, pick, (scope) => (scope === 'cluster' ? { namespaces: ['qa'] } : 'cluster')),
    expected: ['updated policies'],
  },
  {
    name: 'a namespace more',
    of: (entry, pick) =>
      withScope(entry, pick, (scope) =>
        scope === 'cluster' ? null : { namespaces: [...scope.namespaces, 'other'] },
      ),
    expected: ['updated policies'],
  },
  {
    name: 'another namespace',
    of: (entry, pick) =>
      withScope(entry, pick, (scope) =>
        scope === 'cluster' ? null : { namespaces: [...scope.namespaces.slice(1), 'other'] },
      ),
    expected: ['updated policies'],
  },
  {
    name: 'another type',
    of: (entry) => [existing(entry.principalArn, { type: 'EC2_LINUX' })],
    expected: ['updated type'],
  },
  {
    name: 'a re-created role',
    of: (entry) => [{ ...entry, createdAt: BEFORE_ROLES }],
    expected: ['added', 'dead'],
  },
  {
    name: 'a role with another suffix',
    of: (entry) => [{ ...entry, principalArn: entry.principalArn.replace(/2$/, '1') }],
    expected: ['added', 'dead'],
  },
  { name: 'a missing entry', of: () => [], expected: ['added'] },
];

const EXTRA: readonly { readonly entry: ExistingAccessEntry; readonly expected: string }[] = [
  { entry: existing(role(ACCOUNT, 'Gone').pathArn), expected: 'dead' },
  { entry: existing(role('999900001111', 'Admin').pathArn), expected: 'unlisted' },
  { entry: existing(`arn:aws:iam::${ACCOUNT}:user/eve`), expected: 'unlisted' },
  { entry: existing(`${ROLE}/eve`, { kubernetesGroups: ['deployers'] }), expected: 'unlisted' },
  {
    entry: existing(`${ROLE}/other`, {
      policies: ['ACK', 'View'].map((name) => ({ policyArn: policyArn(name), scope: 'cluster' })),
    }),
    expected: 'unlisted',
  },
];

describe('the differences of a cluster', () => {
  it('is empty for a cluster that is as the config wants it', () => {
    fc.assert(
      fc.property(WORLD, (world) => {
        expect(differencesOf(world)).toEqual([]);
      }),
      runs(500),
    );
  });

  it('is exactly the one change of an entry that the mappings want', () => {
    fc.assert(
      fc.property(WORLD, fc.constantFrom(...CHANGES), fc.nat(), ({ wanted, entries }, change, pick) => {
        const mapped = entries.filter(({ principalArn }) =>
          wanted.some((entry) => entry.principalArn === principalArn),
        );
        const entry = mapped[pick % mapped.length];
        const changed = entry && change.of(entry, pick);
        fc.pre(entry !== undefined && changed !== null && changed !== undefined);
        const found = differencesOf({
          wanted,
          entries: entries.flatMap((one) => (one === entry ? (changed ?? []) : one)),
        });
        expect(found.map(labelOf).sort(), change.name).toEqual(change.expected);
        for (const one of found) expect(ownArn(one)).toBe(ownArn(entry ?? one));
        for (const { kind, before, after } of found.filter((one) => one.kind === 'updated')) {
          expect([kind, before, after]).toEqual([
            'updated',
            changed?.[0],
            wanted.find(({ principalArn }) => principalArn === entry?.principalArn),
          ]);
        }
      }),
      runs(500),
    );
  });

  it('is exactly the one entry that nothing names', () => {
    fc.assert(
      fc.property(WORLD, fc.constantFrom(...EXTRA), ({ wanted, entries }, { entry, expected }) => {
        const found = differencesOf({ wanted, entries: [...entries, entry] });
        expect(found).toMatchObject([{ kind: expected, principalArn: entry.principalArn, before: entry }]);
      }),
      runs(500),
    );
  });

  it('is exactly the one entry that no mapping wants anymore', () => {
    fc.assert(
      fc.property(WORLD, fc.nat(), ({ wanted, entries }, pick) => {
        const left = wanted[pick % wanted.length];
        const found = differencesOf({ wanted: wanted.filter((entry) => entry !== left), entries });
        expect(found).toMatchObject([
          { kind: 'unmapped', reason: 'unmapped', principalArn: left?.principalArn, isCertain: true },
        ]);
      }),
      runs(500),
    );
  });

  it('is exactly the one listed entry that was altered', () => {
    const listed = OTHERS.slice(-2);
    const alter = fc.constantFrom<Partial<ExistingAccessEntry>>(
      { kubernetesGroups: ['deployers', 'more'] },
      { kubernetesGroups: ['more'], policies: [] },
    );
    fc.assert(
      fc.property(WORLD, fc.constantFrom(...listed), alter, ({ wanted, entries }, entry, change) => {
        const others = entries.filter(({ principalArn }) => principalArn !== entry.principalArn);
        const altered = { ...entry, ...change };
        const found = differencesOf({ wanted, entries: [...others, altered] });
        expect(found).toMatchObject([{ kind: 'altered', reason: 'other-entry', before: altered }]);
      }),
      runs(500),
    );
  });
});

function differencesOf({ wanted, entries }: World): ClusterDifference[] {
  const cluster: EksCluster = {
    name: 'prod',
    arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`,
    authenticationMode: 'API',
    accessEntries: entries,
  };
  const world = inventory(
    ACCOUNTS.map((id) => account(id)),
    ROLES,
  );
  const context: PlanContext & DifferenceContext = {
    roles: RoleFacts.of(world),
    scope: new Set(ACCOUNTS),
    unresolved: [],
    isListed: (arn) => LISTED.exactly(arn) !== undefined,
    isFresh: true,
    prune: null,
    others: LISTED,
    mayWant: () => null,
    nodeRoles: new Set(),
  };
  const judged = judgeAccessEntries(cluster, world, context.scope);
  return clusterDifferences(planCluster(cluster, judged, wanted, context), wanted, cluster, context);
}

/** `updated username` */
function labelOf({ kind, fields }: ClusterDifference): string {
  // Entries for nodes have other usernames and groups, too.
  return [kind, ...(fields.includes('type') ? ['type'] : fields)].join(' ');
}

/** The ARN with the suffix that all mapped roles have. */
function ownArn({ principalArn }: { readonly principalArn: string }): string {
  return principalArn.replace(/1$/, '2');
}

function asRead(entry: AccessEntry): ExistingAccessEntry {
  return {
    ...entry,
    username: entry.username ?? defaultUsername(entry.principalArn),
    createdAt: AFTER_ROLES,
  };
}

function existing(principalArn: string, rest: Partial<ExistingAccessEntry> = {}): ExistingAccessEntry {
  return {
    principalArn,
    type: 'STANDARD',
    username: defaultUsername(principalArn),
    kubernetesGroups: [],
    policies: [],
    createdAt: AFTER_ROLES,
    ...rest,
  };
}

function withScope(
  entry: ExistingAccessEntry,
  pick: number,
  change: (scope: AccessPolicy['scope']) => AccessPolicy['scope'] | null,
): readonly ExistingAccessEntry[] | null {
  const { policies } = entry;
  const policy = policies[pick % policies.length];
  const scope = policy && change(policy.scope);
  if (!policy || !scope) return null;
  return [{ ...entry, policies: policies.map((one) => (one === policy ? { ...policy, scope } : one)) }];
}

function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

function policyArn(name: string): string {
  return accessPolicyArn('aws', `AmazonEKS${name}Policy`);
}
