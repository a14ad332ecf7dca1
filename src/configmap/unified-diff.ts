import type { Edit } from '../yaml/edit.ts';
import { changedLines, type LineChange, linesOf } from './line-change.ts';

/** A line of a unified diff, its first character included. */
export interface DiffLine {
  readonly kind: 'file' | 'hunk' | 'context' | 'removed' | 'added' | 'no-newline';
  /** Without the line feed; a carriage return in front of that stays. */
  readonly text: string;
}

const CONTEXT = 3;

/**
 * A unified diff of a text and sorted edits of it, line by line; nothing where nothing changes. `from` and `to` name the two files.
 * Linear in the text.
 */
export function diffLines(before: string, edits: readonly Edit[], from: string, to: string): DiffLine[] {
  const lines = linesOf(before);
  const changes = changedLines(before, lines, edits);
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

/** As diff(1) writes it: a count of 1 is left out, and a range without lines names the line in front of it. */
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
