import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import type { RunRow } from './compare-clusters.ts';
import type { JsonEntry, JsonRow } from './read-who-json.ts';
import { differences } from './row-differences.ts';

/** Rows of the same principal and entry in two runs; one of them may be missing. */
export type RowPair =
  | { readonly was: JsonRow; readonly now: RunRow }
  | { readonly was: null; readonly now: RunRow }
  | { readonly was: JsonRow; readonly now: null };

/** The role of an entry: a re-created one has a new ARN and is the same. */
export const roleKey = memo((entry: JsonEntry): string => {
  const provisioned = parseProvisionedRoleArn(entry.rolearn);
  const role = provisioned
    ? `${provisioned.accountId} ${provisioned.permissionSet}`
    : `${entry.accountId} ${callerKey(entry.rolearn)}`;
  return `${entry.source} ${role}`;
});

/** Pairs the rows of a cluster in two runs, in the order of this run. */
export function pairRows(was: readonly JsonRow[], now: readonly RunRow[], names: SameNames): RowPair[] {
  const before = groupBy(was, (row) => names.keyBefore(row));
  const after = groupBy(now, (row) => names.keyNow(row));
  const pairs = [...after].flatMap(([key, rows]) => pairOff(before.get(key) ?? [], rows));
  const gone = [...before].flatMap(([key, rows]) => (after.has(key) ? [] : pairOff(rows, [])));
  return [...pairs, ...gone];
}

/** Pairs the rows of several entries for one role, the most alike first. */
function pairOff(was: readonly JsonRow[], now: readonly RunRow[]): RowPair[] {
  const [one, other] = [was[0], now[0]];
  if (one && other && was.length === 1 && now.length === 1) return [{ was: one, now: other }];
  const left = { was: new Set(was), now: new Set(now) };
  const pairs: RowPair[] = [];
  for (const { was: before, now: after } of candidates(was, now)) {
    if (!left.was.has(before) || !left.now.has(after)) continue;
    left.was.delete(before);
    left.now.delete(after);
    pairs.push({ was: before, now: after });
  }
  const unpaired = [...left.now].map((row): RowPair => ({ was: null, now: row }));
  return [...pairs, ...unpaired, ...[...left.was].map((row): RowPair => ({ was: row, now: null }))];
}

/** So many entries for one role are no accident: each is compared with the one in its place. */
const MOST_CANDIDATES = 2_500;

function candidates(was: readonly JsonRow[], now: readonly RunRow[]) {
  if (was.length * now.length > MOST_CANDIDATES)
    return now.flatMap((row, index) => {
      const before = was[index];
      return before ? { was: before, now: row } : [];
    });
  const all = was.flatMap((before, index) =>
    now.map((row, place) => {
      const distance = Math.abs(index - place);
      return { was: before, now: row, unlike: unlikeness(before, row), distance };
    }),
  );
  return all.sort((one, other) => one.unlike - other.unlike || one.distance - other.distance);
}

function unlikeness(was: JsonRow, now: JsonRow): number {
  const isSameArn = was.entry.rolearn === now.entry.rolearn;
  // A row with access is least of all one without.
  const isAccess = was.grant.access === now.grant.access;
  return differences(was, now).length * 2 + (isSameArn ? 0 : 1) + (isAccess ? 0 : 20);
}

/** More than there are distinct texts. */
const MOST_NUMBERS = 2 ** 26;

/**
 * Principals of an earlier run under the names and IDs of this run: a group may have a new name, and a directory that was
 * filled again has new IDs for the same names.
 */
export class SameNames {
  private readonly principals = new Map<string, string>();
  private readonly groups = new Map<string, string>();
  private readonly numbers = new Map<string, number>();
  private readonly roleNumber = memo((entry: JsonEntry) => this.numberOf(`role ${roleKey(entry)}`));
  private readonly principalNow = memo((principal: JsonRow['principal']) =>
    this.numberOf(`principal ${principalKey(principal)}`),
  );
  private readonly principalBefore = memo((principal: JsonRow['principal']) => {
    const key = principalKey(principal);
    return this.numberOf(`principal ${this.principals.get(key) ?? key}`);
  });

  constructor(was: readonly JsonRow[], now: readonly JsonRow[]) {
    const [before, after] = [principalsIn(was), principalsIn(now)];
    const onlyBefore = byName(before, after);
    const onlyAfter = byName(after, before);
    for (const [name, key] of onlyBefore) {
      const same = onlyAfter.get(name);
      if (key !== null && same != null) this.principals.set(key, same);
    }
    for (const [key, { type, name }] of before) {
      const same = after.get(this.principals.get(key) ?? key);
      if (type === 'GROUP' && name !== null && same?.name != null) this.groups.set(name, same.name);
    }
  }

  /** Equal for rows of the same principal and role. */
  keyNow({ principal, entry, via }: JsonRow): number {
    return this.keyOf(this.principalNow(principal), entry, via);
  }

  /** The key that a row of the earlier run would have now. */
  keyBefore({ principal, entry, via }: JsonRow): number {
    return this.keyOf(this.principalBefore(principal), entry, this.groupName(via));
  }

  /** A number: hundreds of thousands of texts would take longer to make than all else does. */
  private keyOf(principal: number, entry: JsonEntry, via: string | null): number {
    return principal * MOST_NUMBERS + this.numberOf(`${this.roleNumber(entry)} ${via ?? ''}`);
  }

  private numberOf(text: string): number {
    const number = this.numbers.get(text) ?? this.numbers.size;
    this.numbers.set(text, number);
    return number;
  }

  groupName(name: string | null): string | null {
    return name === null ? null : (this.groups.get(name) ?? name);
  }
}

/** Empty for a principal that the entry itself names. */
function principalKey({ type, id, name }: JsonRow['principal']): string {
  if (type !== 'USER' && type !== 'GROUP') return '';
  return id === '' ? `${type} name ${name}` : `${type} ${id}`;
}

type Principals = ReadonlyMap<string, JsonRow['principal']>;

function principalsIn(rows: readonly JsonRow[]): Principals {
  const distinct = new Set(rows.map(({ principal }) => principal));
  const found = new Map([...distinct].map((principal) => [principalKey(principal), principal]));
  found.delete('');
  return found;
}

/** Principals that the other run doesn't have, by type and name; null if several share one. */
function byName(own: Principals, other: Principals): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const [key, { type, name }] of own) {
    if (other.has(key) || name === null) continue;
    const text = `${type} ${name}`;
    found.set(text, found.has(text) ? null : key);
  }
  return found;
}
