import type { WhoRow } from '../../access/who-rows.ts';
import { questionText } from '../../rbac/request.ts';
import type { PageCluster, PageData } from '../data.ts';

const numbers = new Intl.NumberFormat('en-US');

/** `5,000` */
export function count(number: number): string {
  return numbers.format(number);
}

/** `1 row`, `5,000 rows` */
export function rowsText(number: number): string {
  return `${count(number)} ${number === 1 ? 'row' : 'rows'}`;
}

/** `312 of 5,000 rows` */
export function selectedText(selected: number, all: number): string {
  return selected === all ? rowsText(all) : `${count(selected)} of ${rowsText(all)}`;
}

type PrincipalType = WhoRow['principal']['type'];

/** Principals in words: one, and several. */
export const PRINCIPAL_NOUNS: Readonly<Record<PrincipalType, readonly [one: string, many: string]>> = {
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

/** For a row of the earlier run. */
export const HAD_ACCESS = 'had access';

/** A clause or the message of a finding as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
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
