import type { PageCluster, PageData, SourceFile } from '../data.ts';
import { clusterTitle } from '../texts.ts';
import { dayView, timeView } from './dates.ts';
import { type Child, type Markup, markup } from './markup.ts';
import { BLIND_SPOTS, WORDS } from './words.ts';

/** How the page was made, what its words mean, and what it can't tell: one menu. */
export function aboutView(data: PageData): Markup {
  const { version, command, asOf, rbacFiles, clusters } = data;
  return markup(
    'details',
    { class: 'about' },
    markup('summary', {}, 'About this page'),
    markup(
      'div',
      { class: 'opened' },
      markup('h2', {}, 'How it was made'),
      markup('p', {}, `By aws-auth-sso ${version}, with this command:`),
      markup('pre', { tabindex: 0 }, markup('code', {}, command)),
      markup(
        'dl',
        {},
        ...fact('AWS', asOf === null ? 'not read' : timeView(asOf)),
        ...fact(
          'RBAC',
          ...(rbacFiles.length === 0
            ? ['not given']
            : rbacFiles.flatMap((file, index) => [index === 0 ? null : '; ', ...fileView(file)])),
        ),
        ...clusters.flatMap((cluster) => fact(clusterTitle(cluster), ...clusterView(cluster))),
      ),
      markup('p', { class: 'muted' }, 'The page has everything in this one file and makes no requests.'),
      markup('h2', {}, 'What the words mean'),
      markup('dl', {}, ...WORDS.flatMap(([word, meaning]) => fact(word, meaning))),
      markup('h2', {}, "What it can't tell"),
      markup('ul', {}, ...BLIND_SPOTS.map((text) => markup('li', {}, text))),
    ),
  );
}

function fact(name: string, ...values: readonly Child[]): Markup[] {
  return [markup('dt', { class: 'name' }, name), markup('dd', { class: 'name' }, ...values)];
}

/** The ARN, the setting of EKS, and the aws-auth file. */
function clusterView({ arn, authenticationMode, file }: PageCluster): Child[] {
  const parts: (readonly Child[])[] = [
    arn === null ? [] : [arn],
    authenticationMode === null ? ["EKS wasn't asked"] : [`mode ${authenticationMode}`],
    file ? fileView(file) : [],
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => [index === 0 ? null : '; ', ...part]);
}

/** `rbac.yaml, saved 29 Nov 2026` */
function fileView({ name, modifiedAt }: SourceFile): Child[] {
  return modifiedAt === null ? [`${name}, date unknown`] : [`${name}, saved `, dayView(modifiedAt)];
}
