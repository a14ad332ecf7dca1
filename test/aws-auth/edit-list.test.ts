import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editList, listChanges } from '../../src/aws-auth/edit-list.ts';
import { applyEdits, sortEdits } from '../../src/yaml/edit.ts';
import { readFirstDocument } from '../../src/yaml/parser.ts';

/** Edits a list to hold other words; kept items are not rewritten. */
function edited(text: string, words: string): string | undefined {
  const list = readFirstDocument(text).root;
  if (list?.kind !== 'sequence') throw new Error('no list');
  const before = list.items.map((item) => (item.kind === 'scalar' ? item.text.trim() : ''));
  const changes = listChanges(before, words.split(' ').filter(Boolean));
  return applyEdits(text, sortEdits(editList(text, list, changes)));
}

describe('a list in block style', () => {
  test.each([
    ['- a\n- b\n- c\n', 'a c', '- a\n- c\n'],
    ['- a\n- b\n- c\n', 'x a y b z c w', '- x\n- a\n- y\n- b\n- z\n- c\n- w\n'],
    ['- a\n- b', 'b a', '- b\n- a'],
    ['- a # one\n# two\n- b # three\n', 'a X', '- a # one\n# two\n- X # three\n'],
    ['- a # one\n# two\n- b # three\n', 'b', '# two\n- b # three\n'],
    ['- a # one\n# two\n- b # three', 'a', '- a # one\n# two\n'],
    ['  - a\n  - b\n', 'a x b y', '  - a\n  - x\n  - b\n  - y\n'],
    ['  - a\r\n  - b\r\n', 'x a y', '  - x\r\n  - a\r\n  - y\r\n'],
    ['- |\n  a\n- b\n', 'x b', '- x\n- b\n'],
    ['- >-\n  a\n- b\n', 'x b', '- x\n- b\n'],
    ['- &n a\n- b\n', 'x b', '- x\n- b\n'],
    ['-\n- b\n', 'x b', '- x\n- b\n'],
    ['- # note\n  a\n- b\n', 'x b', '- # note\n  x\n- b\n'],
    ['- !!str # note\n- b\n', 'x b', '- x # note\n- b\n'],
  ])('%j becomes %j', (text, words, after) => expect(edited(text, words)).toBe(after));
});

