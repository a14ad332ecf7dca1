import { mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../cli/run.ts';
import { scratch } from '../scratch.ts';
import { binding, role } from './manifests.ts';

const AWS_AUTH = `apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups: [developers]
`;
const READER = role('reader', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]);
const BOUND = binding('devs', 'ClusterRole/reader', ['Group developers'], 'payments');
const FILES = { 'aws-auth.yaml': AWS_AUTH, 'roles.json': READER, 'bindings.json': BOUND };

/** `check` in a folder with these files, without its summary. */
async function check(argv: readonly string[], files: Readonly<Record<string, string>> = FILES, stdin = '') {
  const cwd = await scratch(files);
  const ran = await run(['check', ...argv, '--no-color'], { cwd, stdin });
  return { ...ran, stderr: ran.stderr.replace(/^note: aws-auth\.yaml: .*\n/m, '') };
}

describe('--rbac', () => {
  test('reads several files as one cluster', async () => {
    const { exitCode, stderr } = await check([
      'aws-auth.yaml',
      '--rbac',
      'roles.json',
      '--rbac',
      'bindings.json',
    ]);
    expect([exitCode, stderr]).toEqual([
      0,
      'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\n',
    ]);
  });

  test('reads stdin', async () => {
    const { exitCode, stderr } = await check(['aws-auth.yaml', '--rbac', '-'], FILES, `${READER}\n${BOUND}`);
    expect([exitCode, stderr]).toEqual([
      0,
      'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\n',
    ]);
  });

  test('leaves stdin to one of two', async () => {
    const { exitCode, stderr, stdout } = await check(
      ['-', '--rbac', '-', '--rbac', 'roles.json'],
      FILES,
      AWS_AUTH,
    );
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'error: stdin cannot be both the aws-auth ConfigMap and RBAC manifests\n  Give a file for one of them: aws-auth-sso … aws-auth.yaml --rbac rbac.yaml, or --rbac <(kubectl get … -o yaml).\n',
    );
  });

  test('reads the same file once', async () => {
    const argv = [
      'aws-auth.yaml',
      ...['-', '-', 'roles.json', 'roles.json'].flatMap((file) => ['--rbac', file]),
    ];
    const { exitCode, stderr } = await check(argv, FILES, BOUND);
    expect([exitCode, stderr]).toEqual([
      0,
      'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\n',
    ]);
  });

  test('says what is odd, and where', async () => {
    const odd = { ...FILES, 'odd.yaml': `# odd\n${binding('x', 'ClusterRole/gone', ['Group developers'])}` };
    const { exitCode, stderr } = await check(['aws-auth.yaml', '--rbac', 'odd.yaml'], odd);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^warning: odd\.yaml:2:1: the role of these bindings does not exist, so they grant nothing: ClusterRoleBinding x \(ClusterRole gone\)$/m,
    );
  });

  test('says that roles are those of every cluster, unless it is to be quiet', async () => {
    const files = {
      ...FILES,
      'edit.json': binding('e', 'ClusterRole/edit', ['Group developers'], 'payments'),
    };
    const argv = ['aws-auth.yaml', '--rbac', 'edit.json'];
    const note = /^note: roles that the files do not have are those of Kubernetes 1\.36: ClusterRole edit$/m;
    expect((await check(argv, files)).stderr).toMatch(note);
    expect((await check([...argv, '--quiet'], files)).stderr).toBe('');
  });
});

