import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineEnd } from '../yaml/lines.ts';
import { isUnwritten, type Pair, type YamlNode } from '../yaml/node.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';

/** Replaces a key's value, on the same line or below; keeps a comment after it. */
export function replaceValue(text: string, pair: Pair, replacement: string): Edit {
  const { value, colonEnd: colon } = pair;
  const { end } = value;
  if (isInline(value)) return { start: value.start, end, replacement };
  if (isUnwritten(value))
    return { start: colon, end, replacement: `${missingColon(text, pair)} ${replacement}` };
  const comment = /\s#.*$/.exec(text.slice(colon, Math.min(lineEnd(text, colon), end)))?.[0] ?? '';
  return { start: colon, end, replacement: ` ${replacement}${comment}` };
}

/** Quotes an ARN like the value that it replaces, or leaves it plain. */
export function arnLike({ value }: Pair, arn: string, inFlow: boolean): string {
  return quotedLike(value, arn) ?? arnScalar(arn, inFlow);
}

/** Quotes a text like the value that it replaces; uses double quotes if that has none. */
export function textLike(value: Pair['value'], text: string): string {
  return quotedLike(value, text) ?? doubleQuoted(text);
}

function quotedLike(value: Pair['value'], text: string): string | null {
  if (value.kind !== 'scalar') return null;
  // One printable ASCII line fits between quotes of either kind.
  if (value.style === 'single' && /^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return value.style === 'double' ? doubleQuoted(text) : null;
}

/** Inserts lines below a key instead of its null or missing value. */
export function insertBelow(text: string, pair: Pair, lines: string, lineBreak: string): Edit[] {
  const { colonEnd, value } = pair;
  return [
    { start: colonEnd, end: value.end, replacement: missingColon(text, pair) },
    insertLinesAfter(text, lineEnd(text, value.end), lines, lineBreak),
  ];
}

/** True if a node can be replaced from start to end. Block style can't: it starts on a separate line. */
export function isInline(node: YamlNode): boolean {
  if (node.kind === 'alias') return true;
  if (node.kind !== 'scalar') return node.flow;
  return node.style !== 'literal' && node.style !== 'folded' && node.end > node.start;
}

/**
 * The text between a key without a colon and its value. In block style the key follows `?`, so the colon needs a new
 * line.
 */
export function missingColon(source: string, { key, colonEnd }: Pair): string {
  if (source[colonEnd - 1] === ':') return '';
  const mark = /\?\s*$/.exec(source.slice(0, key.start))?.index;
  return mark === undefined ? ':' : `${lineBreakOf(source)}${' '.repeat(columnOf(source, mark))}:`;
}
