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
import type { Account, Inventory, Role } from './model.ts';
import { Assignees } from './people/assignees.ts';
import { permissionSetOf, rolesBySet } from './provisioned-roles.ts';

/**
 * What became of the role that an ARN names.
 * - `present`: it is there.
 * - `superseded`: it is there, but Identity Center gives people a newer role of its permission set.
 * - `outside-path`: it is there, but Identity Center did not make it, though it is named as if; whoever may assume it calls as it.
 * - `re-created`: it is gone, and its permission set has another role in the account.
 * - `gone`: it is gone, and nothing took its place.
 * - `unknown`: its account was not read, or the ARN is none of a role.
 */
type RoleStatus = 'present' | 'superseded' | 'outside-path' | 're-created' | 'gone' | 'unknown';

/** What is known of the role that an ARN names. */
export interface RoleFact {
  readonly status: RoleStatus;
  /** Null for a role that Identity Center cannot have made. */
  readonly provisioned: ProvisionedRoleArn | null;
  /** The account of a provisioned role, where it is in the inventory. */
  readonly account: Account | null;
  /** The role that has the name now; null where there is none, or that is not known. */
  readonly role: Pick<Role, 'pathArn' | 'createdAt'> | null;
  /** The same role, where Identity Center made it. */
  readonly made: Role | null;
  /** The newest role of the permission set, where that is another one. */
  readonly successor: Role | null;
}

const UNKNOWN: RoleFact = {
  status: 'unknown',
  provisioned: null,
  account: null,
  role: null,
  made: null,
  successor: null,
};

/** What an inventory knows of any role that an ARN names: whether it is there, re-created, gone, or not known. */
export class RoleFacts {
  /** The facts of an inventory, gathered once. */
  static readonly of = memo((inventory: Inventory) => new RoleFacts(inventory));

  private readonly inventory: Inventory;
  private readonly accounts = once(
    () => new Map(this.inventory.accounts.map((account) => [account.id, account])),
  );
  private readonly roles = once(
    () => new Map(this.inventory.roles.map((role) => [callerKey(role.roleArn), role])),
  );
  private readonly others = once(
    () => new Map(this.inventory.otherRoles?.map(({ arn, role }) => [roleArnKey(arn), role])),
  );
  private readonly bySet = once(() => rolesBySet(this.inventory.roles));
  /** The names of all permission sets that are known, by what differs by case alone. */
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

  /** The roles of each permission set in each account, the newest first. */
  get sets(): readonly (readonly Role[])[] {
    return [...this.bySet().values()];
  }

  /** @param arn of a principal of an access entry, with its path: with another one than Identity Center's it is none of its roles */
  aboutPrincipal(arn: string): RoleFact {
    const parsed = parseArn(arn);
    return parsed && permissionSetOf(parsed) !== undefined ? this.about(arn) : this.aboutOther(arn);
  }

  /** @param arn of a role by its name, in any case, whatever its path: aws-auth has roles without it */
  about(arn: string): RoleFact {
    const provisioned = parseProvisionedRoleArn(arn);
    if (!provisioned) return this.aboutOther(arn);
    const account = this.accounts().get(provisioned.accountId) ?? null;
    const made = this.roles().get(callerKey(provisioned.roleArn)) ?? null;
    const newest = this.newestOf(provisioned);
    const successor = newest === made || !account?.rolesRead ? null : newest;
    const base = { provisioned, account, role: made, made, successor };
    if (made) return { ...base, status: successor ? 'superseded' : 'present' };
    const other = this.others().get(roleArnKey(arn));
    if (other) return { ...base, role: other, status: 'outside-path' };
    if (!account?.rolesRead) return { ...base, status: 'unknown' };
    return { ...base, status: successor ? 're-created' : 'gone' };
  }

  /** Whether the roles of an account were read. */
  isRead(accountId: string): boolean {
    return this.accounts().get(accountId)?.rolesRead === true;
  }

  /** Whether it is known that nobody has a role: nobody who exists is assigned its permission set, or its account is closed. */
  isUnused({ made, account }: RoleFact): boolean {
    if (!made) return false;
    if (account?.state && account.state !== 'ACTIVE') return true;
    const assignees = Assignees.of(this.inventory);
    if (!assignees.areKnown(made.accountId, made.permissionSet)) return false;
    return assignees.of(made.accountId, made.permissionSet).every(({ name }) => name === null);
  }

  /** The newest role of a permission set in an account; undefined where there is none. */
  newestIn(accountId: string, permissionSet: string): Role | undefined {
    return this.bySet().get(setKey({ accountId, permissionSet }))?.[0];
  }

  /** The newest role of the permission set that a role is of; null where the account has none. */
  newestOf(role: ProvisionedRoleArn): Role | null {
    const made = this.roles().get(callerKey(role.roleArn));
    // IAM has the name as it is, however an entry writes it.
    const [newest] = made ? this.ofSet({ ...role, ...made }) : this.ofSet(role);
    return newest ?? null;
  }

  /**
   * The roles of a permission set in an account, the newest first. The name of a set is compared as it is. Where all of an ARN is written in another
   * case, no name is its own: then it is that of the one set that differs by case alone, unless more sets do, there or elsewhere.
   */
  private ofSet(role: ProvisionedRoleArn): readonly Role[] {
    const names = hasOwnCase(role) ? [role.permissionSet] : this.setNames().get(foldKey(role.permissionSet));
    const [permissionSet, ...others] = names ?? [];
    if (permissionSet === undefined || others.length > 0) return [];
    return this.bySet().get(setKey({ ...role, permissionSet })) ?? [];
  }

  /** Equal for two roles of one permission set in one account of a partition, whatever their suffixes. */
  setKeyOf(role: ProvisionedRoleArn): string {
    return `${role.partition} ${setKey(this.newestOf(role) ?? role)}`;
  }

  /** Those of the ARNs that are of roles of Identity Center that an account no longer has. */
  goneAmong(arns: readonly string[]): string[] {
    return [...new Set(arns)].filter((arn) => {
      const { status, provisioned } = this.about(arn);
      return provisioned !== null && (status === 're-created' || status === 'gone');
    });
  }

  private aboutOther(arn: string): RoleFact {
    const role = parseRoleArn(arn) ? this.others().get(roleArnKey(arn)) : undefined;
    if (role === undefined) return UNKNOWN;
    return { ...UNKNOWN, role, status: role ? 'present' : 'gone' };
  }
}

/**
 * Whether an inventory is recent enough to conclude from it that a role is gone.
 * @param maxAge milliseconds
 */
export function isFresh({ capturedAt }: Pick<Inventory, 'capturedAt'>, maxAge: number): boolean {
  return Date.now() - Date.parse(capturedAt) <= maxAge;
}
