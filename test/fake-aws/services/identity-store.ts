import type { Answer } from '../wire/answer.ts';
import { invalid } from '../wire/aws-error.ts';
import type { Backend, Call, Operation, Operations } from '../wire/call.ts';
import { nestedText, text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import type { WorldGroup, WorldMembership, WorldUser } from '../world/world.ts';
import { found, groupAnswer, membershipAnswer, storeOf, userAnswer } from './identity-store-answer.ts';

/** Identity Store, where Identity Center keeps users and groups. */
export const IDENTITY_STORE: Operations = {
  ListUsers: ofStore(listUsers),
  ListGroups: ofStore(listGroups),
  DescribeUser: ofStore((call, backend) => userAnswer(knownUser(backend, text(call, 'UserId')), call)),
  DescribeGroup: ofStore((call, backend) => groupAnswer(knownGroup(backend, text(call, 'GroupId')), call)),
  ListGroupMemberships: ofStore(listMemberships),
  ListGroupMembershipsForMember: ofStore(listMembershipsOfMember),
  GetUserId: ofStore(getUserId),
  GetGroupId: ofStore(getGroupId),
};

/** Any account in the organization may make this call. */
function ofStore(operation: Operation): Operation {
  return (call, backend) => {
    const id = text(call, 'IdentityStoreId');
    const instances = backend.world.instances.filter(({ regions }) => regions.includes(call.region));
    const instance = instances.find(({ identityStoreId }) => identityStoreId === id);
    found(instance, 'IDENTITY_STORE', id);
    return operation(call, backend);
  };
}

function listUsers(call: Call, backend: Backend): Answer {
  const { users, usersByName } = backend.index;
  const name = filterValue(call, 'UserName');
  const { items, token } = pageOf(
    call,
    backend,
    name === undefined ? users : oneOrNone(usersByName.get(name)),
  );
  return { Users: items.map((user) => userAnswer(user, call)), NextToken: token };
}

function listGroups(call: Call, backend: Backend): Answer {
  const { groups } = backend.index;
  const name = filterValue(call, 'DisplayName');
  const { items, token } = pageOf(
    call,
    backend,
    name === undefined ? groups : groups.filter(({ displayName }) => displayName === name),
  );
  return { Groups: items.map((group) => groupAnswer(group, call)), NextToken: token };
}

function listMemberships(call: Call, backend: Backend): Answer {
  const group = knownGroup(backend, text(call, 'GroupId'));
  return membershipsAnswer(call, backend, backend.index.membershipsByGroup.get(group.id) ?? []);
}

function listMembershipsOfMember(call: Call, backend: Backend): Answer {
  const user = knownUser(backend, nestedText(call.input, 'MemberId', 'UserId') ?? '');
  return membershipsAnswer(call, backend, backend.index.membershipsByUser.get(user.id) ?? []);
}

/** A deleted user is in no group, and a deleted group has no members. */
function membershipsAnswer(call: Call, backend: Backend, all: readonly WorldMembership[]): Answer {
  const { usersById, groupsById } = backend.index;
  const live = all.filter(({ userId, groupId }) => usersById.has(userId) && groupsById.has(groupId));
  const { items, token } = pageOf(call, backend, live);
  return {
    GroupMemberships: items.map((membership) => membershipAnswer(membership, call)),
    NextToken: token,
  };
}

function getUserId(call: Call, { index }: Backend): Answer {
  const name = uniqueAttribute(call, 'username');
  return { ...storeOf(call), UserId: found(index.usersByName.get(name), 'USER', name).id };
}

function getGroupId(call: Call, { index }: Backend): Answer {
  const name = uniqueAttribute(call, 'displayname');
  return { ...storeOf(call), GroupId: found(index.groupsByName.get(name), 'GROUP', name).id };
}

function uniqueAttribute(call: Call, path: string): string {
  const { AlternateIdentifier: identifier } = call.input;
  const stated = nestedText(identifier, 'UniqueAttribute', 'AttributePath');
  const value = nestedText(identifier, 'UniqueAttribute', 'AttributeValue');
  if (stated?.toLowerCase() === path && value !== undefined) return value;
  throw invalid(call.service, `The AlternateIdentifier must name ${path}`);
}

function filterValue(call: Call, path: string): string | undefined {
  const { Filters: filters } = call.input;
  if (!Array.isArray(filters) || filters.length === 0) return undefined;
  const value = nestedText(filters[0], 'AttributeValue');
  if (nestedText(filters[0], 'AttributePath') === path && value !== undefined) return value;
  throw invalid(call.service, `Filters may name ${path} only`);
}

function knownUser({ index }: Backend, id: string): WorldUser {
  return found(index.usersById.get(id), 'USER', id);
}

function knownGroup({ index }: Backend, id: string): WorldGroup {
  return found(index.groupsById.get(id), 'GROUP', id);
}

function oneOrNone<T>(item: T | undefined): readonly T[] {
  return item === undefined ? [] : [item];
}
