import type { Edit } from '../yaml/edit.ts';

/** Lines that others take the place of. */
export interface LineChange {
  /** The first line, from 0. */
  readonly line: number;
  readonly removed: number;
  readonly added: string[];
}

/** The lines of a text, each with its line feed; the last may have none. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The lines that sorted edits touch, as few as possible; edits of the same line are one change. Reads the text once. */
export function changedLines(text: string, lines: readonly string[], edits: readonly Edit[]): LineChange[] {
  const changes: LineChange[] = [];
  let [line, offset] = [0, 0];
  const advance = (isBehind: (length: number) => boolean) => {
    for (let next = lines[line]; next !== undefined && isBehind(next.length); next = lines[line]) {
      offset += next.length;
      line += 1;
    }
  };
  for (let index = 0; index < edits.length; ) {
    const start = edits[index]?.start ?? text.length;
    advance((length) => offset + length <= start && text[offset + length - 1] === '\n');
    const from = line;
    const region = regionOf(text, offset, edits, index);
    advance(() => offset < region.end);
    const change = trimmed(lines.slice(from, line), linesOf(region.after), from);
    if (change) append(changes, change);
    index = region.next;
  }
  return changes;
}

/** Appends a change, or lets the last one grow where the two touch. */
function append(changes: LineChange[], change: LineChange): void {
  const last = changes.at(-1);
  if (!last || last.line + last.removed !== change.line) changes.push(change);
  else changes[changes.length - 1] = joined(last, change);
}

function joined(one: LineChange, next: LineChange): LineChange {
  const added = one.added;
  added.push(...next.added);
  return { line: one.line, removed: one.removed + next.removed, added };
}

interface Region {
  /** Behind its last whole line. */
  readonly end: number;
  /** What the lines become. */
  readonly after: string;
  /** The first edit behind it. */
  readonly next: number;
}

/** Whole lines from `start` on, as far as edits follow one another in the same or the next line. */
function regionOf(text: string, start: number, edits: readonly Edit[], first: number): Region {
  const after: string[] = [];
  let [position, end, next, written] = [start, start, first, '\n'];
  for (let edit = edits[next]; edit && (next === first || edit.start <= end); edit = edits[next]) {
    const between = text.slice(position, edit.start);
    after.push(between, edit.replacement);
    written = edit.replacement || between || written;
    position = edit.end;
    const isWhole = written.endsWith('\n') && (position === 0 || text[position - 1] === '\n');
    end = isWhole ? position : lineAfter(text, position);
    next += 1;
  }
  after.push(text.slice(position, end));
  return { end, after: after.join(''), next };
}

function lineAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** Leaves out the lines that are the same at both ends; undefined where all are. */
function trimmed(removed: readonly string[], added: readonly string[], line: number): LineChange | undefined {
  const most = Math.min(removed.length, added.length);
  let [head, tail] = [0, 0];
  while (head < most && removed[head] === added[head]) head += 1;
  while (tail < most - head && removed.at(-1 - tail) === added.at(-1 - tail)) tail += 1;
  const change = {
    line: line + head,
    removed: removed.length - head - tail,
    added: added.slice(head, added.length - tail),
  };
  return change.removed + change.added.length > 0 ? change : undefined;
}
