import type { Cursor } from './cursor.ts';
import { scanPlainScalar } from './plain-scalar.ts';
import { scanAnchor, scanTag } from './property.ts';
import { scanQuotedScalar } from './quoted-scalar.ts';
import { YamlSyntaxError } from './syntax-error.ts';
import type { Token } from './token.ts';

/** Scans one of the tokens that a key can start with, brackets excluded. `indent` is the column of the block collection around. */
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
      throw new YamlSyntaxError('a tab cannot indent', cursor.position);
    case '|':
    case '>':
    case '%':
    case '@':
    case '`':
      throw new YamlSyntaxError(`no plain text can start with ${JSON.stringify(character)}`, cursor.position);
    default:
      return scanPlainScalar(cursor, indent + 1, inFlow);
  }
}
