import type { PageRows } from '../../decode.ts';
import type { Selector } from '../../selection.ts';
import { buildGraph } from './build.ts';
import { LAYERS, leadsOn, type Node, type State } from './model.ts';

/** A box of the graph. */
export interface Box
  extends Pick<Node, 'layer' | 'key' | 'title' | 'detail' | 'filters' | 'members' | 'state' | 'change'> {
  /** Unique, and the same as long as it represents the same things. */
  readonly id: string;
  /** True if it leads to cluster admin. */
  readonly isAdmin: boolean;
}

export interface Edge {
  /** IDs of boxes. */
  readonly from: string;
  readonly to: string;
  readonly state: State;
  readonly isAdmin: boolean;
}

export interface Graph {
  /** From left to right. */
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
}

/** The graph of the selected rows. */
export function graphOf(rows: PageRows, selected: Uint32Array, values: Selector['values']): Graph {
  const nodes = buildGraph(rows, selected, values);
  const admins = new Set<Node>();
  for (const node of nodes)
    if (
      (node.risk !== '' && leadsOn(node.state)) ||
      [...node.to].some(([next, state]) => leadsOn(state) && admins.has(next))
    )
      admins.add(node);
  const inOrder = [...nodes].sort((one, other) => LAYERS.indexOf(one.layer) - LAYERS.indexOf(other.layer));
  const ids = idsOf(inOrder);
  const idOf = (node: Node) => ids.get(node) ?? '';
  return {
    boxes: inOrder.map((node) => ({ ...node, id: idOf(node), isAdmin: admins.has(node) })),
    edges: inOrder.flatMap((node) =>
      [...node.to].map(([to, state]) => ({
        from: idOf(node),
        to: idOf(to),
        state,
        isAdmin: leadsOn(state) && admins.has(to),
      })),
    ),
  };
}

/** One thing may be several boxes, with different boxes on their right. */
function idsOf(nodes: readonly Node[]): ReadonlyMap<Node, string> {
  const counts = new Map<string, number>();
  return new Map(
    nodes.map((node) => {
      const name = `${node.layer} ${node.key}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [node, `${name} ${count}`];
    }),
  );
}
