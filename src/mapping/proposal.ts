import * as v from 'valibot';
import type { AccessEntry } from '../access-entry.ts';
import type { StatedPolicy } from '../access-policy-names.ts';
import { isAccountId, parseArn, stripPath } from '../arn.ts';
import { denialOf } from '../authenticator/gets-in.ts';
import { isNodeEntry } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { DEFAULT_USERNAME, NODE_GROUPS, NODE_USERNAME, NODE_VARIABLE, USERNAME_OF_EKS } from '../entry.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { type AccountName, accountText, type Inventory, type Role } from '../inventory/model.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, setKey } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { compareStrings, quoted } from '../text.ts';
import { mappingSchema, nodeRoleProblem } from './config-schema.ts';

/** The content of a starter config. */
export interface Proposal {
  readonly accounts: readonly AccountName[];
  readonly nodeRoles: readonly string[];
  /** From the entries of an existing map; empty without a map, so nobody has access. */
  readonly mappings: readonly ProposedMapping[];
  /** Provisioned permission sets that are not mapped, as examples. */
  readonly examples: readonly ProvisionedSet[];
  readonly others: ProposedOthers;
  /** Only from a cluster: the access entries that no mapping covers. */
  readonly accessEntries?: {
    readonly cluster: string;
    readonly listed: readonly LeftOutAccessEntry[];
    /** Entries without effect. */
    readonly dead: readonly LeftOutAccessEntry[];
  };
}

/** An access entry that no mapping covers. */
export interface LeftOutAccessEntry {
  readonly entry: AccessEntry;
  /** The reason, to end a sentence that begins with the entry. */
  readonly reason: string;
}

/** A permission set in some accounts; null means all of them. */
interface ProvisionedSet {
  readonly permissionSet: string;
  readonly accounts: readonly string[] | null;
}

interface ProposedMapping extends ProvisionedSet {
  /** Null: the default, or one that a config cannot set. */
  readonly username: string | null;
  /** Why a config cannot set it, as a sentence; merge then keeps the entry's username. */
  readonly usernameProblem: string | null;
  readonly groups: readonly string[];
  /** Only from access entries. */
  readonly policies?: readonly StatedPolicy[];
}

/** An entry of the map that no mapping or node role covers. */
interface LeftOutEntry {
  readonly entry: LoadedEntry;
  /** The reason, to end a sentence that begins with the entry. */
  readonly reason: string;
}

/**
 * The rest of an existing map: `otherEntries` lists it, so that `diff --strict` reports only entries without effect.
 */
interface ProposedOthers {
  readonly listed: readonly LeftOutEntry[];
  readonly accounts: readonly string[];
  /** Entries without effect. */
  readonly dead: readonly LeftOutEntry[];
  readonly deadAccounts: readonly string[];
}

/** The provisioned roles of the accounts that were read. */
interface KnownRoles {
  readonly partition: string;
  readonly accounts: readonly AccountName[];
  readonly roles: readonly Role[];
  readonly facts: RoleFacts;
}

/** The part of an inventory that concerns the accounts of a scope. */
export function knownRoles(inventory: Inventory, scope: ReadonlySet<string>): KnownRoles {
  const accounts = inventory.accounts.filter(({ id, rolesRead }) => rolesRead && scope.has(id));
  const ids = new Set(accounts.map(({ id }) => id));
  const roles = inventory.roles.filter(({ accountId }) => ids.has(accountId));
  return { partition: inventory.partition, accounts, roles, facts: RoleFacts.of(inventory) };
}

/**
 * Proposes a config for the entries of an existing map, or examples if there is no map. Merged over the same map and
 * inventory, it changes only the entries of re-created roles: it omits whatever a mapping would change, revive or
 * fail to find.
 * @param found an inventory and the IDs of the accounts to propose; null if only the map was read
 */
