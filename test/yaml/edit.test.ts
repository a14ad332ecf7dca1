import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gapBehind } from '../../src/aws-auth/edit-list.ts';
import {
  applyEdits,
  composeEdits,
  type Edit,
  insertLinesAfter,
  joinEdits,
  keepFinalBreakMissing,
  sortEdits,
} from '../../src/yaml/edit.ts';
import { parseYaml } from '../../src/yaml/parser.ts';

const edit = (start: number, end: number, replacement = ''): Edit => ({ start, end, replacement });

describe('sortEdits', () => {
  test('sorts edits in text order', () => {
    const edits = [edit(9, 9, 'c'), edit(0, 2, 'a'), edit(4, 5, 'b')];
    expect(sortEdits(edits).map(({ replacement }) => replacement)).toEqual(['a', 'b', 'c']);
  });

  test('puts insertions before replacements at the same place, so they do not overlap', () => {
    const edits = [edit(2, 4, 'new'), edit(2, 2, 'in front, ')];
    expect(sortEdits(edits)).toEqual([edit(2, 2, 'in front, '), edit(2, 4, 'new')]);
    expect(applyEdits('a-bb-c', sortEdits(edits))).toBe('a-in front, new-c');
    expect(applyEdits('a-bb-c', edits)).toBeUndefined();
  });

  test('keeps the order of insertions at one place', () => {
    const edits = [edit(1, 1, 'one'), edit(1, 1, 'two'), edit(0, 0, 'zero')];
    expect(applyEdits('ab', sortEdits(edits))).toBe('zeroaonetwob');
  });

  test('does not change the given list', () => {
    const edits = [edit(3, 3), edit(1, 1)];
    sortEdits(edits);
    expect(edits).toEqual([edit(3, 3), edit(1, 1)]);
  });
});

describe('applyEdits', () => {
  test.each([
    ['overlap', [edit(0, 3), edit(2, 4)]],
    ['end before they start', [edit(3, 2)]],
    ['reach beyond the text', [edit(5, 7)]],
  ])('rejects edits that %s', (_, edits) => {
    expect(applyEdits('123456', edits)).toBeUndefined();
  });

  test('accepts adjacent edits, up to the last character', () => {
    expect(applyEdits('123456', [edit(0, 3, 'a'), edit(3, 6, 'b')])).toBe('ab');
  });
});

test('joinEdits joins adjacent edits only', () => {
  expect(joinEdits([edit(0, 1, 'a'), edit(1, 1, 'b'), edit(1, 3, 'c'), edit(4, 4, 'd')])).toEqual([
    edit(0, 3, 'abc'),
    edit(4, 4, 'd'),
  ]);
});

test('insertLinesAfter adds the line break that the last line lacks', () => {
  expect(applyEdits('a\r\nb', [insertLinesAfter('a\r\nb', 1, 'x\r\n', '\r\n')])).toBe('a\r\nx\r\nb');
  expect(applyEdits('a', [insertLinesAfter('a', 1, 'x\n', '\n')])).toBe('a\nx');
});

describe('keepFinalBreakMissing', () => {
  const after = (text: string, edits: Edit[]) => applyEdits(text, keepFinalBreakMissing(text, edits));

  test('removes the preceding line break, also one of two characters', () => {
    expect(after('a\nb', [edit(2, 3)])).toBe('a');
    expect(after('a\r\nb', [edit(3, 4)])).toBe('a');
    expect(after('a\nb\nc', [edit(2, 4), edit(4, 5)])).toBe('a');
  });

  test('keeps a break that another edit replaces', () => {
    expect(after('a\nb', [edit(0, 2, 'x\n'), edit(2, 3)])).toBe('x\n');
  });

  test('removes nothing if the text ends in a break, or more text follows', () => {
    expect(after('a\nb\n', [edit(2, 4)])).toBe('a\n');
    expect(after('a\nb\nc', [edit(2, 4)])).toBe('a\nc');
    expect(after('b', [edit(0, 1)])).toBe('');
  });
});

test.each([
  ['!!str\r\n', 2],
  ['!!str\n', 1],
  ['!!str', 1],
  ['!!str a\n', 0],
  ['&a\n', 0],
])('the separator after a bare tag: %j', (source, gap) => {
  const [root] = parseYaml(source);
  expect(root && gapBehind(source, root)).toBe(gap);
});

describe('composeEdits', () => {
  test('has the effect of two rounds of edits', () => {
    expect(composeEdits(6, [edit(1, 2, 'xyz')], [edit(2, 3), edit(6, 7, 'w')])).toEqual([
      edit(1, 2, 'xz'),
      edit(4, 5, 'w'),
    ]);
    expect(composeEdits(3, [edit(1, 1, 'new')], [edit(1, 4)])).toEqual([]);
    expect(composeEdits(3, [], [edit(3, 3, 'end')])).toEqual([edit(3, 3, 'end')]);
    expect(composeEdits(0, [], [])).toEqual([]);
  });

  const editsWithin = (length: number) =>
    fc
      .array(fc.record({ start: fc.nat(length), size: fc.nat(4), replacement: fc.string({ maxLength: 5 }) }))
      .map((all): Edit[] => {
        const sorted = all
          .map(({ start, size, replacement }) => edit(start, Math.min(start + size, length), replacement))
          .sort((one, other) => one.start - other.start || one.end - other.end);
        return sorted.filter(({ start }, index) => start >= (sorted[index - 1]?.end ?? 0)).slice(0, 3);
      })
      .filter((edits) => applyEdits(' '.repeat(length), edits) !== undefined);

  test('for any edits', () => {
    const rounds = fc
      .string({ maxLength: 20 })
      .chain((text) => fc.tuple(fc.constant(text), editsWithin(text.length)))
      .chain(([text, first]) => {
        const middle = applyEdits(text, first) ?? '';
        return fc.tuple(fc.constant(text), fc.constant(first), editsWithin(middle.length));
      });
    fc.assert(
      fc.property(rounds, ([text, first, next]) => {
        const expected = applyEdits(applyEdits(text, first) ?? '', next);
        expect(applyEdits(text, composeEdits(text.length, first, next))).toBe(expected);
      }),
    );
  });
});
