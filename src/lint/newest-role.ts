import type { Role } from '../inventory/model.ts';
import { compareStrings } from '../text.ts';

/** Of several roles of one permission set in one account, the one that was made last. */
export function newestRole(roles: readonly Role[]): Role | undefined {
  return roles.toSorted(
    (one, other) =>
      compareStrings(other.createdAt, one.createdAt) || compareStrings(one.roleArn, other.roleArn),
  )[0];
}
