import { IGNORES_CONFIG_MAP } from '../access-entry/cluster.ts';
import { accountEntry, awsAuthEntry, type Entry } from '../access-entry/entry.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import {
  type Caller,
  type CallerMatch,
  isDenied,
  type KubernetesIdentity,
  renderIdentity,
  resolveCaller,
} from '../aws-auth/resolve-caller.ts';
import { findInFile, MAX_OF_A_RULE } from '../check/check.ts';
import { CheckContext } from '../check/context.ts';
import type { CheckFinding } from '../check/rule.ts';
import { clusterLocation, type EksCluster } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import { bug, type Finding, type Location } from '../errors.ts';
import { MAP_KEYS, type MapKey } from '../map-entry.ts';
import { once } from '../memo.ts';
import { type Authorizer, withoutRbac } from '../rbac/authorizer.ts';
import { kubernetesMinor } from '../rbac/kubernetes-version.ts';
import { awsAuthState } from '../rbac/model.ts';
import { callerKey } from '../same-arn.ts';
import { fileArgument, shellWord } from '../text.ts';
import { addHelp, type KnownCaller } from './add-entry.ts';
import { callerChanges, matchNotes } from './caller-notes.ts';
import { type CallerRights, callerRights } from './caller-rights.ts';
import {
  accessEntryOf,
  deniedAccess,
  lossNotes,
  modeNote,
  type OwnAccessEntry,
} from './explain-access-entry.ts';
import { callerParts, deniedMiss, type NearMiss, nearestOf, nearMisses } from './near-misses.ts';

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
  /** Problems that keep entries from loading; the caller's entry may be among them. */
  readonly broken: readonly Finding[];
  /** The keys that can't be parsed, whose entries grant no access. */
  readonly lostKeys: readonly MapKey[];
  /** Other findings; problems with the entry come first. */
  readonly notes: readonly Finding[];
  /** The caller's permissions; null without RBAC manifests and access policies. */
  readonly rights: CallerRights | null;
  /** When the caller's role and the cluster's access entries were read. */
  readonly readTime: ReadTime;
}

/** Facts from outside the file. */
interface CallerFacts extends Pick<KnownCaller, 'inventory'> {
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
    lostKeys: [],
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
  if (cluster && own) return byAccessEntry(own, cluster, base, awsAuth, facts.authorizer);
  if (cluster?.authenticationMode === 'API')
    return withoutAccessEntry(cluster, base, awsAuth, { caller, inventory });
  if (!awsAuth) throw bug('explaining this caller requires aws-auth');
  return byAwsAuth(base, awsAuth, facts);
}

/** Explains a caller who has an access entry, which overrides aws-auth. */
function byAccessEntry(
  own: OwnAccessEntry,
  cluster: EksCluster,
  base: Found,
  awsAuth: AwsAuth | null,
  authorizer: Authorizer | null,
): Found {
  const { caller } = base;
  const counting = cluster.authenticationMode === 'API' ? null : awsAuth;
  const overrides = counting
    ? entriesOf(caller, counting).map((entry) => ({
        entry: awsAuthEntry(entry),
        location: counting.locationOf(entry),
      }))
    : [];
  const denied = deniedAccess(own, caller, awsAuth);
  const identity = renderIdentity(own, caller);
  if (denied || !identity) return { ...base, overrides, denied: true, nearest: denied ? [denied] : [] };
  const match = { entry: own, location: clusterLocation(cluster), identity };
  const state = awsAuthState(awsAuth !== null, cluster.authenticationMode);
  // Without RBAC manifests, access policies are still known.
  const blank = () => withoutRbac(kubernetesMinor(cluster.version)).withAwsAuth(state);
  const known = authorizer ?? (identity.policies?.length ? blank() : null);
  const rights = known && callerRights(identity, own.map, known);
  // Permissions that aws-auth would grant and the access entry does not.
  const before = new Set(counting ? lookedUp(caller, counting).map(({ entry }) => entry) : []);
  const losing = counting?.entries.filter((entry) => before.has(entry)) ?? [];
  const notes = [
    ...losing.flatMap((entry) => (counting ? lossNotes(entry, own, counting.locationOf(entry)) : [])),
    ...matchNotes(caller, [match], 1, authorizer !== null),
    ...(rights?.notes ?? []),
    ...base.notes,
  ];
  return { ...base, matches: [match], overrides, notes, rights };
}

