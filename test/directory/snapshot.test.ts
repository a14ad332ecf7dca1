import { describe, expect, test } from 'vitest';
import { isOfEarlierRole, isOfLaterRole } from '../../src/access-entry/existing-entries.ts';
import { compareRoles } from '../../src/directory/discovery.ts';
import { mergeInventories } from '../../src/directory/merge-snapshots.ts';
import type { EksCluster, ExistingAccessEntry, Inventory } from '../../src/directory/model.ts';
import { RoleFacts } from '../../src/directory/role-facts.ts';
import { parseSnapshot, toSnapshot } from '../../src/directory/snapshot.ts';
import { accessPolicyArn } from '../../src/eks.ts';
import { Failure } from '../../src/errors.ts';
import { account, inventory, role, snapshotText } from './build-inventory.ts';

const PROD = '111122223333';
const OTHER = '666666666666';
const ADMIN = role(PROD, 'Admin');
const PLAIN = inventory([account(PROD, 'prod')], [ADMIN]);
const NOW = Date.parse(PLAIN.capturedAt);
const TAKE_AGAIN = 'Take a new snapshot with `aws-auth-sso snapshot`.';
const TAKE_ONE = 'Take a new snapshot with `aws-auth-sso snapshot`.';
const UPDATE = 'Update aws-auth-sso, or take a new snapshot with this version.';

function problemsOf(text: string, now = NOW): readonly string[] {
  try {
    parseSnapshot(text, 'aws.json', now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.exitCode).toBe(2);
    for (const { location: place } of error.findings) expect(place).toEqual({ file: 'aws.json' });
    return error.findings.map(({ message }) => message);
  }
  return [];
}

const withRoles = (...roles: Inventory['roles']) => snapshotText({ ...PLAIN, roles });

