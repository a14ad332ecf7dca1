import { describe, expect, test } from 'vitest';
import {
  type JudgedAccessEntry,
  judgeAccessEntries,
  mayLive,
  overridingEntries,
} from '../../src/access-entry/existing-entries.ts';
import type { ExistingAccessEntry, Inventory } from '../../src/directory/model.ts';
import type { AuthenticationMode } from '../../src/eks.ts';
import { callerKey } from '../../src/same-arn.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';
import { ACCOUNT, ADMIN, accessEntry, DEAD, eksCluster, GONE } from './eks-cluster.ts';

const WORLD = inventory([account(ACCOUNT)], [ADMIN]);
const NEWER = role(ACCOUNT, 'Admin', 9);
const AFTER_WORLD = '2026-11-02T00:00:00.000Z';
const ci = (path = '') => `arn:aws:iam::${ACCOUNT}:role/${path}ci`;
const withOther = (createdAt: string | null, pathArn = ci()): Inventory => {
  return { ...WORLD, otherRoles: [{ arn: ci(), role: createdAt === null ? null : { pathArn, createdAt } }] };
};

function judged(entries: readonly ExistingAccessEntry[], known: Inventory | null): JudgedAccessEntry[] {
  return judgeAccessEntries(eksCluster('API', entries), known);
}

function only(entry: ExistingAccessEntry, known: Inventory | null = WORLD): JudgedAccessEntry {
  const [one] = judged([entry], known);
  if (!one) throw new Error('an entry was lost');
  return one;
}

describe('the access entry of an Identity Center role', () => {
  test('is alive if the role is older', () => {
    const one = only(accessEntry(ADMIN.pathArn));
    expect(one).toMatchObject({ state: 'alive', role: ADMIN, successor: null, later: null });
    expect(one.provisioned?.permissionSet).toBe('Admin');
    expect(one.account?.id).toBe(ACCOUNT);
  });

  test('is alive if both were created at the same time, ignoring case', () => {
    expect(only(accessEntry(ADMIN.pathArn, { createdAt: ADMIN.createdAt })).state).toBe('alive');
    expect(only(accessEntry(ADMIN.pathArn.replace('Admin', 'ADMIN'))).state).toBe('alive');
  });

  test('is dead if the role was re-created since', () => {
    expect(only(accessEntry(ADMIN.pathArn, { createdAt: DEAD }))).toMatchObject({
      state: 'dead',
      role: ADMIN,
      later: null,
    });
  });

  test('is an orphan if the role is gone, with the role that replaced it', () => {
    expect(only(accessEntry(GONE.pathArn))).toMatchObject({ state: 'orphan', role: null, successor: ADMIN });
    const none = accessEntry(GONE.pathArn.replace('Admin', 'None'));
    expect(only(none)).toMatchObject({ state: 'orphan', successor: null });
  });

  test('is superseded if the set also has a newer role', () => {
    const known = inventory([account(ACCOUNT)], [ADMIN, NEWER]);
    expect(only(accessEntry(ADMIN.pathArn), known)).toMatchObject({ state: 'superseded', successor: NEWER });
    const dead = accessEntry(ADMIN.pathArn, { createdAt: DEAD });
    expect(only(dead, known)).toMatchObject({ state: 'dead', successor: NEWER });
  });

  test.each<[string, ExistingAccessEntry, Inventory | null]>([
    ['nothing was read', accessEntry(GONE.pathArn), null],
    ['the account is not in the inventory', accessEntry(GONE.pathArn), inventory([], [])],
    [
      'its roles could not be read',
      accessEntry(GONE.pathArn),
      inventory([account(ACCOUNT, null, { rolesRead: false })], []),
    ],
    ['the inventory is for another partition', accessEntry(GONE.pathArn), { ...WORLD, partition: 'aws-cn' }],
    [
      'the role may be newer than the inventory',
      accessEntry(GONE.pathArn, { createdAt: AFTER_WORLD }),
      WORLD,
    ],
  ])('is unknown if %s', (_, entry, known) => {
    expect(only(entry, known)).toMatchObject({ state: 'unknown', role: null, successor: null });
  });
});

