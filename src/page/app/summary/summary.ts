import { count, KINDS, kindText, kindWord } from '../../texts.ts';
import { dateElement, element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { goToRows, rowsLink } from '../rows-link.ts';
import { type Count, type CountDefinition, countsIn } from './counts.ts';
import { headView } from './head.ts';
import { breakdown, openList } from './open.ts';

/** The top of the page: which clusters, as of when, what is in the rows, and what is open. */
export function summaryView(page: PageState): HTMLElement {
  // The address holds the view, so the link must not change it.
  const skip = (event: Event) => {
    event.preventDefault();
    goToRows();
  };
  return element(
    'header',
    {},
    // For the keyboard, the first thing to reach.
    element('a', { class: 'skip', href: page.hashOf({}), onclick: skip }, 'Skip to the table'),
    headView(page),
    cards(page),
    ...changesView(page),
    openList(page),
  );
}

/** The numbers on top, as links to their rows. */
function cards(page: PageState): HTMLElement {
  const totals = countsIn(page, CARDS);
  const { entries, awsAuth, accessEntries, admins, unknownAdmins, routes } = totals;
  return element(
    'ul',
    { class: 'cards', 'aria-label': 'Numbers' },
    ...whoCards(page, totals),
    card(page, entries, entries.number === 1 ? 'entry' : 'entries', [
      numberLink(page, awsAuth, `${count(awsAuth.number)} in aws-auth`),
      numberLink(
        page,
        accessEntries,
        `${count(accessEntries.number)} access ${accessEntries.number === 1 ? 'entry' : 'entries'}`,
      ),
    ]),
    card(
      page,
      admins,
      admins.number === 1 ? 'cluster admin' : 'cluster admins',
      [
        breakdown(page, admins),
        ...(unknownAdmins.number > 0
          ? [numberLink(page, unknownAdmins, `${count(unknownAdmins.number)} more if they have access`)]
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
function whoCards(
  page: PageState,
  { users, groups, others, nodes }: Readonly<Record<keyof typeof CARDS, Count>>,
): HTMLElement[] {
  const { asked, isExpanded } = page.rows.data;
  const who = asked !== null ? 'who can' : 'with access';
  const people = kindWord('USER', users.number);
  const groupWord = kindWord('GROUP', groups.number);
  const nodesApart = nodes.number > 0 ? [element('span', {}, 'nodes apart: ', breakdown(page, nodes))] : [];
  return [
    card(page, users, isExpanded ? `${people} ${who}` : `${people} ${who} directly`, [
      ...(isExpanded && groups.number > 0
        ? [numberLink(page, groups, `${count(groups.number)} ${groupWord}`)]
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
function changesView(page: PageState): HTMLElement[] {
  const { since } = page.rows.data;
  if (!since) return [];
  const changes = countsIn(page, CHANGES);
  const { admin, route } = changes;
  const numbers = page.selector.counts('change', { search: '', filters: {} });
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
          ...ANY_CHANGE.map((kind) =>
            rowsLink(page, { change: [kind] }, {}, `${count(numbers.get(kind) ?? 0)} ${kind}`),
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
  page: PageState,
  change: Count,
  clause: (number: number) => string,
  tone: 'plain' | 'danger' = 'plain',
): HTMLLIElement {
  const found = KINDS.filter((type) => change.kinds.has(type));
  const [first = 'USER', ...others] = found;
  const number = change.kinds.get(first) ?? 0;
  const shown = { ...change, number, filters: { ...change.filters, kind: [first] } };
  return card(
    page,
    shown,
    `${kindWord(first, number)} ${clause(number)}`,
    others.map((type) =>
      rowsLink(page, { ...change.filters, kind: [type] }, {}, kindText(type, change.kinds.get(type) ?? 0)),
    ),
    tone,
  );
}

function card(
  page: PageState,
  { number, filters, means }: Count,
  label: string,
  details: readonly Node[] = [],
  tone: 'plain' | 'danger' = 'plain',
): HTMLLIElement {
  const main = rowsLink(
    page,
    filters,
    { class: 'card-link', title: means },
    element('span', { class: 'card-number' }, count(number)),
    ' ',
    element('span', { class: 'card-label' }, label),
  );
  return element(
    'li',
    { class: `card ${tone} ${number === 0 ? 'none' : ''}` },
    main,
    ...(details.length === 0 ? [] : [element('div', { class: 'card-details' }, ...details)]),
  );
}

function numberLink(page: PageState, { filters, means }: Count, text: string): HTMLElement {
  return rowsLink(page, filters, { title: means }, text);
}

const IAM = { kind: ['IAM_ROLE', 'IAM_USER', 'ACCOUNT'], access: ['granted'] } as const;

/** The numbers of the cards. */
export const CARDS = {
  users: [
    'principals',
    { kind: ['USER'], access: ['granted'] },
    'Users from Identity Center who have access, directly or through a listed group.',
  ],
  groups: [
    'principals',
    { kind: ['GROUP'], access: ['granted'] },
    'Groups from Identity Center whose members have access.',
  ],
  others: [
    'principals',
    { ...IAM, node: ['no'] },
    "IAM roles, IAM users and whole accounts that entries name, without nodes' roles.",
  ],
  nodes: [
    'principals',
    { ...IAM, node: ['yes'] },
    'IAM roles with which nodes, the machines of a cluster, join it.',
  ],
  awsAuth: ['entries', { source: ['aws-auth'] }, 'Entries of aws-auth, with or without effect.'],
  accessEntries: ['entries', { source: ['access-entry'] }, 'Access entries of EKS, with or without effect.'],
  entries: [
    'entries',
    { source: ['aws-auth', 'access-entry'] },
    'All entries: each pairs an IAM caller with a username and Kubernetes groups in a cluster.',
  ],
  admins: [
    'callers',
    { admin: ['yes'], access: ['granted'] },
    "People and IAM callers who have access and are cluster admin; a group only if its members aren't listed.",
  ],
  unknownAdmins: [
    'callers',
    { admin: ['yes'], access: ['unknown'] },
    "Cluster admins if they have access, which is unknown, and roles of cluster admins whose people aren't known.",
  ],
  routes: [
    'callers',
    { admin: ['route'] },
    "People and IAM callers who have or may have a route to cluster admin in a cluster where they are none; a group only if its members aren't listed.",
  ],
} as const satisfies Readonly<Record<string, CountDefinition>>;

const ANY_CHANGE = ['new', 'gone', 'changed'] as const;

/** Changes of people's whole access. */
export const CHANGES = {
  admin: [
    'persons',
    { changed: ['became-admin'] },
    "Cluster admins of a cluster where they weren't one before.",
  ],
  route: [
    'persons',
    { changed: ['route'] },
    'Could become cluster admin of a cluster where they had no known route to it before.',
  ],
  new: ['persons', { changed: ['new'] }, 'Had no access to any cluster, and have access now.'],
  gone: ['persons', { changed: ['gone'] }, 'Had access, and have none to any cluster now.'],
  changed: ['persons', { changed: ['changed'] }, 'Had access and still have some, but not the same.'],
} as const satisfies Readonly<Record<string, CountDefinition>>;
