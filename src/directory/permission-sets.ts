import pLimit from 'p-limit';
import { type AwsFailure, isAwsFailure } from '../aws/failure.ts';
import type { SsoAdmin } from '../aws/sso-admin.ts';
import { type Finding, warning } from '../errors.ts';
import { memoAsync } from '../memo.ts';
import { quoted } from '../text.ts';
import type { Instance, PermissionSet, Provisioning } from './model.ts';
import type { RolePair, RolePairs } from './role-pairs.ts';

/** An instance with its home region's client. */
export interface OpenInstance {
  readonly instance: Instance;
  readonly admin: SsoAdmin;
  /** For the organization's instance, the management account; null if AWS doesn't say. */
  readonly ownerAccountId: string | null;
}

/** A permission set to describe, with its instance. */
type SetOfInstance = Pick<OpenInstance, 'instance' | 'admin'> & { readonly arn: string };

/** Calls in flight; the rate limit decides the number per second. */
const CONCURRENCY = 16;

/** Permission set names, each read at most once: they never change. */
export class SetNames {
  /** Permission sets that AWS doesn't find. */
  readonly lost = new Map<string, AwsFailure>();
  private readonly onFinding: (finding: Finding) => void;
  private readonly onProgress: (done: number, total: number) => void;
  private readonly limit = pLimit(CONCURRENCY);
  private readonly names = new Map<string, string>();
  /** ARNs by instance and name. */
  private readonly arns = new Map<string, string>();
  private readonly readOnce = memoAsync(
    (set: SetOfInstance) => this.read(set),
    ({ arn }) => arn,
  );

  /** @param onProgress receives the number of names that were read, and how many are to be */
  constructor(onFinding: (finding: Finding) => void, onProgress: (done: number, total: number) => void) {
    this.onFinding = onFinding;
    this.onProgress = onProgress;
  }

  /** A permission set's name, if it was read. */
  of(arn: string): string | undefined {
    return this.names.get(arn);
  }

  /** The permission sets whose names were read. */
  among(arns: readonly string[]): PermissionSet[] {
    return arns.flatMap((arn) => {
      const name = this.names.get(arn);
      return name === undefined ? [] : { arn, name };
    });
  }

  /**
   * Reads the names that are still unknown.
   * @param isEnough stops early; called before each call to AWS
   */
  async describe(
    arns: readonly string[],
    instanceOf: (arn: string) => OpenInstance,
    isEnough = () => false,
  ): Promise<void> {
    const unread = arns.filter((arn) => !this.names.has(arn));
    let done = 0;
    const describe = async (arn: string) => {
      if (!isEnough()) await this.readOnce({ ...instanceOf(arn), arn });
      done += 1;
      this.onProgress(done, unread.length);
    };
    await Promise.all(unread.map((arn) => this.limit(describe, arn)));
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

  /** Throws a `contradiction` for a repeated name: names are unique within an instance. */
  private requireOneOf(name: string, arn: string, instance: Instance, admin: SsoAdmin): void {
    const key = `${instance.arn} ${name}`;
    const other = this.arns.get(key) ?? arn;
    this.arns.set(key, arn);
    if (other === arn) return;
    throw admin.contradiction('DescribePermissionSet', `${other} and ${arn} are both named ${quoted(name)}`);
  }
}

/** The organization's instance with the ARNs of all its permission sets. */
export type OrganizationInstance = OpenInstance & { readonly arns: readonly string[] };

/** The permission sets of the organization's instance; names are read as needed. */
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

  /** The permission sets whose names were read. */
  named(): PermissionSet[] {
    return this.names.among(this.arns);
  }

  /** Reads the names of these permission sets. */
  async describe(arns: readonly string[], isEnough?: () => boolean): Promise<void> {
    await this.names.describe(arns, () => this, isEnough);
  }

  /**
   * Reads all names. If permission sets are deleted meanwhile, they are listed once more.
   * @throws AwsFailure `contradiction` for a set that is still listed but was not found
   */
  async describeAll(isEnough?: () => boolean): Promise<void> {
    await this.describe(this.arns, isEnough);
    const lost = this.arns.filter((arn) => this.names.lost.has(arn));
    if (lost.length === 0) return;
    const listedNow = new Set(await this.admin.permissionSetArns(this.instance.arn));
    const [arn = ''] = lost.filter((one) => listedNow.has(one));
    const failure = this.names.lost.get(arn);
    if (!failure) return;
    const detail = `${failure.detail} (${arn}), but ListPermissionSets still lists it`;
    throw failure.with({ kind: 'contradiction', detail });
  }

