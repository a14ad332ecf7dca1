import { element } from './dom.ts';
import type { Page } from './page.ts';
import { type View, viewToHash, WHOLE_VIEW } from './view.ts';

/** A link to the rows behind a number. It is marked as current while the table shows just these. */
export function rowsLink(
  page: Page,
  filters: View['filters'],
  attributes: { readonly class?: string; readonly title?: string },
  ...children: readonly (Node | string)[]
): HTMLAnchorElement {
  const href = `#${viewToHash({ ...WHOLE_VIEW, filters })}`;
  const link = element('a', { ...attributes, href, onclick: showRows }, ...children);
  page.follow(({ view }) => {
    const isCurrent = Object.keys(filters).length > 0 && `#${viewToHash({ ...view, sort: null })}` === href;
    if (isCurrent) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  });
  return link;
}

/** The address changes by itself; the rows are further down. */
function showRows(event: Event): void {
  const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
  if (!ctrlKey && !metaKey && !shiftKey) goToRows();
}

/** Moves to the rows, also for the keyboard and screen readers. */
export function goToRows(): void {
  scrollToRows();
  document.querySelector('main')?.focus({ preventScroll: true });
}

export function scrollToRows(): void {
  document.querySelector('main')?.scrollIntoView();
}
