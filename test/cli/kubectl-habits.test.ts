import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';

test('options that a command has are none of these', async () => {
  for (const { name, load } of COMMANDS) {
    const options = (await load())(async () => {}).options.flatMap(({ long, short }) => [long, short]);
    const taken = ['--dry-run', '--context', '--watch', '--filename', '-f', '-A', '-l', '-k', '-w'];
    expect([name, options.filter((option) => option && taken.includes(option))]).toEqual([name, []]);
  }
});
