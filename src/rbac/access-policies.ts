import { type PublishedRule, policyData } from '../access-policy.ts';
import { type AccessPolicy, policyName } from '../eks.ts';
import { memo, once } from '../memo.ts';
import type { Binding, BoundRole, PolicyRule, RbacRole } from './model.ts';
import { type AccessRequest, reaches } from './request.ts';

/** The rules of each access policy whose rules are known, by the policy's name. */
export function policyRules(): ReadonlyMap<string, readonly PolicyRule[]> {
  return new Map(
    Object.entries(policyData().policies).flatMap(([name, { rules }]) =>
      rules ? [[name, rules.map(wholeRule)]] : [],
    ),
  );
}

function wholeRule({
  verbs,
  apiGroups = [],
  resources = [],
  nonResourceURLs = [],
}: PublishedRule): PolicyRule {
  return { verbs, apiGroups, resources, resourceNames: [], nonResourceURLs };
}

/**
 * An access policy as roles that are bound: at cluster scope as by a ClusterRoleBinding, otherwise as by a RoleBinding
 * in each of its namespaces, whose name may have `*`. Empty if the policy's rules are unknown: what it allows is, too.
 */
export const boundPolicy: (policy: AccessPolicy) => readonly BoundRole[] = memo((policy) =>
  sharedRoles(policy),
);

/** Entries with the same policy share its roles, for which much is cached. */
const sharedRoles = memo(
  (policy: AccessPolicy): readonly BoundRole[] => {
    const role = policyRoles().get(policyName(policy));
    if (!role) return [];
    return namespacesOf(policy).map((namespace) => {
      return { role, binding: bindingOf(policy, namespace), subject: HOLDER };
    });
  },
  (policy) => JSON.stringify(policy),
);

/** True if a policy applies where a request is made, whatever its rules allow. */
export function policyReaches(policy: AccessPolicy, request: AccessRequest, isAnywhere: boolean): boolean {
  return namespacesOf(policy).some((namespace) => reaches(bindingOf(policy, namespace), request, isAnywhere));
}

function namespacesOf({ scope }: AccessPolicy): readonly (string | null)[] {
  return scope === 'cluster' ? [null] : [...new Set(scope.namespaces)];
}

/** The binding that a policy amounts to, in a namespace or (null) cluster-wide; its rules may be unknown. */
function bindingOf(policy: AccessPolicy, namespace: string | null): Binding {
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

/** Everyone with access through the access entry. */
const HOLDER = { kind: 'AccessEntry', name: '', namespace: null } as const;
