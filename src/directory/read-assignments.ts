import pLimit from 'p-limit';
import { AwsFailure, isAwsFailure } from '../aws/failure.ts';
import { type Finding, note, warning } from '../errors.ts';
import { compareStrings, durationText, listed } from '../text.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  type Provisioning,
  principalTypeText,
} from './model.ts';
import type { OrganizationSets } from './permission-sets.ts';
import type { RolePairs } from './role-pairs.ts';
import type { UsersAndGroups } from './users-and-groups.ts';

type PrincipalId = Pick<Principal, 'type' | 'id'>;

/** Assignments, and the accounts whose assignments the caller can't read. */
interface AssignmentReading {
  readonly assignments: readonly Assignment[];
  readonly deniedAccounts: ReadonlySet<string>;
}

/** Sources and callbacks for reading assignments. */
interface AssignmentSources {
  readonly sets: OrganizationSets;
  readonly people: UsersAndGroups;
  /** The pairs to read assignments for. */
  readonly pairs: RolePairs;
  /** True if the caller is the management account: only it may read assignments per principal. */
  readonly isManagement: boolean;
  /** The accounts in the scope whose roles were read; may still be pending. */
  readonly accountIds: Promise<ReadonlySet<string>>;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (done: number, total: number) => void;
  /** Called with assignments as they arrive. */
  readonly onAssignments: (assignments: readonly Assignment[]) => void;
}

/** Reads assignments pair by pair or, if that saves most of the calls, by user and group. */
export class AssignmentReader {
  private readonly sources: AssignmentSources;

  constructor(sources: AssignmentSources) {
    this.sources = sources;
  }

  /** All assignments for the pairs. */
  async all(isManagement = this.sources.isManagement): Promise<AssignmentReading> {
    const { sets, pairs } = this.sources;
    const search = sets.find(pairs);
    search.catch(() => {});
    return this.cheapest(isManagement, pairs, async () => {
      await search;
      const all = await pairs.all;
      return { pairs: sets.withArns(all), count: all.length };
    });
  }

  /** The named principals' assignments, and everyone else with the same ones. */
  async of(named: readonly PrincipalId[]): Promise<AssignmentReading> {
    if (named.length === 0) return { assignments: [], deniedAccounts: new Set() };
    const { isManagement, sets, pairs } = this.sources;
    const accountIds = await this.sources.accountIds;
    const [only, second] = accountIds;
    const byPrincipal =
      isManagement && (await this.byPrincipal(named, second === undefined ? only : undefined));
    if (!byPrincipal) return this.all(false);
    const own = byPrincipal.filter(({ accountId }) => accountIds.has(accountId));
    await sets.describe(own.map(({ permissionSetArn }) => permissionSetArn));
    const assigned = new Set(own.map(pairKey));
    const theirs = sets.withArns(await pairs.all).filter((pair) => assigned.has(pairKey(pair)));
    const mayReach = (count: number) => theirs.length >= count;
    const counts = { mayReach, reach: async (count: number) => mayReach(count) };
    const others = await this.cheapest(isManagement, counts, async () => {
      return { pairs: theirs, count: theirs.length };
    });
    this.refuseContradictions(own, theirs, others);
    const all = new Map([...own, ...others.assignments].map((assignment) => [keyOf(assignment), assignment]));
    return { assignments: [...all.values()], deniedAccounts: others.deniedAccounts };
  }

  /**
   * Filters the assignments for the pairs, sorted by account, permission set and principal: reading by user and group
   * returns more.
   * @param principalIds principals to keep all assignments for; null keeps everything
   */
  async wanted(
    assignments: readonly Assignment[],
    principalIds: ReadonlySet<string> | null,
  ): Promise<Assignment[]> {
    const { sets, pairs } = this.sources;
    const onPairs = new Set(sets.withArns(await pairs.all).map(pairKey));
    const isWanted = (one: Assignment) =>
      !principalIds || principalIds.has(one.principalId) || onPairs.has(pairKey(one));
    return assignments.filter(isWanted).sort((one, other) => compareStrings(keyOf(one), keyOf(other)));
  }

