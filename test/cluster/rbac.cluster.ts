import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, test, vi } from 'vitest';
import type { AccessRequest, Authorizer } from '../../src/rbac/authorizer.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { allows } from '../rbac/manifests.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { kubeconfigWithoutUser, sessionOf, tokenOf } from './callers.ts';
import { setAwsAuth } from './control.ts';
import {
  type Asked,
  CUSTOM_RESOURCE,
  generateSets,
  isServed,
  type Manifest,
  NAMESPACES,
  type Person,
} from './rbac-sets.ts';
import { openOfflineTerminal, type Terminal } from './terminal.ts';

const SETS = generateSets(220, 7, 20_261_125);
const MANIFESTS = SETS.flatMap(({ manifests }) => manifests);
const PEOPLE = SETS.flatMap(({ people }) => people).map((one, index) => ({
  ...one,
  rolearn: `arn:aws:iam::111122223333:role/person-${index}`,
}));
const QUESTIONS = PEOPLE.flatMap(({ person, rolearn, questions }) =>
  questions.map((asked) => ({ person, caller: sessionOf(rolearn, 'x'), asked })),
);
const KINDS = 'clusterroles,clusterrolebindings,roles,rolebindings';
const API = '/apis/rbac.authorization.k8s.io/v1';

/** What the program says: of the live objects, and of the manifests before they were applied. */
let live: Authorizer;
let written: Authorizer;

beforeAll(async () => {
  await applyAll();
  await setAwsAuth({ mapRoles: PEOPLE.map(entryOf).join('') });
  const words = ['--kubeconfig', inject('cluster').adminKubeconfig, 'get', KINDS, '-A', '-o', 'yaml'];
  const { stdout } = await promisify(execFile)('kubectl', words, { maxBuffer: 1e9 });
  live = combineRbac([readRbacFile(stdout, 'live.yaml')]).authorizer;
  const manifests = MANIFESTS.map((manifest) => JSON.stringify(manifest)).join('\n');
  written = combineRbac([readRbacFile(manifests, 'manifests.json')]).authorizer;
  await vi.waitFor(requireAllKnown, { timeout: 60_000, interval: 100 });
});

test('there are as many sets and questions as the aim says', () => {
  expect(SETS.length).toBeGreaterThanOrEqual(200);
  expect(QUESTIONS.length).toBeGreaterThanOrEqual(5000);
});

test('the API server allows each of these people what the program says', async () => {
  const answers = await inParallel(QUESTIONS, 8, ({ caller, asked }) => isAllowed(requestOf(asked), caller));
  const differing = QUESTIONS.flatMap(({ person, asked }, index) => {
    const said = [live, written].map((authorizer) => allows(authorizer, person, requestOf(asked)));
    return said.every((one) => one === answers[index])
      ? []
      : { person, asked, said, allowed: answers[index] };
  });
  expect(differing).toEqual([]);
  const allowed = answers.filter((one) => one).length;
  console.log(`${answers.length} questions about ${SETS.length} sets, ${allowed} allowed`);
  expect(Math.min(allowed, answers.length - allowed)).toBeGreaterThan(answers.length / 10);
});

test('kubectl auth can-i says the same', async () => {
  const asked = QUESTIONS.filter((_, index) => index % 17 === 0).filter(({ asked }) => isServed(asked));
  expect(asked.length).toBeGreaterThan(250);
  const terminal = await openOfflineTerminal();
  await writeFile(join(terminal.cwd, 'nobody.kubeconfig'), kubeconfigWithoutUser(inject('cluster').server));
  const said = await inParallel(asked, 4, async ({ caller, asked }) => {
    const { stdout } = await terminal.bash(
      `kubectl --kubeconfig nobody.kubeconfig --token '${tokenOf(caller)}' auth can-i ${argumentsOf(asked)}`,
    );
    // `no` may be followed by a reason.
    return stdout.trim().split(' ')[0];
  });
  const expected = asked.map(({ person, asked }) => (allows(live, person, requestOf(asked)) ? 'yes' : 'no'));
  const differing = asked.flatMap((one, index) =>
    said[index] === expected[index] ? [] : { ...one, said: said[index] },
  );
  expect(differing).toEqual([]);
});

test('who --can names those whom the API server allows it', async () => {
  const asked = QUESTIONS.filter(({ asked }, index) => index % 293 === 0 && asked.namespace !== null);
  expect(asked.length).toBeGreaterThan(14);
  const some = PEOPLE.filter((_, index) => index % 3 === 0);
  expect(asked.length * some.length).toBeGreaterThan(5000);
  const terminal = await terminalWithFiles();
  const differing = await inParallel(asked, 2, async ({ asked }) => {
    const words = `--can '${wordsOf(asked)}' -n ${asked.namespace}`;
    const { stdout, stderr, exitCode } = await terminal.bash(`${WHO} ${words} -o json`);
    if (exitCode !== 0) return [{ words, stderr }];
    const rows: { readonly rolearn: string }[] = JSON.parse(stdout);
    const named = new Set(rows.map(({ rolearn }) => rolearn));
    const request = requestOf(asked);
    const answers = await inParallel(some, 4, ({ rolearn }) => isAllowed(request, sessionOf(rolearn, 'x')));
    return [
      ...some.filter(({ rolearn }, index) => named.has(rolearn) !== answers[index]),
      ...PEOPLE.filter(({ rolearn, person }) => named.has(rolearn) !== allows(live, person, request)),
    ].map((one) => ({ words, one }));
  });
  expect(differing.flat()).toEqual([]);
});

