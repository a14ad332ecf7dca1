import type { Option } from 'commander';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS, type ListedCommand } from '../../src/cli/command-table.ts';
import { GROUPS } from '../../src/cli/define-command.ts';
import { MORE_PAGES, PAGES } from '../pages.ts';
import { run } from './run.ts';

const NAMES = COMMANDS.map(({ name }) => name);

describe('the help of the program', () => {
  test.each([[['--help']], [['-h']], [['--help-all']], [['help']], [['help', 'help']], [['help', '--help']]])(
    'is %j',
    async (argv) => {
      const { exitCode, stdout, stderr } = await run(argv);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: aws-auth-sso \[options\] \[command\]\n/);
      for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
    },
  );

  test('fits a terminal of 80 columns', async () => {
    const { stdout } = await run(['--help']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    await expect(stdout).toMatchFileSnapshot('../golden/help/aws-auth-sso.txt');
  });

  test.each([
    [['-V']],
    [['--version']],
    [['version']],
    [['version', 'merge']],
    [['help', '-V']],
    [['help', '--version']],
  ])('is not that of %j', async (argv) => {
    const version = `${packageJson.version}\n`;
    expect(await run(argv)).toEqual({ exitCode: 0, stdout: version, stderr: '' });
  });

  test('names the pages that say more', async () => {
    const { stdout } = await run(['--help']);
    const pages = [...stdout.matchAll(/\b(?:README|docs\/[\w-]+)\.md/g)].map(([page]) => page);
    expect(pages.length).toBeGreaterThan(3);
    expect([...PAGES, ...MORE_PAGES]).toEqual(expect.arrayContaining(pages));
  });

  test('goes to stderr where no command is given', async () => {
    const { stdout } = await run(['--help']);
    expect(await run([])).toEqual({ exitCode: 2, stdout: '', stderr: stdout });
    expect(await run(['--', '--'])).toEqual({ exitCode: 2, stdout: '', stderr: stdout });
  });
});

describe('the help of a command', () => {
  test.each(COMMANDS)('$name starts with its usage and its summary', async ({ name, summary }) => {
    const asked = await run([name, '--help']);
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(asked.stdout.split('\n\n').slice(0, 2)).toEqual([
      expect.stringMatching(`^Usage: aws-auth-sso ${name} \\[options\\]`),
      expect.stringContaining(summary),
    ]);
    expect(await run(['help', name])).toEqual(asked);
    expect(await run([name, '-h'])).toEqual(asked);
    expect(asked.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    await expect(asked.stdout).toMatchFileSnapshot(`../golden/help/${name}.txt`);
  });

  test.each(COMMANDS)(
    '$name fits a screen: its own options, and how to see the others',
    async ({ name, load }) => {
      const { stdout } = await run([name, '--help']);
      expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
      const options = await optionsOf(load);
      expect(stdout.includes(`\n  aws-auth-sso ${name} --help-all\n`)).toBe(
        options.some(({ helpGroupHeading }) => helpGroupHeading !== undefined),
      );
      for (const { flags, helpGroupHeading, hidden } of options) {
        const isOwn = helpGroupHeading === undefined && !hidden;
        expect({ flags, shown: stdout.includes(`\n  ${flags} `) }).toEqual({ flags, shown: isOwn });
      }
    },
  );

  test.each(COMMANDS)('$name has all options in --help-all, its own first', async ({ name, load }) => {
    const asked = await run([name, '--help-all']);
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run(['help', name, '--help-all'])).toEqual(asked);
    const [first, ...groups] = [...asked.stdout.matchAll(/^.*options:$/gim)].map(([heading]) => heading);
    expect(first).toBe('Options:');
    const shared: readonly string[] = Object.values(GROUPS);
    expect(groups).toEqual([...new Set(groups)].filter((group) => shared.includes(group)));
    const options = (await optionsOf(load)).filter(({ hidden }) => !hidden);
    for (const { flags } of options) expect(asked.stdout).toContain(`\n  ${flags} `);
    const [usage = ''] = (await run([name, '--help'])).stdout.split('\n\n', 1);
    expect(asked.stdout).toContain(usage);
  });

  test('is as wide as the terminal, and 80 columns elsewhere', async () => {
    const help = async (columns: number, stdoutIsTty = true) =>
      (await run(['merge', '--help-all'], { columns, stdoutIsTty })).stdout;
    const usual = await help(80);
    expect(await help(0)).toBe(usual);
    expect(await help(40, false)).toBe(usual);
    const optionOf = (text: string) => / {2}--allow-shared .*?(?=\n {2}--)/s.exec(text)?.[0];
    expect(optionOf(usual)).toContain('\n');
    expect(optionOf(await help(200))).not.toContain('\n');
  });

  test('words options alike: lower case or a name, no full stop', async () => {
    for (const { load, summary } of COMMANDS) {
      const command = (await load())(async () => {});
      const texts = [...command.options, ...command.registeredArguments].map(
        ({ description }) => description,
      );
      for (const text of [summary, ...texts])
        expect(text).toMatch(/^(?:[a-z]|AWS|aws-auth|RBAC|Identity).*[^.]$/);
    }
  });
});

