import type { AllowedRow } from '../../../rbac/allowed-rows.ts';
import { count } from '../../texts.ts';
import { element, stackedTable } from '../dom.ts';

const HEADERS = ['Namespace', 'Resources', 'Non-resource URLs', 'Resource names', 'Verbs'] as const;

/** The table of `explain`, without columns that would be empty. */
export function rightsTable(rows: readonly AllowedRow[]): HTMLElement {
  const isEmpty: Partial<Record<(typeof HEADERS)[number], boolean>> = {
    'Non-resource URLs': rows.every(({ nonResourceURLs }) => nonResourceURLs.length === 0),
    'Resource names': rows.every(({ resourceNames }) => resourceNames.length === 0),
  };
  const shown = HEADERS.filter((header) => !isEmpty[header]);
  const table = stackedTable('rights', 'Permissions by namespace', shown);
  table.append(element('tbody', { role: 'rowgroup' }, ...rows.map((row) => rightsRow(row, shown))));
  return table;
}

function rightsRow(row: AllowedRow, shown: readonly (typeof HEADERS)[number][]): HTMLElement {
  const { namespaces, resources, nonResourceURLs, resourceNames, verbs } = row;
  const cells = {
    Namespace: () => [namespaces === null ? element('span', {}, 'all') : listElement(namespaces)],
    Resources: () => [
      listElement(resources),
      ...sensitiveTexts(row).map((text) => element('span', { class: 'badge warn' }, text)),
    ],
    'Non-resource URLs': () => [listElement(nonResourceURLs)],
    'Resource names': () => [listElement(resourceNames.map((name) => (name === '' ? '""' : name)))],
    Verbs: () => [
      element('span', { class: 'name' }, verbs.join(', ')),
      element('p', { class: 'muted' }, verbWords(verbs)),
    ],
  };
  return element(
    'tr',
    { role: 'row' },
    ...shown.map((header) => element('td', { role: 'cell', 'data-label': header }, ...cells[header]())),
  );
}

/** Items of a cell that are shown at once. */
const MOST_ITEMS = 10;

function listElement(items: readonly string[]): HTMLElement {
  const rest = items.slice(MOST_ITEMS);
  const first = element('span', { class: 'name' }, items.slice(0, MOST_ITEMS).join(', '));
  if (rest.length === 0) return first;
  return element(
    'div',
    {},
    first,
    element(
      'details',
      { class: 'rest' },
      element('summary', {}, `and ${count(rest.length)} more`),
      element('span', { class: 'name' }, rest.join(', ')),
    ),
  );
}

const VERB_WORDS: readonly (readonly [verbs: readonly string[], word: string])[] = [
  [['get', 'list', 'watch'], 'read'],
  [['create'], 'create'],
  [['update', 'patch'], 'change'],
  [['delete', 'deletecollection'], 'delete'],
  [['impersonate'], 'act as others'],
  [['bind', 'escalate'], 'grant any permission'],
];

/** Verbs in plain words: `read, change`; empty if there are no better words. */
export function verbWords(verbs: readonly string[]): string {
  if (verbs.includes('*')) return 'do everything';
  return VERB_WORDS.flatMap(([own, word]) => (own.some((verb) => verbs.includes(verb)) ? word : [])).join(
    ', ',
  );
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch'];
const RBAC = 'rbac.authorization.k8s.io';

/** Permissions that deserve a look, the greatest first: a row is marked with each, unless it allows everything. */
const SENSITIVE = [
  { resources: ['secrets'], apiGroup: '', verbs: READ, text: 'reads secrets' },
  {
    resources: ['pods/exec', 'pods/attach', 'pods/ephemeralcontainers', 'nodes/proxy'],
    apiGroup: '',
    verbs: ['get', ...WRITE],
    text: 'runs commands in containers',
  },
  {
    resources: ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'],
    apiGroup: RBAC,
    verbs: [...WRITE, 'bind', 'escalate'],
    text: 'changes permissions',
  },
  {
    resources: ['users', 'groups', 'serviceaccounts'],
    apiGroup: '',
    verbs: ['impersonate'],
    text: 'acts as others',
  },
  {
    resources: ['serviceaccounts/token'],
    apiGroup: '',
    verbs: ['create'],
    text: 'gets tokens of applications',
  },
];

/** Names the sensitive permissions of a row, in a few words each. */
export function sensitiveTexts({
  resources,
  verbs,
}: Pick<AllowedRow, 'resources' | 'verbs'>): readonly string[] {
  if (resources.includes('*.*') && verbs.includes('*')) return ['everything'];
  return SENSITIVE.flatMap(({ text, ...one }) => {
    const isVerb = verbs.includes('*') || one.verbs.some((verb) => verbs.includes(verb));
    const isResource = one.resources.some((name) =>
      resources.some((target) => covers(target, name, one.apiGroup)),
    );
    return isVerb && isResource ? text : [];
  });
}

/** @param target in kubectl's notation: `secrets`, `pods/exec`, `roles.rbac.authorization.k8s.io`, `*.*` */
function covers(target: string, name: string, apiGroup: string): boolean {
  const [resource = '', subresource] = name.split('/');
  const [path = '', ...rest] = target.split('/');
  const dot = path.indexOf('.');
  const [own, group] = dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot + 1)];
  if (group !== apiGroup && group !== '*') return false;
  if (own === '*' && rest.length === 0) return true;
  return (own === resource || own === '*') && rest.join('/') === (subresource ?? '');
}
