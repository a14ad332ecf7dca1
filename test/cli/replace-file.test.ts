import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Files, replaceFile } from '../../src/cli/replace-file.ts';
import { Failure } from '../../src/errors.ts';
import { scratch } from '../scratch.ts';

const OLD = 'the old content\n';
const NEW = 'the new content\n';

/** A file system whose temporary files fail midway. */
function failingFiles(fail: (handle: nodeFiles.FileHandle) => Promise<never>): Files {
  const open = async (...args: Parameters<typeof nodeFiles.open>) => {
    const handle = await nodeFiles.open(...args);
    if (!String(args[0]).endsWith('.tmp')) return handle;
    handle.writeFile = async () => {
      await handle.write('the new con');
      return fail(handle);
    };
    return handle;
  };
  return { ...nodeFs, promises: { ...nodeFiles, open } };
}

const NEVER = new AbortController().signal;

/** Replaces the old content with the new one. */
async function replaceIn(folder: string, files: Files = nodeFs, signal = NEVER): Promise<void> {
  const replacement = { path: join(folder, 'map.yaml'), name: 'map.yaml', before: OLD, after: NEW };
  await replaceFile(replacement, signal, () => {}, files);
}

/** Runs timers: time passes as soon as something waits. */
async function withoutWaiting(work: () => Promise<unknown>): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  let isDone = false;
  const done = work().finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  try {
    for (; !isDone; await new Promise(setImmediate)) vi.advanceTimersToNextTimer();
    await done;
  } finally {
    vi.useRealTimers();
  }
}

test.each([
  ['a full disk', 'ENOSPC', 'ENOSPC: no space left on device, write', 'no space left'],
  ['a read-only folder', 'EACCES', 'EACCES: permission denied, open', 'permission denied'],
])('%s leaves the old file intact, and no other file', async (_, code, message, told) => {
  const folder = await scratch({ 'map.yaml': OLD });
  const files = failingFiles(async () => {
    throw Object.assign(new Error(message), { code });
  });
  const failed = replaceIn(folder, files);
  await expect(failed).rejects.toSatisfy((error) => error instanceof Failure && error.exitCode === 3);
  await expect(failed).rejects.toThrow(told);
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
});

test('the old file stays intact during a write, even one that never ends', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const stuck = new Promise<nodeFiles.FileHandle>((reached) => {
    const files = failingFiles((handle) => {
      reached(handle);
      return new Promise(() => {});
    });
    void replaceIn(folder, files);
  });
  const handle = await stuck;
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  await handle.close();
});

test('a missing file is not created', async () => {
  const folder = await scratch();
  const failed = replaceIn(folder);
  await expect(failed).rejects.toThrow('no such file');
  expect(await nodeFiles.readdir(folder)).toEqual([]);
});

const tmpOf = (name: string) => `.${name}.0123456789ab.tmp`;
const LOCK = '.map.yaml.aws-auth-sso.lock';

test('removes only the leftovers of a killed run', async () => {
  const others = [
    '.map.yaml.tmp',
    '.map.yaml.0123456789xy.tmp',
    `${tmpOf('map.yaml')}.bak`,
    `x${tmpOf('map.yaml')}`,
    '.map.yaml.0123456789abcdef.tmp',
    tmpOf('other.yaml'),
    tmpOf('mop.yaml'),
    'map.yaml.bak',
  ];
  const names = ['map.yaml', tmpOf('map.yaml'), ...others];
  const folder = await scratch(Object.fromEntries(names.map((name) => [name, OLD])));
  await replaceIn(folder);
  expect((await nodeFiles.readdir(folder)).sort()).toEqual(['map.yaml', ...others].sort());
});

test('flushes the folder after the rename', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const flushed: string[] = [];
  const open = async (...args: Parameters<typeof nodeFiles.open>) => {
    const handle = await nodeFiles.open(...args);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      flushed.push(
        `${args[0] === folder ? 'folder' : 'file'} ${await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')}`,
      );
      await sync();
    };
    return handle;
  };
  await replaceIn(folder, { ...nodeFs, promises: { ...nodeFiles, open } });
  expect(flushed).toEqual([`file ${OLD}`, `folder ${NEW}`]);
});

