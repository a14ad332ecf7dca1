import { printable } from '../../../text.ts';
import { element } from '../dom.ts';
import { personValue } from '../facets.ts';
import type { Page } from '../page.ts';
import { count } from '../texts.ts';
import { type AnswerWay, answerWays, kindText, nameOf } from './answer-words.ts';
import { PERSON_TITLE } from './person-rights.ts';
import { stackedTable } from './stacked-table.ts';
import type { PageQuestion, PrincipalAnswer } from './who-can-answer.ts';

/** Principals that are shown at first, and at each press of the button for more. */
const STEP = 50;

/** Who can do something, through what, and why. */
export function answerTable(
  page: Page,
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
function answerBody(page: Page, question: PageQuestion, answer: PrincipalAnswer): HTMLElement {
  const principal = page.rows.principal(answer.principal);
  const ways = answerWays(question, page.rows, answer);
  const head = element(
    'th',
    { scope: 'rowgroup', role: 'rowheader', rowspan: ways.length },
    personLink(page, personValue(principal), nameOf(principal)),
    element('p', { class: 'muted' }, kindText(principal)),
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
function placeNodes({ rows }: Page, { places, via, answer }: AnswerWay, usual: AnswerWay['answer']): Node[] {
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
function personLink(page: Page, who: string, name: string): HTMLElement {
  return element(
    'a',
    {
      class: 'name',
      href: page.hashOf({ who }),
      onclick: (event) => {
        const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
        if (ctrlKey || metaKey || shiftKey) return;
        event.preventDefault();
        page.change({ who });
        document.getElementById(PERSON_TITLE)?.focus();
      },
    },
    name,
  );
}
