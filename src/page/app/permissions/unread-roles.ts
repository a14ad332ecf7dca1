import { listed } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import { element } from '../dom.ts';
import { PEOPLE_UNKNOWN } from '../facet-labels.ts';
import { reasonValue } from '../facets.ts';
import { placeText } from './answer-words.ts';

/** Roles that are named. */
const MOST_NAMED = 5;

/** Reasons of roles that anyone in Identity Center might have. */
const OPEN: readonly (string | null)[] = [PEOPLE_UNKNOWN, 'account-access'];

/** Roles with access whose people aren't known, as text; empty without any. */
function unreadRolesText(rows: PageRows): string {
  const isOpen = rows.data.tables.grants.map((_, grant) => OPEN.includes(reasonValue(rows, grant)));
  const entries = new Set<number>();
  for (let row = 0; row < rows.count; row += 1)
    if (isOpen[rows.index(row, 'grants')] && !rows.isEarlier(row)) entries.add(rows.index(row, 'entries'));
  const places = [...new Set([...entries].map((entry) => placeText(rows, entry)))];
  return places.length === 0 ? '' : listed(places, MOST_NAMED);
}

/** Says which other roles a person might have. */
export function unreadRolesNote(rows: PageRows): HTMLElement | null {
  const text = unreadRolesText(rows);
  if (text === '') return null;
  return element(
    'p',
    { class: 'notice warn' },
    "Who has these roles wasn't read, so they might have them, too: ",
    element('span', { class: 'name' }, `${text}.`),
  );
}
