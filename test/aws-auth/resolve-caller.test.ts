import { describe, expect, test } from 'vitest';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import { parseCaller, resolveCaller } from '../../src/aws-auth/resolve-caller.ts';

const A = '111122223333';
const IAM = `arn:aws:iam::${A}`;
const STS = `arn:aws:sts::${A}`;

describe('parseCaller', () => {
  test.each([
    [`${STS}:assumed-role/deploy/ci`, 'role', `${IAM}:role/deploy`, 'ci'],
    [`${STS}:assumed-role/a/b/ci`, 'role', `${IAM}:role/a/b`, 'ci'],
    [`${IAM}:role/team/x/deploy`, 'role', `${IAM}:role/deploy`, null],
    [`${IAM}:role/deploy`, 'role', `${IAM}:role/deploy`, null],
    [`${IAM}:user/team/bob`, 'user', `${IAM}:user/team/bob`, ''],
    [`${IAM}:root`, 'root', `${IAM}:root`, ''],
    [`${STS}:federated-user/eve`, 'federated-user', `${STS}:federated-user/eve`, ''],
    [`arn:aws-cn:sts::${A}:assumed-role/deploy/ci`, 'role', `arn:aws-cn:iam::${A}:role/deploy`, 'ci'],
  ])('%s', (arn, kind, canonicalArn, sessionName) => {
    expect(parseCaller(arn)).toEqual({ arn, kind, canonicalArn, accountId: A, sessionName });
  });

  test.each([
    `${STS}:assumed-role/deploy`,
    `${STS}:assumed-role/deploy/a:b`,
    `${STS}:user/bob`,
    `${IAM}:group/admins`,
    `${IAM}:instance-profile/node`,
    `arn:aws-moon:iam::${A}:user/bob`,
    `arn:aws:s3::${A}:role/deploy`,
    `ARN:aws:iam::${A}:user/bob`,
    'bob',
    '',
  ])('is not a caller: %s', (text) => {
    expect(parseCaller(text)).toBeUndefined();
  });
});

interface Data {
  readonly roles?: readonly object[];
  readonly users?: readonly object[];
  readonly accounts?: readonly string[];
}

/** The identity of a caller; `denied` for an entry for nodes. */
function identities(arn: string, { roles = [], users = [], accounts = [] }: Data): unknown[] {
  const caller = parseCaller(arn);
  if (!caller) throw new Error(`no caller: ${arn}`);
  const maps = {
    mapRoles: readMapRoles(JSON.stringify(roles)),
    mapUsers: readMapUsers(JSON.stringify(users)),
  };
  return resolveCaller(caller, maps, readMapAccounts(JSON.stringify(accounts))).map(({ map, identity }) =>
    identity ? [map, identity.username, identity.groups] : [map, 'denied'],
  );
}

describe('resolveCaller', () => {
  const CI = `${STS}:assumed-role/deploy/ci@example.com`;
  const role = (username: string, groups?: readonly string[]) => {
    return { rolearn: `${IAM}:role/deploy`, username, ...(groups && { groups }) };
  };

  test('searches mapRoles, then mapUsers, then mapAccounts', () => {
    const roles = [role('role', ['a'])];
    const users = [{ userarn: `${IAM}:role/DEPLOY`, username: 'user' }];
    const accounts = [A];
    expect(identities(CI, { roles, users, accounts })).toEqual([['mapRoles', 'role', ['a']]]);
    expect(identities(CI, { users, accounts })).toEqual([['mapUsers', 'user', []]]);
    expect(identities(CI, { accounts })).toEqual([['mapAccounts', `${IAM}:role/deploy`, []]]);
    expect(identities(CI, { accounts: ['222233334444'] })).toEqual([]);
  });

  test('takes the last of two entries, and no sso: entry', () => {
    expect(identities(CI, { roles: [role('first'), role('last')] })).toEqual([['mapRoles', 'last', []]]);
    const sso = { sso: { permissionSetName: 'deploy', accountID: A }, username: 'u' };
    expect(identities(CI, { roles: [sso] })).toEqual([]);
  });

  test('has several answers for users whose ARNs differ only in case', () => {
    const users = ['bob', 'Bob'].map((name) => ({ userarn: `${IAM}:user/${name}`, username: name }));
    expect(identities(`${IAM}:user/bob`, { users })).toEqual([
      ['mapUsers', 'bob', []],
      ['mapUsers', 'Bob', []],
    ]);
  });

  test('fills in variables of usernames and groups', () => {
    const template =
      '{{AccountID}} {{SessionName}} {{SessionNameRaw}} {{AccessKeyID}} {{Other}} {{SessionName}}';
    expect(identities(CI, { roles: [role(template, ['of {{SessionName}}'])] })).toEqual([
      [
        'mapRoles',
        `${A} ci-example.com ci@example.com {{AccessKeyID}} {{Other}} ci-example.com`,
        ['of ci-example.com'],
      ],
    ]);
    const users = [{ userarn: `${IAM}:user/bob`, username: 'u:{{SessionName}}' }];
    expect(identities(`${IAM}:user/bob`, { users })).toEqual([['mapUsers', 'u:', []]]);
    expect(identities(`${IAM}:role/deploy`, { roles: [role('{{AccountID}} {{SessionName}}')] })).toEqual([
      ['mapRoles', `${A} {{SessionName}}`, []],
    ]);
    expect(
      identities(`${STS}:assumed-role/deploy/$&`, { roles: [role('{{SessionName}}{{SessionNameRaw}}')] }),
    ).toEqual([['mapRoles', '$&$&', []]]);
  });

  test.each([
    ['i-0123456789abcdef0', true],
    ['i-01234567', true],
    ['i-0123456', false],
    ['i-012345678', false],
    ['xi-01234567', false],
    ['ci', false],
  ])('the name of an EC2 instance is for %s: %s', (session, isIn) => {
    const node = 'system:node:{{EC2PrivateDNSName}}';
    const expected = isIn ? [['mapRoles', node, ['n']]] : [['mapRoles', 'denied']];
    expect(identities(`${STS}:assumed-role/deploy/${session}`, { roles: [role(node, ['n'])] })).toEqual(
      expected,
    );
    const inGroup = identities(`${STS}:assumed-role/deploy/${session}`, {
      roles: [role('u', ['a', node])],
      accounts: [A],
    });
    expect(inGroup).toEqual(isIn ? [['mapRoles', 'u', ['a', node]]] : [['mapRoles', 'denied']]);
  });
});
