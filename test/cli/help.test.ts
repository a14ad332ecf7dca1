import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/command-table.ts';
import { PAGES } from '../pages.ts';
import { run } from './run.ts';

const NAMES = COMMANDS.map(({ name }) => name);

describe('the help of the program', () => {
  test.each([[['--help']], [['-h']], [['help']], [['help', 'help']], [['help', '--help']]])(
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

  test.each([[['-V']], [['--version']], [['help', '-V']], [['help', '--version']]])(
    'is not that of %j',
    async (argv) => {
      const version = `${packageJson.version}\n`;
      expect(await run(argv)).toEqual({ exitCode: 0, stdout: version, stderr: '' });
    },
  );

  test('names the pages that say more', async () => {
    const { stdout } = await run(['--help']);
    const pages = [...stdout.matchAll(/\b(?:README|docs\/[\w-]+)\.md/g)].map(([page]) => page);
    expect(pages.length).toBeGreaterThan(3);
    expect(PAGES).toEqual(expect.arrayContaining(pages));
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
    '$name has its options in groups of one order, its own first',
    async ({ name, load }) => {
      const { stdout } = await run([name, '--help']);
      const headings = [...stdout.matchAll(/^.*options:$/gim)].map(([heading]) => heading);
      const order = [
        'Options:',
        'RBAC options:',
        'Mapping options:',
        'Account options:',
        'AWS options:',
        'Output options:',
      ];
      order.push('Safety options:', 'General options:');
      expect(headings).toEqual(order.filter((heading) => headings.includes(heading)));
      // Whoever adds an option says what it is about.
      const [own = ''] = /^Options:\n.*?(?=\n\n)/ms.exec(stdout) ?? [];
      expect([...own.matchAll(/^ {2}-/gm)].length).toBeLessThan(9);
      const options = (await load())(async () => {}).options.filter(({ hidden }) => !hidden);
      for (const { flags } of options) expect(stdout).toContain(`\n  ${flags} `);
    },
  );

  test('fits the terminal: what an option does stands beside it, or below where that is too narrow', async () => {
    const help = async (columns: number, stdoutIsTty = true) =>
      (await run(['merge', '--help'], { columns, stdoutIsTty })).stdout;
    const usual = await help(80);
    expect(await help(0)).toBe(usual);
    expect(await help(40, false)).toBe(usual);
    expect(await help(200)).toContain(
      '\n  --allow-shared                    let group: and user: match permission sets that others are assigned too\n',
    );
    const narrow = await help(40);
    expect(narrow).toContain(
      '\n  --allow-shared\n      let group: and user: match\n      permission sets that others are\n',
    );
    const [, options = ''] = narrow.split('\nArguments:\n');
    expect(options.split('\n').filter((line) => line.length > 40)).toEqual([]);
    expect(await help(67)).toContain('\n  --all-accounts\n      include every account of the organization\n');
    const beside = (await help(68)).split('\nArguments:\n')[1]?.split('\n') ?? [];
    expect(beside).toContain('  --all-accounts                    include every account of the');
    expect(beside.filter((line) => line.length > 68)).toEqual([]);
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
      "error: too many arguments for 'merge'. Expected 1 argument but got 2.\n  Run it for each file, in a loop; with a snapshot (--inventory) AWS is read once. See `aws-auth-sso merge --help`.\n",
    ],
    [
      ['diff', 'a', 'b', 'c'],
      "error: too many arguments for 'diff'. Expected 1 argument but got 3.\n  Run it for each file, in a loop; with a snapshot (--inventory) AWS is read once. See `aws-auth-sso diff --help`.\n",
    ],
    [
      ['explain', 'a', 'b'],
      "error: too many arguments for 'explain'. Expected 1 argument but got 2.\n  See `aws-auth-sso explain --help`.\n",
    ],
    [['view', '--abc'], "error: unknown option '--abc'\n  See `aws-auth-sso view --help`.\n"],
    // Not near enough to --rbac and --profile.
    [['who', '--abc'], "error: unknown option '--abc'\n  See `aws-auth-sso who --help`.\n"],
    [['merge', '--file'], "error: unknown option '--file'\n  See `aws-auth-sso merge --help`.\n"],
    [['xyz'], "error: unknown command 'xyz'\n  See `aws-auth-sso --help`.\n"],
    [
      ['--quiet', 'view'],
      "error: unknown option '--quiet'\n  Options follow the command: see `aws-auth-sso view --help`.\n",
    ],
    [
      ['completion'],
      'error: no shell given\n  Give one of bash, zsh, fish, such as: source <(aws-auth-sso completion bash)\n',
    ],
    [
      ['completion', 'tcsh'],
      'error: no completion for the shell "tcsh"\n  Give one of bash, zsh, fish, such as: source <(aws-auth-sso completion bash)\n',
    ],
  ])('of %j', async (argv, stderr) => {
    expect(await run(argv)).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});
