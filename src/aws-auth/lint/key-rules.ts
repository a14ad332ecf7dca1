import { quoted } from '../../printable.ts';
import type { MappingNode, Pair, ScalarNode, YamlNode } from '../../yaml/node.ts';
import { scalarText, scalarType } from '../authenticator-scalar.ts';
import { fold } from '../item-fields.ts';
import { readMapAccounts } from '../read-accounts.ts';
import { readMapRoles, readMapUsers } from '../read-map.ts';
import { arnFault } from './arn-fault.ts';
import { type FieldName, meantField, meantMapKey } from './key-meaning.ts';
import { type Detection, MAP_KEYS, type MapKey, type MendEffect, type Rule } from './rule.ts';
import { type LintSubject, type LoadedList, spotOf } from './subject.ts';

export const misspelledKey: Rule = {
  name: 'misspelled-key',
  severity: 'error',
  fix: 'access',
  summary: 'A key is none that the authenticator knows, but looks like one',
  consequence: 'the authenticator passes over it without a word',
  cure: 'In data: mapRoles, mapUsers, mapAccounts, in exactly this case. In an entry: rolearn (userarn in mapUsers), username, groups.',
  *detect(subject) {
    for (const pair of subject.document.data) {
      const meant = pair.key.kind === 'scalar' && misspelledMapKey(pair.key.text);
      if (meant && pair.key.kind === 'scalar') yield mapKeyDetection(subject, pair, pair.key, meant);
    }
    for (const list of subject.lists)
      for (const [index, item] of (list.loaded.list?.items ?? []).entries())
        if (item.kind === 'mapping') yield* misspelledFields(subject, list, item, index);
  },
};

function misspelledMapKey(key: string): MapKey | undefined {
  return MAP_KEYS.some((known) => known === key) ? undefined : meantMapKey(key);
}

const CONTENTS: Readonly<Record<MapKey, string>> = {
  mapRoles: 'no role below it gets in',
  mapUsers: 'no user below it gets in',
  mapAccounts: 'no account below it gets in',
};

function mapKeyDetection(
  subject: LintSubject,
  { key, value }: Pair,
  node: ScalarNode,
  meant: MapKey,
): Detection {
  const { data } = subject.document;
  const rivals = data.filter((other) => other.key.kind === 'scalar' && isFor(other.key.text, meant));
  const isCertain = rivals.length === 1 && value.kind === 'scalar' && holds(meant, value.text);
  const isPlainKey = key.kind === 'scalar' && key.propertiesStart === key.start;
  return {
    spot: spotOf(null, node, null),
    what: `${quoted(node.text)} is no key of aws-auth`,
    consequence: `the authenticator passes over it, so ${CONTENTS[meant]}`,
    cure:
      rivals.length > 1 ? `There is another key for ${meant}: put all entries below one.` : `Write ${meant}.`,
    ...(isCertain &&
      isPlainKey && {
        mend: { kind: 'key', key: meant, edit: { start: node.start, end: node.end, replacement: meant } },
      }),
  };
}

function isFor(key: string, meant: MapKey): boolean {
  return key === meant || misspelledMapKey(key) === meant;
}

/** Whether a text is what belongs below a key. */
function holds(key: MapKey, text: string): boolean {
  switch (key) {
    case 'mapRoles':
      return readMapRoles(text).entries.length > 0;
    case 'mapUsers':
      return readMapUsers(text).entries.length > 0;
    case 'mapAccounts':
      return readMapAccounts(text).entries.some((account) => /^\d{12}$/.test(account));
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  'rolearn',
  'userarn',
  'username',
  'groups',
  'sso',
  'userid',
  '<<',
]);

function* misspelledFields(
  subject: LintSubject,
  list: LoadedList,
  item: MappingNode,
  index: number,
): Generator<Detection> {
  const keys = item.pairs.map(({ key }) => (key.kind === 'scalar' ? fold(key.text) : ''));
  for (const [position, pair] of item.pairs.entries()) {
    const name = keys[position] ?? '';
    const fields = [list.arnField, 'username', 'groups'] as const;
    if (pair.key.kind !== 'scalar' || name === '') continue;
    if (!KNOWN.has(name)) {
      const meant = meantField(name, fields);
      const isRival = (other: string) => !KNOWN.has(other) && meantField(other, fields) === meant;
      if (meant === undefined || keys.includes(meant)) continue;
      const isAlone = keys.filter(isRival).length === 1 && !keys.includes('sso');
      yield fieldDetection(subject, list, { item, index, pair, key: pair.key, meant, isAlone });
    } else if (isForOtherList(list, name, keys)) yield otherListDetection(list, pair.key, index);
  }
}

/** Keys that hold an ARN, but not under the name that counts in this list. */
function isForOtherList({ arnField }: LoadedList, name: string, keys: readonly string[]): boolean {
  return (name === 'rolearn' || name === 'userarn') && name !== arnField && !keys.includes(arnField);
}

function otherListDetection({ key, arnField }: LoadedList, node: ScalarNode, index: number): Detection {
  const other = key === 'mapRoles' ? 'mapUsers' : 'mapRoles';
  return {
    spot: spotOf(key, node, index),
    what: `${quoted(node.text)} is no key of an entry of ${key}`,
    consequence:
      'the authenticator passes over it, finds no ARN and drops the entry, so nobody gets in through it',
    cure: `Move the entry to ${other}, or write ${arnField} if it belongs here.`,
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
  { item, index, pair, key, meant, isAlone }: Misspelled,
): Detection {
  const effect = isAlone && !hasMerge(item) ? effectOf(subject, meant, pair.value) : null;
  const isEditable = subject.isEditable(list, index) && key.propertiesStart === key.start;
  return {
    spot: spotOf(list.key, key, index),
    what: `${quoted(key.text)} is no key of an entry`,
    consequence: WITHOUT[meant],
    cure: isAlone
      ? `Write ${meant}.`
      : `Write ${meant} once, and remove the other keys that may mean the same.`,
    ...(effect &&
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

function hasMerge({ pairs }: MappingNode): boolean {
  return pairs.some(({ key }) => key.kind !== 'scalar' || key.text === '<<');
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
