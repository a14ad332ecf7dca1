import type { ListedRole } from '../aws/iam.ts';
import { type Finding, note } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { parseRoleArn } from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import type { Connection } from './connection.ts';
import type { OtherRole, Role } from './model.ts';
import { detachedString } from './provisioned-roles.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';
import { type AccountFailure, groupByCause, namesText } from './unreadable-accounts.ts';

/**
 * Looks roles up in the lists that IAM has of the accounts that can be read; ARNs that name no role of the partition are left out. A list has
 * every role, so that one that is missing is gone: asked by name, IAM might not find one that is written in another case.
 * @throws AwsFailure where AWS cannot be reached at all
 */
export async function readOtherRoles(
  connection: Connection,
  roleArns: readonly string[],
): Promise<{ readonly roles: readonly OtherRole[]; readonly findings: readonly Finding[] }> {
  const named = roleArns.flatMap((arn) => parseRoleArn(arn) ?? []);
  const ofPartition = named.filter(({ partition }) => partition === connection.primary.partition);
  const distinct = new Map(ofPartition.map((role) => [callerKey(role.roleArn), role]));
  const byAccount = groupBy(distinct.values(), (role) => role.accountId);
  const answers = await Promise.all([...byAccount].map(([id, roles]) => rolesOf(connection, id, roles)));
  return {
    roles: answers.flatMap(({ roles }) => roles),
    findings: roleLookupNotes(answers.flatMap(({ failure }) => failure ?? [])),
  };
}

/** Those of the roles that an account has or lacks; none, and the failure, where it cannot be read. */
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
  return { arn, role: role ? { pathArn: detachedString(role.arn), createdAt: role.createdAt } : null };
}

/** Why roles of an account, so many, could not be looked up. */
interface RoleLookupFailure extends AccountFailure {
  readonly roleCount: number;
}

/** Says of how many roles IAM could not tell whether they exist, and why: one note for each cause. */
function roleLookupNotes(failures: readonly RoleLookupFailure[]): Finding[] {
  return groupByCause(failures).map((group) => {
    const [{ cause, detail, help }, ...others] = group;
    const count = group.reduce((sum, { roleCount }) => sum + roleCount, 0);
    const roles = count === 1 ? '1 role' : `${count} roles`;
    const [where, error] =
      others.length === 0 ? ['account', ''] : [`${group.length} accounts`, 'first error: '];
    const message = `whether ${roles} of ${where} ${namesText(group)} still exist${count === 1 ? 's' : ''} is not known (${cause}): ${error}${detail}`;
    return note('other-roles-unread', message, { help });
  });
}
