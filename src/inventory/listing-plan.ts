import { type InventoryQuery, selectorsOf } from './query.ts';
import type { RoleRules } from './role-rules.ts';
import { type AccountSelector, isUnitId, unitPath } from './scope/account-selector.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';

/** The cheapest way to find the accounts of a query. */
export interface ListingPlan {
  readonly listing: Listing;
  /** True to read the names of the accounts' organizational units, not only the ids. */
  readonly unitNames: boolean;
}

/** How accounts are found: from ids alone, from the whole organization, or only from the scope's units. */
type Listing = 'none' | 'whole' | 'units';

/** The settings that decide whether an account given by ID must be looked up to know its role. */
interface RoleSettings {
  /** Accounts read with a profile's own credentials. */
  readonly directAccountIds: ReadonlySet<string>;
  readonly rules: RoleRules;
}

export function planListing(query: InventoryQuery, settings: RoleSettings): ListingPlan {
  const selectors = [...selectorsOf(query), ...settings.rules.selectors];
  return {
    listing: listingOf(query, settings),
    unitNames: query.organizationTree !== false || selectors.some(isUnitByPath),
  };
}

/**
 * Names, globs and "all" need the whole list. If only units are selected, only they are listed; if other accounts may
 * be excluded by unit, each must be found in the whole list.
 * @param settings may require the whole list too, to decide which role to assume in an account given by ID
 */
export function listingOf(query: InventoryQuery, settings?: RoleSettings): Listing {
  const selectors = selectorsOf(query);
  const isWhole = query.organizationTree !== false || selectors.some(needsWholeList);
  if (isWhole || (settings && needsRoles(query, settings))) return 'whole';
  if (!selectors.some(isUnit)) return 'none';
  const selectsOthers = [...query.scope, ...(query.within ?? [])].some((selector) => !isUnit(selector));
  return selectsOthers && query.exclude.some(isUnit) ? 'whole' : 'units';
}

function needsRoles({ scope, within }: InventoryQuery, { rules, directAccountIds }: RoleSettings): boolean {
  const limit = within?.every(({ kind }) => kind === 'id') ? new Set(idsOf(within)) : null;
  const assumed = idsOf(scope).filter((id) => !directAccountIds.has(id) && (limit?.has(id) ?? true));
  return assumed.some((id) => rules.find(unlistedAccount(id)) === undefined);
}

function idsOf(selectors: readonly AccountSelector[]): string[] {
  return selectors.flatMap((selector) => (selector.kind === 'id' ? selector.id : []));
}

function needsWholeList(selector: AccountSelector): boolean {
  if (selector.kind !== 'ou') return ['name', 'glob', 'all'].includes(selector.kind);
  return isUnitId(selector.ou) ? selector.ou.startsWith('r-') : unitPath(selector.ou) === '';
}

function isUnit({ kind }: AccountSelector): boolean {
  return kind === 'ou';
}

function isUnitByPath(selector: AccountSelector): boolean {
  return selector.kind === 'ou' && !isUnitId(selector.ou);
}
