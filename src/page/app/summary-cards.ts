import type { Count } from './counts.ts';
import { element } from './dom.ts';
import { kindText, numberText, PRINCIPAL_TYPES } from './meanings.ts';
import type { Page } from './page.ts';
import { rowsLink } from './rows-link.ts';
import type { Summary, Total } from './summary-counts.ts';

/** The numbers on top, as links to their rows. */
export function cards(page: Page, { totals, changes }: Summary): HTMLElement {
  const { users, groups, others, nodes, entries, awsAuth, accessEntries, admins, unknownAdmins, routes } =
    totals;
  const isAsked = page.rows.data.asked !== null;
  const who = isAsked ? 'who can' : 'with access';
  return element(
    'ul',
    { class: 'cards', 'aria-label': 'Numbers' },
    card(page, users, `${users.number === 1 ? 'person' : 'people'} ${who}`, peopleDetails(page, groups)),
    card(page, groups, `${groups.number === 1 ? 'group' : 'groups'} ${who}`),
    card(page, others, others.number === 1 ? 'other, from IAM' : 'others, from IAM', [
      breakdown(page, others),
      ...(nodes.number > 0
        ? [element('span', {}, 'nodes apart: ', numberLink(page, nodes, kindText('IAM_ROLE', nodes.number)))]
        : []),
    ]),
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
      admins.number > 0 ? 'danger' : 'plain',
    ),
    card(
      page,
      routes,
      'could become cluster admin',
      [breakdown(page, routes)],
      routes.number > 0 ? 'danger' : 'plain',
    ),
    ...(changes
      ? [
          card(page, changes.new, 'with new access', [breakdown(page, changes.new)], 'ok'),
          card(page, changes.gone, 'whose access is gone', [breakdown(page, changes.gone)]),
          card(page, changes.changed, 'whose access changed', [breakdown(page, changes.changed)], 'warn'),
        ]
      : []),
  );
}

/** Without members, the number of users says little. */
function peopleDetails({ rows: { data } }: Page, groups: Total): Node[] {
  if (data.isExpanded || groups.number === 0) return [];
  return [
    element('span', {}, "members of groups aren't listed (run with ", element('code', {}, '--expand'), ')'),
  ];
}

function card(
  page: Page,
  count: Count & { readonly means?: string },
  label: string,
  details: readonly Node[] = [],
  tone: 'plain' | 'danger' | 'warn' | 'ok' = 'plain',
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
    { class: `card ${count.number === 0 ? 'plain none' : tone}` },
    main,
    ...(details.length === 0 ? [] : [element('div', { class: 'card-details' }, ...details)]),
  );
}

/** `3 users, 1 group`, each a link. */
export function breakdown(page: Page, { kinds, filters }: Count): HTMLElement {
  const shown = PRINCIPAL_TYPES.flatMap((type) => {
    const number = kinds.get(type) ?? 0;
    return number === 0 ? [] : [rowsLink(page, { ...filters, kind: [type] }, {}, kindText(type, number))];
  });
  return element('span', { class: 'breakdown' }, ...shown);
}

function numberLink(page: Page, count: Total, text: string): HTMLElement {
  return rowsLink(page, count.filters, { title: count.means }, text);
}
