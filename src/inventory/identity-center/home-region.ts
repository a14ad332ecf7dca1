import { parseArn } from '../../arn.ts';
import { homeRegionOf } from '../../role-name.ts';
import type { Role } from '../model.ts';

/** The home region that the newest provisioned role's path names; undefined where there is no role. */
export function homeRegionIn(roles: readonly Role[]): string | undefined {
  const [first, ...others] = roles;
  if (!first) return undefined;
  const newest = others.reduce((one, other) => (other.createdAt > one.createdAt ? other : one), first);
  const resource = parseArn(newest.pathArn)?.resource ?? '';
  return homeRegionOf(resource.slice('role'.length, resource.lastIndexOf('/') + 1));
}
