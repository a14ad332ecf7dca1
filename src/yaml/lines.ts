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

/** The offset where the line of `offset` starts, but at least `floor`. */
export function lineStart(text: string, offset: number, floor = 0): number {
  let start = offset;
  while (start > floor && !isBreak(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/**
 * The offset of the first match from `offset` on, or the end of the text. The engine's search is many times faster
 * than a loop that isn't compiled yet.
 * @param characters a global pattern that matches one character
 */
export function find(characters: RegExp, text: string, offset: number): number {
  characters.lastIndex = offset;
  return characters.test(text) ? characters.lastIndex - 1 : text.length;
}

const BREAK = /[\n\r\x85\u2028\u2029]/g;

/** The offset of the break that ends the line of `offset`, or the end of the text, but at most `limit`. */
export function lineEnd(text: string, offset: number, limit?: number): number {
  if (limit === undefined) return find(BREAK, text, offset);
  let end = offset;
  while (end < limit && !isBreak(text.charCodeAt(end))) end += 1;
  return end;
}

/** The offset after the break that ends the line of `offset`, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return end + breakLength(text, end);
}

/** The length of the line break at `offset`; 0 if there is no break. */
export function breakLength(text: string, offset: number): number {
  if (text.startsWith('\r\n', offset)) return 2;
  return isBreak(text.charCodeAt(offset)) ? 1 : 0;
}

/** The first line break of a text; `\n` if it has none. */
export function lineBreakOf(text: string): string {
  return /\r\n?|\n/.exec(text)?.[0] ?? '\n';
}

/**
 * The offset of the next character that is neither blank, line break nor comment; `offset` must be between two tokens.
 */
export function skipTrivia(text: string, offset: number): number {
  let position = offset;
  for (;;) {
    const code = text.charCodeAt(position);
    if (isBlank(code) || isBreak(code)) position += 1;
    else if (code === HASH) position = lineEnd(text, position);
    else return position;
  }
}

/** The offset of the next non-blank character. */
export function skipBlanks(text: string, offset: number): number {
  let position = offset;
  while (isBlank(text.charCodeAt(position))) position += 1;
  return position;
}

/** True if only blanks precede `offset` on its line. */
export function startsLine(text: string, offset: number): boolean {
  let start = offset;
  while (isBlank(text.charCodeAt(start - 1))) start -= 1;
  return start === 0 || isBreak(text.charCodeAt(start - 1));
}

/** True if the rest of the line is blank or a comment. */
export function isLineDone(text: string, offset: number): boolean {
  const position = skipBlanks(text, offset);
  const code = text.charCodeAt(position);
  return position >= text.length || code === HASH || isBreak(code);
}

/** True if a separate `---` or `...` is at `offset`, in any column. */
export function isDocumentMark(text: string, offset: number): boolean {
  const isLong = text.startsWith('---', offset) || text.startsWith('...', offset);
  return isLong && (offset + 3 === text.length || isSeparator(text.charCodeAt(offset + 3)));
}

/** The column of `offset`; a byte order mark takes no column. */
export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (text[start] === '\uFEFF' ? 1 : 0);
}

/** The start of the spaces that indent `offset`, after a byte order mark; `offset` itself if other text precedes it. */
export function indentStart(text: string, offset: number): number {
  let start = offset;
  while (text[start - 1] === ' ') start -= 1;
  return start === 0 || text[start - 1] === '\uFEFF' || isBreak(text.charCodeAt(start - 1)) ? start : offset;
}

/**
 * Returns a function from offset to position, 1-based; LF, CRLF and CR end a line. Columns count UTF-16 code units, as
 * editors and GitHub do. Reads the text once.
 */
export function lineIndex(
  text: string,
): (offset: number) => { readonly line: number; readonly column: number } {
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
  // A faster loop, because large files have many lines.
  else for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last number <= `value` in an ascending list; 0 if all are greater, or the list is empty. */
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

/** Number of bytes that libyaml decodes at once. */
const CHUNK = 512;

/**
 * The first character that YAML doesn't allow, and where libyaml notices it: at the start of the chunk that it decodes
 * at once.
 */
export function findForbidden(text: string) {
  const offset = text.search(CONTROL);
  return offset < 0 ? null : { offset, noticedFrom: chunkStarts(text, offset + 1).at(-1) ?? 0 };
}

/**
 * The byte order marks that end a chunk, each with the end of the chunk that begins after it. In a scalar, such a mark becomes the first character of the buffer, where
 * go-yaml v2 looks for one at the start of each line (its is_bom): until the next chunk, it skips their first character.
 */
export function marksAtEdges(text: string): { readonly offset: number; readonly end: number }[] {
  if (text.indexOf(MARK, 1) < 0) return [];
  const starts = chunkStarts(text, text.length);
  return starts.flatMap((start, index) =>
    start > 1 && text[start - 1] === MARK
      ? [{ offset: start - 1, end: starts[index + 1] ?? text.length }]
      : [],
  );
}

const MARK = '\uFEFF';

/** The starts of the chunks up to an offset. A character that doesn't fit starts the next chunk. */
function chunkStarts(text: string, until: number): number[] {
  const starts = [0];
  let bytes = 0;
  for (let position = 0; position < until; ) {
    const code = text.codePointAt(position) ?? 0;
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes + length > CHUNK) {
      starts.push(position);
      bytes = 0;
    }
    bytes += length;
    position += length === 4 ? 2 : 1;
  }
  return starts;
}
