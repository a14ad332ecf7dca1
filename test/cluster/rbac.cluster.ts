import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import type { Authorizer } from '../../src/rbac/authorizer.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import { defaultManifestsOf } from '../../src/rbac/default-roles.ts';
import { parseKubernetesVersion } from '../../src/rbac/kubernetes-version.ts';
import type { PolicyRule } from '../../src/rbac/model.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { type RbacFile, readRbacFile } from '../../src/rbac/read.ts';
import type { AccessRequest } from '../../src/rbac/request.ts';
import { allows } from '../rbac/manifests.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { kubeconfigWithoutUser, sessionOf, tokenOf } from './callers.ts';
import { setAwsAuth } from './control.ts';
import { servedVersion } from './kubernetes-data.ts';
import {
  API,
  attributesOf,
  deleteBindings,
  dumpRbac,
  KINDS,
  kubectl,
  mayPerson,
  pathOf,
  requireAggregated,
  requireNamespaces,
  reviewed,
} from './rbac-cluster.ts';
import { OF_DEFAULTS, oddSet } from './rbac-odd-sets.ts';
import {
  type Asked,
  CUSTOM_RESOURCE,
  generateSets,
  isServed,
  type Manifest,
  NAMESPACES,
  type Person,
  type Rule,
} from './rbac-sets.ts';
import { openOfflineTerminal, type Terminal } from './terminal.ts';

const VERSION = parseKubernetesVersion(await servedVersion());
const DEFAULTS = await defaultManifestsOf(VERSION);
const SETS = generateSets(430, 11, 20_261_125);
const ODD = oddSet(
  DEFAULTS.roles.flatMap(({ rules }) => rules.map(ruleManifest)),
  45,
  20_261_128,
);
const MANIFESTS = [...ODD.manifests, ...SETS.flatMap(({ manifests }) => manifests)];
const PEOPLE = [
  ...ODD.people,
  ...SETS.flatMap(({ people }) => people.map((one) => ({ ...one, entry: one.person, session: 'x' }))),
].map((one, index) => {
  const rolearn = `arn:aws:iam::111122223333:role/person-${index}`;
  return { ...one, rolearn, caller: sessionOf(rolearn, one.session) };
});
const QUESTIONS = PEOPLE.flatMap(({ person, caller, questions }) =>
  questions.map((asked) => ({ person, caller, asked })),
);

/** The program's results for the live objects, and for the manifests before they were applied. */
let live: Authorizer;
let written: Authorizer;
/** The default roles before the test. */
let before: readonly StoredManifest[];

beforeAll(async () => {
  before = await storedDefaults();
  await applyAll();
  await requireAggregated();
  await setAwsAuth({ mapRoles: PEOPLE.map(entryOf).join('') });
  live = authorizerOf([readRbacFile(await dumpRbac(), 'live.yaml')]);
  const manifests = [...OF_DEFAULTS, ...MANIFESTS].map((manifest) => JSON.stringify(manifest)).join('\n');
  written = authorizerOf([readRbacFile(manifests, 'manifests.json')]);
  await vi.waitFor(requireAllKnown, { timeout: 60_000, interval: 100 });
});

/** Cleans up, because other files share the cluster. */
afterAll(async () => {
  await deleteBindings(MANIFESTS);
  for (const name of ['touched-all', 'touched-part', 'touched-edit'])
    await callApi('DELETE', `${API}/clusterroles/${name}`, adminToken());
  for (const { metadata, ...role } of before) {
    const { resourceVersion, ...rest } = metadata;
    await callApi('PUT', `${API}/clusterroles/${metadata.name}`, adminToken(), { ...role, metadata: rest });
  }
});

test('there are enough sets and questions', () => {
  expect(SETS.length).toBeGreaterThanOrEqual(400);
  expect(QUESTIONS.length).toBeGreaterThanOrEqual(20_000);
});

test('the API server allows exactly what the program says', async () => {
  const started = Date.now();
  const answers = await inParallel(QUESTIONS, 8, ({ caller, asked }) => isAllowed(requestOf(asked), caller));
  console.log(`asked in ${Math.round((Date.now() - started) / 1000)} s`);
  const differing = QUESTIONS.flatMap(({ person, asked }, index) => {
    const said = [live, written].map((authorizer) => allows(authorizer, person, requestOf(asked)));
    return said.every((one) => one === answers[index])
      ? []
      : { person, asked, said, allowed: answers[index] };
  });
  expect(differing.slice(0, 20)).toEqual([]);
  const allowed = answers.filter((one) => one).length;
  console.log(`${answers.length} questions about ${SETS.length} sets, ${allowed} allowed`);
  expect(Math.min(allowed, answers.length - allowed)).toBeGreaterThan(answers.length / 10);
});

test('a caller without authentication cannot even ask for permissions', async () => {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  expect(UNHEARD.size).toBe(2);
  for (const caller of UNHEARD.keys())
    await expect(callApi('POST', path, tokenOf(caller), {})).rejects.toThrow(' 403 ');
});

