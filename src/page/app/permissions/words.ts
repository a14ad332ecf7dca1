import { groupBy } from '../../../group-by.ts';
import { addRbac } from '../../../rbac/model.ts';
import { questionText } from '../../../rbac/request.ts';
import { listed } from '../../../text.ts';
import type { PageCluster } from '../../data.ts';
import { at, type PageRows } from '../../decode.ts';
import { clusterValue } from '../../facets.ts';
import { accountTextIn, placeName } from '../../names.ts';
import { clusterTitle, count, limitTexts } from '../../texts.ts';
import type { PageState } from '../page.ts';
import type { AnswerRow, Note } from './answer-table.ts';

/** `Admin in prod`; without a permission set, the ARN of the entry. */
export function entryText(rows: PageRows, entry: number): string {
  const { permissionSet, rolearn, source, accountId } = rows.entry(entry);
  const account = accountTextIn(rows)({ accountId });
  if (permissionSet !== null) return `${permissionSet} in ${account}`;
  return source === 'binding' ? 'bindings' : rolearn || `account ${account}`;
}

/** A way of a principal: rows that differ only in the group through which a person is assigned. */
export interface RowsOfWay extends Pick<AnswerRow, 'cluster' | 'entry' | 'via'> {
  /** One of them. */
  readonly row: number;
}

/** @param own rows of a principal */
export function waysOf(rows: PageRows, own: readonly number[]): readonly RowsOfWay[] {
  const alike = groupBy(own, (row) => `${rows.index(row, 'entries')} ${rows.index(row, 'grants')}`);
  return [...alike.values()].flatMap((same) =>
    same.slice(0, 1).map((row) => {
      const { cluster, clusterIndex } = rows.entry(rows.index(row, 'entries'));
      const file = clusterIndex === null ? null : at(rows.data.clusters, clusterIndex).file;
      const vias = same.map((one) => rows.via(rows.index(one, 'vias')));
      const groups = [...new Set(vias.filter((via) => via !== null))];
      const through = `through ${groups.length === 1 ? 'group' : 'groups'} ${listed(groups, 3)}`;
      return {
        row,
        cluster: cluster ?? file?.name ?? 'any cluster',
        entry: entryText(rows, rows.index(row, 'entries')),
        via: groups.length === 0 ? '' : `${vias.includes(null) ? 'directly and ' : ''}${through}`,
      };
    }),
  );
}

/** The parts of the page's state that answers depend on. */
export type AskedPage = Pick<PageState, 'rows' | 'selected' | 'view' | 'hashOf'>;

/** The clusters that the filters leave, and the limits of an answer about them. */
interface Scope {
  readonly clusters: readonly PageCluster[];
  /** Clauses for `gapsText`. */
  readonly gaps: readonly string[];
  readonly notes: readonly Note[];
  /** True if there may be more than the answer has. */
  readonly isOpen: boolean;
}

export function scopeOf(page: AskedPage): Scope {
  const { rows, selected, view } = page;
  const { data } = rows;
  const wanted = new Set(view.filters.cluster);
  const isWanted = (value: string | null) => wanted.size === 0 || (value !== null && wanted.has(value));
  const clusters = data.clusters.filter((cluster) => isWanted(clusterValue(cluster)));
  const blind = clusters.filter(({ rbac }) => rbac === null || !at(data.tables.rbac, rbac).knowsBindings);
  const unread = data.tables.entries.filter(
    (entry) => entry.unread !== null && isWanted(entry.clusterArn ?? entry.cluster),
  );
  const places = new Set(unread.map((entry) => placeName(rows, entry)));
  const limits = limitTexts(data);
  const withoutMap = clusters.filter((one) => one.file === null && one.authenticationMode !== 'API');
  const withoutEntries = clusters.filter((one) => one.authenticationMode === null);
  const gapText = (text: string, those: readonly PageCluster[]) => {
    const where =
      those.length === clusters.length ? '' : ` in ${those.length} of ${clustersText(clusters.length)}`;
    return those.length === 0 ? [] : [`${text}${where}`];
  };
  const gaps = [
    ...gapText('what Kubernetes groups can do', blind),
    ...gapText('who has access through aws-auth', withoutMap),
    ...gapText('who has access through access entries', withoutEntries),
    ...(places.size === 0 ? [] : [`${listed([...places], 2)}, which couldn't be read`]),
  ];
  const isWhole = data.isExpanded || !data.tables.principals.some(({ type }) => type === 'GROUP');
  const notes: (Note | null)[] = [
    limits.length === 0
      ? null
      : { style: 'warn', text: `This page is limited. ${limits.join('. ')}. Others may be able to, too.` },
    isWhole ? null : { style: '', text: 'To see members of groups, make this page with --expand.' },
    selected.length === rows.count
      ? null
      : {
          style: '',
          text: `Among ${count(selected.length)} of ${count(rows.count)} rows, as the search and filters say.`,
          link: { text: 'Ask about all rows', href: page.hashOf({ search: '', filters: {} }) },
        },
    blind.length === 0
      ? null
      : {
          style: 'warn',
          text: `Roles and bindings weren't given for ${listedClusters(blind)}. To include them:`,
          help: addRbac(data.clusters.length > 1),
        },
  ];
  const isOpen = gaps.length + limits.length > 0 || rows.count === 0;
  return { clusters, gaps, notes: notes.filter((note) => note !== null), isOpen };
}

/** `Unknown: who has Ops in prod.` */
export function gapsText(gaps: readonly string[]): readonly string[] {
  return gaps.length === 0 ? [] : [`Unknown: ${gaps.join('; ')}.`];
}

export function listedClusters(clusters: readonly PageCluster[]): string {
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

/** Questions that many ask, in plain words, with explanations for readers who don't know Kubernetes. */
export const PRESETS: readonly { readonly label: string; readonly can: string; readonly hint: string }[] = [
  {
    label: 'Read secrets',
    can: 'get,list,watch secrets',
    hint: 'Secrets hold passwords, keys and certificates of applications. Lists have their contents, too.',
  },
  {
    label: 'Run commands in pods',
    can: 'create pods/exec',
    hint: 'Pods are running applications. With kubectl exec, a person runs commands inside of one and sees its data.',
  },
  {
    label: 'Change permissions',
    can: 'create,update,patch rolebindings; create,update,patch clusterrolebindings',
    hint: 'A binding grants a role to people or groups. Nobody can grant more than they have, unless they may also “bind” or “escalate” roles.',
  },
  {
    label: 'Create pods',
    can: 'create pods',
    hint: 'Starts applications. A new pod can use secrets and service accounts of its namespace.',
  },
  {
    label: 'Delete anything',
    can: 'delete *.*',
    hint: 'Deletes objects of every kind.',
  },
  {
    label: 'Do anything',
    can: '* *.*',
    hint: 'Every action on every kind of object: an administrator of the namespace or of the cluster.',
  },
];

/**
 * A question as the end of "who can …": `read secrets`, `get,list pods`
 * @param text as the reader typed it
 * @param asked its parts
 */
export function questionWords(text: string, asked: readonly string[]): string {
  const preset = PRESETS.find(({ can }) => can === text);
  return preset ? `${preset.label.charAt(0).toLowerCase()}${preset.label.slice(1)}` : questionText(asked);
}
