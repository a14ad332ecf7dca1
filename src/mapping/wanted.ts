import type { StatedPolicy } from '../access-policy.ts';
import { MASTERS } from '../aws-auth/groups.ts';
import type { ListableEntry } from '../aws-auth/other-entries.ts';
import { Assignees } from '../directory/assignees.ts';
import { AccountInstances } from '../directory/instances.ts';
import { type AccessPolicy, defaultUsername, isClusterAdminPolicy, policyName } from '../eks.ts';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../map-entry.ts';
import type { Desired } from './resolve.ts';
import { isAssigned, principalSelectorsOf, setMatcher } from './selector.ts';

/** The most that the mappings that may want a role would put into its entry. */
export interface PossibleGrant {
  readonly groups: ReadonlySet<string>;
  /** True if they may put this into it. */
  readonly covers: (entry: ListableEntry) => boolean;
}

/**
 * Finds the mappings that may want the role of a permission set in an account when the roles are not reliably known:
 * the account was not read, the mapping was not resolved, or the inventory is too old. Null if no mapping may want
 * it. An ARN of an unknown set, or a principal with unknown assignments, could match any role, so it matches none.
 */
export function mayWant(
  { scoped, inventory, unresolved }: Pick<Desired, 'scoped' | 'inventory' | 'unresolved'>,
  isRecent: boolean,
): (accountId: string, permissionSet: string) => PossibleGrant | null {
  const assignees = Assignees.of(inventory);
  const instances = AccountInstances.of(inventory);
  const read = new Set(inventory.accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => id));
  const mappings = scoped.mappings.map(({ mapping, accounts }) => {
    const { selector } = mapping;
    const open = unresolved.find((one) => one.mapping === mapping);
    const isUnresolvedIn = (id: string) => open?.exact.length === 0 || open?.exact.includes(id);
    return {
      mapping,
      accounts: new Set(accounts.map(({ id }) => id)),
      isOpenIn: (id: string) => !isRecent || !read.has(id) || isUnresolvedIn(id),
      matches: setMatcher(selector, instances),
      principals: principalSelectorsOf(mapping),
    };
  });
  return (accountId, permissionSet) => {
    const possible = mappings.filter(
      ({ accounts, isOpenIn, matches, principals }) =>
        accounts.has(accountId) &&
        isOpenIn(accountId) &&
        matches({ accountId, permissionSet }) &&
        principals.every((one) => isAssigned(one, accountId, permissionSet, assignees)),
    );
    if (possible.length === 0) return null;
    const usernames = [DEFAULT_USERNAME, ...possible.flatMap(({ mapping }) => mapping.username ?? [])];
    const groups = new Set(possible.flatMap(({ mapping }) => mapping.groups));
    const policies = possible.flatMap(({ mapping }) => mapping.policies);
    return { groups, covers: (entry) => mayGrant(entry, { usernames, groups, policies }) };
  };
}

/** True if mappings with these values may result in an entry. */
function mayGrant(
  entry: ListableEntry,
  {
    usernames,
    groups,
    policies,
  }: {
    readonly usernames: readonly string[];
    readonly groups: ReadonlySet<string>;
    readonly policies: readonly StatedPolicy[];
  },
): boolean {
  const isSet = (username: string) =>
    entry.username === (username === USERNAME_OF_EKS ? defaultUsername(entry.arn) : username);
  const isByMasters = (policy: AccessPolicy) => isClusterAdminPolicy(policy) && groups.has(MASTERS);
  return (
    usernames.some(isSet) &&
    (entry.groups ?? []).every((group) => groups.has(group)) &&
    (entry.policies ?? []).every((policy) => isByMasters(policy) || isWithin(policy, policies))
  );
}

/** True if a policy grants no more than the stated ones of its name together. */
function isWithin(policy: AccessPolicy, stated: readonly StatedPolicy[]): boolean {
  const scopes = stated.flatMap((one) => (one.policy === policyName(policy) ? [one.namespaces] : []));
  const isWhole = scopes.includes(null);
  const namespaces = new Set(scopes.flatMap((names) => names ?? []));
  if (policy.scope === 'cluster' || isWhole) return isWhole;
  return policy.scope.namespaces.every((name) => namespaces.has(name));
}