describe('a role in a snapshot', () => {
  test.each(['', 'eu-west-1/', 'us-gov-west-1/'])(
    'may stand below the path with "%s" behind it',
    (region) => {
      const pathArn = ADMIN.pathArn.replace('eu-west-1/', region);
      expect(problemsOf(withRoles(ADMIN, { ...role(PROD, 'View'), permissionSet: 'View' }))).toEqual([]);
      expect(problemsOf(withRoles({ ...ADMIN, pathArn }))).toEqual([]);
    },
  );

  test.each([
    ['of another account', ADMIN.roleArn.replace(PROD, OTHER)],
    ['of another partition', ADMIN.roleArn.replace('arn:aws:', 'arn:aws-cn:')],
    ['with another name', `arn:aws:iam::${PROD}:role/evil`],
    ['with another suffix', role(PROD, 'Admin', 2).roleArn],
    ['with another case', ADMIN.roleArn.toLowerCase()],
    ['with its path', ADMIN.pathArn],
    ['that is a wildcard', '*'],
    ['that is empty', ''],
  ])('is refused with a roleArn %s', (_, roleArn) => {
    expect(problemsOf(withRoles(role(PROD, 'View'), { ...ADMIN, roleArn }))).toEqual([
      expect.stringMatching(
        /^invalid snapshot: roles\.1\.roleArn: ".*" doesn't match pathArn without its path$/,
      ),
    ]);
  });

  test.each([
    ['of another account', ADMIN.pathArn.replace(PROD, OTHER)],
    ['of another partition', ADMIN.pathArn.replace('arn:aws:', 'arn:aws-cn:')],
    ['without the path', ADMIN.roleArn],
    ['below another path', ADMIN.pathArn.replace('aws-reserved', 'aws-reserve')],
    ['with more below the path', ADMIN.pathArn.replace('eu-west-1', 'evil')],
    ['with more behind the region', ADMIN.pathArn.replace('eu-west-1/', 'eu-west-1/x/')],
    ['with a region', ADMIN.pathArn.replace('iam::', 'iam:eu-west-1:')],
    ['of another service', ADMIN.pathArn.replace(':iam:', ':sts:')],
    ['of a user', ADMIN.pathArn.replace(':role/', ':user/')],
    ['of a role that is not one of Identity Center', ADMIN.pathArn.replace('AWSReservedSSO_', '')],
    ['with a line break', `${ADMIN.pathArn}\n`],
  ])('is refused with a pathArn %s, even with a matching roleArn', (_, pathArn) => {
    const roleArn = pathArn.replace(/:role\/.*\//, ':role/');
    expect(problemsOf(withRoles({ ...ADMIN, pathArn, roleArn }))).toEqual([
      expect.stringMatching(
        /^invalid snapshot: roles\.0\.pathArn: ".*" isn't the ARN of a role that Identity Center created in account 111122223333 \(partition aws\)$/,
      ),
    ]);
  });

  test('is refused if it is repeated', () => {
    expect(problemsOf(withRoles(ADMIN, ADMIN))).toEqual([
      `invalid snapshot: roles.1.roleArn: duplicate role "${ADMIN.roleArn}"`,
    ]);
  });

  test('is reported ten times, and then counted', () => {
    const told = (length: number) => {
      const roles = Array.from({ length }, (_, at) => ({
        ...role(PROD, 'Admin', at + 1),
        roleArn: `${at}`,
      }));
      return problemsOf(withRoles(...roles)).slice(9);
    };
    const tenth = 'invalid snapshot: roles.9.roleArn: "9" doesn\'t match pathArn without its path';
    expect(told(10)).toEqual([tenth]);
    expect(told(11)).toEqual([tenth, 'invalid snapshot: 1 more problem']);
    expect(told(13)).toEqual([tenth, 'invalid snapshot: 3 more problems']);
  });

  test('has a creation date that can be compared as text', () => {
    const text = withRoles(ADMIN).replace('2026-01-01T00:00:00.000Z', '2026-01-01T00:30:00+01:00');
    expect(parseSnapshot(text, 'aws.json', NOW).roles[0]?.createdAt).toBe('2025-12-31T23:30:00.000Z');
    expect(problemsOf(text.replace('2026-01-01T00:30:00+01:00', 'yesterday'))).toEqual([
      'invalid snapshot: roles.0.createdAt: must be an ISO 8601 time',
    ]);
  });
});

test.each([
  ['', 'invalid snapshot: the file is empty', TAKE_AGAIN],
  [' \n', 'invalid snapshot: the file is empty', TAKE_AGAIN],
  ['{', 'invalid snapshot: not valid JSON', TAKE_AGAIN],
  ['null', 'not a snapshot: no version', TAKE_ONE],
  ['1', 'not a snapshot: no version', TAKE_ONE],
  ['{}', 'not a snapshot: no version', TAKE_ONE],
  ['{"version":2}', 'unsupported snapshot version 2; this program reads version 1', UPDATE],
  ['{"version":0}', 'unsupported snapshot version 0; this program reads version 1', TAKE_ONE],
  ['{"version":"2"}', 'unsupported snapshot version "2"; this program reads version 1', TAKE_ONE],
])('%j is not a snapshot, and the help says what to do', (text, message, help) => {
  expect(() => parseSnapshot(text, 'aws.json', NOW)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      findings: [{ severity: 'error', code: 'refused', message, location: { file: 'aws.json' }, help }],
    }),
  );
});

describe('a cluster in a snapshot', () => {
  const ENTRY: ExistingAccessEntry = {
    principalArn: ADMIN.pathArn,
    type: 'STANDARD',
    username: null,
    kubernetesGroups: ['a'],
    policies: [
      { policyArn: accessPolicyArn('aws', 'AmazonEKSViewPolicy'), scope: { namespaces: ['dev-*'] } },
    ],
    createdAt: '2026-01-02T00:00:00.000Z',
  };
  const CLUSTER: EksCluster = {
    name: 'main',
    arn: `arn:aws:eks:eu-west-1:${PROD}:cluster/main`,
    authenticationMode: 'API',
    accessEntries: [ENTRY],
  };
  const withClusters = (...clusters: EksCluster[]) => JSON.stringify({ ...toSnapshot(PLAIN), clusters });

  test('is read as it is', () => {
    expect(problemsOf(withClusters(CLUSTER))).toEqual([]);
    expect(parseSnapshot(withClusters(CLUSTER), 'aws.json', NOW).clusters).toEqual([CLUSTER]);
  });

  test('is refused if it is repeated, like a second access entry for one principal', () => {
    const other = { ...CLUSTER, accessEntries: [ENTRY, { ...ENTRY, username: 'b' }] };
    expect(problemsOf(withClusters(CLUSTER, other))).toEqual([
      `invalid snapshot: clusters.1.arn: duplicate cluster "${CLUSTER.arn}"`,
      `invalid snapshot: clusters.1.accessEntries.1.principalArn: duplicate access entry for "${ADMIN.pathArn}"`,
    ]);
  });
});

