import { parseArn } from '../../arn.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import { parseAccountSelector } from '../../inventory/account-selector.ts';
import { Assignees } from '../../inventory/assignees.ts';
import type { EksCluster, Inventory, Principal } from '../../inventory/model.ts';
import type { InventoryQuery } from '../../inventory/query.ts';
import { resolveQuery, scopeTest } from '../../inventory/scope.ts';
import { excludedAccounts, scopeFlags } from '../load-request.ts';
import type { CommonOptions } from '../options.ts';
import type { Reading } from './inputs.ts';
import { arnsOf, otherRoleArns, principalArns, provisionedAccounts, withOtherRoles } from './inventory.ts';

/** A user's assignments, and the roles in the accounts where they count. */
interface UserInventory {
  readonly inventory: Inventory;
  /** The user; several if snapshots of several identity stores have one with that name. */
  readonly users: readonly Principal[];
  readonly accountIds: ReadonlySet<string>;
  readonly isLive: boolean;
}

/**
 * For `explain --user`: reads the roles in the accounts of the scope flags, and the user's assignments there. Without
 * flags, uses the accounts of the provisioned roles in the file and the access entries, and the cluster's.
 * @throws Failure (exit 2 or 3)
 */
export async function readUserInventory(
  name: string,
  document: AwsAuthDocument | null,
  cluster: EksCluster | null,
  { options, shell, open }: Reading,
): Promise<UserInventory> {
  // Refuses without a call, if possible.
  userQuery(document, cluster, options, null);
  const source = await open();
  const query = userQuery(document, cluster, options, source.partition);
  const read = await source.read(query);
  const accountIds = new Set(resolveQuery(query, read).accounts.map(({ id }) => id));
  const roles = read.roles.filter(({ accountId }) => accountIds.has(accountId));
  const roleArns = new Set(roles.map(({ roleArn }) => roleArn));
  const named = { type: 'USER', name } as const;
  const assigned = await source.people(read, { roleArns, named: [named], onlyNamed: false, members: false });
  const users = Assignees.of(assigned).requireNamed(named, !source.isLive, (found) => shell.report(found));
  // The user may have them, too, through account access manager.
  const others = otherRoleArns(cluster ? [cluster] : []);
  const isInScope = scopeTest({ ...query, within: query.fromFile ? null : query.scope }, assigned);
  const inventory = await withOtherRoles(assigned, others, isInScope, source, shell);
  return { inventory, users, accountIds, isLive: source.isLive };
}

function userQuery(
  document: AwsAuthDocument | null,
  cluster: EksCluster | null,
  options: CommonOptions,
  partition: string | null,
): InventoryQuery {
  const flags = scopeFlags(options);
  const arns = [...(document ? arnsOf(document) : []), ...principalArns(cluster ? [cluster] : [])];
  const own = cluster ? (parseArn(cluster.arn)?.accountId ?? []) : [];
  const ids = [...new Set([...provisionedAccounts(arns, partition), own].flat())].sort();
  if (flags.length + ids.length === 0)
    throw refusal({
      message: '--user: no entry names the role of a permission set, so no account is known to look in',
      help: 'Add --account ID, for the accounts where people call from.',
    });
  return {
    scope: flags.length > 0 ? flags : ids.map(parseAccountSelector),
    within: null,
    exclude: excludedAccounts(options),
    permissionSets: 'none',
    organizationTree: false,
    fromFile: flags.length === 0,
  };
}
