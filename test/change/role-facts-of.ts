import type { PlanContext } from '../../src/change/change.ts';
import type { Role } from '../../src/directory/model.ts';
import { RoleFacts } from '../../src/directory/role-facts.ts';
import { withReadTime } from '../../src/directory/snapshot-source.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { account, inventory } from '../directory/build-inventory.ts';

interface Known {
  readonly accountsRead: Iterable<string>;
  /** ARNs of the provisioned roles that exist, newest first. */
  readonly roleArns: Iterable<string>;
  /** Roles that Identity Center did not create and that IAM does not have. */
  readonly gone?: readonly string[];
  /** Roles that Identity Center did not create, with ARNs that may look like it did. */
  readonly others?: readonly string[];
  readonly partition?: string;
  /** True if all of that comes from an old snapshot. */
  readonly isOld?: boolean;
}

/** Role facts if these roles exist, in accounts that were read. */
export function roleFactsOf({
  accountsRead,
  roleArns,
  gone = [],
  others = [],
  partition = 'aws',
  isOld = false,
}: Known) {
  const latest = Date.parse('2026-01-01T00:00:00.000Z');
  const roles = [...roleArns].flatMap((pathArn, index): Role[] => {
    const role = parseProvisionedRoleArn(pathArn);
    return role ? [{ ...role, pathArn, createdAt: new Date(latest - index * 1000).toISOString() }] : [];
  });
  const accounts = [...accountsRead].map((id) => account(id));
  const otherRoles = [
    ...gone.map((arn) => ({ arn, role: null })),
    ...others.map((arn) => ({ arn, role: { pathArn: arn, createdAt: '2026-01-01T00:00:00.000Z' } })),
  ];
  const read = inventory(accounts, roles, { partition, otherRoles });
  return RoleFacts.of(isOld ? withReadTime(read, 0) : read);
}

/** The context of a merge, with the sources of its role facts for those who judge it. */
export interface KnownContext extends PlanContext {
  readonly accountsRead: ReadonlySet<string>;
  /** In lower case, without paths. */
  readonly roleArns: ReadonlySet<string>;
}

/** @param roleArns as in IAM; default: the ARNs of the context */
export function contextOf(
  context: Omit<KnownContext, 'roles'>,
  roleArns: Iterable<string> = context.roleArns,
): KnownContext {
  return { ...context, roles: roleFactsOf({ accountsRead: context.accountsRead, roleArns }) };
}
