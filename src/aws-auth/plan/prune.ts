import { Failure, type Place, type Problem } from '../../errors.ts';
import { listed } from '../../printable.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import type { LoadedEntry } from '../read/loaded.ts';
import { expectedEntries } from './expected-entries.ts';
import { lockoutProblems } from './lockout.ts';
import { isDecided, type MergeFacts } from './merge-facts.ts';
import type { MergePlan, UnwantedEntry } from './plan.ts';

/**
 * The unwanted entries that `--prune` removes; none where it was not asked for or the inventory is too old.
 * @throws Failure (exit 2) where something was not read or resolved, or somebody would be locked out
 */
export function decideRemovals(
  entries: readonly LoadedEntry[],
  unwanted: readonly UnwantedEntry[],
  plan: Pick<MergePlan, 'changes' | 'additions'>,
  facts: MergeFacts,
  placeOf: (offset: number) => Place,
): readonly UnwantedEntry[] {
  if (!facts.prune || !facts.rotate) return [];
  refuse(uncertainties(facts));
  const removals = unwanted.filter(({ entry }) => {
    const role = parseProvisionedRoleArn(entry.arn);
    return role !== undefined && isDecided(role, facts);
  });
  if (removals.length > 0 && !facts.prune.allowLockout) {
    const after = expectedEntries(entries, { ...plan, removals });
    refuse(lockoutProblems(entries, after, removals, placeOf));
  }
  return removals;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

function uncertainties({ scope, accountsRead, unresolved }: MergeFacts): Problem[] {
  const problems: Problem[] = [];
  const unread = [...scope].filter((accountId) => !accountsRead.has(accountId));
  if (unread.length > 0) {
    const message = `--prune needs the roles of every account, and those of ${listed(unread)} were not read`;
    problems.push({ message, next: 'Make them readable, take them out of the scope, or leave --prune out.' });
  }
  if (unresolved.length > 0) {
    const names = unresolved.map(
      ({ accountId, permissionSet }) => `${permissionSet ?? 'a mapping'} in ${accountId ?? 'every account'}`,
    );
    const message = `--prune needs every mapping resolved, and these are not: ${listed(names)}`;
    problems.push({ message, next: 'Mend or remove those mappings, or leave --prune out.' });
  }
  return problems;
}