describe('a list in flow style', () => {
  test.each([
    ['[\n\ta, # one\n\tb # two\n]', 'a b c', '[\n\ta, # one\n\tb, # two\n\tc\n]'],
    ['[\r  a, # one\r  b # two\r]', 'a b c', '[\r  a, # one\r  b, # two\r  c\r]'],
    ['[\na, # one\nb # two\n]', 'a b c', '[\na, # one\nb, # two\nc\n]'],
    ['[\n\n  a, # one\n\n  b # two\n]', 'a b c', '[\n\n  a, # one\n\n  b, # two\n\n  c\n]'],
    ['[\n  a,# one\n  b\n]', 'a c b', '[\n  a,# one\n  c,\n  b\n]'],
    ['[\n  a, b, # x\n  c\n]', 'a z b c', '[\n  a, z, b, # x\n  c\n]'],
    ['[\r  a]', 'a b', '[\r  a,\r  b]'],
    ['[a\t, b]', 'a b c', '[a\t, b, c]'],
    ['[\n  a # one\n  , b]', 'a c b', '[\n  a, c # one\n  , b]'],
    ['[\n  a,  \n  b\n]', 'a c b', '[\n  a,  \n  c,  \n  b\n]'],
    ['[a, b, c]', 'a c', '[a, c]'],
    ['[a, b, c]', 'b c', '[b, c]'],
    ['[a, b, c]', 'a b', '[a, b]'],
    ['[a, b, c,]', 'a b', '[a, b,]'],
    ['[a,b,c]', 'a b c d', '[a,b,c,d]'],
    ['[a, b, c]', 'x a y b z c w', '[x, a, y, b, z, c, w]'],
    ['[a]', 'a b', '[a, b]'],
    ['[ a ]', 'a b', '[ a, b ]'],
    ['[ a ]', 'b a', '[ b, a ]'],
    ['[]', 'a b', '[a, b]'],
    ['[ ]', 'a b', '[a, b ]'],
    ['[a, b]', '', '[]'],
    ['[ a, b ]', 'x', '[ x ]'],
    ['[a, b, ]', 'x', '[x, ]'],
    ['[a, b, ] # x', '', '[ ] # x'],
    ['[\n  a,\n  b\n]', 'a b c', '[\n  a,\n  b,\n  c\n]'],
    ['[\n  a,\n  b,\n]', 'a b c', '[\n  a,\n  b,\n  c,\n]'],
    ['[\n  a, # one\n  b # two\n]', 'a b c', '[\n  a, # one\n  b, # two\n  c\n]'],
    ['[\n  a, # one\n  b, # two\n]', 'a b c', '[\n  a, # one\n  b, # two\n  c,\n]'],
    ['[\n  a, # one\n  b, # two\n]', 'a c b', '[\n  a, # one\n  c,\n  b, # two\n]'],
    ['[\n  a, # one\n  b # two\n]', 'a c d b', '[\n  a, # one\n  c,\n  d,\n  b # two\n]'],
    ['[\n  a, # one\n  b, # two\n  c # three\n]', 'a', '[\n  a # one\n]'],
    ['[\n  a, # one\n  b, # two\n  c # three\n]', 'a x', '[\n  a, # one\n  x # two\n]'],
    ['[\n  a, # one\n  b, # two\n  c, # three\n]', 'a', '[\n  a, # one\n]'],
    ['[\n  a, # one\n  b, # two\n  c # three\n]', 'c', '[\n  c # three\n]'],
    ['[\n  a, # one\n  b, # two\n  c # three\n]', 'b c', '[\n  b, # two\n  c # three\n]'],
    ['[\n  a,\n  b,\n  c\n]', 'a', '[\n  a\n]'],
    ['[\n  a,\n  b,\n  c\n]', 'a x', '[\n  a,\n  x\n]'],
    ['[\n  a,\n  b,\n  c\n]', 'c', '[\n  c\n]'],
    ['[\n  a, b,\n  c\n]', 'c', '[\n  \n  c\n]'],
    ['[\n  a, b,\n  c\n]', 'a c', '[\n  a, \n  c\n]'],
    ['[\r\n  a,\r\n  b\r\n]', 'a b c', '[\r\n  a,\r\n  b,\r\n  c\r\n]'],
    ['[\n\ta,\n\tb\n]', 'a b c', '[\n\ta,\n\tb,\n\tc\n]'],
    ['[a\n, b\n, c]', 'a b c d', '[a\n, b\n, c, d]'],
    ['[a , b , c]', 'a c', '[a , c]'],
    ['[a,  b,  c]', 'a b', '[a,  b]'],
    ['[a # one\n, b]', 'a x b', '[a, x # one\n, b]'],
    ['[ # one\n a, b]', 'x a b', '[ # one\n x, a, b]'],
    ['[ # one\n a]', 'a b', '[ # one\n a, b]'],
    ['[\n a]', 'a b', '[\n a,\n b]'],
    ['[\n a # x\n]', 'a b', '[\n a, # x\n b\n]'],
    ['[a, b # two\n]', 'a', '[a # two\n]'],
    ['[a, b # two\n]', 'a b c', '[a, b, c # two\n]'],
  ])('%j becomes %j', (text, words, after) => expect(edited(text, words)).toBe(after));
});

test('all common items stay, unless they trade places', () => {
  const words = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  fc.assert(
    fc.property(words, words, fc.boolean(), (before, sorted, isReversed) => {
      const after = isReversed ? sorted.toReversed() : sorted;
      const { items, inserted } = listChanges(before, after);
      const added = (index: number) => inserted.get(index) ?? [];
      const result = items.flatMap((change, index) => {
        const own = change.kind === 'keep' ? before.slice(index, index + 1) : [];
        return [...(change.kind === 'replace' ? [change.text] : own), ...added(index)];
      });
      expect([...added(-1), ...result]).toEqual(after);
      expect(items).toHaveLength(before.length);
      const common = before.filter((word) => after.includes(word)).length;
      const kept = items.filter(({ kind }) => kind === 'keep');
      expect(kept).toHaveLength(isReversed ? Math.min(common, 1) : common);
      const lost = items.filter(({ kind }) => kind === 'remove').length;
      const gained = [...inserted.values()].flat().length;
      expect(gained - lost).toBe(after.length - before.length);
    }),
  );
});
