import type { AliasBinding } from '../authenticator/alias-binding.ts';
import { scalarText } from '../authenticator/authenticator-scalar.ts';
import { fold } from '../authenticator/item-fields.ts';
import { ItemPairs } from '../authenticator/item-pairs.ts';
import type { MappingNode, Pair } from '../yaml/node.ts';

/** Where a field of an entry has to be written so that it counts. */
export interface FieldPlace {
  /** The pair whose value counts, in the entry itself; null where a pair has to be put in. */
  readonly pair: Pair | null;
  /** The key to write: a field may have several, which differ by case, and the last of them in order counts. */
  readonly key: string;
  /** Other keys of the entry, own or merged, fill the same field. */
  readonly hasRivals: boolean;
}

/** Finds the place of a field in an entry, its merge keys included, as the authenticator fills it: of equal keys the last counts. */
export function fieldPlace(node: MappingNode, field: string, aliases: AliasBinding): FieldPlace {
  const origins = new Map<string, Pair | null>();
  for (const { pair, source } of new ItemPairs(aliases).of(node)) {
    const key = pair.key.kind === 'alias' ? aliases.get(pair.key) : pair.key;
    if (key?.kind === 'scalar') origins.set(scalarText(key), source ? null : pair);
  }
  const keys = [...origins.keys()].filter((key) => fold(key) === field).sort((a, b) => (a < b ? -1 : 1));
  const key = keys.at(-1) ?? field;
  return { pair: origins.get(key) ?? null, key, hasRivals: keys.length > 1 };
}
