import type { Finding } from '../../errors.ts';

/** Below this many pairs (five seconds of calls) the principals are not even listed: pair by pair misses nobody. */
export const PAIRS_WORTH_A_LISTING = 100;
/** Per principal misses who was deleted, so it has to save most of the calls. */
const FAR_FEWER = 3;
/** https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html */
const SSO_ADMIN_PER_SECOND = 20;

/** How many pairs there must be for asking per principal. */
export function pairsForPrincipals(principals: number): number {
  return Math.max(PAIRS_WORTH_A_LISTING, principals * FAR_FEWER);
}

/** Says beforehand how long it takes to read pair by pair, where that is more than ten seconds. */
export function slowReadNote(pairs: number, isManagement: boolean): Finding[] {
  const seconds = Math.round(secondsForCalls(pairs));
  if (seconds <= 10) return [];
  const message = `reading the assignments of ${pairs} pairs of account and permission set takes about ${durationText(seconds)}`;
  const help = 'Only the management account can read them by user and group, which takes fewer calls.';
  return [{ severity: 'note', code: 'assignments-by-pair', message, ...(isManagement ? {} : { help }) }];
}

/** `9 s` or `5 min 2 s`; whole seconds. */
export function durationText(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How long so many calls of sso-admin take at the rate that it allows. */
export function secondsForCalls(calls: number): number {
  return calls / SSO_ADMIN_PER_SECOND;
}

/** How far a list of users or groups was read, while names of some of them are wanted. */
interface ListingFacts {
  /** Names still wanted. */
  readonly missing: number;
  readonly pagesRead: number;
  /** Wanted names that those pages held. */
  readonly found: number;
}

/**
 * Whether to read another page of the list rather than look the missing names up one by one. How long the list is, is not known: the
 * first page is worth it from three names on, every further one while the pages hold more than one wanted name on average.
 */
export function isListingCheaper({ missing, pagesRead, found }: ListingFacts): boolean {
  if (missing < 3) return false;
  return pagesRead === 0 || found > pagesRead;
}
