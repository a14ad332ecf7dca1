import { readMapRoles } from '../authenticator/load.ts';
import type { DesiredEntry, Entry } from '../entry.ts';
import { bug } from '../errors.ts';
import { printable } from '../text.ts';
import { columnOf, lineStart } from '../yaml/lines.ts';
import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import { requireSize } from './api-server.ts';
import { readDocument } from './document.ts';
import { blanksIn, type FlowLayout, flowListLayout, layoutOf, ONE_LINE } from './edit-list.ts';
import { arnScalar, doubleQuoted, indentLines } from './quote.ts';

/** How a list in block style is laid out, in columns. */
interface BlockLayout {
  /** The column of the dashes, from 0. */
  readonly dash: number;
  /** From a dash to the first letter of its key. */
  readonly field: number;
  /** From the key `groups` to the dashes under it. */
  readonly groupDash: number;
}

export interface RenderOptions {
  /** Name the account and the permission set in a comment after each ARN. */
  readonly comments: boolean;
}

export const DEFAULT_LAYOUT: BlockLayout = { dash: 0, field: 2, groupDash: 2 };

/** Entries as items of a block list, each line ended by `\n`; nothing for no entries. */
export function renderEntries(
  entries: readonly DesiredEntry[],
  layout: BlockLayout,
  options: RenderOptions,
): string {
  return entries.map((entry) => renderEntry(entry, layout, options)).join('');
}

/** A whole `mapRoles` text; `[]` for no entries, which every reader takes for an empty list. */
export function renderMapRoles(entries: readonly DesiredEntry[], options: RenderOptions): string {
  return entries.length === 0 ? '[]\n' : renderEntries(entries, DEFAULT_LAYOUT, options);
}

/** A new aws-auth ConfigMap. */
export function renderConfigMap(entries: readonly DesiredEntry[], options: RenderOptions): string {
  const head = [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: aws-auth',
    '  namespace: kube-system',
    'data:',
    '  mapRoles: |',
  ];
  return `${head.join('\n')}\n${indentLines(renderMapRoles(entries, options), 4)}`;
}

// A string, because making the tables of the pattern takes longer than a comment is often asked for.
const UNWRITTEN = String.raw`[^\p{L}\p{M}\p{N}\p{P}\p{S}]+`;

/** What `--comments` says about an entry: one line of printable text, empty for a node entry. */
function entryComment(entry: DesiredEntry): string {
  if (!entry.role) return '';
  const { accountName, permissionSet } = entry.role;
  const text = accountName ? `${accountName}, ${permissionSet}` : permissionSet;
  return printable(text.replace(new RegExp(UNWRITTEN, 'gu'), ' ').trim());
}

