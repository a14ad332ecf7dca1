import {
  DescribePermissionSetCommand,
  ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipalCommand,
  ListInstancesCommand,
  ListPermissionSetsCommand,
  ListPermissionSetsProvisionedToAccountCommand,
} from '@aws-sdk/client-sso-admin';
import type { Answer } from './answers.ts';
import { type AwsFailure, contradiction } from './failure.ts';
import type { Identity } from './identity.ts';
import { onePerKey, ServiceApi } from './service-api.ts';

/** An instance as it shows in some region. */
interface ListedInstance {
  readonly arn: string;
  readonly identityStoreId: string;
  /** Its home. */
  readonly region: string;
  /** Of the organization's instance, the management account; null where AWS does not say. */
  readonly ownerAccountId: string | null;
}

/** Somebody who is assigned a permission set in an account. */
interface ListedAssignment {
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: 'GROUP' | 'USER';
  readonly principalId: string;
}

const COMMANDS = {
  DescribePermissionSet: DescribePermissionSetCommand,
  ListAccountAssignments: ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipal: ListAccountAssignmentsForPrincipalCommand,
  ListInstances: ListInstancesCommand,
  ListPermissionSets: ListPermissionSetsCommand,
  ListPermissionSetsProvisionedToAccount: ListPermissionSetsProvisionedToAccountCommand,
};

const MaxResults = 100;

function ssoAdminApi(identity: Identity, region: string): ServiceApi<typeof COMMANDS> {
  return new ServiceApi(identity, 'sso-admin', region, identity.clients.ssoAdmin(region), COMMANDS);
}

/** Reads instances of IAM Identity Center and their permission sets, in one region. */
export class SsoAdmin {
  readonly region: string;
  private readonly api: ServiceApi<typeof COMMANDS>;

  constructor(identity: Identity, region: string) {
    this.region = region;
    this.api = ssoAdminApi(identity, region);
  }

  /** The instances that show in this region, which may have their home in another. */
  async instances(): Promise<ListedInstance[]> {
    const instances = await this.api.list('ListInstances', { MaxResults }, ({ Instances }) =>
      Instances.flatMap((instance) => listedInstance(instance, this.region)),
    );
    return onePerKey({ ...this.api.target, operation: 'ListInstances' }, instances, ({ arn }) => arn);
  }

  /** What two answers of Identity Center say, where both cannot be true. */
  contradiction(operation: keyof typeof COMMANDS, detail: string): AwsFailure {
    return contradiction({ ...this.api.target, operation }, detail);
  }

  /** The ARNs of all permission sets. */
  permissionSetArns(InstanceArn: string): Promise<string[]> {
    const input = { InstanceArn, MaxResults };
    return this.api.list('ListPermissionSets', input, ({ PermissionSets }) => PermissionSets);
  }

  async permissionSetName(InstanceArn: string, PermissionSetArn: string): Promise<string> {
    const { PermissionSet } = await this.api.call('DescribePermissionSet', { InstanceArn, PermissionSetArn });
    return PermissionSet.Name;
  }

  /** The ARNs of the permission sets that are provisioned in an account; AWS may leave out a list that is empty. */
  permissionSetsOf(InstanceArn: string, AccountId: string): Promise<string[]> {
    const input = { InstanceArn, AccountId, MaxResults };
    return this.api.list('ListPermissionSetsProvisionedToAccount', input, (answer) => answer.PermissionSets);
  }
}

/** Reads who is assigned what in one instance of Identity Center. */
export class AccountAssignments {
  private readonly api: ServiceApi<typeof COMMANDS>;
  private readonly instanceArn: string;

  constructor(identity: Identity, region: string, instanceArn: string) {
    this.api = ssoAdminApi(identity, region);
    this.instanceArn = instanceArn;
  }

  /** Everybody who is assigned a permission set in an account, those who were deleted too. */
  ofPair(AccountId: string, PermissionSetArn: string): Promise<ListedAssignment[]> {
    const input = { InstanceArn: this.instanceArn, AccountId, PermissionSetArn, MaxResults };
    return this.api.list('ListAccountAssignments', input, listedAssignments);
  }

  /**
   * What a principal is assigned, in one account or everywhere. For a user that includes what comes through groups, with the group
   * as the principal. Only the management account may ask, and a principal that was deleted has none.
   */
  ofPrincipal(
    PrincipalType: ListedAssignment['principalType'],
    PrincipalId: string,
    accountId?: string,
  ): Promise<ListedAssignment[]> {
    const filter = accountId === undefined ? {} : { Filter: { AccountId: accountId } };
    const input = { InstanceArn: this.instanceArn, PrincipalType, PrincipalId, MaxResults, ...filter };
    return this.api.list('ListAccountAssignmentsForPrincipal', input, listedAssignments);
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

function listedAssignments({ AccountAssignments }: Answer<'ListAccountAssignments'>): ListedAssignment[] {
  return AccountAssignments.map(({ AccountId, PermissionSetArn, PrincipalType, PrincipalId }) => ({
    accountId: AccountId,
    permissionSetArn: PermissionSetArn,
    principalType: PrincipalType,
    principalId: PrincipalId,
  }));
}
