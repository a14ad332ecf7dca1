import fs from 'node:fs';
import { chmod, chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { replaceFile } from '../../src/cli/replace-file.ts';
import { Failure } from '../../src/errors.ts';
import { scratch } from '../scratch.ts';

const OLD = 'the old content\n';
const NEW = 'the new content\n';
const NEVER = new AbortController().signal;

/** Until the test ends, something happens to temporary files as they are opened. */
function onOpen(then: (handle: fs.promises.FileHandle) => void): void {
  const { open } = fs.promises;
  const spy = vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
    const handle = await open(...args);
    then(handle);
    return handle;
  });
  onTestFinished(() => spy.mockRestore());
}

/** Until the test ends, writing to temporary files fails midway. */
function failMidway(fail: (handle: fs.promises.FileHandle) => Promise<unknown>): void {
  onOpen((handle) => {
    handle.writeFile = async () => {
      await handle.write('the new con');
      await fail(handle);
    };
  });
}

/** Replaces the old content with the new one. */
async function replaceIn(folder: string, signal = NEVER, before: string | null = OLD): Promise<void> {
  await replaceFile({ name: 'map.yaml', before, after: NEW }, { cwd: folder, signal });
}

/** The file is as it was, and alone. */
async function expectIntact(folder: string, content = OLD): Promise<void> {
  expect(await readFile(join(folder, 'map.yaml'), 'utf8')).toBe(content);
  expect(await readdir(folder)).toEqual(['map.yaml']);
}

const ioError = (code: string, message: string, syscall: string) =>
  Object.assign(new Error(`${code}: ${message}`), { code, syscall });

test.each([
  ['a full disk', 'ENOSPC', 'no space left on device, write', 'no space left'],
  ['a read-only folder', 'EACCES', 'permission denied, open', 'permission denied'],
])('%s leaves the old file intact, and no other file', async (_, code, message, told) => {
  const folder = await scratch({ 'map.yaml': OLD });
  failMidway(async () => {
    throw ioError(code, message, 'write');
  });
  const failed = replaceIn(folder);
  await expect(failed).rejects.toSatisfy((error) => error instanceof Failure && error.exitCode === 3);
  await expect(failed).rejects.toThrow(told);
  await expectIntact(folder);
});

test.each(['sync', 'close', 'chmod'] as const)('a failing %s leaves no other file', async (call) => {
  const folder = await scratch({ 'map.yaml': OLD });
  onOpen((handle) => {
    const work = handle[call].bind(handle) as () => Promise<void>;
    handle[call] = async () => {
      if (call === 'close') await work();
      throw ioError('EIO', 'i/o error', call);
    };
  });
  await expect(replaceIn(folder)).rejects.toMatchObject({
    exitCode: 3,
    findings: [{ help: expect.stringContaining('The file is unchanged.') }],
  });
  await expectIntact(folder);
});

test('a failing rename leaves no other file', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const rename = vi.spyOn(fs, 'renameSync').mockImplementation(() => {
    throw ioError('EBUSY', 'resource busy or locked', 'rename');
  });
  onTestFinished(() => rename.mockRestore());
  await expect(replaceIn(folder)).rejects.toThrow('busy');
  await expectIntact(folder);
});

test('the old file stays intact during a write, even one that never ends', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const stuck = new Promise<fs.promises.FileHandle>((reached) => {
    failMidway((handle) => {
      reached(handle);
      return new Promise(() => {});
    });
    void replaceIn(folder);
  });
  const handle = await stuck;
  expect(await readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  await handle.close();
});

test('a missing file is not created', async () => {
  const folder = await scratch();
  await expect(replaceIn(folder)).rejects.toThrow('no such file');
  expect(await readdir(folder)).toEqual([]);
});

test('flushes the new content before the rename', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const flushed: string[] = [];
  onOpen((handle) => {
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      flushed.push(await readFile(join(folder, 'map.yaml'), 'utf8'));
      await sync();
    };
  });
  await replaceIn(folder);
  expect(flushed).toEqual([OLD]);
  await expectIntact(folder, NEW);
});

test.each([
  ['user and group', { uid: 4711, gid: 4712 }],
  ['user', { uid: 4711 }],
  ['group', { gid: 4712 }],
])('a file of another %s, which cannot be kept, is not written', async (_, owner) => {
  const folder = await scratch({ 'map.yaml': OLD });
  const stats = await stat(join(folder, 'map.yaml'));
  const { uid, gid } = { ...stats, ...owner };
  const asked: number[][] = [];
  onOpen((handle) => {
    handle.chown = async (...ids) => {
      asked.push(ids);
      throw ioError('EPERM', 'operation not permitted, fchown', 'fchown');
    };
  });
  const spy = vi.spyOn(fs.promises, 'stat').mockResolvedValue(Object.assign(stats, owner));
  onTestFinished(() => spy.mockRestore());
  await expect(replaceIn(folder)).rejects.toMatchObject({
    exitCode: 3,
    findings: [
      {
        location: { file: 'map.yaml' },
        message:
          "can't write the file without changing its owner, because it belongs to another user or group",
        help: 'The file is unchanged. Run as its owner, or redirect stdout.',
      },
    ],
  });
  expect(asked).toEqual([[uid, gid]]);
  await expectIntact(folder);
});

test.runIf(process.getuid?.() === 0)('as root, a file keeps its owner', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const path = join(folder, 'map.yaml');
  await chown(path, 4711, 4712);
  await chmod(path, 0o2640);
  await replaceIn(folder);
  expect(await stat(path)).toMatchObject({ uid: 4711, gid: 4712, mode: 0o102640 });
  expect(await readFile(path, 'utf8')).toBe(NEW);
});

test.each([
  [OLD, "the file changed on disk since it was read; it wasn't overwritten", 'Run it again on the'],
  [null, 'another process created the file in the meantime; nothing was written', 'Check that file'],
])('keeps changes that were made since it was read: %j', async (before, message, help) => {
  const folder = await scratch(before === null ? {} : { 'map.yaml': before });
  failMidway(() => writeFile(join(folder, 'map.yaml'), 'of a colleague\n'));
  await expect(replaceIn(folder, NEVER, before)).rejects.toMatchObject({
    exitCode: 3,
    findings: [{ message, location: { file: 'map.yaml' }, help: expect.stringContaining(help) }],
  });
  await expectIntact(folder, 'of a colleague\n');
});

test('after a signal the file is unchanged', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const interruption = new AbortController();
  failMidway(async () => interruption.abort());
  await expect(replaceIn(folder, interruption.signal)).rejects.toThrow('aborted');
  await expectIntact(folder);
});
