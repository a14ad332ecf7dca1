import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { PLAIN_NAMES } from '../page-app/world-names.ts';
import { argvOf, pageWorld } from '../page-app/worlds.ts';
import { runProgram } from '../program.ts';
import { scratch } from '../scratch.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { FOLDER, realisticPage, run, WHO } from './realistic/realistic.ts';

afterAll(closeBrowser);

const company = await realisticPage();
const companyCsv = (await run(FOLDER, [...WHO, '-o', 'csv'])).stdout;

describe('the search', () => {
  test('narrows the table as it is typed, and the way back is one step', async () => {
    const { page, problems, close } = await openPage(company);
    const whole = await rowCount(page);
    await search(page).pressSequentially('KUBE-system sre');
    await expectText(page, /^\d+ of /);
    expect(await rowCount(page)).toBeLessThan(whole);
    await page.waitForURL(/#search=KUBE-system\+sre$/);
    await page.goBack();
    await expectText(page, new RegExp(`^${whole} rows$`));
    expect(await search(page).inputValue()).toBe('');
    await page.goForward();
    expect(await search(page).inputValue()).toBe('KUBE-system sre');
    expect(problems).toEqual([]);
    await close();
  });

  test('finds ARNs and IDs that no column shows', async () => {
    const { page, close } = await openPage(company);
    await search(page).fill('arn:aws:iam::');
    expect(await rowCount(page)).toBeGreaterThan(10);
    await search(page).fill('no such thing');
    await expectText(page, /^0 of /);
    await page.getByRole('button', { name: 'Clear all' }).click();
    await expectText(page, /^\d+ rows$/);
    await close();
  });
});

test('a filter is chosen and removed with the keyboard alone, and the way back is a step each', async () => {
  const { page, problems, close } = await openPage(company);
  const button = page.getByRole('button', { name: 'Filter', exact: true });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('tanaka');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  expect(await page.locator('.filter-menu').isVisible()).toBe(false);
  expect(
    await page
      .locator('.find button')
      .first()
      .evaluate((one) => one === document.activeElement),
  ).toBe(true);
  const chip = page.getByRole('button', {
    name: 'Remove filter Person or group: mei.tanaka@larkfield.example',
  });
  expect(decodeURIComponent(page.url())).toMatch(/#person=USER\/mei\.tanaka@larkfield\.example$/);
  expect(await rowCount(page)).toBeGreaterThan(0);
  await chip.focus();
  await page.keyboard.press('Enter');
  await expectText(page, /^\d+ rows$/);
  expect(await search(page).evaluate((one) => one === document.activeElement)).toBe(true);
  await page.goBack();
  await chip.waitFor();
  await page.goBack();
  await chip.waitFor({ state: 'detached' });
  expect(problems).toEqual([]);
  await close();
});

test('a menu counts the rows that each value has under the other filters', async () => {
  const { page, close } = await openPage(company, {}, 'access=granted');
  await page.getByRole('button', { name: 'Filter' }).first().click();
  await page.locator('.menu-facet', { hasText: 'Permission set' }).click();
  const counts = await page.locator('.menu-list label').evaluateAll((labels) => {
    return labels.map((label) => [
      label.querySelector('.name')?.textContent ?? '',
      Number(label.lastElementChild?.firstChild?.textContent),
    ]);
  });
  expect(counts.length).toBeGreaterThan(3);
  for (const [name, count] of counts) {
    // A click on its label, as a mouse does it.
    const label = page.locator('.menu-list label', { hasText: new RegExp(`^${name} \\d`) });
    await label.click();
    expect(await rowCount(page), String(name)).toBe(count);
    await label.click();
  }
  await close();
});

test.each([
  ['markup', 'person=<img src=x onerror=alert(1)>&search=</script><script>alert(1)</script>&risk="><b>'],
  [
    'names of a prototype',
    '__proto__=1&constructor=2&reason=__proto__&risk=constructor&person=toString&sort=valueOf',
  ],
  [
    'bidi controls',
    `person=${encodeURIComponent('USER/\u202Egnp.exe')}&account=%00%FF%ED%A0%80&search=%E2%80%AE`,
  ],
  [
    'thousands of parameters',
    Array.from({ length: 10_000 }, (_, index) => `person=USER/${index}&x${index}=1`).join('&'),
  ],
  ['a very long text', `search=${'a%20'.repeat(50_000)}b&group=${'x'.repeat(100_000)}`],
])('an address with %s is text', async (_, hash) => {
  const { page, problems, close } = await openPage(company, {}, hash);
  await expectText(page, /^0 of \d+ rows$|^\d+ rows$|^\d+ of \d+ rows$/);
  expect(await page.locator('img, b, script:not([type])').count()).toBeLessThan(2);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.getByRole('button', { name: 'Clear all' }).click();
  await expectText(page, /^\d+ rows$/);
  expect(problems).toEqual([]);
  await close();
});

describe('saved as CSV', () => {
  test('all rows are what -o csv prints', async () => {
    const { page, problems, close } = await openPage(company);
    expect(await saved(page)).toEqual({ name: 'access-prod-2026-11-25.csv', text: companyCsv });
    expect(problems).toEqual([]);
    await close();
  });

  test('filtered and sorted rows are those lines of it, in the order of the table', async () => {
    const { page, close } = await openPage(company, {}, 'access=granted&sort=-principal');
    const lines = (await saved(page)).text.split('\n');
    const all = companyCsv.split('\n');
    expect(lines[0]).toBe(all[0]);
    expect(lines.slice(1, -1).length).toBe(await rowCount(page));
    for (const line of lines) expect(all).toContain(line);
    const names = lines.slice(1, -1).map((line) => (line.split(',')[3] ?? '').toLowerCase());
    expect(names).toEqual(names.toSorted((one, other) => (one < other ? 1 : one > other ? -1 : 0)));
    await close();
  });

  test.each([1, 2, 3])('rows with hostile names are what -o csv prints (world %i)', async (seed) => {
    const world = pageWorld(seed, { ...PLAIN_NAMES, user: hostileName, group: hostileName });
    const cwd = await scratch(world.files);
    const argv = ['who', ...argvOf(world, seed)];
    const html = await runProgram([...argv, '-o', 'html'], { cwd });
    const csv = await runProgram([...argv, '-o', 'csv'], { cwd });
    const { page, problems, close } = await openPage(html.stdout);
    if (csv.stdout.split('\n').length > 2) expect((await saved(page)).text).toBe(csv.stdout);
    expect(problems).toEqual([]);
    await close();
  });
});

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '=cmd|"/c calc"!A1',
  '\u202Egnp.exe',
  'a\r\nb\u2028c',
  '\uFEFF,"',
  '+1 (555)',
  '::error::##[group]',
  'x'.repeat(500),
];

function hostileName(index: number): string {
  return `${HOSTILE[index % HOSTILE.length]}${'-'.repeat(index / HOSTILE.length)}`;
}

function search(page: Page) {
  return page.getByRole('searchbox', { name: 'Search all columns' });
}

async function expectText(page: Page, text: RegExp): Promise<void> {
  await page.locator('.row-count').filter({ hasText: text }).waitFor();
}

/** The rows of the view, as the page counts them. */
async function rowCount(page: Page): Promise<number> {
  const text = (await page.locator('.row-count').textContent()) ?? '';
  return Number(/^[\d,]+/.exec(text)?.[0].replace(',', ''));
}

async function saved(page: Page): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^Save as CSV/ }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}
