import { isAwsFailure } from '../aws/failure.ts';
import { WIDTH } from '../aws/rate-limit.ts';
import { Failure, refusal } from '../errors.ts';
import { compareStrings, listed, quoted } from '../text.ts';
import { AccountReader } from './account-reader.ts';
import { type CallPlan, listingFor, type PlanFacts, planCalls } from './call-plan.ts';
import type { Connection } from './connection.ts';
import { EarlyRead, type IdentityCenterAnswer } from './identity-center.ts';
import { listOrganization, listUnits } from './list-accounts.ts';
import type { Account, Inventory } from './model.ts';
import { PeopleReader, withPeople } from './people/read-people.ts';
import { compareRoles, homeRegionIn } from './provisioned-roles.ts';
import { type InventoryQuery, selectorsOf } from './query.ts';
import {
  type AccountListing,
  accountsConcerned,
  resolveQuery,
  surelyInScope,
  withStatedAccounts,
} from './scope/resolve-scope.ts';
import { requireReadable } from './unreadable-accounts.ts';

/** Accounts read at a time for each call to STS that may be under way: as many as await IAM meanwhile. */
const ACCOUNTS_PER_CALL = 2;

/** Answers one query: lists the accounts, reads each as soon as it is listed, and asks Identity Center meanwhile. */
export class Discovery {
  private readonly connection: Connection;
  private readonly query: InventoryQuery;
  private readonly reader: AccountReader;
  private readonly identityCenter: EarlyRead<IdentityCenterAnswer>;
  private readonly people: PeopleReader | null;
  private facts: PlanFacts;

  constructor(connection: Connection, query: InventoryQuery) {
    this.connection = connection;
    this.query = query;
    const { options, progress } = connection;
    const { start, most } = options.width ?? WIDTH;
    this.facts = {
      directAccountIds: connection.directAccountIds,
      scopeIds: null,
      organizationSize: null,
      permissionSetCount: null,
    };
    this.identityCenter = new EarlyRead((home) =>
      connection.identityCenter.read(query.permissionSets, home, (permissionSetCount) =>
        this.updatePlan({ permissionSetCount }),
      ),
    );
    this.identityCenter.start(options.ssoRegion);
    this.people = query.people
      ? new PeopleReader(connection, query.people, (assignments) => this.updatePlan({ assignments }))
      : null;
    this.reader = new AccountReader({
      width: { start, most: most * ACCOUNTS_PER_CALL },
      read: ({ id }) => connection.readRoles(id),
      isFatal: (failure, { id }) => connection.isOfCaller(failure, id),
      onRoles: (roles) => {
        this.identityCenter.start(homeRegionIn(roles));
        this.people?.addRoles(roles);
      },
      onProgress: (accountsDone) => progress.update({ accountsDone }),
    });
  }

  async run(): Promise<Inventory> {
    const { callerAccountId, progress } = this.connection;
    try {
      const listing = await Promise.race([this.list(), this.reader.aborted]);
      const accounts = withStatedAccounts(this.query, listing, callerAccountId);
      const scopeIds = this.scopeIds(accounts);
      const organizationSize = listing.isWhole ? listing.accounts.length : null;
      this.updatePlan({ scopeIds: [...scopeIds], organizationSize });
      progress.update({ accountsTotal: scopeIds.size });
      for (const account of accounts) if (scopeIds.has(account.id)) this.reader.add(account);
      await this.reader.finished();
      return await this.inventory(accounts, this.unreadableAccounts());
    } finally {
      this.reader.stop();
    }
  }

  private async list(): Promise<AccountListing> {
    if (listingFor(this.query) === 'none') return { accounts: [], isWhole: false };
    const { listing, unitNames } = this.updatePlan({});
    const isInScope = surelyInScope(this.query, this.connection.callerAccountId);
    const onAccount = (account: Account) => {
      if (isInScope(account)) this.reader.add(account);
    };
    const organizations = await this.connection.organizations();
    const units = new Set(
      selectorsOf(this.query).flatMap((selector) => (selector.kind === 'ou' ? selector.ou : [])),
    );
    if (listing === 'units')
      return {
        accounts: await listUnits(organizations, [...units], { unitNames }, onAccount),
        isWhole: false,
      };
    const needs = { unitNames, unitIds: units.size > 0 };
    try {
      return { accounts: await listOrganization(organizations, needs, onAccount), isWhole: true };
    } catch (error) {
      // Organizations may not be called, or there is none.
      const isNotAllowed = isAwsFailure(error, 'denied', 'no-organization');
      if (this.query.organizationTree !== 'if-allowed' || !isNotAllowed) throw error;
      return { accounts: [], isWhole: false };
    }
  }

  /** @throws Failure (exit 2) for names that do not resolve, and where no account is left */
  private scopeIds(accounts: readonly Account[]): ReadonlySet<string> {
    const { callerAccountId, others, options } = this.connection;
    const scope = resolveQuery(this.query, accounts, callerAccountId);
    if (scope.problems.length > 0) throw new Failure(2, scope.problems);
    if (scope.accounts.length === 0) {
      throw refusal({
        message: 'the scope contains no account',
        help: `Excluded, suspended, closed or outside the scope flags: ${listed(scope.leftOut)}.`,
      });
    }
    const ids = new Set(scope.accounts.map(({ id }) => id));
    for (const { accountId: id, profile } of others) {
      if (ids.has(id)) continue;
      options.onFinding?.({
        severity: 'note',
        code: 'profile-unused',
        message: `profile ${quoted(profile ?? '')} belongs to account ${id}, which is not in the scope`,
      });
    }
    return ids;
  }

  /** Plans again with what is known now, and reports the plan. */
  private updatePlan(facts: Partial<PlanFacts>): CallPlan {
    this.facts = { ...this.facts, ...facts };
    const plan = planCalls(this.query, this.facts);
    this.connection.options.onPlan?.(plan);
    return plan;
  }

  /** @throws Failure (exit 3) naming all accounts that may not be skipped, once every account was tried */
  private unreadableAccounts(): ReadonlyMap<string, string> {
    const { skipUnreadable = () => false, onFinding } = this.connection.options;
    const failures = this.reader.failures.toSorted((one, other) =>
      compareStrings(one.account.id, other.account.id),
    );
    for (const finding of requireReadable(failures, skipUnreadable)) onFinding?.(finding);
    return new Map(failures.map(({ account, cause, detail }) => [account.id, `${cause}: ${detail}`]));
  }

  private async inventory(
    accounts: readonly Account[],
    unreadable: ReadonlyMap<string, string>,
  ): Promise<Inventory> {
    const { callerAccountId, primary } = this.connection;
    const { rolesByAccount } = this.reader;
    const roles = [...rolesByAccount.values()].flat().sort(compareRoles);
    const [answer, people] = await Promise.all([
      this.identityCenter.finish(this.connection.homeRegion(roles)),
      this.people?.finish(roles, new Set(rolesByAccount.keys())),
    ]);
    const inventory: Inventory = {
      capturedAt: new Date().toISOString(),
      partition: primary.partition,
      callerAccountId,
      instance: answer.instance,
      accounts: accountsConcerned(this.query, accounts, callerAccountId).map((account) => ({
        ...account,
        rolesRead: rolesByAccount.has(account.id),
        unreadable: unreadable.get(account.id) ?? null,
      })),
      permissionSets: answer.permissionSets,
      roles,
      assignments: null,
      principals: null,
    };
    return people ? withPeople(inventory, people) : inventory;
  }
}
