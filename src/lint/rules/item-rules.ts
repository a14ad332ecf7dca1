import { scalarType } from '../../authenticator/authenticator-scalar.ts';
import { fold } from '../../authenticator/item-fields.ts';
import { hasMerge } from '../../authenticator/item-pairs.ts';
import type { LoadError, LoadedEntry } from '../../authenticator/loaded.ts';
import { ownPair } from '../../configmap/edit-context.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { MappingNode, Pair, YamlNode } from '../../yaml/node.ts';
import type { Detection, Rule, Spot } from '../rule.ts';
import { itemSpot, spotOf } from '../spot.ts';
import type { LintSubject, LoadedList } from '../subject.ts';
import { misspelledKey } from './key-rules.ts';

export const droppedEntry: Rule = {
  name: 'dropped-entry',
  severity: 'error',
  fix: 'none',
  summary: 'An item of a list is no entry',
  consequence: 'the authenticator drops it, so nobody gets in through it',
  help: 'Give it a rolearn (userarn in mapUsers) in the form of a text, or remove it.',
  *detect(subject) {
    const explained = new Set(explainedItems(subject));
    for (const list of subject.lists) {
      const { errors } = list.loaded;
      const lostArns = new Map(
        errors.filter(({ field }) => field === 'arn').map((error) => [error.index, error]),
      );
      for (const error of errors)
        if (error.loss === 'dropped' && !explained.has(itemOf(list, error)))
          yield droppedItem(list, error, lostArns.get(error.index));
    }
    for (const error of subject.accounts?.loaded.errors ?? [])
      if (error.loss === 'dropped') yield droppedAccount(error);
  },
};

/** Items whose misspelled key says more than that they are dropped. */
function* explainedItems(subject: LintSubject): Generator<YamlNode | undefined> {
  for (const { spot } of misspelledKey.detect(subject)) {
    const list = subject.lists.find(({ key }) => key === spot.map);
    if (list && spot.index !== null) yield list.loaded.list?.items[spot.index];
  }
}

function itemOf({ loaded }: LoadedList, { index }: LoadError): YamlNode | undefined {
  return index === null ? undefined : loaded.list?.items[index];
}

function droppedItem(list: LoadedList, error: LoadError, lostArn: LoadError | undefined): Detection {
  const item = itemOf(list, error);
  return {
    spot: spotAt(list, error),
    what: (lostArn ?? error).message,
    ...cureOf(error, item, list),
  };
}

function spotAt({ key, text, loaded }: LoadedList, { offset, index }: LoadError): Spot {
  if (loaded.list && index !== null) return itemSpot(key, text, loaded.list, index);
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
    spot: { map: 'mapAccounts', start: offset, end: offset, index },
    what: message,
    help: 'Write the account id in double quotes.',
  };
}

const FIELDS: ReadonlySet<string> = new Set(['rolearn', 'userarn', 'username', 'groups', 'sso']);

export const swallowedEntry: Rule = {
  name: 'swallowed-entry',
  severity: 'error',
  fix: 'none',
  summary:
    'An entry has a key twice, as where the dash of the next entry is missing; a warning where a merge key << overrides one',
  consequence: 'the authenticator takes one value of each key and loses the others without a word',
  help: 'Put "- " in front of the first key of the second entry; if this is one entry, keep each key once.',
  *detect(subject) {
    for (const list of subject.lists)
      for (const [index, item] of (list.loaded.list?.items ?? []).entries())
        if (item.kind === 'mapping') yield* repeatedKeys(subject, list, item, index);
    for (const list of subject.lists)
      for (const entry of list.loaded.entries) if (hasMerge(entry.node)) yield* mergedAway(list, entry);
  },
};

function* repeatedKeys(
  subject: LintSubject,
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
  const kept = subject.entryAt(list, index);
  yield {
    spot: spotOf(list.key, first.key, index),
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
      spot: spotOf(list.key, own.key, entry.index),
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
