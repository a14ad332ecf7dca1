import { quoted } from '../text.ts';

/** Characters shown in front of and behind the first one that differs. */
const BEFORE = 20;
const SHOWN = 60;

/** Where two texts part, in words: `at character 41 it is "…" instead of "…"`; a text may be missing. */
export function differenceOf(found: string | undefined, expected: string | undefined): string {
  if (found === undefined || expected === undefined)
    return found === undefined ? 'it is missing' : 'it should not be there';
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const excerpt = (text: string) => quoted(text.slice(Math.max(0, at - BEFORE), at + SHOWN));
  return `at character ${at + 1} it is ${excerpt(found)} instead of ${excerpt(expected)}`;
}
