import type { Service } from '../aws/failure.ts';
import { type InventoryQuery, selectorsOf } from './query.ts';
import type { RoleRules } from './role-rules.ts';
import { type AccountSelector, isUnitId, unitPath } from './scope/account-selector.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';

/** The cheapest set of calls that answers a query. */
export interface CallPlan {
  readonly listing: Listing;
  /** True to read the names of the accounts' organizational units, not only the ids. */
  readonly unitNames: boolean;
  readonly calls: readonly PlannedCalls[];
}

/** How accounts are found: from ids alone, from the whole organization, or only from the scope's units. */
export type Listing = 'none' | 'whole' | 'units';

/** One kind of call; `calls` is null if the number is unknown. */
interface PlannedCalls {
  readonly service: Service;
  readonly operation: string;
  readonly calls: number | null;
}

/** Facts known at planning time; null if still unknown. */
export interface PlanFacts {
  /** Accounts read with a profile's own credentials. */
  readonly directAccountIds: ReadonlySet<string>;
  /** Missing if there is one role for all accounts. */
  readonly rules?: RoleRules;
  readonly scopeIds: readonly string[] | null;
  readonly organizationSize: number | null;
  readonly permissionSetCount: number | null;
  /** Missing until the program has chosen how to read assignments. */
  readonly assignments?: AssignmentCalls;
}

/** How assignments are read: one call per pair of account and permission set, or one per user and group. */
export interface AssignmentCalls {
  readonly by: 'pair' | 'principal';
  readonly calls: number;
}

const ACCOUNTS_PER_PAGE = 20;
const SETS_PER_PAGE = 100;

export function planCalls(query: InventoryQuery, facts: PlanFacts): CallPlan {
  const listing = listingOf(query, facts);
  const selectors = [...selectorsOf(query), ...(facts.rules?.selectors ?? [])];
  const unitNames = query.organizationTree !== false || selectors.some(isUnitByPath);
  return {
    listing,
    unitNames,
    calls: [
      ...(listing === 'whole' ? organizationCalls(unitNames, facts.organizationSize) : []),
      ...(listing === 'units' ? unitCalls(query, unitNames) : []),
      ...roleCalls(facts),
      ...permissionSetCalls(query, facts.permissionSetCount),
      ...peopleCalls(query, facts.assignments),
    ],
  };
}

/**
 * Names, globs and "all" need the whole list. If only units are selected, only they are listed; if other accounts may
 * be excluded by unit, each must be found in the whole list.
 * @param facts may require the whole list too, to decide which role to assume in an account given by ID
 */
export function listingOf(
  query: InventoryQuery,
  facts?: Pick<PlanFacts, 'directAccountIds' | 'rules'>,
): Listing {
  const selectors = selectorsOf(query);
  const isWhole = query.organizationTree !== false || selectors.some(needsWholeList);
  if (isWhole || (facts && needsRoles(query, facts))) return 'whole';
  if (!selectors.some(isUnit)) return 'none';
  const selectsOthers = [...query.scope, ...(query.within ?? [])].some((selector) => !isUnit(selector));
  return selectsOthers && query.exclude.some(isUnit) ? 'whole' : 'units';
}

function needsRoles(
  { scope, within }: InventoryQuery,
  { rules, directAccountIds }: Pick<PlanFacts, 'directAccountIds' | 'rules'>,
): boolean {
  if (rules === undefined) return false;
  const limit = within?.every(({ kind }) => kind === 'id') ? new Set(idsOf(within)) : null;
  const assumed = idsOf(scope).filter((id) => !directAccountIds.has(id) && (limit?.has(id) ?? true));
  return assumed.some((id) => rules.find(unlistedAccount(id)) === undefined);
}

function idsOf(selectors: readonly AccountSelector[]): string[] {
  return selectors.flatMap((selector) => (selector.kind === 'id' ? selector.id : []));
}

/** One line per kind of call, for --debug. */
export function planLines({ listing, calls }: CallPlan): string[] {
  const from = { none: 'as stated', whole: 'from the whole organization', units: 'from their units' }[
    listing
  ];
  return [
    `plan: accounts ${from}`,
    ...calls.map((call) => `plan: ${call.service}:${call.operation} ${call.calls ?? 'as many as needed'}`),
  ];
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

function organizationCalls(unitNames: boolean, size: number | null): PlannedCalls[] {
  const accounts = planned('organizations', 'ListAccounts', pageCount(size, ACCOUNTS_PER_PAGE));
  return unitNames ? [accounts, planned('organizations', 'ListOrganizationalUnitsForParent')] : [accounts];
}

/** Paths are resolved from the root down, ids from the unit up. */
function unitCalls(query: InventoryQuery, unitNames: boolean): PlannedCalls[] {
  const isById = !selectorsOf(query).filter(isUnit).every(isUnitByPath);
  return [
    ...(unitNames ? [planned('organizations', 'ListRoots', 1)] : []),
    ...(isById ? [planned('organizations', 'ListParents')] : []),
    ...(isById && unitNames ? [planned('organizations', 'DescribeOrganizationalUnit')] : []),
    planned('organizations', 'ListOrganizationalUnitsForParent'),
    planned('organizations', 'ListAccountsForParent'),
  ];
}

function roleCalls({ scopeIds, directAccountIds }: PlanFacts): PlannedCalls[] {
  const assumed = scopeIds?.filter((id) => !directAccountIds.has(id)).length;
  return [
    ...(assumed === 0 ? [] : [planned('sts', 'AssumeRole', assumed)]),
    planned('iam', 'ListRoles', scopeIds?.length),
  ];
}

/** @param setCount number of permission sets; null before they are counted */
function permissionSetCalls({ permissionSets }: InventoryQuery, setCount: number | null): PlannedCalls[] {
  if (permissionSets === 'none') return [];
  const instances = planned('sso-admin', 'ListInstances', 1);
  if (permissionSets !== 'all')
    return [instances, planned('sso-admin', 'DescribePermissionSet', permissionSets.length)];
  return [
    instances,
    planned('sso-admin', 'ListPermissionSets', pageCount(setCount, SETS_PER_PAGE)),
    planned('sso-admin', 'DescribePermissionSet', setCount),
  ];
}

/** The calls that read assignments and principals, as far as the query needs them. */
function peopleCalls(
  { people, permissionSets }: InventoryQuery,
  assignments: AssignmentCalls | undefined,
): PlannedCalls[] {
  if (!people) return [];
  return [
    ...(permissionSets === 'none'
      ? [planned('sso-admin', 'ListInstances', 1), planned('sso-admin', 'ListPermissionSets')]
      : []),
    ...(permissionSets === 'all' ? [] : [planned('sso-admin', 'DescribePermissionSet')]),
    // Plus one for every further hundred assignments of a pair or principal.
    planned(
      'sso-admin',
      assignments?.by === 'principal' ? 'ListAccountAssignmentsForPrincipal' : 'ListAccountAssignments',
      assignments?.calls,
    ),
    planned('identitystore', 'ListGroups'),
    planned('identitystore', 'ListUsers'),
    ...(people.members ? [planned('identitystore', 'ListGroupMemberships')] : []),
  ];
}

function planned(service: Service, operation: string, calls: number | null = null): PlannedCalls {
  return { service, operation, calls };
}

/** Number of calls for a listing; an empty one also takes one. */
function pageCount(items: number | null, perPage: number): number | null {
  return items === null ? null : Math.max(1, Math.ceil(items / perPage));
}
