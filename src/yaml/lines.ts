import { isBlank, isBreak } from './characters.ts';

const HASH = 0x23;

/** The offset at which the line of `offset` starts; `floor` where that is further left. */
export function lineStart(text: string, offset: number, floor = 0): number {
  let start = offset;
  while (start > floor && !isBreak(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/** The offset of the break that ends the line of `offset`, or the end of the text; `limit` where that is further right. */
export function lineEnd(text: string, offset: number, limit = text.length): number {
  let end = offset;
  while (end < limit && !isBreak(text.charCodeAt(end))) end += 1;
  return end;
}

/** The offset behind the break that ends the line of `offset`, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return end + breakLength(text, end);
}

/** The length of the line break at `offset`; 0 where there is none. */
export function breakLength(text: string, offset: number): number {
  if (text.startsWith('\r\n', offset)) return 2;
  return isBreak(text.charCodeAt(offset)) ? 1 : 0;
}

/** The line break that the text uses first; `\n` where it has none. */
export function lineBreakOf(text: string): string {
  return /\r\n?|\n/.exec(text)?.[0] ?? '\n';
}

/** The offset of the next character that is neither blank, line break nor comment; `offset` lies between two tokens. */
export function skipTrivia(text: string, offset: number): number {
  let position = offset;
  for (;;) {
    const code = text.charCodeAt(position);
    if (isBlank(code) || isBreak(code)) position += 1;
    else if (code === HASH) position = lineEnd(text, position);
    else return position;
  }
}

/** The offset of the next character that is no blank. */
export function skipBlanks(text: string, offset: number): number {
  let position = offset;
  while (isBlank(text.charCodeAt(position))) position += 1;
  return position;
}

/** Whether nothing but blanks stands in front of `offset` in its line. */
export function startsLine(text: string, offset: number): boolean {
  let start = offset;
  while (isBlank(text.charCodeAt(start - 1))) start -= 1;
  return start === 0 || isBreak(text.charCodeAt(start - 1));
}

/** Whether the rest of the line is blank or a comment. */
export function isLineDone(text: string, offset: number): boolean {
  const position = skipBlanks(text, offset);
  const code = text.charCodeAt(position);
  return position >= text.length || code === HASH || isBreak(code);
}

/** Columns in front of `offset` in its line; a byte order mark takes none. */
export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (text[start] === '\uFEFF' ? 1 : 0);
}

/** Where the spaces that indent `offset` start, behind a byte order mark; `offset` itself where more stands in front of it. */
export function indentStart(text: string, offset: number): number {
  let start = offset;
  while (text[start - 1] === ' ') start -= 1;
  return start === 0 || text[start - 1] === '\uFEFF' || isBreak(text.charCodeAt(start - 1)) ? start : offset;
}
