import leven from 'leven';
import { quoted } from './printable.ts';

/** Names that somebody who typed `wanted` may have meant, nearest first; three at most. One that differs by case alone is meant. */
export function nearNames(wanted: string, known: Iterable<string>): string[] {
  const reach = Math.max(2, Math.floor(wanted.length / 3));
  const near = [...new Set(known)]
    .filter((name) => Math.abs(name.length - wanted.length) <= reach || startsAlike(wanted, name))
    .map((name) => ({ name, distance: distance(wanted, name) }))
    .filter((candidate) => candidate.distance <= reach);
  const same = near.filter((candidate) => candidate.distance === 0);
  return (same.length > 0 ? same : near)
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
  if (one === other) return 0;
  return startsAlike(one, other) ? 1 : leven(one, other);
}

function startsAlike(one: string, other: string): boolean {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first.length > 2 && (second.startsWith(first) || first.startsWith(second));
}
