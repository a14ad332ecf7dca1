import { afterAll, describe, expect, test } from 'vitest';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

describe('a page that is cut off', () => {
  test.each([
    ['in its data', (html: string) => html.length - 20_000],
    ['at the end of its data', (html: string) => html.lastIndexOf('}')],
    ['between the program and the data', (html: string) => html.indexOf('<script type="application/json"')],
  ])('says so if the end is missing %s', async (_, end) => {
    const html = await realisticPage();
    const { page, problems, close } = await openPage(html.slice(0, end(html)));
    await page.getByRole('alert').waitFor();
    expect(await page.locator('main').getByRole('heading').textContent()).toBe("The table can't be shown");
    expect(await page.getByRole('alert').textContent()).toContain('The file is incomplete');
    expect(await page.getByText('Loading').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test('says so after a while if the program is cut off, too', async () => {
    const html = await realisticPage();
    const { page, close } = await openPage(html.slice(0, html.indexOf('<script>') + 1_000));
    const hint = page.getByText('this file is incomplete: get it again');
    expect(await hint.isVisible()).toBe(false);
    await page.evaluate(() => {
      for (const animation of document.getAnimations()) animation.finish();
    });
    expect(await hint.isVisible()).toBe(true);
    await close();
  });
});

test('a page with damaged data says what happened', async () => {
  const html = (await realisticPage()).replace('"principals":[{', '"principals":null,"x":[{');
  const { page, problems, close } = await openPage(html);
  expect(await page.getByRole('alert').textContent()).toMatch(/^Its program stopped: TypeError/);
  expect(problems).toEqual([]);
  await close();
});

test('a page in a browser without JavaScript says that it needs it, and not that it loads', async () => {
  const { page, close } = await openPage(await realisticPage(), { javaScriptEnabled: false });
  expect(await page.locator('noscript p').isVisible()).toBe(true);
  expect(await page.getByText('Loading').isVisible()).toBe(false);
  expect(await page.getByText('incomplete').isVisible()).toBe(false);
  await close();
});
