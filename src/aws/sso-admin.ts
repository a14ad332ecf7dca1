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

/** An instance as listed in a region. */
interface ListedInstance {
  readonly arn: string;
  readonly identityStoreId: string;
  /** Its home region. */
  readonly region: string;
  /** For the organization's instance, the management account; null if AWS doesn't say. */
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

/** Reads IAM Identity Center instances, their permission sets and assignments, in one region. */
export class SsoAdmin extends AwsService<typeof COMMANDS> {
  constructor(identity: Identity, region: string) {
    super(identity, { service: 'sso-admin', region }, identity.clients.of(SSOAdminClient, region), COMMANDS);
  }

  /** The instances listed in this region; their home region may be another one. */
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

  /** The ARNs of the permission sets provisioned in an account; AWS may omit an empty list. */
  permissionSetsOf(InstanceArn: string, AccountId: string): Promise<string[]> {
    const input = { InstanceArn, AccountId, MaxResults };
    return this.list('ListPermissionSetsProvisionedToAccount', input, (answer) => answer.PermissionSets);
  }

  /** All assignments of a permission set in an account, including deleted principals. */
  assignmentsOn(InstanceArn: string, AccountId: string, PermissionSetArn: string) {
    const input = { InstanceArn, AccountId, PermissionSetArn, MaxResults };
    return this.list('ListAccountAssignments', input, listedAssignments);
  }

  /**
   * A principal's assignments, in one account or everywhere. A user's include assignments through groups, with the
   * group as the principal. Only the management account may make this call, and a deleted principal has no assignments.
   */
  assignmentsOf(InstanceArn: string, PrincipalType: PrincipalType, PrincipalId: string, accountId?: string) {
    const filter = accountId === undefined ? {} : { Filter: { AccountId: accountId } };
    const input = { InstanceArn, PrincipalType, PrincipalId, MaxResults, ...filter };
    return this.list('ListAccountAssignmentsForPrincipal', input, listedAssignments);
  }
}

/** Empty for an instance without a store yet. */
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
