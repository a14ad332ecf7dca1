import type { Identity } from './authenticator.ts';

/** Missing groups and an empty list are equal. So are two equal entries, even though a random one takes effect. */
export function plain(identities: readonly Identity[]): string[] {
  const texts = identities.map(({ username, groups }) => JSON.stringify([username, groups ?? []]));
  return [...new Set(texts)].toSorted();
}

/** In lower case, as in Go. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}
