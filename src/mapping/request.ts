import type { InventoryQuery } from '../inventory/query.ts';
import type { AccountSelector } from '../inventory/scope/account-selector.ts';
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
