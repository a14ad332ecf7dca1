import { setKey } from '../role-name.ts';
import { compareStrings } from '../text.ts';
import type { Role } from './model.ts';

/** Roles by permission set and account, as `setKey` names them; of several roles of one set, the newest comes first. */
export function rolesBySet(roles: Iterable<Role>): Map<string, Role[]> {
  const bySet = new Map<string, Role[]>();
  for (const role of roles) {
    const others = bySet.get(setKey(role));
    if (others) others.push(role);
    else bySet.set(setKey(role), [role]);
  }
  for (const ofOneSet of bySet.values()) ofOneSet.sort(newestFirst);
  return bySet;
}

/** Of several roles of one permission set in one account, the one that was created last. */
export function newestRole(roles: readonly Role[]): Role | undefined {
  return roles.toSorted(newestFirst)[0];
}

function newestFirst(one: Role, other: Role): number {
  return compareStrings(other.createdAt, one.createdAt) || compareStrings(one.roleArn, other.roleArn);
}
