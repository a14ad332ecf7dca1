import { type Arn, formatArn, parseArn, stripPath } from '../arn.ts';
import type { ListedRole } from '../aws/iam.ts';
import { bug } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { homeRegionOf, parseRoleArn, parseRoleName, setKey } from '../role-name.ts';
import { compareStrings } from '../text.ts';
import type { Role } from './model.ts';

/**
 * The role with its permission set; undefined if Identity Center can't have created it.
 * @param setNames permission set names seen so far: few strings repeat often, so one copy of each is kept
 * @throws Failure 4 for a role of another account: mapping it would grant access to the wrong account's role
 */
export function provisionedRole(
  { arn, createdAt }: ListedRole,
  accountId: string,
  setNames: Map<string, string>,
): Role | undefined {
  const pathArn = parseArn(arn);
  const permissionSet = pathArn && permissionSetOf(pathArn);
  if (!pathArn || permissionSet === undefined) return undefined;
  if (pathArn.accountId !== accountId) throw bug(`reading account ${accountId} returned ${arn}`);
  const roleArn = detachedString(formatArn(stripPath(pathArn)));
  const setName = setNames.get(permissionSet) ?? detachedString(permissionSet);
  setNames.set(setName, setName);
  return {
    accountId,
    permissionSet: setName,
    roleArn,
    pathArn: detachedString(arn),
    createdAt,
  };
}

/**
 * The permission set in a role's name; undefined for a role that Identity Center can't have created: any role can have
 * such a name, but only Identity Center can create one on this path.
 */
export function permissionSetOf(arn: Arn): string | undefined {
  const { resource } = arn;
  if (homeRegionOfRole(arn) === undefined) return undefined;
  return parseRoleName(resource.slice(resource.lastIndexOf('/') + 1))?.permissionSet;
}

/** True for a role ARN, with its path, that Identity Center did not create, whatever its name. */
export function isOtherRole(text: string): boolean {
  const arn = parseRoleArn(text) && parseArn(text);
  return arn !== undefined && permissionSetOf(arn) === undefined;
}

/** The home region in the newest role's path; undefined without roles. */
export function homeRegionIn(roles: readonly Role[]): string | undefined {
  const newest = roles.reduce<Role | undefined>(
    (known, role) => (known && newestFirst(known, role) <= 0 ? known : role),
    undefined,
  );
  const arn = parseArn(newest?.pathArn ?? '');
  return arn && homeRegionOfRole(arn);
}

/** The region in the path; undefined for anything but a role on Identity Center's path. */
function homeRegionOfRole({ resource }: Arn): string | undefined {
  const [, path = ''] = /^role(\/.*\/)/.exec(resource) ?? [];
  return homeRegionOf(path);
}

/** Roles by permission set and account (`setKey`), newest first. */
export function rolesBySet(roles: Iterable<Role>): Map<string, Role[]> {
  const bySet = groupBy(roles, setKey);
  for (const ofOneSet of bySet.values()) ofOneSet.sort(newestFirst);
  return bySet;
}

function newestFirst(one: Role, other: Role): number {
  return compareTimes(other.createdAt, one.createdAt) || compareStrings(one.roleArn, other.roleArn);
}

/** Compares two ISO 8601 times, with any offsets and fractions of a second; the earlier one sorts first. */
export function compareTimes(one: string, other: string): number {
  return Date.parse(one) - Date.parse(other);
}

/** A flat copy: V8 keeps the whole string behind a slice, and all parts of a concatenation. */
export function detachedString(text: string): string {
  return Buffer.from(text).toString();
}
