import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ackProblem, renderAck } from '../../src/access-entry/ack.ts';
import { accessEntry, ENTRIES, HOSTILE_NAMES, HOSTILE_TAGS, ROLE } from '../access-entry/entries.ts';
import { ACK_CRD, readAckObjects } from '../access-entry/readers.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { blocksIn, scripts } from '../pages.ts';
import { adminToken, callApi } from './api.ts';
import { openOfflineTerminal, openTerminal, type Terminal } from './terminal.ts';

/** Manifests of `-o ack`, applied, changed and pruned as GitOps controllers do. */

const ACCOUNT = '111122223333';

/** A terminal with a new namespace; ACK's definition is installed until the end of the test. */
async function open(
  namespace: string,
  opened: Promise<Terminal> = openOfflineTerminal(),
): Promise<Pick<Terminal, 'cwd'> & { bash(script: string): Promise<string> }> {
  const terminal = await opened;
  const bash = async (script: string) => {
    const { exitCode, stdout, stderr } = await terminal.bash(`set -eo pipefail\n${script}`);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  await bash(`kubectl apply -f '${ACK_CRD}'
kubectl wait --for=condition=Established crd/accessentries.eks.services.k8s.aws
kubectl create namespace ${namespace} --dry-run=client -o yaml | kubectl apply -f -`);
  onTestFinished(async () => void (await bash(`kubectl delete -f '${ACK_CRD}'`)));
  return { cwd: terminal.cwd, bash };
}

interface AccessEntries {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: object }[];
}

/** The specs in manifests, by name. */
function specsOf(text: string): ReadonlyMap<string, object> {
  return new Map([...readAckObjects(text)].map(([name, { spec }]) => [name, spec]));
}

/** The objects' specs in a namespace, by name. */
async function specsIn(namespace: string): Promise<ReadonlyMap<string, object>> {
  const path = `/apis/eks.services.k8s.aws/v1alpha1/namespaces/${namespace}/accessentries`;
  const { items } = (await callApi('GET', path, adminToken())) as AccessEntries;
  return new Map(items.map(({ metadata, spec }) => [metadata.name, spec]));
}

const KIND = 'accessentry.eks.services.k8s.aws';
const TARGET = { cluster: 'prod', region: 'eu-central-1' };

test('the API server keeps every name, group and tag', async () => {
  const { cwd, bash } = await open('hostile');
  const text = renderAck(ENTRIES, { ...TARGET, tags: HOSTILE_TAGS });
  await writeFile(join(cwd, 'hostile.yaml'), text);
  const apply = 'kubectl apply --validate=strict -n hostile -f hostile.yaml';
  expect((await bash(apply)).match(/ created$/gm)).toHaveLength(ENTRIES.length);
  expect(await specsIn('hostile')).toEqual(specsOf(text));
  expect((await bash(apply)).match(/ unchanged$/gm)).toHaveLength(ENTRIES.length);
});

test('server-side apply, as by Flux, keeps every name and group, except those that -o ack leaves out', async () => {
  const { cwd, bash } = await open('server-side');
  const others = HOSTILE_NAMES.flatMap((name) => [...name]).concat('\u00a0', '\u0084', '\ufffd', '\uffff');
  const all = [...ENTRIES, accessEntry(`${ROLE}/others`, { kubernetesGroups: [...new Set(others)] })].flatMap(
    ({ kubernetesGroups: [...groups], ...entry }, index) =>
      groups.length < 2
        ? { ...entry, kubernetesGroups: groups }
        : groups.map((group, at) =>
            accessEntry(`${ROLE}/group-${index}-${at}`, { kubernetesGroups: [group] }),
          ),
  );
  const taken = all.filter((entry) => ackProblem(entry) === undefined);
  const apply = 'kubectl apply --server-side --validate=strict -n server-side -f';
  const text = renderAck(taken, TARGET);
  await writeFile(join(cwd, 'taken.yaml'), text);
  await bash(`${apply} taken.yaml`);
  expect(await specsIn('server-side')).toEqual(specsOf(text));
  const left = all.filter((entry) => !taken.includes(entry));
  expect(left.length).toBeGreaterThan(3);
  for (const entry of left) {
    const one = renderAck([entry], TARGET);
    await writeFile(join(cwd, 'one.yaml'), one);
    await bash(`${apply} one.yaml || true`);
    const [[name = '', spec] = []] = specsOf(one);
    expect((await specsIn('server-side')).get(name), JSON.stringify(entry)).not.toEqual(spec);
  }
});

test('a re-created role is a new object, and pruning deletes the old one', async () => {
  const { cwd, bash } = await open('ack-system');
  const write = async (generation: number) => {
    const roles = [role(ACCOUNT, 'Admin'), role(ACCOUNT, 'ReadOnly', generation)];
    const text = snapshotText(inventory([account(ACCOUNT, 'prod')], roles));
    await writeFile(join(cwd, 'inventory.json'), text);
    await bash(`aws-auth-sso access-entries --map Admin=system:masters --map ReadOnly=viewers --account ${ACCOUNT} \\
  --cluster prod --inventory inventory.json -o ack > entries.yaml`);
  };
  const APPLY = 'kubectl apply -n ack-system -f entries.yaml';
  const [admin, old, later] = ['admin', 'readonly', 'readonly'].map(
    (set, index) => `${KIND}/prod.${set}.${ACCOUNT}.000000000000000${index === 2 ? 2 : 1}`,
  );
  await write(1);
  expect(await bash(APPLY)).toBe(`${admin} created\n${old} created\n`);
  expect(await bash(APPLY)).toBe(`${admin} unchanged\n${old} unchanged\n`);
  await write(2);
  const prune = `${APPLY} --prune --all --prune-allowlist=eks.services.k8s.aws/v1alpha1/AccessEntry`;
  expect(await bash(prune)).toBe(`${admin} unchanged\n${later} created\n${old} pruned\n`);
  expect((await specsIn('ack-system')).size).toBe(2);
});

test('the page for Argo CD and Flux gets a permission set into a cluster, and replaces a dead entry', async () => {
  const { cwd, bash } = await open('ack-system', openTerminal());
  const blocks = blocksIn('docs/gitops.md');
  const config = blocks.find(({ text }) => text.startsWith('accounts:'))?.text ?? '';
  await writeFile(join(cwd, 'clusters', 'prod', 'access-entries.yaml'), config);
  await bash(scripts().find(({ text }) => text.includes('-o ack >'))?.text ?? '');
  const apply = 'kubectl apply -n ack-system -f clusters/prod/entries';
  const name = `${KIND}/prod.readonly.${ACCOUNT}.1d3fb491980d3b77`;
  expect(await bash(apply)).toBe(`${name} created\n`);
  const deleted = await bash(blocks.find(({ text }) => text.startsWith('kubectl delete'))?.text ?? '');
  expect(deleted).toMatch(/^accessentry\.eks\.services\.k8s\.aws "prod\.readonly\..*" deleted/);
  expect(await bash(apply)).toBe(`${name} created\n`);
});
