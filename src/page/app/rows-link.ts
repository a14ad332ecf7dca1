import { viewOfHash, viewToHash } from '../view.ts';
import type { PageState } from './page.ts';

/**
 * The summary has plain links to views, which work without the program. The one whose rows the table shows is marked as
 * current, and a click brings the reader to the rows.
 */
export function followSummary(page: PageState): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('header a[href^="#"]:not(.skip)')];
  page.follow(({ view }) => {
    const now = viewToHash({ ...view, sort: null });
    for (const link of links) {
      if (now !== '' && viewToHash(viewOfHash(link.hash)) === now) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  });
  for (const link of links) link.addEventListener('click', showRows);
  // The address holds the view, so this link must not change it.
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    goToRows();
  });
}

/** The address changes by itself, after the click; the rows are further down. */
function showRows(event: MouseEvent): void {
  const link = event.currentTarget;
  const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (opensElsewhere || !(link instanceof HTMLAnchorElement)) return;
  if (link.href === location.href) goToTable();
  else addEventListener('hashchange', goToTable, { once: true });
}

/** The table can have the focus: then arrow keys scroll it, and its name says how many rows it has. */
function goToTable(): void {
  const table = document.querySelector<HTMLElement>('.table-region:not([hidden])');
  goToRows(table ?? undefined);
}

/** Moves to the bar and the rows, also for the keyboard and screen readers. */
export function goToRows(target = document.querySelector<HTMLElement>('main')): void {
  scrollToRows();
  target?.focus({ preventScroll: true });
}

/** The bar sticks to the top of the window, so nothing has to be left out for it. */
export function scrollToRows(): void {
  const main = document.querySelector('main');
  if (main) scrollTo({ top: main.getBoundingClientRect().top + scrollY });
}

/** Scrolls to a section, and on to its part if that is too far down. */
export function showLinked(section: HTMLElement, part = section): void {
  section.scrollIntoView();
  if (part.getBoundingClientRect().top > innerHeight * 0.6) part.scrollIntoView();
}
