import { questionText } from '../rbac/request.ts';
import type { Risk } from '../rbac/ways-to-admin.ts';
import type { WhoRow } from '../who/rows.ts';
import { principalKindText } from '../who/way.ts';
import type { PageCluster, PageData } from './data.ts';

const numbers = new Intl.NumberFormat('en-US');

/** `5,000` */
export function count(number: number): string {
  return numbers.format(number);
}

// In UTC: a page is read in many places, and mailed.
const DAY = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
const days = new Intl.DateTimeFormat('en-GB', DAY);
const times = new Intl.DateTimeFormat('en-GB', { ...DAY, hour: '2-digit', minute: '2-digit' });

/** `28 Oct 2026` or `28 Oct 2026, 05:00 UTC`; a text that isn't a date stays as it is. */
export function dateText(iso: string, withTime: boolean): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return withTime ? `${times.format(date)} UTC` : days.format(date);
}

/** `1 row`, `5,000 rows` */
export function rowsText(number: number): string {
  return `${count(number)} ${number === 1 ? 'row' : 'rows'}`;
}

/** `312 of 5,000 rows` */
export function selectedText(selected: number, all: number): string {
  return selected === all ? rowsText(all) : `${count(selected)} of ${rowsText(all)}`;
}

/** Principals in words: one, and several. */
export const PRINCIPAL_NOUNS: Readonly<
  Record<WhoRow['principal']['type'], readonly [one: string, many: string]>
> = {
  USER: ['person', 'people'],
  GROUP: ['group', 'groups'],
  IAM_ROLE: ['IAM role', 'IAM roles'],
  IAM_USER: ['IAM user', 'IAM users'],
  ACCOUNT: ['account', 'accounts'],
  KUBERNETES_GROUP: ['Kubernetes group', 'Kubernetes groups'],
  KUBERNETES_USER: ['Kubernetes user', 'Kubernetes users'],
  SERVICE_ACCOUNT: ['service account', 'service accounts'],
};

type Kind = keyof typeof PRINCIPAL_NOUNS;

/** Groups last: they are how others have access. */
export const KINDS: readonly Kind[] = [
  ...(Object.keys(PRINCIPAL_NOUNS) as Kind[]).filter((kind) => kind !== 'GROUP'),
  'GROUP',
];

/** `groups` */
export function kindWord(kind: Kind, number: number): string {
  return `${kind === 'ACCOUNT' ? 'whole ' : ''}${PRINCIPAL_NOUNS[kind][number === 1 ? 0 : 1]}`;
}

/** `3 groups` */
export function kindText(kind: Kind, number: number): string {
  return `${count(number)} ${kindWord(kind, number)}`;
}

/** `user`, `group`, `deleted user`, `IAM role` … */
export function principalKind(principal: WhoRow['principal']): string {
  const kind = principalKindText(principal);
  return principal.name === null ? `deleted ${kind}` : kind;
}

/** For a row of the earlier run. */
export const HAD_ACCESS = 'had access';

/**
 * A clause or the message of a finding as a sentence.
 * @param name stays as it is written if the text starts with it
 */
export function sentence(text: string, name: string | null = null): string {
  const isNamed = name !== null && text.startsWith(name);
  const first = isNamed ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

/** The subject of a binding, before its name. */
export const SUBJECT_TEXTS = {
  User: 'username',
  Group: 'Kubernetes group',
  ServiceAccount: 'service account',
  AccessEntry: 'access entry',
} as const;

/** `Who has access to prod` */
export function titleOf({ clusters }: Pick<PageData, 'clusters'>): string {
  const [only, ...others] = clusters;
  if (!only) return 'Who has access';
  return `Who has access to ${others.length > 0 ? `${clusters.length} clusters` : clusterTitle(only)}`;
}

export function clusterTitle({ name, file }: PageCluster): string {
  return name ?? (file ? `the cluster of ${file.name}` : 'the cluster');
}

/** Limits of the run, so that nobody takes the page for complete. */
export function limitTexts({
  asked,
  limits: { named, kubernetesGroups, namespace },
}: Pick<PageData, 'asked' | 'limits'>): readonly string[] {
  const where = namespace === null ? '' : ` in namespace ${namespace}`;
  return [
    ...(asked ? [`Only who can: ${questionText(asked)}${where}`] : []),
    ...named.map(
      ({ type, name }) => `Only the access of ${type === 'USER' ? 'user' : 'group'} ${name ?? ''}`,
    ),
    ...(kubernetesGroups ? [`Only entries with Kubernetes group ${kubernetesGroups.join(' or ')}`] : []),
  ];
}

/** Meanings of the risks for readers who don't know Kubernetes, as continuations of "They". */
export const RISK_MEANINGS: Readonly<Record<Risk, string>> = {
  'cluster-admin':
    'can do everything in the cluster: read every secret, run any program, grant anyone access.',
  'system-admin':
    "can do everything in kube-system, where the cluster's own programs run, and take over the cluster from there.",
  escalate: 'can add any permission to a role, including to a role that they have.',
  bind: "can grant themselves roles that they don't have, such as cluster-admin.",
  impersonate: 'can act as someone else, such as a cluster admin.',
  'impersonate-constrained':
    'can act as someone else, such as a cluster admin, for requests that are enough to become one.',
  'create-tokens':
    'can create passwords for the accounts of powerful programs in the cluster, and log in as these.',
  'approve-certificates': "can issue certificates to log in under any name, such as a cluster admin's.",
  'edit-aws-auth': 'can change the list of who has access, and make themselves cluster admin there.',
  'edit-webhooks': 'can have the cluster change what others ask it to do, such as which programs it starts.',
  'edit-mutating-policies':
    'can have the cluster change what others ask it to do, such as which programs it starts.',
  'read-secrets':
    'can read every password and key stored in the cluster, and log in as powerful programs with theirs.',
  'read-system-secrets':
    "can read the passwords and keys of the cluster's own programs, and log in as these.",
  exec: 'can run commands inside every program in the cluster, with the permissions of the most powerful one.',
  'exec-system':
    "can run commands inside the cluster's own programs, and take over the cluster with their permissions.",
  'create-pods':
    'can start programs anywhere in the cluster, with the permissions of any other program there.',
  'create-system-pods': "can start programs with the permissions of the cluster's own programs.",
  'act-as-account': 'can run programs with the permissions of a powerful one, or read its password.',
};
