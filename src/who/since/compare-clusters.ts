import { parseArn } from '../../arn.ts';
import { countBy, groupBy } from '../../group-by.ts';
import { listed, printable } from '../../text.ts';
import type { JsonEntry, JsonRow } from './read-json.ts';
import { knowsBindings } from './row-differences.ts';

/** A cluster of this run: it may have no rows. */
export interface RunCluster {
  readonly name: string | null;
  /** Null without EKS. */
  readonly arn: string | null;
  /** False if its aws-auth counts, but wasn't given. */
  readonly knowsAwsAuth: boolean;
}

/** A row of this run, with its place among all. */
export interface RunRow extends JsonRow {
  readonly index: number;
}

/** A cluster of both runs, with the rows that can be compared. */
export interface ClusterOfBoth {
  readonly was: readonly JsonRow[];
  readonly now: readonly RunRow[];
  /** How rows are noted that EKS decides about, if only one of the runs asked it; null if both did, or none. */
  readonly eks: Extract<NoteKind, 'entries-before' | 'entries-now'> | null;
  /** In this run. */
  readonly cluster: Pick<JsonEntry, 'cluster' | 'clusterArn'>;
}

interface Side<Row extends JsonRow> extends Pick<RunCluster, 'name' | 'arn'> {
  readonly rows: readonly Row[];
}

interface NowSide extends Side<RunRow>, RunCluster {}

/** Finds the clusters of both runs, and leaves out rows that only one run has read: they would seem new, or gone. */
export function clustersOfBoth(
  was: readonly JsonRow[],
  now: readonly RunRow[],
  clusters: readonly RunCluster[],
  notes: ComparisonNotes,
): readonly ClusterOfBoth[] {
  const before = [...groupBy(was.filter(isRead), ({ entry }) => clusterKey(entry))].map(
    ([, rows]): Side<JsonRow> => ({
      name: rows[0]?.entry.cluster ?? null,
      arn: rows[0]?.entry.clusterArn ?? null,
      rows,
    }),
  );
  const rowsOf = groupBy(now.filter(isRead), ({ entry }) => clusterKey(entry));
  const after = clusters.map((one): NowSide => {
    return { ...one, rows: rowsOf.get(clusterKey({ cluster: one.name, clusterArn: one.arn })) ?? [] };
  });
  const subjects = { was: was.some(isSubject), now: now.some(isSubject) };
  const partners = partnersOf(before, after, notes);
  noteUnpaired(
    after.filter((side) => !partners.has(side)),
    was,
    ['unread-before', 'only-now'],
    notes,
  );
  const paired = new Set(partners.values());
  noteUnpaired(
    before.filter((side) => !paired.has(side)),
    now,
    ['unread-now', 'only-before'],
    notes,
  );
  return [...partners].map(([side, partner]) => comparable(partner, side, subjects, notes));
}

function isRead({ entry }: JsonRow): boolean {
  return entry.unread === null;
}

function clusterKey({ cluster, clusterArn }: Pick<JsonEntry, 'cluster' | 'clusterArn'>): string {
  return `${clusterArn ?? ''} ${cluster ?? ''}`;
}

/** By ARN, else by name; an only cluster whose file doesn't name it is the other run's only one. */
function partnersOf(
  before: readonly Side<JsonRow>[],
  after: readonly NowSide[],
  notes: ComparisonNotes,
): ReadonlyMap<NowSide, Side<JsonRow>> {
  const partners = new Map<NowSide, Side<JsonRow>>();
  const left = new Set(before);
  const pair = (isSame: (one: Side<JsonRow>, other: NowSide) => boolean) => {
    const open = after.filter((side) => !partners.has(side));
    const found = open.map((side) => [...left].filter((one) => isSame(one, side)));
    const counts = countBy(found.flat());
    for (const [index, side] of open.entries()) {
      const [one, ...others] = found[index] ?? [];
      // One of several could be any of them.
      if (!one || others.length > 0 || counts.get(one) !== 1) continue;
      partners.set(side, one);
      left.delete(one);
    }
  };
  pair((one, other) => one.arn !== null && one.arn === other.arn);
  const mayBeSame = (one: Side<JsonRow>, other: NowSide) => one.arn === null || other.arn === null;
  pair((one, other) => mayBeSame(one, other) && one.name !== null && bareName(one) === bareName(other));
  if (before.length === 1 && after.length === 1 && partners.size === 0) {
    pair((one, other) => mayBeSame(one, other) && !(isNamed(one) && isNamed(other)));
    for (const [{ name }] of partners) notes.add('only-one', name ?? '', 1);
  }
  return partners;
}

