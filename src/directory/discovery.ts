import { WIDTH } from '../aws/rate-limit.ts';
import { note, warning } from '../errors.ts';
import { compareStrings, quoted } from '../text.ts';
import { accountsNamed, type KnownAccounts } from './account-matcher.ts';
import { AccountReader } from './account-reader.ts';
import type { Connection } from './connection.ts';
import { EarlyRead } from './identity-center.ts';
import { listAccounts } from './list-accounts.ts';
import type { Account, Inventory, Role } from './model.ts';
import { compareTimes, homeRegionIn } from './provisioned-roles.ts';
import type { InventoryQuery } from './query.ts';
import { PeopleReader, withPeople } from './read-people.ts';
import {
  type AccountListing,
  accountsConcerned,
  requireScope,
  type ScopeAccount,
  surelyInScope,
  withStatedAccounts,
} from './scope.ts';
import { selectorProblem } from './scope-problems.ts';
import { type AccountFailure, managementNote, requireReadable } from './unreadable-accounts.ts';

/** Data from Identity Center; null if not read. */
type IdentityCenterAnswer = Pick<Inventory, 'instance' | 'permissionSets'>;

/** The inventory's fields on why an account was not read. */
type UnreadAccount = Pick<Account, 'unreadable' | 'isManagement'>;

/**
 * Answers one query: lists the accounts, reads each one as soon as it is listed, and reads Identity Center meanwhile.
 */
export class Discovery {
  private readonly connection: Connection;
  private readonly query: InventoryQuery;
  private readonly reader: AccountReader<readonly Role[]>;
  private readonly identityCenter: EarlyRead<IdentityCenterAnswer>;
  private readonly people: PeopleReader | null;

