import fc, { type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { groupBy } from '../../src/group-by.ts';
import { COLUMNS, columnText } from '../../src/page/columns.ts';
import type { PageRows } from '../../src/page/decode.ts';
import { FACETS } from '../../src/page/facets.ts';
import { folded, Selector, searchWords, wellFormed } from '../../src/page/selection.ts';
import { type View, WHOLE_VIEW } from '../../src/page/view.ts';
import { runs } from '../runs.ts';
import { pageRowsOf, people } from './made-rows.ts';
import { anyView, smallPage } from './small-page.ts';

/** A view whose filters and words are mostly those of the page. */
const pageAndView = smallPage.chain((rows) => {
  const selector = new Selector(rows);
  const values = FACETS.flatMap(({ key }) =>
    [...new Set(selector.values(key).flat())].map((value) => ({ key, value })),
  );
  const cells = COLUMNS.flatMap((column) =>
    Array.from({ length: rows.count }, (_, row) => columnText(column, rows, rows.index(row, column.table))),
  );
  const words = cells.filter((text) => text !== '').map((text) => text.slice(0, 3).toUpperCase());
  const filters = some(values).map((chosen): View['filters'] =>
    Object.fromEntries(
      [...groupBy(chosen, ({ key }) => key)].map(([key, all]) => [key, all.map(({ value }) => value)]),
    ),
  );
  const search = fc.oneof(
    fc.constant(''),
    some(words).map((all) => all.join(' ')),
  );
  const likely = fc.record({ filters, search }).chain((own) => anyView.map((view) => ({ ...view, ...own })));
  return fc.tuple(fc.constant(rows), fc.oneof({ weight: 4, arbitrary: likely }, anyView));
});

/** At most three of the items. */
function some<Item>(items: readonly Item[]): Arbitrary<Item[]> {
  return fc.subarray([...items], { maxLength: Math.min(3, items.length) });
}

test('a view has the rows that a look at each row finds, in the order that a plain sort has', () => {
  fc.assert(
    fc.property(pageAndView, ([rows, view]) => {
      expect([...new Selector(rows).select(view)]).toEqual(naiveSelection(rows, view));
    }),
    runs(1_000),
  );
});

test('a menu counts the rows that choosing a value alone leaves', () => {
  fc.assert(
    fc.property(pageAndView, ([rows, view]) => {
      const selector = new Selector(rows);
      for (const { key } of FACETS) {
        const counts = selector.counts(key, view);
        for (const value of new Set(selector.values(key).flat())) {
          const left = selector.select({ ...view, filters: { ...view.filters, [key]: [value] } });
          expect(counts.get(value) ?? 0, `${key} ${value}`).toBe(left.length);
        }
      }
    }),
    runs(500),
  );
});

test('a filter is offered if it can tell rows apart', () => {
  fc.assert(
    fc.property(smallPage, (rows) => {
      const selector = new Selector(rows);
      for (const { key } of FACETS) {
        const values = [...new Set(selector.values(key).flat())];
        const left = values.map(
          (value) => selector.select({ ...WHOLE_VIEW, filters: { [key]: [value] } }).length,
        );
        const tells = left.some((count) => count > 0 && count < rows.count);
        if (tells) expect(selector.hasChoice(key), key).toBe(true);
        if (values.length === 0) expect(selector.hasChoice(key), key).toBe(false);
      }
    }),
    runs(300),
  );
});

test('a pasted text of 50,000 words is searched for like any other', () => {
  const selector = new Selector(pageRowsOf([...people(3)]));
  const words = Array.from({ length: 50_000 }, (_, index) => `word-${index}`).join(' ');
  const select = (search: string) => [...selector.select({ ...WHOLE_VIEW, search })];
  const start = performance.now();
  expect(select(`alice ${words}`)).toEqual([]);
  // Comparing each word with each other would take minutes.
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(select('person-1 person person-1@example.com')).toEqual([1]);
});

test('a search finds what rows show and what they stand for, without regard to case and accents', () => {
  fc.assert(
    fc.property(
      smallPage.filter((rows) => rows.count > 0),
      fc.nat(),
      (rows, some) => {
        const row = some % rows.count;
        const { principal, rolearn, accountId, clusterArn, groups, auditUsername, note } = rows.row(row);
        const selector = new Selector(rows);
        for (const text of [
          principal.id,
          principal.name,
          rolearn,
          accountId,
          clusterArn,
          auditUsername,
          note,
          ...groups,
        ]) {
          for (const search of [text ?? '', (text ?? '').toUpperCase(), ` ${text ?? ''}\t`])
            expect([...selector.select({ ...WHOLE_VIEW, search })], search).toContain(row);
        }
      },
    ),
    runs(500),
  );
});

function naiveSelection(rows: PageRows, { search, filters, sort }: View): number[] {
  const all = Array.from({ length: rows.count }, (_, row) => row);
  const found = all.filter((row) => {
    const isFiltered = FACETS.every(({ key, table, values }) => {
      const wanted = (filters[key] ?? []).map(wellFormed);
      const own = values(rows, rows.index(row, table)).map(wellFormed);
      return wanted.length === 0 || own.some((value) => wanted.includes(value));
    });
    const { principal, accountId, clusterArn, rolearn, username, note, routes } = rows.row(row);
    const texts = [
      ...COLUMNS.map((column) => columnText(column, rows, rows.index(row, column.table))),
      ...[principal.id, accountId, clusterArn ?? '', rolearn, username, note],
      ...routes.map(({ text, through }) => `${text} ${through}`),
    ].map(folded);
    return isFiltered && searchWords(search).every((word) => texts.some((text) => text.includes(word)));
  });
  const column = COLUMNS.find(({ key }) => key === sort?.column);
  if (!sort || !column) return found;
  const textOf = (row: number) => columnText(column, rows, rows.index(row, column.table));
  const compare = (one: number, other: number) =>
    naiveOrder(textOf(one), textOf(other)) * (sort.descending ? -1 : 1);
  const withText = found.filter((row) => textOf(row) !== '');
  return [...withText.toSorted(compare), ...found.filter((row) => textOf(row) === '')];
}

/** Piece by piece: numbers by their size, before anything else; then exactly. */
function naiveOrder(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => folded(text).match(/\d+|\D/gu) ?? []);
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const [a = '', b = ''] = [left?.[index], right?.[index]];
    const areNumbers = /^\d/.test(a) && /^\d/.test(b);
    if (areNumbers && BigInt(a) !== BigInt(b)) return BigInt(a) < BigInt(b) ? -1 : 1;
    if (areNumbers || a === b) continue;
    const [first, second] = [a, b].map((piece) => (/^\d/.test(piece) ? '0' : piece));
    if (first !== second) return (first ?? '') < (second ?? '') ? -1 : 1;
  }
  return one < other ? -1 : Number(one > other);
}
