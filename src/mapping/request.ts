import { parseArn } from '../arn.ts';
import type { OtherEntries } from '../aws-auth/other-entries.ts';
import type { AccountSelector } from '../directory/account-selector.ts';
import type { Inventory } from '../directory/model.ts';
import type { InventoryQuery } from '../directory/query.ts';
import {
  accountLookup,
  resolveScope,
  type ScopeAccount,
  scopeTest,
  unmappedScope,
} from '../directory/scope.ts';
import { Failure, type Finding, refusal } from '../errors.ts';
import { memo } from '../memo.ts';
import { listed } from '../text.ts';
import type { Mapping } from './mapping.ts';

/** The combined request of the config and the flags. */
export interface Request {
  readonly mappings: readonly Mapping[];
  /** Role ARNs, as written. */
  readonly nodeRoles: {
    /** One config may serve several clusters, so the scope flags narrow these. */
    readonly config: readonly string[];
    /** From `--node-role`; the scope flags do not narrow these. */
    readonly flags: readonly string[];
  };
  /** Entries that are managed elsewhere: neither added nor changed. */
  readonly otherEntries: OtherEntries;
  readonly scope: Scope;
  /** True if the mappings come from a config file: only then may entries be pruned. */
  readonly fromConfig: boolean;
  /** True if the config says `mappings: []`, so nobody is wanted; a config without `mappings` says nothing. */
  readonly wantsNobody: boolean;
}

/** The requested accounts, before it is known which accounts exist. */
interface Scope {
  /** The scope flags, which intersect with the config's scope. Empty: no flags. */
  readonly flags: readonly AccountSelector[];
  /** The config's default scope; empty if it has no default scope. */
  readonly config: readonly AccountSelector[];
  readonly exclude: readonly AccountSelector[];
  /** The part of `exclude` that comes from flags. */
  readonly excludeFlags: readonly AccountSelector[];
}

/** The accounts of a rule: `selectors`, limited to `within`. */
interface AccountRange {
  readonly selectors: readonly AccountSelector[];
  /** Null: no further limit. */
  readonly within: readonly AccountSelector[] | null;
}

/** The accounts of a mapping; undefined if no scope is specified at all. */
function rangeOf(accounts: readonly AccountSelector[] | null, scope: Scope): AccountRange | undefined {
  const flags = scope.flags.length > 0 ? scope.flags : null;
  const stated = accounts ?? (scope.config.length > 0 ? scope.config : null);
  if (stated) return { selectors: stated, within: flags };
  return flags ? { selectors: flags, within: null } : undefined;
}

/** All account ranges of the request, in the order of the scope: the default scope first, then the mappings'. */
function rangesOf({ mappings, scope, fromConfig }: Request): AccountRange[] {
  // Without a config, other accounts only stand in for flags.
  if (scope.flags.length > 0 && mappings.length === 0 && !fromConfig)
    return [{ selectors: scope.flags, within: null }];
  const ranges = [null, ...mappings.map((mapping) => mapping.accounts)].map((accounts) =>
    rangeOf(accounts, scope),
  );
  return ranges.filter((range) => range !== undefined);
}

