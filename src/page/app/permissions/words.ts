import { addRbac, type BoundRole, isPolicy } from '../../../rbac/model.ts';
import { listed } from '../../../text.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { principalKindText } from '../../../who/way.ts';
import { accountTextIn } from '../../columns.ts';
import type { PageCluster } from '../../data.ts';
import { at, type PageRows } from '../../decode.ts';
import { clusterValue } from '../../facets.ts';
import { clusterTitle, count, SUBJECT_TEXTS } from '../../texts.ts';
import type { View } from '../../view.ts';
import type { AnswerRow, Note } from './answer-table.ts';

/** `user`, `group`, `deleted user`, `IAM role` … */
export function principalKind(principal: WhoRow['principal']): string {
  const kind = principalKindText(principal);
  return principal.name === null ? `deleted ${kind}` : kind;
}

/** `Admin in prod`; without a permission set, the ARN of the entry. */
export function entryText(rows: PageRows, entry: number): string {
  const { permissionSet, rolearn, source, ...row } = rows.entry(entry);
  const account = accountTextIn(rows)(row);
  if (permissionSet !== null) return `${permissionSet} in ${account}`;
  return source === 'binding' ? 'bindings' : rolearn || `account ${account}`;
}

/** The name of a cluster, or of its file. */
export function clusterName(rows: PageRows, entry: number): string {
  const { cluster, clusterIndex } = rows.entry(entry);
  const file = clusterIndex === null ? null : at(rows.data.clusters, clusterIndex).file;
  return cluster ?? file?.name ?? 'unknown cluster';
}

/** Where a way leads, and through what: an entry, and the groups through which a person is assigned. */
export function placeOf(
  rows: PageRows,
  entry: number,
  vias: readonly (string | null)[],
): Pick<AnswerRow, 'clusters' | 'through' | 'title'> {
  const { accountId, rolearn } = rows.entry(entry);
  const groups = [...new Set(vias.filter((via) => via !== null))];
  const noun = groups.length === 1 ? 'group' : 'groups';
  const directly = vias.includes(null) ? ' directly and' : '';
  const via = groups.length === 0 ? '' : `${directly} through ${noun} ${listed(groups, 3)}`;
  return {
    clusters: [clusterName(rows, entry)],
    through: `${entryText(rows, entry)}${via}`,
    title: `account ${accountId}, ${rolearn}`,
  };
}

/** `RoleBinding devs to Kubernetes group developers` */
export function boundByText(bound: BoundRole): string {
  const { binding, subject } = bound;
  if (isPolicy(bound)) return 'access policy of an access entry';
  return `${binding.kind} ${binding.name} to ${SUBJECT_TEXTS[subject.kind]} ${subject.name}`;
}

/** The clusters that the filters leave, and what isn't known about them. */
export interface Scope {
  readonly clusters: readonly PageCluster[];
  /** Clusters whose roles and bindings weren't given. */
  readonly blind: readonly PageCluster[];
  /** Names of those that couldn't be read at all. */
  readonly unread: readonly string[];
}

export function scopeOf({ data }: PageRows, { filters }: Pick<View, 'filters'>): Scope {
  const wanted = new Set(filters.cluster);
  const isWanted = (value: string | null) => wanted.size === 0 || (value !== null && wanted.has(value));
  const clusters = data.clusters.filter((cluster) => isWanted(clusterValue(cluster)));
  const unread = data.tables.entries.flatMap(({ unread, cluster, clusterArn, ...account }) =>
    unread === null || !isWanted(clusterArn ?? cluster)
      ? []
      : (cluster ?? `any cluster of ${account.accountName ?? account.accountId} in ${unread.region}`),
  );
  const isBlind = ({ rbac }: PageCluster) => rbac === null || !at(data.tables.rbac, rbac).knowsBindings;
  return { clusters, blind: clusters.filter(isBlind), unread: [...new Set(unread)] };
}

/** Says in an answer what isn't known about clusters. */
export function gapTexts({ clusters, blind, unread }: Scope): string[] {
  return [
    ...(blind.length === 0
      ? []
      : [`Not known what Kubernetes groups can do in ${blind.length} of ${clustersText(clusters.length)}.`]),
    ...(unread.length === 0 ? [] : [`Not known in ${listed(unread, 2)}, which couldn't be read.`]),
  ];
}

/** How to know more about clusters. */
export function blindNotes({ blind }: Scope, hasClusters: boolean): Note[] {
  if (blind.length === 0) return [];
  const text = `Roles and bindings weren't given for ${clusterNames(blind)}. To include them:`;
  return [{ style: 'warn', text, help: addRbac(hasClusters) }];
}

export function clusterNames(clusters: readonly PageCluster[]): string {
  return listed(clusters.map(clusterTitle), 3);
}

/** `1 cluster`, `40 clusters` */
export function clustersText(number: number): string {
  return `${count(number)} ${number === 1 ? 'cluster' : 'clusters'}`;
}

/** Verbs that mean one thing to people who don't know Kubernetes. */
export const VERB_WORDS: readonly (readonly [verbs: readonly string[], word: string])[] = [
  [['get', 'list', 'watch'], 'read'],
  [['create'], 'create'],
  [['update', 'patch'], 'change'],
  [['delete', 'deletecollection'], 'delete'],
  [['impersonate'], 'act as others'],
  [['bind', 'escalate'], 'grant any permission'],
];

/** Verbs in plain words: `read, change`; empty if there are no better words. */
export function verbWords(verbs: readonly string[]): string {
  if (verbs.includes('*')) return 'do everything';
  const words = VERB_WORDS.filter(([own]) => own.some((verb) => verbs.includes(verb)));
  return words.map(([, word]) => word).join(', ');
}
