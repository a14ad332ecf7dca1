import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineEnd, lineStart } from '../yaml/lines.ts';
import { isUnwritten, type Pair, type YamlNode } from '../yaml/node.ts';
import { arnScalar, doubleQuoted, isPrintableLine, singleQuotedBody } from '../yaml/quote.ts';

/** Replaces the value of a key, in a line of its own or not; a comment after it stays. */
export function replaceValue(text: string, pair: Pair, replacement: string): Edit {
  const { value, colonEnd: colon } = pair;
  const { end } = value;
  if (isInline(value)) return { start: value.start, end, replacement };
  if (isUnwritten(value))
    return { start: colon, end, replacement: `${missingColon(text, pair)} ${replacement}` };
  const comment = /\s#.*$/.exec(text.slice(colon, Math.min(lineEnd(text, colon), end)))?.[0] ?? '';
  return { start: colon, end, replacement: ` ${replacement}${comment}` };
}

/** An ARN in the quotes of the value that it replaces, or plain like it. */
export function arnLike({ value }: Pair, arn: string, inFlow: boolean): string {
  return quotedLike(value, arn) ?? arnScalar(arn, inFlow);
}

/** A text in the quotes of the value that it replaces; in double quotes where that had none. */
export function textLike(value: Pair['value'], text: string): string {
  return quotedLike(value, text) ?? doubleQuoted(text);
}

function quotedLike(value: Pair['value'], text: string): string | null {
  if (value.kind !== 'scalar') return null;
  if (value.style === 'single' && isPrintableLine(text)) return `'${singleQuotedBody(text)}'`;
  return value.style === 'double' ? doubleQuoted(text) : null;
}

/** Puts lines below a key, in place of its value, which is null or missing. */
export function insertBelow(text: string, pair: Pair, lines: string, lineBreak: string): Edit[] {
  const { colonEnd, value } = pair;
  return [
    { start: colonEnd, end: value.end, replacement: missingColon(text, pair) },
    insertLinesAfter(text, lineEnd(text, value.end), lines, lineBreak),
  ];
}

/** Whether a node can be replaced from its start to its end: not so in block style, which starts on a line of its own. */
export function isInline(node: YamlNode): boolean {
  if (node.kind === 'alias') return true;
  if (node.kind !== 'scalar') return node.flow;
  return node.style !== 'literal' && node.style !== 'folded' && node.end > node.start;
}

/** The column of the map that a pair is in: that of its key or, where the key follows `?`, of the colon below it. */
export function keyColumn(source: string, pair: Pair): number {
  const colon = pair.colonEnd - 1;
  const isExplicit = source[colon] === ':' && /^ *$/.test(source.slice(lineStart(source, colon), colon));
  return columnOf(source, isExplicit ? colon : pair.key.start);
}

/** What a key without a colon lacks in front of a value: in block style it follows `?`, and the colon gets a line of its own. */
export function missingColon(source: string, { key, colonEnd }: Pair): string {
  if (source[colonEnd - 1] === ':') return '';
  const mark = /\?\s*$/.exec(source.slice(0, key.start))?.index;
  return mark === undefined ? ':' : `${lineBreakOf(source)}${' '.repeat(columnOf(source, mark))}:`;
}
