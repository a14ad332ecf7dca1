import type { PolicyRule, RbacRole } from './model.ts';

/** A selector of labels: all that it asks for must hold; one that asks for nothing takes every role. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Requirement[];
}

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

type Labels = ReadonlyMap<string, string>;

/** A role as its manifest has it. */
export interface WrittenRole extends RbacRole {
  readonly labels: Labels;
  /** The roles whose rules a ClusterRole takes in place of its own; null where it has no aggregation rule. */
  readonly selectors: readonly LabelSelector[] | null;
  /** From a server, which has written the rules of all roles that it knows into those with an aggregation rule. */
  readonly isLive: boolean;
}

/** The roles with the rules that the controller of the cluster writes into those with an aggregation rule. */
export function aggregated(roles: readonly WrittenRole[]): RbacRole[] {
  const takenIn = new Map<WrittenRole, readonly WrittenRole[]>();
  for (const role of roles) if (role.selectors) takenIn.set(role, rolesFor(role, role.selectors, roles));
  return roles.map((role) => (role.selectors ? { ...role, rules: allRules(role, takenIn) } : role));
}

function rolesFor(
  aggregating: WrittenRole,
  selectors: readonly LabelSelector[],
  roles: readonly WrittenRole[],
): WrittenRole[] {
  return roles.filter(
    (role) =>
      role !== aggregating &&
      role.kind === 'ClusterRole' &&
      selectors.some((selector) => selects(selector, role.labels)),
  );
}

/** Of roles that aggregate others in turn, too, however deep and however round. */
function allRules(
  role: WrittenRole,
  takenIn: ReadonlyMap<WrittenRole, readonly WrittenRole[]>,
): PolicyRule[] {
  const seen = new Set([role]);
  for (const one of seen) for (const inner of takenIn.get(one) ?? []) seen.add(inner);
  return [...seen].flatMap((one) => {
    // Whatever a server knows of the others stands in this one.
    if (one.isLive) return one === role || !role.isLive ? one.rules : [];
    return takenIn.has(one) ? [] : one.rules;
  });
}

function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  return (
    [...matchLabels].every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((requirement) => meets(requirement, labels))
  );
}

/** As `LabelSelectorAsSelector` of k8s.io/apimachinery has it: `NotIn` also takes what lacks the label. */
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
