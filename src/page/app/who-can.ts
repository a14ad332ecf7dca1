import { Failure, type Finding } from '../../errors.ts';
import { boundRoleText } from '../../rbac/model.ts';
import { listed } from '../../text.ts';
import { type AnswerWay, answerWays, countText, kindText, nameOf, sourceText } from './answer-words.ts';
import { element } from './dom.ts';
import { personValue } from './facets.ts';
import type { Page } from './page.ts';
import { PERSON_TITLE, unknownBindingsNotice } from './person-rights.ts';
import { questionWords } from './presets.ts';
import { questionForm } from './question-form.ts';
import { answersOf, PageQuestion, type PrincipalAnswer, questionsIn } from './who-can-answer.ts';

/** How long answering may keep the browser from anything else, in milliseconds. */
const SLICE = 12;
/** How long an answer takes before the page says that it is looking, in milliseconds. */
const SLOW = 150;
/** Principals that are shown at first, and at each press of the button for more. */
const STEP = 50;
/** Filters for more people than these make addresses that nobody can send. */
const MOST_FILTERED = 100;

/** Answers who can do something, like `who --can`. */
export function whoCanView(page: Page): HTMLElement {
  const result = element('div', { class: 'answer' });
  const status = element('p', { class: 'answer-status', role: 'status' });
  const problems = element('div', { class: 'problems', role: 'alert' });
  const section = element(
    'section',
    { class: 'who-can', 'aria-labelledby': 'who-can-title' },
    element('h2', { id: 'who-can-title' }, 'Who can …?'),
    questionForm(page),
    status,
    problems,
    result,
  );
  let shown = '';
  let shownRows: Uint32Array | undefined;
  let run = 0;

  /** The last answer stays until the next one is known. */
  async function answer(): Promise<void> {
    run += 1;
    const own = run;
    const texts = questionsIn(page.view.can);
    section.classList.toggle('unused', texts.length === 0);
    if (texts.length === 0) return show({ status: [], problems: [], result: [] });
    result.setAttribute('aria-busy', 'true');
    const slow = setTimeout(() => own === run && status.replaceChildren('Looking…'), SLOW);
    await pause();
    const found = own === run ? await answered(page, texts, () => own === run) : null;
    clearTimeout(slow);
    if (found && own === run) show(found);
  }

  function show(found: Shown): void {
    result.removeAttribute('aria-busy');
    status.replaceChildren(...found.status);
    problems.replaceChildren(...found.problems);
    result.replaceChildren(...found.result);
  }

  page.follow(({ view, selected }) => {
    const key = JSON.stringify([view.can, view.namespace]);
    if (view.tab !== 'rights' || (key === shown && selected === shownRows)) return;
    [shown, shownRows] = [key, selected];
    void answer();
  });
  return section;
}

/** What the section shows of an answer. */
interface Shown {
  readonly status: readonly (Node | string)[];
  readonly problems: readonly Node[];
  readonly result: readonly Node[];
}

/** @returns null if the answer is no longer wanted */
async function answered(
  page: Page,
  texts: readonly string[],
  isWanted: () => boolean,
): Promise<Shown | null> {
  const { rows, selected, view } = page;
  try {
    const question = new PageQuestion(rows, texts, view.namespace === '' ? null : view.namespace);
    const answers = await inSlices(answersOf(question, rows, selected), isWanted);
    if (answers === null) return null;
    return {
      status: summary(page, question, answers),
      problems: [],
      result: resultNodes(page, question, answers),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { status: [], problems: error.findings.map(findingElement), result: [] };
  }
}

/** Lets the browser show what it has and take input. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** @returns null if the answer is no longer wanted */
async function inSlices<Result>(
  work: Generator<undefined, Result>,
  isWanted: () => boolean,
): Promise<Result | null> {
  let since = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since < SLICE) continue;
    await pause();
    if (!isWanted()) return null;
    since = performance.now();
  }
}

function principalsOf(page: Page, answers: readonly PrincipalAnswer[], answer: PrincipalAnswer['answer']) {
  return answers.filter((one) => one.answer === answer).map((one) => page.rows.principal(one.principal));
}

/** `2 people and 1 group can get secrets in namespace payments. Unknown for 1 group.` */
function summary(page: Page, question: PageQuestion, answers: readonly PrincipalAnswer[]): (Node | string)[] {
  const { can, namespace } = page.view;
  const what = `${questionWords(can, question.asked)}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
  const able = principalsOf(page, answers, 'yes');
  const unknown = principalsOf(page, answers, 'unknown');
  const named = principalsOf(page, answers, 'names');
  const rest = [
    ...(unknown.length > 0 ? [`Unknown for ${countText(unknown)}.`] : []),
    ...(named.length > 0 ? [`Only for certain names: ${countText(named)}.`] : []),
  ];
  return [
    element('strong', {}, able.length === 0 ? 'Nobody' : countText(able)),
    element(
      'span',
      {},
      ` ${unknown.length > 0 && able.length === 0 ? 'certainly ' : ''}can ${what}. ${rest.join(' ')}`,
    ),
  ];
}

function resultNodes(page: Page, question: PageQuestion, answers: readonly PrincipalAnswer[]): Node[] {
  return [
    ...question.findings.map(findingElement),
    ...scopeNotes(page),
    ...everybodyNotes(page, question),
    ...blindNotes(page),
    ...(answers.length === 0 ? [] : [filterLink(page, answers), answerTable(page, question, answers)]),
  ].filter((node) => node !== null);
}

function findingElement({ severity, message, help }: Finding): HTMLElement {
  return element(
    'div',
    { class: `notice ${severity === 'error' ? 'danger' : 'warn'}` },
    element('p', {}, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`),
    help === undefined ? null : element('p', { class: 'help' }, help),
  );
}

