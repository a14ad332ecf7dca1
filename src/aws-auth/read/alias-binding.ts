import type { AliasNode, YamlNode } from '../../yaml/node.ts';
import { VoidError } from './void-error.ts';

/** What an anchor can stand at. */
export type BoundNode = Exclude<YamlNode, AliasNode>;

/** What each alias stands for: the nearest anchor of that name in front of it. */
export type AliasBinding = ReadonlyMap<AliasNode, BoundNode>;

/**
 * Binds the aliases of a document, in the order of the text.
 * @throws VoidError at an alias without an anchor
 */
export function bindAliases(root: YamlNode): AliasBinding {
  const anchors = new Map<string, BoundNode>();
  const binding = new Map<AliasNode, BoundNode>();
  const visit = (node: YamlNode): void => {
    if (node.kind === 'alias') return void binding.set(node, target(anchors, node));
    if (node.anchor !== null) anchors.set(node.anchor, node);
    if (node.kind === 'sequence') node.items.forEach(visit);
    if (node.kind === 'mapping') for (const { key, value } of node.pairs) [key, value].forEach(visit);
  };
  visit(root);
  return binding;
}

function target(anchors: ReadonlyMap<string, BoundNode>, alias: AliasNode): BoundNode {
  const node = anchors.get(alias.anchor);
  if (node) return node;
  throw new VoidError(
    'unknown-anchor',
    `the alias *${alias.anchor} has no anchor in front of it`,
    alias.start - 1,
  );
}
