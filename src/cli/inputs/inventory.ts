import type { Entry } from '../../access-entry/entry.ts';
import { arnKind, parseArn } from '../../arn.ts';
import { diagnoseArn } from '../../aws-auth/diagnose-arn.ts';
import type { AwsAuthDocument } from '../../aws-auth/document.ts';
import { readMapRoles } from '../../aws-auth/load.ts';
import { parseAccountSelector } from '../../directory/account-selector.ts';
import { Assignees } from '../../directory/assignees.ts';
import {
  mentionedIn,
  otherRoleArns,
  principalArns,
  provisionedAccounts,
  readAccounts,
  requireSomeInScope,
  withAssignments,
  withOtherRoles,
} from '../../directory/look-up.ts';
import type { EksCluster, Inventory } from '../../directory/model.ts';
import { type InventoryQuery, type PeopleQuery, selectsNone } from '../../directory/query.ts';
import { RoleFacts } from '../../directory/role-facts.ts';
import { resolveQuery, resolveScope, scopeTest } from '../../directory/scope.ts';
import { bug, Failure, type Finding, refusal } from '../../errors.ts';
import { parseProvisionedRoleArn, parseRoleArn } from '../../role-name.ts';
import { roleArnKey } from '../../same-arn.ts';
import { liveRoleArns, roleWays } from '../../who/find-ways.ts';
import type { Inputs } from './inputs.ts';