  /**
   * All assignments for certain pairs, in the fewest calls. After reading by user and group, pairs without assignments
   * are read as well: the lists of users and groups may have been cut short, and don't contain deleted principals.
   * @param toRead the pairs, once all are known, and how many the roles have
   */
  private async cheapest(
    isManagement: boolean,
    counts: Pick<RolePairs, 'reach' | 'mayReach'>,
    toRead: () => Promise<{ readonly pairs: readonly Provisioning[]; readonly count: number }>,
  ): Promise<AssignmentReading> {
    const { onFinding } = this.sources;
    const principals = isManagement ? await this.principalsToAsk(counts) : null;
    const assignments = principals && (await this.byPrincipal(principals));
    const { pairs, count } = await toRead();
    if (!principals || !assignments) {
      for (const finding of slowReadNote(pairs.length, isManagement)) onFinding(finding);
      return this.byPair(pairs);
    }
    const message = `read assignments by user and group, in ${principals.length} calls instead of ${count}; deleted users and groups are missing from permission sets with other assignments`;
    onFinding(note('assignments-by-principal', message));
    const assigned = new Set(assignments.map(pairKey));
    const rest = await this.byPair(pairs.filter((pair) => !assigned.has(pairKey(pair))));
    return { ...rest, assignments: [...assignments, ...rest.assignments] };
  }

  /** Throws a `contradiction` for an assignment that only one of the two reads contains. */
  private refuseContradictions(
    own: readonly Assignment[],
    pairs: readonly Provisioning[],
    { assignments, deniedAccounts }: AssignmentReading,
  ): void {
    const read = new Set(pairs.filter(({ accountId }) => !deniedAccounts.has(accountId)).map(pairKey));
    const known = new Set(assignments.map(keyOf));
    const missing = own.find((assignment) => read.has(pairKey(assignment)) && !known.has(keyOf(assignment)));
    if (!missing) return;
    const { principalType, principalId, permissionSetArn, accountId } = missing;
    const who = `${principalTypeText(principalType)} ${principalId}`;
    throw this.sources.sets.admin.contradiction(
      'ListAccountAssignments',
      `the list is missing ${who}, but ListAccountAssignmentsForPrincipal assigns it ${permissionSetArn} in account ${accountId}`,
    );
  }

  /** The users and groups to read one by one; null to read pair by pair. */
  private async principalsToAsk(
    pairs: Pick<RolePairs, 'reach' | 'mayReach'>,
  ): Promise<readonly PrincipalId[] | null> {
    if (!(await pairs.reach(PAIRS_WORTH_A_LISTING))) return null;
    let count = 0;
    const list = async (type: PrincipalType) => {
      const names = await this.sources.people.lists[type].listWhile((added) => {
        count += added;
        return pairs.mayReach(pairsForPrincipals(count));
      });
      return names && [...names.keys()].map((id) => ({ type, id }));
    };
    const [groups, users] = await Promise.all([list('GROUP'), list('USER')]);
    // An empty list may have been cut short; reading pair by pair misses nobody.
    if (!groups?.length || !users?.length || !(await pairs.reach(pairsForPrincipals(count)))) return null;
    return [...groups, ...users];
  }

  /**
   * The assignments of these users and groups, and of users through groups. Null if denied: only the management account
   * may read them, and some of its policies deny it too.
   * @param accountId the only relevant account, if there is just one
   */
  private async byPrincipal(
    principals: readonly PrincipalId[],
    accountId?: string,
  ): Promise<readonly Assignment[] | null> {
    try {
      return await this.readEach(principals, (principal) => this.ofPrincipal(principal, accountId));
    } catch (error) {
      if (!isAwsFailure(error, 'denied')) throw error;
      const message = `can't read assignments by user and group, reading them by account and permission set instead: ${error.detail}`;
      this.sources.onFinding(note('assignments-by-principal-denied', message));
      return null;
    }
  }

  /**
   * One principal's assignments; empty if it was deleted after it was listed.
   * @throws AwsFailure `contradiction` if the principal still exists
   */
  private async ofPrincipal(
    { type, id }: PrincipalId,
    accountId: string | undefined,
  ): Promise<readonly Assignment[]> {
    const { sets, people } = this.sources;
    try {
      return await sets.admin.assignmentsOf(sets.instance.arn, type, id, accountId);
    } catch (error) {
      if (!isAwsFailure(error, 'not-found')) throw error;
      if ((await people.store.nameOf(type, id)) === undefined) return [];
      const detail = `${error.detail}, but Identity Store finds ${principalTypeText(type)} ${id}`;
      throw error.with({ kind: 'contradiction', detail });
    }
  }

