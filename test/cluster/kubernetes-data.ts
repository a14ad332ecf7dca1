import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect } from 'vitest';
import { singularOf } from '../../src/rbac/resources.ts';
import { adminToken, callApi } from './api.ts';
import { CUSTOM_GROUP } from './rbac-sets.ts';

/** A file of src/rbac/data, without its date. */
interface KubernetesData {
  /** `1.36` */
  readonly version: string;
  readonly source: string;
  readonly manifests: readonly object[];
  readonly resources: readonly object[];
}

/** Reads from the API server what it creates in every cluster, and what it serves. */
export async function readKubernetesData(): Promise<KubernetesData> {
  const { major, minor } = await get('/version', versionSchema);
  const manifests = await Promise.all(KINDS.map(defaultManifests));
  return {
    version: `${major}.${minor}`,
    source: `kube-apiserver ${builtVersion()}`,
    manifests: manifests.flat(),
    resources: await servedResources(),
  };
}

/** The text of a file in src/rbac/data: a line for each rule, binding and resource, so that a diff shows them. */
export function dataText({ manifests, resources, ...about }: KubernetesData, date: string): string {
  const lines = (name: string, items: readonly string[]) =>
    `  "${name}": [\n    ${items.join(',\n    ')}\n  ]`;
  const members = Object.entries({ ...about, date }).map(([name, value]) => `  "${name}": ${lineOf(value)}`);
  const parts = [
    ...members,
    lines('manifests', manifests.map(manifestText)),
    lines('resources', resources.map(lineOf)),
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}

function manifestText(manifest: object): string {
  if (!('rules' in manifest && Array.isArray(manifest.rules))) return lineOf(manifest);
  const rules = manifest.rules.map((rule) => `      ${lineOf(rule)}`).join(',\n');
  return lineOf({ ...manifest, rules: [] }).replace(/\[\] }$/, `[\n${rules}\n    ] }`);
}

function lineOf(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
}

const versionSchema = v.object({ major: v.string(), minor: v.string() });

/** `v1.36.3`: one that is built with `go build` does not report its own. */
function builtVersion(): string | undefined {
  const modules = readFileSync(join(import.meta.dirname, 'control-plane/go.mod'), 'utf8');
  return /\bk8s\.io\/kubernetes (v\S+)/.exec(modules)?.[1];
}

const KINDS = ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'];

const objectSchema = v.object({
  metadata: v.object({
    name: v.string(),
    namespace: v.optional(v.string()),
    labels: v.optional(v.record(v.string(), v.string())),
  }),
  aggregationRule: v.optional(v.unknown()),
  rules: v.nullish(v.array(v.unknown())),
  roleRef: v.optional(v.unknown()),
  subjects: v.optional(v.array(v.unknown())),
});

async function defaultManifests(kind: string): Promise<object[]> {
  const path = `/apis/rbac.authorization.k8s.io/v1/${kind.toLowerCase()}s`;
  const { items } = await get(path, v.object({ items: v.array(objectSchema) }));
  // Other tests create roles and bindings in the same cluster.
  const own = items.filter(
    ({ metadata: { labels } }) => labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults',
  );
  return own.map(({ rules, ...manifest }) => {
    // A cluster's controller writes the rules of aggregated roles.
    const isPlain = rules && !manifest.aggregationRule;
    return { kind, ...manifest, ...(isPlain && { rules }) };
  });
}

const groupsSchema = v.object({
  groups: v.array(v.object({ name: v.string(), preferredVersion: v.object({ groupVersion: v.string() }) })),
});

const resourcesSchema = v.object({
  resources: v.array(
    v.object({
      name: v.string(),
      singularName: v.string(),
      kind: v.string(),
      namespaced: v.boolean(),
      shortNames: v.optional(v.array(v.string()), []),
    }),
  ),
});

/** In the order in which kubectl resolves names. */
async function servedResources(): Promise<object[]> {
  const { groups } = await get('/apis', groupsSchema);
  const paths = groups
    .filter(({ name }) => name !== CUSTOM_GROUP)
    .map(({ name, preferredVersion }) => [name, `/apis/${preferredVersion.groupVersion}`] as const);
  const served: object[] = [];
  for (const [apiGroup, path] of [['', '/api/v1'] as const, ...paths]) {
    const { resources } = await get(path, resourcesSchema);
    for (const { name, singularName, kind, namespaced, shortNames } of resources) {
      if (name.includes('/')) continue;
      if (name !== 'endpoints') expect(singularOf(name)).toBe(singularName);
      expect(kind.toLowerCase()).toBe(singularName);
      const parts = resources.map((one) => one.name.split('/', 2));
      const subresources = parts.flatMap(([of, part]) => (of === name && part !== undefined ? part : []));
      served.push({ name, apiGroup, shortNames, isNamespaced: namespaced, subresources });
    }
  }
  return served;
}

async function get<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, await callApi('GET', path, adminToken()));
}
