import { afterAll, expect, test } from 'vitest';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

test('in a high-contrast theme, the chosen tab and the badges keep their marks', async () => {
  const { page, problems, close } = await openPage(await realisticPage(), { forcedColors: 'active' });
  const lines = await page
    .getByRole('tab')
    .evaluateAll((tabs) => tabs.map((tab) => getComputedStyle(tab).borderBottomColor));
  expect(lines).toHaveLength(3);
  expect(lines[0]).not.toBe(lines[1]);
  expect(lines[1]).toBe(lines[2]);
  const badge = page.locator('#panel-table .badge').first();
  expect(await badge.evaluate((shown) => getComputedStyle(shown).borderStyle)).toBe('solid');
  expect(problems).toEqual([]);
  await close();
});

test('texts of all sizes follow the font size of the browser', async () => {
  const { page, close } = await openPage(await realisticPage());
  const sizes = () =>
    page.evaluate(() =>
      ['h1', 'p', 'button', '.card-label', '#panel-table td'].map((selector) => {
        const found = document.querySelector(selector);
        return found ? Number.parseFloat(getComputedStyle(found).fontSize) : 0;
      }),
    );
  const before = await sizes();
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '32px';
  });
  const after = await sizes();
  expect(after.map((size) => Math.round(size))).toEqual(before.map((size) => Math.round(2 * size)));
  await close();
});
