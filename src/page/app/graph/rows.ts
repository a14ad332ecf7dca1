import { compareStrings } from '../../../text.ts';
import type { Change } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { changedPeople } from '../changed-people.ts';
import { personValue } from '../person-value.ts';
import type { State } from './model.ts';

/** All of a row but its principal. Thousands of rows share one. */
export interface Tail {
  readonly via: number;
  readonly entry: number;
  readonly grant: number;
  readonly state: State;
  /** False for rows without access now, which have no permissions either. */
  readonly isOpen: boolean;
  /** True if all its rows are of users. */
  isOfUsers: boolean;
  /** In the order of all. */
  place: number;
}

/** Principals of one kind that have the same rows. */
export interface Alike {
  /** Indexes in the table of principals. */
  readonly principals: readonly number[];
  readonly tails: readonly Tail[];
  /** The change of their access since an earlier run; null if it is the same. */
  readonly change: Change['kind'] | null;
}

/** Finds who has the same rows, in an order that doesn't depend on how rows are sorted. */
export function alikeOf(rows: PageRows, selected: Iterable<number>): Alike[] {
  const changes = rows.data.since === null ? null : changedPeople(rows);
  const byPrincipal = tailsByPrincipal(rows, selected);
  const all = [...new Set([...byPrincipal.values()].flatMap((tails) => [...tails]))].sort(compareTails);
  for (const [place, tail] of all.entries()) tail.place = place;
  const found = new Map<string, Alike & { readonly principals: number[] }>();
  for (const [principal, own] of [...byPrincipal].sort(([one], [other]) => one - other)) {
    const tails = [...own].sort((one, other) => one.place - other.place);
    const { type, id, name } = rows.principal(principal);
    const change = changes?.get(personValue({ type, id, name })) ?? null;
    const key = `${type} ${name === null} ${change} ${tails.map(({ place }) => place).join()}`;
    const alike = found.get(key);
    if (alike) alike.principals.push(principal);
    else found.set(key, { principals: [principal], tails, change });
  }
  return [...found.values()];
}

/** Only numbers are looked up for a row: there may be hundreds of thousands. */
function tailsByPrincipal(rows: PageRows, selected: Iterable<number>): Map<number, Set<Tail>> {
  const { tables } = rows.data;
  const { principals, vias, entries, grants, changes } = rows.columns;
  const isGone = tables.changes.map((change) => change?.kind === 'gone');
  const isUser = tables.principals.map(({ type }) => type === 'USER');
  const entryPairs = new Pairs(tables.entries.length);
  const grantPairs = new Pairs(tables.grants.length);
  const gonePairs = new Pairs(2);
  const tails: Tail[] = [];
  const byPrincipal = new Map<number, Set<Tail>>();
  for (const row of selected) {
    const [via = 0, entry = 0, grant = 0] = [vias[row], entries[row], grants[row]];
    const isRowGone = isGone[changes[row] ?? 0] ?? false;
    const index = gonePairs.index(grantPairs.index(entryPairs.index(via, entry), grant), isRowGone ? 1 : 0);
    let tail = tails[index];
    if (!tail) {
      const { access } = rows.grant(grant);
      const state = isRowGone ? 'gone' : access;
      tail = { via, entry, grant, state, isOpen: access !== 'none', isOfUsers: true, place: 0 };
      tails[index] = tail;
    }
    const principal = principals[row] ?? 0;
    if (!isUser[principal]) tail.isOfUsers = false;
    const own = byPrincipal.get(principal);
    if (own) own.add(tail);
    else byPrincipal.set(principal, new Set([tail]));
  }
  return byPrincipal;
}

/** Numbers pairs of indexes in the order in which they are first seen. */
class Pairs {
  private readonly known = new Map<number, number>();
  private readonly size: number;

  /** @param size more than any second index */
  constructor(size: number) {
    this.size = size;
  }

  index(first: number, second: number): number {
    const key = first * this.size + second;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const index = this.known.size;
    this.known.set(key, index);
    return index;
  }
}

function compareTails(one: Tail, other: Tail): number {
  return (
    one.via - other.via ||
    one.entry - other.entry ||
    one.grant - other.grant ||
    compareStrings(one.state, other.state)
  );
}
