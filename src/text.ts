import leven from 'leven';
import { groupBy } from './group-by.ts';

// Control, invisible and direction-changing characters: a name from AWS may contain any of them.
const UNPRINTABLE = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]`;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// `##[error]` anywhere in a line is a command to the runners of GitHub and Azure, `##vso[…]` to Azure's.
const RUNNER_COMMAND = /(?<=##(?:vso)?)\[/gi;
// For output that keeps invisible characters: Azure's runner may ignore them.
const QUOTED_COMMAND = new RegExp(['#(?=', '#(?:v', 's', 'o', ')?', '\\[)'].join('\\p{Cf}*'), 'giu');

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
  return quotedText.includes('#') ? quotedText.replace(QUOTED_COMMAND, String.raw`\u0023`) : quotedText;
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
  return new KnownNames(known).near(wanted);
}

/** A name, with everything that can be computed before comparing it. */
interface KnownName {
  readonly name: string;
  readonly lower: string;
  /** One bit per letter in the name; letters whose codes have the same remainder share a bit. */
  readonly once: number;
  /** One bit per letter that occurs more than once. */
  readonly twice: number;
  /** The sorted letters; empty until needed, since most names are never compared that far. */
  letters: string;
}

/** Known names, prepared for looking up thousands of wrong ones. */
export class KnownNames {
  /** Sorted: of equally near names, the earlier one wins, so a later one can be skipped. */
  private readonly names: readonly KnownName[];
  private readonly byLower: ReadonlyMap<string, readonly KnownName[]>;

  constructor(known: Iterable<string>) {
    this.names = [...new Set(known)].sort(compareStrings).map(knownName);
    this.byLower = groupBy(this.names, ({ lower }) => lower);
  }

  /** Like `nearNames`. */
  near(wanted: string): string[] {
    const one = knownName(wanted);
    const same = (this.byLower.get(one.lower) ?? []).filter(
      (other) => isAsLong(one, other) || startsAlike(one.lower, other.lower),
    );
    if (same.length > 0) return same.slice(0, MOST_NEAR).map(({ name }) => name);
    const nearest = new Nearest(reachOf(wanted.length));
    this.compare(one, nearest);
    return nearest.found.map(({ name }) => name);
  }

  /** Kept to the bare loop: the engine compiles it while it runs, and has seen all of it by then. */
  private compare(one: KnownName, nearest: Nearest): void {
    for (const other of this.names) {
      if (nearest.most < 1) return;
      const distance = distanceWithin(nearest.most, one, other);
      if (distance !== undefined) nearest.add(other.name, distance);
    }
  }
}

/** The nearest names so far. */
class Nearest {
  readonly found: { readonly name: string; readonly distance: number }[] = [];
  /** The greatest distance that still counts. */
  most: number;

  constructor(most: number) {
    this.most = most;
  }

  add(name: string, distance: number): void {
    const at = this.found.findIndex((one) => one.distance > distance);
    this.found.splice(at < 0 ? this.found.length : at, 0, { name, distance });
    this.found.length = Math.min(this.found.length, MOST_NEAR);
    const last = this.found[MOST_NEAR - 1];
    if (last) this.most = last.distance - 1;
  }
}

const MOST_NEAR = 3;

function knownName(name: string): KnownName {
  const lower = name.toLowerCase();
  let [once, twice] = [0, 0];
  for (let index = 0; index < lower.length; index += 1) {
    // Distinct for lower-case letters, and distinct for digits.
    const bit = 1 << (lower.charCodeAt(index) % 32);
    twice |= once & bit;
    once |= bit;
  }
  return { name, lower, once, twice, letters: '' };
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

/** True if two names are of about the same length. */
function isAsLong(one: KnownName, other: KnownName): boolean {
  return Math.abs(one.name.length - other.name.length) <= reachOf(one.name.length);
}

/** The distance of a known name from a different, wrong one; undefined if it is more than `most`. */
function distanceWithin(most: number, one: KnownName, other: KnownName): number | undefined {
  if (startsAlike(one.lower, other.lower)) return 1;
  if (!isAsLong(one, other)) return undefined;
  const least = leastDistance(one, other);
  if (least > most) return undefined;
  if (least === 0 && one.lower.length === other.lower.length && lettersOf(one) === lettersOf(other)) return 1;
  // leven stops at maxDistance, so the result is not exact beyond it.
  const distance = leven(one.lower, other.lower, { maxDistance: most + 1 });
  return distance > most ? undefined : distance;
}

/**
 * A lower bound for the distance, regardless of the order of letters: each extra letter of one name has to go, or
 * become one of the other's.
 */
function leastDistance(one: KnownName, other: KnownName): number {
  const more = bitCount(one.once & ~other.once) + bitCount(one.twice & ~other.twice);
  const fewer = bitCount(other.once & ~one.once) + bitCount(other.twice & ~one.twice);
  return Math.max(more, fewer);
}

/** The number of set bits in 32: counted in pairs, then in fours, then in eights, which a product adds up. */
function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function lettersOf(known: KnownName): string {
  known.letters ||= [...known.lower].sort().join('');
  return known.letters;
}

/** True if one of two lower-case names starts with the other. */
function startsAlike(one: string, other: string): boolean {
  return one.length > 2 && (other.startsWith(one) || one.startsWith(other));
}

/** Quotes a text so that a POSIX shell reads it as one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
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
