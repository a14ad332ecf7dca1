import { memo, once } from '../../memo.ts';
import { type PageRows, personValue } from '../decode.ts';
import { isListedGroup, valueLabel } from '../facets.ts';
import { accountTextIn, clusterName, placeName } from '../names.ts';
import { Selector } from '../selection.ts';
import type { View } from '../view.ts';

export type Filters = View['filters'];

/** Rows, and the view that shows these and no others. */
export interface Selected {
  readonly filters: Filters;
  readonly rows: Uint32Array;
}

/** Distinct things in rows. */
export interface Counted extends Selected {
  readonly number: number;
  /** The first of the things. */
  readonly names: readonly string[];
}

/**
 * Principals (type and ID); the callers among them: without groups whose members are listed, who would count twice; or
 * entries, and places that couldn't be read.
 */
export type CountUnit = 'principals' | 'callers' | 'entries';

/** Names that a line of the summary shows at most. */
const MOST_NAMES = 50;

/** Counts what the page's links show: the selector finds the rows, here as in the browser. */
export class Counter {
  readonly rows: PageRows;
  readonly selector: Selector;

  constructor(rows: PageRows) {
    this.rows = rows;
    this.selector = new Selector(rows);
  }

  /** For each principal, true for a group whose members have rows. */
  private readonly listed = once(() =>
    this.rows.data.tables.principals.map((_, index) => isListedGroup(this.rows, index)),
  );

  /** @param within the rows to look at; all by default */
  select(wanted: Filters, within?: Selected): Selected {
    const rows = this.selector.select({ search: '', filters: wanted, sort: null }, within?.rows);
    return { rows, filters: { ...within?.filters, ...wanted } };
  }

  count(unit: CountUnit, wanted: Filters, within?: Selected): Counted {
    const { rows } = this;
    let selected = this.select(wanted, within);
    const isListed = (row: number) => this.listed()[rows.index(row, 'principals')];
    if (unit === 'callers' && selected.rows.some(isListed))
      selected = {
        filters: { ...selected.filters, listed: ['no'] },
        rows: selected.rows.filter((row) => !isListed(row)),
      };
    const table = unit === 'entries' ? 'entries' : 'principals';
    const keys = this.keys(unit);
    const first = new Map<string, number>();
    const seen = new Uint8Array(keys.length);
    for (const row of selected.rows) {
      const item = rows.index(row, table);
      if (seen[item] === 1) continue;
      seen[item] = 1;
      const key = keys[item] ?? '';
      if (!first.has(key)) first.set(key, row);
    }
    const shown = [...first.values()].slice(0, MOST_NAMES);
    const names = shown.map((row) => (table === 'entries' ? this.entryName(row) : this.principalName(row)));
    return { ...selected, number: first.size, names };
  }

  /** For each item of the table that a unit counts, a key: items with the same one are the same thing. */
  private readonly keys = memo((unit: CountUnit): readonly string[] => {
    const { principals, entries } = this.rows.data.tables;
    if (unit === 'entries')
      return entries.map(({ cluster, clusterArn, accountId, unread, source, rolearn, username, groups }) =>
        JSON.stringify([cluster, clusterArn, accountId, unread?.region, source, rolearn, username, groups]),
      );
    return principals.map(({ type, id }) => `${type} ${id}`);
  });

  private principalName(row: number): string {
    const principal = this.rows.principal(this.rows.index(row, 'principals'));
    const entry = this.rows.entry(this.rows.index(row, 'entries'));
    // Without people, the row has the role.
    if (principal.type === 'IAM_ROLE' && entry.permissionSet !== null) return this.entryName(row);
    return valueLabel(this.rows, 'person', personValue(principal));
  }

  /** `Ops in acme-prod, prod-eu`, `any cluster in acme-legacy eu-west-1` */
  private entryName(row: number): string {
    const entry = this.rows.entry(this.rows.index(row, 'entries'));
    if (entry.unread) return placeName(this.rows, entry);
    const { permissionSet, rolearn, cluster, clusterArn } = entry;
    const what = permissionSet ?? rolearn.slice(rolearn.lastIndexOf('/') + 1);
    const where =
      this.rows.data.clusters.length > 1 && cluster !== null
        ? `, ${clusterName(this.rows, cluster, clusterArn)}`
        : '';
    return `${what} in ${accountTextIn(this.rows)(entry)}${where}`;
  }
}
