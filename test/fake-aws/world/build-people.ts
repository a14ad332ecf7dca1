import type { AssignmentInput, GroupInput, UserInput, WorldInput } from '../world-input.ts';
import { uuid } from './identifier.ts';
import type { Lookup } from './pair.ts';
import type { World, WorldAssignment, WorldGroup, WorldMembership, WorldUser } from './world.ts';

type People = Pick<World, 'users' | 'groups' | 'memberships' | 'assignments'>;

/** Users, groups and assignments. Principals that only appear in an assignment or group are created too. */
export function peopleOf(input: WorldInput, lookup: Lookup): People {
  const stated = input.assignments ?? [];
  const groupInputs = (input.groups ?? []).map((group) =>
    typeof group === 'string' ? { displayName: group } : group,
  );
  const userInputs = (input.users ?? []).map((user) =>
    typeof user === 'string' ? { userName: user } : user,
  );
  const groups = byName(
    [...groupInputs, ...namedOnly(stated, 'group', (displayName) => ({ displayName }))],
    groupOf,
  );
  const members = groupInputs.flatMap((group: GroupInput) => group.members ?? []);
  const users = byName(
    [
      ...userInputs,
      ...members.map((userName) => ({ userName })),
      ...namedOnly(stated, 'user', (userName) => ({ userName })),
    ],
    userOf,
  );
  return {
    users: [...new Set(users.values())],
    groups: [...new Set(groups.values())],
    memberships: groupInputs.flatMap((group) => membershipsOf(group, groups, users)),
    assignments: stated.map((assignment) => assignmentOf(assignment, lookup, groups, users)),
  };
}

function namedOnly<T>(
  assignments: readonly AssignmentInput[],
  kind: 'group' | 'user',
  make: (name: string) => T,
): T[] {
  return assignments.flatMap((assignment) => {
    const name = assignment[kind];
    return name === undefined ? [] : [make(name)];
  });
}

/** The first input with a name takes precedence; one with an id can be named by it, too. */
function byName<I extends { readonly id?: string }, T>(
  inputs: readonly I[],
  make: (input: I) => readonly [string, T],
): Map<string, T> {
  const made = new Map<string, T>();
  for (const input of inputs) {
    const [name, value] = make(input);
    const first = made.get(name) ?? value;
    made.set(name, first);
    if (input.id !== undefined) made.set(input.id, value);
  }
  return made;
}

function groupOf(input: GroupInput): readonly [string, WorldGroup] {
  const { displayName, id = uuid('group', displayName), deleted = false } = input;
  return [displayName, { id, displayName, deleted }];
}

function userOf(input: UserInput): readonly [string, WorldUser] {
  const { userName, id = uuid('user', userName), displayName = userName, deleted = false } = input;
  return [userName, { id, userName, displayName, deleted }];
}

function membershipsOf(
  input: GroupInput,
  groups: ReadonlyMap<string, WorldGroup>,
  users: ReadonlyMap<string, WorldUser>,
): WorldMembership[] {
  const groupId = idOf(groups, input.id ?? input.displayName);
  return (input.members ?? []).map((name) => {
    const userId = idOf(users, name);
    return { id: uuid('membership', groupId, userId), groupId, userId };
  });
}

function assignmentOf(
  input: AssignmentInput,
  lookup: Lookup,
  groups: ReadonlyMap<string, WorldGroup>,
  users: ReadonlyMap<string, WorldUser>,
): WorldAssignment {
  const pair = lookup(input);
  if (input.user !== undefined)
    return { ...pair, principalType: 'USER', principalId: idOf(users, input.user) };
  return { ...pair, principalType: 'GROUP', principalId: idOf(groups, input.group ?? '') };
}

function idOf(map: ReadonlyMap<string, { readonly id: string }>, name: string): string {
  const found = map.get(name);
  if (!found) throw new Error(`unknown principal: ${name}`);
  return found.id;
}
