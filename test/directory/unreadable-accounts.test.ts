import { describe, expect, test } from 'vitest';
import { type AccountFailure, requireReadable } from '../../src/directory/unreadable-accounts.ts';
import { Failure, type Finding } from '../../src/errors.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, assumedRole, failureOf, id, opened, query, textOf } from './opened.ts';

const MEMBERS = Array.from({ length: 5 }, (_, index) => String(200_000_000_000 + index));
const [, SECOND = '', THIRD = '', FOURTH = ''] = MEMBERS;

function world(special: Readonly<Record<string, object>> = {}): WorldInput {
  return {
    accounts: MEMBERS.map((account, index) => ({
      id: account,
      name: `member-${index}`,
      ...special[account],
    })),
    permissionSets: ['Admin'],
    groups: ['Platform'],
    assignments: MEMBERS.map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
  };
}

const DENIED = world({
  [SECOND]: { assumableRole: null },
  [THIRD]: { denies: ['iam.ListRoles'] },
  [FOURTH]: { assumableRole: null },
});

test('all unreadable accounts are in one report, grouped by cause', async () => {
  const { open } = await opened(DENIED);
  const failure = await failureOf((await open()).read(query([ALL])));
  expect(failure.exitCode).toBe(3);
  expect(failure.findings).toHaveLength(2);
  const [assume, list] = failure.findings;
  expect(assume?.message).toMatch(
    /^2 accounts can't be read .*sts:AssumeRole is denied.*200000000001 \(member-1\), 200000000003 \(member-3\)/,
  );
  expect(list?.message).toMatch(
    /^1 account can't be read .*iam:ListRoles is denied.*200000000002 \(member-2\)/,
  );
  expect(assume?.help).toContain('--assume-role');
  expect(list?.help).toContain('iam:ListRoles');
  expect(textOf(failure).match(/--skip-unreadable/g)).toHaveLength(2);
});

test('the accounts in a report are sorted by ID, whichever failed first', async () => {
  const { open } = await opened(DENIED);
  const failure = await failureOf((await open()).read(query([id(FOURTH), id(SECOND)])));
  expect(failure.message).toMatch(/200000000001.*, 200000000003/);
});

test('accounts that may be skipped are marked, and the rest is read', async () => {
  const { findings, open } = await opened(DENIED);
  const session = await open({ skipUnreadable: ({ name }) => /^member-[123]$/.test(name ?? '') });
  const inventory = await session.read(query([ALL]));
  expect(inventory.roles.map(({ accountId }) => accountId)).toEqual([MEMBERS[0], MEMBERS[4]]);
  const marked = inventory.accounts.filter(({ rolesRead }) => !rolesRead);
  expect(marked.map((account) => account.id)).toEqual([SECOND, THIRD, FOURTH]);
  expect(marked[1]?.unreadable).toMatch(/^iam:ListRoles is denied: User: /);
  expect(findings.map(({ severity, code }) => [severity, code])).toEqual([
    ['warning', 'account-unreadable'],
    ['warning', 'account-unreadable'],
  ]);
});

test('accounts that may not be skipped still fail the run', async () => {
  const { open } = await opened(DENIED);
  const session = await open({ skipUnreadable: (account) => account.id === THIRD });
  const failure = await failureOf(session.read(query([ALL])));
  expect(failure.exitCode).toBe(3);
  expect(textOf(failure)).not.toContain(THIRD);
  expect(textOf(failure)).toContain(SECOND);
});

test('an account that disappears between listing and reading is reported', async () => {
  const { fake, open } = await opened(world());
  const session = await open();
  fake.inject({ kind: 'denied', operation: 'sts.AssumeRole', accountId: THIRD });
  const failure = await failureOf(session.read(query([ALL])));
  expect([failure.exitCode, failure.findings.length]).toEqual([3, 1]);
  expect(textOf(failure)).toContain(THIRD);
});

describe('the role to assume', () => {
  test('may need an external ID', async () => {
    const { open } = await opened(world({ [SECOND]: { externalId: 'secret-42' } }));
    const failure = await failureOf((await open()).read(query([id(SECOND)])));
    expect([failure.exitCode, textOf(failure)]).toEqual([3, expect.stringContaining('external ID')]);
    const session = await open({
      assumeRole: [{ ...assumedRole(), externalId: 'secret-42' }],
    });
    expect((await session.read(query([id(SECOND)]))).roles).toHaveLength(1);
  });

  test('may have another name, and a path', async () => {
    const { open } = await opened(world({ [SECOND]: { assumableRole: 'eks/readers/AuthReader' } }));
    const session = await open({ assumeRole: [assumedRole('eks/readers/AuthReader')] });
    expect((await session.read(query([id(SECOND)]))).roles).toHaveLength(1);
  });
});

test('a session that expires in one account is that account’s failure', async () => {
  const { fake, open } = await opened(world());
  const session = await open();
  fake.inject({ kind: 'expired', operation: 'iam.ListRoles', accountId: THIRD });
  const failure = await failureOf(session.read(query([ALL])));
  expect(failure.findings).toHaveLength(1);
  expect(textOf(failure)).toContain(`1 account can't be read`);
  expect(textOf(failure)).toContain(THIRD);
});

function failure(index: number, cause: string): AccountFailure {
  const account = { id: String(100_000_000_000 + index), name: index % 2 === 0 ? `name-${index}` : null };
  return { account, cause, detail: `words about ${index}`, help: 'Do this.' };
}

const FAILURES = [
  failure(0, 'iam:ListRoles is denied'),
  ...Array.from({ length: 14 }, (_, index) => failure(index + 1, 'sts:AssumeRole is denied')),
];

function problemsOf(failures: readonly AccountFailure[]): readonly Finding[] {
  try {
    requireReadable(failures, () => false);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 3) return error.findings;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('one problem per cause, the most frequent first, with ten accounts, then a count, and the help', () => {
  const [many, one, ...others] = problemsOf(FAILURES);
  expect(others).toEqual([]);
  expect(many?.message).toContain("14 accounts can't be read (sts:AssumeRole is denied)");
  expect(many?.message).toContain('100000000010 (name-10) and 4 more');
  expect(many?.message).toContain('words about 1');
  expect(many?.message).not.toContain('words about 2');
  expect(many?.help).toContain('--skip-unreadable');
  expect(one?.message).toContain("1 account can't be read (iam:ListRoles is denied)");
  expect(one?.message).toContain('100000000000 (name-0)');
});

test('skipped accounts produce a warning', () => {
  const [first] = requireReadable(FAILURES, () => true);
  expect(first).toMatchObject({ severity: 'warning', code: 'account-unreadable' });
  expect(first?.message).toContain('14 accounts');
});

test('names cannot control a terminal', () => {
  const account = { id: '100000000000', name: '\u001b[31mred' };
  const [problem] = problemsOf([{ account, cause: 'c', detail: 'd', help: 'n' }]);
  expect(problem?.message).toContain('\\u{1b}[31mred');
});
