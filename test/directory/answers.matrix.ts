import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ANSWERS } from '../../src/aws/answers.ts';
import { DEFAULT_ROLE } from '../../src/aws-settings.ts';
import type { InventoryQuery, PeopleQuery } from '../../src/directory/query.ts';
import type { AwsSession } from '../../src/directory/session.ts';
import { Failure } from '../../src/errors.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { TOKENS } from '../fake-aws/credential-services.ts';
import type { AnswerFault, Fault } from '../fake-aws/fault.ts';
import type { AssignmentInput, WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { NO_WAITS } from '../timing.ts';
import { ALL, failureOf, id, opened, query, SELF, textOf, unit } from './opened.ts';

const MEMBERS = Array.from({ length: 2 }, (_, index) => String(200_000_000_000 + index));
const SETS = ['Admin', 'Audit', 'Developer', 'ReadOnly', 'Unused', 'Idle', 'Spare', 'Other'];
/** Every requested list has at least two items, and every requested principal has assignments. */
const WORLD: WorldInput = {
  accounts: MEMBERS.map((account) => ({ id: account, name: `member-${account}`, ou: 'Workloads/Prod' })),
  permissionSets: SETS,
  users: ['ada', 'bob', 'cy'],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob'] },
    { displayName: 'Readers', members: ['ada', 'cy'] },
  ],
  assignments: MEMBERS.flatMap((account) =>
    SETS.slice(0, 2).flatMap((permissionSet): AssignmentInput[] => [
      { account, permissionSet, group: 'Platform' },
      { account, permissionSet, user: 'cy' },
    ]),
  ),
};
const MANY = Array.from({ length: 13 }, (_, index) => String(300_000_000_000 + index));
/** Enough pairs to make reading by user and group worthwhile. */
const MANY_PAIRS: WorldInput = {
  ...WORLD,
  accounts: MANY.map((account) => ({ id: account })),
  assignments: MANY.slice(0, 2).flatMap((account) =>
    SETS.slice(0, 2).map((permissionSet) => ({ account, permissionSet, group: 'Platform' })),
  ),
  provisioned: MANY.flatMap((account) => SETS.map((permissionSet) => ({ account, permissionSet }))),
};
const ONE = id(MEMBERS[0] ?? '');
const UNIT_ID = buildWorld(WORLD).units[0]?.id ?? '';

/** Faults that a retry overcomes. */
const PASSING = ['204', 'empty-object', 'html', 'no-list'] as const;

/** Messages of failures other than an invalid response. */
const REASONS: Partial<Record<AnswerFault, RegExp>> = {
  // Only Identity Center and Identity Store, whose data the key encrypts, return the reason.
  kms: /kms:Decrypt|: not found|can't use Identity Center's KMS key|KMS key not found/,
  'region-disabled': /isn't available in region [\w-]+ \(partition aws\)/,
  drip: /no complete response within 0.15 s|got no response/,
};

interface Scene {
  readonly world: WorldInput;
  readonly asked: InventoryQuery;
  /** Replaces the query. */
  readonly ask?: (session: AwsSession) => Promise<unknown>;
  /** Default: the management account. */
  readonly callerAccountId?: string;
  /** Environment variables instead of keys, for a folder. */
  readonly credentials?: (folder: string) => Readonly<Record<string, string | undefined>>;
}

function people(change: Partial<PeopleQuery> = {}): { readonly people: PeopleQuery } {
  return { people: { roleArns: null, named: [], onlyNamed: false, members: false, ...change } };
}