describe('a role in a snapshot that Identity Center did not create', () => {
  const NODE = {
    arn: `arn:aws:iam::${PROD}:role/node`,
    role: { pathArn: `arn:aws:iam::${PROD}:role/eks/Node`, createdAt: '2026-01-02T00:00:00.000Z' },
  };
  const GONE = { arn: `arn:aws:iam::${OTHER}:role/gone`, role: null };
  const withOthers = (...otherRoles: unknown[]) => JSON.stringify({ ...toSnapshot(PLAIN), otherRoles });

  test('is read as it is, whether it exists or not', () => {
    expect(parseSnapshot(withOthers(NODE, GONE), 'aws.json', NOW).otherRoles).toEqual([NODE, GONE]);
    const { otherRoles } = toSnapshot(parseSnapshot(withOthers(NODE), 'aws.json', NOW));
    expect(otherRoles).toEqual([NODE]);
  });

  test('is refused with the path of another role, without a role, and twice in any case', () => {
    const wrong = { ...NODE, role: { ...NODE.role, pathArn: `arn:aws:iam::${PROD}:role/eks/other` } };
    expect(problemsOf(withOthers(wrong))).toEqual([
      `invalid snapshot: otherRoles.0.role.pathArn: "arn:aws:iam::${PROD}:role/eks/other" isn't "${NODE.arn}" with its path`,
    ]);
    expect(problemsOf(withOthers({ arn: NODE.arn }))).toEqual([
      'invalid snapshot: otherRoles.0.role: is missing',
    ]);
    expect(problemsOf(withOthers(NODE, { arn: NODE.arn.replace('node', 'NODE'), role: null }))).toEqual([
      `invalid snapshot: otherRoles.1.arn: duplicate role "arn:aws:iam::${PROD}:role/NODE"`,
    ]);
  });

  test('comes from the latest of several snapshots', () => {
    const earlier = {
      ...PLAIN,
      capturedAt: '2026-01-01T00:00:00.000Z',
      otherRoles: [{ ...NODE, role: null }, GONE],
    };
    const later = { ...inventory([account(OTHER)], []), otherRoles: [NODE] };
    expect(mergeInventories([later, earlier]).otherRoles).toEqual([NODE, GONE]);
    expect(mergeInventories([PLAIN, inventory([account(OTHER)], [])])).not.toHaveProperty('otherRoles');
  });
});

describe('a time with an offset', () => {
  test.each([
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00:00.123456789-0030', '2026-11-20T10:30:00.123Z'],
    ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00.000Z'],
  ])('is read as UTC: %s', (written, utc) => {
    const text = snapshotText({ ...PLAIN, capturedAt: written });
    expect(parseSnapshot(text, 'aws.json', Date.parse(utc)).capturedAt).toBe(utc);
  });

  // As text, ten o'clock is after nine, although it is seven in UTC.
  const early = { ...PLAIN, capturedAt: '2026-11-20T10:00:00+03:00' };
  const late = { ...inventory([account(OTHER)], []), capturedAt: '2026-11-20T09:00:00.000Z' };
  const gone = `arn:aws:iam::${PROD}:role/ci`;
  const there = { pathArn: gone, createdAt: '2026-01-01T00:00:00.000Z' };

  test('is older or newer by actual time', () => {
    const merged = mergeInventories([
      { ...late, otherRoles: [{ arn: gone, role: null }] },
      { ...early, otherRoles: [{ arn: gone, role: there }] },
    ]);
    expect(merged.capturedAt).toBe(early.capturedAt);
    expect(merged.otherRoles).toEqual([{ arn: gone, role: null }]);
  });

  test('decides which of two roles is the newest', () => {
    const [one, two] = [
      { ...role(PROD, 'Admin', 1), createdAt: '2026-01-01T10:00:00+03:00' },
      { ...role(PROD, 'Admin', 2), createdAt: '2026-01-01T09:00:00Z' },
    ];
    expect([two, one].sort(compareRoles)).toEqual([one, two]);
    expect(RoleFacts.of(inventory([], [one, two])).sets).toEqual([[two, one]]);
    expect(isOfEarlierRole(one, two)).toBe(true);
    expect(isOfLaterRole(two, { capturedAt: one.createdAt })).toBe(true);
  });
});

