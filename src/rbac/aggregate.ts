import type { LabelSelector, Labels, PolicyRule, RbacRole, Requirement, WrittenRole } from './model.ts';

/**
 * The roles with the rules that the controller of the cluster writes into those with an aggregation rule. Roles that take in each other,
 * however many and however round, have the same rules, which are looked for once.
 */
export function aggregated(roles: readonly WrittenRole[]): RbacRole[] {
  const graph = graphOf(roles);
  const rulesOf = new Map<number, PolicyRule[]>();
  return roles.map((role, index) => {
    if (!role.selectors) return role;
    const circle = graph.circleOf(index);
    // Whatever a server knows of the others stands in a role that comes from it.
    const key = circle * 2 + Number(role.isLive);
    const taken = rulesOf.get(key) ?? graph.takenInBy(circle).flatMap((one) => given(one, role.isLive));
    rulesOf.set(key, taken);
    return { ...role, rules: role.isLive ? [...role.rules, ...taken] : taken };
  });
}

/** What a role that is taken in gives: of one with an aggregation rule, only what a server has written into it. */
function given({ rules, selectors, isLive }: WrittenRole, toLive: boolean): readonly PolicyRule[] {
  if (isLive) return toLive ? [] : rules;
  return selectors ? [] : rules;
}

interface Graph {
  /** Roles that take in each other are in one circle; most are alone in theirs. */
  readonly circleOf: (role: number) => number;
  /** The roles that those of a circle take in, themselves included, however deep. */
  readonly takenInBy: (circle: number) => WrittenRole[];
}

/** Thousands of roles may have the same selectors: what one selects is a node of the graph, too, behind the roles. */
function graphOf(roles: readonly WrittenRole[]): Graph {
  const edges: (readonly number[])[] = roles.map(() => []);
  const select = selection(roles);
  const nodeOf = new Map<string, number>();
  for (const [index, { selectors }] of roles.entries())
    edges[index] = (selectors ?? []).map((selector) => {
      const key = keyOf(selector);
      const node = nodeOf.get(key) ?? edges.push(select(selector)) - 1;
      nodeOf.set(key, node);
      return node;
    });
  const circles = circlesIn(edges);
  const circleOf = new Map(circles.flatMap((nodes, circle) => nodes.map((node) => [node, circle] as const)));
  const nextTo = circles.map((nodes) => [
    ...new Set(nodes.flatMap((node) => (edges[node] ?? []).flatMap((next) => circleOf.get(next) ?? []))),
  ]);
  return {
    circleOf: (role) => circleOf.get(role) ?? -1,
    takenInBy: (circle) => {
      const seen = new Set([circle]);
      for (const one of seen) for (const next of nextTo[one] ?? []) seen.add(next);
      return [...seen].flatMap((one) => (circles[one] ?? []).flatMap((node) => roles[node] ?? []));
    },
  };
}

function keyOf({ matchLabels, matchExpressions }: LabelSelector): string {
  return JSON.stringify([[...matchLabels].sort(), matchExpressions]);
}

/** Finds the roles that a selector takes, by one of its labels where it has any. */
function selection(roles: readonly WrittenRole[]): (selector: LabelSelector) => number[] {
  const all = [...roles.keys()].filter((index) => roles[index]?.kind === 'ClusterRole');
  const byLabel = new Map<string, number[]>();
  for (const index of all)
    for (const label of roles[index]?.labels ?? []) {
      const key = JSON.stringify(label);
      const known = byLabel.get(key);
      if (known) known.push(index);
      else byLabel.set(key, [index]);
    }
  return (selector) => {
    const [label] = selector.matchLabels;
    const near = label ? (byLabel.get(JSON.stringify(label)) ?? []) : all;
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
