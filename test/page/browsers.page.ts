import { afterAll, expect, test } from 'vitest';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

test('where a browser refuses to change the address, the page works without', async () => {
  const { page, problems, close } = await openPage(await realisticPage());
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    history.pushState = refuse;
    history.replaceState = refuse;
  });
  await page.reload();
  await page.getByRole('searchbox').first().fill('hanna');
  const count = page.getByRole('status').first();
  await page.waitForFunction(() => document.querySelector('.row-count')?.textContent?.includes(' of '));
  expect(await count.textContent()).toMatch(/^\d+ of \d+ rows$/);
  await page.getByRole('tab', { name: 'Graph' }).click();
  expect(await page.locator('#panel-graph').isVisible()).toBe(true);
  expect(problems).toEqual([]);
  await close();
});
