import type { ColumnKey, ShownColumn } from '../columns.ts';
import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import type { View } from '../view.ts';

type Sort = View['sort'];

/** The header: a button in each cell sorts by the column. */
export function tableHead(page: Page, columns: readonly ShownColumn[]) {
  const cells = columns.map(({ key, header }) =>
    element(
      'th',
      { scope: 'col', role: 'columnheader', class: key },
      element(
        'button',
        { type: 'button', onclick: () => page.change({ sort: nextSort(page.view.sort, key) }) },
        header,
      ),
    ),
  );
  const show = (sort: Sort) => {
    for (const [index, { key }] of columns.entries())
      cells[index]?.setAttribute('aria-sort', orderOf(sort, key));
  };
  show(page.view.sort);
  const row = element('tr', { role: 'row', 'aria-rowindex': 1 }, ...cells);
  return { element: element('thead', { role: 'rowgroup' }, row), show };
}

function orderOf(sort: Sort, key: ColumnKey): 'none' | 'ascending' | 'descending' {
  if (sort?.column !== key) return 'none';
  return sort.descending ? 'descending' : 'ascending';
}

/** Ascending, then descending, then the order of the run. */
function nextSort(sort: Sort, column: ColumnKey): Sort {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

/** Sorts cards, which have no header. */
export function sortField(page: Page, columns: readonly ShownColumn[]): HTMLElement {
  const choices = columns.flatMap(({ key, header }) => [
    { value: key, text: `${header}, A to Z` },
    { value: `-${key}`, text: `${header}, Z to A` },
  ]);
  const select = element(
    'select',
    { onchange: sort },
    element('option', { value: '' }, 'Order of the run'),
    ...choices.map(({ value, text }) => element('option', { value }, text)),
  );
  function sort(): void {
    const column = columns.find(({ key }) => key === select.value.replace(/^-/, ''));
    page.change({ sort: column ? { column: column.key, descending: select.value.startsWith('-') } : null });
  }
  page.follow(({ view }) => {
    select.value = view.sort ? `${view.sort.descending ? '-' : ''}${view.sort.column}` : '';
  });
  return element('label', { class: 'sort-field' }, 'Sort by ', select);
}
