import type { Column } from '../../../column.ts';
import { groupBy } from '../../../group-by.ts';
import { count } from '../../texts.ts';
import { element, stackedTable } from '../dom.ts';

/** The answer to a question: a sentence, what limits it, and the ways that it rests on. Pure data, also for a file. */
export interface Answer {
  /** The question in words: `who can get secrets?` */
  readonly question: string;
  /** Leads, in bold: `9 people and 2 groups` */
  readonly who: string;
  /** The rest of the sentence, then what isn't known. */
  readonly text: string;
  readonly notes: readonly Note[];
  /** What the last column says. */
  readonly header: string;
  /** The rows of each principal, made when they are shown: there may be thousands. */
  readonly groups: readonly (() => readonly AnswerRow[])[];
}

/** A remark on an answer. */
export interface Note {
  readonly style: '' | 'warn' | 'danger';
  readonly text: string;
  /** The next step; may have several lines. */
  readonly help?: string | undefined;
  readonly link?: { readonly text: string; readonly href: string };
}

/** A way in which a principal can do something, the same in several clusters. */
export interface AnswerRow {
  readonly who: string;
  readonly kind: string;
  /** Leads to what the principal can do; null for one that isn't known. */
  readonly href: string | null;
  readonly state: keyof typeof STATES;
  readonly clusters: readonly string[];
  readonly through: string;
  /** For those who look closer. */
  readonly title: string;
  readonly why: readonly Part[];
}

/** A reason, or a permission. */
export interface Part {
  readonly text: string;
  /** Explains it, in a lower voice. */
  readonly more: string;
  /** Items that the reader has to open. */
  readonly rest?: readonly string[];
}

/** Answers of rows, and badges for those that a reader should not miss. */
const STATES = {
  yes: { text: 'yes', badge: null },
  no: { text: 'no', badge: null },
  unknown: { text: 'not known', badge: 'warn' },
  names: { text: 'certain names only', badge: '' },
  returns: { text: 'through patch or delete', badge: '' },
  granted: { text: 'has access', badge: null },
  none: { text: 'no access', badge: '' },
  route: { text: 'can become admin', badge: 'danger' },
  admin: { text: 'admin', badge: 'admin' },
} as const;

/** One row for all that differ only in the cluster. */
export function withoutRepetition(rows: readonly AnswerRow[]): readonly AnswerRow[] {
  const alike = groupBy(rows, ({ clusters: _, title: __, ...row }) => JSON.stringify(row));
  return [...alike.values()].flatMap((same) => {
    const clusters = [...new Set(same.flatMap((row) => row.clusters))];
    return same.slice(0, 1).map((row) => ({ ...row, clusters }));
  });
}

/** Groups that are shown at first, and at each press of the button for more. */
const STEP = 50;

export function answerTable({ question, header, groups }: Answer, hasClusters: boolean): HTMLElement {
  const more = element('button', { type: 'button', class: 'screen-only', onclick: () => show() });
  const cut = element('p', { class: 'muted' });
  const headers = ['Person or group', ...(hasClusters ? ['Cluster'] : []), 'Through', header];
  const table = stackedTable('answers', question, headers);
  let shown = 0;
  function show(): void {
    table.append(...groups.slice(shown, shown + STEP).map((make) => groupElement(make(), headers)));
    shown = Math.min(groups.length, shown + STEP);
    const rest = groups.length - shown;
    more.toggleAttribute('hidden', rest === 0);
    more.replaceChildren(`Show ${Math.min(rest, STEP)} more`);
    cut.replaceChildren(rest === 0 ? '' : `${count(shown)} of ${count(groups.length)} are shown.`);
  }
  show();
  return element('div', {}, table, cut, more);
}

/** The rows of a principal. Roles keep a table of what small screens show as blocks. */
function groupElement(rows: readonly AnswerRow[], headers: readonly string[]): HTMLElement {
  const states = new Set(rows.map(({ state }) => state));
  const badgeOf = (state: AnswerRow['state']) => {
    const { text, badge } = STATES[state];
    return badge === null ? null : element('span', { class: `badge ${badge}` }, text);
  };
  const trs = rows.map(({ who, kind, href, state, clusters, through, title, why }, index) => {
    const head = element(
      'th',
      { scope: 'rowgroup', role: 'rowheader', rowspan: rows.length },
      element('div', { class: 'name' }, href === null ? who : element('a', { href }, who)),
      // A person needs no word for it.
      kind === 'user' || kind === '' ? null : element('span', { class: 'muted' }, `${kind} `),
      states.size === 1 ? badgeOf(state) : null,
    );
    const cells = [
      ...(headers.length > 3 ? [[listElement(clusters, MOST_CLUSTERS)]] : []),
      [element('div', { class: 'name', title }, through), states.size === 1 ? null : badgeOf(state)],
      why.map(partElement),
    ];
    return element(
      'tr',
      { role: 'row' },
      index === 0 ? head : null,
      ...cells.map((nodes, column) =>
        element('td', { role: 'cell', 'data-label': headers[column + 1] ?? '' }, ...nodes),
      ),
    );
  });
  return element('tbody', { role: 'rowgroup' }, ...trs);
}

/** Clusters that are listed at once. */
const MOST_CLUSTERS = 3;
/** Items of a list in a cell that are listed at once. */
export const MOST_ITEMS = 10;

function partElement({ text, more, rest = [] }: Part): HTMLElement {
  return element(
    'div',
    { class: 'name' },
    text,
    more === '' ? null : element('span', { class: 'muted' }, ` ${more}`),
    rest.length === 0 ? null : restElement(rest),
  );
}

function listElement(items: readonly string[], most: number): HTMLElement {
  const rest = items.slice(most);
  const first = items.slice(0, most).join(', ');
  return element('div', { class: 'name' }, first, rest.length === 0 ? null : restElement(rest));
}

function restElement(rest: readonly string[]): HTMLElement {
  return element('details', {}, element('summary', {}, `and ${count(rest.length)} more`), rest.join(', '));
}

/** A remark on an answer, or a problem with a question, and the next step. */
export function noteElement({ style, text, help = '', link }: Note): HTMLElement {
  return element(
    'div',
    { class: `notice ${style}` },
    element(
      'p',
      { class: 'name' },
      text,
      ' ',
      link ? element('a', { class: 'screen-only', href: link.href }, link.text) : null,
    ),
    ...help.split('\n').map((line) => (line === '' ? null : element('p', { class: 'name' }, line))),
  );
}

/** Answers as a file: the same as the table, with nothing left out. */
export const ANSWER_COLUMNS: readonly Column<{ readonly answer: Answer; readonly row: AnswerRow }>[] = [
  { header: 'question', cell: ({ answer }) => answer.question },
  { header: 'person', cell: ({ row }) => row.who },
  { header: 'kind', cell: ({ row }) => row.kind },
  { header: 'answer', cell: ({ row }) => STATES[row.state].text },
  { header: 'cluster', cell: ({ row }) => row.clusters.join('; ') },
  { header: 'through', cell: ({ row }) => row.through },
  {
    header: 'why',
    cell: ({ row }) =>
      row.why.map(({ text, more, rest = [] }) => [`${text} ${more}`.trim(), ...rest].join(', ')).join('; '),
  },
];
