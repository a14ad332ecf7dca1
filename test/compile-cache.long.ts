import { chmod, chown, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { runProgram } from './program.ts';
import { scratch } from './scratch.ts';

const NODE_KEEPS_ITS_OWN = 'enableCompileCache' in nodeModule;

const ENTRY = 'mapRoles: "- rolearn: arn:aws:iam::111122223333:role/a\\n  username: a\\n  groups: [view]\\n"';
const MAP = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: aws-auth, namespace: kube-system }\ndata:\n  ${ENTRY}\n`;

describe('the compile cache', () => {
  test.skipIf(NODE_KEEPS_ITS_OWN)(
    'runs code that an earlier run compiled (skipped if Node has its own cache, which detects other code of the same length)',
    async () => {
      const { view, replaceInBundle } = await installed();
      const first = await view();
      expect(first.stdout).toContain('USERNAME');
      await replaceInBundle('USERNAME', 'OTHERWIS');
      expect(await view()).toEqual(first);
      expect((await view({ NODE_DISABLE_COMPILE_CACHE: '1' })).stdout).toContain('OTHERWIS');
    },
  );

  test.skipIf(NODE_KEEPS_ITS_OWN)(
    'is written only by the first run of a command (skipped if Node has its own cache)',
    async () => {
      const { view, check, kept } = await installed();
      await view();
      const ofView = await kept();
      await view();
      expect(await kept()).toEqual(ofView);
      await check();
      const ofBoth = await kept();
      expect(ofBoth.length).toBeGreaterThan(ofView.length);
      await view();
      await check();
      expect(await kept()).toEqual(ofBoth);
    },
  );

  test.skipIf(NODE_KEEPS_ITS_OWN)('is rewritten if damaged (skipped if Node has its own cache)', async () => {
    const { view, kept, damage } = await installed();
    const first = await view();
    const good = await kept();
    for (const harm of [
      () => Buffer.alloc(0),
      (content: Buffer) => content.subarray(0, content.length / 2),
      (content: Buffer) => content.fill(0),
      (content: Buffer) => content.fill(0, content.length - 1000),
    ]) {
      await damage(harm);
      expect(await view()).toEqual(first);
      expect((await kept()).map(({ name }) => name)).toEqual(good.map(({ name }) => name));
    }
  });

  test.skipIf(process.platform === 'win32')(
    'is not used if others may write to it (skipped on Windows, which has no modes)',
    async () => {
      const { view, kept, folder } = await installed();
      await mkdir(folder);
      await chmod(folder, 0o777);
      expect((await view()).exitCode).toBe(0);
      expect(await kept()).toEqual([]);
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    'is not used if another user owns it (skipped unless root, because only root can change owners)',
    async () => {
      const { view, kept, folder } = await installed();
      await mkdir(folder);
      await chown(folder, 65534, 65534);
      expect((await view()).exitCode).toBe(0);
      expect(await kept()).toEqual([]);
    },
  );
});

/** The program in a separate folder, with a separate cache. */
async function installed() {
  const home = await scratch({ 'aws-auth.yaml': MAP });
  const root = dirname(dirname(inject('program')));
  for (const part of ['bin', 'dist']) await cp(join(root, part), join(home, part), { recursive: true });
  const program = join(home, 'bin/aws-auth-sso.js');
  const folder = join(home, 'aws-auth-sso');
  const run = (command: string, env: Record<string, string> = {}) =>
    runProgram([command, 'aws-auth.yaml'], { cwd: home, env: { XDG_CACHE_HOME: home, ...env }, program });
  const filesOf = async (where: string) => {
    const files = (await readdir(where, { withFileTypes: true, recursive: true })).filter((one) =>
      one.isFile(),
    );
    return files.map((one) => join(one.parentPath, one.name)).sort();
  };
  const changeAll = async (where: string, change: (content: Buffer) => Buffer) => {
    for (const file of await filesOf(where)) await writeFile(file, change(await readFile(file)));
  };
  return {
    folder,
    view: (env?: Record<string, string>) => run('view', env),
    check: () => run('check'),
    kept: async () => {
      const files = await filesOf(folder);
      return Promise.all(files.map(async (name) => ({ name, changed: (await stat(name)).mtimeMs })));
    },
    replaceInBundle: (from: string, to: string) =>
      changeAll(join(home, 'dist'), (content) =>
        Buffer.from(content.toString('latin1').replaceAll(from, to), 'latin1'),
      ),
    damage: (change: (content: Buffer) => Buffer) => changeAll(folder, change),
  };
}
