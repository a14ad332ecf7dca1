import { isSeparator, isWord } from './characters.ts';
import { columnOf, lineEnd, skipTrivia } from './lines.ts';
import type { Pair, ScalarNode, YamlNode } from './node.ts';
import { scalarEnd } from './scalar-end.ts';

/**
 * The offset behind a node: behind its closing quote or bracket, or behind the last character of a block scalar that is not
 * blank. `from` is where to look for a node of which nothing is written.
 */
export function nodeEnd(source: string, node: YamlNode, from: number): number {
  switch (node.kind) {
    case 'alias':
      return node.end;
    case 'scalar':
      return endOfScalar(source, node, from);
    default:
      return node.end;
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

function endOfScalar(source: string, node: ScalarNode, from: number): number {
  if (node.start >= 0) return scalarEnd(source, node.style, node.end);
  return node.propertiesStart < 0 ? from : propertiesEnd(source, node.propertiesStart);
}

/** The offset behind tag and anchor. Behind a tag stands a blank, a line break or the end; it may hold what flow collections are made of. */
export function propertiesEnd(source: string, start: number): number {
  let end = start;
  for (;;) {
    const isTag = source[end] === '!';
    end += 1;
    while (end < source.length && !endsProperty(source.charCodeAt(end), isTag)) end += 1;
    const next = skipTrivia(source, end);
    if (source[next] !== '&' && source[next] !== '!') return end;
    end = next;
  }
}

function endsProperty(code: number, isTag: boolean): boolean {
  return isTag ? isSeparator(code) : !isWord(code);
}
