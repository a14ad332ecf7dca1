import { expect, test } from 'vitest';
import { type Output, processIo, reasonOf, writeAll } from '../src/io.ts';

/** An output that accepts some pieces and then fails. */
function outputOf(taken: number, error: Error) {
  const written: string[] = [];
  const output: Output = {
    write: (text, done) => {
      written.push(text);
      done?.(written.length > taken ? error : null);
    },
  };
  return { written, output };
}

test('stops writing when the reader is gone, without an error', async () => {
  const { written, output } = outputOf(1, Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await writeAll(output, ['a', 'b', 'c']);
  expect(written).toEqual(['a', 'b']);
});

test('a failed write reports the reason', async () => {
  const { output } = outputOf(0, new Error('no space left'));
  await expect(writeAll(output, ['a'])).rejects.toMatchObject({
    exitCode: 3,
    findings: [{ message: "can't write to stdout: no space left" }],
  });
});

test.each([
  [Object.assign(new Error('ENOENT: …'), { code: 'ENOENT' }), 'no such file'],
  [Object.assign(new Error('EISDIR: …'), { code: 'EISDIR' }), "it's a directory"],
  [Object.assign(new Error('EACCES: …'), { code: 'EACCES' }), 'permission denied'],
  [Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }), 'EIO: i/o error'],
  [new Error('closed'), 'closed'],
  ['gone', 'gone'],
])('%s is "%s"', (error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});

test('a failing stream does not end the program, and a missing working directory is explained', () => {
  const handled: string[] = [];
  const stream = (name: string) => ({ on: (event: string) => handled.push(`${name} ${event}`) });
  const cwd = () => {
    throw new Error('ENOENT: uv_cwd');
  };
  const host = { stdout: stream('stdout'), stderr: stream('stderr'), env: {}, cwd };
  const io = processIo(
    host as unknown as NodeJS.Process,
    new AbortController().signal,
    async () => undefined,
  );
  expect(handled).toEqual(['stdout error', 'stderr error']);
  expect(() => io.cwd).toThrow(
    expect.objectContaining({
      exitCode: 3,
      findings: [
        expect.objectContaining({
          message: 'the working directory no longer exists',
          help: 'Change to another directory and run the command again.',
        }),
      ],
    }),
  );
});
