import type { MapKey } from '../entry.ts';
import { bug, Failure, refusal } from '../errors.ts';
import {
  applyEdits,
  type Edit,
  insertLinesAfter,
  joinEdits,
  keepFinalBreakMissing,
  sortEdits,
} from '../yaml/edit.ts';
import { columnOf, isBreak, lineBreakOf, lineEnd, nextLine } from '../yaml/lines.ts';
import { isUnwritten, type MappingNode, type Pair, pairsNamed, type ScalarNode } from '../yaml/node.ts';
import { doubleQuoted } from '../yaml/quote.ts';
import { blockHeader, INDENT, indentLines, startsIndented } from './block-scalar.ts';
import { type AwsAuthDocument, type ConfigMapNodes, readWithProblems } from './document.ts';
import { blanksIn } from './flow-style.ts';
import { insertBelow, keyColumn, replaceValue } from './replace-value.ts';
import { editInPlace } from './splice-in-place.ts';

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
  const edits = joinEdits(keepFinalBreakMissing(text, sortEdits(textEdits)));
  if (edits.length === 0) return [];
  const edited = applyEdits(text, edits);
  if (edited === undefined) throw bug(`the edits of ${key} overlap`);
  if (!configMap) return edits;
  const newText = wasEmpty ? edited.replace(/(?<!\n)$/, '\n') : edited;
  if (!embedded?.node || !embedded.pair) return finished(source, insertText(source, configMap, key, newText));
  const { node, pair } = embedded;
  if (embedded.isShared) throw sharedRefusal(document, key, node);
  const holdsText = (candidate: readonly Edit[]) => {
    const found = textAfter(document, key, finished(source, candidate));
    return wasEmpty ? found?.trimEnd() === newText.trimEnd() : found === newText;
  };
  const inPlace =
    wasEmpty && node.style !== 'literal'
      ? null
      : editInPlace(source, { text, node, pair, offsets: embedded.offsets }, edits, newText);
  if (inPlace && (isCertain(source, node, newText) || holdsText(inPlace))) return finished(source, inPlace);
  const inFlow = configMap.data?.value.kind === 'mapping' && configMap.data.value.flow;
  const literal = inFlow ? null : rewriteAsLiteral(source, pair, node, newText);
  return finished(
    source,
    literal && holdsText(literal) ? literal : [replaceScalar(source, node, doubleQuoted(newText))],
  );
}

function finished(source: string, edits: readonly Edit[]): Edit[] {
  return keepFinalBreakMissing(source, sortEdits(edits));
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

/** True if in-place edits read as intended: no line break folds, or counts as one only in YAML 1.1. */
function isCertain(source: string, node: ScalarNode, newText: string): boolean {
  const content = source.slice(node.contentStart, node.contentEnd);
  if (node.style === 'literal') return !/[\x85\u2028\u2029]|\r(?!\n)/.test(content + newText);
  return node.style === 'double' && !/[\r\n\x85\u2028\u2029]/.test(content);
}

function sharedRefusal({ locationOf }: AwsAuthDocument, key: MapKey, node: ScalarNode): Failure {
  const { anchor, start } = node;
  return refusal({
    message: `can't change ${key}: other parts of the file may use its anchor &${anchor}`,
    location: locationOf(start),
    help: `Replace *${anchor} with the string, then merge again.`,
  });
}

/** Rewrites a string as a literal block; null if the style can't hold it. */
function rewriteAsLiteral(source: string, pair: Pair, node: ScalarNode, newText: string): Edit[] | null {
  const lineBreak = lineBreakOf(source);
  const isBlock = node.style === 'folded' || node.style === 'literal';
  const text = isBlock ? newText.replace(/(?<!\n)\n+$/, '\n') : newText;
  const literal = literalOf(text, keyColumn(source, pair), lineBreak);
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

/** A literal block scalar: header and content lines. */
interface Literal {
  readonly header: string;
  readonly lines: string;
}

/** A text as a literal block scalar below a key in `keyColumn`; null if the style can't hold it. */
export function literalOf(text: string, keyColumn: number, lineBreak: string): Literal | null {
  // A literal keeps one final line break or, with +, also the blank lines that follow it in the file.
  if (!fitsLiteral(text) || text.trim() === '' || text.endsWith('\n\n')) return null;
  const chomping = text.endsWith('\n') ? '' : '-';
  const content = text.endsWith('\n') ? text : `${text}\n`;
  const lines = indentLines(content, keyColumn + INDENT).replaceAll('\n', lineBreak);
  return { header: `|${startsIndented(text) ? INDENT : ''}${chomping}`, lines };
}

/** True if a text has no character that a literal can't hold, or that YAML 1.1 would read as a line break. */
function fitsLiteral(text: string): boolean {
  return !/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u.test(text);
}
