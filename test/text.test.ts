import { expect, test } from 'vitest';
import { nearNames } from '../src/text.ts';

const GROUPS = ['Group 000', 'Group 001', 'Group 002', 'Group 003'];

test('a name that differs by case alone is the one that was meant', () => {
  expect(nearNames('group 003', GROUPS)).toEqual(['Group 003']);
  expect(nearNames('ADMIN', ['admin', 'Admin', 'Admins'])).toEqual(['Admin', 'admin']);
});

test('three names at most, nearest first', () => {
  expect(nearNames('Group 03', GROUPS)).toEqual(['Group 003', 'Group 000', 'Group 001']);
  expect(nearNames('Grp', ['Group 1', 'other'])).toEqual([]);
  expect(nearNames('min', ['Admin', 'Admins', 'Domain1'])).toEqual(['Admin']);
  expect(nearNames('Prod', ['Production', 'Pro'])).toEqual(['Pro', 'Production']);
});
