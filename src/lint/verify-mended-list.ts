import type { LoadedEntry } from '../authenticator/loaded.ts';
import { bug } from '../errors.ts';
import { printable } from '../text.ts';
import type { Mend, MendEffect } from './rule.ts';
import type { LintSubject, LoadedList } from './subject.ts';

/**
 * Compares the items of a list before and after, one by one.
 * @throws Failure (exit 4) where one would load differently than planned
 */
export function requireMendedList(before: LoadedList, after: LintSubject, mends: readonly Mend[]): void {
  const items = before.loaded.list?.items;
  // Of a text that was void, there is nothing to compare with.
  if (!items) return;
  const now = after.lists.find(({ key }) => key === before.key);
  const removed = new Set(
    mends.flatMap((mend) => (mend.kind === 'remove' && mend.map === before.key ? [mend.index] : [])),
  );
  if (!now?.loaded.list || now.loaded.list.items.length !== items.length - removed.size)
    throw bug(
      `${before.key} in the result has ${now?.loaded.list?.items.length ?? 0} items instead of ${items.length - removed.size}`,
    );
  const effects = effectsOf(before, mends);
  const [old, current] = [itemsOf(before), itemsOf(now)];
  let position = 0;
  for (const index of items.keys()) {
    if (removed.has(index)) continue;
    const effect = effects.get(index);
    const [one, other] = [old.get(index) ?? NOTHING, current.get(position) ?? NOTHING];
    const isAsPlanned = effect ? isMended(one, other, effect) : isSame(one, other);
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

function effectsOf({ key }: LoadedList, mends: readonly Mend[]): Map<number, MendEffect[]> {
  const effects = new Map<number, MendEffect[]>();
  for (const mend of mends) {
    if (mend.kind !== 'edit' || mend.map !== key || mend.index === null) continue;
    const others = effects.get(mend.index);
    if (others) others.push(mend.effect);
    else effects.set(mend.index, [mend.effect]);
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
function isMended(one: Item, other: Item, effects: readonly MendEffect[]): boolean {
  const { entry } = other;
  if (other.codes.length > one.codes.length) return false;
  // An item with several mistakes may still be dropped for another.
  if (!entry) return one.entry === null && !effects.some(({ arn }) => arn !== undefined);
  const groups = one.entry ? one.entry.groups : entry.groups;
  const expected = effects.reduce(mended, {
    arn: one.entry?.arn ?? entry.arn,
    username: one.entry?.username ?? entry.username,
    groups: groups && withGroups(groups, effects),
    sso: one.entry ? one.entry.sso : entry.sso,
  });
  return valuesOf({ ...entry, ...expected }) === valuesOf(entry);
}

type Values = Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'sso'>;

/** With the groups that are mended one by one. */
function withGroups(before: readonly string[], effects: readonly MendEffect[]): readonly string[] {
  const groups = [...before];
  for (const { group } of effects) if (group) groups[group.index] = group.text;
  return groups;
}

function mended(values: Values, { arn, username, groups, ssoAccountId }: MendEffect): Values {
  return {
    arn: arn ?? values.arn,
    username: username ?? values.username,
    groups: groups ?? values.groups,
    sso: values.sso && ssoAccountId !== undefined ? { ...values.sso, accountID: ssoAccountId } : values.sso,
  };
}
