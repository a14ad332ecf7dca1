import type { Column } from '../../../column.ts';
import { groupBy } from '../../../group-by.ts';
import { count } from '../../texts.ts';
import { element } from '../dom.ts';

/** The answer to a question: a sentence, what limits it, and the ways that it rests on. */
export interface ShownAnswer {
  /** `who can get secrets?` */
  readonly question: string;
  /** Leads, in bold: `9 people and 2 groups` */
  readonly who: string;
  /** The rest of the sentence, then what isn't known. */
  readonly text: string;
  readonly notes: readonly Note[];
  /** The header of the last column. */
  readonly why: string;
  /** The ways of each principal, made when they are shown: there may be thousands. */
  readonly groups: readonly (() => readonly AnswerRow[])[];
}

/** A remark on an answer, or a problem with a question. */
export interface Note {
  readonly style: '' | 'warn' | 'danger';
  readonly text: string;
  /** The next step; may have several lines. */
  readonly help?: string | undefined;
  readonly link?: { readonly text: string; readonly href: string };
}

/** A way in which a principal can do something. */
export interface AnswerRow {
  readonly who: string;
  readonly kind: string;
  /** Leads to what the principal can do; null for one that isn't known. */
  readonly href: string | null;
  readonly state: keyof typeof STATES;
  readonly cluster: string;
  /** `Admin in prod` */
  readonly entry: string;
  /** `through group Platform` */
  readonly via: string;
  readonly why: readonly AnswerPart[];
}

/** A reason, or a permission. */
export interface AnswerPart {
  readonly text: string;
  /** Explains it, in a lower voice. */
  readonly more: string;
  /** Items that the reader has to open. */
  readonly rest?: readonly string[];
}

/** The answers of rows, and the badges of those that a reader should not miss. */
const STATES = {
  yes: { text: 'yes', badge: null },
  no: { text: 'no', badge: null },
  unknown: { text: 'unknown', badge: 'warn' },
  names: { text: 'certain names only', badge: '' },
  returns: { text: 'through patch or delete', badge: '' },
  granted: { text: 'has access', badge: null },
  none: { text: 'no access', badge: '' },
  route: { text: 'can become admin', badge: 'danger' },
  admin: { text: 'admin', badge: 'admin' },
} as const;

/** Answers as a file has them: the ways of the table, with nothing left out. */
export const ANSWER_COLUMNS: readonly Column<{ readonly question: string; readonly row: AnswerRow }>[] = [
  { header: 'question', cell: ({ question }) => question },
  { header: 'person', cell: ({ row }) => row.who },
  { header: 'kind', cell: ({ row }) => row.kind },
  { header: 'answer', cell: ({ row }) => STATES[row.state].text },
  { header: 'cluster', cell: ({ row }) => row.cluster },
  { header: 'through', cell: ({ row }) => `${row.entry} ${row.via}`.trim() },
  {
    header: 'why',
    cell: ({ row }) => row.why.map(partText).join('; '),
  },
];

/** `ClusterRole/edit in payments (RoleBinding devs to Kubernetes group developers)` */
function partText({ text, more, rest = [] }: AnswerPart): string {
  const explained = text === '' || more === '' ? text + more : `${text} (${more})`;
  return [explained, ...rest].filter((one) => one !== '').join(', ');
}

/** Groups that are shown at first, and at each press of the button for more. */
const STEP = 50;

export function answerTable({ question, why, groups }: ShownAnswer): HTMLElement {
  const more = element('button', { type: 'button', class: 'screen-only', onclick: () => show() });
  const cut = element('p', { class: 'muted' });
  const headers = ['Person or group', 'Cluster', 'Through', why].map((text) =>
    element('th', { scope: 'col', role: 'columnheader' }, text),
  );
  // Narrow screens stack the cells. A table with another layout is none for screen readers, so the roles are stated.
  const table = element(
    'table',
    { class: 'answers', role: 'table' },
    element('caption', { class: 'hidden-text' }, question),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...headers)),
  );
  let shown = 0;
  function show(): void {
    table.append(...groups.slice(shown, shown + STEP).map((make) => groupElement(make(), why)));
    shown = Math.min(groups.length, shown + STEP);
    const rest = groups.length - shown;
    more.toggleAttribute('hidden', rest === 0);
    more.replaceChildren(`Show ${Math.min(rest, STEP)} more`);
    cut.replaceChildren(rest === 0 ? '' : `${count(shown)} of ${count(groups.length)} are shown.`);
  }
  show();
  return element('div', {}, table, cut, more);
}

/** The ways of a principal, those together that differ only in the entry. */
function groupElement(ways: readonly AnswerRow[], header: string): HTMLElement {
  const alike = [...groupBy(ways, ({ state, via, why }) => JSON.stringify([state, via, why])).values()];
  const isSame = new Set(ways.map(({ state }) => state)).size === 1;
  const cell = (label: string, ...nodes: readonly (Node | null)[]) =>
    element('td', { role: 'cell', 'data-label': label }, ...nodes);
  const rows = alike.map((same, index) => {
    const [way] = same;
    if (!way) return null;
    const { who, kind, href, state, via, why } = way;
    const head = element(
      'th',
      { scope: 'rowgroup', role: 'rowheader', rowspan: alike.length },
      href === null ? who : element('a', { class: 'name', href }, who),
      // A person needs no word for it.
      kind === 'user' ? null : element('span', { class: 'muted' }, ` ${kind}`),
      ' ',
      isSame ? badgeOf(state) : null,
    );
    return element(
      'tr',
      { role: 'row' },
      index === 0 ? head : null,
      cell('Cluster', listElement(new Set(same.map(({ cluster }) => cluster)), '')),
      cell(
        'Through',
        listElement(new Set(same.map(({ entry }) => entry)), via),
        isSame ? null : badgeOf(state),
      ),
      cell(header, ...why.map(partElement)),
    );
  });
  return element('tbody', { role: 'rowgroup' }, ...rows);
}

function badgeOf(state: AnswerRow['state']): Node | null {
  const { text, badge } = STATES[state];
  return badge === null ? null : element('span', { class: `badge ${badge}` }, text);
}

/** Names that are listed at once. */
const MOST_NAMES = 3;

function listElement(names: ReadonlySet<string>, more: string): HTMLElement {
  const all = [...names];
  return partElement({ text: all.slice(0, MOST_NAMES).join(', '), more, rest: all.slice(MOST_NAMES) });
}

function partElement({ text, more, rest = [] }: AnswerPart): HTMLElement {
  return element(
    'div',
    { class: 'name' },
    text,
    more === '' ? null : element('span', { class: 'muted' }, ` ${more}`),
    rest.length === 0
      ? null
      : element(
          'details',
          {},
          element('summary', {}, `and ${count(rest.length)} more`),
          element('span', {}, rest.join(', ')),
        ),
  );
}

export function noteElement({ style, text, help = '', link }: Note): HTMLElement {
  return element(
    'div',
    { class: `notice ${style} name` },
    element(
      'p',
      {},
      text,
      ' ',
      link ? element('a', { class: 'screen-only', href: link.href }, link.text) : null,
    ),
    ...help.split('\n').map((line) => (line === '' ? null : element('p', {}, line))),
  );
}