async function optionsOf(load: ListedCommand['load']): Promise<readonly Option[]> {
  return (await load())(async () => {}).options;
}

test('help is found in any place, but not after --', async () => {
  const all = await run(['merge', '--help-all']);
  const brief = await run(['merge', '--help']);
  for (const argv of ['--help-all merge', 'help --help-all merge', 'merge --bogus --help-all -- x'])
    expect(await run(argv.split(' '))).toEqual(all);
  for (const argv of ['-h merge', 'help -- merge', 'help merge x'])
    expect(await run(argv.split(' '))).toEqual(brief);
  expect(await run(['merge', '--', '--help-all'])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('--help-all'),
  });
});

test('a command behind `--` is that command', async () => {
  const plain = await run(['view', 'examples/aws-auth.yaml']);
  expect(plain.exitCode).toBe(0);
  expect(await run(['--', 'view', 'examples/aws-auth.yaml'])).toEqual(plain);
  expect(await run(['--', 'help', 'view'])).toEqual(await run(['view', '--help']));
});

describe('a usage error', () => {
  test.each([
    [['generat'], "error: unknown command 'generat'\n  Did you mean generate?\n"],
    [['help', 'generat'], "error: unknown command 'generat'\n  Did you mean generate?\n"],
    [['--versio'], "error: unknown option '--versio'\n  Did you mean --version?\n"],
    [['merge', '--fro', 'apply'], "error: unknown option '--fro'\n  Did you mean --for?\n"],
    [
      ['merge', 'a', 'b'],
      "error: too many arguments for 'merge'. Expected 1 argument but got 2.\n  Loop over the files; with a snapshot (--inventory), AWS is read only once.\n",
    ],
    [
      ['diff', 'a', 'b', 'c'],
      "error: too many arguments for 'diff'. Expected 1 argument but got 3.\n  FILE is the live aws-auth, -c the config with the wanted mappings, --inventory a snapshot. To compare two files, use `diff -u`.\n",
    ],
    [
      ['explain', 'a', 'b'],
      "error: too many arguments for 'explain'. Expected 1 argument but got 2.\n  Pass one FILE, and run it once for each cluster. `aws-auth-sso who` takes several.\n",
    ],
    [
      ['view', '--abc'],
      "error: unknown option '--abc'\n  Options of view: --output. For all, run `aws-auth-sso view --help-all`.\n",
    ],
    [['who', '--abc'], "error: unknown option '--abc'\n  Did you mean --rbac?\n"],
    [['merge', '--file'], "error: unknown option '--file'\n  Use `aws-auth-sso merge FILE`.\n"],
    [
      ['merge', '--external-id', 'x'],
      "error: unknown option '--external-id'\n  Set `assumeRole.externalId` in the config: ./aws-auth-sso.yaml, or the file after -c.\n",
    ],
    [
      ['who', '--organizations-profile=x'],
      "error: unknown option '--organizations-profile=x'\n  Set `organizationsProfile` in the config: ./aws-auth-sso.yaml, or the file after -c.\n",
    ],
    [
      ['roles', '--sso-profile', 'x'],
      "error: unknown option '--sso-profile'\n  Set `ssoProfile` in the config: ./aws-auth-sso.yaml, or the file after -c.\n",
    ],
    [
      ['init', '--sso-profile', 'x'],
      "error: unknown option '--sso-profile'\n  Set `assumeRole.externalId`, `organizationsProfile` or `ssoProfile` in a config, and start from a snapshot:\n  aws-auth-sso snapshot -c FILE > inventory.json && aws-auth-sso init -c NEW-FILE --inventory inventory.json\n",
    ],
    [
      ['view', '--a\u001b[2J\nb'],
      "error: unknown option '--a\\u{1b}[2J\\nb'\n  Options of view: --output. For all, run `aws-auth-sso view --help-all`.\n",
    ],
    [
      ['xyz'],
      "error: unknown command 'xyz'\n  Commands: generate, merge, diff, access-entries, bindings, check, view, who, explain, roles, snapshot, init, completion. `aws-auth-sso --help` describes them.\n",
    ],
    [
      ['--quiet', 'view'],
      "error: unknown option '--quiet'\n  Options follow the command: aws-auth-sso view --quiet\n",
    ],
    [
      ['completion'],
      "error: missing required argument 'shell'\n  Use one of bash, zsh, fish, for example: source <(aws-auth-sso completion bash)\n",
    ],
    [
      ['completion', 'tcsh'],
      "error: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.\n  Use one of bash, zsh, fish, for example: source <(aws-auth-sso completion bash)\n",
    ],
  ])('of %j', async (argv, stderr) => {
    expect(await run(argv)).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});
