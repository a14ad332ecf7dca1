import type { Identity } from './authenticator.ts';

/** No groups and an empty list of them are one; so are two that say the same, of which one counts by chance. */
export function plain(identities: readonly Identity[]): string[] {
  const texts = identities.map(({ username, groups }) => JSON.stringify([username, groups ?? []]));
  return [...new Set(texts)].toSorted();
}

/** In lower case, to Go. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}
