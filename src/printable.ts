// Control characters, and what makes text invisible or turns its direction: a name from AWS may hold any of them.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// `##[error]` anywhere in a line is a command to GitHub's and Azure's runners, `##vso[…]` to the latter.
const RUNNER_COMMAND = /(?<=##(?:vso)?)\[/g;

const PLAIN = /^[ -~]*$/;

/** One line of text that does nothing to a terminal or a CI runner: what would becomes `\n`, `\u{1b}` and the like. */
export function printable(text: string): string {
  if (PLAIN.test(text) && !text.includes('##')) return text;
  return text
    .replace(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character))
    .replace(RUNNER_COMMAND, escaped);
}

/** As `printable`, for what may begin a line: there, `::` begins a command to GitHub. */
export function printableCell(text: string): string {
  return printable(text).replace(/^\s*:(?=:)/, (start) => `${start.slice(0, -1)}${escaped(':')}`);
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** Printable and in double quotes, for names inside a sentence. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

/** The first ten of a list, then a count of the rest. */
export function listed(items: readonly string[], most = 10): string {
  const rest = items.length - most;
  return items.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
