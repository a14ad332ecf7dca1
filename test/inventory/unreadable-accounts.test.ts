import { expect, test } from 'vitest';
import { Failure, type Finding } from '../../src/errors.ts';
import { type AccountFailure, requireReadable } from '../../src/inventory/unreadable-accounts.ts';

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

test('one problem per cause, the most frequent first, with ten accounts and then a count, and the way on', () => {
  const [many, one, ...others] = problemsOf(FAILURES);
  expect(others).toEqual([]);
  expect(many?.message).toContain('14 accounts cannot be read (sts:AssumeRole is denied)');
  expect(many?.message).toContain('100000000010 (name-10) and 4 more');
  expect(many?.message).toContain('words about 1');
  expect(many?.message).not.toContain('words about 2');
  expect(many?.help).toContain('--skip-unreadable');
  expect(one?.message).toContain('1 account cannot be read (iam:ListRoles is denied)');
  expect(one?.message).toContain('100000000000 (name-0)');
});

test('accounts that are skipped are warned of', () => {
  const [first] = requireReadable(FAILURES, () => true);
  expect(first).toMatchObject({ severity: 'warning', code: 'account-unreadable' });
  expect(first?.message).toContain('14 accounts');
});

test('names cannot do anything to a terminal', () => {
  const account = { id: '100000000000', name: '\u001b[31mred' };
  const [problem] = problemsOf([{ account, cause: 'c', detail: 'd', help: 'n' }]);
  expect(problem?.message).toContain('\\u{1b}[31mred');
});
