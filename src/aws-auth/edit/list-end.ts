import { isBreak } from '../../yaml/characters.ts';
import { breakLength, lineEnd, lineStart } from '../../yaml/lines.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';

/**
 * The end of the last line of a list with the comments that follow it, from the line of `from` on. What stands behind them, a mark
 * that ends the document or anything else, the authenticator does not look at.
 */
export function endOfContent(text: string, from: number): number {
  let end = lineEnd(text, from);
  for (let line = end; breakLength(text, line) > 0; ) {
    const start = line + breakLength(text, line);
    line = lineEnd(text, start);
    const content = text.slice(start, line).trim();
    if (content.startsWith('#')) end = line;
    else if (content !== '') break;
  }
  return end;
}

/** The block scalar that a node ends with, if it does: what stands behind it decides on its last line breaks. */
export function lastBlockScalar(node: YamlNode | undefined): ScalarNode | undefined {
  let last = node;
  while (last?.kind === 'sequence' || last?.kind === 'mapping') {
    if (last.flow) return undefined;
    last = last.kind === 'sequence' ? last.items.at(-1) : last.pairs.at(-1)?.value;
  }
  return last?.kind === 'scalar' && (last.style === 'literal' || last.style === 'folded') ? last : undefined;
}

/** Whether a block scalar at the end of a text would read otherwise if a line break followed it. */
export function needsOpenEnd(text: string, { start, end }: ScalarNode): boolean {
  if (end < text.length || isBreak(text.charCodeAt(end - 1))) return false;
  const header = text.slice(lineStart(text, Math.max(start - 1, 0)), start);
  return !/[|>](?:[0-9]?-|-[0-9]?)(?:\s*|\s+#.*\s*)$/.test(header);
}