  /**
   * The assignments of each of these permission sets in its account.
   * @throws AwsFailure if denied for every account
   */
  private async byPair(pairs: readonly Provisioning[]): Promise<AssignmentReading> {
    const { admin, instance } = this.sources.sets;
    const denied = new Map<string, AwsFailure>();
    const assignments = await this.readEach(pairs, async ({ accountId, permissionSetArn }) => {
      if (denied.has(accountId)) return [];
      try {
        return await admin.assignmentsOn(instance.arn, accountId, permissionSetArn);
      } catch (error) {
        if (!(error instanceof AwsFailure) || !(await this.isOfAccount(error, accountId))) throw error;
        denied.set(accountId, error);
        return [];
      }
    });
    const [first] = denied.values();
    if (first) {
      if (denied.size === new Set(pairs.map(({ accountId }) => accountId)).size) throw first;
      const message = `can't read the assignments of ${listed([...denied.keys()].sort())}: ${first.detail}`;
      this.sources.onFinding(warning('assignments-unknown', message));
    }
    return { assignments, deniedAccounts: new Set(denied.keys()) };
  }

  /**
   * True if a failure to read a pair means that its account's assignments are unknown: the call is denied, or Identity
   * Center doesn't know the account, which has left the organization with its roles.
   * @throws AwsFailure `contradiction` if Identity Center knows the account and the permission set, but not the pair
   */
  private async isOfAccount(failure: AwsFailure, accountId: string): Promise<boolean> {
    if (failure.kind !== 'not-found') return failure.kind === 'denied';
    if (!(await this.sources.sets.isKnownAccount(accountId))) return true;
    const detail = `${failure.detail}, but ListPermissionSets lists the permission set, and account ${accountId} has its role`;
    throw failure.with({ kind: 'contradiction', detail });
  }

  /** The assignments of all items, without duplicates. */
  private async readEach<T>(
    items: readonly T[],
    read: (item: T) => Promise<readonly Assignment[]>,
  ): Promise<readonly Assignment[]> {
    const limit = pLimit(CONCURRENCY);
    const unique = new Map<string, Assignment>();
    let done = 0;
    const readItem = async (item: T) => {
      const added = (await read(item)).filter((assignment) => !unique.has(keyOf(assignment)));
      for (const assignment of added) unique.set(keyOf(assignment), assignment);
      this.sources.onAssignments(added);
      done += 1;
      this.sources.onProgress(done, items.length);
    };
    try {
      await Promise.all(items.map((item) => limit(readItem, item)));
    } finally {
      limit.clearQueue();
    }
    return [...unique.values()];
  }
}

/** Calls in flight; the rate limit decides the number per second. */
const CONCURRENCY = 16;

function keyOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ');
}

function pairKey({ accountId, permissionSetArn }: Provisioning): string {
  return `${accountId} ${permissionSetArn}`;
}

/** Below this many pairs (five seconds of calls), principals aren't even listed: reading pair by pair misses nobody. */
const PAIRS_WORTH_A_LISTING = 100;
/** Reading per principal misses deleted ones, so it must save most of the calls. */
const FAR_FEWER = 3;

/** The number of pairs from which reading per principal pays off. */
export function pairsForPrincipals(principals: number): number {
  return Math.max(PAIRS_WORTH_A_LISTING, principals * FAR_FEWER);
}

/** https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html */
const SSO_ADMIN_PER_SECOND = 20;

/** A note on how long reading pair by pair will take, if more than ten seconds. */
export function slowReadNote(pairs: number, isManagement: boolean): Finding[] {
  const seconds = Math.round(pairs / SSO_ADMIN_PER_SECOND);
  if (seconds <= 10) return [];
  const message = `reading assignments for ${pairs} pairs of account and permission set takes about ${durationText(seconds)}`;
  const help = 'Only the management account can read them by user and group, which takes fewer calls.';
  return [note('assignments-by-pair', message, isManagement ? {} : { help })];
}
