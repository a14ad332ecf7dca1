import { mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../cli/run.ts';
import { scratch } from '../scratch.ts';
import { binding, role } from './manifests.ts';

// Findings about files that fit in a golden case are covered in test/golden/rbac/is-read-from-files-and-stdin.txtar.

const AWS_AUTH = '- rolearn: arn:aws:iam::111122223333:role/dev\n  username: dev\n  groups: [developers]\n';
const RBAC = [
  role('reader', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]),
  binding('devs', 'ClusterRole/reader', ['Group developers'], 'payments'),
].join('\n---\n');

async function check(cwd: string, aws: string, rbac: string, stdin = '') {
  const { exitCode, stderr } = await run(
    ['check', aws, '--rbac', rbac, '--ignore', 'no-node-entry', '--quiet', '--no-color'],
    { cwd, stdin },
  );
  return [exitCode, stderr.split('\n')[0]];
}

test('a directory without manifests is refused', async () => {
  const cwd = await scratch({ 'f.yaml': AWS_AUTH });
  await mkdir(join(cwd, 'rbac'));
  const message = 'error: --rbac rbac: the directory has no YAML or JSON files';
  expect(await check(cwd, 'f.yaml', 'rbac')).toEqual([2, message]);
});

test('a directory has the bindings of its YAML and JSON files', async () => {
  const [reader = '', devs = ''] = RBAC.split('---\n');
  const cwd = await scratch({
    'f.yaml': AWS_AUTH,
    'rbac/reader.yml': reader,
    'rbac/devs.json': devs,
    'rbac/values.yaml': 'replicas: 1\n',
    'rbac/README.md': 'a: [',
    'rbac/.git/config.yaml': 'a: [',
  });
  expect(await check(cwd, 'f.yaml', 'rbac')).toEqual([0, '']);
});

test('a file may exceed the size of a ConfigMap, but not the limit', async () => {
  const cwd = await scratch({ 'f.yaml': AWS_AUTH, 'rbac.yaml': `#${'x'.repeat(10_000_001)}\n${RBAC}` });
  expect(await check(cwd, 'f.yaml', 'rbac.yaml')).toEqual([0, '']);
  await truncate(join(cwd, 'rbac.yaml'), 100_000_001);
  expect(await check(cwd, 'f.yaml', 'rbac.yaml')).toEqual([
    2,
    'error: rbac.yaml: the input is larger than 100 MB',
  ]);
});

test('stdin belongs to no cluster, even if a file has that name', async () => {
  const cwd = await scratch({
    'a/-': AWS_AUTH,
    'a/aws-auth.yaml': AWS_AUTH,
    'a/rbac.json': RBAC,
    'b/aws-auth.yaml': AWS_AUTH,
  });
  expect(await check(cwd, 'b/aws-auth.yaml', '-', RBAC)).toEqual([0, '']);
  expect(await check(cwd, '-', 'a/rbac.json', AWS_AUTH)).toEqual([0, '']);
});
