import { isAccountId } from '../../arn.ts';
import { hasMerge } from '../../aws-auth/aliases.ts';
import { diagnoseArn } from '../../aws-auth/diagnose-arn.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../aws-auth/load.ts';
import { type LoadedEntry, ownPair } from '../../aws-auth/loaded.ts';
import { isDenied } from '../../aws-auth/resolve-caller.ts';
import { isNull, scalarType, stringValue } from '../../aws-auth/scalar.ts';
import { foldKey } from '../../go-strings.ts';
import { countBy } from '../../group-by.ts';
import {
  type EntryField,
  MAP_KEYS,
  type MapKey,
  meantField,
  meantMapKey,
  NODE_VARIABLE,
} from '../../map-entry.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { MappingNode, Pair, ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { CheckContext, LoadedList } from '../context.ts';
import {
  atNode,
  type DetectionDetails,
  type FixEffect,
  type PlacedDetection,
  type Rule,
  rewrite,
  rule,
} from '../rule.ts';

const misspelledKey = rule({
  name: 'misspelled-key',
  severity: 'error',
  fix: 'access',
  summary: 'An unknown key looks like a misspelled known key',
  consequence: 'the authenticator silently ignores it',
  help: 'Use mapRoles, mapUsers or mapAccounts in data (case-sensitive). Use rolearn (userarn in mapUsers), username and groups in an entry.',
  *detect(context) {
    yield* misspelledMapKeys(context.document?.data ?? []);
    for (const list of context.lists) yield* misspelledFieldsOf(context, list);
  },
});

/** Misspelled fields in a list's items. */
export function* misspelledFieldsOf(context: CheckContext, list: LoadedList): Generator<PlacedDetection> {
  for (const [index, item] of list.items.entries())
    if (item.kind === 'mapping') yield* misspelledFields(context, list, item, index);
}

/** Keys of `data` that look like aws-auth keys, but that the authenticator ignores. */
function* misspelledMapKeys(data: readonly Pair[]): Generator<PlacedDetection> {
  const meanings = data.map(({ key }) => {
    const text = key.kind === 'scalar' ? key.text : '';
    return MAP_KEYS.find((known) => known === text) ?? meantMapKey(text);
  });
  const counts = countBy(meanings);
  for (const [position, { key, value }] of data.entries()) {
    const meant = meanings[position];
    if (meant === undefined || key.kind !== 'scalar' || key.text === meant) continue;
    const isOnly = counts.get(meant) === 1;
    const isCertain = isOnly && value.kind === 'scalar' && holds(meant, value.text) && isInlineKey(key);
    const edit = { start: key.contentStart, end: key.contentEnd, replacement: meant };
    yield atNode(null, key, null, `unknown key ${quoted(key.text)} is ignored`, {
      consequence: 'nobody in it has access',
      help: `Did you mean ${quoted(meant)}?`,
      fix: isCertain ? { kind: 'rename', map: meant, edit } : undefined,
    });
  }
}

/** True if a text has valid content for a key. */
function holds(key: MapKey, text: string): boolean {
  if (key === 'mapAccounts') return readMapAccounts(text).entries.some(isAccountId);
  return (key === 'mapRoles' ? readMapRoles(text) : readMapUsers(text)).entries.length > 0;
}

