import { Failure, type Finding } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { InventoryQuery } from '../inventory/query.ts';
import type { AccountSelector } from '../inventory/scope/account-selector.ts';
import { type ResolvedScope, resolveScope, type ScopeAccount } from '../inventory/scope/resolve-scope.ts';
import type { Mapping } from './mapping.ts';

/** What the config and the flags ask for together. */
export interface Request {
  readonly mappings: readonly Mapping[];
  /** Role ARNs, as written. */
  readonly nodeRoles: readonly string[];
  readonly scope: Scope;
  /** Whether the mappings come from a config file: only then may entries be pruned. */
  readonly fromConfig: boolean;
}

/** Which accounts are meant, before anybody was asked what accounts there are. */
export interface Scope {
  /** The scope flags; they intersect what the config says. Empty: no flag was given. */
  readonly flags: readonly AccountSelector[];
  /** The config's default scope; empty: none is stated. */
  readonly config: readonly AccountSelector[];
  readonly exclude: readonly AccountSelector[];
}

/** Accounts that a rule looks at: those of `selectors`, of which only those of `within` count. */
export interface AccountRange {
  readonly selectors: readonly AccountSelector[];
  /** Null: no further limit. */
  readonly within: readonly AccountSelector[] | null;
}

/** The accounts that a mapping looks at; undefined where no scope was stated at all. */
export function rangeOf(accounts: readonly AccountSelector[] | null, scope: Scope): AccountRange | undefined {
  const flags = scope.flags.length > 0 ? scope.flags : null;
  const stated = accounts ?? (scope.config.length > 0 ? scope.config : null);
  if (stated) return { selectors: stated, within: flags };
  return flags ? { selectors: flags, within: null } : undefined;
}

/** Every account that the request looks at, in the order of the scope: the default scope first, then the mappings'. */
export function rangesOf({ mappings, scope }: Request): AccountRange[] {
  if (scope.flags.length > 0 && mappings.length === 0) return [{ selectors: scope.flags, within: null }];
  const ranges = [null, ...mappings.map((mapping) => mapping.accounts)].map((accounts) =>
    rangeOf(accounts, scope),
  );
  return ranges.filter((range) => range !== undefined);
}

/** What a request needs to know of AWS. */
export function questionOf(request: Request): InventoryQuery {
  const ranges = rangesOf(request);
  const arns = request.mappings.flatMap(({ selector }) => (selector.kind === 'arn' ? [selector.arn] : []));
  return {
    scope: ranges.flatMap(({ selectors }) => selectors),
    within: ranges.find(({ within }) => within !== null)?.within ?? null,
    exclude: request.scope.exclude,
    permissionSets: arns.length === 0 ? 'none' : arns,
    organizationTree: false,
  };
}

/** A mapping with the accounts that it looks at. */
export interface ScopedMapping {
  readonly mapping: Mapping;
  readonly accounts: readonly ScopeAccount[];
}

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
