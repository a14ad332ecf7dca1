import { breakLength, skipTrivia } from './lines.ts';
import { isUnwritten, type MappingNode, type SequenceNode, type YamlNode } from './node.ts';

/** Where an item of a list lies in the source. */
export interface ListItem {
  /** Of its dash; in a flow list, of the item itself. */
  readonly start: number;
  readonly end: number;
  /** Of the comma behind an item of a flow list; -1 where there is none. */
  readonly comma: number;
}

/** The places of all items of a block list. */
export function blockItems({ dashes, items }: SequenceNode): ListItem[] {
  return items.map(({ end }, index) => ({ start: dashes[index] ?? -1, end, comma: -1 }));
}

/** The places of all items of a flow list. */
export function flowItems(source: string, { items }: SequenceNode): ListItem[] {
  return items.map((item) => flowItem(source, item.start, item.end + gapBehind(source, item)));
}

/** The places of the pairs of a flow mapping. */
export function flowPairs(source: string, { pairs }: MappingNode): ListItem[] {
  return pairs.map(({ key, value }) => flowItem(source, key.start, value.end));
}

function flowItem(source: string, start: number, end: number): ListItem {
  const next = skipTrivia(source, end);
  return { start, end, comma: source[next] === ',' ? next : -1 };
}

/** A bare tag needs what separates it from whatever follows: it may hold commas and brackets itself. */
export function gapBehind(source: string, node: YamlNode): number {
  return node.kind === 'scalar' && node.tag !== null && isUnwritten(node)
    ? breakLength(source, node.end) || 1
    : 0;
}
