import type { CallerRights } from '../../access/caller-rights.ts';
import type { AllowedRow } from '../../rbac/allowed-rows.ts';
import { GET_RBAC } from '../../rbac/model.ts';
import { clusterText, kindText, nameOf, placeText, viaText } from './answer-words.ts';
import { type ComboboxOption, combobox } from './combobox.ts';
import { element } from './dom.ts';
import { personValue } from './facets.ts';
import type { Page } from './page.ts';
import { sensitiveTexts, verbWords } from './permission-words.ts';
import { entriesOf, type PersonCluster, type PersonEntry, permissionsOf } from './person-permissions.ts';

/** The ID of the heading. */
export const PERSON_TITLE = 'person-rights-title';

/** Entries that are open at first; with more, all are closed. */
const MOST_OPEN = 3;

/** What a person or group can do, as `explain --rbac` says it for each entry. */
export function personRightsView(page: Page): HTMLElement {
  const options = people(page);
  const result = element('div', { class: 'person-result' });
  const chooser = combobox({
    id: 'who',
    label: 'Person or group',
    placeholder: 'Type a name',
    options: () => options,
    onChoose: ({ value }) => page.change({ who: value }),
    onText: (text) => {
      if (text.trim() === '') page.change({ who: '' });
    },
  });
  let shown = '';
  let shownRows: Uint32Array | undefined;
  const section = element(
    'section',
    { class: 'person-rights', 'aria-labelledby': PERSON_TITLE },
    element('h2', { id: PERSON_TITLE, tabindex: -1 }, 'What can this person do?'),
    element('div', { class: 'person-form screen-only' }, chooser.element),
    result,
  );
  page.follow(({ view, selected }) => {
    if (view.tab !== 'rights' || (view.who === shown && selected === shownRows)) return;
    if (view.who !== shown || shownRows === undefined)
      chooser.input.value = options.find(({ value }) => value === view.who)?.label ?? view.who;
    [shown, shownRows] = [view.who, selected];
    section.classList.toggle('unused', view.who === '');
    result.replaceChildren(...(view.who === '' ? [] : personNodes(page, options)));
  });
  return section;
}

/** Everyone in the page by name, each once. */
function people({ rows }: Page): readonly ComboboxOption[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const all = new Map(rows.data.tables.principals.map((one) => [personValue(one), one]));
  return [...all]
    .map(([value, one]) => ({ value, label: nameOf(one), detail: kindText(one) }))
    .sort((one, other) => compare(one.label, other.label));
}

function personNodes(page: Page, options: readonly ComboboxOption[]): Node[] {
  const { rows, selected, view } = page;
  const chosen = options.find(({ value }) => value === view.who);
  if (!chosen) return [element('p', { role: 'status' }, `This page has no ${view.who}.`)];
  const clusters = entriesOf(rows, selected, view.who);
  const count = clusters.reduce((sum, { entries }) => sum + entries.length, 0);
  const hidden =
    entriesOf(rows, allRows(page), view.who).reduce((sum, { entries }) => sum + entries.length, 0) - count;
  return [
    element(
      'p',
      { class: 'person-title' },
      element('strong', { class: 'name' }, chosen.label),
      ` (${chosen.detail}): ${count === 1 ? '1 entry' : `${count.toLocaleString('en')} entries`} in ${clusters.length === 1 ? '1 cluster' : `${clusters.length} clusters`}.`,
    ),
    ...(count > 1
      ? [
          element(
            'p',
            { class: 'muted' },
            "A session uses one entry at a time, so their permissions don't add up.",
          ),
        ]
      : []),
    ...(hidden > 0 ? [hiddenNote(page, hidden)] : []),
    ...clusters.map((cluster) => clusterElement(page, cluster, count <= MOST_OPEN)),
  ];
}

function allRows({ rows }: Page): Uint32Array {
  return Uint32Array.from({ length: rows.count }, (_, row) => row);
}

function hiddenNote(page: Page, hidden: number): HTMLElement {
  return element(
    'p',
    { class: 'muted' },
    `The search and filters hide ${hidden === 1 ? '1 more entry' : `${hidden.toLocaleString('en')} more entries`}. `,
    element(
      'button',
      { type: 'button', class: 'link', onclick: () => page.change({ search: '', filters: {} }) },
      'Show all',
    ),
  );
}

function clusterElement(page: Page, { entries }: PersonCluster, isOpen: boolean): HTMLElement {
  const [first] = entries;
  const name = first ? clusterText(page.rows, page.rows.index(first.row, 'entries')) : '';
  return element(
    'section',
    { class: 'person-cluster' },
    element('h3', {}, 'Cluster ', element('span', { class: 'name' }, name)),
    ...entries.map((entry) => entryElement(page, entry, isOpen)),
  );
}

/** What an entry allows is computed when the reader opens it. */
function entryElement({ rows }: Page, { row, vias }: PersonEntry, isOpen: boolean): HTMLElement {
  const grant = rows.index(row, 'grants');
  const { access, note } = rows.grant(grant);
  const via = viaText(vias);
  const content = element('div', { class: 'entry-content' });
  const badge =
    access === 'none'
      ? element('span', { class: 'badge' }, 'no access')
      : rows.routes(grant).length > 0
        ? element(
            'span',
            { class: 'badge danger' },
            rows.routes(grant)[0]?.risk === 'cluster-admin' ? 'cluster admin' : 'route to admin',
          )
        : access === 'unknown'
          ? element('span', { class: 'badge warn' }, 'unknown')
          : null;
  const details = element(
    'details',
    {
      class: 'entry',
      open: isOpen,
      ontoggle: () => fill(),
    },
    element(
      'summary',
      {},
      element('span', { class: 'name' }, placeText(rows, rows.index(row, 'entries'))),
      via === '' ? null : element('span', { class: 'muted name' }, ` ${via}`),
      badge ? ' ' : null,
      badge,
    ),
    content,
  );
  function fill(): void {
    if (!details.open || content.hasChildNodes()) return;
    content.replaceChildren(...entryNodes(permissionsOf(rows, row), note, access));
  }
  fill();
  return details;
}

