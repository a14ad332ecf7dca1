import { isAccountId } from '../arn.ts';
import { diagnoseArn } from '../aws-auth/diagnose-arn.ts';
import { editList, emptyList, removalOf } from '../aws-auth/edit-list.ts';
import { spliceText } from '../aws-auth/file-edits.ts';
import { describeGrant, type LoadedEntry } from '../aws-auth/loaded.ts';
import { isDenied } from '../aws-auth/resolve-caller.ts';
import { bug } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { MAP_KEYS, type MapKey } from '../map-entry.ts';
import { callerKey } from '../same-arn.ts';
import { printable, quoted } from '../text.ts';
import { digest } from '../yaml/digest.ts';
import { applyEdits, type Edit, keepFinalBreakMissing, sortEdits } from '../yaml/edit.ts';
import { readManifests } from '../yaml/manifests.ts';
import type { CheckContext, LoadedList } from './context.ts';
import type { Fix, FixEffect } from './rule.ts';
import { supersededEntries } from './rules/superseded-entry.ts';

/**
 * Compares a fixed file, parsed again from scratch, with the effects that the fixes promise.
 * @throws Failure (exit 4) if anything else changed, or something didn't change as planned
 */
export function verifyFixes(
  before: CheckContext,
  after: CheckContext,
  fixes: readonly Fix[],
  access: boolean,
): void {
  const renames = new Map(fixes.flatMap((fix) => (fix.kind === 'rename' ? [[fix.edit.start, fix.map]] : [])));
  for (const key of MAP_KEYS)
    requireEqual(after.document?.[key]?.text, expectedText(before, key, fixes), `${key} in the result`);
  requireSameManifest(before, after, fixes, renames);
  for (const list of before.lists) requireFixedList(list, after, fixes);
  if (![...renames.values()].includes('mapAccounts')) {
    const [old, now] = [before, after].map(({ awsAuth }) =>
      JSON.stringify([awsAuth?.mapAccounts.entries, awsAuth?.mapAccounts.errors.map(({ code }) => code)]),
    );
    requireEqual(now, old, 'mapAccounts as it loads');
  }
  // A removal never changes access, even with `access`.
  if (!access || fixes.every(({ kind }) => kind === 'remove')) requireSameResolution(before, after);
}

/** The key's old text with its edits. For a renamed key: the misspelled key's text. */
function expectedText(before: CheckContext, key: MapKey, fixes: readonly Fix[]): string | undefined {
  const { document } = before;
  const rename = fixes.find((fix) => fix.kind === 'rename' && fix.map === key);
  if (rename?.kind === 'rename') {
    const pair = document?.data.find(({ key: own }) => own.contentStart === rename.edit.start);
    return pair?.value.kind === 'scalar' ? pair.value.text : undefined;
  }
  const text = document?.[key]?.text;
  if (text === undefined) return undefined;
  return applyEdits(text, keepFinalBreakMissing(text, textEdits(before, key, fixes)));
}

/** Compares the file except for the texts that change. `renames`: new keys by the start of the old key. */
function requireSameManifest(
  before: CheckContext,
  after: CheckContext,
  fixes: readonly Fix[],
  renames: ReadonlyMap<number, MapKey>,
): void {
  if (!before.document?.configMap) return;
  const changed = new Set(
    MAP_KEYS.filter((key) => fixes.some(({ map }) => map === key) || removedFrom(key, fixes).size > 0),
  );
  const startsIn = ({ document }: CheckContext) =>
    [...changed].flatMap((key): [number, MapKey][] => {
      const pair = document?.[key]?.pair;
      return pair ? [[pair.key.contentStart, key]] : [];
    });
  const rest = ({ document }: CheckContext, names: ReadonlyMap<number, MapKey>) =>
    digest(readManifests(document?.source ?? ''), names);
  requireEqual(
    rest(after, new Map(startsIn(after))),
    rest(before, new Map([...renames, ...startsIn(before)])),
    'the manifest around the entries',
  );
}

