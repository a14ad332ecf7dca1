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
import { type AwsFailure, contradiction, isAwsFailure } from './failure.ts';
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
  private userIds: Promise<readonly string[]> | undefined;
  private groupIds: Promise<readonly string[]> | undefined;

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

  /**
   * Undefined for a user that was deleted. Memberships may outlive it, so where there are some, the list of all users decides.
   * @throws AwsFailure `contradiction` where that list has the user
   */
  async userName(UserId: string): Promise<string | undefined> {
    const name = await this.describedUser(UserId);
    if (name !== undefined) return name;
    if ((await unlessRefused(this.listGroups(UserId))).length === 0) return undefined;
    this.userIds ??= unlessRefused(idsIn(this.users()));
    if (!(await this.userIds).includes(UserId)) return undefined;
    throw this.contradiction('DescribeUser', `it does not find user ${UserId}, and ListUsers has it`);
  }

  /**
   * Undefined for a group that was deleted. Memberships may outlive it, so where there are some, the list of all groups decides.
   * @throws AwsFailure `contradiction` where that list has the group
   */
  async groupName(GroupId: string): Promise<string | undefined> {
    const name = await this.describedGroup(GroupId);
    if (name !== undefined) return name;
    if ((await unlessRefused(this.listMembers(GroupId))).length === 0) return undefined;
    this.groupIds ??= unlessRefused(idsIn(this.groups()));
    if (!(await this.groupIds).includes(GroupId)) return undefined;
    throw this.contradiction('DescribeGroup', `it does not find group ${GroupId}, and ListGroups has it`);
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

  /**
   * The ids of the users in a group; undefined for a group that was deleted.
   * @throws AwsFailure `contradiction` where the group is there all the same
   */
  async membersOf(GroupId: string): Promise<string[] | undefined> {
    const members = await ifFound(this.listMembers(GroupId));
    if (members === undefined && (await this.describedGroup(GroupId)) !== undefined)
      throw this.contradiction(
        'ListGroupMemberships',
        `it does not find group ${GroupId}, and DescribeGroup does`,
      );
    return members;
  }

  /**
   * The ids of the groups that a user is in; undefined for a user that was deleted.
   * @throws AwsFailure `contradiction` where the user is there all the same
   */
  async groupsOf(UserId: string): Promise<string[] | undefined> {
    const groups = await ifFound(this.listGroups(UserId));
    if (groups === undefined && (await this.describedUser(UserId)) !== undefined)
      throw this.contradiction(
        'ListGroupMembershipsForMember',
        `it does not find user ${UserId}, and DescribeUser does`,
      );
    return groups;
  }

  /** What two answers of the identity store say, where both cannot be true. */
  contradiction(operation: keyof typeof COMMANDS, detail: string): AwsFailure {
    return contradiction({ ...this.api.target, operation }, detail);
  }

  private async describedUser(UserId: string): Promise<string | undefined> {
    const user = await ifFound(this.api.call('DescribeUser', { ...this.store, UserId }));
    return user && userOf(user).name;
  }

  private async describedGroup(GroupId: string): Promise<string | undefined> {
    const group = await ifFound(this.api.call('DescribeGroup', { ...this.store, GroupId }));
    return group && groupOf(group).name;
  }

  private async listMembers(GroupId: string): Promise<string[]> {
    const input = { ...this.store, GroupId, MaxResults };
    const members = await this.api.list('ListGroupMemberships', input, ({ GroupMemberships }) =>
      GroupMemberships.map(({ MemberId }) => MemberId.UserId),
    );
    return [...new Set(members)].sort();
  }

  private async listGroups(UserId: string): Promise<string[]> {
    const input = { ...this.store, MemberId: { UserId }, MaxResults };
    const groups = await this.api.list('ListGroupMembershipsForMember', input, ({ GroupMemberships }) =>
      GroupMemberships.map(({ GroupId }) => GroupId),
    );
    return [...new Set(groups)].sort();
  }
}

/**
 * What is listed for a principal that Identity Store does not find. Where that may not be asked, nothing is known against it.
 */
async function unlessRefused(list: Promise<string[]>): Promise<string[]> {
  try {
    return (await ifFound(list)) ?? [];
  } catch (error) {
    if (isAwsFailure(error, 'denied')) return [];
    throw error;
  }
}

async function idsIn(pages: AsyncGenerator<Page<ListedPrincipal>>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { items } of pages) ids.push(...items.map(({ id }) => id));
  return ids;
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
    if (isAwsFailure(error, 'not-found') && !isOfStore(error)) return undefined;
    throw error;
  }
}

/** Whether the identity store itself is not found: then nothing is known of who is in it. */
function isOfStore({ cause }: AwsFailure): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'ResourceType' in cause &&
    cause.ResourceType === 'IDENTITY_STORE'
  );
}
