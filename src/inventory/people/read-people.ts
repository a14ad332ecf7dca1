import type { Finding } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import type { AssignmentCalls } from '../call-plan.ts';
import type { Connection } from '../connection.ts';
import { EarlyRead, type HomeRegion, type OrganizationInstance } from '../identity-center.ts';
import type { Account, Assignment, Instance, Inventory, PermissionSet, Principal, Role } from '../model.ts';
import { homeRegionIn } from '../provisioned-roles.ts';
import type { PeopleQuery } from '../query.ts';
import { Directory, type FoundPrincipal, findNamed, readPrincipals } from './directory.ts';
import {
  type AssignmentSources,
  compareAssignments,
  pairKey,
  readAllAssignments,
  readAssignmentsOf,
} from './read-assignments.ts';
import { leftoverWarnings, PermissionSetSearch, type RolePair, RolePairs } from './role-pairs.ts';

/** Who is assigned what, and who that is. */
interface PeopleAnswer {
  readonly instance: Instance | null;
  /** Those whose names were read. */
  readonly permissionSets: readonly PermissionSet[];
  readonly assignments: readonly Assignment[];
  readonly principals: readonly Principal[];
  /** Accounts whose assignments may not be read. */
  readonly deniedAccounts: ReadonlySet<string>;
  /** Roles that outlived their permission sets. */
  readonly leftovers: readonly RolePair[];
}

/** The answer where there is no role and no principal is named: no call is needed. */
const NOBODY: PeopleAnswer = {
  instance: null,
  permissionSets: [],
  assignments: [],
  principals: [],
  deniedAccounts: new Set(),
  leftovers: [],
};

/** Reads who is assigned what while the roles are still being read. */
export class PeopleReader {
  private readonly connection: Connection;
  private readonly query: PeopleQuery;
  private readonly onPlan: (calls: AssignmentCalls) => void;
  private readonly early = new EarlyRead((home) => this.read(home));
  private readonly pairs = new RolePairs();
  private readonly accountIds: Promise<ReadonlySet<string>>;
  private resolveAccountIds: (ids: ReadonlySet<string>) => void = () => {};

  /** @param onPlan called once it is chosen how assignments are read */
  constructor(
    connection: Connection,
    query: PeopleQuery,
    onPlan: (calls: AssignmentCalls) => void = () => {},
  ) {
    this.connection = connection;
    this.query = query;
    this.onPlan = onPlan;
    this.accountIds = new Promise((resolve) => {
      this.resolveAccountIds = resolve;
    });
  }

  /** Takes roles as they are read. */
  addRoles(roles: readonly Role[]): void {
    const wanted = roles.filter(({ roleArn }) => this.query.roleArns?.has(roleArn) ?? true);
    this.pairs.add(wanted);
    if (wanted.length > 0) this.early.start(this.connection.options.ssoRegion ?? homeRegionIn(roles));
  }

  /**
   * @param roles all that were read
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
    if (pairs.counts.pairs === 0 && query.named.length === 0) return NOBODY;
    const { identityCenter } = this.connection;
    const organization = await identityCenter.organization(home);
    const sources = await this.sources(organization);
    const { directory, sets } = sources;
    const found = await findNamed(query.named, directory);
    const { assignments, deniedAccounts } = query.onlyNamed
      ? await readAssignmentsOf(found, sources)
      : await readAllAssignments(sources);
    const accountIds = await this.accountIds;
    const inScope = assignments.filter(({ accountId }) => accountIds.has(accountId));
    requireListed(inScope, organization);
    // Of named principals alone, only what they are assigned was looked up.
    const leftovers = query.onlyNamed ? [] : sets.leftovers(await pairs.all);
    for (const finding of leftoverWarnings(leftovers)) this.connection.options.onFinding?.(finding);
    await sets.describe(inScope.map(({ permissionSetArn }) => permissionSetArn));
    const wanted = query.roleArns === null ? inScope : await this.onWantedRoles(inScope, found, sets);
    return {
      instance: organization.instance,
      assignments: wanted.toSorted(compareAssignments),
      principals: await readPrincipals(query, wanted, found, directory),
      permissionSets: identityCenter.named(organization.arns),
      deniedAccounts,
      leftovers,
    };
  }

  private async sources(organization: OrganizationInstance): Promise<AssignmentSources> {
    const { connection, pairs, accountIds, onPlan } = this;
    const { identityCenter, progress, options } = connection;
    const directory = new Directory(await connection.identityStore(organization.instance), (people) =>
      progress.update({ people }),
    );
    const caller = await connection.ssoIdentity();
    return {
      api: await connection.accountAssignments(organization.instance),
      isManagement: organization.ownerAccountId === caller.accountId,
      directory,
      sets: new PermissionSetSearch(identityCenter, organization, pairs),
      pairs,
      accountIds,
      onFinding: (finding: Finding) => options.onFinding?.(finding),
      onPlan,
      onProgress: (done, total) => progress.update({ assignments: { done, total } }),
      onAssignments: (assignments) => this.prefetchMembers(assignments, directory),
    };
  }

  /** Group members have a rate limit of their own, so they are read while assignments are still coming. */
  private prefetchMembers(assignments: readonly Assignment[], directory: Directory): void {
    if (!this.query.members) return;
    for (const { principalType, principalId, accountId } of assignments) {
      if (principalType !== 'GROUP' || !this.pairs.hasAccount(accountId)) continue;
      directory.membersOf(principalId).catch(() => {});
    }
  }

  /** By user and group more comes back than the roles that were asked for; of named principals all of it is wanted. */
  private async onWantedRoles(
    assignments: readonly Assignment[],
    named: readonly FoundPrincipal[],
    sets: PermissionSetSearch,
  ): Promise<Assignment[]> {
    const wanted = new Set(sets.withArns(await this.pairs.all).map(pairKey));
    const ids = new Set(named.flatMap(({ id, groups }) => [id, ...(groups ?? [])]));
    return assignments.filter(
      (assignment) => ids.has(assignment.principalId) || wanted.has(pairKey(assignment)),
    );
  }
}

/** Nobody can be assigned a permission set that the instance does not have. */
function requireListed(assignments: readonly Assignment[], { arns, admin }: OrganizationInstance): void {
  const all = new Set(arns);
  const stray = assignments.find(({ permissionSetArn }) => !all.has(permissionSetArn));
  if (!stray) return;
  throw admin.contradiction(
    'ListPermissionSets',
    `it ends without ${stray.permissionSetArn}, which is assigned in account ${stray.accountId}`,
  );
}

/** The inventory with who is assigned what. */
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
      ...leftoverSets(leftovers.get(account.id)),
    })),
    permissionSets: [...new Map(sets.map((set) => [set.arn, set])).values()],
    assignments,
    principals,
  };
}

function leftoverSets(pairs: readonly RolePair[] = []): Pick<Account, 'leftoverSets'> {
  return pairs.length === 0 ? {} : { leftoverSets: pairs.map(({ permissionSet }) => permissionSet).sort() };
}
