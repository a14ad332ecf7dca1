import type { AllowedRow } from '../../../rbac/allowed-rows.ts';
import { element } from '../dom.ts';
import { count } from '../texts.ts';
import { sensitiveTexts, verbWords } from './permission-words.ts';
import { stackedTable } from './stacked-table.ts';

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
