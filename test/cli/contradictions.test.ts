import { expect, test } from 'vitest';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { Fault } from '../fake-aws/fault.ts';
import type { Answer } from '../fake-aws/wire/answer.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { type Ran, runWithEnvironment } from './run.ts';

const [PROD, OTHER] = ['222222222222', '999999999999'];
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: OTHER, name: 'other' },
  ],
  permissionSets: ['Admin', 'ReadOnly'],
  users: ['ada'],
  groups: [{ displayName: 'Platform', members: ['ada'] }],
  assignments: ['Admin', 'ReadOnly'].map((permissionSet) => ({
    account: PROD,
    permissionSet,
    group: 'Platform',
  })),
};
const ADMIN = buildWorld(WORLD).roles.find(({ name }) => name.includes('_Admin_'))?.name;
const MAP = awsAuthOf([
  {
    rolearn: `arn:aws:iam::${PROD}:role/${ADMIN}`,
    username: 'sso:{{SessionName}}',
    groups: ['system:masters'],
  },
]);
const CONFIG = JSON.stringify({
  accounts: [PROD],
  mappings: [{ permissionSet: 'ReadOnly', groups: ['view'], optional: true }],
});
const WHO = ['who', 'map.yaml', '--expand'];
const CHECK = ['check', 'map.yaml', '--aws'];

async function runWith(fault: Fault, argv: readonly string[], world: WorldInput = WORLD): Promise<Ran> {
  const fake = await fakeAwsForTest(world);
  fake.inject(fault);
  const cwd = await scratch({ 'map.yaml': MAP, 'config.yaml': CONFIG });
  return runWithEnvironment(argv, { cwd });
}

function changed(operation: string, from: string, to: string): Fault {
  const change = (answer: Answer): Answer =>
    JSON.parse(JSON.stringify(answer).replaceAll(from, to), (name, value) =>
      /Date$|Expiration/.test(name) ? new Date(value) : value,
    );
  return { kind: 'changed', operation, change };
}

const NAMED: readonly (readonly [string, Fault, string])[] = [
  [
    'a missing pair',
    { kind: 'not-found', operation: 'sso-admin.ListAccountAssignments' },
    'but ListPermissionSets lists the permission set',
  ],
  [
    'assignments of another account',
    changed('sso-admin.ListAccountAssignments', PROD, OTHER),
    `asked for account ${PROD}, got ${OTHER}`,
  ],
  [
    'no permission sets, although roles exist',
    { kind: 'empty-list', operation: 'sso-admin.ListPermissionSets' },
    `has no permission sets, but account ${PROD} has the role of permission set "Admin"`,
  ],
  [
    'a group without results for its members',
    { kind: 'not-found', operation: 'identitystore.ListGroupMemberships' },
    "didn't find group",
  ],
  [
    'a group that is missing by its ID',
    { kind: 'not-found', operation: 'identitystore.DescribeGroup' },
    'but ListGroups lists it',
  ],
  [
    'roles of another account',
    changed('iam.ListRoles', PROD, OTHER),
    `got arn:aws:iam::${OTHER}:role/aws-reserved/`,
  ],
  ['roles of another partition', changed('iam.ListRoles', 'arn:aws:', 'arn:aws-cn:'), 'got arn:aws-cn:iam'],
  [
    'credentials of another account',
    changed('sts.AssumeRole', PROD, OTHER),
    `got arn:aws:sts::${OTHER}:assumed-role/`,
  ],
  [
    'a caller of another partition',
    changed('sts.GetCallerIdentity', 'arn:aws:', 'arn:aws-cn:'),
    "in partition aws doesn't match arn:aws-cn:iam",
  ],
];

test.each(NAMED)('%s: who and check name both answers, and write nothing', async (_, fault, words) => {
  for (const argv of [WHO, CHECK]) {
    // Only `who --expand` reads groups.
    if (argv === CHECK && fault.operation.startsWith('identitystore')) continue;
    const { exitCode, stdout, stderr } = await runWith(fault, argv);
    expect([argv[0], exitCode, stdout]).toEqual([argv[0], 3, '']);
    expect(stderr).toMatch(/^error: .*returned a contradictory response: /m);
    expect(stderr).toContain(words);
  }
});

test.each([
  changed('iam.ListRoles', 'arn:aws:', 'arn:aws-cn:'),
  changed('iam.ListRoles', PROD, OTHER),
  {
    kind: 'changed',
    operation: 'iam.ListRoles',
    change: (answer: Answer): Answer => ({ ...answer, IsTruncated: false, Marker: 'more' }),
  } as const,
])('merge --prune removes nothing if the listed roles contradict the request: %j', async (fault) => {
  const { exitCode, stdout } = await runWith(fault, [
    'merge',
    'map.yaml',
    '-c',
    'config.yaml',
    '--prune',
    '--allow-lockout',
  ]);
  expect([exitCode, stdout]).toEqual([3, '']);
});
