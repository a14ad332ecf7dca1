import { renderCsv } from '../../../csv.ts';
import { Failure } from '../../../errors.ts';
import { questionText } from '../../../rbac/request.ts';
import { sentence } from '../../texts.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { showLinked } from '../rows-link.ts';

import { ANSWER_COLUMNS, type Answer, answerTable, type Note, noteElement } from './answer-table.ts';
import { personCan } from './person-rights.ts';
import { questionForm } from './question-form.ts';
import { whoCan } from './who-can.ts';
import { answersOf, PageQuestion, questionsIn } from './who-can-answer.ts';

/** How long answering may keep the browser from anything else, in milliseconds. */
const SLICE = 12;
/** How long an answer takes before the page says that it is looking, in milliseconds. */
const SLOW = 150;

/** Who can do something, and what a person or group can do. It is computed only while its tab is open. */
export function rightsView(page: PageState) {
  const status = element('p', { class: 'answer-status', role: 'status', tabindex: -1 });
  const problems = element('div', { class: 'problems', role: 'alert' });
  const result = element('div', { class: 'answer', onclick: follow });
  const section = element('div', { class: 'rights-view' }, questionForm(page), status, problems, result);
  let answers: readonly Answer[] = [];
  let shown = '';
  let shownRows: Uint32Array | undefined;
  let run = 0;
  // A link to a question leads to its answer, also one in an answer.
  let isLinked = page.view.tab === 'rights' && page.view.can + page.view.who !== '';
  function follow({ target }: Event): void {
    if (target instanceof Element && target.closest('a')) isLinked = true;
  }

  /** The last answer stays until the next one is known. */
  async function answer(): Promise<void> {
    run += 1;
    const own = run;
    result.setAttribute('aria-busy', 'true');
    const slow = setTimeout(() => own === run && status.replaceChildren('Looking…'), SLOW);
    await pause();
    const found = own === run ? await answersTo(page, () => own === run) : null;
    clearTimeout(slow);
    if (found && own === run) show(found);
  }

  function show({ answers: now, problems: found }: Found): void {
    answers = now;
    const [first, ...others] = now;
    const notes = now.length > 0 ? limits(page) : [];
    const hasClusters = page.rows.data.clusters.length !== 1;
    result.removeAttribute('aria-busy');
    status.replaceChildren(...(first ? leadNodes(first) : []));
    problems.replaceChildren(...found.map(noteElement));
    result.replaceChildren(
      ...notes.map(noteElement),
      ...(first ? answerNodes(first, hasClusters) : []),
      ...others.flatMap((one) => [
        element('p', { class: 'answer-status' }, ...leadNodes(one)),
        ...answerNodes(one, hasClusters),
      ]),
    );
    if (isLinked) {
      showLinked(section, found.length > 0 ? problems : status);
      status.focus({ preventScroll: true });
    }
    isLinked = false;
  }

  page.follow(({ view, selected }) => {
    const key = JSON.stringify([view.can, view.namespace, view.who]);
    if (view.tab !== 'rights' || (key === shown && selected === shownRows)) return;
    [shown, shownRows] = [key, selected];
    void answer();
  });
  return { element: section, exported: () => fileOf(answers, page.rows) };
}

/** What the answers say, as a file; null without an answer. */
function fileOf(answers: readonly Answer[], { data }: PageState['rows']) {
  const [first] = answers;
  if (!first) return null;
  function* lines() {
    for (const answer of answers)
      for (const make of answer.groups) for (const row of make()) yield { answer, row };
  }
  const day = (data.asOf ?? new Date().toISOString()).slice(0, 'YYYY-MM-DD'.length);
  return {
    name: `${first.question.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 80)}${day}.csv`,
    lines: answers.reduce((sum, { groups }) => sum + groups.length, 0),
    pieces: renderCsv(ANSWER_COLUMNS, lines()),
  };
}

function leadNodes({ who, text }: Answer): Node[] {
  return [element('strong', { class: 'name' }, who), element('span', { class: 'name' }, ` ${text}`)];
}

function answerNodes(answer: Answer, hasClusters: boolean): Node[] {
  const { notes, groups } = answer;
  return [...notes.map(noteElement), ...(groups.length > 0 ? [answerTable(answer, hasClusters)] : [])];
}

/** Why people may be missing from this page. */
function limits({ rows }: PageState): Note[] {
  const { asked, isExpanded, tables } = rows.data;
  const hasGroups = tables.principals.some(({ type }) => type === 'GROUP');
  return [
    ...(asked === null
      ? []
      : [
          `This page was made with --can, so it has only those who can ${questionText(asked)}. To ask about everyone, make it without --can.`,
        ]),
    ...(hasGroups && !isExpanded
      ? ['This page has groups without their members. To see what each person can do, make it with --expand.']
      : []),
  ].map((text) => ({ style: '', text }));
}

/** What the page says to its questions; a problem with one stands for its answer. */
interface Found {
  readonly answers: readonly Answer[];
  readonly problems: readonly Note[];
}

/** @returns null if the answers are no longer wanted */
async function answersTo(page: PageState, isWanted: () => boolean): Promise<Found | null> {
  const { rows, selected, view } = page;
  const person = view.who === '' ? [] : [personCan(page)];
  const texts = questionsIn(view.can);
  if (texts.length === 0) return { answers: person, problems: [] };
  try {
    const question = new PageQuestion(rows, texts, view.namespace === '' ? null : view.namespace);
    const answers = await inSlices(answersOf(question, rows, selected), isWanted);
    return answers && { answers: [whoCan(page, question, answers), ...person], problems: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const problems = error.findings.map(({ severity, message, help }): Note => {
      return { style: severity === 'error' ? 'danger' : 'warn', text: sentence(message), help };
    });
    return { answers: person, problems };
  }
}

/** Lets the browser show what it has and take input. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** @returns null if the result is no longer wanted */
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
