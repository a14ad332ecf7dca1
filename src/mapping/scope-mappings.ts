import { Failure, type Finding } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { AccountSelector } from '../inventory/scope/account-selector.ts';
import { type ResolvedScope, resolveScope, type ScopeAccount } from '../inventory/scope/resolve-scope.ts';
import { type AccountRange, type Request, rangeOf, rangesOf } from './request.ts';
import type { ScopedMapping } from './resolve.ts';

/** A request once it is known what accounts there are. */
export interface ScopedRequest {
  readonly mappings: readonly ScopedMapping[];
  /** Every account of the scope, in its order. */
  readonly accountIds: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Names the accounts of each mapping. A mapping that the scope flags leave without an account is dropped.
 * @throws Failure (exit 2) with every selector that names no account
 */
export function scopeMappings(request: Request, inventory: Inventory): ScopedRequest {
  const scoping = new Scoping(request.scope.exclude, inventory);
  const mappings = request.mappings.map((mapping) => {
    const range = rangeOf(mapping.accounts, request.scope);
    return { mapping, accounts: range ? scoping.accountsOf(range) : [] };
  });
  const accounts = rangesOf(request).flatMap((range) => scoping.accountsOf(range));
  return {
    mappings: mappings.filter((mapping) => mapping.accounts.length > 0),
    accountIds: [...new Set(accounts.map(({ id }) => id))],
    findings: scoping.findings,
  };
}

class Scoping {
  readonly findings: Finding[] = [];
  private readonly exclude: readonly AccountSelector[];
  private readonly inventory: Inventory;
  private readonly known = new Map<readonly AccountSelector[], ResolvedScope>();

  constructor(exclude: readonly AccountSelector[], inventory: Inventory) {
    this.exclude = exclude;
    this.inventory = inventory;
  }

  accountsOf({ selectors, within }: AccountRange): readonly ScopeAccount[] {
    const { accounts } = this.scopeOf(selectors);
    if (!within) return accounts;
    const limit = new Set(this.scopeOf(within).accounts.map(({ id }) => id));
    return accounts.filter(({ id }) => limit.has(id));
  }

  private scopeOf(selectors: readonly AccountSelector[]): ResolvedScope {
    const known = this.known.get(selectors);
    if (known) return known;
    const { accounts, callerAccountId } = this.inventory;
    const scope = resolveScope(selectors, this.exclude, accounts, callerAccountId);
    if (scope.problems.length > 0) throw new Failure(2, scope.problems);
    this.findings.push(...scope.findings);
    this.known.set(selectors, scope);
    return scope;
  }
}
