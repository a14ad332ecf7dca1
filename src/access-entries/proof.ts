import { type AccessEntry, entryTemplates, isClusterAdminPolicy } from '../access-entry.ts';
import { isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import type { Finding } from '../errors.ts';
import type { JudgedAccessEntry } from '../inventory/access-entry-state.ts';
import { listed, quoted } from '../text.ts';
import { EVERYONE, lostByNodes } from './grant.ts';
import type { Translation } from './translate-map.ts';

/** As whom people get in, and whether they may do everything there. */
interface Access {
  /** Null where it is the ARN of each caller. */
  readonly username: string | null;
  readonly groups: readonly string[];
  readonly admin: boolean;
}

/** One principal of an aws-auth, before and after. */
export interface ProofRow {
  readonly arn: string;
  /** Null where nobody gets in. */
  readonly before: Access | null;
  readonly after: Access | null;
  readonly same: boolean;
  /** What differs, or why nobody gets in; null where they get in as before. */
  readonly reason: string | null;
  /** Which access entry of the cluster is to be deleted first, since it cannot become this one; null where none is. */
  readonly obstacle: string | null;
}

/**
 * What a translation changes for those who get in through an entry.
 * @param existing the access entry of that ARN that the cluster has already
 */
export function proofRow(
  { arn, before: identity, entry, refusal }: Translation,
  existing?: JudgedAccessEntry,
): ProofRow {
  const before = identity && { ...identity, admin: isClusterAdmin(identity) };
  const after = entry && accessOf(entry);
  const obstacle = (entry && existing && obstacleIn(existing, entry)) ?? null;
  const base = { arn, before, after, obstacle };
  if (!entry || !after) return { ...base, same: before === null, reason: refusal?.reason ?? null };
  const differences = [
    ...(obstacle === null ? [] : [`${obstacle}: delete it first`]),
    ...(before
      ? differencesOf(before, after, entry)
      : ['nobody gets in through the entry, for its role was re-created']),
  ];
  return { ...base, same: differences.length === 0, reason: differences.join('; ') || null };
}

/** Why an access entry that a cluster has cannot become another one, as a clause; undefined where it can. */
export function obstacleIn(
  { state, entry: found }: JudgedAccessEntry,
  wanted: AccessEntry,
): string | undefined {
  if (state === 'dead')
    return 'the cluster has an access entry of an earlier role, which an update does not bring back';
  if (found.type === wanted.type) return undefined;
  return `the cluster has an access entry of type ${found.type}, which cannot be changed to ${wanted.type}`;
}

/** As whom people get in through an access entry. */
function accessOf(entry: AccessEntry): Access {
  return { ...entryTemplates(entry), admin: entry.policies.some(isClusterAdminPolicy) };
}

/** Groups that make no difference: one is given to everyone, one is the policy for administrators. */
const ASIDE: readonly string[] = [EVERYONE, MASTERS];
function differencesOf(before: Access, after: Access, entry: AccessEntry): string[] {
  const missing = (from: Access, other: Access) =>
    [...new Set(from.groups)].filter((group) => !other.groups.includes(group) && !ASIDE.includes(group));
  const lost =
    entry.type === 'STANDARD'
      ? missing(before, after)
      : lostByNodes(before.groups, entry).filter((group) => group !== MASTERS);
  const gained = missing(after, before);
  const groupsText = (groups: readonly string[]) =>
    `${groups.length === 1 ? 'group' : 'groups'} ${listed(groups.map(quoted))}`;
  return [
    ...(before.username === after.username
      ? []
      : [`username ${quoted(before.username ?? '')} becomes ${quoted(after.username ?? '')}`]),
    ...(lost.length > 0 ? [`${groupsText(lost)} lost`] : []),
    ...(gained.length > 0 ? [`${groupsText(gained)} gained`] : []),
    ...(before.admin === after.admin ? [] : [after.admin ? 'cluster admin gained' : 'cluster admin lost']),
  ];
}

/**
 * The whole proof in a sentence or two, with what to do first.
 * @param lostKeys the keys of aws-auth that the authenticator does not load, with all their entries
 */
export function proofSummary(proof: readonly ProofRow[], lostKeys: readonly string[] = []): Finding {
  const count = (isCounted: (row: ProofRow) => unknown) => proof.filter(isCounted).length;
  const kept = count(({ same, after }) => same && after !== null);
  const lost = count(({ before, after }) => before !== null && after === null);
  const differ = count(({ before, after, same, obstacle }) => before && after && !same && !obstacle);
  const back = count(({ before, after, obstacle }) => !before && after && !obstacle);
  const blocked = count(({ obstacle }) => obstacle);
  const dead = count(({ before, after }) => before === null && after === null);
  const total = proof.length;
  const what = kept === total ? `all ${total}` : `${kept} of ${total}`;
  const principals = total === 1 ? 'principal keeps' : 'principals keep';
  const parts = [
    total === 0
      ? 'there is no entry to translate'
      : `${total === 1 && kept === 1 ? 'the one' : what} ${principals} username, groups and admin`,
    ...(differ > 0 ? [counted(differ, 'differs', 'differ')] : []),
    ...(blocked > 0
      ? [`${counted(blocked, 'needs', 'need')} an access entry of the cluster deleted first`]
      : []),
    ...(back > 0 ? [counted(back, 'gets in again', 'get in again')] : []),
    ...(dead > 0
      ? [`${counted(dead, 'lets', 'let')} nobody in today and ${dead === 1 ? 'is' : 'are'} refused`]
      : []),
    ...(lost > 0 ? [counted(lost, 'is refused', 'are refused')] : []),
    ...(lostKeys.length > 0
      ? [`of ${listed(lostKeys)} nothing is translated, since the authenticator does not load it`]
      : []),
  ];
  const help = nextSteps({ lost, differ, blocked }, lostKeys);
  return {
    severity: help === '' ? 'note' : 'warning',
    code: 'proof',
    message: parts.join('; '),
    ...(help !== '' && { help }),
  };
}

/** An access entry overrides aws-auth from when it is created on; what has none stays in until aws-auth is ignored. */
function nextSteps(
  { lost, differ, blocked }: { readonly lost: number; readonly differ: number; readonly blocked: number },
  lostKeys: readonly string[],
): string {
  const steps = [
    ...(lostKeys.length > 0
      ? [`Fix ${listed(lostKeys)} first, with \`aws-auth-sso check\`, and run this again.`]
      : []),
    ...(blocked > 0 ? ['Before you create these access entries, delete those that are in their place.'] : []),
    ...(differ > 0
      ? [
          'Before you create these access entries, see that what differs is as you want it (-o json lists it): they override aws-auth at once.',
        ]
      : []),
    ...(lost > 0
      ? [
          `Before the authentication mode is API, give ${lost === 1 ? 'what is refused' : 'all that are refused'} access in another way.`,
        ]
      : []),
  ];
  return steps.join('\n');
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
