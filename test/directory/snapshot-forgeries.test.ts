import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSnapshot } from '../../src/directory/snapshot.ts';
import { accessPolicyArn } from '../../src/eks.ts';
import { Failure } from '../../src/errors.ts';
import { run } from '../cli/run.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';

const [PROD, DEV] = ['111122223333', '222233334444'];
const INSTANCE = 'ssoins-6804a1b2c3d4e5f6';
const SETS = `arn:aws:sso:::permissionSet/${INSTANCE}`;
const [ADMIN_SET, VIEW_SET] = [`${SETS}/ps-32e4b4859f4238ec`, `${SETS}/ps-9d696bc71c2784e1`];
const [ADA, BOB] = ['ff8d9819-fc0e-12bf-0d24-892e45987e24', '5ff860bf-1190-596c-7188-ab851db691f0'];
const PLATFORM = 'c78ffe19-5710-18fb-c93a-78873969046f';
const PATH = `arn:aws:iam::${PROD}:role/aws-reserved/sso.amazonaws.com/eu-west-1`;
const ADMIN_ROLE = 'AWSReservedSSO_Admin_c3402ddbb14af723';
const VIEW_ROLE = 'AWSReservedSSO_View_1d3fb491980d3b77';
const NODE = `arn:aws:iam::${PROD}:role/node`;
const CREATED = '2026-03-02T09:14:07.000Z';
const NOW = Date.parse('2026-11-20T09:00:00.000Z');

function policy(name: string, scope: unknown = 'cluster') {
  return { policyArn: accessPolicyArn('aws', name), scope };
}

/** A consistent snapshot with every field of the format. */
const FULL = {
  version: 1,
  capturedAt: '2026-11-20T08:30:00.000Z',
  partition: 'aws',
  callerAccountId: PROD,
  instance: {
    arn: `arn:aws:sso:::instance/${INSTANCE}`,
    identityStoreId: 'd-9967111122',
    region: 'eu-west-1',
  },
  accounts: [
    {
      id: PROD,
      name: 'prod',
      state: 'ACTIVE',
      ou: 'Workloads/Prod',
      ouIds: ['r-ab12', 'ou-ab12-workload', 'ou-ab12-prodprod'],
      rolesRead: true,
      unreadable: null,
      assignmentsRead: true,
    },
    {
      id: DEV,
      name: 'dev',
      state: 'SUSPENDED',
      ou: '',
      ouIds: ['r-ab12'],
      rolesRead: false,
      unreadable: 'sts:AssumeRole is denied',
      isManagement: true,
      assignmentsRead: false,
    },
  ],
  permissionSets: [
    { arn: ADMIN_SET, name: 'Admin' },
    { arn: VIEW_SET, name: 'View' },
  ],
  roles: [
    {
      accountId: PROD,
      permissionSet: 'Admin',
      roleArn: `arn:aws:iam::${PROD}:role/${ADMIN_ROLE}`,
      pathArn: `${PATH}/${ADMIN_ROLE}`,
      createdAt: CREATED,
    },
    {
      accountId: PROD,
      permissionSet: 'View',
      roleArn: `arn:aws:iam::${PROD}:role/${VIEW_ROLE}`,
      pathArn: `${PATH}/${VIEW_ROLE}`,
      createdAt: CREATED,
    },
  ],
  assignments: [
    { accountId: PROD, permissionSetArn: ADMIN_SET, principalType: 'GROUP', principalId: PLATFORM },
    { accountId: PROD, permissionSetArn: VIEW_SET, principalType: 'USER', principalId: ADA },
  ],
  principals: [
    { type: 'GROUP', id: PLATFORM, name: 'Platform', members: [ADA, BOB] },
    { type: 'USER', id: ADA, name: 'ada@example.com', members: null, groups: [PLATFORM] },
    { type: 'USER', id: BOB, name: null, members: null },
  ],
  clusters: [
    {
      name: 'prod',
      arn: `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`,
      authenticationMode: 'API_AND_CONFIG_MAP',
      accessEntries: [
        {
          principalArn: `${PATH}/${ADMIN_ROLE}`,
          type: 'STANDARD',
          username: 'admin:{{SessionName}}',
          kubernetesGroups: ['admins'],
          policies: [
            policy('AmazonEKSClusterAdminPolicy'),
            policy('AmazonEKSViewPolicy', { namespaces: ['dev-*', 'test'] }),
          ],
          createdAt: CREATED,
        },
        {
          principalArn: NODE,
          type: 'EC2',
          username: 'system:node:{{EC2PrivateDNSName}}',
          kubernetesGroups: ['system:nodes'],
          policies: [policy('AmazonEKSAutoNodePolicy')],
          createdAt: CREATED,
        },
        {
          principalArn: `arn:aws:iam::${PROD}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`,
          type: 'STANDARD',
          username: 'eks:service',
          kubernetesGroups: [],
          policies: [policy('AmazonEKSEventPolicy')],
          createdAt: CREATED,
        },
      ],
    },
  ],
  unreadClusters: [
    {
      accountId: DEV,
      accountName: 'dev',
      region: 'eu-west-1',
      name: 'lost',
      cause: 'eks:DescribeCluster is denied',
      detail: 'No.',
    },
    {
      accountId: DEV,
      accountName: 'dev',
      region: 'us-east-1',
      name: null,
      cause: 'eks:ListClusters is denied',
      detail: 'No.',
    },
  ],
  otherRoles: [
    { arn: NODE, role: { pathArn: `arn:aws:iam::${PROD}:role/nodes/node`, createdAt: CREATED } },
    { arn: `arn:aws:iam::${PROD}:role/gone`, role: null },
  ],
};

