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
import { allItems, type Page } from './pages.ts';
import { AwsService } from './service.ts';

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

/** The operations that each type of principal has. */
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

  /** Every user, or every group, a page at a time. */
  principals(type: PrincipalType): AsyncGenerator<Page<ListedPrincipal>> {
    const input = { ...this.store, MaxResults };
    return type === 'USER'
      ? this.pages('ListUsers', input, ({ Users }) => Users.map(userOf))
      : this.pages('ListGroups', input, ({ Groups }) => Groups.map(groupOf));
  }

  /**
   * Undefined for a user or group that was deleted. Memberships may outlive it, so where there are some, the list of all decides.
   * @throws AwsFailure `contradiction` where that list has it
   */
  async nameOf(type: PrincipalType, id: string): Promise<string | undefined> {
    const name = await this.describedName(type, id);
    if (name !== undefined) return name;
    if ((await unlessRefused(this.memberships(type, id))).length === 0) return undefined;
    if (!(await this.listedIds(type)).includes(id)) return undefined;
    const { describe, list } = OPERATIONS[type];
    throw this.contradiction(describe, `it does not find ${type.toLowerCase()} ${id}, and ${list} has it`);
  }

  /** The id of the user with a user name, or of the group with a display name; undefined where there is none. */
  async idOf(type: PrincipalType, name: string): Promise<string | undefined> {
    const found =
      type === 'USER'
        ? this.call('GetUserId', { ...this.store, ...byAttribute('userName', name) })
        : this.call('GetGroupId', { ...this.store, ...byAttribute('displayName', name) });
    const answer = await ifFound<{ readonly UserId?: string; readonly GroupId?: string }>(found);
    return answer?.UserId ?? answer?.GroupId;
  }

  /**
   * The ids of the groups that a user is in, or of the users in a group; undefined for one that was deleted.
   * @throws AwsFailure `contradiction` where it is there all the same
   */
  async membershipsOf(type: PrincipalType, id: string): Promise<string[] | undefined> {
    const found = await ifFound(this.memberships(type, id));
    if (found !== undefined || (await this.describedName(type, id)) === undefined) return found;
    const { memberships, describe } = OPERATIONS[type];
    throw this.contradiction(
      memberships,
      `it does not find ${type.toLowerCase()} ${id}, and ${describe} does`,
    );
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
        ? this.list('ListGroupMembershipsForMember', { ...input, MemberId: { UserId: id } }, groupIdsIn)
        : this.list('ListGroupMemberships', { ...input, GroupId: id }, userIdsIn);
    return [...new Set(await ids)].sort();
  }

  private async idsIn(type: PrincipalType): Promise<string[]> {
    return (await allItems(this.principals(type))).map(({ id }) => id);
  }
}

function groupIdsIn({ GroupMemberships }: Answer<'ListGroupMembershipsForMember'>): string[] {
  return GroupMemberships.map(({ GroupId }) => GroupId);
}

function userIdsIn({ GroupMemberships }: Answer<'ListGroupMemberships'>): string[] {
  return GroupMemberships.map(({ MemberId }) => MemberId.UserId);
}

/** What is listed for a principal that Identity Store does not find. Where that may not be asked, nothing is known against it. */
async function unlessRefused(list: Promise<string[]>): Promise<string[]> {
  try {
    return (await ifFound(list)) ?? [];
  } catch (error) {
    if (isAwsFailure(error, 'denied')) return [];
    throw error;
  }
}

/** A name is optional to the API, and then the id has to do. */
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

/** Whether the identity store itself is not found: then nothing is known of who is in it. */
function isOfStore({ cause }: AwsFailure): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'ResourceType' in cause &&
    cause.ResourceType === 'IDENTITY_STORE'
  );
}
