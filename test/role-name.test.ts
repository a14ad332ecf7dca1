import { describe, expect, test } from 'vitest';
import {
  formatRoleName,
  homeRegionOf,
  lacksSuffix,
  maySameSet,
  parseProvisionedRoleArn,
  parseRoleName,
} from '../src/role-name.ts';

describe('parseRoleName', () => {
  test.each([
    ['AWSReservedSSO_Admin_0123456789abcdef', 'Admin', '0123456789abcdef'],
    ['AWSReservedSSO_Admin_ReadOnly_0123456789abcdef', 'Admin_ReadOnly', '0123456789abcdef'],
    ['AWSReservedSSO_Admin_aaaaaaaaaaaaaaaa', 'Admin', 'aaaaaaaaaaaaaaaa'],
    ['AWSReservedSSO_Admin_aaaaaaaaaaaaaaaa_0123456789abcdef', 'Admin_aaaaaaaaaaaaaaaa', '0123456789abcdef'],
    ['AWSReservedSSO_Dev.Ops+1_0123456789abcdef', 'Dev.Ops+1', '0123456789abcdef'],
    ['AWSReservedSSO_a=b,c@d-e_0123456789abcdef', 'a=b,c@d-e', '0123456789abcdef'],
    [`AWSReservedSSO_${'x'.repeat(32)}_0123456789abcdef`, 'x'.repeat(32), '0123456789abcdef'],
    ['AWSReservedSSO____0123456789abcdef', '__', '0123456789abcdef'],
  ])('%s', (name, permissionSet, suffix) => {
    expect(parseRoleName(name)).toEqual({ permissionSet, suffix });
    expect(formatRoleName({ permissionSet, suffix })).toBe(name);
  });

  test.each([
    'AWSReservedSSO_Admin',
    'AWSReservedSSO_Admin_ReadOnly',
    'AWSReservedSSO_Admin_x1',
    'AWSReservedSSO_Admin_0123456789abcde',
    'AWSReservedSSO_Admin_0123456789abcdeff',
    'AWSReservedSSO_Admin_0123456789abcdeg',
    'AWSReservedSSO_Admin_0123456789ABCDEF',
    'AWSReservedSSO__0123456789abcdef',
    'AWSReservedSSO_Admin_',
    `AWSReservedSSO_${'x'.repeat(33)}_0123456789abcdef`,
    'XAWSReservedSSO_Admin_0123456789abcdef',
    'awsreservedsso_Admin_0123456789abcdef',
    'AWSReservedSSO_Admin Two_0123456789abcdef',
    'AWSReservedSSO_Admin_0123456789abcdef\n',
    'eks-node',
  ])('%j is not a provisioned role name', (name) => {
    expect(parseRoleName(name)).toBeUndefined();
  });
});

describe('parseProvisionedRoleArn', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef';

  test.each([
    roleArn,
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef',
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef',
  ])('%s', (arn) => {
    expect(parseProvisionedRoleArn(arn)).toMatchObject({
      accountId: '111122223333',
      permissionSet: 'Admin',
      roleArn,
    });
  });

  test.each([
    ['a path of a slash', roleArn.replace('role/', 'role//'), roleArn],
    ['a line break in its path', roleArn.replace('role/', 'role/a\nb/'), roleArn],
    ['no account', roleArn.replace('111122223333', ''), roleArn.replace('111122223333', '')],
    [
      'every character of a name',
      roleArn.replace('Admin', 'a+=,.@-_1'),
      roleArn.replace('Admin', 'a+=,.@-_1'),
    ],
  ])('with %s', (_, arn, stripped) => {
    expect(parseProvisionedRoleArn(arn)?.roleArn).toBe(stripped);
  });

  test('with a letter that the authenticator treats as another case of one in the name', () => {
    expect(
      parseProvisionedRoleArn(roleArn.replace('ReservedSSO', 'Re\u017Ferved\u017F\u017Fo'))?.roleArn,
    ).toBe(roleArn.replace('SSO', 'sso'));
  });

  test('in any case', () => {
    const role = parseProvisionedRoleArn(roleArn.toUpperCase());
    expect(role?.roleArn.toLowerCase()).toBe(roleArn.toLowerCase());
    expect(role?.partition).toBe('aws');
  });

  test.each(['aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'])(
    'in %s',
    (partition) => {
      expect(parseProvisionedRoleArn(roleArn.replace('arn:aws:', `arn:${partition}:`))?.partition).toBe(
        partition,
      );
    },
  );

  test.each([
    'arn:aws:iam::111122223333:role/eks-node',
    'arn:aws:iam::111122223333:user/AWSReservedSSO_Admin_0123456789abcdef',
    'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice',
    'arn:aws:iam:us-east-1:111122223333:role/AWSReservedSSO_Admin_0123456789abcdef',
    'AWSReservedSSO_Admin_0123456789abcdef',
    `x${roleArn}`,
    `${roleArn}-x`,
    roleArn.replace('0123456789abcdef', ''),
    roleArn.replace('0123456789abcdef', 'ReadOnly'),
    roleArn.replace('0123456789abcdef', '1'),
    roleArn.replace('iam', '\u0130am'),
    roleArn.replace('Admin', 'x'.repeat(33)),
    roleArn.replace('aws', ''),
  ])("%s isn't the ARN of a provisioned role", (arn) => {
    expect(parseProvisionedRoleArn(arn)).toBeUndefined();
  });
});

