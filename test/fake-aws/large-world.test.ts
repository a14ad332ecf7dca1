import { expect, test } from 'vitest';
import { largeWorld } from './large-world.ts';

test('has the requested size, and is the same each time', () => {
  const size = { accounts: 20, permissionSets: 6, users: 30, groups: 10, density: 0.5 };
  const world = largeWorld(size);
  expect(world.accounts).toHaveLength(20);
  expect(world.permissionSets).toHaveLength(6);
  expect(world.provisioned).toHaveLength(20 * 3);
  expect(world.assignments).toHaveLength(20 * 3 * 2);
  expect(world.memberships).toHaveLength(30 * 2);
  expect(world.units).toHaveLength(12);
  expect(new Set(world.assignments.map((assignment) => assignment.principalType))).toEqual(
    new Set(['GROUP', 'USER']),
  );
  expect(largeWorld(size)).toEqual(world);
});
