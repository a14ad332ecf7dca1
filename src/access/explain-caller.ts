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
import { clusterArgument, IGNORES_CONFIG_MAP } from '../cluster/cluster.ts';
import { accountEntry, awsAuthEntry, type Entry } from '../cluster/entry.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { bug, type Finding, type Location } from '../errors.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../inventory/model.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { LintContext } from '../lint/context.ts';
import { findInFile, MAX_OF_A_RULE } from '../lint/lint.ts';
import type { LintFinding } from '../lint/rule.ts';
import { once } from '../memo.ts';
import { type Authorizer, withoutRbac } from '../rbac/authorizer.ts';
import { kubernetesMinor } from '../rbac/kubernetes-version.ts';
import { awsAuthState } from '../rbac/model.ts';
import { callerKey } from '../same-arn.ts';
import { fileArgument, quoted } from '../text.ts';
import {
  brokenMaps,
  callerChanges,
  type EntryProblems,
  entryProblems,
  lostItems,
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
import { partsOf } from './named-caller.ts';
import { type NearMiss, nearEntries, nearestFirst, nearestOf, withAdminLine } from './near-misses.ts';

/** A caller's entry and its location. */
interface PlacedEntry {
  readonly entry: Entry;
  readonly location: Location;
}

/** The entry that grants a caller access, and the resulting identity. */
export interface MatchedEntry extends PlacedEntry {
  readonly identity: KubernetesIdentity;
}

/** How the authenticator resolves a caller, and why. */
export interface CallerExplanation {
  readonly caller: Caller;
  /** From EKS; null if EKS was not asked. */
  readonly cluster: EksCluster | null;
  /** Empty if the caller has no access. With several, which one applies is random. */
  readonly matches: readonly MatchedEntry[];
  /** False without a match, and for a role that is certainly gone: nobody can call with it. */
  readonly hasAccess: boolean;
  /** The caller's entries that have no effect because another one applies. */
  readonly overrides: readonly PlacedEntry[];
  /** True if an entry matches the caller but is only for EC2 instances or for an earlier role. */
  readonly denied: boolean;
  /** Close matches for a caller without access, nearest first. */
  readonly nearest: readonly NearMiss[];
  /** Number of further close matches. */
  readonly more: number;
  /** How to add an entry for the caller; null if that is not the fix. */
  readonly add: string | null;
  /** Keys that can't be parsed, whose entries grant no access. */
  readonly broken: readonly Finding[];
  /** Other findings; problems with the entry come first. */
  readonly notes: readonly Finding[];
  /** The caller's permissions; null without RBAC manifests and access policies. */
  readonly rights: CallerRights | null;
  /** When the caller's role and the cluster's access entries were read. */
  readonly readTime: ReadTime;
}

/** Facts from outside the file. */
export interface CallerFacts {
  readonly inventory: Inventory | null;
  /** True if the inventory was read from AWS now: a snapshot may be older than the caller's role. */
  readonly isLive: boolean;
  readonly authorizer: Authorizer | null;
  /** From EKS; null if EKS was not asked, so only aws-auth applies. */
  readonly cluster: EksCluster | null;
}

/**
 * Explains whether a caller has access and with which identity, or else which entries match most closely.
 * @param awsAuth null if not given, which is enough only if an access entry or the cluster's mode decides
 */
export function explainCaller(
  caller: Caller,
  awsAuth: AwsAuth | null,
  facts: CallerFacts,
): CallerExplanation {
  const found = find(caller, awsAuth, facts);
  const isGone = facts.isLive && found.notes.some(({ code }) => code === 'role-gone');
  return { ...found, hasAccess: found.matches.length > 0 && !isGone };
}

type Found = Omit<CallerExplanation, 'hasAccess'>;

function find(caller: Caller, awsAuth: AwsAuth | null, facts: CallerFacts): Found {
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
    readTime: ReadTime.earliest(
      ReadTime.of(cluster ?? {}),
      inventory ? RoleFacts.of(inventory).about(caller.canonicalArn).readTime : ReadTime.NOW,
    ),
  };
  if (cluster && own) return byAccessEntry(own, cluster, base, awsAuth, facts);
  if (cluster?.authenticationMode === 'API') return withoutAccessEntry(cluster, base, awsAuth, facts);
  if (!awsAuth) throw bug('explaining this caller requires aws-auth');
  return byAwsAuth(base, awsAuth, facts);
}

/** Explains a caller who has an access entry, which overrides aws-auth. */
function byAccessEntry(
  own: OwnAccessEntry,
  cluster: EksCluster,
  base: Found,
  awsAuth: AwsAuth | null,
  { inventory, authorizer }: CallerFacts,
): Found {
  const { caller } = base;
  const counting = cluster.authenticationMode === 'API' ? null : awsAuth;
  const overrides = counting
    ? overriddenEntries([], caller, counting).map((entry) => placed(entry, counting))
    : [];
  const denied = deniedAccess(own, { caller, inventory }, awsAuth);
  const identity = renderIdentity(own, caller);
  if (denied || !identity) return { ...base, overrides, denied: true, nearest: denied ? [denied] : [] };
  const match = { entry: own, location: clusterLocation(cluster), identity };
  const state = awsAuthState(awsAuth !== null, cluster.authenticationMode);
  // Without RBAC manifests, access policies are still known.
  const blank = () => withoutRbac(kubernetesMinor(cluster.version)).withAwsAuth(state);
  const known = authorizer ?? (identity.policies?.length ? blank() : null);
  const rights = known && callerRights(identity, own.map, known);
  const notes = [
    ...(counting ? lossNotesOf(counting, caller, own) : []),
    ...matchNotes(caller, [match], 1, authorizer !== null),
    ...(rights?.notes ?? []),
    ...base.notes,
  ];
  return { ...base, matches: [match], overrides, notes, rights };
}

