import * as v from 'valibot';
import { type Cluster, ClusterState } from '../access-entry/cluster.ts';
import { type Entry, policiesOf } from '../access-entry/entry.ts';
import { mayLive } from '../access-entry/existing-entries.ts';
import type { StatedPolicy } from '../access-policy.ts';
import { isAccountId, parseArn, stripPath } from '../arn.ts';
import { denialOf } from '../aws-auth/denied-entries.ts';
import type { AccountName, Inventory, Role } from '../directory/model.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import { defaultUsername, groupProblem, isForPeople, statedPolicyOf, writtenPolicy } from '../eks.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { DEFAULT_USERNAME, NODE_GROUPS, NODE_USERNAME, USERNAME_OF_EKS } from '../map-entry.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, setKey } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { compareStrings, quoted } from '../text.ts';
import { mappingSchema } from './config-schema.ts';
import { nodeRoleProblem } from './problems.ts';

/** The content of a starter config: what grants access to a cluster now. */
export interface Proposal {
  readonly accounts: readonly AccountName[];
  readonly nodeRoles: readonly string[];
  /** Empty without a map or a cluster, so nobody has access. */
  readonly mappings: readonly ProposedMapping[];
  /** Provisioned permission sets that are not mapped. */
  readonly unmapped: readonly ProvisionedSet[];
  /** The entries that grant access to anyone else. `diff --strict` reports anything that isn't listed. */
  readonly others: readonly {
    readonly entry: Entry;
    /** For an Identity Center role: why no mapping covers it, to end a sentence that begins with the entry. */
    readonly reason: string | null;
  }[];
  /** The number of entries that grant no access, which the config lacks. */
  readonly skipped: number;
}

/** A permission set in some accounts; null means all of them. */
interface ProvisionedSet {
  readonly permissionSet: string;
  readonly accounts: readonly string[] | null;
}

interface ProposedMapping extends ProvisionedSet {
  /** Null: the default. */
  readonly username: string | null;
  readonly groups: readonly string[];
  /** Only from access entries. */
  readonly policies: readonly StatedPolicy[];
}

/** An inventory, and the IDs of the accounts to propose. */
interface Found {
  readonly inventory: Inventory;
  readonly scope: ReadonlySet<string>;
}

/** The provisioned roles of the accounts in scope that were read. */
interface KnownRoles {
  readonly inventory: Inventory;
  readonly accounts: readonly AccountName[];
  readonly roles: readonly Role[];
  readonly facts: RoleFacts;
}

/**
 * Proposes a config for what grants access to a cluster. If it is merged over the same map and inventory, only entries
 * of re-created roles change: a mapping that would change, add or revive anything else is left out.
 * @param cluster has the map or the access entries; null without either
 * @param found null if only the map was read
 */
export function proposeConfig(cluster: Cluster | null, found: Found | null): Proposal {
  const known = found && knownRoles(found);
  const entries = (cluster?.entries ?? []).filter(
    (entry) => entry.source === 'aws-auth' || isForPeople(entry.accessEntry),
  );
  const roleEntries = entries.flatMap((entry): RoleEntry[] => {
    const role = provisionedRoleOf(entry, known);
    return role ? [{ entry, role }] : [];
  });
  const partition = known?.inventory.partition ?? roleEntries[0]?.role.partition ?? null;
  const { mapped, reasons } = mapEntries(roleEntries, known, partition);
  // Which of several entries for one caller takes effect is random: one item covers them.
  const granting = new Map(
    entries
      .filter((entry) => mayGrant(entry, cluster, known))
      .map((entry) => [callerKey(entry.arn || entry.id), entry]),
  );
  const rest = [...granting.values()].filter((entry) => !mapped.has(entry));
  const nodes = rest.filter((entry) => isNodeRole(entry, partition));
  const mappings = [...mapped.values()];
  const accounts = accountsInUse(mappings, roleEntries, known);
  const scope = accounts.map(({ id }) => id);
  return {
    accounts,
    nodeRoles: nodes.map(({ arn }) => arn),
    mappings: mappingsOf(mappings, scope),
    unmapped: unmappedSets(mappings, known, scope),
    others: rest
      .filter((entry) => !nodes.includes(entry))
      .map((entry) => ({ entry, reason: reasons.get(entry) ?? null })),
    skipped: entries.length - mapped.size - rest.length,
  };
}

