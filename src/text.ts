import leven from 'leven';

// Control, invisible and direction-changing characters: a name from AWS may contain any of them.
const UNPRINTABLE = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]`;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// `##[error]` anywhere in a line is a command to the runners of GitHub and Azure, `##vso[…]` to Azure's.
const RUNNER_COMMAND = /(?<=##(?:vso)?)\[/gi;
// For output that keeps invisible characters: Azure's runner may ignore them.
const QUOTED_COMMAND = ['#(?=', '#(?:v', 's', 'o', ')?', '\\[)'].join('\\p{Cf}*');

const PLAIN = /^[ -~]*$/;

/** One line that is safe for a terminal and a CI runner: other characters become `\n`, `\u{1b}` and the like. */
export function printable(text: string): string {
  if (PLAIN.test(text) && !text.includes('##')) return text;
  return text
    .replace(new RegExp(UNPRINTABLE, 'gu'), (character) => SHORT[character] ?? escaped(character))
    .replace(RUNNER_COMMAND, escaped);
}

/** Like `printable`, for text that may begin a line, where `::` starts a GitHub command. */
export function printableCell(text: string): string {
  const shown = printable(text);
  if (!shown.includes('::')) return shown;
  return shown.replace(/^\s*:(?=:)/, (start) => `${start.slice(0, -1)}${escaped(':')}`);
}

/**
 * JSON, or a double-quoted string in YAML or HCL, in which no CI runner finds a command. All three share the escape.
 */
export function withoutCommands(quotedText: string): string {
  // Compiled only here: it takes a quarter of a millisecond.
  return quotedText.includes('#')
    ? quotedText.replace(new RegExp(QUOTED_COMMAND, 'giu'), String.raw`\u0023`)
    : quotedText;
}

/** `\u{1b}` */
export function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** Printable and in double quotes, for names in a sentence. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

/** The first `most` items of a list, then a count of the rest. */
export function listed(items: readonly string[], most = 10): string {
  const rest = items.length - most;
  return items.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Orders strings by code units, independent of the locale. */
export function compareStrings(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Up to three names that the user may have meant by `wanted`, nearest first. If names differ only in case, only
 * those.
 */
export function nearNames(wanted: string, known: Iterable<string>): string[] {
  const lower = wanted.toLowerCase();
  const reach = reachOf(wanted.length);
  // Sorting all of thousands of near names would take longer than comparing them.
  const nearest: { readonly name: string; readonly distance: number }[] = [];
  for (const name of new Set(known)) {
    const distance = distanceOf(lower, name.toLowerCase());
    if (distance > reach && distance > 0) continue;
    const isAfter = (one: (typeof nearest)[number]) =>
      one.distance - distance || compareStrings(one.name, name);
    const place = nearest.findIndex((one) => isAfter(one) > 0);
    if (place < 0 && nearest.length >= MOST_NEAR) continue;
    nearest.splice(place < 0 ? nearest.length : place, 0, { name, distance });
    nearest.length = Math.min(nearest.length, MOST_NEAR);
  }
  const isSame = nearest[0]?.distance === 0;
  return nearest.flatMap(({ name, distance }) => (isSame && distance > 0 ? [] : name));
}

const MOST_NEAR = 3;

/** The number of letters in which a known name differs from a wrong one, both in lower case; infinite if too many. */
function distanceOf(wrong: string, known: string): number {
  if (wrong === known) return 0;
  const isStart = wrong.length > 2 && (known.startsWith(wrong) || wrong.startsWith(known));
  if (isStart) return 1;
  // `gte` and `get`: of words that short, no two letters may differ otherwise.
  const sorted = (text: string) => [...text].sort().join('');
  if (wrong.length < 4 && wrong.length === known.length && sorted(wrong) === sorted(known)) return 1;
  const reach = reachOf(wrong.length);
  if (Math.abs(wrong.length - known.length) > reach) return Number.POSITIVE_INFINITY;
  // leven stops at maxDistance, so the result is not exact beyond it.
  return leven(wrong, known, { maxDistance: reach + 1 });
}

/**
 * The number of letters in which a wrong name may differ from the intended one; none for the shortest, which would
 * match all short names.
 */
function reachOf(length: number): number {
  return length < 4 ? Math.max(0, length - 2) : Math.max(2, Math.floor(length / 3));
}

/**
 * True if one of two possibly valid names may be a misspelling of the other: stricter than `nearNames`, whose name is
 * known to be wrong.
 */
export function isTypo(one: string, other: string): boolean {
  const most = Math.min(3, Math.floor(Math.min(one.length, other.length) / 4));
  return Math.abs(one.length - other.length) <= most && leven(one, other) <= most;
}

/** `Did you mean "A" or "B"?`; undefined if no name is close. */
export function didYouMean(wanted: string, known: Iterable<string>): string | undefined {
  const near = nearNames(wanted, known);
  return near.length === 0 ? undefined : `Did you mean ${near.map(quoted).join(' or ')}?`;
}

/** Quotes a text so that a POSIX shell reads it as one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A file as an argument in a command to copy; `FILE` for stdin. */
export function fileArgument(file: string): string {
  if (file.startsWith('<')) return 'FILE';
  return shellWord(file.startsWith('-') ? `./${file}` : file);
}

/** True if a string consists of these parts, in order, with anything between them: a pattern split at its `*`. */
export function consistsOf(text: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of others) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}

/** `9 s` or `5 min 2 s`; whole seconds. */
export function durationText(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