test.each([
  ['user and group', { uid: 4711, gid: 4712 }],
  ['user', { uid: 4711 }],
  ['group', { gid: 4712 }],
])('a file of another %s, which cannot be kept, is not written', async (_, owner) => {
  const folder = await scratch({ 'map.yaml': OLD });
  const { uid, gid } = { ...(await nodeFiles.stat(join(folder, 'map.yaml'))), ...owner };
  const asked: number[][] = [];
  const open = async (...args: Parameters<typeof nodeFiles.open>) => {
    const handle = await nodeFiles.open(...args);
    handle.chown = async (...ids) => {
      asked.push(ids);
      throw Object.assign(new Error('EPERM: operation not permitted, fchown'), {
        code: 'EPERM',
        syscall: 'fchown',
      });
    };
    return handle;
  };
  const stat = async (path: string) => Object.assign(await nodeFiles.stat(path), owner);
  const failed = replaceIn(folder, {
    ...nodeFs,
    promises: { ...nodeFiles, open, stat: stat as typeof nodeFiles.stat },
  });
  await expect(failed).rejects.toMatchObject({
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
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
});

test.runIf(process.getuid?.() === 0)('as root, a file keeps its owner', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const path = join(folder, 'map.yaml');
  await nodeFiles.chown(path, 4711, 4712);
  await nodeFiles.chmod(path, 0o2640);
  await replaceIn(folder);
  expect(await nodeFiles.stat(path)).toMatchObject({ uid: 4711, gid: 4712, mode: 0o102640 });
  expect(await nodeFiles.readFile(path, 'utf8')).toBe(NEW);
});

test('keeps changes that were made since it was read', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const files = failingFiles(async (handle) => {
    await nodeFiles.writeFile(join(folder, 'map.yaml'), 'of a colleague\n');
    return handle.write('') as Promise<never>;
  });
  await expect(replaceIn(folder, files)).rejects.toMatchObject({
    exitCode: 3,
    findings: [
      {
        message: "the file changed on disk since it was read; it wasn't overwritten",
        location: { file: 'map.yaml' },
        help: 'Run it again on the current file.',
      },
    ],
  });
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe('of a colleague\n');
  expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
});

test('after a signal the file is unchanged', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const interruption = new AbortController();
  const files = failingFiles(async (handle) => {
    interruption.abort();
    return handle.write('') as Promise<never>;
  });
  await expect(replaceIn(folder, files, interruption.signal)).rejects.toThrow('aborted');
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
});

/** Until the test ends, a process looks like one of another user. */
function refuseSignalsTo(pid: number): void {
  const { kill } = process;
  const put = (other: typeof kill) => {
    process.kill = other;
    syncBuiltinESMExports();
  };
  put((id, signal) => {
    if (id === pid) throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    return kill.call(process, id, signal);
  });
  onTestFinished(() => put(kill));
}