/** Explains a caller without an access entry in a cluster that ignores aws-auth. */
function withoutAccessEntry(
  cluster: EksCluster,
  base: Found,
  awsAuth: AwsAuth | null,
  known: KnownCaller,
): Found {
  const matches = awsAuth
    ? lookedUp(base.caller, awsAuth).flatMap((match) => matchedEntry(match, base.caller, awsAuth))
    : [];
  const ignored = matches.map(({ entry: { map, id }, location }): NearMiss => {
    const from = fileArgument(awsAuth?.file ?? '');
    return {
      nearness: 'exact',
      map,
      arn: id,
      location,
      why: ReadTime.of(cluster).dated(`the cluster ${IGNORES_CONFIG_MAP}`),
      help: `Create an equivalent access entry: aws-auth-sso access-entries --from ${from} --cluster ${shellWord(cluster.arn)}`,
      isEnough: true,
    };
  });
  const misses = [...ignored, ...nearMisses(known, cluster, null)];
  return { ...base, ...nearestOf(misses, addHelp(known, cluster, null)) };
}

function lookedUp(caller: Caller, awsAuth: AwsAuth): CallerMatch[] {
  return resolveCaller(caller, awsAuth, awsAuth.mapAccounts);
}

/** Explains a caller whose access depends on aws-auth. */
function byAwsAuth(base: Found, awsAuth: AwsAuth, { inventory, authorizer, cluster }: CallerFacts): Found {
  const { caller } = base;
  const checked = new CheckedFile(awsAuth);
  const found = lookedUp(caller, awsAuth);
  const matches = found.flatMap((match) => matchedEntry(match, caller, awsAuth));
  const denied = matches.length === 0 && found.length > 0;
  const explanation = { ...base, matches, denied, broken: checked.broken(), lostKeys: awsAuth.lostKeys };
  const [first] = matches;
  if (first) {
    const rights = authorizer && callerRights(first.identity, first.entry.map, authorizer);
    const applying = new Set(found.map(({ entry }) => entry));
    // Earlier entries in the same map, and entries of mapUsers if one of mapRoles applies.
    const overridden = entriesOf(caller, awsAuth).filter((entry) => !applying.has(entry));
    const problems = [
      // An item of mapAccounts that applies is correct.
      ...found.flatMap(({ entry }) => (entry ? checked.problemsIn(entry) : [])),
      ...overridden.map((entry) => checked.duplicatesOf(entry)),
    ];
    const notes = [
      ...problems.flatMap((entry) => entry.found),
      ...matchNotes(caller, matches, found.length, authorizer !== null),
      ...withoutVainHelp(rights?.notes ?? [], problems),
      ...base.notes,
    ];
    const overrides = overridden.map((entry) => {
      return { entry: awsAuthEntry(entry), location: awsAuth.locationOf(entry) };
    });
    return { ...explanation, overrides, notes, rights };
  }
  const known = { caller, inventory };
  const misses = denied
    ? found.flatMap((match) => deniedMiss(match, caller, awsAuth))
    : nearMisses(known, cluster, awsAuth);
  const broken = [...explanation.broken, ...(denied ? [] : checked.lostItems(caller))];
  const add = broken.length > 0 ? null : addHelp(known, cluster, awsAuth.file);
  return { ...explanation, broken, ...nearestOf(misses, add) };
}

/** Empty if access is denied; without a session name, that is certain only if the role can't be a node's. */
function matchedEntry(
  { entry, identity }: CallerMatch,
  { accountId, sessionName }: Caller,
  awsAuth: AwsAuth,
): MatchedEntry[] {
  if (!identity || (entry && sessionName === null && isDenied(entry))) return [];
  if (entry) return [{ entry: awsAuthEntry(entry), location: awsAuth.locationOf(entry), identity }];
  const items = awsAuth.mapAccounts.list?.items ?? [];
  const item = items.find((one) => one.kind === 'scalar' && one.text === accountId);
  const location = item ? awsAuth.locate('mapAccounts', item.start) : { file: awsAuth.file };
  return [{ entry: accountEntry(accountId), location, identity }];
}

