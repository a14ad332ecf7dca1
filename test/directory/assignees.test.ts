import { expect, test } from 'vitest';
import { Assignees } from '../../src/directory/assignees.ts';
import type { Principal } from '../../src/directory/model.ts';
import { account, inventory } from './build-inventory.ts';

const PROD = '111122223333';
const setArn = (name: string) => `arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/${name}`;
const user = (id: string, name: string | null): Principal => ({ type: 'USER', id, name, members: null });
const PRINCIPALS: readonly Principal[] = [
  user('u-2', 'ada'),
  user('u-1', 'ada'),
  user('u-3', null),
  user('u-4', 'Zoe'),
  { type: 'GROUP', id: 'g-1', name: 'ops', members: ['u-4', 'u-9', 'u-2'] },
  { type: 'GROUP', id: 'g-2', name: 'unread', members: null },
];

/** Everyone is assigned each of these permission sets; one of the sets has no name. */
function assigneesOf(...sets: readonly string[]): Assignees {
  const assignments = [...sets, 'nameless'].flatMap((set) =>
    PRINCIPALS.map(({ type, id }) => ({
      accountId: PROD,
      permissionSetArn: setArn(set),
      principalType: type,
      principalId: id,
    })),
  );
  const permissionSets = sets.map((name) => ({ arn: setArn(name), name }));
  const rest = { permissionSets, assignments, principals: PRINCIPALS };
  return Assignees.of(inventory([account(PROD, 'prod', { assignmentsRead: true })], [], rest));
}

const idsOf = (principals: readonly Principal[] | null) => principals?.map(({ id }) => id) ?? null;

test("a permission set's principals: groups first, by name, by ID, deleted ones last", () => {
  expect(idsOf(assigneesOf('Admin').of(PROD, 'Admin'))).toEqual(['g-1', 'g-2', 'u-4', 'u-1', 'u-2', 'u-3']);
});

test("an account's permission sets, by name, without unnamed ones", () => {
  const assignees = assigneesOf('View', 'Admin');
  expect(assignees.setsIn(PROD)).toEqual(['Admin', 'View']);
  expect(assignees.setsIn('444455556666')).toEqual([]);
});

test('names of groups or users, without deleted ones', () => {
  const assignees = assigneesOf('Admin');
  expect(assignees.namesOf('GROUP')).toEqual(['ops', 'unread']);
  expect(assignees.namesOf('USER')).toEqual(['ada', 'ada', 'Zoe']);
  expect(idsOf(assignees.named('USER', 'ada'))).toEqual(['u-2', 'u-1']);
  expect(idsOf(assignees.named('GROUP', 'ada'))).toEqual([]);
  expect(idsOf(assignees.named('USER', ''))).toEqual([]);
});

test("the members of a group by name, including one with only an ID; unknown if they weren't read", () => {
  const assignees = assigneesOf('Admin');
  const [ops, unread] = ['g-1', 'g-2'].map((id) => assignees.principal(id));
  expect(ops && assignees.membersOf(ops)).toMatchObject([{ id: 'u-4' }, { id: 'u-2' }, user('u-9', 'u-9')]);
  expect(unread && assignees.membersOf(unread)).toBeNull();
  expect([...assignees.groupsOf('u-2')]).toEqual(['g-1']);
});
