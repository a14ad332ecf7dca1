import { isAccountId } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { denialOf } from '../aws-auth/denied-entries.ts';
import { isNodeGrant } from '../aws-auth/groups.ts';
import type { ListKey, LoadedAccounts, LoadedEntry, LoadedMap } from '../aws-auth/loaded.ts';
import type { OtherEntries } from '../aws-auth/other-entries.ts';
import type { Location } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type DesiredEntry, MAP_KEYS, type MapKey } from '../map-entry.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { decided, type MapChange, setsOf } from './change.ts';
import { type StrictVerdict, type UnnamedContext, verdict, verdictOnUnnamed } from './strict-verdicts.ts';

/** An item of a map that the config does not name, or names differently. Excludes what a merge would change. */
export interface StrictDifference extends StrictVerdict {
  readonly map: MapKey;
  readonly location: Location;
  /** Null for an ID of mapAccounts, and for text that becomes no entry. */
  readonly entry: LoadedEntry | null;
  /** An item of mapAccounts. */
  readonly account: string | null;
}

/** Codes of merge findings that summarize what strict differences report for each entry. */
export const TOLD_BY_STRICT: ReadonlySet<string> = new Set([
  'role-gone',
  'unmapped-entry',
  'shadowed-entry',
  'lookalike-role',
  'dropped-entry',
  'never-matches',
  'ignored-content',
  'unparsable-map-users',
  'unparsable-map-accounts',
  'overridden-user',
]);

/** Why a merge leaves an entry that no mapping wants. */
type Unwanted = Extract<MapChange, { readonly outcome: 'unmapped' }>['reason'];

/** The content of the config, and what is known about everything else. */
interface StrictContext extends UnnamedContext {
  readonly desired: readonly DesiredEntry[];
  /** True if a mapping can set a username. */
  readonly canState: (username: string) => boolean;
}

/**
 * Everything in the maps that a merge leaves unchanged and that differs from the config, in the order of the file's
 * maps.
 */
export function strictDifferences(
  awsAuth: AwsAuth,
  changes: readonly MapChange[],
  context: StrictContext,
): StrictDifference[] {
  const found = [
    ...new StrictMaps(awsAuth, changes, context).differences(),
    ...accountDifferences(awsAuth.mapAccounts, context.others),
    ...MAP_KEYS.flatMap((key) => lostParts(key, awsAuth[key])),
  ];
  return MAP_KEYS.flatMap((key) =>
    found
      .filter(({ map }) => map === key)
      .sort((one, other) => one.start - other.start)
      .map(({ start, end, ...difference }) => ({
        ...difference,
        // Even what the file alone says may look different with the current roles.
        help: context.roles.readTimeIn().advice(difference.help),
        location: locationOf(awsAuth, key, start, end),
      })),
  );
}

function locationOf(awsAuth: AwsAuth, key: MapKey, start: number, end: number | null): Location {
  const location = awsAuth.locate(key, start);
  if (end === null || location.line === undefined) return location;
  return { ...location, endLine: awsAuth.locate(key, Math.max(start, end - 1)).line };
}

/** A difference with its offsets in the text of the map; the end is null if only the start is known. */
interface Found extends Omit<StrictDifference, 'location'> {
  readonly start: number;
  readonly end: number | null;
}

class StrictMaps {
  private readonly awsAuth: AwsAuth;
  private readonly changes: readonly MapChange[];
  private readonly context: StrictContext;
  private readonly wanted: ReadonlyMap<string, DesiredEntry>;
  private readonly wantedSets: ReadonlySet<string>;
  private readonly byCaller: Readonly<Record<ListKey, ReadonlyMap<string, readonly LoadedEntry[]>>>;

  constructor(awsAuth: AwsAuth, changes: readonly MapChange[], context: StrictContext) {
    this.awsAuth = awsAuth;
    this.changes = changes;
    this.context = context;
    this.wanted = new Map(context.desired.map((one) => [callerKey(one.rolearn), one]));
    const roles = context.desired.flatMap(({ rolearn }) => parseProvisionedRoleArn(rolearn) ?? []);
    this.wantedSets = setsOf(roles, context.roles);
    const byCaller = ({ entries }: LoadedMap) => groupBy(entries, ({ arn }) => callerKey(arn));
    this.byCaller = { mapRoles: byCaller(awsAuth.mapRoles), mapUsers: byCaller(awsAuth.mapUsers) };
  }

