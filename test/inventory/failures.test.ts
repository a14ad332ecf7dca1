import { expect, test } from 'vitest';
import {
  type AccountFailure,
  groupByCause,
  skippedFindings,
  unreadableProblems,
} from '../../src/inventory/unreadable-accounts.ts';

function failure(index: number, cause: string): AccountFailure {
  const account = { id: String(100_000_000_000 + index), name: index % 2 === 0 ? `name-${index}` : null };
  return { account, cause, detail: `words about ${index}`, help: 'Do this.' };
}

const FAILURES = [
  failure(0, 'iam:ListRoles is denied'),
  ...Array.from({ length: 14 }, (_, index) => failure(index + 1, 'sts:AssumeRole is denied')),
];

test('groups by cause, the most frequent first', () => {
  expect(groupByCause(FAILURES).map(({ cause, accounts }) => [cause, accounts.length])).toEqual([
    ['sts:AssumeRole is denied', 14],
    ['iam:ListRoles is denied', 1],
  ]);
});

test('a problem names ten accounts and then counts, and the way on', () => {
  const [many, one] = unreadableProblems(FAILURES);
  expect(many?.message).toContain('14 accounts cannot be read');
  expect(many?.message).toContain('100000000010 (name-10) and 4 more');
  expect(many?.message).toContain('words about 1');
  expect(many?.message).not.toContain('words about 2');
  expect(many?.help).toContain('--skip-unreadable');
  expect(one?.message).toContain('1 account cannot be read');
  expect(one?.message).toContain('100000000000 (name-0)');
});

test('who is skipped is warned of', () => {
  const [first] = skippedFindings(FAILURES);
  expect(first).toMatchObject({ severity: 'warning', code: 'account-unreadable' });
  expect(first?.message).toContain('14 accounts');
});

test('names cannot do anything to a terminal', () => {
  const account = { id: '100000000000', name: '\u001b[31mred' };
  const [problem] = unreadableProblems([{ account, cause: 'c', detail: 'd', help: 'n' }]);
  expect(problem?.message).toContain('\\u{1b}[31mred');
});
