import { readManifests } from '../configmap/document.ts';
import { bug } from '../errors.ts';
import { printable } from '../text.ts';
import { applyEdits, keepFinalBreakMissing, sortEdits } from '../yaml/edit.ts';
import type { YamlNode } from '../yaml/node.ts';
import { textEdits } from './apply-mends.ts';
import { differenceOf } from './difference.ts';
import { resolve } from './resolution.ts';
import { MAP_KEYS, type MapKey, type Mend } from './rule.ts';
import type { LintSubject } from './subject.ts';
import { requireMendedList } from './verify-mended-list.ts';

/**
 * Compares a mended file, read again from scratch, with what the mends promise.
 * @throws Failure (exit 4) where anything else has changed, or something has not changed as planned
 */
export function verifyMends(
  before: LintSubject,
  after: LintSubject,
  mends: readonly Mend[],
  access: boolean,
): void {
  const renamed = new Set(mends.flatMap((mend) => (mend.kind === 'key' ? [mend.key] : [])));
  for (const key of MAP_KEYS) requireText(before, after, key, mends, renamed.has(key));
  requireSameManifest(before, after, mends, renamed);
  for (const list of before.lists) requireMendedList(list, after, mends);
  if (!renamed.has('mapAccounts')) requireSameAccounts(before, after);
  if (!access) requireSameResolution(before, after);
}

/** Each text is the old one with its edits, whatever scalar holds it. */
function requireText(
  before: LintSubject,
  after: LintSubject,
  key: MapKey,
  mends: readonly Mend[],
  isRenamed: boolean,
): void {
  const text = before.document.texts[key]?.embedded.text;
  const edits = keepFinalBreakMissing(text ?? '', sortEdits(textEdits(before, key, mends)));
  const expected = isRenamed
    ? renamedText(before, key, mends)
    : text === undefined
      ? text
      : applyEdits(text, edits);
  requireEqual(after.document.texts[key]?.embedded.text, expected, `${key} in the result`);
}

function renamedText({ document }: LintSubject, key: MapKey, mends: readonly Mend[]): string | undefined {
  const mend = mends.find((one) => one.kind === 'key' && one.key === key);
  const pair = document.data.find((one) => mend?.kind === 'key' && one.key.start === mend.edit.start);
  return pair?.value.kind === 'scalar' ? pair.value.text : undefined;
}

/** All of the file but the texts that change. */
function requireSameManifest(
  before: LintSubject,
  after: LintSubject,
  mends: readonly Mend[],
  renamed: ReadonlySet<MapKey>,
): void {
  if (!before.document.configMap) return;
  const changed = MAP_KEYS.filter(
    (key) => renamed.has(key) || mends.some((mend) => mend.kind !== 'key' && mend.map === key),
  );
  const old = new Map<number, MapKey>();
  for (const mend of mends) if (mend.kind === 'key') old.set(mend.edit.start, mend.key);
  for (const key of changed) addKeyStart(old, before, key);
  const now = new Map<number, MapKey>();
  for (const key of changed) addKeyStart(now, after, key);
  requireEqual(digest(after, now), digest(before, old), 'the manifest around the entries');
}

function addKeyStart(starts: Map<number, MapKey>, { document }: LintSubject, key: MapKey): void {
  const pair = document.texts[key]?.pair;
  if (pair) starts.set(pair.key.start, key);
}

/** The documents of a file as one text; of the pairs whose keys start at `changed` only the key that they are for. */
function digest({ document }: LintSubject, changed: ReadonlyMap<number, MapKey>): string {
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
        const name = changed.get(key.start);
        if (name === undefined) left.push(value, key);
        else left.push(name);
      }
    }
  }
  return JSON.stringify(facts);
}

function requireSameAccounts(before: LintSubject, after: LintSubject): void {
  const [old, now] = [before, after].map(({ accounts }) =>
    JSON.stringify([accounts?.loaded.entries, accounts?.loaded.errors.map(({ code }) => code)]),
  );
  requireEqual(now, old, 'mapAccounts as it loads');
}

function requireEqual(found: string | undefined, expected: string | undefined, what: string): void {
  if (found !== expected) throw bug(`${what} is not as planned: ${differenceOf(found, expected)}`);
}

/** What is safe changes nothing about whom the authenticator takes a caller for. */
function requireSameResolution(before: LintSubject, after: LintSubject): void {
  const [old, now] = [resolve(before), resolve(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [one, other] = [old.get(key), now.get(key)];
    if (one?.names !== other?.names)
      throw bug(
        `the authenticator would take ${printable(key)} for ${other?.names ?? 'nobody'} instead of ${one?.names ?? 'nobody'}`,
      );
  }
}
