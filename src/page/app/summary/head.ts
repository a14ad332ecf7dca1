import type { AuthenticationMode } from '../../../access-entry.ts';
import { questionText } from '../../../rbac/request.ts';
import { listed, printable } from '../../../text.ts';
import type { Limits, PageCluster, PageData, SourceFile } from '../../data.ts';
import { dateElement } from '../dates.ts';
import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { rowsLink } from '../rows-link.ts';
import { blindSpots } from './blind-spots.ts';
import { glossary } from './glossary.ts';
import { numberText } from './meanings.ts';
import type { Summary } from './totals.ts';

/** Which clusters, as of when, and by which run. */
export function headView(page: Page, summary: Summary): HTMLElement {
  const { data } = page.rows;
  const title = titleOf(data);
  document.title = printable(title);
  const [only, ...others] = data.clusters;
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
        ...(others.length > 0 ? [clusterList(page, summary)] : []),
        runView(data),
        glossary(),
        blindSpots(),
      ),
    ),
    ...limitsView(data),
    element(
      'dl',
      { class: 'facts' },
      ...fact(
        'AWS as of',
        data.asOf === null
          ? 'not read: who has which role is unknown'
          : dateElement(data.asOf, { withTime: true }),
      ),
      ...fact('Roles and bindings (RBAC)', ...rbacView(data)),
      ...(only && others.length === 0 ? fact('aws-auth', ...awsAuthView(only)) : []),
    ),
    ...(data.since?.notes ?? []).map((text) => element('p', { class: 'muted name' }, text)),
  );
}

/** `Who has access to prod` */
export function titleOf({ clusters }: Pick<PageData, 'clusters'>): string {
  const [only, ...others] = clusters;
  if (!only) return 'Who has access';
  return `Who has access to ${others.length > 0 ? `${clusters.length} clusters` : clusterName(only)}`;
}

function clusterName({ name, file }: PageCluster): string {
  return name ?? (file ? `the cluster of ${file.name}` : 'the cluster');
}

/** Limits of the run, so that nobody takes the page for complete. */
function limitsView({ asked, limits }: PageData): HTMLElement[] {
  const texts = limitTexts(asked, limits);
  if (texts.length === 0) return [];
  return [element('ul', { class: 'limits' }, ...texts.map((text) => element('li', { class: 'name' }, text)))];
}

export function limitTexts(
  asked: readonly string[] | null,
  { named, kubernetesGroups, namespace }: Limits,
): readonly string[] {
  const where = namespace === null ? '' : ` in namespace ${namespace}`;
  return [
    ...(asked ? [`Only who can: ${questionText(asked)}${where}`] : []),
    ...named.map(
      ({ type, name }) => `Only the access of ${type === 'USER' ? 'user' : 'group'} ${name ?? ''}`,
    ),
    ...(kubernetesGroups ? [`Only entries with Kubernetes group ${kubernetesGroups.join(' or ')}`] : []),
  ];
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

function rbacView({ rbacFiles }: PageData): (Node | string)[] {
  if (rbacFiles.length === 0) return ['not given: what Kubernetes groups may do is unknown'];
  return rbacFiles.flatMap((file, index) => [...(index === 0 ? [] : [element('br')]), ...fileView(file)]);
}

const MOST_NAMES = 5;

/** Several clusters, each with a link to its rows. */
function clusterList(page: Page, summary: Summary): HTMLElement {
  const { clusters, tables } = page.rows.data;
  const rows = clusters.map((cluster, index) => {
    const count = summary.clusters[index];
    const knows = cluster.rbac !== null && tables.rbac[cluster.rbac]?.knowsBindings;
    return element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'name' }, clusterName(cluster)),
      element('td', {}, ...(count ? [rowsLink(page, count.filters, {}, rowsText(count.number))] : [])),
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
      `${numberText(clusters.length)} clusters: ${listed(clusters.map(clusterName), MOST_NAMES)}`,
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

function rowsText(number: number): string {
  return `${numberText(number)} ${number === 1 ? 'row' : 'rows'}`;
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
