import { type AccessPolicy, policyName } from '../access-entry.ts';
import { memo, once } from '../memo.ts';
import type { Binding, BoundRole, RbacRole } from './model.ts';
import { policyRules } from './policy-rules.ts';

/**
 * An access policy as roles that are bound: at cluster scope as by a ClusterRoleBinding, otherwise as by a RoleBinding
 * in each of its namespaces, whose name may end with `*`. Empty if AWS doesn't publish the policy's rules: what it
 * allows is unknown.
 */
export const boundPolicy: (policy: AccessPolicy) => readonly BoundRole[] = memo(
  (policy: AccessPolicy): readonly BoundRole[] => {
    const role = policyRoles().get(policyName(policy));
    if (!role) return [];
    const namespaces = policy.scope === 'cluster' ? [null] : [...new Set(policy.scope.namespaces)];
    return namespaces.map((namespace) => ({ role, binding: bindingOf(policy, namespace), subject: HOLDER }));
  },
  (policy) => JSON.stringify(policy),
);

/** True if AWS publishes the rules of a policy. */
export function hasPublishedRules(policy: AccessPolicy): boolean {
  return policyRoles().has(policyName(policy));
}

/** The binding that a policy amounts to, in a namespace or (null) cluster-wide; its rules may be unknown. */
export function bindingOf(policy: AccessPolicy, namespace: string | null): Binding {
  const name = policyName(policy);
  const roleRef = { kind: 'AccessPolicy', name } as const;
  return { kind: 'AccessPolicy', name, namespace, roleRef, subjects: [HOLDER], location: null };
}

const policyRoles = once(
  (): ReadonlyMap<string, RbacRole> =>
    new Map(
      [...policyRules()].map(([name, rules]) => [
        name,
        { kind: 'AccessPolicy', name, namespace: null, rules, location: null },
      ]),
    ),
);

/** Whoever has access through the access entry. */
const HOLDER = { kind: 'AccessEntry', name: '', namespace: null } as const;
