import { isBreak, isSeparator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { foldSpace } from './fold-space.ts';
import { YamlSyntaxError } from './syntax-error.ts';
import { Token } from './token.ts';

const [DOUBLE, SINGLE, BACKSLASH] = [0x22, 0x27, 0x5c];

/** Scans a scalar in single or double quotes. */
export function scanQuotedScalar(cursor: Cursor): Token {
  const quote = cursor.code;
  const opening = cursor.position;
  cursor.position += 1;
  let text = '';
  while (true) {
    if (cursor.atEnd || cursor.atDocumentMark()) throw new YamlSyntaxError('a quote is not closed', opening);
    const word = quote === SINGLE ? takeSingleQuoted(cursor) : takeDoubleQuoted(cursor);
    text += word;
    if (cursor.code === quote) break;
    const breakEscaped = cursor.code === BACKSLASH;
    if (breakEscaped) {
      cursor.position += 1;
      cursor.takeBreak();
      if (cursor.code === quote) break;
    }
    text += foldSpace(cursor, breakEscaped, -1);
  }
  cursor.position += 1;
  const style = quote === SINGLE ? 'single' : 'double';
  const end = cursor.position;
  return new Token('scalar', opening, end, text, opening + 1, end - 1, style);
}

/** To the closing quote, or the next blank or line break. */
function takeSingleQuoted(cursor: Cursor): string {
  const start = cursor.position;
  while (!isSeparator(cursor.code)) {
    if (cursor.code === SINGLE && cursor.codeAt(1) !== SINGLE) break;
    cursor.position += cursor.code === SINGLE ? 2 : 1;
  }
  return cursor.text.slice(start, cursor.position).replaceAll("''", "'");
}

/** To the closing quote, the next blank or line break, or the backslash in front of one. */
function takeDoubleQuoted(cursor: Cursor): string {
  let [text, start] = ['', cursor.position];
  while (!isSeparator(cursor.code) && cursor.code !== DOUBLE) {
    if (cursor.code !== BACKSLASH) cursor.position += 1;
    else if (isBreak(cursor.codeAt(1))) break;
    else {
      text += cursor.text.slice(start, cursor.position) + takeEscape(cursor);
      start = cursor.position;
    }
  }
  return text + cursor.text.slice(start, cursor.position);
}

const ESCAPES = new Map(
  Object.entries({
    0: '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  }),
);
const HEX_DIGITS = new Map(Object.entries({ x: 2, u: 4, U: 8 }));

function takeEscape(cursor: Cursor): string {
  const name = cursor.text.charAt(cursor.position + 1);
  const simple = ESCAPES.get(name);
  const digits = simple === undefined ? HEX_DIGITS.get(name) : 0;
  if (digits === undefined) throw new YamlSyntaxError('an unknown escape in double quotes', cursor.position);
  const end = cursor.position + 2 + digits;
  const character = simple ?? characterOf(cursor.text.slice(cursor.position + 2, end), digits);
  if (character === null) throw new YamlSyntaxError('an escape that is no character', cursor.position);
  cursor.position = end;
  return character;
}

/** Null: no character of YAML. */
function characterOf(hex: string, digits: number): string | null {
  const code = hex.length === digits && /^[\da-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : -1;
  if (code < 0 || code > 0x10ffff) return null;
  return code < 0xd800 || code > 0xdfff ? String.fromCodePoint(code) : null;
}
