import { policyText } from '../../../eks.ts';
import { groupBy } from '../../../group-by.ts';
import { type BoundRole, boundRoleText, isPolicy } from '../../../rbac/model.ts';
import { questionText } from '../../../rbac/request.ts';
import { listed } from '../../../text.ts';
import type { Rights } from '../../../who/cluster-rights.ts';
import { PEOPLE_UNREAD, REASON_TEXTS } from '../../../who/row-texts.ts';
import { type PageRows, personValue } from '../../decode.ts';
import { KINDS, kindText, principalKind, SUBJECT_TEXTS, sentence } from '../../texts.ts';
import type { AnswerPart, AnswerRow, Note, ShownAnswer } from './answer-table.ts';
import type { PageQuestion, PrincipalAnswer, RowAnswer } from './who-can-answer.ts';
import {
  type AskedPage,
  entryText,
  gapsText,
  listedClusters,
  questionWords,
  scopeOf,
  waysOf,
} from './words.ts';

/** Who can do something, through what, and why. */
export function whoCan(
  page: AskedPage,
  question: PageQuestion,
  answers: readonly PrincipalAnswer[],
): ShownAnswer {
  const { rows, view } = page;
  const where = view.namespace === '' ? '' : ` in namespace ${view.namespace}`;
  const what = `${questionWords(view.can, question.asked)}${where}`;
  const scope = scopeOf(page);
  const byAnswer = groupBy(answers, ({ answer }) => answer);
  const byUnknown = groupBy(byAnswer.get('unknown') ?? [], (one) => unknownKind(rows, one));
  const textOf = (before: string, those: readonly PrincipalAnswer[] = []) =>
    those.length === 0 ? [] : [`${before} ${countText(rows, those)}.`];
  const unknown = byUnknown.get('principal');
  const roles = byUnknown.get('people')?.flatMap((one) => one.rows.map((row) => rows.index(row, 'entries')));
  const gaps = [
    ...(unknown ? [`whether ${countText(rows, unknown)} can`] : []),
    ...(roles ? [`who has ${listed([...new Set(roles.map((one) => entryText(rows, one)))], 5)}`] : []),
    ...scope.gaps,
  ];
  const able = byAnswer.get('yes');
  const nobody = gaps.length > 0 || scope.isOpen ? 'is known to be able to' : 'can';
  return {
    question: `who can ${what}?`,
    who: able ? countText(rows, able) : page.selected.length < rows.count ? 'Nobody in these rows' : 'Nobody',
    text: [
      `${able ? 'can' : nobody} ${what}.`,
      ...textOf('Only for certain names:', byAnswer.get('names')),
      ...textOf('Requests to patch or delete secrets return them:', byAnswer.get('returns')),
      ...gapsText(gaps),
    ].join(' '),
    notes: [
      ...question.findings.map(
        ({ message, help }): Note => ({ style: 'warn', text: sentence(message), help }),
      ),
      ...scope.notes,
      ...everybodyNotes(scope.clusters, question),
      ...couldNotes(page, answers),
    ],
    why: 'Why',
    groups: answers.map((one) => () => rowsOf(page, question, one)),
  };
}

/** `cluster`: the row of one that couldn't be read; `people`: a role whose people weren't read. */
function unknownKind(rows: PageRows, { principal, rows: own }: PrincipalAnswer) {
  const isAccount = rows.principal(principal).type === 'ACCOUNT';
  const isUnread = (row: number) => rows.entry(rows.index(row, 'entries')).unread !== null;
  if (isAccount && own.every(isUnread)) return 'cluster';
  return own.some((row) => rows.grant(rows.index(row, 'grants')).hasPrincipal || isUnread(row))
    ? 'principal'
    : 'people';
}

