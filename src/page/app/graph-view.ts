import { element } from './dom.ts';
import type { Page } from './page.ts';

/** The graph of the selected rows. It is drawn only while its tab is open. */
export function graphView(_page: Page): HTMLElement {
  return element('div');
}