function requireEqual(found: string | undefined, expected: string | undefined, what: string): void {
  if (found !== expected) throw bug(`${what} isn't as planned: ${differenceOf(found, expected)}`);
}

/** Safe fixes don't change the identity of any caller: a removed entry's is that of an access entry. */
function requireSameResolution(before: CheckContext, after: CheckContext): void {
  const [old, now] = [resolve(before), resolve(after)];
  const removable = new Set(
    supersededEntries(before).flatMap(({ entry, keptBecause, readTime }) =>
      keptBecause === null && !readTime.isOld ? callerKey(entry.arn) : [],
    ),
  );
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    if (was?.names !== is?.names && !(is === undefined && removable.has(key)))
      throw bug(
        `the authenticator would resolve ${printable(key)} to ${is?.names ?? 'nobody'} instead of ${was?.names ?? 'nobody'}`,
      );
  }
}

/**
 * The identity that the authenticator assigns to each ARN, keyed by the lower-case ARN: `username "…", groups […]`; all
 * candidates if ARNs differ only in case; empty if access is denied. The authenticator asks mapRoles first, then
 * mapUsers (its server.go and mapper/configmap); `sso:` entries are inert on EKS.
 */
function resolve({
  entries,
}: CheckContext): ReadonlyMap<string, { readonly arn: string; readonly names: string }> {
  const effective = entries.filter(({ sso, shadowed }) => !sso && !shadowed);
  return new Map(
    [...groupBy(effective, ({ arn }) => callerKey(arn))].map(([key, all]) => {
      const rivals = all.filter(({ map }) => map === all[0]?.map);
      const names = rivals.filter((entry) => !isDenied(entry)).map((entry) => describeGrant(entry));
      return [key, { arn: rivals[0]?.arn ?? '', names: [...new Set(names.toSorted())].join(', or ') }];
    }),
  );
}

/** One line per ARN or account that gained access through a fix, or has it under other names. */
export function nowEffective(before: CheckContext, after: CheckContext): string[] {
  const old = resolve(before);
  const own = after.options.inventory?.partition;
  const byAccessEntry = new Set([...after.overriddenByAccessEntry.keys()].map(({ arn }) => callerKey(arn)));
  const canCall = (arn: string) =>
    diagnoseArn(arn) === null && (own === undefined || callerKey(arn).split(':', 2)[1] === own);
  const entries = [...resolve(after)].filter(
    ([key, { arn, names }]) =>
      names !== (old.get(key)?.names ?? '') && names !== '' && canCall(arn) && !byAccessEntry.has(key),
  );
  const oldAccounts = new Set(before.awsAuth?.mapAccounts.entries);
  const isNew = (account: string) => isAccountId(account) && !oldAccounts.has(account);
  const accounts = new Set(after.awsAuth?.mapAccounts.entries.filter(isNew));
  return [
    ...entries.map(([, { arn, names }]) => `now effective: ${printable(arn)}, ${names}`),
    ...[...accounts].map((account) => `now effective: everyone in account ${printable(account)}`),
  ];
}

/**
 * Compares a list before and after, item by item.
 * @throws Failure (exit 4) if an item would load differently than planned
 */
function requireFixedList(before: LoadedList, after: CheckContext, fixes: readonly Fix[]): void {
  const { key, items, loaded } = before;
  // An unparsable text had no items to compare.
  if (!loaded.list) return;
  const own = fixes.filter(({ map }) => map === key);
  const removed = removedFrom(key, fixes);
  const kept = [...items.keys()].filter((index) => !removed.has(index));
  const now = after.list(key);
  if (now?.items.length !== kept.length)
    throw bug(`${key} in the result has ${now?.items.length ?? 0} items instead of ${kept.length}`);
  const edits = groupBy(
    own.filter((fix) => fix.kind === 'edit'),
    ({ index }) => index,
  );
  const [oldItem, newItem] = [itemsOf(before), itemsOf(now)];
  for (const [position, index] of kept.entries()) {
    const [was, is] = [oldItem(index), newItem(position)];
    const effects = edits.get(index)?.map(({ effect }) => effect);
    if (!(effects ? isAsStated(was, is, effects) : describe(was) === describe(is)))
      throw bug(
        `item ${index + 1} of ${key} would load differently than planned: ${describe(is)}, previously ${describe(was)}`,
      );
  }
}

