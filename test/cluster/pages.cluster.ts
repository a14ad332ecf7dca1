import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Block, blocksOf, scriptOf, scripts, textOf } from '../pages.ts';
import { loaded, setAwsAuth } from './control.ts';
import { EXAMPLE } from './example.ts';
import { requireNamespaces } from './rbac-cluster.ts';
import { openTerminal, type Ran, type Terminal } from './terminal.ts';

/** Pages that are followed from top to bottom, by walks.cluster.ts. */
const WALKS = ['README.md', 'docs/getting-started.md'];

/** Blocks of the other pages that talk to the cluster of the examples, as scripts: the commands of a console block in one shell. */
const SCRIPTS = scripts()
  .filter(({ page, circumstances }) => /^(configured)?$/.test(circumstances ?? '-') && !WALKS.includes(page))
  .map(scriptOf)
  .filter((script) => script.includes('kubectl '));

/** The only block of a language with this in it. */
function blockWith(language: string, part: string): Block {
  const [block, ...others] = blocksOf(language).filter(({ text }) => text.includes(part));
  if (!block || others.length > 0) throw new Error(`not one ${language} block has ${part}`);
  return block;
}

/** A terminal of a reader who has written a config. */
async function openConfigured(): Promise<Terminal> {
  const terminal = await openTerminal();
  await copyFile(
    join(terminal.cwd, 'examples', 'aws-auth-sso.yaml'),
    join(terminal.cwd, 'aws-auth-sso.yaml'),
  );
  return terminal;
}

const scriptWith = (part: RegExp) => SCRIPTS.filter((script) => part.test(script));
const DIFF = scriptWith(/aws-auth-sso diff/);
const MERGE = scriptWith(/kubectl (replace|apply --server-side)/);
const CREATE = scriptWith(/kubectl create -f/);
/** bindings.cluster.ts runs it. */
const BIND = scriptWith(/ --prune /);
/** They leave aws-auth alone. */
const BESIDE = scriptWith(
  /kubectl auth can-i|^kubectl aws-auth-sso|bindings \| kubectl apply -f -\n$|^kubectl create role |snapshot --all-accounts/,
);

test('every script of the pages that talks to a cluster is known here', () => {
  expect([...DIFF, ...MERGE, ...CREATE, ...BESIDE, ...BIND].sort()).toEqual([...SCRIPTS].sort());
  expect([DIFF, MERGE, CREATE, BESIDE, BIND].map(({ length }) => length)).toEqual([2, 3, 1, 4, 1]);
});

test('every script that talks to a cluster fails where a part of it does', () => {
  for (const script of SCRIPTS.filter((one) => one.includes(' | ')))
    expect(script).toMatch(/^set -(euo|o) pipefail\n/);
});

test.each(DIFF)('%s', async (script) => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openConfigured();
  expect(await terminal.bash(script)).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('\n+++ '),
  });
  expect(await loaded()).toEqual(EXAMPLE.loaded);
});

test.each(BESIDE)('%s', async (script) => {
  await setAwsAuth(EXAMPLE.live);
  await requireNamespaces(['payments']);
  const terminal = await openConfigured();
  const ran = await terminal.bash(script);
  await terminal.bash('kubectl delete rolebindings -A -l app.kubernetes.io/managed-by=aws-auth-sso');
  requireSuccess(ran);
  expect(await loaded()).toEqual(EXAMPLE.loaded);
});

test.each(MERGE)('%s', async (script) => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openConfigured();
  requireSuccess(await terminal.bash(script));
  expect(await loaded()).toEqual(EXAMPLE.merged);
  // The second time there is nothing to do, and that is no failure either.
  requireSuccess(await terminal.bash(script));
  expect(await loaded()).toEqual(EXAMPLE.merged);
});

test.each(MERGE)("fails, and changes nothing, where AWS can't be read: %s", async (script) => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openConfigured();
  const ran = await terminal.bash(`export AWS_ACCESS_KEY_ID=nobody\n${script}`);
  expect(ran.exitCode).not.toBe(0);
  expect(await loaded()).toEqual(EXAMPLE.loaded);
});

test.each(MERGE)('fails where there is no aws-auth: %s', async (script) => {
  await setAwsAuth(null);
  const ran = await (await openConfigured()).bash(script);
  expect(ran.exitCode).not.toBe(0);
  expect(ran.stderr).toContain('NotFound');
  await expect(loaded()).rejects.toThrow('not found');
});

test.each(CREATE)('%s', async (script) => {
  await setAwsAuth(null);
  const terminal = await openConfigured();
  requireSuccess(await terminal.bash(script));
  const created = await loaded();
  expect(created).toEqual(EXAMPLE.created);
  // Where there is one, it stays.
  await setAwsAuth(EXAMPLE.live);
  const again = await terminal.bash(script);
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('AlreadyExists') });
  expect(await loaded()).toEqual(EXAMPLE.loaded);
});

