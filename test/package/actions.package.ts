import { cp, mkdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { expect, inject, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { workflowCommandsIn } from '../github-runner.ts';
import { ROOT, textOf } from '../pages.ts';
import { scratch } from '../scratch.ts';
import { runAction, runSteps, type Step } from '../workflow-runner.ts';

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

test('a workflow installs the package of its repository, without a network', async () => {
  const cwd = await scratch();
  await mkdir(join(cwd, '.github'));
  await cp(inject('tarball'), join(cwd, '.github', 'aws-auth-sso.tgz'));
  const { jobs } = load(textOf('examples/workflows/pull-request.yaml')) as {
    readonly jobs: { readonly check: { readonly steps: readonly Step[] } };
  };
  const steps = jobs.check.steps.filter(({ run }) => run?.startsWith('npm '));
  expect(steps).toHaveLength(1);
  const env = {
    npm_config_offline: 'true',
    npm_config_cache: join(cwd, 'cache'),
    npm_config_prefix: join(cwd, 'global'),
  };
  const path = [join(cwd, 'global', 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const ended = await runSteps([...steps, { run: 'aws-auth-sso --version' }], { cwd, path, env });
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stdout).toContain(`${packageJson.version}\n`);
});
