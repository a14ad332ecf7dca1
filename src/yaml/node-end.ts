import { isSeparator } from './characters.ts';
import { columnOf, lineEnd, skipTrivia } from './lines.ts';
import type { MappingNode, Pair, ScalarNode, SequenceNode, YamlNode } from './node.ts';

/**
 * The offset behind a node: behind its closing quote or bracket, or behind the last character of a block scalar that is not
 * blank. `from` is where to look for a node of which nothing is written.
 */
export function nodeEnd(source: string, node: YamlNode, from: number): number {
  switch (node.kind) {
    case 'alias':
      return node.end;
    case 'scalar':
      return scalarEnd(source, node, from);
    case 'sequence':
      return node.flow ? flowEnd(source, lastItemEnd(source, node)) : lastItemEnd(source, node);
    case 'mapping':
      return source[node.start] === '{'
        ? flowEnd(source, lastPairEnd(source, node))
        : lastPairEnd(source, node);
  }
}

/** The offset behind a pair's value, or behind its colon or key where no value is written. */
export function pairEnd(source: string, pair: Pair, from: number): number {
  return nodeEnd(source, pair.value, colonEnd(source, pair, from));
}

/** The offset behind the colon of a pair; behind its key where there is none. */
export function colonEnd(source: string, pair: Pair, from: number): number {
  const end = nodeEnd(source, pair.key, from);
  const colon = skipTrivia(source, end);
  if (source[colon] !== ':') return end;
  // A colon further left than an explicit key belongs to what stands behind the document.
  const isForeign =
    lineEnd(source, end, colon) < colon && columnOf(source, colon) < columnOf(source, from) - 2;
  return isForeign ? end : colon + 1;
}

/** Where a node starts: at its tag or anchor, opening quote or bracket. For a block scalar, where its content does. */
export function nodeStart(node: YamlNode): number {
  if (node.kind === 'alias') return node.start - 1;
  if (node.propertiesStart !== node.start) return node.propertiesStart;
  const quoted = node.kind === 'scalar' && (node.style === 'single' || node.style === 'double');
  return quoted ? node.start - 1 : node.start;
}

function scalarEnd(source: string, node: ScalarNode, from: number): number {
  if (node.start < 0) return node.propertiesStart < 0 ? from : propertiesEnd(source, node.propertiesStart);
  if (node.style === 'plain') return node.end;
  if (node.style === 'single' || node.style === 'double') return node.end + 1;
  let end = node.end;
  while (isSeparator(source.charCodeAt(end - 1))) end -= 1;
  return end;
}

/** The offset behind tag and anchor. */
export function propertiesEnd(source: string, start: number): number {
  let end = start;
  for (;;) {
    while (end < source.length && !/[\s,[\]{}]/.test(source[end] ?? '')) end += 1;
    const next = skipTrivia(source, end);
    if (source[next] !== '&' && source[next] !== '!') return end;
    end = next;
  }
}

function flowEnd(source: string, from: number): number {
  let end = skipTrivia(source, from);
  if (source[end] === ',') end = skipTrivia(source, end + 1);
  return end + 1;
}

function lastPairEnd(source: string, node: MappingNode): number {
  const last = node.pairs.at(-1);
  if (!last) return node.start + 1;
  const before =
    last.key.start < 0 && node.pairs.length > 1 ? lastPairEnd(source, withoutLast(node)) : node.start;
  return pairEnd(source, last, last.key.start < 0 ? before : last.key.start);
}

function withoutLast(node: MappingNode): MappingNode {
  return { ...node, pairs: node.pairs.slice(0, -1) };
}

function lastItemEnd(source: string, node: SequenceNode): number {
  const last = node.items.at(-1);
  if (!last) return node.start + 1;
  if (last.start >= 0 || (last.kind === 'scalar' && last.propertiesStart >= 0))
    return nodeEnd(source, last, last.start);
  let end = node.start;
  for (const item of node.items) end = nodeEnd(source, item, skipTrivia(source, end) + 1);
  return end;
}
