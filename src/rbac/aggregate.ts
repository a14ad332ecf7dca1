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
  const graph = graphOf(all);
  // Those that are gone are not among the roles.
  const isNew = (index: number) => !roles[index]?.isLive;
  const hadRules = (index: number) => all[index]?.isLive === true && all[index].rules.length > 0;
  const found: Circle[] = [];
  // A circle comes behind all that it takes in.
  for (let circle = 0; circle < graph.count; circle += 1) {
    const below = graph.next(circle).flatMap((one) => found[one] ?? []);
    const indexes = graph.rolesIn(circle);
    const members = indexes.flatMap((index) => roles[index] ?? []);
    const own = ownRules(members);
    const isWritten = below.some((one) => one.isWritten || one.hasLiveRules);
    const hasLiveRules = indexes.some(hadRules);
    const isLive = members.some((one) => one.isLive);
    const isChanged = indexes.some(isNew) || below.some((one) => one.isChanged);
    const taken = united(below.map(({ rules }) => rules));
    const isAggregated = members.some(({ selectors }) => selectors);
    // Roles that take in each other: the controller's order decides whose own rules are left, so all of them count.
    const isCircle = members.length > 1;
    const isLeft = taken.length === 0 && !(isLive && isWritten);
    const keepsOwn = isCircle || !isAggregated || isLeft || (isLive && !isComplete);
    // What the server wrote has all of it.
    const isWhole = isLive && isAggregated && !isChanged;
    const rules = isWhole ? own : keepsOwn ? united([own, taken]) : taken;
    found.push({ rules, isChanged, isWritten, hasLiveRules });
  }
  return roles.map((role, index) => {
    const { rules = [], isChanged = true } = found[graph.circleOf(index)] ?? {};
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

interface Graph {
  readonly count: number;
  /** Roles that take in each other are in one circle; most are alone in theirs. */
  readonly circleOf: (role: number) => number;
  readonly rolesIn: (circle: number) => readonly number[];
  /** The circles that one takes in itself. */
  readonly next: (circle: number) => readonly number[];
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
  const rolesIn = circles.map((nodes) => nodes.filter((node) => node < roles.length));
  const next = circles.map((nodes, circle) => {
    const found = nodes.flatMap((node) => (edges[node] ?? []).flatMap((one) => circleOf.get(one) ?? []));
    return [...new Set(found)].filter((one) => one !== circle);
  });
  return {
    count: circles.length,
    circleOf: (role) => circleOf.get(role) ?? -1,
    rolesIn: (circle) => rolesIn[circle] ?? [],
    next: (circle) => next[circle] ?? [],
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
