import { parseArn } from '../arn.ts';
import type { OtherEntries } from '../authenticator/other-entries.ts';
import { Failure, type Finding, refusal } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { InventoryQuery } from '../inventory/query.ts';
import type { AccountSelector } from '../inventory/scope/account-selector.ts';
import { unmappedScope } from '../inventory/scope/require-scope.ts';
import {
  accountLookup,
  resolveScope,
  type ScopeAccount,
  scopeTest,
} from '../inventory/scope/resolve-scope.ts';
import { memo } from '../memo.ts';
import { listed } from '../text.ts';
import type { Mapping } from './mapping.ts';

/** What the config and the flags ask for together. */
export interface Request {
  readonly mappings: readonly Mapping[];
  readonly nodeRoles: NodeRoles;
  /** What others manage: it is neither added nor changed. */
  readonly otherEntries: OtherEntries;
  readonly scope: Scope;
  /** Whether the mappings come from a config file: only then may entries be pruned. */
  readonly fromConfig: boolean;
}

/** Role ARNs, as written. */
interface NodeRoles {
  /** One config may serve several clusters, so the scope flags narrow these. */
  readonly config: readonly string[];
  /** Meant for this run. */
  readonly flags: readonly string[];
}

/** Which accounts are meant, before anybody was asked what accounts there are. */
interface Scope {
  /** The scope flags; they intersect what the config says. Empty: no flag was given. */
  readonly flags: readonly AccountSelector[];
  /** The config's default scope; empty: none is stated. */
  readonly config: readonly AccountSelector[];
  readonly exclude: readonly AccountSelector[];
  /** Those of `exclude` that are flags. */
  readonly excludeFlags: readonly AccountSelector[];
}

/** Accounts that a rule looks at: those of `selectors`, of which only those of `within` count. */
interface AccountRange {
  readonly selectors: readonly AccountSelector[];
  /** Null: no further limit. */
  readonly within: readonly AccountSelector[] | null;
}

/** The accounts that a mapping looks at; undefined where no scope was stated at all. */
function rangeOf(accounts: readonly AccountSelector[] | null, scope: Scope): AccountRange | undefined {
  const flags = scope.flags.length > 0 ? scope.flags : null;
  const stated = accounts ?? (scope.config.length > 0 ? scope.config : null);
  if (stated) return { selectors: stated, within: flags };
  return flags ? { selectors: flags, within: null } : undefined;
}

/** Every account that the request looks at, in the order of the scope: the default scope first, then the mappings'. */
function rangesOf({ mappings, scope, fromConfig }: Request): AccountRange[] {
  // Without a config, accounts that are stated otherwise only stand in for flags.
  if (scope.flags.length > 0 && mappings.length === 0 && !fromConfig)
    return [{ selectors: scope.flags, within: null }];
  const ranges = [null, ...mappings.map((mapping) => mapping.accounts)].map((accounts) =>
    rangeOf(accounts, scope),
  );
  return ranges.filter((range) => range !== undefined);
}

/** What a request needs to know of AWS. */
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
  /** Role ARNs of nodes: the config's first. */
  readonly nodeRoles: readonly string[];
  /** Those of the config that the scope flags leave out. */
  readonly nodeRolesLeftOut: readonly string[];
  /** Those of them that `--exclude-account` alone leaves out. */
  readonly nodeRolesExcluded: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Names the accounts of each mapping. A mapping that the scope flags leave without an account is dropped.
 * @throws Failure (exit 2) with every selector that names no account
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

/** @throws Failure (exit 2) where there are mappings, and none is for an account of the scope */
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
      wanted.leftOut,
    ),
  );
}

/** Of the config's node roles, those that the flags surely select and do not surely exclude; of the flags', all. */
function scopeNodeRoles(
  { nodeRoles, scope }: Request,
  inventory: Inventory,
): Pick<ScopedRequest, 'nodeRoles' | 'nodeRolesLeftOut' | 'nodeRolesExcluded'> {
  const within = scope.flags.length > 0 ? scope.flags : null;
  const isSelected = scopeTest({ within, exclude: [] }, inventory);
  const isInScope = scopeTest({ within, exclude: scope.excludeFlags }, inventory);
  const accountIdOf = (arn: string) => parseArn(arn)?.accountId ?? '';
  const inScope = nodeRoles.config.filter((arn) => isInScope(accountIdOf(arn)));
  const leftOut = nodeRoles.config.filter((arn) => !isInScope(accountIdOf(arn)));
  return {
    nodeRoles: [...inScope, ...nodeRoles.flags],
    nodeRolesLeftOut: leftOut,
    nodeRolesExcluded: leftOut.filter((arn) => isSelected(accountIdOf(arn))),
  };
}

/**
 * What there is to say of node roles that get no entry because of the scope flags. Nodes may be locked out by it, so it is never silent.
 * @param isPart whether the result is a list that others apply, so that no command of this program looks after the nodes
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
      ? `the config adds no node entry: its \`nodeRoles\` are outside the scope: ${listed(leftOut)}`
      : `${leftOut.length} of ${total} \`nodeRoles\` of the config are outside the scope: ${listed(leftOut)}`;
  const code = 'node-roles-out-of-scope';
  if (!isPart && excluded.length === 0) return [{ severity: 'note', code, message }];
  const help =
    'Nodes with these roles are locked out where their entries are missing. Name those of this cluster with --node-role.';
  return [{ severity: 'warning', code, message, help }];
}