  differences(): Found[] {
    const { mapUsers, overridden } = this.awsAuth;
    const becomes = new Set(decided(this.changes, 'added').map(({ overrides }) => overrides));
    const verdictOnUser = (user: LoadedEntry) => {
      // A merge turns it into an entry of mapRoles, and reports that.
      if (becomes.has(user)) return null;
      const role = overridden.get(user);
      if (role) return verdict('overridden', { entry: user, by: this.other('mapRoles', role) });
      return this.verdictInMap('mapUsers', user, null);
    };
    return [
      ...decided(this.changes, 'kept', 'left-alone', 'unmapped').flatMap((change) => {
        const reason = change.outcome === 'unmapped' ? change.reason : null;
        return located('mapRoles', change.entry, this.verdictInMap('mapRoles', change.entry, reason));
      }),
      ...mapUsers.entries.flatMap((user) => located('mapUsers', user, verdictOnUser(user))),
    ];
  }

  private other(map: ListKey, entry: LoadedEntry) {
    const { line } = this.awsAuth.locationOf(entry);
    return { entry, place: line === undefined ? map : `${map} (line ${line})` };
  }

  /**
   * Checks duplicates first: any of the entries that differ only in case may take effect.
   * @param reason why no mapping wants it, according to the merge; null if one may
   */
  private verdictInMap(map: ListKey, entry: LoadedEntry, reason: Unwanted | null): StrictVerdict | null {
    const isShadowed = entry.shadowed || reason === 'shadowed';
    if (!isShadowed && !entry.ambiguous) return this.verdictOn(map, entry, reason);
    const rivals = this.byCaller[map].get(callerKey(entry.arn));
    const other = rivals?.findLast((one) => one !== entry && !one.shadowed);
    return verdict(isShadowed ? 'shadowed' : 'ambiguous', {
      entry,
      by: other ? this.other(map, other) : null,
    });
  }

  private verdictOn(
    map: MapKey,
    entry: LoadedEntry,
    reason: Exclude<Unwanted, 'shadowed'> | null,
  ): StrictVerdict | null {
    const denial = denialOf(entry);
    if (denial) return verdict('denied', { entry, denial });
    const wanted = this.wanted.get(callerKey(entry.arn));
    if (wanted?.role) return this.verdictOnMapped(entry, wanted);
    if (wanted)
      return isNodeGrant(entry) ? caseVerdict(entry, wanted) : verdict('node-role', { entry, wanted });
    const role = parseProvisionedRoleArn(entry.arn);
    const isLookalike =
      role !== undefined && this.context.roles.about(role.roleArn).status === 'outside-path';
    const known = { reason, isLookalike, wantedSets: this.wantedSets };
    return verdictOnUnnamed(map, entry, known, this.context);
  }

  /** The merge has already compared the groups, and the username if the mapping sets one, but not the case. */
  private verdictOnMapped(entry: LoadedEntry, wanted: DesiredEntry): StrictVerdict | null {
    const kept = this.context.others.exactly(entry.arn)?.username;
    if (entry.username === wanted.username || entry.username === kept) return caseVerdict(entry, wanted);
    return verdict('mapping', { entry, wanted, canState: this.context.canState(entry.username) });
  }
}

/** Null if the ARN is spelled as wanted. */
function caseVerdict(entry: LoadedEntry, wanted: DesiredEntry): StrictVerdict | null {
  return entry.arn === wanted.rolearn ? null : verdict('arn-case', { entry, wanted });
}

function located(map: MapKey, entry: LoadedEntry, found: StrictVerdict | null): Found[] {
  const { contentStart: start, end } = entry.node;
  return found ? [{ map, start, end, entry, account: null, ...found }] : [];
}

function accountDifferences({ entries, list }: LoadedAccounts, others: OtherEntries): Found[] {
  const seen = new Set<string>();
  const nodes = list?.items ?? [];
  // Items that are not strings are dropped and reported as such.
  const kept =
    nodes.length === entries.length
      ? nodes
      : nodes.filter(({ kind }) => kind !== 'mapping' && kind !== 'sequence');
  const verdictOn = (account: string) => {
    if (!isAccountId(account)) return verdict('not-an-account', { account });
    if (seen.has(account)) return verdict('duplicate-account', { account });
    seen.add(account);
    return others.accounts.has(account) ? null : verdict('unlisted-account', { account });
  };
  return entries.flatMap((account, index): Found[] => {
    const { start, end } = kept[index] ?? { start: 0, end: null };
    const found = verdictOn(account);
    return found ? [{ map: 'mapAccounts', start, end, entry: null, account, ...found }] : [];
  });
}

function lostParts(map: MapKey, { errors, ignoredFrom }: LoadedMap | LoadedAccounts): Found[] {
  const found = { map, end: null, entry: null, account: null };
  return [
    ...errors.flatMap(({ loss, offset, message }) =>
      loss === 'field'
        ? []
        : [{ ...found, start: Math.max(offset, 0), ...verdict(loss, { map, what: message }) }],
    ),
    ...(ignoredFrom === null
      ? []
      : [{ ...found, start: ignoredFrom, ...verdict('ignored-content', { map }) }]),
  ];
}
