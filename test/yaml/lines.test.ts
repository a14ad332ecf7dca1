import { expect, test } from 'vitest';
import { isBlank, isBreak, isBreakOrEnd, isSeparator, isWord } from '../../src/yaml/lines.ts';

/** The code points below 0x3000 that a class takes: none lies behind. */
function taken(holds: (code: number) => boolean): number[] {
  return Array.from({ length: 0x3000 }, (_, code) => code).filter(holds);
}

const BREAKS = [0x0a, 0x0d, 0x85, 0x2028, 0x2029];

// libyaml's yaml_private.h: IS_BLANK, IS_BREAK, IS_BREAKZ, IS_BLANKZ, IS_ALPHA.
test.each([
  ['isBlank', isBlank, [0x09, 0x20]],
  ['isBreak', isBreak, BREAKS],
  ['isBreakOrEnd', isBreakOrEnd, [0, ...BREAKS]],
  ['isSeparator', isSeparator, [0, 0x09, 0x0a, 0x0d, 0x20, 0x85, 0x2028, 0x2029]],
])('%s takes these characters and no other', (_, holds, expected) => {
  expect(taken(holds)).toEqual(expected);
});

test('isWord takes letters, digits, - and _ of ASCII, from the first to the last of each', () => {
  const words = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
  expect(String.fromCharCode(...taken(isWord))).toBe(words);
});
