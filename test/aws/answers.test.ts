import { describe, expect, test } from 'vitest';
import { checkedAnswer, type Operation } from '../../src/aws/answers.ts';

const DATE = new Date('2026-01-01T00:00:00Z');
const ROLE = { RoleName: 'r', Arn: 'arn:aws:iam::111111111111:role/r', CreateDate: DATE };

function policies(accessScope: unknown, policyArn = 'arn:aws:eks::aws:cluster-access-policy/P') {
  return { associatedAccessPolicies: [{ policyArn, accessScope }] };
}

describe('members that AWS may omit may be missing', () => {
  const FINE: [Operation, unknown][] = [
    ['ListRoles', { Roles: [] }],
    ['ListRoles', { Roles: [{ ...ROLE, Tags: [] }], IsTruncated: true, Marker: 'next' }],
    ['ListRoles', { Roles: [ROLE], IsTruncated: false }],
    ['ListAccounts', { Accounts: [], NextToken: null }],
    ['ListAccounts', { Accounts: [{ Id: '012345678901', Name: 'a' }] }],
    ['ListInstances', { Instances: [{ InstanceArn: 'arn', Status: 'CREATE_IN_PROGRESS' }] }],
    ['ListPermissionSetsProvisionedToAccount', {}],
    ['ListUsers', { Users: [{ UserId: 'u' }] }],
    ['DescribeCluster', { cluster: { arn: 'arn' } }],
    ['DescribeCluster', { cluster: { arn: 'arn', accessConfig: {} } }],
    ['DescribeAccessEntry', { accessEntry: { type: 'T', kubernetesGroups: [], createdAt: DATE } }],
    ['ListAssociatedAccessPolicies', policies({ type: 'cluster' })],
  ];
  test.each(FINE)('%s %j', (operation, answer) =>
    expect(() => checkedAnswer(operation, answer)).not.toThrow(),
  );
});

describe('an answer without a required member is invalid, and the error names the member', () => {
  const BROKEN: [Operation, unknown, string][] = [
    ['ListRoles', {}, 'Roles is missing'],
    ['ListRoles', undefined, 'it is empty'],
    ['ListRoles', { Roles: [ROLE, { ...ROLE, Arn: undefined }] }, 'Roles.1.Arn is missing'],
    ['ListRoles', { Roles: [{ ...ROLE, CreateDate: new Date('?') }] }, 'Roles.0.CreateDate is invalid'],
    ['ListRoles', { Roles: [], IsTruncated: true, Marker: '' }, 'IsTruncated is set without a Marker'],
    ['ListAccounts', { Accounts: null }, 'Accounts is missing'],
    ['ListAccounts', { Accounts: [{ Id: '1', Name: 'a' }] }, 'Accounts.0.Id is invalid'],
    ['ListAccounts', { Accounts: [{ Id: '0123456789012', Name: 'a' }] }, 'Accounts.0.Id is invalid'],
    ['GetCallerIdentity', { Account: 'x012345678901', Arn: 'arn' }, 'Account is invalid'],
    ['ListAccounts', { Accounts: [{ Id: '012345678901', Name: '' }] }, 'Accounts.0.Name is missing'],
    ['ListInstances', { Instances: [{ InstanceArn: 'arn' }] }, 'an instance has no IdentityStoreId'],
    ['ListPermissionSets', { PermissionSets: [null] }, 'PermissionSets.0 is missing'],
    ['DescribeCluster', { cluster: {} }, 'cluster.arn is missing'],
    [
      'DescribeCluster',
      { cluster: { arn: 'arn', accessConfig: { authenticationMode: 'NEW' } } },
      'cluster.accessConfig.authenticationMode is invalid',
    ],
    ['ListClusters', {}, 'clusters is missing'],
    ['ListClusters', { clusters: ['prod', 'a/b'] }, 'a cluster name is invalid'],
    ['ListAccessEntries', {}, 'accessEntries is missing'],
    [
      'DescribeAccessEntry',
      { accessEntry: { type: 'STANDARD', createdAt: DATE } },
      'accessEntry.kubernetesGroups is missing',
    ],
    [
      'DescribeAccessEntry',
      { accessEntry: { type: 'EC2\n', kubernetesGroups: [], createdAt: DATE } },
      'accessEntry.type is invalid',
    ],
    [
      'ListAssociatedAccessPolicies',
      policies({ type: 'cluster' }, 'arn:aws:iam::aws:policy/AdministratorAccess'),
      'associatedAccessPolicies.0.policyArn is invalid',
    ],
    [
      'ListAssociatedAccessPolicies',
      policies({ type: 'namespace', namespaces: ['dev\n'] }),
      'associatedAccessPolicies.0.accessScope.namespaces.0 is invalid',
    ],
    [
      'ListAssociatedAccessPolicies',
      policies({ type: 'other' }),
      'associatedAccessPolicies.0.accessScope.type is invalid',
    ],
    [
      'ListAssociatedAccessPolicies',
      policies({ type: 'namespace', namespaces: [] }),
      'a policy has no namespaces',
    ],
    ['GetCallerIdentity', { Arn: 'arn' }, 'Account is missing'],
    [
      'AssumeRole',
      { Credentials: { AccessKeyId: 'a', SecretAccessKey: 's' } },
      'Credentials.SessionToken is missing',
    ],
    [
      'ListAccountAssignments',
      { AccountAssignments: [{ AccountId: '012345678901', PermissionSetArn: 'p', PrincipalId: 'i' }] },
      'AccountAssignments.0.PrincipalType is missing',
    ],
    [
      'ListGroupMemberships',
      { GroupMemberships: [{ MemberId: {} }] },
      'GroupMemberships.0.MemberId.UserId is missing',
    ],
  ];
  test.each(BROKEN)('%s %j', (operation, answer, message) =>
    expect(() => checkedAnswer(operation, answer)).toThrow(
      expect.objectContaining({ name: 'InvalidResponse', message }),
    ),
  );
});
