import { possibleAdminBy } from '../../aws-auth/groups.ts';
import { groupBy } from '../../group-by.ts';
import type { WhoRow } from '../rows.ts';
import type { DoubtKind, Doubts } from './doubts.ts';
import { adminStateOf, type RowChange } from './row-change.ts';
import { rowDifferences } from './row-differences.ts';
import { clusterKey, type Run, type RunCluster, roleKey } from './run.ts';
import { sameClusters, unreadTest } from './same-clusters.ts';
import { principalKey, SameNames } from './same-names.ts';

interface RunComparison {
  /** Changes of rows of this run; none for a row that is the same or can't be compared. */
  readonly changes: ReadonlyMap<WhoRow, RowChange>;
  /** Rows of the earlier run: who had access and has no row now. */
  readonly gone: readonly { readonly row: WhoRow; readonly change: RowChange }[];
  /** Clusters that only one run has, although the other read all that it selected. */
  readonly newClusters: readonly RunCluster[];
  readonly goneClusters: readonly RunCluster[];
}

/** How much a person may do in a cluster: by groups and access policies alone, and by all known routes. */
interface Standing {
  readonly byName: number;
  readonly known: number;
}

const [NONE, ACCESS, ROUTE, ADMIN] = [0, 1, 2, 3];
const NO_STANDING: Standing = { byName: NONE, known: NONE };

/** The standing of a person in a cluster in both runs, from all rows. */
interface Stay {
  was: Standing;
  now: Standing;
}

/** Rows of one key in two runs. */
interface RowPair {
  readonly was: WhoRow | null;
  readonly now: WhoRow | null;
}

/** A cluster, with the rows that can be compared. */
interface ClusterRows {
  readonly was: readonly WhoRow[];
  readonly now: readonly WhoRow[];
  /** In this run, or of the earlier one if only that has it. */
  readonly cluster: RunCluster;
  readonly comparesBindings: boolean;
  /** How rows are noted that EKS decides about, if only one of the runs asked it. */
  readonly eks: 'entries-before' | 'entries-now' | null;
}

/** A changed row, until all rows of the person are known. */
interface Step extends RowPair {
  readonly kind: RowChange['kind'];
  readonly before: RowChange['before'];
  readonly stay: Stay;
  readonly whole: { had: boolean; has: boolean };
  readonly of: ClusterRows;
}

/**
 * Compares the rows of two runs, as far as both know them: nobody is called new because an earlier run didn't look, or gone
 * because this one doesn't.
 * @param isSameScope false if the runs are known to have selected accounts or clusters otherwise
 */
export function compareRuns(was: Run, now: Run, isSameScope: boolean, doubts: Doubts): RunComparison {
  return new Comparison(was, now, isSameScope, doubts).result();
}

class Comparison {
  private readonly was: Run;
  private readonly now: Run;
  private readonly isSameScope: boolean;
  private readonly doubts: Doubts;
  private readonly names: SameNames;
  private readonly accountsBefore: ReadonlySet<string>;
  private readonly steps: Step[] = [];
  /** By person and cluster. */
  private readonly stays = new Map<string, Stay>();
  /** By person: access to any cluster. */
  private readonly whole = new Map<string, { had: boolean; has: boolean }>();

  constructor(was: Run, now: Run, isSameScope: boolean, doubts: Doubts) {
    this.was = was;
    this.now = now;
    this.isSameScope = isSameScope;
    this.doubts = doubts;
    this.names = new SameNames(was.rows, now.rows);
    this.accountsBefore = new Set(was.rows.map(({ accountId }) => accountId));
  }

  result(): RunComparison {
    const { was, now, doubts } = this;
    const [rowsBefore, rowsNow] = [rowsByCluster(was), rowsByCluster(now)];
    const partners = sameClusters(was.clusters, now.clusters, doubts);
    const paired = new Set(partners.values());
    const added = now.clusters.filter((cluster) => !partners.has(cluster));
    const lost = was.clusters.filter((cluster) => !paired.has(cluster));
    // Without ARNs, another name may be all that changed.
    const isNothing =
      partners.size === 0 &&
      (was.clusters.length === 0 || [...added, ...lost].some(({ arn }) => arn === null));
    if (isNothing) doubts.add('nothing');
    for (const [cluster, earlier] of partners)
      this.compareCluster(this.comparable(earlier, cluster, rowsBefore(earlier), rowsNow(cluster)));
    const newClusters = added.filter(
      (one) => !isNothing && this.isNews(one, rowsNow(one), was, 'unread-before'),
    );
    const goneClusters = lost.filter(
      (one) => !isNothing && this.isNews(one, rowsBefore(one), now, 'unread-now'),
    );
    const whole = { comparesBindings: true, eks: null };
    for (const cluster of newClusters)
      this.compareCluster({ ...whole, cluster, was: [], now: rowsNow(cluster) });
    for (const cluster of goneClusters)
      this.compareCluster({ ...whole, cluster, was: rowsBefore(cluster), now: [] });
    for (const row of [...was.rows, ...now.rows]) if (row.unread) this.hold([row], null);
    const changes = new Map<WhoRow, RowChange>();
    const gone: { row: WhoRow; change: RowChange }[] = [];
    for (const step of this.steps) {
      const change = this.changeOf(step);
      if (step.now) changes.set(step.now, change);
      else if (step.was) gone.push({ row: this.lostRow(step.was, step.of.cluster), change });
    }
    return { changes, gone, newClusters, goneClusters };
  }

