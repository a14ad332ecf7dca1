import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAX_ANNOTATION_BYTES, MAX_BYTES } from '../../src/aws-auth/size-limits.ts';
import { liveData, loaded, setAwsAuth } from './control.ts';
import { EXAMPLE } from './example.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';
const CONFIG = '-c examples/aws-auth-sso.yaml';
const MERGE = `aws-auth-sso merge ${CONFIG}`;
const CREATE = 'aws-auth-sso generate --node-role ARN … | kubectl create -f -';

describe('a cluster without aws-auth', () => {
  test.each([
    ['kubectl prints nothing', `${GET} | ${MERGE}`],
    ['kubectl prints its error to the pipe', `${GET} 2>&1 | ${MERGE}`],
    ['kubectl prints an empty List', `kubectl get configmap -n kube-system -l a=b -o yaml | ${MERGE}`],
    ['kubectl reports no resources', `kubectl get configmap -n kube-system -l a=b 2>&1 | ${MERGE}`],
  ])('exits with 2 and the next step: %s', async (_, pipeline) => {
    await setAwsAuth(null);
    const ran = await (await openTerminal()).bash(pipeline);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(CREATE) });
  });

  test('looks like success to kubectl replace without pipefail, so the README sets it', async () => {
    await setAwsAuth(null);
    const terminal = await openTerminal();
    const pipeline = `${GET} | ${MERGE} | kubectl replace -f -`;
    expect(await terminal.bash(pipeline)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await terminal.bash(`set -o pipefail; ${pipeline}`)).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

test.each([
  ['no login', '--token wrong', /aws sso login/],
  ['no permission', '--as nobody', /kubectl auth can-i get/],
  ['no server', '--server https://127.0.0.1:1', /until it prints the ConfigMap/],
  ['another namespace', '--namespace kube-sytem', /kubectl config current-context/],
])('a kubectl error in the pipe exits with 2 and the next step: %s', async (_, flags, next) => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openTerminal();
  const ran = await terminal.bash(`kubectl get configmap aws-auth -n kube-system ${flags} 2>&1 | ${MERGE}`);
  expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(next) });
});

test('the server refuses to change an immutable ConfigMap, as merge warned', async () => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openTerminal();
  await terminal.bash(`kubectl patch configmap aws-auth -n kube-system -p '{"immutable": true}'`);
  const ran = await terminal.bash(`set -o pipefail; ${GET} | ${MERGE} | kubectl replace -f -`);
  expect(ran.exitCode).toBe(1);
  expect(ran.stderr).toContain(': the ConfigMap is immutable');
  expect(ran.stderr).toContain('field is immutable when `immutable` is set');
  expect(await loaded()).toEqual(EXAMPLE.loaded);
  const fixed = await terminal.bash(
    `set -o pipefail; ${GET} | ${MERGE} | sed /^immutable:/d | kubectl replace --force -f -`,
  );
  expect(fixed.exitCode, fixed.stderr).toBe(0);
  expect(await loaded()).toEqual(EXAMPLE.merged);
});

describe('two ConfigMaps named aws-auth', () => {
  test('in two namespaces: the one in kube-system applies, and a command that would write both produces a warning', async () => {
    await setAwsAuth(EXAMPLE.live);
    const terminal = await openTerminal();
    await terminal.bash('kubectl create configmap aws-auth -n default --from-literal=mapRoles=[]');
    const all = 'kubectl get configmap -A -o yaml';
    const replace = await terminal.bash(`set -o pipefail; ${all} | ${MERGE} | kubectl replace -f -`);
    expect(replace.exitCode, replace.stderr).toBe(0);
    expect(await loaded()).toEqual(EXAMPLE.merged);
    for (const verb of ['apply', 'server-side-apply']) {
      const { exitCode, stderr } = await terminal.bash(`${all} | ${MERGE} --for ${verb} > /dev/null`);
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/warning: .*ConfigMap default\/aws-auth/);
      expect(stderr).not.toContain('ConfigMap kube-system/aws-auth');
    }
    await terminal.bash('kubectl delete configmap aws-auth -n default');
  });

  test('twice in one List: refused with the location of the second', async () => {
    await setAwsAuth(EXAMPLE.live);
    const terminal = await openTerminal();
    const ran = await terminal.bash(
      `kubectl get configmap aws-auth aws-auth -n kube-system -o yaml > both.yaml; ${MERGE} both.yaml`,
    );
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(/both\.yaml:\d+:\d+: this is a second aws-auth ConfigMap/);
  });
});

/** A ConfigMap with a valid mapRoles of this many bytes. */
function manifestOf(bytes: number): string {
  const { mapRoles } = EXAMPLE.live;
  const text = `${mapRoles}#${'x'.repeat(bytes - mapRoles.length - 2)}\n`;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'aws-auth', namespace: 'kube-system' },
    data: { mapRoles: text },
  });
}

async function terminalWith(manifest: string): Promise<Terminal> {
  const terminal = await openTerminal();
  await writeFile(join(terminal.cwd, 'map.json'), manifest);
  return terminal;
}

