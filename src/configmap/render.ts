import type { DesiredEntry } from '../entry.ts';
import { printable } from '../text.ts';
import { arnScalar, doubleQuoted } from './quote.ts';

/** How a list in block style is laid out, in columns. */
export interface BlockLayout {
  /** The column of the dashes, from 0. */
  readonly dash: number;
  /** From a dash to the first letter of its key. */
  readonly field: number;
  /** From the key `groups` to the dashes under it. */
  readonly groupDash: number;
}

export interface RenderOptions {
  /** Name the account and the permission set behind each ARN. */
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

/** Puts spaces in front of every line that holds something. */
export function indentLines(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}

/** What `--comments` says about an entry: one line of printable text, empty for a node entry. */
export function entryComment(entry: DesiredEntry): string {
  if (!entry.role) return '';
  const { accountName, permissionSet } = entry.role;
  const text = accountName ? `${accountName}, ${permissionSet}` : permissionSet;
  return printable(text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu, ' ').trim());
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
  if (groups.length === 0) return [`${fieldIndent}${key}: []`];
  const dash = fieldIndent + ' '.repeat(groupDash);
  return [`${fieldIndent}${key}:`, ...groups.map((group) => `${dash}- ${doubleQuoted(group)}`)];
}
