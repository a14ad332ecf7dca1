import { expect, test } from 'vitest';
import { withExamples } from './page-examples.ts';
import { blocksIn } from './pages.ts';

const PAGE = 'README.md';

test('examples are as the README shows them (npm run test:pages -- -u writes it)', async () => {
  await expect(await withExamples(PAGE)).toMatchFileSnapshot(`../${PAGE}`);
});

test('its set-up commands work as they are copied', () => {
  const [block, ...others] = blocksIn(PAGE).filter(({ language }) => language === 'sh');
  expect(others).toEqual([]);
  const commands = block?.text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +#.*/, ''));
  expect(commands).toEqual([
    'npm ci && npm run demo',
    'npm install --global --ignore-scripts "$(npm pack --silent)"',
    'npm ci && npm test',
  ]);
});