export function proposeConfig(
  awsAuth: AwsAuth | null,
  found: { readonly inventory: Inventory; readonly scope: ReadonlySet<string> } | null,
): Proposal {
  const known = found && knownRoles(found.inventory, found.scope);
  const entries = awsAuth?.mapRoles.entries ?? [];
  const roleOf = (entry: LoadedEntry) => provisionedRoleOf(entry, known);
  const roleEntries = entries.flatMap((entry): RoleEntry[] => {
    const role = roleOf(entry);
    return role ? [{ entry, role }] : [];
  });
  const partition = known?.partition ?? roleEntries[0]?.role.partition ?? null;
  const others = entries.filter((entry) => !entry.shadowed && !roleOf(entry));
  const isOfNodes = (entry: LoadedEntry) => isNodeRole(entry, partition);
  const nodeRoles = new Map(others.filter(isOfNodes).map(({ arn }) => [callerKey(arn), arn]));
  const { mapped, leftOut } = mapEntries(roleEntries, known, partition);
  for (const entry of others) if (!isOfNodes(entry)) leftOut.push({ entry, reason: leftOutReason(entry) });
  const accounts = proposedAccounts(mapped, roleEntries, known);
  const scope = accounts.map(({ id }) => id);
  leftOut.sort((one, other) => one.entry.index - other.entry.index);
  return {
    accounts,
    nodeRoles: [...nodeRoles.values()],
    mappings: mappingsOf(mapped, scope),
    examples: examplesOf(mapped, known, scope),
    others: proposeOthers(leftOut, awsAuth, known),
  };
}

/** Also undefined for a role that only has an Identity Center name. */
function provisionedRoleOf({ arn }: LoadedEntry, known: KnownRoles | null): ProvisionedRoleArn | undefined {
  const role = parseProvisionedRoleArn(arn);
  return role && known?.facts.about(role.roleArn).status === 'outside-path' ? undefined : role;
}

/** An entry for a provisioned role, in any case, with or without a path. */
interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
}

/** An entry, as a mapping in its account. */
export interface MappedEntry extends Omit<ProposedMapping, 'accounts'> {
  readonly accountId: string;
}

/** Why the config cannot cover an entry that is not for a provisioned role. */
function leftOutReason(entry: LoadedEntry): string {
  if (entry.sso) return 'is an sso: entry, which EKS ignores';
  return isNodeEntry(entry)
    ? 'is a node entry that nodeRoles would write differently'
    : "isn't an Identity Center role";
}

/**
 * True if `nodeRoles` would create this entry, apart from the order of its groups; entries of Fargate and Windows
 * differ.
 */
function isNodeRole({ arn, username, groups }: LoadedEntry, partition: string | null): boolean {
  const parsed = parseArn(arn);
  if (!parsed || nodeRoleProblem(arn) !== undefined || stripPath(parsed).resource !== parsed.resource)
    return false;
  if (partition !== null && parsed.partition !== partition) return false;
  const given = new Set(groups);
  const isOfNodes = given.size === NODE_GROUPS.length && NODE_GROUPS.every((group) => given.has(group));
  return username === NODE_USERNAME && isOfNodes;
}

function mapEntries(
  roleEntries: readonly RoleEntry[],
  known: KnownRoles | null,
  partition: string | null,
): { readonly mapped: readonly MappedEntry[]; readonly leftOut: LeftOutEntry[] } {
  const mapped: MappedEntry[] = [];
  const leftOut: LeftOutEntry[] = [];
  const choose = known ? chooserAmong(known) : chooseLast;
  // An entry may spell a permission set in another case.
  const sets = groupBy(roleEntries, ({ role }) =>
    known ? known.facts.setKeyOf(role) : foldKey(`${role.partition} ${setKey(role)}`),
  );
  for (const ofSet of sets.values()) {
    const [{ role }] = ofSet as [RoleEntry];
    const choice = role.partition === partition ? choose(ofSet) : `is in partition ${role.partition}`;
    const answer = typeof choice === 'string' ? choice : mappedEntry(choice);
    if (typeof answer !== 'string') {
      mapped.push(answer);
      if (typeof choice !== 'string' && answer.usernameProblem !== null)
        leftOut.push({ entry: choice.entry, reason: "has a username that its mapping can't set" });
    }
    for (const one of ofSet) {
      const reason = typeof choice === 'string' || one.entry === choice.entry ? answer : OTHER_ENTRY;
      if (typeof reason === 'string') leftOut.push({ entry: one.entry, reason });
    }
  }
  return { mapped, leftOut };
}

