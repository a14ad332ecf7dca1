import { breakLength, lineEnd } from '../yaml/lines.ts';

/**
 * The end of the last line that is not blank in the first document, from the line of `from` on: behind the comments that follow a
 * list, in front of the mark that ends the document.
 */
export function endOfContent(text: string, from: number): number {
  let end = lineEnd(text, from);
  for (let line = end; line < text.length; ) {
    const start = line + breakLength(text, line);
    line = lineEnd(text, start);
    const content = text.slice(start, line);
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(content)) break;
    if (content.trim() !== '') end = line;
    if (line === start && breakLength(text, line) === 0) break;
  }
  return end;
}
