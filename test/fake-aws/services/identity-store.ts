import type { Answer } from '../wire/answer.ts';
import { invalid, notFound } from '../wire/aws-error.ts';
import type { Backend, Call, Operation, Operations } from '../wire/call.ts';
import { nestedText, text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import type { WorldGroup, WorldMembership, WorldUser } from '../world/world.ts';
import { requireAdministrator } from './administrator.ts';

/** Identity Store, where Identity Center keeps users and groups. */
export const IDENTITY_STORE: Operations = {
  ListUsers: administered(listUsers),
  ListGroups: administered(listGroups),
  DescribeUser: administered((call, backend) =>
    userAnswer(knownUser(call, backend, text(call, 'UserId')), call),
  ),
  DescribeGroup: administered((call, backend) => groupAnswer(knownGroup(call, backend), call)),
  ListGroupMemberships: administered(listMemberships),
  ListGroupMembershipsForMember: administered(listMembershipsOfMember),
  GetUserId: administered(getUserId),
  GetGroupId: administered(getGroupId),
};

function administered(operation: Operation): Operation {
  return (call, backend) => {
    requireAdministrator(call, backend);
    const id = text(call, 'IdentityStoreId');
    const instance = backend.world.instances.find(({ identityStoreId }) => identityStoreId === id);
    if (instance?.regions.includes(call.region)) return operation(call, backend);
    throw missing('IDENTITY_STORE', id);
  };
}

function listUsers(call: Call, backend: Backend): Answer {
  const wanted = filterValue(call, 'UserName');
  const all = wanted === undefined ? backend.index.users : present(backend.index.usersByName.get(wanted));
  const { items, token } = pageOf(call, backend, all);
  return { Users: items.map((user) => userAnswer(user, call)), NextToken: token };
}

function listGroups(call: Call, backend: Backend): Answer {
  const wanted = filterValue(call, 'DisplayName');
  const all = wanted === undefined ? backend.index.groups : present(backend.index.groupsByName.get(wanted));
  const { items, token } = pageOf(call, backend, all);
  return { Groups: items.map((group) => groupAnswer(group, call)), NextToken: token };
}

function listMemberships(call: Call, backend: Backend): Answer {
  const group = knownGroup(call, backend);
  return membershipsAnswer(call, backend, backend.index.membershipsByGroup.get(group.id) ?? []);
}

function listMembershipsOfMember(call: Call, backend: Backend): Answer {
  const user = knownUser(call, backend, nestedText(call.input, 'MemberId', 'UserId') ?? '');
  return membershipsAnswer(call, backend, backend.index.membershipsByUser.get(user.id) ?? []);
}

/** A deleted user or group is in no group any more, and a deleted group has no members. */
function membershipsAnswer(call: Call, backend: Backend, all: readonly WorldMembership[]): Answer {
  const { usersById, groupsById } = backend.index;
  const live = all.filter(({ userId, groupId }) => usersById.has(userId) && groupsById.has(groupId));
  const { items, token } = pageOf(call, backend, live);
  return {
    GroupMemberships: items.map(({ id, groupId, userId }) => ({
      IdentityStoreId: text(call, 'IdentityStoreId'),
      MembershipId: id,
      GroupId: groupId,
      MemberId: { UserId: userId },
    })),
    NextToken: token,
  };
}

function getUserId(call: Call, backend: Backend): Answer {
  const name = uniqueAttribute(call, 'username');
  const user = backend.index.usersByName.get(name);
  if (user) return { UserId: user.id, IdentityStoreId: text(call, 'IdentityStoreId') };
  throw missing('USER', name);
}

function getGroupId(call: Call, backend: Backend): Answer {
  const name = uniqueAttribute(call, 'displayname');
  const group = backend.index.groupsByName.get(name);
  if (group) return { GroupId: group.id, IdentityStoreId: text(call, 'IdentityStoreId') };
  throw missing('GROUP', name);
}

function uniqueAttribute(call: Call, path: string): string {
  const stated = nestedText(call.input, 'AlternateIdentifier', 'UniqueAttribute', 'AttributePath');
  const value = nestedText(call.input, 'AlternateIdentifier', 'UniqueAttribute', 'AttributeValue');
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

function userAnswer({ id, userName, displayName }: WorldUser, call: Call): Answer {
  const store = text(call, 'IdentityStoreId');
  return {
    IdentityStoreId: store,
    UserId: id,
    UserName: userName,
    DisplayName: displayName,
    UserStatus: 'ENABLED',
  };
}

function groupAnswer({ id, displayName }: WorldGroup, call: Call): Answer {
  return { IdentityStoreId: text(call, 'IdentityStoreId'), GroupId: id, DisplayName: displayName };
}

function knownUser(_: Call, { index }: Backend, id: string): WorldUser {
  const user = index.usersById.get(id);
  if (user) return user;
  throw missing('USER', id);
}

function knownGroup(call: Call, { index }: Backend): WorldGroup {
  const id = text(call, 'GroupId');
  const group = index.groupsById.get(id);
  if (group) return group;
  throw missing('GROUP', id);
}

function present<T>(item: T | undefined): readonly T[] {
  return item === undefined ? [] : [item];
}

function missing(type: 'USER' | 'GROUP' | 'IDENTITY_STORE', id: string): Error {
  return notFound(`${type} not found.`, { ResourceType: type, ResourceId: id });
}