const NAMES: Scene = { world: WORLD, asked: query([ALL]) };
const UNITS: Scene = { world: WORLD, asked: query([unit('Workloads')]) };
const BY_ID: Scene = { world: WORLD, asked: query([unit(UNIT_ID)]) };
const BY_ID_AND_PATH: Scene = { world: WORLD, asked: query([unit(UNIT_ID), unit('Workloads')]) };
const [DELEGATED = '', OTHER = ''] = MEMBERS;
const BY_DELEGATED: Scene = {
  world: {
    ...WORLD,
    delegatedAdminId: DELEGATED,
    accounts: [{ id: DELEGATED }, { id: OTHER, trusts: [DELEGATED] }],
  },
  asked: query([ALL]),
  callerAccountId: DELEGATED,
};
const EVERY_SET: Scene = { world: WORLD, asked: query([ONE], { permissionSets: 'all' }) };
const ONE_ACCOUNT: Scene = { world: WORLD, asked: query([ONE], people()) };
const MEMBERSHIPS: Scene = { world: WORLD, asked: query([ONE], people({ members: true })) };
const BY_PRINCIPAL: Scene = { world: MANY_PAIRS, asked: query([ALL], people()) };
const BY_TOKEN: Scene = {
  world: WORLD,
  asked: query([SELF]),
  credentials: (folder) => ({
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_ROLE_ARN: `arn:aws:iam::${DELEGATED}:role/${DEFAULT_ROLE}`,
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
  }),
};
const ada = { type: 'USER', name: 'ada' } as const;
const platform = { type: 'GROUP', name: 'Platform' } as const;
const NAMED: Scene = {
  world: WORLD,
  asked: query([ONE], people({ named: [ada, platform], onlyNamed: true })),
};

const VIEW = {
  policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
  scope: { namespaces: ['dev-*'] },
};
const CLUSTER: Scene = {
  world: {
    ...WORLD,
    clusters: [
      {
        name: 'prod',
        accessEntries: [
          { account: DELEGATED, permissionSet: 'Admin', groups: ['a', 'b'], policies: [VIEW] },
          { account: OTHER, permissionSet: 'Admin', groups: ['a'], policies: ['AmazonEKSEditPolicy'] },
        ],
      },
    ],
  },
  asked: query([]),
  ask: (session) => session.clusters([{ name: 'prod', place: null }]),
};
const FLEET: Scene = {
  world: {
    ...WORLD,
    clusters: ['prod', 'test'].map((name) => ({
      name,
      account: DELEGATED,
      oidcProviders: ['okta', 'dex'].map((one) => ({
        name: one,
        issuerUrl: `https://${one}`,
        clientId: 'c',
      })),
      capabilities: ['ack', 'kro'].map((one) => {
        return { name: one, type: one.toUpperCase(), roleArn: `arn:aws:iam::${DELEGATED}:role/${one}` };
      }),
    })),
  },
  asked: query([]),
  ask: async (session) => {
    const fleet = await session.fleet({
      selectors: [{ glob: '*' }],
      regions: [],
      accounts: { scope: [id(DELEGATED)], within: null, exclude: [] },
      maySkip: () => false,
      signIns: true,
    });
    // Optional: what couldn't be read is kept as unknown.
    const unread = fleet.clusters.flatMap(({ signIns }) => signIns?.unread ?? []);
    if (unread.length > 0) throw new Failure(3, [{ message: unread.join() }]);
    return fleet;
  },
};
const OTHER_ROLES: Scene = {
  world: WORLD,
  asked: query([]),
  ask: (session) =>
    session.otherRoles([`arn:aws:iam::${DELEGATED}:role/${DEFAULT_ROLE}`, `arn:aws:iam::${OTHER}:role/gone`]),
};

/** Every operation in use, with a query that calls it. */
const OPERATIONS: readonly (readonly [string, Scene])[] = [
  ['sts.GetCallerIdentity', NAMES],
  ['sts.AssumeRole', NAMES],
  ['sts.AssumeRoleWithWebIdentity', BY_TOKEN],
  ['iam.ListRoles', NAMES],
  ['iam.ListRoles', OTHER_ROLES],
  ['organizations.ListAccounts', NAMES],
  ['organizations.DescribeOrganization', BY_DELEGATED],
  ['organizations.ListRoots', UNITS],
  ['organizations.ListAccountsForParent', UNITS],
  ['organizations.ListOrganizationalUnitsForParent', UNITS],
  ['organizations.ListParents', BY_ID],
  ['organizations.DescribeOrganizationalUnit', BY_ID_AND_PATH],
  ['sso-admin.ListInstances', EVERY_SET],
  ['sso-admin.ListPermissionSets', EVERY_SET],
  ['sso-admin.DescribePermissionSet', EVERY_SET],
  ['sso-admin.ListPermissionSetsProvisionedToAccount', ONE_ACCOUNT],
  ['sso-admin.ListAccountAssignments', MEMBERSHIPS],
  ['sso-admin.ListAccountAssignmentsForPrincipal', BY_PRINCIPAL],
  ['identitystore.ListUsers', BY_PRINCIPAL],
  ['identitystore.ListGroups', BY_PRINCIPAL],
  ['identitystore.ListGroupMemberships', MEMBERSHIPS],
  ['identitystore.ListGroupMembershipsForMember', NAMED],
  ['identitystore.GetUserId', NAMED],
  ['identitystore.GetGroupId', NAMED],
  ['identitystore.DescribeUser', NAMED],
  ['identitystore.DescribeGroup', NAMED],
  ['eks.ListClusters', FLEET],
  ['eks.DescribeCluster', CLUSTER],
  ['eks.ListAccessEntries', CLUSTER],
  ['eks.DescribeAccessEntry', CLUSTER],
  ['eks.ListAssociatedAccessPolicies', CLUSTER],
  ['eks.ListIdentityProviderConfigs', FLEET],
  ['eks.DescribeIdentityProviderConfig', FLEET],
  ['eks.ListCapabilities', FLEET],
  ['eks.DescribeCapability', FLEET],
];

