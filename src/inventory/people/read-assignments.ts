import pLimit from 'p-limit';
import { AwsFailure, isAwsFailure } from '../../aws/failure.ts';
import { type Finding, note, warning } from '../../errors.ts';
import { compareStrings, listed } from '../../text.ts';
import type { AssignmentCalls } from '../call-plan.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  type Provisioning,
  principalTypeText,
} from '../model.ts';
import type { OrganizationSets } from '../permission-sets.ts';
import { durationText, secondsForCalls } from './call-cost.ts';
import type { Directory } from './directory.ts';
import type { RolePairs } from './role-pairs.ts';

type PrincipalId = Pick<Principal, 'type' | 'id'>;

/** Assignments, and the accounts whose assignments may not be read. */
interface AssignmentReading {
  readonly assignments: readonly Assignment[];
  readonly deniedAccounts: ReadonlySet<string>;
}

/** What the reading of assignments needs. */
interface AssignmentSources {
  readonly sets: OrganizationSets;
  readonly directory: Directory;
  /** The pairs whose assignments are wanted. */
  readonly pairs: RolePairs;
  /** Whether the caller is the management account: nobody else may ask per principal. */
  readonly isManagement: boolean;
  /** The accounts of the scope whose roles were read; may still be on its way. */
  readonly accountIds: Promise<ReadonlySet<string>>;
  readonly onFinding: (finding: Finding) => void;
  /** Called once it is chosen how assignments are read. */
  readonly onPlan: (calls: AssignmentCalls) => void;
  readonly onProgress: (done: number, total: number) => void;
  /** Called with assignments as they come. */
  readonly onAssignments: (assignments: readonly Assignment[]) => void;
}

/** The pairs to read, once all are known, and how many roles these are of. */
type ToRead = () => Promise<{ readonly pairs: readonly Provisioning[]; readonly count: number }>;

/** Reads who is assigned what, pair by pair or, where that saves most of the calls, by user and group. */
export class AssignmentReader {
  private readonly sources: AssignmentSources;

  constructor(sources: AssignmentSources) {
    this.sources = sources;
  }

  /** Everybody's assignments on the pairs. */
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

  /** What the named principals are assigned, and who else is assigned the same. */
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
   * Those on the pairs, by account, permission set and principal: by user and group more comes back.
   * @param principalIds of whom all is wanted; null: all of everybody
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
   * Everybody's assignments on certain pairs, in the way that takes fewer calls. What was read by user and group has the pairs asked about that nobody
   * seems to be assigned: lists of users and groups may have ended too soon, and who was deleted is not on them.
   */
  private async cheapest(
    isManagement: boolean,
    counts: Pick<RolePairs, 'reach' | 'mayReach'>,
    toRead: ToRead,
  ): Promise<AssignmentReading> {
    const { onFinding, onPlan } = this.sources;
    const principals = isManagement ? await this.principalsToAsk(counts) : null;
    const assignments = principals && (await this.byPrincipal(principals));
    const { pairs, count } = await toRead();
    if (!principals || !assignments) {
      onPlan({ by: 'pair', calls: pairs.length });
      for (const finding of slowReadNote(pairs.length, isManagement)) onFinding(finding);
      return this.byPair(pairs);
    }
    onFinding(byPrincipalNote(principals.length, count));
    const assigned = new Set(assignments.map(pairKey));
    const rest = await this.byPair(pairs.filter((pair) => !assigned.has(pairKey(pair))));
    return { ...rest, assignments: [...assignments, ...rest.assignments] };
  }