function knownRoles({ inventory, scope }: Found): KnownRoles {
  const accounts = inventory.accounts.filter(({ id, rolesRead }) => rolesRead && scope.has(id));
  const ids = new Set(accounts.map(({ id }) => id));
  const roles = inventory.roles.filter(({ accountId }) => ids.has(accountId));
  return { inventory, accounts, roles, facts: RoleFacts.of(inventory) };
}

/** An entry for a provisioned role, in any case, with or without a path. */
interface RoleEntry {
  readonly entry: Entry;
  readonly role: ProvisionedRoleArn;
}

/** Null for a role that only has an Identity Center name. */
function provisionedRoleOf(entry: Entry, known: KnownRoles | null): ProvisionedRoleArn | null {
  if (entry.map === 'mapUsers') return null;
  if (!known) return parseProvisionedRoleArn(entry.arn) ?? null;
  const fact =
    entry.source === 'access-entry' ? known.facts.aboutPrincipal(entry.id) : known.facts.about(entry.arn);
  return fact.status === 'outside-path' ? null : fact.provisioned;
}

/** True if an entry may grant access, as far as the map, the cluster and the inventory show. */
function mayGrant(entry: Entry, cluster: Cluster | null, known: KnownRoles | null): boolean {
  if (entry.source === 'access-entry') {
    const judged = ClusterState.of(entry.cluster, known?.inventory ?? null).judgedOf(entry);
    return judged !== undefined && (mayLive(judged) || (judged.isPossible && judged.readTime.isOld));
  }
  const { loaded, arn, id } = entry;
  if (!loaded) return isAccountId(id);
  if (loaded.shadowed || cluster?.awsAuth?.overridden.has(loaded) || denialOf(loaded) !== null) return false;
  if (!known) return true;
  const { status, readTime } = known.facts.about(arn);
  const isOfPartition = parseArn(callerKey(arn))?.partition === known.inventory.partition;
  return isOfPartition && (readTime.isOld || (status !== 'gone' && status !== 're-created'));
}

/**
 * True if `nodeRoles` would create this entry, apart from the order of its groups; entries of Fargate and Windows
 * differ.
 */
function isNodeRole({ arn, username, groups }: Entry, partition: string | null): boolean {
  const parsed = parseArn(arn);
  if (!parsed || nodeRoleProblem(arn) !== undefined || stripPath(parsed).resource !== parsed.resource)
    return false;
  if (partition !== null && parsed.partition !== partition) return false;
  const given = new Set(groups);
  const isOfNodes = given.size === NODE_GROUPS.length && NODE_GROUPS.every((group) => given.has(group));
  return username === NODE_USERNAME && isOfNodes;
}

/** An entry, as a mapping in its account. */
interface MappedEntry extends Omit<ProposedMapping, 'accounts'> {
  readonly accountId: string;
}

function mapEntries(
  roleEntries: readonly RoleEntry[],
  known: KnownRoles | null,
  partition: string | null,
): { readonly mapped: ReadonlyMap<Entry, MappedEntry>; readonly reasons: ReadonlyMap<Entry, string> } {
  const mapped = new Map<Entry, MappedEntry>();
  const reasons = new Map<Entry, string>();
  // An entry may spell a permission set in another case.
  const sets = groupBy(roleEntries, ({ role }) =>
    known ? known.facts.setKeyOf(role) : foldKey(`${role.partition} ${setKey(role)}`),
  );
  for (const ofSet of sets.values()) {
    const choice = known ? chooseKnown(ofSet, known) : chooseUnknown(ofSet);
    for (const { entry, role } of ofSet) {
      const answer = role.partition === partition ? choice : `is in partition ${role.partition}`;
      const mapping = typeof answer === 'string' ? answer : mappingFor(entry, answer);
      if (typeof mapping === 'string') reasons.set(entry, mapping);
      else mapped.set(entry, mapping);
    }
  }
  return { mapped, reasons };
}