describe('a file that cannot be read', () => {
  test('is missing', async () => {
    const { exitCode, stderr } = await check(['aws-auth.yaml', '--rbac', 'no.yaml']);
    expect([exitCode, stderr]).toEqual([3, 'error: no.yaml: cannot be read: no such file\n']);
  });

  test('is a directory', async () => {
    const cwd = await scratch(FILES);
    await mkdir(join(cwd, 'rbac'));
    const { exitCode, stderr } = await run(['check', 'aws-auth.yaml', '--rbac', 'rbac'], { cwd });
    expect([exitCode, stderr]).toEqual([3, 'error: rbac: cannot be read: is a directory\n']);
  });

  test('is too large', async () => {
    const cwd = await scratch({ ...FILES, 'large.yaml': READER });
    await truncate(join(cwd, 'large.yaml'), 100_000_001);
    const { exitCode, stderr } = await run(['check', 'aws-auth.yaml', '--rbac', 'large.yaml'], { cwd });
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, 'error: large.yaml: is larger than 100 MB']);
  });

  test('is larger than a ConfigMap can be, and fine', async () => {
    const files = { ...FILES, 'rbac.yaml': `#${'x'.repeat(10_000_001)}\n${READER}\n---\n${BOUND}` };
    const { exitCode, stderr } = await check(['aws-auth.yaml', '--rbac', 'rbac.yaml'], files);
    expect([exitCode, stderr]).toEqual([
      0,
      'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\n',
    ]);
  });

  test('has no manifests: what kubectl could not get is not taken for a cluster without bindings', async () => {
    const { exitCode, stderr, stdout } = await check(['aws-auth.yaml', '--rbac', '-'], FILES, '');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: <stdin>: has no Kubernetes manifests\n/);
  });
});

describe('a file of another cluster', () => {
  const FLEET = {
    'a/aws-auth.yaml': AWS_AUTH,
    'a/rbac.json': `${READER}\n${BOUND}`,
    'a/sub/aws-auth.yaml': AWS_AUTH,
    'b/aws-auth.yaml': AWS_AUTH,
    'c/aws-auth.yaml': AWS_AUTH,
    'c.yaml': AWS_AUTH,
    'rbac/rbac.json': `${READER}\n${BOUND}`,
  };
  const WARNING =
    'warning: a/rbac.json is used for b/aws-auth.yaml, and stands beside a/aws-auth.yaml: the bindings may be those of another cluster\n  Give the RBAC files of the cluster of b/aws-auth.yaml.\n';
  const CALLER = ['--caller', 'arn:aws:iam::111122223333:role/dev'];
  const said = async (argv: readonly string[]) => {
    const { stderr } = await run([...argv, '--quiet', '--no-color'], { cwd: await scratch(FLEET) });
    return stderr;
  };

  test('is said where one aws-auth is given', async () => {
    expect(await said(['check', 'b/aws-auth.yaml', '--rbac', 'a/rbac.json'])).toBe(WARNING);
    expect(await said(['explain', 'b/aws-auth.yaml', '--rbac', 'a/rbac.json', ...CALLER])).toBe(WARNING);
  });

  test('is said where several are, and none of them is its own', async () => {
    const files = ['b/aws-auth.yaml', 'c/aws-auth.yaml'];
    expect(await said(['check', ...files, '--rbac', 'a/rbac.json'])).toBe(
      WARNING + WARNING.replaceAll('b/aws-auth.yaml', 'c/aws-auth.yaml'),
    );
  });

  test.each([
    ['below it', 'a/sub/aws-auth.yaml', 'a/rbac.json'],
    ['beside it', 'a/aws-auth.yaml', 'a/rbac.json'],
    ['of another name', 'c.yaml', 'a/rbac.json'],
    ['in no directory of a cluster', 'b/aws-auth.yaml', 'rbac/rbac.json'],
  ])('is none that is %s', async (_, file, rbac) => {
    expect(await said(['check', file, '--rbac', rbac])).toBe('');
  });

  test('is nothing that stdin could be', async () => {
    const argv = (file: string, rbac: string) => ['check', file, '--rbac', rbac, '--quiet', '--no-color'];
    const cwd = await scratch({ ...FLEET, 'a/-': AWS_AUTH });
    const [one, other] = [
      await run(argv('b/aws-auth.yaml', '-'), { cwd, stdin: `${READER}\n${BOUND}` }),
      await run(argv('-', 'a/rbac.json'), { cwd, stdin: AWS_AUTH }),
    ];
    expect([one.stderr, other.stderr]).toEqual(['', '']);
  });
});
