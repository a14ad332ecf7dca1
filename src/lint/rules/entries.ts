import { scalarType } from '../../authenticator/authenticator-scalar.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { fold } from '../../authenticator/item-fields.ts';
import { hasMerge } from '../../authenticator/item-pairs.ts';
import type { LoadError, LoadedEntry } from '../../authenticator/loaded.ts';
import { ownPair } from '../../configmap/edit-field.ts';
import { doubleQuoted } from '../../configmap/quote.ts';
import type { MapKey } from '../../entry.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { MappingNode, Pair, ScalarNode, SequenceNode, YamlNode } from '../../yaml/node.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import type { LintContext, LoadedList } from '../context.ts';
import { itemRange, rangeOf } from '../locate.ts';
import type { Detection, FixEffect, Rule, TextRange } from '../rule.ts';
import { misspelledKey } from './keys.ts';

export const droppedEntry: Rule = {
  name: 'dropped-entry',
  severity: 'error',
  fix: 'none',
  summary: 'An item of a list is no entry',
  consequence: 'the authenticator drops it, so nobody gets in through it',
  help: 'Give it a rolearn (userarn in mapUsers) in the form of a text, or remove it.',
  *detect(context) {
    const explained = new Set(explainedItems(context));
    for (const list of context.lists) {
      const { errors } = list.loaded;
      const lostArns = new Map(
        errors.filter(({ field }) => field === 'arn').map((error) => [error.index, error]),
      );
      for (const error of errors)
        if (error.loss === 'dropped' && !explained.has(itemOf(list, error)))
          yield droppedItem(list, error, lostArns.get(error.index));
    }
    for (const error of context.accounts?.loaded.errors ?? [])
      if (error.loss === 'dropped') yield droppedAccount(error);
  },
};

/** Items whose misspelled key says more than that they are dropped. */
function* explainedItems(context: LintContext): Generator<YamlNode | undefined> {
  for (const { range } of misspelledKey.detect(context)) {
    const list = context.lists.find(({ key }) => key === range.map);
    if (list && range.index !== null) yield list.loaded.list?.items[range.index];
  }
}

function itemOf({ loaded }: LoadedList, { index }: LoadError): YamlNode | undefined {
  return index === null ? undefined : loaded.list?.items[index];
}

function droppedItem(list: LoadedList, error: LoadError, lostArn: LoadError | undefined): Detection {
  const item = itemOf(list, error);
  const what = (lostArn ?? error).message;
  return {
    range: spotAt(list, error),
    what,
    ...cureOf(error, item, list),
  };
}

function spotAt({ key, loaded }: LoadedList, { offset, index }: LoadError): TextRange {
  if (loaded.list && index !== null) return itemRange(key, loaded.list, index);
  return { map: key, start: offset, end: offset, index };
}

function cureOf(
  { code }: LoadError,
  item: YamlNode | undefined,
  { arnField }: LoadedList,
): { readonly help?: string } {
  if (code === 'arn-and-sso') return { help: 'Remove sso:, which EKS does not know.' };
  if (code === 'invalid-sso')
    return { help: 'Write the ARN of the role as rolearn: EKS does not know sso:.' };
  if (code === 'not-a-map' && item?.kind === 'scalar' && item.text !== '')
    return { help: `Write "- ${arnField}: …" with the ARN, and the other fields below it.` };
  return { help: `Give it a ${arnField}, as a text, or remove it.` };
}

function droppedAccount({ offset, index, message }: LoadError): Detection {
  return {
    range: { map: 'mapAccounts', start: offset, end: offset, index },
    what: message,
    help: 'Write the account id in double quotes.',
  };
}

const FIELDS: ReadonlySet<string> = new Set(['rolearn', 'userarn', 'username', 'groups', 'sso']);

export const duplicateField: Rule = {
  name: 'duplicate-field',
  severity: 'error',
  fix: 'none',
  summary:
    'An entry has a key twice, as where the dash of the next entry is missing; a warning where a merge key << overrides one',
  consequence: 'the authenticator takes one value of each key and loses the others without a word',
  help: 'Put "- " in front of the first key of the second entry; if this is one entry, keep each key once.',
  *detect(context) {
    for (const list of context.lists)
      for (const [index, item] of (list.loaded.list?.items ?? []).entries())
        if (item.kind === 'mapping') yield* repeatedKeys(context, list, item, index);
    for (const list of context.lists)
      for (const entry of list.loaded.entries) if (hasMerge(entry.node)) yield* mergedAway(list, entry);
  },
};

