import { isBlank, isBreak, isSeparator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { foldSpace } from './fold-space.ts';
import { Token } from './token.ts';

const [HASH, COLON] = [0x23, 0x3a];

/** Scans a plain scalar; `indent` is the least column of its further lines, which those in flow collections do not heed. */
export function scanPlainScalar(cursor: Cursor, indent: number, inFlow: boolean): Token {
  const start = cursor.position;
  let [end, text, space] = [start, '', ''];
  while (!cursor.atDocumentMark() && cursor.code !== HASH) {
    const wordStart = cursor.position;
    skipWord(cursor, inFlow);
    if (cursor.position > wordStart) {
      end = cursor.position;
      text += space + cursor.text.slice(wordStart, end);
    }
    if (!isBlank(cursor.code) && !isBreak(cursor.code)) break;
    space = foldSpace(cursor, false, indent);
    if (!inFlow && cursor.column < indent) break;
  }
  return new Token('scalar', start, end, text);
}

/** To the next blank, line break or indicator. */
function skipWord(cursor: Cursor, inFlow: boolean): void {
  const { text } = cursor;
  let { position } = cursor;
  let code = text.charCodeAt(position);
  while (!isSeparator(code)) {
    if (code === COLON && isSeparator(text.charCodeAt(position + 1))) break;
    if (inFlow && endsInFlow(code)) break;
    position += 1;
    code = text.charCodeAt(position);
  }
  cursor.position = position;
}

/** One of `,?[]{}`. */
function endsInFlow(code: number): boolean {
  return code === 0x2c || code === 0x3f || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d;
}
