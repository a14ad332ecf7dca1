import { printable, quoted } from '../../printable.ts';
import { ownPartition, partitionOf } from './partition-rule.ts';
import type { LintSubject, ListEntry } from './subject.ts';

/** What the authenticator lets in after a fix and did not before, or under other names: one sentence for each. */
export function nowEffective(before: LintSubject, after: LintSubject): string[] {
  const old = new Map(liveEntries(before).map((one) => [identityOf(one), namesOf(one)]));
  const entries = liveEntries(after)
    .filter((one) => old.get(identityOf(one)) !== namesOf(one))
    .map((one) => `now effective: ${printable(one.entry.arn)}, ${namesOf(one)}`);
  return [...entries, ...newAccounts(before, after)];
}

function liveEntries(subject: LintSubject): ListEntry[] {
  const own = ownPartition(subject);
  return subject.entries.filter(
    (one) =>
      one.fault === null &&
      !one.entry.shadowed &&
      !subject.overridden.has(one.entry) &&
      partitionOf(one) === own,
  );
}

function identityOf({ list, entry }: ListEntry): string {
  return `${list.key} ${entry.arn.toLowerCase()}`;
}

function namesOf({ entry: { username, groups } }: ListEntry): string {
  return `username ${quoted(username)}, groups [${(groups ?? []).map(quoted).join(', ')}]`;
}

function newAccounts(before: LintSubject, after: LintSubject): string[] {
  const old = new Set(before.accounts?.loaded.entries);
  const accounts = new Set(after.accounts?.loaded.entries.filter((account) => !old.has(account)));
  return [...accounts].map((account) => `now effective: everyone in account ${printable(account)}`);
}
