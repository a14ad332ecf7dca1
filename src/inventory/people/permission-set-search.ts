import { isAwsFailure } from '../../aws/failure.ts';
import type { IdentityCenter, OrganizationInstance } from '../identity-center.ts';
import type { Provisioning } from '../model.ts';
import { isListByAccountCheaper } from './call-cost.ts';
import type { RolePair, RolePairs } from './role-pairs.ts';

/** Finds the ARNs of the permission sets of roles: a role has only the name, and Identity Center has no get-by-name. */
export class PermissionSetSearch {
  private readonly identityCenter: IdentityCenter;
  private readonly organization: OrganizationInstance;
  private readonly pairs: RolePairs;

  constructor(identityCenter: IdentityCenter, organization: OrganizationInstance, pairs: RolePairs) {
    this.identityCenter = identityCenter;
    this.organization = organization;
    this.pairs = pairs;
  }

  /**
   * Reads names until those of all pairs are known, in as few calls as it takes. Where an account lists fewer sets than
   * it has roles of (AWS leaves out a list that is empty, and so may a proxy), all sets are described.
   */
  async run(): Promise<void> {
    const { arns } = this.organization;
    const unknown = arns.filter((arn) => this.identityCenter.nameOf(arn) === undefined).length;
    const isDescribeAllCheaper = await this.pairs.until(
      ({ accounts, permissionSets }) =>
        !isListByAccountCheaper({ unknown, wanted: permissionSets, accounts }),
    );
    if (!isDescribeAllCheaper) await this.describeUntilFound(await this.listedIn(await this.pairs.all));
    await this.describeUntilFound(arns);
  }

  /** Reads the names of these permission sets. */
  async describe(arns: readonly string[]): Promise<void> {
    await this.identityCenter.describe(arns, () => this.organization);
  }

  /** The pairs with ARNs for names; a role whose permission set was deleted has none. */
  withArns(pairs: readonly RolePair[]): Provisioning[] {
    const arns = new Map(this.organization.arns.map((arn) => [this.identityCenter.nameOf(arn), arn]));
    return pairs.flatMap(({ accountId, permissionSet }) => {
      const permissionSetArn = arns.get(permissionSet);
      return permissionSetArn === undefined ? [] : { accountId, permissionSetArn };
    });
  }

  private async describeUntilFound(arns: readonly string[]): Promise<void> {
    let wanted: ReadonlySet<string> | undefined;
    void this.pairs.all.then((all) => {
      wanted = new Set(all.map(({ permissionSet }) => permissionSet));
    });
    const isEnough = () => {
      if (!wanted) return false;
      const known = new Set(this.organization.arns.map((arn) => this.identityCenter.nameOf(arn)));
      return [...wanted].every((name) => known.has(name));
    };
    await this.identityCenter.describe(arns, () => this.organization, isEnough);
  }

  /** The ARNs that the accounts list; all there are where an account's list cannot be read. */
  private async listedIn(pairs: readonly RolePair[]): Promise<readonly string[]> {
    const { admin, instance, arns } = this.organization;
    const accountIds = [...new Set(pairs.map(({ accountId }) => accountId))];
    try {
      const lists = await Promise.all(accountIds.map((id) => admin.permissionSetsOf(instance.arn, id)));
      return [...new Set(lists.flat())];
    } catch (error) {
      if (isAwsFailure(error, 'denied', 'not-found')) return arns;
      throw error;
    }
  }
}
