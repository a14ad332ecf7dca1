import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { expect, inject, vi } from 'vitest';
import type { AccessRequest } from '../../src/rbac/request.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import type { Manifest, Person } from './rbac-sets.ts';

/** What the tests of RBAC do with the cluster. */

export const API = '/apis/rbac.authorization.k8s.io/v1';
export const KINDS = 'clusterroles,clusterrolebindings,roles,rolebindings';

/** All roles and bindings, as somebody exports them. */
export function dumpRbac(): Promise<string> {
  return kubectl(['get', KINDS, '-A', '-o', 'yaml']);
}

/** Runs kubectl as an administrator. Answers what it prints. */
export async function kubectl(words: readonly string[], stdin = ''): Promise<string> {
  const all = ['--kubeconfig', inject('cluster').adminKubeconfig, ...words];
  const running = promisify(execFile)('kubectl', all, { maxBuffer: 1e9 });
  running.child.stdin?.end(stdin);
  return (await running).stdout;
}

/** Where a manifest is created. */
export function pathOf({ kind, metadata: { namespace } }: Manifest): string {
  const plural = `${kind.toLowerCase()}s`;
  return namespace === undefined ? `${API}/${plural}` : `${API}/namespaces/${namespace}/${plural}`;
}

/** Makes those that no other test has made. */
export async function requireNamespaces(names: readonly string[]): Promise<void> {
  for (const name of names)
    await callApi('POST', '/api/v1/namespaces', adminToken(), { metadata: { name } }).catch(
      (error: Error) => {
        if (!error.message.includes(': 409 ')) throw error;
      },
    );
}

/** Other files have the same cluster, and some bindings are for everybody. */
export async function deleteBindings(manifests: readonly Manifest[]): Promise<void> {
  const bindings = manifests.filter(({ roleRef }) => roleRef);
  await inParallel(bindings, 8, (one) =>
    callApi('DELETE', `${pathOf(one)}/${one.metadata.name}`, adminToken()),
  );
}

/** So often nothing new is found: two seconds, where the controller takes some ten milliseconds for a role. */
const CALM = 10;

const listSchema = v.object({
  items: v.array(v.object({ metadata: v.object({ name: v.string(), resourceVersion: v.string() }) })),
});

/** The controller writes into aggregated roles, which others take in, until nothing is left to do. */
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

/** Asks for somebody else, who is in exactly these groups: who gets in is in system:authenticated, too. */
export async function mayPerson({ username, groups }: Person, request: AccessRequest): Promise<boolean> {
  const spec = { ...attributesOf(request), user: username, groups };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  return reviewed(await callApi('POST', path, adminToken(), review));
}

/** What a review asks. */
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
