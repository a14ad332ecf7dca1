import { beforeAll, expect, test, vi } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { allows } from '../rbac/manifests.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { sessionOf, tokenOf } from './callers.ts';
import { setAwsAuth } from './control.ts';
import { dumpRbac, pathOf, requireNamespaces } from './rbac-cluster.ts';
import { type Manifest, NAMESPACES, Random } from './rbac-sets.ts';

/** The permissions that named requests need. */

beforeAll(() => requireNamespaces(NAMESPACES));

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
