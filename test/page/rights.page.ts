import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { closeBrowser, openPage } from './open-page.ts';

afterAll(closeBrowser);

const BREAK_GLASS = 'IAM_USER/arn:aws:iam::111122223333:user/break-glass';

let html = '';
beforeAll(async () => {
  const argv = ['--inventory', 'examples/inventory.json', '--expand', '--rbac', 'examples/rbac.yaml'];
  const { stdout, stderr, exitCode } = await runProgram([
    ...['who', 'examples/aws-auth.yaml', ...argv, '-o', 'html'],
  ]);
  expect(exitCode, stderr).toBe(0);
  html = stdout;
});

test('a suggestion is in view, and the answer where a link leads', async () => {
  const { page, problems, close } = await openPage(html, {}, 'tab=rights');
  const resource = page.getByRole('combobox', { name: 'Resource' });
  await resource.fill('s');
  await resource.press('ArrowUp');
  const marked = page.locator('#resource-list [aria-selected="true"]');
  expect(await marked.isVisible()).toBe(true);
  const popup = await page.locator('.combobox-popup').filter({ visible: true }).boundingBox();
  const box = await marked.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual((popup?.y ?? 0) + (popup?.height ?? 0) + 1);
  await resource.press('Escape');
  await page.getByRole('link', { name: 'Do anything' }).click();
  const status = page.locator('#panel-rights').getByRole('status');
  await status.getByText('can do anything.').waitFor();
  await page.getByRole('link', { name: 'break-glass' }).click();
  await status.getByText('Admin in 1 cluster').waitFor();
  expect(await status.evaluate((shown) => shown === document.activeElement)).toBe(true);
  await page.waitForFunction(() => {
    const { top = -1 } = document.activeElement?.getBoundingClientRect() ?? {};
    return top >= 0 && top < innerHeight;
  });
  expect(problems).toEqual([]);
  await close();
});

test('a press on a suggestion chooses it', async () => {
  const { page, problems, close } = await openPage(html, {}, 'tab=rights');
  await page.getByRole('combobox', { name: 'Resource' }).click();
  await page.getByRole('option', { name: 'secrets passwords and keys' }).click();
  await page.getByText('can read secrets.').waitFor();
  expect(problems).toEqual([]);
  await close();
});

test('nothing is wider than a small screen', async () => {
  const hash = `tab=rights&can=*+*.*&who=${BREAK_GLASS}`;
  const { page, close } = await openPage(html, { viewport: { width: 390, height: 800 } }, hash);
  await page.getByRole('table').nth(1).waitFor();
  const widths = await page.evaluate(() => [
    document.getElementById('panel-rights')?.scrollWidth,
    document.getElementById('panel-rights')?.clientWidth,
  ]);
  expect(widths[0]).toBe(widths[1]);
  await close();
});

test.each(['light', 'dark'] as const)('axe-core finds nothing to improve in %s', async (colorScheme) => {
  const hash = `tab=rights&can=get+secrets&namespace=paymens&who=${BREAK_GLASS}`;
  const { page, close } = await openPage(html, { colorScheme }, hash);
  await page.locator('#panel-rights table').nth(1).waitFor();
  await page.getByRole('combobox', { name: 'Person or group' }).press('ArrowDown');
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const found = await page.evaluate(`axe.run('#panel-rights', {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))`);
  expect(found).toEqual([]);
  await close();
});