test('a time slightly in the future is accepted: either clock may be wrong', () => {
  expect(() => parseSnapshot(snapshotText(PLAIN), 'aws.json', NOW - 600_000)).toThrow(
    expect.objectContaining({
      findings: [expect.objectContaining({ help: "Check this machine's clock, or take a new snapshot." })],
    }),
  );
});

test('a time more than five minutes in the future is refused', () => {
  expect(problemsOf(snapshotText(PLAIN), NOW - 5 * 60_000)).toEqual([]);
  expect(problemsOf(snapshotText(PLAIN), NOW - 5 * 60_000 - 1)).toEqual([
    expect.stringContaining('invalid snapshot: capturedAt: 2026-11-01T00:00:00.000Z is in the future'),
  ]);
  expect(problemsOf(snapshotText({ ...PLAIN, capturedAt: '2999-01-01T00:00:00Z' }), Date.now())).toHaveLength(
    1,
  );
});

describe('fields that a newer version adds', () => {
  const newer = (id: string, tool: string) => ({
    ...JSON.parse(snapshotText(inventory([account(id)], [role(id, 'Admin')]))),
    callerAccountId: null,
    tool,
    [`only${id}`]: true,
    accounts: [{ ...account(id), tags: [{ key: 'a' }] }],
    roles: [{ ...role(id, 'Admin'), maxSession: 3600 }],
    principals: [{ type: 'USER', id: `u-${id}`, name: 'ada', members: null, email: 'ada@example.com' }],
    permissionSets: [{ arn: set(id).arn, name: 'Admin', description: 'x' }],
    assignments: [],
  });

  test('are kept when a snapshot is read and printed again', () => {
    const value = newer(PROD, '9.0');
    const accounts = [{ ...value.accounts[0], assignmentsRead: true }];
    expect(toSnapshot(parseSnapshot(JSON.stringify(value), 'aws.json'))).toEqual({ ...value, accounts });
  });

  test('are kept when snapshots are merged', () => {
    const [one, other] = [newer(PROD, '9.0'), newer(OTHER, '9.1')];
    const [first, second] = [one, other].map((value) => parseSnapshot(JSON.stringify(value), 'aws.json'));
    if (!first || !second) throw new Error('both are read');
    expect(toSnapshot(mergeInventories([first, second]))).toMatchObject({
      tool: '9.0',
      [`only${PROD}`]: true,
      [`only${OTHER}`]: true,
      accounts: [{ tags: [{ key: 'a' }] }, { tags: [{ key: 'a' }] }],
      roles: [...one.roles, ...other.roles],
      principals: [...one.principals, ...other.principals],
      permissionSets: [...one.permissionSets, ...other.permissionSets],
    });
  });

  test('are not unchecked lists of groups', () => {
    const value = {
      ...newer(PROD, '9.0'),
      principals: [{ type: 'USER', id: 'u', name: 'ada', groups: 'g-1' }],
    };
    expect(problemsOf(JSON.stringify(value))).toEqual([expect.stringContaining('principals.0.groups')]);
  });
});

/** A permission set by name. */
function set(name: string) {
  return { arn: `arn:aws:sso:::permissionSet/ssoins-0000000000000001/ps-${name.padStart(16, '0')}`, name };
}

