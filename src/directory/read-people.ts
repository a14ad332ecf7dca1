import { type Finding, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed, quoted } from '../text.ts';
import type { Connection } from './connection.ts';
import { EarlyRead, type HomeRegion } from './identity-center.ts';
import type { Assignment, Instance, Inventory, PermissionSet, Principal, Role } from './model.ts';
import type { OrganizationSets } from './permission-sets.ts';
import { homeRegionIn } from './provisioned-roles.ts';
import type { PeopleQuery } from './query.ts';
import { AssignmentReader } from './read-assignments.ts';
import { type RolePair, RolePairs } from './role-pairs.ts';
import { UsersAndGroups } from './users-and-groups.ts';

/** Assignments and their principals. */
interface PeopleAnswer {
  readonly instance: Instance | null;
  /** Permission sets whose names were read. */
  readonly permissionSets: readonly PermissionSet[];
  readonly assignments: readonly Assignment[];
  readonly principals: readonly Principal[];
  /** Accounts whose assignments the caller can't read. */
  readonly deniedAccounts: ReadonlySet<string>;
  /** Roles that outlived their permission sets. */
  readonly leftovers: readonly RolePair[];
}

/** The answer without roles and named principals: no call is needed. */
const NOBODY: PeopleAnswer = {
  instance: null,
  permissionSets: [],
  assignments: [],
  principals: [],
  deniedAccounts: new Set(),
  leftovers: [],
};

/** Reads assignments while the roles are still being read. */
export class PeopleReader {
  private readonly connection: Connection;
  private readonly query: PeopleQuery;
  private readonly early = new EarlyRead((home) => this.read(home));
  private readonly pairs = new RolePairs();
  private readonly accountIds: Promise<ReadonlySet<string>>;
  private resolveAccountIds: (ids: ReadonlySet<string>) => void = () => {};

  constructor(connection: Connection, query: PeopleQuery) {
    this.connection = connection;
    this.query = query;
    this.accountIds = new Promise((resolve) => {
      this.resolveAccountIds = resolve;
    });
  }

  /** Adds roles as they are read. */
  addRoles(roles: readonly Role[]): void {
    const wanted = roles.filter(({ roleArn }) => this.query.roleArns?.has(roleArn) ?? true);
    this.pairs.add(wanted);
    if (wanted.length > 0) this.early.start(this.connection.options.ssoRegion ?? homeRegionIn(roles));
  }

  /**
   * @param roles all roles that were read
   * @param accountIds the accounts whose roles were read
   * @throws Failure (exit 3)
   */
  async finish(roles: readonly Role[], accountIds: ReadonlySet<string>): Promise<PeopleAnswer> {
    this.pairs.complete();
    this.resolveAccountIds(accountIds);
    return this.early.finish(await this.connection.homeRegion(roles));
  }

  private async read(home: HomeRegion): Promise<PeopleAnswer> {
    const { query, pairs } = this;
    const isAboutOthers = query.named.length + (query.mentioned ?? []).length > 0;
    if (pairs.counts.pairs === 0 && !isAboutOthers) return NOBODY;
    const sets = await this.connection.identityCenter.organization(home);
    const mentioned = query.mentioned?.filter(({ instanceArn }) => instanceArn === sets.instance.arn);
    const { progress } = this.connection;
    const people = new UsersAndGroups(await this.connection.identityStore(sets.instance), (people) =>
      progress.update({ people }),
    );
    const reader = await this.assignmentReader(sets, people);
    const found = await people.findNamed(query.named);
    const { assignments, deniedAccounts } = await (query.onlyNamed ? reader.of(found) : reader.all());
    const accountIds = await this.accountIds;
    const inScope = assignments.filter(({ accountId }) => accountIds.has(accountId));
    sets.requireListed(inScope, 'is assigned');
    // With `onlyNamed`, only the named principals' assignments were looked up.
    const leftovers = query.onlyNamed ? [] : sets.leftovers(await pairs.all);
    this.connection.report(leftoverWarnings(leftovers));
    await sets.describe(inScope.map(({ permissionSetArn }) => permissionSetArn));
    const named = query.roleArns && new Set(found.flatMap(({ id, groups }) => [id, ...(groups ?? [])]));
    const wanted = await reader.wanted(inScope, named);
    return {
      instance: sets.instance,
      assignments: wanted,
      principals: await people.principals(query, wanted, found, mentioned),
      permissionSets: sets.named(),
      deniedAccounts,
      leftovers,
    };
  }

  private async assignmentReader(sets: OrganizationSets, people: UsersAndGroups): Promise<AssignmentReader> {
    const { connection, pairs, accountIds } = this;
    const { progress } = connection;
    const caller = await connection.ssoIdentity();
    return new AssignmentReader({
      sets,
      people,
      pairs,
      isManagement: sets.ownerAccountId === caller.accountId,
      accountIds,
      onFinding: (finding) => connection.report([finding]),
      onProgress: (done, total) => progress.update({ assignments: { done, total } }),
      onAssignments: (assignments) => this.prefetchMembers(assignments, people),
    });
  }

  /** Group members have their own rate limit, so they are read while assignments are still arriving. */
  private prefetchMembers(assignments: readonly Assignment[], people: UsersAndGroups): void {
    if (!this.query.members) return;
    for (const { principalType, principalId, accountId } of assignments) {
      if (principalType !== 'GROUP' || !this.pairs.hasAccount(accountId)) continue;
      people.membersOf(principalId).catch(() => {});
    }
  }
}

/** Warnings about roles that outlived their permission sets, one for each set. */
function leftoverWarnings(pairs: readonly RolePair[]): Finding[] {
  return [...groupBy(pairs, ({ permissionSet }) => permissionSet)].map(([name, ofSet]) =>
    warning(
      'permission-set-gone',
      `Identity Center has no permission set ${quoted(name)}, but its role exists in account ${listed(ofSet.map(({ accountId }) => accountId))}, so its assignments are unknown`,
    ),
  );
}

/** The inventory with assignments and principals. */
export function withPeople(inventory: Inventory, answer: PeopleAnswer): Inventory {
  const { assignments, principals, deniedAccounts } = answer;
  const leftovers = groupBy(answer.leftovers, ({ accountId }) => accountId);
  const sets = [...(inventory.permissionSets ?? []), ...answer.permissionSets];
  return {
    ...inventory,
    instance: answer.instance ?? inventory.instance,
    accounts: inventory.accounts.map((account) => ({
      ...account,
      assignmentsRead: account.rolesRead && !deniedAccounts.has(account.id),
      ...(leftovers.has(account.id) && {
        leftoverSets: (leftovers.get(account.id) ?? []).map(({ permissionSet }) => permissionSet).sort(),
      }),
    })),
    permissionSets: [...new Map(sets.map((set) => [set.arn, set])).values()],
    assignments,
    principals,
  };
}
