import { Failure, type Problem } from '../errors.ts';
import { type Account, accountText, type Principal, principalText, type Role } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { listed, quoted } from '../text.ts';

import type { Mapping } from './mapping.ts';
import { othersOn, principalSelectorsOf } from './principal-selector.ts';

/** What may be mapped for a principal although more than the principal is behind it. */
export interface Locks {
  /** Several permission sets in one account. */
  readonly allSets: boolean;
  /** A permission set that others are assigned too. */
  readonly allowShared: boolean;
}

export const LOCKED: Locks = { allSets: false, allowShared: false };

/** The roles that one mapping leads to. */
export interface ReachedByMapping {
  readonly mapping: Mapping;
  readonly roles: readonly Role[];
}

/**
 * Holds mappings that name principals to exactly one permission set in each account, and to one that nobody else shares.
 * @throws Failure (exit 2) with all that is wrong
 */
export function checkLocks(
  reached: readonly ReachedByMapping[],
  { allSets, allowShared }: Locks,
  accounts: readonly Account[],
  assignees: Assignees,
): void {
  const texts = new Map(accounts.map((account) => [account.id, accountText(account)]));
  const textOf = (accountId: string) => texts.get(accountId) ?? accountId;
  const ofPrincipals = reached.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  const problems = ofPrincipals.flatMap((one) => [
    ...(allSets ? [] : severalSets(one, textOf)),
    ...(allowShared ? [] : sharedSets(one, textOf, assignees)),
  ]);
  if (problems.length > 0) throw new Failure(2, problems);
}

function severalSets({ mapping, roles }: ReachedByMapping, textOf: (accountId: string) => string): Problem[] {
  const byAccount = new Map<string, string[]>();
  for (const { accountId, permissionSet } of roles)
    byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), permissionSet]);
  const several = [...byAccount].filter(([, sets]) => sets.length > 1);
  if (several.length === 0) return [];
  const where = several.map(([id, sets]) => `${listed(sets.sort().map(quoted))} in account ${textOf(id)}`);
  return [
    problem(
      mapping,
      `leads to several permission sets: ${listed(where)}`,
      'Map the one that is meant by its name, or pass --all-sets to map them all.',
    ),
  ];
}

function sharedSets(
  { mapping, roles }: ReachedByMapping,
  textOf: (accountId: string) => string,
  assignees: Assignees,
): Problem[] {
  const shared = roles.flatMap(({ accountId, permissionSet }) => {
    const others = othersOn(mapping, accountId, permissionSet, assignees);
    return others.length === 0 ? [] : [sharedText(permissionSet, textOf(accountId), others)];
  });
  if (shared.length === 0) return [];
  return [
    problem(
      mapping,
      `would let others in as well: ${listed(shared)}`,
      'A role lets in everybody who is assigned its permission set. Give those who are meant a permission set of their own, or pass --allow-shared to let the others in too.',
    ),
  ];
}

function sharedText(permissionSet: string, account: string, others: readonly Principal[]): string {
  return `${quoted(permissionSet)} in account ${account} is also assigned to ${listed(others.map(principalText))}`;
}

function problem({ origin }: Mapping, message: string, next: string): Problem {
  return {
    message: `${origin.text} ${message}`,
    help: next,
    ...(origin.place ? { location: origin.place } : {}),
  };
}
