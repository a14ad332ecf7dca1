import type { ColumnKey, ShownColumn } from '../columns.ts';
import { element } from '../dom.ts';

/** A menu of the columns to show. The first cell of a row opens it, so it stays. */
export function columnMenu(
  columns: readonly ShownColumn[],
  onChange: (shown: readonly ShownColumn[]) => void,
): HTMLElement {
  const hidden = new Set<ColumnKey>();
  const boxes = columns
    .filter(({ key }) => key !== 'principal')
    .map(({ key, header }) => {
      const box = element('input', { type: 'checkbox', checked: true, onchange: toggle });
      function toggle(): void {
        if (box.checked) hidden.delete(key);
        else hidden.add(key);
        onChange(columns.filter((column) => !hidden.has(column.key)));
      }
      return element('label', {}, box, header);
    });
  const menu = element(
    'details',
    { class: 'column-menu', onkeydown: closeWithEscape, onfocusout: closeWhenLeft },
    element('summary', {}, 'Columns'),
    element('div', { class: 'column-list', role: 'group', 'aria-label': 'Columns to show' }, ...boxes),
  );
  function closeWithEscape(event: Event): void {
    if ((event as KeyboardEvent).key !== 'Escape') return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  }
  function closeWhenLeft(event: Event): void {
    const { relatedTarget } = event as FocusEvent;
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
  }
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  });
  return menu;
}
