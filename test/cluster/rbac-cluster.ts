import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { expect, inject, vi } from 'vitest';
import type { AccessRequest } from '../../src/rbac/request.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import type { Manifest, Person } from './rbac-sets.ts';

/** Cluster helpers of the RBAC tests. */

export const API = '/apis/rbac.authorization.k8s.io/v1';
export const KINDS = 'clusterroles,clusterrolebindings,roles,rolebindings';

/** All roles and bindings, as users export them. */
export function dumpRbac(): Promise<string> {
  return kubectl(['get', KINDS, '-A', '-o', 'yaml']);
}

/** Runs kubectl as cluster admin. Returns its output. */
export async function kubectl(words: readonly string[], stdin = ''): Promise<string> {
  const all = ['--kubeconfig', inject('cluster').adminKubeconfig, ...words];
  const running = promisify(execFile)('kubectl', all, { maxBuffer: 1e9 });
  running.child.stdin?.end(stdin);
  return (await running).stdout;
}

/** The path to create a manifest at. */
export function pathOf({ kind, metadata: { namespace } }: Manifest): string {
  const plural = `${kind.toLowerCase()}s`;
  return namespace === undefined ? `${API}/${plural}` : `${API}/namespaces/${namespace}/${plural}`;
}

/** Creates namespaces that no other test has created. */
export async function requireNamespaces(names: readonly string[]): Promise<void> {
  for (const name of names)
    await callApi('POST', '/api/v1/namespaces', adminToken(), { metadata: { name } }).catch(
      (error: Error) => {
        if (!error.message.includes(': 409 ')) throw error;
      },
    );
}

/** Cleans up, because other files share the cluster and some bindings are for everyone. */
export async function deleteBindings(manifests: readonly Manifest[]): Promise<void> {
  const bindings = manifests.filter(({ roleRef }) => roleRef);
  await inParallel(bindings, 8, (one) =>
    callApi('DELETE', `${pathOf(one)}/${one.metadata.name}`, adminToken()),
  );
}

/**
 * Number of polls without a change: two seconds, although the controller takes only about ten milliseconds for a role.
 */
const CALM = 10;

const listSchema = v.object({
  items: v.array(v.object({ metadata: v.object({ name: v.string(), resourceVersion: v.string() }) })),
});

/** Waits until the controller has finished writing aggregated roles, which may select each other. */
export async function requireAggregated(): Promise<void> {
  const versions = async () => {
    const { items } = v.parse(listSchema, await callApi('GET', `${API}/clusterroles`, adminToken()));
    return items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).join('\n');
  };
  const known: string[] = [];
  await vi.waitFor(
    async () => {
      known.push(await versions());
      expect(known.length).toBeGreaterThan(CALM);
      expect(new Set(known.slice(-CALM)).size).toBe(1);
    },
    { timeout: 120_000, interval: 200 },
  );
}

/** Asks on behalf of a user in exactly these groups; a caller with access is also in system:authenticated. */
export async function mayPerson({ username, groups }: Person, request: AccessRequest): Promise<boolean> {
  const spec = { ...attributesOf(request), user: username, groups };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  return reviewed(await callApi('POST', path, adminToken(), review));
}

/** The attributes of a review. */
export function attributesOf(request: AccessRequest): object {
  if ('path' in request) return { nonResourceAttributes: request };
  const { apiGroup, subresource, name, namespace, ...rest } = request;
  const words = {
    group: apiGroup,
    subresource: subresource ?? '',
    name: name ?? '',
    namespace: namespace ?? '',
  };
  return { resourceAttributes: { ...rest, ...words } };
}

const reviewSchema = v.object({ status: v.object({ allowed: v.boolean() }) });

export function reviewed(answer: unknown): boolean {
  return v.parse(reviewSchema, answer).status.allowed;
}
