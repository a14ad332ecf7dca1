import type { ProvisionedRoleArn } from '../role-name.ts';

/** A mapping, or part of one, that could not be resolved: what it is about stays as it is. */
export interface UnresolvedRoles {
  /** Null: in every account. */
  readonly accountId: string | null;
  /** Null: all of the account. */
  readonly permissionSet: string | null;
}

/** What a merge has to know of AWS beyond the desired entries. */
export interface MergeFacts {
  /** Accounts whose roles were read. */
  readonly accountsRead: ReadonlySet<string>;
  /** All provisioned roles that exist there: ARNs without path, in lower case. */
  readonly roleArns: ReadonlySet<string>;
  /** Ids of the accounts that the mappings are about. */
  readonly scope: ReadonlySet<string>;
  readonly unresolved: readonly UnresolvedRoles[];
  /** Null: nothing is removed. */
  readonly prune: { readonly allowLockout: boolean } | null;
  /** False where the inventory is too old to conclude that a role is gone: then nothing is rotated, removed or called unmapped. */
  readonly rotate: boolean;
}

/** Why nothing can be concluded about a provisioned role that no mapping names. */
export type UndecidedReason = 'old-inventory' | 'out-of-scope' | 'account-unread' | 'unresolved';

/** Null where a provisioned role that no mapping names is known to be unwanted, rather than not known at all. */
export function undecidedReason(role: ProvisionedRoleArn, facts: MergeFacts): UndecidedReason | null {
  if (!facts.scope.has(role.accountId)) return 'out-of-scope';
  if (!facts.rotate) return 'old-inventory';
  if (!facts.accountsRead.has(role.accountId)) return 'account-unread';
  const isOpen = facts.unresolved.some(({ accountId, permissionSet }) => {
    const isAccount = accountId === null || accountId === role.accountId;
    return isAccount && (permissionSet === null || sameName(permissionSet, role.permissionSet));
  });
  return isOpen ? 'unresolved' : null;
}

/** IAM names are unique without regard to case. */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