/** A copy of a value with a replacement at a path; `undefined` removes the field. */
function withValue(value: unknown, path: readonly string[], forged: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return forged;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? withValue(item, rest, forged) : item));
  const fields = Object.entries(value ?? {}).map(([name, item]) =>
    name === key ? [name, withValue(item, rest, forged)] : [name, item],
  );
  return Object.fromEntries(key in Object(value) ? fields : [...fields, [key, forged]]);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], value);
}

/** The paths of all leaf values. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** The format's field for `roles.0.roleArn`: `roles.roleArn`. */
function fieldOf(path: readonly string[]): string {
  return path.filter((key) => !/^\d+$/.test(key)).join('.');
}

function problemsOf(value: unknown): readonly string[] {
  try {
    parseSnapshot(JSON.stringify(value), 'aws.json', NOW);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.exitCode).toBe(2);
    expect(error.findings.some(({ help }) => help !== undefined)).toBe(true);
    return error.findings.map(({ message }) => message);
  }
  return [];
}

const OTHER = '666666666666';
const INJECTED = `EC2_LINUX\n  Pwn:\n    Type: AWS::EKS::AccessEntry`;

/** One changed field each. */
const FORGERIES: readonly (readonly [string, unknown])[] = [
  ['version', 2],
  ['version', '1'],
  ['version', undefined],
  ['capturedAt', '2026-02-30T08:30:00Z'],
  ['capturedAt', '2026-11-31T00:00:00+01:00'],
  ['capturedAt', '2026-11-20'],
  ['capturedAt', '2026-11-20T08:30:00'],
  ['capturedAt', '2026-11-20T24:30:00Z'],
  ['capturedAt', '2026-11-21T08:30:00.000Z'],
  ['capturedAt', 1763627400000],
  ['partition', 'aws-cn'],
  ['partition', 'aws"'],
  ['partition', 'aws-'],
  ['partition', 'aws-cn1'],
  ['partition', 'my-aws'],
  ['callerAccountId', '11112222333'],
  ['callerAccountId', 111122223333],
  ['instance', 'ssoins'],
  ['instance.arn', `arn:aws-cn:sso:::instance/${INSTANCE}`],
  ['instance.arn', 'arn:aws:sso:::instance/ssoins-ffffffffffffffff'],
  ['instance.arn', `arn:aws:sso:::instance/${INSTANCE}\n`],
  ['instance.arn', undefined],
  ['instance.identityStoreId', 'd-99671111223'],
  ['instance.identityStoreId', 'evil"'],
  ['instance.region', 'eu-west-1 '],
  ['accounts.0.id', OTHER],
  ['accounts.0.id', DEV],
  ['accounts.0.id', '１１１１２２２２３３３３'],
  ['accounts.0.name', 7],
  ['accounts.0.name', 'x'.repeat(1025)],
  ['accounts.0.state', 'active'],
  ['accounts.0.state', 'ACTIVE\n'],
  ['accounts.0.ou', ['Workloads']],
  ['accounts.0.ou', 'x'.repeat(1025)],
  ['accounts.0.ouIds', 'r-ab12'],
  ['accounts.0.ouIds.1', 'ou-ab12-work load'],
  ['accounts.0.rolesRead', false],
  ['accounts.0.rolesRead', 'true'],
  ['accounts.0.unreadable', 'denied'],
  ['accounts.1.unreadable', ''],
  ['accounts.1.isManagement', 'yes'],
  ['accounts.1.isManagement', null],
  ['accounts.0.assignmentsRead', false],
  ['accounts.1.assignmentsRead', true],
  ['permissionSets.0.arn', VIEW_SET],
  ['permissionSets.0.arn', ADMIN_SET.replace(INSTANCE, 'ssoins-ffffffffffffffff')],
  ['permissionSets.0.arn', ADMIN_SET.replace('arn:aws:', 'arn:aws-cn:')],
  ['permissionSets.0.arn', `${ADMIN_SET}"`],
  ['permissionSets.0.name', 'Admin"\n'],
  ['permissionSets.0.name', 'A'.repeat(33)],
  ['roles.0.accountId', DEV],
  ['roles.0.accountId', OTHER],
  ['roles.0.permissionSet', 'View'],
  ['roles.0.permissionSet', 'admin'],
  ['roles.0.roleArn', `arn:aws:iam::${OTHER}:role/${ADMIN_ROLE}`],
  ['roles.0.roleArn', `arn:aws:iam::${PROD}:role/${VIEW_ROLE}`],
  ['roles.0.roleArn', `arn:aws:iam::${PROD}:role/evil`],
  ['roles.0.pathArn', `${PATH}/AWSReservedSSO_Admin_ffffffffffffffff`],
  ['roles.0.pathArn', `${PATH.replace('eu-west-1', 'evil')}/${ADMIN_ROLE}`],
  ['roles.0.pathArn', `${PATH}/${ADMIN_ROLE}\n`],
  ['roles.0.createdAt', '2999-01-01T00:00:00.000Z'],
  ['roles.0.createdAt', '2026-13-02T09:14:07.000Z'],
  ['roles.0.createdAt', 'yesterday'],
  ['assignments.0.accountId', DEV],
  ['assignments.0.accountId', OTHER],
  ['assignments.0.permissionSetArn', `${SETS}/ps-ffffffffffffffff`],
  ['assignments.0.permissionSetArn', 'Admin'],
  ['assignments.0.principalType', 'ROLE'],
  ['assignments.0.principalType', 'USER'],
  ['assignments.0.principalId', 'a b'],
  ['assignments.0.principalId', ADA],
  ['principals.0.type', 'group'],
  ['principals.0.type', 'USER'],
  ['principals.0.id', 'a b'],
  ['principals.2.id', PLATFORM],
  ['principals.0.members.0', 'a b'],
  ['principals.1.members', 'a'],
  ['principals.1.groups.0', 'a b'],
  ['principals.0.name', { display: 'x' }],
  ['unreadClusters', {}],
  ['unreadClusters.0.accountId', '１１１１２２２２３３３３'],
  ['unreadClusters.0.accountName', 7],
  ['unreadClusters.0.region', 'eu-west-1 '],
  ['unreadClusters.0.name', 'prod"'],
  ['unreadClusters.0.cause', ''],
  ['unreadClusters.0.detail', null],
  ['clusters', {}],
  ['clusters.0.name', 'other'],
  ['clusters.0.name', 'prod"'],
  ['clusters.0.arn', `arn:aws:eks:eu-west-1:${PROD}:cluster/other`],
  ['clusters.0.arn', `arn:aws-cn:eks:cn-north-1:${PROD}:cluster/prod`],
  ['clusters.0.arn', `arn:aws:eks:cn-north-1:${PROD}:cluster/prod`],
  ['clusters.0.arn', 'prod'],
  ['clusters.0.arn', NODE],
  ['clusters.0.authenticationMode', 'api'],
  ['clusters.0.accessEntries', {}],
  ['clusters.0.accessEntries.0.principalArn', NODE],
  ['clusters.0.accessEntries.0.principalArn', `arn:aws-cn:iam::${PROD}:role/x`],
  ['clusters.0.accessEntries.0.principalArn', `arn:aws:iam::${PROD}:group/x`],
  ['clusters.0.accessEntries.0.principalArn', `arn:aws:iam::1:role/x`],
  ['clusters.0.accessEntries.0.principalArn', `arn:aws:sts::${PROD}:assumed-role/x/y`],
  ['clusters.0.accessEntries.0.principalArn', `arn:aws:iam::${PROD}:role/*`],
  ['clusters.0.accessEntries.0.principalArn', `arn:aws:iam::${PROD}:role/x\n`],
  ['clusters.0.accessEntries.0.type', INJECTED],
  ['clusters.0.accessEntries.0.type', 'standard'],
  ['clusters.0.accessEntries.1.type', INJECTED],
  ['clusters.0.accessEntries.0.username', ''],
  ['clusters.0.accessEntries.0.kubernetesGroups', 'admins'],
  ['clusters.0.accessEntries.0.policies', null],
  ['clusters.0.accessEntries.0.policies.0.policyArn', 'AmazonEKSClusterAdminPolicy'],
  ['clusters.0.accessEntries.0.policies.0.policyArn', accessPolicyArn('aws-cn', 'AmazonEKSViewPolicy')],
  ['clusters.0.accessEntries.0.policies.0.policyArn', 'arn:aws:iam::aws:policy/AdministratorAccess'],
  ['clusters.0.accessEntries.0.policies.0.policyArn', accessPolicyArn('aws', 'AmazonEKSViewPolicy')],
  ['clusters.0.accessEntries.0.policies.0.policyArn', accessPolicyArn('aws', 'x\n')],
  ['clusters.0.accessEntries.0.policies.0.scope', 'namespace'],
  ['clusters.0.accessEntries.0.policies.0.scope', { type: 'cluster' }],
  ['clusters.0.accessEntries.0.policies.1.scope.namespaces', []],
  ['clusters.0.accessEntries.0.policies.1.scope.namespaces', 'dev'],
  ['clusters.0.accessEntries.0.policies.1.scope.namespaces.0', 'Dev'],
  ['clusters.0.accessEntries.0.policies.1.scope.namespaces.0', 'dev\n'],
  ['clusters.0.accessEntries.0.createdAt', '2999-01-01T00:00:00.000Z'],
  ['clusters.0.accessEntries.0.createdAt', '2026-03-02 09:14:07'],
  ['otherRoles', null],
  ['otherRoles.0.arn', `arn:aws:iam::${PROD}:role/nodes/node`],
  ['otherRoles.1.arn', `arn:aws-cn:iam::${PROD}:role/gone`],
  ['otherRoles.1.arn', `arn:aws:iam::${PROD}:user/gone`],
  ['otherRoles.1.arn', 'arn:aws:iam::1:role/gone'],
  ['otherRoles.0.arn', `arn:aws:iam::${OTHER}:role/node`],
  ['otherRoles.0.arn', `arn:aws:iam::${PROD}:role/gone`],
  ['otherRoles.0.role', undefined],
  ['otherRoles.0.role', 'there'],
  ['otherRoles.0.role.pathArn', `arn:aws:iam::${OTHER}:role/nodes/node`],
  ['otherRoles.0.role.pathArn', `arn:aws:iam::${PROD}:role/nodes/admin`],
  ['otherRoles.0.role.pathArn', `arn:aws:iam::${PROD}:role/a b/node`],
  ['otherRoles.0.role.pathArn', `arn:aws:iam::${PROD}:role/a\n/node`],
  ['otherRoles.0.role.createdAt', '2999-01-01T00:00:00.000Z'],
  ['otherRoles.0.role.createdAt', null],
];

