import { isSeparator, skipTrivia } from '../yaml/lines.ts';
import type { ScalarNode } from '../yaml/node.ts';

/** Indents every non-empty line. */
export function indentLines(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}

/** A block scalar's header: place, explicit indentation (0 if missing) and chomping indicator. */
export function blockHeader(source: string, scalar: ScalarNode) {
  let { start } = scalar;
  while (source[start] === '&' || source[start] === '!') {
    while (!isSeparator(source.charCodeAt(start))) start += 1;
    start = skipTrivia(source, start);
  }
  const [header = '', indicators = ''] = /^[|>]([-+0-9]{0,2})/.exec(source.slice(start, start + 3)) ?? [];
  const increment = Number(/[0-9]/.exec(indicators)?.[0] ?? 0);
  return { start, end: start + header.length, increment, chomping: /[-+]/.exec(indicators)?.[0] ?? '' };
}
