import { isBreak } from '../yaml/characters.ts';
import type { Edit } from '../yaml/edit.ts';
import { breakLength, lineEnd, lineStart } from '../yaml/lines.ts';
import type { ScalarNode, YamlNode } from '../yaml/node.ts';

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
export function needsOpenEnd(text: string, scalar: ScalarNode): boolean {
  if (scalar.end < text.length || isBreak(text.charCodeAt(scalar.end - 1))) return false;
  return !(headerOf(text, scalar)?.[2] ?? '-').includes('-');
}

/** Whether the blank lines behind a block scalar are its own. */
export function keepsBlankLines(text: string, scalar: ScalarNode): boolean {
  return headerOf(text, scalar)?.[2]?.includes('+') ?? false;
}

/** Lets a block scalar end without a line break, whatever follows. */
export function stripHeader(text: string, scalar: ScalarNode): Edit {
  const [, mark = '', indicators = ''] = headerOf(text, scalar) ?? [];
  const start = (headerOf(text, scalar)?.index ?? 0) + mark.length + lineStart(text, headerEnd(scalar));
  return { start, end: start + indicators.length, replacement: `${indicators.replace('+', '')}-` };
}

/** `|` or `>` and what stands behind it, on the line in front of the content. */
function headerOf(text: string, scalar: ScalarNode): RegExpExecArray | null {
  const line = text.slice(lineStart(text, headerEnd(scalar)), scalar.start);
  return /([|>])([-+0-9]{0,2})\s*(?:#.*)?\s*$/.exec(line);
}

function headerEnd({ start }: ScalarNode): number {
  return Math.max(start - 1, 0);
}
