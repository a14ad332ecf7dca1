import { describe, expect, test } from 'vitest';
import { arnKind, formatArn, isAccountId, parseArn, partitionOfRegion, stripPath } from '../src/arn.ts';

const KINDS = [
  ['arn:aws:iam::111122223333:role/eks-node', 'role'],
  ['arn:aws:iam::111122223333:user/team/bob', 'user'],
  ['arn:aws:iam::111122223333:root', 'root'],
  ['arn:aws:iam::111122223333:instance-profile/eks', 'instance-profile'],
  [
    'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com',
    'session',
  ],
  ['arn:aws:sts::111122223333:federated-user/bob', 'session'],
  ['arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef', 'permission-set'],
  ['arn:aws:sso:::instance/ssoins-1234567890abcdef', 'other'],
  ['arn:aws:identitystore:::user/906759a2-1234-5678-9abc-def012345678', 'identity-store'],
  ['arn:aws:s3:::bucket', 'other'],
] as const;

describe('an ARN', () => {
  test.each(KINDS)('%s names a %s', (text, kind) => {
    const arn = parseArn(text);
    expect(arn && arnKind(arn)).toBe(kind);
    expect(arn && formatArn(arn)).toBe(text);
  });

  test.each([
    '',
    'Admin',
    'arn:aws:iam',
    'arn:aws:iam::111122223333:',
    ' arn:aws:iam::1:role/x',
    'arn::iam::1:role/x',
    'arn:aws:::1:role/x',
  ])("%j isn't an ARN", (text) => {
    expect(parseArn(text)).toBeUndefined();
  });

  test('keeps colons in the resource', () => {
    expect(parseArn('arn:aws:logs:eu-west-1:1:log-group:x:*')?.resource).toBe('log-group:x:*');
  });
});

describe('stripPath', () => {
  test.each([
    ['arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-west-1/R', 'arn:aws:iam::1:role/R'],
    ['arn:aws-cn:iam::1:role/a/b/R', 'arn:aws-cn:iam::1:role/R'],
    ['arn:aws:iam::1:role/R', 'arn:aws:iam::1:role/R'],
    ['arn:aws:iam::1:user/a/b', 'arn:aws:iam::1:user/a/b'],
  ])('%s', (text, stripped) => {
    const arn = parseArn(text);
    expect(arn && formatArn(stripPath(arn))).toBe(stripped);
  });
});

test.each([
  ['eu-west-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['me-cn-us-gov-us-iso-us-isob-eu-isoe-us-isof-eusc-1', 'aws'],
])('%s is in partition %s', (region, partition) => {
  expect(partitionOfRegion(region)).toBe(partition);
});

test.each([
  ['111122223333', true],
  ['000000000000', true],
  ['11112222333', false],
  ['1111222233334', false],
  ['x111122223333', false],
  ['11112222333x', false],
])('%s is an account ID: %s', (text, isId) => {
  expect(isAccountId(text)).toBe(isId);
});
