import { element } from './dom.ts';
import type { Page } from './page.ts';

/** The top of the page: which clusters, as of when, and what is in the rows. */
export function summaryView(_page: Page): HTMLElement {
  return element('header', {}, element('h1', {}, 'Who has access'));
}
