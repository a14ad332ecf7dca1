import { policyText } from '../../../eks.ts';
import { groupBy } from '../../../group-by.ts';
import { type BoundRole, boundRoleText } from '../../../rbac/model.ts';
import { questionText } from '../../../rbac/request.ts';
import { listed } from '../../../text.ts';
import type { Rights } from '../../../who/cluster-rights.ts';
import { PEOPLE_UNREAD, REASON_TEXTS } from '../../../who/row-texts.ts';
import { type PageRows, personValue } from '../../decode.ts';
import { count, KINDS, kindText, limitTexts, sentence } from '../../texts.ts';
import type { PageState } from '../page.ts';
import { type Answer, type AnswerRow, type Note, type Part, withoutRepetition } from './answer-table.ts';
import { questionWords } from './presets.ts';
import type { PageQuestion, PrincipalAnswer, RowAnswer } from './who-can-answer.ts';
import {
  blindNotes,
  boundByText,
  clusterNames,
  entryText,
  gapTexts,
  placeOf,
  principalKind,
  type Scope,
  scopeOf,
} from './words.ts';

/** What a page knows when it answers. */
type Asked = Pick<PageState, 'rows' | 'selected' | 'view' | 'hashOf'>;

/** Who can do something, through what, and why. */
export function whoCan(page: Asked, question: PageQuestion, answers: readonly PrincipalAnswer[]): Answer {
  const { view } = page;
  const where = view.namespace === '' ? '' : ` in namespace ${view.namespace}`;
  const what = `${questionWords(view.can, question.asked)}${where}`;
  return {
    ...leadOf(page, what, answers),
    question: `who can ${what}?`,
    notes: notesOf(page, question, answers),
    header: 'Why',
    groups: answers.map((one) => () => rowsOf(page, question, one)),
  };
}

/** `2 people and 1 group` `can get secrets in namespace payments. Not known for 1 group.` */
function leadOf(
  page: Asked,
  what: string,
  answers: readonly PrincipalAnswer[],
): Pick<Answer, 'who' | 'text'> {
  const { rows, selected } = page;
  const [able, unknown, named, returned] = (['yes', 'unknown', 'names', 'returns'] as const).map((answer) =>
    answers.filter((one) => one.answer === answer),
  );
  const byKind = groupBy(unknown ?? [], (one) => unknownKind(rows, one));
  const people = byKind.get('people') ?? [];
  const gaps = [
    ...(byKind.has(null) ? [`Not known for ${countText(rows, byKind.get(null) ?? [])}.`] : []),
    ...(people.length > 0 ? [`Not known who has ${listed(placesOf(rows, people), 2)}.`] : []),
    ...gapTexts(scopeOf(rows, page.view)),
  ];
  const among = selected.length < rows.count ? ' in the selected rows' : '';
  const isOpen = gaps.length > 0 || limitTexts(rows.data).length > 0 || rows.count === 0;
  const [who, verb] =
    able && able.length > 0
      ? [countText(rows, able), 'can']
      : isOpen
        ? [`Nobody${among}`, 'is known to be able to']
        : [`Nobody${among}`, 'can'];
  const rest = [
    ...gaps,
    ...(named && named.length > 0 ? [`Only for certain names: ${countText(rows, named)}.`] : []),
    ...(returned && returned.length > 0
      ? [`Requests to patch or delete secrets return them: ${countText(rows, returned)}.`]
      : []),
  ];
  return { who, text: [`${verb} ${what}.`, ...rest].join(' ') };
}

/** `cluster`: stands for one that couldn't be read; `people`: a role whose people weren't read. */
function unknownKind(rows: PageRows, { principal, rows: own }: PrincipalAnswer): keyof typeof UNKNOWN | null {
  const isAccount = rows.principal(principal).type === 'ACCOUNT';
  if (isAccount && own.every((row) => rows.entry(rows.index(row, 'entries')).unread !== null))
    return 'cluster';
  return own.some((row) => rows.grant(rows.index(row, 'grants')).hasPrincipal) ? null : 'people';
}

const UNKNOWN = { people: 'People who are not known', cluster: 'A cluster that was not read' } as const;

/** The name and kind of a principal, or what is known instead. */
function nameOf(rows: PageRows, one: PrincipalAnswer): readonly [name: string, kind: string] {
  const unknown = one.answer === 'unknown' ? unknownKind(rows, one) : null;
  if (unknown !== null) return [UNKNOWN[unknown], ''];
  const principal = rows.principal(one.principal);
  return [principal.name ?? principal.id, principalKind(principal)];
}

function placesOf(rows: PageRows, answers: readonly PrincipalAnswer[]): string[] {
  const entries = answers.flatMap(({ rows: own }) => own.map((row) => rows.index(row, 'entries')));
  return [...new Set(entries.map((entry) => entryText(rows, entry)))];
}

