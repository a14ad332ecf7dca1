import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from './inventory/build-inventory.ts';
import { runProgram, startProgram } from './program.ts';
import { scratch } from './scratch.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = ['--config', 'examples/aws-auth-sso.yaml', '--inventory', 'examples/inventory.json'];

describe('the built program', () => {
  test('tells its version and its help on stdout, and usage errors on stderr', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
    expect(await runProgram(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    expect(await runProgram(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('generate'),
      stderr: '',
    });
    expect(await runProgram([])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage:'),
    });
    expect(await runProgram(['generat'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('generate'),
    });
  });

  test('runs the demo: nodes first, then people', async () => {
    const { scripts } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
    const [node, bin, ...argv] = scripts.demo.split(' ');
    expect([node, bin]).toEqual(['node', 'bin/aws-auth-sso.js']);
    const { stdout } = await runProgram(argv, { cwd: ROOT });
    expect(stdout.match(/rolearn: \S+/g)?.map((line) => line.split('/')[1]?.split('_')[1])).toEqual([
      undefined,
      'ClusterAdmin',
      'DeveloperAccess',
      'ReadOnly',
      'ReadOnly',
    ]);
  });

  test('works under a shell that closes its pipe early', async () => {
    const accounts = Array.from({ length: 2000 }, (_, index) => account(String(100_000_000_000 + index)));
    const world = inventory(
      accounts,
      accounts.map(({ id }) => role(id, 'Admin')),
    );
    const cwd = await scratch({ 'world.json': snapshotText(world) });
    const child = startProgram(['roles', '--all-accounts', '-o', 'json', '--inventory', 'world.json'], {
      cwd,
    });
    let stderr = '';
    child.stderr?.on('data', (bytes) => {
      stderr += bytes;
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const [exitCode] = await once(child, 'close');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('ends at Ctrl-C with 130 and an empty stdout', async () => {
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

  test('loads what speaks HTTP only where something talks to AWS', async () => {
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
});