test('kubectl auth can-i says the same', async () => {
  const asked = QUESTIONS.filter((_, index) => index % 61 === 0)
    .filter(({ asked, caller }) => isServed(asked) && !UNHEARD.has(caller))
    // kubectl asks for a named namespace in the namespace of -n, unlike any request.
    .filter(({ asked }) => !(asked.target.startsWith('namespaces.') && asked.name !== null));
  expect(asked.length).toBeGreaterThan(200);
  const terminal = await openOfflineTerminal();
  await writeFile(join(terminal.cwd, 'nobody.kubeconfig'), kubeconfigWithoutUser(inject('cluster').server));
  const said = await inParallel(asked, 4, async ({ caller, asked }) => {
    const { stdout } = await terminal.bash(
      `kubectl --kubeconfig nobody.kubeconfig --token '${tokenOf(caller)}' auth can-i ${argumentsOf(asked)}`,
    );
    // A reason may follow `no`.
    return stdout.trim().split(' ')[0];
  });
  const expected = asked.map(({ person, asked }) => (allows(live, person, requestOf(asked)) ? 'yes' : 'no'));
  const differing = asked.flatMap((one, index) =>
    said[index] === expected[index] ? [] : { ...one, said: said[index] },
  );
  expect(differing).toEqual([]);
});

test('who --can names exactly the people that the API server allows it', async () => {
  const asked = QUESTIONS.filter(({ asked }, index) => index % 977 === 0 && asked.namespace !== null);
  expect(asked.length).toBeGreaterThan(12);
  // For names that depend on the session, it reports every session as possible.
  const exact = PEOPLE.filter(({ entry, person }) => entry === person);
  const some = exact.filter((_, index) => index % 4 === 0);
  expect(asked.length * some.length).toBeGreaterThan(5000);
  const terminal = await terminalWithFiles();
  const differing = await inParallel(asked, 2, async ({ asked }) => {
    const words = `--can '${wordsOf(asked)}' -n ${asked.namespace}`;
    const { stdout, stderr, exitCode } = await terminal.bash(`${WHO} ${words} -o json`);
    if (exitCode !== 0) return [{ words, stderr }];
    const rows: { readonly rolearn: string }[] = JSON.parse(stdout);
    const named = new Set(rows.map(({ rolearn }) => rolearn));
    const request = requestOf(asked);
    const answers = await inParallel(some, 4, ({ caller }) => isAllowed(request, caller));
    return [
      ...some.filter(({ rolearn }, index) => named.has(rolearn) !== answers[index]),
      ...exact.filter(({ rolearn, person }) => named.has(rolearn) !== allows(live, person, request)),
    ].map(({ person }) => ({ words, person }));
  });
  expect(differing.flat()).toEqual([]);
});

test('explain --rbac shows what the API server allows', async () => {
  const some = PEOPLE.filter(({ session }, index) => index % 80 === 0 && session === 'x');
  const terminal = await terminalWithFiles();
  const differing = await inParallel(some, 2, async ({ person, caller, questions }) => {
    const { stdout, stderr, exitCode } = await terminal.bash(`${EXPLAIN} --caller ${caller} -o json`);
    if (exitCode !== 0) return [{ person, stderr }];
    const { rights, username, groups } = JSON.parse(stdout);
    expect({ username, groups }).toEqual(person);
    const shown = questions.filter((asked) => !allows(OF_EVERY_CLUSTER, LAST, requestOf(asked)));
    const answers = await inParallel(shown, 4, (asked) => isAllowed(requestOf(asked), caller));
    return shown.filter((asked, index) => shows(rights, requestOf(asked)) !== answers[index]);
  });
  expect(differing.flat()).toEqual([]);
});

const WHO = 'aws-auth-sso who aws-auth.yaml --rbac rbac.yaml --inventory examples/inventory.json';
const EXPLAIN = 'aws-auth-sso explain aws-auth.yaml --rbac rbac.json';

async function terminalWithFiles(): Promise<Terminal> {
  const terminal = await openOfflineTerminal();
  const exported = await terminal.bash(
    `set -e
    kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml
    kubectl get ${KINDS} -A -o yaml > rbac.yaml
    kubectl get ${KINDS} -A -o json > rbac.json`,
  );
  expect(exported.exitCode, exported.stderr).toBe(0);
  return terminal;
}

