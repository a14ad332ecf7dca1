import { dateElement } from '../dates.ts';
import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { rowsLink } from '../rows-link.ts';
import type { Count } from './counts.ts';
import { kindText, kindWord, numberText, PRINCIPAL_TYPES } from './meanings.ts';
import type { Summary, Total } from './totals.ts';

/** The numbers on top, as links to their rows. */
export function cards(page: Page, { totals }: Summary): HTMLElement {
  const { entries, awsAuth, accessEntries, admins, unknownAdmins, routes } = totals;
  return element(
    'ul',
    { class: 'cards', 'aria-label': 'Numbers' },
    ...whoCards(page, totals),
    card(page, entries, entries.number === 1 ? 'entry' : 'entries', [
      numberLink(page, awsAuth, `${numberText(awsAuth.number)} in aws-auth`),
      numberLink(
        page,
        accessEntries,
        `${numberText(accessEntries.number)} access ${accessEntries.number === 1 ? 'entry' : 'entries'}`,
      ),
    ]),
    card(
      page,
      admins,
      admins.number === 1 ? 'cluster admin' : 'cluster admins',
      [
        breakdown(page, admins),
        ...(unknownAdmins.number > 0
          ? [numberLink(page, unknownAdmins, `${numberText(unknownAdmins.number)} more if they have access`)]
          : []),
      ],
      admins.number + unknownAdmins.number > 0 ? 'danger' : 'plain',
    ),
    card(
      page,
      routes,
      'could become cluster admin',
      [breakdown(page, routes)],
      routes.number > 0 ? 'danger' : 'plain',
    ),
  );
}

/** People, and the groups through which they have access; without members, the number of people says little. */
function whoCards(page: Page, { users, groups, others, nodes }: Summary['totals']): HTMLElement[] {
  const { asked, isExpanded } = page.rows.data;
  const who = asked !== null ? 'who can' : 'with access';
  const people = kindWord('USER', users.number);
  const groupWord = kindWord('GROUP', groups.number);
  const nodesApart = nodes.number > 0 ? [element('span', {}, 'nodes apart: ', breakdown(page, nodes))] : [];
  return [
    card(page, users, isExpanded ? `${people} ${who}` : `${people} ${who} directly`, [
      ...(isExpanded && groups.number > 0
        ? [numberLink(page, groups, `${numberText(groups.number)} ${groupWord}`)]
        : []),
    ]),
    ...(isExpanded
      ? []
      : [
          card(page, groups, `${groupWord} ${who}`, [
            ...(groups.number === 0
              ? []
              : [
                  element(
                    'span',
                    {},
                    "members aren't listed (run with ",
                    element('code', {}, '--expand'),
                    ')',
                  ),
                ]),
          ]),
        ]),
    card(page, others, others.number === 1 ? 'other, from IAM' : 'others, from IAM', [
      breakdown(page, others),
      ...nodesApart,
    ]),
  ];
}

/** The changes since an earlier run; nothing if nothing was compared. */
export function changesView(page: Page, { changes, changedRows }: Summary): HTMLElement[] {
  const { since } = page.rows.data;
  if (!since || !changes || !changedRows) return [];
  const { admin, route } = changes;
  return [
    element(
      'section',
      { 'aria-labelledby': 'changes-title' },
      element(
        'div',
        { class: 'changes-head' },
        element(
          'h2',
          { id: 'changes-title' },
          'What changed since ',
          since.asOf === null ? element('span', { class: 'name' }, since.file) : dateElement(since.asOf),
        ),
        element(
          'p',
          { class: 'changed-rows muted' },
          ...(since.asOf === null ? [] : [element('span', { class: 'name' }, `${since.file}.`)]),
          'By row:',
          ...(['new', 'gone', 'changed'] as const).map((kind) =>
            rowsLink(page, changedRows[kind].filters, {}, `${numberText(changedRows[kind].number)} ${kind}`),
          ),
        ),
      ),
      element(
        'ul',
        { class: 'cards changes' },
        ...(admin.number > 0 ? [changeCard(page, admin, () => 'became cluster admin', 'danger')] : []),
        ...(route.number > 0
          ? [changeCard(page, route, () => 'can newly become cluster admin', 'danger')]
          : []),
        changeCard(page, changes.new, (number) => `${number === 1 ? 'has' : 'have'} new access`),
        changeCard(page, changes.gone, () => 'lost all access'),
        changeCard(page, changes.changed, () => 'whose access changed'),
      ),
    ),
  ];
}

/** `2 people have new access`, with groups and IAM apart. */
function changeCard(
  page: Page,
  count: Total,
  clause: (number: number) => string,
  tone: 'plain' | 'danger' = 'plain',
): HTMLLIElement {
  const found = PRINCIPAL_TYPES.filter((type) => count.kinds.has(type));
  const [first = 'USER', ...others] = found;
  const number = count.kinds.get(first) ?? 0;
  const shown = { ...count, number, filters: { ...count.filters, kind: [first] } };
  return card(
    page,
    shown,
    `${kindWord(first, number)} ${clause(number)}`,
    others.map((type) =>
      rowsLink(page, { ...count.filters, kind: [type] }, {}, kindText(type, count.kinds.get(type) ?? 0)),
    ),
    tone,
  );
}

function card(
  page: Page,
  count: Count & { readonly means?: string },
  label: string,
  details: readonly Node[] = [],
  tone: 'plain' | 'danger' = 'plain',
): HTMLLIElement {
  const number = element('span', { class: 'card-number' }, numberText(count.number));
  const main = rowsLink(
    page,
    count.filters,
    { class: 'card-link', ...(count.means !== undefined && { title: count.means }) },
    number,
    ' ',
    element('span', { class: 'card-label' }, label),
  );
  return element(
    'li',
    { class: `card ${tone} ${count.number === 0 ? 'none' : ''}` },
    main,
    ...(details.length === 0 ? [] : [element('div', { class: 'card-details' }, ...details)]),
  );
}

/** `3 people`, `1 IAM role` and `through 2 groups`, each a link. */
export function breakdown(page: Page, { kinds, unlisted, filters }: Count): HTMLElement {
  const shown = PRINCIPAL_TYPES.flatMap((type) => {
    const number = kinds.get(type) ?? 0;
    const text = type === 'GROUP' ? groupsText(number, unlisted) : kindText(type, number);
    return number === 0 ? [] : [rowsLink(page, { ...filters, kind: [type] }, {}, text)];
  });
  return element('span', { class: 'breakdown' }, ...shown);
}

/** Groups whose members are listed are only how these have access; others are counted themselves. */
function groupsText(number: number, unlisted: number): string {
  const text = kindText('GROUP', number);
  if (unlisted === 0) return `through ${text}`;
  return unlisted === number
    ? `${text} (members not listed)`
    : `through ${text}, ${numberText(unlisted)} without listed members`;
}

function numberLink(page: Page, count: Total, text: string): HTMLElement {
  return rowsLink(page, count.filters, { title: count.means }, text);
}
