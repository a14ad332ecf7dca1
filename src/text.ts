import leven from 'leven';

// Control characters, invisible ones, and those that change the direction: a name from AWS may contain any of them.
const UNPRINTABLE = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]`;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// `##[error]` anywhere in a line is a command to GitHub's and Azure's runners, `##vso[…]` to the latter.
const RUNNER_COMMAND = /(?<=##(?:vso)?)\[/gi;
// Where invisible characters are kept: Azure's runner may overlook them.
const QUOTED_COMMAND = new RegExp(['#(?=', '#(?:v', 's', 'o', ')?', '\\[)'].join('\\p{Cf}*'), 'giu');

const PLAIN = /^[ -~]*$/;

/** One line that is safe for a terminal and a CI runner: anything else becomes `\n`, `\u{1b}` and the like. */
export function printable(text: string): string {
  if (PLAIN.test(text) && !text.includes('##')) return text;
  return text
    .replace(new RegExp(UNPRINTABLE, 'gu'), (character) => SHORT[character] ?? escaped(character))
    .replace(RUNNER_COMMAND, escaped);
}

/** As `printable`, for what may begin a line, where `::` begins a command to GitHub. */
export function printableCell(text: string): string {
  return printable(text).replace(/^\s*:(?=:)/, (start) => `${start.slice(0, -1)}${escaped(':')}`);
}

/** JSON, or a string in double quotes in YAML or Terraform's language, in which no CI runner finds a command: the escape is the same in all of them. */
export function withoutCommands(quotedText: string): string {
  return quotedText.includes('#') ? quotedText.replace(QUOTED_COMMAND, String.raw`\u0023`) : quotedText;
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

/** Orders strings by code units, independent of the locale. */
export function compareStrings(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Names that somebody who typed `wanted` may have meant, nearest first; three at most. One that differs only in case is meant. */
export function nearNames(wanted: string, known: Iterable<string>): string[] {
  const reach = reachOf(wanted.length);
  const near = [...new Set(known)]
    .filter((name) => Math.abs(name.length - wanted.length) <= reach || startsAlike(wanted, name))
    .map((name) => ({ name, distance: distance(wanted, name) }))
    .filter((candidate) => candidate.distance <= reach);
  const same = near.filter((candidate) => candidate.distance === 0);
  return (same.length > 0 ? same : near)
    .sort((one, other) => one.distance - other.distance || compareStrings(one.name, other.name))
    .slice(0, 3)
    .map((candidate) => candidate.name);
}

/** How many letters of a wrong name may differ from the one that is meant; of the shortest none, or all that are short would do. */
function reachOf(length: number): number {
  return length < 4 ? Math.max(0, length - 2) : Math.max(2, Math.floor(length / 3));
}

/** Whether one of two names, of which both may be right, may be the other misspelled: stricter than `nearNames`, which is of one that is wrong. */
export function isTypo(one: string, other: string): boolean {
  const most = Math.min(3, Math.floor(Math.min(one.length, other.length) / 4));
  return Math.abs(one.length - other.length) <= most && leven(one, other) <= most;
}

/** `Did you mean "A" or "B"?`, or undefined where no name is close. */
export function didYouMean(wanted: string, known: Iterable<string>): string | undefined {
  const near = nearNames(wanted, known);
  return near.length === 0 ? undefined : `Did you mean ${near.map(quoted).join(' or ')}?`;
}

function distance(wanted: string, name: string): number {
  const [one, other] = [wanted.toLowerCase(), name.toLowerCase()];
  if (one === other) return 0;
  return startsAlike(one, other) || sorted(one) === sorted(other) ? 1 : leven(one, other);
}

/** Equal for names whose letters are mixed up. */
function sorted(name: string): string {
  return [...name].sort().join('');
}

function startsAlike(one: string, other: string): boolean {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first.length > 2 && (second.startsWith(first) || first.startsWith(second));
}

/** A text as a POSIX shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
