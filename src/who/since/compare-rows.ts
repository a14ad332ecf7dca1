import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { callerKey } from '../../same-arn.ts';
import type { WhoRow } from '../rows.ts';
import {
  type ClusterOfBoth,
  ComparisonNotes,
  clustersOfBoth,
  type RunCluster,
  type RunRow,
} from './compare-clusters.ts';
import { earlierRow } from './json-row.ts';
import type { JsonEntry, JsonRow } from './read-json.ts';
import type { RowChange } from './row-change.ts';
import { rowDifferences } from './row-differences.ts';

export interface RunComparison {
  /** For each row of this run, what became of it; null for nothing, or if it can't be compared. */
  readonly changes: readonly (RowChange | null)[];
  /** Rows of the earlier run: who had access and has no row now. */
  readonly gone: readonly WhoRow[];
  /** How many clusters both runs have. */
  readonly clusters: number;
  /** Clauses about rows that can't be compared. */
  readonly notes: readonly string[];
}

/**
 * Compares the rows with those of an earlier run, as far as both runs know them: nobody is called new because an
 * earlier run didn't look, or gone because this one doesn't.
 */
export function compareRows({
  now,
  clusters,
  was: all,
  isAsked,
  file,
}: {
  /** The rows of this run, as JSON has them. */
  readonly now: readonly RunRow[];
  readonly clusters: readonly RunCluster[];
  readonly was: readonly JsonRow[];
  /** False for a row of the earlier run that the options of this run leave out. */
  readonly isAsked: (row: JsonRow) => boolean;
  /** The earlier run's, for the notes. */
  readonly file: string;
}): RunComparison {
  const notes = new ComparisonNotes(file);
  const changes = new Array<RowChange | null>(now.length).fill(null);
  const gone: WhoRow[] = [];
  if (all.length === 0)
    return { changes, gone, clusters: 0, notes: [`${file} has no rows, so nothing is compared`] };
  const was = all.filter(isAsked);
  notes.add('not-asked', '', all.length - was.length);
  const names = new SameNames(was, now);
  const pairs = clustersOfBoth(was, now, clusters, notes);
  const lists = { was: listsMembers(was), now: listsMembers(now) };
  for (const pair of pairs) {
    const comparison = new ClusterComparison(pair, names, lists, notes);
    for (const one of pairRows(pair.was, pair.now, names)) {
      const change = comparison.changeOf(one);
      if (!change) continue;
      if (one.now) changes[one.now.index] = change;
      else gone.push(earlierRow(one.was, pair.cluster));
    }
  }
  // Fields that an earlier version didn't write.
  for (const field of ['access', 'bindings', 'risks'] as const)
    if (was[0]?.grant[field] === undefined) notes.add('fields', field, was.length);
  return { changes, gone, clusters: pairs.length, notes: notes.texts() };
}

/** The rows of one cluster in two runs. */
class ClusterComparison {
  private readonly name: string;
  private readonly eks: ClusterOfBoth['eks'];
  private readonly was: KnownRoles;
  private readonly now: KnownRoles;
  private readonly lists: { readonly was: boolean; readonly now: boolean };
  private readonly notes: ComparisonNotes;
  private readonly names: SameNames;

  constructor(
    { was, now, cluster, eks }: ClusterOfBoth,
    names: SameNames,
    lists: { readonly was: boolean; readonly now: boolean },
    notes: ComparisonNotes,
  ) {
    this.name = cluster.cluster ?? '';
    this.eks = eks;
    this.names = names;
    this.was = knownRoles(was, (group) => names.groupName(group));
    this.now = knownRoles(now, (group) => group);
    this.lists = lists;
    this.notes = notes;
  }

  changeOf({ was, now }: RowPair): RowChange | null {
    if (was && now) return this.judge(was, now);
    if (now) return this.isNew(now);
    return was ? this.isGone(was) : null;
  }

  private judge(was: JsonRow, now: JsonRow): RowChange | null {
    const [before, after] = [accessOf(was), accessOf(now)];
    if ((before === 'unknown') !== (after === 'unknown')) {
      this.notes.add('access-unknown', this.name, 1);
      return null;
    }
    if (this.eks && before !== after && [was, now].some(({ grant }) => OF_EKS.has(grant.reason ?? ''))) {
      this.notes.add(this.eks, this.name, 1);
      return null;
    }
    const found = rowDifferences(was, now);
    if (found.length === 0) return null;
    const kind = before === after ? 'changed' : after === 'granted' ? 'new' : 'gone';
    return { kind, head: kind, before: found };
  }