describe('snapshots are merged', () => {
  const assignment = (accountId: string, principalId: string) => ({
    accountId,
    permissionSetArn: set('Admin').arn,
    principalType: 'USER' as const,
    principalId,
  });
  const instance = {
    arn: 'arn:aws:sso:::instance/ssoins-0000000000000001',
    identityStoreId: 'd-0000000001',
    region: 'eu-west-1',
  };
  const one = inventory([account(PROD, 'prod')], [ADMIN], {
    capturedAt: '2026-11-02T00:00:00.000Z',
    instance,
    permissionSets: [set('Admin')],
    assignments: [assignment(PROD, 'u-1'), assignment(PROD, 'u-2')],
    principals: [
      { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-1'] },
      { type: 'USER', id: 'u-1', name: 'ada', members: null },
    ],
  });
  const other = inventory(
    [account(OTHER, 'other'), account(PROD, null, { rolesRead: false })],
    [role(OTHER, 'A')],
    {
      capturedAt: '2026-11-01T00:00:00.000Z',
      instance,
      permissionSets: [set('Admin'), set('View')],
      assignments: [assignment(OTHER, 'u-1'), assignment(PROD, 'u-1')],
      principals: [{ type: 'GROUP', id: 'g-1', name: 'Platform', members: null }],
    },
  );

  test.each([
    ['in this order', [one, other]],
    ['in the other', [other, one]],
  ] as const)('each thing once, as the one says that knows more, %s', (_, [first, second]) => {
    const both = mergeInventories([first, second]);
    expect(both).toMatchObject({
      capturedAt: '2026-11-01T00:00:00.000Z',
      callerAccountId: null,
      instance,
      accounts: [{ id: PROD, name: 'prod', rolesRead: true }, { id: OTHER }],
    });
    expect(both.permissionSets?.map(({ name }) => name).sort()).toEqual(['Admin', 'View']);
    expect(both.assignments).toHaveLength(3);
    expect(both.principals?.find(({ id }) => id === 'g-1')?.members).toEqual(['u-1']);
    expect(both.principals).toHaveLength(2);
  });

  test('data that only one of them read is kept, and data that none of them read stays unknown', () => {
    const plain = inventory([account(OTHER)], [role(OTHER, 'A')]);
    expect(mergeInventories([plain, one])).toMatchObject({ assignments: one.assignments });
    expect(mergeInventories([plain, PLAIN])).toMatchObject({
      assignments: null,
      principals: null,
      permissionSets: null,
    });
  });

  test('two instances leave no single instance', () => {
    const elsewhere = {
      ...other,
      instance: { ...instance, arn: 'arn:aws:sso:::instance/ssoins-0000000000000002' },
    };
    expect(mergeInventories([one, elsewhere]).instance).toBeNull();
  });

  test.each([
    [
      'of two partitions',
      { ...other, partition: 'aws-cn' },
      'the snapshots are from different partitions: aws, aws-cn',
    ],
    [
      'that have both read an account',
      { ...other, accounts: [account(PROD)] },
      `the snapshots overlap: several contain the roles of ${PROD}`,
    ],
  ])('but not snapshots %s', (_, second, message) => {
    expect(() => mergeInventories([one, second])).toThrow(message);
  });
});

test('missing fields and wrong types are named in words, with the help once', () => {
  const text = JSON.stringify({ version: 1, capturedAt: '2026-01-01T00:00:00Z', accounts: [7], roles: 3 });
  expect(problemsOf(text)).toEqual([
    'invalid snapshot: partition: is missing',
    'invalid snapshot: accounts.0: must be an object',
    'invalid snapshot: roles: must be a list',
  ]);
  expect(() => parseSnapshot(text, 'aws.json', NOW)).toThrow(
    expect.objectContaining({
      findings: [
        expect.not.objectContaining({ help: expect.anything() }),
        expect.not.objectContaining({ help: expect.anything() }),
        expect.objectContaining({ help: TAKE_AGAIN }),
      ],
    }),
  );
});
