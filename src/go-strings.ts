/**
 * Upper and lower case as in Go, which aws-iam-authenticator uses to compare ARNs: a letter becomes one letter,
 * regardless of context. JavaScript's `toLowerCase` turns U+0130 into two letters and looks at the context of a
 * sigma. Callers' ARNs are ASCII.
 */

/** Go's `strings.ToLower`. */
export function toLower(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return [...text].map((letter) => (letter === DOTTED_I ? 'i' : letter.toLowerCase())).join('');
}

/** Equal for two strings that Go's `strings.EqualFold` considers equal, if one of them is ASCII. */
export function foldKey(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const folded = (letter: string) => (letter === LONG_S ? 's' : letter.toLowerCase());
  return [...text].map((letter) => (letter === DOTTED_I ? letter : folded(letter))).join('');
}

/** U+0130, a capital I with a dot: ToLower makes it an i, but EqualFold does not equate it with any letter. */
export const DOTTED_I = '\u0130';
/** U+017F, the long s: a lower-case letter that EqualFold equates with s. */
const LONG_S = '\u017F';

/** U+212A, the Kelvin sign: both treat it as k. */
const KELVIN = '\u212A';

/** Replaces letters that ToLower or EqualFold treats as ASCII: U+0130 with i, U+017F with s, U+212A with k. */
export function asciiTwin(text: string): string {
  return isAscii(text)
    ? text
    : text.replaceAll(DOTTED_I, 'i').replaceAll(LONG_S, 's').replaceAll(KELVIN, 'k');
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** A pattern for any number of spaces according to Go's `unicode.IsSpace`. */
export const GO_SPACES = String.raw`[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*`;
