import type { Role } from '../../src/inventory/model.ts';
import { RoleFacts } from '../../src/inventory/role-facts.ts';
import type { MergeContext } from '../../src/merge/plan.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { account, inventory } from '../inventory/build-inventory.ts';

interface Known {
  readonly accountsRead: Iterable<string>;
  /** ARNs of the provisioned roles that exist. */
  readonly roleArns: Iterable<string>;
  /** Roles that Identity Center did not make, and that IAM does not have. */
  readonly gone?: readonly string[];
  /** Roles that Identity Center did not make, by ARNs that may look as if it did. */
  readonly others?: readonly string[];
  readonly partition?: string;
}

/** What is known of roles where these exist, in accounts that were read. */
export function roleFactsOf({ accountsRead, roleArns, gone = [], others = [], partition = 'aws' }: Known) {
  const roles = [...roleArns].flatMap((pathArn): Role[] => {
    const role = parseProvisionedRoleArn(pathArn);
    return role ? [{ ...role, pathArn, createdAt: '2026-01-01T00:00:00.000Z' }] : [];
  });
  const accounts = [...accountsRead].map((id) => account(id));
  const otherRoles = [
    ...gone.map((arn) => ({ arn, role: null })),
    ...others.map((arn) => ({ arn, role: { pathArn: arn, createdAt: '2026-01-01T00:00:00.000Z' } })),
  ];
  return RoleFacts.of(inventory(accounts, roles, { partition, otherRoles }));
}

/** What a merge knows, with what its facts of roles are made from, for those who judge it. */
export interface KnownContext extends MergeContext {
  readonly accountsRead: ReadonlySet<string>;
  /** In lower case, without paths. */
  readonly roleArns: ReadonlySet<string>;
}

/** @param roleArns as IAM has them; by default, those of the context */
export function contextOf(
  context: Omit<KnownContext, 'roles'>,
  roleArns: Iterable<string> = context.roleArns,
): KnownContext {
  return { ...context, roles: roleFactsOf({ accountsRead: context.accountsRead, roleArns }) };
}
