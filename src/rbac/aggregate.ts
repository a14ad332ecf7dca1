import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import type { LabelSelector, Labels, PolicyRule, RbacRole, WrittenRole } from './model.ts';

/**
 * Fills in the rules of aggregated roles like the cluster's controller (kubernetes,
 * pkg/controller/clusterroleaggregation): the rules of the selected roles replace a role's own, if they have any.
 * A role from a server already has them; the other files may add roles that it selects.
 */
export function aggregated(roles: readonly WrittenRole[]): RbacRole[] {
  const select = selection(roles);
  const keepsOwn = memo((role: WrittenRole): boolean => {
    const taken = takenBy(role, select);
    // For roles that aggregate each other, the controller's order decides whose own rules remain, so all of them count.
    return role.isLive || taken.has(role) || [...taken].every(({ rules }) => rules.length === 0);
  });
  return roles.map((role) => {
    if (!role.selectors) return role;
    const counting = [role, ...takenBy(role, select)].filter(keepsOwn).flatMap(({ rules }) => rules);
    // Each rule once: a role from a server has those of the roles that it selects.
    return { ...role, rules: [...new Map(counting.map((rule) => [textOf(rule), rule])).values()] };
  });
}

type Select = (selector: LabelSelector) => readonly WrittenRole[];

/** The roles that an aggregated one selects, directly and through others. */
function takenBy(role: WrittenRole, select: Select): ReadonlySet<WrittenRole> {
  const taken = new Set((role.selectors ?? []).flatMap(select).filter((other) => other !== role));
  // Thousands of roles may share a selector.
  const seen = new Set<readonly WrittenRole[]>();
  for (const { selectors } of taken)
    for (const selected of (selectors ?? []).map(select)) {
      if (!seen.has(selected)) for (const next of selected) taken.add(next);
      seen.add(selected);
    }
  return taken;
}

const textOf = memo((rule: PolicyRule) => JSON.stringify(rule));

/** Returns a function that finds the ClusterRoles that match a selector, looking up one of its labels if it has any. */
function selection(roles: readonly WrittenRole[]): Select {
  const all = roles.filter(({ kind }) => kind === 'ClusterRole');
  const labels = all.flatMap((role) =>
    [...role.labels].map((label) => ({ role, key: JSON.stringify(label) })),
  );
  const byLabel = groupBy(labels, ({ key }) => key);
  const select = memo(
    ({ matchLabels, matchExpressions }: LabelSelector) => {
      const [label] = matchLabels;
      const near = label ? (byLabel.get(JSON.stringify(label)) ?? []).map(({ role }) => role) : all;
      return near.filter(
        ({ labels }) =>
          [...matchLabels].every(([key, value]) => labels.get(key) === value) &&
          matchExpressions.every((requirement) => meets(requirement, labels)),
      );
    },
    ({ matchLabels, matchExpressions }) => JSON.stringify([[...matchLabels], matchExpressions]),
  );
  return memo(select);
}

/** Like `LabelSelectorAsSelector` of k8s.io/apimachinery: `NotIn` also matches roles without the label. */
function meets(
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Labels,
): boolean {
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
