import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from '../../src/aws-auth/diff-lines.ts';
import { applyEdits, type Edit } from '../../src/yaml/edit.ts';
import { runs } from '../runs.ts';
import { applyDiff } from './apply-diff.ts';
import { unifiedDiff } from './unified-diff.ts';

describe('unifiedDiff', () => {
  const numbered = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join('');
  const replaced = (text: string, part: string, replacement: string): Edit => {
    const start = text.indexOf(part);
    return { start, end: start + part.length, replacement };
  };

  it('shows three lines around a change', () => {
    const edits = [replaced(numbered, 'line 10\n', 'line ten\nline 10.5\n')];
    expect(unifiedDiff(numbered, edits, 'a/f.yaml', 'b/f.yaml')).toBe(
      [
        '--- a/f.yaml\n+++ b/f.yaml\n@@ -7,7 +7,8 @@\n line 7\n line 8\n line 9\n-line 10\n+line ten\n+line 10.5\n',
        ' line 11\n line 12\n line 13\n',
      ].join(''),
    );
  });

  it('joins changes whose context touches, and separates others', () => {
    const edits = [
      replaced(numbered, 'line 2\n', ''),
      replaced(numbered, 'line 9\n', ''),
      replaced(numbered, 'line 17\n', ''),
    ];
    const hunks = diffLines(numbered, edits, 'a', 'b').filter(({ kind }) => kind === 'hunk');
    expect(hunks.map(({ text }) => text)).toEqual(['@@ -1,12 +1,10 @@', '@@ -14,7 +12,6 @@']);
  });

  it('counts lines that earlier hunks added and removed', () => {
    const edits = [2, 10, 18].map((line) => replaced(numbered, `line ${line}\n`, 'a\nb\nc\n'));
    const hunks = diffLines(numbered, edits, 'a', 'b').filter(({ kind }) => kind === 'hunk');
    expect(hunks.map(({ text }) => text)).toEqual([
      '@@ -1,5 +1,7 @@',
      '@@ -7,7 +9,9 @@',
      '@@ -15,6 +19,8 @@',
    ]);
  });

  it.each([
    [
      'one change of two that touch',
      'a\nbc\n',
      [
        [0, 2, 'x\n'],
        [3, 4, 'y'],
      ],
      '-a\n-bc\n+x\n+by\n',
    ],
    [
      'one change of a whole line and the next',
      'a\nb\nc\n',
      [
        [0, 2, 'x\n'],
        [2, 3, 'y'],
      ],
      '-a\n-b\n+x\n+y\n c\n',
    ],
    ['no line that stays the same in front', 'a\nb\nc\n', [[0, 6, 'a\nb\nx\n']], ' a\n b\n-c\n+x\n'],
    ['no equal line at the end', 'a\nb\nc\n', [[0, 6, 'x\nb\nc\n']], '-a\n+x\n b\n c\n'],
    ['a line that is doubled', 'a\na\n', [[0, 0, 'a\n']], '+a\n a\n a\n'],
    ['a line that goes between others', 'a\nb\nc\n', [[2, 4, '']], ' a\n-b\n c\n'],
    ['what joins two lines', 'a\nb\nc\n', [[1, 2, '']], '-a\n-b\n+ab\n c\n'],
    ['what divides a line', 'ab\nc\n', [[1, 1, '\n']], '-ab\n+a\n+b\n c\n'],
    ['a line after the last', 'a\n', [[2, 2, 'b\n']], ' a\n+b\n'],
    [
      'two changes with a line between',
      'a\nb\nc\n',
      [
        [0, 1, 'x'],
        [4, 5, 'y'],
      ],
      '-a\n+x\n b\n-c\n+y\n',
    ],
  ] as const)('shows %s', (_, before, places, body) => {
    const edits = places.map(([start, end, replacement]) => ({ start, end, replacement }));
    expect(unifiedDiff(before, edits, 'a', 'b').replace(/^(?:.*\n){3}/, '')).toBe(body);
  });

  it('marks a missing final line break, before and after', () => {
    const edits = [{ start: 3, end: 3, replacement: '\ntwo' }];
    expect(unifiedDiff('one', edits, 'a', 'b')).toBe(
      '--- a\n+++ b\n@@ -1 +1,2 @@\n-one\n\\ No newline at end of file\n+one\n+two\n\\ No newline at end of file\n',
    );
  });

  it('has a kind for each line', () => {
    const lines = diffLines('a\nb', [{ start: 2, end: 3, replacement: 'c' }], 'x', 'y');
    expect(lines.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'file: --- x',
      'file: +++ y',
      'hunk: @@ -1,2 +1,2 @@',
      'context:  a',
      'removed: -b',
      'no-newline: \\ No newline at end of file',
      'added: +c',
      'no-newline: \\ No newline at end of file',
    ]);
  });

  it('names the line before an empty range', () => {
    const insertion = { start: 0, end: 0, replacement: 'a\n' };
    expect(unifiedDiff('', [insertion], 'a', 'b')).toBe('--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n');
    const removal = { start: 0, end: 2, replacement: '' };
    expect(unifiedDiff('a\n', [removal], 'a', 'b')).toBe('--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n');
  });

  it('keeps carriage returns, and is empty if nothing changes', () => {
    const edits = [{ start: 3, end: 4, replacement: 'X' }];
    expect(unifiedDiff('a\r\nb\r\n', edits, 'a', 'b')).toBe(
      '--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+X\r\n',
    );
    expect(unifiedDiff('a\n', [{ start: 0, end: 1, replacement: 'a' }], 'a', 'b')).toBe('');
  });

  it('can be applied as a patch, whatever the edits', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', '\n', '\r\n'), { maxLength: 60 })
      .map((parts) => parts.join(''));
    const cuts = fc.array(fc.tuple(fc.nat(60), fc.constantFrom('', 'x', '\n', 'x\n', '\nx', 'x\ny\n')), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, cuts, fc.boolean(), (before, places, inserts) => {
        const edits = editsAt(before, places, inserts);
        const after = applyEdits(before, edits);
        expect(applyDiff(before, unifiedDiff(before, edits, 'a', 'b'))).toBe(after);
      }),
      runs(3000),
    );
  });
});

function editsAt(text: string, places: readonly (readonly [number, string])[], inserts: boolean): Edit[] {
  const offsets = [...new Set(places.map(([offset]) => Math.min(offset, text.length)))].toSorted(
    (a, b) => a - b,
  );
  return offsets.map((start, index) => {
    const end = inserts ? start : Math.min(start + 2, offsets[index + 1] ?? text.length);
    return { start, end, replacement: places[index]?.[1] ?? '' };
  });
}
