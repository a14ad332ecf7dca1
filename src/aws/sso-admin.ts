import {
  DescribePermissionSetCommand,
  ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipalCommand,
  ListInstancesCommand,
  ListPermissionSetsCommand,
  ListPermissionSetsProvisionedToAccountCommand,
  SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import type { Answer, PrincipalType } from './answers.ts';
import type { Identity } from './identity.ts';
import { AwsService } from './service.ts';

/** An instance as it shows in some region. */
interface ListedInstance {
  readonly arn: string;
  readonly identityStoreId: string;
  /** Its home. */
  readonly region: string;
  /** Of the organization's instance, the management account; null where AWS does not say. */
  readonly ownerAccountId: string | null;
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

/** Reads instances of IAM Identity Center, their permission sets and who is assigned these, in one region. */
export class SsoAdmin extends AwsService<typeof COMMANDS> {
  constructor(identity: Identity, region: string) {
    super(identity, { service: 'sso-admin', region }, identity.clients.of(SSOAdminClient, region), COMMANDS);
  }

  /** The instances that show in this region, which may have their home in another. */
  instances(): Promise<ListedInstance[]> {
    return this.listOnce(
      'ListInstances',
      { MaxResults },
      ({ Instances }) => Instances.flatMap((instance) => listedInstance(instance, this.target.region)),
      ({ arn }) => arn,
    );
  }

  /** The ARNs of all permission sets. */
  permissionSetArns(InstanceArn: string): Promise<string[]> {
    const input = { InstanceArn, MaxResults };
    return this.list('ListPermissionSets', input, ({ PermissionSets }) => PermissionSets);
  }

  async permissionSetName(InstanceArn: string, PermissionSetArn: string): Promise<string> {
    const { PermissionSet } = await this.call('DescribePermissionSet', { InstanceArn, PermissionSetArn });
    return PermissionSet.Name;
  }

  /** The ARNs of the permission sets that are provisioned in an account; AWS may leave out a list that is empty. */
  permissionSetsOf(InstanceArn: string, AccountId: string): Promise<string[]> {
    const input = { InstanceArn, AccountId, MaxResults };
    return this.list('ListPermissionSetsProvisionedToAccount', input, (answer) => answer.PermissionSets);
  }

  /** Everybody who is assigned a permission set in an account, those who were deleted too. */
  assignmentsOn(InstanceArn: string, AccountId: string, PermissionSetArn: string) {
    const input = { InstanceArn, AccountId, PermissionSetArn, MaxResults };
    return this.list('ListAccountAssignments', input, listedAssignments);
  }

  /**
   * What a principal is assigned, in one account or everywhere. For a user that includes what comes through groups, with the group
   * as the principal. Only the management account may ask, and a principal that was deleted has none.
   */
  assignmentsOf(InstanceArn: string, PrincipalType: PrincipalType, PrincipalId: string, accountId?: string) {
    const filter = accountId === undefined ? {} : { Filter: { AccountId: accountId } };
    const input = { InstanceArn, PrincipalType, PrincipalId, MaxResults, ...filter };
    return this.list('ListAccountAssignmentsForPrincipal', input, listedAssignments);
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

function listedAssignments({ AccountAssignments }: Answer<'ListAccountAssignments'>) {
  return AccountAssignments.map(({ AccountId, PermissionSetArn, PrincipalType, PrincipalId }) => ({
    accountId: AccountId,
    permissionSetArn: PermissionSetArn,
    principalType: PrincipalType,
    principalId: PrincipalId,
  }));
}
