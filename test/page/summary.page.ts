import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { closeBrowser, openPage } from './open-page.ts';

afterAll(closeBrowser);

const EXAMPLE = [
  'who',
  'examples/aws-auth.yaml',
  '--inventory',
  'examples/inventory.json',
  '--expand',
  '-o',
  'html',
];
const WITH_RBAC = [...EXAMPLE, '--rbac', 'examples/rbac.yaml'];

async function pageOf(argv: readonly string[], ...rest: [options?: object, hash?: string]) {
  const { stdout, stderr, exitCode } = await runProgram(argv);
  expect(exitCode, stderr).toBe(0);
  const opened = await openPage(stdout, ...rest);
  await opened.page.getByRole('heading', { level: 1 }).waitFor();
  return opened;
}

describe('the top of the page', () => {
  test('needs no JavaScript, and opens', async () => {
    const { page, close } = await pageOf(WITH_RBAC, { javaScriptEnabled: false });
    expect(await page.title()).toBe('Who has access to examples');
    const header = page.getByRole('banner');
    await header.getByRole('row', { name: /^examples/ }).waitFor();
    const admins = header.locator('.line').filter({ hasText: 'system:masters' }).first();
    await admins.locator('summary').click();
    await admins.getByText('break-glass (IAM user in').waitFor();
    await page.locator('noscript p').waitFor();
    expect(await page.getByText('Loading').isVisible()).toBe(false);
    // No room is kept for a table that never comes.
    expect((await page.locator('main').boundingBox())?.height).toBeLessThan(200);
    await close();
  });

  test('leads from a number to its rows, from where the keyboard goes on, and marks it', async () => {
    const { page, problems, close } = await pageOf(WITH_RBAC);
    const link = page.getByRole('banner').locator('.clusters a.danger').first();
    await link.click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/^#cluster=.*admin=yes&access=granted$/);
    await expect.poll(() => link.getAttribute('aria-current')).toBe('true');
    const table = page.getByRole('region', { name: /^Who has access to examples: / });
    await expect.poll(() => table.evaluate((one) => one === document.activeElement)).toBe(true);
    await table.getByText('break-glass').first().waitFor();
    expect(await table.getByText('eks-prod-node').count()).toBe(0);
    await page.goBack();
    await table.getByText('eks-prod-node').first().waitFor();
    expect(await link.getAttribute('aria-current')).toBeNull();
    expect(problems).toEqual([]);
    await close();
  });

  test('skips to the table by keyboard, and keeps the view', async () => {
    const { page, problems, close } = await pageOf(WITH_RBAC, {}, 'access=granted');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
    expect(new URL(page.url()).hash).toBe('#access=granted');
    expect(problems).toEqual([]);
    await close();
  });

  test.each([390, 1024, 1440, 2560])('fits a window of %i pixels, also opened', async (width) => {
    const { page, problems, close } = await pageOf(WITH_RBAC, { viewport: { width, height: 900 } });
    const tooWide = await page.evaluate(() => {
      for (const one of document.querySelectorAll('header details')) one.setAttribute('open', '');
      return [...document.querySelectorAll('header *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.skip'))
        .map((one) => `${one.localName} ${one.className}`);
    });
    expect(tooWide).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  test('shows a cluster in a block on a phone, with what was not read', async () => {
    const { page, close } = await pageOf(EXAMPLE, { viewport: { width: 390, height: 900 } });
    const row = page.locator('.clusters tbody tr');
    expect(
      await row.locator('.source').evaluateAll((all) => all.filter((one) => one.clientHeight > 0).length),
    ).toBe(2);
    expect((await row.boundingBox())?.height).toBeLessThan(120);
    await close();
  });
});
