import { quoted } from '../../printable.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import { offsetOf } from '../read/authenticator-value.ts';
import type { LoadError } from '../read/loaded.ts';
import { doubleQuoted } from '../render/quote.ts';
import { lostFieldOf } from './lost-field-name.ts';
import type { Detection, MendEffect, Rule } from './rule.ts';
import { spotOf } from './spot.ts';
import type { LintSubject, LoadedList } from './subject.ts';

export const lostField: Rule = {
  name: 'lost-field',
  severity: 'error',
  fix: 'safe',
  summary:
    'A username or group is no text, or groups are no list: YAML takes yes, on, n, 123 or 1.0 for something else',
  consequence: 'the authenticator empties it and keeps the rest of the entry',
  cure: 'Put the value in double quotes.',
  *detect(subject) {
    for (const list of subject.lists)
      for (const error of list.loaded.errors)
        if (error.loss === 'field' && !isToldElsewhere(list, error))
          yield lostDetection(subject, list, error);
  },
};

/** Where the whole item is dropped for it. */
function isToldElsewhere({ loaded }: LoadedList, error: LoadError): boolean {
  const field = lostFieldOf(error);
  const isOfIdentity = field === 'arn' || field === 'sso' || field === 'sso.accountID';
  return isOfIdentity && loaded.errors.some(({ index, loss }) => index === error.index && loss === 'dropped');
}

function lostDetection(subject: LintSubject, list: LoadedList, error: LoadError): Detection {
  const { offset, index, message } = error;
  const item = index === null ? undefined : list.loaded.list?.items[index];
  const node = item && nodeAt(item, offset);
  const spot = node ? spotOf(list.key, node, index) : { map: list.key, start: offset, end: offset, index };
  const detection = { spot, what: message.replace(/: it is lost$/, ''), cure: lostCure(node, error) };
  if (index === null || !node || !isBare(node) || !subject.isEditable(list, index)) return detection;
  const effect = effectOf(list, index, node);
  if (!effect) return detection;
  const edit = { start: node.start, end: node.end, replacement: doubleQuoted(node.text) };
  return { ...detection, mend: { kind: 'edit', map: list.key, index, edit, effect } };
}

/** The last node to start at an offset: a value, not the collection around it. */
function nodeAt(item: YamlNode, offset: number): YamlNode | undefined {
  let found: YamlNode | undefined;
  for (const node of nodesOf(item)) if (offsetOf(node) === offset) found ??= node;
  return found;
}

/** Whether nothing but quotes is missing. */
function isBare(node: YamlNode): node is ScalarNode {
  return node.kind === 'scalar' && node.style === 'plain' && node.tag === null && node.anchor === null;
}

function effectOf({ loaded }: LoadedList, index: number, node: ScalarNode): MendEffect | null {
  const entry = loaded.entries.find((one) => one.index === index);
  if (entry?.fields.username === node) return { username: node.text };
  const groups = entry?.fields.groups;
  const position = groups?.kind === 'sequence' ? groups.items.indexOf(node) : -1;
  return position < 0 ? null : { group: { index: position, text: node.text } };
}

function lostCure(node: YamlNode | undefined, error: LoadError): string {
  const field = lostFieldOf(error);
  const isGroups = field === 'groups';
  if (node?.kind !== 'scalar') {
    if (isGroups) return 'Write the groups as a list: one "- " and name on each line.';
    return field === 'group' && node?.kind === 'mapping'
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
