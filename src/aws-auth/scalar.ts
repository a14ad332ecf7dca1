import { once } from '../memo.ts';
import type { ScalarNode, YamlNode } from '../yaml/node.ts';
import { UnparsableError } from './loaded.ts';

/**
 * The type of a scalar to the authenticator's YAML reader, go-yaml v2. `unsigned`: a number from 2^63 up to 2^64,
 * which cannot be a key.
 */
type ScalarType = 'string' | 'null' | 'boolean' | 'number' | 'unsigned' | 'non-finite';

const CORE = 'tag:yaml.org,2002:';

/**
 * Resolves a scalar from its tag, or from its text if it is plain and untagged. `mismatch`: it does not match its
 * tag.
 */
export function scalarType({ tag, style, text }: ScalarNode): ScalarType | 'mismatch' {
  if (tag !== null) return taggedType(longTag(tag), text);
  return style === 'plain' ? plainType(text) : 'string';
}

export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && scalarType(node) === 'null';
}

/** The text of a string scalar: as written, or the decoded value of `!!binary`. */
export function stringValue({ tag, text }: ScalarNode): string {
  if (tag === null || longTag(tag) !== `${CORE}binary`) return text;
  return decodeBinary(text) ?? text;
}

export function tagMismatch({ text, tag, start }: ScalarNode): UnparsableError {
  const message = `${JSON.stringify(text)} doesn't match its tag ${tag}`;
  return new UnparsableError('tag-mismatch', message, start);
}

function longTag(tag: string): string {
  const written = tag.startsWith('!<') ? tag.slice(2, -1) : tag;
  const long = tag.startsWith('!!') ? CORE + written.slice(2) : written;
  return long.includes('%') ? (decodeTag(long) ?? long) : long;
}

/** The tag with its `%` escapes decoded; null if they are invalid. */
function decodeTag(tag: string): string | null {
  try {
    return decodeURIComponent(tag);
  } catch {
    return null;
  }
}

function taggedType(tag: string, text: string): ScalarType | 'mismatch' {
  if (!tag.startsWith(CORE)) return 'string';
  const looks = plainType(text);
  switch (tag.slice(CORE.length)) {
    case 'null':
    case 'bool':
      return looks === (tag.endsWith('null') ? 'null' : 'boolean') ? looks : 'mismatch';
    case 'int':
      // go-yaml takes _1 for a string.
      return looks !== 'string' && integerType(text.replaceAll('_', '')) !== null ? looks : 'mismatch';
    case 'float':
      return looks === 'number' || looks === 'non-finite' ? looks : 'mismatch';
    case 'timestamp':
      return isTimestamp(text) ? 'string' : 'mismatch';
    case 'binary':
      return decodeBinary(text) === null ? 'mismatch' : 'string';
    default:
      return 'string';
  }
}

/** Null: not base64. */
function decodeBinary(text: string): string | null {
  const base64 = text.replace(/[\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  return goText(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

const utf8 = once(() => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }));

/** Decodes bytes as Go does when it writes JSON: each invalid byte becomes U+FFFD. */
function goText(bytes: Uint8Array): string {
  try {
    return utf8().decode(bytes);
  } catch {
    let text = '';
    for (let position = 0; position < bytes.length; ) {
      const character = characterAt(bytes, position);
      text += character ?? '\ufffd';
      position += character === null ? 1 : encodedLength(bytes[position] ?? 0);
    }
    return text;
  }
}

function characterAt(bytes: Uint8Array, position: number): string | null {
  try {
    return utf8().decode(bytes.subarray(position, position + encodedLength(bytes[position] ?? 0)));
  } catch {
    return null;
  }
}

/** The length of a character in bytes, from its first byte. */
function encodedLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](?=.*(?:Z|[-+]\d\d:\d\d)$)| (?!.*[Z+]))(\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;

function isTimestamp(text: string): boolean {
  const [, year, month, day, ...time] = (TIMESTAMP.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const [hour = 0, minute = 0, second = 0] = time.map((part) => part || 0);
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return (
    month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && hour < 24 && minute < 60 && second < 60
  );
}

const WORDS = new Map<string, ScalarType>([
  ...spellings('boolean', 'y yes true on n no false off'),
  ...spellings('null', 'null'),
  ['', 'null'],
  ['~', 'null'],
  ...spellings('non-finite', '.inf +.inf -.inf .nan'),
  ['.NaN', 'non-finite'],
]);

/** Words in the spellings of YAML 1.1: lower case, capitalized and upper case. */
function spellings(type: ScalarType, words: string): [string, ScalarType][] {
  const capitalized = (word: string) => word.replace(/[a-z]/, (first) => first.toUpperCase());
  return words.split(' ').flatMap((word) => {
    // .Nan is not a YAML 1.1 word.
    const forms = word === '.nan' ? [word] : [word, capitalized(word)];
    return [...forms, word.toUpperCase()].map((form): [string, ScalarType] => [form, type]);
  });
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Go's ParseFloat, which go-yaml calls without removing underscores: they are allowed between digits. */
const DOT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;

const [PLUS, MINUS, DOT, ZERO, NINE] = [0x2b, 0x2d, 0x2e, 0x30, 0x39];

/** Resolves an untagged plain scalar. Sexagesimal numbers and dates are strings. */
function plainType(text: string): ScalarType {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first === DOT) return DOT_FLOAT.test(text) && isFiniteNumber(text) ? 'number' : 'string';
  const mayBeNumber = (first >= ZERO && first <= NINE) || first === PLUS || first === MINUS;
  if (!mayBeNumber) return 'string';
  const digits = text.replaceAll('_', '');
  return integerType(digits) ?? (FLOAT.test(digits) && isFiniteNumber(digits) ? 'number' : 'string');
}

/** The number of digits that stay below 2^63 even in hexadecimal. */
const MOST_SHORT = 15;

function integerType(digits: string): 'number' | 'unsigned' | null {
  if (!INTEGER.test(digits)) return null;
  if (digits.length <= MOST_SHORT) return 'number';
  const plain = digits.replace(/^[-+]/, '');
  const size = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain}` : plain);
  if (size < 2n ** 63n || (digits.startsWith('-') && size === 2n ** 63n)) return 'number';
  return size < 2n ** 64n && plain === digits ? 'unsigned' : null;
}

function isFiniteNumber(text: string): boolean {
  return Number.isFinite(Number(text.replaceAll('_', '')));
}
