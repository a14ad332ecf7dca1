import { bug, Failure, refusal } from '../errors.ts';
import type { MapKey } from '../map-entry.ts';
import { applyEdits, type Edit, insertLinesAfter, joinEdits, keepFinalBreakMissing } from '../yaml/edit.ts';
import { columnOf, isBreak, lineBreakOf, lineEnd, lineStart, nextLine } from '../yaml/lines.ts';
import { isUnwritten, type MappingNode, type Pair, pairsNamed, type ScalarNode } from '../yaml/node.ts';
import { doubleQuoted } from '../yaml/quote.ts';
import { blockHeader, indentLines } from './block-scalar.ts';
import { type AwsAuthDocument, type ConfigMapNodes, readWithProblems } from './document.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { blanksIn } from './entry-style.ts';
import { insertBelow, replaceValue } from './replace-value.ts';

/** Indentation of a literal below its key, in columns. */
const INDENT = 2;

/**
 * Turns edits of the string under a key of `data` into edits of the file. A literal block or double quotes are edited
 * in place. A string in any other style, or one that loaded as empty, becomes a literal block, or double-quoted if a
 * literal block can't hold it.
 * @throws Failure if other parts of the file use that string too
 */
export function spliceText(
  document: AwsAuthDocument,
  key: MapKey,
  textEdits: readonly Edit[],
  wasEmpty = false,
): Edit[] {
  const { source, configMap } = document;
  const embedded = document[key];
  const text = embedded?.text ?? '';
  const edits = joinEdits(keepFinalBreakMissing(text, textEdits));
  if (edits.length === 0) return [];
  const edited = applyEdits(text, edits);
  if (edited === undefined) throw bug(`the edits of ${key} overlap`);
  if (!configMap) return edits;
  const newText = wasEmpty ? edited.replace(/(?<!\n)$/, '\n') : edited;
  if (!embedded?.node || !embedded.pair)
    return keepFinalBreakMissing(source, insertText(source, configMap, key, newText));
  const { node, pair } = embedded;
  if (embedded.isShared) throw sharedRefusal(document, key, node);
  const holdsText = (candidate: readonly Edit[]) => {
    const found = textAfter(document, key, keepFinalBreakMissing(source, candidate));
    return wasEmpty ? found?.trimEnd() === newText.trimEnd() : found === newText;
  };
  const inPlace =
    wasEmpty && node.style !== 'literal'
      ? null
      : editInPlace(source, { text, node, pair, offsets: embedded.offsets }, edits, newText);
  const content = source.slice(node.contentStart, node.contentEnd);
  // Reads as intended if no line break folds, or counts as one only in YAML 1.1; otherwise the result is read.
  const isCertain =
    node.style === 'literal'
      ? !/[\x85\u2028\u2029]|\r(?!\n)/.test(content + newText)
      : !/[\r\n\x85\u2028\u2029]/.test(content);
  if (inPlace && (isCertain || holdsText(inPlace))) return keepFinalBreakMissing(source, inPlace);
  const inFlow = configMap.data?.value.kind === 'mapping' && configMap.data.value.flow;
  const literal = inFlow ? null : rewriteAsLiteral(source, pair, node, newText);
  return keepFinalBreakMissing(
    source,
    literal && holdsText(literal) ? literal : [replaceScalar(source, node, doubleQuoted(newText))],
  );
}

