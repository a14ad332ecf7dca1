import { isNodeEntry } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import {
  type Caller,
  type CallerSource,
  cannotBeNode,
  isDenied,
  type KubernetesIdentity,
  renderIdentity,
  resolveCaller,
} from '../authenticator/resolve-caller.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { type MapKey, NODE_VARIABLE } from '../entry.ts';
import type { Finding, Location } from '../errors.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../inventory/model.ts';
import { LintContext } from '../lint/context.ts';
import { findAll, MAX_OF_A_RULE } from '../lint/lint.ts';
import type { LintFinding } from '../lint/rule.ts';
import { once } from '../memo.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { callerKey } from '../same-arn.ts';
import { quoted } from '../text.ts';
import {
  brokenMaps,
  callerChanges,
  type EntryProblems,
  entryProblems,
  matchNotes,
  withoutVainCommands,
} from './caller-notes.ts';
import { type CallerRights, callerRights } from './caller-rights.ts';
import {
  accessEntryOf,
  addAccessEntryHelp,
  addHelp,
  deniedAccess,
  lossNotes,
  modeNote,
  nearAccessEntries,
  type OwnAccessEntry,
} from './explain-access-entry.ts';
import { lostMentions, otherAccounts } from './lost-mentions.ts';
import { clusterArgument, fileArgument, partsOf } from './named-caller.ts';
import { type NearMiss, type Nearness, nearEntries, type Search, withAdminLine } from './near-misses.ts';

type CallerMatch = ReturnType<typeof resolveCaller>[number];

/** The entry that lets a caller in, and as whom. */
export interface MatchedEntry {
  readonly map: CallerSource;
  /** As written, of an access entry with the path; in mapAccounts the account id. */
  readonly arn: string;
  readonly location: Location;
  readonly identity: KubernetesIdentity;
}

/** An entry for the caller that has no effect, since another one counts. */
interface OverriddenEntry {
  readonly map: MapKey;
  readonly arn: string;
  readonly location: Location;
  readonly username: string;
  readonly groups: readonly string[];
}

/** What the authenticator does with a caller, and why. */
export interface CallerExplanation {
  readonly caller: Caller;
  /** As EKS knows it; null where that was not asked. */
  readonly cluster: EksCluster | null;
  /** Empty: the caller does not get in. Of several one counts, by chance. */
  readonly matches: readonly MatchedEntry[];
  readonly overrides: readonly OverriddenEntry[];
  /** Whether an entry is the caller's, but lets in EC2 instances alone, or a role that there was. */
  readonly denied: boolean;
  /** Of a caller who does not get in, nearest first. */
  readonly nearest: readonly NearMiss[];
  /** How many more there are. */
  readonly more: number;
  /** How an entry of the caller's own comes into the file; null where that is not what is missing. */
  readonly add: string | null;
  /** Keys that cannot be parsed, so that their entries let nobody in. */
  readonly broken: readonly Finding[];
  /** What else there is to know; first, what is wrong with the entry. */
  readonly notes: readonly Finding[];
  /** What the caller may do; null where that is not known, for want of RBAC manifests. */
  readonly rights: CallerRights | null;
}

/** What is known besides the file. */
export interface CallerFacts {
  readonly inventory: Inventory | null;
  readonly authorizer: Authorizer | null;
  /** As EKS knows it; null where that was not asked, so that aws-auth alone counts. */
  readonly cluster: EksCluster | null;
  /** Whether there is an aws-auth; if not, the file is empty. */
  readonly isFileGiven: boolean;
}

/** Near misses that are told in full. */
const MOST = 5;

/** Says whether a caller gets in, as whom, and what comes nearest where not. */
export function explainCaller(caller: Caller, awsAuth: AwsAuth, facts: CallerFacts): CallerExplanation {
  const { inventory, cluster, isFileGiven } = facts;
  const own = cluster ? accessEntryOf({ caller, inventory }, cluster) : undefined;
  const base = {
    caller,
    cluster,
    matches: [],
    overrides: [],
    denied: false,
    nearest: [],
    more: 0,
    add: null,
    broken: [],
    notes: [
      ...(cluster ? modeNote(cluster, isFileGiven ? awsAuth.file : null, own !== undefined) : []),
      ...(inventory ? callerChanges(caller, inventory) : []),
    ],
    rights: null,
  };
  if (cluster && own) return byAccessEntry(own, cluster, base, awsAuth, facts);
  return cluster?.authenticationMode === 'API'
    ? withoutAccessEntry(cluster, base, awsAuth, facts)
    : byAwsAuth(base, awsAuth, facts);
}

