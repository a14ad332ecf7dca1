import { type Cursor, Token } from './cursor.ts';
import { find, isBlank, isBreak, isBreakOrEnd, isSeparator, TAB } from './lines.ts';
import { YamlSyntaxError } from './node.ts';

/** Scans a token that can start a key, except brackets. `indent` is the column of the enclosing block collection. */
export function scanKeyable(cursor: Cursor, indent: number, inFlow: boolean): Token {
  const character = cursor.text.charAt(cursor.position);
  switch (character) {
    case '*':
      return scanAnchor(cursor, 'alias');
    case '&':
      return scanAnchor(cursor, 'anchor');
    case '!':
      return scanTag(cursor);
    case '"':
    case "'":
      return scanQuotedScalar(cursor);
    case '\t':
      throw new YamlSyntaxError(NO_TABS, cursor.position);
    case '|':
    case '>':
    case '%':
    case '@':
    case '`':
      throw new YamlSyntaxError(
        `a plain scalar can't start with ${JSON.stringify(character)}`,
        cursor.position,
      );
    default:
      return scanPlainScalar(cursor, indent + 1, inFlow);
  }
}

/** Scans `&name` or `*name`; the token's text is the name. */
function scanAnchor(cursor: Cursor, kind: 'anchor' | 'alias'): Token {
  const start = cursor.position;
  cursor.position += 1;
  while (isWord(cursor.code)) cursor.position += 1;
  const end = cursor.position;
  if (end === start + 1 || !(isSeparator(cursor.code) || '?:,]}%@`'.includes(cursor.text.charAt(end))))
    throw new YamlSyntaxError(`an ${kind} name can only contain letters, digits, - and _`, start);
  return new Token(kind, start, end, cursor.text.slice(start + 1, end));
}

/** True for characters of anchor names. */
export function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  );
}

const NO_TABS = "tabs can't be used for indentation";
const HASH = 0x23;

/** Scans a plain scalar; `indent` is the lowest column of its further lines, ignored in flow collections. */
function scanPlainScalar(cursor: Cursor, indent: number, inFlow: boolean): Token {
  const start = cursor.position;
  let [end, text, space] = [start, '', ''];
  while (!cursor.atDocumentMark() && cursor.code !== HASH) {
    const wordStart = cursor.position;
    // The next blank, line break or indicator.
    cursor.position = find(inFlow ? WORD_END_IN_FLOW : WORD_END, cursor.text, wordStart);
    if (cursor.position > wordStart) {
      end = cursor.position;
      text += space + cursor.text.slice(wordStart, end);
    }
    const { code } = cursor;
    if (!isBlank(code) && !isBreak(code)) break;
    space = foldSpace(cursor, false, indent);
    if (!inFlow && cursor.column < indent) break;
  }
  return new Token('scalar', start, end, text);
}

const WORD_END = /[\0\t\n\r \x85\u2028\u2029]|:(?=[\0\t\n\r \x85\u2028\u2029])/g;
const WORD_END_IN_FLOW = /[\0\t\n\r \x85\u2028\u2029,?[\]{}]|:(?=[\0\t\n\r \x85\u2028\u2029])/g;

const [SINGLE, BACKSLASH] = [0x27, 0x5c];

