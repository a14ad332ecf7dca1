import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

/** The element with the focus: `BODY` if it is lost. */
const focused = (page: Page) => page.evaluate(() => document.activeElement?.tagName);

test('the details of a row lead to all rows of the person, and the focus goes there', async () => {
  const { page, problems, close } = await openPage(await realisticPage());
  await page.locator('.row-open').nth(5).press('Enter');
  await page.getByRole('link', { name: 'Show all rows of this person' }).press('Enter');
  await page.waitForFunction(() => document.querySelector('.row-count')?.textContent?.includes(' of '));
  expect(await focused(page)).toBe('MAIN');
  expect(problems).toEqual([]);
  await close();
});

test('clearing filters without rows does not lose the focus', async () => {
  const { page, problems, close } = await openPage(await realisticPage(), {}, 'search=nobody-is-called-so');
  await page.getByRole('button', { name: 'Clear search and filters' }).press('Enter');
  expect(await page.locator('.row-open').first().isVisible()).toBe(true);
  expect(await focused(page)).toBe('MAIN');
  expect(problems).toEqual([]);
  await close();
});

test('the way from a search without rows to permissions does not lose the focus', async () => {
  const { page, problems, close } = await openPage(
    await realisticPage(),
    {},
    'search=delete+pods+in+payments',
  );
  await page.getByRole('button', { name: 'Who can delete pods in payments?' }).press('Enter');
  const tab = page.getByRole('tab', { name: 'Permissions' });
  expect(await tab.evaluate((shown) => shown === document.activeElement)).toBe(true);
  expect(problems).toEqual([]);
  await close();
});

test('End and Home move to the last row and the first', async () => {
  const { page, problems, close } = await openPage(await realisticPage());
  const rows = Number(await page.locator('.table-region table').getAttribute('aria-rowcount'));
  const index = () =>
    page.evaluate(() => Number(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')));
  await page.locator('.row-open').first().press('End');
  expect(await index()).toBe(rows);
  await page.keyboard.press('PageUp');
  expect(await index()).toBe(rows - 10);
  await page.keyboard.press('Home');
  expect(await index()).toBe(2);
  expect(problems).toEqual([]);
  await close();
});
