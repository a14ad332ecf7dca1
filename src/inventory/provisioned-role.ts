import { type Arn, formatArn, parseArn, stripPath } from '../arn.ts';
import type { ListedRole } from '../aws/iam.ts';
import { bug } from '../errors.ts';
import { homeRegionOf, parseRoleName } from '../role-name.ts';
import { compareStrings } from '../text.ts';
import { keptText, type StringInterner } from './kept-text.ts';
import type { Role } from './model.ts';

/**
 * What a role of the account says about its permission set; undefined for one that Identity Center cannot have made.
 * @param names those of permission sets that were seen before
 * @throws Failure 4 for a role of another account: whoever is mapped would get into the wrong one
 */
export function provisionedRole(
  { name, arn, createdAt }: ListedRole,
  accountId: string,
  names: StringInterner,
): Role | undefined {
  const parsed = parseRoleName(name);
  const pathArn = parseArn(arn);
  // Anybody may give a role such a name; only Identity Center can make one on this path.
  if (!parsed || !pathArn || homeRegionOfRole(pathArn) === undefined) return undefined;
  if (pathArn.accountId !== accountId) throw bug(`account ${accountId} was read, and ${arn} came back`);
  const permissionSet = names.of(parsed.permissionSet);
  const roleArn = keptText(formatArn(stripPath(pathArn)));
  return { accountId, permissionSet, roleArn, pathArn: keptText(arn), createdAt };
}

/** The home region that a role's ARN names; undefined where its path is not Identity Center's. */
export function homeRegionOfRole({ resource }: Arn): string | undefined {
  return homeRegionOf(resource.slice('role'.length, resource.lastIndexOf('/') + 1));
}

/** By account, permission set and age. */
export function compareRoles(one: Role, other: Role): number {
  return (
    compareStrings(one.accountId, other.accountId) ||
    compareStrings(one.permissionSet, other.permissionSet) ||
    compareStrings(one.createdAt, other.createdAt) ||
    compareStrings(one.pathArn, other.pathArn)
  );
}
