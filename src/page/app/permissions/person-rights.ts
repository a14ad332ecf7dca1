import { parseArn } from '../../../arn.ts';
import type { CallerSource } from '../../../aws-auth/resolve-caller.ts';
import { type CallerRights, callerRights } from '../../../explain/caller-rights.ts';
import { groupBy } from '../../../group-by.ts';
import type { AllowedRow } from '../../../rbac/allowed-rows.ts';
import { withoutRbac } from '../../../rbac/authorizer.ts';
import { listed, quoted } from '../../../text.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { identityOf } from '../../../who/way.ts';
import { at, type PageRows, personValue } from '../../decode.ts';
import { PEOPLE_UNKNOWN, reasonValue } from '../../facets.ts';
import { count, limitTexts, sentence } from '../../texts.ts';
import { WHOLE_VIEW } from '../../view.ts';
import type { PageState } from '../page.ts';
import {
  type Answer,
  type AnswerRow,
  MOST_ITEMS,
  type Note,
  type Part,
  withoutRepetition,
} from './answer-table.ts';
import {
  blindNotes,
  clusterName,
  clustersText,
  entryText,
  gapTexts,
  placeOf,
  principalKind,
  type Scope,
  scopeOf,
  verbWords,
} from './words.ts';

type Asked = Pick<PageState, 'rows' | 'selected' | 'selector' | 'view' | 'hashOf'>;

/** What a person or group can do through each entry, as `explain --rbac` lists it. */
export function personCan(page: Asked): Answer {
  const { rows, selected, selector, view } = page;
  const principal = rows.data.tables.principals.find((one) => personValue(one) === view.who);
  const entries = entriesOf(rows, selected, view.who);
  const hidden = entriesOf(rows, selector.select(WHOLE_VIEW), view.who).length - entries.length;
  const who = principal ? (principal.name ?? principal.id) : view.who;
  const kind = principal ? principalKind(principal) : '';
  const scope = scopeOf(rows, view);
  const notes = principal ? notesOf(page, scope, hidden) : [];
  const isOpen = notes.length + scope.unread.length + limitTexts(rows.data).length > 0;
  return {
    who,
    text: principal
      ? [`(${kind})`, ...leadTexts(rows, entries, isOpen), ...gapTexts(scope)].join(' ')
      : "isn't on this page.",
    question: `what can ${who} do?`,
    notes,
    header: 'May',
    groups: entries.length === 0 ? [] : [() => rowsOf(rows, { who, kind, href: null }, entries)],
  };
}

/**
 * `has access to 3 clusters. Admin in 1 cluster.`
 * @param isOpen true if there may be access that isn't known
 */
function leadTexts(rows: PageRows, entries: readonly PersonEntry[], isOpen: boolean): string[] {
  const byAccess = groupBy(entries, ({ row }) => rows.grant(rows.index(row, 'grants')).access);
  const granted = byAccess.get('granted') ?? [];
  const unknown = byAccess.get('unknown') ?? [];
  const clusters = (own: readonly PersonEntry[]) =>
    clustersText(new Set(own.map(({ row }) => clusterName(rows, rows.index(row, 'entries')))).size);
  const admin = granted.filter(({ row }) => isAdmin(rows, row));
  const none = isOpen || unknown.length > 0 ? "isn't known to have access" : 'has no access';
  return [
    granted.length === 0 ? `${none}.` : `has access to ${clusters(granted)}.`,
    ...(admin.length > 0 ? [`Admin in ${clusters(admin)}.`] : []),
    ...(unknown.length > 0 ? [`Not known for ${clusters(unknown)}.`] : []),
    ...(granted.length > 1
      ? [`${count(granted.length)} ways: a session uses one at a time, so their permissions don't add up.`]
      : []),
  ];
}

function isAdmin(rows: PageRows, row: number): boolean {
  return rows.routes(rows.index(row, 'grants')).some(({ risk }) => risk === 'cluster-admin');
}

function notesOf(page: Asked, scope: Scope, hidden: number): Note[] {
  const { rows, view } = page;
  const isPerson = /^(?:USER|GROUP)\//.test(view.who);
  const more = hidden === 1 ? '1 more entry' : `${count(hidden)} more entries`;
  return [
    ...(hidden > 0
      ? [
          {
            style: '' as const,
            text: `The search and filters hide ${more}.`,
            link: { text: 'Show all', href: page.hashOf({ search: '', filters: {} }) },
          },
        ]
      : []),
    ...blindNotes(scope, rows.data.clusters.length > 1),
    ...(isPerson ? unreadRoles(rows) : []),
  ];
}

