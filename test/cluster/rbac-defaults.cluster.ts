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

test('the table of resources is what the API server serves', async () => {
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

/** Those of controllers, which nobody binds. */
const OF_CONTROLLERS = /^system:(controller:|kube-controller-manager$|:leader-locking-)/;
const FROM_KUBERNETES = 'kubernetes.io/bootstrapping';
const API = '/apis/rbac.authorization.k8s.io/v1';

test('the default roles and bindings are those that the API server makes', async () => {
  const listed = async (plural: string) =>
    readRbacFile(JSON.stringify(await get(`${API}/${plural}`)), `${plural}.json`);
  const files = await Promise.all(['clusterroles', 'roles', 'clusterrolebindings'].map(listed));
  const roles = files
    .flatMap((file) => file.roles)
    .filter(({ name, labels }) => labels.has(FROM_KUBERNETES) && !OF_CONTROLLERS.test(name))
    // The controller of a cluster writes rules into those that aggregate others.
    .map((role) => ({ ...role, isLive: false, location: null, rules: role.selectors ? [] : role.rules }));
  expect([...defaultRoles()].sort(byText)).toEqual(roles.sort(byText));
  const names = new Set(roles.map(({ name }) => name));
  const bindings = files
    .flatMap((file) => file.bindings)
    .filter(({ roleRef }) => names.has(roleRef.name))
    .filter(({ name }) => name.startsWith('system:') || name === 'cluster-admin')
    .map((binding) => ({ ...binding, location: null }));
  expect([...defaultBindings()].sort(byText)).toEqual(bindings.sort(byText));
  const { findings } = combineRbac([...files, await listed('rolebindings')]);
  expect(findings.filter(({ code }) => code === 'rbac-partial')).toEqual([]);
});

function byText(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
