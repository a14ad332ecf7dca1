import { expect, test } from 'vitest';
import { diagnoseArn } from '../../src/aws-auth/diagnose-arn.ts';

const ACCOUNT = 'arn:aws:iam::111122223333:';
const [ROLE, USER] = [`${ACCOUNT}role/`, `${ACCOUNT}user/`];
const STS = 'arn:aws:sts::111122223333:';
const ID = '906759a2-1111-2222-3333-444455556666';

test.each([
  `${ROLE}a`,
  `${ROLE}a+b=c,d.e@f-g_h`,
  `${ROLE}${'a'.repeat(64)}`,
  `${ROLE}a\u017fb`,
  `${ROLE}\u212aa`,
  'arn:aws:Iam::111122223333:Role/a',
  `${USER}a`,
  `${USER}te/am/a`,
  `${USER}a+b=c,d.e@f-g_h`,
  `${USER}${'a'.repeat(64)}`,
  `${ACCOUNT}root`,
  `${STS}federated-user/f`,
])('a caller can have %j', (arn) => {
  expect(diagnoseArn(arn)).toBeNull();
});

test.each([
  [
    'identity-center-user',
    [
      'a@b.c',
      ID,
      ID.toUpperCase(),
      `9067000000-${ID}`,
      'arn:aws:identitystore:::user/u',
      'ARN:aws:identitystore::111122223333:identitystore/d/group/g',
      'arn:aws:sso:::user/u',
      'ARN:aws:sso:::GROUP/u',
    ],
  ],
  [
    'permission-set-arn',
    ['arn:aws:sso:::permissionSet/ssoins-1/ps-1', 'ARN:AWS:SSO:::PERMISSIONSET/ssoins-1/ps-1'],
  ],
  [
    'not-a-role-or-user',
    [
      'arn:aws:sso:::instance/ssoins-1',
      'arn:aws:sso:::x/permissionset/p',
      'arn:aws:s3:::b',
      'arn:aws:s3:::group/b',
      'arn:aws:s3:::x/role/',
      'arn:aws:ec2:eu-west-1:111122223333:instance/i',
      `${STS}assumed-roles/x`,
      `${ACCOUNT}policy/p`,
      `${ACCOUNT}group/g`,
      `${ACCOUNT}instance-profile/x`,
    ],
  ],
  ['helm-template', [`${ROLE}{{ .Values.x }}`, '{{ .Values.a }}:role/{{SessionName}}']],
  ['wildcard-arn', [`${ROLE}a*`, `${ROLE}a?`]],
  ['missing-suffix', [`${ROLE}AWSReservedSSO_Admin`, `${ROLE}awsreservedsso_Admin`]],
  [
    'whitespace-in-arn',
    [
      `${ROLE}a b`,
      `${ROLE}\u0001a`,
      `${ROLE}a\u2003b`,
      `${ROLE}AWSReservedSSO_Admin `,
      'see arn:aws:sso:::user/u',
    ],
  ],
  [
    'malformed-arn',
    [
      ...['hello world', '@b', 'a@', 'a b@c', 'a@b c', 'a:b@c', 'a@b:c', 'a/b@c', 'a@b/c', 'a@b@c'],
      ...[`x${ID}`, `${ID}x`, `x${ROLE}a`, 'xarn:aws:sso:::user/x', 'xarn:aws:identitystore:::user/x'],
      ...[`${STS}role/a/b`, `${STS}user/x`, `${STS}users/x`, `${ACCOUNT}roles/x`, `${ACCOUNT}users/x`],
      `{{SessionName}}{{ .Values.a }}`,
    ],
  ],
])('%s is the problem of each ARN', (rule, arns) => {
  expect(arns.map((arn) => [arn, diagnoseArn(arn)?.rule])).toEqual(arns.map((arn) => [arn, rule]));
});

const QUOTES = 'contains quotation marks. Use plain quotes (") or none.';
const PLACEHOLDER = 'contains a placeholder. Replace it with the actual ARN.';
const DIGITS = 'An account ID has 12 digits.';

test.each([
  [`\u201c${ROLE}a`, QUOTES],
  [`${ROLE}a\u201d`, QUOTES],
  [`"${ROLE}a`, QUOTES],
  [`'${ROLE}a`, QUOTES],
  [`\`${ROLE}a`, QUOTES],
  [`${ROLE}<a`, PLACEHOLDER],
  [`${ROLE}a>`, PLACEHOLDER],
  [`${ROLE}$a`, PLACEHOLDER],
  [`${ROLE}{a`, PLACEHOLDER],
  [`${ROLE}a}`, PLACEHOLDER],
  ['arn:aws:iam:111122223333:role/a', "isn't an ARN"],
  ['arn:awz:iam::111122223333:role/a', 'has the unknown partition "awz"'],
  [`${ACCOUNT}dev`, 'is neither a role nor a user'],
  [
    'arn:aws:iam:eu-west-1:111122223333:role/a',
    'has the region "eu-west-1", but IAM has none. Leave it empty: arn:aws:iam::ACCOUNT:…',
  ],
  [
    'arn:aws:iam::11112222333:role/a',
    `has an invalid account ID of 11 digits. ${DIGITS} Did it lose a leading zero (011112222333)?`,
  ],
  ['arn:aws:iam::1111222233334:role/a', `has an invalid account ID of 13 digits. ${DIGITS}`],
  ['arn:aws:iam::x11112222333:role/a', `has an invalid account ID "x11112222333". ${DIGITS}`],
  ['arn:aws:iam::11112222333x:user/a', `has an invalid account ID "11112222333x". ${DIGITS}`],
  ['arn:aws:sts::prod:federated-user/f', `has an invalid account ID "prod". ${DIGITS}`],
  ['arn:aws:iam::PROD:root', `has an invalid account ID "PROD". ${DIGITS}`],
  [`${ROLE}`, 'has no role name. End it with role/NAME.'],
  [`${ROLE}x/`, 'has no role name. End it with role/NAME.'],
  [`${USER}`, 'has no user name. End it with user/NAME.'],
  [`${USER}x/`, 'has no user name. End it with user/NAME.'],
  [`${STS}federated-user/`, 'has no name after federated-user/'],
  [`${ACCOUNT}root/x`, 'has something after root'],
  [`${ROLE}${'a'.repeat(65)}`, 'has a name of 65 characters, but IAM allows 64'],
  [`${USER}${'a'.repeat(65)}`, 'has a name of 65 characters, but IAM allows 64'],
  [`${USER}x/a#b`, 'has "#" in its name (a#b), which IAM doesn\'t allow'],
])('%j is malformed, with a reason', (arn, why) => {
  const { rule, what, help } = diagnoseArn(arn) ?? {};
  expect([rule, help === undefined ? what : `${what}. ${help}`]).toEqual([
    'malformed-arn',
    expect.stringMatching(/^".*" /),
  ]);
  expect(`${what?.slice(arn.length + 3)}${help === undefined ? '' : `. ${help}`}`).toBe(why);
});

