import { bug } from '../../errors.ts';
import { applyEdits, keepFinalBreakMissing, sortEdits } from '../../yaml/edit.ts';
import { parseYaml, type YamlNode } from '../../yaml/node.ts';
import { textEdits } from './apply-mends.ts';
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
  if (!access) requireSameArns(before, after);
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
  if (expected !== after.document.texts[key]?.embedded.text)
    throw bug(`${key} in the result is not what it should be`);
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
  if (digest(before, old) !== digest(after, now)) throw bug('the result has another manifest than the input');
}

function addKeyStart(starts: Map<number, MapKey>, { document }: LintSubject, key: MapKey): void {
  const pair = document.texts[key]?.pair;
  if (pair) starts.set(pair.key.start, key);
}

/** The documents of a file as one text; of the pairs whose keys start at `changed` only the key that they are for. */
function digest({ document }: LintSubject, changed: ReadonlyMap<number, MapKey>): string {
  const strip = (node: YamlNode): unknown => {
    if (node.kind === 'scalar') return [node.text, node.tag, node.anchor, node.style];
    if (node.kind === 'alias') return { alias: node.anchor };
    if (node.kind === 'sequence') return { items: node.items.map(strip), anchor: node.anchor };
    return node.pairs.map((pair) => changed.get(pair.key.start) ?? [strip(pair.key), strip(pair.value)]);
  };
  return JSON.stringify(parseYaml(document.source).map((root) => root && strip(root)));
}

function requireSameAccounts(before: LintSubject, after: LintSubject): void {
  const [one, other] = [before, after].map(({ accounts }) => ({
    entries: accounts?.loaded.entries,
    codes: accounts?.loaded.errors.map(({ code }) => code),
  }));
  if (JSON.stringify(one) !== JSON.stringify(other)) throw bug('mapAccounts would load differently');
}

/** What is safe lets nobody in, and locks nobody out; `sso:` entries never do. */
function requireSameArns(before: LintSubject, after: LintSubject): void {
  if (arnsOf(before) !== arnsOf(after)) throw bug('other roles would get in than before');
}

function arnsOf({ entries }: LintSubject): string {
  const arns = entries.filter(({ entry }) => !entry.sso).map(({ list, entry }) => `${list.key} ${entry.arn}`);
  return [...new Set(arns.map((arn) => arn.toLowerCase()))].toSorted().join('\n');
}
