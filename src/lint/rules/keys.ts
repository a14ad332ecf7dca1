import { scalarText, scalarType } from '../../authenticator/authenticator-scalar.ts';
import { fold } from '../../authenticator/item-fields.ts';
import { readMapAccounts } from '../../authenticator/read-accounts.ts';
import { readMapRoles, readMapUsers } from '../../authenticator/read-map.ts';
import { MAP_KEYS, type MapKey } from '../../entry.ts';
import { quoted } from '../../text.ts';
import type { MappingNode, Pair, ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { LintContext, LoadedList } from '../context.ts';
import { diagnoseArn } from '../diagnose-arn.ts';
import { rangeOf } from '../locate.ts';
import { isDenied, NODE_VARIABLE } from '../resolution.ts';
import type { Detection, FixEffect, Rule } from '../rule.ts';
import { type FieldName, meantField, meantMapKey } from '../typo.ts';

export const misspelledKey: Rule = {
  name: 'misspelled-key',
  severity: 'error',
  fix: 'access',
  summary: 'A key is none that the authenticator knows, but looks like one',
  consequence: 'the authenticator passes over it without a word',
  help: 'In data: mapRoles, mapUsers, mapAccounts, in exactly this case. In an entry: rolearn (userarn in mapUsers), username, groups.',
  *detect(context) {
    yield* misspelledMapKeys(context);
    const told = new Set<YamlNode>();
    for (const list of context.lists)
      for (const [index, item] of (list.loaded.list?.items ?? []).entries())
        if (item.kind === 'mapping') yield* misspelledFields(context, list, item, index, told);
  },
};

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
  context: LintContext,
  list: LoadedList,
  item: MappingNode,
  index: number,
  told: Set<YamlNode>,
): Generator<Detection> {
  if (item.pairs.every(({ key }) => key.kind === 'scalar' && isUsual(list, key.text))) return;
  const fields = [list.arnField, 'username', 'groups'] as const;
  const pairs = context.pairsOf(list, item);
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
    yield fieldDetection(context, list, { item, index, pair, key: pair.key, meant, isAlone, isInherited });
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
    range: rangeOf(key, node, index),
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
  context: LintContext,
  list: LoadedList,
  { item, index, pair, key, meant, isAlone, isInherited }: Misspelled,
): Detection {
  const said = { range: rangeOf(list.key, key, index), what: `${quoted(key.text)} is no key of an entry` };
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
  const effect = isAlone && isSimple(item) ? effectOf(context, meant, pair.value) : null;
  // Who gets in without the name would not with it.
  const locksOut = effect !== null && entry !== undefined && isDenied({ ...entry, ...effect });
  const isEditable = context.isEditable(list, index) && isInlineKey(key);
  return {
    ...said,
    consequence: WITHOUT[meant],
    help: locksOut
      ? `Write ${meant}, with {{SessionName}} in place of ${NODE_VARIABLE}: as it is, it would deny access to people.`
      : cureOf(context, meant, pair.value, isAlone),
    ...(effect &&
      !locksOut &&
      isEditable && {
        fix: {
          kind: 'edit',
          map: list.key,
          index,
          edit: { start: key.contentStart, end: key.contentEnd, replacement: meant },
          effect,
        },
      }),
  };
}

/** Whether another name can take the place of a key: behind `? |` it has lines of its own. */
export function isInlineKey({ tag, anchor, style }: ScalarNode): boolean {
  return tag === null && anchor === null && style !== 'literal' && style !== 'folded';
}

function cureOf(context: LintContext, meant: FieldName, value: YamlNode, isAlone: boolean): string {
  if (!isAlone) return `Write ${meant} once, and remove the other keys that may mean the same.`;
  if (meant === 'groups')
    return value.kind === 'sequence' ? 'Write groups.' : 'Write groups, with a list below it.';
  if (meant === 'username') return 'Write username.';
  const text = textOf(value) ?? '';
  if (!/^arn:/i.test(text)) return `Write ${meant}, with an ARN.`;
  return isNewArn(context, text) || diagnoseArn(text)
    ? `Write ${meant}.`
    : 'There is another entry for this ARN, which counts: put all that it is to have into one.';
}

/** Whether all keys of an item are written in it. */
function isSimple({ pairs }: MappingNode): boolean {
  return pairs.every(({ key }) => key.kind === 'scalar' && key.text !== '<<');
}

/** What the entry has once the key is right; null where the value shows that something else may be meant. */
function effectOf(context: LintContext, field: FieldName, value: YamlNode): FixEffect | null {
  const text = textOf(value);
  switch (field) {
    case 'rolearn':
    case 'userarn':
      return text !== null && isNewArn(context, text) ? { arn: text } : null;
    case 'username':
      return text === null || text === '' ? null : { username: text };
    case 'groups': {
      const groups = value.kind === 'sequence' ? value.items.map(textOf) : [null];
      return groups.every((group) => group !== null) ? { groups } : null;
    }
  }
}

/** Whether a text is the ARN of somebody whom no other entry is for. */
function isNewArn({ entriesByArn: census }: LintContext, text: string): boolean {
  const problem = diagnoseArn(text);
  const meant = problem?.meant ?? text;
  return (problem === null || problem.meant !== undefined) && census.meantBy(meant).length === 0;
}

function textOf(node: YamlNode): string | null {
  return node.kind === 'scalar' && scalarType(node) === 'text' ? scalarText(node) : null;
}

/** The keys of `data` that the authenticator passes over, but that look like its own. */
export function* misspelledMapKeys(context: LintContext): Generator<Detection> {
  const { data } = context.document;
  const counts = new Map<MapKey | undefined, number>();
  for (const meant of data.map(meaningOf)) counts.set(meant, (counts.get(meant) ?? 0) + 1);
  for (const pair of data) {
    const meant = pair.key.kind === 'scalar' && misspelledMapKey(pair.key.text);
    if (meant && pair.key.kind === 'scalar')
      yield mapKeyDetection(pair, pair.key, meant, (counts.get(meant) ?? 0) > 1);
  }
}

function misspelledMapKey(key: string): MapKey | undefined {
  return MAP_KEYS.some((known) => known === key) ? undefined : meantMapKey(key);
}

const CONTENTS: Readonly<Record<MapKey, string>> = {
  mapRoles: 'no role below it gets in',
  mapUsers: 'no user below it gets in',
  mapAccounts: 'no account below it gets in',
};

/** The key that a pair of `data` is for, rightly spelled or not. */
function meaningOf({ key }: Pair): MapKey | undefined {
  if (key.kind !== 'scalar') return undefined;
  return MAP_KEYS.find((known) => known === key.text) ?? meantMapKey(key.text);
}

/** `hasRivals`: other keys are for the same. */
function mapKeyDetection({ value }: Pair, node: ScalarNode, meant: MapKey, hasRivals: boolean): Detection {
  const isCertain = !hasRivals && value.kind === 'scalar' && holds(meant, value.text);
  return {
    range: rangeOf(null, node, null),
    what: `${quoted(node.text)} is no key of aws-auth`,
    consequence: `the authenticator passes over it, so ${CONTENTS[meant]}`,
    help: hasRivals ? `There is another key for ${meant}: put all entries below one.` : `Write ${meant}.`,
    ...(isCertain &&
      isInlineKey(node) && {
        fix: {
          kind: 'key',
          key: meant,
          edit: { start: node.contentStart, end: node.contentEnd, replacement: meant },
        },
      }),
  };
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
