import type { Binding, PolicyRule, RbacRole } from './model.ts';

/**
 * The roles that the API server makes in every cluster and that people bind (plugin/pkg/auth/authorizer/rbac/bootstrappolicy):
 * manifests in Git refer to them, and do not hold them.
 */
export function defaultRoles(): readonly RbacRole[] {
  return [clusterRole('cluster-admin', [resources(['*'], ['*'], ['*']), paths(['*'], ['*'])])];
}

/** The bindings that give everybody a role in every cluster. */
export function defaultBindings(): readonly Binding[] {
  return [];
}

function clusterRole(name: string, rules: readonly PolicyRule[]): RbacRole {
  return { kind: 'ClusterRole', name, namespace: null, rules, location: null };
}

const NONE = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

function resources(
  verbs: readonly string[],
  apiGroups: readonly string[],
  names: readonly string[],
): PolicyRule {
  return { ...NONE, verbs, apiGroups, resources: names };
}

function paths(verbs: readonly string[], nonResourceURLs: readonly string[]): PolicyRule {
  return { ...NONE, verbs, nonResourceURLs };
}
