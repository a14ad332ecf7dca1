import { formatArn, parseArn, stripPath } from '../arn.ts';
import type { ListedRole } from '../aws/roles.ts';
import { bug } from '../errors.ts';
import { compareText } from '../order.ts';
import { PROVISIONED_PATH, parseRoleName } from '../role-name.ts';
import { type KeptTexts, keptText } from './kept-text.ts';
import type { Role } from './model.ts';

/**
 * What a role of the account says about its permission set; undefined for one that Identity Center cannot have made.
 * @param names those of permission sets that were seen before
 * @throws Failure 4 for a role of another account: whoever is mapped would get into the wrong one
 */
export function provisionedRole(
  { name, arn, createdAt }: ListedRole,
  accountId: string,
  names: KeptTexts,
): Role | undefined {
  const parsed = parseRoleName(name);
  const pathArn = parseArn(arn);
  // Anybody may give a role such a name; only Identity Center can make one on this path.
  if (!parsed || !pathArn?.resource.startsWith(`role${PROVISIONED_PATH}`)) return undefined;
  if (pathArn.accountId !== accountId) throw bug(`account ${accountId} was read, and ${arn} came back`);
  const permissionSet = names.of(parsed.permissionSet);
  const roleArn = keptText(formatArn(stripPath(pathArn)));
  return { accountId, permissionSet, roleArn, pathArn: keptText(arn), createdAt };
}

/** By account, permission set and age. */
export function compareRoles(one: Role, other: Role): number {
  return (
    compareText(one.accountId, other.accountId) ||
    compareText(one.permissionSet, other.permissionSet) ||
    compareText(one.createdAt, other.createdAt) ||
    compareText(one.pathArn, other.pathArn)
  );
}