interface Item {
  readonly entry: LoadedEntry | undefined;
  readonly codes: readonly string[];
}

function itemsOf(list: LoadedList): (index: number) => Item {
  const errors = groupBy(list.loaded.errors, ({ index }) => index);
  return (index) => ({
    entry: list.entryAt(index),
    codes: errors.get(index)?.map(({ code }) => code) ?? [],
  });
}

function describe({ entry, codes }: Item): string {
  const lost = codes.length > 0 ? ` with ${codes.join(', ')}` : '';
  return `${entry ? printable(valuesOf(entry)) : 'no entry'}${lost}`;
}

type Values = Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'sso'>;

function valuesOf({ arn, username, groups, sso }: Values): string {
  return JSON.stringify([arn, username, groups, sso]);
}

/** True if the planned effects hold and no more values are lost. A dropped item may have become an entry. */
function isAsStated(was: Item, is: Item, effects: readonly FixEffect[]): boolean {
  const { entry } = is;
  if (is.codes.length > was.codes.length) return false;
  // An item with several mistakes may still be dropped because of another one.
  if (!entry) return !was.entry && !effects.some(({ arn }) => arn !== undefined);
  const base = was.entry ?? entry;
  const groups = base.groups && [...base.groups];
  for (const { group } of effects) if (group && groups) groups[group.index] = group.text;
  return valuesOf(effects.reduce(withEffect, { ...base, groups })) === valuesOf(entry);
}

function withEffect(values: Values, { arn, username, groups }: FixEffect): Values {
  return {
    arn: arn ?? values.arn,
    username: username ?? values.username,
    groups: groups ?? values.groups,
    sso: values.sso,
  };
}

/** The indexes of the items that fixes remove from a key's list. */
function removedFrom(key: MapKey, fixes: readonly Fix[]): ReadonlySet<number> {
  const places = fixes.flatMap((fix) => (fix.kind === 'remove' ? [fix, ...(fix.others ?? [])] : []));
  return new Set(places.flatMap(({ map, index }) => (map === key ? [index] : [])));
}

/** Characters shown before and after the first difference. */
const BEFORE = 20;
const SHOWN = 60;

/** The first difference of two texts: `at character 41 it is "…" instead of "…"`; either text may be missing. */
function differenceOf(found: string | undefined, expected: string | undefined): string {
  if (found === undefined || expected === undefined)
    return found === undefined ? 'it is missing' : "it shouldn't be there";
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const excerpt = (text: string) => quoted(text.slice(Math.max(0, at - BEFORE), at + SHOWN));
  return `at character ${at + 1} it is ${excerpt(found)} instead of ${excerpt(expected)}`;
}

/** The fixes' edits of the file, in file order; all other bytes stay. */
export function editsOf(context: CheckContext, fixes: readonly Fix[]): Edit[] {
  const { document } = context;
  const edits = MAP_KEYS.flatMap((key) =>
    document ? spliceText(document, key, textEdits(context, key, fixes)) : [],
  );
  const renames = fixes.flatMap((fix) => (fix.kind === 'rename' ? [fix.edit] : []));
  return sortEdits([...edits, ...renames]);
}

/** The fixes' edits of a key's text. */
function textEdits({ lists }: CheckContext, key: MapKey, fixes: readonly Fix[]): Edit[] {
  const own = fixes.filter(({ map }) => map === key);
  const edits = own.flatMap((fix) => (fix.kind === 'edit' ? [fix.edit] : []));
  const removed = removedFrom(key, fixes);
  const { text = '', loaded } = lists.find((one) => one.key === key) ?? {};
  if (!loaded?.list || removed.size === 0) return edits;
  const { list } = loaded;
  const isEmptied = removed.size === list.items.length && !list.flow;
  return [
    ...edits,
    ...(isEmptied ? [emptyList(text, list)] : []),
    ...editList(text, list, removalOf(list, removed)),
  ];
}
