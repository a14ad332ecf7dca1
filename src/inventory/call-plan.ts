import { identityCenterCalls } from './identity-center/identity-center-plan.ts';
import { type AssignmentFacts, peopleCalls } from './people/assignment-plan.ts';
import { type PlannedCalls, pageCount } from './planned-calls.ts';
import type { InventoryQuery } from './query.ts';
import { type AccountSelector, isUnitId, unitPath } from './scope/account-selector.ts';

/** The cheapest set of calls that answers a question, as data. */
export interface CallPlan {
  readonly listing: Listing;
  /** Whether the accounts need the names of their organizational units, not only the ids. */
  readonly unitNames: boolean;
  readonly calls: readonly PlannedCalls[];
}

/** How accounts are found: the ids say it all, the whole organization, or only the units of the scope. */
export type Listing = 'none' | 'whole' | 'units';

/** What is known by the time of planning; null where it is not known yet. */
export interface PlanFacts {
  /** Accounts that are read with a profile's own credentials. */
  readonly directAccountIds: ReadonlySet<string>;
  readonly scopeIds: readonly string[] | null;
  readonly organizationSize: number | null;
  readonly permissionSetCount: number | null;
  /** Missing until the way of reading assignments is chosen. */
  readonly assignments?: AssignmentFacts;
}

const NO_ASSIGNMENTS: AssignmentFacts = { pairs: null, principals: null, isManagement: false };

const ACCOUNTS_PER_PAGE = 20;

export function planCalls(question: InventoryQuery, facts: PlanFacts): CallPlan {
  const listing = listingFor(question);
  const unitNames =
    listing !== 'none' && (question.organizationTree !== false || selectorsOf(question).some(isUnitByPath));
  return {
    listing,
    unitNames,
    calls: [
      ...(listing === 'whole' ? wholeCalls(unitNames, facts.organizationSize) : []),
      ...(listing === 'units' ? unitCalls(question) : []),
      ...readingCalls(facts),
      ...identityCenterCalls(question, facts.permissionSetCount),
      ...peopleCalls(question, facts.assignments ?? NO_ASSIGNMENTS),
    ],
  };
}

/**
 * Names, globs and "all" need the whole list. Where nothing but units is asked for, these are walked; when accounts given otherwise
 * may be excluded by unit, each has to be found in the list.
 */
export function listingFor(question: InventoryQuery): Listing {
  const selectors = selectorsOf(question);
  if (question.organizationTree !== false || selectors.some(needsWholeList)) return 'whole';
  if (!selectors.some(({ kind }) => kind === 'ou')) return 'none';
  const stray = [...question.scope, ...(question.within ?? [])].some(({ kind }) => kind !== 'ou');
  return stray && question.exclude.some(({ kind }) => kind === 'ou') ? 'whole' : 'units';
}

export function selectorsOf({ scope, within, exclude }: InventoryQuery): AccountSelector[] {
  return [...scope, ...(within ?? []), ...exclude];
}

/** One line per kind of call, for --debug. */
export function planLines({ listing, calls }: CallPlan): string[] {
  const from = { none: 'as stated', whole: 'from the whole organization', units: 'from their units' }[
    listing
  ];
  return [
    `plan: accounts ${from}`,
    ...calls.map((call) => `plan: ${call.service}:${call.operation} ${call.calls ?? 'as many as it takes'}`),
  ];
}

function needsWholeList(selector: AccountSelector): boolean {
  if (selector.kind !== 'ou') return ['name', 'glob', 'all'].includes(selector.kind);
  return isUnitId(selector.ou) ? selector.ou.startsWith('r-') : unitPath(selector.ou) === '';
}

function isUnitByPath(selector: AccountSelector): boolean {
  return selector.kind === 'ou' && !isUnitId(selector.ou);
}

function wholeCalls(unitNames: boolean, size: number | null): PlannedCalls[] {
  const accounts = {
    service: 'organizations',
    operation: 'ListAccounts',
    calls: pageCount(size, ACCOUNTS_PER_PAGE),
  } as const;
  return unitNames ? [accounts, organizationsCalls('ListOrganizationalUnitsForParent')] : [accounts];
}

function unitCalls(question: InventoryQuery): PlannedCalls[] {
  const units = selectorsOf(question).filter(({ kind }) => kind === 'ou');
  return [
    ...(units.some(isUnitByPath) ? [organizationsCalls('ListRoots', 1)] : []),
    ...(units.every(isUnitByPath)
      ? []
      : [organizationsCalls('ListParents'), organizationsCalls('DescribeOrganizationalUnit')]),
    organizationsCalls('ListOrganizationalUnitsForParent'),
    organizationsCalls('ListAccountsForParent'),
  ];
}

function organizationsCalls(operation: string, calls: number | null = null): PlannedCalls {
  return { service: 'organizations', operation, calls };
}

function readingCalls({ scopeIds, directAccountIds }: PlanFacts): PlannedCalls[] {
  const assumed = scopeIds?.filter((id) => !directAccountIds.has(id)).length ?? null;
  return [
    ...(assumed === 0 ? [] : [{ service: 'sts', operation: 'AssumeRole', calls: assumed } as const]),
    { service: 'iam', operation: 'ListRoles', calls: scopeIds?.length ?? null },
  ];
}
