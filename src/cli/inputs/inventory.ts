import { liveRoleArns, roleWays } from '../../access/who-gets-in.ts';
import { arnKind, isAccountId, parseArn } from '../../arn.ts';
import { diagnoseArn } from '../../authenticator/diagnose-arn.ts';
import { readMapRoles } from '../../authenticator/load.ts';
import type { Entry } from '../../cluster/entry.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { bug, Failure, type Finding, note, refusal, unavailable } from '../../errors.ts';
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
import type { ScopeOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { Inputs } from './inputs.ts';

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

/** The accounts to read, and roles that Identity Center didn't create, which are looked up in addition to them. */
interface Wanted {
  /** The accounts of provisioned roles among these are read, within the scope flags. */
  readonly arns: readonly string[];
  /** Permission set ARNs, which belong to the accounts of the scope flags. */
  readonly sets?: readonly string[];
  /** Roles of access entries, which are looked up if the scope flags select their account. */
  readonly others: readonly string[];
  /** ARNs of aws-auth entries, whose other roles are looked up in AWS too. */
  readonly mentioned: readonly string[];
  /** True if the scope flags may exclude all of that. */
  readonly mayBeNone?: boolean;
}

/** @param partition whose accounts can be read; null if unknown */
function queryFor(
  { arns, sets = [] }: Pick<Wanted, 'arns' | 'sets'>,
  options: ScopeOptions,
  partition: string | null,
): InventoryQuery {
  const flags = scopeFlags(options);
  const named = provisionedAccounts(arns, partition).sort().map(parseAccountSelector);
  return {
    scope: sets.length > 0 ? [...named, ...flags] : named,
    within: flags.length > 0 ? flags : null,
    exclude: excludedAccounts(options),
    permissionSets: sets.length > 0 ? sets : 'none',
    organizationTree: false,
    fromFile: true,
    mayBeEmpty: true,
  };
}

/** Reads the accounts of a query, and the other roles in its scope. */
async function readAccounts(
  query: InventoryQuery,
  { others, mentioned, mayBeNone = false }: Wanted,
  source: InventorySource,
  shell: Shell,
) {
  const inventory = await source.read(query);
  const { accounts } = resolveQuery(query, inventory);
  const isInScope = scopeTest(query, inventory);
  const more = source.isLive ? rolesBeside(mentioned, inventory) : [];
  // A snapshot may also have other roles in accounts that weren't requested.
  const { otherRoles } = inventory;
  const kept = otherRoles?.filter(({ arn }) => isInScope(parseRoleArn(arn)?.accountId ?? ''));
  const scoped = kept && kept.length !== otherRoles?.length ? { ...inventory, otherRoles: kept } : inventory;
  const read = await withOtherRoles(scoped, [...others, ...more], isInScope, source, shell);
  if (!mayBeNone) requireSomeInScope(query, inventory, [...others, ...ordinaryRoleArns(mentioned)]);
  return { read, accountIds: new Set(accounts.map(({ id }) => id)), isInScope };
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

/**
 * For `check`: reads the accounts of the provisioned-role ARNs in files and in access entries, within the scope flags,
 * and the other roles of access entries; null without any.
 * @returns also the single account that the scope flags name; null if they name several or none
 */
export async function readFileInventory(arnsInFiles: readonly string[], inputs: Inputs) {
  const { options, shell } = inputs;
  const { clusters } = await inputs.fleet();
  const flags = scopeFlags(options);
  const arns = [...arnsInFiles, ...principalArns(clusters)];
  const others = otherRoleArns(clusters);
  const isSet = (text: string) => {
    const arn = parseArn(text);
    return arn !== undefined && arnKind(arn) === 'permission-set';
  };
  const sets = flags.length === 1 ? [...new Set(arns.filter(isSet))] : [];
  // Even if no account ID is valid: the inventory knows the partition of the cluster.
  const isNeeded = sets.length + others.length > 0 || arns.some(parseProvisionedRoleArn);
  if (!isNeeded && ordinaryRoleArns(arnsInFiles).length === 0) return null;
  const source = await inputs.open();
  const wanted = { arns, sets, others, mentioned: arnsInFiles };
  const query = queryFor(wanted, options, source.partition);
  // Optional: account IDs don't require an organization.
  const organizationTree = provisionedAccounts(arns, source.partition).length > 0 ? 'if-allowed' : false;
  const { read, accountIds } = await readAccounts({ ...query, organizationTree }, wanted, source, shell);
  const inventory = await withAssignments(read, arns, source, shell, "unassigned roles aren't reported");
  const named = resolveScope(flags, [], inventory).accounts;
  return { inventory, accountIds, account: named.length === 1 ? (named[0]?.id ?? null) : null };
}

/**
 * For `access-entries`: reads the provisioned roles of the accounts that ARNs name, within the scope flags; from
 * snapshots, all roles. Null if AWS isn't needed.
 */
export async function readRolesOf(
  arns: readonly string[],
  { options, open }: Pick<Inputs, 'options' | 'open'>,
): Promise<Inventory | null> {
  if (provisionedAccounts(arns, null).length === 0 && !options.inventory) return null;
  const source = await open();
  const query = queryFor({ arns }, options, source.partition);
  const inventory = await source.read(query);
  requireSomeInScope(query, inventory, ordinaryRoleArns(arns));
  return inventory;
}

/**
 * For `who`: reads the accounts of the provisioned-role ARNs in files, within the scope flags, and the assignments of
 * these roles; also the other roles of access entries.
 * @returns the inventory, null if no role has to be looked up, so AWS isn't called; tests for entries whose role is in an
 *   account that was read, or in another partition, and for accounts that the scope flags select, as far as that is known
 * @throws Failure (exit 2 or 3)
 */
export async function readPeopleOf(
  entries: readonly Entry[],
  people: Pick<PeopleQuery, 'named' | 'members'> & {
    /** ARNs of all other entries. */
    readonly others: readonly string[];
    /** True to look up the named people even if no role matters: rows of unknown access name them. */
    readonly areNamedShown: boolean;
  },
  inputs: Inputs,
) {
  const { options, shell } = inputs;
  const arns = entries.map(({ arn }) => arn);
  const query = queryFor({ arns }, options, null);
  const { others: otherArns, areNamedShown, ...wanted } = people;
  const { clusters } = await inputs.fleet();
  const isForAll = people.named.length === 0;
  // People who are requested by name may also have them, through account access manager.
  const others = otherRoleArns(clusters);
  const mentioned = isForAll ? [...otherArns, ...arns] : [];
  const isEmpty = query.scope.length === 0 || (isForAll && selectsNone(query));
  // A snapshot may have them; AWS isn't called for them alone.
  const isKnown = options.inventory !== undefined && ordinaryRoleArns(mentioned).length > 0;
  const inCapabilities = mentionedIn(clusters);
  if (isEmpty && others.length + inCapabilities.length === 0 && !isKnown && !areNamedShown)
    return { inventory: null, isRead: () => false, isInScope: scopeTest(query) };
  const source = await inputs.open();
  const asked = isEmpty ? { ...query, scope: [] } : queryFor({ arns }, options, source.partition);
  // Without names, entries of other kinds may be in the scope; it is reported if none is.
  const roles = { arns, others, mentioned, mayBeNone: isForAll };
  const { read, accountIds, isInScope } = await readAccounts(asked, roles, source, shell);
  const isRead = ({ arn }: Pick<Entry, 'arn'>) => {
    const { partition = read.partition, accountId = '' } = parseProvisionedRoleArn(arn) ?? {};
    // Nothing is left to read of a role in another partition: its access is unknown.
    return partition !== read.partition || accountIds.has(accountId);
  };
  const found = { inventory: read, isRead, isInScope };
  const roleArns = liveRoleArns(roleWays(entries.filter(isRead), read, Assignees.of(read)), read);
  const isForNames = roleArns.size === 0 && isForAll;
  if (isForNames && (inCapabilities.length === 0 || !source.isLive)) return found;
  try {
    const whole = { ...wanted, roleArns, onlyNamed: false, mentioned: inCapabilities };
    return { ...found, inventory: await source.people(read, whole) };
  } catch (error) {
    // Names of people who use capabilities are optional.
    const isOptional =
      isForNames && error instanceof Failure && error.exitCode === 3 && !error.isContradiction;
    if (!isOptional) throw error;
    return found;
  }
}

/** True if the flags select, by ID, only accounts without a provisioned role in the files. */
function selectsNone({ scope, within }: InventoryQuery): boolean {
  const ids = new Set(within?.map((selector) => (selector.kind === 'id' ? selector.id : null)));
  if (within === null || ids.has(null)) return false;
  return !scope.some((selector) => selector.kind === 'id' && ids.has(selector.id));
}

/**
 * For `explain`: reads the accounts of provisioned-role ARNs, and the other roles of the access entries that matter.
 * @param caller ARN of the caller; null for the profile's identity
 * @param arnsFor the ARNs that matter for a caller
 * @returns the caller, and the inventory, null if AWS has nothing relevant
 * @throws Failure (exit 2 or 3)
 */
export async function readCallerInventory(
  caller: string | null,
  arnsFor: (caller: string) => readonly string[],
  cluster: EksCluster | null,
  { options, shell, open }: Pick<Inputs, 'options' | 'shell' | 'open'>,
) {
  const source = await open();
  const { isLive } = source;
  if (caller === null && !source.callerArn) throw bug('a snapshot was asked who calls AWS');
  const arn = caller ?? (await source.callerArn?.()) ?? '';
  const arns = arnsFor(arn);
  const query = queryFor({ arns }, options, source.partition);
  const keys = new Set(arns.map(roleArnKey));
  const others = otherRoleArns(cluster ? [cluster] : []).filter((role) => keys.has(roleArnKey(role)));
  // A snapshot of a cluster may have the caller's role without an access entry for it.
  const isNeeded = query.scope.length + others.length + ordinaryRoleArns(arns).length > 0;
  if (!isNeeded && (cluster === null || isLive)) return { arn, inventory: null, isLive };
  const { read } = await readAccounts(query, { arns, others, mentioned: arns }, source, shell);
  const lost = 'whether the permission set is assigned is unknown';
  return { arn, inventory: await withAssignments(read, arns, source, shell, lost), isLive };
}

/**
 * For `explain --user`: reads the roles in the accounts of the scope flags, and the user's assignments there. Without
 * flags, uses the accounts of the provisioned roles in the file and the access entries, and the cluster's.
 * @returns the inventory, and the user; several if snapshots of several identity stores have one with that name
 * @throws Failure (exit 2 or 3)
 */
export async function readUserInventory(
  name: string,
  document: AwsAuthDocument | null,
  cluster: EksCluster | null,
  { options, shell, open }: Pick<Inputs, 'options' | 'shell' | 'open'>,
) {
  const clusters = cluster ? [cluster] : [];
  const arns = [...(document ? arnsOf(document) : []), ...principalArns(clusters)];
  const own = cluster ? (parseArn(cluster.arn)?.accountId ?? []) : [];
  const queryIn = (partition: string | null): InventoryQuery => {
    const flags = scopeFlags(options);
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
  };
  // Refuses without a call, if possible.
  queryIn(null);
  const source = await open();
  const query = queryIn(source.partition);
  const read = await source.read(query);
  const accountIds = new Set(resolveQuery(query, read).accounts.map(({ id }) => id));
  const roles = read.roles.filter(({ accountId }) => accountIds.has(accountId));
  const roleArns = new Set(roles.map(({ roleArn }) => roleArn));
  const named = { type: 'USER', name } as const;
  const assigned = await source.people(read, { roleArns, named: [named], onlyNamed: false, members: false });
  const users = Assignees.of(assigned).requireNamed(named, !source.isLive, (found) => shell.report(found));
  const isInScope = scopeTest({ ...query, within: query.fromFile ? null : query.scope }, assigned);
  // The user may have the others, too, through account access manager.
  const inventory = await withOtherRoles(assigned, otherRoleArns(clusters), isInScope, source, shell);
  return { inventory, users, accountIds, isLive: source.isLive };
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
