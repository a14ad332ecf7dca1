import pLimit from 'p-limit';
import { AwsFailure, isAwsFailure } from '../../aws/failure.ts';
import type { AccountAssignments } from '../../aws/sso-admin.ts';
import type { Finding } from '../../errors.ts';
import { compareStrings, listed } from '../../text.ts';
import type { AssignmentCalls } from '../call-plan.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  type Provisioning,
  principalTypeText,
} from '../model.ts';
import { PAIRS_WORTH_A_LISTING, pairsForPrincipals, slowReadNote } from './call-cost.ts';
import type { Directory } from './directory.ts';
import type { PermissionSetSearch, RolePairs } from './role-pairs.ts';

type PrincipalId = Pick<Principal, 'type' | 'id'>;

/** Assignments, and the accounts whose assignments may not be read. */
interface AssignmentReading {
  readonly assignments: readonly Assignment[];
  readonly deniedAccounts: ReadonlySet<string>;
}

/** What the reading of assignments needs. */
export interface AssignmentSources {
  readonly api: AccountAssignments;
  /** Whether the caller is the management account: nobody else may ask per principal. */
  readonly isManagement: boolean;
  readonly directory: Directory;
  readonly sets: PermissionSetSearch;
  /** The pairs whose assignments are wanted. */
  readonly pairs: RolePairs;
  /** The accounts of the scope whose roles were read; may still be on its way. */
  readonly accountIds: Promise<ReadonlySet<string>>;
  readonly onFinding: (finding: Finding) => void;
  /** Called once it is chosen how assignments are read. */
  readonly onPlan: (calls: AssignmentCalls) => void;
  readonly onProgress: (done: number, total: number) => void;
  /** Called with assignments as they come. */
  readonly onAssignments: (assignments: readonly Assignment[]) => void;
}

/** Everybody's assignments on the pairs, pair by pair or, where that saves most of the calls, by user and group. */
export async function readAllAssignments(sources: AssignmentSources): Promise<AssignmentReading> {
  const { sets, pairs } = sources;
  const search = sets.run();
  search.catch(() => {});
  const principals = await principalsToAsk(sources, pairs);
  const assignments = principals && (await readByPrincipal(sources, principals));
  await search;
  const all = await pairs.all;
  if (!principals || !assignments) return readByPair(sources, sets.withArns(all));
  sources.onFinding(byPrincipalNote(principals.length, all.length));
  return withUnassigned(assignments, sets.withArns(all), sources);
}

/**
 * What was read by user and group, with the pairs asked about that nobody seems to be assigned: lists of users and groups may have ended too soon, and
 * who was deleted is not on them.
 */
async function withUnassigned(
  assignments: readonly Assignment[],
  pairs: readonly Provisioning[],
  sources: AssignmentSources,
): Promise<AssignmentReading> {
  const assigned = new Set(assignments.map(pairKey));
  const rest = await readPairs(
    pairs.filter((pair) => !assigned.has(pairKey(pair))),
    sources,
  );
  return { ...rest, assignments: [...assignments, ...rest.assignments] };
}

/** What the named principals are assigned, and who else is assigned the same. */
export async function readAssignmentsOf(
  named: readonly PrincipalId[],
  sources: AssignmentSources,
): Promise<AssignmentReading> {
  if (named.length === 0) return { assignments: [], deniedAccounts: new Set() };
  const accountIds = await sources.accountIds;
  const [only, second] = accountIds;
  const byPrincipal =
    sources.isManagement && (await readByPrincipal(sources, named, second === undefined ? only : undefined));
  if (!byPrincipal) return readAllAssignments({ ...sources, isManagement: false });
  const own = byPrincipal.filter(({ accountId }) => accountIds.has(accountId));
  await sources.sets.describe(own.map(({ permissionSetArn }) => permissionSetArn));
  const assigned = new Set(own.map(pairKey));
  const pairs = sources.sets.withArns(await sources.pairs.all).filter((pair) => assigned.has(pairKey(pair)));
  const others = await readOnPairs(pairs, sources);
  refuseContradictions(own, pairs, others, sources);
  const all = new Map([...own, ...others.assignments].map((assignment) => [keyOf(assignment), assignment]));
  return { assignments: [...all.values()], deniedAccounts: others.deniedAccounts };
}

