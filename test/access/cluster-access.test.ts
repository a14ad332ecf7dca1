import { describe, expect, test } from 'vitest';
import { type OtherEntry, otherEntries, otherTypeText } from '../../src/access/cluster-access.ts';
import { lostTest } from '../../src/access/entry-access.ts';
import { overriddenUsers } from '../../src/authenticator/caller.ts';
import { readMapRoles, readMapUsers } from '../../src/authenticator/load.ts';
import { NODE_GROUPS, NODE_USERNAME } from '../../src/entry.ts';
import { role } from '../inventory/build-inventory.ts';

const PROD = '111122223333';
const OPS = `arn:aws:iam::${PROD}:role/ops`;

interface Maps {
  readonly roles?: readonly object[];
  readonly users?: readonly object[];
  readonly accounts?: readonly string[];
}

function load({ roles = [], users = [], accounts = [] }: Maps): OtherEntry[] {
  const withName = (items: readonly object[]) =>
    JSON.stringify(items.map((item) => ({ username: 'u', ...item })));
  const mapRoles = readMapRoles(withName(roles)).entries;
  const mapUsers = readMapUsers(withName(users)).entries;
  const overridden = overriddenUsers({ mapRoles, mapUsers });
  return otherEntries({
    roles: mapRoles,
    users: mapUsers,
    accounts,
    overridden,
    ignored: () => null,
    facts: null,
    access: [],
    lost: lostTest([], null),
  });
}

function only(maps: Maps): OtherEntry {
  const [one, ...rest] = load(maps);
  if (!one || rest.length > 0) throw new Error('not one');
  return one;
}

test('a role, a user and an account with all that the file says', () => {
  const all = load({
    roles: [{ rolearn: OPS, groups: ['a', 'b'] }],
    users: [{ userarn: `arn:aws:iam::${PROD}:user/team/ann`, username: 'ann' }],
    accounts: ['012345678901'],
  });
  const base = { permissionSet: null, isNode: false, nobody: null };
  expect(all).toStrictEqual([
    { ...base, type: 'IAM_ROLE', id: OPS, name: 'ops', accountId: PROD, username: 'u', groups: ['a', 'b'] },
    {
      ...base,
      type: 'IAM_USER',
      id: `arn:aws:iam::${PROD}:user/team/ann`,
      name: 'ann',
      accountId: PROD,
      username: 'ann',
      groups: [],
    },
    {
      ...base,
      type: 'ACCOUNT',
      id: '012345678901',
      name: '012345678901',
      accountId: '012345678901',
      username: '',
      groups: [],
    },
  ]);
});

test('roles, users, accounts, and last the nodes', () => {
  const node = { rolearn: `${OPS}-node`, username: NODE_USERNAME, groups: NODE_GROUPS };
  const all = load({
    roles: [node, { rolearn: OPS }],
    users: [{ userarn: `arn:aws:iam::${PROD}:user/ann` }],
    accounts: [PROD, PROD],
  });
  expect(all.map(({ name, isNode }) => [name, isNode])).toEqual([
    ['ops', false],
    ['ann', false],
    [PROD, false],
    ['ops-node', true],
  ]);
});

test('nothing of a provisioned role that counts, in either map', () => {
  const { roleArn } = role(PROD, 'Admin');
  expect(load({ roles: [{ rolearn: roleArn }], users: [{ userarn: role(PROD, 'View').roleArn }] })).toEqual(
    [],
  );
});

describe('why nobody gets in', () => {
  test('a later entry of the role', () => {
    const { roleArn } = role(PROD, 'Admin');
    const shadowed = load({
      roles: [{ rolearn: roleArn }, { rolearn: roleArn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam') }],
    });
    expect(shadowed.map(({ id, nobody, permissionSet }) => [id, nobody, permissionSet])).toEqual([
      [roleArn, 'shadowed', 'Admin'],
    ]);
  });

  test('an entry of mapRoles with the ARN of one of mapUsers', () => {
    const all = load({ roles: [{ rolearn: OPS }], users: [{ userarn: OPS }] });
    expect(all.map(({ type, nobody }) => [type, nobody])).toEqual([
      ['IAM_ROLE', null],
      ['IAM_ROLE', 'overridden-user'],
    ]);
  });

  test('an sso: entry', () => {
    const sso = { permissionSetName: 'Admin', accountID: PROD };
    expect(only({ roles: [{ sso }] })).toMatchObject({
      type: 'IAM_ROLE',
      id: 'sso:Admin',
      name: 'sso:Admin',
      accountId: PROD,
      permissionSet: 'Admin',
      nobody: 'sso-inert',
    });
  });

  test.each([
    ['a path', `arn:aws:iam::${PROD}:role/team/ops`, 'ops', 'path-in-arn'],
    ['a session', `arn:aws:sts::${PROD}:assumed-role/ops/ada`, 'ada', 'invalid-arn'],
    ['no ARN', 'nonsense', 'nonsense', 'invalid-arn'],
    [
      'a role without its suffix',
      `arn:aws:iam::${PROD}:role/AWSReservedSSO_Admin`,
      'AWSReservedSSO_Admin',
      'invalid-arn',
    ],
  ])('%s in its place', (_, rolearn, name, nobody) => {
    const accountId = rolearn === 'nonsense' ? '' : PROD;
    expect(only({ roles: [{ rolearn }] })).toMatchObject({ type: 'IAM_ROLE', name, accountId, nobody });
    expect(only({ users: [{ userarn: rolearn }] })).toMatchObject({
      type: rolearn.includes(':role/') ? 'IAM_ROLE' : 'IAM_USER',
      nobody,
    });
  });

  test('what is no account id in mapAccounts', () => {
    expect(only({ accounts: ['777'] })).toMatchObject({ type: 'ACCOUNT', nobody: 'invalid-account' });
  });
});

test.each([
  [`arn:aws:iam::${PROD}:root`, 'root'],
  [`arn:aws:iam::${PROD}:user/ann`, 'ann'],
  [`arn:aws:sts::${PROD}:federated-user/ann`, 'ann'],
])('%s in mapRoles lets a user in', (rolearn, name) => {
  expect(only({ roles: [{ rolearn }] })).toMatchObject({ type: 'IAM_USER', name, nobody: null });
});

test('the case of an ARN does not matter, and its name stays as it is', () => {
  const rolearn = OPS.replace('role/ops', 'ROLE/Ops');
  expect(only({ roles: [{ rolearn }] })).toMatchObject({ type: 'IAM_ROLE', name: 'Ops', nobody: null });
});

test('the types have words', () => {
  expect((['IAM_ROLE', 'IAM_USER', 'ACCOUNT'] as const).map((type) => otherTypeText({ type }))).toEqual([
    'IAM role',
    'IAM user',
    'account',
  ]);
});
