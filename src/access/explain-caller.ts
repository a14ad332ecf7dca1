import { isNodeEntry } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import {
  type Caller,
  type CallerMatch,
  cannotBeNode,
  isDenied,
  type KubernetesIdentity,
  renderIdentity,
  resolveCaller,
} from '../authenticator/resolve-caller.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { accountEntry, awsAuthEntry, type Entry } from '../cluster/entry.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { bug, type Finding, type Location } from '../errors.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../inventory/model.ts';
import { LintContext } from '../lint/context.ts';
import { findInFile, MAX_OF_A_RULE } from '../lint/lint.ts';
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
import {
  type FileSearch,
  type NearMiss,
  nearEntries,
  nearestFirst,
  nearestOf,
  withAdminLine,
} from './near-misses.ts';

/** An entry for a caller, and where it is. */
interface PlacedEntry {
  readonly entry: Entry;
  readonly location: Location;
}

/** The entry that lets a caller in, and as whom. */
export interface MatchedEntry extends PlacedEntry {
  readonly identity: KubernetesIdentity;
}

/** What the authenticator does with a caller, and why. */
export interface CallerExplanation {
  readonly caller: Caller;
  /** As EKS knows it; null where that was not asked. */
  readonly cluster: EksCluster | null;
  /** Empty: the caller does not get in. Of several one counts, by chance. */
  readonly matches: readonly MatchedEntry[];
  /** Entries for the caller that have no effect, since another one counts. */
  readonly overrides: readonly PlacedEntry[];
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
}

/**
 * Says whether a caller gets in, as whom, and what comes nearest where not.
 * @param awsAuth null where none is given, which is enough only where an access entry, or the mode of the cluster, says all
 */
export function explainCaller(
  caller: Caller,
  awsAuth: AwsAuth | null,
  facts: CallerFacts,
): CallerExplanation {
  const { inventory, cluster } = facts;
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
      ...(cluster ? modeNote(cluster, awsAuth?.file ?? null, own !== undefined) : []),
      ...(inventory ? callerChanges(caller, inventory) : []),
    ],
    rights: null,
  };
  if (cluster && own) return byAccessEntry(own, cluster, base, awsAuth, facts);
  if (cluster?.authenticationMode === 'API') return withoutAccessEntry(cluster, base, awsAuth, facts);
  if (!awsAuth) throw bug('a caller is explained without the aws-auth that counts');
  return byAwsAuth(base, awsAuth, facts);
}

/** Of a caller who has an access entry, which overrides aws-auth. */
function byAccessEntry(
  own: OwnAccessEntry,
  cluster: EksCluster,
  base: CallerExplanation,
  awsAuth: AwsAuth | null,
  { inventory, authorizer }: CallerFacts,
): CallerExplanation {
  const { caller } = base;
  const counting = cluster.authenticationMode === 'API' ? null : awsAuth;
  const overrides = counting
    ? overriddenEntries([], caller, counting).map((entry) => placed(entry, counting))
    : [];
  const denied = deniedAccess(own, { caller, inventory }, awsAuth);
  const identity = renderIdentity(own, caller);
  if (denied || !identity) return { ...base, overrides, denied: true, nearest: denied ? [denied] : [] };
  const match = { entry: own, location: clusterLocation(cluster), identity };
  const rights = authorizer && callerRights(identity, own.map, authorizer);
  const notes = [
    ...(counting ? lossNotesOf(counting, caller, own) : []),
    ...matchNotes(caller, [match], 1, rights !== null),
    ...(rights?.notes ?? []),
    ...base.notes,
  ];
  return { ...base, matches: [match], overrides, notes, rights };
}

/** What an access entry takes away that entries of aws-auth would give the caller. */
function lossNotesOf(awsAuth: AwsAuth, caller: Caller, own: OwnAccessEntry): Finding[] {
  const before = new Set(lookedUp(caller, awsAuth).map(({ entry }) => entry));
  return awsAuth.entries
    .filter((entry) => before.has(entry))
    .flatMap((entry) => lossNotes(entry, own, awsAuth.locationOf(entry)));
}

