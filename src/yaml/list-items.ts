import { breakLength, skipTrivia } from './lines.ts';
import type { MappingNode, SequenceNode, YamlNode } from './node.ts';
import { nodeEnd, nodeStart, pairEnd, propertiesEnd } from './node-end.ts';

/** Where an item of a list lies in the source. */
export interface ListItem {
  /** Of its dash; in a flow list, of the item itself. */
  readonly start: number;
  readonly end: number;
  /** Of the comma behind an item of a flow list; -1 where there is none. */
  readonly comma: number;
}

/** The places of all items of a block list. Reads the source of the list once. */
export function blockItems(source: string, list: SequenceNode): ListItem[] {
  let position = list.start;
  return list.items.map((item) => {
    const start = skipTrivia(source, position);
    position = nodeEnd(source, item, start + 1);
    return { start, end: position, comma: -1 };
  });
}

/** The places of all items of a flow list. Reads the source of the list once. */
export function flowItems(source: string, list: SequenceNode): ListItem[] {
  let position = list.start + 1;
  return list.items.map((item) => {
    const start = nodeStart(item);
    const end = nodeEnd(source, item, skipTrivia(source, position)) + gapBehind(source, item);
    const next = skipTrivia(source, end);
    const comma = source[next] === ',' ? next : -1;
    position = comma < 0 ? end : comma + 1;
    return { start: start < 0 ? end : start, end, comma };
  });
}

/** The places of the pairs of a flow mapping. */
export function flowPairs(source: string, mapping: MappingNode): ListItem[] {
  return mapping.pairs.map((pair) => {
    const start = nodeStart(pair.key);
    const end = pairEnd(source, pair, start);
    const next = skipTrivia(source, end);
    return { start, end, comma: source[next] === ',' ? next : -1 };
  });
}

/** A bare tag needs what separates it from whatever follows: it may hold commas and brackets itself. */
export function gapBehind(source: string, node: YamlNode): number {
  if (node.kind !== 'scalar' || node.start >= 0 || node.tag === null) return 0;
  const end = propertiesEnd(source, node.propertiesStart);
  return breakLength(source, end) || 1;
}
