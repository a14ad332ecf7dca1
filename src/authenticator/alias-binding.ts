import { type AliasNode, nodesOf, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import { UnparsableError } from './void-error.ts';

/** What an anchor can stand at. */
export type BoundNode = Exclude<YamlNode, AliasNode>;

/** What each alias stands for: the nearest anchor of that name in front of it. */
export type AliasBinding = ReadonlyMap<AliasNode, BoundNode>;

/** The aliases in a list that was read from a text. */
export function aliasesIn(text: string, list: SequenceNode): AliasBinding {
  return text.includes('*') ? bindAliases(list) : new Map();
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
    `the alias *${alias.anchor} has no anchor in front of it`,
    alias.start,
  );
}
