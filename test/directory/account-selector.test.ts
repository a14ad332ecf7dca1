import { expect, test } from 'vitest';
import { isInactive } from '../../src/directory/account-matcher.ts';
import {
  accountSelectorProblem,
  isUnitId,
  parseAccountSelector,
} from '../../src/directory/account-selector.ts';
import { account } from './build-inventory.ts';

test.each([
  ['self', { kind: 'self' }],
  ['*', { kind: 'all' }],
  ['111122223333', { kind: 'id', id: '111122223333' }],
  ['ou:Prod/EU', { kind: 'ou', ou: 'Prod/EU' }],
  ['my-ou:Prod', { kind: 'name', name: 'my-ou:Prod' }],
  ['prod-*', { kind: 'glob', glob: 'prod-*' }],
  ['prod', { kind: 'name', name: 'prod' }],
])('%s selects accounts', (text, selector) => {
  expect(accountSelectorProblem(text)).toBeUndefined();
  expect(parseAccountSelector(text)).toEqual(selector);
});

test.each(['prod1', '2prod', 'team 2 prod', '{}', 'a,a,a'])('%s is a name or a glob', (text) => {
  expect(accountSelectorProblem(text)).toBeUndefined();
});

test.each([
  ['', 'selects no account'],
  [' prod', 'selects no account'],
  ['ou:', 'selects no account'],
  ['1', 'has 1 digit, but an account ID has 12; in YAML, quote it to keep a leading zero'],
  ['11122223333', 'has 11 digits, but an account ID has 12; in YAML, quote it to keep a leading zero'],
  ['*a*a*a*a*a*a*a', 'has more than 6 stars; use fewer'],
])('%j selects no accounts', (text, problem) => {
  expect(accountSelectorProblem(text)).toBe(problem);
});

test('stars are literal if the text is not a glob', () => {
  expect(accountSelectorProblem('ou:*a*a*a*a*a*a*a')).toBeUndefined();
});

test.each([
  ['r-ab12', true],
  [`r-${'a'.repeat(32)}`, true],
  [`ou-${'a'.repeat(32)}-${'b'.repeat(32)}`, true],
  ['r-abc', false],
  [`r-${'a'.repeat(33)}`, false],
  [`ou-${'a'.repeat(33)}-12345678`, false],
  [`ou-ab12-${'b'.repeat(33)}`, false],
  ['ou-ab12-1234567', false],
  ['Prod/r-ab12', false],
  ['r-ab12/Prod', false],
  ['ou-ab12', false],
])('whether %s is the ID of a unit: %s', (text, isId) => {
  expect(isUnitId(text)).toBe(isId);
});

test.each([
  [null, false],
  ['ACTIVE', false],
  ['SUSPENDED', true],
  ['PENDING_ACTIVATION', true],
])('whether an account that is %s is inactive: %s', (state, inactive) => {
  expect(isInactive(account('111122223333', null, { state }))).toBe(inactive);
});