/** `9 people, 1 IAM role and 2 groups` */
function countText(rows: PageRows, those: readonly Pick<PrincipalAnswer, 'principal'>[]): string {
  const byType = groupBy(those, ({ principal }) => rows.principal(principal).type);
  const texts = KINDS.flatMap((kind) => {
    const number = byType.get(kind)?.length ?? 0;
    return number === 0 ? [] : kindText(kind, number);
  });
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** Permissions of everyone with access to a cluster, and of anyone at all; one note for clusters that share them. */
function everybodyNotes(clusters: Parameters<typeof listedClusters>[0], question: PageQuestion): Note[] {
  return [...groupBy(clusters, (cluster) => question.rightsIn(cluster))].flatMap(([rights, those]) => {
    const anybody = `Anyone who can reach the API server of ${listedClusters(those)}, without credentials,`;
    return [
      [`Everyone with access to ${listedClusters(those)}`, rights?.everybody.roles ?? []] as const,
      [anybody, rights?.anybody.roles ?? []] as const,
    ].flatMap(([who, roles]): Note[] => {
      const through = listed(
        roles.map((one) => `${boundRoleText(one)} (${boundByText(one)})`),
        3,
      );
      return roles.length === 0 ? [] : [{ style: 'danger', text: `${who} can, through ${through}.` }];
    });
  });
}

/** Filters for more people than these make addresses that nobody can send. */
const MOST_FILTERED = 100;

/** Who can't do it yet, but can become cluster admin. */
function couldNotes(page: AskedPage, answers: readonly PrincipalAnswer[]): Note[] {
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
  const those = person.length > MOST_FILTERED ? { admin: ['route'] } : { person };
  const href = page.hashOf({ tab: 'table', filters: { ...page.view.filters, ...those } });
  return [{ style: 'warn', text, link: { text: 'Show how', href } }];
}

const UNKNOWN = { people: 'Unknown people', cluster: 'A cluster that was not read' } as const;

/** The ways of a principal, each with its reasons. */
function rowsOf(page: AskedPage, question: PageQuestion, one: PrincipalAnswer): readonly AnswerRow[] {
  const { rows } = page;
  const principal = rows.principal(one.principal);
  const unknown = one.answer === 'unknown' ? unknownKind(rows, one) : 'principal';
  const href = page.hashOf({ who: personValue(principal), can: '', namespace: '' });
  const head =
    unknown === 'principal'
      ? { who: principal.name ?? principal.id, kind: principalKind(principal), href }
      : { who: UNKNOWN[unknown], kind: '', href: null };
  return waysOf(rows, one.rows).map(({ row, ...way }) => {
    const verdict = question.verdict(row);
    const why = whyOf(verdict, question.asked, rows.grant(rows.index(row, 'grants')).note);
    return { ...head, state: verdict.answer, ...way, why };
  });
}

/** @param note of the row, for what isn't known about it */
function whyOf(
  { answer, reason, rights, open }: RowAnswer,
  asked: readonly string[],
  note: string,
): AnswerPart[] {
  const details = { 'access-policy': listed(open.map((policy) => policyText(policy))), unreadable: note };
  const unknown = {
    text: sentence(reason === null ? PEOPLE_UNREAD : REASON_TEXTS[reason]),
    more: reason === 'access-policy' || reason === 'unreadable' ? details[reason] : '',
  };
  return [
    ...(answer === 'unknown' ? [unknown] : []),
    ...(rights ? allowing(rights, asked) : []),
    ...(rights?.forNames ?? []).map(({ text, names, through }) => {
      return { text: `Only for ${listed(names, 5)}`, more: `${text}, through ${through}` };
    }),
    ...(rights?.returning ?? []).map(([verbs, through]) => {
      return { text: `Can ${listed(verbs)} secrets`, more: `the response has them, through ${through}` };
    }),
  ];
}

/** Roles and policies that are shown at once; a person may have very many. */
const MOST_ROLES = 2;

function allowing({ admin, roles, rolesOfEverybody, can }: Rights, asked: readonly string[]): AnswerPart[] {
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
    ...(admin === null ? [] : [{ text: 'Admin: may do everything', more: `through ${admin}` }]),
    ...bound.slice(0, MOST_ROLES),
    ...(rest.length > 0 ? [{ text: '', more: '', rest }] : []),
    ...(isPart ? [{ text: '', more: `only to ${questionText(can)}` }] : []),
  ];
}

/** `RoleBinding devs to Kubernetes group developers` */
function boundByText(bound: BoundRole): string {
  const { binding, subject } = bound;
  if (isPolicy(bound)) return 'access policy of an access entry';
  return `${binding.kind} ${binding.name} to ${SUBJECT_TEXTS[subject.kind]} ${subject.name}`;
}