const OTHER_ENTRY = "isn't the effective entry for its permission set and account";

/** The entry for a permission set in an account, with the set's name; or the reason why there is no entry. */
type Choice = (RoleEntry & { readonly permissionSet: string }) | string;

/** Without an inventory, chooses the last entry. */
function chooseLast(ofSet: readonly RoleEntry[]): Choice {
  const last = ofSet.at(-1) as RoleEntry;
  const { accountId, permissionSet } = last.role;
  return isAccountId(accountId) ? { ...last, permissionSet } : 'has no valid account ID';
}

/**
 * Chooses the entry that a merge would find for the newest role of the permission set: its own, or the entry of a
 * role that is gone.
 */
function chooserAmong({ accounts, facts }: KnownRoles): (ofSet: readonly RoleEntry[]) => Choice {
  const names = new Map(accounts.map((account) => [account.id, accountText(account)]));
  return (ofSet) => {
    const last = ofSet.at(-1) as RoleEntry;
    const { accountId, permissionSet } = last.role;
    const account = names.get(accountId);
    if (account === undefined) return `is in account ${accountId}, which wasn't read`;
    const newest = facts.newestOf(last.role);
    if (!newest)
      return `is for permission set ${permissionSet}, which is no longer provisioned in account ${account}`;
    const own = ofSet.findLast(({ role }) => callerKey(role.roleArn) === callerKey(newest.roleArn));
    const gone = ofSet.findLast(({ role }) => !facts.about(role.roleArn).made);
    return { ...(own ?? gone ?? last), permissionSet: newest.permissionSet };
  };
}

/** The mapping that leaves an entry unchanged; or the reason why there is no such mapping. */
function mappedEntry({ entry, role, permissionSet }: Exclude<Choice, string>): MappedEntry | string {
  if (callerKey(entry.arn) !== callerKey(role.roleArn)) return 'has a path in its ARN, so it never matches';
  if (entry.username.includes(NODE_VARIABLE))
    return `has ${NODE_VARIABLE} in its username, which denies access to people`;
  const groups = entry.groups ?? [];
  const repeated = groups.find((group, index) => groups.indexOf(group) !== index);
  if (repeated !== undefined) return `lists the group ${quoted(repeated)} twice`;
  const { issues } = v.safeParse(mappingSchema, { permissionSet, groups, username: entry.username });
  const problem = issues?.find(({ path }) => path?.[0]?.key !== 'username');
  if (problem) return groups.length === 0 ? 'has no groups' : `can't be mapped: ${problem.message}`;
  const isReserved = entry.username === USERNAME_OF_EKS;
  const usernameProblem =
    issues?.[0].message ??
    (isReserved ? `${quoted(entry.username)} in a config makes EKS choose the username` : null);
  const isStated = usernameProblem === null && entry.username !== DEFAULT_USERNAME;
  return {
    accountId: role.accountId,
    permissionSet,
    username: isStated ? entry.username : null,
    usernameProblem,
    groups,
  };
}

function proposedAccounts(
  mapped: readonly MappedEntry[],
  roleEntries: readonly RoleEntry[],
  known: KnownRoles | null,
): readonly AccountName[] {
  if (!known) {
    const ids = [...new Set(mapped.map(({ accountId }) => accountId))];
    return ids.sort(compareStrings).map((id) => ({ id, name: null }));
  }
  const used = new Set(
    [...known.roles, ...roleEntries.map(({ role }) => role)].map(({ accountId }) => accountId),
  );
  const inUse = known.accounts.filter(({ id }) => used.has(id));
  return inUse.length > 0 ? inUse : known.accounts;
}

