import fc, { type Arbitrary } from 'fast-check';
import type { GrantingEntry } from '../../src/access-entry/entry.ts';
import { COLUMNS } from '../../src/page/columns.ts';
import type { PageRows } from '../../src/page/decode.ts';
import type { ComparedRow } from '../../src/page/encode.ts';
import { FACETS } from '../../src/page/facets.ts';
import { TABS, type View, WHOLE_VIEW } from '../../src/page/view.ts';
import { RISKS, type Risk } from '../../src/rbac/ways-to-admin.ts';
import type { RowChange } from '../../src/who/since/row-change.ts';
import { anyText } from '../any-text.ts';
import { pageRowsOf, rowOf, SINCE } from './made-rows.ts';

/** Names that a reader might confuse, that sort in an unexpected way, or that mean something to a page or an address. */
const NAMES = [
  'alice',
  'Alice',
  'Àlice',
  'bob@example.com',
  'team-2',
  'team-10',
  'team-010',
  '2',
  '10',
  'ΟΔΟΣ',
  'constructor',
  '__proto__',
  'a&b=c#d%20+e',
  '</script><b>',
  '\u202Etxt\uD800',
  'a b',
  '',
] as const;
const name = fc.oneof(fc.constantFrom(...NAMES), anyText({ maxLength: 6 }));

const ACCOUNTS = ['111122223333', '222233334444'] as const;
const arnOf = (role: string) => `arn:aws:iam::111122223333:role/${role}`;

/** Fields that all rows of an entry share. */
const entry = fc
  .record({
    rolearn: name.map(arnOf),
    username: name,
    groups: fc.array(name, { maxLength: 2 }),
    source: fc.constantFrom('aws-auth', 'access-entry'),
    accountId: fc.constantFrom(...ACCOUNTS),
    accountName: fc.constantFrom('prod', null),
    permissionSet: fc.option(name),
    cluster: fc.constantFrom('prod', 'dev', null),
  })
  .map(({ cluster, ...entry }) => {
    const clusterArn = cluster && `arn:aws:eks:eu-west-1:111122223333:cluster/${cluster}`;
    const policies =
      entry.source === 'aws-auth'
        ? []
        : [{ policyArn: 'arn:aws:eks::aws:policy/View', scope: 'cluster' } as const];
    return { ...entry, cluster, clusterArn, policies };
  });

const principal = fc.record({ type: fc.constantFrom('USER', 'GROUP'), id: name, name: fc.option(name) });

const grant = fc
  .record({
    access: fc.constantFrom('granted', 'none', 'unknown'),
    reason: fc.constantFrom(null, 'unassigned', 'deleted'),
    note: name,
    risks: fc.uniqueArray(fc.constantFrom(...(Object.keys(RISKS) as Risk[])), { maxLength: 2 }),
  })
  .map(({ risks, ...rest }) => {
    const routes = risks.map((risk) => ({
      risk,
      text: RISKS[risk],
      through: 'ClusterRole/ops cluster-wide',
    }));
    return { ...rest, routes };
  });

const change = fc
  .constantFrom('new', 'gone', 'changed', null)
  .map((kind): RowChange | null => (kind === null ? null : { kind, head: kind, before: [] }));

/** Some entries, people and grants, and rows that combine them at random. */
export const smallPage: Arbitrary<PageRows> = fc
  .record({
    entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
    principals: fc.array(principal, { minLength: 1, maxLength: 5 }),
    grants: fc.array(grant, { minLength: 1, maxLength: 4 }),
    places: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.option(name), change), { maxLength: 12 }),
  })
  .map(({ entries, principals, grants, places }) => {
    // Rows of the same entry have the same object: the page's data is made by that.
    const ways = entries.map(({ rolearn: id, username, groups, source, policies }): GrantingEntry => {
      const common = { id, arn: id, username, groups };
      return source === 'aws-auth' ? { ...common, source } : { ...common, source, policies };
    });
    const rows = places.map(([entry, person, grant, via, change]): ComparedRow => {
      const own = entries[entry % entries.length];
      const way = ways[entry % entries.length];
      const who = principals[person % principals.length];
      const has = grants[grant % grants.length];
      if (!own || !way || !who || !has) throw new Error('there is one of each');
      const username = own.username || null;
      const row = rowOf({ ...own, ...has, principal: who, via, auditUsername: username }, way);
      return { row, change };
    });
    return pageRowsOf(rows, { clusters: [], since: SINCE });
  });

const text = fc.oneof(name, anyText());

/** A view that a reader could come to on any page. */
export const anyView: Arbitrary<View> = fc
  .record({
    tab: fc.constantFrom(...TABS),
    search: fc.oneof(fc.constant(''), text),
    filters: fc.dictionary(
      fc.constantFrom(...FACETS.map(({ key }) => key)),
      fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
      { maxKeys: 3 },
    ),
    sort: fc.option(
      fc.record({
        column: fc.constantFrom(...COLUMNS.map(({ key }) => key)),
        descending: fc.boolean(),
      }),
    ),
    who: text,
    can: text,
    namespace: text,
  })
  .map((view) => ({ ...WHOLE_VIEW, ...view, filters: { ...view.filters } }));
