import { type AccessPolicy, type AuthenticationMode, entryTemplates } from '../access-entry.ts';
import { withoutPath } from '../arn.ts';
import { type Denial, denialOf } from '../authenticator/gets-in.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { isDenied } from '../authenticator/resolve-caller.ts';
import {
  type JudgedAccessEntry,
  judgeAccessEntries,
  overridingEntries,
} from '../cluster/access-entry-state.ts';
import {
  clusterLocation,
  type EksCluster,
  type ExistingAccessEntry,
  type Inventory,
  type Principal,
  type Role,
} from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { type RoleFact, RoleFacts } from '../inventory/role-facts.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';

/** An access entry as what lets somebody in, beside the entries of aws-auth. */
export interface MappedAccessEntry extends Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'shadowed'> {
  /** Of a role, without the path: what callers are compared with. */
  readonly arn: string;
  readonly policies: readonly AccessPolicy[];
  readonly accessEntry: ExistingAccessEntry;
  readonly cluster: EksCluster;
}

/** What lets somebody into a cluster. */
export type MappedEntry = LoadedEntry | MappedAccessEntry;

/** The access entries of a cluster; none where its mode does without. */
export function mappedAccessEntries(cluster: EksCluster | null): MappedAccessEntry[] {
  if (!cluster || cluster.authenticationMode === 'CONFIG_MAP') return [];
  return cluster.accessEntries.map((accessEntry) => mappedAccessEntry(accessEntry, cluster));
}

export function mappedAccessEntry(accessEntry: ExistingAccessEntry, cluster: EksCluster): MappedAccessEntry {
  const { principalArn, policies } = accessEntry;
  const arn = withoutPath(principalArn);
  return { ...entryTemplates(accessEntry), arn, policies, shadowed: false, accessEntry, cluster };
}

/** What lets people into a cluster, in a sentence. */
export function sourceText({
  file,
  eks,
}: {
  readonly file: string;
  readonly eks: EksCluster | null;
}): string {
  if (!eks) return file;
  const cluster = clusterLocation(eks).file;
  return file === cluster || eks.authenticationMode === 'API' ? cluster : `${file} and ${cluster}`;
}

/** The ARN as it is written: of an access entry, with the path. */
export function writtenArn(entry: MappedEntry): string {
  return 'accessEntry' in entry ? entry.accessEntry.principalArn : entry.arn;
}

/** Why a cluster does not heed an entry of aws-auth. */
type IgnoredReason = 'config-map-ignored' | 'overridden-by-access-entry';

/** What says of entries of aws-auth, and (by null) of whole accounts, why a cluster does not heed them; null where it does. */
export type IgnoredTest = (entry: Pick<LoadedEntry, 'arn'> | null) => IgnoredReason | null;

/**
 * @param mode null where only aws-auth is known: then it counts
 * @param judged the access entries of the cluster
 */
export function ignoredTest(
  mode: AuthenticationMode | null,
  judged: readonly JudgedAccessEntry[],
): IgnoredTest {
  if (mode === null) return () => null;
  if (mode === 'API') return () => 'config-map-ignored';
  const overriding = overridingEntries(judged, mode);
  return (entry) => (entry && overriding.has(callerKey(entry.arn)) ? 'overridden-by-access-entry' : null);
}

/** Why an entry lets nobody in. */
export type NobodyReason =
  | IgnoredReason
  | 'dead-access-entry'
  | 'path-in-arn'
  | 'role-gone'
  | 'role-superseded'
  | 'unassigned'
  | 'all-deleted'
  | 'groups-empty'
  | 'shadowed'
  | 'overridden-user'
  | 'sso-inert'
  | 'for-instances'
  | 'invalid-arn'
  | 'invalid-account';

/** An entry of a provisioned role, and who gets in through it. */
export interface EntryAccess {
  readonly entry: MappedEntry;
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string;
  /** Those who are assigned the permission set, the deleted among them; null where that is not known. */
  readonly principals: readonly Principal[] | null;
  /** Why nobody gets in; null where somebody may. */
  readonly nobody: NobodyReason | null;
  /** The role that replaced one that is gone. */
  readonly successor: Role | null;
}

/** Says of each entry that is effective, and of a provisioned role, who gets in through it. */
export function entryAccess(
  entries: readonly MappedEntry[],
  inventory: Inventory,
  assignees: Assignees,
): EntryAccess[] {
  const facts = RoleFacts.of(inventory);
  const accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
  const judged = judgedEntries(entries, inventory);
  return entries.flatMap((entry) => {
    const arn = entry.shadowed ? undefined : parseProvisionedRoleArn(entry.arn);
    if (!arn) return [];
    const account = accounts.get(arn.accountId);
    const fact = facts.about(arn.roleArn);
    const role = fact.made;
    const found = { entry, accountId: arn.accountId, accountName: account?.name ?? null };
    const base = { ...found, permissionSet: role?.permissionSet ?? arn.permissionSet, successor: null };
    const dead = 'accessEntry' in entry ? lostReason(judged.get(entry.accessEntry)) : deadReason(fact);
    if (callerKey(entry.arn) !== callerKey(arn.roleArn))
      return { ...base, principals: [], nobody: 'path-in-arn' as const };
    if (dead) return { ...base, principals: [], ...dead };
    if (isDenied(entry)) return { ...base, principals: [], nobody: 'for-instances' as const };
    if (!role || !assignees.areKnown(role.accountId, role.permissionSet))
      return { ...base, principals: null, nobody: null };
    const principals = assignees.of(role.accountId, role.permissionSet);
    return { ...base, principals, nobody: unreachedReason(principals) };
  });
}