function* repeatedKeys(
  context: LintContext,
  list: LoadedList,
  { pairs }: MappingNode,
  index: number,
): Generator<Detection> {
  if (pairs.length < 2) return;
  const seen = new Set<string>();
  const repeated: Pair[] = [];
  for (const pair of pairs) {
    const name = pair.key.kind === 'scalar' ? fold(pair.key.text) : '';
    if (!FIELDS.has(name)) continue;
    if (seen.has(name)) repeated.push(pair);
    seen.add(name);
  }
  const [first] = repeated;
  if (!first) return;
  const names = [...new Set(repeated.map(({ key }) => (key.kind === 'scalar' ? key.text : '')))];
  const kept = context.entryAt(list, index);
  yield {
    range: rangeOf(list.key, first.key, index),
    what: `this entry has ${listed(names.map(quoted))} more than once`,
    ...(kept && {
      consequence: `the authenticator takes one value of each key and loses the others without a word: it knows this entry as that of ${printable(kept.arn) || 'sso:'}`,
    }),
  };
}

/** Fields that an entry states, but that a merge key behind them overrides: to the authenticator the last one counts. */
function* mergedAway(list: LoadedList, entry: LoadedEntry): Generator<Detection> {
  if (list.loaded.list?.items[entry.index] !== entry.node) return;
  for (const field of ['arn', 'username', 'groups'] as const) {
    const name = field === 'arn' ? list.arnField : field;
    const own = entry.node.pairs.findLast(({ key }) => key.kind === 'scalar' && fold(key.text) === name);
    const taken = entry.fields[field];
    if (!own || !taken || ownPair(entry, field) || isNothingLost(own.value, taken)) continue;
    yield {
      range: rangeOf(list.key, own.key, entry.index),
      what: `${name} of this entry is overridden by the merge key <<`,
      severity: 'warning',
      consequence: 'the authenticator takes what stands last, so this value is lost without a word',
      help: `Put << in front of the keys of the entry, and write ${name} in lower case.`,
    };
  }
}

function isNothingLost(own: YamlNode, taken: YamlNode): boolean {
  if (own.kind !== 'scalar') return false;
  return scalarType(own) === 'null' || (taken.kind === 'scalar' && own.text === taken.text);
}

export const secondDocument: Rule = {
  name: 'second-document',
  severity: 'error',
  fix: 'none',
  summary: 'More stands behind the first YAML document of a key, mostly behind a line ---',
  consequence: 'it reads the first YAML document alone, so nobody in what follows gets in',
  help: 'Remove the line --- or ... above it, or put it into the column of the list above, so that all entries are one list.',
  *detect({ lists, accounts }) {
    for (const { key, loaded } of lists) yield* ignored(key, loaded.ignoredFrom);
    yield* ignored('mapAccounts', accounts?.loaded.ignoredFrom ?? null);
  },
};

function* ignored(map: MapKey, offset: number | null): Generator<Detection> {
  if (offset === null) return;
  yield {
    range: { map, start: offset, end: offset, index: null },
    what: `${map} ends here for the authenticator, and more follows`,
  };
}

export const noNodeEntry: Rule = {
  name: 'no-node-entry',
  severity: 'warning',
  fix: 'none',
  summary: 'No entry lets nodes in',
  consequence: 'nodes cannot join the cluster, unless they come in by access entries',
  help: 'Add an entry for the role of the nodes, with the username "system:node:{{EC2PrivateDNSName}}" and the groups system:bootstrappers and system:nodes; `aws-auth-sso merge --node-role ARN` does it.',
  *detect(context) {
    if (
      !isRead(context) ||
      context.entries.some(({ list, entry }) => list.key === 'mapRoles' && isNodeEntry(entry))
    )
      return;
    const { configMap, mapRoles } = context.document;
    const where = mapRoles?.pair?.key ?? configMap?.data?.key ?? configMap?.root;
    yield {
      range: where ? rangeOf(null, where, null) : { map: null, start: 0, end: 0, index: null },
      what: 'no entry of mapRoles lets nodes in',
    };
  },
};

/** Whether all is known that mapRoles says; what hides it has a finding of its own. */
function isRead({ document, mapRoles, unparsable: voids }: LintContext): boolean {
  if (voids.some(({ key }) => key === 'mapRoles') || document.problems.some(({ rule }) => rule !== null))
    return false;
  return mapRoles !== undefined || !hasMergeKey(document);
}

