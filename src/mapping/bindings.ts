import { type Finding, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { type Binding, manifestId } from '../rbac/model.ts';
import { adminsFinding, risksOf, throughText } from '../rbac/risks.ts';
import { compareStrings, listed, quoted } from '../text.ts';
import type { Mapping } from './mapping.ts';

/** The bindings that mappings state, each once, sorted. */
export function bindingsOf(mappings: readonly Mapping[]): Binding[] {
  const all = mappings.flatMap(({ bind, groups, origin: { location = null } }) =>
    bind.flatMap(({ role, namespaces }) =>
      (namespaces ?? [null]).flatMap((namespace) =>
        groups.map(
          (group): Binding => ({
            kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
            name: `aws-auth-sso:${nameOf(group)}:${nameOf(role)}`,
            namespace,
            roleRef: { kind: 'ClusterRole', name: role },
            subjects: [{ kind: 'Group', name: group, namespace: null }],
            location,
          }),
        ),
      ),
    ),
  );
  return [...groupBy(all, manifestId)]
    .sort(([one], [other]) => compareStrings(one, other))
    .flatMap(([, [first]]) => first ?? []);
}

/**
 * Escapes a group or role for a binding's name: `team/payments` becomes `team=2Fpayments`. Reversible, so that two pairs of
 * a group and a role never share a name.
 */
function nameOf(text: string): string {
  return text.replace(/[^\w.-]/g, (character) => `=${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Warnings about groups that bindings make cluster admins, or that can become cluster admins.
 * @param authorizer knows the roles of every cluster; others are unknown
 */
export function boundAdmins(bindings: readonly Binding[], authorizer: Authorizer): Finding[] {
  const bound = bindings.flatMap((binding) => {
    const role = authorizer.roleOf(binding);
    return role ? binding.subjects.map((subject) => ({ role, binding, subject })) : [];
  });
  const found = [...groupBy(bound, ({ subject }) => subject.name)].flatMap(([group, roles]) =>
    [...groupBy(risksOf(roles, authorizer), (risk) => throughText(risk))].map(([through, risks]) => {
      const isAdmin = risks.some(({ risk }) => risk === 'cluster-admin');
      const texts = risks.map(({ text }) => text).join(', ');
      return { by: isAdmin ? through : `${texts} through ${through}`, isAdmin, group };
    }),
  );
  return [...groupBy(found, ({ by }) => by)].map(([by, same]) => {
    const groups = same.map(({ group }) => `group ${quoted(group)}`);
    return adminsFinding(by, same.some(({ isAdmin }) => isAdmin) ? 'cluster-admin' : 'rbac-risk', groups);
  });
}

/** Warns about groups that mappings for different accounts share: bindings apply to all members of a group in a cluster. */
export function sharedGroups(mappings: readonly Mapping[]): Finding[] {
  const bound = new Set(mappings.flatMap(({ bind, groups }) => (bind.length > 0 ? groups : [])));
  const shared = [...bound].filter((group) => {
    const scopes = mappings.filter(({ groups }) => groups.includes(group)).map(({ accounts }) => accounts);
    const texts = scopes.map((accounts) =>
      accounts
        ?.map((one) => JSON.stringify(one))
        .toSorted()
        .join(),
    );
    return new Set(texts).size > 1;
  });
  if (shared.length === 0) return [];
  const message = `mappings for different accounts share these groups, and each cluster gets the bindings of all of them: ${listed(shared.map(quoted))}`;
  const help = 'Use a group for each, or a config for each cluster.';
  return [warning('shared-group', message, { help })];
}
