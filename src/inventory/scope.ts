import type { Finding, Problem } from '../errors.ts';
import type { AccountSelector } from './account-selector.ts';
import type { Account } from './model.ts';

/** An account of the scope. */
export interface ScopeAccount {
  readonly id: string;
  /** Whether it was given by id, exact name or `self`: a selector has to resolve there. */
  readonly exact: boolean;
}

export interface Scope {
  /** In the order of the selectors; ascending by id within a glob, an organizational unit or "all". */
  readonly accounts: readonly ScopeAccount[];
  /** Accounts that were selected but are left out: excluded, suspended or closed. */
  readonly leftOut: readonly string[];
  readonly findings: readonly Finding[];
  /** Selectors that do not resolve; a scope with problems is of no use (exit 2). */
  readonly problems: readonly Problem[];
}

/**
 * Which accounts the selectors name.
 * @param accounts what is known of the organization; may be empty where only ids and `self` are used
 */
export function resolveScope(
  _selectors: readonly AccountSelector[],
  _exclude: readonly AccountSelector[],
  _accounts: readonly Account[],
  _callerAccountId: string | null,
): Scope {
  throw new Error('not written yet');
}
