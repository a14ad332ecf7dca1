import { expect, test } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { defaultBindings, defaultRoles } from '../../src/rbac/default-roles.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { type KubernetesResource, servedResources, singularOf } from '../../src/rbac/resources.ts';
import { adminToken, callApi } from './api.ts';
import { CUSTOM_GROUP } from './rbac-sets.ts';

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly singularName: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly shortNames?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly preferredVersion: { readonly groupVersion: string };
  }[];
}

const get = (path: string) => callApi('GET', path, adminToken());

test('the table of resources matches the API server', async () => {
  const { groups } = (await get('/apis')) as GroupList;
  const paths = [
    ['', '/api/v1'] as const,
    ...groups.map(({ name, preferredVersion }) => [name, `/apis/${preferredVersion.groupVersion}`] as const),
  ].filter(([apiGroup]) => apiGroup !== CUSTOM_GROUP);
  const served = [];
  for (const [apiGroup, path] of paths)
    served.push(...resourcesIn(apiGroup, (await get(path)) as ResourceList));
  expect([...servedResources].map(sorted).sort(byName)).toEqual(served.map(sorted).sort(byName));
  expect([...new Set(servedResources.map(({ apiGroup }) => apiGroup))]).toEqual(
    paths.map(([apiGroup]) => apiGroup),
  );
});

function resourcesIn(apiGroup: string, { resources }: ResourceList): KubernetesResource[] {
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, singularName, kind, namespaced, shortNames = [] }) => {
      if (name !== 'endpoints') expect(singularOf(name)).toBe(singularName);
      expect(kind.toLowerCase()).toBe(singularName);
      const subresources = resources.flatMap((one) =>
        one.name.startsWith(`${name}/`) ? one.name.slice(name.length + 1) : [],
      );
      return { name, apiGroup, shortNames, isNamespaced: namespaced, subresources };
    });
}

function sorted(resource: KubernetesResource): KubernetesResource {
  return { ...resource, subresources: [...resource.subresources].sort() };
}

function byName(one: KubernetesResource, other: KubernetesResource): number {
  return `${one.apiGroup} ${one.name}` < `${other.apiGroup} ${other.name}` ? -1 : 1;
}

const KINDS = ['clusterroles', 'roles', 'clusterrolebindings', 'rolebindings'];
const API = '/apis/rbac.authorization.k8s.io/v1';

test('the default roles and bindings match those that the API server creates', async () => {
  const listed = async (plural: string) => (await get(`${API}/${plural}`)) as { readonly items: Labelled[] };
  const lists = await Promise.all(KINDS.map(listed));
  const files = lists.map(({ items, ...list }, index) =>
    readRbacFile(JSON.stringify({ ...list, items: items.filter(isDefault) }), `${KINDS[index]}.json`),
  );
  const roles = files
    .flatMap((file) => file.roles)
    // A cluster's controller writes rules into aggregated roles.
    .map((role) => ({ ...role, isLive: false, location: null, rules: role.selectors ? [] : role.rules }));
  const bindings = files
    .flatMap((file) => file.bindings)
    .map((binding) => ({ ...binding, isLive: undefined, location: null }));
  expect(roles.length + bindings.length).toBe(lists.flatMap(({ items }) => items.filter(isDefault)).length);
  expect(roles.filter(({ kind }) => kind === 'ClusterRole').length).toBe(69);
  expect([...defaultRoles()].sort(byPlace)).toEqual(roles.sort(byPlace));
  expect([...defaultBindings()].sort(byPlace)).toEqual(bindings.sort(byPlace));
  expect(combineRbac(files).findings.filter(({ code }) => code === 'rbac-partial')).toEqual([]);
});

interface Labelled {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

/** Ignores roles and bindings that other tests create in the same cluster. */
function isDefault({ metadata }: Labelled): boolean {
  return metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults';
}

interface Placed {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

function byPlace(one: Placed, other: Placed): number {
  const textOf = ({ kind, namespace, name }: Placed) => `${kind} ${namespace} ${name}`;
  return textOf(one) < textOf(other) ? -1 : 1;
}
