import { spawnSync } from 'node:child_process';
import { expect, inject, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';

const PROD = '111122223333';
const MAP = `${awsAuthOf([{ rolearn: `arn:aws:iam::${PROD}:role/node`, groups: ['system:nodes'] }])}\n`;

function folder(): Promise<string> {
  const world = {
    ...inventory([account(PROD)], [role(PROD, 'Admin')]),
    capturedAt: new Date().toISOString(),
  };
  return scratch({ 'aws.json': snapshotText(world), 'map.yaml': MAP });
}

/** Everything that a terminal shows, in order. */
async function shownBy(argv: readonly string[]): Promise<string> {
  const cwd = await folder();
  let shown = '';
  const output = {
    isTTY: true,
    write(text: string, done?: () => void) {
      shown += text;
      done?.();
    },
  };
  const stdin = Object.assign((async function* () {})(), { isTTY: true });
  const { signal } = new AbortController();
  await main(argv, { stdin, stdout: output, stderr: output, env: { NO_COLOR: '1', CI: '1' }, cwd, signal });
  return shown;
}

const FLAGS = ['map.yaml', '--inventory', 'aws.json', '--account', PROD, '--map', 'Admin=g'];

test.each([
  ['diff', FLAGS, 'map.yaml: 1 added'],
  ['merge', FLAGS, 'map.yaml: 1 added'],
  ['check', ['map.yaml'], 'map.yaml: '],
])('the summary of %s is the last line on a terminal', async (verb, flags, summary) => {
  const shown = await shownBy([verb, ...flags]);
  const last = shown.trimEnd().split('\n').at(-1);
  expect(last).toMatch(new RegExp(`^note: ${summary}`));
  expect(shown.match(new RegExp(`^note: ${summary}`, 'gm'))).toHaveLength(1);
});

test('the summary of diff comes after it in a pipe with both streams', async () => {
  const script = '"$@" 2>&1 | cat';
  const argv = [process.execPath, inject('program'), 'diff', ...FLAGS];
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', ...argv], {
    cwd: await folder(),
    encoding: 'utf8',
  });
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('--- a/map.yaml');
  // Between them, entries that the config does not name.
  expect(lines.at(-4)).toMatch(/^\+/);
  expect(lines.at(-3)).toMatch(/^note: map\.yaml: 1 entry matches no/);
  expect(lines.at(-1)).toBe('note: map.yaml: 1 added, 1 unchanged');
});
