import { type AwsFailure, isAwsFailure } from '../aws/failure.ts';
import type { ListedAccount, Organizations } from '../aws/organizations.ts';
import { Failure } from '../errors.ts';
import { memo, memoAsync, once } from '../memo.ts';
import { compareStrings, printable } from '../text.ts';
import { accountsNamed } from './account-matcher.ts';
import { type AccountSelector, isUnitId, unitPath } from './account-selector.ts';
import type { Connection } from './connection.ts';
import type { Account, EmptyUnit } from './model.ts';
import { type InventoryQuery, neededListing, selectorsOf } from './query.ts';
import type { AccountListing } from './scope.ts';
import { unknownUnit } from './scope-problems.ts';

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
  const needs = {
    unitNames: plan.unitNames,
    unitIds: units.length > 0 || unitsOf(connection.rules.selectors).length > 0,
    units,
  };
  const { organizationTree } = query;
  const key = JSON.stringify([plan.listing, organizationTree, needs]);
  const lists = listsOf(connection);
  const known = lists.get(key);
  if (known) {
    const listing = await known;
    listing.accounts.forEach(onAccount);
    return listing;
  }
  const read = async (): Promise<AccountListing> => {
    const organizations = await connection.organizations();
    if (plan.listing === 'units')
      return { ...(await listUnits(organizations, units, needs, onAccount)), isWhole: false };
    try {
      return { ...(await listOrganization(organizations, needs, onAccount)), isWhole: true };
    } catch (error) {
      // Calls to Organizations are denied, or there is no organization.
      const isNotAllowed = isAwsFailure(error, 'denied', 'no-organization');
      if (organizationTree !== 'if-allowed' || !isNotAllowed) throw error;
      return NOTHING_LISTED;
    }
  };
  const list = read();
  lists.set(key, list);
  list.catch(() => lists.delete(key));
  return list;
}

/** How to find a query's accounts, and whether the names of their organizational units are needed. */
export function planListing(query: InventoryQuery, settings: Pick<Connection, 'rules' | 'directAccountIds'>) {
  const selectors = [...selectorsOf(query), ...settings.rules.selectors];
  const isByPath = (selector: AccountSelector) => selector.kind === 'ou' && !isUnitId(selector.ou);
  return {
    listing: neededListing(query, settings),
    unitNames: query.organizationTree !== false || selectors.some(isByPath),
  };
}

/** The distinct units among selectors. */
function unitsOf(selectors: readonly AccountSelector[]): string[] {
  return [...new Set(selectors.flatMap((selector) => (selector.kind === 'ou' ? selector.ou : [])))];
}

/** Receives each account as soon as it is listed. */
type OnAccount = (account: Account) => void;

/** Accounts, and organizational units without any. */
type Listed = Omit<AccountListing, 'isWhole'>;

/**
 * All accounts of the organization.
 * @param needs tells if `ou` is needed, if `ouIds` is needed even when AWS omits `Paths`, and which units, by ID or path,
 *   must be among the empty ones if they are empty
 * @param onAccount receives accounts without `ou`
 */
export async function listOrganization(
  organizations: Organizations,
  needs: { readonly unitNames: boolean; readonly unitIds: boolean; readonly units: readonly string[] },
  onAccount: OnAccount,
): Promise<Listed> {
  const accounts = new Map<string, Account>();
  for await (const { items } of organizations.accounts()) {
    // An account can be listed twice if the organization changes between two pages.
    for (const listed of items) {
      const account = accountOf(listed, null, listed.unitIds);
      accounts.set(account.id, account);
      onAccount(account);
    }
  }
  const all = [...accounts.values()];
  if (!needs.unitNames && !needs.unitIds) return { accounts: all, emptyUnits: [] };
  const tree = new UnitTree(organizations, needs.unitNames);
  const placed = await withPlaces(all, tree, needs);
  const known = { accounts: placed, callerAccountId: null };
  const unused = needs.units.filter((ou) => accountsNamed({ kind: 'ou', ou }, known).length === 0);
  await Promise.all(unused.map((unit) => tree.find(unit)));
  return { accounts: placed, emptyUnits: tree.unitsWithout(placed) };
}

async function withPlaces(
  accounts: readonly Account[],
  tree: UnitTree,
  { unitNames }: { readonly unitNames: boolean },
): Promise<readonly Account[]> {
  if (accounts.some(({ ouIds }) => ouIds === null)) return withPlacesFromTree(accounts, tree);
  return unitNames ? withUnitNames(accounts, tree) : accounts;
}

