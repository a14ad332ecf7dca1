import { policyText } from '../../../eks.ts';
import { groupBy } from '../../../group-by.ts';
import { boundRoleText } from '../../../rbac/model.ts';
import { listed, printable } from '../../../text.ts';
import type { Rights } from '../../../who/cluster-rights.ts';
import { PEOPLE_UNREAD, REASON_TEXTS } from '../../../who/row-texts.ts';
import { type PageRows, personValue } from '../../decode.ts';
import { count, sentence } from '../../texts.ts';
import { element, opensElsewhere, stackedTable } from '../dom.ts';
import type { PageState } from '../page.ts';
import { partsText } from './question-form.ts';
import type { PageQuestion, PrincipalAnswer, RowAnswer } from './who-can-answer.ts';
import { boundByText, clusterName, PERSON_TITLE, placeText, principalKind, viaText } from './words.ts';

/** Principals that are shown at first, and at each press of the button for more. */
const STEP = 50;

/** Who can do something, through what, and why. */
export function answerTable(
  page: PageState,
  question: PageQuestion,
  answers: readonly PrincipalAnswer[],
): HTMLElement {
  const more = element('button', { type: 'button', class: 'screen-only', onclick: () => show() });
  const cut = element('p', { class: 'muted' });
  const table = stackedTable('answers', 'Who can, and why', ['Person or group', 'Through', 'Why']);
  let shown = 0;
  function show(): void {
    table.append(...answers.slice(shown, shown + STEP).map((one) => answerBody(page, question, one)));
    shown = Math.min(answers.length, shown + STEP);
    const rest = answers.length - shown;
    more.toggleAttribute('hidden', rest === 0);
    more.replaceChildren(`Show ${Math.min(rest, STEP)} more`);
    cut.replaceChildren(rest === 0 ? '' : `${count(shown)} of ${count(answers.length)} are shown.`);
  }
  show();
  return element('div', {}, table, cut, more);
}

const BADGES = {
  yes: null,
  unknown: ['warn', 'unknown'],
  names: ['', 'certain names only'],
  no: null,
} as const;

function badgeOf(answer: keyof typeof BADGES): Node | null {
  const badge = BADGES[answer];
  return badge && element('span', { class: `badge ${badge[0]}` }, badge[1]);
}

/** A principal, with a row for each way. The roles keep a table of what small screens show as blocks. */
function answerBody(page: PageState, question: PageQuestion, answer: PrincipalAnswer): HTMLElement {
  const principal = page.rows.principal(answer.principal);
  const ways = answerWays(question, page.rows, answer);
  const head = element(
    'th',
    { scope: 'rowgroup', role: 'rowheader', rowspan: ways.length },
    personLink(page, personValue(principal), principal.name ?? principal.id),
    element('p', { class: 'muted' }, principalKind(principal)),
    badgeOf(answer.answer),
  );
  return element(
    'tbody',
    { role: 'rowgroup' },
    ...ways.map((way, index) =>
      element(
        'tr',
        { role: 'row' },
        index === 0 ? head : null,
        element('td', { role: 'cell', 'data-label': 'Through' }, ...placeNodes(page, way, answer.answer)),
        element('td', { role: 'cell', 'data-label': 'Why' }, ...way.why.map(whyElement)),
      ),
    ),
  );
}

/** Clusters and accounts that are listed of a way. */
const MOST_PLACES = 3;

/** @param usual the answer that the principal's name already shows */
function placeNodes(
  { rows }: PageState,
  { places, via, answer }: AnswerWay,
  usual: AnswerWay['answer'],
): Node[] {
  const hasClusters = rows.data.clusters.length !== 1;
  const rest = places.length - MOST_PLACES;
  return [
    ...places
      .slice(0, MOST_PLACES)
      .map(({ place, cluster, more }) =>
        element(
          'p',
          { class: 'name', title: printable(more) },
          place,
          hasClusters ? element('span', { class: 'muted' }, `, cluster ${cluster}`) : null,
        ),
      ),
    ...(rest > 0 ? [element('p', { class: 'muted' }, `and ${count(rest)} more`)] : []),
    ...(via === '' ? [] : [element('p', { class: 'muted name' }, via)]),
    ...(answer === usual ? [] : [badgeOf(answer)]),
  ].filter((node) => node !== null);
}

