/** The character classes of YAML 1.1, which counts NEL, LS and PS as line breaks. The text must end in NUL. */
export const NUL = 0;
export const TAB = 0x09;
export const SPACE = 0x20;

export function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

export function isBreakOrEnd(code: number): boolean {
  return code === NUL || isBreak(code);
}

/** A blank, a line break or the end. */
export function isSeparator(code: number): boolean {
  return code <= SPACE ? code === SPACE || code === TAB || isBreakOrEnd(code) : isBreak(code);
}

const HASH = 0x23;

/** The offset at which the line of `offset` starts; `floor` where that is further left. */
export function lineStart(text: string, offset: number, floor = 0): number {
  let start = offset;
  while (start > floor && !isBreak(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/**
 * The offset of the first of these characters from `offset` on, or the end of the text. The engine's own search is many times faster than
 * a loop that has not yet been compiled.
 * @param characters a global pattern that matches one character
 */
export function find(characters: RegExp, text: string, offset: number): number {
  characters.lastIndex = offset;
  return characters.test(text) ? characters.lastIndex - 1 : text.length;
}

const BREAK = /[\n\r\x85\u2028\u2029]/g;

/** The offset of the break that ends the line of `offset`, or the end of the text; `limit` where that is further right. */
export function lineEnd(text: string, offset: number, limit?: number): number {
  if (limit === undefined) return find(BREAK, text, offset);
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

/** Whether `---` or `...` stands at `offset` on its own, in whatever column. */
export function isDocumentMark(text: string, offset: number): boolean {
  const isLong = text.startsWith('---', offset) || text.startsWith('...', offset);
  return isLong && (offset + 3 === text.length || isSeparator(text.charCodeAt(offset + 3)));
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

/** 1-based; columns count UTF-16 code units, as editors and GitHub do. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Answers the position of an offset in a text; LF, CRLF and CR end a line. Reads the text once. */
export function lineIndex(text: string): (offset: number) => Position {
  const starts = lineStarts(text);
  return (offset) => {
    const line = lastNotAbove(starts, offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  if (text.includes('\r')) {
    const lineBreak = /\r\n|\n|\r/g;
    while (lineBreak.test(text)) starts.push(lineBreak.lastIndex);
  }
  // Faster, and of a large file there are many.
  else for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last of ascending numbers that is not above `value`; 0 where all are, or there are none. */
export function lastNotAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

const CONTROL =
  /[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** libyaml decodes so many bytes at a time. */
const CHUNK = 512;

/** The first character that no YAML text may have. */
interface ForbiddenCharacter {
  readonly offset: number;
  /** libyaml stumbles over it when it comes here: at the start of the stretch that it decodes at once. */
  readonly noticedFrom: number;
}

export function findForbidden(text: string): ForbiddenCharacter | null {
  const offset = text.search(CONTROL);
  return offset < 0 ? null : { offset, noticedFrom: chunkStart(text, offset) };
}

/** Where the stretch starts that holds the character at `offset`. A character that no longer fits into one starts the next. */
function chunkStart(text: string, offset: number): number {
  let [start, bytes] = [0, 0];
  for (let position = 0; position <= offset; ) {
    const code = text.codePointAt(position) ?? 0;
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes + length > CHUNK) [start, bytes] = [position, 0];
    bytes += length;
    position += length === 4 ? 2 : 1;
  }
  return start;
}
