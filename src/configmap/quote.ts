import { withoutCommands } from '../text.ts';
import { columnOf, isSeparator, lineBreakOf, lineStart, skipTrivia } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';

/** What a double-quoted scalar holds between its quotes so that YAML 1.1, YAML 1.2 and JSON read the text back. */
export function doubleQuotedBody(text: string): string {
  const escaped = withoutCommands(JSON.stringify(text).slice(1, -1));
  // JSON leaves these alone, but YAML 1.1 takes NEL, LS and PS for line breaks and refuses DEL and C1 controls. Invisible characters,
  // and those that change the direction, would show another text than the one that is read; beyond U+FFFF, YAML and JSON escape differently.
  return escaped.replace(
    /[\u007f-\u009f\u2028\u2029\ufffe\uffff]|(?![\u{10000}-\u{10ffff}])\p{Cf}/gu,
    unicodeEscape,
  );
}

export function doubleQuoted(text: string): string {
  return `"${doubleQuotedBody(text)}"`;
}

/** As `doubleQuoted`, where nobody reads it as JSON: no invisible character is left. */
export function yamlQuoted(text: string): string {
  return doubleQuoted(text).replace(/\p{Cf}/gu, yamlEscape);
}

/** As `yamlQuoted`, for what keeps ASCII alone: CloudFormation gives templates back with `?` for anything else. */
export function asciiQuoted(text: string): string {
  return doubleQuoted(text).replace(/[^ -~]/gu, yamlEscape);
}

function yamlEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : unicodeEscape(character);
}

/** What a single-quoted scalar holds between its quotes; only for text on one line. */
export function singleQuotedBody(text: string): string {
  return text.replaceAll("'", "''");
}

/** Whether the text can be put between quotes of either kind as it is, on one line. */
export function isPrintableLine(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** An ARN as a plain scalar, or double-quoted where that would not be safe; `,` ends a plain scalar in a flow collection. */
export function arnScalar(arn: string, inFlow: boolean): string {
  const plain = inFlow ? /^arn:[\w:/+=.@-]*[\w/+=.@-]$/i : /^arn:[\w:/+=,.@-]*[\w/+=,.@-]$/i;
  return plain.test(arn) ? arn : doubleQuoted(arn);
}

/** `\u202e`: how JSON and YAML write a character of up to 16 bits. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A literal block scalar: its header, and its content as lines. */
export interface Literal {
  readonly header: string;
  readonly lines: string;
}

/** A text as a literal block scalar below a key in `keyColumn`; null where the style cannot hold it. */
export function literalOf(text: string, keyColumn: number, lineBreak: string): Literal | null {
  // A literal keeps one final line break or, with +, also the blank lines that follow it in the file.
  if (!fitsLiteral(text) || text.trim() === '' || text.endsWith('\n\n')) return null;
  const chomping = text.endsWith('\n') ? '' : '-';
  const content = text.endsWith('\n') ? text : `${text}\n`;
  const lines = indentLines(content, keyColumn + INDENT).replaceAll('\n', lineBreak);
  return { header: `|${startsIndented(text) ? INDENT : ''}${chomping}`, lines };
}

/** Puts spaces in front of every line that holds something. */
export function indentLines(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}

/** Columns that a literal is indented by below its key. */
export const INDENT = 2;

/** Whether a reader would take the first line's own blanks for indentation. */
export function startsIndented(text: string): boolean {
  return /^\n* /.test(text);
}

/** Whether a text has nothing that a literal cannot hold, or that YAML 1.1 would take for a line break of its own. */
function fitsLiteral(text: string): boolean {
  return !/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u.test(text);
}

/** The header of a block scalar: where it is, and its explicit indentation, 0 for none. */
interface BlockHeader {
  readonly start: number;
  readonly end: number;
  readonly increment: number;
  readonly chomping: string;
}

export function blockHeader(source: string, scalar: ScalarNode): BlockHeader {
  let { start } = scalar;
  while (source[start] === '&' || source[start] === '!') {
    while (!isSeparator(source.charCodeAt(start))) start += 1;
    start = skipTrivia(source, start);
  }
  const [header = '', indicators = ''] = /^[|>]([-+0-9]{0,2})/.exec(source.slice(start, start + 3)) ?? [];
  const increment = Number(/[0-9]/.exec(indicators)?.[0] ?? 0);
  return { start, end: start + header.length, increment, chomping: /[-+]/.exec(indicators)?.[0] ?? '' };
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