  private isNew(now: JsonRow): RowChange | null {
    if (accessOf(now) !== 'granted') return null;
    const role = roleKey(now.entry);
    if (this.was.unknown.has(role)) {
      this.notes.add('people-before', roleName(now), 1);
      return null;
    }
    const group = this.lists.was ? undefined : this.was.groups.get(`${role}\n${now.via ?? ''}`);
    if (!group || accessOf(group) !== 'granted') return { kind: 'new', head: 'new', before: [] };
    this.notes.add('members-before', '', 1);
    return this.judge(group, now);
  }

  private isGone(was: JsonRow): RowChange | null {
    if (accessOf(was) !== 'granted') return null;
    const role = roleKey(was.entry);
    if (this.now.unknown.has(role)) {
      this.notes.add('people-now', roleName(was), 1);
      return null;
    }
    const via = this.names.groupName(was.via) ?? '';
    const group = this.lists.now ? undefined : this.now.groups.get(`${role}\n${via}`);
    if (!group || accessOf(group) !== 'granted') return { kind: 'gone', head: 'gone', before: [] };
    this.notes.add('members-now', '', 1);
    return null;
  }
}

/** Why an entry of aws-auth grants no access, if EKS was asked. */
const OF_EKS: ReadonlySet<string> = new Set(['config-map-ignored', 'overridden-by-access-entry']);

interface KnownRoles {
  /** Roles whose people are unknown. */
  readonly unknown: ReadonlySet<string>;
  /** The rows of groups, by role and name. */
  readonly groups: ReadonlyMap<string, JsonRow>;
}

function knownRoles(rows: readonly JsonRow[], nameOf: (group: string) => string | null): KnownRoles {
  const unknown = rows.filter((row) => accessOf(row) === 'unknown' && !isPerson(row));
  const groups = rows.flatMap((row) => {
    const { type, name } = row.principal;
    if (type !== 'GROUP' || name === null || row.via !== null) return [];
    return [[`${roleKey(row.entry)}\n${nameOf(name)}`, row] as const];
  });
  return { unknown: new Set(unknown.map(({ entry }) => roleKey(entry))), groups: new Map(groups) };
}

/**
 * True if a run lists members of groups (--expand, --can): one of them has the permissions of the group. Without, it lists
 * those alone who have others, because bindings name them.
 */
function listsMembers(rows: readonly JsonRow[]): boolean {
  const groups = new Map<string, JsonRow['grant']>();
  const keyOf = ({ entry }: JsonRow, group: string) =>
    `${entry.clusterArn} ${entry.cluster}\n${roleKey(entry)}\n${group}`;
  for (const row of rows)
    if (row.principal.type === 'GROUP' && row.principal.name !== null)
      groups.set(keyOf(row, row.principal.name), row.grant);
  return rows.some((row) => row.via !== null && groups.get(keyOf(row, row.via)) === row.grant);
}

/** `Admin in 111122223333` */
function roleName({ entry: { permissionSet, rolearn, accountId } }: JsonRow): string {
  return `${permissionSet ?? rolearn} in ${accountId}`;
}

function isPerson({ principal: { type } }: JsonRow): boolean {
  return type === 'USER' || type === 'GROUP';
}

/** Earlier versions listed only principals with access, and a role by itself if its people were unknown. */
function accessOf(row: JsonRow): NonNullable<JsonRow['grant']['access']> {
  const { access } = row.grant;
  if (access !== undefined) return access;
  return isPerson(row) || row.entry.permissionSet === null ? 'granted' : 'unknown';
}

/** Rows of the same principal and entry in two runs; one of them may be missing. */
type RowPair =
  | { readonly was: JsonRow; readonly now: RunRow }
  | { readonly was: null; readonly now: RunRow }
  | { readonly was: JsonRow; readonly now: null };

/** The role of an entry: a re-created one has a new ARN and is the same. */
const roleKey = memo((entry: JsonEntry): string => {
  const provisioned = parseProvisionedRoleArn(entry.rolearn);
  const role = provisioned
    ? `${provisioned.accountId} ${provisioned.permissionSet}`
    : `${entry.accountId} ${callerKey(entry.rolearn)}`;
  return `${entry.source} ${role}`;
});