/** `9 people, 1 IAM role and 2 groups` */
function countText(rows: PageRows, answers: readonly Pick<PrincipalAnswer, 'principal'>[]): string {
  const byType = groupBy(answers, ({ principal }) => rows.principal(principal).type);
  const texts = KINDS.flatMap((kind) => {
    const number = byType.get(kind)?.length ?? 0;
    return number === 0 ? [] : kindText(kind, number);
  });
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

function notesOf(page: Asked, question: PageQuestion, answers: readonly PrincipalAnswer[]): Note[] {
  const { rows, selected } = page;
  const scope = scopeOf(rows, page.view);
  const limits = limitTexts(rows.data);
  const isPart = selected.length < rows.count;
  return [
    ...question.findings.map(({ message, help }): Note => ({ style: 'warn', text: sentence(message), help })),
    ...(limits.length === 0
      ? []
      : [
          {
            style: 'warn' as const,
            text: `This page is limited. ${limits.join('. ')}. Others may be able to, too.`,
          },
        ]),
    ...(isPart ? [selectedNote(page)] : []),
    ...everybodyNotes(scope.clusters, question),
    ...blindNotes(scope, rows.data.clusters.length > 1),
    ...couldNotes(page, answers),
  ];
}

/** The rows that the answer is about. */
export function selectedNote(page: Asked): Note {
  const { rows, selected } = page;
  return {
    style: '',
    text: `Among ${count(selected.length)} of ${count(rows.count)} rows, as the search and filters say.`,
    link: { text: 'Ask about all rows', href: page.hashOf({ search: '', filters: {} }) },
  };
}

/** Permissions of everyone with access to a cluster, and of anyone at all; one note for clusters that share them. */
function everybodyNotes(clusters: Scope['clusters'], question: PageQuestion): Note[] {
  const byRights = groupBy(clusters, (cluster) => question.rightsIn(cluster));
  return [...byRights].flatMap(([rights, those]) => {
    const where = clusterNames(those);
    const anybody = `Anyone who can reach the API server of ${where}, without credentials,`;
    return [
      ...grantedNote(`Everyone with access to ${where}`, rights?.everybody.roles ?? []),
      ...grantedNote(anybody, rights?.anybody.roles ?? []),
    ];
  });
}

function grantedNote(who: string, roles: readonly BoundRole[]): Note[] {
  if (roles.length === 0) return [];
  const through = listed(
    roles.map((one) => `${boundRoleText(one)} (${boundByText(one)})`),
    3,
  );
  return [{ style: 'danger', text: `${who} can, through ${through}.` }];
}

/** Filters for more people than these make addresses that nobody can send. */
const MOST_FILTERED = 100;

/** Who can't do it yet, but can become cluster admin. */
function couldNotes(page: Asked, answers: readonly PrincipalAnswer[]): Note[] {
  const { rows, selected } = page;
  const answered = new Set(answers.map(({ principal }) => principal));
  const hasRoute = rows.data.tables.grants.map((_, grant) => rows.routes(grant).length > 0);
  const others = new Set<number>();
  for (const row of selected) {
    if (!hasRoute[rows.index(row, 'grants')] || rows.isEarlier(row)) continue;
    const principal = rows.index(row, 'principals');
    if (!answered.has(principal)) others.add(principal);
  }
  if (others.size === 0) return [];
  const all = [...others].map((principal) => ({ principal }));
  const text = `${countText(rows, all)} can't, but can become cluster admin, and then allow themselves this.`;
  const person = [...new Set(all.map(({ principal }) => personValue(rows.principal(principal))))];
  const filters = {
    ...page.view.filters,
    ...(person.length > MOST_FILTERED ? { admin: ['route'] } : { person }),
  };
  return [{ style: 'warn', text, link: { text: 'Show how', href: page.hashOf({ tab: 'table', filters }) } }];
}

/** The ways of a principal, each with its reasons. */
function rowsOf(page: Asked, question: PageQuestion, one: PrincipalAnswer): readonly AnswerRow[] {
  const { rows } = page;
  const [who, kind] = nameOf(rows, one);
  const value = personValue(rows.principal(one.principal));
  const href = kind === '' ? null : page.hashOf({ who: value, can: '', namespace: '' });
  const byEntry = groupBy(one.rows, (row) => `${rows.index(row, 'entries')} ${rows.index(row, 'grants')}`);
  const ways = [...byEntry.values()].flatMap((same) =>
    same.slice(0, 1).map((row): AnswerRow => {
      const verdict = question.verdict(row);
      const { note } = rows.grant(rows.index(row, 'grants'));
      const vias = same.map((other) => rows.via(rows.index(other, 'vias')));
      const place = placeOf(rows, rows.index(row, 'entries'), vias);
      const why = whyOf(verdict, question.asked, note);
      return { who, kind, href, state: verdict.answer, ...place, why };
    }),
  );
  return withoutRepetition(ways);
}

/** @param note of the row, for what isn't known about it */
function whyOf(
  { answer, reason, rights, open }: RowAnswer,
  asked: readonly string[],
  note: string,
): readonly Part[] {
  const named = (rights?.forNames ?? []).map(({ text, names, through }) => {
    return { text: `Only for ${listed(names, 5)}`, more: `${text}, through ${through}` };
  });
  if (answer === 'names') return named;
  if (answer === 'returns')
    return (rights?.returning ?? []).map(([verbs, through]) => {
      return { text: `Can ${listed(verbs)} secrets`, more: `the response has them, through ${through}` };
    });
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

function allowing({ admin, roles, rolesOfEverybody, can }: Rights, asked: readonly string[]): Part[] {
  const whole = admin === null ? [] : [{ text: 'Admin: may do everything', more: `through ${admin}` }];
  const bound = [
    ...roles.map((one) => ({ text: boundRoleText(one), more: boundByText(one) })),
    ...rolesOfEverybody.map((one) => ({
      text: boundRoleText(one),
      more: `everyone with access has it: ${boundByText(one)}`,
    })),
  ];
  const rest = bound.slice(MOST_ROLES).map(({ text, more }) => `${text} (${more})`);
  const isPart = can.length > 0 && can.length < asked.length;
  return [
    ...whole,
    ...bound.slice(0, MOST_ROLES),
    ...(rest.length > 0 ? [{ text: '', more: '', rest }] : []),
    ...(isPart ? [{ text: '', more: `only to ${questionText(can)}` }] : []),
  ];
}
