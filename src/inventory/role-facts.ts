import { parseArn } from '../arn.ts';
import { groupBy } from '../group-by.ts';
import {
  foldedSetKey,
  type ProvisionedRoleArn,
  parseProvisionedRoleArn,
  parseRoleArn,
  roleArnKey,
  roleKey,
  setKey,
} from '../role-name.ts';
import type { Account, Inventory, OtherRole, Role } from './model.ts';
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

/** Finds the roles of the permission set that an ARN names, the newest first. */
export type SetFinder = (role: Pick<ProvisionedRoleArn, 'accountId' | 'permissionSet'>) => readonly Role[];

/** Names are compared as they are; one in another case is that of a set only where no other set of the account differs from it by case alone. */
export function setFinder(roles: readonly Role[]): SetFinder {
  const bySet = rolesBySet(roles);
  const folded = groupBy(bySet.values(), ([newest]) => (newest ? foldedSetKey(newest) : ''));
  return (role) => {
    const exact = bySet.get(setKey(role));
    if (exact) return exact;
    const [only, ...others] = folded.get(foldedSetKey(role)) ?? [];
    return only && others.length === 0 ? only : [];
  };
}

/** The permission sets of one account whose names differ by case alone, as `foldedSetKey` makes them. */
function ambiguousSets(roles: readonly Role[]): ReadonlySet<string> {
  const names = groupBy(roles, foldedSetKey);
  return new Set(
    [...names].flatMap(([key, all]) =>
      all.some(({ permissionSet }) => permissionSet !== all[0]?.permissionSet) ? [key] : [],
    ),
  );
}

/** What an inventory knows of any role that an ARN names: whether it is there, re-created, gone, or not known. */
export class RoleFacts {
  readonly partition: string;
  private readonly accounts: ReadonlyMap<string, Account>;
  private readonly roles: ReadonlyMap<string, Role>;
  private readonly others: ReadonlyMap<string, OtherRole['role']>;
  private readonly ofSet: SetFinder;

  private readonly ambiguous: ReadonlySet<string>;

  private constructor(inventory: Inventory) {
    this.partition = inventory.partition;
    this.ambiguous = ambiguousSets(inventory.roles);
    this.accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
    this.roles = new Map(inventory.roles.map((role) => [roleKey(role), role]));
    this.others = new Map(inventory.otherRoles?.map(({ arn, role }) => [roleArnKey(arn), role]));
    this.ofSet = setFinder(inventory.roles);
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
    const newest = this.ofSet(provisioned)[0] ?? null;
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

  /**
   * Equal for two roles of one permission set in one account of a partition, whatever their suffixes. A name in another case is that of the
   * set, unless the account has two sets whose names differ by case alone.
   */
  setKeyOf(role: ProvisionedRoleArn): string {
    const folded = foldedSetKey(role);
    return `${role.partition} ${this.ambiguous.has(folded) ? setKey(role) : folded}`;
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
