import type { Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { run } from './run.ts';

interface Answer {
  readonly values: readonly string[];
  readonly directive: string | undefined;
}

/** Completions at the end of a line. */
async function answer(line: string): Promise<Answer> {
  const { exitCode, stdout, stderr } = await run(['__complete', ...line.split(' ')], { env: {} });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.split('\n').slice(0, -1);
  return { values: lines.slice(0, -1).map((one) => one.split('\t')[0] ?? ''), directive: lines.at(-1) };
}

const words = (...values: readonly string[]): Answer => ({ values, directive: ':4' });
const NOTHING = words();
const FILES: Answer = { values: [], directive: ':0' };

describe('offers', () => {
  test('commands with their summaries, and the words after help', async () => {
    const commands = COMMANDS.map(({ name }) => name);
    expect(await answer('')).toEqual(words(...commands, 'help'));
    expect(await answer('help ')).toEqual(words(...commands, 'help'));
    expect(await answer('ro')).toEqual(words('roles'));
    expect((await run(['__complete', 'ro'])).stdout).toBe(
      'roles\tlist permission sets, accounts and roles\n:4\n',
    );
    expect(await answer('--')).toEqual(words('--version', '--help'));
    expect(await answer('help merge ')).toEqual(NOTHING);
    expect(await answer('nosuch --')).toEqual(NOTHING);
  });

  test('the options of a command, except for given ones', async () => {
    const offered = async (line: string) => (await answer(line)).values;
    expect(await offered('merge --pr')).toEqual(['--prune', '--profile', '--progress']);
    expect(await offered('merge --prune --pr')).toEqual(['--profile', '--progress']);
    expect(await offered('merge --profile a --pr')).toEqual(['--prune', '--profile', '--progress']);
    expect(await offered('merge --bogus --prune --pr')).toEqual(['--profile', '--progress']);
    expect(await offered('merge --config=a -')).not.toContain('-c');
    expect(await offered('merge -c')).toEqual(['-c']);
    expect(await offered('merge -- --pr')).toEqual([]);
    expect(await offered('merge --username --pr')).toEqual([]);
    expect(await offered('roles ')).toContain('--principals');
    expect(await offered('roles --')).not.toContain('--filename');
  });

  test('the choices of options and arguments, in every notation', async () => {
    expect(await answer('generate -o ')).toEqual(words('configmap', 'maproles', 'terraform', 'json'));
    expect(await answer('generate --output=j')).toEqual(words('--output=json'));
    expect(await answer('generate -oj')).toEqual(words('-ojson'));
    expect(await answer('merge --for s')).toEqual(words('server-side-apply'));
    expect(await answer('roles --by ')).toEqual(words('permission-set', 'account'));
    expect(await answer('completion ')).toEqual(words('bash', 'zsh', 'fish'));
    expect(await answer('completion zsh ')).toEqual(words('--help', '-h'));
  });

  test('files where one is due', async () => {
    for (const line of ['merge ', 'view a.yaml b', 'merge -c ', 'merge --config=a', 'who --rbac a --rbac b'])
      expect([line, await answer(line)]).toEqual([line, FILES]);
    for (const line of ['merge a.yaml b', 'roles a', 'who --account ', 'merge --map=a'])
      expect([line, await answer(line)]).toEqual([line, NOTHING]);
  });

  test('something for every option with a choice or a file', async () => {
    for (const { name, load } of COMMANDS) {
      const command = (await load())(async () => {});
      for (const { long, flags, required, argChoices } of command.options as Option[]) {
        if (!required) continue;
        const expected = /<file>/.test(flags) ? FILES : words(...(argChoices ?? []));
        expect([name, long, await answer(`${name} ${long} `)]).toEqual([name, long, expected]);
      }
    }
  });
});
