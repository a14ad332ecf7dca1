import { type View, viewToHash, WHOLE_VIEW } from '../view.ts';
import { element, opensElsewhere } from './dom.ts';
import type { PageState } from './page.ts';

/** A link to the rows behind a number. It is marked as current while the table shows just these. */
export function rowsLink(
  page: PageState,
  filters: View['filters'],
  attributes: { readonly class?: string; readonly title?: string | null },
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

/** The address changes by itself, after the click; the rows are further down. */
function showRows(event: Event): void {
  const link = event.currentTarget;
  if (opensElsewhere(event) || !(link instanceof HTMLAnchorElement)) return;
  if (link.href === location.href) goToTable();
  else addEventListener('hashchange', goToTable, { once: true });
}

/** The table can have the focus: then arrow keys scroll it, and its name says how many rows it has. */
function goToTable(): void {
  scrollToRows();
  const table = document.querySelector<HTMLElement>('.table-region:not([hidden])');
  if (table) table.focus({ preventScroll: true });
  else document.querySelector('main')?.focus({ preventScroll: true });
}

/** Moves to the filters and the rows, also for the keyboard and screen readers. */
export function goToRows(): void {
  scrollToRows();
  document.querySelector('main')?.focus({ preventScroll: true });
}

/** The filters stick to the top of the window, so nothing has to be left out for them. */
export function scrollToRows(): void {
  const main = document.querySelector('main');
  if (main) scrollTo({ top: main.getBoundingClientRect().top + scrollY });
}

/** Scrolls to a section, and on to its part if that is too far down. */
export function showLinked(section: HTMLElement, part = section): void {
  section.scrollIntoView();
  if (part.getBoundingClientRect().top > innerHeight * 0.6) part.scrollIntoView();
}
