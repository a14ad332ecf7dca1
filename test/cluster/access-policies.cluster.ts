import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AUTHENTICATED } from '../../src/aws-auth/groups.ts';
import { type AccessPolicy, accessPolicyArn } from '../../src/eks.ts';
import { policyRules } from '../../src/rbac/access-policies.ts';
import { withoutRbac } from '../../src/rbac/authorizer.ts';
import type { PolicyRule } from '../../src/rbac/model.ts';
import type { AccessRequest, ResourceRequest } from '../../src/rbac/request.ts';
import { accessEntry, eksCluster } from '../access-entry/eks-cluster.ts';
import { account, inventory, snapshotText } from '../directory/build-inventory.ts';
import { allows } from '../rbac/manifests.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { API, mayPerson, pathOf, requireNamespaces } from './rbac-cluster.ts';
import { type Manifest, Random } from './rbac-sets.ts';
import { openOfflineTerminal } from './terminal.ts';

/**
 * Compares what the program says of access policies with the API server: each policy is a ClusterRole of its rules,
 * bound as EKS documents it, each to another user.
 */

const NAMESPACES = [
  'shop',
  'shop-a',
  'shop-b',
  'payments',
  'team-shop',
  'kube-system',
  'kube-public',
  'default',
];
const SCOPES: readonly AccessPolicy['scope'][] = [
  'cluster',
  { namespaces: ['payments'] },
  { namespaces: ['shop-*'] },
  { namespaces: ['kube-*', 'shop*', 'shop-a', 'nowhere'] },
];
const NAMES = [...policyRules().keys()];

/** The holder of an access entry with these policies. */
interface Holder {
  readonly username: string;
  readonly groups: readonly string[];
  readonly policies: readonly AccessPolicy[];
}

const HOLDERS: readonly Holder[] = [
  ...NAMES.flatMap((name) => SCOPES.map((scope) => [policyOf(name, scope)])),
  [policyOf('AmazonEKSViewPolicy', 'cluster'), policyOf('AmazonEKSEditPolicy', { namespaces: ['shop-*'] })],
  [
    policyOf('AmazonEKSSecretReaderPolicy', { namespaces: ['shop'] }),
    policyOf('AmazonEKSHybridPolicy', 'cluster'),
  ],
  [
    policyOf('AmazonEKSClusterAdminPolicy', { namespaces: ['*'] }),
    policyOf('AmazonEKSViewPolicy', 'cluster'),
  ],
  [],
].map((policies, index) => ({ username: `policy-holder-${index}`, groups: [], policies }));

function policyOf(name: string, scope: AccessPolicy['scope']): AccessPolicy {
  return { policyArn: accessPolicyArn('aws', name), scope };
}

const RBAC = 'rbac.authorization.k8s.io';
const apiVersion = `${RBAC}/v1`;
const roleName = ({ policyArn }: AccessPolicy) => `policy.${policyArn.split('/').at(-1)}`;

const ROLES = [...policyRules()].map(([name, rules]): Manifest => {
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: `policy.${name}` },
    rules: rules.map(ruleManifest),
  };
});

function ruleManifest(rule: PolicyRule): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(rule).filter(([, items]) => items.length > 0));
}

/** One for each policy and namespace; a pattern becomes the namespaces that exist now. */
const BINDINGS = HOLDERS.flatMap(({ username, policies }) =>
  policies.flatMap((one) => bindingsOf(username, one)),
);

function bindingsOf(username: string, policy: AccessPolicy): Manifest[] {
  const { scope } = policy;
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: roleName(policy) };
  const common = { apiVersion, roleRef, subjects: [{ kind: 'User', name: username }] };
  const name = `${username}.${roleName(policy)}`;
  if (scope === 'cluster') return [{ ...common, kind: 'ClusterRoleBinding', metadata: { name } }];
  const isIn = (namespace: string) =>
    scope.namespaces.some((one) => new RegExp(`^${one.replace('*', '.*')}$`).test(namespace));
  return NAMESPACES.filter(isIn).map((namespace) => {
    return { ...common, kind: 'RoleBinding', metadata: { name, namespace } };
  });
}

