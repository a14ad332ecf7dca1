import { expect, test } from 'vitest';
import { accountText, principalText, shortName, stateText } from '../../src/directory/model.ts';

test.each([
  ['x'.repeat(60), 'x'.repeat(60)],
  ['x'.repeat(61), `${'x'.repeat(59)}…`],
  ['😀'.repeat(60), '😀'.repeat(60)],
  ['😀'.repeat(61), `${'😀'.repeat(59)}…`],
])('%s is shown as %s', (name, shown) => {
  expect(shortName(name)).toBe(shown);
});

test('accounts and principals are shown with known names and ids', () => {
  expect(accountText({ id: '111122223333', name: null })).toBe('111122223333');
  expect(accountText({ id: '111122223333', name: 'prod\n' })).toBe('111122223333 (prod\\n)');
  expect(principalText({ type: 'GROUP', id: 'g-1', name: 'ops' })).toBe('group "ops"');
  expect(principalText({ type: 'USER', id: 'u-1', name: null })).toBe('deleted user u-1');
  expect(stateText({ state: 'PENDING_CLOSURE' })).toBe('pending closure');
});
