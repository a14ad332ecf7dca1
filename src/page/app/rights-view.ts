import { element } from './dom.ts';
import type { Page } from './page.ts';

/** The permissions of a person or group, and who can do something. It is computed only while its tab is open. */
export function rightsView(_page: Page): HTMLElement {
  return element('div');
}
