import { parseArn } from '../../arn.ts';
import { possibleAdminBy } from '../../aws-auth/groups.ts';
import { bug } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { memo, once } from '../../memo.ts';
import type { WhoRow } from '../rows.ts';
import type { DoubtKind, Doubts, Side } from './doubts.ts';
import { adminStateOf, type RowChange } from './row-change.ts';
import { rowDifferences } from './row-differences.ts';
import {
  clusterKey,
  principalKey,
  type Run,
  type RunCluster,
  roleOfArn,
  sameClusters,
  samePrincipals,
} from './run.ts';

interface RunComparison {
  /** Changes of rows of this run; none for a row that is the same or can't be compared. */
  readonly changes: ReadonlyMap<WhoRow, RowChange>;
  /** Rows of the earlier run: who had access and has no row now. */
  readonly gone: readonly { readonly row: WhoRow; readonly change: RowChange }[];
  /** Clusters that only one run has, although the other read all that it selected. */
  readonly newClusters: readonly RunCluster[];
  readonly goneClusters: readonly RunCluster[];
  /** Clusters of this run that the earlier one may not have read. */
  readonly uncompared: readonly RunCluster[];
}

/** How much a person may do in a cluster: by groups and access policies alone, and by all known routes. */
interface Standing {
  readonly byName: number;
  readonly known: number;
}

const [NONE, ACCESS, ROUTE, ADMIN] = [0, 1, 2, 3];
const NO_STANDING: Standing = { byName: NONE, known: NONE };

type Stay = Record<Side, Standing>;

/** The rows of a cluster in one run. */
interface ClusterRows {
  /** Null if only the other run has it. */
  readonly cluster: RunCluster | null;
  readonly rows: readonly WhoRow[];
  readonly isExpanded: boolean;
  readonly ofRole: ReadonlyMap<string, readonly WhoRow[]>;
  /** Usernames and groups: bindings that name them make no rows of their own. */
  readonly names: () => ReadonlySet<string | null>;
}

/** A cluster in two runs. */
interface ClusterPair {
  readonly was: ClusterRows;
  readonly now: ClusterRows;
  /** In this run, or of the earlier one if only that has it. */
  readonly cluster: RunCluster;
  readonly comparesBindings: boolean;
}

/** A changed row, until all rows of the person are known. */
interface Step {
  readonly was: WhoRow | null;
  readonly now: WhoRow | null;
  readonly kind: RowChange['kind'];
  readonly before: RowChange['before'];
  readonly pair: ClusterPair;
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
  private readonly runs: Readonly<Record<Side, Run>>;
  private readonly isSameScope: boolean;
  private readonly doubts: Doubts;
  /** A principal of the earlier run in this one. */
  private readonly principalNow: (principal: WhoRow['principal']) => WhoRow['principal'];
  private readonly groupNow: (name: string | null) => string | null;
  private readonly accountsBefore: ReadonlySet<string>;
  private readonly steps: Step[] = [];
  /** What all rows say of a person, by cluster and, for undefined, in all of them. */
  private readonly stayIn = memo((_cluster: RunCluster | null | undefined) =>
    memo((_person: string): Stay => ({ was: NO_STANDING, now: NO_STANDING })),
  );

  constructor(was: Run, now: Run, isSameScope: boolean, doubts: Doubts) {
    this.runs = { was, now };
    this.isSameScope = isSameScope;
    this.doubts = doubts;
    const principalNow = samePrincipals(was, now);
    const groups = was.rows.flatMap(({ principal }) => (principal.type === 'GROUP' ? [principal] : []));
    const names = new Map(groups.map((group) => [group.name, principalNow(group).name]));
    this.principalNow = principalNow;
    this.groupNow = (name) => names.get(name) ?? name;
    this.accountsBefore = new Set(was.rows.map(({ accountId }) => accountId));
  }

