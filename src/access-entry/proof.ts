import { groupsText, isClusterAdmin } from '../aws-auth/groups.ts';
import { ReadTime } from '../directory/read-time.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  defaultUsername,
  entryTemplates,
  isClusterAdminPolicy,
  wholePolicyText,
} from '../eks.ts';
import { type Finding, finding } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
import type { JudgedAccessEntry } from './existing-entries.ts';
import { grantDifference } from './translate-entry.ts';
import type { Translation } from './translate-map.ts';

/** People's identity in the cluster; `admin` is true for cluster admins. */
interface Access {
  /** Null if it is each caller's ARN. */
  readonly username: string | null;
  readonly groups: readonly string[];
  readonly admin: boolean;
}

/** One principal of an aws-auth, before and after. */
export interface ProofRow {
  readonly arn: string;
  /** Null if nobody has access. */
  readonly before: Access | null;
  readonly after: Access | null;
  readonly same: boolean;
  /** The differences, or why nobody has access, or why that is unknown; null if access is unchanged. */
  readonly reason: string | null;
  /** True if there is access before and after, with another username or other permissions. */
  readonly differs: boolean;
  /**
   * The existing access entry that must be deleted first because it can't become this one; null if there is no such
   * entry.
   */
  readonly obstacle: string | null;
  /**
   * Why it is unknown whether the existing access entry grants access; null if it is known, or if there is no entry.
   */
  readonly doubt: string | null;
  /** True if no access entry is written because EKS may create it itself. */
  readonly leftOut: boolean;
}

/**
 * Compares access through an entry before and after its translation.
 * @param existing the cluster's access entry for that ARN
 * @param isForController true if a controller applies the output: it removes access policies that the output lacks
 */
export function proofRow(
  { arn, before: identity, entry, refusal, readTime: roleTime = ReadTime.NOW }: Translation,
  existing?: JudgedAccessEntry,
  isForController = false,
): ProofRow {
  const before = identity && { ...identity, admin: isClusterAdmin(identity) };
  const leftOut = refusal?.isLeftOut ?? false;
  const base = { arn, before, after: null, differs: false, obstacle: null, doubt: null, leftOut };
  // Nodes that already have an access entry.
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
  const { username = null, policies = [] } = existing ? keptBy(existing, entry) : {};
  const left = isForController ? [] : policies;
  const kept = { ...entry, username: entry.username ?? username, policies: [...entry.policies, ...left] };
  const after = accessOf(kept);
  const differences = [
    ...(before ? differencesOf(before, kept) : []),
    ...(after.admin ? [] : left.map((policy) => `keeps access policy ${printable(wholePolicyText(policy))}`)),
  ];
  const inTheWay = existing && obstacleIn(existing, entry);
  // Deleting the entry resolves the doubt.
  const uncertain = existing && inTheWay === undefined && doubtOf(existing);
  const readTime = existing?.readTime ?? ReadTime.NOW;
  const obstacle = inTheWay === undefined ? null : readTime.dated(inTheWay);
  const doubt = uncertain ? readTime.dated(uncertain) : null;
  const reasons = [
    ...(obstacle === null ? [] : [readTime.isOld ? obstacle : `${obstacle}: delete it first`]),
    ...(doubt === null ? [] : [doubt]),
    ...(before ? [] : [roleTime.dated('the entry grants no access because its role was re-created')]),
    ...differences,
  ];
  const differs = before !== null && differences.length > 0;
  return { ...base, after, differs, obstacle, doubt, ...outcomeOf(reasons) };
}

function outcomeOf(reasons: readonly string[]): Pick<ProofRow, 'same' | 'reason'> {
  return { same: reasons.length === 0, reason: reasons.join('; ') || null };
}

/** The parts of an existing access entry that the written one lacks, and that only a controller removes. */
export interface KeptGrant {
  /** The custom username, if the output sets none: bindings may name it. */
  readonly username: string | null;
  /** A controller removes them; otherwise, only deleting the entry does. */
  readonly policies: readonly AccessPolicy[];
}

