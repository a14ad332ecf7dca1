import { isSeparator } from './characters.ts';
import type { ScalarNode } from './node.ts';

/** Behind the closing quote of a scalar that ends at `end`, or behind the last character of a block scalar that is not blank. */
export function scalarEnd(source: string, style: ScalarNode['style'], end: number): number {
  if (style === 'plain') return end;
  if (style === 'single' || style === 'double') return end + 1;
  let last = end;
  while (isSeparator(source.charCodeAt(last - 1))) last -= 1;
  return last;
}