const FAULTS: readonly AnswerFault[] = [
  '204',
  'empty-body',
  'empty-object',
  'html',
  'no-list',
  'no-id',
  'no-arn',
  'no-date',
  'no-name',
  'truncated-without-marker',
  'cycling-tokens',
  'endless-tokens',
  'kms',
  'region-disabled',
];

interface Answered {
  readonly inventory: unknown;
  readonly calls: Readonly<Record<string, number>>;
}

/** The outcome of a query if all answers of an operation, or the first few, have a fault. */
async function answerOf(
  { world, asked, ask, callerAccountId = '111111111111', credentials }: Scene,
  fault?: Omit<Fault, 'accountId'>,
): Promise<Answered> {
  const env = credentials?.(await scratch({ token: TOKENS.web }));
  const { fake, open, findings } = await opened(world, { callerAccountId }, env);
  if (fault) fake.inject(fault);
  const timing = fault?.kind === 'drip' ? { ...NO_WAITS, deadline: 150 } : NO_WAITS;
  const session = await open({ timing });
  if (ask) {
    const answer = await ask(session);
    // The only query that skips data it couldn't read.
    const unread = findings.filter(({ code }) => code === 'other-roles-unread');
    if (unread.length > 0) throw new Failure(3, unread);
    return { inventory: answer, calls: fake.calls };
  }
  const { capturedAt: _, ...inventory } = await session.read(asked);
  // The other known names depend on which answer came first.
  const assigned = new Set(inventory.assignments?.map(({ permissionSetArn }) => permissionSetArn));
  const permissionSets = inventory.permissionSets
    ?.filter(({ arn }) => !asked.people || assigned.has(arn))
    .sort((one, other) => (one.arn < other.arn ? -1 : 1));
  return { inventory: { ...inventory, permissionSets }, calls: fake.calls };
}

const clean = new Map<Scene, Promise<Answered>>();
function undisturbed(scene: Scene): Promise<Answered> {
  const answer = clean.get(scene) ?? answerOf(scene);
  clean.set(scene, answer);
  return answer;
}

test('the matrix covers every operation in use, and each scene calls its own', async () => {
  const called = new Set(OPERATIONS.map(([operation]) => operation.split('.')[1]));
  expect([...called].sort()).toEqual(Object.keys(ANSWERS).sort());
  for (const [operation, scene] of OPERATIONS) {
    expect((await undisturbed(scene)).calls[operation], operation).toBeGreaterThan(0);
  }
});

describe.each(OPERATIONS)('%s: the same answer, or exit 3 with the reason', (operation, scene) => {
  test.each([...FAULTS, 'drip' as const])('%s', async (kind) => {
    const { inventory } = await undisturbed(scene);
    const work = answerOf(scene, { kind, operation });
    const outcome = await work.then(
      (answer) => ({ answer: answer.inventory }),
      async () => ({ failure: await failureOf(work) }),
    );
    if ('answer' in outcome) return expect(outcome.answer).toEqual(inventory);
    expect(outcome.failure.exitCode).toBe(3);
    expect(textOf(outcome.failure)).toMatch(REASONS[kind] ?? /returned an invalid response/);
  });

  test.each(PASSING)('%s, once, is retried', async (kind) => {
    expect((await answerOf(scene, { kind, operation, times: 1 })).inventory).toEqual(
      (await undisturbed(scene)).inventory,
    );
  });
});
