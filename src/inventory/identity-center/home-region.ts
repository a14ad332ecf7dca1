import { parseArn } from '../../arn.ts';
import type { Role } from '../model.ts';
import { homeRegionOfRole } from '../provisioned-role.ts';

/** The home region that the newest provisioned role's path names; undefined where there is no role. */
export function homeRegionIn(roles: readonly Role[]): string | undefined {
  const [first, ...others] = roles;
  if (!first) return undefined;
  const newest = others.reduce((one, other) => (other.createdAt > one.createdAt ? other : one), first);
  const arn = parseArn(newest.pathArn);
  return arn && homeRegionOfRole(arn);
}
