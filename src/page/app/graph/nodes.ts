import type { Item, Layer, Node, State } from './model.ts';
import { firstState } from './model.ts';

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
