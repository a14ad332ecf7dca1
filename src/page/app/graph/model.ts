import type { RowChange } from '../../../who/since/row-change.ts';
import type { View } from '../../view.ts';

/** The columns of the graph, from left to right. */
export const LAYERS = ['person', 'via', 'set', 'account', 'entry', 'group', 'role'] as const;
export type Layer = (typeof LAYERS)[number];

/** The access that goes along an edge; `gone` if it was lost since an earlier run. The first of several counts. */
const STATES = ['granted', 'unknown', 'none', 'gone'] as const;
export type State = (typeof STATES)[number];

export function firstState(one: State, other: State): State {
  return STATES.indexOf(one) <= STATES.indexOf(other) ? one : other;
}

/** All of a row but its principal. Thousands of rows share one. */
export interface Tail {
  readonly via: number;
  readonly entry: number;
  readonly grant: number;
  readonly state: State;
  /** False for rows without access now, which have no permissions either. */
  readonly isOpen: boolean;
  /** True if all its rows are of users. */
  isOfUsers: boolean;
  /** In the order of all. */
  place: number;
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
  readonly change?: RowChange['kind'] | null;
}

/** False for an edge that nobody with access takes, such as that of a deleted user. */
export function leadsOn(state: State): boolean {
  return state === 'granted' || state === 'unknown';
}

/**
 * Nodes that are created from right to left. Two of the same thing with the same nodes to their right are one, so each
 * path through the graph is the path of a row: an account never seems to belong to somebody else's permission set.
 */
export class GraphNodes {
  readonly all: Node[] = [];
  private readonly byKey = new Map<string, Node>();
  private readonly places = new Map<Node, number>();

  node(
    { layer, kind, risk = '' }: { readonly layer: Layer; readonly kind: string; readonly risk?: string },
    item: Item,
    to: readonly Node[],
  ): Node {
    const next = to.map((node) => this.places.get(node) ?? 0).sort((one, other) => one - other);
    const key = JSON.stringify([layer, kind, risk, item.key, next]);
    const known = this.byKey.get(key);
    if (known) return known;
    const made = this.source({ layer, kind, risk }, [item]);
    this.byKey.set(key, made);
    return made;
  }

  /** A separate node, even if an equal one exists. */
  source(
    {
      layer,
      kind,
      risk = '',
      change = null,
    }: Pick<Node, 'layer' | 'kind' | 'change'> & { readonly risk?: string },
    items: readonly Item[],
  ): Node {
    const made: Node = { layer, kind, risk, change, items, to: new Map(), state: 'gone' };
    this.places.set(made, this.all.length);
    this.all.push(made);
    return made;
  }

  /** Adds rows of a state to a node. */
  pass(node: Node, state: State): Node {
    node.state = firstState(node.state, state);
    return node;
  }

  /** Adds rows of a state to an edge, and to the node that it leads to. */
  link(from: Node, to: Node, state: State): void {
    const before = from.to.get(to);
    from.to.set(to, before ? firstState(before, state) : state);
    this.pass(to, state);
  }
}
