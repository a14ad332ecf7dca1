import { parseArn } from '../../../arn.ts';
import type { CallerSource } from '../../../aws-auth/resolve-caller.ts';
import { type CallerRights, callerRights } from '../../../explain/caller-rights.ts';
import { groupBy } from '../../../group-by.ts';
import { withoutRbac } from '../../../rbac/authorizer.ts';
import { listed } from '../../../text.ts';
import { ACCESS_TEXTS } from '../../../who/row-texts.ts';
import { identityOf } from '../../../who/way.ts';
import { at, type PageRows, personValue } from '../../decode.ts';
import { PEOPLE_UNKNOWN, reasonValue } from '../../facets.ts';
import { count, sentence } from '../../texts.ts';
import { WHOLE_VIEW } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { showLinked } from '../rows-link.ts';
import { Combobox, type ComboboxOption } from './combobox.ts';
import { rightsTable } from './rights-table.ts';
import {
  clusterName,
  PERSON_TITLE,
  placeText,
  principalKind,
  unknownBindingsNotice,
  viaText,
} from './words.ts';

/** Entries that are open at first; with more, all are closed. */
const MOST_OPEN = 3;

const RESOURCES =
  'Resources are kinds of things in a cluster: pods are running programs, deployments and the like start them, configmaps hold settings, secrets hold passwords and keys. Verbs are what is allowed with them.';

/** Lists the permissions of a person or group, as in `explain --rbac`, for each entry. */
export function personRightsView(page: PageState): HTMLElement {
  const options = people(page);
  const result = element('div', { class: 'person-result' });
  const chooser = new Combobox({
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
function people({ rows }: PageState): readonly ComboboxOption[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const all = new Map(rows.data.tables.principals.map((one) => [personValue(one), one]));
  return [...all]
    .map(([value, one]) => ({ value, label: one.name ?? one.id, detail: principalKind(one) }))
    .sort((one, other) => compare(one.label, other.label));
}

function personNodes(page: PageState, options: readonly ComboboxOption[]): Node[] {
  const { rows, selected, view } = page;
  const chosen = options.find(({ value }) => value === view.who);
  if (!chosen) return [element('p', { role: 'status' }, `This page has no ${view.who}.`)];
  const clusters = entriesOf(rows, selected, view.who);
  const number = entryCount(clusters);
  const hidden = entryCount(entriesOf(rows, page.selector.select(WHOLE_VIEW), view.who)) - number;
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

function hiddenNote(page: PageState, hidden: number): HTMLElement {
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

function clusterElement(page: PageState, { entries }: PersonCluster, isOpen: boolean): HTMLElement {
  const [first] = entries;
  const name = first ? clusterName(page.rows, page.rows.index(first.row, 'entries')) : '';
  return element(
    'section',
    { class: 'person-cluster' },
    element('h3', {}, 'Cluster ', element('span', { class: 'name' }, name)),
    ...entries.map((entry) => entryElement(page, entry, isOpen)),
  );
}

/** Permissions of an entry, computed when the reader opens it. */
function entryElement({ rows }: PageState, { row, vias }: PersonEntry, isOpen: boolean): HTMLElement {
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

function entryBadge(rows: PageState['rows'], row: number): Node | null {
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
    ...(rights.areBindingsKnown || rights.isMaster
      ? []
      : [
          unknownBindingsNotice(
            "This page doesn't know the cluster's roles and bindings, so what the Kubernetes groups of this entry can do is unknown.",
          ),
        ]),
    ...(rights.rows.length === 0
      ? rights.areBindingsKnown
        ? [element('p', {}, 'No permissions.')]
        : []
      : [rightsTable(rights.rows)]),
    ...noteNodes(rights),
  ];
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

/** An entry through which a principal may have access; a session has the permissions of one entry only. */
interface PersonEntry {
  /** One of the rows, which differ only in the group. */
  readonly row: number;
  /** The groups through which it is assigned; null: directly. */
  readonly vias: readonly (string | null)[];
}

/** The entries of a principal in a cluster. */
interface PersonCluster {
  /** Index in `PageData.clusters`; null if the cluster couldn't be read. */
  readonly cluster: number | null;
  readonly entries: readonly PersonEntry[];
}

/**
 * The entries of a person or group, by cluster.
 * @param selected the rows to look at
 * @param value of the facet `person`
 */
function entriesOf(rows: PageRows, selected: Uint32Array, value: string): readonly PersonCluster[] {
  const principals = new Set(
    rows.data.tables.principals.flatMap((one, index) => (personValue(one) === value ? index : [])),
  );
  const own = Array.from(
    selected.filter((row) => principals.has(rows.index(row, 'principals')) && !rows.isEarlier(row)),
  );
  const clusterOf = (row: number) => rows.entry(rows.index(row, 'entries')).clusterIndex;
  return [...groupBy(own, clusterOf)].map(([cluster, those]) => {
    const same = groupBy(those, (row) => `${rows.index(row, 'entries')} ${rows.index(row, 'grants')}`);
    return {
      cluster,
      entries: [...same.values()].flatMap((all): PersonEntry[] => {
        const [row] = all;
        const vias = [...new Set(all.map((one) => rows.via(rows.index(one, 'vias'))))];
        return row === undefined ? [] : [{ row, vias }];
      }),
    };
  });
}

/**
 * The permissions of a row's principal, as in `explain --rbac`; null if it has no access, or the cluster couldn't be
 * read.
 */
export function permissionsOf(rows: PageRows, row: number): CallerRights | null {
  const way = rows.way(row);
  const { clusterIndex } = rows.entry(rows.index(row, 'entries'));
  if (way === null || way.status === 'none' || clusterIndex === null) return null;
  const identity = identityOf(way);
  if (!identity) return null;
  const { rbac } = at(rows.data.clusters, clusterIndex);
  const authorizer = rbac === null ? withoutRbac() : rows.authorizer(rbac);
  // Where the entry is decides what would have to change.
  const { source, id } = way.entry;
  const arn = parseArn(id);
  const map: CallerSource =
    arn === undefined ? 'mapAccounts' : arn.resource.startsWith('user/') ? 'mapUsers' : 'mapRoles';
  return callerRights(identity, source === 'aws-auth' ? map : 'accessEntries', authorizer);
}

/** Roles that are named. */
const MOST_NAMED = 5;

/** Reasons of roles that anyone in Identity Center might have. */
const OPEN: readonly (string | null)[] = [PEOPLE_UNKNOWN, 'account-access'];

/** Says which other roles a person might have: those with access whose people aren't known. */
function unreadRolesNote(rows: PageRows): HTMLElement | null {
  const isOpen = rows.data.tables.grants.map((_, grant) => OPEN.includes(reasonValue(rows, grant)));
  const entries = new Set<number>();
  for (let row = 0; row < rows.count; row += 1)
    if (isOpen[rows.index(row, 'grants')] && !rows.isEarlier(row)) entries.add(rows.index(row, 'entries'));
  const places = [...new Set([...entries].map((entry) => placeText(rows, entry)))];
  if (places.length === 0) return null;
  return element(
    'p',
    { class: 'notice warn' },
    "Who has these roles wasn't read, so they might have them, too: ",
    element('span', { class: 'name' }, `${listed(places, MOST_NAMED)}.`),
  );
}