function renderEntry(entry: DesiredEntry, layout: BlockLayout, options: RenderOptions): string {
  const comment = options.comments ? entryComment(entry) : '';
  const dash = ' '.repeat(layout.dash);
  const field = ' '.repeat(layout.dash + layout.field);
  const lines = [
    `${dash}-${' '.repeat(layout.field - 1)}rolearn: ${arnScalar(entry.rolearn, false)}${comment && ` # ${comment}`}`,
    `${field}username: ${doubleQuoted(entry.username)}`,
    ...groupLines(entry.groups, field, layout.groupDash),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The field `groups` as lines, from its key on, which may be spelled otherwise. */
export function groupLines(
  groups: readonly string[],
  fieldIndent: string,
  groupDash: number,
  key = 'groups',
): string[] {
  const dash = fieldIndent + ' '.repeat(groupDash);
  return [`${fieldIndent}${key}:`, ...groups.map((group) => `${dash}- ${doubleQuoted(group)}`)];
}

/** How the entries of a block list are laid out. */
export interface BlockListStyle {
  readonly layout: BlockLayout;
  /** Set where the last entry is in flow style: `- {rolearn: …}`. */
  readonly flow: FlowEntryLayout | null;
  /** A blank line separates all entries. */
  readonly spaced: boolean;
}

export function blockListStyle(text: string, list: SequenceNode): BlockListStyle {
  const last = list.items.findLast((item) => item.kind === 'mapping');
  const layout = {
    dash: columnOf(text, list.contentStart),
    field: fieldColumn(text, list),
    groupDash: groupDash(text, list),
  };
  return { layout, flow: last?.flow ? flowEntryLayout(text, last) : null, spaced: isSpaced(text, list) };
}

/** From the key `groups` to the dashes under it, as in the last entry that has some. */
export function groupDash(text: string, list: SequenceNode): number {
  for (const item of list.items.toReversed()) {
    const groups = item.kind === 'mapping' ? item.pairs.find(isBlockGroups)?.value : undefined;
    if (groups) return Math.max(columnOf(text, groups.contentStart) - columnOf(text, item.contentStart), 0);
  }
  return DEFAULT_LAYOUT.groupDash;
}

function isBlockGroups({ key, value }: { readonly key: YamlNode; readonly value: YamlNode }): boolean {
  const isGroups = key.kind === 'scalar' && key.text.toLowerCase() === 'groups';
  return isGroups && value.kind === 'sequence' && !value.flow;
}

/** From a dash to its key, as in the last entry that has both in one line. */
function fieldColumn(text: string, list: SequenceNode): number {
  const last = list.items.findLast(
    (item): item is MappingNode =>
      item.kind === 'mapping' &&
      /- +$/.test(text.slice(lineStart(text, item.contentStart), item.contentStart)),
  );
  return last ? columnOf(text, last.contentStart) - columnOf(text, list.contentStart) : DEFAULT_LAYOUT.field;
}

function isSpaced(text: string, { items, dashes }: SequenceNode): boolean {
  const gaps = items.slice(1).map((_, index) => text.slice(items[index]?.end, dashes[index + 1]));
  return gaps.length > 0 && gaps.every((gap) => /(?:\r(?!\n)|\n)[ \t]*[\r\n]/.test(gap));
}

/** How entries in flow style are laid out. */
export interface FlowEntryLayout {
  readonly fields: FlowLayout;
  readonly groups: FlowLayout;
  /** The colon and what follows it. */
  readonly colon: string;
  /** Everything is quoted, as JSON wants it. */
  readonly json: boolean;
}

/** The layout of an entry in flow style; of one that has it all, the layout of its groups too. */
export function flowEntryLayout(text: string, entry: MappingNode): FlowEntryLayout {
  const [first, second] = entry.pairs;
  if (!first) return { fields: ONE_LINE, groups: ONE_LINE, colon: ': ', json: false };
  const json = first.key.kind === 'scalar' && first.key.style === 'double';
  const blanks = blanksIn(text, first.colonEnd, first.value.start);
  const colon = json ? (blanks ?? ' ') : blanks || ' ';
  const list = entry.pairs.map((pair) => pair.value).find(isFilledList);
  const range = { start: first.key.start, end: first.value.end };
  const fields = layoutOf(text, entry, range, second?.key, ', ');
  const separator = oneLine(fields);
  const groups = list ? flowListLayout(text, list, separator) : { ...ONE_LINE, separator };
  return { fields, groups, colon: `:${colon}`, json };
}

/** An entry in flow style, on one line or on several. */
export function renderFlowEntry(entry: DesiredEntry, layout: FlowEntryLayout): string {
  const rolearn = layout.json ? doubleQuoted(entry.rolearn) : arnScalar(entry.rolearn, true);
  const fields = [
    renderFlowField('rolearn', rolearn, layout),
    renderFlowField('username', doubleQuoted(entry.username), layout),
    renderFlowField('groups', renderFlowGroups(entry.groups, layout.groups), layout),
  ];
  return `{${layout.fields.open}${fields.join(layout.fields.separator)}${layout.fields.close}}`;
}

export function renderFlowField(name: string, value: string, { json, colon }: FlowEntryLayout): string {
  return `${json ? `"${name}"` : name}${colon}${value}`;
}

export function renderFlowGroups(groups: readonly string[], layout: FlowLayout): string {
  return `[${layout.open}${groups.map(doubleQuoted).join(layout.separator)}${layout.close}]`;
}

/** The separator of a list on one line, among fields that are separated like that. */
export function oneLine({ separator }: FlowLayout): string {
  return separator === ',' ? ',' : ', ';
}

function isFilledList(node: YamlNode): node is SequenceNode {
  return node.kind === 'sequence' && node.items.length > 0;
}

/**
 * Reads a text that was rendered, a ConfigMap or a bare list, as the authenticator does.
 * @throws Failure: exit 2 where no cluster would take it, exit 4 where other entries than these would load
 */
export function verifyRendered(text: string, entries: readonly Entry[]): void {
  const document = readDocument(text, '<stdout>');
  requireSize(document);
  const loaded = readMapRoles(document.mapRoles?.text ?? '');
  const [wanted, found] = [
    entries.map(({ rolearn, username, groups }) => [rolearn, username, ...groups]),
    loaded.entries.map(({ arn, username, groups }) => [arn, username, ...(groups ?? [])]),
  ];
  if (loaded.errors.length > 0 || JSON.stringify(wanted) !== JSON.stringify(found)) {
    throw bug('the entries would load differently than they were meant');
  }
}
