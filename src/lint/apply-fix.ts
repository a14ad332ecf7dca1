import { editList, removalOf } from '../configmap/edit-list.ts';
import { spliceText } from '../configmap/splice.ts';
import { MAP_KEYS, type MapKey } from '../entry.ts';
import { bug } from '../errors.ts';
import { applyEdits, type Edit, sortEdits } from '../yaml/edit.ts';
import type { LintContext } from './context.ts';
import type { Fix } from './rule.ts';

/** Carries fixes out; every byte that need not change stays. Returns the new text of the file. */
export function applyFixes(context: LintContext, fixes: readonly Fix[]): string {
  const { document } = context;
  const edits = MAP_KEYS.flatMap((key) => spliceText(document, key, textEdits(context, key, fixes)));
  const renames = fixes.flatMap((fix) => (fix.kind === 'rename' ? [fix.edit] : []));
  const text = applyEdits(document.source, sortEdits([...edits, ...renames]));
  if (text === undefined) throw bug('the edits of the file overlap');
  return text;
}

/** What fixes change in the text of a key. */
export function textEdits({ lists }: LintContext, key: MapKey, fixes: readonly Fix[]): Edit[] {
  const edits: Edit[] = [];
  const removed = new Set<number>();
  for (const fix of fixes) {
    if (fix.map !== key) continue;
    if (fix.kind === 'edit') edits.push(fix.edit);
    else if (fix.kind === 'remove') removed.add(fix.index);
  }
  const found = lists.find((one) => one.key === key);
  const list = found?.loaded.list;
  if (!found || !list || removed.size === 0) return edits;
  return [...edits, ...editList(found.text, list, removalOf(list, removed))];
}