test('the original snapshot is valid', () => {
  expect(problemsOf(FULL)).toEqual([]);
});

describe('an access entry is accepted as a live run accepts it', () => {
  const ENTRY = 'clusters.0.accessEntries';
  test.each([
    [`${ENTRY}.0.username`, 'a\nb'],
    [`${ENTRY}.0.kubernetesGroups.0`, 'a\u001b[31m'],
    [`${ENTRY}.1.policies.0`, policy('AmazonEKSViewPolicy', { namespaces: ['dev'] })],
    [`${ENTRY}.1.type`, 'NEWER_THAN_THIS'],
  ])('with %s: %j', (path, value) => {
    expect(problemsOf(withValue(FULL, path.split('.'), value))).toEqual([]);
  });
});

test('an assignment of another instance is refused, even if the permission sets are unknown', () => {
  const { permissionSets: _, ...rest } = FULL;
  const forged = ADMIN_SET.replace(INSTANCE, 'ssoins-ffffffffffffffff');
  expect(problemsOf(rest)).toEqual([]);
  expect(problemsOf(withValue(rest, ['assignments', '0', 'permissionSetArn'], forged))).toEqual([
    `invalid snapshot: assignments.0.permissionSetArn: "${forged}" doesn't belong to instance ${INSTANCE} (partition aws)`,
  ]);
});

