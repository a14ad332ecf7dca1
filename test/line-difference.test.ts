import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDifference } from './line-difference.ts';
import { runs } from './runs.ts';

test('a difference says which lines are gone, new and the same', () => {
  expect(lineDifference('a\nb\nc\nd\n', 'a\nB\nc\nd\ne\n')).toBe('=1 line\n-b\n+B\n=2 lines\n+e\n');
  expect(lineDifference('a\nb\n', 'a\nb\n')).toBe('=2 lines\n');
  expect(lineDifference('a\n', 'a')).toBe('-a\n+a(no line break)\n');
});

test('texts that differ have different differences from a third one', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', '', 'a\r', '-a', '+b', '=2 lines'), { maxLength: 6 })
    .map((lines) => lines.map((line) => `${line}\n`).join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(patched(before, lineDifference(before, after))).toBe(after);
    }),
    runs(2000),
  );
});

/** The text that has a difference from another one. */
function patched(before: string, difference: string): string {
  const old = before.match(/[^\n]*\n/g) ?? [];
  const lines = (difference.match(/[^\n]*\n/g) ?? []).flatMap((line) => {
    const [, same] = /^=(\d+) lines?\n$/.exec(line) ?? [];
    if (same !== undefined) return old.splice(0, Number(same));
    if (line.startsWith('+')) return [line.slice(1)];
    expect(`-${old.shift()}`).toBe(line);
    return [];
  });
  expect(old.join('')).toBe('');
  return lines.join('');
}
