import { isAccountId } from '../arn.ts';
import { callerKey, overriddenUsers } from '../authenticator/caller.ts';
import { type Denial, denialOf } from '../authenticator/gets-in.ts';
import { isNodeGrant } from '../authenticator/groups.ts';
import { readMapAccounts } from '../authenticator/load.ts';
import type { LoadError, LoadedAccounts, LoadedEntry, LoadedMaps } from '../authenticator/loaded.ts';
import type { OtherEntries, OtherEntry } from '../authenticator/other-entries.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { type DesiredEntry, MAP_KEYS, type MapKey } from '../entry.ts';
import { groupBy } from '../group-by.ts';
import type { RoleFacts } from '../inventory/role-facts.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { type Decision, decided, type UnwantedReason } from './plan.ts';

/** What is in a map that the config does not name, or names otherwise. What a merge would change is not among it. */
export type StrictDifference = Found & (Unlisted | Altered | Unmapped);

interface Found {
  readonly map: MapKey;
  /** Where it is: offsets in the text of the map; the end is null where only the start is known. */
  readonly start: number;
  readonly end: number | null;
  /** Null for an id of mapAccounts, and for what is no entry. */
  readonly entry: LoadedEntry | null;
  /** An item of mapAccounts. */
  readonly account: string | null;
}

/** Effective, and nothing names it. */
interface Unlisted {
  readonly kind: 'unlisted';
  /** `unlisted`; or why what seems to name it does not: its account is not selected or was not read, only a pattern matches, or Identity Center did not make the role. */
  readonly reason: 'unlisted' | 'out-of-scope' | 'account-unread' | 'pattern' | 'lookalike';
}

/** Effective, and something names it that would have it otherwise. */
interface Altered {
  readonly kind: 'altered';
  readonly reason: AlteredReason;
  readonly expected: ExpectedValues;
  /** The item of `otherEntries` that states it. */
  readonly item: OtherEntry | null;
  /** Whether a mapping could state the username that the entry has. */
  readonly canState: boolean;
}

/** `possible`: more than what any mapping that may want the role would give. */
type AlteredReason = 'arn-case' | 'mapping' | 'node-role' | 'other-entry' | 'possible';

/** What an altered entry should have; null where that is not stated, or not known. */
interface ExpectedValues {
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
}

/** Not effective, or of a provisioned role that nothing wants. */
interface Unmapped {
  readonly kind: 'unmapped';
  readonly reason: UnmappedReason;
  /** What is wrong with it, where the reason does not say that. */
  readonly what: string | null;
  /** The entry that counts in its place, in which map. */
  readonly by: { readonly map: MapKey; readonly entry: LoadedEntry } | null;
}

export type UnmappedReason =
  | UnwantedReason
  | Denial['reason']
  | 'overridden'
  | 'ambiguous'
  | 'duplicate-account'
  | 'not-an-account'
  | 'dropped'
  | 'unparsable'
  | 'ignored-content';

/** What the config names, and what is known of the rest. */
export interface StrictContext {
  readonly desired: readonly DesiredEntry[];
  readonly others: OtherEntries;
  /** Ids of the accounts that the mappings are about. */
  readonly scope: ReadonlySet<string>;
  readonly roles: RoleFacts;
  /** Whether a mapping can state a username. */
  readonly canState: (username: string) => boolean;
  /** What mappings that could not be resolved would give a role, at most; null where none may want it. */
  readonly mayWant: (
    accountId: string,
    permissionSet: string,
  ) => { readonly usernames: ReadonlySet<string>; readonly groups: ReadonlySet<string> } | null;
}

/** Everything in the maps that a merge leaves as it is, and that is not as the config says, in the order of the file's maps. */
export function strictDifferences(
  maps: LoadedMaps,
  document: AwsAuthDocument,
  decisions: readonly Decision[],
  context: StrictContext,
): StrictDifference[] {
  const accounts = readMapAccounts(document.mapAccounts?.text ?? '');
  const found = [
    ...new StrictMaps(maps, decisions, context).differences(),
    ...accountDifferences(accounts, context.others),
    ...lostParts('mapRoles', maps.mapRoles),
    ...lostParts('mapUsers', maps.mapUsers),
    ...lostParts('mapAccounts', accounts),
  ];
  return MAP_KEYS.flatMap((key) =>
    found.filter(({ map }) => map === key).sort((one, other) => one.start - other.start),
  );
}

type Verdict = Unlisted | Altered | Unmapped | null;

