import {
  DescribePermissionSetCommand,
  ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipalCommand,
  ListInstancesCommand,
  ListPermissionSetsCommand,
  ListPermissionSetsProvisionedToAccountCommand,
  type PrincipalType,
  type SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import type { Answer, Operation } from './answers.ts';
import type { Identity } from './identity.ts';
import { allItems, type Listing } from './paginate.ts';
import type { Retrier } from './retry.ts';
/** An instance as it shows in some region. */
export interface ListedInstance {
  readonly arn: string;
  readonly identityStoreId: string;
  /** Its home. */
  readonly region: string;
  /** Of the organization's instance, the management account; null where AWS does not say. */
  readonly ownerAccountId: string | null;
}

const PAGE_SIZE = 100;

/** Reads IAM Identity Center's administrative API in one region. */
export class SsoAdmin {
  readonly region: string;
  private readonly identity: Identity;
  private readonly retrier: Retrier;
  private readonly client: SSOAdminClient;

  constructor(identity: Identity, retrier: Retrier, region: string) {
    this.region = region;
    this.identity = identity;
    this.retrier = retrier;
    this.client = identity.clients.ssoAdmin(region);
  }

  /** The instances that show in this region, which may have their home in another. */
  instances(): Promise<ListedInstance[]> {
    return allItems(this.listing('ListInstances'), async (NextToken) => {
      const answer = await this.call('ListInstances', (options) =>
        this.client.send(new ListInstancesCommand({ MaxResults: PAGE_SIZE, NextToken }), options),
      );
      const items = answer.Instances.flatMap((instance) => listedInstance(instance, this.region));
      return { items, next: answer.NextToken };
    });
  }

  /** The ARNs of all permission sets. */
  permissionSetArns(InstanceArn: string): Promise<string[]> {
    return allItems(this.listing('ListPermissionSets'), async (NextToken) => {
      const answer = await this.call('ListPermissionSets', (options) =>
        this.client.send(
          new ListPermissionSetsCommand({ InstanceArn, MaxResults: PAGE_SIZE, NextToken }),
          options,
        ),
      );
      return { items: answer.PermissionSets, next: answer.NextToken };
    });
  }

  async permissionSetName(InstanceArn: string, PermissionSetArn: string): Promise<string> {
    const { PermissionSet } = await this.call('DescribePermissionSet', (options) =>
      this.client.send(new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn }), options),
    );
    return PermissionSet.Name;
  }

  /** The ARNs of the permission sets that are provisioned in an account; AWS may leave out a list that is empty. */
  permissionSetsOf(InstanceArn: string, AccountId: string): Promise<string[]> {
    const input = { InstanceArn, AccountId, MaxResults: PAGE_SIZE };
    return allItems(this.listing('ListPermissionSetsProvisionedToAccount'), async (NextToken) => {
      const answer = await this.call('ListPermissionSetsProvisionedToAccount', (options) =>
        this.client.send(new ListPermissionSetsProvisionedToAccountCommand({ ...input, NextToken }), options),
      );
      return { items: answer.PermissionSets, next: answer.NextToken };
    });
  }

  private call<Name extends Operation>(
    operation: Name,
    send: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
  ): Promise<Answer<Name>> {
    return this.retrier.call(this.identity.target('sso-admin', this.region), operation, send);
  }

  private listing(operation: Operation): Listing {
    return { ...this.identity.target('sso-admin', this.region), operation };
  }
}

/** None for an instance that has no store yet. */
function listedInstance(
  instance: Answer<'ListInstances'>['Instances'][number],
  askedRegion: string,
): ListedInstance[] {
  const { InstanceArn, IdentityStoreId, PrimaryRegion, OwnerAccountId } = instance;
  if (!IdentityStoreId) return [];
  const [region, ownerAccountId] = [PrimaryRegion ?? askedRegion, OwnerAccountId ?? null];
  return [{ arn: InstanceArn, identityStoreId: IdentityStoreId, region, ownerAccountId }];
}

/** Somebody who is assigned a permission set in an account. */
export interface ListedAssignment {
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: PrincipalType;
  readonly principalId: string;
}

/** Reads who is assigned what in one instance of Identity Center. */
export class AccountAssignments {
  private readonly identity: Identity;
  private readonly retrier: Retrier;
  private readonly region: string;
  private readonly instanceArn: string;
  private readonly client: SSOAdminClient;

  constructor(identity: Identity, retrier: Retrier, region: string, instanceArn: string) {
    this.identity = identity;
    this.retrier = retrier;
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
    return this.retrier.call(this.identity.target('sso-admin', this.region), operation, send);
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
