import {
  DescribeGroupCommand,
  DescribeUserCommand,
  GetGroupIdCommand,
  GetUserIdCommand,
  type IdentitystoreClient,
  ListGroupMembershipsCommand,
  ListGroupMembershipsForMemberCommand,
  ListGroupsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-identitystore';
import type { Answer, Operation } from './answers.ts';
import { AwsFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { allItems, type Listing, type Page, pages } from './paginate.ts';
import type { Retrier } from './retry.ts';

/** A user by its user name, or a group by its display name. */
export interface ListedPrincipal {
  readonly id: string;
  readonly name: string;
}

/** A piece of the list of all users or groups. */
export interface PrincipalPage {
  readonly principals: readonly ListedPrincipal[];
  readonly isLast: boolean;
}

const PAGE_SIZE = 100;

/** Reads the users and groups of one identity store. */
export class IdentityStore {
  private readonly identity: Identity;
  private readonly retrier: Retrier;
  private readonly region: string;
  private readonly client: IdentitystoreClient;
  private readonly store: { readonly IdentityStoreId: string };

  constructor(identity: Identity, retrier: Retrier, region: string, IdentityStoreId: string) {
    this.identity = identity;
    this.retrier = retrier;
    this.region = region;
    this.client = identity.clients.identityStore(region);
    this.store = { IdentityStoreId };
  }

  /** Every user, a page at a time. */
  users(): AsyncGenerator<PrincipalPage> {
    return principalPages(this.listing('ListUsers'), async (NextToken) => {
      const command = new ListUsersCommand({ ...this.store, MaxResults: PAGE_SIZE, NextToken });
      const answer = await this.call('ListUsers', (options) => this.client.send(command, options));
      return { items: answer.Users.map(userOf), next: answer.NextToken };
    });
  }

  /** Every group, a page at a time. */
  groups(): AsyncGenerator<PrincipalPage> {
    return principalPages(this.listing('ListGroups'), async (NextToken) => {
      const command = new ListGroupsCommand({ ...this.store, MaxResults: PAGE_SIZE, NextToken });
      const answer = await this.call('ListGroups', (options) => this.client.send(command, options));
      return { items: answer.Groups.map(groupOf), next: answer.NextToken };
    });
  }

  /** Undefined for a user that was deleted. */
  userName(UserId: string): Promise<string | undefined> {
    const command = new DescribeUserCommand({ ...this.store, UserId });
    return ifFound(async () => {
      const user = await this.call('DescribeUser', (options) => this.client.send(command, options));
      return userOf(user).name;
    });
  }

  /** Undefined for a group that was deleted. */
  groupName(GroupId: string): Promise<string | undefined> {
    const command = new DescribeGroupCommand({ ...this.store, GroupId });
    return ifFound(async () => {
      const group = await this.call('DescribeGroup', (options) => this.client.send(command, options));
      return groupOf(group).name;
    });
  }

  /** The id of the user with a user name; undefined where there is none. */
  userId(name: string): Promise<string | undefined> {
    const command = new GetUserIdCommand({ ...this.store, ...uniqueAttribute('userName', name) });
    return ifFound(async () => {
      const answer = await this.call('GetUserId', (options) => this.client.send(command, options));
      return answer.UserId;
    });
  }

  /** The id of the group with a display name; undefined where there is none. */
  groupId(name: string): Promise<string | undefined> {
    const command = new GetGroupIdCommand({ ...this.store, ...uniqueAttribute('displayName', name) });
    return ifFound(async () => {
      const answer = await this.call('GetGroupId', (options) => this.client.send(command, options));
      return answer.GroupId;
    });
  }

  /** The ids of the users in a group; none for a group that was deleted. */
  async membersOf(GroupId: string): Promise<string[]> {
    const list = allItems(this.listing('ListGroupMemberships'), async (NextToken) => {
      const input = { ...this.store, GroupId, MaxResults: PAGE_SIZE, NextToken };
      const command = new ListGroupMembershipsCommand(input);
      const answer = await this.call('ListGroupMemberships', (options) => this.client.send(command, options));
      const items = answer.GroupMemberships.map(({ MemberId }) => MemberId.UserId);
      return { items, next: answer.NextToken };
    });
    return [...new Set(await ifFound(() => list))].sort();
  }

  /** The ids of the groups that a user is in; none for a user that was deleted. */
  async groupsOf(UserId: string): Promise<string[]> {
    const list = allItems(this.listing('ListGroupMembershipsForMember'), async (NextToken) => {
      const input = { ...this.store, MemberId: { UserId }, MaxResults: PAGE_SIZE, NextToken };
      const command = new ListGroupMembershipsForMemberCommand(input);
      const answer = await this.call('ListGroupMembershipsForMember', (options) =>
        this.client.send(command, options),
      );
      return { items: answer.GroupMemberships.map(({ GroupId }) => GroupId), next: answer.NextToken };
    });
    return [...new Set(await ifFound(() => list))].sort();
  }

  private call<Name extends Operation>(
    operation: Name,
    send: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
  ): Promise<Answer<Name>> {
    return this.retrier.call(this.identity.target('identitystore', this.region), operation, send);
  }

  private listing(operation: Operation): Listing {
    return { ...this.identity.target('identitystore', this.region), operation };
  }
}

async function* principalPages(
  listing: Listing,
  read: (token: string | undefined) => Promise<Page<ListedPrincipal>>,
): AsyncGenerator<PrincipalPage> {
  let isLast = false;
  const noting = async (token: string | undefined) => {
    const page = await read(token);
    isLast = !page.next;
    return page;
  };
  for await (const principals of pages(listing, noting)) yield { principals, isLast };
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

async function ifFound<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AwsFailure && error.kind === 'not-found') return undefined;
    throw error;
  }
}
