import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { HINTS } from '../../src/cli/hints.ts';
import { run } from './run.ts';

const NAMES = COMMANDS.map(({ name }) => name);

test.each(HINTS)('$typed: the hint names commands that exist', ({ on = [], help }) => {
  const named = [...help.matchAll(/PROGRAM (?!never|COMMAND)([\w-]+)/g)].map(([, name]) => name);
  expect(['', ...NAMES]).toEqual(expect.arrayContaining([...named, ...on]));
});

test('version prints what --version prints', async () => {
  const { exitCode, stdout } = await run(['version']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: (await run(['--version'])).stdout });
});

test('no command has an option that a hint for it replaces', async () => {
  for (const { name, load } of COMMANDS) {
    const options = (await load())(async () => {}).options.filter(({ hidden }) => !hidden);
    const flags = options.flatMap(({ long, short }) => [long, short]);
    const hints = HINTS.filter(({ on }) => on?.includes(name));
    const replaced = hints.flatMap(({ typed }) => (typed instanceof RegExp ? [] : typed));
    expect([name, replaced.filter((option) => flags.includes(option))]).toEqual([name, []]);
  }
});

test('only commands with -c have hints about the file after it', async () => {
  const withConfig = [''];
  for (const { name, load } of COMMANDS)
    if ((await load())(async () => {}).options.some(({ short }) => short === '-c')) withConfig.push(name);
  const hints = HINTS.filter(({ help }) => help.includes('after -c'));
  expect(hints.length).toBeGreaterThan(0);
  for (const { on = NAMES } of hints) expect(withConfig).toEqual(expect.arrayContaining([...on]));
});