test.each([
  ['/aws-reserved/sso.amazonaws.com/', 'us-east-1'],
  ['/aws-reserved/sso.amazonaws.com/eu-west-1/', 'eu-west-1'],
  ['/', undefined],
  ['/aws-reserved/other/', undefined],
  ['/aws-reserved/sso.amazonaws.com/us-gov-west-1/', 'us-gov-west-1'],
  ['/aws-reserved/sso.amazonaws.com/eusc-de-east-1/', 'eusc-de-east-1'],
  ['/aws-reserved/sso.amazonaws.com/ap-southeast-12/', 'ap-southeast-12'],
  ['/aws-reserved/sso.amazonaws.com/evil/', undefined],
  ['/aws-reserved/sso.amazonaws.com/every-west-1/', undefined],
  ['/aws-reserved/sso.amazonaws.com/eu-1/', undefined],
  ['/aws-reserved/sso.amazonaws.com/eu--1/', undefined],
  ['/aws-reserved/sso.amazonaws.com/eu-west-/', undefined],
  ['/evil/aws-reserved/sso.amazonaws.com/eu-west-1/', undefined],
  ['/aws-reserved/sso.amazonaws.com/eu-west-1/evil/', undefined],
])('the home region in %s is %s', (path, region) => {
  expect(homeRegionOf(path)).toBe(region);
});

test.each([
  ['AWSReservedSSO_Admin', true],
  ['awsreservedsso_admin', true],
  ['AWSReservedSSO_Power_User', true],
  ['AWSReservedSSO_Admin_abcdefabcdefabc', true],
  ['AWSReservedSSO_Admin_abcdefabcdefabcd', false],
  ['awsreservedsso_admin_ABCDEFABCDEFABCD', false],
  ['AWSReservedSSO_Admin_0123456789abcdef', false],
  ['AWSReservedSSO_Admin_x1', true],
  ['AWSReservedSSO_ReadOnly_Admin', true],
  ['AWSReservedSSO_ReadOnly_L2', true],
  ['AWSReservedSSO_a+=,.@-b_0123456789abcdef', false],
  ['AWSReservedSSO_', true],
  ['AWSReservedSSO__1', true],
  ['AWSReservedSSO_Admin_1.b', true],
  ['AWSReservedSSO_Admin_abcdefabcdefabcde', true],
  ['AWSReservedSSO_Admin_xabcdefabcdefabcd', true],
  ['XAWSReservedSSO_Admin', false],
  ['eks-node', false],
])('%s lacks the suffix: %s', (name, lacks) => {
  expect(lacksSuffix(name)).toBe(lacks);
});

describe('maySameSet', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef';
  const other = (arn: string) => arn.replace('0123', '9999');
  const lower = ROLE.toLowerCase();

  test.each([
    ['with other suffixes', ROLE, other(ROLE), true],
    ['where one is written in another case', ROLE, other(lower), true],
    ['of a name that differs by case', ROLE, other(ROLE).replace('Admin', 'admin'), false],
    ['of another account', ROLE, other(ROLE).replace('1111', '4444'), false],
    ['of another account, in another case', ROLE, other(lower).replace('1111', '4444'), false],
  ])('%s', (_, one, another, expected) => {
    const [first, second] = [one, another].map(parseProvisionedRoleArn);
    expect(first && second && maySameSet(first, second)).toBe(expected);
  });
});
