import { element } from './dom.ts';
import type { Page } from './page.ts';

/** The search field and the filters, which all tabs share. */
export function filterBar(page: Page): HTMLElement {
  const search = element('input', {
    type: 'search',
    'aria-label': 'Search',
    oninput: () => page.change({ search: search.value }),
  });
  return element('div', { class: 'filters screen-only' }, search);
}
