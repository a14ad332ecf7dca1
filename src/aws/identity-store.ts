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
import type { Answer } from './answers.ts';
import { isAwsFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import type { Page } from './service-api.ts';
import { ServiceApi } from './service-api.ts';

/** A user by its user name, or a group by its display name. */
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

const MaxResults = 100;

/** Reads the users and groups of one identity store. */
export class IdentityStore {
  private readonly api: ServiceApi<typeof COMMANDS>;
  private readonly store: { readonly IdentityStoreId: string };

  constructor(identity: Identity, region: string, IdentityStoreId: string) {
    const client = identity.clients.identityStore(IdentitystoreClient, region);
    this.api = new ServiceApi(identity, 'identitystore', region, client, COMMANDS);
    this.store = { IdentityStoreId };
  }

  /** Every user, a page at a time. */
  users(): AsyncGenerator<Page<ListedPrincipal>> {
    return this.api.pages('ListUsers', { ...this.store, MaxResults }, ({ Users }) => Users.map(userOf));
  }

  /** Every group, a page at a time. */
  groups(): AsyncGenerator<Page<ListedPrincipal>> {
    return this.api.pages('ListGroups', { ...this.store, MaxResults }, ({ Groups }) => Groups.map(groupOf));
  }

  /** Undefined for a user that was deleted. */
  async userName(UserId: string): Promise<string | undefined> {
    const user = await ifFound(this.api.call('DescribeUser', { ...this.store, UserId }));
    return user && userOf(user).name;
  }

  /** Undefined for a group that was deleted. */
  async groupName(GroupId: string): Promise<string | undefined> {
    const group = await ifFound(this.api.call('DescribeGroup', { ...this.store, GroupId }));
    return group && groupOf(group).name;
  }

  /** The id of the user with a user name; undefined where there is none. */
  async userId(name: string): Promise<string | undefined> {
    const input = { ...this.store, ...uniqueAttribute('userName', name) };
    return (await ifFound(this.api.call('GetUserId', input)))?.UserId;
  }

  /** The id of the group with a display name; undefined where there is none. */
  async groupId(name: string): Promise<string | undefined> {
    const input = { ...this.store, ...uniqueAttribute('displayName', name) };
    return (await ifFound(this.api.call('GetGroupId', input)))?.GroupId;
  }

  /** The ids of the users in a group; none for a group that was deleted. */
  async membersOf(GroupId: string): Promise<string[]> {
    const input = { ...this.store, GroupId, MaxResults };
    const list = this.api.list('ListGroupMemberships', input, ({ GroupMemberships }) =>
      GroupMemberships.map(({ MemberId }) => MemberId.UserId),
    );
    return [...new Set(await ifFound(list))].sort();
  }

  /** The ids of the groups that a user is in; none for a user that was deleted. */
  async groupsOf(UserId: string): Promise<string[]> {
    const input = { ...this.store, MemberId: { UserId }, MaxResults };
    const list = this.api.list('ListGroupMembershipsForMember', input, ({ GroupMemberships }) =>
      GroupMemberships.map(({ GroupId }) => GroupId),
    );
    return [...new Set(await ifFound(list))].sort();
  }
}

/** A name is optional to the API, and then the id has to do. */
function userOf({ UserId, UserName }: Answer<'DescribeUser'>): ListedPrincipal {
  return { id: UserId, name: UserName || UserId };
}

function groupOf({ GroupId, DisplayName }: Answer<'DescribeGroup'>): ListedPrincipal {
  return { id: GroupId, name: DisplayName || GroupId };
}

function uniqueAttribute(AttributePath: string, AttributeValue: string) {
  return { AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } } };
}

async function ifFound<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isAwsFailure(error, 'not-found')) return undefined;
    throw error;
  }
}