describe('the lock of another run', () => {
  async function locked(holder: string): Promise<string> {
    return scratch({ 'map.yaml': OLD, [LOCK]: holder });
  }

  test('is waited for', async () => {
    const folder = await locked(`${process.pid} ${hostname()}\n`);
    const readFile = async (...args: Parameters<typeof nodeFiles.readFile>) => {
      const holder = await nodeFiles.readFile(...args);
      await nodeFiles.unlink(join(folder, LOCK));
      return holder;
    };
    const promises = { ...nodeFiles, readFile: readFile as typeof nodeFiles.readFile };
    await replaceIn(folder, { ...nodeFs, promises });
    expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
    expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(NEW);
  });

  test('keeps the file unchanged if it is not released', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const ofAnotherMachine = `${dead} elsewhere\n`;
    const ofAnotherUser = `4711 ${hostname()}\n`;
    refuseSignalsTo(4711);
    const holders = [`${process.pid} ${hostname()}\n`, ofAnotherMachine, ofAnotherUser];
    const folders = await Promise.all(holders.map(locked));
    await withoutWaiting(() =>
      Promise.all(
        folders.map(async (folder) => {
          await expect(replaceIn(folder)).rejects.toMatchObject({
            exitCode: 3,
            findings: [
              { message: expect.stringContaining('another run'), help: expect.stringContaining(LOCK) },
            ],
          });
          expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
          expect((await nodeFiles.readdir(folder)).sort()).toEqual([LOCK, 'map.yaml']);
        }),
      ),
    );
  });

  test('names its process and host, and is stale without them', async () => {
    const folder = await scratch({ 'map.yaml': OLD });
    const held: string[] = [];
    const readdir = async (path: string) => {
      held.push(await nodeFiles.readFile(join(folder, LOCK), 'utf8'));
      return nodeFiles.readdir(path);
    };
    await replaceIn(folder, {
      ...nodeFs,
      promises: { ...nodeFiles, readdir: readdir as typeof nodeFiles.readdir },
    });
    expect(held).toEqual([`${process.pid} ${hostname()}\n`]);
    expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
  });

  test('is removed if its process died', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const folder = await locked(`${dead} ${hostname()}\n`);
    await replaceIn(folder);
    expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
  });

  test.each(['', '\n', `x ${hostname()}\n`, '0 \n', '{}'])(
    'is stale if it has no process: %j',
    async (holder) => {
      const folder = await locked(holder);
      await withoutWaiting(() => replaceIn(folder));
      expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
      expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(NEW);
    },
  );

  test('is not stale while its name is being written', async () => {
    const folder = await locked('');
    const stat = async (...args: Parameters<typeof nodeFiles.stat>) => {
      const stats = await nodeFiles.stat(...args);
      if (args[0] === join(folder, LOCK)) await nodeFiles.writeFile(args[0], `1 elsewhere\n`);
      return stats;
    };
    const promises = { ...nodeFiles, stat: stat as typeof nodeFiles.stat };
    const waited = withoutWaiting(() => replaceIn(folder, { ...nodeFs, promises }));
    await expect(waited).rejects.toThrow('another run');
    expect(await nodeFiles.readFile(join(folder, LOCK), 'utf8')).toBe('1 elsewhere\n');
  });

  test('is not held if another process removed it before it had a name', async () => {
    const folder = await scratch({ 'map.yaml': OLD });
    let isFirst = true;
    const open = async (...args: Parameters<typeof nodeFiles.open>) => {
      const handle = await nodeFiles.open(...args);
      if (String(args[0]).endsWith(LOCK) && isFirst) {
        isFirst = false;
        await nodeFiles.unlink(args[0]);
        await nodeFiles.writeFile(args[0], '1 elsewhere\n');
      }
      return handle;
    };
    const waited = withoutWaiting(() => replaceIn(folder, { ...nodeFs, promises: { ...nodeFiles, open } }));
    await expect(waited).rejects.toThrow('another run');
    expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  });

  test('is removed if it is over a minute old', async () => {
    const folder = await locked('1 elsewhere\n');
    await nodeFiles.utimes(join(folder, LOCK), new Date(), new Date(Date.now() - 61_000));
    await replaceIn(folder);
    expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
  });

  /** Fails a given number of times with a code of the file system, then works. */
  function failing<Args extends unknown[], T>(
    code: string,
    times: number,
    work: (...args: Args) => Promise<T>,
    concerns: (path: string) => boolean = () => true,
  ) {
    let left = times;
    return async (...args: Args) => {
      if (!concerns(String(args[0])) || left === 0) return work(...args);
      left -= 1;
      throw Object.assign(new Error(`${code}: injected`), { code });
    };
  }
  const isLock = (path: string) => path.endsWith(LOCK);

  test('may be released at that moment, or removed by a third process', async () => {
    const released = await scratch({ 'map.yaml': OLD });
    const open = failing('EEXIST', 1, nodeFiles.open, isLock) as typeof nodeFiles.open;
    await replaceIn(released, { ...nodeFs, promises: { ...nodeFiles, open } });
    expect(await nodeFiles.readFile(join(released, 'map.yaml'), 'utf8')).toBe(NEW);

    const dead = spawnSync(process.execPath, ['--version']).pid;
    const stale = await locked(`${dead} ${hostname()}\n`);
    const rename = failing('ENOENT', 1, nodeFiles.rename);
    await replaceIn(stale, { ...nodeFs, promises: { ...nodeFiles, rename } });
    expect(await nodeFiles.readdir(stale)).toEqual(['map.yaml']);
  });

  test.each([
    ['made', { open: failing('EACCES', 1, nodeFiles.open, isLock) as typeof nodeFiles.open }, ''],
    ['looked at', { stat: failing('EACCES', 1, nodeFiles.stat, isLock) as typeof nodeFiles.stat }, 'x'],
    ['taken away', { rename: failing('EACCES', 1, nodeFiles.rename) }, 'dead'],
  ])('that cannot be %s ends the run, and the file is unchanged', async (_, broken, holder) => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const folder =
      holder === '' ? await scratch({ 'map.yaml': OLD }) : await locked(`${dead} ${hostname()}\n`);
    const failed = replaceIn(folder, { ...nodeFs, promises: { ...nodeFiles, ...broken } });
    await expect(failed).rejects.toMatchObject({
      exitCode: 3,
      findings: [
        {
          message: "can't write the file: permission denied",
          location: { file: 'map.yaml' },
          help: 'The file is unchanged. Make the file and its directory writable, or redirect stdout, then run it again.',
        },
      ],
    });
    expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  });

  test('works in a folder that is writable but not readable', async () => {
    const folder = await scratch({ 'map.yaml': OLD });
    const isFolder = (path: string) => path === folder;
    const open = failing('EACCES', 1, nodeFiles.open, isFolder) as typeof nodeFiles.open;
    const readdir = failing('EACCES', 1, nodeFiles.readdir as (path: string) => Promise<string[]>);
    const promises = { ...nodeFiles, open, readdir: readdir as typeof nodeFiles.readdir };
    await replaceIn(folder, { ...nodeFs, promises });
    expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(NEW);
  });
});
