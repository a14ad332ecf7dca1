import { groupBy } from '../../../group-by.ts';
import type { PageRows } from '../../decode.ts';
import type { Tail } from './model.ts';

/** Principals of one kind that have the same rows. */
export interface Alike {
  /** Indexes in the table of principals. */
  readonly principals: readonly number[];
  readonly tails: readonly Tail[];
}

/** Finds who has the same rows. The order in which rows are selected changes nothing. */
export function alikeRows(rows: PageRows, selected: Uint32Array): Alike[] {
  const owned = tailsByPrincipal(rows, selected.toSorted());
  const found = groupBy(owned, ([principal, tails]) => {
    const { type, name } = rows.principal(principal);
    const places = [...tails].map(({ place }) => place).sort((one, other) => one - other);
    return `${type} ${name === null} ${places.join()}`;
  });
  return [...found.values()].flatMap((own) => {
    const [first] = own;
    return first ? [{ principals: own.map(([principal]) => principal), tails: [...first[1]] }] : [];
  });
}

/** Only numbers are looked up for a row: there may be hundreds of thousands. */
function tailsByPrincipal(rows: PageRows, selected: Uint32Array): ReadonlyMap<number, ReadonlySet<Tail>> {
  const { tables } = rows.data;
  const kinds = tables.changes.map((change) => change?.kind ?? null);
  const isUser = tables.principals.map(({ type }) => type === 'USER');
  const tails = new Map<number, Tail>();
  const byPrincipal = new Map<number, Set<Tail>>();
  for (const row of selected) {
    const via = rows.index(row, 'vias');
    const entry = rows.index(row, 'entries');
    const grant = rows.index(row, 'grants');
    const change = kinds[rows.index(row, 'changes')] ?? null;
    const place = (via * tables.entries.length + entry) * tables.grants.length + grant;
    const key = place * CHANGES.length + CHANGES.indexOf(change);
    let tail = tails.get(key);
    if (!tail) {
      const { access } = rows.grant(grant);
      const state = change === 'gone' ? 'gone' : access;
      const isOpen = access !== 'none';
      tail = { place: tails.size, via, entry, grant, change, state, isOpen, isOfUsers: true };
      tails.set(key, tail);
    }
    const principal = rows.index(row, 'principals');
    if (!isUser[principal]) tail.isOfUsers = false;
    const own = byPrincipal.get(principal);
    if (own) own.add(tail);
    else byPrincipal.set(principal, new Set([tail]));
  }
  return byPrincipal;
}

const CHANGES = [null, 'new', 'gone', 'changed'] as const;