  /**
   * Reads names until these are found, or all are read. The API has no lookup by name.
   * @returns undefined if the names are all known or certainly missing; otherwise why that is unknown
   */
  async search(names: readonly string[]): Promise<string | undefined> {
    const isFound = () => {
      const known = new Set(this.named().map(({ name }) => name));
      return names.every((name) => known.has(name));
    };
    const unread = this.arns.filter((arn) => this.names.of(arn) === undefined);
    if (unread.length <= MOST_SEARCHED) {
      await this.describeAll(isFound);
      return undefined;
    }
    await this.describe(unread.slice(0, MOST_SEARCHED), isFound);
    if (isFound()) return undefined;
    return `Identity Center has ${this.arns.length} permission sets, but only ${this.named().length} of their names were read`;
  }

  /**
   * Reads names until all pairs' names are known, in as few calls as possible: the API has no lookup by name. If an
   * account lists fewer sets than it has roles (AWS omits an empty list, and so may a proxy), all sets are described.
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
   * Checks that every provisioned role's permission set exists. A role can be left over from a deleted set; to be sure,
   * this reads which sets the accounts of such roles list.
   * @throws AwsFailure `contradiction` if the list of permission sets was cut short, or is empty
   */
  async requireNamesOf(roles: readonly RolePair[]): Promise<void> {
    const leftovers = this.leftovers(roles);
    const [lost] = leftovers;
    if (!lost) return;
    if (this.arns.length === 0)
      throw this.admin.contradiction(
        'ListPermissionSets',
        `instance ${this.instance.arn} has no permission sets, but account ${lost.accountId} has the role of permission set ${quoted(lost.permissionSet)}`,
      );
    await this.listedIn(leftovers);
  }

  /** The pairs whose permission set Identity Center doesn't have. */
  leftovers<Pair extends RolePair>(pairs: readonly Pair[]): Pair[] {
    const names = new Set(this.named().map(({ name }) => name));
    return pairs.filter(({ permissionSet }) => !names.has(permissionSet));
  }

  /** The pairs with ARNs instead of names, without roles of deleted permission sets. */
  withArns(pairs: readonly RolePair[]): Provisioning[] {
    const arns = new Map(this.named().map(({ name, arn }) => [name, arn]));
    return pairs.flatMap(({ accountId, permissionSet }) => {
      const permissionSetArn = arns.get(permissionSet);
      return permissionSetArn === undefined ? [] : { accountId, permissionSetArn };
    });
  }

  /**
   * Checks that every permission set that is provisioned or assigned is in the instance's list.
   * @param how the other answer's claim, for the message
   * @throws AwsFailure `contradiction`
   */
  requireListed(provisioned: readonly Provisioning[], how: string): void {
    const stray = provisioned.find(({ permissionSetArn }) => !this.all.has(permissionSetArn));
    if (!stray) return;
    const detail = `the list is missing ${stray.permissionSetArn}, which ${how} in account ${stray.accountId}`;
    throw this.admin.contradiction('ListPermissionSets', detail);
  }

  /** True if Identity Center knows an account, or the call is denied. */
  async isKnownAccount(accountId: string): Promise<boolean> {
    try {
      await this.admin.permissionSetsOf(this.instance.arn, accountId);
    } catch (error) {
      if (isAwsFailure(error, 'not-found')) return false;
      if (!isAwsFailure(error, 'denied')) throw error;
    }
    return true;
  }

  /** The ARNs that the pairs' accounts list; all ARNs if an account's list can't be read. */
  private async listedIn(pairs: readonly RolePair[]): Promise<readonly string[]> {
    const accountIds = [...new Set(pairs.map(({ accountId }) => accountId))];
    const lists = await Promise.all(accountIds.map((id) => this.setsIn(id)));
    return lists.includes(undefined) ? this.arns : [...new Set(lists.flatMap((list) => list ?? []))];
  }

  /**
   * The permission sets provisioned in an account; undefined if the call is denied or Identity Center doesn't know the
   * account.
   * @throws AwsFailure `contradiction` for a set that isn't in the instance's list
   */
  private async setsIn(accountId: string): Promise<readonly string[] | undefined> {
    try {
      const arns = await this.admin.permissionSetsOf(this.instance.arn, accountId);
      const provisioned = arns.map((permissionSetArn) => ({ accountId, permissionSetArn }));
      this.requireListed(provisioned, 'ListPermissionSetsProvisionedToAccount lists');
      return arns;
    } catch (error) {
      if (isAwsFailure(error, 'denied', 'not-found')) return undefined;
      throw error;
    }
  }
}

/** Names to read only to explain a mistake: at 20 per second, this takes 20 seconds. */
const MOST_SEARCHED = 400;

const SETS_PER_PAGE = 100;

/**
 * True if describing only the accounts' listed sets takes fewer calls than describing all.
 * @param facts.unknown permission sets in the instance with unknown names
 * @param facts.wanted different names wanted
 * @param facts.accounts accounts with roles of these sets
 */
export function isListByAccountCheaper({
  unknown,
  wanted,
  accounts,
}: Readonly<Record<'unknown' | 'wanted' | 'accounts', number>>): boolean {
  return accounts * Math.max(1, Math.ceil(wanted / SETS_PER_PAGE)) + wanted < unknown;
}
