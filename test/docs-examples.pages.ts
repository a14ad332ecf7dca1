import { expect, test } from 'vitest';
import { withExamples } from './page-examples.ts';
import { blocksIn, blocksOf, PAGES } from './pages.ts';
import { readersShell } from './readers-shell.ts';

const SHOWING = PAGES.filter(
  (page) => page !== 'README.md' && blocksIn(page).some(({ language }) => language === 'console'),
);

test.each(SHOWING)('examples are as %s shows them (npm run test:pages -- -u writes it)', async (page) => {
  await expect(await withExamples(page)).toMatchFileSnapshot(`../${page}`);
});

const SCRIPTS = ['sh', 'bash'].flatMap(blocksOf).filter(({ circumstances }) => circumstances !== null);

test.each(SCRIPTS)('a script of $page runs: $text', async ({ text, circumstances }) => {
  const shell = await readersShell();
  const { exitCode, stderr } = await shell.run(`set -eu\n${text}`, circumstances ?? '');
  // `diff` exits 1: the clusters differ.
  expect(exitCode, stderr).toBe(text.includes('aws-auth-sso diff') ? 1 : 0);
});
