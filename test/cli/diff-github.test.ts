import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workflowCommandsIn } from '../github-runner.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
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

/** The head of a table of findings, and what it says of files without nodes. */
const FINDINGS = ['| Severity | Place | Rule | What is wrong, and what to do |', '| --- | --- | --- | --- |'];
const NO_NODES = expect.stringMatching(
  /^\| warning \| {2}\| no-node-entry \| no entry lets nodes in: they are locked out\. Add one with .*\. \|$/,
);

interface Told {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was appended to the summary of the step. */
  readonly summary: string;
}

/** What a step of a workflow says and writes. */
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

describe('annotations of diff -o github', () => {
  test('are one for each entry that changes, at its lines, and a notice for each that no mapping wants', async () => {
    const { exitCode, stdout, stderr } = await step(BEFORE, maps('Admin', 'Dev', 'Boss', 'New'));
    expect(exitCode).toBe(1);
    const file = 'map.yaml';
    expect(workflowCommandsIn(stdout)).toEqual([
      {
        command: 'warning',
        properties: { file, line: '5', endLine: '7', title: 'rotated' },
        data: `${arnOf('Admin', 1)}: the role was re-created. Write ${arnOf('Admin', 2)}`,
      },
      {
        command: 'warning',
        properties: { file, line: '8', endLine: '10', title: 'updated' },
        data: `${arnOf('Dev', 2)}: groups differ. Write groups ["g"]`,
      },
      {
        command: 'notice',
        properties: { file, line: '11', endLine: '13', title: 'unmapped' },
        data: `${arnOf('Left', 2)}: no mapping names the role; no --prune`,
      },
      {
        command: 'warning',
        properties: { file, line: '15', endLine: '17', title: 'updated' },
        data: `${arnOf('Boss', 2)}: mapRoles overrides this entry of mapUsers, username "sso:{{SessionName}}", groups ["system:masters"]. To add to mapRoles: username "sso:{{SessionName}}", groups ["g"]`,
      },
      {
        command: 'warning',
        properties: { file, line: '11', endLine: '13', title: 'added' },
        data: `${arnOf('New', 2)}: a mapping wants it, and it has no entry. To add: username "sso:{{SessionName}}", groups ["g"]`,
      },
    ]);
    expect(stderr).toContain('note: map.yaml: 1 added, 1 rotated, 2 updated, 0 unchanged, 1 unmapped\n');
  });

  test('say what becomes of a username, and of an ARN with its path', async () => {
    const path = role(PROD, 'Dev', 2).pathArn;
    const flags = [...maps('Dev'), '--username', 'dev:{{SessionName}}'];
    const { stdout, summary } = await step(HEAD + entry(path), flags);
    expect(workflowCommandsIn(stdout).map(({ data }) => data)).toEqual([
      `${path}: the ARN has a path, username differs. Write ${arnOf('Dev', 2)}, username "dev:{{SessionName}}"`,
    ]);
    expect(decoded(summary)).toContain(
      `| updated | 5 | ${path} → ${arnOf('Dev', 2)} | sso:{{SessionName}} → dev:{{SessionName}} | "g" |`,
    );
  });

  test('compare groups one by one, and quote each', async () => {
    const { exitCode, stdout, summary } = await step(HEAD + entry(arnOf('Dev', 2), '"a, b"'), [
      '--map',
      'Dev=a,b',
    ]);
    expect(exitCode).toBe(1);
    expect(workflowCommandsIn(stdout)[0]?.data).toBe(
      `${arnOf('Dev', 2)}: groups differ. Write groups ["a", "b"]`,
    );
    expect(decoded(summary)).toContain('| "a, b" → "a", "b" |');
  });

  test('and the diff below them show no carriage returns of a file with CRLF', async () => {
    const text = BEFORE.replaceAll('\n', '\r\n');
    const { stdout, summary } = await step(text, maps('Admin'));
    expect(workflowCommandsIn(stdout)[0]?.properties).toMatchObject({ title: 'rotated', line: '5' });
    expect(summary).toMatch(/^\+ {4}- rolearn: .*Admin_\w+"$/m);
    expect(summary).not.toMatch(/\r|\\r/);
  });

  test('name what --prune removes', async () => {
    const config = `accounts: ["${PROD}"]\nmappings: [{permissionSet: Dev, groups: [g]}]\n`;
    const cwd = await scratch({ 'world.json': SNAPSHOT, 'c.yaml': config, 'map.yaml': BEFORE });
    const argv = ['diff', 'map.yaml', '-o', 'github', '--prune', '-c', 'c.yaml', '--inventory', 'world.json'];
    const { stdout } = await run(argv, { cwd });
    expect(workflowCommandsIn(stdout)[0]).toEqual({
      command: 'warning',
      properties: { file: 'map.yaml', line: '5', endLine: '7', title: 'removed' },
      data: `${arnOf('Admin', 1)}: the role no longer exists`,
    });
  });

  test('have no line where the file has no entry yet', async () => {
    const { stdout } = await step(`${HEAD}    []\n`, maps('Dev'));
    expect(workflowCommandsIn(stdout)[0]?.properties).toEqual({ file: 'map.yaml', title: 'added' });
  });

  test('are of <stdin> where the file has no name', async () => {
    const cwd = await scratch({ 'world.json': SNAPSHOT });
    const argv = ['diff', '-o', 'github', '--account', PROD, '--inventory', 'world.json', ...maps('Admin')];
    const { stdout } = await run(argv, { cwd, stdin: BEFORE });
    expect(workflowCommandsIn(stdout)[0]?.properties).toMatchObject({ file: '<stdin>', line: '5' });
  });

  test('are none where nothing differs, which the summary says', async () => {
    const told = await step(CLEAN, maps('Dev'));
    expect(told).toMatchObject({ exitCode: 0, stdout: '' });
    const head = ['### aws-auth-sso diff: map.yaml', '', 'No differences: 1 unchanged', ''];
    expect(decoded(told.summary).split('\n')).toEqual([...head, ...FINDINGS, NO_NODES, '', '']);
  });
});

/** Markdown as it is shown: without tags, with the characters that it refers to. */
function decoded(text: string): string {
  return text
    .replaceAll(/<\/?code>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

describe('the summary of diff -o github', () => {
  test('has the counts, a table of the changes and the diff', async () => {
    const { summary } = await step(BEFORE, maps('Admin', 'Dev', 'Boss', 'New'));
    const lines = decoded(summary).split('\n');
    const user = 'sso:{{SessionName}}';
    expect(lines.slice(0, 20)).toEqual([
      '### aws-auth-sso diff: map.yaml',
      '',
      '1 added, 1 rotated, 2 updated, 0 unchanged, 1 unmapped',
      '',
      ...FINDINGS,
      expect.stringMatching(/^\| warning \| map\.yaml:11:7 \| unmapped-entry \|/),
      NO_NODES,
      expect.stringMatching(/^\| warning \| {2}\| overridden-user \|/),
      '',
      '| Change | Line | Role | Username | Groups |',
      '| --- | --- | --- | --- | --- |',
      `| rotated | 5 | ${arnOf('Admin', 1)} → ${arnOf('Admin', 2)} | ${user} | "g" |`,
      `| updated | 8 | ${arnOf('Dev', 2)} | ${user} | "old" → "g" |`,
      `| unmapped | 11 | ${arnOf('Left', 2)} | ${user} | "g" |`,
      `| updated | 15 | ${arnOf('Boss', 2)} | ${user} | "system:masters" → "g" |`,
      `| added |  | ${arnOf('New', 2)} | ${user} | "g" |`,
      '',
      '<details><summary>Diff</summary>',
      '',
    ]);
    expect(lines.slice(20, 23)).toEqual(['```diff', '--- a/map.yaml', '+++ b/map.yaml']);
    expect(lines.slice(-5)).toEqual(['```', '', '</details>', '', '']);
  });

  test('is appended below what is there', async () => {
    const { summary } = await step(CLEAN, maps('Dev'), { summary: '# Mine' });
    expect(summary).toMatch(/^\n\n### aws-auth-sso diff/);
  });

  test('is not written without GITHUB_STEP_SUMMARY', async () => {
    const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': CLEAN });
    const argv = ['diff', 'map.yaml', '-o', 'github', '--account', PROD, '--inventory', 'world.json'];
    const unset = await run([...argv, ...maps('Dev')], { cwd, env: { GITHUB_STEP_SUMMARY: '' } });
    expect(unset.exitCode).toBe(0);
    expect(unset.stderr).not.toContain('GITHUB_STEP_SUMMARY');
    const env = { GITHUB_STEP_SUMMARY: 'new.md' };
    expect((await run([...argv, ...maps('Dev')], { cwd, env })).exitCode).toBe(0);
    expect(await readFile(join(cwd, 'new.md'), 'utf8')).toContain('No differences');
  });

  test('has the warnings of the run, which are annotated too', async () => {
    const old = SNAPSHOT.replace(/"capturedAt": *"[^"]*"/, '"capturedAt": "2020-01-01T00:00:00.000Z"');
    const cwd = await scratch({ 'old.json': old, 'map.yaml': BEFORE, 'summary.md': '' });
    const argv = ['diff', 'map.yaml', '-o', 'github', '--account', PROD, '--inventory', 'old.json'];
    const env = { GITHUB_STEP_SUMMARY: 'summary.md' };
    const { stdout, stderr } = await run([...argv, ...maps('Admin')], { cwd, env });
    const warned = workflowCommandsIn(stderr);
    expect(warned.length).toBeGreaterThan(1);
    expect(new Set(warned.map(({ command }) => command))).toEqual(new Set(['warning']));
    expect(warned.map(({ properties }) => properties.title)).toContain('no-node-entry');
    expect(warned.map(({ data }) => data).join('\n')).toContain('old');
    const rows = decoded(await readFile(join(cwd, 'summary.md'), 'utf8')).match(/^\| warning \|.*/gm);
    expect(rows).toHaveLength(warned.length);
    expect(stdout).not.toContain('no-node-entry');
  });

  test.each([
    [
      'a missing file',
      ['gone.yaml'],
      3,
      { file: 'gone.yaml', title: 'unavailable' },
      'cannot be read: no such file',
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
    'says what failed, and so do annotations: %s',
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
    ['folder', 'is a directory'],
    ['no/such', 'no such file'],
    ['/dev/full', 'ENOSPC: no space left on device, write'],
    ['pipe', 'ENXIO'],
  ])(
    'that cannot be written, %s, is a warning, and the exit code says what it said',
    async (path, reason) => {
      const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': BEFORE });
      await mkdir(join(cwd, 'folder'));
      // Nobody reads it.
      execFileSync('mkfifo', [join(cwd, 'pipe')]);
      const argv = ['diff', 'map.yaml', '-o', 'github', '--account', PROD, '--inventory', 'world.json'];
      const told = await run([...argv, ...maps('Dev')], { cwd, env: { GITHUB_STEP_SUMMARY: path } });
      expect(told.exitCode).toBe(1);
      expect(told.stdout).toContain('title=updated');
      expect(told.stderr).toContain(`warning: ${path}: $GITHUB_STEP_SUMMARY cannot be written: ${reason}`);
    },
  );
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

  test('in a file become no command to the runner, no tag, no markup and no end of a block', async () => {
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