  constructor(connection: Connection, query: InventoryQuery) {
    this.connection = connection;
    this.query = query;
    const { options, progress } = connection;
    this.identityCenter = new EarlyRead((home) => connection.identityCenter.read(query.permissionSets, home));
    this.identityCenter.start(options.ssoRegion);
    this.people = query.people ? new PeopleReader(connection, query.people) : null;
    this.reader = new AccountReader<readonly Role[]>({
      width: options.width ?? WIDTH,
      read: (account) => connection.readRoles(account),
      // A contradiction doesn't count as an unreadable account to skip: none of AWS's other answers can be trusted
      // either.
      isFatal: (failure, { id }) => failure.isContradiction || connection.isOfCaller(failure, id),
      onRead: (roles) => {
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
      const known = { accounts, callerAccountId, emptyUnits: listing.emptyUnits };
      const scope = this.scope(known);
      if (listing.isWhole) this.checkRules(known);
      const scopeIds = new Set(scope.map(({ id }) => id));
      const inScope = accounts.filter(({ id }) => scopeIds.has(id));
      const withoutRole = inScope.flatMap((account) => this.connection.problemOf(account) ?? []);
      progress.update({ accountsTotal: scopeIds.size - withoutRole.length });
      for (const account of inScope) this.readIfPossible(account);
      await this.reader.finished();
      const failures = this.reader.failures.filter(({ account }) => scopeIds.has(account.id));
      const unread = await this.unreadAccounts([...failures, ...withoutRole], scope);
      return await this.inventory(known, scopeIds, unread);
    } finally {
      this.reader.stop();
    }
  }

  private list(): Promise<AccountListing> {
    const { connection, query } = this;
    const isInScope = surelyInScope(query, connection.callerAccountId);
    const onAccount = (account: Account) => {
      if (isInScope(account)) this.readIfPossible(account);
    };
    return listAccounts(connection, query, onAccount);
  }

  /** Reads an account, unless its role to assume is (still) unknown. */
  private readIfPossible(account: Account): void {
    if (!this.connection.problemOf(account)) this.reader.add(account);
  }

  /** @throws Failure (exit 2) for names that do not resolve, and for an empty scope */
  private scope(known: KnownAccounts): readonly ScopeAccount[] {
    const { others } = this.connection;
    const scope = requireScope(this.query, known);
    const ids = new Set(scope.map(({ id }) => id));
    const unused = others.filter(({ accountId }) => !ids.has(accountId));
    this.connection.report(
      unused.map(({ accountId, profile }) => {
        const message = `profile ${quoted(profile ?? '')} belongs to account ${accountId}, which isn't in the scope`;
        return note('profile-unused', message);
      }),
    );
    return scope;
  }

  /**
   * Warns about names in `assumeRole` that match no account, or several: a typo there would assume a different role.
   */
  private checkRules(known: KnownAccounts): void {
    const { rules } = this.connection;
    for (const selector of rules.selectors) {
      const problem = selector.kind === 'glob' ? undefined : selectorProblem(selector, known);
      if (!problem) continue;
      const isUsed = accountsNamed(selector, known).length > 0;
      const message = `an \`assumeRole\` rule ${isUsed ? 'applies to several accounts' : "isn't used"}: ${problem.message}`;
      this.connection.report([warning('assume-role-unused', message, problem)]);
    }
  }

  /**
   * The reasons why accounts were not read, by ID.
   * @throws Failure (exit 3) naming all accounts that may not be skipped, after every account was tried
   */
  private async unreadAccounts(
    failures: readonly AccountFailure[],
    scope: readonly ScopeAccount[],
  ): Promise<ReadonlyMap<string, UnreadAccount>> {
    const { skipUnreadable = () => false } = this.connection.options;
    const sorted = failures.toSorted((one, other) => compareStrings(one.account.id, other.account.id));
    const management = await this.unreadManagement(sorted, scope);
    const others = sorted.filter((failure) => failure !== management);
    this.connection.report(requireReadable(others, skipUnreadable));
    if (management) this.connection.report([managementNote(management.account, reasonText(management))]);
    return new Map(
      sorted.map((failure) => [
        failure.account.id,
        { unreadable: reasonText(failure), ...(failure === management && { isManagement: true }) },
      ]),
    );
  }

  /**
   * The management account, unless it was requested explicitly, has a role for the caller, or no other account was
   * read.
   */
  private async unreadManagement(
    failures: readonly AccountFailure[],
    scope: readonly ScopeAccount[],
  ): Promise<AccountFailure | undefined> {
    const { skipUnreadable = () => false } = this.connection.options;
    const exact = new Set(scope.flatMap((account) => (account.exact ? account.id : [])));
    const open = failures.filter(
      ({ account, withoutRole }) => withoutRole && !exact.has(account.id) && !skipUnreadable(account),
    );
    if (open.length === 0 || this.reader.found.size === 0) return undefined;
    const id = await this.connection.managementAccountId();
    return open.find(({ account }) => account.id === id);
  }

  /** @throws AwsFailure `contradiction` if roles show that the list of permission sets is incomplete */
  private async permissionSets(roles: readonly Role[]): Promise<IdentityCenterAnswer> {
    const { identityCenter } = this.connection;
    const home = await this.connection.homeRegion(roles);
    const answer = await this.identityCenter.finish(home);
    if (this.query.permissionSets === 'all')
      await (await identityCenter.organization(home)).requireNamesOf(roles);
    return answer;
  }

  private async inventory(
    known: KnownAccounts,
    scopeIds: ReadonlySet<string>,
    unread: ReadonlyMap<string, UnreadAccount>,
  ): Promise<Inventory> {
    const { callerAccountId, primary } = this.connection;
    const rolesByAccount = new Map([...this.reader.found].filter(([id]) => scopeIds.has(id)));
    const roles = [...rolesByAccount.values()].flat().sort(compareRoles);
    const [answer, people] = await Promise.all([
      this.permissionSets(roles),
      this.people?.finish(roles, new Set(rolesByAccount.keys())),
    ]);
    const inventory: Inventory = {
      capturedAt: new Date().toISOString(),
      partition: primary.partition,
      callerAccountId,
      accounts: accountsConcerned(this.query, known).map((account) => ({
        ...account,
        rolesRead: rolesByAccount.has(account.id),
        unreadable: null,
        ...unread.get(account.id),
      })),
      ...(known.emptyUnits?.length && { emptyUnits: known.emptyUnits }),
      ...answer,
      roles,
      assignments: null,
      principals: null,
    };
    return this.connection.withCoverage(people ? withPeople(inventory, people) : inventory);
  }
}

function reasonText({ cause, detail }: AccountFailure): string {
  return `${cause}: ${detail}`;
}

/** Sorts by account, permission set and age. */
export function compareRoles(one: Role, other: Role): number {
  return (
    compareStrings(one.accountId, other.accountId) ||
    compareStrings(one.permissionSet, other.permissionSet) ||
    compareTimes(one.createdAt, other.createdAt) ||
    compareStrings(one.pathArn, other.pathArn)
  );
}
