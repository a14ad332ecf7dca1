import * as v from 'valibot';
import {
  KINDS,
  type KubernetesData,
  manifestsOf,
  objectsSchema,
  resourcesOf,
  resourcesSchema,
} from '../kubernetes-data/data.ts';
import { adminToken, callApi } from './api.ts';
import { API } from './rbac-cluster.ts';
import { CUSTOM_GROUP } from './rbac-sets.ts';

const versionSchema = v.object({ major: v.string(), minor: v.string() });
const groupsSchema = v.object({
  groups: v.array(v.object({ name: v.string(), preferredVersion: v.object({ groupVersion: v.string() }) })),
});

/** Returns `1.36`. */
export async function servedVersion(): Promise<string> {
  const { major, minor } = await get('/version', versionSchema);
  return `${major}.${minor}`;
}

/** Reads from the API server what it creates in every cluster, and what it serves. */
export async function servedKubernetesData(): Promise<KubernetesData> {
  const manifests = await Promise.all(KINDS.map(createdManifests));
  return {
    version: await servedVersion(),
    manifests: manifests.flat(),
    resources: await servedResources(),
  };
}

async function createdManifests(kind: string): Promise<object[]> {
  const { items } = await get(`${API}/${kind.toLowerCase()}s`, v.object({ items: objectsSchema }));
  // Other tests create roles and bindings in the same cluster.
  const isOwn = ({ metadata: { labels } }: (typeof items)[number]) =>
    labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults';
  return manifestsOf(kind, items.filter(isOwn));
}

async function servedResources(): Promise<object[]> {
  const { groups } = await get('/apis', groupsSchema);
  const paths = groups
    .filter(({ name }) => name !== CUSTOM_GROUP)
    .map(({ name, preferredVersion }) => [name, `/apis/${preferredVersion.groupVersion}`] as const);
  const served = await Promise.all(
    [['', '/api/v1'] as const, ...paths].map(async ([apiGroup, path]) =>
      resourcesOf(apiGroup, await get(path, resourcesSchema)),
    ),
  );
  return served.flat();
}

async function get<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, await callApi('GET', path, adminToken()));
}