  result(): RunComparison {
    const { was, now } = this.runs;
    const partners = sameClusters(was, now);
    const paired = new Set(partners.values());
    const onlyWas = was.clusters.filter((cluster) => !paired.has(cluster));
    const onlyNow = now.clusters.filter((cluster) => !partners.has(cluster));
    // Without ARNs, another name may be all that changed.
    const isNothing =
      partners.size === 0 &&
      (was.clusters.length === 0 || [...onlyWas, ...onlyNow].some(({ arn }) => arn === null));
    if (isNothing) this.doubts.add('nothing');
    for (const [{ name, arn }, earlier] of partners)
      if (name !== earlier.name && arn !== earlier.arn) this.doubts.add('only-one', 'was', name ?? '');
    const [rowsBefore, rowsNow] = [clusterRows(was), clusterRows(now)];
    for (const [cluster, earlier] of partners)
      this.compareCluster(rowsBefore(earlier), rowsNow(cluster), cluster);
    const isNews = (cluster: RunCluster, own: ClusterRows, side: Side) => {
      const isUnread = isUnreadIn(this.runs[side], cluster);
      if (isUnread || !this.isSameScope)
        this.doubts.add(isUnread ? 'unread' : 'scope', side, cluster.name ?? '', own.rows.length);
      const isComparable = !isUnread && this.isSameScope && !isNothing;
      if (!isComparable) this.hold(own.rows, cluster);
      return isComparable && own.rows.length > 0;
    };
    const newClusters = onlyNow.filter((cluster) => isNews(cluster, rowsNow(cluster), 'was'));
    const goneClusters = onlyWas.filter((cluster) => isNews(cluster, rowsBefore(cluster), 'now'));
    for (const cluster of newClusters) this.compareCluster(rowsBefore(null), rowsNow(cluster), cluster);
    for (const cluster of goneClusters) this.compareCluster(rowsBefore(cluster), rowsNow(null), cluster);
    this.hold(
      [...was.rows, ...now.rows].filter(({ unread }) => unread !== null),
      null,
    );
    const changes = new Map<WhoRow, RowChange>();
    const gone: { row: WhoRow; change: RowChange }[] = [];
    for (const step of this.steps) {
      const change = this.changeOf(step);
      if (step.now) changes.set(step.now, change);
      else if (step.was) {
        const { name: cluster, arn: clusterArn } = step.pair.cluster;
        const principal = this.principalNow(step.was.principal);
        gone.push({ row: { ...step.was, principal, cluster, clusterArn, way: null }, change });
      }
    }
    const uncompared = onlyNow.filter((one) => !newClusters.includes(one));
    return { changes, gone, newClusters, goneClusters, uncompared };
  }

  private compareCluster(was: ClusterRows, now: ClusterRows, cluster: RunCluster): void {
    const knew = was.cluster?.knowsBindings;
    const isKnown = now.cluster?.knowsBindings;
    const comparesBindings = knew === undefined || isKnown === undefined || knew === isKnown;
    const pair = { was, now, cluster, comparesBindings };
    if (!comparesBindings) this.doubts.add('bindings', knew ? 'now' : 'was', cluster.name ?? '');
    const [one, other] = [was, now].map(
      ({ rows }) => rows.find((row) => row.kubernetesVersion)?.kubernetesVersion,
    );
    if (one && other && one !== other) this.doubts.add('version', 'was', cluster.name ?? '');
    const keyOf = (row: WhoRow) => {
      const isOfEntry = row.source !== 'binding' && !isPerson(row);
      return `${isOfEntry ? '' : principalKey(this.principalNow(row.principal))}\n${roleKey(row)}`;
    };
    const [before, after] = [groupBy(was.rows, keyOf), groupBy(now.rows, keyOf)];
    for (const key of new Set([...after.keys(), ...before.keys()]))
      this.pairOff(before.get(key) ?? [], after.get(key) ?? [], pair);
  }

  /** Compares the rows of one key, for several groups of a person or several entries for one role: the most alike first. */
  private pairOff(was: readonly WhoRow[], now: readonly WhoRow[], pair: ClusterPair): void {
    const [left, open] = [new Set(was), new Set(now)];
    const levels = was.length === 1 && now.length === 1 ? LIKENESS.slice(-1) : LIKENESS;
    for (const likeness of levels) {
      if (left.size === 0 || open.size === 0) break;
      const alike = groupBy(left, (row) => likeness(row, this.groupNow(row.via)));
      for (const row of open) {
        const before = alike.get(likeness(row, row.via))?.shift();
        if (!before) continue;
        left.delete(before);
        open.delete(row);
        this.judgeBoth(before, row, pair);
      }
    }
    for (const row of open) this.judgeOne(row, pair.was, 'was', pair);
    for (const row of left) this.judgeOne(row, pair.now, 'now', pair);
  }

