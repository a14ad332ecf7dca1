import type { Answer } from '../wire/answer.ts';
import { notFound } from '../wire/aws-error.ts';
import type { Call } from '../wire/call.ts';
import { text } from '../wire/input.ts';
import type { WorldGroup, WorldMembership, WorldUser } from '../world/world.ts';

export function userAnswer({ id, userName, displayName }: WorldUser, call: Call): Answer {
  return {
    ...storeOf(call),
    UserId: id,
    UserName: userName,
    DisplayName: displayName,
    UserStatus: 'ENABLED',
  };
}

export function groupAnswer({ id, displayName }: WorldGroup, call: Call): Answer {
  return { ...storeOf(call), GroupId: id, DisplayName: displayName };
}

export function membershipAnswer({ id, groupId, userId }: WorldMembership, call: Call): Answer {
  return { ...storeOf(call), MembershipId: id, GroupId: groupId, MemberId: { UserId: userId } };
}

export function storeOf(call: Call): Answer {
  return { IdentityStoreId: text(call, 'IdentityStoreId') };
}

/** The resource itself, or ResourceNotFoundException: deleted users and groups are not found either. */
export function found<T>(resource: T | undefined, type: 'USER' | 'GROUP' | 'IDENTITY_STORE', id: string): T {
  if (resource !== undefined) return resource;
  throw notFound(`${type} not found.`, { ResourceType: type, ResourceId: id });
}
