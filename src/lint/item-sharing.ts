import { bindAliases } from '../authenticator/alias-binding.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';

/** Which items of a list are written where they stand, and nowhere else taken from. */
export class ItemSharing {
  private readonly list: SequenceNode;
  /** Nodes that some alias stands for. */
  private readonly shared: ReadonlySet<YamlNode>;

  constructor(text: string, list: SequenceNode) {
    this.list = list;
    this.shared = new Set(text.includes('*') ? bindAliases(list).values() : []);
  }

  isOwn(index: number): boolean {
    const item = this.list.items[index];
    if (!item || item.kind === 'alias') return false;
    if (this.shared.size === 0) return true;
    for (const node of nodesOf(item)) if (this.shared.has(node)) return false;
    return true;
  }
}