  private judgeBoth(was: WhoRow, now: WhoRow, pair: ClusterPair): void {
    const isDifferent = was.access !== now.access;
    const found = rowDifferences(was, now, this.groupNow(was.via));
    const lacksEks = (side: Side) => pair[side].cluster?.arn === null;
    if (isDifferent && [was, now].some(({ access }) => access === 'unknown')) {
      const isGrown = isUnknownPeople(now) && possibleAdminBy(now) !== null && possibleAdminBy(was) === null;
      if (isGrown) this.step(was, now, 'changed', found, pair);
      else this.leave('access', was.access === 'unknown' ? 'was' : 'now', [was, now], pair);
    } else if (isDifferent && lacksEks('was') !== lacksEks('now'))
      this.leave('entries', lacksEks('was') ? 'was' : 'now', [was, now], pair);
    else if (found.length === 0) this.stay(was, now, pair.cluster);
    else
      this.step(was, now, isDifferent ? (now.access === 'granted' ? 'new' : 'gone') : 'changed', found, pair);
  }

  /** @param other the rows of the run that lacks the row */
  private judgeOne(row: WhoRow, other: ClusterRows, side: Side, pair: ClusterPair): void {
    if (row.access === 'none') return;
    const ofRole = other.ofRole.get(roleKey(row)) ?? [];
    const [first] = ofRole;
    const isOfUnknown = isUnknownPeople(row) || ofRole.some(isUnknownPeople);
    const gap = this.gapFor(row, other, side);
    // Unknown people could do no more than the entry allowed.
    if (side === 'was' && first && isOfUnknown && isGrown(row, ofRole, pair))
      this.step(first, row, 'changed', rowDifferences(first, row, undefined), pair);
    else if (
      (isUnknownPeople(row) && first) ||
      (row.source === 'binding' && other.names().has(row.principal.name))
    )
      this.hold([row], pair.cluster);
    else if (gap) this.leave(gap, side, [row], pair);
    else if (side === 'was') this.step(null, row, 'new', [], pair);
    else if (isUnknownPeople(row)) this.leave('people', 'was', [row], pair);
    else this.step(row, null, 'gone', [], pair);
  }

  /** Why the other run can't tell about a row that it lacks; null if it can. */
  private gapFor(row: WhoRow, { cluster, isExpanded, ofRole }: ClusterRows, side: Side): DoubtKind | null {
    if (row.access === 'unknown' && !isUnknownPeople(row)) return 'access';
    if (!cluster) return null;
    if (row.source === 'access-entry' && cluster.arn === null) return 'entries';
    if (row.source === 'aws-auth' && !cluster.knowsAwsAuth) return 'aws-auth';
    if (row.source === 'binding') return cluster.knowsBindings ? null : 'bindings';
    if (row.via !== null && !isExpanded) return 'members';
    if (ofRole.get(roleKey(row))?.some(isUnknownPeople)) return 'people';
    return side === 'was' && !this.isSameScope && !this.accountsBefore.has(row.accountId) ? 'scope' : null;
  }

  private step(
    was: WhoRow | null,
    now: WhoRow | null,
    kind: Step['kind'],
    before: Step['before'],
    pair: ClusterPair,
  ): void {
    this.stay(was, now, pair.cluster);
    this.steps.push({ was, now, kind, before, pair });
  }

  private leave(
    kind: DoubtKind,
    side: Side,
    rows: readonly [WhoRow, ...WhoRow[]],
    { cluster }: ClusterPair,
  ): void {
    const [{ permissionSet, rolearn, accountId }] = rows;
    const names = { people: `${permissionSet ?? rolearn} in ${accountId}`, scope: accountId };
    this.doubts.add(kind, side, new Map(Object.entries(names)).get(kind) ?? cluster.name ?? '', 1);
    this.hold(rows, cluster);
  }

  /** Rows that can't be compared count as the same in both runs. */
  private hold(rows: readonly WhoRow[], cluster: RunCluster | null): void {
    for (const row of rows) this.stay(row, row, cluster);
  }

  private stay(was: WhoRow | null, now: WhoRow | null, cluster: RunCluster | null): void {
    const row = now ?? was;
    if (!row) return;
    for (const stay of this.staysOf(row, cluster)) {
      stay.was = greater(stay.was, standingOf(was));
      stay.now = greater(stay.now, standingOf(now));
    }
  }