function scanQuotedScalar(cursor: Cursor): Token {
  const quote = cursor.code;
  const opening = cursor.position;
  cursor.position += 1;
  let text = '';
  while (true) {
    if (cursor.atEnd || cursor.atDocumentMark()) throw new YamlSyntaxError('missing closing quote', opening);
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
  return new Token('scalar', opening, cursor.position, text, style);
}

const SINGLE_QUOTED_END = /[\0\t\n\r \x85\u2028\u2029']/g;
const DOUBLE_QUOTED_END = /[\0\t\n\r \x85\u2028\u2029"\\]/g;

/** Takes text up to the closing quote, or the next blank or line break. */
function takeSingleQuoted(cursor: Cursor): string {
  const start = cursor.position;
  cursor.position = find(SINGLE_QUOTED_END, cursor.text, start);
  while (cursor.code === SINGLE && cursor.codeAt(1) === SINGLE)
    cursor.position = find(SINGLE_QUOTED_END, cursor.text, cursor.position + 2);
  return cursor.text.slice(start, cursor.position).replaceAll("''", "'");
}

/** Takes text up to the closing quote, the next blank or line break, or a backslash before a line break. */
function takeDoubleQuoted(cursor: Cursor): string {
  let text = '';
  while (true) {
    const start = cursor.position;
    cursor.position = find(DOUBLE_QUOTED_END, cursor.text, start);
    text += cursor.text.slice(start, cursor.position);
    if (cursor.code !== BACKSLASH || isBreak(cursor.codeAt(1))) return text;
    text += takeEscape(cursor);
  }
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
  if (digits === undefined) throw new YamlSyntaxError('unknown escape in double quotes', cursor.position);
  const end = cursor.position + 2 + digits;
  const hex = cursor.text.slice(cursor.position + 2, end);
  const code = hex.length === digits && /^[\da-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : -1;
  const isCharacter = code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (simple === undefined && !isCharacter)
    throw new YamlSyntaxError("an escape that isn't a valid character", cursor.position);
  cursor.position = end;
  return simple ?? String.fromCodePoint(code);
}

const LITERAL = 0x7c;

/** Scans a literal or folded scalar in a collection at column `parentIndent`; -1 at the top level. */
export function scanBlockScalar(cursor: Cursor, parentIndent: number): Token {
  const header = cursor.position;
  const style = cursor.code === LITERAL ? 'literal' : 'folded';
  const { chomping, increment } = takeHeader(cursor);
  const start = cursor.position;
  const explicit = increment > 0 ? Math.max(parentIndent, 0) + increment : 0;
  let { indent, breaks, end } = takeEmptyLines(cursor, explicit, parentIndent);
  let [text, lastBreak, wasIndented] = ['', '', false];
  while (cursor.column === indent && !cursor.atEnd) {
    const isIndented = isBlank(cursor.code);
    const folds = style === 'folded' && lastBreak === '\n' && !wasIndented && !isIndented;
    text += folds ? breaks || ' ' : lastBreak + breaks;
    const lineStart = cursor.position;
    cursor.skipLine();
    text += cursor.text.slice(lineStart, cursor.position);
    lastBreak = cursor.atEnd ? '' : cursor.takeBreak();
    ({ breaks, end } = takeEmptyLines(cursor, indent, parentIndent));
    wasIndented = isIndented;
  }
  if (chomping !== '-') text += lastBreak;
  if (chomping === '+') text += breaks;
  // After the last character that isn't a blank or line break.
  let last = end;
  while (isSeparator(cursor.text.charCodeAt(last - 1))) last -= 1;
  return new Token('scalar', header, last, text, style, { start, end, indent });
}

function takeHeader(cursor: Cursor): { chomping: string; increment: number } {
  const start = cursor.position;
  cursor.position += 1;
  const match = /^(?:([-+])([0-9])?|([0-9])([-+])?)/.exec(cursor.text.slice(start + 1, start + 3));
  cursor.position += match?.[0].length ?? 0;
  const digit = match?.[2] ?? match?.[3];
  if (digit === '0') throw new YamlSyntaxError("a block scalar can't have indentation 0", start);
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code))
    throw new YamlSyntaxError('only a comment can follow | or > on the same line', cursor.position);
  if (!cursor.atEnd) cursor.takeBreak();
  return { chomping: match?.[1] ?? match?.[4] ?? '', increment: Number(digit ?? 0) };
}

/**
 * Skips empty lines and the next line's indentation; detects the indentation if `indent` is 0. `end` is the offset
 * after the last line break.
 */
function takeEmptyLines(cursor: Cursor, indent: number, parentIndent: number) {
  let [breaks, end, widest] = ['', cursor.position, 0];
  while (true) {
    cursor.skipSpaces(indent === 0 ? undefined : indent);
    const { code, column } = cursor;
    widest = Math.max(widest, column);
    if (code === TAB && (indent === 0 || column < indent))
      throw new YamlSyntaxError(NO_TABS, cursor.position);
    if (!isBreak(code)) break;
    breaks += cursor.takeBreak();
    end = cursor.position;
  }
  return { indent: indent === 0 ? Math.max(widest, parentIndent + 1, 1) : indent, breaks, end };
}

/**
 * Skips blanks and line breaks and returns their decoded form: blanks unchanged, one line break as a space, n line
 * breaks as n - 1. `afterBreak`: an escaped line break precedes. A tab can't start a line in columns below `indent`.
 */
function foldSpace(cursor: Cursor, afterBreak: boolean, indent: number): string {
  const start = cursor.position;
  let atLineStart = afterBreak;
  let [first, further] = ['', ''];
  while (true) {
    const { code } = cursor;
    if (isBreak(code)) {
      if (atLineStart) further += cursor.takeBreak();
      else first = cursor.takeBreak();
      atLineStart = true;
    } else if (isBlank(code)) {
      if (code === TAB && atLineStart && cursor.column < indent)
        throw new YamlSyntaxError(NO_TABS, cursor.position);
      cursor.position += 1;
    } else break;
  }
  if (!atLineStart) return cursor.text.slice(start, cursor.position);
  return first === '\n' ? further || ' ' : first + further;
}

/** Escaped UTF-8 octets: the first determines how many follow. */
const [HEX, TRAIL] = ['[0-9a-fA-F]', '%[89abAB][0-9a-fA-F]'];
const OCTETS = `%[0-7]${HEX}|%[cdCD]${HEX}${TRAIL}|%[eE]${HEX}(?:${TRAIL}){2}|%[fF][0-7](?:${TRAIL}){3}`;
const URI = String.raw`(?:[\w\-;/?:@&=+$,.!~*'()[\]]|${OCTETS})`;
const TAG = new RegExp(`!<${URI}+>|![\\w-]*!${URI}+|!(?![\\w-]*!)${URI}*`, 'y');

function scanTag(cursor: Cursor): Token {
  const start = cursor.position;
  TAG.lastIndex = start;
  const tag = TAG.exec(cursor.text)?.[0] ?? '';
  cursor.position += tag.length;
  if (tag === '' || !isSeparator(cursor.code)) throw new YamlSyntaxError('invalid character in a tag', start);
  return new Token('tag', start, cursor.position, tag);
}

/** Scans a line that starts with `%`. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.position;
  cursor.skipLine();
  const text = cursor.text.slice(start, cursor.position);
  if (!DIRECTIVE.test(text)) throw new YamlSyntaxError('invalid directive', start);
  return new Token('directive', start, cursor.position, text);
}

const DIRECTIVE = new RegExp(
  String.raw`^%(?:YAML[ \t]+[0-9]{1,2}\.[0-9]{1,2}[ \t]*(?:#.*)?|TAG[ \t]+!(?:[\w-]*!)?[ \t]+${URI}+(?:[ \t]+(?:#.*)?)?)$`,
);