function hasMergeKey({ data }: LintContext['document']): boolean {
  return data.some(({ key }) => key.kind === 'scalar' && key.text === '<<');
}

export const fieldNotString: Rule = {
  name: 'field-not-string',
  severity: 'error',
  fix: 'access',
  summary:
    'A username or group is no text, or groups are no list: YAML takes yes, on, n, 123 or 1.0 for something else',
  consequence: 'the authenticator empties it and keeps the rest of the entry',
  help: 'Put the value in double quotes.',
  *detect(context) {
    for (const list of context.lists) {
      const { errors } = list.loaded;
      const dropped = new Set(errors.flatMap(({ loss, index }) => (loss === 'dropped' ? [index] : [])));
      const finder = new NodeFinder(list);
      for (const error of errors)
        if (error.loss === 'field' && !(isOfIdentity(error) && dropped.has(error.index)))
          yield lostDetection(context, list, error, finder);
    }
  },
};

/** Of what an item is dropped for, which another rule tells. */
function isOfIdentity({ field }: LoadError): boolean {
  return field === 'arn' || (field?.startsWith('sso') ?? false);
}

function lostDetection(
  context: LintContext,
  list: LoadedList,
  error: LoadError,
  finder: NodeFinder,
): Detection {
  const { offset, index, message } = error;
  const node = index === null ? undefined : finder.nodeAt(index, offset);
  const range = node ? rangeOf(list.key, node, index) : { map: list.key, start: offset, end: offset, index };
  const detection = { range, what: message, help: lostHelp(node, error) };
  if (index === null || !node || !isBare(node) || !context.isEditable(list, index)) return detection;
  const effect = effectOf(context.entryAt(list, index), node, finder);
  if (!effect) return detection;
  const edit = { start: node.contentStart, end: node.contentEnd, replacement: doubleQuoted(node.text) };
  return { ...detection, fix: { kind: 'edit', map: list.key, index, edit, effect } };
}

/** Finds nodes of items; remembers the last item, for errors come item by item. */
class NodeFinder {
  private readonly list: LoadedList;
  private index = -1;
  private nodes: ReadonlyMap<number, YamlNode> = new Map();
  private groups: SequenceNode | null = null;
  private positions: ReadonlyMap<YamlNode, number> = new Map();

  constructor(list: LoadedList) {
    this.list = list;
  }

  /** The first node of an item to start at an offset. */
  nodeAt(index: number, offset: number): YamlNode | undefined {
    if (index !== this.index) {
      const item = this.list.loaded.list?.items[index];
      const nodes = new Map<number, YamlNode>();
      for (const node of item ? nodesOf(item) : []) if (!nodes.has(node.start)) nodes.set(node.start, node);
      this.nodes = nodes;
      this.index = index;
    }
    return this.nodes.get(offset);
  }

  /** Where a node stands in a list; undefined where it is no item of that. */
  positionIn(groups: SequenceNode, node: YamlNode): number | undefined {
    if (groups !== this.groups) this.positions = new Map(groups.items.map((item, index) => [item, index]));
    this.groups = groups;
    return this.positions.get(node);
  }
}

/** Whether nothing but quotes is missing. */
function isBare(node: YamlNode): node is ScalarNode {
  return node.kind === 'scalar' && node.style === 'plain' && node.tag === null && node.anchor === null;
}

function effectOf(entry: LoadedEntry | undefined, node: ScalarNode, finder: NodeFinder): FixEffect | null {
  if (entry?.fields.username === node) return { username: node.text };
  const groups = entry?.fields.groups;
  const position = groups?.kind === 'sequence' ? finder.positionIn(groups, node) : undefined;
  return position === undefined ? null : { group: { index: position, text: node.text } };
}

function lostHelp(node: YamlNode | undefined, { field, group }: LoadError): string {
  const isGroups = field === 'groups' && group === null;
  if (node?.kind !== 'scalar') {
    if (isGroups) return 'Write the groups as a list: one "- " and name on each line.';
    return group !== null && node?.kind === 'mapping'
      ? 'Write the group as one text in double quotes, without a space behind its colon; if it is an entry of its own, indent it less.'
      : 'Write a text in double quotes.';
  }
  if (isGroups)
    return `Write a list: [${node.text
      .split(/\s*,\s*/)
      .map((group) => quoted(group.trim()))
      .join(', ')}]`;
  return `Put it in double quotes: ${doubleQuoted(node.text)}`;
}
