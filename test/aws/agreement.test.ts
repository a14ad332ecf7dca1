import { expect, test } from 'vitest';
import { type Expected, requireAgreement } from '../../src/aws/agreement.ts';
import { ANSWERS, checkedAnswer, type Operation } from '../../src/aws/answers.ts';

const [ACCOUNT, OTHER] = ['111111111111', '999999999999'];
const INSTANCE = 'arn:aws:sso:::instance/ssoins-1';
const SET = 'arn:aws:sso:::permissionSet/ssoins-1/ps-1';
const OTHER_SET = 'arn:aws:sso:::permissionSet/ssoins-2/ps-1';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/p/r`;
const DATE = new Date('2026-01-01T00:00:00Z');
const STORE = { IdentityStoreId: 'd-1' };

function credentials(arn: string) {
  return {
    Credentials: { AccessKeyId: 'a', SecretAccessKey: 's', SessionToken: 't' },
    AssumedRoleUser: { Arn: arn },
  };
}
const ASSUME = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/p/Reader`, RoleSessionName: 's' };
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Reader/s`;

function roles(...arns: string[]) {
  return { Roles: arns.map((Arn) => ({ Arn, RoleName: 'r', CreateDate: DATE })), IsTruncated: false };
}
const account = (change: object) => ({ Accounts: [{ Id: ACCOUNT, Name: 'a', ...change }] });
const cluster = (change: object) => ({
  cluster: { name: 'c', arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/c`, ...change },
});
const entry = (change: object) => ({
  accessEntry: {
    principalArn: ROLE,
    clusterName: 'c',
    type: 'T',
    kubernetesGroups: [],
    createdAt: DATE,
    ...change,
  },
});
const provider = (clusterName: string) => ({
  identityProviderConfig: { oidc: { clusterName, issuerUrl: 'https://okta', clientId: 'i' } },
});
const capability = (change: object) => ({
  capability: { capabilityName: 'kro', clusterName: 'c', type: 'KRO', roleArn: ROLE, ...change },
});
const policies = (change: object) => ({
  clusterName: 'c',
  principalArn: ROLE,
  associatedAccessPolicies: [],
  ...change,
});
const assignment = (change: object) => ({
  AccountAssignments: [
    { AccountId: ACCOUNT, PermissionSetArn: SET, PrincipalType: 'USER', PrincipalId: 'u', ...change },
  ],
});
const OF_PAIR = { InstanceArn: INSTANCE, AccountId: ACCOUNT, PermissionSetArn: SET };
const OF_USER = { InstanceArn: INSTANCE, PrincipalType: 'USER', PrincipalId: 'u' };
const OF_ENTRY = { clusterName: 'c', principalArn: ROLE };