/** The AWS data that a request needs. */
export function queryOf(request: Request): InventoryQuery {
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

/** A mapping with its accounts. */
export interface ScopedMapping {
  readonly mapping: Mapping;
  readonly accounts: readonly ScopeAccount[];
}

/** A request whose accounts have been resolved. */
export interface ScopedRequest {
  readonly mappings: readonly ScopedMapping[];
  /** Every account in scope, in order. */
  readonly accountIds: readonly string[];
  /** Role ARNs of nodes: the config's first. */
  readonly nodeRoles: readonly string[];
  /** The config's node roles that the scope flags exclude. */
  readonly nodeRolesLeftOut: readonly string[];
  /** The ones that only `--exclude-account` excludes. */
  readonly nodeRolesExcluded: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Resolves the accounts of each mapping. A mapping left without accounts by the scope flags is dropped.
 * @throws Failure (exit 2) with every selector that matches no account
 */
export function scopeMappings(request: Request, inventory: Inventory): ScopedRequest {
  const { scope: stated } = request;
  const findings: Finding[] = [];
  const accountsNamed = memo((selectors: readonly AccountSelector[]) => {
    const scope = resolveScope(selectors, stated.exclude, inventory);
    if (scope.problems.length > 0) throw new Failure(2, scope.problems);
    findings.push(...scope.findings);
    return scope.accounts;
  });
  const accountsIn = ({ selectors, within }: AccountRange) => {
    const accounts = accountsNamed(selectors);
    const limit = within && new Set(accountsNamed(within).map(({ id }) => id));
    return limit ? accounts.filter(({ id }) => limit.has(id)) : accounts;
  };
  const mappings = request.mappings.map((mapping) => {
    const range = rangeOf(mapping.accounts, stated);
    return { mapping, accounts: range ? accountsIn(range) : [] };
  });
  const accounts = rangesOf(request).flatMap(accountsIn);
  return {
    mappings: mappings.filter((mapping) => mapping.accounts.length > 0),
    accountIds: [...new Set(accounts.map(({ id }) => id))],
    ...scopeNodeRoles(request, inventory),
    findings,
  };
}

/** @throws Failure (exit 2) if there are mappings, but none for an account in scope */
export function requireMappings(
  { mappings, scope }: Request,
  scoped: ScopedRequest,
  inventory: Inventory,
): void {
  if (mappings.length === 0 || scoped.mappings.length > 0) return;
  const selectors = new Set(mappings.flatMap((mapping) => rangeOf(mapping.accounts, scope)?.selectors ?? []));
  const wanted = resolveScope([...selectors], scope.exclude, inventory);
  const accountOf = accountLookup(inventory.accounts);
  throw refusal(
    unmappedScope(
      scoped.accountIds.map(accountOf),
      wanted.accounts.map(({ id }) => accountOf(id)),
      wanted,
    ),
  );
}

/**
 * Keeps all node roles from flags, and the config's node roles that the flags definitely select and don't definitely
 * exclude.
 */
function scopeNodeRoles(
  { nodeRoles, scope }: Request,
  inventory: Inventory,
): Pick<ScopedRequest, 'nodeRoles' | 'nodeRolesLeftOut' | 'nodeRolesExcluded'> {
  const within = scope.flags.length > 0 ? scope.flags : null;
  const accountIdOf = (arn: string) => parseArn(arn)?.accountId ?? '';
  const accountIds = nodeRoles.config.map(accountIdOf);
  const idsIn = (exclude: readonly AccountSelector[]) =>
    new Set(accountIds.filter(scopeTest({ within, exclude }, inventory)));
  const selected = idsIn([]);
  const inScope = idsIn(scope.excludeFlags);
  const leftOut = nodeRoles.config.filter((arn) => !inScope.has(accountIdOf(arn)));
  return {
    nodeRoles: [...nodeRoles.config.filter((arn) => inScope.has(accountIdOf(arn))), ...nodeRoles.flags],
    nodeRolesLeftOut: leftOut,
    nodeRolesExcluded: leftOut.filter((arn) => selected.has(accountIdOf(arn))),
  };
}

/**
 * Reports node roles that get no entry because of the scope flags. Never silent: it may lock nodes out.
 * @param isPart true if the result is a list that others apply, so no command of this program checks the nodes
 */
export function nodeRolesFindings(
  { nodeRolesLeftOut: leftOut, nodeRolesExcluded: excluded }: ScopedRequest,
  { nodeRoles }: Request,
  isPart: boolean,
): Finding[] {
  if (leftOut.length === 0) return [];
  const total = nodeRoles.config.length;
  const message =
    leftOut.length === total
      ? `the config adds no node entry, because its \`nodeRoles\` are out of scope: ${listed(leftOut)}`
      : `${leftOut.length} of ${total} \`nodeRoles\` of the config ${leftOut.length === 1 ? 'is' : 'are'} out of scope: ${listed(leftOut)}`;
  const code = 'node-roles-out-of-scope';
  if (!isPart && excluded.length === 0) return [{ severity: 'note', code, message }];
  const help =
    "If their entries are missing, nodes with these roles are locked out. Specify this cluster's node roles with --node-role.";
  return [{ severity: 'warning', code, message, help }];
}
