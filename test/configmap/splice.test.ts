import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readDocument } from '../../src/configmap/document.ts';
import { spliceText } from '../../src/configmap/splice.ts';
import { MAP_KEYS, type MapKey } from '../../src/entry.ts';
import { applyEdits, type Edit } from '../../src/yaml/edit.ts';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n';

function spliced(source: string, key: MapKey, edits: readonly Edit[]): string {
  return applyEdits(source, spliceText(readDocument(source, 'f'), key, edits)) ?? '';
}

describe('edits of a string', () => {
  const STYLES: Readonly<Record<string, (key: MapKey, lines: readonly string[]) => string>> = {
    literal: (key, lines) => `  ${key}: |\n    ${lines.join('\n    ')}\n`,
    'kept literal': (key, lines) => `  ${key}: |+\n    ${lines.join('\n    ')}\n\n`,
    folded: (key, lines) => `  ${key}: >\n    ${lines.join('\n\n    ')}\n`,
    single: (key, lines) => `  ${key}: '${lines.join('\n\n    ').replaceAll("'", "''")}'\n`,
    double: (key, lines) => `  ${key}: ${JSON.stringify(lines.join('\n'))}\n`,
    plain: (key, lines) => `  ${key}: ${lines.join('\n\n    ')}\n`,
  };
  const line = fc.constantFrom('- a', '- "b"', "- it's", '- c: d', '- {e: f}');
  const cuts = fc.array(fc.tuple(fc.nat(40), fc.nat(3), fc.constantFrom('', 'x', '- y\n', '\n- z', "'")), {
    maxLength: 4,
  });

  it.each(Object.entries(STYLES))('are read back, and change no other key: %s', (name, write) => {
    const lines = name === 'plain' ? fc.constantFrom('a', 'b c', 'd') : line;
    const someLines = fc.array(lines, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(someLines, cuts, fc.constantFrom(...MAP_KEYS), (all, places, key) => {
        const source = HEAD + MAP_KEYS.map((one) => write(one, all)).join('');
        const before = readDocument(source, 'f');
        const text = before[key]?.text ?? '';
        const edits = editsAt(text.trimEnd(), places);
        const after = readDocument(spliced(source, key, edits), 'f');
        expect(after[key]?.text.trimEnd()).toBe(applyEdits(text, edits)?.trimEnd());
        for (const other of MAP_KEYS) if (other !== key) expect(after[other]?.text).toBe(before[other]?.text);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['in data', `${HEAD}  other: a\n`, `${HEAD}  mapUsers: |\n    - a\n  other: a\n`],
    ['in empty data', HEAD, `${HEAD}  mapUsers: |\n    - a\n`],
    ['as null', `${HEAD}  mapUsers: ~ # none\n`, `${HEAD}  mapUsers: | # none\n    - a\n`],
  ])('write a key that is missing: %s', (_, before, after) => {
    expect(spliced(before, 'mapUsers', [{ start: 0, end: 0, replacement: '- a\n' }])).toBe(after);
  });
});

function editsAt(text: string, places: readonly (readonly [number, number, string])[]): Edit[] {
  const sorted = places.toSorted(([one], [other]) => one - other);
  return sorted.flatMap(([offset, length, replacement], index): Edit[] => {
    const next = Math.min(sorted[index + 1]?.[0] ?? text.length, text.length);
    if (offset >= next) return [];
    return [{ start: offset, end: Math.min(offset + length, next), replacement }];
  });
}