/** False on stdin, and for a file with the name of the ConfigMap. */
function isNamed({ name }: Pick<RunCluster, 'name'>): boolean {
  return name !== null && name !== 'aws-auth';
}

/** A label may be an ARN, if several clusters share the name. */
function bareName({ name }: Pick<RunCluster, 'name'>): string | null {
  return name?.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name;
}

/** @param others all rows of the run that lacks these clusters */
function noteUnpaired(
  sides: readonly Side<JsonRow>[],
  others: readonly JsonRow[],
  [unread, only]: readonly [NoteKind, NoteKind],
  notes: ComparisonNotes,
): void {
  if (sides.length === 0) return;
  const places = new Set(
    others.flatMap(({ entry: { unread: one, clusterArn, cluster, accountId } }) => {
      if (!one) return [];
      return cluster === null ? `${accountId} ${one.region}` : (clusterArn ?? cluster);
    }),
  );
  for (const { name, arn, rows } of sides) {
    const { accountId, region } = parseArn(arn ?? '') ?? {};
    const isUnread = [arn ?? name ?? '', `${accountId} ${region}`].some((place) => places.has(place));
    notes.add(isUnread ? unread : only, name ?? '', rows.length);
  }
}

function isSubject({ entry }: JsonRow): boolean {
  return entry.source === 'binding';
}

/**
 * The rows of the sources that both runs have read.
 * @param subjects false for a run that lists no subjects of bindings
 */
function comparable(
  before: Side<JsonRow>,
  after: NowSide,
  subjects: { readonly was: boolean; readonly now: boolean },
  notes: ComparisonNotes,
): ClusterOfBoth {
  const name = after.name ?? '';
  const left = new Set<JsonEntry['source']>();
  const count = (source: JsonEntry['source']) =>
    [...before.rows, ...after.rows].filter(({ entry }) => entry.source === source).length;
  const leave = (source: JsonEntry['source'], kind: NoteKind) => {
    left.add(source);
    notes.add(kind, name, count(source));
  };
  const isAlike = (before.arn === null) === (after.arn === null);
  const eks = isAlike ? null : before.arn === null ? 'entries-before' : 'entries-now';
  if (eks) leave('access-entry', eks);
  const hadAwsAuth = before.arn === null || before.rows.some(({ entry }) => entry.source === 'aws-auth');
  if (!after.knowsAwsAuth) leave('aws-auth', 'aws-auth-now');
  else if (!hadAwsAuth) leave('aws-auth', 'aws-auth-before');
  if (!subjects.was) leave('binding', 'subjects-before');
  else if (!subjects.now) leave('binding', 'subjects-now');
  const isCompared = ({ entry }: JsonRow) => !left.has(entry.source);
  const pair: ClusterOfBoth = {
    eks,
    was: before.rows.filter(isCompared),
    now: after.rows.filter(isCompared),
    cluster: { cluster: after.name, clusterArn: after.arn },
  };
  noteEvaluation(pair, notes);
  return pair;
}

function noteEvaluation({ was, now, cluster }: ClusterOfBoth, notes: ComparisonNotes): void {
  const name = cluster.cluster ?? '';
  if (was.length === 0 || now.length === 0) return;
  const [knew, knows] = [was.some(knowsBindings), now.some(knowsBindings)];
  if (knows && !knew) notes.add('bindings-before', name, now.length);
  if (knew && !knows) notes.add('bindings-now', name, now.length);
  const version = (rows: readonly JsonRow[]) =>
    rows.find(({ entry }) => entry.kubernetesVersion !== null)?.entry.kubernetesVersion;
  const [one, other] = [version(was), version(now)];
  if (one && other && one !== other) notes.add('version', name, now.length);
}

/** Why rows aren't compared, or what of them isn't. */
type NoteKind = keyof typeof TEXTS;

/** Collects notes on rows of two runs that can't be compared, one for each cause. */
export class ComparisonNotes {
  private readonly notes: { readonly kind: NoteKind; readonly name: string; readonly rows: number }[] = [];
  private readonly file: string;

  /** @param file the earlier run's */
  constructor(file: string) {
    this.file = file;
  }

