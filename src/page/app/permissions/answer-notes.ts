import type { Finding } from '../../../errors.ts';
import { groupBy } from '../../../group-by.ts';
import { type BoundRole, boundRoleText } from '../../../rbac/model.ts';
import { listed } from '../../../text.ts';
import type { PageCluster } from '../../data.ts';
import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { limitTexts } from '../summary/head.ts';
import { count } from '../texts.ts';
import { sentence, sourceText } from './answer-words.ts';
import { unknownBindingsNotice } from './person-rights.ts';
import type { PageQuestion } from './who-can-answer.ts';

/** Notes on an answer. */
export function answerNotes(page: Page, question: PageQuestion): Node[] {
  return [
    ...question.findings.map(findingElement),
    ...scopeNotes(page),
    ...everybodyNotes(page, question),
    ...blindNotes(page),
  ];
}

/** A problem with a question, and the next step. */
export function findingElement({ severity, message, help }: Finding): HTMLElement {
  return element(
    'div',
    { class: `notice ${severity === 'error' ? 'danger' : 'warn'}` },
    element('p', {}, sentence(message)),
    help === undefined ? null : element('p', { class: 'help' }, help),
  );
}

/** The rows that the answer is about. */
function scopeNotes(page: Page): Node[] {
  const { rows, selected } = page;
  const isPart = selected.length < rows.count;
  const limits = limitTexts(rows.data.asked, rows.data.limits);
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
function everybodyNotes({ rows }: Page, question: PageQuestion): Node[] {
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
    roles.map((one) => `${boundRoleText(one)} (${sourceText(one)})`),
    3,
  );
  return [element('p', { class: 'notice danger' }, element('strong', {}, who), ` can, through ${through}.`)];
}

/** Clusters whose answers are incomplete. */
function blindNotes({ rows }: Page): Node[] {
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