function whyElement({ text, more }: AnswerWay['why'][number]): HTMLElement {
  return element(
    'div',
    { class: 'why' },
    text === '' ? null : element('p', { class: 'name' }, text),
    more === '' ? null : element('p', { class: 'name muted' }, more),
  );
}

/** Leads to what a person can do, further down. */
function personLink(page: PageState, who: string, name: string): HTMLElement {
  return element(
    'a',
    {
      class: 'name',
      href: page.hashOf({ who }),
      onclick: (event) => {
        if (opensElsewhere(event)) return;
        event.preventDefault();
        page.change({ who });
        document.getElementById(PERSON_TITLE)?.focus();
      },
    },
    name,
  );
}

/** A way in which a principal can do something, the same in several clusters or accounts. */
interface AnswerWay {
  readonly answer: RowAnswer['answer'];
  readonly places: readonly {
    readonly place: string;
    readonly cluster: string;
    /** The account's ID and the role, for those who look closer. */
    readonly more: string;
  }[];
  readonly via: string;
  readonly why: readonly Why[];
}

/** A reason in words, and how it came about. */
interface Why {
  readonly text: string;
  readonly more: string;
}

/** The ways of a principal, with one for all that differ only in the place. */
function answerWays(
  question: PageQuestion,
  rows: PageRows,
  { rows: own }: Pick<PrincipalAnswer, 'rows'>,
): readonly AnswerWay[] {
  const byEntry = groupBy(own, (row) => `${rows.index(row, 'entries')} ${rows.index(row, 'grants')}`);
  const ways = [...byEntry.values()].flatMap((same) => {
    const [row] = same;
    if (row === undefined) return [];
    const entry = rows.index(row, 'entries');
    const verdict = question.verdict(row);
    const via = viaText([...new Set(same.map((one) => rows.via(rows.index(one, 'vias'))))]);
    const why = whyOf(verdict, question.asked, rows.grant(rows.index(row, 'grants')).note);
    const { accountId, rolearn } = rows.entry(entry);
    const place = {
      place: placeText(rows, entry),
      cluster: clusterName(rows, entry),
      more: `account ${accountId}, ${rolearn}`,
    };
    return [{ answer: verdict.answer, via, why, place }];
  });
  return [...groupBy(ways, ({ answer, via, why }) => JSON.stringify([answer, via, why])).values()].flatMap(
    (same): AnswerWay[] => {
      const [first] = same;
      return first ? [{ ...first, places: same.map(({ place }) => place) }] : [];
    },
  );
}

/** @param note of the row, for what isn't known about it */
function whyOf(
  { answer, reason, rights, open }: RowAnswer,
  asked: readonly string[],
  note: string,
): readonly Why[] {
  const named = (rights?.forNames ?? []).map(({ text, names, through }) => {
    return { text: `Only for ${listed(names, 5)}`, more: `${text}, through ${through}` };
  });
  if (answer === 'names') return named;
  const unknown = {
    text: sentence(reason === null ? PEOPLE_UNREAD : REASON_TEXTS[reason]),
    more:
      reason === 'access-policy'
        ? listed(open.map((policy) => policyText(policy)))
        : reason === 'unreadable'
          ? note
          : '',
  };
  return [...(answer === 'unknown' ? [unknown] : []), ...(rights ? allowing(rights, asked) : []), ...named];
}

/** Roles and policies that are listed; a person may have very many. */
const MOST_ROLES = 3;

function allowing(rights: Rights, asked: readonly string[]): Why[] {
  const { admin, roles, rolesOfEverybody, can } = rights;
  const whole =
    admin === null ? [] : [{ text: 'Cluster admin: may do everything', more: `through ${admin}` }];
  const bound = [
    ...roles.map((one) => ({ text: boundRoleText(one), more: boundByText(one) })),
    ...rolesOfEverybody.map((one) => ({
      text: boundRoleText(one),
      more: `everyone with access has it: ${boundByText(one)}`,
    })),
  ];
  const rest = bound.length - MOST_ROLES;
  const isPart = can.length > 0 && can.length < asked.length;
  return [
    ...whole,
    ...bound.slice(0, MOST_ROLES),
    ...(rest > 0 ? [{ text: `and ${rest} more`, more: '' }] : []),
    ...(isPart ? [{ text: '', more: `only to ${partsText(can)}` }] : []),
  ];
}
