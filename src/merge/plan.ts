import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { DesiredEntry } from '../entry.ts';
import type { ProvisionedRoleArn } from '../role-name.ts';
import type { Decision } from './decisions.ts';
import type { MergeFinding } from './findings.ts';

/** What a merge does to mapRoles. */
export interface MergePlan {
  readonly changes: readonly EntryChange[];
  readonly removals: readonly UnwantedEntry[];
  readonly additions: readonly DesiredEntry[];
  /** One for each entry, in the order of the list, then one for each addition. */
  readonly decisions: readonly Decision[];
  readonly findings: readonly MergeFinding[];
  readonly counts: MergeCounts;
}

export interface MergeCounts {
  /** Without those that override an entry of mapUsers: these are updates. */
  readonly added: number;
  readonly rotated: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Not wanted, but still there: those with the reasons `gone`, `unmapped` and `rival`. */
  readonly unmapped: number;
  /** Not wanted, but still there: those with the reason `shadowed`. */
  readonly shadowed: number;
}

/** `2 added, 1 rotated, 14 unchanged, 1 unmapped`: what there is none of is left out, except `unchanged`. */
export function summaryOf(counts: MergeCounts): string {
  const { added, rotated, updated, removed, unchanged, unmapped, shadowed } = counts;
  const before = Object.entries({ added, rotated, updated, removed });
  const behind = Object.entries({ unmapped, shadowed });
  return [...before.filter(isPresent), ['unchanged', unchanged] as const, ...behind.filter(isPresent)]
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function isPresent([, count]: [string, number]): boolean {
  return count > 0;
}

/** A mapping, or part of one, that could not be resolved: what it is about stays as it is. */
export interface UnresolvedRoles {
  /** Null: in every account. */
  readonly accountId: string | null;
  /** Null: all of the account. */
  readonly permissionSet: string | null;
}

/** What a merge has to know of AWS beyond the desired entries. */
export interface MergeContext {
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
export function undecidedReason(role: ProvisionedRoleArn, facts: MergeContext): UndecidedReason | null {
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

/** An entry that stays, with other values; null leaves a field alone. */
export interface EntryChange {
  readonly entry: LoadedEntry;
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
  /** The ARN becomes that of the role's successor. */
  readonly rotated: boolean;
}

/**
 * Why an entry is not wanted: its role is `gone` from an account that was read, no mapping names it (`unmapped`), it
 * exists beside the role of the same permission set that is used (`rival`), or a later entry for the same role overrides it (`shadowed`).
 */
export type UnwantedReason = 'gone' | 'unmapped' | 'rival' | 'shadowed';

export interface UnwantedEntry {
  readonly entry: LoadedEntry;
  readonly reason: UnwantedReason;
}
