import { expect, test } from 'vitest';
import { provisionedRole } from '../../src/directory/provisioned-roles.ts';
import { Failure } from '../../src/errors.ts';
import { opened, query, SELF } from './opened.ts';

const PROD = '111122223333';
const createdAt = '2026-01-01T00:00:00.000Z';

function roleOf(path: string, name: string, accountId = PROD) {
  const arn = `arn:aws:iam::${accountId}:role${path}${name}`;
  return provisionedRole({ arn, createdAt, accountAccess: false }, PROD, new Map());
}

test('a role keeps its path, in addition to the ARN that the authenticator sees', () => {
  const path = '/aws-reserved/sso.amazonaws.com/eu-west-1/';
  expect(roleOf(path, 'AWSReservedSSO_Dev.Ops+1_0123456789abcdef')).toEqual({
    accountId: PROD,
    permissionSet: 'Dev.Ops+1',
    roleArn: `arn:aws:iam::${PROD}:role/AWSReservedSSO_Dev.Ops+1_0123456789abcdef`,
    pathArn: `arn:aws:iam::${PROD}:role${path}AWSReservedSSO_Dev.Ops+1_0123456789abcdef`,
    createdAt,
  });
});

test.each([
  ['anybody may give it such a name elsewhere', '/', 'AWSReservedSSO_Admin_0123456789abcdef'],
  [
    'a path that only begins alike',
    '/aws-reserved/sso.amazonaws.com.evil/',
    'AWSReservedSSO_Admin_0123456789abcdef',
  ],
  ['another name on the path', '/aws-reserved/sso.amazonaws.com/', 'Admin'],
])('a role that Identity Center cannot have created is ignored: %s', (_, path, name) => {
  expect(roleOf(path, name)).toBeUndefined();
});

test('a role of another account than the one that was read ends the run: it would grant access to the wrong people', () => {
  const read = () =>
    roleOf('/aws-reserved/sso.amazonaws.com/', 'AWSReservedSSO_A_0123456789abcdef', '999999999999');
  expect(read).toThrow(`reading account ${PROD} returned arn:aws:iam::999999999999:role/`);
  expect(read).toThrow(Failure);
});

test('a role that IAM lists on two pages counts once', async () => {
  const role = { account: '111111111111', permissionSet: 'Admin', suffix: '0123456789abcdef' };
  const others = ['1', '2'].map((digit) => ({ ...role, suffix: digit.repeat(16) }));
  const { open } = await opened({ permissionSets: ['Admin'], roles: [role, ...others, role] });
  const { roles } = await (await open()).read(query([SELF]));
  const name = (suffix: string) => `arn:aws:iam::111111111111:role/AWSReservedSSO_Admin_${suffix}`;
  const suffixes = ['0123456789abcdef', '1111111111111111', '2222222222222222'];
  expect(roles.map(({ roleArn }) => roleArn).sort()).toEqual(suffixes.map(name));
});
