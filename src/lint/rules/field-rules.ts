import { offsetOf } from '../../authenticator/authenticator-value.ts';
import type { LoadError, LoadedEntry } from '../../authenticator/loaded.ts';
import { doubleQuoted } from '../../configmap/quote.ts';
import { quoted } from '../../text.ts';
import type { ScalarNode, SequenceNode, YamlNode } from '../../yaml/node.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import type { Detection, MendEffect, Rule } from '../rule.ts';
import { spotOf } from '../spot.ts';
import type { LintSubject, LoadedList } from '../subject.ts';

export const lostField: Rule = {
  name: 'lost-field',
  severity: 'error',
  fix: 'access',
  summary:
    'A username or group is no text, or groups are no list: YAML takes yes, on, n, 123 or 1.0 for something else',
  consequence: 'the authenticator empties it and keeps the rest of the entry',
  help: 'Put the value in double quotes.',
  *detect(subject) {
    for (const list of subject.lists) {
      const { errors } = list.loaded;
      const dropped = new Set(errors.flatMap(({ loss, index }) => (loss === 'dropped' ? [index] : [])));
      const finder = new NodeFinder(list);
      for (const error of errors)
        if (error.loss === 'field' && !(isOfIdentity(error) && dropped.has(error.index)))
          yield lostDetection(subject, list, error, finder);
    }
  },
};

/** Of what an item is dropped for, which another rule tells. */
function isOfIdentity({ field }: LoadError): boolean {
  return field === 'arn' || (field?.startsWith('sso') ?? false);
}

function lostDetection(
  subject: LintSubject,
  list: LoadedList,
  error: LoadError,
  finder: NodeFinder,
): Detection {
  const { offset, index, message } = error;
  const node = index === null ? undefined : finder.nodeAt(index, offset);
  const spot = node ? spotOf(list.key, node, index) : { map: list.key, start: offset, end: offset, index };
  const detection = { spot, what: message, help: lostHelp(node, error) };
  if (index === null || !node || !isBare(node) || !subject.isEditable(list, index)) return detection;
  const effect = effectOf(subject.entryAt(list, index), node, finder);
  if (!effect) return detection;
  const edit = { start: node.start, end: node.end, replacement: doubleQuoted(node.text) };
  return { ...detection, mend: { kind: 'edit', map: list.key, index, edit, effect } };
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
      for (const node of item ? nodesOf(item) : [])
        if (!nodes.has(offsetOf(node))) nodes.set(offsetOf(node), node);
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

function effectOf(entry: LoadedEntry | undefined, node: ScalarNode, finder: NodeFinder): MendEffect | null {
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