/** Of a caller who has an access entry, which overrides aws-auth. */
function byAccessEntry(
  own: OwnAccessEntry,
  cluster: EksCluster,
  base: CallerExplanation,
  awsAuth: AwsAuth,
  { inventory, authorizer, isFileGiven }: CallerFacts,
): CallerExplanation {
  const { caller } = base;
  const isCounted = cluster.authenticationMode !== 'API';
  const overrides = isCounted
    ? overriddenEntries([], caller, awsAuth).map((entry) => overriddenEntry(entry, awsAuth))
    : [];
  const denied = deniedAccess(own, { caller, inventory }, isFileGiven ? awsAuth : null);
  const identity = renderIdentity(own, caller);
  if (denied || !identity) return { ...base, overrides, denied: true, nearest: denied ? [denied] : [] };
  const { principalArn: arn } = own.accessEntry;
  const match = { map: 'accessEntries', arn, location: clusterLocation(cluster), identity } as const;
  const rights = authorizer && callerRights(identity, 'accessEntries', authorizer);
  const counting = new Set(
    isCounted ? resolveCaller(caller, awsAuth, awsAuth.mapAccounts).map(({ entry }) => entry) : [],
  );
  const before = awsAuth.entries.filter((entry) => counting.has(entry));
  const notes = [
    ...before.flatMap((one) => lossNotes(one, own, awsAuth.locationOf(one))),
    ...matchNotes(caller, [match], 1, rights !== null),
    ...(rights?.notes ?? []),
    ...base.notes,
  ];
  return { ...base, matches: [match], overrides, notes, rights };
}

/** Of a caller without an access entry, where aws-auth is ignored. */
function withoutAccessEntry(
  cluster: EksCluster,
  base: CallerExplanation,
  awsAuth: AwsAuth,
  { inventory }: CallerFacts,
): CallerExplanation {
  const { caller } = base;
  const search = { awsAuth, caller, own: partsOf(caller), inventory, findings: () => [] };
  const { file } = awsAuth;
  const ignored = resolveCaller(caller, awsAuth, awsAuth.mapAccounts).flatMap((match): NearMiss[] =>
    matchedEntry(match, caller, awsAuth).map(({ map, arn, location }) => ({
      nearness: 'exact',
      map,
      arn,
      location,
      why: `the cluster is in mode API and ignores aws-auth`,
      help: `Create an access entry that gives the same: aws-auth-sso access-entries --from ${fileArgument(file)} --cluster ${clusterArgument(cluster)}`,
      isEnough: true,
    })),
  );
  const misses = inOrder([...ignored, ...nearAccessEntries(search, cluster)]);
  return { ...base, ...shownOf(misses, addAccessEntryHelp({ caller, inventory }, cluster)) };
}

/** The nearest, and how an entry comes in where these do not help. */
function shownOf(misses: readonly NearMiss[], add: string | null) {
  const nearest = misses.slice(0, MOST);
  const isEnough = nearest.some((miss) => miss.isEnough);
  return { nearest, more: Math.max(0, misses.length - MOST), add: isEnough ? null : add };
}

/** Of a caller of whom aws-auth says whether they get in. */
function byAwsAuth(
  base: CallerExplanation,
  awsAuth: AwsAuth,
  { inventory, authorizer, cluster }: CallerFacts,
): CallerExplanation {
  const { caller } = base;
  const findings = once(() => findAll(new LintContext(awsAuth, {}), MAX_OF_A_RULE));
  const found = resolveCaller(caller, awsAuth, awsAuth.mapAccounts);
  const matches = found.flatMap((match) => matchedEntry(match, caller, awsAuth));
  const denied = matches.length === 0 && found.length > 0;
  const explanation = { ...base, matches, denied, broken: brokenMaps(awsAuth, findings) };
  const [first] = matches;
  if (first) {
    const rights = authorizer && callerRights(first.identity, first.map, authorizer);
    const overridden = overriddenEntries(found, caller, awsAuth);
    const problems = [
      ...found.flatMap((match) => problemsOf(match, awsAuth, findings)),
      ...overridden.map((entry) => duplicateProblems(entry, awsAuth, findings)),
    ];
    const notes = [
      ...problems.flatMap((entry) => entry.found),
      ...matchNotes(caller, matches, found.length, rights !== null),
      ...problems.reduce(withoutVainCommands, rights?.notes ?? []),
      ...base.notes,
    ];
    const overrides = overridden.map((entry) => overriddenEntry(entry, awsAuth));
    return { ...explanation, overrides, notes, rights };
  }
  const misses = denied
    ? found.flatMap((match) => deniedMiss(match, caller, awsAuth))
    : nearMisses({ awsAuth, caller, own: partsOf(caller), inventory, findings }, cluster);
  const add = explanation.broken.length > 0 ? null : addHelp({ caller, inventory }, cluster, awsAuth.file);
  return { ...explanation, ...shownOf(misses, add) };
}

/** Nothing for an account: an item of mapAccounts that counts is right. */
function problemsOf(
  { entry }: CallerMatch,
  awsAuth: AwsAuth,
  findings: () => readonly LintFinding[],
): EntryProblems[] {
  return entry ? [entryProblems(entry, awsAuth, findings)] : [];
}

