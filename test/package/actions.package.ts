import { cp, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { workflowCommandsIn } from '../github-runner.ts';
import { ROOT } from '../pages.ts';
import { scratch } from '../scratch.ts';
import { runAction } from '../workflow-runner.ts';

/** Runs an action with the packed program and a real npm, which has neither a cache nor a network. */
async function acted(name: string, inputs: Readonly<Record<string, string>>) {
  const cwd = await scratch({ '.npmrc': 'ignore-scripts=false\nregistry=http://127.0.0.1:9\n' });
  await cp(join(ROOT, 'examples'), join(cwd, 'my clusters'), { recursive: true });
  const tarball = join(cwd, 'of a mirror.tgz');
  await cp(inject('tarball'), tarball);
  const env = { npm_config_offline: 'true', npm_config_cache: join(cwd, 'cache') };
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const ended = await runAction(name, { ...inputs, version: `file:${tarball}` }, { cwd, path, env });
  return { ...ended, summary: await readFile(join(cwd, 'summary.md'), 'utf8').catch(() => '') };
}

test('the drift action installs the packed program and runs it', async () => {
  const { exitCode, stderr, stdout, outputs, summary } = await acted('drift', {
    file: 'my clusters/aws-auth.yaml',
    config: 'my clusters/aws-auth-sso.yaml',
    inventory: 'my clusters/inventory.json',
    arguments: '--max-age=9999d',
  });
  expect({ exitCode, outputs }, stderr).toEqual({ exitCode: 1, outputs: { changed: 'true' } });
  expect(workflowCommandsIn(stdout).map(({ properties }) => properties.file)).toEqual(
    Array(4).fill('my clusters/aws-auth.yaml'),
  );
  expect(summary).toContain('3 added, 1 rotated, 1 unchanged');
});

test('the check action installs the packed program and runs it', async () => {
  const { exitCode, stderr, outputs } = await acted('check', { files: 'my clusters/b*.yaml' });
  expect(exitCode, stderr).toBe(1);
  expect(Number(outputs.errors)).toBeGreaterThan(0);
});
