import type { AuthenticationMode } from '../../../eks.ts';
import { listed, printable } from '../../../text.ts';
import type { PageCluster, PageData, SourceFile } from '../../data.ts';
import { clusterValue } from '../../facets.ts';
import { clusterTitle, count, limitTexts, rowsText, titleOf } from '../../texts.ts';
import { dateElement, element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { rowsLink } from '../rows-link.ts';
import { countIn } from './counts.ts';

/** Which clusters, as of when, and by which run. */
export function headView(page: PageState): HTMLElement {
  const { data } = page.rows;
  const title = titleOf(data);
  document.title = printable(title);
  const [only, ...others] = data.clusters;
  const limits = limitTexts(data);
  return element(
    'div',
    { class: 'head' },
    element(
      'div',
      { class: 'head-line' },
      element('h1', { class: 'name' }, title),
      element(
        'div',
        { class: 'more' },
        ...(others.length > 0 ? [clusterList(page)] : []),
        runView(data),
        glossary(),
        blindSpots(),
      ),
    ),
    limits.length === 0
      ? null
      : element('ul', { class: 'limits' }, ...limits.map((text) => element('li', { class: 'name' }, text))),
    element(
      'dl',
      { class: 'facts' },
      ...fact(
        'AWS as of',
        data.asOf === null
          ? 'not read: who has which role is unknown'
          : dateElement(data.asOf, { withTime: true }),
      ),
      ...fact(
        'Roles and bindings (RBAC)',
        ...(data.rbacFiles.length === 0 ? ['not given: what Kubernetes groups may do is unknown'] : []),
        ...data.rbacFiles.flatMap((file, index) => [
          ...(index === 0 ? [] : [element('br')]),
          ...fileView(file),
        ]),
      ),
      ...(only && others.length === 0 ? fact('aws-auth', ...awsAuthView(only)) : []),
    ),
    ...(data.since?.doubts ?? []).map((text) => element('p', { class: 'muted name' }, text)),
  );
}

function fact(name: string, ...values: readonly (Node | string)[]): HTMLElement[] {
  return [element('div', {}, element('dt', {}, name), element('dd', {}, ...values))];
}

/** The settings of EKS in words. */
const MODES: Readonly<Record<AuthenticationMode, string>> = {
  CONFIG_MAP: 'aws-auth only',
  API_AND_CONFIG_MAP: 'access entries and aws-auth',
  API: 'access entries only',
};

/** Settings of the only cluster; several are in a list. */
function clusterFacts({ clusters }: PageData): HTMLElement[] {
  const [only, ...others] = clusters;
  if (!only || others.length > 0) return [];
  return [
    element(
      'dl',
      { class: 'facts' },
      ...fact('Access is granted by', ...modeView(only)),
      ...(only.arn === null ? [] : fact('Cluster', element('span', { class: 'name' }, only.arn))),
    ),
  ];
}

function modeView({ authenticationMode: mode }: PageCluster): (Node | string)[] {
  if (mode === null) return ["aws-auth; EKS wasn't asked for access entries"];
  return [
    mode in MODES ? `${MODES[mode as AuthenticationMode]} ` : '',
    element('span', { class: 'muted' }, `(mode ${mode})`),
  ];
}

function awsAuthView({ file, authenticationMode }: PageCluster): (Node | string)[] {
  if (file) return fileView(file);
  return [authenticationMode === 'API' ? 'not used' : 'not given: who has access through it is unknown'];
}

/** `rbac.yaml, saved 29 Nov 2026` */
function fileView({ name, modifiedAt }: SourceFile): (Node | string)[] {
  return [
    element('span', { class: 'name' }, name),
    ...(modifiedAt === null ? [', date unknown'] : [', saved ', dateElement(modifiedAt)]),
  ];
}

const MOST_NAMES = 5;

/** Several clusters, each with a link to its rows. */
function clusterList(page: PageState): HTMLElement {
  const { clusters, tables } = page.rows.data;
  const rows = clusters.map((cluster) => {
    const value = clusterValue(cluster);
    const own = countIn(page, 'rows', value === null ? {} : { cluster: [value] });
    const knows = cluster.rbac !== null && tables.rbac[cluster.rbac]?.knowsBindings;
    return element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'name' }, clusterTitle(cluster)),
      element('td', {}, rowsLink(page, own.filters, {}, rowsText(own.number))),
      element('td', {}, ...modeView(cluster)),
      element('td', {}, ...awsAuthView(cluster)),
      element('td', {}, knows ? 'known' : 'unknown'),
      element('td', { class: 'name muted' }, cluster.arn ?? 'unknown'),
    );
  });
  const headers = ['Cluster', 'Rows', 'Access is granted by', 'aws-auth', 'RBAC', 'ARN'];
  return element(
    'details',
    { class: 'clusters' },
    element(
      'summary',
      {},
      `${count(clusters.length)} clusters: ${listed(clusters.map(clusterTitle), MOST_NAMES)}`,
    ),
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Clusters' },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, ...headers.map((text) => element('th', { scope: 'col' }, text))),
        ),
        element('tbody', {}, ...rows),
      ),
    ),
  );
}

