import type { ScalarNode } from '../yaml/node.ts';
import { decodeTag } from '../yaml/properties.ts';
import { isInteger, type PlainType, plainType } from './plain-type.ts';
import { UnparsableError } from './void-error.ts';

/** What a scalar is to the authenticator's YAML reader, go-yaml v2. `mismatch`: it is not what its tag says. */
export type ScalarType = PlainType | 'mismatch';

const CORE = 'tag:yaml.org,2002:';

/** Resolves a scalar by its tag, or by its looks where it is plain and has none. */
export function scalarType({ tag, style, text }: ScalarNode): ScalarType {
  if (tag !== null) return taggedType(longTag(tag), text);
  return style === 'plain' ? plainType(text) : 'text';
}

/** The text of a scalar that is one: as written, or what `!!binary` stands for. */
export function scalarText({ tag, text }: ScalarNode): string {
  if (tag === null || longTag(tag) !== `${CORE}binary`) return text;
  return decodeBinary(text) ?? text;
}

export function tagMismatch({ text, tag, start }: ScalarNode): UnparsableError {
  const message = `${JSON.stringify(text)} is not what its tag ${tag} says`;
  return new UnparsableError('tag-mismatch', message, start);
}

function longTag(tag: string): string {
  const written = tag.startsWith('!<') ? tag.slice(2, -1) : tag;
  const long = tag.startsWith('!!') ? CORE + written.slice(2) : written;
  return long.includes('%') ? (decodeTag(long) ?? long) : long;
}

function taggedType(tag: string, text: string): ScalarType {
  if (!tag.startsWith(CORE)) return 'text';
  const looks = plainType(text);
  switch (tag.slice(CORE.length)) {
    case 'null':
    case 'bool':
      return looks === (tag.endsWith('null') ? 'null' : 'boolean') ? looks : 'mismatch';
    case 'int':
      return (looks === 'number' || looks === 'unsigned') && isInteger(text) ? looks : 'mismatch';
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

/** Null: no base64. */
function decodeBinary(text: string): string | null {
  const base64 = text.replace(/[\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  return goText(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as the text that Go writes into JSON: of what is no UTF-8, each byte becomes U+FFFD. */
function goText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
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
    return UTF8.decode(bytes.subarray(position, position + encodedLength(bytes[position] ?? 0)));
  } catch {
    return null;
  }
}

/** How many bytes the first one of a character announces. */
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
