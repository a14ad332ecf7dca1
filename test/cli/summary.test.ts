import { expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { awsAuthOf } from '../access/aws-auth-of.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';

const PROD = '111122223333';
const MAP = `${awsAuthOf([{ rolearn: `arn:aws:iam::${PROD}:role/node`, groups: ['system:nodes'] }])}\n`;

/** Everything that a terminal shows, in its order. */
async function shownBy(argv: readonly string[]): Promise<string> {
  const world = {
    ...inventory([account(PROD)], [role(PROD, 'Admin')]),
    capturedAt: new Date().toISOString(),
  };
  const cwd = await scratch({ 'aws.json': snapshotText(world), 'map.yaml': MAP });
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
