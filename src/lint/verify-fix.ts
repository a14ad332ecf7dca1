import type { LoadedEntry } from '../authenticator/loaded.ts';
import { readManifests } from '../configmap/document.ts';
import { MAP_KEYS, type MapKey } from '../entry.ts';
import { bug } from '../errors.ts';
import { printable, quoted } from '../text.ts';
import { applyEdits, keepFinalBreakMissing, sortEdits } from '../yaml/edit.ts';
import type { YamlNode } from '../yaml/node.ts';
import { textEdits } from './apply-fix.ts';
import type { LintContext, LoadedList } from './context.ts';
import { resolve } from './resolution.ts';
import type { Fix, FixEffect } from './rule.ts';

/**
 * Compares a fixed file, read again from scratch, with what the fixes promise.
 * @throws Failure (exit 4) where anything else has changed, or something has not changed as planned
 */
export function verifyFixes(
  before: LintContext,
  after: LintContext,
  fixes: readonly Fix[],
  access: boolean,
): void {
  const renamed = new Set(fixes.flatMap((fix) => (fix.kind === 'key' ? [fix.key] : [])));
  for (const key of MAP_KEYS) requireText(before, after, key, fixes, renamed.has(key));
  requireSameManifest(before, after, fixes, renamed);
  for (const list of before.lists) requireFixedList(list, after, fixes);
  if (!renamed.has('mapAccounts')) requireSameAccounts(before, after);
  if (!access) requireSameResolution(before, after);
}

/** Each text is the old one with its edits, whatever scalar holds it. */
function requireText(
  before: LintContext,
  after: LintContext,
  key: MapKey,
  fixes: readonly Fix[],
  isRenamed: boolean,
): void {
  const text = before.document[key]?.text;
  const edits = keepFinalBreakMissing(text ?? '', sortEdits(textEdits(before, key, fixes)));
  const expected = isRenamed
    ? renamedText(before, key, fixes)
    : text === undefined
      ? text
      : applyEdits(text, edits);
  requireEqual(after.document[key]?.text, expected, `${key} in the result`);
}

function renamedText({ document }: LintContext, key: MapKey, fixes: readonly Fix[]): string | undefined {
  const fix = fixes.find((one) => one.kind === 'key' && one.key === key);
  const pair = document.data.find((one) => fix?.kind === 'key' && one.key.contentStart === fix.edit.start);
  return pair?.value.kind === 'scalar' ? pair.value.text : undefined;
}

/** All of the file but the texts that change. */
function requireSameManifest(
  before: LintContext,
  after: LintContext,
  fixes: readonly Fix[],
  renamed: ReadonlySet<MapKey>,
): void {
  if (!before.document.configMap) return;
  const changed = MAP_KEYS.filter(
    (key) => renamed.has(key) || fixes.some((fix) => fix.kind !== 'key' && fix.map === key),
  );
  const old = new Map<number, MapKey>();
  for (const fix of fixes) if (fix.kind === 'key') old.set(fix.edit.start, fix.key);
  for (const key of changed) addKeyStart(old, before, key);
  const now = new Map<number, MapKey>();
  for (const key of changed) addKeyStart(now, after, key);
  requireEqual(digest(after, now), digest(before, old), 'the manifest around the entries');
}

function addKeyStart(starts: Map<number, MapKey>, { document }: LintContext, key: MapKey): void {
  const pair = document[key]?.pair;
  if (pair) starts.set(pair.key.contentStart, key);
}

/** The documents of a file as one text; of the pairs whose keys start at `changed` only the key that they are for. */
function digest({ document }: LintContext, changed: ReadonlyMap<number, MapKey>): string {
  const facts: unknown[] = [];
  const left: (YamlNode | MapKey | null)[] = readManifests(document.source).reverse();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === null || typeof next === 'string') facts.push(next);
    else if (next.kind === 'alias') facts.push('alias', next.anchor);
    else if (next.kind === 'scalar') facts.push(next.text, next.tag, next.anchor, next.style, next.json);
    else if (next.kind === 'sequence') {
      facts.push('sequence', next.anchor, next.items.length);
      for (const item of next.items.toReversed()) left.push(item);
    } else {
      facts.push('mapping', next.anchor, next.pairs.length);
      for (const { key, value } of next.pairs.toReversed()) {
        const name = changed.get(key.contentStart);
        if (name === undefined) left.push(value, key);
        else left.push(name);
      }
    }
  }
  return JSON.stringify(facts);
}

function requireSameAccounts(before: LintContext, after: LintContext): void {
  const [old, now] = [before, after].map(({ accounts }) =>
    JSON.stringify([accounts?.loaded.entries, accounts?.loaded.errors.map(({ code }) => code)]),
  );
  requireEqual(now, old, 'mapAccounts as it loads');
}

function requireEqual(found: string | undefined, expected: string | undefined, what: string): void {
  if (found !== expected) throw bug(`${what} is not as planned: ${differenceOf(found, expected)}`);
}

