import { editBlockList, editFlowList, type ItemChange } from '../configmap/edit-list.ts';
import { flowListLayout } from '../configmap/render.ts';
import { spliceMapRoles } from '../configmap/splice.ts';
import { bug } from '../errors.ts';
import { applyEdits, type Edit, sortEdits } from '../yaml/edit.ts';
import { lineBreakOf } from '../yaml/lines.ts';
import type { LintDocument } from './lint-document.ts';
import { MAP_KEYS, type MapKey, type Mend } from './rule.ts';
import type { LintSubject } from './subject.ts';

/** Carries mends out; every byte that need not change stays. Returns the new text of the file. */
export function applyMends(subject: LintSubject, mends: readonly Mend[]): string {
  const { document } = subject;
  const edits = MAP_KEYS.flatMap((key) => spliceText(document, key, textEdits(subject, key, mends)));
  const renames = mends.flatMap((mend) => (mend.kind === 'key' ? [mend.edit] : []));
  const text = applyEdits(document.source, sortEdits([...edits, ...renames]));
  if (text === undefined) throw bug('the edits of the file overlap');
  return text;
}

/** What mends change in the text of a key. */
export function textEdits(subject: LintSubject, key: MapKey, mends: readonly Mend[]): Edit[] {
  const edits = mends.flatMap((mend) => (mend.kind === 'edit' && mend.map === key ? [mend.edit] : []));
  const removed = mends.flatMap((mend) => (mend.kind === 'remove' && mend.map === key ? [mend.index] : []));
  return removed.length > 0 ? [...edits, ...removals(subject, key, new Set(removed))] : edits;
}

function removals({ lists }: LintSubject, key: MapKey, removed: ReadonlySet<number>): Edit[] {
  const found = lists.find((one) => one.key === key);
  const list = found?.loaded.list;
  if (!found || !list) return [];
  const items = list.items.map((_, index): ItemChange => ({ kind: removed.has(index) ? 'remove' : 'keep' }));
  const changes = { items, inserted: new Map<number, readonly string[]>() };
  return list.flow
    ? editFlowList(found.text, list, changes, flowListLayout(found.text, list, ', ').separator)
    : editBlockList(found.text, list, changes, lineBreakOf(found.text));
}

/** The splice of mapRoles serves every key: to it, the key under edit is mapRoles. */
function spliceText(document: LintDocument, key: MapKey, edits: readonly Edit[]): Edit[] {
  const text = document.texts[key];
  if (edits.length === 0 || !text) return [];
  const { file, source, configMap, locationOf } = document;
  const asMapRoles = {
    file,
    source,
    configMap: configMap && { ...configMap, mapRoles: text.pair ?? undefined },
    mapRoles: text.embedded,
    mapUsers: null,
    mapAccounts: null,
    others: [],
    locationOf,
  };
  return spliceMapRoles(asMapRoles, edits, false);
}
