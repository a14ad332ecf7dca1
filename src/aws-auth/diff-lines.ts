import type { Edit } from '../yaml/edit.ts';

/** A line of a unified diff, including its first character. */
export interface DiffLine {
  readonly kind: 'file' | 'hunk' | 'context' | 'removed' | 'added' | 'no-newline';
  /** Without the line feed, but with a carriage return before it. */
  readonly text: string;
}

const CONTEXT = 3;

/**
 * A unified diff of a text and its sorted edits, line by line; empty if nothing changes. `from` and `to` name the
 * files. Runs in linear time.
 */
export function diffLines(before: string, edits: readonly Edit[], from: string, to: string): DiffLine[] {
  const lines = linesOf(before);
  const narrowed = edits.flatMap((edit) => withoutEqualLines(before, edit));
  const changes = changedLines(before, lines, narrowed);
  if (changes.length === 0) return [];
  const result: DiffLine[] = [
    { kind: 'file', text: `--- ${from}` },
    { kind: 'file', text: `+++ ${to}` },
  ];
  let shift = 0;
  for (const hunk of hunksOf(changes)) {
    result.push(...hunkLines(lines, hunk, shift));
    shift += hunk.reduce((sum, { added, removed }) => sum + added.length - removed, 0);
  }
  return result;
}

/** Changes whose contexts touch share a hunk. */
function hunksOf(changes: readonly LineChange[]): LineChange[][] {
  const hunks: LineChange[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    if (change.line - end > 2 * CONTEXT) hunks.push([]);
    hunks.at(-1)?.push(change);
    end = change.line + change.removed;
  }
  return hunks;
}

function hunkLines(lines: readonly string[], hunk: readonly LineChange[], shift: number): DiffLine[] {
  const [first, last] = [hunk[0], hunk.at(-1)];
  if (!first || !last) return [];
  const start = Math.max(first.line - CONTEXT, 0);
  const end = Math.min(last.line + last.removed + CONTEXT, lines.length);
  const body: DiffLine[] = [];
  let position = start;
  for (const { line, removed, added } of hunk) {
    for (const text of lines.slice(position, line)) body.push(...shown('context', text));
    for (const text of lines.slice(line, line + removed)) body.push(...shown('removed', text));
    for (const text of added) body.push(...shown('added', text));
    position = line + removed;
  }
  for (const text of lines.slice(position, end)) body.push(...shown('context', text));
  const growth = hunk.reduce((sum, { added, removed }) => sum + added.length - removed, 0);
  const [old, fresh] = [range(start, end - start), range(start + shift, end - start + growth)];
  return [{ kind: 'hunk', text: `@@ -${old} +${fresh} @@` }, ...body];
}

/** A range in diff(1) format: omits a count of 1; an empty range names the line before it. */
function range(start: number, count: number): string {
  if (count === 1) return `${start + 1}`;
  return `${count === 0 ? start : start + 1},${count}`;
}

const SIGNS = { context: ' ', removed: '-', added: '+' } as const;

function shown(kind: keyof typeof SIGNS, line: string): DiffLine[] {
  if (line.endsWith('\n')) return [{ kind, text: SIGNS[kind] + line.slice(0, -1) }];
  return [
    { kind, text: SIGNS[kind] + line },
    { kind: 'no-newline', text: '\\ No newline at end of file' },
  ];
}

/** Lines that are replaced with others. */
interface LineChange {
  /** The first line, from 0. */
  readonly line: number;
  removed: number;
  readonly added: string[];
}

/** A text's lines, each with its line feed; the last may lack it. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The fewest lines that sorted edits touch; edits of the same line become one change. Reads the text once. */
function changedLines(text: string, lines: readonly string[], edits: readonly Edit[]): LineChange[] {
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

/** Appends a change; merges it into the last one if they touch. */
function append(changes: LineChange[], change: LineChange): void {
  const last = changes.at(-1);
  if (last && last.line + last.removed === change.line) {
    last.added.push(...change.added);
    last.removed += change.removed;
  } else changes.push(change);
}

/**
 * Whole lines from `start` on, as long as each edit is on the same or next line as the previous one.
 * @returns the end of the last line, the replacement of the lines, and the index of the first edit after them
 */
function regionOf(text: string, start: number, edits: readonly Edit[], first: number) {
  const after: string[] = [];
  let [position, end, next, written] = [start, start, first, '\n'];
  for (let edit = edits[next]; edit && (next === first || edit.start <= end); edit = edits[next]) {
    const between = text.slice(position, edit.start);
    after.push(between, edit.replacement);
    written = edit.replacement || between || written;
    position = edit.end;
    const isWhole = written.endsWith('\n') && (position === 0 || text[position - 1] === '\n');
    const lineFeed = text.indexOf('\n', position);
    end = isWhole ? position : lineFeed < 0 ? text.length : lineFeed + 1;
    next += 1;
  }
  after.push(text.slice(position, end));
  return { end, after: after.join(''), next };
}

/** An edit without the lines at its start and end that stay the same; nothing if all do. */
function withoutEqualLines(text: string, { start, end, replacement }: Edit): Edit[] {
  const [removed, added] = [linesOf(text.slice(start, end)), linesOf(replacement)];
  const change = trimmed(removed, added, 0);
  if (!change) return [];
  const lengthOf = (lines: readonly string[]) => lines.reduce((sum, { length }) => sum + length, 0);
  const head = lengthOf(removed.slice(0, change.line));
  const tail = lengthOf(removed.slice(change.line + change.removed));
  return [{ start: start + head, end: end - tail, replacement: change.added.join('') }];
}

/** Strips equal lines at both ends; undefined if all lines are equal. */
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
