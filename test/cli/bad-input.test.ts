import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const WORLD = inventory(
  [account(PROD, 'prod'), account(DEV, 'dev')],
  [role(PROD, 'Admin'), role(DEV, 'Admin')],
);
const NODE = ['--no-nodes', '--inventory', 'aws.json'];

/** Endless input, like `yes`. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(1_000_000, 'y\n');
}

describe('an input that is too large', () => {
  test('on stdin is not read to the end', async () => {
    for (const argv of [['check'], ['view'], ['generate', '-c', '-']]) {
      const ran = await run(argv, { stdin: endless(), cwd: await scratch() });
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toMatch(
        /^error: <stdin>: the input is larger than 10 MB\n {2}No valid input of this kind is that large. Specify another file\.\n/,
      );
    }
  });

  test('or is not UTF-8, reports the next step', async () => {
    const { exitCode, stderr } = await run(['view'], {
      stdin: Uint8Array.of(0xff, 0xfe),
      cwd: await scratch(),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: <stdin>: the input isn't UTF-8 text\n {2}Save it as UTF-8, or specify another file\.\n/,
    );
  });

  test('is refused as a config or a ConfigMap, but accepted as a snapshot', async () => {
    const cwd = await scratch({ 'aws.json': snapshotText(WORLD) + ' '.repeat(10_000_001) });
    await writeFile(join(cwd, 'zeros'), Buffer.alloc(10_000_001));
    const flags = ['--map', 'Admin=g', '--account', PROD];
    expect(await run(['generate', ...flags, ...NODE], { cwd })).toMatchObject({ exitCode: 0 });
    for (const argv of [
      ['generate', '-c', 'zeros', ...NODE],
      ['check', 'zeros'],
      ['merge', 'zeros', ...flags, '--inventory', 'aws.json'],
    ]) {
      const ran = await run(argv, { cwd });
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain('error: zeros: the input is larger than 10 MB');
    }
    await writeFile(join(cwd, 'zeros'), Buffer.alloc(10_000_000, 0xff));
    expect((await run(['generate', '-c', 'zeros', ...NODE], { cwd })).stderr).toContain("isn't UTF-8");
  });
});
