import { isBlank, isBreak, isBreakOrEnd, isSeparator, SPACE, TAB } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { YamlSyntaxError } from './syntax-error.ts';
import { Token } from './token.ts';

const LITERAL = 0x7c;

/** Scans a literal or folded scalar in a collection whose column is `parentIndent`, -1 at the top. */
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
  return new Token('scalar', header, lastCharacterEnd(cursor, end), text, start, end, style, indent);
}

/** Behind the last character that is neither blank nor line break. */
function lastCharacterEnd({ text }: Cursor, end: number): number {
  let last = end;
  while (isSeparator(text.charCodeAt(last - 1))) last -= 1;
  return last;
}

function takeHeader(cursor: Cursor): { chomping: string; increment: number } {
  const start = cursor.position;
  cursor.position += 1;
  const match = /^(?:([-+])([0-9])?|([0-9])([-+])?)/.exec(cursor.text.slice(start + 1, start + 3));
  cursor.position += match?.[0].length ?? 0;
  const digit = match?.[2] ?? match?.[3];
  if (digit === '0') throw new YamlSyntaxError('a block scalar cannot be indented by 0', start);
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code))
    throw new YamlSyntaxError('behind | or > only a comment may follow on the line', cursor.position);
  if (!cursor.atEnd) cursor.takeBreak();
  return { chomping: match?.[1] ?? match?.[4] ?? '', increment: Number(digit ?? 0) };
}

interface EmptyLines {
  readonly indent: number;
  readonly breaks: string;
  /** Behind the last line break. */
  readonly end: number;
}

/** Steps over lines without content and the indentation of the next; finds the indentation out where it is 0. */
function takeEmptyLines(cursor: Cursor, indent: number, parentIndent: number): EmptyLines {
  let [breaks, end, widest] = ['', cursor.position, 0];
  while (true) {
    while ((indent === 0 || cursor.column < indent) && cursor.code === SPACE) cursor.position += 1;
    widest = Math.max(widest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.code === TAB)
      throw new YamlSyntaxError('a tab cannot indent', cursor.position);
    if (!isBreak(cursor.code)) break;
    breaks += cursor.takeBreak();
    end = cursor.position;
  }
  return { indent: indent === 0 ? Math.max(widest, parentIndent + 1, 1) : indent, breaks, end };
}
