import { type IAMClient, ListRolesCommand, type Role as SdkRole } from '@aws-sdk/client-iam';
import { formatArn, parseArn, stripPath } from '../arn.ts';
import { bug } from '../errors.ts';
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
  if (arn.accountId !== accountId) throw bug(`account ${accountId} was read, and ${Arn} came back`);
  return {
    accountId,
    permissionSet: detached(name.permissionSet),
    roleArn: detached(formatArn(stripPath(arn))),
    pathArn: detached(Arn),
    createdAt: CreateDate.toISOString(),
  };
}

/** V8 keeps a whole answer in memory for as long as a piece of it is in use, so pieces that stay are copied. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
