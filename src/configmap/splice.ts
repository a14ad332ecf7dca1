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
import { insertBelow, keyColumn, missingColon, replaceValue } from './replace-value.ts';
import { editInPlace } from './splice-in-place.ts';

/**
 * Turns edits of the string of a key of `data` into edits of the file, in place wherever the scalar's style allows. A string
 * that loaded as empty becomes a literal block.
 * @throws Failure where other parts of the file use that string, too
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
  const { node, pair, offsets } = embedded;
  if (embedded.isShared) throw sharedRefusal(document, key, node);
  const inPlace =
    wasEmpty && node.style !== 'literal'
      ? null
      : editInPlace(source, { text, offsets, node, pair }, edits, newText);
  if (inPlace && isFaithful(document, key, node, inPlace, newText)) return finished(source, inPlace);
  const inFlow = configMap.data?.value.kind === 'mapping' && configMap.data.value.flow;
  return finished(source, rewriteScalar(source, pair, node, newText, inFlow));
}

function finished(source: string, edits: readonly Edit[]): Edit[] {
  return keepFinalBreakMissing(source, sortEdits(edits));
}

/**
 * Whether edits in place read as they should. Certain except next to line breaks that fold, or that only YAML 1.1 takes for
 * such.
 */
function isFaithful(
  { file, source }: AwsAuthDocument,
  key: MapKey,
  node: ScalarNode,
  edits: readonly Edit[],
  newText: string,
): boolean {
  if (!ODD_BREAKS[node.style].test(source.slice(node.contentStart, node.contentEnd))) return true;
  const result = applyEdits(source, finished(source, edits));
  try {
    return result !== undefined && readWithProblems(result, file)[key]?.text.trimEnd() === newText.trimEnd();
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** What is written there may fold. */
const ANYTHING = /^/;
const ODD_BREAKS: Readonly<Record<ScalarNode['style'], RegExp>> = {
  literal: /[\x85\u2028\u2029]|\r(?!\n)/,
  folded: ANYTHING,
  double: /[\r\n\x85\u2028\u2029]/,
  single: ANYTHING,
  plain: ANYTHING,
};

function sharedRefusal({ locationOf }: AwsAuthDocument, key: MapKey, node: ScalarNode): Failure {
  const { anchor, start } = node;
  return refusal({
    message: `${key} has to change, but its anchor &${anchor} may be used elsewhere, where nothing may change`,
    location: locationOf(start),
    help: `Write the string out in place of *${anchor}, then merge again.`,
  });
}

/** Rewrites a scalar: as a literal block where it can be one, else in double quotes. `inFlow`: inside `{}`, as in JSON. */
function rewriteScalar(
  source: string,
  pair: Pair,
  node: ScalarNode,
  newText: string,
  inFlow: boolean,
): Edit[] {
  const lineBreak = lineBreakOf(source);
  const isBlock = node.style === 'folded' || node.style === 'literal';
  const text = isBlock ? newText.replace(/(?<!\n)\n+$/, '\n') : newText;
  // Blanks in the last line are content, which the blank lines that stay after a block are not.
  const isCertain = !inFlow && !(isBlock && /\n[ \t]+\n*$/.test(newText));
  const literal = isCertain ? literalOf(text, keyColumn(source, pair), lineBreak) : null;
  if (!literal) return [replaceValue(source, pair, doubleQuoted(newText))];
  if (isBlock) return rewriteBlock(source, node, literal);
  const header = isUnwritten(node)
    ? { start: pair.colonEnd, end: node.end, replacement: `${missingColon(source, pair)} ${literal.header}` }
    : { start: node.start, end: node.end, replacement: literal.header };
  return [header, insertLinesAfter(source, lineEnd(source, node.end), literal.lines, lineBreak)];
}

/** Blank lines after the content stay, and with them the chomping indicator. */
function rewriteBlock(source: string, node: ScalarNode, { header, lines }: Literal): Edit[] {
  const old = blockHeader(source, node);
  const end = Math.max(nextLine(source, node.end), node.contentStart);
  const isOpen = !isBreak(source.charCodeAt(end - 1));
  const content = isOpen ? lines.replace(/(?:\r\n?|\n)$/, '') : lines;
  // At the end of a file, the header may lack the line break that content needs.
  const gap = isBreak(source.charCodeAt(node.contentStart - 1)) ? '' : lineBreakOf(source);
  return [
    { start: old.start, end: old.end, replacement: header.replace('-', '') + old.chomping },
    { start: node.contentStart, end, replacement: gap + content },
  ];
}

/** Puts a key into a ConfigMap in which it is missing or null, and `data` too where that is. */
function insertText(source: string, nodes: ConfigMapNodes, key: MapKey, newText: string): Edit[] {
  const { root, data } = nodes;
  const fields = data?.value.kind === 'mapping' ? data.value : null;
  const pair = fields && pairsNamed(fields, key).at(-1);
  if (pair?.value.kind === 'scalar')
    return rewriteScalar(source, pair, pair.value, newText, fields?.flow ?? false);
  const flowData = `{${flowKey(root, key)}: ${doubleQuoted(newText)}}`;
  if (!data && root.flow) return [insertFirst(source, root, 'data', flowData)];
  if (!data) return [appendData(source, root, key, newText)];
  if (fields?.flow && fields.pairs.length > 0)
    return [insertFirst(source, fields, key, doubleQuoted(newText))];
  if (root.flow) return [replaceValue(source, data, flowData)];
  return fillData(source, data, fields?.flow ? null : fields, key, newText);
}

/** Puts a pair in front of all others of a flow mapping. */
function insertFirst(source: string, mapping: MappingNode, name: string, value: string): Edit {
  const first = mapping.pairs[0];
  const start = first ? first.key.start : mapping.contentStart + 1;
  const blanks = blanksIn(source, mapping.contentStart + 1, start) ?? '';
  const behind = first ? `,${/[\r\n]/.test(blanks) ? blanks : ' '}` : '';
  return { start, end: start, replacement: `${flowKey(mapping, name)}: ${value}${behind}` };
}

/** A key in the quotes of the others. */
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

/** Below the key `data`, before what may be there already. */
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

/** A literal block scalar: its header, and its content as lines. */
interface Literal {
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

/** Whether a text has nothing that a literal cannot hold, or that YAML 1.1 would take for a line break of its own. */
function fitsLiteral(text: string): boolean {
  return !/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u.test(text);
}
