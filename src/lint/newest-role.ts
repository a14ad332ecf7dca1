import type { Role } from '../inventory/model.ts';
import { compareText } from '../order.ts';

/** Of several roles of one permission set in one account, the one that was made last. */
export function newestRole(roles: readonly Role[]): Role | undefined {
  return roles.toSorted(
    (one, other) => compareText(other.createdAt, one.createdAt) || compareText(one.roleArn, other.roleArn),
  )[0];
}
