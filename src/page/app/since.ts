import { MASTERS } from '../../aws-auth/groups.ts';
import { memo } from '../../memo.ts';
import { RISKS } from '../../rbac/ways-to-admin.ts';
import type { RowChange } from '../../who/since/compare-rows.ts';
import { at, type PageRows, personValue } from '../decode.ts';

/**
 * The people, groups and IAM callers whose access to any cluster is new, gone or changed since the earlier run, by their
 * value in the facet `person`. New: had no access to any cluster. Gone: has none now. A row that can't be compared counts
 * as access that was there before, so nobody is called new because of it.
 */
export const changedPeople = memo((rows: PageRows): ReadonlyMap<string, RowChange['kind']> => {
  const { principals, changes } = rows.data.tables;
  const seen = new Map<string, { hadAccess: boolean; hasAccess: boolean; isChanged: boolean }>();
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
  return new Map(
    people.map(([value, { hadAccess, hasAccess }]) => [
      value,
      hadAccess === hasAccess ? 'changed' : hasAccess ? 'new' : 'gone',
    ]),
  );
});

/** `yes`: is cluster admin; `route`: could become one; `no`: no route is known. */
export function adminState(rows: PageRows, grant: number): keyof typeof GREATNESS {
  const routes = rows.routes(grant);
  if (routes.some(({ risk }) => risk === ADMIN)) return 'yes';
  return routes.length > 0 ? 'route' : 'no';
}

const ADMIN = 'cluster-admin';
const GREATNESS = { no: 0, route: 1, yes: 2 } as const;

/**
 * The people, groups and IAM callers who became cluster admin of any cluster since the earlier run, or can newly become
 * one, by their value in the facet `person`. Who already was cluster admin of the same cluster, by whichever entry, isn't
 * one of them; nor is anybody because of a row that can't be compared.
 */
export const newAdmins = memo((rows: PageRows): ReadonlyMap<string, 'admin' | 'route'> => {
  const { entries, grants, principals } = rows.data.tables;
  const changed = changedPeople(rows);
  const values = principals.map(personValue);
  const states = grants.map((_, grant) => GREATNESS[adminState(rows, grant)]);
  // By person and cluster.
  const seen = new Map<string, { readonly value: string; was: number; is: number }>();
  for (let row = 0; row < rows.count; row += 1) {
    const value = values[rows.index(row, 'principals')] ?? '';
    if (!changed.has(value)) continue;
    const { cluster, clusterArn } = at(entries, rows.index(row, 'entries'));
    const key = JSON.stringify([value, clusterArn ?? cluster]);
    const found = seen.get(key) ?? { value, was: 0, is: 0 };
    seen.set(key, found);
    const state = hasAccess(rows, row) ? (states[rows.index(row, 'grants')] ?? 0) : 0;
    if (!rows.isEarlier(row)) found.is = Math.max(found.is, state);
    found.was = Math.max(found.was, stateBefore(rows, row, state));
  }
  const became = new Map<string, 'admin' | 'route'>();
  for (const { value, was, is } of seen.values())
    if (is > was && became.get(value) !== 'admin')
      became.set(value, is === GREATNESS.yes ? 'admin' : 'route');
  return became;
});

function hasAccess(rows: PageRows, row: number): boolean {
  return rows.grant(rows.index(row, 'grants')).access !== 'none';
}

/** The state of a row in the earlier run. */
function stateBefore(rows: PageRows, row: number, now: number): number {
  const change = rows.change(row);
  if (change === null || rows.isEarlier(row)) return now;
  if (change.kind === 'new' || (change.kind === 'changed' && !hasAccess(rows, row))) return GREATNESS.no;
  const textsOf = (field: 'groups' | 'risks') =>
    change.before.find((one) => one.field === field)?.was.split(', ');
  const entry = rows.entry(rows.index(row, 'entries'));
  const groups = textsOf('groups');
  if ((groups ?? entry.groups).includes(MASTERS)) return GREATNESS.yes;
  const risks = textsOf('risks');
  if (risks) return stateOf(risks);
  // Without bindings, the risks of a run say nothing about system:masters.
  if (!groups || entry.knowsBindings) return now;
  const routes = rows.routes(rows.index(row, 'grants')).filter(({ through }) => through !== MASTERS);
  return stateOf(routes.map(({ text }) => text));
}

const OWN_RISKS: ReadonlySet<string> = new Set(Object.values(RISKS));

/** Routes of everyone don't count: they are marked as such. */
function stateOf(risks: readonly string[]): number {
  if (risks.includes(RISKS[ADMIN])) return GREATNESS.yes;
  return risks.some((text) => OWN_RISKS.has(text)) ? GREATNESS.route : GREATNESS.no;
}
