import { AwsFailure, type AwsFailureKind } from '../aws/failure.ts';
import { Failure, refusal } from '../errors.ts';
import { compareStrings, listed, quoted } from '../text.ts';
import { AccountListing } from './account-listing.ts';
import { AccountReader, type Reading } from './account-reader.ts';
import { type CallPlan, listingFor, type PlanFacts, planCalls, selectorsOf } from './call-plan.ts';
import type { DiscoverySession } from './discovery-session.ts';
import { IdentityCenterTask } from './identity-center/identity-center-task.ts';
import type { Account, Inventory, Role } from './model.ts';
import { PeopleTask } from './people/people-task.ts';
import { withPeople } from './people/with-people.ts';
import { compareRoles } from './provisioned-role.ts';
import type { InventoryQuery } from './query.ts';
import {
  accountsConcerned,
  type ResolvedScope,
  resolveQuery,
  surelyInScope,
  unlistedAccount,
  withStatedAccounts,
} from './scope/resolve-scope.ts';
import { type AccountFailure, requireReadable } from './unreadable-accounts.ts';

/** Accounts read at a time for each call that awaits its answer: while one answer is taken in, the next call is on its way. */
const ACCOUNTS_PER_CALL = 1.5;
const CLOSED: ReadonlySet<AwsFailureKind> = new Set(['denied', 'no-organization']);

/** One question on its way to an answer: lists the accounts, reads each as soon as it is listed, asks Identity Center beside. */
export class Discovery {
  /** The whole organization, where it was listed. */
  organization: readonly Account[] | null = null;
  private readonly session: DiscoverySession;
  private readonly question: InventoryQuery;
  private readonly reader: AccountReader;
  private readonly identityCenter: IdentityCenterTask;
  private readonly people: PeopleTask | null;
  private facts: PlanFacts;

  constructor(session: DiscoverySession, question: InventoryQuery) {
    this.session = session;
    this.question = question;
    this.identityCenter = new IdentityCenterTask(session, question, (permissionSetCount) =>
      this.learn({ permissionSetCount }),
    );
    this.people = question.people
      ? new PeopleTask(session, question.people, (assignments) => this.learn({ assignments }))
      : null;
    const { connection, meter, options } = session;
    this.facts = {
      directAccountIds: connection.directAccountIds,
      scopeIds: null,
      organizationSize: null,
      permissionSetCount: null,
    };
    this.reader = new AccountReader({
      concurrency: Math.ceil(options.concurrency * ACCOUNTS_PER_CALL),
      read: ({ id }) => connection.readRoles(id, options.assumeRole),
      concernsRun: (failure, { id }) => connection.concernsCaller(failure, id),
      onRoles: (roles) => {
        this.identityCenter.hear(roles);
        this.people?.hear(roles);
      },
      onProgress: (accountsDone) => meter.update({ accountsDone }),
    });
  }

  async run(): Promise<Inventory> {
    try {
      const listed = await Promise.race([this.list(), this.reader.broken]);
      const { callerAccountId } = this.session;
      const accounts = withStatedAccounts(this.question, listed, callerAccountId, this.organization !== null);
      const scope = this.resolve(accounts);
      this.enqueue(scope, accounts);
      const reading = await this.reader.finished();
      const unreadable = this.unreadable(reading.failures);
      const roles = [...reading.rolesByAccount.values()].flat().sort(compareRoles);
      return await this.inventory(accounts, roles, reading, unreadable);
    } finally {
      this.reader.stop();
    }
  }

  private async list(): Promise<readonly Account[]> {
    const listing = listingFor(this.question);
    const isSure = surelyInScope(this.question, this.session.callerAccountId);
    const onAccount = (account: Account) => {
      if (isSure(account)) this.reader.add(account);
    };
    const accounts = new AccountListing(this.session.connection.organizations());
    switch (listing) {
      case 'none':
        return [];
      case 'units':
        this.learn({});
        return accounts.inUnits(selectorsOf(this.question), onAccount);
      case 'whole':
        this.organization = await this.unlessClosed(
          accounts.whole(this.learn({}).unitNames, this.asksForUnits(), onAccount),
        );
        return this.organization ?? [];
    }
  }

  /** Null where the organization is only looked at if that is allowed, and it is not. */
  private async unlessClosed<T>(listing: Promise<T>): Promise<T | null> {
    try {
      return await listing;
    } catch (error) {
      const isClosed = error instanceof AwsFailure && CLOSED.has(error.kind);
      if (isClosed && this.question.organizationTree === 'if-allowed') return null;
      throw error;
    }
  }

  private asksForUnits(): boolean {
    return selectorsOf(this.question).some(({ kind }) => kind === 'ou');
  }

  private resolve(accounts: readonly Account[]): ResolvedScope {
    const { callerAccountId, connection, options } = this.session;
    const scope = resolveQuery(this.question, accounts, callerAccountId);
    if (scope.problems.length > 0) throw new Failure(2, scope.problems);
    if (scope.accounts.length === 0) {
      throw refusal({
        message: 'the scope holds no account',
        help:
          scope.leftOut.length > 0
            ? `Left out, as excluded, suspended or closed: ${listed(scope.leftOut)}.`
            : 'Look at what is excluded, and at which accounts are active.',
      });
    }
    const ids = new Set(scope.accounts.map(({ id }) => id));
    for (const { accountId: id, profile } of connection.furtherProfiles) {
      if (ids.has(id)) continue;
      options.onFinding?.({
        severity: 'note',
        code: 'profile-unused',
        message: `profile ${quoted(profile ?? '')} is of account ${id}, which is not in the scope`,
      });
    }
    return scope;
  }

  private enqueue(scope: ResolvedScope, accounts: readonly Account[]): void {
    const scopeIds = scope.accounts.map(({ id }) => id);
    this.learn({ scopeIds, organizationSize: this.organization?.length ?? null });
    this.session.meter.update({ accountsTotal: scopeIds.length });
    const known = new Map(accounts.map((account) => [account.id, account]));
    for (const id of scopeIds) this.reader.add(known.get(id) ?? unlistedAccount(id));
  }

  /** Makes the plan, or makes it again when more is known, and tells it. */
  private learn(facts: Partial<PlanFacts>): CallPlan {
    this.facts = { ...this.facts, ...facts };
    const plan = planCalls(this.question, this.facts);
    this.session.options.onPlan?.(plan);
    return plan;
  }

  /** @throws Failure (exit 3) naming all accounts that may not be skipped, once every account was tried */
  private unreadable(failures: readonly AccountFailure[]): ReadonlyMap<string, string> {
    const { skipUnreadable, onFinding } = this.session.options;
    const sorted = [...failures].sort((one, other) => compareStrings(one.account.id, other.account.id));
    for (const finding of requireReadable(sorted, skipUnreadable ?? (() => false))) onFinding?.(finding);
    return new Map(sorted.map(({ account, cause, detail }) => [account.id, `${cause}: ${detail}`]));
  }

  private async inventory(
    accounts: readonly Account[],
    roles: readonly Role[],
    { rolesByAccount }: Reading,
    unreadable: ReadonlyMap<string, string>,
  ): Promise<Inventory> {
    const { callerAccountId, partition } = this.session;
    const [answer, people] = await Promise.all([
      this.identityCenter.finish(roles),
      this.people?.finish(roles, new Set(rolesByAccount.keys())),
    ]);
    const concerned = accountsConcerned(this.question, accounts, callerAccountId);
    const inventory: Inventory = {
      capturedAt: new Date().toISOString(),
      partition,
      callerAccountId,
      instance: answer.instance,
      accounts: concerned.map((account) => ({
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