/** Tells several entries for one role apart, the surest way first: a row with access is least of all one without. */
const LIKENESS: readonly ((row: JsonRow) => string)[] = [
  ({ entry, grant }) => JSON.stringify([grant.access, entry.rolearn, grantedBy(entry)]),
  ({ entry, grant }) => JSON.stringify([grant.access, grantedBy(entry)]),
  ({ entry, grant }) => JSON.stringify([grant.access, entry.rolearn]),
  ({ grant }) => String(grant.access),
  () => '',
];

const grantedBy = memo(({ username, groups, policies }: JsonEntry) =>
  JSON.stringify([username, groups, policies]),
);

/** Pairs the rows of a cluster in two runs, in the order of this run. */
function pairRows(was: readonly JsonRow[], now: readonly RunRow[], names: SameNames): RowPair[] {
  const before = groupBy(was, (row) => names.keyBefore(row));
  const after = groupBy(now, (row) => names.keyNow(row));
  const pairs = [...after].flatMap(([key, rows]) => pairOff(before.get(key) ?? [], rows));
  const gone = [...before].flatMap(([key, rows]) => (after.has(key) ? [] : pairOff(rows, [])));
  return [...pairs, ...gone];
}

/** Pairs the rows of several entries for one role, the most alike first. */
function pairOff(was: readonly JsonRow[], now: readonly RunRow[]): RowPair[] {
  const [one, other] = [was[0], now[0]];
  if (one && other && was.length === 1 && now.length === 1) return [{ was: one, now: other }];
  const [left, open] = [new Set(was), new Set(now)];
  const pairs: RowPair[] = [];
  for (const likeness of LIKENESS) {
    if (left.size === 0 || open.size === 0) break;
    const alike = groupBy(left, likeness);
    for (const row of open) {
      const before = alike.get(likeness(row))?.shift();
      if (!before) continue;
      left.delete(before);
      open.delete(row);
      pairs.push({ was: before, now: row });
    }
  }
  return [
    ...pairs,
    ...[...open].map((row): RowPair => ({ was: null, now: row })),
    ...[...left].map((row): RowPair => ({ was: row, now: null })),
  ];
}

/**
 * Principals of an earlier run under the names and IDs of this run: a group may have a new name, and a directory that was
 * filled again has new IDs for the same names.
 */
class SameNames {
  private readonly principals = new Map<string, string>();
  private readonly groups = new Map<string, string>();

  constructor(was: readonly JsonRow[], now: readonly JsonRow[]) {
    const [before, after] = [principalsIn(was), principalsIn(now)];
    const onlyBefore = byName(before, after);
    const onlyAfter = byName(after, before);
    for (const [name, key] of onlyBefore) {
      const same = onlyAfter.get(name);
      if (key !== null && same != null) this.principals.set(key, same);
    }
    for (const [key, { type, name }] of before) {
      const same = after.get(this.principals.get(key) ?? key);
      if (type === 'GROUP' && name !== null && same?.name != null) this.groups.set(name, same.name);
    }
  }

  /** Equal for rows of the same principal and role. */
  keyNow({ principal, entry, via }: JsonRow): string {
    return `${principalKey(principal)}\n${roleKey(entry)}\n${via ?? ''}`;
  }

  /** The key that a row of the earlier run would have now. */
  keyBefore({ principal, entry, via }: JsonRow): string {
    const key = principalKey(principal);
    return `${this.principals.get(key) ?? key}\n${roleKey(entry)}\n${this.groupName(via) ?? ''}`;
  }

  groupName(name: string | null): string | null {
    return name === null ? null : (this.groups.get(name) ?? name);
  }
}

/** Empty for a principal that the entry itself names. */
const principalKey = memo(({ type, id, name }: JsonRow['principal']): string => {
  if (type !== 'USER' && type !== 'GROUP') return '';
  return id === '' ? `${type} name ${name}` : `${type} ${id}`;
});

type Principals = ReadonlyMap<string, JsonRow['principal']>;

function principalsIn(rows: readonly JsonRow[]): Principals {
  const distinct = new Set(rows.map(({ principal }) => principal));
  const found = new Map([...distinct].map((principal) => [principalKey(principal), principal]));
  found.delete('');
  return found;
}

/** Principals that the other run doesn't have, by type and name; null if several share one. */
function byName(own: Principals, other: Principals): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const [key, { type, name }] of own) {
    if (other.has(key) || name === null) continue;
    const text = `${type} ${name}`;
    found.set(text, found.has(text) ? null : key);
  }
  return found;
}
