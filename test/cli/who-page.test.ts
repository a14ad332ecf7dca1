import { describe, expect, test } from 'vitest';
import { PageRows } from '../../src/page/decode.ts';
import { clusterValue } from '../../src/page/facets.ts';
import { Selector } from '../../src/page/selection.ts';
import { pageDataOf } from '../page-app/worlds.ts';
import { scratch } from '../scratch.ts';
import { run, type World } from './run.ts';

const MAP = `apiVersion: v1
kind: ConfigMap
metadata: { name: aws-auth, namespace: kube-system }
data:
  mapUsers: |
    - { userarn: arn:aws:iam::111122223333:user/ann, username: ann, groups: [devs] }
`;

async function pageOf(argv: readonly string[], world: World = {}) {
  const cwd = await scratch({ 'prod.yaml': MAP, 'dev.yaml': MAP });
  const { stdout, stderr, exitCode } = await run(['who', ...argv, '-o', 'html'], { cwd, ...world });
  expect(exitCode, stderr).toBe(0);
  return pageDataOf(stdout);
}

describe('the command in a page', () => {
  test('can be run as it is, also as a plugin of kubectl', async () => {
    expect((await pageOf(['prod.yaml'])).command).toBe('aws-auth-sso who prod.yaml -o html');
    const { command } = await pageOf(['prod.yaml'], { name: 'kubectl aws-auth-sso' });
    expect(command).toBe('kubectl aws-auth-sso who prod.yaml -o html');
  });

  test('has quotes where a shell needs them', async () => {
    const { command } = await pageOf(['prod.yaml', '--kubernetes-group', "it's $HOME"]);
    expect(command).toBe(String.raw`aws-auth-sso who prod.yaml --kubernetes-group 'it'\''s $HOME' -o html`);
  });
});

test('a file on stdin beside others has only its own rows in the list of clusters', async () => {
  const data = await pageOf(['-', 'prod.yaml', 'dev.yaml'], { stdin: MAP });
  const rows = new PageRows(data);
  const selector = new Selector(rows);
  const linked = data.clusters.map((one) => {
    const filters = { cluster: [clusterValue(one) ?? ''] };
    return [...selector.select({ search: '', filters, sort: null })];
  });
  expect(linked).toEqual([[0], [1], [2]]);
});

test('a file that is missing among several leaves no page, and no markup among the messages', async () => {
  const cwd = await scratch({ 'prod.yaml': MAP });
  const ran = await run(['who', 'prod.yaml', 'missing.yaml', '-o', 'html'], { cwd });
  expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
  expect(ran.stderr).toContain("missing.yaml: can't read the file: no such file");
  expect(ran.stderr).not.toContain('<');
});