/** The last objects of each kind: once the API server knows them, it knows all others. */
const LAST = { username: 'policy-last', groups: [] };
const SENTINELS: readonly Manifest[] = [
  {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: 'policy.last' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['last'] }],
  },
  ...[undefined, 'payments'].map((namespace) => ({
    apiVersion,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: 'policy.last', ...(namespace !== undefined && { namespace }) },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'policy.last' },
    subjects: [{ kind: 'User', name: namespace === undefined ? LAST.username : `${LAST.username}-there` }],
  })),
];

beforeAll(async () => {
  await requireNamespaces(NAMESPACES);
  const create = (manifest: Manifest) => callApi('POST', pathOf(manifest), adminToken(), manifest);
  await inParallel(ROLES, 8, create);
  await inParallel(BINDINGS, 8, create);
  for (const sentinel of SENTINELS) await create(sentinel);
  const request = { verb: 'get', apiGroup: '', resource: 'last', subresource: null, name: null };
  await vi.waitFor(
    async () => {
      expect(await mayPerson(LAST, { ...request, namespace: null })).toBe(true);
      const there = { ...LAST, username: `${LAST.username}-there` };
      expect(await mayPerson(there, { ...request, namespace: 'payments' })).toBe(true);
    },
    { timeout: 60_000, interval: 100 },
  );
});

/** Cleans up, because other files share the cluster. */
afterAll(async () => {
  await inParallel([...BINDINGS, ...ROLES, ...SENTINELS], 8, (one) =>
    callApi('DELETE', `${pathOf(one)}/${one.metadata.name}`, adminToken()),
  );
  expect(await callApi('GET', `${API}/clusterroles/policy.last`, adminToken()).catch(() => null)).toBe(null);
});

const VERBS = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  ...['impersonate', 'bind', 'escalate', 'use', '*'],
];
/** Resources that no policy names, or that are no resources: `group/resource[/subresource]`. */
const OTHERS = [
  ...[
    '/nodes',
    '/nodes/proxy',
    '/persistentvolumes',
    '/pods/eviction',
    '/pods/ephemeralcontainers',
    '/*',
    '/*/status',
  ],
  ...[
    '/serviceaccounts/token',
    '/namespaces/finalize',
    '/users',
    '/groups',
    '/podtemplates',
    '/configmaps/status',
  ],
  ...['apps/*', '*/*', '*/pods', '*/*/scale', 'apps/deployments/status', 'apps/secrets', 'batch/jobs/scale'],
  ...['rbac.authorization.k8s.io/clusterroles', 'rbac.authorization.k8s.io/clusterrolebindings'],
  ...['apiextensions.k8s.io/customresourcedefinitions', 'example.com/widgets', 'authentication.k8s.io/uids'],
  ...['authorization.k8s.io/subjectaccessreviews', 'storage.k8s.io/storageclasses', '/bindings/status'],
];
const PATHS = [
  '/',
  '/healthz',
  '/metrics',
  '/api',
  '/apis/apps/v1',
  '/openapi/v2',
  '/*',
  '*',
  '/logs/kubelet.log',
];
const OBJECTS = [null, null, null, 'web', 'aws-auth', '*', 'kube-system', 'default'];
/** A RoleBinding needs its namespace, so the API server can't tell about those that a pattern would cover later. */
const PLACES = [null, null, ...NAMESPACES];

const random = new Random(20_261_129);

const RULES = [...policyRules().values()].flat();
const PATH_VERBS = ['get', 'patch', 'delete', '*'];