/** What is safe changes nothing about whom the authenticator takes a caller for. */
function requireSameResolution(before: LintContext, after: LintContext): void {
  const [old, now] = [resolve(before), resolve(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [one, other] = [old.get(key), now.get(key)];
    if (one?.names !== other?.names)
      throw bug(
        `the authenticator would take ${printable(key)} for ${other?.names ?? 'nobody'} instead of ${one?.names ?? 'nobody'}`,
      );
  }
}

/**
 * Compares the items of a list before and after, one by one.
 * @throws Failure (exit 4) where one would load differently than planned
 */
export function requireFixedList(before: LoadedList, after: LintContext, fixes: readonly Fix[]): void {
  const items = before.loaded.list?.items;
  // Of a text that was void, there is nothing to compare with.
  if (!items) return;
  const now = after.lists.find(({ key }) => key === before.key);
  const removed = new Set(
    fixes.flatMap((fix) => (fix.kind === 'remove' && fix.map === before.key ? [fix.index] : [])),
  );
  if (!now?.loaded.list || now.loaded.list.items.length !== items.length - removed.size)
    throw bug(
      `${before.key} in the result has ${now?.loaded.list?.items.length ?? 0} items instead of ${items.length - removed.size}`,
    );
  const effects = effectsOf(before, fixes);
  const [old, current] = [itemsOf(before), itemsOf(now)];
  let position = 0;
  for (const index of items.keys()) {
    if (removed.has(index)) continue;
    const effect = effects.get(index);
    const [one, other] = [old.get(index) ?? NOTHING, current.get(position) ?? NOTHING];
    const isAsPlanned = effect ? isAsStated(one, other, effect) : isSame(one, other);
    if (!isAsPlanned)
      throw bug(
        `item ${index + 1} of ${before.key} would load differently than planned: ${described(other)}, and was ${described(one)}`,
      );
    position += 1;
  }
}

interface Item {
  readonly entry: LoadedEntry | null;
  readonly codes: readonly string[];
}

const NOTHING: Item = { entry: null, codes: [] };

function itemsOf({ loaded }: LoadedList): ReadonlyMap<number, Item> {
  const items = new Map<number, { readonly entry: LoadedEntry | null; readonly codes: string[] }>(
    loaded.entries.map((entry) => [entry.index, { entry, codes: [] }]),
  );
  for (const { index, code } of loaded.errors) {
    if (index === null) continue;
    const item = items.get(index);
    if (item) item.codes.push(code);
    else items.set(index, { entry: null, codes: [code] });
  }
  return items;
}

function effectsOf({ key }: LoadedList, fixes: readonly Fix[]): Map<number, FixEffect[]> {
  const effects = new Map<number, FixEffect[]>();
  for (const fix of fixes) {
    if (fix.kind !== 'edit' || fix.map !== key || fix.index === null) continue;
    const others = effects.get(fix.index);
    if (others) others.push(fix.effect);
    else effects.set(fix.index, [fix.effect]);
  }
  return effects;
}

function isSame(one: Item, other: Item): boolean {
  return valuesOf(one.entry) === valuesOf(other.entry) && one.codes.join() === other.codes.join();
}

function described({ entry, codes }: Item): string {
  const lost = codes.length > 0 ? ` with ${codes.join(', ')}` : '';
  return `${entry ? printable(valuesOf(entry)) : 'no entry'}${lost}`;
}

function valuesOf(entry: LoadedEntry | null): string {
  return JSON.stringify(entry && [entry.arn, entry.username, entry.groups, entry.sso]);
}

/** An item that was dropped may be an entry now; what was stated of it must be so, and nothing more may be lost. */
function isAsStated(one: Item, other: Item, effects: readonly FixEffect[]): boolean {
  const { entry } = other;
  if (other.codes.length > one.codes.length) return false;
  // An item with several mistakes may still be dropped for another.
  if (!entry) return one.entry === null && !effects.some(({ arn }) => arn !== undefined);
  const groups = one.entry ? one.entry.groups : entry.groups;
  const expected = effects.reduce(withEffect, {
    arn: one.entry?.arn ?? entry.arn,
    username: one.entry?.username ?? entry.username,
    groups: groups && withGroups(groups, effects),
    sso: one.entry ? one.entry.sso : entry.sso,
  });
  return valuesOf({ ...entry, ...expected }) === valuesOf(entry);
}

type Values = Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'sso'>;

/** With the groups that are fixed one by one. */
function withGroups(before: readonly string[], effects: readonly FixEffect[]): readonly string[] {
  const groups = [...before];
  for (const { group } of effects) if (group) groups[group.index] = group.text;
  return groups;
}

function withEffect(values: Values, { arn, username, groups, ssoAccountId }: FixEffect): Values {
  return {
    arn: arn ?? values.arn,
    username: username ?? values.username,
    groups: groups ?? values.groups,
    sso: values.sso && ssoAccountId !== undefined ? { ...values.sso, accountID: ssoAccountId } : values.sso,
  };
}

/** Characters shown in front of and behind the first one that differs. */
const BEFORE = 20;
const SHOWN = 60;

/** Where two texts part, in words: `at character 41 it is "…" instead of "…"`; a text may be missing. */
export function differenceOf(found: string | undefined, expected: string | undefined): string {
  if (found === undefined || expected === undefined)
    return found === undefined ? 'it is missing' : 'it should not be there';
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const excerpt = (text: string) => quoted(text.slice(Math.max(0, at - BEFORE), at + SHOWN));
  return `at character ${at + 1} it is ${excerpt(found)} instead of ${excerpt(expected)}`;
}
