import type { ScalarNode } from '../yaml/node.ts';
import { VoidError } from './void-error.ts';

/**
 * What a scalar is to the authenticator's YAML reader (go-yaml v2). `unsigned` is an integer between 2^63 and 2^64, which
 * cannot be a key; `non-finite` (`.inf`, `.nan`) has no JSON; `mismatch` contradicts its tag.
 */
export type ScalarType = 'text' | 'null' | 'boolean' | 'number' | 'unsigned' | 'non-finite' | 'mismatch';

const CORE = 'tag:yaml.org,2002:';

const WORDS = new Map<string, ScalarType>([
  ...wordsOf('boolean', 'y yes true on n no false off'),
  ['Y', 'boolean'],
  ['N', 'boolean'],
  ...wordsOf('null', 'null'),
  ['', 'null'],
  ['~', 'null'],
  ...wordsOf('non-finite', '.inf +.inf -.inf'),
  ['.nan', 'non-finite'],
  ['.NaN', 'non-finite'],
  ['.NAN', 'non-finite'],
]);

/** A word in the three spellings that YAML 1.1 knows: lower, capitalized, upper. */
function wordsOf(type: ScalarType, words: string): [string, ScalarType][] {
  return words
    .split(' ')
    .flatMap((word) => [word, word.replace(/[a-z]/, (first) => first.toUpperCase()), word.toUpperCase()])
    .map((word) => [word, type]);
}

/** Resolves a scalar by its tag, or by its looks where it is plain and has none. */
export function scalarType(node: ScalarNode): ScalarType {
  if (node.tag === null) return node.style === 'plain' ? plainType(node.text) : 'text';
  return taggedType(longTag(node.tag), node.text);
}

function longTag(tag: string): string {
  if (tag.startsWith('!<')) return tag.slice(2, -1);
  return tag.startsWith('!!') ? CORE + tag.slice(2) : tag;
}

function taggedType(tag: string, text: string): ScalarType {
  if (!tag.startsWith(CORE)) return 'text';
  const looks = plainType(text);
  switch (tag.slice(CORE.length)) {
    case 'null':
      return looks === 'null' ? 'null' : 'mismatch';
    case 'bool':
      return looks === 'boolean' ? 'boolean' : 'mismatch';
    case 'int':
      return looks === 'unsigned' || (looks === 'number' && isInteger(text)) ? looks : 'mismatch';
    case 'float':
      return looks === 'number' || looks === 'non-finite' ? looks : 'mismatch';
    case 'timestamp':
      return isTimestamp(text) ? 'text' : 'mismatch';
    case 'binary':
      return decodeBinary(text) === null ? 'mismatch' : 'text';
    default:
      return 'text';
  }
}

/** The text of a scalar of type `text`: what is written, or what `!!binary` encodes. */
export function scalarText(node: ScalarNode): string {
  if (node.tag === null || longTag(node.tag) !== `${CORE}binary`) return node.text;
  return decodeBinary(node.text) ?? node.text;
}

function decodeBinary(text: string): string | null {
  const base64 = text.replace(/[\r\n]/g, '');
  if (!/^(?:[\w+/-]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64) || /[_-]/.test(base64))
    return null;
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

function plainType(text: string): ScalarType {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const digit = first >= 0x30 && first <= 0x39;
  if (first === 0x2e) return isDotFloat(text) ? 'number' : 'text';
  return digit || first === 0x2b || first === 0x2d ? numberType(text) : 'text';
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

function numberType(text: string): ScalarType {
  const digits = text.replaceAll('_', '');
  const integer = integerOf(digits);
  if (integer !== null) {
    if (integer >= -(2n ** 63n) && integer < 2n ** 63n) return 'number';
    if (integer > 0n && integer < 2n ** 64n && digits[0] !== '+') return 'unsigned';
  }
  return FLOAT.test(digits) && Number.isFinite(Number(digits)) ? 'number' : 'text';
}

function isInteger(text: string): boolean {
  const integer = integerOf(text.replaceAll('_', ''));
  return integer !== null && integer >= -(2n ** 63n) && integer < 2n ** 63n;
}

function integerOf(digits: string): bigint | null {
  if (!INTEGER.test(digits)) return null;
  const negative = digits[0] === '-';
  const plain = digits.replace(/^[-+]/, '');
  const value = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain);
  return negative ? -value : value;
}

/** Go's ParseFloat on a text that starts with a dot: underscores stand between digits only. */
function isDotFloat(text: string): boolean {
  return (
    /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/.test(text) &&
    Number.isFinite(Number(text.replaceAll('_', '')))
  );
}

function isTimestamp(text: string): boolean {
  const match =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt ](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/.exec(text);
  return match !== null;
}

export function tagMismatch({ text, tag, propertiesStart }: ScalarNode): VoidError {
  return new VoidError(
    'tag-mismatch',
    `${JSON.stringify(text)} is not what its tag ${tag} says`,
    propertiesStart,
  );
}
