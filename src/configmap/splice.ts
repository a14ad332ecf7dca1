import { bug, Failure, refusal } from '../errors.ts';
import { isBreak } from '../yaml/characters.ts';
import {
  applyEdits,
  type Edit,
  insertLinesAfter,
  joinEdits,
  keepFinalBreakMissing,
  sortEdits,
} from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineEnd, nextLine } from '../yaml/lines.ts';
import type { MappingNode, Pair, ScalarNode } from '../yaml/node.ts';
import { colonEnd, nodeEnd, nodeStart, pairEnd } from '../yaml/node-end.ts';
import { scalarAt } from '../yaml/pairs.ts';
import { type AwsAuthDocument, type ConfigMapNodes, readDocument } from './document.ts';
import { replaceValue } from './edit-field.ts';
import { blockHeader, doubleQuoted, doubleQuotedBody, INDENT, keyColumn, literalOf } from './quote.ts';
import { type EmbeddedScalar, spliceFolded, spliceLiteral } from './splice-in-place.ts';

/**
 * Turns edits of the text of mapRoles into edits of the file that holds it, in place wherever the scalar's style allows. A text
 * that loaded as empty becomes a literal block.
 */
export function spliceMapRoles(
  document: AwsAuthDocument,
  textEdits: readonly Edit[],
  wasEmpty: boolean,
): Edit[] {
  const { source, configMap, mapRoles } = document;
  const text = mapRoles?.text ?? '';
  const sorted = joinEdits(keepFinalBreakMissing(text, sortEdits(textEdits)));
  if (sorted.length === 0) return [];
  const edited = applyEdits(text, sorted);
  if (edited === undefined) throw bug('the edits of mapRoles overlap');
  if (!configMap) return sorted;
  const newText = wasEmpty ? edited.replace(/(?<!\n)$/, '\n') : edited;
  const pair = configMap.mapRoles;
  if (!mapRoles?.node || !pair) return finished(source, insertMapRoles(source, configMap, newText));
  refuseShared(document, mapRoles.node);
  const spliced = editInPlace(source, { mapRoles, node: mapRoles.node, pair }, sorted, newText, wasEmpty);
  const inPlace = spliced && isFaithful(document, spliced, newText) ? spliced : null;
  const inFlow = configMap.data?.value.kind === 'mapping' && configMap.data.value.flow;
  return finished(source, inPlace ?? rewriteMapRoles(source, pair, mapRoles.node, newText, inFlow));
}

function finished(source: string, edits: readonly Edit[]): Edit[] {
  return keepFinalBreakMissing(source, sortEdits(edits));
}

/**
 * Whether edits in place read as they should. Sure but for what stands beside line breaks that fold, or that only YAML 1.1 takes for
 * such.
 */