describe('the access entry of another principal', () => {
  test.each<[string, ExistingAccessEntry, Inventory | null, JudgedAccessEntry['state']]>([
    ['the role is older', accessEntry(ci()), withOther('2026-01-01T00:00:00Z'), 'alive'],
    ['the role was re-created', accessEntry(ci()), withOther('2026-02-01T00:00:00Z'), 'dead'],
    ['the role is gone', accessEntry(ci()), withOther(null), 'orphan'],
    [
      'the role is gone in an inventory older than the entry',
      accessEntry(ci(), { createdAt: AFTER_WORLD }),
      withOther(null),
      'unknown',
    ],
    ['the role was not looked up', accessEntry(ci()), WORLD, 'unknown'],
    ['nothing was', accessEntry(ci()), null, 'unknown'],
    [
      'the role with that name has another path',
      accessEntry(ci('a/')),
      withOther('2026-01-01T00:00:00Z', ci('b/')),
      'dead',
    ],
    ['it is a user', accessEntry(`arn:aws:iam::${ACCOUNT}:user/ops/erin`), WORLD, 'unknown'],
    ['it is the root user', accessEntry(`arn:aws:iam::${ACCOUNT}:root`), null, 'alive'],
    [
      'the role only has a name like an Identity Center role',
      accessEntry(GONE.pathArn.replace(/aws-reserved\/.*\//, '')),
      WORLD,
      'unknown',
    ],
  ])('if %s', (_, entry, known, state) => {
    expect(only(entry, known)).toMatchObject({ state, provisioned: null });
  });

  test.each([
    'ci',
    `arn:aws:iam::1:role/ci`,
    `arn:aws-cn:iam::${ACCOUNT}:role/ci`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/ci/x`,
    `arn:aws:iam::${ACCOUNT}:group/ci`,
    `arn:aws:iam::${ACCOUNT}:role/`,
    `arn:aws:iam::${ACCOUNT}:role/*`,
    `arn:aws:iam::${ACCOUNT}:role/a b`,
    `arn:aws:iam::${ACCOUNT}:role/\u001b[31mred`,
    `arn:aws:iam::${ACCOUNT}:user/ci\n`,
  ])('is an orphan if the cluster cannot have such a principal: %j', (arn) => {
    expect(only(accessEntry(arn), null).state).toBe('orphan');
  });
});

describe('several access entries of one caller', () => {
  const a = accessEntry(ci('a/'), { createdAt: '2026-01-06T00:00:00.000Z' });
  const b = accessEntry(ci('b/'), { createdAt: '2026-01-07T00:00:00.000Z' });

  test.each([[[a, b]], [[b, a]]])('the one created last can be alive', (entries) => {
    const [dead, unknown] = [...judged(entries, null)].sort((one) => (one.entry === a ? -1 : 1));
    expect(dead).toMatchObject({ state: 'dead', later: b });
    expect(unknown).toMatchObject({ state: 'unknown', later: null });
  });

  test('two created at the same time are both unknown', () => {
    const both = judged([a, { ...b, createdAt: a.createdAt }], null);
    expect(both.map(({ state, later }) => [state, later])).toEqual([
      ['unknown', null],
      ['unknown', null],
    ]);
  });

  test("unless another one has the role's path", () => {
    const states = judged([a, b], withOther('2026-01-01T00:00:00Z', ci('a/')));
    expect(states.map(({ state, later }) => [state, later])).toEqual([
      ['alive', null],
      ['dead', null],
    ]);
  });
});

describe('overriding aws-auth', () => {
  const overriding = (entries: readonly ExistingAccessEntry[], known: Inventory, mode: AuthenticationMode) =>
    overridingEntries(judged(entries, known), mode);

  test.each<[AuthenticationMode, number]>([
    ['CONFIG_MAP', 0],
    ['API_AND_CONFIG_MAP', 1],
    ['API', 1],
  ])('in mode %s', (mode, count) => {
    const found = overriding([accessEntry(ADMIN.pathArn)], WORLD, mode);
    expect(found.size).toBe(count);
    expect(found.get(callerKey(ADMIN.roleArn))?.state).toBe(count === 0 ? undefined : 'alive');
  });

  test('by a dead access entry, but not by an orphan', () => {
    const entries = [accessEntry(ADMIN.pathArn, { createdAt: DEAD }), accessEntry(GONE.pathArn)];
    const found = overriding(entries, WORLD, 'API_AND_CONFIG_MAP');
    expect([...found].map(([key, { state }]) => [key, state])).toEqual([[callerKey(ADMIN.roleArn), 'dead']]);
  });

  test('with several for one caller, by the one that may be alive, else by the last', () => {
    const [a, b] = [accessEntry(ci('a/'), { createdAt: DEAD }), accessEntry(ci('b/'))];
    const of = (known: Inventory) =>
      overriding([a, b], known, 'API_AND_CONFIG_MAP').get(callerKey(ci()))?.entry;
    expect(of(withOther('2025-01-01T00:00:00Z', ci('a/')))).toBe(a);
    expect(of(WORLD)).toBe(b);
    expect(of(withOther('2026-06-01T00:00:00Z', ci('a/')))).toBe(b);
  });
});

test.each<[JudgedAccessEntry['state'], boolean]>([
  ['alive', true],
  ['superseded', true],
  ['unknown', true],
  ['dead', false],
  ['orphan', false],
])('a %s entry may grant access: %s', (state, expected) => {
  expect(mayLive({ state })).toBe(expected);
});