/** Every assignment in one reading has to be in the other too. */
function refuseContradictions(
  own: readonly Assignment[],
  pairs: readonly Provisioning[],
  { assignments, deniedAccounts }: AssignmentReading,
  { sets }: Pick<AssignmentSources, 'sets'>,
): void {
  const read = new Set(pairs.filter(({ accountId }) => !deniedAccounts.has(accountId)).map(pairKey));
  const known = new Set(assignments.map(keyOf));
  const missing = own.find((assignment) => read.has(pairKey(assignment)) && !known.has(keyOf(assignment)));
  if (!missing) return;
  const { principalType, principalId, permissionSetArn, accountId } = missing;
  const who = `${principalTypeText(principalType)} ${principalId}`;
  throw sets.contradiction(
    'ListAccountAssignments',
    `it ends without ${who}, to whom ListAccountAssignmentsForPrincipal assigns ${permissionSetArn} in account ${accountId}`,
  );
}

/** Everybody's assignments on certain pairs, in the way that takes fewer calls. */
async function readOnPairs(
  pairs: readonly Provisioning[],
  sources: AssignmentSources,
): Promise<AssignmentReading> {
  const mayReach = (count: number) => pairs.length >= count;
  const principals = await principalsToAsk(sources, { mayReach, reach: async (count) => mayReach(count) });
  const assignments = principals && (await readByPrincipal(sources, principals));
  if (!principals || !assignments) return readByPair(sources, pairs);
  sources.onFinding(byPrincipalNote(principals.length, pairs.length));
  return withUnassigned(assignments, pairs, sources);
}

/** The users and groups to ask one by one; null where assignments are to be read pair by pair. */
async function principalsToAsk(
  { isManagement, directory, onPlan }: AssignmentSources,
  pairs: Pick<RolePairs, 'reach' | 'mayReach'>,
): Promise<readonly PrincipalId[] | null> {
  if (!isManagement || !(await pairs.reach(PAIRS_WORTH_A_LISTING))) return null;
  let count = 0;
  const list = async (type: PrincipalType) => {
    const names = await directory.lists[type].listWhile((added) => {
      count += added;
      return pairs.mayReach(pairsForPrincipals(count));
    });
    return names && [...names.keys()].map((id) => ({ type, id }));
  };
  const [groups, users] = await Promise.all([list('GROUP'), list('USER')]);
  // A list that is empty may be one that ended too soon; pair by pair, nobody is missed.
  if (!groups?.length || !users?.length || !(await pairs.reach(pairsForPrincipals(count)))) return null;
  onPlan({ by: 'principal', calls: count });
  return [...groups, ...users];
}

/**
 * What each of these users and groups is assigned, and what users are assigned through groups. Null where that is denied, as it is to
 * anybody but the management account, and by some policies of that.
 * @param accountId the only account that matters, if there is one
 */
async function readByPrincipal(
  sources: AssignmentSources,
  principals: readonly PrincipalId[],
  accountId?: string,
): Promise<readonly Assignment[] | null> {
  try {
    return await readEach(principals, sources, (principal) => readOne(principal, sources, accountId));
  } catch (error) {
    if (!isAwsFailure(error, 'denied')) throw error;
    sources.onFinding(deniedNote(error));
    return null;
  }
}

/**
 * What one principal is assigned; nothing for one that was deleted since it was listed.
 * @throws AwsFailure `contradiction` where it is there all the same
 */
async function readOne(
  principal: PrincipalId,
  { api, directory }: AssignmentSources,
  accountId: string | undefined,
): Promise<readonly Assignment[]> {
  const { type, id } = principal;
  try {
    return await api.ofPrincipal(type, id, accountId);
  } catch (error) {
    if (!isAwsFailure(error, 'not-found')) throw error;
    if (!(await directory.isThere(principal))) return [];
    const detail = `${error.detail}, although Identity Store finds ${principalTypeText(type)} ${id}`;
    throw error.with({ kind: 'contradiction', detail });
  }
}

