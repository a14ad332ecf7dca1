import { countBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import { ROW_TABLES, type RowTable } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { FACETS, type FacetKey } from '../facets.ts';
import { personValue } from '../person-value.ts';
import type { Selector } from '../selection.ts';
import type { View } from '../view.ts';

/** A number: things of a kind among the rows that pass the filters. */
export interface CountDefinition {
  readonly unit: Unit;
  readonly filters: View['filters'];
}

/**
 * Rows; distinct principals (type and ID), or the callers among them: without the groups whose members are listed, who
 * would be counted twice; distinct persons, groups and IAM callers of two runs (by name: an ID may be new); distinct
 * entries (cluster, source, ARN, username and groups); or distinct places that couldn't be read (account, region and
 * cluster).
 */
type Unit = 'rows' | 'principals' | 'callers' | 'persons' | 'entries' | 'unread';

export interface Count extends CountDefinition {
  readonly number: number;
  readonly rows: number;
  /** The number of principals of each type; none with 0. */
  readonly kinds: ReadonlyMap<PrincipalType, number>;
  /** The number of groups whose members aren't listed. */
  readonly unlisted: number;
}

export type PrincipalType = PageRows['data']['tables']['principals'][number]['type'];

/**
 * Counts everything in one pass over the rows. Each item of a shared table has a bit for each definition whose filters it
 * passes; a row counts where all of its items have the bit.
 */
export function countAll(
  rows: PageRows,
  selector: Pick<Selector, 'values'>,
  definitions: readonly CountDefinition[],
): Count[] {
  const words = Math.max(1, Math.ceil(definitions.length / 32));
  const passes = filteredTables(definitions).map((table) => ({
    column: rows.columns[table],
    bits: bitsOf(rows, selector, definitions, table, words),
  }));
  const units = unitsOf(rows);
  const found = definitions.map(({ unit }) => new Found(units(unit)));
  for (let row = 0; row < rows.count; row += 1) {
    for (let word = 0; word < words; word += 1) {
      let bits = -1;
      for (const { column, bits: own } of passes) bits &= own[(column[row] ?? 0) * words + word] ?? 0;
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        found[word * 32 + bit]?.add(row);
        bits &= bits - 1;
      }
    }
  }
  return definitions.map((definition, index) => ({ ...definition, ...resultOf(rows, found[index]) }));
}

/** The tables that any filter looks at. */
function filteredTables(definitions: readonly CountDefinition[]): readonly RowTable[] {
  const used = new Set(definitions.flatMap(({ filters }) => Object.keys(filters)));
  return ROW_TABLES.filter((table) => FACETS.some((facet) => facet.table === table && used.has(facet.key)));
}

/** For each item of a table, the definitions whose filters on that table it passes: a bit each. */
function bitsOf(
  rows: PageRows,
  selector: Pick<Selector, 'values'>,
  definitions: readonly CountDefinition[],
  table: RowTable,
  words: number,
): Int32Array {
  const bits = new Int32Array(rows.data.tables[table].length * words).fill(-1);
  for (const { key } of FACETS.filter((facet) => facet.table === table)) {
    const wanted = wantedBy(definitions, key, words);
    if (!wanted) continue;
    let at = 0;
    for (const values of selector.values(key)) {
      for (let word = 0; word < words; word += 1) {
        let own = wanted.unfiltered[word] ?? 0;
        for (const value of values) own |= wanted.byValue.get(value)?.[word] ?? 0;
        bits[at] = (bits[at] ?? 0) & own;
        at += 1;
      }
    }
  }
  return bits;
}

/** For each value of a facet, the definitions that want it; null if none filters by the facet. */
function wantedBy(definitions: readonly CountDefinition[], key: FacetKey, words: number) {
  const byValue = new Map<string, Int32Array>();
  const unfiltered = new Int32Array(words).fill(-1);
  for (const [index, { filters }] of definitions.entries()) {
    const values = filters[key] ?? [];
    const [word, bit] = [index >> 5, 1 << (index & 31)];
    if (values.length > 0) unfiltered[word] = (unfiltered[word] ?? 0) & ~bit;
    for (const value of values) {
      const bits = byValue.get(value) ?? new Int32Array(words);
      bits[word] = (bits[word] ?? 0) | bit;
      byValue.set(value, bits);
    }
  }
  return byValue.size === 0 ? null : { byValue, unfiltered };
}

/** A table whose items are counted: items with the same number are the same thing. */
interface Units {
  readonly column: Uint32Array;
  readonly numbers: Uint32Array;
  readonly table: RowTable;
  /** True for a group whose members have rows, too. */
  readonly isListed: (item: number) => boolean;
  readonly leavesOutListed: boolean;
}

function unitsOf(rows: PageRows): (unit: Unit) => Units | null {
  const { principals, entries } = rows.data.tables;
  return memo((unit: Unit): Units | null => {
    if (unit === 'rows') return null;
    const table = unit === 'entries' || unit === 'unread' ? 'entries' : 'principals';
    const keys =
      table === 'principals'
        ? principals.map((principal) =>
            unit === 'persons' ? personValue(principal) : `${principal.type} ${principal.id}`,
          )
        : entries.map(({ cluster, clusterArn, source, rolearn, username, groups, accountId, unread }) =>
            JSON.stringify(
              unit === 'entries'
                ? [cluster, clusterArn, source, rolearn, username, groups]
                : [accountId, unread?.region, cluster],
            ),
          );
    const first = new Map<string, number>();
    for (const key of keys) if (!first.has(key)) first.set(key, first.size);
    return {
      column: rows.columns[table],
      numbers: Uint32Array.from(keys, (key) => first.get(key) ?? 0),
      table,
      isListed: table === 'principals' ? listedGroups(rows) : () => false,
      leavesOutListed: unit === 'callers',
    };
  });
}

/** The rows and items found for a definition. */
class Found {
  readonly units: Units | null;
  /** Items of the counted table. */
  readonly items: Uint8Array;
  rows = 0;

  constructor(units: Units | null) {
    this.units = units;
    this.items = new Uint8Array(units?.numbers.length ?? 0);
  }

  add(row: number): void {
    this.rows += 1;
    if (this.units) this.items[this.units.column[row] ?? 0] = 1;
  }
}

function resultOf(rows: PageRows, found: Found | undefined): Omit<Count, keyof CountDefinition> {
  if (!found?.units)
    return { number: found?.rows ?? 0, rows: found?.rows ?? 0, kinds: new Map(), unlisted: 0 };
  const { numbers, table, isListed, leavesOutListed } = found.units;
  const items = new Map<number, number>();
  for (const [item, isFound] of found.items.entries()) if (isFound === 1) items.set(numbers[item] ?? 0, item);
  const all = [...items.values()];
  const kinds = countBy(table === 'principals' ? all.map((item) => rows.principal(item).type) : []);
  const listed = table === 'principals' ? all.filter(isListed).length : 0;
  return {
    number: leavesOutListed ? all.length - listed : all.length,
    rows: found.rows,
    kinds,
    unlisted: (kinds.get('GROUP') ?? 0) - listed,
  };
}

/** Without --expand, only those members have rows who have more permissions than the others. */
const listedGroups = memo((rows: PageRows): ((principal: number) => boolean) => {
  if (!rows.data.isExpanded) return () => false;
  const present = rows.columns.vias.subarray(0, rows.count - (rows.data.since?.earlierRows ?? 0));
  const names = new Set(Array.from(new Set(present), (via) => rows.via(via)));
  return (principal) => {
    const { type, name } = rows.principal(principal);
    return type === 'GROUP' && name !== null && names.has(name);
  };
});
