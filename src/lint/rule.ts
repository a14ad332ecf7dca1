import { type LoadedEntry, ownPair } from '../authenticator/loaded.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { arnLike, replaceValue } from '../configmap/replace-value.ts';
import type { MapKey } from '../entry.ts';
import type { Finding, Location, Severity } from '../errors.ts';
import { memo } from '../memo.ts';
import type { Edit } from '../yaml/edit.ts';
import { isUnwritten, type Pair, type ScalarNode, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import type { LintContext } from './context.ts';

/** `safe`: who gets in does not change. `access`: an entry that granted nothing takes effect. */
export type FixKind = 'none' | 'safe' | 'access';

/** A kind of mistake. */
export interface Rule {
  /** Stable, kebab-case. */
  readonly name: string;
  /** The worst; a single finding may be less. `error`: access is broken, or wider than written. `note`: nothing is wrong, but worth a look. */
  readonly severity: Severity;
  /** The most that can be fixed; for a single finding it may be less. */
  readonly fix: FixKind;
  /** What is found, as a sentence without a full stop. */
  readonly summary: string;
  /** What it leads to, as a clause that goes on after a colon. */
  readonly consequence: string;
  /** How to fix it by hand, in whole sentences. */
  readonly help: string;
  /** Whether its findings in the file matter where aws-auth is ignored as a whole. */
  readonly isAboutMode?: true;
  /** Looks at the file; missing for a rule about access entries alone. */
  readonly detect?: (context: LintContext) => Iterable<PlacedDetection>;
  /** Looks at the access entries of the cluster, after all rules have looked at the file. */
  readonly detectInCluster?: (context: LintContext) => Iterable<Detection>;
}

/** A rule whose findings are fixed by hand, unless it says otherwise. */
export function rule(given: Omit<Rule, 'fix'> & Partial<Pick<Rule, 'fix'>>): Rule {
  return { fix: 'none', ...given };
}

/** Where a rule fires. */
export interface TextRange {
  /** The key whose text the offsets are in; null: they are in the file. */
  readonly map: MapKey | null;
  readonly start: number;
  readonly end: number;
  /** The item of the list that it concerns, from 0; null for the whole text. */
  readonly index: number | null;
}

/** What is said of one place in its own way. */
export interface DetectionDetails {
  /** Where it does less harm than the rule says. */
  readonly severity?: 'warning' | 'note' | undefined;
  /** In place of the rule's own. */
  readonly consequence?: string | undefined;
  readonly help?: string | undefined;
  /** What a fix does; missing where it has to be left to people. */
  readonly fix?: Fix | undefined;
}

/** Something that a rule finds; in the access entries of a cluster, which have no place in a file. */
export interface Detection extends DetectionDetails {
  /** What is wrong here, as a clause; the rule's consequence follows it in the message. */
  readonly what: string;
}

/** One place in the file where a rule fires. */
export interface PlacedDetection extends Detection {
  readonly range: TextRange;
}

/** Fires at a node: of an entry, or where the text of `data` stands, of the file. */
export function atNode(
  map: MapKey | null,
  node: YamlNode,
  index: number | null,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  return { range: rangeOf(map, node, index), what, ...details };
}

/** Fires where an item of a list starts, even if it is empty. */
export function atItem(
  map: MapKey,
  list: SequenceNode,
  index: number,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  const item = list.items[index];
  if (isWritten(item)) return atNode(map, item, index, what, details);
  const start = list.dashes[index] ?? list.contentStart;
  return { range: { map, start, end: start, index }, what, ...details };
}

/** Fires at the ARN of an entry. */
export function atArn(entry: LoadedEntry, what: string, details: DetectionDetails = {}): PlacedDetection {
  return { range: arnRange(entry), what, ...details };
}

/** Fires at the username of an entry, or its key where nothing is written. */
export function atUsername(
  entry: LoadedEntry,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  const { username } = entry.fields;
  const range = isWritten(username) ? rangeOf(entry.map, username, entry.index) : keyRange(entry, 'username');
  return { range, what, ...details };
}

/** Fires at a group of an entry, or the key of groups where nothing is written of it. */
export function atGroup(
  entry: LoadedEntry,
  index: number,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  const node = groupNode(entry, index);
  const range = isWritten(node) ? rangeOf(entry.map, node, entry.index) : groupsKeyRange(entry);
  return { range, what, ...details };
}

/** A change that fixes a mistake, and what must come of it. */
export type Fix =
  /** Of a key of `data`; the edit is of the file. */
  | { readonly kind: 'rename'; readonly map: MapKey; readonly edit: Edit }
  | { readonly kind: 'remove'; readonly map: MapKey; readonly index: number }
  | {
      readonly kind: 'edit';
      readonly map: MapKey;
      /** Null: the whole text was unparsable. */
      readonly index: number | null;
      /** Of the text of the key. */
      readonly edit: Edit;
      readonly effect: FixEffect;
    };

/** What an entry has to load as; what is missing stays as it was. */
export interface FixEffect {
  readonly arn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly group?: { readonly index: number; readonly text: string };
  readonly ssoAccountId?: string;
}

/** A mistake in a file or in the access entries of a cluster; its code is the name of the rule. */
export interface LintFinding extends Finding {
  readonly severity: Rule['severity'];
  /** The message without the consequence. */
  readonly what: string;
  readonly help: string;
  readonly location: Location;
  /** What `fix` can do about this one. */
  readonly fixKind: FixKind;
  /** Offsets in the file, on one line; equal where there is nothing to underline, 0 where it is in no file. */
  readonly start: number;
  readonly end: number;
  readonly fix: Fix | null;
}

/** The range of a node of an entry: a scalar's text, the start of anything else. */
function rangeOf(map: MapKey | null, node: YamlNode, index: number | null): TextRange {
  if (node.kind === 'alias') return { map, start: node.contentStart, end: node.end, index };
  if (node.kind !== 'scalar' || isUnwritten(node)) return { map, start: node.start, end: node.start, index };
  return { map, start: node.contentStart, end: node.contentEnd, index };
}

export function arnRange({ map, fields, node, index }: LoadedEntry): TextRange {
  return rangeOf(map, fields.arn ?? node, index);
}

/** Remembered, since an entry may have thousands of groups of which nothing is written. */
const groupsKeyRange = memo((entry: LoadedEntry) => keyRange(entry, 'groups'));

/** The node of a group; that of the whole list where it comes through an alias. */
function groupNode({ fields: { groups }, node }: LoadedEntry, index: number): YamlNode {
  return (groups?.kind === 'sequence' ? groups.items[index] : groups) ?? node;
}

function isWritten(node: YamlNode | undefined): node is YamlNode {
  return node !== undefined && node.end > node.start;
}

/** The range of the key of a field; of the entry where the field is missing. */
function keyRange(entry: LoadedEntry, field: keyof LoadedEntry['fields']): TextRange {
  return rangeOf(entry.map, ownPair(entry, field)?.key ?? entry.node, entry.index);
}

/** The place of what concerns a manifest as a whole. */
export function manifestRange({ configMap }: AwsAuthDocument, pair?: Pair | null): TextRange {
  const where = pair?.key ?? configMap?.data?.key ?? configMap?.root;
  return where ? rangeOf(null, where, null) : WHOLE_FILE;
}

export const WHOLE_FILE: TextRange = { map: null, start: 0, end: 0, index: null };

/** The change that writes something else in a node, and what the entry has to load as then. */
export function rewrite(
  map: MapKey,
  index: number,
  node: ScalarNode,
  replacement: string,
  effect: FixEffect,
): Fix {
  const edit = { start: node.contentStart, end: node.contentEnd, replacement };
  return { kind: 'edit', map, index, edit, effect };
}

/** The change that gives an entry another ARN; undefined where it cannot be made. */
export function rewriteArn(entry: LoadedEntry, arn: string, context: LintContext): Fix | undefined {
  const { map, index, node } = entry;
  const pair = ownPair(entry, 'arn');
  const list = context.list(map);
  if (!pair || pair.value.kind === 'alias' || !list?.isEditable(index)) return undefined;
  const edit = replaceValue(list.text, pair, arnLike(pair, arn, node.flow));
  return { kind: 'edit', map, index, edit, effect: { arn } };
}
