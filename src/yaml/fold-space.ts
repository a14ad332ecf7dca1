import { isBlank, isBreak, TAB } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { YamlSyntaxError } from './syntax-error.ts';

/**
 * Steps over blanks and line breaks and returns what they read as: blanks as they are, one line break as a space, more as one
 * fewer. `afterBreak`: an escaped line break stands in front. In columns below `indent` no tab may start a line.
 */
export function foldSpace(cursor: Cursor, afterBreak: boolean, indent: number): string {
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
        throw new YamlSyntaxError('a tab cannot indent', cursor.position);
      cursor.position += 1;
    } else break;
  }
  if (!atLineStart) return cursor.text.slice(start, cursor.position);
  return first === '\n' ? further || ' ' : first + further;
}
