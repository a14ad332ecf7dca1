import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineEnd } from '../yaml/lines.ts';
import type { MappingNode, Pair } from '../yaml/node.ts';
import { colonEnd, nodeEnd, nodeStart, pairEnd } from '../yaml/node-end.ts';
import type { ConfigMapNodes } from './config-map-nodes.ts';
import { replaceValue } from './edit-field.ts';
import { INDENT, literalOf } from './literal.ts';
import { doubleQuoted } from './quote.ts';
import { rewriteMapRoles } from './rewrite-map-roles.ts';

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
