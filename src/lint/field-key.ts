import { scalarText, scalarType } from '../authenticator/authenticator-scalar.ts';
import { fold } from '../authenticator/item-fields.ts';
import { quoted } from '../text.ts';
import type { MappingNode, Pair, ScalarNode, YamlNode } from '../yaml/node.ts';
import { arnFault } from './arn-fault.ts';
import { isDenied, NODE_VARIABLE } from './human.ts';
import { type FieldName, meantField } from './key-meaning.ts';
import type { Detection, MendEffect } from './rule.ts';
import { spotOf } from './spot.ts';
import type { LintSubject, LoadedList } from './subject.ts';

const KNOWN: ReadonlySet<string> = new Set([
  'rolearn',
  'userarn',
  'username',
  'groups',
  'sso',
  'userid',
  '<<',
]);

/**
 * The keys of an item that the authenticator does not know, but that look like ones which it does; those of merge keys too.
 * `told`: keys that need not be told again, since several items take them from one place.
 */
export function* misspelledFields(
  subject: LintSubject,
  list: LoadedList,
  item: MappingNode,
  index: number,
  told: Set<YamlNode>,
): Generator<Detection> {
  if (item.pairs.every(({ key }) => key.kind === 'scalar' && isUsual(list, key.text))) return;
  const fields = [list.arnField, 'username', 'groups'] as const;
  const pairs = subject.pairsOf(list, item);
  const names = pairs.map(({ pair: { key } }) => (key.kind === 'scalar' ? fold(key.text) : ''));
  const keys = new Set(names);
  const ownKeys = new Set(names.filter((_, position) => pairs[position]?.source === null));
  const meanings = names.map((key) => (KNOWN.has(key) ? undefined : meantField(key, fields)));
  const counts = new Map<FieldName | undefined, number>();
  for (const meant of meanings) counts.set(meant, (counts.get(meant) ?? 0) + 1);
  for (const [position, { pair, source }] of pairs.entries()) {
    const [key, meant] = [names[position] ?? '', meanings[position]];
    if (pair.key.kind !== 'scalar' || told.has(pair.key)) continue;
    if (isForOtherList(list, key, keys)) {
      told.add(pair.key);
      yield otherListDetection(list, pair.key, index);
    }
    const isInherited = meant !== undefined && keys.has(meant);
    if (meant === undefined || ownKeys.has(meant) || (source && isInherited)) continue;
    told.add(pair.key);
    const isAlone = counts.get(meant) === 1 && !keys.has('sso');
    yield fieldDetection(subject, list, { item, index, pair, key: pair.key, meant, isAlone, isInherited });
  }
}

function isUsual({ arnField }: LoadedList, key: string): boolean {
  return key === arnField || key === 'username' || key === 'groups';
}

/** Keys that hold an ARN, but not under the name that counts in this list. */
function isForOtherList({ arnField }: LoadedList, name: string, keys: ReadonlySet<string>): boolean {
  return (name === 'rolearn' || name === 'userarn') && name !== arnField && !keys.has(arnField);
}

function otherListDetection({ key, arnField }: LoadedList, node: ScalarNode, index: number): Detection {
  const other = key === 'mapRoles' ? 'mapUsers' : 'mapRoles';
  return {
    spot: spotOf(key, node, index),
    what: `${quoted(node.text)} is no key of an entry of ${key}`,
    consequence:
      'the authenticator passes over it, finds no ARN and drops the entry, so nobody gets in through it',
    help: `Move the entry to ${other}, or write ${arnField} if it belongs here.`,
  };
}

interface Misspelled {
  readonly item: MappingNode;
  readonly index: number;
  readonly pair: Pair;
  readonly key: ScalarNode;
  readonly meant: FieldName;
  /** Whether no other key of the item may mean the same. */
  readonly isAlone: boolean;
  /** Whether a merge key brings the field all the same. */
  readonly isInherited: boolean;
}

