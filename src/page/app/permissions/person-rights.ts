import { parseArn } from '../../../arn.ts';
import type { CallerSource } from '../../../aws-auth/resolve-caller.ts';
import { type CallerRights, callerRights } from '../../../explain/caller-rights.ts';
import type { AllowedRow } from '../../../rbac/allowed-rows.ts';
import { withoutRbac } from '../../../rbac/authorizer.ts';
import { listed, quoted } from '../../../text.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { adminStateOf } from '../../../who/since/row-change.ts';
import { identityOf } from '../../../who/way.ts';
import { at, type PageRows, personValue } from '../../decode.ts';
import { PEOPLE_UNKNOWN, reasonValue } from '../../facets.ts';
import { wellFormed } from '../../selection.ts';
import { count, principalKind, sentence } from '../../texts.ts';
import type { AnswerPart, AnswerRow, ShownAnswer } from './answer-table.ts';
import {
  type AskedPage,
  clustersText,
  entryText,
  gapsText,
  type RowsOfWay,
  scopeOf,
  verbWords,
  waysOf,
} from './words.ts';

/** Lists what a person or group can do through each entry, as `explain --rbac` does. */
export function personCan(page: AskedPage): ShownAnswer {
  const { rows, selected, view } = page;
  const wanted = wellFormed(view.who);
  const all = rows.data.tables.principals.map((one) => wellFormed(personValue(one)) === wanted);
  const principal = rows.data.tables.principals[all.indexOf(true)];
  const who = principal ? (principal.name ?? principal.id) : view.who;
  const base = { who, question: `what can ${who} do?`, why: 'May' };
  if (!principal) return { ...base, text: "isn't on this page.", notes: [], groups: [] };
  const own = selected.filter((row) => all[rows.index(row, 'principals')] && !rows.isEarlier(row));
  const ways = waysOf(rows, Array.from(own));
  const scope = scopeOf(page);
  const kind = principalKind(principal);
  const isPerson = principal.type === 'USER' || principal.type === 'GROUP';
  const accessOf = ({ row }: RowsOfWay) => rows.grant(rows.index(row, 'grants')).access;
  const granted = ways.filter((way) => accessOf(way) === 'granted');
  const unknown = ways.filter((way) => accessOf(way) === 'unknown');
  const admin = granted.filter(({ row }) => stateOf(rows, row) === 'admin');
  const gaps = [
    ...(unknown.length > 0 ? [`access to ${clustersOf(unknown)}`] : []),
    ...(isPerson ? unreadRoles(rows) : []),
    ...scope.gaps,
  ];
  const isOpen = gaps.length > 0 || scope.isOpen || selected.length < rows.count;
  const nothing = isOpen ? "isn't known to have access." : 'has no access.';
  const texts = [
    granted.length === 0 ? nothing : `has access to ${clustersOf(granted)}.`,
    ...(admin.length > 0 ? [`Admin in ${clustersOf(admin)}.`] : []),
    ...(granted.length > 1
      ? [`${count(granted.length)} ways: a session uses one at a time, so their permissions don't add up.`]
      : []),
    ...gapsText(gaps),
  ];
  return {
    ...base,
    text: `(${kind}) ${texts.join(' ')}`,
    notes: scope.notes,
    groups: ways.length === 0 ? [] : [() => ways.map((way) => rowOf(rows, { who, kind, href: null }, way))],
  };
}

function clustersOf(ways: readonly RowsOfWay[]): string {
  return clustersText(new Set(ways.map(({ cluster }) => cluster)).size);
}

/** A way with the permissions that `explain` lists. */
function rowOf(
  rows: PageRows,
  head: Pick<AnswerRow, 'who' | 'kind' | 'href'>,
  { row, ...way }: RowsOfWay,
): AnswerRow {
  const { access, note } = rows.grant(rows.index(row, 'grants'));
  const why = permissionParts(permissionsOf(rows, row), access, note);
  return { ...head, state: stateOf(rows, row), ...way, why };
}

function stateOf(rows: PageRows, row: number): AnswerRow['state'] {
  const grant = rows.index(row, 'grants');
  const { access } = rows.grant(grant);
  const admin = adminStateOf(rows.routes(grant));
  if (access !== 'granted' || admin === 'no') return access;
  return admin === 'yes' ? 'admin' : 'route';
}

function permissionParts(rights: CallerRights | null, access: WhoRow['access'], note: string): AnswerPart[] {
  if (!rights) return [{ text: access === 'unknown' ? 'Unknown' : 'No access', more: note }];
  const { rows, notes, isMaster, areBindingsKnown } = rights;
  const isKnown = areBindingsKnown || isMaster;
  return [
    ...rows.map(allowedPart),
    ...(isKnown ? [] : [{ text: 'Unknown: what roles and bindings grant', more: '' }]),
    ...(isKnown && rows.length === 0 ? [{ text: 'No permissions', more: '' }] : []),
    ...notes.map(({ message, help = '' }) => ({ text: sentence(message), more: help })),
  ];
}

/** Resources that are listed at once. */
const MOST_RESOURCES = 10;

/** A row of the table of `explain`: `read: pods, secrets` `get, list in payments` */
function allowedPart({
  namespaces,
  resources,
  nonResourceURLs,
  resourceNames,
  verbs,
}: AllowedRow): AnswerPart {
  const targets = [...resources, ...nonResourceURLs];
  const words = verbWords(verbs);
  const names = resourceNames.length === 0 ? '' : `, only named ${listed(resourceNames.map(quoted))}`;
  const where = namespaces === null ? '' : ` in ${listed(namespaces)}`;
  return {
    text: `${words}${words === '' ? '' : ': '}${targets.slice(0, MOST_RESOURCES).join(', ')}`,
    more: `${verbs.join(', ')}${names}${where}`,
    rest: targets.slice(MOST_RESOURCES),
  };
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

/** Reasons of roles that anyone in Identity Center might have. */
const OPEN: readonly (string | null)[] = [PEOPLE_UNKNOWN, 'account-access'];

/** Says which other roles a person might have: those with access whose people aren't known. */
function unreadRoles(rows: PageRows): string[] {
  const isOpen = rows.data.tables.grants.map((_, grant) => OPEN.includes(reasonValue(rows, grant)));
  const entries = new Set<number>();
  for (let row = 0; row < rows.count; row += 1)
    if (isOpen[rows.index(row, 'grants')] && !rows.isEarlier(row)) entries.add(rows.index(row, 'entries'));
  const texts = [...new Set([...entries].map((entry) => entryText(rows, entry)))];
  return texts.length === 0 ? [] : [`who has ${listed(texts, 5)}`];
}
