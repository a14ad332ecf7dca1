import type { Rights } from '../../../access/cluster-rights.ts';
import { PEOPLE_UNREAD, REASON_TEXTS } from '../../../access/reason-texts.ts';
import { principalKindText } from '../../../access/way-text.ts';
import type { WhoRow } from '../../../access/who-rows.ts';
import { policyText } from '../../../access-entry.ts';
import { groupBy } from '../../../group-by.ts';
import { type BoundRole, boundRoleText, isPolicy } from '../../../rbac/model.ts';
import { listed } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import { accountTextIn } from '../account-text.ts';
import { count } from '../texts.ts';
import { partsText } from './presets.ts';
import type { PageQuestion, PrincipalAnswer, Verdict } from './who-can-answer.ts';

/** `user`, `group`, `deleted user`, `IAM role` … */
export function kindText(principal: WhoRow['principal']): string {
  const kind = principalKindText(principal);
  return principal.name === null ? `deleted ${kind}` : kind;
}

export function nameOf({ name, id }: WhoRow['principal']): string {
  return name ?? id;
}

/** `9 people, 2 groups and 1 IAM role` */
export function countText(principals: readonly WhoRow['principal'][]): string {
  const byType = groupBy(principals, ({ type }) => type);
  const texts = NOUNS.flatMap(([type, one, many]) => {
    const number = byType.get(type)?.length ?? 0;
    return number === 0 ? [] : `${count(number)} ${number === 1 ? one : many}`;
  });
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

const NOUNS: readonly (readonly [type: WhoRow['principal']['type'], one: string, many: string])[] = [
  ['USER', 'person', 'people'],
  ['GROUP', 'group', 'groups'],
  ['IAM_ROLE', 'IAM role', 'IAM roles'],
  ['IAM_USER', 'IAM user', 'IAM users'],
  ['ACCOUNT', 'account', 'accounts'],
  ['KUBERNETES_GROUP', 'Kubernetes group', 'Kubernetes groups'],
  ['KUBERNETES_USER', 'Kubernetes user', 'Kubernetes users'],
  ['SERVICE_ACCOUNT', 'service account', 'service accounts'],
];

/** `Admin in prod`; without a permission set, the ARN of the entry. */
export function placeText(rows: PageRows, entry: number): string {
  const { permissionSet, rolearn, source, ...row } = rows.entry(entry);
  const account = accountTextIn(rows)(row);
  if (permissionSet !== null) return `${permissionSet} in ${account}`;
  if (source === 'binding') return 'bindings';
  return rolearn === '' ? `account ${account}` : rolearn;
}

export function clusterText(rows: PageRows, entry: number): string {
  const { cluster, clusterIndex } = rows.entry(entry);
  const file = clusterIndex === null ? null : rows.data.clusters[clusterIndex]?.file;
  return cluster ?? file?.name ?? 'unknown cluster';
}

/** How a principal is assigned: `directly and through group Platform`; empty for a group and outside Identity Center. */
export function viaText(vias: readonly (string | null)[]): string {
  const groups = vias.filter((via) => via !== null);
  if (groups.length === 0) return '';
  const through = `through ${groups.length === 1 ? 'group' : 'groups'} ${listed(groups, 3)}`;
  return groups.length === vias.length ? through : `directly and ${through}`;
}

/** A way in which a principal can do something, the same in several clusters or accounts. */
export interface AnswerWay {
  readonly answer: Verdict['answer'];
  readonly places: readonly Place[];
  readonly via: string;
  readonly why: readonly Why[];
}

interface Place {
  readonly place: string;
  readonly cluster: string;
  /** The account's ID and the role, for those who look closer. */
  readonly more: string;
}

/** A reason in words, and how it came about. */
interface Why {
  readonly text: string;
  readonly more: string;
}

/** The ways of a principal, with one for all that differ only in the place. */
export function answerWays(
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
    const place: Place = {
      place: placeText(rows, entry),
      cluster: clusterText(rows, entry),
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
  { answer, reason, rights, open }: Verdict,
  asked: readonly string[],
  note: string,
): readonly Why[] {
  const named = (rights?.forNames ?? []).map(({ text, names, through }) => {
    return { text: `Only for ${listed(names, 5)}`, more: `${text}, through ${through}` };
  });
  if (answer === 'names') return named;
  const unknown = answer === 'unknown' ? [unknownWhy({ reason, open }, note)] : [];
  return [...unknown, ...(rights ? allowing(rights, asked) : []), ...named];
}

/** Roles and policies that are listed; a person may have very many. */
const MOST_ROLES = 3;

function allowing(rights: Rights, asked: readonly string[]): Why[] {
  const { admin, roles, rolesOfEverybody, can } = rights;
  const whole =
    admin === null ? [] : [{ text: 'Cluster admin: may do everything', more: `through ${admin}` }];
  const bound = [
    ...roles.map((one) => ({ text: boundRoleText(one), more: sourceText(one) })),
    ...rolesOfEverybody.map((one) => ({
      text: boundRoleText(one),
      more: `everyone with access has it: ${sourceText(one)}`,
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

/** `RoleBinding devs to group developers` */
export function sourceText(bound: BoundRole): string {
  const { binding, subject } = bound;
  if (isPolicy(bound)) return 'access policy of an access entry';
  return `${binding.kind} ${binding.name} to ${SUBJECT_TEXTS[subject.kind]} ${subject.name}`;
}

export const SUBJECT_TEXTS = {
  User: 'username',
  Group: 'Kubernetes group',
  ServiceAccount: 'service account',
  AccessEntry: 'access entry',
} as const;

/** Why an answer is unknown. */
function unknownWhy({ reason, open }: Pick<Verdict, 'reason' | 'open'>, note: string): Why {
  const text = sentence(reason === null ? PEOPLE_UNREAD : REASON_TEXTS[reason]);
  if (reason === 'access-policy') return { text, more: listed(open.map((policy) => policyText(policy))) };
  return { text, more: reason === 'unreadable' ? note : '' };
}

/** A clause or the message of a finding as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}
