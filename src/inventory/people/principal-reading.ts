import { compareStrings } from '../../text.ts';
import type { Assignment, Principal, PrincipalType } from '../model.ts';
import type { PeopleQuery, PrincipalName } from '../query.ts';
import type { Directory } from './directory.ts';

/** A user or group that was asked for by name. */
export interface FoundPrincipal {
  readonly type: PrincipalType;
  readonly id: string;
  /** The ids of the groups that a user is in. */
  readonly groups: readonly string[] | null;
}

/** Finds by name; who does not exist is left out. */
export async function findNamed(
  named: readonly PrincipalName[],
  directory: Directory,
): Promise<FoundPrincipal[]> {
  const find = async ({ type, name }: PrincipalName): Promise<FoundPrincipal[]> => {
    const id = await directory.idOf(type, name);
    if (id === undefined) return [];
    return [{ type, id, groups: type === 'USER' ? await directory.groupsOf(id) : null }];
  };
  return (await Promise.all(named.map(find))).flat();
}

/** Everybody behind the assignments, by name: the principals, those who were asked for, and the members of groups where wanted. */
export async function readPrincipals(
  question: PeopleQuery,
  assignments: readonly Assignment[],
  found: readonly FoundPrincipal[],
  directory: Directory,
): Promise<Principal[]> {
  const idsOf = (type: PrincipalType) => [
    ...new Set([
      ...assignments.flatMap((one) => (one.principalType === type ? one.principalId : [])),
      ...found.flatMap((one) => (one.type === type ? one.id : [])),
    ]),
  ];
  const groups = await directory.names('GROUP', idsOf('GROUP'));
  const members = new Map<string, readonly string[]>();
  if (question.members) {
    const read = async ([id, name]: readonly [string, string | null]) =>
      members.set(id, name === null ? [] : await directory.membersOf(id));
    await Promise.all([...groups].map(read));
  }
  const users = await directory.names('USER', [...idsOf('USER'), ...[...members.values()].flat()]);
  const inGroups = new Map(found.map((one) => [one.id, one.groups]));
  const principals = [
    ...[...groups].map(([id, name]) => groupOf(id, name, members.get(id) ?? null)),
    ...[...users].map(([id, name]) => userOf(id, name, inGroups.get(id) ?? null)),
  ];
  const near = await nearPrincipals(question.named, principals, directory);
  return [...principals, ...near].sort(comparePrincipals);
}

function groupOf(id: string, name: string | null, members: readonly string[] | null): Principal {
  return { type: 'GROUP', id, name, members };
}

function userOf(id: string, name: string | null, groups: readonly string[] | null): Principal {
  return { type: 'USER', id, name, members: null, ...(groups ? { groups } : {}) };
}

/** All users, or all groups, where one of them was asked for and does not exist: its name may be near another. */
async function nearPrincipals(
  named: readonly PrincipalName[],
  known: readonly Principal[],
  directory: Directory,
): Promise<Principal[]> {
  const exists = (one: PrincipalName) =>
    known.some(({ type, name }) => type === one.type && name === one.name);
  const types = new Set(named.filter((one) => !exists(one)).map(({ type }) => type));
  const ids = new Set(known.map(({ id }) => id));
  const lists = [...types].map(async (type) => {
    const others = [...(await directory.all(type))].filter(([id]) => !ids.has(id));
    return others.map(([id, name]) => (type === 'GROUP' ? groupOf(id, name, null) : userOf(id, name, null)));
  });
  return (await Promise.all(lists)).flat();
}

/** By type and id. */
function comparePrincipals(one: Principal, other: Principal): number {
  return compareStrings(one.type, other.type) || compareStrings(one.id, other.id);
}
