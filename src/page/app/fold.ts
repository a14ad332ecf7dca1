import { printable } from '../../text.ts';

/** Plain ASCII, by far the most frequent, needs nothing but lower case. */
const PLAIN = /^[ -~]*$/;

/**
 * A text as a search compares it: as the page shows it, without regard to case and accents. Two words that a reader takes
 * for the same must not differ because one was typed and the other came from a directory.
 */
export function folded(text: string): string {
  if (PLAIN.test(text)) return printable(text).toLowerCase();
  // Letters with the same capital are the same, such as µ and μ. Accents go last: a capital may have a letter instead.
  const sameCase = printable(text).toUpperCase().toLowerCase();
  return sameCase
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ς', 'σ');
}

/** The words of a search, each once, folded. A word that is part of another one is left out: it says nothing more. */
export function searchWords(search: string): readonly string[] {
  const words = [...new Set(search.split(/\s+/).map(folded))].filter((word) => word !== '');
  return words.filter((word) => !words.some((other) => other !== word && other.includes(word)));
}

/**
 * A text whose order by code units is that of a reader: without regard to case and accents, and `web-2` before `web-10`.
 * Much faster than a collator for hundreds of thousands of texts.
 */
export function sortKey(text: string): string {
  return folded(text).replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    // Longer numbers are greater. The zero keeps numbers before letters.
    return `0${String.fromCharCode(number.length)}${number}`;
  });
}

/** The text as an address can hold it: half of a surrogate pair becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}