function entriesOf({ canonicalArn }: Caller, awsAuth: AwsAuth): LoadedEntry[] {
  const key = callerKey(canonicalArn);
  return awsAuth.entries.filter((entry) => callerKey(entry.arn) === key);
}

/** Findings of `check` in an entry. */
interface EntryProblems {
  readonly found: readonly CheckFinding[];
  /** True if the loaded groups may not be the intended ones. */
  readonly explainsGroups: boolean;
}

/** Findings of `check` in an aws-auth about one caller's entries. */
class CheckedFile {
  private readonly awsAuth: AwsAuth;
  private readonly findings = once(() => findInFile(new CheckContext(this.awsAuth, {}), MAX_OF_A_RULE));

  constructor(awsAuth: AwsAuth) {
    this.awsAuth = awsAuth;
  }

  /** Findings for keys that can't be parsed and so grant no access. */
  broken(): Finding[] {
    return MAP_KEYS.flatMap((key) => {
      const source = this.awsAuth.document[key];
      const error = this.awsAuth.lossOf(key);
      if (!source || !error) return [];
      const { start, end } = source.node ?? { start: 0, end: 0 };
      // An error at the end of the text has an offset behind the node.
      return this.between(start, Math.max(end, source.offsets.startOf(error.offset)))[0] ?? [];
    });
  }

  /** Findings for items that name a caller, but don't load as an entry with that name. */
  lostItems(caller: Caller): Finding[] {
    const { accountId, name } = callerParts(caller);
    return (['mapRoles', 'mapUsers'] as const).flatMap((map) => {
      const source = this.awsAuth.document[map];
      const { list, entries } = this.awsAuth[map];
      if (!source || !list) return [];
      const named = list.items.filter(({ start, end }, index) => {
        const text = callerKey(source.text.slice(start, end));
        const isLoaded = entries.some((one) => one.index === index && callerKey(one.arn).includes(name));
        return text.includes(accountId) && text.includes(name) && !isLoaded;
      });
      return named.flatMap(({ start, end }) => {
        const found = this.between(source.offsets.startOf(start), source.offsets.endOf(end));
        return found.find(({ severity }) => severity === 'error') ?? [];
      });
    });
  }

  /** Findings in an entry that matches the caller. */
  problemsIn(entry: LoadedEntry): EntryProblems {
    const { groups } = entry.fields;
    const span = this.awsAuth.spanOf(entry, entry.node);
    // `matchNotes` has its own warning for that.
    const found = this.between(span.start, span.end).filter(({ code }) => code !== 'ambiguous-user');
    const isOdd = found.some(({ code }) => code === 'duplicate-field') || entry.groups?.includes('') === true;
    const ofGroups = groups && this.awsAuth.spanOf(entry, groups);
    const isInGroups =
      ofGroups && found.some(({ start }) => start >= ofGroups.start && start <= ofGroups.end);
    return { found, explainsGroups: isOdd || isInGroups === true };
  }

  /**
   * If an earlier entry grants something else, the groups may come from the wrong entry: the duplicate is the first
   * problem.
   */
  duplicatesOf(entry: LoadedEntry): EntryProblems {
    const found = this.problemsIn(entry).found.filter(
      ({ code, severity }) => code === 'duplicate-arn' && severity === 'error',
    );
    return { found, explainsGroups: found.length > 0 };
  }

  /** Findings between two offsets of the file. */
  private between(from: number, to: number): CheckFinding[] {
    return this.findings().filter(({ start }) => start >= from && start <= to);
  }
}

/**
 * Notes on a caller's permissions, without the next step for names that may be unintended: fixing the entry comes
 * first.
 */
function withoutVainHelp(notes: readonly Finding[], problems: readonly EntryProblems[]): Finding[] {
  const mayBeOtherGroups = problems.some(({ explainsGroups }) => explainsGroups);
  const hasProblems = problems.some(({ found }) => found.length > 0);
  return notes.map(({ help, ...one }) => {
    const isVain =
      (one.code === 'unbound-group' && mayBeOtherGroups) || (one.code === 'unbound-user' && hasProblems);
    return help === undefined || isVain ? one : { ...one, help };
  });
}