  /**
   * @param name of the cluster, or of the role
   * @param rows how many it is about; nothing is noted for none
   */
  add(kind: NoteKind, name: string, rows: number): void {
    if (rows > 0) this.notes.push({ kind, name, rows });
  }

  /** Clauses such as `cluster dev isn't in old.json: its 12 rows aren't compared`. */
  texts(): string[] {
    return [...groupBy(this.notes, ({ kind }) => kind)].map(([kind, notes]) => {
      const names = [...new Set(notes.map(({ name }) => name))];
      const isOne = names.length === 1;
      const count = notes.reduce((sum, { rows }) => sum + rows, 0);
      const what = count === 1 ? "row isn't compared" : `${count} rows aren't compared`;
      const text = TEXTS[kind]({
        file: this.file,
        cluster: `cluster${isOne ? '' : 's'} ${listed(names, MOST_NAMES)}`.trimEnd(),
        roles: listed(names, MOST_NAMES),
        isOne,
        left: `${isOne ? 'its' : 'their'} ${what}`,
        these: count === 1 ? `1 ${what}` : what,
      });
      return printable(text);
    });
  }
}

const MOST_NAMES = 5;

interface Words {
  readonly file: string;
  /** `cluster dev`, `clusters dev, test` */
  readonly cluster: string;
  /** `Admin in 111122223333` */
  readonly roles: string;
  readonly isOne: boolean;
  /** `its 12 rows aren't compared` */
  readonly left: string;
  /** `12 rows aren't compared` */
  readonly these: string;
}

const TEXTS = {
  'only-now': ({ cluster, isOne, file, left }: Words) =>
    `${cluster} ${isOne ? "isn't" : "aren't"} in ${file}: ${left}`,
  'only-before': ({ cluster, isOne, file, left }: Words) =>
    `${cluster} ${isOne ? 'is' : 'are'} only in ${file}: ${left}`,
  'only-one': ({ cluster, file }: Words) =>
    `${cluster} is compared with the only cluster in ${file}, which has another name or none`,
  'unread-now': ({ cluster, left }: Words) => `${cluster} couldn't be read now: ${left}`,
  'unread-before': ({ cluster, file, left }: Words) => `${cluster} couldn't be read for ${file}: ${left}`,
  'entries-now': ({ cluster, these }: Words) => `the access entries of ${cluster} weren't read now: ${these}`,
  'entries-before': ({ cluster, file, these }: Words) =>
    `the access entries of ${cluster} weren't read for ${file}: ${these}`,
  'aws-auth-now': ({ cluster, these }: Words) => `the aws-auth of ${cluster} wasn't given now: ${these}`,
  'aws-auth-before': ({ cluster, file, these }: Words) =>
    `${file} has no aws-auth entries of ${cluster}: ${these}`,
  'people-now': ({ roles, these }: Words) => `who has ${roles} is unknown now: ${these}`,
  'people-before': ({ roles, file, these }: Words) => `who has ${roles} is unknown in ${file}: ${these}`,
  'access-unknown': ({ cluster, these }: Words) =>
    `access to ${cluster} is unknown in one of the runs: ${these}`,
  'members-now': ({ file, these }: Words) =>
    `${file} lists members of groups, and this run doesn't (--expand): ${these}`,
  'members-before': ({ file }: Words) =>
    `${file} doesn't list members of groups (--expand), so members are compared with their group`,
  'bindings-now': ({ cluster, file }: Words) =>
    `bindings and risks of ${cluster} aren't compared: only ${file} was made with --rbac`,
  'bindings-before': ({ cluster, file }: Words) =>
    `bindings and risks of ${cluster} aren't compared: ${file} was made without --rbac`,
  'subjects-now': ({ cluster, these }: Words) =>
    `subjects of bindings in ${cluster} aren't listed now: ${these}`,
  'subjects-before': ({ cluster, file, these }: Words) =>
    `${file} doesn't list subjects of bindings in ${cluster}: ${these}`,
  version: ({ cluster, file }: Words) =>
    `${file} evaluated bindings of ${cluster} for another Kubernetes version`,
  'not-asked': ({ file, these }: Words) =>
    `${file} has rows that this run isn't about, because of its options: ${these}`,
  fields: ({ roles, file, isOne }: Words) =>
    `${file} is from an earlier version of this program: ${roles} ${isOne ? "isn't" : "aren't"} compared`,
} as const satisfies Readonly<Record<string, (words: Words) => string>>;
