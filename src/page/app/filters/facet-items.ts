import { memo } from '../../../memo.ts';
import { compareStrings } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import { type FacetKey, facetOf, valueLabel } from '../facets.ts';
import { folded, searchWords, sortKey } from '../fold.ts';
import type { Choice, Selector } from '../selection.ts';

/** A value that a reader can filter by. */
export interface FacetItem {
  readonly value: string;
  readonly label: string;
  /** Rows that have it, under the search and all other filters. */
  readonly count: number;
  readonly isChosen: boolean;
}

/** Lists the values of facets for their menus. */
export class FacetItems {
  private readonly rows: PageRows;
  private readonly selector: Selector;
  /** All values of a facet in their order. */
  private readonly all = memo((key: FacetKey) => {
    const { rank = () => 0 } = facetOf(key);
    const values = [...new Set(this.selector.values(key).flat())];
    return values
      .map((value) => {
        const label = valueLabel(this.rows, key, value);
        return {
          value,
          label,
          rank: rank(value),
          sortKey: sortKey(label),
          searched: folded(`${label} ${value}`),
        };
      })
      .sort(
        (one, other) =>
          one.rank - other.rank ||
          compareStrings(one.sortKey, other.sortKey) ||
          compareStrings(one.value, other.value),
      );
  });

  constructor(rows: PageRows, selector: Selector) {
    this.rows = rows;
    this.selector = selector;
  }

  /**
   * The chosen values first, so that they can be found and cleared, then those with rows, in an order that stays the
   * same while the reader chooses. A chosen value stays even if no row has it.
   * @param search words that a value must contain
   */
  of(key: FacetKey, choice: Pick<Choice, 'search' | 'filters'>, search: string): readonly FacetItem[] {
    const counts = this.selector.counts(key, choice);
    const chosen = new Set(choice.filters[key]);
    const words = searchWords(search);
    const isFound = (searched: string) => words.every((word) => searched.includes(word));
    const known = this.all(key).flatMap(({ value, label, searched }): FacetItem[] => {
      const [count, isChosen] = [counts.get(value) ?? 0, chosen.has(value)];
      return (isChosen || count > 0) && isFound(searched) ? [{ value, label, count, isChosen }] : [];
    });
    const missing = [...chosen].flatMap((value): FacetItem[] => {
      const label = valueLabel(this.rows, key, value);
      const isMissing = !this.selector.hasValue(key, value) && isFound(folded(`${label} ${value}`));
      return isMissing ? [{ value, label, count: 0, isChosen: true }] : [];
    });
    return [...missing, ...known.filter((one) => one.isChosen), ...known.filter((one) => !one.isChosen)];
  }
}
