import { type AliasBinding, aliasesIn } from '../authenticator/alias-binding.ts';
import type { Edit } from '../yaml/edit.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';
import { FlowCopy } from './flow-copy.ts';

/**
 * Keeps what aliases stand for while the nodes behind their anchors change: such an alias is replaced by what it stood for, written
 * out.
 */
export class SharedNodes {
  readonly copy: FlowCopy;
  readonly aliases: AliasBinding;
  private readonly changed = new Set<YamlNode>();

  /** `text` is what the list was read from. */
  constructor(text: string, list: SequenceNode) {
    this.aliases = aliasesIn(text, list);
    this.copy = new FlowCopy(this.aliases);
  }

  /** The node changes, but not all that stands in it. */
  change(node: YamlNode): void {
    this.changed.add(node);
  }

  /** The node goes, or becomes another, with all that stands in it. */
  replace(node: YamlNode): void {
    if (this.aliases.size > 0) for (const inner of nodesOf(node)) this.changed.add(inner);
  }

  /** The edits that write out the aliases of changed nodes, where `edits` do not replace them anyway. */
  expansions(edits: readonly Edit[]): Edit[] {
    return [...this.aliases]
      .filter(([, target]) => this.changed.has(target))
      .map(([alias, target]) => ({
        start: alias.start - 1,
        end: alias.end,
        replacement: this.copy.of(target),
      }))
      .filter((expansion) => !edits.some(({ start, end }) => start < expansion.end && end > expansion.start));
  }
}
