import { renderCsv } from '../../../csv.ts';
import { Failure } from '../../../errors.ts';
import { sentence } from '../../texts.ts';
import { element } from '../dom.ts';
import { type CsvFile, fileName, type TabView } from '../filters/csv-file.ts';
import type { PageState } from '../page.ts';
import { showLinked } from '../rows-link.ts';
import { ANSWER_COLUMNS, answerTable, noteElement, type ShownAnswer } from './answer-table.ts';
import { personCan } from './person-rights.ts';
import { questionForm } from './question-form.ts';
import { whoCan } from './who-can.ts';
import { answersOf, PageQuestion, questionsIn } from './who-can-answer.ts';

/** Who can do something, and what a person or group can do. It is computed only while its tab is open. */
export function rightsView(page: PageState): TabView {
  const status = element('p', { class: 'answer-status', role: 'status', tabindex: -1 });
  const result = element('div', { class: 'answer', onclick: follow });
  const section = element('div', { class: 'rights-view' }, questionForm(page), status, result);
  let answers: readonly ShownAnswer[] = [];
  let shown = '';
  let shownRows: Uint32Array | undefined;
  let run = 0;
  // A link to a question leads to its answer, also one in an answer.
  let isLinked = page.view.tab === 'rights' && page.view.can + page.view.who !== '';
  function follow({ target }: Event): void {
    if (target instanceof Element && target.closest('a')) isLinked = true;
  }

  /** The last answer stays, grayed, until the next one is known. */
  async function answer(): Promise<void> {
    run += 1;
    const own = run;
    const isWanted = () => own === run;
    section.setAttribute('aria-busy', 'true');
    // Lets the browser show what it has.
    await new Promise((resolve) => setTimeout(resolve));
    const found = isWanted() ? await answersTo(page, isWanted) : [];
    if (!isWanted()) return;
    answers = found;
    show(found);
  }

  function show([first, ...others]: readonly ShownAnswer[]): void {
    section.removeAttribute('aria-busy');
    status.replaceChildren(...(first ? leadNodes(first) : []));
    result.replaceChildren(
      ...(first ? answerNodes(first) : []),
      ...others.flatMap((one) => [
        element('p', { class: 'answer-status' }, ...leadNodes(one)),
        ...answerNodes(one),
      ]),
    );
    if (isLinked) {
      showLinked(section, status);
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
  return { element: section, exported: () => fileOf(answers, page) };
}

/** The file of the answers; null without an answer. */
function fileOf(answers: readonly ShownAnswer[], { rows, selected }: PageState): CsvFile | null {
  const [first] = answers;
  const ways = answers.flatMap(({ question, groups }) => groups.map((rowsOf) => ({ question, rowsOf })));
  if (!first || ways.length === 0) return null;
  function* lines() {
    for (const { question, rowsOf } of ways) for (const row of rowsOf()) yield { question, row };
  }
  return {
    name: fileName(rows, selected, first.question),
    lines: ways.length,
    pieces: renderCsv(ANSWER_COLUMNS, lines()),
  };
}

function leadNodes({ who, text }: ShownAnswer): Node[] {
  return [element('strong', { class: 'name' }, who), element('span', { class: 'name' }, ` ${text}`)];
}

function answerNodes(answer: ShownAnswer): Node[] {
  const { notes, groups } = answer;
  return [...notes.map(noteElement), ...(groups.length > 0 ? [answerTable(answer)] : [])];
}

async function answersTo(page: PageState, isWanted: () => boolean): Promise<readonly ShownAnswer[]> {
  const { rows, selected, view } = page;
  const person = view.who === '' ? [] : [personCan(page)];
  const texts = questionsIn(view.can);
  if (texts.length === 0) return person;
  try {
    const question = new PageQuestion(rows, texts, view.namespace === '' ? null : view.namespace);
    const answers = await answersOf(question, rows, selected, isWanted);
    return [whoCan(page, question, answers), ...person];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const problems = error.findings.map(({ message, help = '' }) => `${sentence(message)} ${help}`);
    const answer = { who: 'No answer.', text: problems.join(' '), question: view.can, why: '', notes: [] };
    return [{ ...answer, groups: [] }, ...person];
  }
}
