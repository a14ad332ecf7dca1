import { type ClusterPair, pairClusters, type RunCluster, type RunRow } from './compare-clusters.ts';
import { ComparisonNotes } from './comparison-notes.ts';
import { EarlierRows } from './earlier-row.ts';
import { pairRows, type RowPair, roleKey, SameNames } from './pair-rows.ts';
import type { JsonRow } from './read-who-json.ts';
import { type Difference, Differences } from './row-differences.ts';
import type { WhoRow } from './who-rows.ts';

/** The fate of a row since an earlier run: `Change` of the page. */
interface RowChange {
  readonly kind: 'new' | 'gone' | 'changed';
  readonly before: readonly Difference[];
}

export interface Comparison {
  /** For each row of this run, what became of it; null for nothing, or if it can't be compared. */
  readonly changes: readonly (RowChange | null)[];
  /** Rows of the earlier run: who had access and has no row now. */
  readonly gone: readonly WhoRow[];
  /** How many clusters both runs have. */
  readonly clusters: number;
  /** Clauses about rows that can't be compared. */
  readonly notes: readonly string[];
}

/** Two runs to compare. */
export interface Runs {
  /** The rows of this run, as JSON has them. */
  readonly now: readonly RunRow[];
  readonly clusters: readonly RunCluster[];
  readonly was: readonly JsonRow[];
  /** False for a row of the earlier run that the options of this run leave out. */
  readonly isAsked: (row: JsonRow) => boolean;
  /** The earlier run's, for the notes. */
  readonly file: string;
}

/**
 * Compares the rows with those of an earlier run, as far as both runs know them: nobody is called new because an
 * earlier run didn't look, or gone because this one doesn't.
 */
export function compareRows({ now, clusters, was: all, isAsked, file }: Runs): Comparison {
  const notes = new ComparisonNotes(file);
  const changes = new Array<RowChange | null>(now.length).fill(null);
  const gone: WhoRow[] = [];
  if (all.length === 0)
    return { changes, gone, clusters: 0, notes: [`${file} has no rows, so nothing is compared`] };
  const was = all.filter(isAsked);
  notes.add('not-asked', '', all.length - was.length);
  const names = new SameNames(was, now);
  const earlier = new EarlierRows();
  const pairs = pairClusters(was, now, clusters, notes);
  const lists = { was: listsMembers(was), now: listsMembers(now) };
  for (const pair of pairs) {
    const comparison = new ClusterComparison(pair, names, lists, notes);
    for (const one of pairRows(pair.was, pair.now, names)) {
      const change = comparison.changeOf(one);
      if (!change) continue;
      if (one.now) changes[one.now.index] = change;
      else gone.push(earlier.rowOf(one.was, pair.cluster));
    }
  }
  noteFields(was, notes);
  return { changes, gone, clusters: pairs.length, notes: notes.texts() };
}

/** The rows of one cluster in two runs. */
class ClusterComparison {
  private readonly name: string;
  private readonly eks: ClusterPair['eks'];
  private readonly was: KnownRoles;
  private readonly now: KnownRoles;
  private readonly lists: { readonly was: boolean; readonly now: boolean };
  private readonly notes: ComparisonNotes;
  private readonly names: SameNames;
  private readonly differences = new Differences();

  constructor(
    { was, now, cluster, eks }: ClusterPair,
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
    const found = this.differences.of(was, now);
    if (found.length === 0) return null;
    const kind = before === after ? 'changed' : after === 'granted' ? 'new' : 'gone';
    return { kind, before: found };
  }

  private isNew(now: JsonRow): RowChange | null {
    if (accessOf(now) !== 'granted') return null;
    const role = roleKey(now.entry);
    if (this.was.unknown.has(role)) {
      this.notes.add('people-before', roleName(now), 1);
      return null;
    }
    const group = this.lists.was ? undefined : this.was.groups.get(`${role}\n${now.via ?? ''}`);
    if (!group || accessOf(group) !== 'granted') return { kind: 'new', before: [] };
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
    if (!group || accessOf(group) !== 'granted') return { kind: 'gone', before: [] };
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

/** Says once which fields an earlier version didn't write. */
function noteFields(was: readonly JsonRow[], notes: ComparisonNotes): void {
  const [first] = was;
  for (const field of ['access', 'bindings', 'risks'] as const)
    if (first?.grant[field] === undefined) notes.add('fields', field, was.length);
}
