import type { MappingNode, Pair, YamlNode } from '../yaml/node.ts';
import type { AliasBinding } from './alias-binding.ts';
import { isMerge } from './authenticator-decoder.ts';

/** A pair that an item of a list has: of its own, or through a merge key. */
export interface ItemPair {
  readonly pair: Pair;
  /** The alias or map behind `<<` that brings it; null where the item states it itself. */
  readonly source: YamlNode | null;
}

/** Finds the pairs of the items of a list, those of merge keys among them; which of several with one key counts, the reader knows. */
export class ItemPairs {
  private readonly aliases: AliasBinding;

  constructor(aliases: AliasBinding) {
    this.aliases = aliases;
  }

  of(item: MappingNode): ItemPair[] {
    return this.expand(item, null, new Set());
  }

  /** `open`: the maps that are being expanded; an anchor that contains itself voids the whole list, so nothing is lost by stopping. */
  private expand(map: MappingNode, source: YamlNode | null, open: ReadonlySet<MappingNode>): ItemPair[] {
    return map.pairs.flatMap((pair) => {
      if (!isMerge(pair.key)) return [{ pair, source }];
      const nodes = pair.value.kind === 'sequence' ? pair.value.items : [pair.value];
      return nodes.flatMap((node) => {
        const target = node.kind === 'alias' ? this.aliases.get(node) : node;
        if (target?.kind !== 'mapping' || open.has(target)) return [];
        return this.expand(target, source ?? node, new Set([...open, map]));
      });
    });
  }
}

export function hasMerge({ pairs }: MappingNode): boolean {
  return pairs.some(({ key }) => isMerge(key));
}
