import { AwsFailure } from '../aws/failure.ts';
import type { ListedAccount, Organizations } from '../aws/organizations.ts';
import { Failure } from '../errors.ts';
import type { Account } from './model.ts';
import { type AccountSelector, isUnitId, unitPath } from './scope/account-selector.ts';
import { unknownUnit } from './scope/scope-problem.ts';
import { type PlacedUnit, placedRoot, UnitTree } from './unit-tree.ts';

/** Lists the accounts of the organization, as much of it as is needed. */
export class AccountListing {
  private readonly organizations: Organizations;
  private readonly tree: UnitTree;

  constructor(organizations: Organizations) {
    this.organizations = organizations;
    this.tree = new UnitTree(organizations);
  }

  /**
   * Every account of the organization.
   * @param unitNames whether `ou` is needed, not only `ouIds`
   * @param unitIds whether `ouIds` is needed even where AWS leaves `Paths` out
   * @param onAccount hears of each account as soon as it is listed, without `ou`
   */
  async whole(
    unitNames: boolean,
    unitIds: boolean,
    onAccount: (account: Account) => void,
  ): Promise<Account[]> {
    const accounts = new Map<string, Account>();
    for await (const { items } of this.organizations.accounts()) {
      // An account can be listed twice when the organization changes between two pages.
      for (const listed of items.filter(({ id }) => !accounts.has(id))) {
        const account = accountOf(listed, null, listed.unitIds);
        accounts.set(account.id, account);
        onAccount(account);
      }
    }
    const all = [...accounts.values()];
    if (!unitNames && !unitIds) return all;
    if (all.some(({ ouIds }) => ouIds === null)) return this.placedByWalking(all);
    return unitNames ? this.named(all) : all;
  }

  /**
   * The accounts in the units that the selectors name, and below them.
   * @throws Failure (exit 2) naming every unit that does not exist
   */
  async inUnits(
    selectors: readonly AccountSelector[],
    onAccount: (account: Account) => void,
  ): Promise<Account[]> {
    const units = [
      ...new Set(selectors.flatMap((selector) => (selector.kind === 'ou' ? [selector.ou] : []))),
    ];
    const found = await Promise.all(units.map((unit) => this.find(unit)));
    const unknown = units.filter((_, index) => found[index]?.length === 0);
    if (unknown.length > 0)
      throw new Failure(
        2,
        unknown.map((unit) => unknownUnit(unit, this.tree.seenPaths)),
      );
    return this.accountsBelow(found.flat(), onAccount);
  }

  private async find(unit: string): Promise<PlacedUnit[]> {
    if (!isUnitId(unit)) return this.tree.atPath(unitPath(unit));
    try {
      return [await this.tree.ofId(unit)];
    } catch (error) {
      if (error instanceof AwsFailure && error.kind === 'not-found') return [];
      throw error;
    }
  }

  private async accountsBelow(
    tops: readonly PlacedUnit[],
    onAccount: (account: Account) => void,
  ): Promise<Account[]> {
    const accounts = new Map<string, Account>();
    const seen = new Set<string>();
    const walk = async (unit: PlacedUnit): Promise<void> => {
      if (seen.has(unit.id)) return;
      seen.add(unit.id);
      const below = this.tree.childrenOf(unit).then((children) => Promise.all(children.map(walk)));
      const here = this.organizations.accountsOf(unit.id).then((listed) => {
        for (const account of listed.map((one) => accountOf(one, unit.path, unit.ids))) {
          if (!accounts.has(account.id)) onAccount(account);
          accounts.set(account.id, account);
        }
      });
      await Promise.all([below, here]);
    };
    await Promise.all(tops.map(walk));
    return [...accounts.values()];
  }

  /** Only units that have units below them on some account's path are opened. */
  private async named(accounts: readonly Account[]): Promise<Account[]> {
    const rootIds = new Set(accounts.flatMap(({ ouIds }) => ouIds?.[0] ?? []));
    const inner = new Set(accounts.flatMap(({ ouIds }) => ouIds?.slice(0, -1) ?? []));
    const units = await Promise.all(
      [...rootIds].map((id) => this.tree.below(placedRoot(id), (unit) => inner.has(unit.id))),
    );
    const paths = new Map(units.flat().map(({ id, path }) => [id, path]));
    return accounts.map((account) => ({ ...account, ou: paths.get(account.ouIds?.at(-1) ?? '') ?? null }));
  }

  private async placedByWalking(accounts: readonly Account[]): Promise<Account[]> {
    const placed = await this.accountsBelow(await this.tree.roots(), () => {});
    const byId = new Map(placed.map((account) => [account.id, account]));
    return accounts.map((account) => byId.get(account.id) ?? account);
  }
}

function accountOf(listed: ListedAccount, ou: string | null, ouIds: readonly string[] | null): Account {
  const { id, name, state } = listed;
  return { id, name, state, ou, ouIds, rolesRead: false, unreadable: null };
}
