import type { Edit } from '../yaml/edit.ts';
import { lineEnd } from '../yaml/lines.ts';
import type { Pair } from '../yaml/node.ts';
import { colonEnd, nodeEnd, nodeStart } from '../yaml/node-end.ts';
import { isInline } from './edit-block-list.ts';
import { arnScalar, doubleQuoted, isPrintableLine, singleQuotedBody } from './quote.ts';

/** Writes another value behind a key, in a line of its own or not; a comment behind it stays. */
export function replaceValue(text: string, pair: Pair, replacement: string): Edit {
  const { value } = pair;
  const start = nodeStart(pair.key);
  const colon = colonEnd(text, pair, start);
  const end = nodeEnd(text, value, colon);
  if (isInline(value)) return { start: nodeStart(value), end, replacement };
  if (value.kind === 'scalar' && value.start < 0) {
    const prefix = text[colon - 1] === ':' ? ' ' : ': ';
    return { start: colon, end, replacement: prefix + replacement };
  }
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
