import type { ListedRole } from '../aws/iam.ts';
import { groupBy } from '../group-by.ts';
import { parseRoleArn } from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import type { Connection } from './connection.ts';
import type { OtherRole, Role } from './model.ts';
import { detachedString } from './provisioned-roles.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';
import { type RoleLookupFailure, roleLookupNotes } from './unreadable-accounts.ts';

/**
 * Looks up roles in IAM's role lists of the accounts that can be read; ignores ARNs that aren't roles of the partition.
 * A list is complete, so a missing role is gone; a lookup by name might not find a role whose name is in another case.
 * Reports accounts that can't be read in a note.
 * @throws AwsFailure if AWS can't be reached at all
 */
export async function readOtherRoles(
  connection: Connection,
  roleArns: readonly string[],
): Promise<readonly OtherRole[]> {
  const named = roleArns.flatMap((arn) => parseRoleArn(arn) ?? []);
  const ofPartition = named.filter(({ partition }) => partition === connection.primary.partition);
  const distinct = new Map(ofPartition.map((role) => [callerKey(role.roleArn), role]));
  const byAccount = groupBy(distinct.values(), (role) => role.accountId);
  const answers = await Promise.all([...byAccount].map(([id, roles]) => rolesOf(connection, id, roles)));
  connection.report(roleLookupNotes(answers.flatMap(({ failure }) => failure ?? [])));
  return answers.flatMap(({ roles }) => roles);
}

/** The roles that exist or are missing in an account; only the failure if it can't be read. */
async function rolesOf(
  connection: Connection,
  accountId: string,
  named: readonly Pick<Role, 'roleArn'>[],
): Promise<{ readonly roles: readonly OtherRole[]; readonly failure?: RoleLookupFailure }> {
  const account = unlistedAccount(accountId);
  const attempt = await connection.attempt(account, () => connection.listRoles(account));
  if ('failure' in attempt) {
    const { failure } = attempt;
    if (failure.error?.isOfNetwork || failure.error?.isContradiction) throw failure.error;
    return { roles: [], failure: { ...failure, roleCount: named.length } };
  }
  const byKey = new Map(attempt.value.map((role) => [roleArnKey(role.arn), role]));
  return { roles: named.map((one) => otherRole(one.roleArn, byKey.get(callerKey(one.roleArn)))) };
}

function otherRole(arn: string, role: ListedRole | undefined): OtherRole {
  if (!role) return { arn, role: null };
  const { createdAt, accountAccess } = role;
  const own = { pathArn: detachedString(role.arn), createdAt };
  return { arn, role: accountAccess ? { ...own, accountAccess } : own };
}
