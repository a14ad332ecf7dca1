import { liveRoleArns, roleWays } from '../../access/who-gets-in.ts';
import { arnKind, isAccountId, parseArn } from '../../arn.ts';
import { diagnoseArn } from '../../authenticator/diagnose-arn.ts';
import { readMapRoles } from '../../authenticator/load.ts';
import type { Entry } from '../../cluster/entry.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { bug, Failure, type Finding, note, unavailable } from '../../errors.ts';
import { parseAccountSelector } from '../../inventory/account-selector.ts';
import { Assignees } from '../../inventory/assignees.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import { isOtherRole } from '../../inventory/provisioned-roles.ts';
import type {
  InventoryQuery,
  InventorySource,
  MentionedPrincipal,
  PeopleQuery,
} from '../../inventory/query.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import { RoleFacts } from '../../inventory/role-facts.ts';
import { emptyScopeFailure, resolveQuery, resolveScope, scopeTest } from '../../inventory/scope.ts';
import { parseProvisionedRoleArn, parseRoleArn } from '../../role-name.ts';
import { roleArnKey } from '../../same-arn.ts';
import { listed } from '../../text.ts';
import { excludedAccounts, scopeFlags } from '../load-request.ts';
import type { CommonOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { Reading } from './inputs.ts';

/** Strings in the file that look like ARNs, even if the file is invalid. */
export function arnsOf({ configMap, data, source, mapRoles }: AwsAuthDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  const found = texts.flatMap((text) => text.match(/arn:aws[\w-]*:[\w-]+:[^\s"'\\]*/gi) ?? []);
  // In a flow list or map more text may follow an ARN; only the loader finds its end.
  const loaded = readMapRoles(mapRoles?.text ?? '').entries.map(({ arn }) => arn);
  return [...new Set([...loaded, ...found.map((arn) => arn.replace(/[,\]}]+$/, ''))])];
}

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

/** Role ARNs in aws-auth that Identity Center can't have created: CI roles, node roles and others. */
function ordinaryRoleArns(arns: readonly string[]): string[] {
  const isOrdinary = (arn: string) => parseRoleArn(arn) && !parseProvisionedRoleArn(arn) && !diagnoseArn(arn);
  return [...new Set(arns)].filter(isOrdinary);
}

/**
 * Role ARNs in aws-auth that must be looked up in addition to the inventory. Anyone can create a role with the name of one
 * that Identity Center deleted.
 */
export function rolesBeside(arns: readonly string[], inventory: Inventory): string[] {
  return [...ordinaryRoleArns(arns), ...RoleFacts.of(inventory).goneAmong(arns)];
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

/** An inventory of the accounts that a file names, and the ones in the scope. */
export interface FileInventory {
  readonly inventory: Inventory;
  readonly accountIds: ReadonlySet<string>;
  /** The single account that the scope flags name; null if they name several or none. */
  readonly account: string | null;
}

/**
 * For `check`: reads the accounts of the provisioned-role ARNs in files and in access entries, within the scope flags,
 * and the other roles of access entries; null without any. Permission set ARNs belong to the account of the flags.
 */
export async function readFileInventory(
  arnsInFiles: readonly string[],
  clusters: readonly EksCluster[],
  { options, shell, open }: Reading,
): Promise<FileInventory | null> {
  const flags = scopeFlags(options);
  const arns = [...arnsInFiles, ...principalArns(clusters)];
  const others = otherRoleArns(clusters);
  const sets = flags.length === 1 ? [...new Set(arns.filter(isPermissionSet))] : [];
  // Even if no account ID is valid: the inventory knows the partition of the cluster.
  const isNeeded = sets.length + others.length > 0 || arns.some(parseProvisionedRoleArn);
  if (!isNeeded && ordinaryRoleArns(arnsInFiles).length === 0) return null;
  const source = await open();
  const asked = fileQuery(arns, options, source.partition);
  const query: InventoryQuery = {
    ...asked,
    scope: [...asked.scope, ...(sets.length > 0 ? flags : [])],
    permissionSets: sets.length > 0 ? sets : 'none',
    // Optional: account IDs don't require an organization.
    organizationTree: asked.scope.length > 0 ? 'if-allowed' : false,
  };
  const { read, accountIds } = await readAccounts(query, { others, mentioned: arnsInFiles }, source, shell);
  const lost = "unassigned roles aren't reported";
  const inventory = await withAssignments(read, arns, source, shell, lost);
  const named = resolveScope(flags, [], inventory).accounts;
  const account = named.length === 1 ? (named[0]?.id ?? null) : null;
  return { inventory, accountIds, account };
}

/**
 * For `access-entries`: reads the provisioned roles of the accounts that ARNs name, within the scope flags; from
 * snapshots, all roles. Null if AWS isn't needed.
 */
export async function readRolesOf(
  arns: readonly string[],
  { options, open }: Reading,
): Promise<Inventory | null> {
  if (provisionedAccounts(arns, null).length === 0 && !options.inventory) return null;
  const source = await open();
  const query = fileQuery(arns, options, source.partition);
  const inventory = await source.read(query);
  requireSomeInScope(query, inventory, ordinaryRoleArns(arns));
  return inventory;
}

/** Assignments of the roles in files, and tests for the scope. */
export interface PeopleOfEntries {
  /** Null if no role has to be looked up, so AWS isn't called. */
  readonly inventory: Inventory | null;
  /** True if an entry has a provisioned role in an account that was read, or in another partition. */
  readonly isRead: (entry: Entry) => boolean;
  /** True if the scope flags select an account, as far as that is known. */
  readonly isInScope: (accountId: string) => boolean;
}

/**
 * For `who`: reads the accounts of the provisioned-role ARNs in files, within the scope flags, and the assignments of
 * these roles; also the other roles of access entries.
 * @throws Failure (exit 2 or 3)
 */
export async function readPeopleOf(
  entries: readonly Entry[],
  people: Pick<PeopleQuery, 'named' | 'members'> & {
    readonly clusters: readonly EksCluster[];
    /** ARNs of all other entries. */
    readonly others: readonly string[];
    /** True to look up the named people even if no role matters: rows of unknown access name them. */
    readonly areNamedShown: boolean;
  },
  { options, shell, open }: Reading,
): Promise<PeopleOfEntries> {
  const arns = entries.map(({ arn }) => arn);
  const query = fileQuery(arns, options, null);
  const { clusters, others: otherArns, areNamedShown, ...wanted } = people;
  // People who are requested by name may also have them, through account access manager.
  const others = otherRoleArns(clusters);
  const mentioned = people.named.length === 0 ? [...otherArns, ...arns] : [];
  const isEmpty = query.scope.length === 0 || (people.named.length === 0 && selectsNone(query));
  // A snapshot may have them; AWS isn't called for them alone.
  const isKnown = options.inventory !== undefined && ordinaryRoleArns(mentioned).length > 0;
  const inCapabilities = mentionedIn(clusters);
  if (isEmpty && others.length + inCapabilities.length === 0 && !isKnown && !areNamedShown)
    return { inventory: null, isRead: () => false, isInScope: scopeTest(query) };
  const source = await open();
  const asked = isEmpty ? { ...query, scope: [] } : fileQuery(arns, options, source.partition);
  // Without names, entries of other kinds may be in the scope; it is reported if none is.
  const roles = { others, mentioned, mayBeNone: people.named.length === 0 };
  const { read, accountIds, isInScope } = await readAccounts(asked, roles, source, shell);
  const isRead = ({ arn }: Entry) => {
    const { partition = read.partition, accountId = '' } = parseProvisionedRoleArn(arn) ?? {};
    // Nothing is left to read of a role in another partition: its access is unknown.
    return partition !== read.partition || accountIds.has(accountId);
  };
  const roleArns = liveRoleArns(roleWays(entries.filter(isRead), read, Assignees.of(read)), read);
  const isForNames = roleArns.size + people.named.length === 0;
  if (isForNames && (inCapabilities.length === 0 || !source.isLive))
    return { inventory: read, isRead, isInScope };
  try {
    const inventory = await source.people(read, {
      ...wanted,
      roleArns,
      onlyNamed: false,
      mentioned: inCapabilities,
    });
    return { inventory, isRead, isInScope };
  } catch (error) {
    // Names of people who use capabilities are optional.
    const isOptional =
      isForNames && error instanceof Failure && error.exitCode === 3 && !error.isContradiction;
    if (!isOptional) throw error;
    return { inventory: read, isRead, isInScope };
  }
}

/** True if the flags select, by ID, only accounts without a provisioned role in the files. */
function selectsNone({ scope, within }: InventoryQuery): boolean {
  const ids = new Set(within?.map((selector) => (selector.kind === 'id' ? selector.id : null)));
  if (within === null || ids.has(null)) return false;
  return !scope.some((selector) => selector.kind === 'id' && ids.has(selector.id));
}

/** A caller, and an inventory of the roles that matter for the caller. */
export interface CallerInventory {
  readonly arn: string;
  /** Null if AWS has nothing relevant. */
  readonly inventory: Inventory | null;
  /** False from snapshots. */
  readonly isLive: boolean;
}

/** The question of `explain`. */
interface CallerQuestion {
  /** ARN of the caller; null for the profile's identity. */
  readonly caller: string | null;
  /** Returns the ARNs that matter for a caller. */
  readonly arnsFor: (caller: string) => readonly string[];
  readonly cluster: EksCluster | null;
}

/**
 * For `explain`: reads the accounts of provisioned-role ARNs, and the other roles of the access entries that matter.
 * @throws Failure (exit 2 or 3)
 */
export async function readCallerInventory(
  { caller, arnsFor, cluster }: CallerQuestion,
  { options, shell, open }: Reading,
): Promise<CallerInventory> {
  const source = await open();
  const { isLive } = source;
  if (caller === null && !source.callerArn) throw bug('a snapshot was asked who calls AWS');
  const arn = caller ?? (await source.callerArn?.()) ?? '';
  const arns = arnsFor(arn);
  const query = fileQuery(arns, options, source.partition);
  const keys = new Set(arns.map(roleArnKey));
  const others = otherRoleArns(cluster ? [cluster] : []).filter((role) => keys.has(roleArnKey(role)));
  // A snapshot of a cluster may have the caller's role without an access entry for it.
  const isNeeded = query.scope.length + others.length + ordinaryRoleArns(arns).length > 0;
  if (!isNeeded && (cluster === null || isLive)) return { arn, inventory: null, isLive };
  const { read } = await readAccounts(query, { others, mentioned: arns }, source, shell);
  const lost = 'whether the permission set is assigned is unknown';
  return { arn, inventory: await withAssignments(read, arns, source, shell, lost), isLive };
}

/**
 * Queries the roles in the accounts of the provisioned-role ARNs in a file, within the scope flags.
 * @throws Failure (exit 2) if a flag selects no accounts
 */
function fileQuery(
  arns: readonly string[],
  options: CommonOptions,
  partition: string | null,
): InventoryQuery {
  const flags = scopeFlags(options);
  return {
    scope: provisionedAccounts(arns, partition).sort().map(parseAccountSelector),
    within: flags.length > 0 ? flags : null,
    exclude: excludedAccounts(options),
    permissionSets: 'none',
    organizationTree: false,
    fromFile: true,
    mayBeEmpty: true,
  };
}

/**
 * Refuses scope flags that exclude everything that files and access entries name.
 * @param roleArns roles that Identity Center didn't create
 * @throws Failure (exit 2)
 */
function requireSomeInScope(query: InventoryQuery, inventory: Inventory, roleArns: readonly string[]): void {
  if (query.scope.length === 0 || resolveQuery(query, inventory).accounts.length > 0) return;
  const isInScope = scopeTest(query, inventory);
  if (roleArns.some((arn) => isInScope(parseRoleArn(arn)?.accountId ?? ''))) return;
  throw emptyScopeFailure(query, inventory);
}

/** Roles that Identity Center didn't create, which are looked up in addition to the accounts. */
interface ExtraRoles {
  /** Roles to look up if the scope flags select their account. */
  readonly others: readonly string[];
  /** ARNs of aws-auth entries, whose other roles are looked up in AWS too. */
  readonly mentioned: readonly string[];
  /** True if the scope flags may exclude all of that. */
  readonly mayBeNone?: boolean;
}

/**
 * Reads the accounts of a query, and determines its scope.
 * @throws Failure (exit 2) if the scope flags exclude everything
 */
async function readAccounts(
  query: InventoryQuery,
  { others, mentioned, mayBeNone = false }: ExtraRoles,
  source: InventorySource,
  shell: Shell,
) {
  const inventory = await source.read(query);
  const { accounts } = resolveQuery(query, inventory);
  const isInScope = scopeTest(query, inventory);
  const more = source.isLive ? rolesBeside(mentioned, inventory) : [];
  const scoped = withinScope(inventory, isInScope);
  const read = await withOtherRoles(scoped, [...others, ...more], isInScope, source, shell);
  if (!mayBeNone) requireSomeInScope(query, inventory, [...others, ...ordinaryRoleArns(mentioned)]);
  return { read, accountIds: new Set(accounts.map(({ id }) => id)), isInScope };
}

/** Removes a snapshot's other roles in accounts that weren't requested. */
function withinScope(inventory: Inventory, isInScope: (accountId: string) => boolean): Inventory {
  const { otherRoles } = inventory;
  const left = otherRoles?.filter(({ arn }) => isInScope(parseRoleArn(arn)?.accountId ?? ''));
  return !left || left.length === otherRoles?.length ? inventory : { ...inventory, otherRoles: left };
}

/** Adds roles that Identity Center didn't create, in the accounts of the scope; reports those that a snapshot lacks. */
export async function withOtherRoles(
  inventory: Inventory,
  roleArns: readonly string[],
  isInScope: (accountId: string) => boolean,
  source: InventorySource,
  shell: Shell,
): Promise<Inventory> {
  const wanted = roleArns.filter((arn) => {
    const { partition, accountId = '' } = parseRoleArn(arn) ?? {};
    return partition === inventory.partition && isInScope(accountId);
  });
  if (wanted.length === 0) return inventory;
  if (source.isLive) return { ...inventory, otherRoles: await source.otherRoles(wanted) };
  shell.report(unknownRoles(wanted, inventory));
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

function isPermissionSet(text: string): boolean {
  const arn = parseArn(text);
  return arn !== undefined && arnKind(arn) === 'permission-set';
}

/**
 * Adds assignments, if sso-admin can be called: they are optional.
 * @param lost the consequence if they can't be read
 */
async function withAssignments(
  inventory: Inventory,
  arns: readonly string[],
  source: InventorySource,
  shell: Shell,
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
    const message = `assignments couldn't be read, so ${lost}: ${error.message}`;
    shell.report([note('assignments-unknown', message)]);
    return inventory;
  }
}
