import { type ArnProblem, arnProblem } from '../authenticator/diagnose-arn.ts';
import { possibleAdminBy } from '../authenticator/groups.ts';
import { describeGrant, type LoadedEntry } from '../authenticator/loaded.ts';
import { type Caller, type CallerSource, isForInstances } from '../authenticator/resolve-caller.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import type { Location } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { arnRange } from '../lint/rule.ts';
import { maySameSet, type ProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { isTypo, printable, quoted } from '../text.ts';
import { SIGN_IN_AGAIN } from './caller-notes.ts';
import { type CallerParts, isSameCaller, meantParts } from './named-caller.ts';

/** How closely an entry matches the caller: `exact`, with an error elsewhere; `role`, except for a detail; `name` only. */
type Nearness = 'exact' | 'role' | 'name';

/** An item of aws-auth or an access entry that nearly grants a caller access. */
export interface NearMiss {
  readonly nearness: Nearness;
  readonly map: CallerSource;
  /** The ARN as written, or an account ID. */
  readonly arn: string;
  readonly location: Location;
  /** Why it grants no access, as a clause. */
  readonly why: string;
  /** The change to make or the command to run. */
  readonly help: string;
  /** True if `help` is enough. If false, the entry may be someone else's, and the caller needs another one. */
  readonly isEnough: boolean;
}

/** Why an entry is not the caller's. */
type Difference = Pick<NearMiss, 'nearness' | 'why' | 'help' | 'isEnough'>;

/** Input of the search for close matches. */
export interface Search {
  readonly caller: Caller;
  readonly own: CallerParts;
  readonly inventory: Inventory | null;
}

/** An entry that may be meant for the caller. */
interface Candidate {
  readonly granted: Pick<LoadedEntry, 'username' | 'groups'>;
  /** How to change it to match the caller, as the end of a sentence; further lines are commands. */
  readonly rewriting: string;
}

/** The entries that nearly match a caller without a matching entry, in file order. */
export function nearEntries(search: Search, awsAuth: AwsAuth): NearMiss[] {
  return awsAuth.entries.flatMap((entry) => {
    if (entry.shadowed || entry.sso) return [];
    const difference = missDifference(search, entry);
    if (!difference) return [];
    const location = awsAuth.locate(entry.map, arnRange(entry).start);
    return [{ map: entry.map, arn: entry.arn, location, ...difference }];
  });
}

function missDifference(search: Search, entry: LoadedEntry): Difference | undefined {
  const { own, caller } = search;
  const problem = arnProblem(entry);
  const candidate = { granted: entry, rewriting: rewriting(caller, entry) };
  const isClear = !problem || problem.meant !== undefined || problem.rule === 'assumed-role-arn';
  const other = isClear ? meantParts(entry.arn, problem) : undefined;
  if (other && isSameCaller(own, other)) return ofCaller(candidate, 'exact', whyOf(problem));
  if (other) return differenceFrom(search, candidate, other);
  if (!isTypo(callerKey(entry.arn), callerKey(caller.canonicalArn))) return undefined;
  return perhapsOfOthers(candidate, 'name', "the ARN is close to the caller's: possible typo");
}

/** The difference between another principal's entry and the caller's; undefined if they are not close. */
export function differenceFrom(
  search: Search,
  candidate: Candidate,
  other: CallerParts,
): Difference | undefined {
  if (other.partition !== search.own.partition) return undefined;
  return other.accountId === search.own.accountId
    ? inSameAccount(search, candidate, other)
    : inOtherAccount(search, candidate, other);
}

/** The difference for an entry that must be meant for the caller and grants no access as written. */
function ofCaller({ granted, rewriting: rest }: Candidate, nearness: Nearness, why: string): Difference {
  const help = rest.charAt(0).toUpperCase() + rest.slice(1);
  // The entry needs an instance's name, and the caller isn't an instance.
  if (isForInstances(granted))
    return {
      nearness,
      why,
      help: 'It is for EC2 instances. Leave it, and add an entry for the caller.',
      isEnough: false,
    };
  return { nearness, why, help: withAdminLine(help, granted), isEnough: true };
}

/** Adds a line to each step that makes someone cluster admin. */
export function withAdminLine(help: string, granted: Candidate['granted']): string {
  return possibleAdminBy(granted) === null ? help : `${help}\nThis makes the caller cluster admin.`;
}

/**
 * The difference for an entry that may be someone else's: rewriting it locks them out and grants the caller their
 * permissions.
 */
function perhapsOfOthers(
  { granted, rewriting: rest }: Candidate,
  nearness: Nearness,
  why: string,
): Difference {
  const help = [
    `It may be meant for someone else. It has ${describeGrant(granted, 10)}.`,
    `Add an entry. Only if this one is meant for the caller, ${rest}`,
  ].join('\n');
  return { nearness, why, help, isEnough: false };
}

function rewriting({ kind, canonicalArn }: Caller, entry: LoadedEntry): string {
  const [map, field] = kind === 'role' ? ['mapRoles', 'rolearn'] : ['mapUsers', 'userarn'];
  const written = `${field}: ${printable(canonicalArn)}`;
  return entry.map === map ? `write ${written}` : `move it to ${map} with ${written}`;
}

const WHY: Readonly<Partial<Record<ArnProblem['rule'], string>>> = {
  'path-in-arn':
    'the ARN contains the path, but the authenticator compares roles without their path: remove it',
  'assumed-role-arn': "it is a session's ARN, but the authenticator compares the role's ARN",
  'whitespace-in-arn': 'the ARN contains a space, a line break or an invisible character',
};

function whyOf(problem: ArnProblem | null): string {
  return (problem && WHY[problem.rule]) ?? "the ARN doesn't match the one STS reports";
}

function inSameAccount(search: Search, candidate: Candidate, other: CallerParts): Difference | undefined {
  const { own } = search;
  const [mine, its] = [own.provisioned, other.provisioned];
  if (mine && its) return ofPermissionSet(search, candidate, mine, its);
  if (own.kind !== other.kind || !isMisspelled(other.name, own.name)) return undefined;
  const why = `the name ${quoted(other.name)} is close to the caller's, ${quoted(own.name)}: possible typo`;
  return perhapsOfOthers(candidate, 'name', why);
}

/** A role of a permission set in the caller's account. */
function ofPermissionSet(
  search: Search,
  candidate: Candidate,
  mine: ProvisionedRoleArn,
  its: ProvisionedRoleArn,
): Difference | undefined {
  if (maySameSet(mine, its)) {
    const difference = ofCaller(candidate, 'role', suffixWhy(search, mine, its));
    return unlessExists(search, its, difference);
  }
  if (!isMisspelled(callerKey(its.permissionSet), callerKey(mine.permissionSet))) return undefined;
  const [wrong, right] = [its.permissionSet, mine.permissionSet].map(quoted);
  const why = `it is a role of permission set ${wrong}, but the caller's is ${right}: possible typo`;
  return unlessExists(search, its, perhapsOfOthers(candidate, 'name', why));
}

function suffixWhy({ inventory }: Search, mine: ProvisionedRoleArn, its: ProvisionedRoleArn): string {
  const suffixes = `the suffix is ${its.suffix}, but the caller's role has ${mine.suffix}`;
  if (isTypo(its.suffix, mine.suffix)) return `${suffixes}: possible typo`;
  const why = `${suffixes}: each time Identity Center re-creates a permission set's role, the suffix changes`;
  const [old, now] = [its, mine].map((role) => inventory && RoleFacts.of(inventory).about(role.roleArn));
  if (!old || old.status === 'unknown') return why;
  if (old.role) {
    const which = now?.role ? 'both roles exist, this one' : 'this role exists';
    return old.readTime.dated(`${suffixes}: ${which} since ${old.role.createdAt}`);
  }
  const gone = now?.role
    ? `This role doesn't exist; the caller's was created ${now.role.createdAt}`
    : "This role doesn't exist";
  return `${why}. ${old.readTime.dated(gone)}`;
}

/** The difference, with other help if the inventory shows that the entry's role exists or the caller's is outdated. */
function unlessExists(
  { inventory, own }: Search,
  its: ProvisionedRoleArn | undefined,
  difference: Difference,
): Difference {
  const about = (role: ProvisionedRoleArn | undefined) =>
    inventory && role ? RoleFacts.of(inventory).about(role.roleArn) : undefined;
  const mine = about(own.provisioned)?.status ?? 'unknown';
  const isOutdated = mine === 're-created' || mine === 'gone' || mine === 'superseded';
  const { role = null, readTime = ReadTime.NOW } = about(its) ?? {};
  const leave = `Leave the entry as is: ${readTime.dated('its role exists')}.`;
  if (!its || !role)
    return isOutdated
      ? { ...difference, help: readTime.advice(SIGN_IN_AGAIN), isEnough: true }
      : { ...difference, help: readTime.advice(difference.help) };
  if (!isOutdated) return { ...difference, help: `${leave} Add one for the caller.`, isEnough: false };
  const { accountId } = its;
  const call =
    accountId === own.accountId
      ? (about(own.provisioned)?.readTime ?? ReadTime.NOW).advice(SIGN_IN_AGAIN)
      : `Call with credentials for account ${printable(accountId)}, where the role is.`;
  return { ...difference, help: `${leave} ${call}`, isEnough: true };
}

function inOtherAccount(search: Search, candidate: Candidate, other: CallerParts): Difference | undefined {
  const { own } = search;
  const [mine, its] = [own.provisioned, other.provisioned];
  const isSameSet = mine && its && callerKey(mine.permissionSet) === callerKey(its.permissionSet);
  const isSameName = own.kind === other.kind && own.name === other.name && own.kind !== 'root';
  if (!isSameSet && !isSameName) return undefined;
  const accounts = `it is for account ${printable(other.accountId)}, but the caller is in ${own.accountId}`;
  // Suffixes of Identity Center roles are unique across accounts.
  if (isSameSet && isSameName) {
    const why = `${accounts}, with the same suffix: one of the account IDs is wrong`;
    return unlessExists(search, its, ofCaller(candidate, 'role', why));
  }
  const what = isSameSet ? `the same permission set, ${quoted(mine.permissionSet)}` : 'the same name';
  return {
    nearness: 'name',
    why: `${accounts} (${what})`,
    help: `Call with credentials for account ${printable(other.accountId)}, or add an entry.`,
    isEnough: false,
  };
}

/** True if one name may be a typo of the other. Names that differ only in digits are numbered, not misspelled. */
function isMisspelled(one: string, other: string): boolean {
  const [first, second] = [one, other].map((name) => name.replace(/\d+/g, ''));
  return first !== second && isTypo(one, other);
}

const NEARNESS: readonly Nearness[] = ['exact', 'role', 'name'];

/** Nearest first, then in the given order. */
export function nearestFirst(all: readonly NearMiss[]): NearMiss[] {
  return NEARNESS.flatMap((nearness) => all.filter((miss) => miss.nearness === nearness));
}

/** Number of close matches to show. */
const MOST = 5;

/** The closest matches, and how to add an entry if fixing them is not enough. */
export function nearestOf(misses: readonly NearMiss[], add: string | null) {
  const nearest = misses.slice(0, MOST);
  const isEnough = nearest.some((miss) => miss.isEnough);
  return { nearest, more: Math.max(0, misses.length - MOST), add: isEnough ? null : add };
}
