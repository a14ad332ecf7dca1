import { parseArn } from '../arn.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import {
  hasOwnCase,
  type ProvisionedRoleArn,
  parseProvisionedRoleArn,
  parseRoleArn,
  setKey,
} from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import { Assignees } from './assignees.ts';
import type { Account, Inventory, Role } from './model.ts';
import { permissionSetOf, rolesBySet } from './provisioned-roles.ts';
import { ReadTime } from './read-time.ts';

/** Everything known about the role that an ARN names. */
export interface RoleFact {
  /**
   * - `present`: it exists.
   * - `superseded`: it exists, but Identity Center assigns people a newer role of its permission set.
   * - `outside-path`: it exists, but Identity Center did not create it, despite its name; the caller may be anyone
   *   who can assume it.
   * - `re-created`: it is gone, and its permission set has another role in the account.
   * - `gone`: it is gone without a replacement.
   * - `unknown`: its account was not read, it is in another partition, or the ARN isn't a role's.
   */
  readonly status: 'present' | 'superseded' | 'outside-path' | 're-created' | 'gone' | 'unknown';
  /** Null for a role that Identity Center can't have created. */
  readonly provisioned: ProvisionedRoleArn | null;
  /** A provisioned role's account, if it is in the inventory. */
  readonly account: Account | null;
  /** The role that has the name now; null if missing or unknown. */
  readonly role: Pick<Role, 'pathArn' | 'createdAt'> | null;
  /** The same role, if Identity Center created it. */
  readonly made: Role | null;
  /** The permission set's newest role, if it is another one. */
  readonly successor: Role | null;
  /** True if account access manager can assign the role to people, whose assignments aren't read. */
  readonly hasAccountAccess: boolean;
  /** When all of this was read. */
  readonly readTime: ReadTime;
}

const UNKNOWN = {
  status: 'unknown',
  provisioned: null,
  account: null,
  role: null,
  made: null,
  successor: null,
  hasAccountAccess: false,
} as const;

/** Looks up any role ARN in an inventory: present, re-created, gone or unknown. */
export class RoleFacts {
  /** An inventory's facts, computed once. */
  static readonly of = memo((inventory: Inventory) => new RoleFacts(inventory));

  private readonly inventory: Inventory;
  private readonly accounts = once(
    () => new Map(this.inventory.accounts.map((account) => [account.id, account])),
  );
  private readonly roles = once(
    () => new Map(this.inventory.roles.map((role) => [callerKey(role.roleArn), role])),
  );
  private readonly others = once(
    () => new Map(this.inventory.otherRoles?.map((other) => [roleArnKey(other.arn), other])),
  );
  private readonly bySet = once(() => rolesBySet(this.inventory.roles));
  /** All known permission set names, grouped by folded case. */
  private readonly setNames = once(() => {
    const { permissionSets, roles } = this.inventory;
    const names = [
      ...(permissionSets ?? []).map(({ name }) => name),
      ...roles.map((role) => role.permissionSet),
    ];
    return groupBy(new Set(names), foldKey);
  });

  private constructor(inventory: Inventory) {
    this.inventory = inventory;
  }

  get partition(): string {
    return this.inventory.partition;
  }

  /** The roles of each permission set in each account, newest first. */
  get sets(): readonly (readonly Role[])[] {
    return [...this.bySet().values()];
  }

  /**
   * @param arn an access entry's principal, with its path: on another path than Identity Center's, it isn't Identity
   *   Center's role
   */
  aboutPrincipal(arn: string): RoleFact {
    const parsed = parseArn(arn);
    return parsed && permissionSetOf(parsed) !== undefined ? this.about(arn) : this.aboutOther(arn);
  }

