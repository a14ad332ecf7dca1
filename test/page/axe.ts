import axe from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * The rules of WCAG 2.1 AA that a part of the page breaks, each with the elements that do. The policy of the page stays
 * on: a debugger may evaluate scripts all the same.
 */
export async function violations(page: Page, selector = 'html'): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (within) => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations: found } = await axe.run(within, {
      runOnly: tags,
      rules: { 'label-content-name-mismatch': { enabled: true } },
    });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`);
  }, selector);
}
