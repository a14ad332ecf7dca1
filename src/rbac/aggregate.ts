import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import type { LabelSelector, Labels, PolicyRule, RbacRole, Requirement, WrittenRole } from './model.ts';

/**
 * The roles with the rules that the controller of the cluster writes into those with an aggregation rule
 * (kubernetes, pkg/controller/clusterroleaggregation). It takes the rules of the roles selected in place of a role's own; where those
 * have none, it writes nothing, and the role keeps its own.
 * @param isComplete whether the server's roles are all here: otherwise the rules that it wrote may come from roles that are not
 * @param gone roles of the server that others among `roles` take the place of
 */
export function aggregated(
  roles: readonly WrittenRole[],
  isComplete: boolean,
  gone: readonly WrittenRole[] = [],
): RbacRole[] {
  const all = [...roles, ...gone];
  const edges = edgesOf(all);
  // Those that are gone are not among the roles.
  const isNew = (index: number) => index < all.length && !roles[index]?.isLive;
  const hadRules = (index: number) => all[index]?.isLive === true && all[index].rules.length > 0;
  const circleOf = new Map<number, Circle>();
  // A circle comes behind all that it takes in.
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
    // Roles that take in each other: the controller's order decides whose own rules are left, so all of them count.
    const isCircle = members.length > 1;
    const isLeft = taken.length === 0 && !(isLive && isWritten);
    const keepsOwn = isCircle || !isAggregated || isLeft || (isLive && !isComplete);
    // What the server wrote has all of it.
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

/** Roles that take in each other, of which most are alone; or what a selector selects. */
interface Circle {
  readonly rules: readonly PolicyRule[];
  /** Whether any of them, or of those that they take in, is not as the server has it. */
  readonly isChanged: boolean;
  /** Whether the server has rules in any of them. */
  readonly hasLiveRules: boolean;
  /** The same of those that they take in: then the controller of the server wrote what they have. */
  readonly isWritten: boolean;
}

/** Each rule once; the list itself where there is but one, for roles share it. */
function united(lists: readonly (readonly PolicyRule[])[]): readonly PolicyRule[] {
  const [first = [], ...others] = lists.filter(({ length }) => length > 0);
  return others.length === 0 ? first : [...new Set([first, ...others].flat())];
}

/** The rules of roles that take in each other: from a server, each has all that the others have. */
function ownRules(roles: readonly WrittenRole[]): readonly PolicyRule[] {
  const [first] = roles.filter(({ isLive }) => isLive);
  return roles.flatMap((role) => (role.isLive && role !== first ? [] : role.rules));
}

/** What each takes in. Thousands of roles may have the same selectors: what one selects is a node of the graph, too, behind the roles. */
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

/** Finds the roles that a selector takes, by one of its labels where it has any. */
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

/** What is known of a node on the way to the circles. */
interface Visit {
  readonly node: number;
  /** The next of its edges. */
  edge: number;
}

/** The strongly connected components of a graph (Tarjan's algorithm, without recursion: a chain may be long). */
function circlesIn(edges: readonly (readonly number[])[]): number[][] {
  const circles: number[][] = [];
  const order = new Map<number, number>();
  /** The earliest node that is known to be in the same circle; missing for one whose circle is complete. */
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