  /** @param arn a role's ARN in any case, with any path: aws-auth has ARNs without it */
  about(arn: string): RoleFact {
    const provisioned = parseProvisionedRoleArn(arn);
    if (!provisioned) return this.aboutOther(arn);
    // Account IDs say nothing about another partition.
    const isKnown = provisioned.partition === this.partition;
    const account = (isKnown && this.accounts().get(provisioned.accountId)) || null;
    const made = this.roles().get(callerKey(provisioned.roleArn)) ?? null;
    const newest = this.newestOf(provisioned);
    const successor = newest === made || !account?.rolesRead ? null : newest;
    const readTime = this.readTimeIn(provisioned.accountId);
    const other = this.others().get(roleArnKey(arn));
    const hasAccountAccess = other?.role?.accountAccess === true;
    const base = { provisioned, account, role: made, made, successor, hasAccountAccess, readTime };
    if (made) return { ...base, status: successor ? 'superseded' : 'present' };
    if (other?.role)
      return { ...base, role: other.role, status: 'outside-path', readTime: ReadTime.of(other) };
    if (!account?.rolesRead) return { ...base, status: 'unknown' };
    return { ...base, status: successor ? 're-created' : 'gone' };
  }

  /** When an account was read; without an account, when the oldest of several snapshots was taken. */
  readTimeIn(accountId?: string): ReadTime {
    return ReadTime.of(this.accounts().get(accountId ?? '') ?? this.inventory);
  }

  /** True if the account's roles were read. */
  isRead(accountId: string): boolean {
    return this.accounts().get(accountId)?.rolesRead === true;
  }

  /**
   * True if nobody seems to be assigned the role: no existing principal is assigned its permission set, a newer role of
   * the set replaced it, or its account is closed.
   */
  isUnused({ made, account, status }: RoleFact): boolean {
    if (!made) return false;
    if (status === 'superseded') return true;
    if (account?.state && account.state !== 'ACTIVE') return true;
    const assignees = Assignees.of(this.inventory);
    if (!assignees.areKnown(made.accountId, made.permissionSet)) return false;
    return assignees.of(made.accountId, made.permissionSet).every(({ name }) => name === null);
  }

  /** The newest role of a permission set in an account; undefined if it has none. */
  newestIn(accountId: string, permissionSet: string): Role | undefined {
    return this.bySet().get(setKey({ accountId, permissionSet }))?.[0];
  }

  /** The newest role of a role's permission set; null if the account has none. */
  newestOf(role: ProvisionedRoleArn): Role | null {
    const made = this.roles().get(callerKey(role.roleArn));
    // IAM has the exact case, whatever an entry's case.
    const [newest] = made ? this.ofSet({ ...role, ...made }) : this.ofSet(role);
    return newest ?? null;
  }

  /**
   * The roles of a permission set in an account, newest first. Set names are case-sensitive. If the whole ARN is in
   * another case, the name counts as the only known set name that matches regardless of case; with several matches, in
   * any account, there is no result.
   */
  private ofSet(role: ProvisionedRoleArn): readonly Role[] {
    const names = hasOwnCase(role) ? [role.permissionSet] : this.setNames().get(foldKey(role.permissionSet));
    const [permissionSet, ...others] = names ?? [];
    if (permissionSet === undefined || others.length > 0) return [];
    return this.bySet().get(setKey({ ...role, permissionSet })) ?? [];
  }

  /** Key that is equal for all roles of one permission set in one account and partition, whatever their suffixes. */
  setKeyOf(role: ProvisionedRoleArn): string {
    return `${role.partition} ${setKey(this.newestOf(role) ?? role)}`;
  }

  /** Filters the ARNs of Identity Center roles that no longer exist, unless roles of their names were looked up. */
  goneAmong(arns: readonly string[]): string[] {
    return [...new Set(arns)].filter((arn) => {
      const { status, provisioned } = this.about(arn);
      const isGone = provisioned !== null && (status === 're-created' || status === 'gone');
      return isGone && !this.others().has(roleArnKey(arn));
    });
  }

  private aboutOther(arn: string): RoleFact {
    const other = parseRoleArn(arn) ? this.others().get(roleArnKey(arn)) : undefined;
    if (!other) return { ...UNKNOWN, readTime: ReadTime.of(this.inventory) };
    const { role } = other;
    return {
      ...UNKNOWN,
      role,
      status: role ? 'present' : 'gone',
      hasAccountAccess: role?.accountAccess === true,
      readTime: ReadTime.of(other),
    };
  }
}
