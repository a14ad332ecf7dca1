import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import type { LabelSelector, Labels, PolicyRule, RbacRole, Requirement, WrittenRole } from './model.ts';

/**
 * Fills in the rules of aggregated roles like the cluster's controller (kubernetes,
 * pkg/controller/clusterroleaggregation): the rules of the selected roles replace a role's own, if they have any.
 * A role from a server already has them; the other files may add roles that it selects.
 */
export function aggregated(roles: readonly WrittenRole[]): RbacRole[] {
  const select = selection(roles);
  const selectedBy = (role: WrittenRole) =>
    (role.selectors ?? []).flatMap(select).filter((other) => other !== role);
  /** Directly and through other aggregated roles. */
  const takenBy = memo((role: WrittenRole): ReadonlySet<WrittenRole> => {
    const taken = new Set(selectedBy(role));
    for (const one of taken) for (const next of selectedBy(one)) taken.add(next);
    return taken;
  });
  const ownRules = (role: WrittenRole): readonly PolicyRule[] => {
    const taken = takenBy(role);
    // For roles that aggregate each other, the controller's order decides whose own rules remain, so all of them count.
    const staysAsItIs = role.isLive || taken.has(role) || [...taken].every(({ rules }) => rules.length === 0);
    return staysAsItIs ? role.rules : [];
  };
  return roles.map((role) =>
    role.selectors ? { ...role, rules: distinct([role, ...takenBy(role)].flatMap(ownRules)) } : role,
  );
}

function distinct(rules: readonly PolicyRule[]): PolicyRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

/** Returns a function that finds the ClusterRoles that match a selector, looking up one of its labels if it has any. */
function selection(roles: readonly WrittenRole[]): (selector: LabelSelector) => readonly WrittenRole[] {
  const all = roles.filter(({ kind }) => kind === 'ClusterRole');
  const labels = all.flatMap((role) =>
    [...role.labels].map((label) => ({ role, key: JSON.stringify(label) })),
  );
  const byLabel = groupBy(labels, ({ key }) => key);
  return memo((selector) => {
    const [label] = selector.matchLabels;
    const near = label ? (byLabel.get(JSON.stringify(label)) ?? []).map(({ role }) => role) : all;
    return near.filter((role) => selects(selector, role.labels));
  });
}

function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  return (
    [...matchLabels].every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((requirement) => meets(requirement, labels))
  );
}

/** Like `LabelSelectorAsSelector` of k8s.io/apimachinery: `NotIn` also matches roles without the label. */
function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels.get(key);
  const isAmong = value !== undefined && values.includes(value);
  switch (operator) {
    case 'In':
      return isAmong;
    case 'NotIn':
      return !isAmong;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
