import { type AliasNode, type MappingNode, nodesOf, type Pair, type YamlNode } from '../yaml/node.ts';
import { UnparsableError } from './loaded.ts';

/** What an anchor can stand at. */
type BoundNode = Exclude<YamlNode, AliasNode>;

/** What each alias stands for: the nearest anchor of that name in front of it. */
export type AliasBinding = ReadonlyMap<AliasNode, BoundNode>;

/** The same for what was read from a text that may have none. */
export function aliasesIn(text: string, root: YamlNode): AliasBinding {
  return text.includes('*') ? bindAliases(root) : new Map();
}

/**
 * Binds the aliases of a document, in the order of the text.
 * @throws UnparsableError at an alias without an anchor
 */
export function bindAliases(root: YamlNode): AliasBinding {
  const anchors = new Map<string, BoundNode>();
  const binding = new Map<AliasNode, BoundNode>();
  for (const node of nodesOf(root)) {
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

/** Whether a key takes over the pairs of what stands behind it. */
export function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.text !== '<<') return false;
  if (key.tag === null) return key.style === 'plain';
  return ['!', '!!merge', '!<tag:yaml.org,2002:merge>'].includes(key.tag);
}

/** A pair that an item of a list has: of its own, or through a merge key. */
interface ItemPair {
  readonly pair: Pair;
  /** The alias or map behind `<<` that brings it; null where the item states it itself. */
  readonly source: YamlNode | null;
}

/** The pairs of an item of a list, those of merge keys among them; which of several with one key counts, the reader knows. */
export function itemPairs(item: MappingNode, aliases: AliasBinding): ItemPair[] {
  return expand(item, aliases, null, new Set());
}

/** `open`: the maps that are being expanded; with an anchor that contains itself the list is unparsable, so nothing is lost by stopping. */
function expand(
  map: MappingNode,
  aliases: AliasBinding,
  source: YamlNode | null,
  open: ReadonlySet<MappingNode>,
): ItemPair[] {
  return map.pairs.flatMap((pair) => {
    if (!isMerge(pair.key)) return [{ pair, source }];
    const nodes = pair.value.kind === 'sequence' ? pair.value.items : [pair.value];
    return nodes.flatMap((node) => {
      const target = node.kind === 'alias' ? aliases.get(node) : node;
      if (target?.kind !== 'mapping' || open.has(target)) return [];
      return expand(target, aliases, source ?? node, new Set([...open, map]));
    });
  });
}

export function hasMerge({ pairs }: MappingNode): boolean {
  return pairs.some(({ key }) => isMerge(key));
}
