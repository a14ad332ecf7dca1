import type { KubernetesIdentity } from '../../src/aws-auth/resolve-caller.ts';
import type { Authorizer } from '../../src/rbac/authorizer.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import type { BoundRole, PolicyRule, Subject } from '../../src/rbac/model.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { type AccessRequest, rolesAllowing } from '../../src/rbac/request.ts';

/** A rule, without its empty fields. */
export type Names = Partial<Record<keyof PolicyRule, readonly string[]>>;

/** `create,patch apps deployments/scale [names]` or `get /path`, with `; ` between several; the core group is `core`, the empty name `""`. */
export function rulesOf(written: string): Names[] {
  return written.split('; ').map((rule) => {
    const [verbs = '', group = '', resources = '', names] = rule.split(' ');
    if (group.startsWith('/')) return { verbs: verbs.split(','), nonResourceURLs: group.split(',') };
    return {
      verbs: verbs.split(','),
      apiGroups: group.split(',').map((one) => (one === 'core' ? '' : one)),
      resources: resources.split(','),
      ...(names !== undefined && { resourceNames: names.split(',').map((name) => name.replace('""', '')) }),
    };
  });
}

/** A manifest of a role, as JSON. */
export function role(name: string, rules: readonly Names[], namespace?: string, more: object = {}): string {
  return manifest(namespace === undefined ? 'ClusterRole' : 'Role', name, namespace, { rules, ...more });
}

/** A manifest of a binding, as JSON; `Group dev`, `ServiceAccount ci/bot`. Cluster-wide without a namespace. */
export function binding(
  name: string,
  roleRef: string,
  subjects: readonly string[],
  namespace?: string,
): string {
  const [kind, roleName] = roleRef.split('/', 2);
  return manifest(namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding', name, namespace, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: roleName },
    subjects: subjects.map(subject),
  });
}

function subject(written: string): Partial<Subject> {
  const [kind, ...words] = written.split(' ');
  const name = words.join(' ');
  if (kind !== 'ServiceAccount') return { kind: kind === 'User' ? 'User' : 'Group', name };
  const [namespace, account = ''] = name.split('/');
  return { kind, name: account, namespace: namespace ?? null };
}

function manifest(kind: string, name: string, namespace: string | undefined, content: object): string {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, ...content });
}

/** The authorizer for manifests. */
export function authorizerOf(...manifests: readonly string[]): Authorizer {
  return combineRbac([readRbacFile(manifests.join('\n---\n'), 'rbac.yaml')]).authorizer;
}

/** Permissions that a role with these rules grants its only group, `team`, everywhere. */
export function authorizerFor(...rules: readonly Names[]): Authorizer {
  return authorizerOf(role('r', rules), binding('b', 'ClusterRole/r', ['Group team']));
}

/** The roles of a group's members, without those of everyone. */
export function rolesOfGroup(authorizer: Authorizer, group: string): readonly BoundRole[] {
  return authorizer.ofName('Group', group).roles.get(group) ?? [];
}

/** All roles of a user, including those of everyone. */
export function rolesOf(authorizer: Authorizer, user: KubernetesIdentity): BoundRole[] {
  const { own, everybody } = authorizer.rightsOf(user);
  return [...own, ...everybody];
}

/** True if the API server allows a user's request. */
export function allows(authorizer: Authorizer, user: KubernetesIdentity, request: AccessRequest): boolean {
  const { isMaster } = authorizer.rightsOf(user);
  return isMaster || rolesAllowing(rolesOf(authorizer, user), request).length > 0;
}

/** `get apps|deployments|scale web` in a namespace, or `get /path`; the group is empty for the core. */
export function request(text: string, namespace: string | null = 'ns'): AccessRequest {
  const [verb = '', target = '', name = null] = text.split(' ');
  if (target.startsWith('/')) return { verb, path: target };
  const [apiGroup = '', resource = '', subresource = null] = target.split('|');
  return { verb, apiGroup, resource, subresource, name, namespace };
}
