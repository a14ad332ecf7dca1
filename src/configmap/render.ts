import { readMapRoles } from '../authenticator/load.ts';
import type { DesiredEntry, Entry } from '../entry.ts';
import { bug } from '../errors.ts';
import { printable } from '../text.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';
import { requireSize } from './api-server.ts';
import { indentLines } from './block-scalar.ts';
import { readDocument } from './document.ts';
import { type BlockLayout, DEFAULT_LAYOUT, type FlowEntryLayout, type FlowLayout } from './layout.ts';

export interface RenderOptions {
  /** Name the account and the permission set in a comment after each ARN. */
  readonly comments: boolean;
}

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
