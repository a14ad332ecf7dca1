import { isAccountId } from '../arn.ts';
import { Failure, type Finding, note, unavailable } from '../errors.ts';
import { parseProvisionedRoleArn, parseRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import { listed } from '../text.ts';
import type { EksCluster, Inventory } from './model.ts';
import { isOtherRole } from './provisioned-roles.ts';
import type { InventoryQuery, InventorySource, MentionedPrincipal } from './query.ts';
import { ReadTime } from './read-time.ts';
import { RoleFacts } from './role-facts.ts';
import { emptyScopeFailure, resolveQuery, scopeTest } from './scope.ts';

/** Principal ARNs of the access entries of clusters; their accounts matter like those of ARNs in a file. */
export function principalArns(clusters: readonly EksCluster[]): string[] {
  return clusters.flatMap(({ accessEntries }) => accessEntries.map(({ principalArn }) => principalArn));
}

/** Identity Store refuses any other ID. */
const PRINCIPAL_ID = /^[0-9A-Za-z-]{1,47}$/;

/** Users and groups of Identity Center that capabilities of clusters name. */
export function mentionedIn(clusters: readonly EksCluster[]): MentionedPrincipal[] {
  return clusters.flatMap(({ signIns }) =>
    (signIns?.capabilities ?? []).flatMap(({ instanceArn, roleMappings }) =>
      roleMappings.flatMap(({ identities }) =>
        identities.flatMap((one) => (PRINCIPAL_ID.test(one.id) ? { ...one, instanceArn } : [])),
      ),
    ),
  );
}

/** Principal ARNs of roles that Identity Center didn't create, which are looked up in addition to the inventory. */
export function otherRoleArns(clusters: readonly EksCluster[]): string[] {
  return principalArns(clusters).filter(isOtherRole);
}

/**
 * Account IDs of the provisioned roles among ARNs, each once.
 * @param partition whose accounts can be read; null if unknown
 */
export function provisionedAccounts(arns: readonly string[], partition: string | null): string[] {
  const roles = arns.flatMap((arn) => parseProvisionedRoleArn(arn) ?? []);
  const own = roles.filter((role) => partition === null || role.partition === partition);
  return [...new Set(own.map(({ accountId }) => accountId))].filter(isAccountId);
}

/**
 * The inventory with the roles that have the names of ones that Identity Center deleted: anyone can create such roles,
 * and they aren't among the provisioned ones. Snapshots stay as they are.
 * @throws Failure (exit 3) if that can't be told
 */
export async function withNamesakes(
  inventory: Inventory,
  arns: readonly string[],
  source: InventorySource,
): Promise<Inventory> {
  const gone = source.isLive ? RoleFacts.of(inventory).goneAmong(arns) : [];
  if (gone.length === 0) return inventory;
  const read = await source.otherRoles(gone);
  const known = { ...inventory, otherRoles: [...(inventory.otherRoles ?? []), ...read] };
  const open = RoleFacts.of(known).goneAmong(gone);
  if (open.length === 0) return known;
  throw unavailable({
    message: `can't tell whether other roles have the names of deleted ones: ${listed(open)}`,
    help: 'Run again, or exclude their accounts with --exclude-account.',
  });
}

/** Roles that Identity Center didn't create, which are looked up in addition to the accounts. */
interface RolesBeside {
  /** Roles of access entries, which are looked up if the scope flags select their account. */
  readonly others: readonly string[];
  /** Roles in aws-auth that Identity Center can't have created, which are looked up in AWS. */
  readonly ordinary: readonly string[];
  /** ARNs in aws-auth: anyone can create a role with the name of one that Identity Center deleted. */
  readonly mentioned: readonly string[];
  /** True if the scope flags may exclude all of that. */
  readonly mayBeNone?: boolean;
}

/**
 * Reads the accounts of a query, and the other roles in its scope.
 * @returns the inventory, the accounts of the query, and tests for roles in an account that was read or in another
 *   partition, and for accounts that the scope flags select
 * @throws Failure (exit 2) if the scope flags exclude everything
 */
export async function readAccounts(
  query: InventoryQuery,
  { others, ordinary, mentioned, mayBeNone = false }: RolesBeside,
  source: InventorySource,
  report: (findings: readonly Finding[]) => void,
) {
  const inventory = await source.read(query);
  const { accounts } = resolveQuery(query, inventory);
  const isInScope = scopeTest(query, inventory);
  const more = source.isLive ? [...ordinary, ...RoleFacts.of(inventory).goneAmong(mentioned)] : [];
  // A snapshot may also have other roles in accounts that weren't requested.
  const { otherRoles } = inventory;
  const kept = otherRoles?.filter(({ arn }) => isInScope(parseRoleArn(arn)?.accountId ?? ''));
  const scoped = kept && kept.length !== otherRoles?.length ? { ...inventory, otherRoles: kept } : inventory;
  const read = await withOtherRoles(scoped, [...others, ...more], isInScope, source, report);
  if (!mayBeNone) requireSomeInScope(query, inventory, [...others, ...ordinary]);
  const accountIds = new Set(accounts.map(({ id }) => id));
  const isRead = ({ arn }: { readonly arn: string }) => {
    const { partition = read.partition, accountId = '' } = parseProvisionedRoleArn(arn) ?? {};
    // Nothing is left to read of a role in another partition: its access is unknown.
    return partition !== read.partition || accountIds.has(accountId);
  };
  return { read, accountIds, isRead, isInScope };
}

/**
 * Refuses scope flags that exclude everything that files and access entries name.
 * @param roleArns roles that Identity Center didn't create
 * @throws Failure (exit 2)
 */
export function requireSomeInScope(
  query: InventoryQuery,
  inventory: Inventory,
  roleArns: readonly string[],
): void {
  if (query.scope.length === 0 || resolveQuery(query, inventory).accounts.length > 0) return;
  const isInScope = scopeTest(query, inventory);
  if (roleArns.some((arn) => isInScope(parseRoleArn(arn)?.accountId ?? ''))) return;
  throw emptyScopeFailure(query, inventory);
}

/** Adds roles that Identity Center didn't create, in the accounts of the scope; reports those that a snapshot lacks. */
export async function withOtherRoles(
  inventory: Inventory,
  roleArns: readonly string[],
  isInScope: (accountId: string) => boolean,
  source: InventorySource,
  report: (findings: readonly Finding[]) => void,
): Promise<Inventory> {
  const wanted = roleArns.filter((arn) => {
    const { partition, accountId = '' } = parseRoleArn(arn) ?? {};
    return partition === inventory.partition && isInScope(accountId);
  });
  if (wanted.length === 0) return inventory;
  if (source.isLive) return { ...inventory, otherRoles: await source.otherRoles(wanted) };
  report(unknownRoles(wanted, inventory));
  return inventory;
}

/** A note about roles that a snapshot knows nothing about. */
function unknownRoles(roleArns: readonly string[], inventory: Inventory): Finding[] {
  const { otherRoles = [] } = inventory;
  const known = new Set(otherRoles.map(({ arn }) => roleArnKey(arn)));
  const unknown = new Map(roleArns.map((arn) => [roleArnKey(arn), parseRoleArn(arn)?.accountId ?? '']));
  for (const key of known) unknown.delete(key);
  if (unknown.size === 0) return [];
  const [roles, exist, them] =
    unknown.size === 1 ? ['1 role', 'exists', 'it'] : [`${unknown.size} roles`, 'exist', 'them'];
  const accounts = listed([...new Set(unknown.values())].sort());
  const message = `can't tell whether ${roles} of access entries still ${exist}: ${ReadTime.of(inventory).source} doesn't have ${them}`;
  const help = `Take a new snapshot with \`aws-auth-sso snapshot --cluster NAME\` and credentials that can read ${accounts}.`;
  return [note('other-roles-unread', message, { help })];
}

/**
 * Adds assignments, if sso-admin can be called: they are optional.
 * @param lost the consequence if they can't be read
 */
export async function withAssignments(
  inventory: Inventory,
  arns: readonly string[],
  source: InventorySource,
  report: (findings: readonly Finding[]) => void,
  lost: string,
): Promise<Inventory> {
  const facts = RoleFacts.of(inventory);
  const roleArns = new Set(arns.flatMap((arn) => facts.about(arn).made?.roleArn ?? []));
  if (!source.isLive || roleArns.size === 0) return inventory;
  try {
    const query = { roleArns, named: [], onlyNamed: false, members: false };
    return await source.people(inventory, query);
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== 3 || error.isContradiction) throw error;
    const message = `${lost}: assignments couldn't be read (${error.message})`;
    report([note('assignments-unknown', message)]);
    return inventory;
  }
}