/** Which rows the answer is about. */
function scopeNotes(page: Page): Node[] {
  const { rows, selected } = page;
  const isPart = selected.length < rows.count;
  const note = element(
    'p',
    { class: 'muted' },
    `Among ${selected.length.toLocaleString('en')} of ${rows.count.toLocaleString('en')} rows, as the search and filters say. `,
    element(
      'button',
      { type: 'button', class: 'link', onclick: () => page.change({ search: '', filters: {} }) },
      'Ask about all rows',
    ),
  );
  return isPart ? [note] : [];
}

/** What everyone with access to a cluster can do, and anyone at all. */
function everybodyNotes({ rows }: Page, question: PageQuestion): Node[] {
  return rows.data.clusters.flatMap(({ name, file }, index) => {
    const rights = question.rightsIn(index);
    const where = name ?? file?.name ?? 'the cluster';
    const note = (who: string, roles: NonNullable<typeof rights>['everybody']['roles']) =>
      roles.length === 0
        ? []
        : [
            element(
              'div',
              { class: 'notice danger' },
              element(
                'p',
                {},
                element('strong', {}, who),
                ` can, through ${listed(
                  roles.map((one) => `${boundRoleText(one)} (${sourceText(one)})`),
                  3,
                )}.`,
              ),
            ),
          ];
    return [
      ...note(`Everyone with access to ${where}`, rights?.everybody.roles ?? []),
      ...note(
        `Anyone who can reach the API server of ${where}, without credentials,`,
        rights?.anybody.roles ?? [],
      ),
    ];
  });
}

/** Clusters whose answers are incomplete. */
function blindNotes({ rows }: Page): Node[] {
  const { clusters, tables } = rows.data;
  const blind = clusters.filter(({ rbac }) => rbac === null || tables.rbac[rbac]?.knowsBindings !== true);
  if (blind.length === 0) return [];
  const names = listed(blind.map(({ name, file }) => name ?? file?.name ?? 'the cluster'));
  const what = `This page doesn't know the roles and bindings of ${names}, so what Kubernetes groups`;
  return [unknownBindingsNotice(`${what} can do there is unknown.`)];
}

function filterLink(page: Page, answers: readonly PrincipalAnswer[]): Node | null {
  if (answers.length > MOST_FILTERED) return null;
  const person = [...new Set(answers.map(({ principal }) => personValue(page.rows.principal(principal))))];
  const hash = page.hashOf({ tab: 'table', filters: { ...page.view.filters, person } });
  return element(
    'p',
    { class: 'screen-only' },
    element('a', { href: hash }, 'Show all their access in the table'),
  );
}

function answerTable(page: Page, question: PageQuestion, answers: readonly PrincipalAnswer[]): HTMLElement {
  const more = element('button', { type: 'button', class: 'screen-only', onclick: () => show() });
  const cut = element('p', { class: 'muted' });
  const headers = ['Person or group', 'Through', 'Why'];
  const table = element(
    'table',
    { class: 'answers stacked', role: 'table' },
    element('caption', { class: 'hidden-text' }, 'Who can, and why'),
    element(
      'thead',
      { role: 'rowgroup' },
      element(
        'tr',
        { role: 'row' },
        ...headers.map((text) => element('th', { scope: 'col', role: 'columnheader' }, text)),
      ),
    ),
  );
  let shown = 0;
  function show(): void {
    table.append(...answers.slice(shown, shown + STEP).map((one) => answerBody(page, question, one)));
    shown = Math.min(answers.length, shown + STEP);
    const rest = answers.length - shown;
    more.toggleAttribute('hidden', rest === 0);
    more.replaceChildren(`Show ${Math.min(rest, STEP)} more`);
    cut.replaceChildren(
      rest === 0 ? '' : `${shown.toLocaleString('en')} of ${answers.length.toLocaleString('en')} are shown.`,
    );
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
        element('td', { role: 'cell', 'data-label': 'Through' }, ...placeNodes(way, answer.answer)),
        element('td', { role: 'cell', 'data-label': 'Why' }, ...way.why.map(whyElement)),
      ),
    ),
  );
}

/** Clusters and accounts that are listed of a way. */
const MOST_PLACES = 3;

/** @param usual the answer that the principal's name already shows */
function placeNodes({ places, via, answer }: AnswerWay, usual: AnswerWay['answer']): Node[] {
  const rest = places.length - MOST_PLACES;
  return [
    ...places
      .slice(0, MOST_PLACES)
      .map(({ place, cluster }) =>
        element('p', { class: 'name' }, place, element('span', { class: 'muted' }, `, cluster ${cluster}`)),
      ),
    ...(rest > 0 ? [element('p', { class: 'muted' }, `and ${rest.toLocaleString('en')} more`)] : []),
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
