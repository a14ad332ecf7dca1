import type { AwsAuthDocument } from '../aws-auth/document.ts';
import { type LoadedEntry, ownPair } from '../aws-auth/loaded.ts';
import { arnLike, replaceValue } from '../aws-auth/replace-value.ts';
import { cannotBeNode } from '../aws-auth/resolve-caller.ts';
import { reservedPrefixOf } from '../aws-auth/templates.ts';
import type { ReadTime } from '../directory/read-time.ts';
import type { Finding, Location, Severity } from '../errors.ts';
import type { MapKey } from '../map-entry.ts';
import { memo } from '../memo.ts';
import type { Edit } from '../yaml/edit.ts';
import { isUnwritten, type Pair, type ScalarNode, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import type { CheckContext } from './context.ts';

/** `safe`: nobody's access changes. `access`: an entry that granted no access takes effect. */
export type FixKind = 'none' | 'safe' | 'access';

/** A kind of mistake. */
export interface Rule {
  /** Stable, kebab-case. */
  readonly name: string;
  /**
   * The highest severity; a single finding may have a lower one. `error`: access is broken, or wider than written.
   * `note`: nothing is wrong, but worth a look.
   */
  readonly severity: Severity;
  /** The most that a fix can do; it may do less for a single finding. */
  readonly fix: FixKind;
  /** The mistake, as a sentence without a period. */
  readonly summary: string;
  /** The effect, as a clause after a colon. */
  readonly consequence: string;
  /** How to fix it by hand, in complete sentences. */
  readonly help: string;
  /** True if its findings matter even when the cluster ignores aws-auth. */
  readonly isAboutMode?: true;
  /** Checks the file; missing for rules about access entries only. */
  readonly detect?: (context: CheckContext) => Iterable<PlacedDetection>;
  /** Checks the cluster's access entries, after all rules have checked the file. */
  readonly detectInCluster?: (context: CheckContext) => Iterable<Detection>;
}

/** Creates a rule; without `fix`, its findings are fixed by hand. */
export function rule(given: Omit<Rule, 'fix'> & Partial<Pick<Rule, 'fix'>>): Rule {
  return { fix: 'none', ...given };
}

/** Where a rule fires. */
export interface TextRange {
  /** The key whose text the offsets refer to; null for the file itself. */
  readonly map: MapKey | null;
  readonly start: number;
  readonly end: number;
  /** Zero-based index of the list item; null for the whole text. */
  readonly index: number | null;
}

/** Texts and severity of a single finding, in place of the rule's. */
export interface DetectionDetails {
  /** Set if this finding does less harm than the rule's severity suggests. */
  readonly severity?: 'warning' | 'note' | undefined;
  /** Replaces the rule's consequence. */
  readonly consequence?: string | undefined;
  readonly help?: string | undefined;
  /** The automatic fix; missing if a person has to decide. */
  readonly fix?: Fix | undefined;
  /**
   * When AWS said what the mistake consists of; missing if the text alone says it. The message gets the date, and with an
   * old snapshot, nothing is fixed, removed or replaced.
   */
  readonly readTime?: ReadTime | undefined;
}

/** A mistake that a rule found. In a cluster's access entries it has no place in a file. */
export interface Detection extends DetectionDetails {
  /** The mistake, as a clause; the consequence follows it in the message. */
  readonly what: string;
}

/** A mistake with its place in the file. */
export interface PlacedDetection extends Detection {
  readonly range: TextRange;
}

/** Fires at a node of an entry (offsets in the key's text) or of the manifest (`map` null: offsets in the file). */
export function atNode(
  map: MapKey | null,
  node: YamlNode,
  index: number | null,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  return { range: rangeOf(map, node, index), what, ...details };
}

/** Fires at the start of a list item, even an empty one. */
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

/** Fires at an entry's ARN. */
export function atArn(entry: LoadedEntry, what: string, details: DetectionDetails = {}): PlacedDetection {
  return { range: arnRange(entry), what, ...details };
}

/** Fires at an entry's username, or at its key if the value is empty. */
export function atUsername(
  entry: LoadedEntry,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  const { username } = entry.fields;
  const range = isWritten(username) ? rangeOf(entry.map, username, entry.index) : keyRange(entry, 'username');
  return { range, what, ...details };
}

/** Fires at one of an entry's groups, or at the key `groups` if the group is empty. */
export function atGroup(
  entry: LoadedEntry,
  index: number,
  what: string,
  details: DetectionDetails = {},
): PlacedDetection {
  const { groups } = entry.fields;
  // The whole list if it is an alias.
  const node = (groups?.kind === 'sequence' ? groups.items[index] : groups) ?? entry.node;
  const range = isWritten(node) ? rangeOf(entry.map, node, entry.index) : groupsKeyRange(entry);
  return { range, what, ...details };
}

/** A change that fixes a mistake, and the result to verify. */
export type Fix =
  /** Renames a key of `data`; the edit refers to the file. */
  | { readonly kind: 'rename'; readonly map: MapKey; readonly edit: Edit }
  | {
      readonly kind: 'remove';
      readonly map: MapKey;
      readonly index: number;
      /** Other entries of the same ARN that go, too: none of them may take effect instead. */
      readonly others?: readonly Pick<LoadedEntry, 'map' | 'index'>[];
    }
  | {
      readonly kind: 'edit';
      readonly map: MapKey;
      /** Null if the whole text was unparsable. */
      readonly index: number | null;
      /** Refers to the key's text. */
      readonly edit: Edit;
      readonly effect: FixEffect;
    };

/** How an entry must load after a fix; missing fields don't change. */
export interface FixEffect {
  readonly arn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly group?: { readonly index: number; readonly text: string };
}

/** A mistake in a file or in a cluster's access entries; its code is the rule's name. */
export interface CheckFinding extends Finding {
  readonly severity: Rule['severity'];
  /** The message without the consequence. */
  readonly what: string;
  readonly help: string;
  readonly location: Location;
  /** The kind of fix available for this finding. */
  readonly fixKind: FixKind;
  /** Offsets in the file, on one line; equal if there is nothing to underline, 0 if the finding is in no file. */
  readonly start: number;
  readonly end: number;
  readonly fix: Fix | null;
}

/** A node's range: a scalar's text, otherwise the node's start. */
function rangeOf(map: MapKey | null, node: YamlNode, index: number | null): TextRange {
  if (node.kind === 'alias') return { map, start: node.contentStart, end: node.end, index };
  if (node.kind !== 'scalar' || isUnwritten(node)) return { map, start: node.start, end: node.start, index };
  return { map, start: node.contentStart, end: node.contentEnd, index };
}

export function arnRange({ map, fields, node, index }: LoadedEntry): TextRange {
  return rangeOf(map, fields.arn ?? node, index);
}

/** Memoized because an entry may have thousands of empty groups. */
const groupsKeyRange = memo((entry: LoadedEntry) => keyRange(entry, 'groups'));

function isWritten(node: YamlNode | undefined): node is YamlNode {
  return node !== undefined && node.end > node.start;
}

/** The range of a field's key; the entry's start if the field is missing. */
function keyRange(entry: LoadedEntry, field: keyof LoadedEntry['fields']): TextRange {
  return rangeOf(entry.map, ownPair(entry, field)?.key ?? entry.node, entry.index);
}

/** Where findings about the whole manifest are reported. */
export function manifestRange({ configMap }: AwsAuthDocument, pair?: Pair | null): TextRange {
  const where = pair?.key ?? configMap?.data?.key ?? configMap?.root;
  return where ? rangeOf(null, where, null) : WHOLE_FILE;
}

export const WHOLE_FILE: TextRange = { map: null, start: 0, end: 0, index: null };

/** A fix that replaces a node's text, with the effect on the entry. */
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

/** A fix that changes an entry's ARN; undefined if the entry can't be edited. */
export function rewriteArn(entry: LoadedEntry, arn: string, context: CheckContext): Fix | undefined {
  const { map, index, node } = entry;
  const pair = ownPair(entry, 'arn');
  const list = context.list(map);
  if (!pair || pair.value.kind === 'alias' || !list?.isEditable(index)) return undefined;
  // An entry that starts to match must not make people a component of the cluster.
  if (cannotBeNode({ arn }) && reservedPrefixOf(entry.username) !== undefined) return undefined;
  const edit = replaceValue(list.text, pair, arnLike(pair, arn, node.flow));
  return { kind: 'edit', map, index, edit, effect: { arn } };
}
