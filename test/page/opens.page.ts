import { afterAll, expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

test('the page of the example opens without requests, errors and violations of its policy', async () => {
  const argv = ['who', 'examples/aws-auth.yaml', '--inventory', 'examples/inventory.json', '--expand'];
  const { stdout, exitCode } = await runProgram([...argv, '--rbac', 'examples/rbac.yaml', '-o', 'html']);
  expect(exitCode).toBe(0);
  const { page, problems, close } = await openPage(stdout);
  await page.locator('.table-region table').waitFor();
  expect(await page.locator('.table-region').getByRole('row').count()).toBeGreaterThan(3);
  expect(problems).toEqual([]);
  await close();
});

test('a link to a view shows that view, and the page itself its top', async () => {
  const html = await realisticPage();
  const sent = await openPage(html, {}, 'admin=yes');
  await sent.page.getByRole('tab', { name: 'Table' }).waitFor();
  // The page may end before the rows reach its top.
  const row = sent.page.getByRole('row').filter({ hasText: 'hanna.berg' });
  expect(await row.evaluate((shown) => shown.getBoundingClientRect().bottom / innerHeight)).toBeLessThan(1);
  expect(sent.problems).toEqual([]);
  await sent.close();
  const whole = await openPage(html);
  await whole.page.getByRole('tab', { name: 'Table' }).waitFor();
  expect(await whole.page.evaluate(() => scrollY)).toBe(0);
  await whole.close();
});
