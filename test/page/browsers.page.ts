import { afterAll, expect, test } from 'vitest';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

test('in a browser without popovers, a filter opens, chooses and closes', async () => {
  const { page, problems, close } = await openPage(await realisticPage());
  await page.addInitScript(() => {
    for (const name of ['popover', 'showPopover', 'hidePopover', 'togglePopover'])
      delete (HTMLElement.prototype as unknown as Record<string, unknown>)[name];
  });
  await page.reload();
  const menu = page.getByRole('dialog', { name: 'Filter by Account' });
  const button = page.getByRole('button', { name: 'Account' }).first();
  expect(await page.getByRole('dialog').count()).toBe(0);
  await button.click();
  await menu.getByRole('checkbox').first().check();
  expect(await page.getByRole('status').first().textContent()).toMatch(/^\d+ of \d+ rows$/);
  await page.keyboard.press('Escape');
  expect(await menu.count()).toBe(0);
  expect(await button.evaluate((shown) => shown === document.activeElement)).toBe(true);
  await button.click();
  await menu.getByRole('button', { name: 'Done' }).click();
  expect(await menu.count()).toBe(0);
  await button.click();
  await page.getByRole('heading', { level: 1 }).click();
  expect(await menu.count()).toBe(0);
  expect(problems).toEqual([]);
  await close();
});

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
