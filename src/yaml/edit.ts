import { breakLength, isBreak } from './lines.ts';

/** Replaces a range of a text; offsets refer to the text before any edit. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Sorts edits in text order; at the same place, insertions precede replacements. */
export function sortEdits(edits: readonly Edit[]): Edit[] {
  return edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
}

/** Applies sorted edits; undefined if two overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  const parts: string[] = [];
  let position = 0;
  for (const { start, end, replacement } of edits) {
    if (start < position || end < start || end > text.length) return undefined;
    parts.push(text.slice(position, start), replacement);
    position = end;
  }
  parts.push(text.slice(position));
  return parts.join('');
}

/** Joins adjacent sorted edits. */
export function joinEdits(edits: readonly Edit[]): Edit[] {
  const joined: Edit[] = [];
  for (const edit of edits) {
    const last = joined.at(-1);
    if (last?.end !== edit.start) joined.push(edit);
    else
      joined[joined.length - 1] = {
        start: last.start,
        end: edit.end,
        replacement: last.replacement + edit.replacement,
      };
  }
  return joined;
}

/** A kept range of a text, or inserted text. */
type Piece = { readonly start: number; readonly end: number } | string;

/**
 * Combines sorted edits of a text with sorted edits of their result.
 * @param length the length of the original text
 */
export function composeEdits(length: number, first: readonly Edit[], next: readonly Edit[]): Edit[] {
  const pieces = editPieces(editPieces([{ start: 0, end: length }], first), next);
  const edits: Edit[] = [];
  let [position, inserted] = [0, ''];
  for (const piece of [...pieces, { start: length, end: length }]) {
    if (typeof piece === 'string') inserted += piece;
    else {
      if (piece.start > position || inserted !== '')
        edits.push({ start: position, end: piece.start, replacement: inserted });
      [position, inserted] = [piece.end, ''];
    }
  }
  return edits;
}

/** Applies sorted edits to a text in pieces. */
function editPieces(pieces: readonly Piece[], edits: readonly Edit[]): Piece[] {
  const result: Piece[] = [];
  // The next piece, its processed length, and the corresponding offset in the text.
  let [index, done, offset] = [0, 0, 0];
  /** Consumes pieces up to an offset; splits the piece that extends beyond it. */
  const take = (until: number, isKept: boolean) => {
    for (let piece = pieces[index]; piece !== undefined && offset < until; piece = pieces[index]) {
      const more = Math.min(lengthOf(piece) - done, until - offset);
      if (isKept) result.push(part(piece, done, done + more));
      [done, offset] = [done + more, offset + more];
      if (done === lengthOf(piece)) [index, done] = [index + 1, 0];
    }
  };
  for (const { start, end, replacement } of edits) {
    take(start, true);
    take(end, false);
    if (replacement !== '') result.push(replacement);
  }
  take(Number.POSITIVE_INFINITY, true);
  return result;
}

function lengthOf(piece: Piece): number {
  return typeof piece === 'string' ? piece.length : piece.end - piece.start;
}

function part(piece: Piece, from: number, to: number): Piece {
  if (typeof piece === 'string') return piece.slice(from, to);
  return { start: piece.start + from, end: piece.start + to };
}

/** Inserts whole lines after the line that ends at `lineEnd`; `lines` ends with `lineBreak`. */
export function insertLinesAfter(text: string, lineEnd: number, lines: string, lineBreak: string): Edit {
  const length = breakLength(text, lineEnd);
  const position = lineEnd + length;
  const replacement = length > 0 ? lines : lineBreak + lines.slice(0, -lineBreak.length);
  return { start: position, end: position, replacement };
}

/**
 * Sorts edits. If they delete the last lines of a text without a final line break, removes the line break before them
 * instead.
 */
export function keepFinalBreakMissing(text: string, edits: readonly Edit[]): Edit[] {
  const result = sortEdits(edits);
  if (text === '' || isBreak(text.charCodeAt(text.length - 1))) return result;
  let index = result.length - 1;
  while (result[index]?.start === text.length) index -= 1;
  let first = -1;
  for (
    let reach = text.length;
    result[index]?.end === reach && result[index]?.replacement === '';
    index -= 1
  ) {
    first = index;
    reach = result[index]?.start ?? 0;
  }
  const edit = result[first];
  if (!edit || edit.start === 0 || !isBreak(text.charCodeAt(edit.start - 1))) return result;
  const start = edit.start - (text.endsWith('\r\n', edit.start) ? 2 : 1);
  if ((result[first - 1]?.end ?? 0) <= start) result[first] = { ...edit, start };
  return result;
}
