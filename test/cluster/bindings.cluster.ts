import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { defaultManifestsOf } from '../../src/rbac/default-roles.ts';
import { parseKubernetesVersion } from '../../src/rbac/kubernetes-version.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { blocksIn, scriptOf } from '../pages.ts';
import { allows, request } from '../rbac/manifests.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { servedVersion } from './kubernetes-data.ts';
import { API, dumpRbac, kubectl, mayPerson, requireNamespaces } from './rbac-cluster.ts';
import { NAMESPACES, Random } from './rbac-sets.ts';
import { openOfflineTerminal, type Ran, type Terminal } from './terminal.ts';

/** Bindings of generated configs, applied one after the other as on the page, and asked about in the cluster. */

/** AWS_AUTH_SSO_CONFIGS=500, with a longer --testTimeout, tries more of them. */
const COUNT = Number(process.env.AWS_AUTH_SSO_CONFIGS ?? 12);
/** The expensive comparisons are for one in so many configs. */
const EACH = 6;
const CONFIG = 'aws-auth-sso.yaml';
const [APPLY = '', ...OTHERS] = blocksIn('docs/bindings.md')
  .map(scriptOf)
  .filter((script) => script.includes('--prune'));

const SETS = ['ClusterAdmin', 'DeveloperAccess', 'ReadOnly'];
const GROUPS = [
  'bound',
  'a:b',
  'a',
  'b:c',
  "it's $(id)",
  'team/payments',
  '##[x]',
  '- "q\\"',
  '50%',
  'x=2Fy',
  '.',
  'Bound',
];
const RULES = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] }];
const OWN_ROLES = ['c', 'b:c', 'team:deployer', "it's{odd}"].map((name) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels: { test: 'bindings' } },
  rules: RULES,
}));
const ROLES = [
  'view',
  'edit',
  'admin',
  'cluster-admin',
  'system:monitoring',
  ...OWN_ROLES.map(({ metadata }) => metadata.name),
];

const REQUESTS = [...NAMESPACES, 'elsewhere', null].flatMap((namespace) =>
  [
    'list |pods',
    'get |secrets s',
    'create |pods',
    'patch apps|deployments d',
    'create rbac.authorization.k8s.io|rolebindings',
    'list |nodes',
  ].map((text) => request(text, namespace)),
);

const VERSION = parseKubernetesVersion(await servedVersion());
const DEFAULTS = await defaultManifestsOf(VERSION);
const authorizerOf = (...texts: string[]) =>
  combineRbac(
    texts.map((text, index) => readRbacFile(text, `${index}.yaml`)),
    VERSION,
    DEFAULTS,
  ).authorizer;

function configOf(random: Random): { readonly text: string; readonly groups: readonly string[] } {
  const mappings = Array.from({ length: random.count(1, 3) }, () => ({
    permissionSet: random.one(SETS),
    groups: random.some(GROUPS, 3),
    bind: random.some(ROLES, 3).map((role) => ({
      role,
      ...(random.chance(0.3) ? {} : { namespaces: random.some(NAMESPACES, 3) }),
    })),
  }));
  return {
    text: JSON.stringify({ accounts: ['prod-eks'], mappings }),
    groups: mappings.flatMap((one) => one.groups),
  };
}

beforeAll(async () => {
  await requireNamespaces(NAMESPACES);
  for (const role of OWN_ROLES) await callApi('POST', `${API}/clusterroles`, adminToken(), role);
});

const LABEL = 'app.kubernetes.io/managed-by=aws-auth-sso';

/** Cleans up, because other files share the cluster. */
afterAll(async () => {
  await kubectl(['delete', 'rolebindings,clusterrolebindings', '-A', '-l', LABEL]);
  await kubectl(['delete', 'clusterroles', '-l', 'test=bindings']);
});

const listSchema = v.object({
  items: v.array(
    v.looseObject({ metadata: v.object({ name: v.string(), namespace: v.optional(v.string()) }) }),
  ),
});
const contentOf = (items: v.InferOutput<typeof listSchema>['items']) =>
  items
    .map(({ metadata: { name, namespace }, roleRef, subjects }) =>
      JSON.stringify({ name, namespace, roleRef, subjects }, sorted),
    )
    .sort();

/** The API server orders keys by the alphabet. */
function sorted(_: string, value: unknown): unknown {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? Object.fromEntries(Object.entries(value).sort()) : value;
}

async function labelled(): Promise<string[]> {
  const lists = await Promise.all(
    ['rolebindings', 'clusterrolebindings'].map((plural) =>
      callApi('GET', `${API}/${plural}?labelSelector=${encodeURIComponent(LABEL)}`, adminToken()),
    ),
  );
  return contentOf(lists.flatMap((list) => v.parse(listSchema, list).items));
}

test('the page has one script that applies bindings', () => expect(OTHERS).toEqual([]));

