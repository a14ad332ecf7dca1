import pLimit from 'p-limit';
import { type AwsFailure, isAwsFailure } from '../aws/failure.ts';
import type { SsoAdmin } from '../aws/sso-admin.ts';
import { type Finding, warning } from '../errors.ts';
import { memoAsync } from '../memo.ts';
import { quoted } from '../text.ts';
import type { Instance, PermissionSet, Provisioning } from './model.ts';
import type { RolePair, RolePairs } from './people/role-pairs.ts';

/** An instance, and the client of its home region. */
export interface OpenInstance {
  readonly instance: Instance;
  readonly admin: SsoAdmin;
  /** Of the organization's instance, the management account; null where AWS does not say. */
  readonly ownerAccountId: string | null;
}

/** A permission set to be described by its instance. */
type SetOfInstance = Pick<OpenInstance, 'instance' | 'admin'> & { readonly arn: string };

/** Calls in flight; the rate limit decides how many there are per second. */
const CONCURRENCY = 16;

/** The names of permission sets, each read once at most: they never change. */
export class SetNames {
  /** Permission sets that AWS does not find. */
  readonly lost = new Map<string, AwsFailure>();
  private readonly onFinding: (finding: Finding) => void;
  private readonly limit = pLimit(CONCURRENCY);
  private readonly names = new Map<string, string>();
  /** By name, within an instance. */
  private readonly arns = new Map<string, string>();
  private readonly readOnce = memoAsync(
    (set: SetOfInstance) => this.read(set),
    ({ arn }) => arn,
  );

  constructor(onFinding: (finding: Finding) => void) {
    this.onFinding = onFinding;
  }

  /** The name of a permission set, if it was read. */
  of(arn: string): string | undefined {
    return this.names.get(arn);
  }

  /** Those of the permission sets whose names were read. */
  among(arns: readonly string[]): PermissionSet[] {
    return arns.flatMap((arn) => {
      const name = this.names.get(arn);
      return name === undefined ? [] : { arn, name };
    });
  }

  /**
   * Reads the names that are not known yet.
   * @param isEnough ends it early; called before each call to AWS
   */
  async describe(
    arns: readonly string[],
    instanceOf: (arn: string) => OpenInstance,
    isEnough = () => false,
  ): Promise<void> {
    const describe = async (arn: string) =>
      isEnough() ? undefined : this.readOnce({ ...instanceOf(arn), arn });
    await Promise.all(arns.map((arn) => this.limit(describe, arn)));
  }

  private async read({ arn, instance, admin }: SetOfInstance): Promise<void> {
    try {
      const name = await admin.permissionSetName(instance.arn, arn);
      this.requireOneOf(name, arn, instance, admin);
      this.names.set(arn, name);
    } catch (error) {
      if (!isAwsFailure(error, 'not-found', 'invalid-request')) throw error;
      this.lost.set(arn, error);
      this.onFinding(warning('permission-set-unknown', `permission set ${arn} not found: ${error.detail}`));
    }
  }

  /** Within an instance, names are unique. */
  private requireOneOf(name: string, arn: string, instance: Instance, admin: SsoAdmin): void {
    const key = `${instance.arn} ${name}`;
    const other = this.arns.get(key) ?? arn;
    this.arns.set(key, arn);
    if (other === arn) return;
    throw admin.contradiction('DescribePermissionSet', `${other} and ${arn} are both called ${quoted(name)}`);
  }
}

/** The organization's instance with the ARNs of all its permission sets. */
export type OrganizationInstance = OpenInstance & { readonly arns: readonly string[] };

/** The permission sets of the organization's instance, whose names are read as far as they are needed. */
export class OrganizationSets implements OrganizationInstance {
  readonly instance: Instance;
  readonly admin: SsoAdmin;
  readonly ownerAccountId: string | null;
  readonly arns: readonly string[];
  private readonly names: SetNames;
  private readonly all: ReadonlySet<string>;

  constructor({ instance, admin, ownerAccountId, arns }: OrganizationInstance, names: SetNames) {
    this.instance = instance;
    this.admin = admin;
    this.ownerAccountId = ownerAccountId;
    this.arns = arns;
    this.names = names;
    this.all = new Set(arns);
  }

  /** Those whose names were read. */
  named(): PermissionSet[] {
    return this.names.among(this.arns);
  }

  /** Reads the names of these permission sets. */
  async describe(arns: readonly string[], isEnough?: () => boolean): Promise<void> {
    await this.names.describe(arns, () => this, isEnough);
  }

  /**
   * Reads the names of all. Permission sets may be deleted meanwhile: then they are listed once more.
   * @throws AwsFailure `contradiction` for one that is still listed, and was not found
   */
  async describeAll(isEnough?: () => boolean): Promise<void> {
    await this.describe(this.arns, isEnough);
    const lost = this.arns.filter((arn) => this.names.lost.has(arn));
    if (lost.length === 0) return;
    const listedNow = new Set(await this.admin.permissionSetArns(this.instance.arn));
    const [arn = ''] = lost.filter((one) => listedNow.has(one));
    const failure = this.names.lost.get(arn);
    if (!failure) return;
    const detail = `${failure.detail} (${arn}), and ListPermissionSets still lists it`;
    throw failure.with({ kind: 'contradiction', detail });
  }

