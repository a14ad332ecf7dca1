import { type AwsFailure, isAwsFailure } from '../../aws/failure.ts';
import type { SsoAdmin } from '../../aws/sso-admin.ts';
import type { Finding } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { listed, quoted } from '../../text.ts';
import { type IdentityCenter, type OrganizationInstance, requireSets, setsIn } from '../identity-center.ts';
import type { Provisioning, Role } from '../model.ts';
import { isListByAccountCheaper } from './call-cost.ts';

/** A permission set, by name, that has a role in an account. */
export type RolePair = Pick<Role, 'accountId' | 'permissionSet'>;

interface PairCounts {
  readonly pairs: number;
  readonly accounts: number;
  readonly permissionSets: number;
}

interface Waiting {
  readonly isMet: (counts: PairCounts) => boolean;
  readonly resolve: (isMet: boolean) => void;
}

/** The distinct pairs of the roles, while these are still being read. */
export class RolePairs {
  /** All of them, once no more can come. */
  readonly all: Promise<readonly RolePair[]>;
  private readonly pairs = new Map<string, RolePair>();
  private readonly accounts = new Set<string>();
  private readonly permissionSets = new Set<string>();
  private waiting: readonly Waiting[] = [];
  private isComplete = false;
  private resolveAll: (pairs: readonly RolePair[]) => void = () => {};

  constructor() {
    this.all = new Promise((resolve) => {
      this.resolveAll = resolve;
    });
  }

  get counts(): PairCounts {
    const [pairs, accounts, sets] = [this.pairs, this.accounts, this.permissionSets];
    return { pairs: pairs.size, accounts: accounts.size, permissionSets: sets.size };
  }

  add(roles: readonly Role[]): void {
    for (const { accountId, permissionSet } of roles) {
      this.pairs.set(`${accountId}/${permissionSet}`, { accountId, permissionSet });
      this.accounts.add(accountId);
      this.permissionSets.add(permissionSet);
    }
    this.resolveWaiting();
  }

  /** Whether an account has a role, as far as is known yet. */
  hasAccount(accountId: string): boolean {
    return this.accounts.has(accountId);
  }

  /** Says that no more will come. */
  complete(): void {
    this.isComplete = true;
    this.resolveWaiting();
    this.resolveAll([...this.pairs.values()]);
  }

  /** True as soon as the counts, which only grow, meet the condition; false once all are known and they do not. */
  until(isMet: (counts: PairCounts) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting = [...this.waiting, { isMet, resolve }];
      this.resolveWaiting();
    });
  }

  /** Whether there are so many pairs, as soon as that is known. */
  reach(count: number): Promise<boolean> {
    return this.until(({ pairs }) => pairs >= count);
  }

  /** Whether there may yet be so many pairs. */
  mayReach(count: number): boolean {
    return !this.isComplete || this.pairs.size >= count;
  }

  private resolveWaiting(): void {
    const { counts } = this;
    this.waiting = this.waiting.filter(({ isMet, resolve }) => {
      const isDone = isMet(counts);
      if (isDone || this.isComplete) resolve(isDone);
      return !isDone && !this.isComplete;
    });
  }
}

/** Warns of roles that outlived their permission sets: one finding for each set. */
export function leftoverWarnings(pairs: readonly RolePair[]): Finding[] {
  return [...groupBy(pairs, ({ permissionSet }) => permissionSet)].map(([name, ofSet]) => ({
    severity: 'warning',
    code: 'permission-set-gone',
    message: `Identity Center has no permission set ${quoted(name)}, but its role exists in account ${listed(ofSet.map(({ accountId }) => accountId))}: who is assigned it is not known`,
  }));
}

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
    await this.identityCenter.requireDescribed(this.organization);
    await requireSets(this.organization, this.identityCenter, await this.pairs.all);
  }

  /** The pairs of permission sets that Identity Center does not have. */
  leftovers(pairs: readonly RolePair[]): RolePair[] {
    const names = new Set(this.identityCenter.named(this.organization.arns).map(({ name }) => name));
    return pairs.filter(({ permissionSet }) => !names.has(permissionSet));
  }

  /** What two answers of Identity Center say, where both cannot be true. */
  contradiction(...problem: Parameters<SsoAdmin['contradiction']>): AwsFailure {
    return this.organization.admin.contradiction(...problem);
  }

  /** Whether Identity Center knows an account; where that may not be asked, it is taken to. */
  async isKnownAccount(accountId: string): Promise<boolean> {
    const { admin, instance } = this.organization;
    try {
      await admin.permissionSetsOf(instance.arn, accountId);
    } catch (error) {
      if (isAwsFailure(error, 'not-found')) return false;
      if (!isAwsFailure(error, 'denied')) throw error;
    }
    return true;
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
    const accountIds = [...new Set(pairs.map(({ accountId }) => accountId))];
    const lists = await Promise.all(accountIds.map((id) => setsIn(this.organization, id)));
    if (lists.some((list) => list === undefined)) return this.organization.arns;
    return [...new Set(lists.flatMap((list) => list ?? []))];
  }
}
