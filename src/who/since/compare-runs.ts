import { parseArn } from '../../arn.ts';
import { possibleAdminBy } from '../../aws-auth/groups.ts';
import { groupBy } from '../../group-by.ts';
import { memo, once } from '../../memo.ts';
import type { WhoRow } from '../rows.ts';
import type { DoubtKind, Doubts, Side } from './doubts.ts';
import { adminStateOf, type RowChange } from './row-change.ts';
import { rowDifferences } from './row-differences.ts';
import {
  type ComparedRun,
  clusterKey,
  type RunCluster,
  roleOfArn,
  sameCallerKey,
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

/** How much a person may do in a cluster: nothing, something, become admin, or everything. */
const [NONE, ACCESS, ROUTE, ADMIN] = [0, 1, 2, 3];

/** The most that all rows of a person allow in each run. */
type Stay = Record<Side, number>;

/** The rows of a cluster in one run. */
interface ClusterRows {
  /** Null if only the other run has it. */
  readonly cluster: RunCluster | null;
  readonly rows: readonly WhoRow[];
  readonly isExpanded: boolean;
  readonly ofRole: ReadonlyMap<string, readonly WhoRow[]>;
  /** Entries whose people weren't read. */
  readonly unknownRoles: ReadonlySet<string>;
  /** Usernames and groups: no row is about a binding alone that names them. */
  readonly names: () => ReadonlySet<string | null>;
}

/** A cluster in two runs. */
interface ClusterPair extends Readonly<Record<Side, ClusterRows>> {
  /** In this run, or of the earlier one if only that has it. */
  readonly cluster: RunCluster;
  /** How much a row allows, as far as both runs know it. */
  readonly standingOf: (row: WhoRow) => number;
}

/** A changed row, until all rows of the person are known. */
interface Step extends Pick<RowChange, 'kind' | 'before'> {
  readonly was: WhoRow | null;
  readonly now: WhoRow | null;
  readonly cluster: RunCluster;
}

/**
 * Compares the rows of two runs, as far as both know them: nobody is called new because an earlier run didn't look, or gone
 * because this one doesn't.
 * @param isSameScope false if the runs are known to have selected accounts or clusters otherwise
 */
export function compareRuns(
  was: ComparedRun,
  now: ComparedRun,
  isSameScope: boolean,
  doubts: Doubts,
): RunComparison {
  return new Comparison({ was, now }, isSameScope, doubts).result();
}

class Comparison {
  private readonly runs: Readonly<Record<Side, ComparedRun>>;
  private readonly isSameScope: boolean;
  private readonly doubts: Doubts;
  /** A principal of the earlier run in this one. */
  private readonly principalNow: (principal: WhoRow['principal']) => WhoRow['principal'];
  private readonly groupNow: (name: string | null) => string | null;
  private readonly accountsBefore: ReadonlySet<string>;
  private readonly steps: Step[] = [];
  /** By cluster, and for undefined in all of them. */
  private readonly stayIn = memo((_cluster: RunCluster | null | undefined) =>
    memo((_person: string): Stay => ({ was: NONE, now: NONE })),
  );

  constructor(runs: Comparison['runs'], isSameScope: boolean, doubts: Doubts) {
    this.runs = runs;
    this.isSameScope = isSameScope;
    this.doubts = doubts;
    const { rows } = runs.was;
    const principalNow = samePrincipals(runs.was, runs.now);
    const groups = rows.flatMap(({ principal }) => (principal.type === 'GROUP' ? [principal] : []));
    const names = new Map(groups.map((group) => [group.name, principalNow(group).name]));
    this.principalNow = principalNow;
    this.groupNow = (name) => names.get(name) ?? name;
    this.accountsBefore = new Set(rows.map(({ accountId }) => accountId));
  }

  result(): RunComparison {
    const { was, now } = this.runs;
    const [rowsBefore, rowsNow] = [clusterRows(was), clusterRows(now)];
    const partners = sameClusters(was, now);
    const paired = new Set(partners.values());
    const onlyWas = was.clusters.filter((cluster) => !paired.has(cluster));
    const onlyNow = now.clusters.filter((cluster) => !partners.has(cluster));
    // Without ARNs, another name may be all that changed.
    const isNothing = paired.size === 0 && (onlyWas.length === 0 || [...onlyWas, ...onlyNow].some(lacksEks));
    if (isNothing) this.doubts.add('nothing');
    for (const [cluster, earlier] of partners) {
      if (cluster.name !== earlier.name && cluster.arn !== earlier.arn)
        this.doubts.add('only-one', 'was', cluster.name ?? '');
      this.compareCluster(rowsBefore(earlier), rowsNow(cluster), cluster);
    }
    const isNews = (own: ClusterRows, cluster: RunCluster, other: Side) => {
      const isAsked = this.isSameScope && (lacksEks(cluster) || !this.runs[other].clusters.every(lacksEks));
      const gap = isUnreadIn(this.runs[other], cluster) ? 'unread' : isAsked ? null : 'scope';
      if (isNothing || gap) this.hold(own.rows, cluster);
      if (isNothing) return false;
      if (gap) this.doubts.add(gap, other, cluster.name ?? '', own.rows.length);
      else if (lacksEks(cluster)) this.doubts.add('file', other, cluster.name ?? '');
      return !gap && own.rows.length > 0;
    };
    const newClusters = onlyNow.filter((cluster) => isNews(rowsNow(cluster), cluster, 'was'));
    const goneClusters = onlyWas.filter((cluster) => isNews(rowsBefore(cluster), cluster, 'now'));
    for (const cluster of newClusters) this.compareCluster(rowsBefore(null), rowsNow(cluster), cluster);
    for (const cluster of goneClusters) this.compareCluster(rowsBefore(cluster), rowsNow(null), cluster);
    const changes = new Map<WhoRow, RowChange>();
    const gone: { row: WhoRow; change: RowChange }[] = [];
    for (const { was: lost, now: row, cluster, kind, before } of this.steps) {
      const shown = row ?? lost;
      if (!shown) continue;
      const change = { kind, before, head: this.headOf(shown, cluster, kind) };
      if (row) changes.set(row, change);
      else {
        const principal = this.principalNow(shown.principal);
        const place = { cluster: cluster.name, clusterArn: cluster.arn };
        gone.push({ row: { ...shown, ...place, principal }, change });
      }
    }
    const uncompared = onlyNow.filter((one) => !newClusters.includes(one));
    return { changes, gone, newClusters, goneClusters, uncompared };
  }

  private compareCluster(was: ClusterRows, now: ClusterRows, cluster: RunCluster): void {
    const [knew, knows] = [was, now].map((side) => side.cluster?.knowsBindings);
    const isComparable = knew === undefined || knows === undefined || knew === knows;
    if (!isComparable) this.doubts.add('bindings', knew ? 'now' : 'was', cluster.name ?? '');
    const [one, other] = [was, now].map(
      ({ rows }) => rows.find((row) => row.kubernetesVersion !== null)?.kubernetesVersion,
    );
    if (one && other && one !== other) this.doubts.add('version', 'was', cluster.name ?? '');
    const pair = { was, now, cluster, standingOf: isComparable ? standingOf : standingByName };
    const keyOf = (row: WhoRow) => {
      const { type } = row.principal;
      const isOfEntry = row.source !== 'binding' && type !== 'USER' && type !== 'GROUP';
      return `${isOfEntry ? '' : sameCallerKey(this.principalNow(row.principal))}\n${roleKey(row)}`;
    };
    const [before, after] = [groupBy(was.rows, keyOf), groupBy(now.rows, keyOf)];
    for (const key of new Set([...after.keys(), ...before.keys()]))
      this.compareRows(before.get(key) ?? [], after.get(key) ?? [], pair);
  }

  /** Compares rows of one key, for several groups of a person or several entries for one role: the most alike first. */
  private compareRows(was: readonly WhoRow[], now: readonly WhoRow[], pair: ClusterPair): void {
    const [left, open] = [new Set(was), new Set(now)];
    for (const likeness of was.length === 1 && now.length === 1 ? LIKENESS.slice(-1) : LIKENESS) {
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
    const found = rowDifferences(was, now, this.groupNow(was.via));
    const isDifferent = was.access !== now.access;
    const [hadEks, hasEks] = [pair.was, pair.now].map(({ cluster }) => cluster && !lacksEks(cluster));
    const isGrown =
      isUnknownPeople(now) &&
      standingByName(now) > Math.max(ACCESS, standingByName({ ...was, access: now.access }));
    if (isDifferent && [was, now].some(({ access }) => access === 'unknown') && !isGrown)
      this.leave('access', was.access === 'unknown' ? 'was' : 'now', [was, now], pair);
    else if (isDifferent && hadEks !== hasEks)
      this.leave('entries', hadEks ? 'now' : 'was', [was, now], pair);
    else {
      const kind = !isDifferent || isGrown ? 'changed' : now.access === 'granted' ? 'new' : 'gone';
      this.stay(was, now, pair.cluster, pair.standingOf);
      if (found.length > 0) this.steps.push({ was, now, kind, before: found, cluster: pair.cluster });
    }
  }

  /**
   * @param other the rows of the run that lacks the row
   * @param side that run
   */
  private judgeOne(row: WhoRow, other: ClusterRows, side: Side, pair: ClusterPair): void {
    if (row.access === 'none') return;
    const { cluster } = pair;
    const ofRole = other.ofRole.get(roleKey(row)) ?? [];
    const isOfUnknown = isUnknownPeople(row) || other.unknownRoles.has(roleKey(row));
    const standing = pair.standingOf(row);
    // Unknown people could do no more than the entry allowed.
    const isGrown = () => standing > ACCESS && ofRole.every((one) => pair.standingOf(one) < standing);
    const [first] = ofRole;
    const gap = this.gapFor(row, other, side);
    if (side === 'was' && first && isOfUnknown && isGrown()) {
      this.stay(first, row, cluster, pair.standingOf);
      this.steps.push({
        was: first,
        now: row,
        kind: 'changed',
        before: rowDifferences(first, row, undefined),
        cluster,
      });
    } else if (
      (isUnknownPeople(row) && first) ||
      (row.source === 'binding' && other.names().has(row.principal.name))
    )
      this.hold([row], cluster);
    else if (gap) this.leave(gap, gap === 'people' && isUnknownPeople(row) ? 'was' : side, [row], pair);
    else {
      const [was, now] = side === 'was' ? [null, row] : [row, null];
      this.stay(was, now, cluster, pair.standingOf);
      this.steps.push({ was, now, kind: now ? 'new' : 'gone', before: [], cluster });
    }
  }

  /** Why the other run can't tell about a row that it lacks; null if it can. */
  private gapFor(
    row: WhoRow,
    { cluster, isExpanded, unknownRoles }: ClusterRows,
    side: Side,
  ): DoubtKind | null {
    const isUnknown = isUnknownPeople(row);
    if (row.access === 'unknown' && !isUnknown) return 'access';
    if (cluster) {
      if (row.source === 'access-entry' && lacksEks(cluster)) return 'entries';
      if (row.source === 'aws-auth' && !cluster.knowsAwsAuth) return 'aws-auth';
      if (row.source === 'binding') return cluster.knowsBindings ? null : 'bindings';
      if (row.via !== null && !isExpanded) return 'members';
      if (unknownRoles.has(roleKey(row))) return 'people';
      if (side === 'was' && !this.isSameScope && !this.accountsBefore.has(row.accountId)) return 'scope';
    }
    return isUnknown && side === 'now' ? 'people' : null;
  }

  private leave(kind: DoubtKind, side: Side, rows: readonly WhoRow[], { cluster }: ClusterPair): void {
    for (const { permissionSet, rolearn, accountId } of rows.slice(-1)) {
      const name = kind === 'people' ? `${permissionSet ?? rolearn} in ${accountId}` : cluster.name;
      this.doubts.add(kind, side, (kind === 'scope' ? accountId : name) ?? '', 1);
    }
    this.hold(rows, cluster);
  }

  /** Rows that can't be compared count as the same in both runs. */
  private hold(rows: readonly WhoRow[], cluster: RunCluster | null): void {
    for (const row of rows) this.stay(row, row, cluster, standingOf);
  }

  private stay(
    was: WhoRow | null,
    now: WhoRow | null,
    cluster: RunCluster | null,
    standing: ClusterPair['standingOf'],
  ): void {
    const row = now ?? was;
    for (const stay of row ? this.staysOf(row, cluster) : []) {
      stay.was = Math.max(stay.was, was ? standing(was) : NONE);
      stay.now = Math.max(stay.now, now ? standing(now) : NONE);
    }
  }

  /** In the cluster, and in all. */
  private staysOf({ principal }: WhoRow, cluster: RunCluster | null): readonly [own: Stay, all: Stay] {
    const person = sameCallerKey(this.principalNow(principal));
    return [this.stayIn(cluster)(person), this.stayIn(undefined)(person)];
  }

  private headOf(row: WhoRow, cluster: RunCluster, kind: RowChange['kind']): RowChange['head'] {
    const [{ was, now }, all] = this.staysOf(row, cluster);
    if (isUnknownPeople(row) && (kind === 'new' || now > was)) return 'unknown-people';
    if (now > was && now === ADMIN) return 'became-admin';
    if (now > was && now === ROUTE) return 'route';
    if (now < was && was === ADMIN) return 'no-longer-admin';
    const [wasNone, isNone] = [all.was === NONE, all.now === NONE];
    if (wasNone === isNone) return 'changed';
    return isNone ? 'gone' : 'new';
  }
}

function clusterRows({ rows, isExpanded }: ComparedRun): (cluster: RunCluster | null) => ClusterRows {
  const read = rows.filter(({ unread }) => unread === null);
  const found = groupBy(read, clusterKey);
  return (cluster) => {
    const own = (cluster && found.get(clusterKey({ cluster: cluster.name, clusterArn: cluster.arn }))) ?? [];
    const names = once(() => new Set(own.flatMap((row) => [row.username, row.auditUsername, ...row.groups])));
    const unknownRoles = new Set(own.filter(isUnknownPeople).map(roleKey));
    return { cluster, rows: own, isExpanded, ofRole: groupBy(own, roleKey), unknownRoles, names };
  };
}

/** True for a cluster that the run couldn't read: by itself, or all of its account and region. */
function isUnreadIn({ rows }: ComparedRun, { name, arn }: RunCluster): boolean {
  const { accountId, region } = parseArn(arn ?? '') ?? {};
  return rows.some(({ unread, cluster, clusterArn, ...row }) => {
    if (!unread) return false;
    if (cluster === null) return row.accountId === accountId && unread.region === region;
    return (clusterArn ?? cluster) === (arn ?? name);
  });
}

function lacksEks({ arn }: RunCluster): boolean {
  return arn === null;
}

/** Equal for rows of entries of one kind for one role. */
function roleKey({ source, rolearn }: WhoRow): string {
  return `${source} ${roleOfArn(rolearn)}`;
}

/** True for an entry whose people weren't read. */
function isUnknownPeople({ principal, access, reason, unread }: WhoRow): boolean {
  return principal.type === 'IAM_ROLE' && access === 'unknown' && reason === null && unread === null;
}

/** Tells rows of one key apart, the surest way first. Without access, a row is least of all one with. */
const LIKENESS: readonly ((row: WhoRow, via: string | null) => string)[] = [
  ({ access, username, groups, policies }, via) => JSON.stringify([via, access, username, groups, policies]),
  ({ access }, via) => JSON.stringify([via, access]),
  ({ access }) => access,
  () => '',
];

const LEVELS = { yes: ADMIN, route: ROUTE, no: ACCESS } as const;

function standingOf({ access, routes }: WhoRow): number {
  return access === 'none' ? NONE : LEVELS[adminStateOf(routes)];
}

/** By groups and access policies alone. */
function standingByName(row: WhoRow): number {
  return row.access === 'none' ? NONE : possibleAdminBy(row) === null ? ACCESS : ADMIN;
}