/**
 * The accounts in and below organizational units.
 * @param units ids or paths
 * @param needs tells if `ou` is needed: for a unit given by ID, that takes a call for each unit above it
 * @throws Failure (exit 2) naming every unit that does not exist
 */
export async function listUnits(
  organizations: Organizations,
  units: readonly string[],
  needs: { readonly unitNames: boolean },
  onAccount: OnAccount,
): Promise<Listed> {
  const tree = new UnitTree(organizations, needs.unitNames);
  const found = await Promise.all(units.map((unit) => tree.find(unit)));
  const unknown = units.filter((_, index) => found[index]?.length === 0);
  if (unknown.length > 0)
    throw new Failure(
      2,
      unknown.map((unit) => unknownUnit(unit, tree.paths)),
    );
  const accounts = await accountsBelow(found.flat(), tree, onAccount);
  const tops = new Set(found.flat().map(({ id }) => id));
  return { accounts, emptyUnits: tree.unitsWithout(accounts, ({ ids }) => ids.some((id) => tops.has(id))) };
}

async function accountsBelow(
  tops: readonly PlacedUnit[],
  tree: UnitTree,
  onAccount: OnAccount,
): Promise<Account[]> {
  const accounts = new Map<string, Account>();
  const seen = new Set<string>();
  const visit = async (unit: PlacedUnit): Promise<void> => {
    if (seen.has(unit.id)) return;
    seen.add(unit.id);
    const below = tree.childrenOf(unit).then((children) => Promise.all(children.map(visit)));
    await Promise.all([below, list(unit)]);
  };
  const list = async (unit: PlacedUnit): Promise<void> => {
    for await (const { items } of tree.organizations.accountsOf(unit.id)) {
      for (const account of items.map((item) => accountOf(item, unit.path, unit.ids))) {
        const known = accounts.get(account.id);
        if (!known) onAccount(account);
        else if (known.ouIds?.at(-1) !== unit.id)
          throw tree.inTwoUnits(account.id, known.ouIds?.at(-1), unit.id);
        accounts.set(account.id, account);
      }
    }
  };
  await Promise.all(tops.map(visit));
  return [...accounts.values()];
}

/** Only reads the children of units that have further units on some account's path. */
async function withUnitNames(accounts: readonly Account[], tree: UnitTree): Promise<Account[]> {
  const rootIds = new Set(accounts.flatMap(({ ouIds }) => ouIds?.[0] ?? []));
  const inner = new Set(accounts.flatMap(({ ouIds }) => ouIds?.slice(0, -1) ?? []));
  const units = await Promise.all([...rootIds].map((id) => tree.below(placedRoot(id), inner)));
  const paths = new Map(units.flat().map(({ id, path }) => [id, path]));
  const stray = accounts.find(({ ouIds }) => !paths.has(ouIds?.at(-1) ?? ''));
  if (stray)
    throw tree.organizations.contradiction(
      'ListOrganizationalUnitsForParent',
      `the list is missing unit ${printable(stray.ouIds?.at(-1) ?? '')}, but ListAccounts has account ${stray.id} in it`,
    );
  return accounts.map((account) => ({ ...account, ou: paths.get(account.ouIds?.at(-1) ?? '') ?? null }));
}

async function withPlacesFromTree(accounts: readonly Account[], tree: UnitTree): Promise<Account[]> {
  const placed = await accountsBelow(await tree.roots(), tree, () => {});
  const byId = new Map(placed.map((account) => [account.id, account]));
  const stray = accounts.find(({ id }) => !byId.has(id));
  if (stray)
    throw tree.organizations.contradiction(
      'ListAccountsForParent',
      `no unit contains account ${stray.id}, but ListAccounts lists it`,
    );
  return accounts.map((account) => byId.get(account.id) ?? account);
}

function accountOf(listed: ListedAccount, ou: string | null, ouIds: readonly string[] | null): Account {
  const { id, name, state } = listed;
  return { id, name, state, ou, ouIds, rolesRead: false, unreadable: null };
}

/** An organizational unit, or the root, with its position in the tree. */
interface PlacedUnit {
  readonly id: string;
  /** Names from the root down, joined by `/`; empty for the root, null if not needed. */
  readonly path: string | null;
  /** The ids of the root, the units above, and this unit. */
  readonly ids: readonly string[];
}

/** The organization's units, each read at most once. */
class UnitTree {
  readonly organizations: Organizations;
  private readonly unitNames: boolean;
  private readonly unitsIn = memoAsync((id: string) => this.organizations.unitsOf(id));
  private readonly rootIds = once(() => this.organizations.rootIds());
  /** The units found so far, without roots. */
  private readonly units = new Map<string, PlacedUnit>();

