import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import type { LabelSelector, Labels, PolicyRule, RbacRole, Requirement, WrittenRole } from './model.ts';

/**
 * Fills in the rules of aggregated roles like the cluster's controller (kubernetes,
 * pkg/controller/clusterroleaggregation). It replaces a role's own rules with those of the selected roles; if these
 * have none, it writes nothing, and the role keeps its own.
 * @param isComplete true if all roles of the server are here; otherwise, the rules that it wrote may come from
 *   missing roles
 * @param gone roles of the server that are replaced by others in `roles`
 */
export function aggregated(
  roles: readonly WrittenRole[],
  isComplete: boolean,
  gone: readonly WrittenRole[] = [],
): RbacRole[] {
  const all = [...roles, ...gone];
  const edges = edgesOf(all);
  // Replaced roles are not in `roles`.
  const isNew = (index: number) => index < all.length && !roles[index]?.isLive;
  const hadRules = (index: number) => all[index]?.isLive === true && all[index].rules.length > 0;
  const circleOf = new Map<number, Circle>();
  // A circle comes after everything that it aggregates.
  for (const nodes of circlesIn(edges)) {
    const inside = nodes.flatMap((node) => edges[node] ?? []);
    const below = [...new Set(inside.flatMap((node) => circleOf.get(node) ?? []))];
    const members = nodes.flatMap((node) => roles[node] ?? []);
    const own = ownRules(members);
    const isWritten = below.some((one) => one.isWritten || one.hasLiveRules);
    const hasLiveRules = nodes.some(hadRules);
    const isLive = members.some((one) => one.isLive);
    const isChanged = nodes.some(isNew) || below.some((one) => one.isChanged);
    const taken = united(below.map(({ rules }) => rules));
    const isAggregated = members.some(({ selectors }) => selectors);
    // For roles that aggregate each other, the controller's order decides whose own rules remain, so all of them count.
    const isCircle = members.length > 1;
    const isLeft = taken.length === 0 && !(isLive && isWritten);
    const keepsOwn = isCircle || !isAggregated || isLeft || (isLive && !isComplete);
    // The server has written the complete rules.
    const isWhole = isLive && isAggregated && !isChanged;
    const rules = isWhole ? own : keepsOwn ? united([own, taken]) : taken;
    const circle = { rules, isChanged, isWritten, hasLiveRules };
    for (const node of nodes) circleOf.set(node, circle);
  }
  return roles.map((role, index) => {
    const { rules = [], isChanged = true } = circleOf.get(index) ?? {};
    return !role.selectors || (role.isLive && !isChanged) ? role : { ...role, rules };
  });
}

/** Roles that aggregate each other, mostly a single one; or the result of a selector. */
interface Circle {
  readonly rules: readonly PolicyRule[];
  /** True if any of them, or of the roles that they aggregate, differs from the server's state. */
  readonly isChanged: boolean;
  /** True if any of them has rules on the server. */
  readonly hasLiveRules: boolean;
  /** True if a role that they aggregate has rules on the server: then the server's controller wrote their rules. */
  readonly isWritten: boolean;
}

/** Each rule once; a single list is returned as is, since roles share it. */
function united(lists: readonly (readonly PolicyRule[])[]): readonly PolicyRule[] {
  const [first = [], ...others] = lists.filter(({ length }) => length > 0);
  return others.length === 0 ? first : [...new Set([first, ...others].flat())];
}

/** The rules of roles that aggregate each other; from a server, each has the rules of all others. */
function ownRules(roles: readonly WrittenRole[]): readonly PolicyRule[] {
  const [first] = roles.filter(({ isLive }) => isLive);
  return roles.flatMap((role) => (role.isLive && role !== first ? [] : role.rules));
}

/**
 * The edges from each role to what it aggregates. Thousands of roles may share a selector, so selectors are nodes of
 * the graph too, after the roles.
 */
function edgesOf(roles: readonly WrittenRole[]): readonly (readonly number[])[] {
  const edges: (readonly number[])[] = roles.map(() => []);
  const select = selection(roles);
  const nodeOf = memo((selector: LabelSelector) => edges.push(select(selector)) - 1, keyOf);
  for (const [index, { selectors }] of roles.entries()) edges[index] = (selectors ?? []).map(nodeOf);
  return edges;
}

function keyOf({ matchLabels, matchExpressions }: LabelSelector): string {
  return JSON.stringify([[...matchLabels].sort(), matchExpressions]);
}

/** Returns a function that finds the roles that match a selector, looking up one of its labels if it has any. */
function selection(roles: readonly WrittenRole[]): (selector: LabelSelector) => number[] {
  const all = [...roles.keys()].filter((index) => roles[index]?.kind === 'ClusterRole');
  const labels = all.flatMap((index) =>
    [...(roles[index]?.labels ?? [])].map((label) => ({ index, key: JSON.stringify(label) })),
  );
  const byLabel = groupBy(labels, ({ key }) => key);
  return (selector) => {
    const [label] = selector.matchLabels;
    const near = label ? (byLabel.get(JSON.stringify(label)) ?? []).map(({ index }) => index) : all;
    return near.filter((index) => selects(selector, roles[index]?.labels ?? NO_LABELS));
  };
}

const NO_LABELS: Labels = new Map();

/** The state of a node during the search for circles. */
interface Visit {
  readonly node: number;
  /** The next of its edges. */
  edge: number;
}

/** The strongly connected components of a graph (Tarjan's algorithm, without recursion: a chain may be long). */
function circlesIn(edges: readonly (readonly number[])[]): number[][] {
  const circles: number[][] = [];
  const order = new Map<number, number>();
  /** The earliest node known to be in the same circle; missing once the circle is complete. */
  const low = new Map<number, number>();
  const open: number[] = [];
  const path: Visit[] = [];
  const enter = (node: number) => {
    low.set(node, order.size);
    order.set(node, order.size);
    open.push(node);
    path.push({ node, edge: 0 });
  };
  const lower = (node: number, to: number | undefined) =>
    low.set(node, Math.min(low.get(node) ?? 0, to ?? Number.POSITIVE_INFINITY));
  const leave = (node: number) => {
    path.pop();
    const own = low.get(node);
    const before = path.at(-1);
    if (before) lower(before.node, own);
    if (own !== order.get(node)) return;
    const circle = open.splice(open.lastIndexOf(node));
    for (const one of circle) low.delete(one);
    circles.push(circle);
  };
  for (const start of edges.keys()) {
    if (order.has(start)) continue;
    enter(start);
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const next = edges[visit.node]?.[visit.edge];
      visit.edge += 1;
      if (next === undefined) leave(visit.node);
      else if (!order.has(next)) enter(next);
      else if (low.has(next)) lower(visit.node, order.get(next));
    }
  }
  return circles;
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