test(`${COUNT} configs: the cluster has what they state, and allows what the program says`, async () => {
  const terminal = await openOfflineTerminal();
  const roles = OWN_ROLES.map((role) => JSON.stringify(role)).join('\n---\n');
  await writeFile(join(terminal.cwd, 'roles.yaml'), roles);
  const counts = { bindings: 0, asked: 0, allowed: 0, leftByPrune: 0 };
  for (let index = 0; index < COUNT; index += 1) {
    const { text, groups } = configOf(new Random(20_261_201 + index));
    await writeFile(join(terminal.cwd, CONFIG), text);
    const bound = await succeed(terminal, `aws-auth-sso bindings -c ${CONFIG} -o json | tee bindings.json`);
    const wanted = contentOf(v.parse(listSchema, JSON.parse(bound)).items);
    await succeed(terminal, APPLY);
    // kubectl doesn't look into namespaces in which nothing is bound any more.
    if (JSON.stringify(await labelled()) !== JSON.stringify(wanted)) {
      counts.leftByPrune += 1;
      await deleteExtra(terminal);
    }
    expect(await labelled(), text).toEqual(wanted);
    const [before, after] = [authorizerOf(roles, bound), authorizerOf(await dumpRbac())];
    const asked = [...new Set(groups)].flatMap((group) =>
      REQUESTS.map((one) => ({ person: { username: 'sso:x', groups: [group] }, one })),
    );
    const answers = await inParallel(asked, 8, ({ person, one }) => mayPerson(person, one));
    const differing = asked.filter(({ person, one }, at) =>
      [before, after].some((authorizer) => allows(authorizer, person, one) !== answers[at]),
    );
    expect(differing, text).toEqual([]);
    counts.bindings += wanted.length;
    counts.asked += answers.length;
    counts.allowed += answers.filter(Boolean).length;
    if (index % EACH > 0) continue;
    const again = await succeed(terminal, APPLY);
    expect(again.trimEnd().split('\n')).toEqual(wanted.map(() => expect.stringMatching(/ unchanged$/)));
    expect(await diffOf(terminal)).toMatchObject({ missing: [], extra: [] });
    await requireSameWho(terminal);
  }
  console.log(JSON.stringify(counts));
  expect(Math.min(counts.allowed, counts.asked - counts.allowed)).toBeGreaterThan(counts.asked / 10);
  expect(counts.leftByPrune).toBeGreaterThan(0);
});

test('an extra subject and a deleted binding are found, and applying the bindings again corrects them', async () => {
  const terminal = await openOfflineTerminal();
  const mappings = [
    { permissionSet: 'ReadOnly', groups: ['bound'], bind: [{ role: 'view', namespaces: ['alpha', 'beta'] }] },
  ];
  await writeFile(join(terminal.cwd, CONFIG), JSON.stringify({ accounts: ['prod-eks'], mappings }));
  await succeed(terminal, APPLY);
  await deleteExtra(terminal);
  await kubectl(['delete', 'rolebinding', 'aws-auth-sso:bound:view', '-n', 'beta']);
  const subject = { kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' };
  const patch = JSON.stringify([{ op: 'add', path: '/subjects/-', value: subject }]);
  await kubectl([
    'patch',
    'rolebinding',
    'aws-auth-sso:bound:view',
    '-n',
    'alpha',
    '--type=json',
    '-p',
    patch,
  ]);
  expect(await diffOf(terminal)).toMatchObject({
    missing: [{ namespace: 'alpha' }, { namespace: 'beta' }],
    extra: [{ namespace: 'alpha', subjects: [{ name: 'bound' }, { name: 'mallory' }] }],
  });
  await succeed(terminal, APPLY);
  expect(await diffOf(terminal)).toMatchObject({ missing: [], extra: [] });
});

const DIFF = `aws-auth-sso generate -c ${CONFIG} --inventory examples/inventory.json --no-nodes > aws-auth.yaml
kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml > rbac.yaml
aws-auth-sso diff aws-auth.yaml -c ${CONFIG} --inventory examples/inventory.json --rbac rbac.yaml`;

async function diffOf(terminal: Terminal): Promise<unknown> {
  const { stdout, stderr } = await terminal.bash(`${DIFF} -o json`);
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout).bindings;
}

/** Runs the commands that `diff` prints: at most ten at a time. */
async function deleteExtra(terminal: Terminal): Promise<void> {
  for (;;) {
    const { stderr } = await terminal.bash(DIFF);
    const commands = stderr.split('\n').filter((line) => line.startsWith('  kubectl delete '));
    if (commands.length === 0) return;
    await succeed(terminal, `set -e\n${commands.join('\n')}`);
  }
}

/** The same people may do the same by the config's bindings as by the cluster's. */
async function requireSameWho(terminal: Terminal): Promise<void> {
  for (const question of ['list pods', 'get secrets', 'patch deployments.apps']) {
    const who = `aws-auth-sso who aws-auth.yaml --inventory examples/inventory.json --can '${question}' -n alpha -o json`;
    const before = await succeed(terminal, `${who} --rbac roles.yaml --rbac bindings.json`);
    const after = await succeed(terminal, `${who} --rbac rbac.yaml`);
    expect(peopleIn(before), question).toEqual(peopleIn(after));
  }
}

function peopleIn(json: string): unknown[] {
  const rows: {
    readonly source: string;
    readonly principal: unknown;
    readonly rolearn: string;
    readonly access: unknown;
  }[] = JSON.parse(json);
  return rows
    .filter(({ source }) => source !== 'binding')
    .map(({ principal, rolearn, access }) => ({ principal, rolearn, access }));
}

async function succeed(terminal: Terminal, script: string): Promise<string> {
  const ran: Ran = await terminal.bash(script);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  return ran.stdout;
}
