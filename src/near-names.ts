import leven from 'leven';
import { quoted } from './printable.ts';

/** Names that somebody who typed `wanted` may have meant, nearest first; three at most. */
export function nearNames(wanted: string, known: Iterable<string>): string[] {
  const reach = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(known)]
    .filter((name) => Math.abs(name.length - wanted.length) <= reach || startsAlike(wanted, name))
    .map((name) => ({ name, distance: distance(wanted, name) }))
    .filter((candidate) => candidate.distance <= reach)
    .sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1))
    .slice(0, 3)
    .map((candidate) => candidate.name);
}

/** `Did you mean "A" or "B"?`, or nothing where no name is near. */
export function didYouMean(wanted: string, known: Iterable<string>): string | undefined {
  const near = nearNames(wanted, known);
  return near.length === 0 ? undefined : `Did you mean ${near.map(quoted).join(' or ')}?`;
}

function distance(wanted: string, name: string): number {
  const [one, other] = [wanted.toLowerCase(), name.toLowerCase()];
  return startsAlike(one, other) ? 1 : leven(one, other);
}

function startsAlike(one: string, other: string): boolean {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first.length > 2 && (second.startsWith(first) || first.startsWith(second));
}