  /**
   * Reads names until those of all pairs are known, in as few calls as it takes: there is no get-by-name. Where an account lists fewer sets than
   * it has roles of (AWS leaves out a list that is empty, and so may a proxy), all sets are described.
   */
  async find(pairs: RolePairs): Promise<void> {
    let wanted: ReadonlySet<string> | undefined;
    void pairs.all.then((all) => {
      wanted = new Set(all.map(({ permissionSet }) => permissionSet));
    });
    const isEnough = () => {
      if (!wanted) return false;
      const known = new Set(this.arns.map((arn) => this.names.of(arn)));
      return [...wanted].every((name) => known.has(name));
    };
    const unknown = this.arns.length - this.named().length;
    const isDescribeAllCheaper = await pairs.until(
      ({ accounts, permissionSets }) =>
        !isListByAccountCheaper({ unknown, wanted: permissionSets, accounts }),
    );
    if (!isDescribeAllCheaper) await this.describe(await this.listedIn(await pairs.all), isEnough);
    await this.describeAll(isEnough);
    await this.requireNamesOf(await pairs.all);
  }

  /**
   * Every provisioned role is named after a permission set. One may be left over from a set that was deleted; before that is believed, the accounts of
   * such roles are asked which sets they have.
   * @throws AwsFailure `contradiction` where the list of permission sets ended too soon, or is empty
   */
  async requireNamesOf(roles: readonly RolePair[]): Promise<void> {
    const leftovers = this.leftovers(roles);
    const [lost] = leftovers;
    if (!lost) return;
    if (this.arns.length === 0)
      throw this.admin.contradiction(
        'ListPermissionSets',
        `instance ${this.instance.arn} has no permission set, and account ${lost.accountId} has the role of one called ${quoted(lost.permissionSet)}`,
      );
    await this.listedIn(leftovers);
  }

  /** The pairs of permission sets that Identity Center does not have. */
  leftovers<Pair extends RolePair>(pairs: readonly Pair[]): Pair[] {
    const names = new Set(this.named().map(({ name }) => name));
    return pairs.filter(({ permissionSet }) => !names.has(permissionSet));
  }

  /** The pairs with ARNs for names; a role whose permission set was deleted has none. */
  withArns(pairs: readonly RolePair[]): Provisioning[] {
    const arns = new Map(this.named().map(({ name, arn }) => [name, arn]));
    return pairs.flatMap(({ accountId, permissionSet }) => {
      const permissionSetArn = arns.get(permissionSet);
      return permissionSetArn === undefined ? [] : { accountId, permissionSetArn };
    });
  }

  /**
   * No account can have, and nobody be assigned, a permission set that the instance does not have.
   * @param how another answer has them in their accounts
   * @throws AwsFailure `contradiction`
   */
  requireListed(provisioned: readonly Provisioning[], how: string): void {
    const stray = provisioned.find(({ permissionSetArn }) => !this.all.has(permissionSetArn));
    if (!stray) return;
    const detail = `it ends without ${stray.permissionSetArn}, which ${how} in account ${stray.accountId}`;
    throw this.admin.contradiction('ListPermissionSets', detail);
  }

  /** Whether Identity Center knows an account; where that may not be asked, it is taken to. */
  async isKnownAccount(accountId: string): Promise<boolean> {
    try {
      await this.admin.permissionSetsOf(this.instance.arn, accountId);
    } catch (error) {
      if (isAwsFailure(error, 'not-found')) return false;
      if (!isAwsFailure(error, 'denied')) throw error;
    }
    return true;
  }

  /** The ARNs that the accounts of the pairs list; all there are where an account's list cannot be read. */
  private async listedIn(pairs: readonly RolePair[]): Promise<readonly string[]> {
    const accountIds = [...new Set(pairs.map(({ accountId }) => accountId))];
    const lists = await Promise.all(accountIds.map((id) => this.setsIn(id)));
    return lists.includes(undefined) ? this.arns : [...new Set(lists.flatMap((list) => list ?? []))];
  }

  /**
   * The permission sets that Identity Center says are provisioned in an account; undefined where that may not be asked, or it does not know the
   * account.
   * @throws AwsFailure `contradiction` for one that is not among all of the instance
   */
  private async setsIn(accountId: string): Promise<readonly string[] | undefined> {
    try {
      const arns = await this.admin.permissionSetsOf(this.instance.arn, accountId);
      const provisioned = arns.map((permissionSetArn) => ({ accountId, permissionSetArn }));
      this.requireListed(provisioned, 'ListPermissionSetsProvisionedToAccount has');
      return arns;
    } catch (error) {
      if (isAwsFailure(error, 'denied', 'not-found')) return undefined;
      throw error;
    }
  }
}

const SETS_PER_PAGE = 100;

/** Where the ARNs of permission sets that are known by name are looked for. */
interface SetSearchFacts {
  /** Permission sets in the instance whose names are not known. */
  readonly unknown: number;
  /** Different names wanted. */
  readonly wanted: number;
  /** Accounts in which they have roles. */
  readonly accounts: number;
}

/** Whether describing only the sets that the accounts list takes fewer calls than describing all. */
export function isListByAccountCheaper({ unknown, wanted, accounts }: SetSearchFacts): boolean {
  return accounts * Math.max(1, Math.ceil(wanted / SETS_PER_PAGE)) + wanted < unknown;
}