test.each([
  [`${STS}assumed-role/r/s`, `${ROLE}r`],
  [`${STS}assumed-role/r`, `${ROLE}r`],
  [
    `${STS.replace('sts:', 'STS:eu-west-1').toUpperCase()}ASSUMED-ROLE/r/s`,
    'arn:AWS:iam::111122223333:role/r',
  ],
  ['arn:aws:sts:::assumed-role/r/s', 'arn:aws:iam::ACCOUNT:role/r'],
  [`${STS}assumed-role`, 'arn:aws:iam::ACCOUNT:role/NAME'],
  [`${STS}assumed-role/`, 'arn:aws:iam::ACCOUNT:role/NAME'],
])('the help for session %s has the role', (arn, role) => {
  expect(diagnoseArn(arn)).toMatchObject({
    rule: 'assumed-role-arn',
    help: `Write the ARN of the role: ${role}. It grants access to everyone who can assume the role.`,
  });
});

test.each([
  [`${ROLE}team/a`, 'path-in-arn', `${ROLE}a`],
  [`${ROLE}a/b/c`, 'path-in-arn', `${ROLE}c`],
  ['ARN:aws:IAM::111122223333:ROLE/team/a', 'path-in-arn', `${ROLE}a`],
  [
    `${ROLE}x/AWSReservedSSO_Admin_0123456789abcdef`,
    'path-in-arn',
    `${ROLE}AWSReservedSSO_Admin_0123456789abcdef`,
  ],
  [` ${ROLE}a\t`, 'whitespace-in-arn', `${ROLE}a`],
  [`\u2003${ROLE}a\u00a0`, 'whitespace-in-arn', `${ROLE}a`],
  [`\u0001${ROLE}a`, 'whitespace-in-arn', `${ROLE}a`],
  [`${ROLE}te\u200bam/a`, 'whitespace-in-arn', `${ROLE}a`],
  [`${ACCOUNT}ro\u200ble/\u200ba`, 'whitespace-in-arn', `${ROLE}a`],
  [`ARN:AWS:IAM::111122223333:ROLE/a `, 'whitespace-in-arn', 'ARN:AWS:IAM::111122223333:ROLE/a'],
])('the ARN meant by %j is certain', (arn, rule, meant) => {
  expect(diagnoseArn(arn)).toMatchObject({ rule, meant, help: expect.stringContaining(meant) });
});

test.each([
  ['arn:aws:identitystore::111122223333:identitystore/d/group/g', 'an Identity Center group'],
  ['ARN:aws:identitystore::111122223333:GROUP/g', 'an Identity Center group'],
  ['arn:aws:identitystore:::user/group', 'an Identity Center user'],
  [`${ACCOUNT}group/te/am/g`, 'an IAM group'],
  [`${ACCOUNT}policy/group/g`, 'neither a role nor a user'],
  ['arn:aws:s3:::group/b', 'neither a role nor a user'],
  [`${ACCOUNT}instance-profile/x`, 'an instance profile, not a role'],
])('%s is %s', (arn, what) => {
  expect(diagnoseArn(arn)?.what.replaceAll('"', '')).toBe(`${arn} is ${what}`);
});

test.each([
  `${ROLE}AWSReservedSSO_ReadOnly_Admin`,
  `${ROLE}AWSReservedSSO_ReadOnly_L2`,
  `${ROLE}aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly`,
  `${ROLE}x/AWSReservedSSO_ReadOnly_0123456789abcde`,
])('the role meant by %s is unknown', (arn) => {
  expect(diagnoseArn(arn)).toMatchObject({ rule: 'missing-suffix' });
  expect(diagnoseArn(arn)?.meant).toBeUndefined();
  expect(diagnoseArn(`${arn} `)?.meant).toBeUndefined();
});

test.each([
  [`${ROLE}AWSReservedSSO_ClusterAdm\u0130n_0123456789abcdef`, 'non-ascii-arn'],
  [`${ROLE}ops\u0130`, 'non-ascii-arn'],
  [`${ROLE}ops\u00e9`, 'malformed-arn'],
])('no caller has the ARN %s, whatever it looks like', (arn, rule) => {
  expect(diagnoseArn(arn)).toMatchObject({ rule });
});

test.each(['\u017Fcript', '\u212Aim', 'dev'])('a caller can have the ARN of role %s', (name) => {
  expect(diagnoseArn(`${ROLE}${name}`)).toBeNull();
});
