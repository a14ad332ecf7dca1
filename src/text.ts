import leven from 'leven';
import { groupBy } from './group-by.ts';

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
  const shown = printable(text);
  if (!shown.includes('::')) return shown;
  return shown.replace(/^\s*:(?=:)/, (start) => `${start.slice(0, -1)}${escaped(':')}`);
}

/** JSON, or a string in double quotes in YAML or Terraform's language, in which no CI runner finds a command: the escape is the same in all of them. */
export function withoutCommands(quotedText: string): string {
  return quotedText.includes('#') ? quotedText.replace(QUOTED_COMMAND, String.raw`\u0023`) : quotedText;
}

/** `\u{1b}` */
export function escaped(character: string): string {
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
  return new KnownNames(known).near(wanted);
}

/** A name, and what of it does not depend on the name that it is compared with. */
interface KnownName {
  readonly name: string;
  readonly lower: string;
  /** A bit for each letter that is in it, those whose codes have the same remainder taken for one. */
  readonly once: number;
  /** A bit for each that is in it more than once. */
  readonly twice: number;
  /** In their order; empty as long as nobody has asked, for most names are never compared so far. */
  letters: string;
}

/** Names among which thousands of wrong ones are looked for. */
export class KnownNames {
  /** In the order in which names as near are told: of those, a later one need not be looked at. */
  private readonly names: readonly KnownName[];
  private readonly byLower: ReadonlyMap<string, readonly KnownName[]>;

  constructor(known: Iterable<string>) {
    this.names = [...new Set(known)].sort(compareStrings).map(knownName);
    this.byLower = groupBy(this.names, ({ lower }) => lower);
  }

  /** As `nearNames`. */
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

  /** Nothing else, so that the engine, which compiles it while it runs, has seen all of it by then. */
  private compare(one: KnownName, nearest: Nearest): void {
    for (const other of this.names) {
      if (nearest.most < 1) return;
      const distance = distanceWithin(nearest.most, one, other);
      if (distance !== undefined) nearest.add(other.name, distance);
    }
  }
}

/** The nearest of the names that have been compared. */
class Nearest {
  readonly found: { readonly name: string; readonly distance: number }[] = [];
  /** Farther names are too far. */
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
    // Small letters are apart, and so are digits.
    const bit = 1 << (lower.charCodeAt(index) % 32);
    twice |= once & bit;
    once |= bit;
  }
  return { name, lower, once, twice, letters: '' };
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

/** Whether a known name is about as long as a wrong one. */
function isAsLong(one: KnownName, other: KnownName): boolean {
  return Math.abs(one.name.length - other.name.length) <= reachOf(one.name.length);
}

/** How far a known name is from a wrong one that it is not the same as; undefined where that is more than `most`. */
function distanceWithin(most: number, one: KnownName, other: KnownName): number | undefined {
  if (startsAlike(one.lower, other.lower)) return 1;
  if (!isAsLong(one, other)) return undefined;
  const least = leastDistance(one, other);
  if (least > most) return undefined;
  if (least === 0 && one.lower.length === other.lower.length && lettersOf(one) === lettersOf(other)) return 1;
  // Of what is further than it is asked for, it says no more than that.
  const distance = leven(one.lower, other.lower, { maxDistance: most + 1 });
  return distance > most ? undefined : distance;
}

/** What the letters alone tell, whatever their order: each that one name has more of has to go, or to become one that the other has more of. */
function leastDistance(one: KnownName, other: KnownName): number {
  const more = bitCount(one.once & ~other.once) + bitCount(one.twice & ~other.twice);
  const fewer = bitCount(other.once & ~one.once) + bitCount(other.twice & ~one.twice);
  return Math.max(more, fewer);
}

/** How many of 32 bits are set: counted in pairs, then in fours, then in eights, which a product adds up. */
function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function lettersOf(known: KnownName): string {
  known.letters ||= [...known.lower].sort().join('');
  return known.letters;
}

/** Both in lower case. */
function startsAlike(one: string, other: string): boolean {
  return one.length > 2 && (other.startsWith(one) || one.startsWith(other));
}

/** A text as a POSIX shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