  /** False for a cluster that the other run couldn't read, or may not have selected. */
  private isNews(
    cluster: RunCluster,
    rows: readonly WhoRow[],
    other: Run,
    unread: 'unread-before' | 'unread-now',
  ): boolean {
    const reason = unreadTest(other.rows)(cluster) ? unread : this.isSameScope ? null : 'scope';
    if (reason === null) return rows.length > 0;
    this.doubts.add(reason, cluster.name ?? '', rows.length);
    this.hold(rows, cluster);
    return false;
  }

  /** The rows of the sources that both runs have read; the others count as the same in both. */
  private comparable(
    earlier: RunCluster,
    cluster: RunCluster,
    was: readonly WhoRow[],
    now: readonly WhoRow[],
  ): ClusterRows {
    const name = cluster.name ?? '';
    const left = new Set<WhoRow['source']>();
    const leave = (source: WhoRow['source'], kind: DoubtKind | null) => {
      left.add(source);
      const rows = [...was, ...now].filter((row) => row.source === source);
      if (kind) this.doubts.add(kind, name, rows.length);
      this.hold(rows, cluster);
    };
    const isAlike = (earlier.arn === null) === (cluster.arn === null);
    const eks = isAlike ? null : earlier.arn === null ? 'entries-before' : 'entries-now';
    if (eks) leave('access-entry', eks);
    if (!cluster.knowsAwsAuth) leave('aws-auth', 'aws-auth-now');
    else if (!earlier.knowsAwsAuth) leave('aws-auth', 'aws-auth-before');
    const comparesBindings = earlier.knowsBindings === cluster.knowsBindings;
    if (!comparesBindings) {
      leave('binding', null);
      this.doubts.add(
        earlier.knowsBindings ? 'bindings-now' : 'bindings-before',
        name,
        was.length && now.length,
      );
    }
    const [one, other] = [was, now].map(
      (rows) => rows.find((row) => row.kubernetesVersion)?.kubernetesVersion,
    );
    if (one && other && one !== other) this.doubts.add('version', name);
    const isCompared = ({ source }: WhoRow) => !left.has(source);
    return { cluster, comparesBindings, eks, was: was.filter(isCompared), now: now.filter(isCompared) };
  }

  private compareCluster(of: ClusterRows): void {
    const { names } = this;
    const others = {
      was: rolesIn(of.was, (group) => names.groupNow(group)),
      now: rolesIn(of.now, (group) => group),
    };
    const before = groupBy(of.was, (row) => rowKey(row, names.keyBefore(row.principal)));
    const after = groupBy(of.now, (row) => rowKey(row, principalKey(row.principal)));
    for (const key of new Set([...after.keys(), ...before.keys()]))
      for (const { was, now } of this.pairOff(before.get(key) ?? [], after.get(key) ?? [])) {
        if (was && now) this.judgeBoth(was, now, of, names.groupNow(was.via));
        else if (now) this.judgeAdded(now, of, others.was);
        else if (was) this.judgeLost(was, of, others.now);
      }
  }

