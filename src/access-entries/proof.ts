import {
  type AccessEntry,
  type AccessPolicy,
  defaultUsername,
  entryTemplates,
  isClusterAdminPolicy,
  wholePolicyText,
} from '../access-entry.ts';
import { groupsText, isClusterAdmin } from '../authenticator/groups.ts';
import type { JudgedAccessEntry } from '../cluster/access-entry-state.ts';
import { grantDifference } from '../cluster/translate.ts';
import { type Finding, finding } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
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
  /** What differs, or why nobody gets in, or why that is not known; null where they get in as before. */
  readonly reason: string | null;
  /** Whether they get in before and after, as somebody else or with other rights. */
  readonly differs: boolean;
  /** Which access entry of the cluster is to be deleted first, since it cannot become this one; null where none is. */
  readonly obstacle: string | null;
  /** Why it is not known whether the access entry that the cluster has lets anybody in; null where it is known, or there is none. */
  readonly doubt: string | null;
  /** Whether no access entry is written, since EKS may make it itself. */
  readonly leftOut: boolean;
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
  const leftOut = refusal?.isLeftOut ?? false;
  const base = { arn, before, after: null, differs: false, obstacle: null, doubt: null, leftOut };
  // Nodes whose access entry the cluster has.
  if (leftOut && before && existing) {
    const differences = differencesOf(before, existing.entry);
    return {
      ...base,
      after: accessOf(existing.entry),
      ...outcomeOf(differences),
      differs: differences.length > 0,
    };
  }
  if (!entry) return { ...base, same: before === null, reason: refusal?.reason ?? null };
  const left = existing ? policiesLeft(existing, entry) : [];
  const username = entry.username ?? (existing && usernameLeft(existing, entry)) ?? null;
  const kept = { ...entry, username, policies: [...entry.policies, ...left] };
  const after = accessOf(kept);
  const differences = [
    ...(before ? differencesOf(before, kept) : []),
    ...(after.admin ? [] : left.map((policy) => `keeps access policy ${printable(wholePolicyText(policy))}`)),
  ];
  const obstacle = (existing && obstacleIn(existing, entry)) ?? null;
  // Deleting it makes it known.
  const doubt = (existing && obstacle === null && doubtOf(existing)) || null;
  const reasons = [
    ...(obstacle === null ? [] : [`${obstacle}: delete it first`]),
    ...(doubt === null ? [] : [doubt]),
    ...(before ? [] : ['nobody gets in through the entry, for its role was re-created']),
    ...differences,
  ];
  const differs = before !== null && differences.length > 0;
  return { ...base, after, differs, obstacle, doubt, ...outcomeOf(reasons) };
}

function outcomeOf(reasons: readonly string[]): Pick<ProofRow, 'same' | 'reason'> {
  return { same: reasons.length === 0, reason: reasons.join('; ') || null };
}

/** The access policies that a cluster's entry has beside those of the one that is written: no output takes them away, but deleting it does. */
export function policiesLeft(existing: JudgedAccessEntry, wanted: AccessEntry): readonly AccessPolicy[] {
  if (obstacleIn(existing, wanted) !== undefined) return [];
  const written = new Set(wanted.policies.map(({ policyArn }) => policyArn));
  return existing.entry.policies.filter(({ policyArn }) => !written.has(policyArn));
}

/**
 * The username that a cluster's entry keeps, since none is written, where it is not the one that EKS makes: no output takes it away, for
 * bindings may name it.
 */
