import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const NODE =
  'username: "system:node:{{EC2PrivateDNSName}}", groups: ["system:bootstrappers", "system:nodes"]';
const HEAD = `kind: ConfigMap
metadata: {name: aws-auth}
data:
  mapRoles: |
    - {rolearn: "arn:aws:iam::111122223333:role/node", ${NODE}}
`;
const entry = (arn: string) => `${HEAD}    - {rolearn: "${arn}", username: u, groups: [g]}\n`;
const CLEAN = entry('arn:aws:iam::111122223333:role/dev');
const PATH = entry('arn:aws:iam::111122223333:role/a/path/dev');
const env = { GITHUB_STEP_SUMMARY: 'summary.md' };

/** What a step that checks these files tells GitHub. */
async function summaryOf(files: Readonly<Record<string, string>>, ...flags: string[]): Promise<string> {
  const cwd = await scratch(files);
  await run(['check', ...Object.keys(files), '-o', 'github', ...flags], { cwd, env });
  const text = await readFile(join(cwd, 'summary.md'), 'utf8').catch(() => '');
  return text
    .replaceAll(/<\/?code>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

test('check -o github writes what it found into the summary of the step, of all files', async () => {
  const text = await summaryOf({ 'clean.yaml': CLEAN, 'path.yaml': PATH });
  expect(text.split('\n').slice(0, 8)).toEqual([
    '### aws-auth-sso check',
    '',
    '- clean.yaml: no problems found',
    '- path.yaml: 1 error, 0 warnings',
    '- 2 files: 1 error, 0 warnings',
    '',
    '| Severity | Place | Rule | What is wrong, and what to do |',
    '| --- | --- | --- | --- |',
  ]);
  expect(text).toMatch(
    /^\| error \| path\.yaml:6:18 \| path-in-arn \| arn:\S+ contains the path .*\. Strip .* \|$/m,
  );
});

test('the summary says where nothing is wrong, and of the other files where one is broken', async () => {
  expect(await summaryOf({ 'clean.yaml': CLEAN })).toBe(
    '### aws-auth-sso check\n\n- clean.yaml: no problems found\n\n',
  );
  const text = await summaryOf({ 'path.yaml': PATH, 'none.yaml': 'kind: Secret\n' });
  expect(text).toContain('- 1 of 2 files checked: 1 error, 0 warnings\n');
  expect(text).toContain('| path-in-arn |');
});

test('it says what failed where no file can be checked, and what remains after fixes', async () => {
  const text = await summaryOf({ 'none.yaml': 'kind: Secret\n' });
  expect(text).toMatch(/^### aws-auth-sso check\n\nFailed with exit code 2\.\n\n\| Severity /);
  expect(text).toMatch(/^\| error \| none\.yaml:1:1 \| refused \| there is no aws-auth /m);
  const fixed = await summaryOf({ 'path.yaml': PATH }, '--fix-access');
  expect(fixed).toBe('### aws-auth-sso check\n\n- path.yaml: no problems found once fixed\n\n');
  const written = await summaryOf({ 'path.yaml': PATH, 'clean.yaml': CLEAN }, '--fix-access', '--write');
  expect(written).toContain('- 2 files: no problems found; 1 of 2 written\n');
  const none = await summaryOf({ 'path.yaml': PATH, 'bad.yaml': 'a: [' }, '--fix-access', '--write');
  expect(none).toContain('; nothing was fixed\n');
  expect(none).toMatch(/^\| error \| bad\.yaml:/m);
});

test('only -o github writes one', async () => {
  expect(await summaryOf({ 'path.yaml': PATH }, '-o', 'text')).toBe('');
  expect(await summaryOf({ 'path.yaml': PATH }, '-o', 'json')).toBe('');
  expect(await summaryOf({ 'path.yaml': PATH }, '--list-rules')).toBe('');
});

test('names and messages cannot become markup', async () => {
  const name = '<b>|`x`\n### y.yaml';
  const cwd = await scratch({ [name]: entry('arn:aws:iam::111122223333:role/a/<img src=x>|@org/node') });
  await run(['check', name, '-o', 'github'], { cwd, env });
  const text = await readFile(join(cwd, 'summary.md'), 'utf8');
  expect(text.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<`@]/);
  expect(text.match(/^###/gm)).toHaveLength(1);
  for (const row of text.split('\n').filter((line) => line.startsWith('| ')))
    expect(row.match(/\|/g)).toHaveLength(5);
});