/** Nothing where access is denied; of a role without a session that is known only where it can be no node's. */
function matchedEntry(match: CallerMatch, caller: Caller, awsAuth: AwsAuth): MatchedEntry[] {
  const { map, entry, identity } = match;
  if (!identity || (entry && caller.sessionName === null && isDenied(entry))) return [];
  return [
    { map, arn: entry?.arn ?? caller.accountId, location: locationOf(match, caller, awsAuth), identity },
  ];
}

function locationOf({ entry }: CallerMatch, caller: Caller, awsAuth: AwsAuth): Location {
  if (entry) return awsAuth.locationOf(entry);
  const { list } = awsAuth.mapAccounts;
  const item = list?.items.find((one) => one.kind === 'scalar' && one.text === caller.accountId);
  return item ? awsAuth.locate('mapAccounts', item.start) : { file: awsAuth.file };
}

/** The entries for the same caller that those found override: earlier ones of their map, and mapUsers where they are in mapRoles. */
function overriddenEntries(found: readonly CallerMatch[], caller: Caller, awsAuth: AwsAuth): LoadedEntry[] {
  const counting = new Set(found.map(({ entry }) => entry));
  const key = callerKey(caller.canonicalArn);
  return awsAuth.entries.filter((entry) => !counting.has(entry) && callerKey(entry.arn) === key);
}

function overriddenEntry(entry: LoadedEntry, awsAuth: AwsAuth): OverriddenEntry {
  const { map, arn, username, groups } = entry;
  return { map, arn, location: awsAuth.locationOf(entry), username, groups: groups ?? [] };
}

/** Where an earlier entry grants something else, the first question is which of the two is meant: the groups may be those of the wrong one. */
function duplicateProblems(
  entry: LoadedEntry,
  awsAuth: AwsAuth,
  findings: () => readonly LintFinding[],
): EntryProblems {
  const { found } = entryProblems(entry, awsAuth, findings);
  const duplicates = found.filter(({ code, severity }) => code === 'duplicate-arn' && severity === 'error');
  return { found: duplicates, explainsGroups: duplicates.length > 0 };
}

/** An entry that is for nodes, of a caller who is none. */
function deniedMiss(match: CallerMatch, caller: Caller, awsAuth: AwsAuth): NearMiss[] {
  const { entry, map } = match;
  if (!entry) return [];
  const templates = [entry.username, ...(entry.groups ?? [])];
  const template = templates.find((text) => text.includes(NODE_VARIABLE)) ?? NODE_VARIABLE;
  const who =
    caller.sessionName === null
      ? 'no role of Identity Center, and no user, is one'
      : `${quoted(caller.sessionName)} is not the id of one`;
  return [
    {
      nearness: 'exact',
      map,
      arn: entry.arn,
      location: locationOf(match, caller, awsAuth),
      why: `the entry is the caller's, but ${quoted(template)} is for EC2 instances, and ${who}: access is denied`,
      help: deniedHelp(entry),
      isEnough: true,
    },
  ];
}

/** Nodes get in through such an entry, unless its role can be none of theirs: then nobody does. */
function deniedHelp(entry: LoadedEntry): string {
  if (!cannotBeNode(entry))
    return 'Leave the entry: nodes, or other EC2 instances, get in through it. Call as another role, one for people.';
  const isForNodes = isNodeEntry(entry) || [entry.username, ...(entry.groups ?? [])].some(isSystemForPeople);
  return isForNodes
    ? 'If people are meant, write a username and groups for people, such as username: "sso:{{SessionName}}".'
    : withAdminLine(`If people are meant, write {{SessionName}} instead of ${NODE_VARIABLE}.`, entry);
}

/** Whether a name would be one of Kubernetes itself with the session in place of the node. */
function isSystemForPeople(name: string): boolean {
  return name.includes(NODE_VARIABLE) && /^(system|eks):/.test(name);
}

const NEARNESS: readonly Nearness[] = ['exact', 'role', 'name', 'remote'];

/** What comes near, the nearest first, then in the order of the file. What is only remotely near is left out where something is nearer. */
function nearMisses(search: Search, cluster: EksCluster | null): NearMiss[] {
  const access = cluster ? nearAccessEntries(search, cluster) : [];
  return inOrder([...access, ...nearEntries(search), ...lostMentions(search), ...otherAccounts(search)]);
}

function inOrder(all: readonly NearMiss[]): NearMiss[] {
  const [best] = NEARNESS.filter((nearness) => all.some((miss) => miss.nearness === nearness));
  return NEARNESS.filter((nearness) => nearness !== 'remote' || best === 'remote').flatMap((nearness) =>
    all.filter((miss) => miss.nearness === nearness),
  );
}