function entryNodes(rights: CallerRights | null, note: string, access: string): Node[] {
  if (!rights)
    return [
      element(
        'p',
        {},
        access === 'unknown' ? `Unknown: ${note}.` : `No access${note === '' ? '' : `: ${note}`}.`,
      ),
    ];
  return [
    ...riskNodes(rights),
    ...(rights.areBindingsKnown || rights.isMaster ? [] : [blindNote()]),
    ...(rights.rows.length === 0
      ? rights.areBindingsKnown
        ? [element('p', {}, 'No permissions: no binding names the user or the groups of this entry.')]
        : []
      : [rightsTable(rights.rows)]),
    ...noteNodes(rights),
  ];
}

function blindNote(): HTMLElement {
  const what = "This page doesn't know the cluster's roles and bindings, so what the Kubernetes groups";
  return unknownBindingsNotice(`${what} of this entry can do is unknown.`);
}

/** Says what is unknown without the cluster's bindings, and how to make a page that has them. */
export function unknownBindingsNotice(text: string): HTMLElement {
  return element(
    'div',
    { class: 'notice warn' },
    element('p', {}, text),
    element('p', {}, 'To include them, save the output of this command, and make the page with --rbac FILE:'),
    element('code', {}, GET_RBAC),
  );
}

function riskNodes({ isMaster, risks, notes }: CallerRights): Node[] {
  const texts = notes.filter(({ code }) => code === 'rbac-risk').map(({ message }) => message);
  if (risks.length === 0) return [];
  const isAdmin = risks.includes('cluster-admin');
  return [
    element(
      'div',
      { class: 'notice danger' },
      element(
        'strong',
        {},
        isAdmin ? 'Cluster admin: may do everything in this cluster' : 'Can become cluster admin',
      ),
      isMaster ? null : element('ul', {}, ...texts.map((text) => element('li', { class: 'name' }, text))),
    ),
  ];
}

/** What else `explain` says about the permissions. */
function noteNodes({ notes }: CallerRights): Node[] {
  return notes
    .filter(({ code }) => code !== 'rbac-risk')
    .map(({ message, help }) =>
      element(
        'div',
        { class: 'notice' },
        element('p', { class: 'name' }, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`),
        help === undefined ? null : element('p', { class: 'help name' }, help),
      ),
    );
}

const HEADERS = ['Namespace', 'Resources', 'Non-resource URLs', 'Resource names', 'Verbs'] as const;

/** The columns of `explain`, without those that would be empty. */
function rightsTable(rows: readonly AllowedRow[]): HTMLElement {
  const isEmpty: Partial<Record<(typeof HEADERS)[number], boolean>> = {
    'Non-resource URLs': rows.every(({ nonResourceURLs }) => nonResourceURLs.length === 0),
    'Resource names': rows.every(({ resourceNames }) => resourceNames.length === 0),
  };
  const shown = HEADERS.filter((header) => !isEmpty[header]);
  return element(
    'table',
    { class: 'rights stacked', role: 'table' },
    element('caption', { class: 'hidden-text' }, 'Permissions by namespace'),
    element(
      'thead',
      { role: 'rowgroup' },
      element(
        'tr',
        { role: 'row' },
        ...shown.map((header) => element('th', { scope: 'col', role: 'columnheader' }, header)),
      ),
    ),
    element('tbody', { role: 'rowgroup' }, ...rows.map((row) => rightsRow(row, shown))),
  );
}

function rightsRow(row: AllowedRow, shown: readonly (typeof HEADERS)[number][]): HTMLElement {
  const { namespaces, resources, nonResourceURLs, resourceNames, verbs } = row;
  const cells = {
    Namespace: () => [namespaces === null ? element('span', {}, 'all') : listElement(namespaces)],
    Resources: () => [
      listElement(resources),
      ...sensitiveTexts(row).map((text) => element('span', { class: 'badge warn' }, text)),
    ],
    'Non-resource URLs': () => [listElement(nonResourceURLs)],
    'Resource names': () => [listElement(resourceNames.map((name) => (name === '' ? '""' : name)))],
    Verbs: () => [
      element('span', { class: 'name' }, verbs.join(', ')),
      element('p', { class: 'muted' }, verbWords(verbs)),
    ],
  };
  return element(
    'tr',
    { role: 'row' },
    ...shown.map((header) => element('td', { role: 'cell', 'data-label': header }, ...cells[header]())),
  );
}

/** Items of a cell that are shown at once. */
const MOST_ITEMS = 10;

function listElement(items: readonly string[]): HTMLElement {
  const rest = items.slice(MOST_ITEMS);
  const first = element('span', { class: 'name' }, items.slice(0, MOST_ITEMS).join(', '));
  if (rest.length === 0) return first;
  return element(
    'div',
    {},
    first,
    element(
      'details',
      { class: 'rest' },
      element('summary', {}, `and ${rest.length} more`),
      element('span', { class: 'name' }, rest.join(', ')),
    ),
  );
}
