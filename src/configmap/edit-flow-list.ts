import type { Edit } from '../yaml/edit.ts';
import { isLineDone, lineEnd, lineStart, nextLine, skipBlanks, startsLine } from '../yaml/lines.ts';
import { flowItems, type ListItem } from '../yaml/list-items.ts';
import type { SequenceNode } from '../yaml/node.ts';
import type { ListChanges } from './list-changes.ts';

/** Carries changes out in a flow list. `separator` stands between items: a comma with the blanks or the line break behind it. */
export function editFlowList(
  text: string,
  list: SequenceNode,
  changes: ListChanges,
  separator: string,
): Edit[] {
  return editFlowItems(text, list.start + 1, flowItems(text, list), changes, separator);
}

/** The same for the items of any flow collection; `open` is the offset behind its opening bracket. */
export function editFlowItems(
  text: string,
  open: number,
  items: readonly ListItem[],
  changes: ListChanges,
  separator: string,
): Edit[] {
  const added = [...changes.inserted].flatMap(([, texts]) => texts);
  const last = changes.items.findLastIndex(({ kind }) => kind !== 'remove');
  if (last < 0) return [replaceAll(open, items, added.join(separator))];
  const edits = items.slice(0, last + 1).flatMap((item, index): Edit[] => {
    const change = changes.items[index];
    if (change?.kind === 'remove') return [removeItem(text, item)];
    return change?.kind === 'replace' ? [{ start: item.start, end: item.end, replacement: change.text }] : [];
  });
  for (const [index, texts] of changes.inserted) {
    const item = items[index];
    const goesOn = index !== last || (items.at(-1)?.comma ?? -1) >= 0;
    if (item) edits.push(...insertAfter(text, item, texts, separator, goesOn));
    else edits.push(insertBefore(items[0]?.start ?? open, texts, separator));
  }
  return [...edits, ...removeTail(text, items, last, changes.inserted.has(last))];
}

function replaceAll(open: number, items: readonly ListItem[], replacement: string): Edit {
  const [first, final] = [items[0], items.at(-1)];
  if (!first || !final) return { start: open, end: open, replacement };
  return { start: first.start, end: final.comma < 0 ? final.end : final.comma + 1, replacement };
}

/** Removes an item that others follow, with its comma; with its lines, where it has them for itself. */
function removeItem(text: string, item: ListItem): Edit {
  const end = item.comma + 1;
  const start = startsLine(text, item.start) ? lineStart(text, item.start) : 0;
  if (start > 0 && isLineDone(text, end)) return { start, end: nextLine(text, end), replacement: '' };
  return { start: item.start, end: skipBlanks(text, end), replacement: '' };
}

/** Removes all items behind the last one that stays, whose comma goes too unless it is needed; a trailing comma stays. */
function removeTail(text: string, items: readonly ListItem[], last: number, needsComma: boolean): Edit[] {
  const [kept, final] = [items[last], items.at(-1)];
  if (!kept || !final || last === items.length - 1) return [];
  if (!text.slice(kept.end, final.end).includes('#'))
    return [{ start: kept.end, end: final.end, replacement: '' }];
  const comma = { start: kept.comma, end: kept.comma + 1, replacement: '' };
  const removed = items.slice(last + 1).map((item) => {
    if (item.comma >= 0) return removeItem(text, item);
    const hasLines = startsLine(text, item.start) && isLineDone(text, item.end);
    return hasLines
      ? { start: lineStart(text, item.start), end: nextLine(text, item.end), replacement: '' }
      : { start: item.start, end: item.end, replacement: '' };
  });
  return final.comma < 0 && !needsComma ? [comma, ...removed] : removed;
}

/** In a list with a line for each item, behind the comment that may stand behind the item. `goesOn`: a comma is due at the end. */
function insertAfter(
  text: string,
  item: ListItem,
  texts: readonly string[],
  separator: string,
  goesOn: boolean,
): Edit[] {
  const indent = /[\r\n]([ \t]*)$/.exec(separator)?.[1];
  const behind = item.comma < 0 ? item.end : item.comma + 1;
  const end = lineEnd(text, behind);
  if (indent === undefined || !isLineDone(text, behind) || !text.slice(behind, end).includes('#'))
    return [{ start: item.end, end: item.end, replacement: texts.map((one) => separator + one).join('') }];
  const lines = separator.slice(1) + texts.join(separator);
  if (item.comma >= 0) return [{ start: end, end, replacement: goesOn ? `${lines},` : lines }];
  const comma = { start: item.end, end: item.end, replacement: ',' };
  return [comma, { start: end, end, replacement: lines }];
}

function insertBefore(start: number, texts: readonly string[], separator: string): Edit {
  return { start, end: start, replacement: texts.map((one) => one + separator).join('') };
}
