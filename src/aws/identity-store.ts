import {
  DescribeGroupCommand,
  DescribeUserCommand,
  GetGroupIdCommand,
  GetUserIdCommand,
  IdentitystoreClient,
  ListGroupMembershipsCommand,
  ListGroupMembershipsForMemberCommand,
  ListGroupsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-identitystore';
import { memo } from '../memo.ts';
import type { Answer, PrincipalType } from './answers.ts';
import { type AwsFailure, isAwsFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { AwsService, allItems, type ListPage } from './service.ts';

/** A user with its user name, or a group with its display name. */
export interface ListedPrincipal {
  readonly id: string;
  readonly name: string;
}

const COMMANDS = {
  DescribeGroup: DescribeGroupCommand,
  DescribeUser: DescribeUserCommand,
  GetGroupId: GetGroupIdCommand,
  GetUserId: GetUserIdCommand,
  ListGroupMemberships: ListGroupMembershipsCommand,
  ListGroupMembershipsForMember: ListGroupMembershipsForMemberCommand,
  ListGroups: ListGroupsCommand,
  ListUsers: ListUsersCommand,
};

/** The operations for each principal type. */
export const OPERATIONS = {
  USER: {
    list: 'ListUsers',
    describe: 'DescribeUser',
    getId: 'GetUserId',
    memberships: 'ListGroupMembershipsForMember',
  },
  GROUP: {
    list: 'ListGroups',
    describe: 'DescribeGroup',
    getId: 'GetGroupId',
    memberships: 'ListGroupMemberships',
  },
} as const;

const MaxResults = 100;

/** Reads the users and groups of one identity store. */
export class IdentityStore extends AwsService<typeof COMMANDS> {
  private readonly store: { readonly IdentityStoreId: string };
  private readonly listedIds = memo((type: PrincipalType) => unlessRefused(this.idsIn(type)));

  constructor(identity: Identity, region: string, IdentityStoreId: string) {
    const client = identity.clients.of(IdentitystoreClient, region);
    super(identity, { service: 'identitystore', region }, client, COMMANDS);
    this.store = { IdentityStoreId };
  }

  /** All users or all groups, page by page. */
  principals(type: PrincipalType): AsyncGenerator<ListPage<ListedPrincipal>> {
    const input = { ...this.store, MaxResults };
    return type === 'USER'
      ? this.pages('ListUsers', input, ({ Users }) => Users.map(userOf))
      : this.pages('ListGroups', input, ({ Groups }) => Groups.map(groupOf));
  }

  /**
   * The principal's name; undefined if it was deleted. Memberships may outlive a principal, so if there are any, the
   * list of all principals decides.
   * @throws AwsFailure `contradiction` if that list contains the principal
   */
  async nameOf(type: PrincipalType, id: string): Promise<string | undefined> {
    const name = await this.describedName(type, id);
    if (name !== undefined) return name;
    if ((await unlessRefused(this.memberships(type, id))).length === 0) return undefined;
    if (!(await this.listedIds(type)).includes(id)) return undefined;
    const { describe, list } = OPERATIONS[type];
    throw this.contradiction(describe, `it didn't find ${type.toLowerCase()} ${id}, but ${list} lists it`);
  }

  /** The id of a user by user name, or of a group by display name; undefined if not found. */
  async idOf(type: PrincipalType, name: string): Promise<string | undefined> {
    const found =
      type === 'USER'
        ? this.call('GetUserId', { ...this.store, ...byAttribute('userName', name) })
        : this.call('GetGroupId', { ...this.store, ...byAttribute('displayName', name) });
    const answer = await ifFound<{ readonly UserId?: string; readonly GroupId?: string }>(found);
    return answer?.UserId ?? answer?.GroupId;
  }

  /** The ids of all groups with a display name, where `idOf` returns one; empty if AWS refuses to search. */
  async groupsNamed(name: string): Promise<string[]> {
    const Filters = [{ AttributePath: 'DisplayName', AttributeValue: name }];
    const input = { ...this.store, MaxResults, Filters };
    const found = await unlessRefused(this.list('ListGroups', input, ({ Groups }) => Groups.map(groupOf)));
    return found.filter((group) => group.name === name).map(({ id }) => id);
  }

  /**
   * The ids of a user's groups, or of a group's users; undefined if the principal was deleted.
   * @throws AwsFailure `contradiction` if the principal still exists
   */
  async membershipsOf(type: PrincipalType, id: string): Promise<string[] | undefined> {
    const found = await ifFound(this.memberships(type, id));
    if (found !== undefined || (await this.describedName(type, id)) === undefined) return found;
    const { memberships, describe } = OPERATIONS[type];
    throw this.contradiction(memberships, `it didn't find ${type.toLowerCase()} ${id}, but ${describe} did`);
  }

  private async describedName(type: PrincipalType, id: string): Promise<string | undefined> {
    const described =
      type === 'USER'
        ? this.call('DescribeUser', { ...this.store, UserId: id }).then(userOf)
        : this.call('DescribeGroup', { ...this.store, GroupId: id }).then(groupOf);
    return (await ifFound(described))?.name;
  }

  private async memberships(type: PrincipalType, id: string): Promise<string[]> {
    const input = { ...this.store, MaxResults };
    const ids =
      type === 'USER'
        ? this.list('ListGroupMembershipsForMember', { ...input, MemberId: { UserId: id } }, (answer) =>
            answer.GroupMemberships.map(({ GroupId }) => GroupId),
          )
        : this.list('ListGroupMemberships', { ...input, GroupId: id }, (answer) =>
            answer.GroupMemberships.map(({ MemberId }) => MemberId.UserId),
          );
    return [...new Set(await ids)].sort();
  }

  private async idsIn(type: PrincipalType): Promise<string[]> {
    return (await allItems(this.principals(type))).map(({ id }) => id);
  }
}

/** The list; empty if access is denied, or AWS no longer answers such requests. Then nothing contradicts other answers. */
async function unlessRefused<T>(list: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return (await ifFound(list)) ?? [];
  } catch (error) {
    if (isAwsFailure(error, 'denied', 'invalid-request')) return [];
    throw error;
  }
}

/** Names are optional in the API; the id replaces a missing one. */
function userOf({ UserId, UserName }: Answer<'DescribeUser'>): ListedPrincipal {
  return { id: UserId, name: UserName || UserId };
}

function groupOf({ GroupId, DisplayName }: Answer<'DescribeGroup'>): ListedPrincipal {
  return { id: GroupId, name: DisplayName || GroupId };
}

function byAttribute(AttributePath: string, AttributeValue: string) {
  return { AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } } };
}

async function ifFound<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isAwsFailure(error, 'not-found') && !isOfStore(error)) return undefined;
    throw error;
  }
}

/** True if the identity store itself isn't found: then its members are unknown. */
function isOfStore({ cause }: AwsFailure): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'ResourceType' in cause &&
    cause.ResourceType === 'IDENTITY_STORE'
  );
}
