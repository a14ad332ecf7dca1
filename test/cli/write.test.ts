import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { chmod, link, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run } from './run.ts';

/** Called right after a file was renamed, until the test ends. */
function onceRenamed(then: () => void): void {
  const { renameSync } = fs;
  const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    renameSync(from, to);
    then();
  });
  onTestFinished(() => spy.mockRestore());
}

const PROD = '111122223333';
const MAP = `apiVersion: v1
kind: ConfigMap
metadata: { name: aws-auth, namespace: kube-system }
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${PROD}:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:nodes]
`;
const WORLD = snapshotText({
  ...inventory([account(PROD)], [role(PROD, 'Admin'), role(PROD, 'View')]),
  capturedAt: new Date().toISOString(),
});

/** A folder with a map, and a pipe for the inventory, so that a run waits between reading and writing. */
async function waitingFolder(): Promise<string> {
  const cwd = await scratch({ 'map.yaml': MAP });
  execFileSync('mkfifo', [join(cwd, 'first'), join(cwd, 'second')]);
  return cwd;
}

const argvOf = (pipe: string, set: string) => [
  ...['merge', '--write', 'map.yaml', '--inventory', pipe],
  ...['--account', PROD, '--map', `${set}=g`],
];

/** Starts a merge, and resolves once it has read the map; `goOn` makes it write. */
async function startMerge(cwd: string, pipe: string, set: string, signal?: AbortSignal) {
  const ran = run(argvOf(pipe, set), { cwd, ...(signal ? { signal } : {}) });
  // Opens when the other end is open: the map has been read by then.
  const handle = await open(join(cwd, pipe), 'w');
  onTestFinished(() => handle.close());
  return {
    ran,
    goOn: async (): Promise<Ran> => {
      await handle.writeFile(WORLD);
      await handle.close();
      return ran;
    },
  };
}

const mapIn = (cwd: string) => readFile(join(cwd, 'map.yaml'), 'utf8');

describe('--write', () => {
  test('loses none of 20 edits between reading and writing', async () => {
    for (let round = 0; round < 20; round += 1) {
      const cwd = await waitingFolder();
      const merge = await startMerge(cwd, 'first', 'Admin');
      const edited = `${MAP}  # edit ${round}\n`;
      await writeFile(join(cwd, 'map.yaml'), edited);
      const ran = await merge.goOn();
      expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
      expect(ran.stderr).toMatch(/^error: map.yaml: the file changed on disk .*\n {2}Run it again/m);
      expect(await mapIn(cwd)).toBe(edited);
    }
  });

  test('loses neither of two parallel runs', async () => {
    for (let round = 0; round < 10; round += 1) {
      const cwd = await waitingFolder();
      const [admin, view] = await Promise.all([
        startMerge(cwd, 'first', 'Admin'),
        startMerge(cwd, 'second', 'View'),
      ]);
      const [one, other] = await Promise.all([admin.goOn(), view.goOn()]);
      expect([one.exitCode, other.exitCode].sort()).toEqual([0, 3]);
      const again = one.exitCode === 3 ? 'Admin' : 'View';
      const repeated = await startMerge(cwd, 'first', again);
      expect(await repeated.goOn()).toMatchObject({ exitCode: 0 });
      const map = await mapIn(cwd);
      for (const set of ['Admin', 'View']) expect(map).toContain(role(PROD, set).roleArn);
      expect((await readdir(cwd)).sort()).toEqual(['first', 'map.yaml', 'second']);
    }
  });

  test('interrupted before the rename, reports that nothing was written', async () => {
    const cwd = await waitingFolder();
    const interruption = new AbortController();
    const merge = await startMerge(cwd, 'first', 'Admin', interruption.signal);
    interruption.abort();
    expect(await merge.ran).toMatchObject({
      exitCode: 130,
      stdout: '',
      stderr: 'error: interrupted; nothing was written\n',
    });
    expect(await mapIn(cwd)).toBe(MAP);
  });

  test('interrupted after the rename, reports that it was written', async () => {
    const cwd = await waitingFolder();
    const interruption = new AbortController();
    onceRenamed(() => interruption.abort());
    const merge = await startMerge(cwd, 'first', 'Admin', interruption.signal);
    expect(await merge.goOn()).toMatchObject({
      exitCode: 130,
      stdout: '',
      stderr: 'error: interrupted; map.yaml was written\n',
    });
    expect(await mapIn(cwd)).toContain(role(PROD, 'Admin').roleArn);
  });
});

describe('--write refuses', () => {
  const MERGE = [
    'merge',
    '--write',
    'map.yaml',
    '--inventory',
    'world.json',
    '--account',
    PROD,
    '--map',
    'Admin=g',
  ];
  const CHECK = ['check', '--fix', '--write', 'map.yaml'];
  const FIXABLE = MAP.replace('rolearn', 'roleArn');

  async function expectRefusal(cwd: string, exitCode: number, message: string): Promise<void> {
    for (const argv of [MERGE, CHECK]) {
      const ran = await run(argv, { cwd });
      expect(ran).toMatchObject({ exitCode, stdout: '' });
      expect(ran.stderr).toContain(`error: map.yaml: ${message}`);
    }
  }

  test('a file with two hard links', async () => {
    const cwd = await scratch({ 'map.yaml': FIXABLE, 'world.json': WORLD });
    await link(join(cwd, 'map.yaml'), join(cwd, 'other.yaml'));
    await expectRefusal(cwd, 2, 'the file has 2 hard links');
    expect(await mapIn(cwd)).toBe(FIXABLE);
    expect((await stat(join(cwd, 'map.yaml'))).nlink).toBe(2);
  });

  test('a pipe, without waiting for it', async () => {
    const cwd = await scratch({ 'world.json': WORLD });
    execFileSync('mkfifo', [join(cwd, 'map.yaml')]);
    await expectRefusal(cwd, 2, 'not a regular file');
    expect((await stat(join(cwd, 'map.yaml'))).isFIFO()).toBe(true);
  });

  test('a file that is read-only, even to root', async () => {
    const cwd = await scratch({ 'map.yaml': FIXABLE, 'world.json': WORLD });
    await chmod(join(cwd, 'map.yaml'), 0o444);
    await expectRefusal(cwd, 3, 'the file is read-only');
    expect(await mapIn(cwd)).toBe(FIXABLE);
    expect((await stat(join(cwd, 'map.yaml'))).mode & 0o777).toBe(0o444);
  });
});
