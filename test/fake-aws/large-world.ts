import { buildWorld } from './build-world.ts';
import type { World } from './world/world.ts';
import type { AccountInput, AssignmentInput } from './world-input.ts';

/** The size of an organization. */
export interface LargeWorld {
  /** The management account included. */
  readonly accounts: number;
  readonly permissionSets: number;
  readonly users: number;
  readonly groups: number;
  /** Groups that each user is in. Default 2. */
  readonly groupsPerUser?: number;
  /** The share of permission sets provisioned in an account, 0 to 1. Default 1. */
  readonly density?: number;
  /** Principals per pair of account and permission set, three groups to one user. Default 2. */
  readonly principalsPerPair?: number;
  /** Organizational units, four on each level. Default 12. */
  readonly units?: number;
  /** Puts all accounts into one unit at this level instead, with one unit per level. */
  readonly unitLevel?: number;
}

/** Evenly spread, and the same each time. */
export function largeWorld(size: LargeWorld): World {
  const accounts = count(size.accounts).map((n) => accountInput(n, size));
  return buildWorld({
    managementAccountId: accounts[0]?.id ?? '',
    accounts,
    permissionSets: count(size.permissionSets).map(setName),
    users: count(size.users).map(userName),
    groups: count(size.groups).map((n) => ({ displayName: groupName(n), members: membersOf(n, size) })),
    assignments: accounts.flatMap((account, n) => assignmentsOf(account, n, size)),
  });
}

function accountInput(n: number, { units = 12, unitLevel = 0 }: LargeWorld): AccountInput {
  const account = { id: String(100_000_000_000 + n * 7), name: `account-${padded(n)}` };
  if (n === 0 || units === 0) return account;
  return { ...account, ou: unitLevel > 0 ? count(unitLevel).map(unitName).join('/') : unitPath(n % units) };
}

function unitPath(n: number): string {
  return n < 4 ? unitName(n) : `${unitPath(Math.floor(n / 4) - 1)}/${unitName(n)}`;
}

function membersOf(group: number, { users, groups, groupsPerUser = 2 }: LargeWorld): string[] {
  const isMember = (user: number) => (((group - user) % groups) + groups) % groups < groupsPerUser;
  return count(users).filter(isMember).map(userName);
}

function assignmentsOf(account: AccountInput, at: number, size: LargeWorld): AssignmentInput[] {
  const sets = Math.round(size.permissionSets * (size.density ?? 1));
  return count(sets).flatMap((n) => {
    const permissionSet = setName((at + n) % size.permissionSets);
    return count(size.principalsPerPair ?? 2).map((k) => {
      const principal = principalOf(at * 31 + n * 7 + k, size);
      return { account: account.id, permissionSet, ...principal };
    });
  });
}

function principalOf(n: number, { users, groups }: LargeWorld): { group: string } | { user: string } {
  const isUser = groups === 0 || (users > 0 && n % 4 === 3);
  return isUser ? { user: userName(n % users) } : { group: groupName(n % groups) };
}

const unitName = (n: number): string => `unit-${n}`;
const setName = (n: number): string => `Set_${padded(n)}`;
const userName = (n: number): string => `user-${padded(n)}@example.com`;
const groupName = (n: number): string => `group-${padded(n)}`;

function padded(n: number): string {
  return String(n).padStart(4, '0');
}

function count(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index);
}