function isFaithful(
  { file, source, configMap, mapRoles }: AwsAuthDocument,
  edits: readonly Edit[],
  newText: string,
): boolean {
  const node = mapRoles?.node;
  if (!node || !ODD_BREAKS[node.style].test(source.slice(node.start, node.end))) return true;
  const result = applyEdits(source, finished(source, edits));
  try {
    const key = configMap?.mapRoles?.key;
    const data = result === undefined ? undefined : readDocument(result, file).configMap?.data?.value;
    if (key?.kind !== 'scalar' || data?.kind !== 'mapping') return false;
    return scalarAt(data, key.text)?.trimEnd() === newText.trimEnd();
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

/** Null where the scalar has to be written anew. */
function editInPlace(
  source: string,
  { mapRoles, node, pair }: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
  wasEmpty: boolean,
): Edit[] | null {
  const { offsets } = mapRoles;
  if (node.style === 'literal') return spliceLiteral(source, mapRoles, pair, edits, newText);
  if (wasEmpty) return null;
  if (node.style !== 'double') return spliceFolded(source, { mapRoles, node, pair }, edits, newText);
  return edits.map(({ start, end, replacement }) => {
    const position = offsets.endOf(start);
    const first = start === end ? position : offsets.startOf(start);
    return {
      start: first,
      end: start === end ? position : offsets.endOf(end),
      replacement: doubleQuotedBody(replacement),
    };
  });
}

function refuseShared(
  { source, locationOf }: AwsAuthDocument,
  { anchor, propertiesStart }: ScalarNode,
): void {
  if (anchor === null || !source.includes(`*${anchor}`)) return;
  throw refusal({
    message: `mapRoles has to change, but its anchor &${anchor} may be used elsewhere, where nothing may change`,
    location: locationOf(propertiesStart),
    help: `Write the text out where *${anchor} stands, then merge again.`,
  });
}

/** Writes a scalar anew: as a literal block where it can be one, else in double quotes. `inFlow`: inside `{}`, as in JSON. */
export function rewriteMapRoles(
  source: string,
  pair: Pair,
  node: ScalarNode,
  newText: string,
  inFlow: boolean,
): Edit[] {
  const lineBreak = lineBreakOf(source);
  const isBlock = node.style === 'folded' || node.style === 'literal';
  const text = isBlock ? newText.replace(/(?<!\n)\n+$/, '\n') : newText;
  // Blanks in the last line are content, which the blank lines that stay behind a block are not.
  const isCertain = !inFlow && !(isBlock && /(?:^|\n)[ \t]+\n*$/.test(newText));
  const literal = isCertain ? literalOf(text, keyColumn(source, pair), lineBreak) : null;
  if (!literal) return [replaceValue(source, pair, doubleQuoted(newText))];
  if (isBlock) return rewriteBlock(source, pair, node, literal.header, literal.lines);
  const colon = colonEnd(source, pair, nodeStart(pair.key));
  const end = nodeEnd(source, node, colon);
  const start = node.start < 0 ? colon : nodeStart(node);
  const replacement = node.start < 0 ? ` ${literal.header}` : literal.header;
  return [
    { start, end, replacement },
    insertLinesAfter(source, lineEnd(source, end), literal.lines, lineBreak),
  ];
}

/** Blank lines behind the content stay, and with them what the header says of them. */
function rewriteBlock(source: string, pair: Pair, node: ScalarNode, header: string, lines: string): Edit[] {
  const old = blockHeader(source, pair);
  const contentEnd = nodeEnd(source, node, node.start);
  const end = Math.max(nextLine(source, contentEnd), node.start);
  const isOpen = !isBreak(source.charCodeAt(end - 1));
  const content = isOpen ? lines.replace(/(?:\r\n?|\n)$/, '') : lines;
  // At the end of a file, the header may lack the line break that content needs.
  const gap = isBreak(source.charCodeAt(node.start - 1)) ? '' : lineBreakOf(source);
  return [
    { start: old.start, end: old.end, replacement: header.replace('-', '') + old.chomping },
    { start: node.start, end, replacement: gap + content },
  ];
}

/** Puts mapRoles into a ConfigMap in which it is missing or null, and `data` too where that is. */
export function insertMapRoles(source: string, nodes: ConfigMapNodes, newText: string): Edit[] {
  const { root, data, mapRoles } = nodes;
  const fields = data?.value.kind === 'mapping' ? data.value : null;
  if (mapRoles?.value.kind === 'scalar')
    return rewriteMapRoles(source, mapRoles, mapRoles.value, newText, fields?.flow ?? false);
  if (!data && root.flow) return [insertFirst(source, root, 'data', flowData(root, newText))];
  if (!data) return [appendData(source, root, newText)];
  if (fields?.flow && fields.pairs.length > 0)
    return [insertFirst(source, fields, 'mapRoles', doubleQuoted(newText))];
  if (root.flow) return [replaceValue(source, data, flowData(root, newText))];
  return fillData(source, data, fields?.flow ? null : fields, newText);
}

/** Puts a pair in front of all others of a flow mapping. */
function insertFirst(source: string, mapping: MappingNode, name: string, value: string): Edit {
  const first = mapping.pairs[0];
  const start = first ? nodeStart(first.key) : mapping.start + 1;
  const blanks = source.slice(mapping.start + 1, start);
  const behind = first ? `,${/^\s*[\r\n]\s*$/.test(blanks) ? blanks : ' '}` : '';
  return { start, end: start, replacement: `${flowKey(mapping, name)}: ${value}${behind}` };
}

function flowData(root: MappingNode, newText: string): string {
  return `{${flowKey(root, 'mapRoles')}: ${doubleQuoted(newText)}}`;
}

/** A key in the quotes of the others. */
function flowKey({ pairs }: MappingNode, name: string): string {
  const key = pairs[0]?.key;
  return !key || (key.kind === 'scalar' && key.style === 'double') ? doubleQuoted(name) : name;
}

function appendData(source: string, root: MappingNode, newText: string): Edit {
  const lineBreak = lineBreakOf(source);
  const column = columnOf(source, root.start);
  const last = root.pairs.at(-1);
  const end = last ? pairEnd(source, last, nodeStart(last.key)) : root.start;
  const lines = `${' '.repeat(column)}data:${lineBreak}${mapRolesLines(newText, column + INDENT, lineBreak)}`;
  return insertLinesAfter(source, lineEnd(source, end), lines, lineBreak);
}

/** Below the key `data`, in front of what may be there already. */
function fillData(source: string, data: Pair, fields: MappingNode | null, newText: string): Edit[] {
  const lineBreak = lineBreakOf(source);
  const colon = colonEnd(source, data, nodeStart(data.key));
  const column = fields ? columnOf(source, fields.start) : columnOf(source, nodeStart(data.key)) + INDENT;
  const lines = mapRolesLines(newText, column, lineBreak);
  const end = fields ? colon : nodeEnd(source, data.value, colon);
  const insertion = insertLinesAfter(source, lineEnd(source, end), lines, lineBreak);
  return end > colon ? [{ start: colon, end, replacement: '' }, insertion] : [insertion];
}

function mapRolesLines(newText: string, column: number, lineBreak: string): string {
  const key = `${' '.repeat(column)}mapRoles:`;
  const literal = literalOf(newText, column, lineBreak);
  if (!literal) return `${key} ${doubleQuoted(newText)}${lineBreak}`;
  return `${key} ${literal.header}${lineBreak}${literal.lines}`;
}
