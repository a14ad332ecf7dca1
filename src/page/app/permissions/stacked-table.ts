import { element } from '../dom.ts';

/**
 * A table whose rows are stacked on a small screen. Roles are stated: other layouts than a table's hide it from screen
 * readers.
 * @param style the class of the part it belongs to
 */
export function stackedTable(style: string, caption: string, headers: readonly string[]): HTMLTableElement {
  const cells = headers.map((text) => element('th', { scope: 'col', role: 'columnheader' }, text));
  return element(
    'table',
    { class: `${style} stacked`, role: 'table' },
    element('caption', { class: 'hidden-text' }, caption),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...cells)),
  );
}