export function usernameLeft(existing: JudgedAccessEntry, wanted: AccessEntry): string | undefined {
  const { principalArn, type, username } = existing.entry;
  if (wanted.username !== null || type !== 'STANDARD' || obstacleIn(existing, wanted) !== undefined)
    return undefined;
  return username === defaultUsername(principalArn) ? undefined : (username ?? undefined);
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

/** Why it is not known whether an access entry that a cluster has lets anybody in, as a clause; undefined where it is. Of IAM users it never is. */
export function doubtOf({ state, entry: { principalArn } }: JudgedAccessEntry): string | undefined {
  if (state !== 'unknown' || !principalArn.includes(':role/')) return undefined;
  return 'the cluster has an access entry that may be of an earlier role, since the role was not looked up';
}

/** As whom people get in through an access entry. */
function accessOf(entry: AccessEntry): Access {
  return { ...entryTemplates(entry), admin: entry.policies.some(isClusterAdminPolicy) };
}

/** Also of an administrator, whose other groups make no difference, is each that is lost or gained named: the proof leaves nothing out. */
function differencesOf(before: Access, entry: AccessEntry): string[] {
  // Only an account has no username, and it gets no access entry.
  const identity = { ...before, username: before.username ?? '' };
  const { after, fewer, more, ...difference } = grantDifference(identity, entry);
  return [
    ...(difference.isOtherUsername
      ? [`username ${quoted(identity.username)} becomes ${quoted(after.username)}`]
      : []),
    ...(fewer.length > 0 ? [`${groupsText(fewer)} lost`] : []),
    ...(more.length > 0 ? [`${groupsText(more)} gained`] : []),
    ...(difference.isAdminGained ? ['cluster admin gained'] : []),
    ...(difference.isAdminLost ? ['cluster admin lost'] : []),
  ];
}

/**
 * The whole proof in a sentence or two, with what to do first.
 * @param lostKeys the keys of aws-auth that the authenticator does not load, with all their entries
 */
export function proofSummary(proof: readonly ProofRow[], lostKeys: readonly string[] = []): Finding {
  const count = (isCounted: (row: ProofRow) => unknown) => proof.filter(isCounted).length;
  const kept = count(({ same, after }) => same && after !== null);
  const lost = count(({ before, after, leftOut }) => before !== null && after === null && !leftOut);
  const leftOut = count(
    ({ before, after, leftOut: isLeftOut }) => before !== null && after === null && isLeftOut,
  );
  const differ = count(({ differs }) => differs);
  const back = count(({ before, after, obstacle, doubt }) => !before && after && !obstacle && !doubt);
  const blocked = count(({ obstacle }) => obstacle);
  const doubtful = count(({ doubt }) => doubt);
  const dead = count(({ before, after }) => before === null && after === null);
  const total = proof.length;
  const what = kept === total ? `all ${total}` : `${kept} of ${total}`;
  const principals = total === 1 ? 'principal keeps' : 'principals keep';
  const counted = (counts: number, one: string, several: string) =>
    counts === 0 ? [] : [`${counts} ${counts === 1 ? one : several}`];
  const inPlace = 'an access entry of the cluster';
  const parts = [
    total === 0
      ? 'there is no entry to translate'
      : `${total === 1 && kept === 1 ? 'the one' : what} ${principals} username, groups and admin`,
    ...counted(differ, 'differs', 'differ'),
    ...counted(blocked, `needs ${inPlace} deleted first`, `need ${inPlace} deleted first`),
    ...counted(
      doubtful,
      `has ${inPlace} that may be of an earlier role`,
      `have ${inPlace} that may be of an earlier role`,
    ),
    ...counted(back, 'gets in again', 'get in again'),
    ...counted(dead, 'lets nobody in today and is refused', 'let nobody in today and are refused'),
    ...counted(lost, 'is refused', 'are refused'),
    ...counted(leftOut, 'node role is left out', 'node roles are left out'),
    ...(lostKeys.length > 0
      ? [`of ${listed(lostKeys)} nothing is translated, since the authenticator does not load it`]
      : []),
  ];
  const steps = nextSteps({ lost, differ, blocked, doubtful }, lostKeys);
  const help = steps.length > 0 ? steps.join('\n') : undefined;
  return finding(help === undefined ? 'note' : 'warning', 'proof', parts.join('; '), { help });
}

/** An access entry overrides aws-auth from when it is created on; what has none stays in until aws-auth is ignored. */
function nextSteps(
  { lost, differ, blocked, doubtful }: Readonly<Record<'lost' | 'differ' | 'blocked' | 'doubtful', number>>,
  lostKeys: readonly string[],
): string[] {
  return [
    ...(lostKeys.length > 0
      ? [`Fix ${listed(lostKeys)} first, with \`aws-auth-sso check\`, and run this again.`]
      : []),
    ...(blocked > 0 ? ['Before you create these access entries, delete those that are in their place.'] : []),
    ...(doubtful > 0
      ? [
          'Where an access entry may be of an earlier role, compare when the two were created, as the warnings say: nothing that is written here changes it.',
        ]
      : []),
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
}
