import type { AliasBinding } from '../authenticator/alias-binding.ts';
import { scalarText, scalarType } from '../authenticator/authenticator-scalar.ts';
import type { MappingNode, Pair, ScalarNode, YamlNode } from '../yaml/node.ts';
import { doubleQuoted } from './quote.ts';

/** Writes nodes in flow style, on one line and without anchors or aliases, so that they load as before wherever they stand. */
export class FlowCopy {
  private readonly binding: AliasBinding;

  constructor(binding: AliasBinding) {
    this.binding = binding;
  }

  of(node: YamlNode): string {
    switch (node.kind) {
      case 'scalar':
        return copyScalar(node);
      case 'sequence':
        return `[${node.items.map((item) => this.of(item)).join(', ')}]`;
      case 'mapping':
        return mapping(this.pairsOf(node));
      case 'alias': {
        const target = this.binding.get(node);
        return target ? this.of(target) : `*${node.anchor}`;
      }
    }
  }

  /** A mapping without some of its pairs, and with others at its end. */
  withFields(node: MappingNode, isLeftOut: (pair: Pair) => boolean, fields: readonly string[]): string {
    return mapping([
      ...this.pairsOf({ ...node, pairs: node.pairs.filter((pair) => !isLeftOut(pair)) }),
      ...fields,
    ]);
  }

  private pairsOf({ pairs }: MappingNode): string[] {
    return pairs.map(({ key, value }) => `${isPlainMerge(key) ? '<<' : this.of(key)}: ${this.of(value)}`);
  }
}

function mapping(pairs: readonly string[]): string {
  return `{${pairs.join(', ')}}`;
}

function isPlainMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.text === '<<' && (key.style === 'plain' || key.tag !== null);
}

/** Of what is no string the authenticator sees the text alone. */
function copyScalar(node: ScalarNode): string {
  const type = scalarType(node);
  if (type === 'text') return doubleQuoted(scalarText(node));
  return type === 'null' ? 'null' : node.text;
}
