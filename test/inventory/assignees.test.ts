import { expect, test } from 'vitest';
import type { Principal } from '../../src/inventory/model.ts';
import { Assignees } from '../../src/inventory/people/assignees.ts';
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

/** Everybody is assigned each of these permission sets, of which one has no name. */
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

test('who is assigned a permission set: groups first, by name, by id, and who was deleted last', () => {
  expect(idsOf(assigneesOf('Admin').of(PROD, 'Admin'))).toEqual(['g-1', 'g-2', 'u-4', 'u-1', 'u-2', 'u-3']);
});

test('the permission sets of an account, by name, without those that have none', () => {
  const assignees = assigneesOf('View', 'Admin');
  expect(assignees.setsIn(PROD)).toEqual(['Admin', 'View']);
  expect(assignees.setsIn('444455556666')).toEqual([]);
});

test('names are those of groups or of users, without whoever was deleted', () => {
  const assignees = assigneesOf('Admin');
  expect(assignees.namesOf('GROUP')).toEqual(['ops', 'unread']);
  expect(assignees.namesOf('USER')).toEqual(['ada', 'ada', 'Zoe']);
  expect(idsOf(assignees.named('USER', 'ada'))).toEqual(['u-2', 'u-1']);
  expect(idsOf(assignees.named('GROUP', 'ada'))).toEqual([]);
  expect(idsOf(assignees.named('USER', ''))).toEqual([]);
});

test('the members of a group by name, with one of whom only the id is known; none are known where none were read', () => {
  const assignees = assigneesOf('Admin');
  const [ops, unread] = ['g-1', 'g-2'].map((id) => assignees.principal(id));
  expect(ops && assignees.membersOf(ops)).toMatchObject([{ id: 'u-4' }, { id: 'u-2' }, user('u-9', 'u-9')]);
  expect(unread && assignees.membersOf(unread)).toBeNull();
  expect([...assignees.groupsOf('u-2')]).toEqual(['g-1']);
});