  /** Pairs rows of one key, for several groups of a person or several entries for one role: the most alike first. */
  private pairOff(was: readonly WhoRow[], now: readonly WhoRow[]): RowPair[] {
    const [first, second] = [was[0], now[0]];
    if (first && second && was.length === 1 && now.length === 1) return [{ was: first, now: second }];
    const [left, open] = [new Set(was), new Set(now)];
    const pairs: RowPair[] = [];
    for (const likeness of LIKENESS) {
      if (left.size === 0 || open.size === 0) break;
      const alike = groupBy(left, (row) => likeness(row, this.names.groupNow(row.via)));
      for (const row of open) {
        const before = alike.get(likeness(row, row.via))?.shift();
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

  /** @param via the group of the earlier row in this run; undefined to compare someone with a group */
  private judgeBoth(was: WhoRow, now: WhoRow, of: ClusterRows, via: string | null | undefined): void {
    const isDifferent = was.access !== now.access;
    if (isDifferent && [was, now].some(({ access }) => access === 'unknown')) {
      const isGrown = isUnknownPeople(now) && possibleAdminBy(now) !== null && possibleAdminBy(was) === null;
      if (isGrown) this.step({ was, now }, 'changed', rowDifferences(was, now, via), of);
      else this.holdPair('access-unknown', of.cluster.name ?? '', [was, now], of);
    } else if (isDifferent && of.eks && [was, now].some(({ reason }) => OF_EKS.has(reason ?? '')))
      this.holdPair(of.eks, of.cluster.name ?? '', [was, now], of);
    else {
      const found = rowDifferences(was, now, via);
      const kind = isDifferent ? (now.access === 'granted' ? 'new' : 'gone') : 'changed';
      if (found.length > 0) this.step({ was, now }, kind, found, of);
      else this.stay(was, now, of.cluster);
    }
  }

  private judgeAdded(now: WhoRow, of: ClusterRows, { rows, groups, names }: RolesIn): void {
    if (now.access === 'none') return;
    const ofRole = rows.get(roleKey(now)) ?? [];
    const unknown = isUnknownPeople(now) ? ofRole[0] : ofRole.find(isUnknownPeople);
    const group = this.was.isExpanded ? undefined : groups.get(`${roleKey(now)}\n${now.via}`);
    // A subject of bindings that only another run's entry names was there before.
    if (names.has(now.principal.name) && now.source === 'binding') this.hold([now], of.cluster);
    else if (unknown) {
      // Unknown people could do no more than the entry allowed.
      const most = ofRole.reduce((found, row) => greater(found, standingOf(row)), standingOf(unknown));
      const level = of.comparesBindings ? 'known' : 'byName';
      const isGrown = standingOf(now)[level] > Math.max(most[level], ACCESS);
      if (isGrown) this.step({ was: unknown, now }, 'changed', rowDifferences(unknown, now, undefined), of);
      else if (isUnknownPeople(now)) this.hold([now], of.cluster);
      else this.holdPair('people-before', roleName(now), [now], of);
    } else if (now.access === 'granted' && group?.access === 'granted') {
      this.doubts.add('members-before');
      this.judgeBoth(group, now, of, undefined);
    } else if (!this.isSameScope && !this.accountsBefore.has(now.accountId) && now.source !== 'binding')
      this.holdPair('scope', now.accountId, [now], of);
    else if (now.access === 'granted' || isUnknownPeople(now)) this.step({ was: null, now }, 'new', [], of);
    else this.holdPair('access-unknown', of.cluster.name ?? '', [now], of);
  }

  private judgeLost(was: WhoRow, of: ClusterRows, { rows, groups, names }: RolesIn): void {
    if (was.access === 'none') return;
    const ofRole = rows.get(roleKey(was)) ?? [];
    const group = this.now.isExpanded
      ? undefined
      : groups.get(`${roleKey(was)}\n${this.names.groupNow(was.via)}`);
    if (names.has(was.principal.name) && was.source === 'binding') this.hold([was], of.cluster);
    else if (isUnknownPeople(was) && ofRole.length > 0) this.hold([was], of.cluster);
    else if (isUnknownPeople(was)) this.holdPair('people-before', roleName(was), [was], of);
    else if (ofRole.some(isUnknownPeople)) this.holdPair('people-now', roleName(was), [was], of);
    else if (was.access === 'granted' && group?.access === 'granted')
      this.holdPair('members-now', '', [was], of);
    else if (was.access === 'granted') this.step({ was, now: null }, 'gone', [], of);
    else this.holdPair('access-unknown', of.cluster.name ?? '', [was], of);
  }

  private step(pair: RowPair, kind: Step['kind'], before: Step['before'], of: ClusterRows): void {
    const found = this.stay(pair.was, pair.now, of.cluster);
    if (found) this.steps.push({ ...pair, ...found, kind, before, of });
  }

  /** Rows that can't be compared count as the same in both runs. */
  private hold(rows: readonly WhoRow[], cluster: RunCluster | null): void {
    for (const row of rows) this.stay(row, row, cluster);
  }

  private holdPair(kind: DoubtKind, name: string, rows: readonly WhoRow[], of: ClusterRows): void {
    this.doubts.add(kind, name);
    this.hold(rows, of.cluster);
  }

  /** Adds what rows say to what is known of the person. */
  private stay(was: WhoRow | null, now: WhoRow | null, cluster: RunCluster | null) {
    const row = now ?? was;
    if (!row) return undefined;
    const person = now ? principalKey(now.principal) : this.names.keyBefore(row.principal);
    const key = `${cluster?.arn} ${cluster?.name}\n${person}`;
    const stay = this.stays.get(key) ?? { was: NO_STANDING, now: NO_STANDING };
    const whole = this.whole.get(person) ?? { had: false, has: false };
    this.stays.set(key, stay);
    this.whole.set(person, whole);
    stay.was = greater(stay.was, standingOf(was));
    stay.now = greater(stay.now, standingOf(now));
    whole.had ||= stay.was.known > NONE;
    whole.has ||= stay.now.known > NONE;
    return { stay, whole };
  }

  private changeOf({ kind, before, now, stay, whole, of }: Step): RowChange {
    const isKnown = of.comparesBindings || [stay.was, stay.now].some(({ known }) => known === NONE);
    const level = isKnown ? 'known' : 'byName';
    const [was, is] = [stay.was[level], stay.now[level]];
    const headOf = (): RowChange['head'] => {
      if (now && isUnknownPeople(now) && (kind === 'new' || is > was)) return 'unknown-people';
      if (is > was && is === ADMIN) return 'became-admin';
      if (is > was && is === ROUTE) return 'route';
      if (was === ADMIN && is < ADMIN) return 'no-longer-admin';
      if (!whole.had) return 'new';
      return whole.has ? 'changed' : 'gone';
    };
    return { kind, head: headOf(), before };
  }

  /** A row of the earlier run as this run has its person and cluster. */
  private lostRow(row: WhoRow, { name, arn }: RunCluster): WhoRow {
    const principal = this.names.principalNow(row.principal);
    return { ...row, principal, cluster: name, clusterArn: arn, way: null };
  }
}

function rowsByCluster({ rows }: Run): (cluster: RunCluster) => readonly WhoRow[] {
  const read = rows.filter(({ unread }) => unread === null);
  const found = groupBy(read, clusterKey);
  return ({ name, arn }) => found.get(clusterKey({ cluster: name, clusterArn: arn })) ?? [];
}

/** Equal for rows of the same principal and entry; an entry that names its principal is known by itself. */
function rowKey(row: WhoRow, principal: string): string {
  const isOfEntry =
    row.source !== 'binding' && row.principal.type !== 'USER' && row.principal.type !== 'GROUP';
  return `${isOfEntry ? '' : principal}\n${roleKey(row)}`;
}

/** Tells rows of one key apart, the surest way first. Without access, a row is least of all one with. */
const LIKENESS: readonly ((row: WhoRow, via: string | null) => string)[] = [
  (row, via) => JSON.stringify([via, row.access, row.rolearn, grantedBy(row)]),
  (row, via) => JSON.stringify([via, row.access, grantedBy(row)]),
  (row, via) => JSON.stringify([via, row.access]),
  (row) => row.access,
  () => '',
];

function grantedBy({ username, groups, policies }: WhoRow) {
  return [username, groups, policies];
}

/** The roles of a cluster's entries, as far as people who have them may be unknown or members of groups. */
interface RolesIn {
  readonly rows: ReadonlyMap<string, readonly WhoRow[]>;
  readonly groups: ReadonlyMap<string, WhoRow>;
  /** Usernames and groups in the cluster. */
  readonly names: ReadonlySet<string | null>;
}

function rolesIn(rows: readonly WhoRow[], nameOf: (group: string | null) => string | null): RolesIn {
  const groups = rows.filter(({ principal, via }) => principal.type === 'GROUP' && via === null);
  return {
    rows: groupBy(rows, roleKey),
    names: new Set(rows.flatMap((row) => [row.username, row.auditUsername, ...row.groups])),
    groups: new Map(groups.map((row) => [`${roleKey(row)}\n${nameOf(row.principal.name)}`, row])),
  };
}

/** True for an entry whose people weren't read. */
function isUnknownPeople({ principal, access, reason, unread }: WhoRow): boolean {
  return principal.type === 'IAM_ROLE' && access === 'unknown' && reason === null && unread === null;
}

/** `Admin in 111122223333` */
function roleName({ permissionSet, rolearn, accountId }: WhoRow): string {
  return `${permissionSet ?? rolearn} in ${accountId}`;
}

/** Why an entry of aws-auth grants no access, if EKS was asked. */
const OF_EKS: ReadonlySet<string> = new Set(['config-map-ignored', 'overridden-by-access-entry']);

function standingOf(row: WhoRow | null): Standing {
  if (!row || row.access === 'none') return NO_STANDING;
  const known = { yes: ADMIN, route: ROUTE, no: ACCESS }[adminStateOf(row.routes)];
  return { known, byName: possibleAdminBy(row) === null ? ACCESS : ADMIN };
}

function greater(one: Standing, other: Standing): Standing {
  return {
    known: Math.max(one.known, other.known),
    byName: Math.max(one.byName, other.byName),
  };
}