/** The ways of the person, each with the permissions that `explain` lists. */
function rowsOf(
  rows: PageRows,
  common: Pick<AnswerRow, 'who' | 'kind' | 'href'>,
  entries: readonly PersonEntry[],
): readonly AnswerRow[] {
  const ways = entries.map(({ row, vias }): AnswerRow => {
    const { access, note } = rows.grant(rows.index(row, 'grants'));
    const place = placeOf(rows, rows.index(row, 'entries'), vias);
    const why = permissionParts(permissionsOf(rows, row), access, note);
    return { ...common, state: stateOf(rows, row), ...place, why };
  });
  return withoutRepetition(ways);
}

function stateOf(rows: PageRows, row: number): AnswerRow['state'] {
  const grant = rows.index(row, 'grants');
  const { access } = rows.grant(grant);
  if (access !== 'granted' || rows.routes(grant).length === 0) return access;
  return isAdmin(rows, row) ? 'admin' : 'route';
}

function permissionParts(rights: CallerRights | null, access: WhoRow['access'], note: string): Part[] {
  if (!rights) return [{ text: access === 'unknown' ? 'Not known' : 'No access', more: note }];
  const { rows, notes, isMaster, areBindingsKnown } = rights;
  const nothing = areBindingsKnown ? 'No permissions' : "Not known: roles and bindings weren't given";
  return [
    ...(rows.length === 0 ? [{ text: nothing, more: '' }] : rows.map(allowedPart)),
    ...notes
      .filter(({ code }) => code !== 'rbac-risk' || !isMaster)
      .map(({ message, help = '' }) => ({ text: sentence(message), more: help })),
  ];
}

/** A row of the table of `explain`: `read: pods, secrets` `get, list in payments` */
function allowedPart({ namespaces, resources, nonResourceURLs, resourceNames, verbs }: AllowedRow): Part {
  const targets = [...resources, ...nonResourceURLs];
  const words = verbWords(verbs);
  const names = resourceNames.length === 0 ? '' : `, only named ${listed(resourceNames.map(quoted))}`;
  const where = namespaces === null ? '' : ` in ${listed(namespaces)}`;
  return {
    text: `${words}${words === '' ? '' : ': '}${targets.slice(0, MOST_ITEMS).join(', ')}`,
    more: `${verbs.join(', ')}${names}${where}`,
    rest: targets.slice(MOST_ITEMS),
  };
}

/** An entry through which a principal may have access; a session has the permissions of one entry only. */
interface PersonEntry {
  /** One of the rows, which differ only in the group. */
  readonly row: number;
  /** The groups through which it is assigned; null: directly. */
  readonly vias: readonly (string | null)[];
}

/**
 * The entries of a person or group.
 * @param selected the rows to look at
 * @param value of the facet `person`
 */
function entriesOf(rows: PageRows, selected: Uint32Array, value: string): readonly PersonEntry[] {
  const principals = new Set(
    rows.data.tables.principals.flatMap((one, index) => (personValue(one) === value ? index : [])),
  );
  const own = Array.from(
    selected.filter((row) => principals.has(rows.index(row, 'principals')) && !rows.isEarlier(row)),
  );
  const same = groupBy(own, (row) => `${rows.index(row, 'entries')} ${rows.index(row, 'grants')}`);
  return [...same.values()].flatMap((all): PersonEntry[] => {
    const [row] = all;
    const vias = [...new Set(all.map((one) => rows.via(rows.index(one, 'vias'))))];
    return row === undefined ? [] : [{ row, vias }];
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
function unreadRoles(rows: PageRows): Note[] {
  const isOpen = rows.data.tables.grants.map((_, grant) => OPEN.includes(reasonValue(rows, grant)));
  const entries = new Set<number>();
  for (let row = 0; row < rows.count; row += 1)
    if (isOpen[rows.index(row, 'grants')] && !rows.isEarlier(row)) entries.add(rows.index(row, 'entries'));
  const places = [...new Set([...entries].map((entry) => entryText(rows, entry)))];
  if (places.length === 0) return [];
  const text = `Who has these roles wasn't read, so they might have them, too: ${listed(places, MOST_NAMED)}.`;
  return [{ style: 'warn', text }];
}