interface RightsRow {
  readonly namespace: string | null;
  readonly resources: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** True if a table like that of `kubectl auth can-i --list` allows this. */
function shows(rows: readonly RightsRow[], request: AccessRequest): boolean {
  return rows.some((row) => {
    if (!row.verbs.some((verb) => verb === '*' || verb === request.verb)) return false;
    if ('path' in request)
      return row.nonResourceURLs.some((url) =>
        url.endsWith('*') ? request.path.startsWith(url.slice(0, -1)) : url === request.path,
      );
    const { apiGroup, resource, subresource, namespace, name } = request;
    const isThere = row.namespace === null || row.namespace === namespace;
    const isNamed = row.resourceNames.length === 0 || row.resourceNames.includes(name ?? '');
    const sub = subresource === null ? '' : `/${subresource}`;
    const targets = [apiGroup, '*'].flatMap((group) => {
      const behind = group === '' ? '' : `.${group}`;
      return [`*${behind}`, `${resource}${behind}${sub}`, ...(sub === '' ? [] : [`*${behind}${sub}`])];
    });
    return isThere && isNamed && row.resources.some((target) => targets.includes(target));
  });
}

/** The words for `--can`. */
function wordsOf({ verb, target, name }: Asked): string {
  return [verb, target, ...(name === null ? [] : [name])].join(' ');
}

/** Parses the words of `--can`. */
function requestOf(asked: Asked): AccessRequest {
  const key = `${wordsOf(asked)} ${asked.namespace}`;
  const known = requests.get(key);
  if (known) return known;
  // The words include the API group, so no role is needed to interpret them.
  const [question] = parseQuestion([wordsOf(asked)], asked.namespace, OF_EVERY_CLUSTER).asked;
  if (!question) throw new Error(`${key} asks nothing`);
  requests.set(key, question.request);
  return question.request;
}

function authorizerOf(files: readonly RbacFile[]): Authorizer {
  return combineRbac(files, VERSION, DEFAULTS).authorizer;
}

const OF_EVERY_CLUSTER = authorizerOf([]);
const requests = new Map<string, AccessRequest>();

function argumentsOf({ verb, target, name, namespace }: Asked): string {
  const [path = '', subresource] = target.startsWith('/') ? [target] : target.split('/');
  const resource = path.replace(/\.$/, '') + (name === null ? '' : `/${name}`);
  const words = [`'${verb}' '${resource}'`];
  if (subresource !== undefined) words.push(`--subresource ${subresource}`);
  if (!target.startsWith('/')) words.push(namespace === null ? '-A' : `-n ${namespace}`);
  return words.join(' ');
}

/** Asks as the caller, which the authenticator maps to a person through aws-auth. */
async function isAllowed(request: AccessRequest, caller: string): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: attributesOf(request),
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const token = tokens.get(caller) ?? tokenOf(caller);
  tokens.set(caller, token);
  const unheard = UNHEARD.get(caller);
  return unheard ? mayPerson(unheard, request) : reviewed(await callApi('POST', path, token, review));
}

/** People who can't even ask, because they are not in system:authenticated. */
const UNHEARD: ReadonlyMap<string, Person> = new Map(
  PEOPLE.flatMap(({ caller, person, session }) =>
    ['anonymous', 'unauthenticated'].includes(session) ? [[caller, person] as const] : [],
  ),
);

/** Tokens can be reused, because aws-auth doesn't change and the API server may cache them. */
const tokens = new Map<string, string>();

function entryOf({ rolearn, entry }: { readonly rolearn: string; readonly entry: Person }): string {
  return `- {rolearn: "${rolearn}", username: "${entry.username}", groups: ${JSON.stringify(entry.groups)}}\n`;
}

function ruleManifest(rule: PolicyRule): Rule {
  return Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0));
}

interface StoredManifest extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly resourceVersion: string };
}

async function storedDefaults(): Promise<StoredManifest[]> {
  const names = OF_DEFAULTS.map(({ metadata }) => metadata.name);
  const read = (name: string) => callApi('GET', `${API}/clusterroles/${name}`, adminToken());
  return (await inParallel(names, 4, read)) as StoredManifest[];
}

async function applyAll(): Promise<void> {
  const token = adminToken();
  await requireNamespaces(NAMESPACES);
  await callApi('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', token, CUSTOM_RESOURCE);
  await kubectl(['apply', '-f', '-'], OF_DEFAULTS.map((manifest) => JSON.stringify(manifest)).join('\n'));
  await inParallel(MANIFESTS, 8, (manifest) => callApi('POST', pathOf(manifest), token, manifest));
  for (const manifest of SENTINELS) await callApi('POST', pathOf(manifest), token, manifest);
}

/** The last object of each kind: once the API server knows it, it knows all earlier ones. */
const LAST = { username: 'last', groups: [] };
const SENTINELS: readonly Manifest[] = [undefined, 'alpha'].flatMap((namespace) => {
  const [kind, metadata] = [
    namespace === undefined ? 'ClusterRole' : 'Role',
    { name: 'last', ...(namespace !== undefined && { namespace }) },
  ];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const resources = [namespace === undefined ? 'everywhere' : 'here'];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'last' };
  const subjects = [{ kind: 'User', name: LAST.username }];
  return [
    { apiVersion, kind, metadata, rules: [{ verbs: ['get'], apiGroups: [''], resources }] },
    { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects },
  ];
});

async function requireAllKnown(): Promise<void> {
  for (const resource of ['everywhere', 'here']) {
    const request = {
      verb: 'get',
      apiGroup: '',
      resource,
      subresource: null,
      name: null,
      namespace: 'alpha',
    };
    expect(await mayPerson(LAST, request)).toBe(true);
  }
  const { caller = '', person } = PEOPLE.at(-1) ?? {};
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const answer = await callApi('POST', path, tokenOf(caller), review);
  expect(answer).toMatchObject({ status: { userInfo: { username: person?.username } } });
}
