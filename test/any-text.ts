import fc from 'fast-check';

/** The code points below the surrogates, and those above. */
const codePoint = fc.oneof(fc.integer({ max: 0xd7ff, min: 0 }), fc.integer({ min: 0xe000, max: 0x10ffff }));

const character = codePoint.map(
  (code) => String.fromCodePoint(code),
  (text) => (typeof text === 'string' && [...text].length === 1 ? (text.codePointAt(0) ?? -1) : -1),
);

/** Any text of Unicode. Like fast-check's `binary`, without its table of all characters, which takes a second to build. */
export function anyText(constraints: Omit<fc.StringConstraints, 'unit'> = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: character });
}