describe('a forged snapshot is refused', () => {
  test.each(FORGERIES)('with %s: %j', (path, forged) => {
    const problems = problemsOf(withValue(FULL, path.split('.'), forged));
    expect(problems).not.toEqual([]);
    // The forged field, or one that it contradicts.
    for (const message of problems) expect(message).toMatch(/^(?:invalid|unsupported|not a) snapshot/);
  });

  test('in any field of the format', () => {
    const forged = new Set(FORGERIES.map(([path]) => fieldOf(path.split('.'))));
    const fields = new Set(leavesOf(FULL).map(fieldOf));
    expect(
      [...fields].filter((field) => !forged.has(field) && field !== 'clusters.accessEntries.policies'),
    ).toEqual([]);
  });

  const LEAVES = leavesOf(FULL);
  const FREE_TEXT = new Set([
    'accounts.name',
    'accounts.ou',
    'accounts.unreadable',
    'principals.name',
    'unreadClusters.accountName',
    'unreadClusters.cause',
    'unreadClusters.detail',
    // A live run accepts any, and each format quotes them.
    'clusters.accessEntries.username',
    'clusters.accessEntries.kubernetesGroups',
  ]);

  test('with a value of another type in any field', () => {
    const wrong = fc.constantFrom<unknown>(7, true, {}, [7], [[]], { a: 'b' });
    fc.assert(
      fc.property(fc.constantFrom(...LEAVES), wrong, (path, forged) => {
        const isSame = typeof valueAt(FULL, path) === typeof forged && typeof forged !== 'object';
        fc.pre(!isSame);
        expect(problemsOf(withValue(FULL, path, forged))).not.toEqual([]);
      }),
      runs(400),
    );
  });

  test('with text that breaks out of a quoted or unquoted value, except in names', () => {
    const breaking = fc.constantFrom(
      '\n',
      '"',
      "'",
      '`',
      '$(x)',
      '${x}',
      '\u0000',
      '\u202e',
      '# x',
      ': x',
      '#}',
    );
    const leaves = LEAVES.filter(
      (path) => typeof valueAt(FULL, path) === 'string' && !FREE_TEXT.has(fieldOf(path)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...leaves), breaking, fc.boolean(), (path, text, isBefore) => {
        const value = String(valueAt(FULL, path));
        const forged = isBefore ? `${text}${value}` : `${value}${text}`;
        expect(problemsOf(withValue(FULL, path, forged))).not.toEqual([]);
      }),
      runs(400),
    );
  });

  test('and nothing is written', async () => {
    const path = ['clusters', '0', 'accessEntries', '1', 'type'];
    const cwd = await scratch({ 'aws.json': JSON.stringify(withValue(FULL, path, INJECTED)) });
    const map = `- rolearn: ${NODE}\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:nodes]\n`;
    const argv = ['access-entries', '--from', '-', '--cluster', 'prod', '--inventory', 'aws.json'];
    const ran = await run([...argv, '-o', 'cloudformation'], { cwd, stdin: map });
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toBe(
      'error: aws.json: invalid snapshot: clusters.0.accessEntries.1.type: must be a type of access entries, such as STANDARD\n' +
        '  Take a new snapshot with `aws-auth-sso snapshot`.\n',
    );
  });
});
