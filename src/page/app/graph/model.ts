import type { RowChange } from '../../../who/since/row-change.ts';
import type { View } from '../../view.ts';

/** The columns of the graph, from left to right. */
export const LAYERS = ['person', 'via', 'set', 'account', 'entry', 'group', 'role'] as const;
export type Layer = (typeof LAYERS)[number];

/** The access that goes along an edge; `gone` if it was lost since an earlier run. The first of several counts. */
const STATES = ['granted', 'unknown', 'none', 'gone'] as const;
export type State = (typeof STATES)[number];

export function firstState(states: Iterable<State>): State {
  const all = new Set(states);
  return STATES.find((state) => all.has(state)) ?? 'gone';
}

/** False for an edge that nobody with access takes, such as that of a deleted user. */
export function leadsOn(state: State): boolean {
  return state === 'granted' || state === 'unknown';
}

/** All of a row but its principal. Thousands of rows share one. */
export interface Tail {
  /** In the order of the rows. */
  readonly place: number;
  readonly via: number;
  readonly entry: number;
  readonly grant: number;
  readonly change: RowChange['kind'] | null;
  readonly state: State;
  /** False for rows without access now, which have no permissions either. */
  readonly isOpen: boolean;
  /** True if all its rows are of users. */
  isOfUsers: boolean;
}

/** A person, permission set, entry and so on, as a box shows it. */
export interface Item {
  /** Unique within its layer. */
  readonly key: string;
  readonly title: string;
  /** Empty if the heading of the column says it. */
  readonly detail: string;
  /** Filters that keep its rows; empty if none does. */
  readonly filters: View['filters'];
}

/** A box. A path through boxes is one that rows have. */
export interface Node extends Item {
  /** Unique, and the same as long as it represents the same things. */
  readonly id: string;
  readonly layer: Layer;
  /** For a box of several with the same rows: each of them. */
  readonly members: readonly Item[];
  /** The boxes on its right. */
  readonly to: Map<Node, State>;
  state: State;
  /** For a group, policy or role: how it leads to cluster admin; empty if it doesn't. */
  readonly risk: string;
  /** For people: the change of all their rows since an earlier run, `changed` if these differ; null for none. */
  readonly change: RowChange['kind'] | null;
  /** True if it leads to cluster admin. */
  isAdmin: boolean;
}

/** Where edges lead, and the access that goes along each; possibly several to one box. */
export type Edges = Iterable<readonly [Node, State]>;

/**
 * Boxes that are created from right to left. Two of the same thing with the same boxes to their right are one, so each
 * path through the graph is the path of a row: an account never seems to belong to somebody else's permission set.
 */
export class GraphNodes {
  /** Each after those on its right. */
  readonly all: Node[] = [];
  private readonly byKey = new Map<string, Node>();
  /** How many boxes represent one thing. */
  private readonly counts = new Map<string, number>();

  /** The box for rows of a state. */
  node(
    layer: Layer,
    item: Item,
    state: State,
    {
      to = [],
      risk = '',
      members = [],
      change = null,
    }: { readonly to?: Edges; readonly risk?: string } & Partial<Pick<Node, 'members' | 'change'>> = {},
  ): Node {
    const edges = [...to];
    const next = new Set(edges.map(([node]) => node.id));
    const name = `${layer} ${item.key}`;
    const key = JSON.stringify([name, risk, change, [...next].sort()]);
    let node = this.byKey.get(key);
    if (!node) {
      const count = (this.counts.get(name) ?? 0) + 1;
      const id = `${name} ${count}`;
      node = { ...item, id, layer, members, to: new Map(), state, risk, change, isAdmin: false };
      this.counts.set(name, count);
      this.byKey.set(key, node);
      this.all.push(node);
    }
    node.state = firstState([node.state, state]);
    for (const [one, own] of edges) node.to.set(one, firstState([node.to.get(one) ?? own, own]));
    return node;
  }
}
