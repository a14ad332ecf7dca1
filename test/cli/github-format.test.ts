import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { annotation, appendSummary, codePart, tablePart } from '../../src/cli/format/github.ts';
import { Shell } from '../../src/cli/shell.ts';
import { workflowCommandsIn } from '../github-runner.ts';
import { scratch } from '../scratch.ts';

test('an annotation is one line with the whole message', () => {
  const text = annotation('note', { file: 'a' }, 'title', '100%\n::error::\u001B[31m\u202E##[error]x');
  expect(text).toBe('::notice file=a,title=title::100%25\\n::error::\\u{1b}[31m\\u{202e}##\\u{5b}error]x\n');
  expect(workflowCommandsIn(text)).toHaveLength(1);
});

const LIMIT = 1024 * 1024;

/** Content of the summary file after a block with these lines was appended to so many bytes. */
async function appended(there: number, lines: readonly string[]): Promise<Buffer> {
  const cwd = await scratch({ 'summary.md': 'y'.repeat(there) });
  const output = { write: () => expect.fail('nothing is to be said') };
  const io = { stdin: Object.assign((async function* () {})(), {}), stdout: output, stderr: output, cwd };
  const env = { GITHUB_STEP_SUMMARY: 'summary.md' };
  const shell = new Shell({ ...io, env, signal: new AbortController().signal }, {});
  await appendSummary({ title: '# T\n\n', parts: [codePart('C', 'text', lines)] }, shell);
  return readFile(join(cwd, 'summary.md'));
}

test.each([0, 1, 2, 3])('a summary uses the limit of GitHub to the last byte: %d', async (more) => {
  for (const line of ['x', 'é', '€uro']) {
    const { length } = await appended(LIMIT - 3_000 + more, Array(2_000).fill(line));
    expect(length).toBeLessThanOrEqual(LIMIT);
    expect(length).toBeGreaterThanOrEqual(LIMIT - Buffer.byteLength(line));
  }
});

test.each([
  [['a', '``'], '```'],
  [['a', '```'], '````'],
  [['`````` x `'], '```````'],
])('a fence is longer than any run of backticks in %j', (lines, fence) => {
  const { head, tail } = codePart('T', 'diff', lines);
  expect(head.split('\n').at(-2)).toBe(`${fence}diff`);
  expect(tail.split('\n')[0]).toBe(fence);
});

test('a table has a line for each row', () => {
  expect(tablePart(['A', 'B'], [['1', '2']])).toEqual({
    head: '| A | B |\n| --- | --- |\n',
    lines: ['| 1 | 2 |'],
    tail: '\n',
  });
});
