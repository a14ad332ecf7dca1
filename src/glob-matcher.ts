import picomatch from 'picomatch';
import { isGlob } from './glob.ts';

// In its own file, so that parsing options doesn't load picomatch.

/**
 * `*`, `?`, `[ab]` and `{a,b}` as picomatch reads them, case-sensitive. `literalBrackets: false` keeps `[a]` from
 * matching the string `[a]`.
 */
const OPTIONS = { regex: false, literalBrackets: false, windows: false } as const;

/** Returns a function that tests names against the glob, or for equality if it is an exact name. */
export function globMatcher(glob: string): (name: string) => boolean {
  if (!isGlob(glob)) return (name) => name === glob;
  const matches = picomatch(shield(glob), OPTIONS);
  return (name) => matches(shield(name));
}

/**
 * Replaces punctuation that has no meaning in our globs with private-use characters, in glob and name alike.
 * Picomatch then matches it literally: `a+`, `(a|b)`, `!a`, `@(a)`, `./a`, `{1..3}` and `"a"`.
 */
function shield(text: string): string {
  return text.replace(/[!-)+./:->@_`|~]/g, (character) =>
    String.fromCharCode(0xe000 + character.charCodeAt(0)),
  );
}
