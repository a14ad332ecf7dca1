/**
 * Upper and lower case as Go has them, which aws-iam-authenticator compares ARNs with: a letter becomes one letter, wherever it stands.
 * JavaScript's `toLowerCase` makes two of U+0130 and asks what stands around a sigma. ARNs that callers have are ASCII.
 */

/** Go's `strings.ToLower`. */
export function toLower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : [...text].map(lowerLetter).join('');
}

/** Equal for two strings that Go's `strings.EqualFold` takes for the same, if one of them is ASCII. */
export function foldKey(text: string): string {
  return isAscii(text) ? text.toLowerCase() : [...text].map(foldedLetter).join('');
}

/** U+0130, a capital I with a dot: to ToLower an i, but to EqualFold no other case of it. */
export const DOTTED_I = '\u0130';
/** U+017F, the long s: a lower-case letter, and to EqualFold another case of s. */
const LONG_S = '\u017F';

/** U+212A, the Kelvin sign: another case of k to both. */
const KELVIN = '\u212A';

function lowerLetter(letter: string): string {
  return letter === DOTTED_I ? 'i' : letter.toLowerCase();
}

function foldedLetter(letter: string): string {
  if (letter === DOTTED_I) return letter;
  return letter === LONG_S ? 's' : letter.toLowerCase();
}

/**
 * A string with the letters that Go takes for another case of an ASCII letter, by ToLower or by EqualFold, as that letter: U+0130 as i,
 * U+017F as s, U+212A as k.
 */
export function asciiTwin(text: string): string {
  return isAscii(text)
    ? text
    : text.replaceAll(DOTTED_I, 'i').replaceAll(LONG_S, 's').replaceAll(KELVIN, 'k');
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Go's `unicode.IsSpace`, any number of them, as a pattern. */
export const SPACE = String.raw`[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*`;