test('Kustomize makes the ConfigMap that the cluster reads', async () => {
  const terminal = await openConfigured();
  const kustomization = blockWith('yaml', 'configMapGenerator').text;
  requireSuccess(await terminal.bash(`set -e\n${scriptOf(blockWith('console', '-o maproles'))}`));
  await writeFile(join(terminal.cwd, 'kustomization.yaml'), kustomization);
  await setAwsAuth(null);
  requireSuccess(await terminal.bash('set -o pipefail; kubectl kustomize . | kubectl create -f -'));
  expect(await loaded()).toEqual(EXAMPLE.created);
  expect(await namesMade(terminal)).toEqual(['aws-auth']);

  await writeFile(
    join(terminal.cwd, 'kustomization.yaml'),
    kustomization.replace(/generatorOptions:.*/s, ''),
  );
  expect(await namesMade(terminal)).toEqual([expect.stringMatching(/^aws-auth-[a-z0-9]{10}$/)]);
  const check = await terminal.bash('kubectl kustomize . | aws-auth-sso check');
  expect(check).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('disableNameSuffixHash: true'),
  });
});

async function namesMade(terminal: Terminal): Promise<string[]> {
  const { stdout } = await terminal.bash(
    'kubectl kustomize . | kubectl create --dry-run=client -o name -f -',
  );
  return stdout.split('\n').flatMap((line) => line.split('/')[1] ?? []);
}

test('the file in Git that the recipe edits can be applied, and again after the next edit', async () => {
  const terminal = await openTerminal();
  const edit = scriptOf(blockWith('console', 'merge --write clusters'));
  await setAwsAuth(null);
  const apply = 'kubectl apply -f clusters/prod/aws-auth.yaml';
  requireSuccess(await terminal.bash(apply));
  expect(await loaded()).toEqual(EXAMPLE.loaded);
  requireSuccess(await terminal.bash(`set -e\n${edit}\n${apply}`));
  expect(await loaded()).toEqual(EXAMPLE.merged);
});

const GET = 'kubectl get configmap aws-auth -n kube-system';

test.each([
  ['a wrong token', `${GET} --token wrong`],
  [
    'somebody without the right',
    'kubectl get pods -n default --as sso:alice-example.com --as-group developers',
  ],
  ['no aws-auth', `kubectl delete configmap aws-auth -n kube-system > /dev/null; ${GET}`],
  ['an aws-auth already', 'kubectl create -f - < examples/aws-auth.yaml'],
  [
    'a concurrent change',
    `${GET} -o yaml > live.yaml; kubectl annotate configmap aws-auth -n kube-system a=b > /dev/null; kubectl replace -f - < live.yaml`,
  ],
])('the page of troubles has a heading for kubectl: %s', async (_, script) => {
  await setAwsAuth(EXAMPLE.live);
  const { exitCode, stderr } = await (await openTerminal()).bash(script);
  expect(exitCode).toBe(1);
  const headings = [...textOf('docs/troubleshooting.md').matchAll(/^### (.+)$/gm)].map(
    ([, text = '']) => text,
  );
  const found = headings.filter((heading) => heading.split(' … ').every((part) => stderr.includes(part)));
  expect(found, stderr).toHaveLength(1);
});

function requireSuccess(ran: Ran): void {
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
}

test('the example of roles and bindings can be applied, and means in the cluster what it means as a file', async () => {
  const terminal = await openTerminal();
  const who = (rbac: string) =>
    terminal.bash(
      `aws-auth-sso generate -c examples/aws-auth-sso.yaml | aws-auth-sso who --quiet -o json --inventory examples/inventory.json --rbac ${rbac}`,
    );
  const applied = await terminal.bash(
    'kubectl apply -f examples/rbac.yaml && kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml > live.yaml',
  );
  const ofCluster = await who('live.yaml');
  // No controller is there to end a namespace that is deleted.
  await terminal.bash(
    'kubectl delete clusterrolebinding/view clusterrolebinding/incident-4711; kubectl delete roles,rolebindings --all -n payments',
  );
  requireSuccess(applied);
  requireSuccess(ofCluster);
  expect(rowsOf(ofCluster)).toEqual(rowsOf(await who('examples/rbac.yaml')));
  expect(ofCluster.stdout).toContain('Role/secret-reader in payments');
});

/** The rows without subjects that bindings of other tests name in the shared cluster. */
function rowsOf({ stdout }: Ran): unknown[] {
  const rows: { readonly source: string; readonly principal: { readonly id: string } }[] = JSON.parse(stdout);
  const example = textOf('examples/rbac.yaml');
  return rows.filter(({ source, principal }) => source !== 'binding' || example.includes(principal.id));
}
