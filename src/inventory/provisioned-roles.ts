import { type Arn, formatArn, parseArn, stripPath } from '../arn.ts';
import type { ListedRole } from '../aws/iam.ts';
import { bug } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { homeRegionOf, parseRoleArn, parseRoleName, setKey } from '../role-name.ts';
import { compareStrings } from '../text.ts';
import type { ExistingAccessEntry, Inventory, Role } from './model.ts';

/**
 * The role with its permission set; undefined for one that Identity Center cannot have made.
 * @param setNames names of permission sets that were seen before
 * @throws Failure 4 for a role of another account: whoever is mapped would get into the wrong one
 */
export function provisionedRole(
  { arn, createdAt }: ListedRole,
  accountId: string,
  setNames: StringInterner,
): Role | undefined {
  const pathArn = parseArn(arn);
  const permissionSet = pathArn && permissionSetOf(pathArn);
  if (!pathArn || permissionSet === undefined) return undefined;
  if (pathArn.accountId !== accountId) throw bug(`account ${accountId} was read, and ${arn} came back`);
  const roleArn = detachedString(formatArn(stripPath(pathArn)));
  return {
    accountId,
    permissionSet: setNames.intern(permissionSet),
    roleArn,
    pathArn: detachedString(arn),
    createdAt,
  };
}

/**
 * The permission set in a role's name; undefined for a role that Identity Center cannot have made: anybody may give a role such a
 * name, but not create one on this path.
 */
export function permissionSetOf(arn: Arn): string | undefined {
  const { resource } = arn;
  if (homeRegionOfRole(arn) === undefined) return undefined;
  return parseRoleName(resource.slice(resource.lastIndexOf('/') + 1))?.permissionSet;
}

/** Whether an ARN, with its path, is of a role that Identity Center did not make, whatever the role is called. */
export function isOtherRole(text: string): boolean {
  const arn = parseRoleArn(text) && parseArn(text);
  return arn !== undefined && permissionSetOf(arn) === undefined;
}

/** The home region in the path of the newest role; undefined where there is no role. */
export function homeRegionIn(roles: readonly Role[]): string | undefined {
  const arn = parseArn(newestRole(roles)?.pathArn ?? '');
  return arn && homeRegionOfRole(arn);
}

/** Undefined for anything but a role on Identity Center's path. */
function homeRegionOfRole({ resource }: Arn): string | undefined {
  const [, path = ''] = /^role(\/.*\/)/.exec(resource) ?? [];
  return homeRegionOf(path);
}

/** The earlier of two ISO 8601 times first, whatever their offsets and fractions of a second. */
export function compareTimes(one: string, other: string): number {
  return Date.parse(one) - Date.parse(other);
}

/** By account, permission set and age. */
export function compareRoles(one: Role, other: Role): number {
  return (
    compareStrings(one.accountId, other.accountId) ||
    compareStrings(one.permissionSet, other.permissionSet) ||
    compareTimes(one.createdAt, other.createdAt) ||
    compareStrings(one.pathArn, other.pathArn)
  );
}

/** Roles by permission set and account, as `setKey` names them; of several roles of one set, the newest comes first. */
export function rolesBySet(roles: Iterable<Role>): Map<string, Role[]> {
  const bySet = groupBy(roles, setKey);
  for (const ofOneSet of bySet.values()) ofOneSet.sort(newestFirst);
  return bySet;
}

/**
 * Whether an access entry was made for an earlier role of the same name: EKS keeps the unique id of a role, so the one that was
 * created since does not get in.
 */
export function isOfEarlierRole(
  entry: Pick<ExistingAccessEntry, 'createdAt'>,
  role: Pick<Role, 'createdAt'>,
): boolean {
  return compareTimes(entry.createdAt, role.createdAt) < 0;
}

/** Whether the role of an access entry may be younger than a snapshot, which may be merged with a later one that has the cluster. */
export function isOfLaterRole(
  entry: Pick<ExistingAccessEntry, 'createdAt'>,
  { capturedAt }: Pick<Inventory, 'capturedAt'>,
): boolean {
  return compareTimes(entry.createdAt, capturedAt) > 0;
}

/** The role that was created last. */
function newestRole(roles: readonly Role[]): Role | undefined {
  return roles.reduce<Role | undefined>(
    (newest, role) => (newest && newestFirst(newest, role) <= 0 ? newest : role),
    undefined,
  );
}

function newestFirst(one: Role, other: Role): number {
  return compareTimes(other.createdAt, one.createdAt) || compareStrings(one.roleArn, other.roleArn);
}

/** A flat copy: V8 keeps the whole string that a slice was taken from, and all parts of a concatenation. */
export function detachedString(text: string): string {
  return Buffer.from(text).toString();
}

/** One copy of each of few strings that occur again and again. */
export class StringInterner {
  private readonly strings = new Map<string, string>();

  intern(text: string): string {
    const known = this.strings.get(text);
    if (known !== undefined) return known;
    const copy = detachedString(text);
    this.strings.set(copy, copy);
    return copy;
  }
}
