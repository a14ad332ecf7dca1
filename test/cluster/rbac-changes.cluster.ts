import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import type { AccessRequest } from '../../src/rbac/request.ts';
import { allows } from '../rbac/manifests.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { sessionOf, tokenOf } from './callers.ts';
import { setAwsAuth } from './control.ts';
import {
  deleteBindings,
  dumpRbac,
  kubectl,
  mayPerson,
  pathOf,
  requireAggregated,
  requireNamespaces,
} from './rbac-cluster.ts';
import { type Asked, generateSets, type Manifest, NAMESPACES, type Person, Random } from './rbac-sets.ts';

/** A cluster's roles after changed manifests are applied, and the permissions that named requests need. */

const SETS = generateSets(120, 6, 20_261_201, 'change');
const QUESTIONS = SETS.flatMap(({ people }) =>
  people.flatMap(({ person, questions }) => questions.map((asked) => ({ person, asked }))),
);

beforeAll(async () => {
  await requireNamespaces(NAMESPACES);
  const manifests = SETS.flatMap((set) => set.manifests);
  await inParallel(manifests, 8, (one) => callApi('POST', pathOf(one), adminToken(), one));
  await requireAggregated();
});

afterAll(() => deleteBindings(SETS.flatMap((set) => set.manifests)));

const rounds = [
  { round: 1, seed: 20_261_202, is: 'of what something else has made' },
  { round: 2, seed: 20_261_203, is: 'of what kubectl has applied before' },
];

test.each(rounds)(
  'manifests with the cluster that they change, $is, have the same result as kubectl apply',
  async ({ seed }) => {
    const random = new Random(seed);
    const before = readRbacFile(await dumpRbac(), 'live.yaml');
    const changes = SETS.flatMap(({ manifests }) => changed(manifests, random));
    const text = changes.map((one) => JSON.stringify(one)).join('\n');
    const { authorizer } = combineRbac([before, readRbacFile(text, 'changes.json')]);
    await kubectl(['apply', '-f', '-'], text);
    await requireAggregated();
    const answers = await inParallel(QUESTIONS, 8, ({ person, asked }) =>
      mayPerson(authenticated(person), requestOf(asked)),
    );
    const differing = QUESTIONS.flatMap(({ person, asked }, index) => {
      const allowed = answers[index];
      return allows(authorizer, person, requestOf(asked)) === allowed ? [] : [{ person, asked, allowed }];
    });
    console.log(`${changes.length} changes, ${answers.length} questions, ${differing.length} differ`);
    expect(differing.slice(0, 10)).toEqual([]);
  },
);

/** Other content for some ClusterRoles: rules, labels, or neither. */
function changed(manifests: readonly Manifest[], random: Random): Manifest[] {
  const roles = manifests.filter(({ kind }) => kind === 'ClusterRole');
  return roles.flatMap((role) => {
    if (random.chance(0.5)) return [];
    const { rules = [], metadata, ...rest } = role;
    const other = random.one(roles);
    const isAggregated = rest.aggregationRule !== undefined;
    const content = random.one([{ rules: other.rules ?? [] }, { rules: [] }, {}, { rules }]);
    const labels = !isAggregated && random.chance(0.4) ? other.metadata.labels : metadata.labels;
    return [{ ...rest, ...content, metadata: { name: metadata.name, ...(labels && { labels }) } }];
  });
}

function authenticated({ username, groups }: Person): Person {
  return { username, groups: [...groups, 'system:authenticated'] };
}

const OF_EVERY_CLUSTER = combineRbac([]).authorizer;

function requestOf({ verb, target, name, namespace }: Asked): AccessRequest {
  const words = [verb, target, ...(name === null ? [] : [name])].join(' ');
  const [question] = parseQuestion([words], namespace, OF_EVERY_CLUSTER).asked;
  if (!question) throw new Error(`${words} asks nothing`);
  return question.request;
}