test('explain --rbac shows what the API server allows', async () => {
  const some = PEOPLE.filter((_, index) => index % 22 === 0);
  const terminal = await terminalWithFiles();
  const ofEverybody = combineRbac([]).authorizer;
  const differing = await inParallel(some, 2, async ({ person, rolearn, questions }) => {
    const caller = sessionOf(rolearn, 'x');
    const { stdout, stderr, exitCode } = await terminal.bash(`${EXPLAIN} --caller ${caller} -o json`);
    if (exitCode !== 0) return [{ person, stderr }];
    const { rights, username, groups } = JSON.parse(stdout);
    expect({ username, groups }).toEqual(person);
    const shown = questions.filter((asked) => !allows(ofEverybody, LAST, requestOf(asked)));
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

/** Whether a table as `kubectl auth can-i --list` prints it says that somebody may do this. */
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

/** What is typed behind `--can`. */
function wordsOf({ verb, target, name }: Asked): string {
  return [verb, target, ...(name === null ? [] : [name])].join(' ');
}

/** As the words of `--can` are read. */
function requestOf(asked: Asked): AccessRequest {
  const key = `${wordsOf(asked)} ${asked.namespace}`;
  const [question] = parseQuestion([wordsOf(asked)], asked.namespace, live).asked;
  const request = requests.get(key) ?? question?.request;
  if (!request) throw new Error(`${key} asks nothing`);
  requests.set(key, request);
  return request;
}

const requests = new Map<string, AccessRequest>();

function argumentsOf({ verb, target, name, namespace }: Asked): string {
  const [path = '', subresource] = target.startsWith('/') ? [target] : target.split('/');
  const resource = path.replace(/\.$/, '') + (name === null ? '' : `/${name}`);
  const words = [`'${verb}' '${resource}'`];
  if (subresource !== undefined) words.push(`--subresource ${subresource}`);
  if (!target.startsWith('/')) words.push(namespace === null ? '-A' : `-n ${namespace}`);
  return words.join(' ');
}

/** Asks as the caller, whom the authenticator makes a person by aws-auth. */
async function isAllowed(request: AccessRequest, caller: string): Promise<boolean> {
  const spec =
    'path' in request ? { nonResourceAttributes: request } : { resourceAttributes: attributesOf(request) };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { status } = (await callApi('POST', path, tokenOf(caller), review)) as {
    status: { allowed: boolean };
  };
  return status.allowed;
}

function attributesOf({
  apiGroup,
  subresource,
  name,
  namespace,
  ...request
}: Exclude<AccessRequest, { path: string }>) {
  return {
    ...request,
    group: apiGroup,
    subresource: subresource ?? '',
    name: name ?? '',
    namespace: namespace ?? '',
  };
}

function entryOf({ rolearn, person }: { readonly rolearn: string; readonly person: Person }): string {
  return `- {rolearn: "${rolearn}", username: "${person.username}", groups: ${JSON.stringify(person.groups)}}\n`;
}

/** With the rules of aggregated roles in them, as a controller writes them that this cluster does not have. */
async function applyAll(): Promise<void> {
  const token = adminToken();
  for (const name of NAMESPACES) await callApi('POST', '/api/v1/namespaces', token, { metadata: { name } });
  await callApi('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', token, CUSTOM_RESOURCE);
  const { items } = (await callApi('GET', `${API}/clusterroles`, token)) as { items: Manifest[] };
  for (const role of items.filter(({ aggregationRule }) => aggregationRule))
    await callApi('PUT', `${API}/clusterroles/${role.metadata.name}`, token, {
      ...role,
      rules: summed(role, items),
    });
  await inParallel(MANIFESTS, 8, (manifest) => {
    const rules = manifest.aggregationRule && { rules: summed(manifest, MANIFESTS) };
    return callApi('POST', pathOf(manifest), token, { ...manifest, ...rules });
  });
  for (const manifest of SENTINELS) await callApi('POST', pathOf(manifest), token, manifest);
}

/** The rules of all that a role takes in, by what its label selector says. */
function summed({ aggregationRule }: Manifest, roles: readonly Manifest[]): NonNullable<Manifest['rules']> {
  const labels =
    aggregationRule?.clusterRoleSelectors.flatMap(({ matchLabels }) => Object.entries(matchLabels)) ?? [];
  const taken = roles.filter(({ metadata }) =>
    labels.some(([key, value]) => metadata.labels?.[key] === value),
  );
  return taken.flatMap((role) => (role.aggregationRule ? summed(role, roles) : (role.rules ?? [])));
}

function pathOf({ kind, metadata: { namespace } }: Manifest): string {
  const plural = `${kind.toLowerCase()}s`;
  return namespace === undefined ? `${API}/${plural}` : `${API}/namespaces/${namespace}/${plural}`;
}

/** The last of each kind: once the API server knows them, it knows all that was made before. */
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
    const spec = { user: LAST.username, resourceAttributes: { verb: 'get', resource, namespace: 'alpha' } };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    expect(await callApi('POST', path, adminToken(), review)).toMatchObject({ status: { allowed: true } });
  }
  const { rolearn = '', person } = PEOPLE.at(-1) ?? {};
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const answer = await callApi('POST', path, tokenOf(sessionOf(rolearn, 'x')), review);
  expect(answer).toMatchObject({ status: { userInfo: { username: person?.username } } });
}
