import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { workflowCommandsIn } from '../github-runner.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const arnOf = (set: string, suffix: number) => role(PROD, set, suffix).roleArn;
const SNAPSHOT = snapshotText({
  ...inventory(
    [account(PROD, 'prod')],
    ['Admin', 'Dev', 'New', 'Boss', 'Left', 'Kept'].map((set) => role(PROD, set, 2)),
  ),
  capturedAt: new Date().toISOString(),
});

const entry = (arn: string, groups = 'g', key = 'rolearn') =>
  `    - ${key}: "${arn}"\n      username: "sso:{{SessionName}}"\n      groups: [${groups}]\n`;
const HEAD = 'kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapRoles: |\n';
const CLEAN = HEAD + entry(arnOf('Dev', 2));
const BEFORE = `${HEAD}${entry(arnOf('Admin', 1))}${entry(arnOf('Dev', 2), 'old')}${entry(arnOf('Left', 2))}  mapUsers: |
${entry(arnOf('Boss', 2), 'system:masters', 'userarn')}`;

interface Told {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Text appended to the summary of the step. */
  readonly summary: string;
}

/** Output and summary of a workflow step. */
async function step(
  text: string,
  flags: readonly string[],
  { name = 'map.yaml', summary = '' }: { readonly name?: string; readonly summary?: string } = {},
): Promise<Told> {
  const cwd = await scratch({ 'world.json': SNAPSHOT, [name]: text, 'summary.md': summary });
  const argv = ['diff', name, '-o', 'github', '--account', PROD, '--inventory', 'world.json', ...flags];
  const ran = await run(argv, { cwd, env: { GITHUB_STEP_SUMMARY: 'summary.md' } });
  return { ...ran, summary: (await readFile(join(cwd, 'summary.md'), 'utf8')).slice(summary.length) };
}

const maps = (...sets: string[]) => sets.flatMap((set) => ['--map', `${set}=g`]);

/** Rendered Markdown: without tags, with character references resolved. */
function decoded(text: string): string {
  return text
    .replaceAll(/<\/?code>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

describe('the summary of diff -o github', () => {
  test.each([
    [
      'a missing file',
      ['gone.yaml'],
      3,
      { file: 'gone.yaml', title: 'unavailable' },
      "can't read the file: no such file",
    ],
    [
      'a broken file',
      ['bad.yaml'],
      2,
      { file: 'bad.yaml', line: '1', col: '1', title: 'refused' },
      'aws-auth',
    ],
    ['a set without a role', ['map.yaml', ...maps('Nobody')], 2, { title: 'refused' }, 'Nobody'],
    [
      'an unknown account',
      ['map.yaml', '--account', 'nowhere', ...maps('Dev')],
      2,
      { title: 'refused' },
      'nowhere',
    ],
  ] as const)(
    'reports the failure, like annotations: %s',
    async (_, words, exitCode, properties, message) => {
      const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': CLEAN, 'bad.yaml': 'kind: Pod\n' });
      const scope = words.includes('--account' as never) ? [] : ['--account', PROD];
      const mapped = words.includes('--map' as never) ? [] : maps('Dev');
      const argv = ['diff', ...words, ...scope, ...mapped, '-o', 'github', '--inventory', 'world.json'];
      const env = { GITHUB_STEP_SUMMARY: 'summary.md' };
      const told = await run(argv, { cwd, env });
      expect(told).toMatchObject({ exitCode, stdout: '' });
      const found = workflowCommandsIn(told.stderr);
      expect(found[0]).toMatchObject({
        command: 'error',
        properties,
        data: expect.stringContaining(message),
      });
      expect(Object.keys(found[0]?.properties ?? {})).toEqual(Object.keys(properties));
      const [title, , failed, , ...table] = decoded(await readFile(join(cwd, 'summary.md'), 'utf8')).split(
        '\n',
      );
      expect(title).toBe(`### aws-auth-sso diff: ${words[0]}`);
      expect(failed).toBe(`Failed with exit code ${exitCode}.`);
      expect(table.filter((line) => line.startsWith('| error |'))).toEqual([
        expect.stringContaining(message),
      ]);
      const plain = await run(
        argv.filter((word) => word !== '-o' && word !== 'github'),
        { cwd, env },
      );
      expect(plain.stderr).not.toContain('::');
    },
  );

  test.each([
    ['folder', "it's a directory"],
    ['no/such', 'no such file'],
    ['/dev/full', 'ENOSPC: no space left on device, write'],
    ['pipe', 'ENXIO'],
  ])('only warns if it cannot be written (%s), and keeps the exit code', async (path, reason) => {
    const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': BEFORE });
    await mkdir(join(cwd, 'folder'));
    // Without a reader.
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    const argv = ['diff', 'map.yaml', '-o', 'github', '--account', PROD, '--inventory', 'world.json'];
    const told = await run([...argv, ...maps('Dev')], { cwd, env: { GITHUB_STEP_SUMMARY: path } });
    expect(told.exitCode).toBe(1);
    expect(told.stdout).toContain('title=updated');
    expect(told.stderr).toContain(`warning: ${path}: $GITHUB_STEP_SUMMARY can't be written: ${reason}`);
  });
});

describe('hostile names', () => {
  const EVIL = [
    '\n::error::pwned',
    '\r::set-env name=PATH::/tmp',
    '##[error]pwned',
    '<img src=x onerror=alert(1)>',
    '[link](https://evil.example)',
    '| a | b |',
    '`code` ```` more',
    '@org/team #123 www.evil.example',
    '&lt;b&gt; *bold* __it__ ~~no~~ \\| $x$',
    '=cmd',
    '\u202Eltr',
  ];

  test('in a file never become a runner command, a tag, markup or the end of a block', async () => {
    const name = '%0A::error::x,line=9\n::warning::y.yaml';
    const groups = EVIL.map((group) => JSON.stringify(group)).join(', ');
    const evil = JSON.stringify(EVIL.join(' '));
    const text = `${HEAD}    - {rolearn: "${arnOf('Dev', 1)}", username: ${evil}, groups: [${groups}]}\n    # \`\`\`\`\` </details> <script>\n`;
    const { stdout, summary } = await step(text, maps('Dev', 'New'), { name });
    const commands = workflowCommandsIn(stdout);
    expect(commands.map(({ command }) => command)).toEqual(['warning', 'warning']);
    expect(commands.map(({ properties }) => properties.file)).toEqual([name, name]);
    expect(stdout.split('\n')).toHaveLength(3);
    const fence = '`'.repeat(6);
    const [before = '', code = '', after] = summary.split(fence);
    expect(code).toMatch(/^diff\n.*\n$/s);
    expect(after).toBe('\n\n</details>\n\n');
    const shown = before.replaceAll(/<\/?code>|<details><summary>Diff<\/summary>/g, '');
    const rows = shown
      .slice(shown.indexOf('| Change |'))
      .split('\n')
      .filter((line) => line.startsWith('| '));
    for (const row of rows.slice(2)) {
      const cells = row.slice(2, -2).split(' | ');
      expect(cells).toHaveLength(5);
      for (const cell of cells) expect(cell.replaceAll(/&#\d+;/g, '')).toMatch(/^[\w →:-]*$/);
    }
    expect(rows).toHaveLength(4);
    expect(summary).not.toMatch(/[\r\u202E]/);
    expect(decoded(before)).toContain(EVIL[3]);
  });
});
