import { Failure } from '../../../errors.ts';
import { element } from '../dom.ts';
import { personValue } from '../facets.ts';
import type { Page } from '../page.ts';
import { answerNotes, findingElement } from './answer-notes.ts';
import { answerTable } from './answer-table.ts';
import { countText } from './answer-words.ts';
import { showLinked } from './linked-part.ts';
import { questionWords } from './presets.ts';
import { questionForm } from './question-form.ts';
import { answersOf, PageQuestion, type PrincipalAnswer, questionsIn } from './who-can-answer.ts';

/** How long answering may keep the browser from anything else, in milliseconds. */
const SLICE = 12;
/** How long an answer takes before the page says that it is looking, in milliseconds. */
const SLOW = 150;

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
  // A link to a question leads to its answer.
  let isLinked = page.view.tab === 'rights' && page.view.can !== '';

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
    if (isLinked) showLinked(section, found.problems.length > 0 ? problems : status);
    isLinked = false;
  }

  page.follow(({ view, selected }) => {
    const key = JSON.stringify([view.can, view.namespace]);
    if (view.tab !== 'rights' || (key === shown && selected === shownRows)) return;
    [shown, shownRows] = [key, selected];
    void answer();
  });
  return section;
}

/** The visible parts of an answer. */
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
    ...answerNotes(page, question),
    couldNote(page, answers),
    ...(answers.length === 0 ? [] : [filterLink(page, answers), answerTable(page, question, answers)]),
  ].filter((node) => node !== null);
}

function filterLink(page: Page, answers: readonly PrincipalAnswer[]): Node | null {
  return personsLink(
    page,
    answers.map(({ principal }) => principal),
    'Show all their access in the table',
  );
}

/** Who can't do it yet, but could become cluster admin. */
function couldNote(page: Page, answers: readonly PrincipalAnswer[]): Node | null {
  const { rows, selected } = page;
  const answered = new Set(answers.map(({ principal }) => principal));
  const hasRoute = rows.data.tables.grants.map((_, grant) => rows.routes(grant).length > 0);
  const others = new Set<number>();
  for (const row of selected) {
    if (!hasRoute[rows.index(row, 'grants')] || rows.isEarlier(row)) continue;
    const principal = rows.index(row, 'principals');
    if (!answered.has(principal)) others.add(principal);
  }
  if (others.size === 0) return null;
  const all = [...others];
  const who = countText(all.map((principal) => rows.principal(principal)));
  return element(
    'div',
    { class: 'notice warn' },
    element('p', {}, `${who} can't, but could become cluster admin, and then can do this too.`),
    personsLink(page, all, 'Show how'),
  );
}

function personsLink(page: Page, principals: readonly number[], text: string): Node | null {
  if (principals.length > MOST_FILTERED) return null;
  const person = [...new Set(principals.map((principal) => personValue(page.rows.principal(principal))))];
  const hash = page.hashOf({ tab: 'table', filters: { ...page.view.filters, person } });
  return element('p', { class: 'screen-only' }, element('a', { href: hash }, text));
}