/** About the holder's rules half of the time, so that many questions are allowed. */
function question({ policies }: Holder): AccessRequest {
  const kind = random.count(0, 9);
  if (kind === 0) return { verb: random.one(PATH_VERBS), path: random.one(PATHS) };
  const own = policies.flatMap(({ policyArn }) => policyRules().get(policyArn.split('/').at(-1) ?? '') ?? []);
  const rules = kind < 5 && own.length > 0 ? own : RULES;
  const rule = random.one(rules.filter(({ resources }) => resources.length > 0));
  const isOfRule = kind < 6;
  const target = isOfRule
    ? `${random.one(rule.apiGroups)}/${random.one(rule.resources)}`
    : random.one(OTHERS);
  const [apiGroup = '', resource = '', subresource = null] = target.split('/');
  const verb = isOfRule && kind > 1 ? random.one(rule.verbs) : random.one(VERBS);
  return { verb, apiGroup, resource, subresource, name: random.one(OBJECTS), namespace: random.one(PLACES) };
}

const EACH = Math.ceil(5000 / HOLDERS.length);
const QUESTIONS = HOLDERS.flatMap((holder) =>
  Array.from({ length: EACH }, () => ({ holder, request: question(holder) })),
);

test('the API server allows exactly what the program says of policies, in 5,000 questions', async () => {
  expect(QUESTIONS.length).toBeGreaterThanOrEqual(5000);
  const answers = await inParallel(QUESTIONS, 8, ({ holder, request }) => mayPerson(holder, request));
  const differing = QUESTIONS.flatMap(({ holder, request }, index) => {
    const said = allows(withoutRbac(), holder, request);
    return said === answers[index] ? [] : { holder, request, said, allowed: answers[index] };
  });
  expect(differing.slice(0, 20)).toEqual([]);
  const allowed = answers.filter((one) => one).length;
  console.log(`${answers.length} questions about ${HOLDERS.length} access entries, ${allowed} allowed`);
  expect(Math.min(allowed, answers.length - allowed)).toBeGreaterThan(answers.length / 10);
});

test('who --can names exactly the access entries whose policies allow it', async () => {
  const terminal = await openOfflineTerminal();
  const arnOf = ({ username }: Holder) => `arn:aws:iam::111122223333:role/${username}`;
  const entries = HOLDERS.map((one) =>
    accessEntry(arnOf(one), { username: one.username, policies: one.policies }),
  );
  const snapshot = inventory([account('111122223333')], [], { clusters: [eksCluster('API', entries)] });
  await writeFile(join(terminal.cwd, 'policies.json'), snapshotText(snapshot));
  const asked = QUESTIONS.flatMap(({ request }, index) => {
    const words = index % 101 === 0 ? wordsOf(request) : null;
    return words === null ? [] : { words, request };
  });
  expect(asked.length).toBeGreaterThan(20);
  const differing = await inParallel(asked, 2, async ({ words, request }) => {
    const command = `aws-auth-sso who --cluster prod --inventory policies.json ${words} -o json`;
    const { stdout, stderr, exitCode } = await terminal.bash(command);
    if (exitCode !== 0) return [{ words, stderr }];
    const rows: { readonly rolearn: string; readonly access: string }[] = JSON.parse(stdout);
    const named = new Set(rows.flatMap(({ rolearn, access }) => (access === 'granted' ? [rolearn] : [])));
    // Like every caller: each cluster grants some requests to all of them.
    const answers = await inParallel(HOLDERS, 8, (holder) =>
      mayPerson({ ...holder, groups: [...holder.groups, AUTHENTICATED] }, request),
    );
    return HOLDERS.filter((one, index) => named.has(arnOf(one)) !== answers[index]).map(({ username }) => {
      return { words, username };
    });
  });
  expect(differing.flat()).toEqual([]);
});

/** The options for a question; null for a request that kubectl can't send either. */
function wordsOf(request: AccessRequest): string | null {
  if ('path' in request)
    return request.path.startsWith('/') ? `--can '${request.verb} ${request.path}'` : null;
  const { verb, apiGroup, resource, subresource, name, namespace }: ResourceRequest = request;
  if ([apiGroup, resource, subresource, name].includes('*') || namespace === null) return null;
  if (!NAMESPACES.includes(namespace)) return null;
  const target = `${resource}.${apiGroup}${subresource === null ? '' : `/${subresource}`}`;
  return `--can '${[verb, target, name].filter(Boolean).join(' ')}' -n ${namespace}`;
}