/** Strings in the file that look like ARNs, even if the file is invalid. */
export function arnsOf({ configMap, data, source, mapRoles }: AwsAuthDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  const found = texts.flatMap((text) => text.match(/arn:aws[\w-]*:[\w-]+:[^\s"'\\]*/gi) ?? []);
  // In a flow list or map more text may follow an ARN; only the loader finds its end.
  const loaded = readMapRoles(mapRoles?.text ?? '').entries.map(({ arn }) => arn);
  return [...new Set([...loaded, ...found.map((arn) => arn.replace(/[,\]}]+$/, ''))])];
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

type Scoped = Pick<Inputs, 'scopeFlags' | 'excludedAccounts'>;

/**
 * The accounts of the provisioned roles among ARNs, within the scope flags.
 * @param partition whose accounts can be read; null if unknown
 * @param sets permission set ARNs, which belong to the accounts of the scope flags
 */
function queryFor(
  arns: readonly string[],
  { scopeFlags, excludedAccounts }: Scoped,
  partition: string | null,
  sets: readonly string[] = [],
): InventoryQuery {
  const flags = scopeFlags();
  const named = provisionedAccounts(arns, partition).sort().map(parseAccountSelector);
  return {
    scope: sets.length > 0 ? [...named, ...flags] : named,
    within: flags.length > 0 ? flags : null,
    exclude: excludedAccounts(),
    permissionSets: sets.length > 0 ? sets : 'none',
    organizationTree: false,
    fromFile: true,
    mayBeEmpty: true,
  };
}

/**
 * For `check`: reads the accounts of the provisioned-role ARNs in files and in access entries, within the scope flags,
 * and the other roles of access entries; null without any.
 * @returns also the single account that the scope flags name; null if they name several or none
 */
export async function readFileInventory(arnsInFiles: readonly string[], inputs: Inputs) {
  const { report } = inputs;
  const { clusters } = await inputs.fleet();
  const flags = inputs.scopeFlags();
  const arns = [...arnsInFiles, ...principalArns(clusters)];
  const others = otherRoleArns(clusters);
  const isSet = (text: string) => {
    const arn = parseArn(text);
    return arn !== undefined && arnKind(arn) === 'permission-set';
  };
  const sets = flags.length === 1 ? [...new Set(arns.filter(isSet))] : [];
  // Even if no account ID is valid: the inventory knows the partition of the cluster.
  const isNeeded = sets.length + others.length > 0 || arns.some(parseProvisionedRoleArn);
  const ordinary = ordinaryRoleArns(arnsInFiles);
  if (!isNeeded && ordinary.length === 0) return null;
  const source = await inputs.open();
  const query = queryFor(arns, inputs, source.partition, sets);
  // Optional: account IDs don't require an organization.
  const organizationTree = provisionedAccounts(arns, source.partition).length > 0 ? 'if-allowed' : false;
  const roles = { others, ordinary, mentioned: arnsInFiles };
  const { read, accountIds } = await readAccounts({ ...query, organizationTree }, roles, source, report);
  const inventory = await withAssignments(read, arns, source, report, "unassigned roles aren't reported");
  const named = resolveScope(flags, [], inventory).accounts;
  return { inventory, accountIds, account: named.length === 1 ? (named[0]?.id ?? null) : null };
}

/**
 * For `access-entries`: reads the provisioned roles of the accounts that ARNs name, within the scope flags; from
 * snapshots, all roles. Null if AWS isn't needed.
 */
export async function readRolesOf(
  arns: readonly string[],
  inputs: Pick<Inputs, 'options' | 'open'> & Scoped,
): Promise<Inventory | null> {
  if (provisionedAccounts(arns, null).length === 0 && !inputs.options.inventory) return null;
  const source = await inputs.open();
  const query = queryFor(arns, inputs, source.partition);
  const inventory = await source.read(query);
  requireSomeInScope(query, inventory, ordinaryRoleArns(arns));
  return inventory;
}

/**
 * For `who`: reads the accounts of the provisioned-role ARNs in files, within the scope flags, and the assignments of
 * these roles; also the other roles of access entries.
 * @returns the inventory, null if AWS isn't called since no role has to be looked up; tests for entries whose role is in an
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
  const { options, report } = inputs;
  const arns = entries.map(({ arn }) => arn);
  const { others: otherArns, areNamedShown, ...wanted } = people;
  const { clusters } = await inputs.fleet();
  const isForAll = people.named.length === 0;
  const mentioned = isForAll ? [...otherArns, ...arns] : [];
  // AWS isn't called for them alone.
  const ordinary = ordinaryRoleArns(mentioned);
  // A snapshot costs no call, and dates the answer even if no entry needs it.
  const isSnapshot = isForAll && options.inventory !== undefined;
  const query = queryFor(arns, inputs, null);
  const isEmpty = query.scope.length === 0 || (isForAll && selectsNone(query));
  // People who are requested by name may also have them, through account access manager.
  const others = otherRoleArns(clusters);
  const inCapabilities = mentionedIn(clusters);
  if (isEmpty && others.length + inCapabilities.length === 0 && !isSnapshot && !areNamedShown)
    return { inventory: null, isRead: () => false, isInScope: scopeTest(query) };
  const source = await inputs.open();
  const asked = isEmpty ? { ...query, scope: [] } : queryFor(arns, inputs, source.partition);
  // Without names, entries of other kinds may be in the scope; it is reported if none is.
  const roles = { others, ordinary, mentioned, mayBeNone: isForAll };
  const { read, isRead, isInScope } = await readAccounts(asked, roles, source, report);
  const found = { inventory: read, isRead, isInScope };
  const roleArns = liveRoleArns(roleWays(entries.filter(isRead), read), read);
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

/**
 * For `explain`: reads the accounts of provisioned-role ARNs, and the other roles of the access entries that matter.
 * @param caller ARN of the caller; null for the profile's identity
 * @param arnsFor the ARNs that matter for a caller
 * @returns the caller; the inventory, null if AWS has nothing relevant; findings to report below the answer
 * @throws Failure (exit 2 or 3)
 */
export async function readCallerInventory(
  caller: string | null,
  arnsFor: (caller: string) => readonly string[],
  cluster: EksCluster | null,
  inputs: Pick<Inputs, 'report' | 'open'> & Scoped,
) {
  const { report } = inputs;
  const source = await inputs.open();
  const { isLive } = source;
  if (caller === null && !source.callerArn) throw bug('a snapshot was asked who calls AWS');
  const arn = caller ?? (await source.callerArn?.()) ?? '';
  const arns = arnsFor(arn);
  const query = queryFor(arns, inputs, source.partition);
  const keys = new Set(arns.map(roleArnKey));
  const others = otherRoleArns(cluster ? [cluster] : []).filter((role) => keys.has(roleArnKey(role)));
  // A snapshot of a cluster may have the caller's role without an access entry for it.
  const ordinary = ordinaryRoleArns(arns);
  const isNeeded = query.scope.length + others.length + ordinary.length > 0;
  const summary: Finding[] = [];
  if (!isNeeded && (cluster === null || isLive)) return { arn, inventory: null, isLive, summary };
  const { read } = await readAccounts(query, { others, ordinary, mentioned: arns }, source, report);
  const lost = 'whether the permission set is assigned is unknown';
  const reportLast = (findings: readonly Finding[]) => void summary.push(...findings);
  return { arn, inventory: await withAssignments(read, arns, source, reportLast, lost), isLive, summary };
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
  { report, open, scopeFlags, excludedAccounts }: Pick<Inputs, 'report' | 'open'> & Scoped,
) {
  const clusters = cluster ? [cluster] : [];
  const arns = [...(document ? arnsOf(document) : []), ...principalArns(clusters)];
  const own = cluster ? (parseArn(cluster.arn)?.accountId ?? []) : [];
  const queryIn = (partition: string | null): InventoryQuery => {
    const flags = scopeFlags();
    const ids = [...new Set([...provisionedAccounts(arns, partition), own].flat())].sort();
    if (flags.length + ids.length === 0)
      throw refusal({
        message: '--user: no entry names the role of a permission set, so no account is known to look in',
        help: 'Add --account ID, for the accounts where people call from.',
      });
    return {
      scope: flags.length > 0 ? flags : ids.map(parseAccountSelector),
      within: null,
      exclude: excludedAccounts(),
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
  const users = Assignees.of(assigned).requireNamed(named, !source.isLive, report);
  const isInScope = scopeTest({ ...query, within: query.fromFile ? null : query.scope }, assigned);
  // The user may have the others, too, through account access manager.
  const inventory = await withOtherRoles(assigned, otherRoleArns(clusters), isInScope, source, report);
  return { inventory, users, accountIds, isLive: source.isLive };
}
