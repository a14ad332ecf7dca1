import { type IAMClient, ListRolesCommand, type Role as SdkRole } from '@aws-sdk/client-iam';
import { formatArn, parseArn, stripPath } from '../arn.ts';
import type { Role } from '../inventory/model.ts';
import { PROVISIONED_PATH, parseRoleName } from '../role-name.ts';
import type { Caller, CallTarget } from './caller.ts';
import { allItems } from './pages.ts';

const PAGE_SIZE = 1000;

/** The provisioned roles of the account that the client's credentials are of. */
export async function listProvisionedRoles(
  client: IAMClient,
  target: CallTarget,
  caller: Caller,
  accountId: string,
): Promise<Role[]> {
  const roles = await allItems(async (token) => {
    const command = new ListRolesCommand({
      PathPrefix: PROVISIONED_PATH,
      MaxItems: PAGE_SIZE,
      Marker: token,
    });
    const answer = await caller.call(target, 'ListRoles', (options) => client.send(command, options));
    return { items: answer.Roles ?? [], next: answer.IsTruncated ? answer.Marker : undefined };
  });
  // A role can be listed twice when one is created or deleted between two pages.
  const byArn = new Map(roles.map((role) => [role.Arn, role]));
  return [...byArn.values()].flatMap((role) => provisionedRole(role, accountId) ?? []);
}

/** Undefined for a role that Identity Center cannot have made. */
function provisionedRole(
  { RoleName = '', Arn = '', CreateDate }: SdkRole,
  accountId: string,
): Role | undefined {
  const name = parseRoleName(RoleName);
  const arn = parseArn(Arn);
  if (!name || !arn || !CreateDate) return undefined;
  return {
    accountId,
    permissionSet: name.permissionSet,
    roleArn: formatArn(stripPath(arn)),
    pathArn: Arn,
    createdAt: CreateDate.toISOString(),
  };
}
