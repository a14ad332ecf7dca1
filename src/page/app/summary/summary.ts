import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { goToRows } from '../rows-link.ts';
import { cards, changesView } from './cards.ts';
import { headView } from './head.ts';
import { openList } from './open.ts';
import { summaryOf } from './totals.ts';

/** The top of the page: which clusters, as of when, what is in the rows, and what is open. */
export function summaryView(page: Page): HTMLElement {
  const summary = summaryOf(page.rows, page.selector);
  return element(
    'header',
    {},
    skipLink(page),
    headView(page, summary),
    cards(page, summary),
    ...changesView(page, summary),
    openList(page, summary),
  );
}

/** For the keyboard: the first thing to reach. The address holds the view, so the link must not change it. */
function skipLink(page: Page): HTMLElement {
  const skip = (event: Event) => {
    event.preventDefault();
    goToRows();
  };
  return element('a', { class: 'skip', href: page.hashOf({}), onclick: skip }, 'Skip to the table');
}