/** Warnings about permissions that aws-auth would grant the caller and the access entry does not. */
function lossNotesOf(awsAuth: AwsAuth, caller: Caller, own: OwnAccessEntry): Finding[] {
  const before = new Set(lookedUp(caller, awsAuth).map(({ entry }) => entry));
  return awsAuth.entries
    .filter((entry) => before.has(entry))
    .flatMap((entry) => lossNotes(entry, own, awsAuth.locationOf(entry)));
}

/** Explains a caller without an access entry in a cluster that ignores aws-auth. */
function withoutAccessEntry(
  cluster: EksCluster,
  base: Found,
  awsAuth: AwsAuth | null,
  { inventory }: CallerFacts,
): Found {
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
      why: ReadTime.of(cluster).dated(`the cluster ${IGNORES_CONFIG_MAP}`),
      help: `Create an equivalent access entry: aws-auth-sso access-entries --from ${from} --cluster ${clusterArgument(cluster)}`,
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

/** Explains a caller whose access depends on aws-auth. */
function byAwsAuth(base: Found, awsAuth: AwsAuth, { inventory, authorizer, cluster }: CallerFacts): Found {
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
      ...matchNotes(caller, matches, found.length, authorizer !== null),
      ...problems.reduce(withoutVainCommands, rights?.notes ?? []),
      ...base.notes,
    ];
    const overrides = overridden.map((entry) => placed(entry, awsAuth));
    return { ...explanation, overrides, notes, rights };
  }
  const search = { caller, own: partsOf(caller), inventory };
  const misses = denied
    ? found.flatMap((match) => deniedMiss(match, caller, awsAuth))
    : nearestFirst([...(cluster ? nearAccessEntries(search, cluster) : []), ...nearEntries(search, awsAuth)]);
  const lost = denied ? [] : lostItems(search.own, awsAuth, findings);
  const broken = [...explanation.broken, ...lost];
  const add = broken.length > 0 ? null : addHelp({ caller, inventory }, cluster, awsAuth.file);
  return { ...explanation, broken, ...nearestOf(misses, add) };
}

/** Empty for an account: an item of mapAccounts that applies is correct. */
function problemsOf(
  { entry }: CallerMatch,
  awsAuth: AwsAuth,
  findings: () => readonly LintFinding[],
): EntryProblems[] {
  return entry ? [entryProblems(entry, awsAuth, findings)] : [];
}

/** Empty if access is denied; without a session name, that is certain only if the role can't be a node's. */
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

/**
 * The caller's entries that the found ones override: earlier ones in the same map, and mapUsers if found in mapRoles.
 */
function overriddenEntries(found: readonly CallerMatch[], caller: Caller, awsAuth: AwsAuth): LoadedEntry[] {
  const counting = new Set(found.map(({ entry }) => entry));
  const key = callerKey(caller.canonicalArn);
  return awsAuth.entries.filter((entry) => !counting.has(entry) && callerKey(entry.arn) === key);
}

function placed(loaded: LoadedEntry, awsAuth: AwsAuth): PlacedEntry {
  return { entry: awsAuthEntry(loaded), location: awsAuth.locationOf(loaded) };
}

/**
 * If an earlier entry grants something else, the groups may come from the wrong entry: the duplicate is the first
 * problem.
 */
function duplicateProblems(
  entry: LoadedEntry,
  awsAuth: AwsAuth,
  findings: () => readonly LintFinding[],
): EntryProblems {
  const { found } = entryProblems(entry, awsAuth, findings);
  const duplicates = found.filter(({ code, severity }) => code === 'duplicate-arn' && severity === 'error');
  return { found: duplicates, explainsGroups: duplicates.length > 0 };
}

/** The caller's entry that is for nodes, which the caller is not. */
function deniedMiss(match: CallerMatch, caller: Caller, awsAuth: AwsAuth): NearMiss[] {
  const { entry, map } = match;
  if (!entry) return [];
  const templates = [entry.username, ...(entry.groups ?? [])];
  const template = templates.find((text) => text.includes(NODE_VARIABLE)) ?? NODE_VARIABLE;
  const who =
    caller.sessionName === null
      ? "an Identity Center role or a user can't be one"
      : `${quoted(caller.sessionName)} isn't an instance ID`;
  return [
    {
      nearness: 'exact',
      map,
      arn: entry.arn,
      location: awsAuth.locationOf(entry),
      why: `the entry matches the caller, but ${quoted(template)} is for EC2 instances, and ${who}: access is denied`,
      help: deniedHelp(entry),
      isEnough: true,
    },
  ];
}

/** Nodes have access through such an entry, unless its role can't be a node's: then nobody does. */
function deniedHelp(entry: LoadedEntry): string {
  if (!cannotBeNode(entry))
    return 'Leave the entry as is: nodes or other EC2 instances have access through it. Call as a role for people.';
  const isForNodes = isNodeEntry(entry) || [entry.username, ...(entry.groups ?? [])].some(isSystemForPeople);
  return isForNodes
    ? 'If the entry is meant for people, use a username and groups for people, such as username: "sso:{{SessionName}}".'
    : withAdminLine(
        `If the entry is meant for people, write {{SessionName}} instead of ${NODE_VARIABLE}.`,
        entry,
      );
}

/** True if the name would be reserved by Kubernetes or EKS with a session name instead of the node's. */
function isSystemForPeople(name: string): boolean {
  return name.includes(NODE_VARIABLE) && /^(system|eks):/.test(name);
}