interface Named {
  readonly words: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** The request that reaches the API server, and the command that sends it; nothing is changed. */
const REQUESTS: readonly Named[] = [...NAMESPACES, 'nowhere'].flatMap((name) => {
  const path = `/api/v1/namespaces/${name}`;
  const labels = { metadata: { name, labels: { judged: 'yes' } } };
  return [
    { words: `get namespaces ${name}`, method: 'GET', path },
    { words: `delete namespaces ${name}`, method: 'DELETE', path: `${path}?dryRun=All` },
    { words: `update namespaces ${name}`, method: 'PUT', path: `${path}?dryRun=All`, body: labels },
    {
      words: `update namespaces/status ${name}`,
      method: 'PUT',
      path: `${path}/status?dryRun=All`,
      body: labels,
    },
    {
      words: `update namespaces/finalize ${name}`,
      method: 'PUT',
      path: `${path}/finalize?dryRun=All`,
      body: labels,
    },
    { words: `list pods -n ${name}`, method: 'GET', path: `${path}/pods` },
  ];
});
const OTHERS: readonly Named[] = [
  { words: 'list namespaces', method: 'GET', path: '/api/v1/namespaces' },
  {
    words: 'create namespaces',
    method: 'POST',
    path: '/api/v1/namespaces?dryRun=All',
    body: { metadata: { name: 'new' } },
  },
  { words: 'get nodes alpha', method: 'GET', path: '/api/v1/nodes/alpha' },
];

const VERBS = ['get', 'delete', 'update', 'list', 'create'];
const RESOURCES = ['namespaces', 'namespaces/status', 'namespaces/finalize', 'pods', 'nodes'];

test('a request for a named namespace is checked in that namespace', async () => {
  const random = new Random(20_261_204);
  const people = Array.from({ length: 40 }, (_, index) => `named-${index}`);
  const manifests = people.flatMap((name) => {
    const namespace = random.chance(0.7) ? random.one(NAMESPACES) : undefined;
    const names = random.chance(0.3) ? { resourceNames: random.some([...NAMESPACES, ''], 2) } : {};
    const resources = random.some(RESOURCES, 3);
    const rules = [{ verbs: random.some(VERBS, 4), apiGroups: [''], resources, ...names }];
    return roleFor(name, rules, namespace);
  });
  await inParallel(manifests, 8, (one) => callApi('POST', pathOf(one), adminToken(), one));
  const rolearn = 'arn:aws:iam::111122223333:role/named';
  await setAwsAuth({ mapRoles: `- {rolearn: "${rolearn}", username: "{{SessionName}}", groups: []}\n` });
  const { authorizer } = combineRbac([readRbacFile(await dumpRbac(), 'live.yaml')]);
  const asked = people.flatMap((name) => [...REQUESTS, ...OTHERS].map((named) => ({ name, named })));
  await vi.waitFor(
    async () => {
      const differing = await inParallel(asked, 8, async ({ name, named }) => {
        const allowed = await isAuthorized(named, tokenOf(sessionOf(rolearn, name)));
        const [words = '', namespace] = named.words.split(' -n ');
        const [question] = parseQuestion([words], namespace ?? null, authorizer).asked;
        const said = question && allows(authorizer, { username: name, groups: [] }, question.request);
        return said === allowed ? [] : [{ name, words, allowed }];
      });
      expect(differing.flat()).toEqual([]);
    },
    { timeout: 60_000, interval: 500 },
  );
});

function roleFor(name: string, rules: Manifest['rules'], namespace: string | undefined): Manifest[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
  return [
    { apiVersion, kind, metadata, ...(rules && { rules }) },
    { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects: [{ kind: 'User', name }] },
  ];
}

/** True if the API server authorizes the request, even if it rejects it later. */
async function isAuthorized({ method, path, body }: Named, token: string): Promise<boolean> {
  try {
    await callApi(method, path, token, body);
    return true;
  } catch (error) {
    return !/: 40[13] /.test(String(error));
  }
}
