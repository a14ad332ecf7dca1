import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import type { Caller } from '../aws-auth/resolve-caller.ts';
import { findInFile, MAX_OF_A_RULE } from '../check/check.ts';
import { CheckContext } from '../check/context.ts';
import type { CheckFinding } from '../check/rule.ts';
import type { Finding } from '../errors.ts';
import { MAP_KEYS } from '../map-entry.ts';
import { once } from '../memo.ts';
import { callerKey } from '../same-arn.ts';
import { callerParts } from './near-misses.ts';

/** Findings of `check` in an entry. */
export interface EntryProblems {
  readonly found: readonly CheckFinding[];
  /** True if the loaded groups may not be the intended ones. */
  readonly explainsGroups: boolean;
}

/** Findings of `check` in an aws-auth about one caller's entries. */
export class CheckedFile {
  private readonly awsAuth: AwsAuth;
  private readonly findings = once(() => findInFile(new CheckContext(this.awsAuth, {}), MAX_OF_A_RULE));

  constructor(awsAuth: AwsAuth) {
    this.awsAuth = awsAuth;
  }

  /** Findings for keys that can't be parsed and so grant no access. */
  broken(): Finding[] {
    return MAP_KEYS.flatMap((key) => {
      const source = this.awsAuth.document[key];
      const error = this.awsAuth.lossOf(key);
      if (!source || !error) return [];
      const { start, end } = source.node ?? { start: 0, end: 0 };
      // An error at the end of the text has an offset behind the node.
      return this.between(start, Math.max(end, source.offsets.startOf(error.offset)))[0] ?? [];
    });
  }

  /** Findings for items that name a caller, but don't load as an entry with that name. */
  lostItems(caller: Caller): Finding[] {
    const { accountId, name } = callerParts(caller);
    return (['mapRoles', 'mapUsers'] as const).flatMap((map) => {
      const source = this.awsAuth.document[map];
      const { list, entries } = this.awsAuth[map];
      if (!source || !list) return [];
      const named = list.items.filter(({ start, end }, index) => {
        const text = callerKey(source.text.slice(start, end));
        const isLoaded = entries.some((one) => one.index === index && callerKey(one.arn).includes(name));
        return text.includes(accountId) && text.includes(name) && !isLoaded;
      });
      return named.flatMap(({ start, end }) => {
        const found = this.between(source.offsets.startOf(start), source.offsets.endOf(end));
        return found.find(({ severity }) => severity === 'error') ?? [];
      });
    });
  }

  /** Findings in an entry that matches the caller. */
  problemsIn(entry: LoadedEntry): EntryProblems {
    const { groups } = entry.fields;
    const span = this.awsAuth.spanOf(entry, entry.node);
    // `matchNotes` has its own warning for that.
    const found = this.between(span.start, span.end).filter(({ code }) => code !== 'ambiguous-user');
    const isOdd = found.some(({ code }) => code === 'duplicate-field') || entry.groups?.includes('') === true;
    const ofGroups = groups && this.awsAuth.spanOf(entry, groups);
    const isInGroups =
      ofGroups && found.some(({ start }) => start >= ofGroups.start && start <= ofGroups.end);
    return { found, explainsGroups: isOdd || isInGroups === true };
  }

  /**
   * If an earlier entry grants something else, the groups may come from the wrong entry: the duplicate is the first
   * problem.
   */
  duplicatesOf(entry: LoadedEntry): EntryProblems {
    const found = this.problemsIn(entry).found.filter(
      ({ code, severity }) => code === 'duplicate-arn' && severity === 'error',
    );
    return { found, explainsGroups: found.length > 0 };
  }

  /** Findings between two offsets of the file. */
  private between(from: number, to: number): CheckFinding[] {
    return this.findings().filter(({ start }) => start >= from && start <= to);
  }
}

/**
 * Notes on a caller's permissions, without the next step for names that may be unintended: fixing the entry comes
 * first.
 */
export function withoutVainHelp(notes: readonly Finding[], problems: readonly EntryProblems[]): Finding[] {
  const mayBeOtherGroups = problems.some(({ explainsGroups }) => explainsGroups);
  const hasProblems = problems.some(({ found }) => found.length > 0);
  return notes.map(({ help, ...one }) => {
    const isVain =
      (one.code === 'unbound-group' && mayBeOtherGroups) || (one.code === 'unbound-user' && hasProblems);
    return help === undefined || isVain ? one : { ...one, help };
  });
}
