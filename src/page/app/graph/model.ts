import type { Change } from '../../data.ts';
import type { View } from '../view.ts';

/** The columns of the graph, from left to right. */
export const LAYERS = ['person', 'via', 'set', 'account', 'entry', 'group', 'role'] as const;
export type Layer = (typeof LAYERS)[number];

/** The access that goes along an edge; `gone` if it was lost since an earlier run. The first of several counts. */
const STATES = ['granted', 'unknown', 'none', 'gone'] as const;
export type State = (typeof STATES)[number];

export function firstState(one: State, other: State): State {
  return STATES.indexOf(one) <= STATES.indexOf(other) ? one : other;
}

/** One thing that a node represents. */
export interface Item {
  /** Unique within its layer. */
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  /** Filters that keep its rows; empty if none does. */
  readonly filters: View['filters'];
}

/** A node while the graph is built and bundled. A path through nodes is one that rows have. */
export interface Node {
  readonly layer: Layer;
  /** In the singular: `user`, `IAM role`, `Kubernetes group`; empty for a bundle of different kinds. */
  readonly kind: string;
  readonly items: readonly Item[];
  readonly to: Map<Node, State>;
  state: State;
  /** For a group, policy or role: how it leads to cluster admin; empty if it doesn't. */
  readonly risk: string;
  /** For people: the change of their access since an earlier run; null if it is the same. */
  readonly change?: Change['kind'] | null;
}

/** The nodes that lead to cluster admin. */
export function adminNodes(nodes: readonly Node[]): ReadonlySet<Node> {
  const admins = new Set<Node>();
  const rightmostFirst = [...nodes].sort((one, other) => rankOf(other) - rankOf(one));
  for (const node of rightmostFirst)
    if (
      (node.risk !== '' && leadsOn(node.state)) ||
      [...node.to].some(([next, state]) => leadsOn(state) && admins.has(next))
    )
      admins.add(node);
  return admins;
}

/** False for an edge that nobody with access takes, such as that of a deleted user. */
export function leadsOn(state: State): boolean {
  return state === 'granted' || state === 'unknown';
}

export function rankOf({ layer }: Pick<Node, 'layer'>): number {
  return LAYERS.indexOf(layer);
}