function runView(data: PageData): HTMLElement {
  const { version, command } = data;
  return element(
    'details',
    { class: 'run' },
    element('summary', {}, 'How this page was made'),
    ...clusterFacts(data),
    element('p', {}, `aws-auth-sso ${version}, with this command:`),
    element('pre', { tabindex: 0 }, element('code', {}, command)),
    element('p', { class: 'muted' }, 'The page has everything in this one file and makes no requests.'),
  );
}

/** Limits of every page; docs/audit.md has more of them. */
const BLIND_SPOTS = [
  "Who can change the access in AWS: administrators of Identity Center, and anyone who can edit the cluster's access entries, the trust policies of its IAM roles or the keys of its IAM users.",
  'Ways in without IAM: client certificates, tokens of programs, another identity provider, Argo CD with its own list of people.',
  'What programs in the cluster can do. Who can change or enter one has its permissions.',
  'Kyverno, Gatekeeper and webhooks, which can still refuse or allow a request.',
  'What was changed after the dates above, and roles and bindings that the files leave out.',
];

/** Says what the page can't tell, so that nobody takes it for everything. */
function blindSpots(): HTMLElement {
  return element(
    'details',
    { class: 'blind-spots' },
    element('summary', {}, "What this page can't tell"),
    element('ul', {}, ...BLIND_SPOTS.map((text) => element('li', {}, text))),
  );
}

/** The words of the page, in the order in which access flows; for readers who know Identity Center. */
const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  [
    'Permission set',
    'What Identity Center assigns to people and groups; in each account it becomes an IAM role.',
  ],
  [
    'Row',
    'One way in which a person or group has access. Someone with two permission sets has two, so there may be more rows than people.',
  ],
  [
    'Entry',
    'A rule of a cluster: callers with this IAM role (or this IAM user) get this username and these Kubernetes groups.',
  ],
  ['aws-auth', 'The older list of entries, a file in the cluster that EKS reads.'],
  ['Access entry', 'The newer kind of entry, kept by EKS itself; it can also grant access policies.'],
  [
    'Access policy',
    'A ready-made set of permissions by AWS that an access entry grants, in the whole cluster or some namespaces.',
  ],
  [
    'Kubernetes group',
    "A name that an entry gives to people; it isn't a group of Identity Center, and grants nothing until a binding names it.",
  ],
  [
    'Username',
    "What the entry calls someone in the cluster and its audit logs. A binding may name it, so one person can have more than the rest of a group. {{SessionName}} becomes each person's own name.",
  ],
  [
    'Role and binding',
    'A Kubernetes role lists permissions, and a binding grants the role to groups or people (together: RBAC). It counts in one namespace, or in all: cluster-wide.',
  ],
  [
    'Namespace',
    "A part of a cluster, often one per team or application. kube-system is the one of the cluster's own programs.",
  ],
  [
    'Pod, exec',
    'A pod is a running program. Exec means running commands inside of it, with its permissions and secrets.',
  ],
  ['Secret', 'A password, key or certificate that the cluster stores for programs.'],
  [
    'Cluster admin',
    'May do everything in the cluster, including reading every secret and granting access to others.',
  ],
  [
    'system:masters, cluster-admin',
    'The Kubernetes group and the Kubernetes role that make cluster admins. Nothing can limit what system:masters may do.',
  ],
  [
    'Route to admin',
    'A permission that is enough to become cluster admin with one more step, such as reading all secrets.',
  ],
  ['Unknown', "Not the same as no: something that decides it wasn't read, so treat it as possible."],
];

/** Explains the words of the page. */
function glossary(): HTMLElement {
  return element(
    'details',
    { class: 'glossary' },
    element('summary', {}, 'What do these words mean?'),
    element(
      'dl',
      {},
      ...WORDS.map(([word, meaning]) =>
        element('div', {}, element('dt', {}, word), element('dd', {}, meaning)),
      ),
    ),
  );
}