class StrictMaps {
  private readonly maps: LoadedMaps;
  private readonly decisions: readonly Decision[];
  private readonly context: StrictContext;
  private readonly wanted: ReadonlyMap<string, DesiredEntry>;
  private readonly wantedSets: ReadonlySet<string>;
  private readonly byCaller: ReadonlyMap<MapKey, ReadonlyMap<string, readonly LoadedEntry[]>>;

  constructor(maps: LoadedMaps, decisions: readonly Decision[], context: StrictContext) {
    this.maps = maps;
    this.decisions = decisions;
    this.context = context;
    this.wanted = new Map(context.desired.map((one) => [callerKey(one.rolearn), one]));
    const roles = context.desired.flatMap(({ rolearn }) => parseProvisionedRoleArn(rolearn) ?? []);
    this.wantedSets = new Set(roles.map((role) => context.roles.setKeyOf(role)));
    const byCaller = ({ entries }: LoadedMaps[keyof LoadedMaps]) =>
      groupBy(entries, ({ arn }) => callerKey(arn));
    this.byCaller = new Map([
      ['mapRoles', byCaller(maps.mapRoles)],
      ['mapUsers', byCaller(maps.mapUsers)],
    ]);
  }

  differences(): StrictDifference[] {
    const { mapRoles, mapUsers } = this.maps;
    const users = this.maps.mapUsers.entries;
    const overridden = overriddenUsers({ mapRoles: mapRoles.entries, mapUsers: users });
    const becomes = new Set(decided(this.decisions, 'added').map(({ overrides }) => overrides));
    const verdictOnUser = (user: LoadedEntry): Verdict => {
      // A merge makes it an entry of mapRoles, and says so.
      if (becomes.has(user)) return null;
      const role = overridden.get(user);
      if (role) return { ...unmapped('overridden'), by: { map: 'mapRoles', entry: role } };
      return this.verdictInMap('mapUsers', user, null);
    };
    return [
      ...this.decisions.flatMap((decision) => {
        if (decision.outcome === 'added') return [];
        return located('mapRoles', decision.entry, this.verdictOnRole(decision));
      }),
      ...mapUsers.entries.flatMap((user) => located('mapUsers', user, verdictOnUser(user))),
    ];
  }

  private verdictOnRole(decision: Exclude<Decision, { readonly outcome: 'added' }>): Verdict {
    const { entry, outcome } = decision;
    if (outcome === 'updated' || outcome === 'rotated' || outcome === 'removed') return null;
    const unwanted = outcome === 'unmapped' ? decision.reason : null;
    return this.verdictInMap('mapRoles', entry, unwanted);
  }

  /** Duplicates first: of entries that differ in case alone, each may be the one that counts. */
  private verdictInMap(
    map: 'mapRoles' | 'mapUsers',
    entry: LoadedEntry,
    unwanted: UnwantedReason | null,
  ): Verdict {
    const isShadowed = entry.shadowed || unwanted === 'shadowed';
    if (!isShadowed && !entry.ambiguous) return this.verdictOn(entry, unwanted);
    const other = this.byCaller
      .get(map)
      ?.get(callerKey(entry.arn))
      ?.findLast((one) => one !== entry && !one.shadowed);
    return {
      ...unmapped(isShadowed ? 'shadowed' : 'ambiguous'),
      by: other ? { map, entry: other } : null,
    };
  }

  /** @param unwanted why a merge finds that no mapping wants it; null where it does not */
  private verdictOn(entry: LoadedEntry, unwanted: UnwantedReason | null): Verdict {
    const denial = denialOf(entry);
    if (denial) return { ...unmapped(denial.reason), what: denial.what };
    const wanted = this.wanted.get(callerKey(entry.arn));
    if (wanted) return wanted.role ? this.verdictOnMapped(entry, wanted) : verdictOnNode(entry, wanted);
    if (unwanted === 'gone') return unmapped(unwanted);
    const listing = this.context.others.listingOf(entry);
    if (listing) return listing.differs ? alteredFrom(listing.item, listing.differs) : null;
    if (unwanted) return unmapped(unwanted);
    const role = parseProvisionedRoleArn(entry.arn);
    if (role) return this.verdictOnRoleOfSet(entry, role);
    const isMatched = this.context.others.matching(entry.arn).length > 0;
    return { kind: 'unlisted', reason: isMatched ? 'pattern' : 'unlisted' };
  }

