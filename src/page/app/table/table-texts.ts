import type { PageData } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { FACETS, valueLabel } from '../facets.ts';
import type { View } from '../view.ts';

/** Search and filters in words: `Search: alice`, `Account: prod (111122223333) or dev (444455556666)` */
export function filterTexts(
  rows: PageRows,
  { search, filters }: Pick<View, 'search' | 'filters'>,
): readonly string[] {
  const chosen = FACETS.flatMap(({ key, label }) => {
    const values = (filters[key] ?? []).map((value) => valueLabel(rows, key, value));
    return values.length === 0 ? [] : [`${label}: ${values.join(' or ')}`];
  });
  return search.trim() === '' ? chosen : [`Search: ${search.trim()}`, ...chosen];
}

/** When the rows were read, for a sheet of paper. */
export function originText({ asOf, version }: Pick<PageData, 'asOf' | 'version'>): string {
  const read =
    asOf === null
      ? "AWS wasn't read"
      : `as of ${asOf.replace('T', ' ').replace(/(:\d\d)(?:\.\d+)?Z$/, '$1 UTC')}`;
  return `${read} · aws-auth-sso ${version}`;
}