const WITHOUT: Readonly<Record<FieldName, string>> = {
  rolearn: 'the authenticator passes over it, finds no ARN and drops the entry, so nobody gets in through it',
  userarn: 'the authenticator passes over it, finds no ARN and drops the entry, so nobody gets in through it',
  username: 'the authenticator passes over it, so all who come in through this entry have the empty username',
  groups: 'the authenticator passes over it, so all who come in through this entry are in no group',
};

function fieldDetection(
  subject: LintSubject,
  list: LoadedList,
  { item, index, pair, key, meant, isAlone, isInherited }: Misspelled,
): Detection {
  const said = { spot: spotOf(list.key, key, index), what: `${quoted(key.text)} is no key of an entry` };
  if (isInherited) {
    const consequence = `the authenticator passes over it, and takes ${meant} from the merge key <<`;
    return {
      ...said,
      severity: 'warning',
      consequence,
      help: `Write ${meant}, behind <<, so that it overrides what << brings.`,
    };
  }
  const entry = list.loaded.entries.find((one) => one.index === index);
  const effect = isAlone && isSimple(item) ? effectOf(subject, meant, pair.value) : null;
  // Who gets in without the name would not with it.
  const locksOut = effect !== null && entry !== undefined && isDenied({ ...entry, ...effect });
  const isEditable = subject.isEditable(list, index) && isInlineKey(key);
  return {
    ...said,
    consequence: WITHOUT[meant],
    help: locksOut
      ? `Write ${meant}, with {{SessionName}} in place of ${NODE_VARIABLE}: as it is, it would deny access to people.`
      : cureOf(subject, meant, pair.value, isAlone),
    ...(effect &&
      !locksOut &&
      isEditable && {
        mend: {
          kind: 'edit',
          map: list.key,
          index,
          edit: { start: key.start, end: key.end, replacement: meant },
          effect,
        },
      }),
  };
}

/** Whether another name can take the place of a key: behind `? |` it has lines of its own. */
export function isInlineKey({ propertiesStart, start, style }: ScalarNode): boolean {
  return propertiesStart === start && style !== 'literal' && style !== 'folded';
}

function cureOf(subject: LintSubject, meant: FieldName, value: YamlNode, isAlone: boolean): string {
  if (!isAlone) return `Write ${meant} once, and remove the other keys that may mean the same.`;
  if (meant === 'groups')
    return value.kind === 'sequence' ? 'Write groups.' : 'Write groups, with a list below it.';
  if (meant === 'username') return 'Write username.';
  const text = textOf(value) ?? '';
  if (!/^arn:/i.test(text)) return `Write ${meant}, with an ARN.`;
  return isNewArn(subject, text) || arnFault(text)
    ? `Write ${meant}.`
    : 'There is another entry for this ARN, which counts: put all that it is to have into one.';
}

/** Whether all keys of an item are written in it. */
function isSimple({ pairs }: MappingNode): boolean {
  return pairs.every(({ key }) => key.kind === 'scalar' && key.text !== '<<');
}

/** What the entry has once the key is right; null where the value shows that something else may be meant. */
function effectOf(subject: LintSubject, field: FieldName, value: YamlNode): MendEffect | null {
  const text = textOf(value);
  switch (field) {
    case 'rolearn':
    case 'userarn':
      return text !== null && isNewArn(subject, text) ? { arn: text } : null;
    case 'username':
      return text === null || text === '' ? null : { username: text };
    case 'groups': {
      const groups = value.kind === 'sequence' ? value.items.map(textOf) : [null];
      return groups.every((group) => group !== null) ? { groups } : null;
    }
  }
}

/** Whether a text is the ARN of somebody whom no other entry is for. */
function isNewArn({ census }: LintSubject, text: string): boolean {
  const fault = arnFault(text);
  const meant = fault?.meant ?? text;
  return (fault === null || fault.meant !== undefined) && census.meantBy(meant).length === 0;
}

function textOf(node: YamlNode): string | null {
  return node.kind === 'scalar' && scalarType(node) === 'text' ? scalarText(node) : null;
}
