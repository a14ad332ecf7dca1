import { type AliasNode, allNodesIn, type MappingNode, type Pair, type YamlNode } from '../yaml/node.ts';
import { UnparsableError } from './loaded.ts';

/** A node that can have an anchor. */
type BoundNode = Exclude<YamlNode, AliasNode>;

/** The node that each alias refers to: the nearest preceding anchor with its name. */
export type AliasBinding = ReadonlyMap<AliasNode, BoundNode>;

/** Like `bindAliases`, for a text that may have no aliases. */
export function aliasesIn(text: string, root: YamlNode): AliasBinding {
  return text.includes('*') ? bindAliases(root) : new Map();
}

/**
 * Binds the aliases of a document, in text order.
 * @throws UnparsableError at an alias without an anchor
 */
export function bindAliases(root: YamlNode): AliasBinding {
  const anchors = new Map<string, BoundNode>();
  const binding = new Map<AliasNode, BoundNode>();
  for (const node of allNodesIn(root)) {
    if (node.kind === 'alias') binding.set(node, target(anchors, node));
    else if (node.anchor !== null) anchors.set(node.anchor, node);
  }
  return binding;
}

function target(anchors: ReadonlyMap<string, BoundNode>, alias: AliasNode): BoundNode {
  const node = anchors.get(alias.anchor);
  if (node) return node;
  throw new UnparsableError(
    'unknown-anchor',
    `the alias *${alias.anchor} has no anchor before it`,
    alias.start,
  );
}

/** True if a key merges the pairs of its value. */
export function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.text !== '<<') return false;
  if (key.tag === null) return key.style === 'plain';
  return ['!', '!!merge', '!<tag:yaml.org,2002:merge>'].includes(key.tag);
}

/** A pair of a list item: its own, or from a merge key. */
interface ItemPair {
  readonly pair: Pair;
  /** The alias or map after `<<` that contributes the pair; null if the item has it itself. */
  readonly source: YamlNode | null;
}

/**
 * The pairs of a list item, including merge keys. If several have the same key, the caller decides which one counts.
 * `open` holds the maps that are being expanded: a list with an anchor that contains itself is unparsable, so stopping
 * loses nothing.
 */
export function itemPairs(
  map: MappingNode,
  aliases: AliasBinding,
  source: YamlNode | null = null,
  open: ReadonlySet<MappingNode> = new Set(),
): ItemPair[] {
  return map.pairs.flatMap((pair) => {
    if (!isMerge(pair.key)) return [{ pair, source }];
    const nodes = pair.value.kind === 'sequence' ? pair.value.items : [pair.value];
    return nodes.flatMap((node) => {
      const target = node.kind === 'alias' ? aliases.get(node) : node;
      if (target?.kind !== 'mapping' || open.has(target)) return [];
      return itemPairs(target, aliases, source ?? node, new Set([...open, map]));
    });
  });
}

export function hasMerge({ pairs }: MappingNode): boolean {
  return pairs.some(({ key }) => isMerge(key));
}