/**
 * Who is assigned each of these permission sets in its account.
 * @throws AwsFailure where it is denied for every account
 */
async function readByPair(
  sources: AssignmentSources,
  pairs: readonly Provisioning[],
): Promise<AssignmentReading> {
  sources.onPlan({ by: 'pair', calls: pairs.length });
  for (const finding of slowReadNote(pairs.length, sources.isManagement)) sources.onFinding(finding);
  return readPairs(pairs, sources);
}

/** @throws AwsFailure where it is denied for every account */
async function readPairs(
  pairs: readonly Provisioning[],
  sources: AssignmentSources,
): Promise<AssignmentReading> {
  const denied = new Map<string, AwsFailure>();
  const assignments = await readEach(pairs, sources, async ({ accountId, permissionSetArn }) => {
    if (denied.has(accountId)) return [];
    try {
      return await sources.api.ofPair(accountId, permissionSetArn);
    } catch (error) {
      if (!(error instanceof AwsFailure) || !(await isOfAccount(error, accountId, sources))) throw error;
      denied.set(accountId, error);
      return [];
    }
  });
  const [first] = denied.values();
  if (first) {
    if (denied.size === new Set(pairs.map(({ accountId }) => accountId)).size) throw first;
    sources.onFinding(deniedAccountsWarning([...denied.keys()], first));
  }
  return { assignments, deniedAccounts: new Set(denied.keys()) };
}

/**
 * Whether a failure to read a pair says that nothing is known of its account: that is denied, or Identity Center does not know the account, which
 * has left the organization with its roles.
 * @throws AwsFailure `contradiction` where it knows account and permission set, and not the pair
 */
async function isOfAccount(
  failure: AwsFailure,
  accountId: string,
  sources: AssignmentSources,
): Promise<boolean> {
  if (failure.kind !== 'not-found') return failure.kind === 'denied';
  if (!(await sources.sets.isKnownAccount(accountId))) return true;
  const detail = `${failure.detail}, although ListPermissionSets has the permission set, and account ${accountId} has its role`;
  throw failure.with({ kind: 'contradiction', detail });
}

/** Calls in flight; the rate limit decides how many there are per second. */
const CONCURRENCY = 16;

/** The assignments of all items, each once. */
async function readEach<T>(
  items: readonly T[],
  { onAssignments, onProgress }: AssignmentSources,
  read: (item: T) => Promise<readonly Assignment[]>,
): Promise<readonly Assignment[]> {
  const limit = pLimit(CONCURRENCY);
  const unique = new Map<string, Assignment>();
  let done = 0;
  const readItem = async (item: T) => {
    const added = (await read(item)).filter((assignment) => !unique.has(keyOf(assignment)));
    for (const assignment of added) unique.set(keyOf(assignment), assignment);
    onAssignments(added);
    done += 1;
    onProgress(done, items.length);
  };
  try {
    await Promise.all(items.map((item) => limit(readItem, item)));
  } finally {
    limit.clearQueue();
  }
  return [...unique.values()];
}

function keyOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ');
}

export function pairKey({ accountId, permissionSetArn }: Provisioning): string {
  return `${accountId} ${permissionSetArn}`;
}

/** By account, permission set and principal. */
export function compareAssignments(one: Assignment, other: Assignment): number {
  return compareStrings(keyOf(one), keyOf(other));
}

/** @param pairs how many calls pair by pair would have taken */
function byPrincipalNote(principals: number, pairs: number): Finding {
  const message = `assignments were read by user and group, ${principals} calls instead of ${pairs}; deleted users and groups are missing where others are assigned too`;
  return { severity: 'note', code: 'assignments-by-principal', message };
}

function deniedNote({ detail }: AwsFailure): Finding {
  const message = `cannot read assignments by user and group, reading them pair by pair instead: ${detail}`;
  return { severity: 'note', code: 'assignments-by-principal-denied', message };
}

function deniedAccountsWarning(accountIds: readonly string[], { detail }: AwsFailure): Finding {
  const message = `cannot read the assignments of ${listed(accountIds.toSorted())}: ${detail}`;
  return { severity: 'warning', code: 'assignments-unknown', message };
}
