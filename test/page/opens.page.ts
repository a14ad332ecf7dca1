import { afterAll, expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { closeBrowser, openPage } from './open-page.ts';

afterAll(closeBrowser);

test('the page of the example opens without requests, errors and violations of its policy', async () => {
  const argv = ['who', 'examples/aws-auth.yaml', '--inventory', 'examples/inventory.json', '--expand'];
  const { stdout, exitCode } = await runProgram([...argv, '--rbac', 'examples/rbac.yaml', '-o', 'html']);
  expect(exitCode).toBe(0);
  const { page, problems, close } = await openPage(stdout);
  await page.getByRole('table').waitFor();
  expect(await page.getByRole('row').count()).toBeGreaterThan(3);
  expect(problems).toEqual([]);
  await close();
});