/** The roles whose assignments tell who gets in. */
export function liveRoleArns(access: readonly EntryAccess[], inventory: Inventory): Set<string> {
  const live = access.filter(({ nobody }) => nobody === null);
  const facts = RoleFacts.of(inventory);
  return new Set(live.flatMap(({ entry }) => facts.about(entry.arn).made?.roleArn ?? []));
}

type Lost = Pick<EntryAccess, 'successor'> & { readonly nobody: NobodyReason };

function deadReason({ status, successor }: RoleFact): Lost | null {
  if (status === 'superseded') return { nobody: 'role-superseded', successor };
  return status === 're-created' || status === 'gone' ? { nobody: 'role-gone', successor } : null;
}

/** Why nobody gets in through an access entry because of its role; null where somebody may. */
function lostReason(judged: JudgedAccessEntry | undefined): Lost | null {
  if (!judged) return null;
  const nobody = judged.isPossible ? LOST[judged.state] : 'invalid-arn';
  return nobody && { nobody, successor: judged.successor };
}

const LOST: Readonly<Record<JudgedAccessEntry['state'], NobodyReason | null>> = {
  alive: null,
  unknown: null,
  dead: 'dead-access-entry',
  orphan: 'role-gone',
  superseded: 'role-superseded',
};

/** What says of entries whose people are not Identity Center's why nobody gets in by their ARN, or its role; null where somebody may. */
export type LostTest = (entry: MappedEntry) => NobodyReason | null;

/**
 * @param judged the access entries of the cluster
 * @param inventory null where nothing is known of roles
 */
export function lostTest(judged: readonly JudgedAccessEntry[], inventory: Inventory | null): LostTest {
  const byEntry = new Map(judged.map((one) => [one.entry, one]));
  const facts = inventory && RoleFacts.of(inventory);
  return (entry) => {
    if ('accessEntry' in entry)
      return lostReason(byEntry.get(entry.accessEntry))?.nobody ?? (isDenied(entry) ? 'for-instances' : null);
    const denial = denialOf(entry);
    if (denial) return DENIED[denial.reason] ?? 'invalid-arn';
    return facts?.about(entry.arn).status === 'gone' ? 'role-gone' : null;
  };
}

/** Whatever else keeps people out is wrong with the ARN. */
const DENIED: Partial<Readonly<Record<Denial['reason'], NobodyReason>>> = {
  'sso-matcher': 'sso-inert',
  'path-in-arn': 'path-in-arn',
  'for-instances': 'for-instances',
};

/** What is known of the access entries among entries. */
function judgedEntries(
  entries: readonly MappedEntry[],
  inventory: Inventory,
): ReadonlyMap<ExistingAccessEntry, JudgedAccessEntry> {
  const clusters = new Set(entries.flatMap((entry) => ('accessEntry' in entry ? entry.cluster : [])));
  const all = [...clusters].flatMap((cluster) => judgeAccessEntries(cluster, inventory));
  return new Map(all.map((judged) => [judged.entry, judged]));
}

function unreachedReason(principals: readonly Principal[]): NobodyReason | null {
  if (principals.length === 0) return 'unassigned';
  const live = principals.filter(({ name }) => name !== null);
  if (live.length === 0) return 'all-deleted';
  return live.every(({ members }) => members?.length === 0) ? 'groups-empty' : null;
}

/** Somebody who gets in through an entry. */
export interface Grant {
  readonly principal: Principal;
  /** The group that assigns a user; null for whoever is assigned directly. */
  readonly via: Principal | null;
  readonly access: EntryAccess;
}

/** Whose grants are wanted. */
export interface GrantFilter {
  /** Ids of users, with whatever they reach through groups. */
  readonly users: ReadonlySet<string> | null;
  /** Ids of groups. */
  readonly groups: ReadonlySet<string> | null;
  /** Whether a member of a group is listed after it. */
  readonly expand: (member: Grant) => boolean;
}

/** Who gets in through the entries: in their order, groups before users. */
export function grantsOf(access: readonly EntryAccess[], assignees: Assignees, filter: GrantFilter): Grant[] {
  const { users, groups } = filter;
  const everybody = access.flatMap((entry) =>
    (entry.principals ?? []).flatMap((principal) => [
      { principal, via: null, access: entry },
      ...(principal.type === 'GROUP' ? throughGroup(principal, entry, assignees, filter) : []),
    ]),
  );
  if (users === null && groups === null) return everybody;
  return everybody.filter(
    ({ principal, via }) =>
      users?.has(principal.id) || groups?.has(principal.id) || (via && groups?.has(via.id)),
  );
}

/** The members that are wanted; those of a deleted group do not get in. */
function throughGroup(
  group: Principal,
  access: EntryAccess,
  assignees: Assignees,
  { users, expand }: Pick<GrantFilter, 'users' | 'expand'>,
): Grant[] {
  if (group.name === null) return [];
  const members = new Map<string, Grant>();
  for (const principal of assignees.membersOf(group) ?? []) {
    const member = { principal, via: group, access };
    if (expand(member)) members.set(principal.id, member);
  }
  for (const id of users ?? []) {
    const user = assignees.principal(id);
    if (user && assignees.groupsOf(id).has(group.id))
      members.set(id, { principal: user, via: group, access });
  }
  return [...members.values()];
}
