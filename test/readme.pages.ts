import { expect, test } from 'vitest';
import { withExamples } from './page-examples.ts';
import { blocksIn, textOf } from './pages.ts';

const PAGE = 'README.md';

test('examples are as the README shows them (npm run test:pages -- -u writes it)', async () => {
  await expect(await withExamples(PAGE)).toMatchFileSnapshot(`../${PAGE}`);
});

test('it has two set-up commands', () => {
  const commands = blocksIn(PAGE).filter(({ language }) => language === 'sh');
  expect(commands.map(({ text }) => text)).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
});

test('it is a front page: the rest stands in docs/', () => {
  expect(textOf(PAGE).split('\n').length - 1).toBeLessThanOrEqual(220);
});
