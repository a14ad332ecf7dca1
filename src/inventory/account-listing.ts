import { isAwsFailure } from '../aws/failure.ts';
import { memo } from '../memo.ts';
import type { Connection } from './connection.ts';
import { listOrganization, listUnits } from './list-accounts.ts';
import { type ListingPlan, planListing } from './listing-plan.ts';
import type { Account } from './model.ts';
import { type InventoryQuery, selectorsOf } from './query.ts';
import type { AccountSelector } from './scope/account-selector.ts';
import { requireScope } from './scope/require-scope.ts';
import {
  type AccountListing,
  resolveScope,
  type ScopeAccount,
  withStatedAccounts,
} from './scope/resolve-scope.ts';

const NOTHING_LISTED: AccountListing = { accounts: [], emptyUnits: [], isWhole: false };

/** A run's lists, by what was listed: two queries of one scope share a list. */
const listsOf = memo((_: Connection) => new Map<string, Promise<AccountListing>>());

/**
 * Lists the accounts that a query needs to know, in the fewest calls.
 * @param onAccount receives each account as soon as it is listed
 */
export async function listAccounts(
  connection: Connection,
  query: InventoryQuery,
  onAccount: (account: Account) => void,
): Promise<AccountListing> {
  const plan = planListing(query, connection);
  if (plan.listing === 'none') return NOTHING_LISTED;
  const units = unitsOf(selectorsOf(query));
  const unitIds = units.length > 0 || unitsOf(connection.rules.selectors).length > 0;
  const key = JSON.stringify([plan, query.organizationTree, units, unitIds]);
  const lists = listsOf(connection);
  const known = lists.get(key);
  if (known) {
    const listing = await known;
    listing.accounts.forEach(onAccount);
    return listing;
  }
  const list = readList(connection, query, plan, { units, unitIds }, onAccount);
  lists.set(key, list);
  list.catch(() => lists.delete(key));
  return list;
}

async function readList(
  connection: Connection,
  { organizationTree }: InventoryQuery,
  { listing, unitNames }: ListingPlan,
  { units, unitIds }: { readonly units: readonly string[]; readonly unitIds: boolean },
  onAccount: (account: Account) => void,
): Promise<AccountListing> {
  const organizations = await connection.organizations();
  if (listing === 'units')
    return { ...(await listUnits(organizations, units, { unitNames }, onAccount)), isWhole: false };
  try {
    const needs = { unitNames, unitIds, units };
    return { ...(await listOrganization(organizations, needs, onAccount)), isWhole: true };
  } catch (error) {
    // Calls to Organizations are denied, or there is no organization.
    const isNotAllowed = isAwsFailure(error, 'denied', 'no-organization');
    if (organizationTree !== 'if-allowed' || !isNotAllowed) throw error;
    return NOTHING_LISTED;
  }
}

/** The distinct units among selectors. */
function unitsOf(selectors: readonly AccountSelector[]): string[] {
  return [...new Set(selectors.flatMap((selector) => (selector.kind === 'ou' ? selector.ou : [])))];
}

/**
 * The accounts in a query's scope, in its order, without reading them; reports accounts that are skipped.
 * @throws Failure (exit 2) for selectors that do not resolve, and for an empty scope
 */
export async function listScope(
  connection: Connection,
  query: InventoryQuery,
): Promise<readonly (Account & Pick<ScopeAccount, 'exact'>)[]> {
  const { callerAccountId } = connection;
  const listing = await listAccounts(connection, query, () => {});
  const accounts = withStatedAccounts(query, listing, callerAccountId);
  const known = { accounts, callerAccountId, emptyUnits: listing.emptyUnits };
  const scope = requireScope(query, known);
  connection.report(resolveScope(query.scope, query.exclude, known).findings);
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return scope.flatMap(({ id, exact }) => {
    const account = byId.get(id);
    return account ? { ...account, exact } : [];
  });
}
