import type { MapValue, Value } from './authenticator-value.ts';

/**
 * The members of a map that fill the fields of a struct, as Go's encoding/json sees them: names match whatever their case, and a
 * later one wins. They come in the order of their keys, since the authenticator writes sorted JSON in between.
 */
export function fieldsOf<Name extends string>(map: MapValue, names: readonly Name[]): [Name, Value][] {
  const found: { key: string; name: Name; value: Value }[] = [];
  let isExact = true;
  for (const [key, value] of map.members) {
    const exact = names.find((known) => known === key);
    const name = exact ?? names.find((known) => fold(known) === fold(key));
    if (name !== undefined) found.push({ key, name, value });
    isExact &&= exact !== undefined;
  }
  // Exact names differ, so their order does not matter.
  if (!isExact) found.sort((a, b) => (a.key < b.key ? -1 : 1));
  return found.map(({ name, value }) => [name, value]);
}

/** Go's folding of ASCII, the long s and the Kelvin sign included. */
export function fold(key: string): string {
  return key.toLowerCase().replaceAll('\u017F', 's').replaceAll('\u212A', 'k');
}
