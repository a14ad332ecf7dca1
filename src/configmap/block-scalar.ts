import { isSeparator, skipTrivia } from '../yaml/lines.ts';
import type { ScalarNode } from '../yaml/node.ts';

/** A literal block scalar: its header, and its content as lines. */
export interface Literal {
  readonly header: string;
  readonly lines: string;
}

/** A text as a literal block scalar below a key in `keyColumn`; null where the style cannot hold it. */
export function literalOf(text: string, keyColumn: number, lineBreak: string): Literal | null {
  // A literal keeps one final line break or, with +, also the blank lines that follow it in the file.
  if (!fitsLiteral(text) || text.trim() === '' || text.endsWith('\n\n')) return null;
  const chomping = text.endsWith('\n') ? '' : '-';
  const content = text.endsWith('\n') ? text : `${text}\n`;
  const lines = indentLines(content, keyColumn + INDENT).replaceAll('\n', lineBreak);
  return { header: `|${startsIndented(text) ? INDENT : ''}${chomping}`, lines };
}

/** Puts spaces in front of every line that holds something. */
export function indentLines(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}

/** Columns that a literal is indented by below its key. */
export const INDENT = 2;

/** Whether a reader would take the first line's own blanks for indentation. */
export function startsIndented(text: string): boolean {
  return /^\n* /.test(text);
}

/** Whether a text has nothing that a literal cannot hold, or that YAML 1.1 would take for a line break of its own. */
function fitsLiteral(text: string): boolean {
  return !/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u.test(text);
}

/** The header of a block scalar: where it is, and its explicit indentation, 0 for none. */
interface BlockHeader {
  readonly start: number;
  readonly end: number;
  readonly increment: number;
  readonly chomping: string;
}

export function blockHeader(source: string, scalar: ScalarNode): BlockHeader {
  let { start } = scalar;
  while (source[start] === '&' || source[start] === '!') {
    while (!isSeparator(source.charCodeAt(start))) start += 1;
    start = skipTrivia(source, start);
  }
  const [header = '', indicators = ''] = /^[|>]([-+0-9]{0,2})/.exec(source.slice(start, start + 3)) ?? [];
  const increment = Number(/[0-9]/.exec(indicators)?.[0] ?? 0);
  return { start, end: start + header.length, increment, chomping: /[-+]/.exec(indicators)?.[0] ?? '' };
}
