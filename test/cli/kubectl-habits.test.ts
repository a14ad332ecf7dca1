import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { HINTS, wordsInHint } from '../../src/cli/hint-table.ts';
import { run } from './run.ts';

const NAMES = COMMANDS.map(({ name }) => name);

test.each(HINTS)('$help: names commands that exist', ({ on, help }) => {
  const named = [...help.matchAll(/PROGRAM (?!never|COMMAND|reads|prints|refuses|doesn|-)([\w-]+)/g)].map(
    ([, name]) => name,
  );
  expect(['none', ...NAMES]).toEqual(expect.arrayContaining([...named, ...wordsInHint(on)]));
});

test('hints name options that exist', async () => {
  const commands = await Promise.all(COMMANDS.map(async ({ load }) => (await load())(async () => {})));
  const known = commands.flatMap(({ options }) => options.map(({ long }) => long));
  // The program itself, kubectl and the AWS CLI have these.
  const others = ['--help', '--version', '--context', '--name'];
  const named = HINTS.flatMap(
    ({ help, takes = '', lacks = '' }) => `${help} ${takes} ${lacks}`.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [],
  );
  expect([...known, ...others]).toEqual(expect.arrayContaining(named));
});

test('no hint is hidden by an earlier one for the same word', () => {
  const hidden = HINTS.flatMap(({ typed, on }, index) =>
    wordsInHint(typed).filter((word) =>
      HINTS.slice(0, index).some((earlier) => {
        const { help: _, typed: words, on: commands, ...conditions } = earlier;
        if (!wordsInHint(words).includes(word) || Object.keys(conditions).length > 0) return false;
        const covered = wordsInHint(commands);
        return (
          commands === undefined ||
          (on !== undefined && wordsInHint(on).every((one) => covered.includes(one)))
        );
      }),
    ),
  );
  expect(hidden).toEqual([]);
});

test('version prints what --version prints', async () => {
  const { exitCode, stdout } = await run(['version']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: (await run(['--version'])).stdout });
});

test('no command has an option that a hint for it replaces', async () => {
  for (const { name, load } of COMMANDS) {
    const options = (await load())(async () => {}).options.filter(({ hidden }) => !hidden);
    const flags = options.flatMap(({ long, short }) => [long, short]);
    const hints = HINTS.filter(({ on }) => wordsInHint(on).includes(name));
    const replaced = hints.flatMap(({ typed }) => wordsInHint(typed));
    expect([name, replaced.filter((option) => flags.includes(option))]).toEqual([name, []]);
  }
});

test('only commands with -c have hints about the file after it', async () => {
  const withConfig = ['none'];
  for (const { name, load } of COMMANDS)
    if ((await load())(async () => {}).options.some(({ short }) => short === '-c')) withConfig.push(name);
  const hints = HINTS.filter(({ help }) => help.includes('after -c'));
  expect(hints.length).toBeGreaterThan(0);
  for (const { on } of hints) expect(withConfig).toEqual(expect.arrayContaining(wordsInHint(on)));
});