/** The entry that a merge would find for a permission set in an account, with the set's exact name. */
interface Choice extends RoleEntry {
  readonly permissionSet: string;
}

/** Chooses the entry of the newest role, or one that merge would make follow it; or says why it chooses none. */
function chooseKnown(ofSet: readonly RoleEntry[], { accounts, facts }: KnownRoles): Choice | string {
  const [{ role }] = ofSet as [RoleEntry];
  if (!accounts.some(({ id }) => id === role.accountId))
    return `is in account ${role.accountId}, which wasn't read`;
  const newest = facts.newestOf(role);
  if (!newest) return "is for a role that wasn't found";
  const chosen =
    ofSet.findLast((one) => callerKey(one.role.roleArn) === callerKey(newest.roleArn)) ??
    ofSet.findLast((one) => !facts.about(one.role.roleArn).made);
  return chosen ? { ...chosen, permissionSet: newest.permissionSet } : OLDER_ROLE;
}

const OLDER_ROLE = "isn't for the newest role of its permission set";

/** Only AWS knows which of several roles is the current one: a mapping would grant it what another one has. */
function chooseUnknown(ofSet: readonly RoleEntry[]): Choice | string {
  const last = ofSet.at(-1) as RoleEntry;
  const roles = new Set(ofSet.map(({ role }) => callerKey(role.roleArn)));
  return roles.size === 1
    ? { ...last, permissionSet: last.role.permissionSet }
    : 'is for one of several roles of its permission set: AWS was not read';
}

/** The mapping that leaves the chosen entry unchanged; or why nothing maps an entry. */
function mappingFor(entry: Entry, chosen: Choice): MappedEntry | string {
  if (entry !== chosen.entry) return OLDER_ROLE;
  const { role, permissionSet } = chosen;
  const { groups, username } = entry;
  if (entry.source === 'aws-auth' && (!entry.loaded || denialOf(entry.loaded))) return 'grants no access';
  if (username === USERNAME_OF_EKS)
    return `has the username ${quoted(USERNAME_OF_EKS)}, which a config leaves to EKS`;
  const repeated = groups.find((group, index) => groups.indexOf(group) !== index);
  if (repeated !== undefined) return `lists the group ${quoted(repeated)} twice`;
  const policies = policiesOf(entry).map(statedPolicyOf);
  if (groups.length + policies.length === 0) return 'grants no groups or policies';
  const refused =
    entry.source === 'access-entry' ? groups.find((group) => groupProblem(group) !== undefined) : undefined;
  if (refused !== undefined) return `has the group ${quoted(refused)}, but ${groupProblem(refused)}`;
  const isByEks = entry.source === 'access-entry' && username === defaultUsername(entry.id);
  const stated = isByEks ? USERNAME_OF_EKS : username;
  const { issues } = v.safeParse(mappingSchema, {
    permissionSet,
    username: stated,
    ...(groups.length > 0 ? { groups } : {}),
    ...(policies.length > 0
      ? {
          policies: policies.map((policy) => ({
            policy: writtenPolicy(policy),
            ...(policy.namespaces === null ? {} : { namespaces: policy.namespaces }),
          })),
        }
      : {}),
  });
  if (issues) return `can't be mapped: ${issues[0].message}`;
  return {
    accountId: role.accountId,
    permissionSet,
    username: stated === DEFAULT_USERNAME ? null : stated,
    groups,
    policies,
  };
}

/** The accounts that were read and have roles or entries, or all of them if none does. Without AWS: the mapped ones. */
function accountsInUse(
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

/** One mapping for entries that differ only in their accounts. */
function mappingsOf(mapped: readonly MappedEntry[], scope: readonly string[]): ProposedMapping[] {
  const alike = groupBy(mapped, ({ accountId: _, ...mapping }) => JSON.stringify(mapping));
  return [...alike.values()].map((ofMapping) => {
    const [{ accountId: _, ...mapping }] = ofMapping as [MappedEntry];
    return { ...mapping, accounts: accountsWithin(scope, ofMapping) };
  });
}

function unmappedSets(
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
