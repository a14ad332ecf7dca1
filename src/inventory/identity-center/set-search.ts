import { AwsFailure } from '../../aws/failure.ts';
import type { Provisioning } from '../model.ts';
import { isListByAccountCheaper } from '../people/assignment-plan.ts';
import type { RolePair, RolePairs } from '../people/role-pairs.ts';
import type { IdentityCenter } from './identity-center.ts';
import type { OrganizationInstance } from './instance.ts';

/** Finds the permission sets of roles: a role tells the name, assignments know the ARN. */
export class SetSearch {
  private readonly identityCenter: IdentityCenter;
  private readonly place: OrganizationInstance;
  private readonly pairs: RolePairs;

  constructor(identityCenter: IdentityCenter, place: OrganizationInstance, pairs: RolePairs) {
    this.identityCenter = identityCenter;
    this.place = place;
    this.pairs = pairs;
  }

  /**
   * Learns names until those of all pairs are known, in as few calls as it takes. Where an account lists less than its roles stand for
   * (AWS leaves out a list that is empty, and so may whatever stands between), every set there is gets a name.
   */
  async run(): Promise<void> {
    const unknown = this.unknown(this.place.arns).length;
    const isAll = await this.pairs.until(
      ({ accounts, permissionSets }) =>
        !isListByAccountCheaper({ unknown, wanted: permissionSets, accounts }),
    );
    if (!isAll) await this.learn(await this.listedIn(await this.pairs.all));
    await this.learn(this.place.arns);
  }

  /** Learns the names of these permission sets. */
  async describe(arns: readonly string[]): Promise<void> {
    await this.identityCenter.describe(arns, () => this.place);
  }

  nameOf(arn: string): string | undefined {
    return this.identityCenter.names.get(arn);
  }

  /** The pairs with ARNs for names; a role whose permission set was deleted has none. */
  withArns(pairs: readonly RolePair[]): Provisioning[] {
    const arns = new Map(this.place.arns.map((arn) => [this.nameOf(arn), arn]));
    return pairs.flatMap(({ accountId, permissionSet }) => {
      const permissionSetArn = arns.get(permissionSet);
      return permissionSetArn === undefined ? [] : { accountId, permissionSetArn };
    });
  }

  private unknown(arns: readonly string[]): string[] {
    return arns.filter((arn) => this.nameOf(arn) === undefined);
  }

  private async learn(arns: readonly string[]): Promise<void> {
    let wanted: ReadonlySet<string> | undefined;
    void this.pairs.all.then((all) => {
      wanted = new Set(all.map(({ permissionSet }) => permissionSet));
    });
    const isEnough = () => {
      const known = new Set(this.place.arns.map((arn) => this.nameOf(arn)));
      return wanted !== undefined && [...wanted].every((name) => known.has(name));
    };
    await this.identityCenter.describe(arns, () => this.place, isEnough);
  }

  /** The ARNs that the accounts list; all there are where an account is not told. */
  private async listedIn(pairs: readonly RolePair[]): Promise<readonly string[]> {
    const { admin, instance, arns } = this.place;
    const accountIds = [...new Set(pairs.map(({ accountId }) => accountId))];
    try {
      const lists = await Promise.all(accountIds.map((id) => admin.permissionSetsOf(instance.arn, id)));
      return [...new Set(lists.flat())];
    } catch (error) {
      if (error instanceof AwsFailure && (error.kind === 'denied' || error.kind === 'not-found')) return arns;
      throw error;
    }
  }
}
