import { MASTERS } from '../../../authenticator/groups.ts';
import { memo } from '../../../memo.ts';
import { RISKS } from '../../../rbac/ways.ts';
import type { Change } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { personValue } from '../person-value.ts';

/** `yes`: is cluster admin; `route`: could become one; `no`: no route is known. */
export type AdminState = 'yes' | 'route' | 'no';

/** Cluster admin, or able to become one, since the earlier run. */
export type Became = 'admin' | 'route';

/** With a route to cluster admin, or as one. */
export function adminState(rows: PageRows, grant: number): AdminState {
  const routes = rows.routes(grant);
  if (routes.some(({ risk }) => risk === ADMIN)) return 'yes';
  return routes.length > 0 ? 'route' : 'no';
}

const ADMIN = 'cluster-admin';
const GREATNESS = { no: 0, route: 1, yes: 2 } as const satisfies Readonly<Record<AdminState, number>>;

/** One principal in one cluster. */
interface Seen {
  readonly value: string;
  was: number;
  is: number;
}

/**
 * The people, groups and IAM callers who became cluster admin of any cluster since the earlier run, or can newly become
 * one, by their value in the facet `person`. Who already was cluster admin of the same cluster, by whichever entry, isn't
 * one of them; nor is anybody because of a row that can't be compared.
 */
export const newAdmins = memo((rows: PageRows): ReadonlyMap<string, Became> => {
  const { entries, principals } = rows.data.tables;
  const values = principals.map(personValue);
  const states = rows.data.tables.grants.map((_, grant) => GREATNESS[adminState(rows, grant)]);
  const clusters = numbersOf(entries.map(({ cluster, clusterArn }) => clusterArn ?? cluster ?? ''));
  const people = numbersOf(values);
  const isChanged = new Uint8Array(values.length);
  for (let row = 0; row < rows.count; row += 1)
    if (rows.change(row) !== null) isChanged[people[rows.index(row, 'principals')] ?? 0] = 1;
  const seen = new Map<number, Seen>();
  for (let row = 0; row < rows.count; row += 1) {
    const [principal, entry] = [rows.index(row, 'principals'), rows.index(row, 'entries')];
    if (isChanged[people[principal] ?? 0] === 0) continue;
    const key = (clusters[entry] ?? 0) * values.length + (people[principal] ?? 0);
    const change = rows.change(row);
    const found = seen.get(key) ?? { value: values[principal] ?? '', was: 0, is: 0 };
    seen.set(key, found);
    const state = hasAccess(rows, row) ? (states[rows.index(row, 'grants')] ?? 0) : 0;
    if (!rows.isEarlier(row)) found.is = Math.max(found.is, state);
    found.was = Math.max(found.was, stateBefore(rows, row, change, state));
  }
  const became = new Map<string, Became>();
  for (const { value, was, is } of seen.values())
    if (is > was && became.get(value) !== 'admin')
      became.set(value, is === GREATNESS.yes ? 'admin' : 'route');
  return became;
});

function hasAccess(rows: PageRows, row: number): boolean {
  return rows.grant(rows.index(row, 'grants')).access !== 'none';
}

/** The state of a row in the earlier run. */
function stateBefore(rows: PageRows, row: number, change: Change | null, now: number): number {
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

/** A number for each text; equal ones have the same. */
function numbersOf(texts: readonly string[]): Uint32Array {
  const numbers = new Map<string, number>();
  for (const text of texts) if (!numbers.has(text)) numbers.set(text, numbers.size);
  return Uint32Array.from(texts, (text) => numbers.get(text) ?? 0);
}
