import { parseArn } from '../arn.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import {
  hasOwnCase,
  type ProvisionedRoleArn,
  parseProvisionedRoleArn,
  parseRoleArn,
  roleArnKey,
  roleKey,
  setKey,
} from '../role-name.ts';
import type { Account, Inventory, OtherRole, Role } from './model.ts';
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

/** Finds the roles of the permission set that the ARN of a role names, the newest first. */
type SetFinder = (role: ProvisionedRoleArn) => readonly Role[];

/**
 * The name of a set is compared as it is. Where all of an ARN is written in another case, no name is its own: then it is that of the one set of
 * the account that differs by case alone, unless more sets do, there or elsewhere.
 * @param setNames all permission sets that are known
 */
function setFinder(roles: readonly Role[], setNames: readonly string[]): SetFinder {
  const bySet = rolesBySet(roles);
  const names = new Set([...setNames, ...roles.map(({ permissionSet }) => permissionSet)]);
  const folded = groupBy(names, foldKey);
  return (role) => {
    if (hasOwnCase(role)) return bySet.get(setKey(role)) ?? [];
    const [only, ...others] = folded.get(foldKey(role.permissionSet)) ?? [];
    if (only === undefined || others.length > 0) return [];
    return bySet.get(setKey({ ...role, permissionSet: only })) ?? [];
  };
}

/** What an inventory knows of any role that an ARN names: whether it is there, re-created, gone, or not known. */
export class RoleFacts {
  readonly partition: string;
  private readonly accounts: ReadonlyMap<string, Account>;
  private readonly roles: ReadonlyMap<string, Role>;
  private readonly others: ReadonlyMap<string, OtherRole['role']>;
  private readonly ofSet: SetFinder;

  private readonly inventory: Inventory;
  private assignees: Assignees | undefined;

  private constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.partition = inventory.partition;
    this.accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
    this.roles = new Map(inventory.roles.map((role) => [roleKey(role), role]));
    this.others = new Map(inventory.otherRoles?.map(({ arn, role }) => [roleArnKey(arn), role]));
    const sets = inventory.permissionSets?.map(({ name }) => name) ?? [];
    this.ofSet = setFinder(inventory.roles, sets);
  }

  /** The facts of an inventory, gathered once. */
  static of(inventory: Inventory): RoleFacts {
    const facts = FACTS.get(inventory) ?? new RoleFacts(inventory);
    FACTS.set(inventory, facts);
    return facts;
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
    const account = this.accounts.get(provisioned.accountId) ?? null;
    const made = this.roles.get(roleKey(provisioned)) ?? null;
    const newest = this.newestOf(provisioned);
    const successor = newest === made || !account?.rolesRead ? null : newest;
    const base = { provisioned, account, role: made, made, successor };
    if (made) return { ...base, status: successor ? 'superseded' : 'present' };
    const other = this.others.get(roleArnKey(arn));
    if (other) return { ...base, role: other, status: 'outside-path' };
    if (!account?.rolesRead) return { ...base, status: 'unknown' };
    return { ...base, status: successor ? 're-created' : 'gone' };
  }

  /** Whether the roles of an account were read. */
  isRead(accountId: string): boolean {
    return this.accounts.get(accountId)?.rolesRead === true;
  }

  /** Whether it is known that nobody has a role: nobody who exists is assigned its permission set, or its account is closed. */
  isUnused({ made, account }: RoleFact): boolean {
    if (!made) return false;
    if (account?.state && account.state !== 'ACTIVE') return true;
    this.assignees ??= new Assignees(this.inventory);
    if (!this.assignees.areKnown(made.accountId, made.permissionSet)) return false;
    return this.assignees.of(made.accountId, made.permissionSet).every(({ name }) => name === null);
  }

  /** The newest role of the permission set that a role is of; null where the account has none. */
  newestOf(role: ProvisionedRoleArn): Role | null {
    const made = this.roles.get(roleKey(role));
    // IAM has the name as it is, however an entry writes it.
    const [newest] = made ? this.ofSet({ ...role, ...made }) : this.ofSet(role);
    return newest ?? null;
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
    const role = parseRoleArn(arn) ? this.others.get(roleArnKey(arn)) : undefined;
    if (role === undefined) return UNKNOWN;
    return { ...UNKNOWN, role, status: role ? 'present' : 'gone' };
  }
}

const FACTS = new WeakMap<Inventory, RoleFacts>();
