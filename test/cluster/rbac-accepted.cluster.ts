import { expect, test } from 'vitest';
import { readRbacFile } from '../../src/rbac/read.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import { Random } from './rbac-sets.ts';

/** Manifests that the API server accepts are all understood, whatever they state. The API server decides which those are. */

const API = 'rbac.authorization.k8s.io';
const GROUP = { kind: 'Group', apiGroup: API, name: 'team' };
const ADMIN = { kind: 'ClusterRole', apiGroup: API, name: 'cluster-admin' };
const RULE = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Manifest = { readonly [key: string]: Json };

const ACCOUNT = { kind: 'ServiceAccount', namespace: 'default', name: 'bot' };
const EXPRESSIONS = [
  { key: 'a', operator: 'In', values: ['x'] },
  { key: 'example.com/a', operator: 'Exists' },
];
/** Manifests that the API server accepts. */
const GOOD: readonly Manifest[] = [
  manifest('ClusterRole', { rules: [RULE, { verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] }] }),
  manifest('ClusterRole', {
    rules: [{ ...RULE, resourceNames: ['web'] }],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' }, matchExpressions: EXPRESSIONS }] },
  }),
  manifest('Role', { rules: [RULE] }, 'default'),
  manifest('ClusterRoleBinding', { roleRef: ADMIN, subjects: [GROUP, ACCOUNT] }),
  manifest('RoleBinding', { roleRef: { ...ADMIN, kind: 'Role' }, subjects: [ACCOUNT, GROUP] }, 'default'),
];

function manifest(kind: string, content: Manifest, namespace?: string): Manifest {
  const metadata = { name: 'judged', labels: { a: 'b' }, ...(namespace !== undefined && { namespace }) };
  return { apiVersion: `${API}/v1`, kind, metadata, ...content };
}

/** Values that may be written in place of any value. */
const INSTEAD: readonly Json[] = [
  '',
  'x',
  'X',
  'a b',
  'a/b',
  'a%b',
  '..',
  'v1',
  `${API}/v1`,
  `${API}/v1beta1`,
  API,
  'core',
  '*',
  '-a',
  'a_b',
  'ä',
  'User',
  'Group',
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'In',
  'NotIn',
  'Exists',
  'DoesNotExist',
  'Equals',
  'x'.repeat(64),
  'x'.repeat(254),
  null,
  true,
  5,
  [],
  ['x'],
  [''],
  ['a b'],
  ['*'],
  [null],
  [{}],
  {},
  { a: 'b' },
  { a: 'a b' },
  { 'a b': 'x' },
  { a: true },
];

test('every manifest that the API server accepts is read', async () => {
  const manifests = [...GOOD, ...mutations(2500, 20_261_128)];
  const different = [...new Set(manifests.map((one) => JSON.stringify(one)))];
  const areAccepted = await inParallel(different, 8, (text) => isAccepted(JSON.parse(text)));
  const accepted = different.filter((_, index) => areAccepted[index]);
  expect(accepted.length).toBeGreaterThan(300);
  const unread = accepted.flatMap((text) => {
    const problem = problemOf(text);
    return problem === null ? [] : { problem, text };
  });
  expect(unread.slice(0, 30)).toEqual([]);
});

/** Sends an object as kubectl applies a new one. */
async function isAccepted({ apiVersion, kind, metadata, ...rest }: Manifest): Promise<boolean> {
  const plural = `${String(kind).toLowerCase()}s`;
  const within = kind === 'Role' || kind === 'RoleBinding' ? 'namespaces/default/' : '';
  const path = `/apis/${String(apiVersion)}/${within}${plural}?dryRun=All&fieldValidation=Strict`;
  try {
    await callApi('POST', path, adminToken(), { apiVersion, kind, metadata, ...rest });
    return true;
  } catch (error) {
    if (/: (?:400|404|422) /.test(String(error))) return false;
    throw error;
  }
}

/** The program's message about a manifest that it doesn't read. */
function problemOf(text: string): string | null {
  try {
    return readRbacFile(text, 'judged.json').findings[0]?.message ?? null;
  } catch (error) {
    return String(error);
  }
}

function mutations(count: number, seed: number): Manifest[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const one = random.one(GOOD);
    const path = random.one(pathsOf(one));
    if (random.chance(0.15)) return renamed(one, path, random.one(['s', 'x', ' ']));
    return withValueAt(one, path, random.chance(0.2) ? undefined : random.one(INSTEAD)) as Manifest;
  });
}

type Path = readonly (string | number)[];

/** Paths of all values except the kind and API version of RBAC and the namespace, which must match the URL. */
function pathsOf(value: Json, path: Path = []): Path[] {
  const parts = Array.isArray(value)
    ? [...value.entries()]
    : value && typeof value === 'object'
      ? Object.entries(value)
      : [];
  const inner = parts.flatMap(([key, one]) => pathsOf(one, [...path, key]));
  return FIXED.includes(path.join('.')) ? [] : path.length === 0 ? inner : [path, ...inner];
}

const FIXED = ['kind', 'metadata.namespace'];

/** The manifest with a misspelled key. */
function renamed(whole: Manifest, path: Path, letter: string): Manifest {
  const text = JSON.stringify(whole);
  const key = path.findLast((one) => typeof one === 'string') ?? '';
  return JSON.parse(text.replace(JSON.stringify(key), JSON.stringify(`${key}${letter}`)));
}

/** @param value undefined removes it */
function withValueAt(whole: Json, [key, ...rest]: Path, value: Json | undefined): Json {
  if (key === undefined) return value ?? null;
  const isGone = rest.length === 0 && value === undefined;
  if (Array.isArray(whole))
    return whole.flatMap((one, index) =>
      index !== key ? [one] : isGone ? [] : [withValueAt(one, rest, value)],
    );
  const members = Object.entries(whole as Manifest);
  return Object.fromEntries(
    members.flatMap(([name, one]) =>
      name !== key ? [[name, one]] : isGone ? [] : [[name, withValueAt(one, rest, value)]],
    ),
  );
}
