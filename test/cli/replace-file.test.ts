import * as nodeFiles from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Files, replaceFile } from '../../src/cli/replace-file.ts';
import { Failure } from '../../src/errors.ts';
import { scratch } from '../scratch.ts';

const OLD = 'the old content\n';

/** A file system whose new files fail in the middle of being written. */
function failingFiles(fail: (handle: nodeFiles.FileHandle) => Promise<never>): Files {
  return {
    ...nodeFiles,
    open: async (...args) => {
      const handle = await nodeFiles.open(...args);
      handle.writeFile = async () => {
        await handle.write('the new con');
        return fail(handle);
      };
      return handle;
    },
  };
}

test.each([
  ['a full disk', 'ENOSPC', 'ENOSPC: no space left on device, write', 'no space left'],
  [
    'a folder that nothing may be written to',
    'EACCES',
    'EACCES: permission denied, open',
    'permission denied',
  ],
])('%s leaves the old file whole, and nothing beside it', async (_, code, message, told) => {
  const folder = await scratch({ 'map.yaml': OLD });
  const files = failingFiles(async () => {
    throw Object.assign(new Error(message), { code });
  });
  const failed = replaceFile(join(folder, 'map.yaml'), 'the new content\n', 'map.yaml', files);
  await expect(failed).rejects.toSatisfy((error) => error instanceof Failure && error.exitCode === 3);
  await expect(failed).rejects.toThrow(told);
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  expect(await nodeFiles.readdir(folder)).toEqual(['map.yaml']);
});

test('while it is being written, and if it never ends, the old file is whole', async () => {
  const folder = await scratch({ 'map.yaml': OLD });
  const stuck = new Promise<nodeFiles.FileHandle>((reached) => {
    const files = failingFiles((handle) => {
      reached(handle);
      return new Promise(() => {});
    });
    void replaceFile(join(folder, 'map.yaml'), 'the new content\n', 'map.yaml', files);
  });
  const handle = await stuck;
  expect(await nodeFiles.readFile(join(folder, 'map.yaml'), 'utf8')).toBe(OLD);
  await handle.close();
});

test('a file that is not there is not made', async () => {
  const folder = await scratch();
  const failed = replaceFile(join(folder, 'map.yaml'), 'x', 'map.yaml');
  await expect(failed).rejects.toThrow('no such file');
  expect(await nodeFiles.readdir(folder)).toEqual([]);
});
