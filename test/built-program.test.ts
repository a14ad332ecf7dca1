import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';
import { describe, expect, inject, test } from 'vitest';
import { run } from './cli/run.ts';
import { account, inventory, role, snapshotText } from './directory/build-inventory.ts';
import { exampleWorld } from './example-world.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { runProgram, startProgram } from './program.ts';
import { scratch } from './scratch.ts';
import { NO_WAITS } from './timing.ts';

/** Milliseconds, longer than the tests run. */
const FOR_EVER = 600_000;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = ['--config', 'examples/aws-auth-sso.yaml', '--inventory', 'examples/inventory.json'];

describe('the built program', () => {
  test('prints its version to stdout, and usage errors to stderr', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
    expect(await runProgram(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    expect(await runProgram(['generat'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('generate'),
    });
  });

  test('runs the demo: nodes first, then people, and what to type next', async () => {
    const { scripts } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
    expect(scripts.demo).toBe('node demo.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['demo.js', inject('program')], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(stdout.match(/rolearn: \S+/g)?.map((line) => line.split('/')[1]?.split('_')[1])).toEqual([
      undefined,
      'ClusterAdmin',
      'DeveloperAccess',
      'ReadOnly',
      'ReadOnly',
    ]);
    expect(stderr.match(/^(?:cd|npx) .*$/gm)).toHaveLength(7);
  });

  test('is the one that npx runs in a clone', () => {
    const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:9' };
    const { stdout, stderr } = spawnSync('npx', ['aws-auth-sso', 'view', 'aws-auth.yaml'], {
      cwd: join(ROOT, 'examples'),
      encoding: 'utf8',
      env,
    });
    expect(stdout, stderr).toContain('AWSReservedSSO_ClusterAdmin_00aa11bb22cc33dd');
  });

  test('works under a shell that closes its pipe early', async () => {
    const accounts = Array.from({ length: 2000 }, (_, index) => account(String(100_000_000_000 + index)));
    const world = inventory(
      accounts,
      accounts.map(({ id }) => role(id, 'Admin')),
    );
    const cwd = await scratch({ 'world.json': snapshotText(world) });
    const child = startProgram(
      ['roles', '--all-accounts', '--quiet', '-o', 'json', '--inventory', 'world.json'],
      {
        cwd,
      },
    );
    let stderr = '';
    child.stderr?.on('data', (bytes) => {
      stderr += bytes;
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const [exitCode] = await once(child, 'close');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('exits 3 with an empty stdout if one call fails while another hangs', async () => {
    const fake = await fakeAwsForTest(await exampleWorld());
    const operation = 'sso-admin.ListAccountAssignments';
    fake.inject({ kind: 'hang', operation, times: 1 });
    fake.inject({ kind: 'expired', operation });
    const argv = ['roles', '--principals', '--all-accounts'];
    const ran = await runProgram(argv, { env: fake.env });
    expect(ran).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringMatching(/^error: /m) });
    expect(fake.calls[operation]).toBeGreaterThan(1);
    // It must not be waited for if nothing would ever end it.
    fake.inject({ kind: 'hang', operation, times: 1 });
    fake.inject({ kind: 'expired', operation });
    const timing = { ...NO_WAITS, timeout: FOR_EVER, deadline: FOR_EVER };
    expect(await run(argv, { env: fake.env, timing })).toMatchObject({ exitCode: 3, stdout: '' });
  });

  test('exits 130 with an empty stdout on Ctrl-C', async () => {
    const fake = await fakeAwsForTest({ accounts: [{ id: '222222222222' }] });
    fake.inject({ kind: 'hang', operation: 'iam.ListRoles' });
    const child = startProgram(['generate', '--map', 'Admin=g', '--account', '222222222222', '--no-nodes'], {
      env: fake.env,
    });
    let stdout = '';
    child.stdout?.on('data', (bytes) => {
      stdout += bytes;
    });
    await fake.reached('iam.ListRoles', 1);
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stdout).toBe('');
  });

  describe.each([
    ['a rejection that nobody handles', "Promise.reject(new Error('stray'))"],
    ['an error that nobody catches', "setTimeout(()=>{throw new Error('stray')})"],
  ])('%s', (_, failing) => {
    const preload = (signal: string) => [
      `--import=data:text/javascript,process.on('${signal}',()=>{${failing}})`,
    ];
    const ARGV = ['roles', '--account', '222222222222'];

    test('ends it with 4, an empty stdout and a message, and shows its stack with --debug', async () => {
      const fake = await fakeAwsForTest({ accounts: [{ id: '222222222222' }] });
      fake.inject({ kind: 'hang', operation: 'iam.ListRoles' });
      const options = { env: fake.env, node: preload('SIGUSR2') };
      const ran = runProgram([...ARGV, '--debug'], options, async (child) => {
        await fake.reached('iam.ListRoles', 1);
        child.kill('SIGUSR2');
      });
      const message =
        /^error: internal error: stray\n {2}.*nothing was written\.\n(.*\n)*Caused by: Error: stray\n {4}at /m;
      expect(await ran).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringMatching(message) });
    });

    test('after Ctrl-C changes nothing', async () => {
      const fake = await fakeAwsForTest({ accounts: [{ id: '222222222222' }] });
      fake.inject({ kind: 'hang', operation: 'iam.ListRoles' });
      const ran = runProgram(ARGV, { env: fake.env, node: preload('SIGINT') }, async (child) => {
        await fake.reached('iam.ListRoles', 1);
        child.kill('SIGINT');
      });
      expect(await ran).toEqual({
        exitCode: 130,
        stdout: '',
        stderr: 'error: interrupted; nothing was written\n',
      });
    });
  });

  test('reports the required version to an old Node', async () => {
    const versions = JSON.stringify({ ...process.versions, node: '20.18.3' });
    const old = `Object.defineProperties(process,{version:{value:'v20.18.3'},versions:{value:${versions}}})`;
    const ran = await runProgram(['merge'], {
      node: [`--import=data:text/javascript,${encodeURIComponent(old)}`],
    });
    const { engines } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
    const needed = engines.node.replace('>=', '');
    const stderr = `error: aws-auth-sso requires Node.js ${needed} or newer; this is v20.18.3\n`;
    expect(ran).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  test.each(['aws-auth-sso.js', 'kubectl-aws_auth_sso.js', 'start.js'])(
    'starts with bin/%s, which an old Node can parse',
    async (name) => {
      const source = await readFile(join(ROOT, 'bin', name), 'utf8');
      const [old, current] = ['es2015', 'esnext'].map((target) => transformSync(name, source, { target }));
      expect(old).toEqual(current);
      expect(old?.errors).toEqual([]);
    },
  );

  test('explains that its working directory is gone', async () => {
    const cwd = await scratch();
    const leave = 'cd "$1"; rmdir "$1"; shift; exec "$@"';
    const inGone = (argv: readonly string[]) =>
      spawnSync('sh', ['-c', leave, 'sh', join(cwd, 'gone'), process.execPath, inject('program'), ...argv], {
        encoding: 'utf8',
      });
    await mkdir(join(cwd, 'gone'));
    expect(inGone(['view', 'map.yaml'])).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error: the working directory no longer exists\n {2}Change to /),
    });
    await mkdir(join(cwd, 'gone'));
    expect(inGone(['--version'])).toMatchObject({ status: 0, stderr: '' });
  });

  test.runIf(existsSync('/dev/full')).each([['--help'], ['check', '--list-rules']])(
    'exits 3 if the disk for %s %s is full',
    (...argv) => {
      const ran = spawnSync(
        'sh',
        ['-c', '"$@" > /dev/full', 'sh', process.execPath, inject('program'), ...argv],
        {
          encoding: 'utf8',
        },
      );
      expect(ran).toMatchObject({
        status: 3,
        stderr: expect.stringMatching(/^error: can't write to stdout: /),
      });
    },
  );

  test('loads HTTP modules only if something calls AWS', async () => {
    const listModules = "process.on('exit',()=>console.error(process.moduleLoadList.join('\\n')))";
    const node = [`--import=data:text/javascript,${encodeURIComponent(listModules)}`];
    const offline = await runProgram(['generate', ...EXAMPLE], { cwd: ROOT, node });
    expect(offline.stdout).toContain('rolearn');
    expect(offline.stderr).not.toContain('NativeModule _http_client');
    const online = await runProgram(['roles', '--account', 'self'], {
      node,
      env: { AWS_EC2_METADATA_DISABLED: 'true' },
    });
    expect(online.stderr).toContain('NativeModule _http_client');
  });

  test('reads the program of the page only to write a page', async () => {
    const listFiles =
      "import { Module } from 'node:module'; process.on('exit', () => console.error(`\\n${JSON.stringify(Object.keys(Module._cache))}`));";
    const node = [`--import=data:text/javascript,${encodeURIComponent(listFiles)}`];
    const readsPage = async (...argv: readonly string[]) => {
      const { stderr } = await runProgram(argv, { cwd: ROOT, node });
      const files: string[] = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
      expect(files.length).toBeGreaterThan(0);
      return files.some((file) => readFileSync(file, 'utf8').includes('Content-Security-Policy'));
    };
    const who = ['who', 'examples/aws-auth.yaml', '--inventory', 'examples/inventory.json', '--expand'];
    expect(await readsPage(...who, '-o', 'html')).toBe(true);
    for (const argv of [[...who, '-o', 'csv'], ['--help'], ['generate', ...EXAMPLE]])
      expect(await readsPage(...argv), argv.join(' ')).toBe(false);
  });
});
