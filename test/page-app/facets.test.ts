import fc from 'fast-check';
import { expect, test } from 'vitest';
import { once } from '../../src/memo.ts';
import { PageRows } from '../../src/page/decode.ts';
import { FACETS, type FacetKey, valueLabel } from '../../src/page/facets.ts';
import { Selector } from '../../src/page/selection.ts';
import { type View, WHOLE_VIEW } from '../../src/page/view.ts';
import type { RowChange } from '../../src/who/since/row-change.ts';
import { runs } from '../runs.ts';
import { pageRowsOf, rowOf, SINCE } from './made-rows.ts';
import { smallPage } from './small-page.ts';
import { argvOf, pageDataOf, pageWorld, runWho } from './worlds.ts';

const worldRows = once(async () => {
  const world = pageWorld(1);
  const { stdout } = await runWho(world, [...argvOf(world, 1), '-o', 'html']);
  return new PageRows(pageDataOf(stdout));
});

async function worldSelector(): Promise<Selector> {
  return new Selector(await worldRows());
}

test.each<[FacetKey, string, string]>([
  ['person', 'USER/alice@example.com', 'alice@example.com'],
  ['person', 'GROUP/Platform', 'Platform (group)'],
  ['person', 'IAM_ROLE/arn:aws:iam::111122223333:role/ci/deploy', 'deploy (IAM role in 111122223333)'],
  ['person', 'ACCOUNT/111122223333', '111122223333 (account)'],
  ['risk', 'bind', 'may bind roles'],
  ['access', 'none', 'no access'],
  ['access', 'had', 'had access'],
  ['changed', 'gone', 'lost all access'],
  ['changed', 'became-admin', 'became admin'],
  ['kind', 'USER', 'person'],
  ['node', 'yes', 'only nodes'],
  ['everybody', 'bind', 'may bind roles'],
  ['source', 'access-entry', 'access entry'],
  ['reason', 'role-gone', "the role doesn't exist"],
  ['admin', 'route', 'can become cluster admin'],
  [
    'through',
    'bind through ClusterRole/ops cluster-wide',
    'may bind roles through ClusterRole/ops cluster-wide',
  ],
  ['account', '999999999999', '999999999999'],
])('names %s %s: %s', async (key, value, label) => {
  expect(valueLabel(await worldRows(), key, value)).toBe(label);
});

test('who has access are only people of this run, and a present row may be gone, too', () => {
  const gone: RowChange = { kind: 'gone', head: 'gone', before: [] };
  const lost: RowChange = {
    kind: 'gone',
    head: 'gone',
    before: [{ field: 'access', was: ['has access'], now: ['no access'] }],
  };
  const head = {
    since: { ...SINCE, earlierRows: 1 },
  };
  const rows = pageRowsOf([rowOf(), rowOf({ access: 'none' }), { ...rowOf(), way: null }], head, [
    null,
    lost,
    gone,
  ]);
  expect(rows.entry(rows.index(2, 'entries')).isNode, 'without an entry').toBe(false);
  const select = (filters: View['filters']) =>
    Array.from(new Selector(rows).select({ search: '', filters, sort: null }));
  expect(select({ access: ['granted'] })).toEqual([0]);
  expect(select({ access: ['none'] })).toEqual([1]);
  expect(select({ access: ['had'] })).toEqual([2]);
  expect(select({ change: ['gone'] })).toEqual([1, 2]);
  expect(new Selector(rows).select({ search: 'had access', filters: {}, sort: null })).toHaveLength(1);
});

test('names an account with its ID, since several may share a name', async () => {
  const rows = await worldRows();
  const { accountId, accountName } =
    rows.data.tables.entries.find((entry) => entry.accountName !== null) ?? {};
  expect(valueLabel(rows, 'account', accountId ?? '')).toBe(`${accountName} (${accountId})`);
});

test('a value that no page has is its own label, for every filter', async () => {
  const rows = await worldRows();
  for (const { key } of FACETS)
    for (const value of ['constructor', '__proto__', 'x<y', ''])
      expect(valueLabel(rows, key, value)).toBe(value);
});

test('a menu lists chosen values first, then people before roles, then by name', async () => {
  const selector = await worldSelector();
  const whole = selector.items('person', WHOLE_VIEW, '').map(({ value }) => value);
  const kinds = whole.map((value) => /^(?:USER|GROUP)\//.test(value));
  expect(kinds).toEqual(kinds.toSorted((one, other) => Number(other) - Number(one)));
  const last = whole.at(-1) ?? '';
  const [first] = selector.items('person', { search: '', filters: { person: [last] } }, '');
  expect(first).toMatchObject({ value: last, isChosen: true });
});

test('a menu keeps a chosen value that no row has, so that it can be cleared', async () => {
  const selector = await worldSelector();
  const filters = { person: ['USER/nobody'], access: ['none'] };
  expect(selector.items('person', { search: 'zzz', filters }, '')).toEqual([
    { value: 'USER/nobody', label: 'nobody', count: 0, isChosen: true },
  ]);
});

test('a menu has the values with rows, those that are chosen, and those that its search finds', () => {
  fc.assert(
    fc.property(smallPage, fc.constantFrom(...FACETS.map(({ key }) => key)), (page, key) => {
      const own = new Selector(page);
      const shown = own.items(key, WHOLE_VIEW, '');
      expect(new Set(shown.map(({ value }) => value))).toEqual(new Set(own.values(key).flat()));
      for (const { label, value } of shown) {
        const found = own.items(key, WHOLE_VIEW, label.toUpperCase());
        expect(found.map((one) => one.value)).toContain(value);
      }
    }),
    runs(300),
  );
});