describe('the size', () => {
  test('of data: the program accepts exactly what the server accepts', async () => {
    await setAwsAuth(null);
    const most = await terminalWith(manifestOf(MAX_BYTES));
    expect(await most.bash('kubectl create -f map.json')).toMatchObject({ exitCode: 0 });
    const noChange = `aws-auth-sso merge map.json --map 'None*=x' --account prod-eks --allow-unresolved`;
    expect(await most.bash(`${noChange} | cmp - map.json`)).toMatchObject({ exitCode: 0 });

    const over = await terminalWith(manifestOf(MAX_BYTES + 1));
    const replace = await over.bash('kubectl replace -f map.json');
    expect(replace).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Too long') });
    expect(await over.bash(noChange)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('no more than 1024'),
    });
  });

  test('of data: a merge that would exceed it writes nothing', async () => {
    await setAwsAuth(null);
    const terminal = await terminalWith(manifestOf(MAX_BYTES));
    await terminal.bash('kubectl create -f map.json');
    const before = await liveData();
    const ran = await terminal.bash(`set -o pipefail; ${GET} | ${MERGE} | kubectl replace -f -`);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no more than 1024') });
    expect(await liveData()).toEqual(before);
  });

  test('of the copy that kubectl apply keeps: a warning from the first byte that the server refuses', async () => {
    // The copy of a manifest in which only line breaks and quotes need escaping.
    const overhead = annotationOf(manifestOf(100_000)) - 100_000;
    for (const [bytes, isTaken] of [
      [MAX_ANNOTATION_BYTES - overhead, true],
      [MAX_ANNOTATION_BYTES - overhead + 1, false],
    ] as const) {
      await setAwsAuth(null);
      const terminal = await terminalWith(manifestOf(bytes));
      const apply = await terminal.bash('kubectl apply -f map.json');
      expect(apply.exitCode, apply.stderr).toBe(isTaken ? 0 : 1);
      if (!isTaken) expect(apply.stderr).toContain('metadata.annotations: Too long');
      const none = `--map 'None*=x' --account prod-eks --allow-unresolved`;
      const merge = await terminal.bash(`aws-auth-sso merge map.json --for apply ${none} > /dev/null`);
      expect(merge.stderr.includes('kubectl apply will fail'), merge.stderr).toBe(!isTaken);
      const replace = await terminal.bash(`aws-auth-sso merge map.json --for replace ${none} > /dev/null`);
      expect(replace.stderr).not.toContain('kubectl apply will fail');
    }
  });
});

/** The bytes that a client-side apply adds to a manifest without annotations. */
function annotationOf(manifest: string): number {
  const object = JSON.parse(manifest);
  const copy = `${JSON.stringify({ ...object, metadata: { annotations: {}, ...object.metadata } })}\n`;
  return 'kubectl.kubernetes.io/last-applied-configuration'.length + Buffer.byteLength(copy);
}

describe('a saved manifest', () => {
  test('that is applied again removes what was merged meanwhile; create refuses', async () => {
    const terminal = await openTerminal();
    await setAwsAuth(null);
    await terminal.bash('cp examples/aws-auth.yaml saved.yaml');
    await terminal.bash('kubectl apply -f saved.yaml');
    const merge = await terminal.bash(`set -o pipefail; ${GET} | ${MERGE} | kubectl replace -f -`);
    expect(merge.exitCode, merge.stderr).toBe(0);
    expect(await loaded()).toEqual(EXAMPLE.merged);
    expect((await terminal.bash('kubectl create -f saved.yaml')).stderr).toContain('AlreadyExists');
    expect(await loaded()).toEqual(EXAMPLE.merged);
    await terminal.bash('kubectl apply -f saved.yaml');
    expect(await loaded()).toEqual(EXAMPLE.loaded);
  });

  test('from a cluster can be applied repeatedly only without the fields that the server wrote', async () => {
    const terminal = await openTerminal();
    await setAwsAuth(EXAMPLE.live);
    await terminal.bash(
      `${GET} > live.yaml; ${MERGE} live.yaml > locked.yaml; ${MERGE} --for apply live.yaml > free.yaml`,
    );
    const apply = async (file: string) => (await terminal.bash(`kubectl apply -f ${file}`)).exitCode;
    expect(await apply('locked.yaml')).toBe(0);
    await setAwsAuthAnew(terminal);
    expect(await apply('locked.yaml')).toBe(1);
    expect(await apply('free.yaml')).toBe(0);
    await setAwsAuthAnew(terminal);
    expect(await apply('free.yaml')).toBe(0);
    expect(await loaded()).toEqual(EXAMPLE.merged);
  });
});

/** Makes another change, for a new resourceVersion. */
async function setAwsAuthAnew(terminal: Terminal): Promise<void> {
  const data = JSON.stringify({ data: EXAMPLE.live });
  const ran = await terminal.bash(`kubectl patch configmap aws-auth -n kube-system -p "$(cat)"`, data);
  expect(ran.exitCode, ran.stderr).toBe(0);
}
