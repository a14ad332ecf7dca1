import { memo } from '../../memo.ts';
import type { Change } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { personValue } from './person-value.ts';

/** One principal's access in both runs. */
interface Seen {
  hadAccess: boolean;
  hasAccess: boolean;
  isChanged: boolean;
}

/**
 * The people, groups and IAM callers whose access to any cluster is new, gone or changed since the earlier run, by their
 * value in the facet `person`. New: had no access to any cluster. Gone: has none now. A row that can't be compared counts
 * as access that was there before, so nobody is called new because of it.
 */
export const changedPeople = memo((rows: PageRows): ReadonlyMap<string, Change['kind']> => {
  const { principals, changes } = rows.data.tables;
  const seen = new Map<string, Seen>();
  const ofPrincipal = principals.map((principal) => {
    const value = personValue(principal);
    const known = seen.get(value) ?? { hadAccess: false, hasAccess: false, isChanged: false };
    seen.set(value, known);
    return known;
  });
  const access = rows.data.tables.grants.map((grant) => grant.access !== 'none');
  for (let row = 0; row < rows.count; row += 1) {
    const person = ofPrincipal[rows.index(row, 'principals')];
    if (!person) continue;
    const kind = changes[rows.index(row, 'changes')]?.kind ?? null;
    const hasNow = !rows.isEarlier(row) && (access[rows.index(row, 'grants')] ?? false);
    person.hasAccess ||= hasNow;
    person.hadAccess ||= kind === 'gone' || (hasNow && kind !== 'new');
    person.isChanged ||= kind !== null;
  }
  const people = [...seen].filter(([, { isChanged }]) => isChanged);
  return new Map(people.map(([value, person]) => [value, kindOf(person)]));
});

function kindOf({ hadAccess, hasAccess }: Seen): Change['kind'] {
  if (!hadAccess && hasAccess) return 'new';
  return hadAccess && !hasAccess ? 'gone' : 'changed';
}