  /** A merge has compared the groups; a username only where the mapping states one, and no case. */
  private verdictOnMapped(entry: LoadedEntry, wanted: DesiredEntry): Verdict {
    const nameless = { arn: null, username: null, groups: null };
    const kept = this.context.others.exactly(entry.arn)?.username;
    if (entry.username !== wanted.username && entry.username !== kept)
      return {
        kind: 'altered',
        reason: 'mapping',
        expected: { ...nameless, username: wanted.username },
        item: null,
        canState: this.context.canState(entry.username),
      };
    return verdictOnCase(entry, wanted);
  }

  private verdictOnRoleOfSet(entry: LoadedEntry, role: ProvisionedRoleArn): Verdict {
    const { scope, roles, mayWant } = this.context;
    if (roles.about(role.roleArn).status === 'outside-path') return { kind: 'unlisted', reason: 'lookalike' };
    if (this.wantedSets.has(roles.setKeyOf(role))) return unmapped('superseded');
    const possible = mayWant(role.accountId, role.permissionSet);
    if (possible) {
      const groups = entry.groups ?? [];
      const isPossible =
        possible.usernames.has(entry.username) && groups.every((group) => possible.groups.has(group));
      if (isPossible) return null;
      const expected = { arn: null, username: null, groups: [...possible.groups] };
      return { kind: 'altered', reason: 'possible', expected, item: null, canState: true };
    }
    if (!scope.has(role.accountId)) return { kind: 'unlisted', reason: 'out-of-scope' };
    return roles.isRead(role.accountId)
      ? unmapped('unmapped')
      : { kind: 'unlisted', reason: 'account-unread' };
  }
}

function verdictOnNode(entry: LoadedEntry, wanted: DesiredEntry): Verdict {
  if (isNodeGrant(entry)) return verdictOnCase(entry, wanted);
  const { username, groups } = wanted;
  return {
    kind: 'altered',
    reason: 'node-role',
    expected: { arn: null, username, groups },
    item: null,
    canState: true,
  };
}

function verdictOnCase(entry: LoadedEntry, { rolearn }: DesiredEntry): Verdict {
  if (entry.arn === rolearn) return null;
  const expected = { arn: rolearn, username: null, groups: null };
  return { kind: 'altered', reason: 'arn-case', expected, item: null, canState: true };
}

function alteredFrom(item: OtherEntry, differs: readonly string[]): Altered {
  const username = differs.includes('username') ? item.username : null;
  const groups = differs.includes('groups') ? item.groups : null;
  return {
    kind: 'altered',
    reason: 'other-entry',
    expected: { arn: null, username, groups },
    item,
    canState: true,
  };
}

function unmapped(reason: UnmappedReason): Unmapped {
  return { kind: 'unmapped', reason, what: null, by: null };
}

function located(map: MapKey, entry: LoadedEntry, verdict: Verdict): StrictDifference[] {
  if (!verdict) return [];
  const { contentStart: start, end } = entry.node;
  return [{ map, start, end, entry, account: null, ...verdict }];
}

function accountDifferences({ entries, list }: LoadedAccounts, others: OtherEntries): StrictDifference[] {
  const seen = new Set<string>();
  const nodes = list?.items ?? [];
  // Items that are no strings are dropped, and told as that.
  const kept =
    nodes.length === entries.length
      ? nodes
      : nodes.filter(({ kind }) => kind !== 'mapping' && kind !== 'sequence');
  return entries.flatMap((account, index): StrictDifference[] => {
    const node = kept[index];
    const found: Found = {
      map: 'mapAccounts',
      start: node?.start ?? 0,
      end: node?.end ?? null,
      entry: null,
      account,
    };
    if (!isAccountId(account)) return [{ ...found, ...unmapped('not-an-account') }];
    if (seen.has(account)) return [{ ...found, ...unmapped('duplicate-account') }];
    seen.add(account);
    return others.accounts.has(account) ? [] : [{ ...found, kind: 'unlisted', reason: 'unlisted' }];
  });
}

/** What is in the text of a map, and becomes no entry. */
function lostParts(
  map: MapKey,
  { errors, ignoredFrom }: { readonly errors: readonly LoadError[]; readonly ignoredFrom: number | null },
): StrictDifference[] {
  const lost = (start: number, reason: UnmappedReason, what: string | null): StrictDifference => {
    const found = { map, start: Math.max(start, 0), end: null, entry: null, account: null };
    return { ...found, ...unmapped(reason), what };
  };
  return [
    ...errors.flatMap(({ loss, offset, message }) => (loss === 'field' ? [] : [lost(offset, loss, message)])),
    ...(ignoredFrom === null ? [] : [lost(ignoredFrom, 'ignored-content', null)]),
  ];
}