export function keptBy(existing: JudgedAccessEntry, wanted: AccessEntry): KeptGrant {
  if (obstacleIn(existing, wanted) !== undefined) return { username: null, policies: [] };
  const { principalArn, type, username, policies } = existing.entry;
  const keepsUsername =
    wanted.username === null && type === 'STANDARD' && username !== defaultUsername(principalArn);
  const written = new Set(wanted.policies.map(({ policyArn }) => policyArn));
  return {
    username: keepsUsername ? username : null,
    policies: policies.filter(({ policyArn }) => !written.has(policyArn)),
  };
}

/** Why an existing access entry can't become the wanted one, as a clause; undefined if it can. */
export function obstacleIn(
  { state, entry: found }: JudgedAccessEntry,
  wanted: AccessEntry,
): string | undefined {
  if (state === 'dead')
    return "the cluster has an access entry for an earlier role, which an update can't fix";
  if (found.type === wanted.type) return undefined;
  return `the cluster has an access entry of type ${found.type}, which can't be changed to ${wanted.type}`;
}

/**
 * Why it is unknown whether an existing access entry grants access, as a clause; undefined if known, and for IAM users.
 */
export function doubtOf({ state, entry: { principalArn } }: JudgedAccessEntry): string | undefined {
  if (state !== 'unknown' || !principalArn.includes(':role/')) return undefined;
  return "the cluster has an access entry that may be for an earlier role, because the role wasn't looked up";
}

/** The identity that an access entry grants. */
function accessOf(entry: AccessEntry): Access {
  return { ...entryTemplates(entry), admin: entry.policies.some(isClusterAdminPolicy) };
}

/** All differences, including groups that make no difference to a cluster admin: the proof is complete. */
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
 * The proof in a sentence or two, with the next steps.
 * @param lostKeys the keys of aws-auth that the authenticator can't load, including all their entries
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
  const principals = `${total === 1 ? 'principal' : 'principals'} ${total === 1 || kept === 1 ? 'keeps' : 'keep'}`;
  const counted = (counts: number, one: string, several: string) =>
    counts === 0 ? [] : [`${counts} ${counts === 1 ? one : several}`];
  const inPlace = 'an existing access entry';
  const parts = [
    total === 0
      ? 'no entries to translate'
      : `${total === 1 && kept === 1 ? 'the one' : what} ${principals} username, groups and admin`,
    ...counted(differ, 'differs', 'differ'),
    ...counted(blocked, `is blocked by ${inPlace}`, `are blocked by ${inPlace}`),
    ...counted(
      doubtful,
      `has ${inPlace} that may be for an earlier role`,
      `have ${inPlace} that may be for an earlier role`,
    ),
    ...counted(back, 'regains access', 'regain access'),
    ...counted(dead, 'grants no access today and is refused', 'grant no access today and are refused'),
    ...counted(lost, 'is refused', 'are refused'),
    ...counted(leftOut, 'node role is skipped', 'node roles are skipped'),
    ...(lostKeys.length > 0
      ? [`nothing in ${listed(lostKeys)} is translated, because the authenticator can't load it`]
      : []),
  ];
  const steps = nextSteps({ lost, differ, blocked, doubtful }, lostKeys);
  const help = steps.length > 0 ? steps.join('\n') : undefined;
  return finding(help === undefined ? 'note' : 'warning', 'proof', parts.join('; '), { help });
}

/** An access entry overrides aws-auth once created; without one, aws-auth applies until the cluster ignores it. */
function nextSteps(
  { lost, differ, blocked, doubtful }: Readonly<Record<'lost' | 'differ' | 'blocked' | 'doubtful', number>>,
  lostKeys: readonly string[],
): string[] {
  return [
    ...(lostKeys.length > 0
      ? [`Fix ${listed(lostKeys)} first with \`aws-auth-sso check\`, and run this again.`]
      : []),
    ...(blocked > 0
      ? ['Before you create these access entries, delete the existing ones they replace.']
      : []),
    ...(doubtful > 0
      ? [
          "If an access entry may be for an earlier role, compare the creation dates as the warnings describe. This output doesn't change such an entry.",
        ]
      : []),
    ...(differ > 0
      ? [
          'Before you create these access entries, check that the differences are what you want (-o json lists them). The entries override aws-auth immediately.',
        ]
      : []),
    ...(lost > 0
      ? [
          `Before you switch to authentication mode API, grant ${lost === 1 ? 'the refused principal' : 'all refused principals'} access another way.`,
        ]
      : []),
  ];
}
