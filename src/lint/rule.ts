import { type LoadedEntry, ownPair } from '../authenticator/loaded.ts';
import type { MapKey } from '../entry.ts';
import type { Finding, Location, Severity } from '../errors.ts';
import type { Edit } from '../yaml/edit.ts';
import { isUnwritten, nodesOf, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import type { ClusterContext, LintContext, ListEntry, LoadedList } from './context.ts';

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
  /** Looks at the file. */
  readonly detect?: (context: LintContext) => Iterable<Detection>;
  /** Looks at the access entries of the cluster. */
  readonly detectInCluster?: (context: ClusterContext) => Iterable<ClusterDetection>;
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

/** One place where a rule fires. */
export interface Detection {
  readonly range: TextRange;
  /** What is wrong here, as a clause; the rule's consequence follows it in the message. */
  readonly what: string;
  /** Where it does less harm than the rule says. */
  readonly severity?: 'warning' | 'note';
  /** In place of the rule's own. */
  readonly consequence?: string;
  readonly help?: string;
  /** What a fix does; missing where it has to be left to people. */
  readonly fix?: Fix;
}

/** What a rule finds in the access entries of a cluster, which have no place in a file. */
export type ClusterDetection = Omit<Detection, 'range' | 'fix'>;

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
export function rangeOf(map: MapKey | null, node: YamlNode, index: number | null): TextRange {
  if (node.kind === 'alias') return { map, start: node.contentStart, end: node.end, index };
  if (node.kind !== 'scalar' || isUnwritten(node)) return { map, start: node.start, end: node.start, index };
  return { map, start: node.contentStart, end: node.contentEnd, index };
}

export function arnRange({ list, entry }: ListEntry): TextRange {
  return rangeOf(list.key, entry.fields.arn ?? entry.node, entry.index);
}

export function usernameRange(listEntry: ListEntry): TextRange {
  const { username } = listEntry.entry.fields;
  return isWritten(username)
    ? rangeOf(listEntry.list.key, username, listEntry.entry.index)
    : keyRange(listEntry, 'username');
}

const EMPTY_GROUPS = new WeakMap<LoadedEntry, TextRange>();

/** Where nothing is written of a group, the key: cached, since an entry may have thousands of them. */
export function groupRange(listEntry: ListEntry, index: number): TextRange {
  const node = groupNode(listEntry, index);
  if (isWritten(node)) return rangeOf(listEntry.list.key, node, listEntry.entry.index);
  const range = EMPTY_GROUPS.get(listEntry.entry) ?? keyRange(listEntry, 'groups');
  EMPTY_GROUPS.set(listEntry.entry, range);
  return range;
}

/** The node of a group; that of the whole list where it comes through an alias. */
export function groupNode({ entry }: ListEntry, index: number): YamlNode {
  const { groups } = entry.fields;
  return (groups?.kind === 'sequence' ? groups.items[index] : groups) ?? entry.node;
}

function isWritten(node: YamlNode | undefined): node is YamlNode {
  return node !== undefined && node.end > node.start;
}

/** The range of the key of a field; of the entry where the field is missing. */
function keyRange({ list, entry }: ListEntry, field: keyof LoadedEntry['fields']): TextRange {
  return rangeOf(list.key, ownPair(entry, field)?.key ?? entry.node, entry.index);
}

/** Where an item of a list starts, even if it is empty. */
export function itemRange(map: MapKey, list: SequenceNode, index: number): TextRange {
  const item = list.items[index];
  if (isWritten(item)) return rangeOf(map, item, index);
  const start = list.dashes[index] ?? list.contentStart;
  return { map, start, end: start, index };
}

/** Finds the first node of an item to start at an offset; remembers the last item, for errors come item by item. */
export function nodeFinder(list: LoadedList): (index: number, offset: number) => YamlNode | undefined {
  let last = -1;
  let nodes: ReadonlyMap<number, YamlNode> = new Map();
  return (index, offset) => {
    if (index !== last) {
      const item = list.items[index];
      nodes = new Map([...(item ? nodesOf(item) : [])].reverse().map((node) => [node.start, node]));
      last = index;
    }
    return nodes.get(offset);
  };
}

/** The line of the file that an entry starts in. */
export function lineOf({ list, entry }: Pick<ListEntry, 'list' | 'entry'>): number | undefined {
  return list.source.locationOf(entry.node.contentStart).line;
}
