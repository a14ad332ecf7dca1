import type { CallerRights } from '../../../access/caller-rights.ts';
import { ACCESS_TEXTS } from '../../../access/labels.ts';
import { GET_RBAC } from '../../../rbac/model.ts';
import { element } from '../dom.ts';
import { personValue } from '../facets.ts';
import type { Page } from '../page.ts';
import { count } from '../texts.ts';
import { clusterText, kindText, nameOf, placeText, sentence, viaText } from './answer-words.ts';
import { type ComboboxOption, combobox } from './combobox.ts';
import { showLinked } from './linked-part.ts';
import { entriesOf, type PersonCluster, type PersonEntry, permissionsOf } from './person-permissions.ts';
import { rightsTable } from './rights-table.ts';
import { unreadRolesNote } from './unread-roles.ts';

/** The ID of the heading. */
export const PERSON_TITLE = 'person-rights-title';

/** Entries that are open at first; with more, all are closed. */
const MOST_OPEN = 3;

const RESOURCES =
  'Resources are kinds of things in a cluster: pods are running programs, deployments and the like start them, configmaps hold settings, secrets hold passwords and keys. Verbs are what is allowed with them.';

/** Lists the permissions of a person or group, as in `explain --rbac`, for each entry. */
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
  // A link to a person leads to their permissions, unless it is to a question, too.
  if (page.view.tab === 'rights' && page.view.who !== '' && page.view.can === '')
    setTimeout(() => showLinked(section));
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
  const number = entryCount(clusters);
  const hidden = entryCount(entriesOf(rows, allRows(page), view.who)) - number;
  const where = clusters.length === 1 ? '1 cluster' : `${count(clusters.length)} clusters`;
  const entries = number === 1 ? '1 way' : `${count(number)} ways`;
  const isPerson = /^(?:USER|GROUP)\//.test(view.who);
  return [
    element(
      'p',
      {},
      element('strong', { class: 'name' }, chosen.label),
      ` (${chosen.detail}): ${entries} into ${where}.`,
      number > 1 ? " A session uses one at a time, so their permissions don't add up." : null,
    ),
    clusters.length === 0 ? null : element('p', { class: 'hint' }, RESOURCES),
    isPerson ? unreadRolesNote(rows) : null,
    ...(hidden > 0 ? [hiddenNote(page, hidden)] : []),
    ...clusters.map((cluster) => clusterElement(page, cluster, number <= MOST_OPEN)),
  ].filter((node) => node !== null);
}

function entryCount(clusters: readonly PersonCluster[]): number {
  return clusters.reduce((sum, { entries }) => sum + entries.length, 0);
}

function allRows({ rows }: Page): Uint32Array {
  return Uint32Array.from({ length: rows.count }, (_, row) => row);
}

function hiddenNote(page: Page, hidden: number): HTMLElement {
  return element(
    'p',
    { class: 'muted' },
    `The search and filters hide ${hidden === 1 ? '1 more entry' : `${count(hidden)} more entries`}. `,
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

/** Permissions of an entry, computed when the reader opens it. */
function entryElement({ rows }: Page, { row, vias }: PersonEntry, isOpen: boolean): HTMLElement {
  const { access, note } = rows.grant(rows.index(row, 'grants'));
  const badge = entryBadge(rows, row);
  const via = viaText(vias);
  const content = element('div', { class: 'entry-content' });
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

function entryBadge(rows: Page['rows'], row: number): Node | null {
  const grant = rows.index(row, 'grants');
  const { access } = rows.grant(grant);
  const [route] = rows.routes(grant);
  if (access === 'none') return element('span', { class: 'badge' }, ACCESS_TEXTS.none);
  if (route)
    return element(
      'span',
      { class: 'badge danger' },
      route.risk === 'cluster-admin' ? 'cluster admin' : 'can become cluster admin',
    );
  return access === 'unknown' ? element('span', { class: 'badge warn' }, ACCESS_TEXTS.unknown) : null;
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
        ? [element('p', {}, 'No permissions.')]
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

/** The other notes of `explain` on the permissions. */
function noteNodes({ notes }: CallerRights): Node[] {
  return notes
    .filter(({ code }) => code !== 'rbac-risk')
    .map(({ message, help }) =>
      element(
        'div',
        { class: 'notice' },
        element('p', { class: 'name' }, sentence(message)),
        help === undefined ? null : element('p', { class: 'help name' }, help),
      ),
    );
}
