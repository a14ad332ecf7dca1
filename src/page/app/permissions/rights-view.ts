import { Failure, type Finding } from '../../../errors.ts';
import { groupBy } from '../../../group-by.ts';
import { type BoundRole, boundRoleText } from '../../../rbac/model.ts';
import { listed } from '../../../text.ts';
import type { WhoRow } from '../../../who/rows.ts';
import type { PageCluster } from '../../data.ts';
import { personValue } from '../../decode.ts';
import { count, limitTexts, PRINCIPAL_NOUNS, sentence } from '../../texts.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { showLinked } from '../rows-link.ts';
import { answerTable } from './answer-table.ts';
import { personRightsView } from './person-rights.ts';
import { partsText, questionForm, questionWords } from './question-form.ts';
import { answersOf, PageQuestion, type PrincipalAnswer, questionsIn } from './who-can-answer.ts';
import { boundByText, unknownBindingsNotice } from './words.ts';

/** The permissions of a person or group, and who can do something. It is computed only while its tab is open. */
export function rightsView(page: PageState): HTMLElement {
  return element(
    'div',
    { class: 'rights-view' },
    ...limits(page).map((text) => element('p', { class: 'notice screen-only' }, text)),
    whoCanView(page),
    personRightsView(page),
  );
}

/** Why people may be missing from this page. */
function limits({ rows }: PageState): string[] {
  const { asked, isExpanded, tables } = rows.data;
  const hasGroups = tables.principals.some(({ type }) => type === 'GROUP');
  return [
    ...(asked === null
      ? []
      : [
          `This page was made with --can, so it has only those who can ${partsText(asked)}. To ask about everyone, make it without --can.`,
        ]),
    ...(hasGroups && !isExpanded
      ? ['This page has groups without their members. To see what each person can do, make it with --expand.']
      : []),
  ];
}

/** How long answering may keep the browser from anything else, in milliseconds. */
const SLICE = 12;
/** How long an answer takes before the page says that it is looking, in milliseconds. */
const SLOW = 150;

/** Filters for more people than these make addresses that nobody can send. */
const MOST_FILTERED = 100;

/** Answers who can do something, like `who --can`. */
function whoCanView(page: PageState): HTMLElement {
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
  page: PageState,
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

/** `2 people and 1 group can get secrets in namespace payments. Unknown for 1 group.` */
function summary(
  page: PageState,
  question: PageQuestion,
  answers: readonly PrincipalAnswer[],
): (Node | string)[] {
  const { can, namespace } = page.view;
  const what = `${questionWords(can, question.asked)}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
  const principalsWith = (answer: PrincipalAnswer['answer']) =>
    answers.filter((one) => one.answer === answer).map((one) => page.rows.principal(one.principal));
  const [able, unknown, named] = [principalsWith('yes'), principalsWith('unknown'), principalsWith('names')];
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

function resultNodes(page: PageState, question: PageQuestion, answers: readonly PrincipalAnswer[]): Node[] {
  return [
    ...question.findings.map(findingElement),
    ...scopeNotes(page),
    ...everybodyNotes(page, question),
    ...blindNotes(page),
    couldNote(page, answers),
    ...(answers.length === 0
      ? []
      : [
          personsLink(
            page,
            answers.map(({ principal }) => principal),
            'Show all their access in the table',
          ),
          answerTable(page, question, answers),
        ]),
  ].filter((node) => node !== null);
}

/** Who can't do it yet, but could become cluster admin. */
function couldNote(page: PageState, answers: readonly PrincipalAnswer[]): Node | null {
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

function personsLink(page: PageState, principals: readonly number[], text: string): Node | null {
  if (principals.length > MOST_FILTERED) return null;
  const person = [...new Set(principals.map((principal) => personValue(page.rows.principal(principal))))];
  const hash = page.hashOf({ tab: 'table', filters: { ...page.view.filters, person } });
  return element('p', { class: 'screen-only' }, element('a', { href: hash }, text));
}

/** A problem with a question, and the next step. */
function findingElement({ severity, message, help }: Finding): HTMLElement {
  return element(
    'div',
    { class: `notice ${severity === 'error' ? 'danger' : 'warn'}` },
    element('p', {}, sentence(message)),
    help === undefined ? null : element('p', { class: 'help' }, help),
  );
}

/** The rows that the answer is about. */
function scopeNotes(page: PageState): Node[] {
  const { rows, selected } = page;
  const isPart = selected.length < rows.count;
  const limits = limitTexts(rows.data);
  const note = element(
    'p',
    { class: 'muted' },
    `Among ${count(selected.length)} of ${count(rows.count)} rows, as the search and filters say. `,
    element(
      'button',
      { type: 'button', class: 'link', onclick: () => page.change({ search: '', filters: {} }) },
      'Ask about all rows',
    ),
  );
  const limit = element(
    'p',
    { class: 'notice warn name' },
    `This page is limited. ${limits.join('. ')}. Others may be able to, too.`,
  );
  return [...(limits.length > 0 ? [limit] : []), ...(isPart ? [note] : [])];
}

/** Permissions of everyone with access to a cluster, and of anyone at all; one note for clusters that share them. */
function everybodyNotes({ rows }: PageState, question: PageQuestion): Node[] {
  const byRights = groupBy(rows.data.clusters, (cluster) => question.rightsIn(cluster));
  return [...byRights].flatMap(([rights, clusters]) => {
    const where = clusterNames(clusters);
    return [
      ...grantedNote(`Everyone with access to ${where}`, rights?.everybody.roles ?? []),
      ...grantedNote(
        `Anyone who can reach the API server of ${where}, without credentials,`,
        rights?.anybody.roles ?? [],
      ),
    ];
  });
}

function grantedNote(who: string, roles: readonly BoundRole[]): Node[] {
  if (roles.length === 0) return [];
  const through = listed(
    roles.map((one) => `${boundRoleText(one)} (${boundByText(one)})`),
    3,
  );
  return [element('p', { class: 'notice danger' }, element('strong', {}, who), ` can, through ${through}.`)];
}

/** Clusters whose answers are incomplete. */
function blindNotes({ rows }: PageState): Node[] {
  const { clusters, tables } = rows.data;
  const blind = clusters.filter(({ rbac }) => rbac === null || tables.rbac[rbac]?.knowsBindings !== true);
  if (blind.length === 0) return [];
  const what = `This page doesn't know the roles and bindings of ${clusterNames(blind)}, so what Kubernetes groups`;
  return [unknownBindingsNotice(`${what} can do there is unknown.`)];
}

function clusterNames(clusters: readonly PageCluster[]): string {
  return listed(
    clusters.map(({ name, file }) => name ?? file?.name ?? 'the cluster'),
    3,
  );
}

/** `9 people, 2 groups and 1 IAM role` */
function countText(principals: readonly WhoRow['principal'][]): string {
  const byType = groupBy(principals, ({ type }) => type);
  const texts = Object.entries(PRINCIPAL_NOUNS).flatMap(([type, [one, many]]) => {
    const number = byType.get(type as keyof typeof PRINCIPAL_NOUNS)?.length ?? 0;
    return number === 0 ? [] : `${count(number)} ${number === 1 ? one : many}`;
  });
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
