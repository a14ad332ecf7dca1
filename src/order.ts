/** Orders text by code units: the same everywhere, whatever the locale. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