/** An operation, its request, an answer that agrees, and answers that don't, with the expected messages. */
const CASES: readonly (readonly [Operation, object, unknown, readonly (readonly [unknown, string])[]])[] = [
  [
    'GetCallerIdentity',
    {},
    { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/u` },
    [
      [{ Account: OTHER, Arn: `arn:aws:iam::${OTHER}:user/u` }, `asked for account ${ACCOUNT}, got ${OTHER}`],
      [
        { Account: ACCOUNT, Arn: `arn:aws:iam::${OTHER}:user/u` },
        `account ${ACCOUNT} in partition aws doesn't match arn:aws:iam::${OTHER}:`,
      ],
      [{ Account: ACCOUNT, Arn: `arn:aws-cn:iam::${ACCOUNT}:user/u` }, "doesn't match arn:aws-cn:iam"],
      [{ Account: ACCOUNT, Arn: 'engineer' }, "doesn't match engineer"],
    ],
  ],
  [
    'AssumeRole',
    ASSUME,
    credentials(SESSION.replace('Reader', 'reader')),
    [
      [
        credentials(SESSION.replace(ACCOUNT, OTHER)),
        `asked for session ${SESSION}, got arn:aws:sts::${OTHER}:`,
      ],
      [credentials(SESSION.replace('aws', 'aws-cn')), 'got arn:aws-cn:'],
      [credentials(SESSION.replace('Reader', 'Admin')), 'assumed-role/Admin/s'],
    ],
  ],
  [
    'AssumeRoleWithWebIdentity',
    ASSUME,
    credentials(SESSION),
    [[credentials(SESSION.replace(ACCOUNT, OTHER)), `got arn:aws:sts::${OTHER}:`]],
  ],
  [
    'ListRoles',
    { PathPrefix: '/p/' },
    roles(ROLE),
    [
      [
        roles(ROLE, ROLE.replace(ACCOUNT, OTHER)),
        `asked for role/p/* in account ${ACCOUNT} in partition aws, got arn:aws:iam::${OTHER}:`,
      ],
      [roles(ROLE.replace('aws', 'aws-cn')), 'got arn:aws-cn:'],
      [roles(ROLE.replace('/p/', '/q/')), 'got arn:aws:iam::111111111111:role/q/r'],
      [roles(`${ROLE}2`), `role r has ARN ${ROLE}2`],
      [{ ...roles(ROLE), Marker: 'm' }, 'IsTruncated is false, but there is a Marker'],
    ],
  ],
  [
    'ListAccounts',
    {},
    account({
      Arn: `arn:aws:organizations::${ACCOUNT}:account/o-1/${ACCOUNT}`,
      Paths: [`o-1/r-1/${ACCOUNT}/`],
    }),
    [
      [
        account({ Arn: `arn:aws:organizations::${ACCOUNT}:account/o-1/${OTHER}` }),
        `account ${ACCOUNT} is listed with arn:`,
      ],
      [account({ Paths: [`o-1/r-1/${OTHER}/`] }), `account ${ACCOUNT} is listed with o-1/r-1/${OTHER}/`],
    ],
  ],
  [
    'ListAccountsForParent',
    { ParentId: 'ou-1' },
    account({ Paths: [`o-1/r-1/ou-1/${ACCOUNT}/`] }),
    [
      [
        account({ Paths: [`o-1/r-1/ou-2/${ACCOUNT}/`] }),
        `asked for the accounts in ou-1, got ou-2 for account ${ACCOUNT}`,
      ],
    ],
  ],
  [
    'ListOrganizationalUnitsForParent',
    { ParentId: 'ou-1' },
    { OrganizationalUnits: [{ Id: 'ou-2', Name: 'n' }] },
    [[{ OrganizationalUnits: [{ Id: 'ou-1', Name: 'n' }] }, 'ou-1 is listed as its own child']],
  ],
  ['ListRoots', {}, { Roots: [{ Id: 'r-1' }] }, []],
  [
    'ListParents',
    { ChildId: 'ou-1' },
    { Parents: [{ Id: 'r-1' }] },
    [[{ Parents: [{ Id: 'ou-1' }] }, 'ou-1 is listed as its own parent']],
  ],
  [
    'DescribeOrganization',
    {},
    { Organization: { MasterAccountId: ACCOUNT } },
    [
      [
        {
          Organization: {
            MasterAccountId: ACCOUNT,
            MasterAccountArn: `arn:aws:organizations::${OTHER}:account/o-1/${OTHER}`,
          },
        },
        `account ${ACCOUNT} doesn't match arn:aws:organizations::${OTHER}:`,
      ],
    ],
  ],
  [
    'DescribeOrganizationalUnit',
    { OrganizationalUnitId: 'ou-1' },
    { OrganizationalUnit: { Id: 'ou-1', Name: 'n' } },
    [[{ OrganizationalUnit: { Id: 'ou-2', Name: 'n' } }, 'asked for unit ou-1, got ou-2']],
  ],
  [
    'ListInstances',
    {},
    { Instances: [{ InstanceArn: INSTANCE, IdentityStoreId: 'd-1' }] },
    [
      [
        { Instances: [{ InstanceArn: INSTANCE.replace('aws', 'aws-cn'), IdentityStoreId: 'd-1' }] },
        'asked in partition aws, got arn:aws-cn:sso:::instance/ssoins-1',
      ],
    ],
  ],
  [
    'ListPermissionSets',
    { InstanceArn: INSTANCE },
    { PermissionSets: [SET] },
    [
      [{ PermissionSets: [SET, OTHER_SET] }, `asked for permission sets of ${INSTANCE}, got ${OTHER_SET}`],
      [{ PermissionSets: [SET.replace('aws', 'aws-cn')] }, 'got arn:aws-cn:'],
    ],
  ],
  [
    'DescribePermissionSet',
    { InstanceArn: INSTANCE, PermissionSetArn: SET },
    { PermissionSet: { PermissionSetArn: SET, Name: 'Admin' } },
    [
      [
        { PermissionSet: { PermissionSetArn: OTHER_SET, Name: 'Admin' } },
        `asked for permission set ${SET}, got ${OTHER_SET}`,
      ],
    ],
  ],
  [
    'ListPermissionSetsProvisionedToAccount',
    { InstanceArn: INSTANCE, AccountId: ACCOUNT },
    { PermissionSets: [SET] },
    [[{ PermissionSets: [OTHER_SET] }, `got ${OTHER_SET}`]],
  ],
  [
    'ListAccountAssignments',
    OF_PAIR,
    assignment({}),
    [
      [assignment({ AccountId: OTHER }), `asked for account ${ACCOUNT}, got ${OTHER}`],
      [assignment({ PermissionSetArn: OTHER_SET }), `asked for permission set ${SET}, got ${OTHER_SET}`],
    ],
  ],
  [
    'ListAccountAssignmentsForPrincipal',
    OF_USER,
    assignment({ PrincipalType: 'GROUP', PrincipalId: 'g', AccountId: OTHER }),
    [
      [assignment({ PrincipalId: 'v' }), 'asked for principal USER u, got USER v'],
      [assignment({ PermissionSetArn: OTHER_SET }), `got ${OTHER_SET}`],
    ],
  ],
  [
    'ListUsers',
    STORE,
    { Users: [{ ...STORE, UserId: 'u' }] },
    [[{ Users: [{ IdentityStoreId: 'd-2', UserId: 'u' }] }, 'asked for identity store d-1, got d-2']],
  ],
  [
    'ListGroups',
    STORE,
    { Groups: [{ GroupId: 'g' }] },
    [[{ Groups: [{ IdentityStoreId: 'd-2', GroupId: 'g' }] }, 'got d-2']],
  ],
  [
    'DescribeUser',
    { ...STORE, UserId: 'u' },
    { UserId: 'u' },
    [[{ UserId: 'v' }, 'asked for user u, got v']],
  ],
  [
    'DescribeGroup',
    { ...STORE, GroupId: 'g' },
    { GroupId: 'g' },
    [[{ GroupId: 'h' }, 'asked for group g, got h']],
  ],
  ['GetUserId', STORE, { ...STORE, UserId: 'u' }, [[{ IdentityStoreId: 'd-2', UserId: 'u' }, 'got d-2']]],
  ['GetGroupId', STORE, { ...STORE, GroupId: 'g' }, [[{ IdentityStoreId: 'd-2', GroupId: 'g' }, 'got d-2']]],
  [
    'ListGroupMemberships',
    { ...STORE, GroupId: 'g' },
    { GroupMemberships: [{ GroupId: 'g', MemberId: { UserId: 'u' } }] },
    [
      [
        { GroupMemberships: [{ GroupId: 'h', MemberId: { UserId: 'u' } }] },
        'asked for the members of group g, got h',
      ],
    ],
  ],
  [
    'ListGroupMembershipsForMember',
    { ...STORE, MemberId: { UserId: 'u' } },
    { GroupMemberships: [{ GroupId: 'g', MemberId: { UserId: 'u' } }] },
    [
      [
        { GroupMemberships: [{ GroupId: 'g', MemberId: { UserId: 'v' } }] },
        'asked for the groups of user u, got v',
      ],
    ],
  ],
  [
    'DescribeCluster',
    { name: 'c' },
    cluster({}),
    [
      [cluster({ name: 'd' }), 'asked for cluster c, got d'],
      [
        cluster({ arn: `arn:aws:eks:eu-west-1:${OTHER}:cluster/c` }),
        `got arn:aws:eks:eu-west-1:${OTHER}:cluster/c`,
      ],
      [cluster({ arn: `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/c` }), 'got arn:aws:eks:us-east-1:'],
    ],
  ],
  ['ListClusters', {}, { clusters: ['c'] }, []],
  [
    'ListIdentityProviderConfigs',
    { clusterName: 'c' },
    { identityProviderConfigs: [{ type: 'oidc', name: 'okta' }] },
    [],
  ],
  [
    'DescribeIdentityProviderConfig',
    { clusterName: 'c', identityProviderConfig: { type: 'oidc', name: 'okta' } },
    provider('c'),
    [[provider('d'), 'asked for cluster c, got d']],
  ],
  ['ListCapabilities', { clusterName: 'c' }, { capabilities: [{ capabilityName: 'kro' }] }, []],
  [
    'DescribeCapability',
    { clusterName: 'c', capabilityName: 'kro' },
    capability({}),
    [
      [capability({ clusterName: 'd' }), 'asked for cluster c, got d'],
      [capability({ capabilityName: 'ack' }), 'asked for capability kro, got ack'],
      [capability({ roleArn: 'role/r' }), 'asked in partition aws, got role/r'],
    ],
  ],
  [
    'ListAccessEntries',
    { clusterName: 'c' },
    { accessEntries: [ROLE] },
    [[{ accessEntries: ['role/r'] }, 'asked in partition aws, got role/r']],
  ],
  [
    'DescribeAccessEntry',
    OF_ENTRY,
    entry({}),
    [
      [entry({ principalArn: `${ROLE}2` }), `asked for access entry ${ROLE}, got ${ROLE}2`],
      [entry({ clusterName: 'd' }), 'asked for cluster c, got d'],
    ],
  ],
  [
    'ListAssociatedAccessPolicies',
    OF_ENTRY,
    policies({}),
    [
      [
        policies({ principalArn: `${ROLE}2` }),
        `asked for the policies of access entry ${ROLE}, got ${ROLE}2`,
      ],
      [policies({ clusterName: 'd' }), 'asked for cluster c, got d'],
      [
        policies({
          associatedAccessPolicies: [
            {
              policyArn: 'arn:aws-cn:eks::aws:cluster-access-policy/P',
              accessScope: { type: 'cluster' },
            },
          ],
        }),
        'got arn:aws-cn:eks::aws:cluster-access-policy/P',
      ],
    ],
  ],
];

test('the cases include every operation in use', () => {
  expect(CASES.map(([operation]) => operation).sort()).toEqual(Object.keys(ANSWERS).sort());
});

test.each(CASES)(
  '%s agrees with its request, or the error names both sides',
  (operation, input, fine, broken) => {
    const asked: Expected = { input, region: 'eu-west-1', accountId: ACCOUNT };
    const check = (answer: unknown) => requireAgreement(operation, checkedAnswer(operation, answer), asked);
    expect(() => check(fine)).not.toThrow();
    for (const [answer, message] of broken)
      expect(() => check(answer), JSON.stringify(answer)).toThrow(
        expect.objectContaining({ name: 'Contradiction', message: expect.stringContaining(message) }),
      );
  },
);

test('names in a contradiction are escaped', () => {
  const check = () =>
    requireAgreement(
      'DescribeUser',
      { UserId: 'v\u001b[2J\n::error::' },
      { input: { UserId: 'u' }, region: 'eu-west-1' },
    );
  expect(check).toThrow('asked for user u, got v\\u{1b}[2J\\n::error::');
});