/** The string under a key after edits of the file; undefined if they overlap, or the key can't be read any more. */
function textAfter(
  { source, file }: AwsAuthDocument,
  key: MapKey,
  edits: readonly Edit[],
): string | undefined {
  const result = applyEdits(source, edits);
  try {
    return result === undefined ? undefined : readWithProblems(result, file)[key]?.text;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function sharedRefusal({ locationOf }: AwsAuthDocument, key: MapKey, node: ScalarNode): Failure {
  const { anchor, start } = node;
  return refusal({
    message: `can't change ${key}: other parts of the file may use its anchor &${anchor}`,
    location: locationOf(start),
    help: `Replace *${anchor} with the string, then merge again.`,
  });
}

/** The scalar that holds a text, and its pair. */
interface EmbeddedScalar extends Pick<EmbeddedText, 'text' | 'offsets'> {
  readonly node: ScalarNode;
  readonly pair: Pair;
}

/**
 * Turns edits of a text into edits of its literal block or double-quoted scalar; null if the scalar has to be
 * rewritten.
 */
function editInPlace(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  const { node, offsets } = scalar;
  switch (node.style) {
    case 'literal':
      return spliceLiteral(source, scalar, edits, newText);
    case 'double':
      return edits.map(({ start, end, replacement }) => {
        // Insertions go right after the preceding character, before anything that decoding skipped.
        const position = offsets.endOf(start);
        const range = start === end ? [position, position] : [offsets.startOf(start), offsets.endOf(end)];
        const [from = position, to = position] = range;
        return { start: from, end: to, replacement: doubleQuoted(replacement).slice(1, -1) };
      });
    default:
      return null;
  }
}

/** Edits a literal block scalar in place; null if its indentation would become ambiguous. */
function spliceLiteral(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  const { text, node, pair } = scalar;
  const header = blockHeader(source, node);
  const isUndecided = header.increment === 0 && /^\n*$/.test(text);
  const indent = isUndecided ? keyColumn(source, pair) + INDENT : node.indent;
  const spliced = edits.map((edit) => spliceLines(source, scalar, edit, indent));
  if (header.increment > 0 || !startsIndented(newText)) return spliced;
  const increment = indent - keyColumn(source, pair);
  if (increment < 1 || increment > 9) return null;
  return [{ start: header.start + 1, end: header.start + 1, replacement: String(increment) }, ...spliced];
}

function spliceLines(source: string, { text, offsets }: EmbeddedScalar, edit: Edit, indent: number): Edit {
  const { start, end, replacement } = edit;
  const lineBreak = lineBreakOf(source);
  const indented = (lines: string) => indentLines(lines, indent).replaceAll('\n', lineBreak);
  const [from, to] = [offsets.endOf(start), offsets.endOf(end)];
  const startsLine = start === 0 || text[start - 1] === '\n';
  const endsLine = end === start || end === text.length || text[end - 1] === '\n';
  if (startsLine && endsLine && (replacement === '' || replacement.endsWith('\n'))) {
    const lines = indented(replacement);
    const isOpen = lines !== '' && from > 0 && !isBreak(source.charCodeAt(from - 1));
    const written = isOpen ? lineBreak + lines.slice(0, -lineBreak.length) : lines;
    return { start: from, end: to, replacement: written };
  }
  // If the edit splits a line, the rest needs an indentation; if it joins two lines, the second loses its indentation.
  const divides = end > 0 && end < text.length && !/\n/.test(text.slice(end - 1, end + 1));
  const joins = end > start && end < text.length && text[end - 1] === '\n' && !replacement.endsWith('\n');
  const rest = divides && replacement.endsWith('\n') ? ' '.repeat(indent) : '';
  const last = joins ? offsets.startOf(end) : to;
  // A blank line has no indentation to reuse.
  if (end > start && startsLine && /^[^\n]/.test(replacement))
    return { start: from, end: last, replacement: indented(replacement) + rest };
  const [first = '', ...further] = replacement.split('\n');
  const lines = further.length > 0 ? lineBreak + indented(further.join('\n')) : '';
  const position = offsets.startOf(start);
  return { start: position, end: start === end ? position : last, replacement: first + lines + rest };
}

/** Rewrites a string as a literal block; null if the style can't hold it. */
function rewriteAsLiteral(source: string, pair: Pair, node: ScalarNode, newText: string): Edit[] | null {
  const lineBreak = lineBreakOf(source);
  const isBlock = node.style === 'folded' || node.style === 'literal';
  // Blank lines at the end of a block stay as they are.
  const end = newText.indexOf('\n', newText.trimEnd().length) + 1;
  const text = isBlock && end > 0 && node.text.endsWith(newText.slice(end)) ? newText.slice(0, end) : newText;
  const column = keyColumn(source, pair);
  // Less indented comments may follow a block: with another indentation, they would become part of it.
  const indent = isBlock && node.text.trim() !== '' ? node.indent - column : INDENT;
  const literal = literalOf(text, column, lineBreak, indent);
  if (!literal) return null;
  if (isBlock) return rewriteBlock(source, node, literal);
  return [
    replaceScalar(source, node, literal.header),
    insertLinesAfter(source, lineEnd(source, node.end), literal.lines, lineBreak),
  ];
}

/** Replaces a string, but not its tag or anchor, nor a comment in the header of a block. */
function replaceScalar(source: string, node: ScalarNode, replacement: string): Edit {
  const { style, contentStart, end } = node;
  if (style === 'literal' || style === 'folded') {
    const header = blockHeader(source, node);
    const comment = source.slice(header.end, lineEnd(source, header.end));
    return { start: header.start, end, replacement: replacement + comment };
  }
  const start = style === 'plain' ? contentStart : contentStart - 1;
  return { start, end, replacement: isUnwritten(node) ? ` ${replacement}` : replacement };
}

/** Keeps blank lines after the content, and the chomping indicator. */
function rewriteBlock(source: string, node: ScalarNode, { header, lines }: Literal): Edit[] {
  const old = blockHeader(source, node);
  const end = Math.max(nextLine(source, node.end), node.contentStart);
  const isOpen = !isBreak(source.charCodeAt(end - 1));
  const content = isOpen ? lines.replace(/(?:\r\n?|\n)$/, '') : lines;
  // At the end of a file, the header may lack a line break.
  const gap = isBreak(source.charCodeAt(node.contentStart - 1)) ? '' : lineBreakOf(source);
  return [
    { start: old.start, end: old.end, replacement: header.replace('-', '') + old.chomping },
    { start: node.contentStart, end, replacement: gap + content },
  ];
}

/** Adds a key that is missing or null in a ConfigMap, and `data` if necessary. */
function insertText(source: string, nodes: ConfigMapNodes, key: MapKey, newText: string): Edit[] {
  const { root, data } = nodes;
  const fields = data?.value.kind === 'mapping' ? data.value : null;
  const pair = fields && pairsNamed(fields, key).at(-1);
  if (pair && fields) return replaceNull(source, pair, newText, fields.flow);
  const flowData = `{${flowKey(root, key)}: ${doubleQuoted(newText)}}`;
  if (!data && root.flow) return [insertFirst(source, root, 'data', flowData)];
  if (!data) return [appendData(source, root, key, newText)];
  if (fields?.flow && fields.pairs.length > 0)
    return [insertFirst(source, fields, key, doubleQuoted(newText))];
  if (root.flow) return [replaceValue(source, data, flowData)];
  return fillData(source, data, fields?.flow ? null : fields, key, newText);
}

/** Gives a key without a value, or with null, a text; a tag or anchor of null goes. */
function replaceNull(source: string, pair: Pair, newText: string, inFlow: boolean): Edit[] {
  const lineBreak = lineBreakOf(source);
  const literal = inFlow ? null : literalOf(newText, keyColumn(source, pair), lineBreak);
  if (!literal) return [replaceValue(source, pair, doubleQuoted(newText))];
  return [
    replaceValue(source, pair, literal.header),
    insertLinesAfter(source, lineEnd(source, pair.value.end), literal.lines, lineBreak),
  ];
}

/** Inserts a pair at the start of a flow mapping. */
function insertFirst(source: string, mapping: MappingNode, name: string, value: string): Edit {
  const first = mapping.pairs[0];
  const start = first ? first.key.start : mapping.contentStart + 1;
  const blanks = blanksIn(source, mapping.contentStart + 1, start) ?? '';
  const behind = first ? `,${/[\r\n]/.test(blanks) ? blanks : ' '}` : '';
  return { start, end: start, replacement: `${flowKey(mapping, name)}: ${value}${behind}` };
}

/** Quotes a key like the mapping's other keys. */
function flowKey({ pairs }: MappingNode, name: string): string {
  const key = pairs[0]?.key;
  return !key || (key.kind === 'scalar' && key.style === 'double') ? doubleQuoted(name) : name;
}

function appendData(source: string, root: MappingNode, key: MapKey, newText: string): Edit {
  const lineBreak = lineBreakOf(source);
  const column = columnOf(source, root.contentStart);
  const last = root.pairs.at(-1);
  const end = last ? last.value.end : root.contentStart;
  const lines = `${' '.repeat(column)}data:${lineBreak}${textLines(key, newText, column + INDENT, lineBreak)}`;
  return insertLinesAfter(source, lineEnd(source, end), lines, lineBreak);
}

/** Inserts below the key `data`, before any existing pairs. */
function fillData(
  source: string,
  data: Pair,
  fields: MappingNode | null,
  key: MapKey,
  newText: string,
): Edit[] {
  const lineBreak = lineBreakOf(source);
  const column = fields ? columnOf(source, fields.contentStart) : columnOf(source, data.key.start) + INDENT;
  const lines = textLines(key, newText, column, lineBreak);
  return fields
    ? [insertLinesAfter(source, lineEnd(source, data.colonEnd), lines, lineBreak)]
    : insertBelow(source, data, lines, lineBreak);
}

function textLines(key: MapKey, newText: string, column: number, lineBreak: string): string {
  const start = `${' '.repeat(column)}${key}:`;
  const literal = literalOf(newText, column, lineBreak);
  if (!literal) return `${start} ${doubleQuoted(newText)}${lineBreak}`;
  return `${start} ${literal.header}${lineBreak}${literal.lines}`;
}

/** The column of a pair's map: the column of its key or, after `?`, of the colon below it. */
function keyColumn(source: string, pair: Pair): number {
  const colon = pair.colonEnd - 1;
  const isExplicit = source[colon] === ':' && /^ *$/.test(source.slice(lineStart(source, colon), colon));
  return columnOf(source, isExplicit ? colon : pair.key.start);
}

/** The largest indentation that the header of a block can state. */
const MAX_INDICATOR = 9;

/** True if a reader would take the first line's leading blanks for indentation. */
function startsIndented(text: string): boolean {
  return /^\n* /.test(text);
}

/** A literal block scalar: header and content lines. */
interface Literal {
  readonly header: string;
  readonly lines: string;
}

/**
 * A text as a literal block scalar below a key in `keyColumn`; null if the style can't hold it.
 * @param indent the columns by which its lines are indented more than the key
 */
export function literalOf(
  text: string,
  keyColumn: number,
  lineBreak: string,
  indent = INDENT,
): Literal | null {
  if (UNFIT.test(text)) return null;
  // A literal keeps one final line break or, with +, also the blank lines that follow it in the file.
  if (text.trim() === '' || text.endsWith('\n\n')) return null;
  const chomping = text.endsWith('\n') ? '' : '-';
  const content = text.endsWith('\n') ? text : `${text}\n`;
  const columns = startsIndented(text) && indent > MAX_INDICATOR ? INDENT : indent;
  const lines = indentLines(content, keyColumn + columns).replaceAll('\n', lineBreak);
  return { header: `|${startsIndented(text) ? columns : ''}${chomping}`, lines };
}

/** A character that a literal can't hold, or that YAML 1.1 would read as a line break. */
const UNFIT = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u;
