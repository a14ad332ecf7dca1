import { type AccessEntry, entryTemplates, isClusterAdminPolicy } from '../access-entry.ts';
import { parseArn, withoutPath } from '../arn.ts';
import { callerKey, overriddenUsers } from '../authenticator/caller.ts';
import { isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import { identityOfEntry, isDenied } from '../authenticator/resolve-caller.ts';
import type { Account, ExistingAccessEntry, Inventory, Role } from '../inventory/model.ts';
import { isOfEarlierRole, isOfLaterRole, permissionSetOf } from '../inventory/provisioned-roles.ts';
import { AUTHENTICATED } from '../rbac/authorizer.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, roleKey } from '../role-name.ts';
import type { ClusterContext, LintContext, ListEntry } from './context.ts';

/** An access entry of a provisioned role, and what is known of the role. */
export interface ProvisionedAccessEntry {
  readonly entry: ExistingAccessEntry;
  readonly arn: ProvisionedRoleArn;
  /** Undefined where the account is not in the inventory. */
  readonly account: Account | undefined;
  /** The role that has the name now. */
  readonly role: Role | undefined;
  /** Whether the role is known to be gone. */
  readonly isGone: boolean;
}

export function* provisionedAccessEntries({
  cluster,
  options,
}: Pick<ClusterContext, 'cluster' | 'options'>): Generator<ProvisionedAccessEntry> {
  const { inventory, accounts: scope } = options;
  if (!inventory) return;
  const accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
  const roles = new Map(inventory.roles.map((role) => [roleKey(role), role]));
  for (const entry of cluster.accessEntries) {
    const arn = provisionedArn(entry, inventory);
    if (!arn || scope?.has(arn.accountId) === false) continue;
    const account = accounts.get(arn.accountId);
    const role = roles.get(roleKey(arn));
    const isNewer = isOfLaterRole(entry, inventory);
    yield { entry, arn, account, role, isGone: account?.rolesRead === true && !role && !isNewer };
  }
}

/** Anybody may give a role such a name, but not create one on the path of Identity Center. */
function provisionedArn(
  { principalArn }: AccessEntry,
  { partition }: Inventory,
): ProvisionedRoleArn | undefined {
  const arn = parseArn(principalArn);
  if (arn?.partition !== partition || permissionSetOf(arn) === undefined) return undefined;
  return parseProvisionedRoleArn(principalArn);
}

/** Whether the role was re-created since, under the same name. */
export function isDead({ entry, role }: ProvisionedAccessEntry): boolean {
  return role !== undefined && isOfEarlierRole(entry, role);
}

/** The access entries through which nobody gets in, since the role that they were made for is gone. */
export function lostEntries(
  context: Pick<ClusterContext, 'cluster' | 'options'>,
): ReadonlySet<ExistingAccessEntry> {
  const lost = [...provisionedAccessEntries(context)].filter((one) => one.isGone || isDead(one));
  return new Set(lost.map(({ entry }) => entry));
}

const OVERRIDDEN = new WeakMap<LintContext, ReadonlyMap<ListEntry, ExistingAccessEntry>>();

/**
 * The entries that would let somebody in, did not an access entry override them: each with that one. Where the access entry is dead, or
 * is of a role that is gone, there is a finding of it.
 */
export function overriddenEntries(context: LintContext): ReadonlyMap<ListEntry, ExistingAccessEntry> {
  const known = OVERRIDDEN.get(context);
  if (known) return known;
  const found = new Map(findOverridden(context));
  OVERRIDDEN.set(context, found);
  return found;
}

function* findOverridden(context: LintContext): Generator<[ListEntry, ExistingAccessEntry]> {
  const { cluster } = context.options;
  if (cluster?.authenticationMode !== 'API_AND_CONFIG_MAP') return;
  const lost = lostEntries({ cluster, options: context.options });
  const byCaller = new Map(
    cluster.accessEntries.flatMap((entry) =>
      lost.has(entry) ? [] : [[callerKey(withoutPath(entry.principalArn)), entry] as const],
    ),
  );
  const loaded = (key: 'mapRoles' | 'mapUsers') => context.list(key)?.loaded.entries ?? [];
  const users = overriddenUsers({ mapRoles: loaded('mapRoles'), mapUsers: loaded('mapUsers') });
  for (const listEntry of context.entries) {
    const { entry, problem } = listEntry;
    if (entry.sso || entry.shadowed || problem || users.has(entry) || isDenied(entry)) continue;
    const accessEntry = byCaller.get(callerKey(entry.arn));
    if (accessEntry) yield [listEntry, accessEntry];
  }
}

/** Whether both give the same username and groups, and both or none of them all rights. */
export function grantsSame({ entry }: ListEntry, accessEntry: AccessEntry): boolean {
  const before = identityOfEntry(entry);
  const after = entryTemplates(accessEntry);
  const { policies } = accessEntry;
  return (
    before?.username === after.username &&
    namedGroups(before.groups) === namedGroups(after.groups) &&
    isClusterAdmin(before) === policies.some(isClusterAdminPolicy) &&
    policies.every(isClusterAdminPolicy)
  );
}

/** The groups that access entries could have, equal for two lists with the same. */
function namedGroups(groups: readonly string[]): string {
  const named = groups.filter((group) => !NOT_NAMED.includes(group));
  return JSON.stringify([...new Set(named)].sort());
}

/** A policy is in the place of the first; the second is everybody's, and the third that of nodes that are not in yet. */
const NOT_NAMED: readonly string[] = [MASTERS, AUTHENTICATED, 'system:bootstrappers'];
