import type { PageData } from '../data.ts';
import { FACETS } from './facets.ts';
import type { View } from './view.ts';

/** `312 of 5,000 rows` */
export function countText(selected: number, all: number): string {
  const total = `${numberText(all)} ${all === 1 ? 'row' : 'rows'}`;
  return selected === all ? total : `${numberText(selected)} of ${total}`;
}

function numberText(number: number): string {
  return number.toLocaleString('en-US');
}

/** Search and filters in words: `Search: alice`, `Account: prod or dev` */
export function filterTexts({ search, filters }: Pick<View, 'search' | 'filters'>): readonly string[] {
  const chosen = FACETS.flatMap(({ key, label }) => {
    const values = filters[key] ?? [];
    return values.length === 0 ? [] : [`${label}: ${values.join(' or ')}`];
  });
  return search.trim() === '' ? chosen : [`Search: ${search.trim()}`, ...chosen];
}

/** What the page is about, for a sheet of paper: the clusters, and when they were read. */
export function originText({
  clusters,
  asOf,
  version,
}: Pick<PageData, 'clusters' | 'asOf' | 'version'>): string {
  const names = clusters.map(({ name, file }) => name ?? file?.name ?? 'a cluster');
  const shown = names.length > MOST_CLUSTERS ? `${numberText(names.length)} clusters` : names.join(', ');
  const read =
    asOf === null
      ? 'AWS was not read'
      : `AWS read ${asOf.replace('T', ' ').replace(/(:\d\d)(?:\.\d+)?Z$/, '$1 UTC')}`;
  return [shown, read, `aws-auth-sso ${version}`].filter((text) => text !== '').join(' · ');
}

const MOST_CLUSTERS = 5;
