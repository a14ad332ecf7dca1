import { memo } from '../../memo.ts';
import type { WhoRow } from '../rows.ts';
import { roleOfArn } from './run.ts';

type RowPrincipal = WhoRow['principal'];

/**
 * Principals of an earlier run as this run has them: a person or group may have a new name, and a directory that was
 * filled again has new IDs for the same names.
 */
export class SameNames {
  private readonly now: ReadonlyMap<string, RowPrincipal>;
  private readonly keys = new Map<string, string>();
  private readonly groups = new Map<string, string>();

  constructor(was: readonly WhoRow[], now: readonly WhoRow[]) {
    const [before, after] = [peopleIn(was), peopleIn(now)];
    this.now = after;
    const [onlyBefore, onlyAfter] = [byName(before, after), byName(after, before)];
    for (const [name, key] of onlyBefore) {
      const same = onlyAfter.get(name);
      if (key !== null && same != null) this.keys.set(key, same);
    }
    for (const [key, { type, name }] of before) {
      const same = after.get(this.keyNow(key));
      if (type === 'GROUP' && name !== null && same?.name != null) this.groups.set(name, same.name);
    }
  }

  /** The key that a principal of the earlier run has in this one. */
  keyBefore(principal: RowPrincipal): string {
    return this.keyNow(principalKey(principal));
  }

  principalNow(principal: RowPrincipal): RowPrincipal {
    return this.now.get(this.keyBefore(principal)) ?? principal;
  }

  groupNow(name: string | null): string | null {
    return name === null ? null : (this.groups.get(name) ?? name);
  }

  private keyNow(key: string): string {
    return this.keys.get(key) ?? key;
  }
}

/** Equal for rows of the same principal. */
export const principalKey = memo(({ type, id, name }: RowPrincipal): string => {
  if (type !== 'USER' && type !== 'GROUP') return `${type} ${roleOfArn(id)}`;
  return id === '' ? `${type} name ${name}` : `${type} ${id}`;
});

function peopleIn(rows: readonly WhoRow[]): ReadonlyMap<string, RowPrincipal> {
  const people = rows.flatMap(({ principal }) =>
    principal.type === 'USER' || principal.type === 'GROUP' ? [principal] : [],
  );
  return new Map(people.map((principal) => [principalKey(principal), principal]));
}

/** Keys of people missing in the other run, by type and name; null if several share one. */
function byName(
  own: ReadonlyMap<string, RowPrincipal>,
  other: ReadonlyMap<string, RowPrincipal>,
): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const [key, { type, name }] of own) {
    if (other.has(key) || name === null) continue;
    const text = `${type} ${name}`;
    found.set(text, found.has(text) ? null : key);
  }
  return found;
}
