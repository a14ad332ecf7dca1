import { type AccessEntry, entryTemplates, isClusterAdminPolicy } from '../access-entry.ts';
import { isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import type { Finding } from '../errors.ts';
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
}

/** What a translation changes for those who get in through an entry. */
export function proofRow({ arn, before: identity, entry, refusal }: Translation): ProofRow {
  const before = identity && { ...identity, admin: isClusterAdmin(identity) };
  const after = entry && accessOf(entry);
  const base = { arn, before, after };
  if (!entry || !after) return { ...base, same: before === null, reason: refusal?.reason ?? null };
  if (!before)
    return { ...base, same: false, reason: 'nobody gets in through the entry, for its role was re-created' };
  const differences = differencesOf(before, after, entry);
  return { ...base, same: differences.length === 0, reason: differences.join('; ') || null };
}

/** As whom people get in through an access entry. */
function accessOf(entry: AccessEntry): Access {
  return { ...entryTemplates(entry), admin: entry.policies.some(isClusterAdminPolicy) };
}

/** Groups that make no difference: one is given to everyone, one is the policy for administrators. */
const ASIDE: readonly string[] = [EVERYONE, MASTERS];
function differencesOf(before: Access, after: Access, entry: AccessEntry): string[] {
  const isNode = entry.type !== 'STANDARD';
  const missing = (from: Access, other: Access) =>
    [...new Set(from.groups)].filter((group) => !other.groups.includes(group) && !ASIDE.includes(group));
  const lost = isNode
    ? lostByNodes(before.groups, entry).filter((group) => group !== MASTERS)
    : missing(before, after);
  const gained = isNode ? [] : missing(after, before);
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

/** The whole proof in a sentence or two. */
export function proofSummary(proof: readonly ProofRow[]): Finding {
  if (proof.length === 0)
    return { severity: 'note', code: 'proof', message: 'there is no entry to translate' };
  const isKept = ({ same, after }: ProofRow) => same && after !== null;
  const kept = proof.filter(isKept).length;
  const lost = proof.filter(({ before, after }) => before && !after).length;
  const differ = proof.filter(({ before, after, same }) => before && after && !same).length;
  const back = proof.filter(({ before, after }) => !before && after).length;
  const dead = proof.filter(({ before, after }) => !before && !after).length;
  const total = proof.length;
  const rest = [
    ...(differ > 0 ? [counted(differ, 'differs', 'differ')] : []),
    ...(back > 0 ? [counted(back, 'gets in again', 'get in again')] : []),
    ...(dead > 0
      ? [`${counted(dead, 'lets', 'let')} nobody in today and ${dead === 1 ? 'is' : 'are'} refused`]
      : []),
    ...(lost > 0 ? [counted(lost, 'is refused', 'are refused')] : []),
  ];
  const what = kept === total ? `all ${total}` : `${kept} of ${total}`;
  const principals = total === 1 ? 'principal keeps' : 'principals keep';
  const warn = lost + differ > 0;
  return {
    severity: warn ? 'warning' : 'note',
    code: 'proof',
    message: `${total === 1 && kept === 1 ? 'the one' : what} ${principals} username, groups and admin${rest.map((text) => `; ${text}`).join('')}`,
    ...(warn && { help: nextStep(lost, differ) }),
  };
}

function nextStep(lost: number, differ: number): string {
  const steps = [
    ...(lost > 0
      ? [`${lost === 1 ? 'what is refused has' : 'all that are refused have'} access in another way`]
      : []),
    ...(differ > 0 ? ['what differs is as you want it (-o json lists it)'] : []),
  ];
  return `Do not change the authentication mode to API before ${steps.join(' and ')}.`;
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
