import { accessEntriesOf } from '../access-entry/cluster.ts';
import { deleteEntry } from '../access-entry/eks-commands.ts';
import { parseArn } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { type ArnProblem, arnProblem } from '../aws-auth/diagnose-arn.ts';
import { isNodeEntry, possibleAdminBy } from '../aws-auth/groups.ts';
import { describeGrant, type LoadedEntry } from '../aws-auth/loaded.ts';
import {
  type Caller,
  type CallerMatch,
  type CallerSource,
  cannotBeNode,
  isForInstances,
  parseCaller,
} from '../aws-auth/resolve-caller.ts';
import { arnRange } from '../check/rule.ts';
import { clusterLocation, type EksCluster } from '../directory/model.ts';
import { ReadTime, timeText } from '../directory/read-time.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import type { Location } from '../errors.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { maySameSet, type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { isTypo, printable, quoted } from '../text.ts';
import { createFor, type KnownCaller } from './add-entry.ts';
import { SIGN_IN_AGAIN } from './caller-notes.ts';

/** An item of aws-auth or an access entry that nearly grants a caller access. */
export interface NearMiss {
  /** How closely it matches the caller: `exact`, with an error elsewhere; `role`, except for a detail; `name` only. */
  readonly nearness: 'exact' | 'role' | 'name';
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

/** The parts of an ARN, a caller's or an entry's, in lower case. */
interface CallerParts {
  readonly kind: Caller['kind'];
  readonly partition: string;
  readonly accountId: string;
  /** For a user with its path. */
  readonly name: string;
  /** In its original case. */
  readonly provisioned: ProvisionedRoleArn | undefined;
}

/** @param written the ARN as written, if it differs from the caller's */
export function callerParts({ kind, canonicalArn }: Caller, written = canonicalArn): CallerParts {
  const key = callerKey(canonicalArn);
  const { partition = '', accountId = '', resource = '' } = parseArn(key) ?? {};
  const name = resource.slice(resource.indexOf('/') + 1);
  const provisioned = parseProvisionedRoleArn(written) ?? parseProvisionedRoleArn(key);
  return { kind, partition, accountId, name, provisioned };
}

/** The caller an ARN is meant for, even if the ARN is wrong; undefined if it can't be anyone's. */
function meantParts(arn: string, problem: ArnProblem | null): CallerParts | undefined {
  const written = problem?.meant ?? arn;
  const text = callerKey(written);
  const meant = parseCaller(text) ?? parseCaller(`${text}/session`);
  return meant && callerParts(meant, written);
}

/** A caller whose entry is looked for. */
interface Search extends KnownCaller {
  readonly own: CallerParts;
}

/** An entry that may be meant for the caller. */
interface Candidate {
  readonly granted: Pick<LoadedEntry, 'username' | 'groups'>;
  /** How to change it to match the caller, as the end of a sentence; further lines are commands. */
  readonly rewriting: string;
}

/**
 * The entries that nearly match a caller without a matching one: access entries in the cluster's order, then aws-auth in
 * file order.
 * @param cluster null if its access entries don't count
 * @param awsAuth null if it doesn't count
 */
export function nearMisses(
  known: KnownCaller,
  cluster: EksCluster | null,
  awsAuth: AwsAuth | null,
): NearMiss[] {
  const search = { ...known, own: callerParts(known.caller) };
  const ofFile = (awsAuth?.entries ?? []).flatMap((entry): NearMiss[] => {
    if (!awsAuth || entry.shadowed || entry.sso) return [];
    const difference = missDifference(search, entry);
    if (!difference) return [];
    const location = awsAuth.locate(entry.map, arnRange(entry).start);
    return [{ map: entry.map, arn: entry.arn, location, ...difference }];
  });
  return [...(cluster ? nearAccessEntries(search, cluster) : []), ...ofFile];
}

function missDifference(search: Search, entry: LoadedEntry): Difference | undefined {
  const { own, caller } = search;
  const problem = arnProblem(entry);
  const [map, field] = caller.kind === 'role' ? ['mapRoles', 'rolearn'] : ['mapUsers', 'userarn'];
  const written = `${field}: ${printable(caller.canonicalArn)}`;
  const rewriting = entry.map === map ? `write ${written}` : `move it to ${map} with ${written}`;
  const candidate = { granted: entry, rewriting };
  const isClear = !problem || problem.meant !== undefined || problem.rule === 'assumed-role-arn';
  const other = isClear ? meantParts(entry.arn, problem) : undefined;
  if (other) {
    const isSame = (['kind', 'partition', 'accountId', 'name'] as const).every(
      (key) => own[key] === other[key],
    );
    const why = (problem && WHY[problem.rule]) ?? "the ARN doesn't match the one STS reports";
    const difference = isSame ? ofCaller(candidate, 'exact', why) : differenceFrom(search, candidate, other);
    return difference && isReplaced(search, other)
      ? { ...difference, help: `${difference.help}\n${MERGE}` }
      : difference;
  }
  if (!isTypo(callerKey(entry.arn), callerKey(caller.canonicalArn))) return undefined;
  return perhapsOfOthers(candidate, 'name', "the ARN is close to the caller's: possible typo");
}

const MERGE = '`aws-auth-sso merge` does so if a mapping names the permission set.';

/** True if the entry's role was re-created as the caller's, so that a merge updates the ARN. */
function isReplaced({ inventory, own }: Search, other: CallerParts): boolean {
  if (!inventory || !own.provisioned || !other.provisioned) return false;
  const facts = RoleFacts.of(inventory);
  const { status, successor, readTime } = facts.about(other.provisioned.roleArn);
  if (status !== 're-created' || readTime.isOld) return false;
  return successor !== null && callerKey(successor.roleArn) === callerKey(own.provisioned.roleArn);
}

function nearAccessEntries(search: Search, cluster: EksCluster): NearMiss[] {
  const standard = accessEntriesOf(cluster).filter(({ accessEntry }) => accessEntry.type === 'STANDARD');
  return standard.flatMap((entry) => {
    const other = meantParts(entry.arn, null);
    if (!other) return [];
    const { principalArn } = entry.accessEntry;
    const rewriting = [
      "replace it, because its principal can't be changed:",
      deleteEntry(cluster, principalArn),
      ...createFor(search, cluster, entry.accessEntry),
    ].join('\n');
    const difference = differenceFrom(search, { granted: entry, rewriting }, other);
    if (!difference) return [];
    const readTime = ReadTime.of(cluster);
    return {
      ...difference,
      map: 'accessEntries',
      arn: principalArn,
      location: clusterLocation(cluster),
      why: readTime.dated(difference.why),
      help: readTime.advice(difference.help),
      isEnough: difference.isEnough && !readTime.isOld,
    };
  });
}

/** The caller's entry that is for nodes, which the caller is not. */
export function deniedMiss({ entry, map }: CallerMatch, caller: Caller, awsAuth: AwsAuth): NearMiss[] {
  if (!entry) return [];
  const names = [entry.username, ...(entry.groups ?? [])];
  const template = names.find((text) => text.includes(NODE_VARIABLE)) ?? NODE_VARIABLE;
  const who =
    caller.sessionName === null
      ? "an Identity Center role or a user can't be one"
      : `${quoted(caller.sessionName)} isn't an instance ID`;
  // With a session name in place of the node's, Kubernetes or EKS reserves the name.
  const isReserved = names.some((name) => name.includes(NODE_VARIABLE) && /^(system|eks):/.test(name));
  const forPeople =
    isNodeEntry(entry) || isReserved
      ? 'If the entry is meant for people, use a username and groups for people, such as username: "sso:{{SessionName}}".'
      : withAdminLine(
          `If the entry is meant for people, write {{SessionName}} instead of ${NODE_VARIABLE}.`,
          entry,
        );
  return [
    {
      nearness: 'exact',
      map,
      arn: entry.arn,
      location: awsAuth.locationOf(entry),
      why: `the entry matches the caller, but ${quoted(template)} is for EC2 instances, and ${who}: access is denied`,
      // If the role can't be a node's, nobody has access through the entry.
      help: cannotBeNode(entry)
        ? forPeople
        : 'Leave the entry as is: nodes or other EC2 instances have access through it. Call as a role for people.',
      isEnough: true,
    },
  ];
}

/** The difference between another principal's entry and the caller's; undefined if they are not close. */
function differenceFrom(search: Search, candidate: Candidate, other: CallerParts): Difference | undefined {
  if (other.partition !== search.own.partition) return undefined;
  return other.accountId === search.own.accountId
    ? inSameAccount(search, candidate, other)
    : inOtherAccount(search, candidate, other);
}

/** The difference for an entry that must be meant for the caller and grants no access as written. */
function ofCaller(
  { granted, rewriting: rest }: Candidate,
  nearness: NearMiss['nearness'],
  why: string,
): Difference {
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
function withAdminLine(help: string, granted: Candidate['granted']): string {
  return possibleAdminBy(granted) === null ? help : `${help}\nThis makes the caller cluster admin.`;
}

/**
 * The difference for an entry that may be someone else's: rewriting it locks them out and grants the caller their
 * permissions.
 */
function perhapsOfOthers(
  { granted, rewriting: rest }: Candidate,
  nearness: NearMiss['nearness'],
  why: string,
): Difference {
  const help = [
    `It may be meant for someone else. It has ${describeGrant(granted, 10)}.`,
    `Add an entry. Only if this one is meant for the caller, ${rest}`,
  ].join('\n');
  return { nearness, why, help, isEnough: false };
}

const WHY: Readonly<Partial<Record<ArnProblem['rule'], string>>> = {
  'path-in-arn':
    'the ARN contains the path, but the authenticator compares roles without their path: remove it',
  'assumed-role-arn': "it is a session's ARN, but the authenticator compares the role's ARN",
  'whitespace-in-arn': 'the ARN contains a space, a line break or an invisible character',
};

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
    return old.readTime.dated(`${suffixes}: ${which} since ${timeText(old.role.createdAt)}`);
  }
  const gone = now?.role
    ? `The entry's role doesn't exist; the caller's was created ${timeText(now.role.createdAt)}`
    : "The entry's role doesn't exist";
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

/** Number of close matches to show. */
const MOST = 5;

/** The closest matches, nearest first, and how to add an entry if fixing them is not enough. */
export function nearestOf(misses: readonly NearMiss[], add: string | null) {
  const sorted = (['exact', 'role', 'name'] as const).flatMap((nearness) =>
    misses.filter((miss) => miss.nearness === nearness),
  );
  const nearest = sorted.slice(0, MOST);
  const isEnough = nearest.some((miss) => miss.isEnough);
  return { nearest, more: Math.max(0, misses.length - MOST), add: isEnough ? null : add };
}
