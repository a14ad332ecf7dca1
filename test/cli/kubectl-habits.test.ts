import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { run } from './run.ts';

test('every suggestion exists', async () => {
  const words = [
    'lint',
    'fix',
    'plan',
    'list',
    'get',
    'audit',
    'whoami',
    'apply',
    'rm',
    'convert',
    'dump',
    'new',
  ];
  for (const word of words) {
    const { stderr } = await run([word]);
    const named = [
      ...stderr.matchAll(/`aws-auth-sso ([\w-]+)/g),
      ...stderr.matchAll(/\| aws-auth-sso (\w+)/g),
    ];
    expect(named.length, word).toBeGreaterThan(0);
    for (const [, name] of named) expect(COMMANDS.map((one) => one.name)).toContain(name);
  }
});

test('version prints what --version prints', async () => {
  const { exitCode, stdout } = await run(['version']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: (await run(['--version'])).stdout });
});

test('no command has these options', async () => {
  for (const { name, load } of COMMANDS) {
    const options = (await load())(async () => {}).options.flatMap(({ long, short }) => [long, short]);
    const taken = ['--dry-run', '--context', '--watch', '--filename', '-f', '-A', '-l', '-k', '-w'];
    expect([name, options.filter((option) => option && taken.includes(option))]).toEqual([name, []]);
  }
});
