import { breakLength, lineEnd } from '../yaml/lines.ts';

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