/** True if a key can be renamed in place: after `? |` it spans several lines. */
function isInlineKey({ tag, anchor, style }: ScalarNode): boolean {
  return tag === null && anchor === null && style !== 'literal' && style !== 'folded';
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

const WITHOUT: Readonly<Record<EntryField, string>> = {
  rolearn: 'without an ARN the authenticator drops the entry',
  userarn: 'without an ARN the authenticator drops the entry',
  username: 'the username is empty',
  groups: 'the entry has no groups',
};

/** Unknown keys of an item that look like known ones, and the ARN field of the other list. */
function* misspelledFields(
  context: CheckContext,
  list: LoadedList,
  item: MappingNode,
  index: number,
): Generator<PlacedDetection> {
  const { arnField, key: map } = list;
  const names = item.pairs.map(({ key }) => (key.kind === 'scalar' ? foldKey(key.text) : ''));
  const present = new Set(names);
  const meanings = names.map((name) =>
    KNOWN.has(name) ? undefined : meantField(name, [arnField, 'username', 'groups']),
  );
  const counts = countBy(meanings);
  for (const [position, { key, value }] of item.pairs.entries()) {
    const [name, meant] = [names[position] ?? '', meanings[position]];
    if (key.kind !== 'scalar') continue;
    const what = `unknown field ${quoted(key.text)} is ignored`;
    if ((name === 'rolearn' || name === 'userarn') && !present.has(arnField)) {
      const other = map === 'mapRoles' ? 'mapUsers' : 'mapRoles';
      const help = `Move the entry to ${other}, or write ${arnField} if it belongs here.`;
      yield atNode(map, key, index, what, { consequence: WITHOUT[arnField], help });
    }
    if (meant === undefined || present.has(meant)) continue;
    const isOnly = counts.get(meant) === 1 && !present.has('sso');
    const mayHave = hasMerge(item);
    // Evaluated lazily: an item may have thousands of misspelled fields.
    const isSimple = () => item.pairs.every((pair) => pair.key.kind === 'scalar' && pair.key.text !== '<<');
    const effect = isOnly && isSimple() ? effectOf(context, meant, value) : null;
    yield atNode(map, key, index, what, {
      consequence: `${mayHave ? 'unless << has that field, ' : ''}${WITHOUT[meant]}`,
      severity: mayHave ? 'warning' : undefined,
      ...correctionOf(list, index, key, meant, effect),
    });
  }
}

/** @param effect null if the key can't be corrected with certainty */
function correctionOf(
  list: LoadedList,
  index: number,
  key: ScalarNode,
  meant: EntryField,
  effect: FixEffect | null,
): Pick<DetectionDetails, 'help' | 'fix'> {
  const entry = list.entryAt(index);
  // A fix must not deny access to people who have it now.
  if (effect && entry && isDenied({ ...entry, ...effect }))
    return {
      help: `Write ${meant}, and replace ${NODE_VARIABLE} with {{SessionName}}: ${NODE_VARIABLE} denies access to people.`,
    };
  const isFixable = effect !== null && list.isEditable(index) && isInlineKey(key);
  return {
    help: `Did you mean ${quoted(meant)}?`,
    fix: isFixable ? rewrite(list.key, index, key, meant, effect) : undefined,
  };
}

/** The effect of correcting the key; null if the value doesn't fit the field: another entry must not have the ARN. */
function effectOf(context: CheckContext, field: EntryField, value: YamlNode): FixEffect | null {
  if (field === 'groups') {
    const groups = value.kind === 'sequence' ? value.items.map(stringOf) : [null];
    return groups.every((group) => group !== null) ? { groups } : null;
  }
  const text = stringOf(value);
  if (text === null || text === '') return null;
  if (field === 'username') return { username: text };
  const problem = diagnoseArn(text);
  if (problem && problem.meant === undefined) return null;
  return context.entriesFor(problem?.meant ?? text).length === 0 ? { arn: text } : null;
}

function stringOf(node: YamlNode): string | null {
  return node.kind === 'scalar' && scalarType(node) === 'string' ? stringValue(node) : null;
}

const FIELDS: ReadonlySet<string> = new Set(['rolearn', 'userarn', 'username', 'groups', 'sso']);

const duplicateField: Rule = rule({
  name: 'duplicate-field',
  severity: 'error',
  summary:
    'An entry has a duplicate field, often because the next entry lacks its dash. A warning if a merge key << overrides a field.',
  consequence: 'the authenticator uses one value and silently ignores the others',
  help: 'Put "- " before the first field of the second entry. If this is one entry, keep each field once.',
  *detect({ lists }) {
    for (const list of lists)
      for (const [index, item] of list.items.entries())
        if (item.kind === 'mapping') yield* duplicateFields(list, item, index);
    for (const list of lists)
      for (const entry of list.loaded.entries)
        if (hasMerge(entry.node)) yield* overriddenByMerge(list, entry);
  },
});

function* duplicateFields(
  list: LoadedList,
  { pairs }: MappingNode,
  index: number,
): Generator<PlacedDetection> {
  if (pairs.length < 2) return;
  const seen = new Set<string>();
  const duplicates: ScalarNode[] = [];
  for (const { key } of pairs) {
    const name = key.kind === 'scalar' ? foldKey(key.text) : '';
    if (key.kind !== 'scalar' || !FIELDS.has(name)) continue;
    if (seen.has(name)) duplicates.push(key);
    seen.add(name);
  }
  const [first] = duplicates;
  if (!first) return;
  const names = [...new Set(duplicates.map(({ text }) => quoted(text)))];
  const kept = list.entryAt(index);
  yield atNode(
    list.key,
    first,
    index,
    `duplicate ${names.length === 1 ? 'field' : 'fields'} ${listed(names)}`,
    {
      consequence:
        kept && `${duplicateField.consequence}, so this entry is for ${printable(kept.arn) || 'sso:'}`,
    },
  );
}

/** Fields overridden by a merge key that follows them: the authenticator uses the last value. */
function* overriddenByMerge(list: LoadedList, entry: LoadedEntry): Generator<PlacedDetection> {
  if (list.items[entry.index] !== entry.node) return;
  for (const field of ['arn', 'username', 'groups'] as const) {
    const name = field === 'arn' ? list.arnField : field;
    const own = entry.node.pairs.findLast(({ key }) => key.kind === 'scalar' && foldKey(key.text) === name);
    const used = entry.fields[field];
    if (!own || !used || ownPair(entry, field)) continue;
    const isSame = own.value.kind === 'scalar' && used.kind === 'scalar' && own.value.text === used.text;
    if (isNull(own.value) || isSame) continue;
    const what = `${name} of this entry is overridden by the merge key <<`;
    yield atNode(list.key, own.key, entry.index, what, {
      severity: 'warning',
      consequence: 'the authenticator uses the last value and silently ignores this one',
      help: `Put << before the other fields, and write ${name} in lower case.`,
    });
  }
}

export const keyRules: readonly Rule[] = [misspelledKey, duplicateField];
