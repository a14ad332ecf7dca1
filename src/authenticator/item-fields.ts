import type { MapValue, Value } from './authenticator-value.ts';

/**
 * The members of a map that fill the fields of a struct, as Go's encoding/json sees them: names match whatever their case, and a
 * later one wins. They come in the order of their keys, since the authenticator writes sorted JSON in between.
 */
export function fieldsOf<Name extends string>(map: MapValue, names: readonly Name[]): [Name, Value][] {
  const found: [Name, Value][] = [];
  for (const [key, value] of map.members) {
    // Exact names differ, so their order does not matter.
    if (!isOneOf(key, names)) return foldedFieldsOf(map, names);
    found.push([key, value]);
  }
  return found;
}

function isOneOf<Name extends string>(key: string, names: readonly Name[]): key is Name {
  return (names as readonly string[]).includes(key);
}

function foldedFieldsOf<Name extends string>(map: MapValue, names: readonly Name[]): [Name, Value][] {
  return [...map.members]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([key, value]) => {
      const name = names.find((known) => known === key) ?? names.find((known) => fold(known) === fold(key));
      return name === undefined ? [] : [[name, value] satisfies [Name, Value]];
    });
}

/** Go's folding of ASCII, the long s and the Kelvin sign included. */
export function fold(key: string): string {
  return key.toLowerCase().replaceAll('\u017F', 's').replaceAll('\u212A', 'k');
}
