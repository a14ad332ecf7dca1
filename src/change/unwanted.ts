import { type Finding, type Problem, warning } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import type { Desired } from '../mapping/resolve.ts';
import type { ProvisionedRoleArn } from '../role-name.ts';
import { listed } from '../text.ts';

/** A mapping, or part of one, that could not be resolved: the roles that it concerns stay unchanged. */
interface UnresolvedRoles {
  /** Null: in every account. */
  readonly accountId: string | null;
  /** Null: all permission sets of the account. */
  readonly permissionSet: string | null;
}

/** The knowledge of mappings and AWS that decides whether a provisioned role's entry is wanted. */
export interface WantedContext {
  /** The known roles: which accounts were read, and what became of a role. */
  readonly roles: RoleFacts;
  /** IDs of the accounts that the mappings cover. */
  readonly scope: ReadonlySet<string>;
  readonly unresolved: readonly UnresolvedRoles[];
  /** True if the config lists an ARN without path as managed elsewhere; missing if it lists none. */
  readonly isListed?: (arn: string) => boolean;
  /**
   * False if the inventory is too old to conclude that a role is gone: then nothing is rotated, removed or reported
   * as unmapped.
   */
  readonly isFresh: boolean;
}

/** The knowledge that decides whether the entry of a provisioned role is wanted. */
export function wantedContext({
  inventory,
  request,
  scoped,
  unresolved,
}: Pick<Desired, 'inventory' | 'request' | 'scoped' | 'unresolved'>): WantedContext {
  return {
    roles: RoleFacts.of(inventory),
    scope: new Set(scoped.accountIds),
    unresolved: unresolved.flatMap(({ mapping: { selector }, exact }) => {
      const permissionSet = selector.kind === 'name' ? selector.name : null;
      return (exact.length > 0 ? exact : [null]).map((accountId) => ({ accountId, permissionSet }));
    }),
    isListed: (arn) => request.otherEntries.exactly(arn) !== undefined,
    isFresh: !ReadTime.of(inventory).isOld,
  };
}

/**
 * Why the entry of a provisioned role is unwanted: its role is `gone` from an account that was read; no mapping names
 * it (`unmapped`); or it still exists, but a newer role of its permission set is mapped (`superseded`).
 */
export type UnwantedRole = 'gone' | 'unmapped' | 'superseded';

/** Why nothing can be concluded about a provisioned role that no mapping names. */
export type UndecidedReason =
  | 'old-inventory'
  | 'other-partition'
  | 'out-of-scope'
  | 'account-unread'
  | 'unresolved';

/** Null if a provisioned role that no mapping names is known to be unwanted; otherwise why that is unknown. */
export function undecidedReason(
  role: ProvisionedRoleArn,
  { roles, scope, unresolved, isFresh }: WantedContext,
): UndecidedReason | null {
  if (role.partition !== roles.partition) return 'other-partition';
  if (!scope.has(role.accountId)) return 'out-of-scope';
  if (!isFresh) return 'old-inventory';
  if (!roles.isRead(role.accountId)) return 'account-unread';
  const isOpen = unresolved.some(({ accountId, permissionSet }) => {
    const isAccount = accountId === null || accountId === role.accountId;
    const { permissionSet: own } = role;
    return isAccount && (permissionSet === null || foldKey(permissionSet) === foldKey(own));
  });
  return isOpen ? 'unresolved' : null;
}

/** The permission sets that roles belong to, as keys of `RoleFacts.setKeyOf`. */
export function setsOf(roles: Iterable<ProvisionedRoleArn>, facts: RoleFacts): ReadonlySet<string> {
  return new Set([...roles].map((role) => facts.setKeyOf(role)));
}

/** Why nothing can be concluded from an old inventory. */
export function oldInventoryText(roles: RoleFacts): string {
  return `${roles.readTimeIn().source} is too old to tell whether a role still exists`;
}

export const HOW_TO_RENEW = 'Take a new snapshot, or raise --max-age.';

export function pruneSkipped(roles: RoleFacts): Finding {
  const message = `${oldInventoryText(roles)}, so --prune removes nothing`;
  return warning('prune-skipped', message, { help: HOW_TO_RENEW });
}

/** Problems that rule out `--prune`: accounts that weren't read, mappings that weren't resolved. */
export function pruneUncertainties({ scope, roles, unresolved }: WantedContext): Problem[] {
  const problems: Problem[] = [];
  const unread = [...scope].filter((accountId) => !roles.isRead(accountId));
  if (unread.length > 0) {
    const message = `--prune needs the roles of every account, but these accounts weren't read: ${listed(unread)}`;
    problems.push({ message, help: 'Make them readable, exclude them, or omit --prune.' });
  }
  if (unresolved.length > 0) {
    const names = unresolved.map(
      ({ accountId, permissionSet }) => `${permissionSet ?? 'a mapping'} in ${accountId ?? 'every account'}`,
    );
    const message = `--prune needs every mapping resolved, but these aren't: ${listed(names)}`;
    problems.push({ message, help: 'Fix or remove those mappings, or omit --prune.' });
  }
  return problems;
}

/** The next step if `--prune` would remove the last entry that grants something. */
export const ALLOW_LOCKOUT =
  'Map someone there first, or pass --allow-lockout if nobody should have access anymore.';

/** The message if `--prune` would remove an account's last entry. */
export function lastOfAccountText(accountId: string, arn: string): string {
  return `--prune would remove the last provisioned role of account ${accountId} that grants access: ${arn}`;
}
