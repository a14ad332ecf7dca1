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
  test('says which cluster, as of when, and by which run', async () => {
    const { page, problems, close } = await pageOf(WITH_RBAC);
    expect(await page.title()).toBe('Who has access to examples');
    const header = page.getByRole('banner');
    await header.getByText('20 Nov 2026').waitFor();
    expect(await header.locator('time').first().getAttribute('datetime')).toBe('2026-11-20T08:30:00.000Z');
    await header.getByText('examples/rbac.yaml', { exact: true }).waitFor();
    await page.getByText('How this page was made').click();
    await header.getByText(/^aws-auth-sso who examples\/aws-auth\.yaml --inventory/).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('says what is unknown if RBAC is not given', async () => {
    const { page, problems, close } = await pageOf(EXAMPLE);
    const header = page.getByRole('banner');
    await header.getByText('not given: what Kubernetes groups may do is unknown').waitFor();
    await header.getByText(/there may be more routes to cluster admin/).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('says what was asked', async () => {
    const { page, problems, close } = await pageOf([...WITH_RBAC, '--can', 'get secrets', '-n', 'payments']);
    await page.getByText('Only who can: get secrets in namespace payments').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('leads from a number to its rows, and marks it', async () => {
    const { page, problems, close } = await pageOf(WITH_RBAC);
    const link = page.getByRole('banner').getByRole('link', { name: '2 cluster admins', exact: true });
    await link.click();
    await expect.poll(() => new URL(page.url()).hash).toBe('#admin=yes&access=granted');
    await expect.poll(() => link.getAttribute('aria-current')).toBe('true');
    const table = page.getByRole('tabpanel').getByRole('table');
    await table.getByText('break-glass').first().waitFor();
    expect(await table.getByText('eks-prod-node').count()).toBe(0);
    await page.goBack();
    await table.getByText('eks-prod-node').first().waitFor();
    expect(await link.getAttribute('aria-current')).toBeNull();
    expect(problems).toEqual([]);
    await close();
  });

  test('says who became cluster admin, and leads to their rows, from where the keyboard goes on', async () => {
    const folder = 'test/golden/realistic';
    const files = [`${folder}/aws-auth.yaml`, '--cluster', 'prod', '--inventory', `${folder}/inventory.json`];
    const { page, problems, close } = await pageOf([
      ...['who', ...files, '--rbac', `${folder}/rbac.yaml`, '--expand'],
      ...['--since', `${folder}/last-month.json`, '-o', 'html'],
    ]);
    const changes = page.getByRole('region', { name: /^What changed since/ });
    await changes.getByRole('link', { name: '2 people have new access' }).waitFor();
    await changes.getByRole('link', { name: '3 people lost all access' }).waitFor();
    const link = changes.getByRole('link', { name: '4 people can newly become cluster admin' });
    await link.click();
    const table = page.getByRole('region', { name: /^Who has access to prod: 4 of/ });
    await expect.poll(() => table.evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await table.locator('.row-open').allTextContents()).toHaveLength(4);
    expect(await table.getByText('exec in pods of kube-system').count()).toBe(4);
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

  test.each([390, 1440, 2560])('fits a window of %i pixels', async (width) => {
    const { page, problems, close } = await pageOf(WITH_RBAC, { viewport: { width, height: 900 } });
    const tooWide = await page.evaluate(() =>
      [...document.querySelectorAll('header *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth)
        .map((one) => one.className),
    );
    expect(tooWide).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});
