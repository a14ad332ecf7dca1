import {
  ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipalCommand,
  type PrincipalType,
  type SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import type { Answer, Operation } from './answers.ts';
import type { Caller } from './caller.ts';
import type { Identity } from './identity.ts';
import { allItems, type Listing } from './pages.ts';

/** Somebody who is assigned a permission set in an account. */
export interface ListedAssignment {
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: PrincipalType;
  readonly principalId: string;
}

const PAGE_SIZE = 100;

/** Reads who is assigned what in one instance of Identity Center. */
export class AccountAssignments {
  private readonly identity: Identity;
  private readonly caller: Caller;
  private readonly region: string;
  private readonly instanceArn: string;
  private readonly client: SSOAdminClient;

  constructor(identity: Identity, caller: Caller, region: string, instanceArn: string) {
    this.identity = identity;
    this.caller = caller;
    this.region = region;
    this.instanceArn = instanceArn;
    this.client = identity.clients.ssoAdmin(region);
  }

  /** Everybody who is assigned a permission set in an account, those who were deleted too. */
  ofPair(AccountId: string, PermissionSetArn: string): Promise<ListedAssignment[]> {
    const input = { InstanceArn: this.instanceArn, AccountId, PermissionSetArn, MaxResults: PAGE_SIZE };
    return allItems(this.listing('ListAccountAssignments'), async (NextToken) => {
      const command = new ListAccountAssignmentsCommand({ ...input, NextToken });
      const answer = await this.call('ListAccountAssignments', (options) =>
        this.client.send(command, options),
      );
      return { items: answer.AccountAssignments.map(listed), next: answer.NextToken };
    });
  }

  /**
   * What a principal is assigned, in one account or everywhere. For a user that includes what comes through groups, with the group
   * as the principal. Only the management account may ask, and a principal that was deleted has none.
   */
  ofPrincipal(
    PrincipalType: PrincipalType,
    PrincipalId: string,
    accountId?: string,
  ): Promise<ListedAssignment[]> {
    const filter = accountId === undefined ? {} : { Filter: { AccountId: accountId } };
    const input = { InstanceArn: this.instanceArn, PrincipalType, PrincipalId, MaxResults: PAGE_SIZE };
    return allItems(this.listing('ListAccountAssignmentsForPrincipal'), async (NextToken) => {
      const command = new ListAccountAssignmentsForPrincipalCommand({ ...input, ...filter, NextToken });
      const answer = await this.call('ListAccountAssignmentsForPrincipal', (options) =>
        this.client.send(command, options),
      );
      return { items: answer.AccountAssignments.map(listed), next: answer.NextToken };
    });
  }

  private call<Name extends Operation>(
    operation: Name,
    send: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
  ): Promise<Answer<Name>> {
    return this.caller.call(this.identity.target('sso-admin', this.region), operation, send);
  }

  private listing(operation: Operation): Listing {
    return { ...this.identity.target('sso-admin', this.region), operation };
  }
}

function listed(
  assignment: Answer<'ListAccountAssignments'>['AccountAssignments'][number],
): ListedAssignment {
  const { AccountId, PermissionSetArn, PrincipalType, PrincipalId } = assignment;
  return {
    accountId: AccountId,
    permissionSetArn: PermissionSetArn,
    principalType: PrincipalType,
    principalId: PrincipalId,
  };
}
