import { AwsFailure } from '../../aws/failure.ts';
import { type Finding, unavailable } from '../../errors.ts';
import type { SetSearch } from '../identity-center/set-search.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  type Provisioning,
  principalTypeText,
} from '../model.ts';
import { type AssignmentFacts, PAIRS_WORTH_A_LISTING, pairsForPrincipals } from './assignment-plan.ts';
import { type AssignmentReader, type AssignmentReading, keyOf } from './assignment-reader.ts';
import type { Directory } from './directory.ts';
import { byPairNote, byPrincipalNote, deniedNote } from './people-notes.ts';
import type { RolePair, RolePairs } from './role-pairs.ts';

type PrincipalId = Pick<Principal, 'type' | 'id'>;

/** What the reading of assignments needs. */
export interface AssignmentSources {
  readonly isManagement: boolean;
  readonly reader: AssignmentReader;
  readonly directory: Directory;
  readonly sets: SetSearch;
  /** The pairs whose assignments are wanted. */
  readonly pairs: RolePairs;
  /** The accounts of the scope whose roles were read; may still be on its way. */
  readonly accountIds: Promise<ReadonlySet<string>>;
  readonly onFinding: (finding: Finding) => void;
  /** Hears what the choice of the way rests on, once it is made. */
  readonly onChoice: (facts: AssignmentFacts) => void;
}

/** Everybody's assignments on the pairs, pair by pair or, where that saves most of the calls, by user and group. */
export async function readEverybody(sources: AssignmentSources): Promise<AssignmentReading> {
  const { sets, pairs } = sources;
  const search = sets.run();
  search.catch(() => {});
  const principals = await principalsToAsk(sources, pairs);
  const assignments = principals && (await byPrincipal(sources, principals));
  await search;
  const all = await pairs.all;
  if (!principals || !assignments) return byPair(sources, sets.withArns(all));
  sources.onFinding(byPrincipalNote(principals.length, all.length));
  return { assignments, untold: new Set() };
}

/** What the named principals are assigned, and who else is assigned the same. */
export async function readOfNamed(
  sources: AssignmentSources,
  named: readonly PrincipalId[],
): Promise<AssignmentReading> {
  if (named.length === 0) return { assignments: [], untold: new Set() };
  const accountIds = await sources.accountIds;
  const [only, second] = accountIds;
  const asked =
    sources.isManagement && (await byPrincipal(sources, named, second === undefined ? only : undefined));
  if (!asked) return readEverybody({ ...sources, isManagement: false });
  const own = asked.filter(({ accountId }) => accountIds.has(accountId));
  await sources.sets.describe(own.map(({ permissionSetArn }) => permissionSetArn));
  const pairs = pairsOf(own, await sources.pairs.all, sources.sets);
  const others = await readOn(sources, pairs);
  refuseContradictions(own, pairs, others);
  const all = new Map([...own, ...others.assignments].map((one) => [keyOf(one), one]));
  return { assignments: [...all.values()], untold: others.untold };
}

/** What one reading says that somebody is assigned, the other has to know too. */
function refuseContradictions(
  own: readonly Assignment[],
  pairs: readonly Provisioning[],
  { assignments, untold }: AssignmentReading,
): void {
  const read = new Set(pairs.filter(({ accountId }) => !untold.has(accountId)).map(pairKey));
  const known = new Set(assignments.map(keyOf));
  const lost = own.find((one) => read.has(pairKey(one)) && !known.has(keyOf(one)));
  if (!lost) return;
  const { principalType, principalId, permissionSetArn, accountId } = lost;
  throw unavailable({
    message: `Identity Center contradicts itself: ${principalTypeText(principalType)} ${principalId} is assigned ${permissionSetArn} in account ${accountId}, but is not among those who are assigned it there`,
    help: 'The assignment may just have been removed: run again.',
  });
}

/** Everybody's assignments on certain pairs, in the way that takes fewer calls. */
async function readOn(
  sources: AssignmentSources,
  pairs: readonly Provisioning[],
): Promise<AssignmentReading> {
  const mayReach = (count: number) => pairs.length >= count;
  const principals = await principalsToAsk(sources, { mayReach, reach: async (count) => mayReach(count) });
  const assignments = principals && (await byPrincipal(sources, principals));
  if (!principals || !assignments) return byPair(sources, pairs);
  sources.onFinding(byPrincipalNote(principals.length, pairs.length));
  return { assignments, untold: new Set() };
}

/** The users and groups to ask one by one; null where pair by pair is the way. */
async function principalsToAsk(
  { isManagement, directory, onChoice }: AssignmentSources,
  pairs: Pick<RolePairs, 'reach' | 'mayReach'>,
): Promise<readonly PrincipalId[] | null> {
  if (!isManagement || !(await pairs.reach(PAIRS_WORTH_A_LISTING))) return null;
  let count = 0;
  const list = (type: PrincipalType) =>
    directory.listWhile(type, (fresh) => {
      count += fresh;
      return pairs.mayReach(pairsForPrincipals(count));
    });
  const [groups, users] = await Promise.all([list('GROUP'), list('USER')]);
  if (!groups || !users || !(await pairs.reach(pairsForPrincipals(count)))) return null;
  onChoice({ pairs: pairsForPrincipals(count), principals: count, isManagement });
  return [
    ...[...groups.keys()].map((id) => ({ type: 'GROUP' as const, id })),
    ...[...users.keys()].map((id) => ({ type: 'USER' as const, id })),
  ];
}

/** Null where it is denied, which not every policy of the management account allows. */
async function byPrincipal(
  { reader, onFinding }: AssignmentSources,
  principals: readonly PrincipalId[],
  accountId?: string,
): Promise<readonly Assignment[] | null> {
  try {
    return await reader.byPrincipal(principals, accountId);
  } catch (error) {
    if (!(error instanceof AwsFailure) || error.kind !== 'denied') throw error;
    onFinding(deniedNote(error));
    return null;
  }
}

function byPair(
  { reader, isManagement, onFinding, onChoice }: AssignmentSources,
  pairs: readonly Provisioning[],
): Promise<AssignmentReading> {
  onChoice({ pairs: pairs.length, principals: null, isManagement });
  onFinding(byPairNote(pairs.length, isManagement));
  return reader.byPair(pairs);
}

/** The pairs among `wanted` that the assignments are on, each once. */
function pairsOf(
  assignments: readonly Assignment[],
  wanted: readonly RolePair[],
  sets: SetSearch,
): Provisioning[] {
  const assigned = new Set(assignments.map(pairKey));
  return sets.withArns(wanted).filter((pair) => assigned.has(pairKey(pair)));
}

function pairKey({ accountId, permissionSetArn }: Provisioning): string {
  return `${accountId} ${permissionSetArn}`;
}