  /** Every assignment in one reading has to be in the other too. */
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
      `it ends without ${who}, to whom ListAccountAssignmentsForPrincipal assigns ${permissionSetArn} in account ${accountId}`,
    );
  }

  /** The users and groups to ask one by one; null where assignments are to be read pair by pair. */
  private async principalsToAsk(
    pairs: Pick<RolePairs, 'reach' | 'mayReach'>,
  ): Promise<readonly PrincipalId[] | null> {
    if (!(await pairs.reach(PAIRS_WORTH_A_LISTING))) return null;
    let count = 0;
    const list = async (type: PrincipalType) => {
      const names = await this.sources.directory.lists[type].listWhile((added) => {
        count += added;
        return pairs.mayReach(pairsForPrincipals(count));
      });
      return names && [...names.keys()].map((id) => ({ type, id }));
    };
    const [groups, users] = await Promise.all([list('GROUP'), list('USER')]);
    // A list that is empty may be one that ended too soon; pair by pair, nobody is missed.
    if (!groups?.length || !users?.length || !(await pairs.reach(pairsForPrincipals(count)))) return null;
    this.sources.onPlan({ by: 'principal', calls: count });
    return [...groups, ...users];
  }

  /**
   * What each of these users and groups is assigned, and what users are assigned through groups. Null where that is denied, as it is to
   * anybody but the management account, and by some policies of that.
   * @param accountId the only account that matters, if there is one
   */
  private async byPrincipal(
    principals: readonly PrincipalId[],
    accountId?: string,
  ): Promise<readonly Assignment[] | null> {
    try {
      return await this.readEach(principals, (principal) => this.ofPrincipal(principal, accountId));
    } catch (error) {
      if (!isAwsFailure(error, 'denied')) throw error;
      this.sources.onFinding(deniedNote(error));
      return null;
    }
  }

  /**
   * What one principal is assigned; nothing for one that was deleted since it was listed.
   * @throws AwsFailure `contradiction` where it is there all the same
   */
  private async ofPrincipal(
    { type, id }: PrincipalId,
    accountId: string | undefined,
  ): Promise<readonly Assignment[]> {
    const { sets, directory } = this.sources;
    try {
      return await sets.admin.assignmentsOf(sets.instance.arn, type, id, accountId);
    } catch (error) {
      if (!isAwsFailure(error, 'not-found')) throw error;
      if ((await directory.store.nameOf(type, id)) === undefined) return [];
      const detail = `${error.detail}, although Identity Store finds ${principalTypeText(type)} ${id}`;
      throw error.with({ kind: 'contradiction', detail });
    }
  }

  /**
   * Who is assigned each of these permission sets in its account.
   * @throws AwsFailure where it is denied for every account
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
      this.sources.onFinding(deniedAccountsWarning([...denied.keys()], first));
    }
    return { assignments, deniedAccounts: new Set(denied.keys()) };
  }

  /**
   * Whether a failure to read a pair says that nothing is known of its account: that is denied, or Identity Center does not know the account, which
   * has left the organization with its roles.
   * @throws AwsFailure `contradiction` where it knows account and permission set, and not the pair
   */
  private async isOfAccount(failure: AwsFailure, accountId: string): Promise<boolean> {
    if (failure.kind !== 'not-found') return failure.kind === 'denied';
    if (!(await this.sources.sets.isKnownAccount(accountId))) return true;
    const detail = `${failure.detail}, although ListPermissionSets has the permission set, and account ${accountId} has its role`;
    throw failure.with({ kind: 'contradiction', detail });
  }

  /** The assignments of all items, each once. */
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

/** Calls in flight; the rate limit decides how many there are per second. */
const CONCURRENCY = 16;

function keyOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ');
}

function pairKey({ accountId, permissionSetArn }: Provisioning): string {
  return `${accountId} ${permissionSetArn}`;
}

/** @param pairs how many calls pair by pair would have taken */
function byPrincipalNote(principals: number, pairs: number): Finding {
  const message = `assignments were read by user and group, ${principals} calls instead of ${pairs}; deleted users and groups are missing where others are assigned too`;
  return note('assignments-by-principal', message);
}

function deniedNote({ detail }: AwsFailure): Finding {
  const message = `cannot read assignments by user and group, reading them pair by pair instead: ${detail}`;
  return note('assignments-by-principal-denied', message);
}

function deniedAccountsWarning(accountIds: readonly string[], { detail }: AwsFailure): Finding {
  const message = `cannot read the assignments of ${listed(accountIds.toSorted())}: ${detail}`;
  return warning('assignments-unknown', message);
}

/** Below this many pairs (five seconds of calls) the principals are not even listed: pair by pair misses nobody. */
const PAIRS_WORTH_A_LISTING = 100;
/** Per principal misses who was deleted, so it has to save most of the calls. */
const FAR_FEWER = 3;

/** How many pairs there must be for asking per principal. */
export function pairsForPrincipals(principals: number): number {
  return Math.max(PAIRS_WORTH_A_LISTING, principals * FAR_FEWER);
}

/** Says beforehand how long it takes to read pair by pair, where that is more than ten seconds. */
export function slowReadNote(pairs: number, isManagement: boolean): Finding[] {
  const seconds = Math.round(secondsForCalls(pairs));
  if (seconds <= 10) return [];
  const message = `reading the assignments of ${pairs} pairs of account and permission set takes about ${durationText(seconds)}`;
  const help = 'Only the management account can read them by user and group, which takes fewer calls.';
  return [note('assignments-by-pair', message, isManagement ? {} : { help })];
}