/** Combines entries that differ only in their accounts into one mapping. */
export function mappingsOf(mapped: readonly MappedEntry[], scope: readonly string[]): ProposedMapping[] {
  const alike = groupBy(mapped, ({ accountId: _, ...mapping }) => JSON.stringify(mapping));
  return [...alike.values()].map((ofMapping) => {
    const [{ accountId: _, ...mapping }] = ofMapping as [MappedEntry];
    return { ...mapping, accounts: accountsWithin(scope, ofMapping) };
  });
}

export function examplesOf(
  mapped: readonly MappedEntry[],
  known: KnownRoles | null,
  scope: readonly string[],
): ProvisionedSet[] {
  const isMapped = new Set(mapped.map(setKey));
  const open = (known?.roles ?? []).filter((role) => !isMapped.has(setKey(role)));
  return [...groupBy(open, ({ permissionSet }) => permissionSet)]
    .sort(([one], [other]) => compareStrings(one, other))
    .map(([permissionSet, roles]) => ({ permissionSet, accounts: accountsWithin(scope, roles) }));
}

/** The accounts of roles in the order of the scope; null for all of them. */
function accountsWithin(
  scope: readonly string[],
  roles: readonly Pick<Role, 'accountId'>[],
): readonly string[] | null {
  const ids = new Set(roles.map(({ accountId }) => accountId));
  const accounts = scope.filter((id) => ids.has(id));
  return accounts.length === scope.length ? null : accounts;
}

/**
 * Splits what a map has and the proposal lacks: entries that grant access, and the rest.
 * @param leftOut entries of mapRoles
 */
function proposeOthers(
  leftOut: readonly LeftOutEntry[],
  awsAuth: AwsAuth | null,
  known: KnownRoles | null,
): ProposedOthers {
  const mapUsers = awsAuth?.mapUsers.entries ?? [];
  const last = new Map(mapUsers.map((user) => [callerKey(user.arn), user]));
  const users = mapUsers.map((entry): LeftOutEntry & { readonly isDead: boolean } => {
    if (awsAuth?.overridden.has(entry))
      return { entry, reason: 'is an entry of mapUsers that mapRoles overrides', isDead: true };
    const isLast = last.get(callerKey(entry.arn)) === entry;
    return isLast
      ? { entry, reason: 'is an entry of mapUsers', isDead: false }
      : { entry, reason: 'is an entry of mapUsers with the same ARN as another one', isDead: true };
  });
  const isGone = goneAmong(known);
  const isDead = (entry: LoadedEntry) => entry.shadowed || denialOf(entry) !== null || isGone(entry);
  // Which of several entries for one caller takes effect is random: one item covers them.
  const lastRole = new Map(leftOut.map(({ entry }) => [callerKey(entry.arn), entry]));
  const roles = leftOut.map((one) => ({
    ...one,
    isDead: isDead(one.entry) || (!one.entry.sso && lastRole.get(callerKey(one.entry.arn)) !== one.entry),
  }));
  const others = [...roles, ...users.map((one) => ({ ...one, isDead: one.isDead || isDead(one.entry) }))];
  const ids = [...new Set(awsAuth?.mapAccounts.entries)];
  return {
    listed: others.filter((one) => !one.isDead),
    accounts: ids.filter(isAccountId),
    dead: others.filter((one) => one.isDead),
    deadAccounts: ids.filter((id) => !isAccountId(id)),
  };
}

/**
 * Returns a function that finds entries of roles that no longer exist, or that are in another partition than the
 * inventory.
 */
function goneAmong(known: KnownRoles | null): (entry: LoadedEntry) => boolean {
  if (!known) return () => false;
  return ({ arn }) => {
    const { status } = known.facts.about(arn);
    return (
      parseArn(callerKey(arn))?.partition !== known.partition || status === 'gone' || status === 're-created'
    );
  };
}