/** Of a caller without an access entry, where aws-auth is ignored. */
function withoutAccessEntry(
  cluster: EksCluster,
  base: CallerExplanation,
  awsAuth: AwsAuth | null,
  { inventory }: CallerFacts,
): CallerExplanation {
  const { caller } = base;
  const matches = awsAuth
    ? lookedUp(caller, awsAuth).flatMap((match) => matchedEntry(match, caller, awsAuth))
    : [];
  const ignored = matches.map(({ entry: { map, id }, location }): NearMiss => {
    const from = fileArgument(awsAuth?.file ?? '');
    return {
      nearness: 'exact',
      map,
      arn: id,
      location,
      why: `the cluster is in mode API and ignores aws-auth`,
      help: `Create an access entry that gives the same: aws-auth-sso access-entries --from ${from} --cluster ${clusterArgument(cluster)}`,
      isEnough: true,
    };
  });
  const search = { caller, own: partsOf(caller), inventory };
  const misses = nearestFirst([...ignored, ...nearAccessEntries(search, cluster)]);
  return { ...base, ...nearestOf(misses, addAccessEntryHelp({ caller, inventory }, cluster)) };
}

function lookedUp(caller: Caller, awsAuth: AwsAuth): CallerMatch[] {
  return resolveCaller(caller, awsAuth, awsAuth.mapAccounts);
}

/** Of a caller of whom aws-auth says whether they get in. */
function byAwsAuth(
  base: CallerExplanation,
  awsAuth: AwsAuth,
  { inventory, authorizer, cluster }: CallerFacts,
): CallerExplanation {
  const { caller } = base;
  const findings = once(() => findInFile(new LintContext(awsAuth, {}), MAX_OF_A_RULE));
  const found = lookedUp(caller, awsAuth);
  const matches = found.flatMap((match) => matchedEntry(match, caller, awsAuth));
  const denied = matches.length === 0 && found.length > 0;
  const explanation = { ...base, matches, denied, broken: brokenMaps(awsAuth, findings) };
  const [first] = matches;
  if (first) {
    const rights = authorizer && callerRights(first.identity, first.entry.map, authorizer);
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
    const overrides = overridden.map((entry) => placed(entry, awsAuth));
    return { ...explanation, overrides, notes, rights };
  }
  const misses = denied
    ? found.flatMap((match) => deniedMiss(match, caller, awsAuth))
    : nearMisses({ awsAuth, caller, own: partsOf(caller), inventory, findings }, cluster);
  const add = explanation.broken.length > 0 ? null : addHelp({ caller, inventory }, cluster, awsAuth.file);
  return { ...explanation, ...nearestOf(misses, add) };
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
function matchedEntry(
  { entry: loaded, identity }: CallerMatch,
  caller: Caller,
  awsAuth: AwsAuth,
): MatchedEntry[] {
  if (!identity || (loaded && caller.sessionName === null && isDenied(loaded))) return [];
  const entry = loaded ? awsAuthEntry(loaded) : accountEntry(caller.accountId);
  const location = loaded ? awsAuth.locationOf(loaded) : accountLocation(caller.accountId, awsAuth);
  return [{ entry, location, identity }];
}

function accountLocation(id: string, awsAuth: AwsAuth): Location {
  const items = awsAuth.mapAccounts.list?.items ?? [];
  const item = items.find((one) => one.kind === 'scalar' && one.text === id);
  return item ? awsAuth.locate('mapAccounts', item.start) : { file: awsAuth.file };
}

/** The entries for the same caller that those found override: earlier ones of their map, and mapUsers where they are in mapRoles. */
function overriddenEntries(found: readonly CallerMatch[], caller: Caller, awsAuth: AwsAuth): LoadedEntry[] {
  const counting = new Set(found.map(({ entry }) => entry));
  const key = callerKey(caller.canonicalArn);
  return awsAuth.entries.filter((entry) => !counting.has(entry) && callerKey(entry.arn) === key);
}

function placed(loaded: LoadedEntry, awsAuth: AwsAuth): PlacedEntry {
  return { entry: awsAuthEntry(loaded), location: awsAuth.locationOf(loaded) };
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
      location: awsAuth.locationOf(entry),
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

/** What comes near, the nearest first, then in the order of the file. What is only remotely near is left out where something is nearer. */
function nearMisses(search: FileSearch, cluster: EksCluster | null): NearMiss[] {
  const access = cluster ? nearAccessEntries(search, cluster) : [];
  return nearestFirst([...access, ...nearEntries(search), ...lostMentions(search), ...otherAccounts(search)]);
}
