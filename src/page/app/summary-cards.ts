import type { Count } from './counts.ts';
import { dateElement } from './dates.ts';
import { element } from './dom.ts';
import { kindText, numberText, PRINCIPAL_TYPES } from './meanings.ts';
import type { Page } from './page.ts';
import { rowsLink } from './rows-link.ts';
import type { Summary, Total } from './summary-counts.ts';

/** The numbers on top, as links to their rows. */
export function cards(page: Page, { totals }: Summary): HTMLElement {
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
      ...(nodes.number > 0 ? [element('span', {}, 'nodes apart: ', breakdown(page, nodes))] : []),
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

/** The changes since an earlier run; nothing if nothing was compared. */
export function changesView(page: Page, { changes }: Summary): HTMLElement[] {
  const { since } = page.rows.data;
  if (!since || !changes) return [];
  const of = (count: Count, label: string) => card(page, count, label, [breakdown(page, count)]);
  return [
    element(
      'section',
      { 'aria-labelledby': 'changes-title' },
      element(
        'h2',
        { id: 'changes-title' },
        'What changed since ',
        since.asOf === null ? element('span', { class: 'name' }, since.file) : dateElement(since.asOf),
      ),
      element(
        'ul',
        { class: 'cards changes' },
        of(changes.new, 'with new access'),
        of(changes.gone, 'whose access is gone'),
        of(changes.changed, 'whose access changed'),
      ),
    ),
  ];
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
