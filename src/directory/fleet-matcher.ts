import { type Problem, refusal } from '../errors.ts';
import { globMatcher } from '../glob-matcher.ts';
import { compareStrings, didYouMean, listed, quoted } from '../text.ts';
import type { UnreadCluster } from './model.ts';

/** The clusters of an account in a region, by name. */
interface ClusterList {
  readonly accountId: string;
  readonly region: string;
  readonly names: readonly string[];
}

/** Where clusters were looked for, for messages. */
interface Search {
  /** `account 111122223333, region eu-west-1` */
  readonly where: string;
  /** Where else to look, as a sentence. */
  readonly next: string;
}

/** Matches globs with the clusters that were listed. */
export class FleetMatcher<List extends ClusterList> {
  private readonly lists: readonly List[];
  private readonly unread: readonly UnreadCluster[];
  private readonly search: Search;

  /** @param unread what couldn't be read: a glob might have matched there */
  constructor(lists: readonly List[], unread: readonly UnreadCluster[], search: Search) {
    this.lists = lists;
    this.unread = unread;
    this.search = search;
  }

  /**
   * The clusters that a glob selects.
   * @throws Failure (exit 2) if it certainly matches nothing
   */
  require(glob: string): { readonly list: List; readonly name: string }[] {
    const matches = globMatcher(glob);
    const found = this.lists.flatMap((list) => list.names.filter(matches).map((name) => ({ list, name })));
    if (found.length === 0 && !this.unread.some((one) => mayMatch(glob, one)))
      throw refusal(this.noMatch(glob));
    return found;
  }

  private noMatch(glob: string): Problem {
    const { where, next } = this.search;
    const names = [...new Set(this.lists.flatMap((list) => list.names))].sort(compareStrings);
    const near = didYouMean(glob.replace(/[*?[\]{},^]/g, ''), names) ?? `It has ${listed(names)}.`;
    const message = `no EKS cluster in ${where} matches ${quoted(glob)}`;
    return { message, help: names.length === 0 ? next : `${near} ${next}` };
  }
}

/** True if a glob would select what couldn't be read, or may select something there. */
export function mayMatch(glob: string, { name }: UnreadCluster): boolean {
  return name === null || globMatcher(glob)(name);
}

/** `regions eu-west-1, us-east-1` */
export function nounText(noun: string, places: Iterable<string>): string {
  const distinct = [...new Set(places)];
  return `${distinct.length === 1 ? noun : `${noun}s`} ${listed(distinct)}`;
}