  /** @param unitNames true to give units paths */
  constructor(organizations: Organizations, unitNames: boolean) {
    this.organizations = organizations;
    this.unitNames = unitNames;
  }

  async roots(): Promise<PlacedUnit[]> {
    return (await this.rootIds()).map(placedRoot);
  }

  async childrenOf(parent: PlacedUnit): Promise<PlacedUnit[]> {
    return (await this.unitsIn(parent.id)).map((unit) =>
      this.place(parent, unit, 'ListOrganizationalUnitsForParent'),
    );
  }

  /** Paths of the units found so far. */
  get paths(): string[] {
    return [...this.units.values()].flatMap(({ path }) => path ?? []);
  }

  /**
   * The units found so far that contain none of the accounts.
   * @param isListed true for a unit whose accounts are all among them
   */
  unitsWithout(accounts: readonly Account[], isListed = (_: PlacedUnit) => true): EmptyUnit[] {
    const inUse = new Set(accounts.flatMap(({ ouIds }) => ouIds ?? []));
    return [...this.units.values()]
      .filter((unit) => !inUse.has(unit.id) && isListed(unit))
      .map(({ id, path }) => ({ id, path }))
      .sort((one, other) => compareStrings(one.id, other.id));
  }

  /** The unit and its descendants, following only units in `inner`. */
  async below(top: PlacedUnit, inner: ReadonlySet<string>): Promise<PlacedUnit[]> {
    if (!inner.has(top.id)) return [top];
    const children = await this.childrenOf(top);
    const units = await Promise.all(children.map((child) => this.below(child, inner)));
    return [top, ...units.flat()];
  }

  /** The units with an ID or a path; names may contain slashes, so several units can have the same path. */
  async find(unit: string): Promise<PlacedUnit[]> {
    if (!isUnitId(unit)) {
      const roots = await this.roots();
      return (await Promise.all(roots.map((root) => this.descend(root, unitPath(unit))))).flat();
    }
    try {
      return [await this.ofId(unit)];
    } catch (error) {
      if (isAwsFailure(error, 'not-found')) return [];
      throw error;
    }
  }

  /** @param below ids of the descendants already visited */
  private async ofId(id: string, below: readonly string[] = []): Promise<PlacedUnit> {
    if (id.startsWith('r-')) return placedRoot(id);
    if (below.includes(id))
      throw this.organizations.contradiction('ListParents', `unit ${printable(id)} is its own ancestor`);
    const [parentId, unit] = await Promise.all([
      this.organizations.parentOf(id),
      this.unitNames ? this.organizations.unit(id) : { id, name: null },
    ]);
    return this.place(await this.ofId(parentId, [...below, id]), unit, 'ListParents');
  }

  inTwoUnits(id: string, one: string | undefined, other: string): AwsFailure {
    const detail = `account ${id} is in both ${printable(one ?? '')} and ${printable(other)}`;
    return this.organizations.contradiction('ListAccountsForParent', detail);
  }

  /**
   * @throws AwsFailure `contradiction` for a unit in two places: the tree would have a cycle, or an account two paths
   */
  private place(
    parent: PlacedUnit,
    unit: { readonly id: string; readonly name: string | null },
    operation: 'ListParents' | 'ListOrganizationalUnitsForParent',
  ): PlacedUnit {
    const other = this.units.get(unit.id)?.ids.at(-2) ?? parent.id;
    const path =
      unit.name === null || parent.path === null
        ? null
        : [parent.path, unit.name].filter((part) => part !== '').join('/');
    const placed = { id: unit.id, path, ids: [...parent.ids, unit.id] };
    this.units.set(unit.id, placed);
    if (other === parent.id && !parent.ids.includes(unit.id)) return placed;
    const where = [other, parent.id].map(printable).join(' and ');
    throw this.organizations.contradiction(operation, `unit ${printable(unit.id)} is in both ${where}`);
  }

  private async descend(from: PlacedUnit, path: string): Promise<PlacedUnit[]> {
    const children = await this.childrenOf(from);
    const found = children.map(async (child) => {
      if (child.path === path) return [child];
      return path.startsWith(`${child.path}/`) ? this.descend(child, path) : [];
    });
    return (await Promise.all(found)).flat();
  }
}

function placedRoot(id: string): PlacedUnit {
  return { id, path: '', ids: [id] };
}
