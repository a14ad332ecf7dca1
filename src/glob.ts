import picomatch from 'picomatch';

/**
 * `*`, `?`, `[ab]` and `{a,b}` as picomatch reads them, over whole names and case-sensitive: `bash` lets `*` take a `/`,
 * `literalBrackets: false` keeps `[a]` from taking the text `[a]`.
 */
const OPTIONS = {
  bash: true,
  dot: true,
  nonegate: true,
  noextglob: true,
  regex: false,
  literalBrackets: false,
  strictSlashes: true,
  windows: false,
} as const;

/** Whether the text has a character that makes it a glob; all else is an exact name. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Answers whether a name is matched by the glob, or equals it literally. */
export function globMatcher(glob: string): (name: string) => boolean {
  if (!isGlob(glob)) return (name) => name === glob;
  const matches = picomatch(shield(glob), OPTIONS);
  return (name) => name === glob || matches(shield(name));
}

/**
 * Moves the punctuation that is no part of our globs to private-use characters, in the glob and in the name alike, so that nothing
 * in it can mean something to picomatch: `a+`, `(a|b)`, `!a`, `@(a)`, `./a`, `{1..3}` and `"a"` stand for themselves.
 */
function shield(text: string): string {
  return text.replace(/[!-)+./:->@_`|~]/g, (character) =>
    String.fromCharCode(0xe000 + character.charCodeAt(0)),
  );
}