  /** In the cluster, and in all. */
  private staysOf({ principal }: WhoRow, cluster: RunCluster | null): readonly [own: Stay, all: Stay] {
    const person = principalKey(this.principalNow(principal));
    return [this.stayIn(cluster)(person), this.stayIn(undefined)(person)];
  }

  private changeOf({ was, now, kind, before, pair }: Step): RowChange {
    const row = now ?? was;
    if (!row) throw bug('a change has no row');
    const [own, all] = this.staysOf(row, pair.cluster);
    const isWhole = pair.comparesBindings || own.was.known === NONE || own.now.known === NONE;
    const [had, has] = isWhole ? [own.was.known, own.now.known] : [own.was.byName, own.now.byName];
    const headOf = (): RowChange['head'] => {
      if (now && isUnknownPeople(now) && (kind === 'new' || has > had)) return 'unknown-people';
      if (has > had && has === ADMIN) return 'became-admin';
      if (has > had && has === ROUTE) return 'route';
      if (had === ADMIN && has < ADMIN) return 'no-longer-admin';
      const [wasNone, isNone] = [all.was.known === NONE, all.now.known === NONE];
      if (wasNone === isNone) return 'changed';
      return isNone ? 'gone' : 'new';
    };
    return { kind, head: headOf(), before };
  }
}

function clusterRows({ rows, isExpanded }: Run): (cluster: RunCluster | null) => ClusterRows {
  const read = rows.filter(({ unread }) => unread === null);
  const found = groupBy(read, clusterKey);
  return (cluster) => {
    const own = cluster && found.get(clusterKey({ cluster: cluster.name, clusterArn: cluster.arn }));
    const names = once(
      () => new Set((own ?? []).flatMap((row) => [row.username, row.auditUsername, ...row.groups])),
    );
    return { cluster, rows: own ?? [], isExpanded, ofRole: groupBy(own ?? [], roleKey), names };
  };
}

/** True for a cluster that the run couldn't read: by itself, or all of its account and region. */
function isUnreadIn({ rows }: Run, { name, arn }: RunCluster): boolean {
  const { accountId, region } = parseArn(arn ?? '') ?? {};
  return rows.some(({ unread, cluster, clusterArn, ...row }) => {
    if (!unread) return false;
    if (cluster === null) return row.accountId === accountId && unread.region === region;
    return (clusterArn ?? cluster) === (arn ?? name);
  });
}

/** Equal for rows of entries of one kind for one role. */
function roleKey({ source, rolearn }: WhoRow): string {
  return `${source} ${roleOfArn(rolearn)}`;
}

function isPerson({ principal: { type } }: WhoRow): boolean {
  return type === 'USER' || type === 'GROUP';
}

/** True for an entry whose people weren't read. */
function isUnknownPeople({ principal, access, reason, unread }: WhoRow): boolean {
  return principal.type === 'IAM_ROLE' && access === 'unknown' && reason === null && unread === null;
}

/** True if a row may do more than any row of its role could. */
function isGrown(row: WhoRow, ofRole: readonly WhoRow[], { comparesBindings }: ClusterPair): boolean {
  const level = comparesBindings ? 'known' : 'byName';
  const most = ofRole.map((one) => standingOf(one)[level]);
  return standingOf(row)[level] > Math.max(ACCESS, ...most);
}

/** Tells rows of one key apart, the surest way first. Without access, a row is least of all one with. */
const LIKENESS: readonly ((row: WhoRow, via: string | null) => string)[] = [
  ({ access, username, groups, policies, rolearn }, via) =>
    JSON.stringify([via, access, username, groups, policies, rolearn]),
  ({ access, username, groups, policies }, via) => JSON.stringify([via, access, username, groups, policies]),
  ({ access }, via) => JSON.stringify([via, access]),
  ({ access }) => access,
  () => '',
];

function standingOf(row: WhoRow | null): Standing {
  if (!row || row.access === 'none') return NO_STANDING;
  const known = { yes: ADMIN, route: ROUTE, no: ACCESS }[adminStateOf(row.routes)];
  return { known, byName: possibleAdminBy(row) === null ? ACCESS : ADMIN };
}

function greater(one: Standing, other: Standing): Standing {
  if (one.known >= other.known && one.byName >= other.byName) return one;
  return { known: Math.max(one.known, other.known), byName: Math.max(one.byName, other.byName) };
}
