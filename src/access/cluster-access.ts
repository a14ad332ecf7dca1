import type { AccessEntry, AccessPolicy } from '../access-entry.ts';
import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { canBecome, type Granted, isNodeEntry, possibleAdminBy } from '../authenticator/groups.ts';
import type { LoadedAccounts, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import { identityOfEntry } from '../authenticator/resolve-caller.ts';
import { judgeAccessEntries } from '../cluster/access-entry-state.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { Location } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { permissionSetOf } from '../inventory/provisioned-roles.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { ClusterRights } from './cluster-rights.ts';
import {
  type EntryAccess,
  entryAccess,
  type Grant,
  type GrantFilter,
  grantsOf,
  type IgnoredTest,
  ignoredTest,
  type LostTest,
  lostTest,
  type MappedAccessEntry,
  type MappedEntry,
  mappedAccessEntries,
  type NobodyReason,
} from './entry-access.ts';

/** What lets people into a cluster: its aws-auth as loaded, and its access entries. */
export interface Cluster {
  /** Null where the file has no name. */
  readonly name: string | null;
  readonly file: string;
  /** As EKS knows it; null where that was not asked. */
  readonly eks: EksCluster | null;
  /** Whether EKS was asked for clusters, and which of them this one is, is not known. */
  readonly isUnpaired?: boolean;
  /** The effective entries of provisioned roles, those of aws-auth first. */
  readonly provisioned: readonly MappedEntry[];
  /** All else. */
  readonly others: readonly OtherEntry[];
  /** Entries of aws-auth that the cluster does not heed: its mode, or an access entry, says so. */
  readonly ignored: readonly { readonly entry: LoadedEntry; readonly location: Location }[];
  /** The Kubernetes groups of all entries. */
  readonly groups: ReadonlySet<string>;
  readonly locationOf: (entry: MappedEntry) => Location;
}

/** Who gets into a cluster, as far as it was asked for. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  /** Of the provisioned roles, in the order of their entries. */
  readonly access: readonly EntryAccess[];
  readonly grants: readonly Grant[];
  /** Those of `access` that give nobody a grant, or nobody knows whom. */
  readonly nobody: readonly EntryAccess[];
  readonly others: readonly OtherAccess[];
  /** Those of the others that were not asked for. */
  readonly hidden: readonly OtherEntry[];
  /** What they may do there; null where no RBAC manifests are known. */
  readonly rights: ClusterRights | null;
}

/** What was asked. */
export interface AccessQuestion {
  readonly filter: GrantFilter;
  /** Whether it is about certain people: then entries that are of no people are left out. */
  readonly isAboutPeople: boolean;
  /** Whether only those are wanted who are allowed something. */
  readonly isAboutRights: boolean;
  readonly isInScope: (accountId: string) => boolean;
  /** Narrower: suspended accounts are not read. */
  readonly isRead: (entry: MappedEntry) => boolean;
}

/**
 * @param known what was read from AWS; null where nothing was
 * @param rights of the question, where there is one
 */
export function clusterAccess(
  cluster: Cluster,
  known: { readonly inventory: Inventory; readonly assignees: Assignees } | null,
  question: AccessQuestion,
  rights: ClusterRights | null,
): ClusterAccess {
  const { isAboutPeople, isInScope, isRead } = question;
  const isAsked = ({ accountId }: OtherEntry) => !isAboutPeople && isInScope(accountId);
  const names = new Map(known?.inventory.accounts.map(({ id, name }) => [id, name]));
  const nameOf = ({ accountId }: OtherEntry) => names.get(accountId) ?? null;
  const others = cluster.others.filter(isAsked).map((one) => ({ ...one, accountName: nameOf(one) }));
  const hidden = cluster.others.filter((one) => !isAsked(one));
  const access = known
    ? entryAccess(cluster.provisioned.filter(isRead), known.inventory, known.assignees)
    : [];
  const grants = known ? grantsOf(access, known.assignees, withNamed(question.filter, rights)) : [];
  const all = { cluster, access, grants, nobody: [], others, hidden, rights };
  if (isAboutPeople) return all;
  const shown = new Set(grants.map((grant) => grant.access));
  return { ...all, nobody: access.filter((one) => !shown.has(one)) };
}

/** Whom bindings name has rights that the group has not. */
function withNamed(filter: GrantFilter, rights: ClusterRights | null): GrantFilter {
  if (!rights) return filter;
  return { ...filter, expand: (member) => filter.expand(member) || rights.isNamed(member) };
}

/** Only those who are, or may be, allowed what a question is about; of entries, those of which it is not known who gets in. */
export function allowedAccess(shown: ClusterAccess): ClusterAccess {
  const { access, grants, nobody, others, rights } = shown;
  const isAllowedIn = (one: Grant | EntryAccess | OtherAccess, granted: Granted) =>
    (rights ? rights.allows(one) : possibleAdminBy(granted) !== null) || openPolicies(one, rights).length > 0;
  const isOpen = (one: EntryAccess) => isUnknown(one) && isAllowedIn(one, one.entry);
  return {
    ...shown,
    access: access.filter((one) => !isUnknown(one) || isOpen(one)),
    grants: grants.filter((one) => one.principal.name !== null && isAllowedIn(one, one.access.entry)),
    nobody: nobody.filter(isOpen),
    others: others.filter((one) => one.nobody === null && isAllowedIn(one, one)),
  };
}

/** The access policies that may allow what a question is about, and bindings do not: EKS evaluates them itself. */
export function openPolicies(
  one: Grant | EntryAccess | OtherAccess,
  rights: ClusterRights | null,
): readonly AccessPolicy[] {
  const isNobody = 'via' in one ? one.principal.name === null : one.nobody !== null;
  const granted: Granted = 'via' in one ? one.access.entry : 'entry' in one ? one.entry : one;
  if (isNobody || possibleAdminBy(granted) !== null || rights?.allows(one)) return [];
  return (granted.policies ?? []).filter((policy) => rights?.mayAnswer(policy) ?? true);
}

/** Whether it is not known who gets in through an entry. */
export function isUnknown({ principals }: EntryAccess): boolean {
  return principals === null;
}

/** What aws-auth names that Identity Center knows nothing of. */
export type OtherType = 'IAM_ROLE' | 'IAM_USER' | 'ACCOUNT';

/** An IAM role, an IAM user or a whole account in aws-auth; also any entry that never matches by what stands in the file. */
export interface OtherAccess {
  readonly type: OtherType;
  /** The ARN as written, of an access entry with its path, or what stands in mapAccounts. */
  readonly id: string;
  readonly name: string;
  /** Empty where the ARN has none. */
  readonly accountId: string;
  /** Null where it was not read. */
  readonly accountName: string | null;
  /** Of an entry that another one overrides. */
  readonly permissionSet: string | null;
  /** Empty for an account: whoever comes from it is called by the ARN. */
  readonly username: string;
  readonly groups: readonly string[];
  /** Where it is an access entry. */
  readonly policies?: AccessEntry['policies'];
  /** Whether nodes join the cluster by it. */
  readonly isNode: boolean;
  readonly nobody: NobodyReason | null;
}

/** The entries of an aws-auth ConfigMap, as loaded, and the access entries beside them. */
interface Entries {
  readonly roles: readonly LoadedEntry[];
  readonly users: readonly LoadedEntry[];
  readonly accounts: readonly string[];
  /** Entries of mapUsers that mapRoles overrides. */
  readonly overridden: { has(entry: LoadedEntry): boolean };
  /** What of aws-auth the cluster does not heed. */
  readonly ignored: IgnoredTest;
  /** What is known of roles; null where nothing is. */
  readonly facts: RoleFacts | null;
  readonly access: readonly MappedAccessEntry[];
  /** Which of all else let nobody in. */
  readonly lost: LostTest;
}

/** An aws-auth as the authenticator loads it. */
interface LoadedAwsAuth extends Pick<Entries, 'overridden'> {
  readonly mapRoles: Pick<LoadedMap, 'entries'>;
  readonly mapUsers: Pick<LoadedMap, 'entries'>;
  readonly mapAccounts: Pick<LoadedAccounts, 'entries'>;
}

/**
 * @param name null where the file has none
 * @param wanted only entries with one of these Kubernetes groups; null: all
 * @param eks the cluster as EKS knows it; null where that was not asked, so that aws-auth alone counts
 * @param inventory what is known of roles; null where nothing is
 */
export function clusterOf(
  name: string | null,
  document: AwsAuthDocument,
  { mapRoles, mapUsers, mapAccounts, overridden }: LoadedAwsAuth,
  wanted: readonly string[] | null,
  eks: EksCluster | null = null,
  inventory: Inventory | null = null,
): Cluster {
  const users = new Set(mapUsers.entries);
  const access = mappedAccessEntries(eks);
  const judged = eks ? judgeAccessEntries(eks, inventory) : [];
  const entries = {
    roles: mapRoles.entries,
    users: mapUsers.entries,
    accounts: mapAccounts.entries,
    overridden,
    ignored: ignoredTest(eks?.authenticationMode ?? null, judged),
    facts: inventory && RoleFacts.of(inventory),
    access,
    lost: lostTest(judged, inventory),
  };
  const all = [...entries.roles, ...entries.users, ...access];
  const isWanted = (one: Parameters<typeof identityOfEntry>[0]) =>
    !wanted || wanted.some((group) => groupsOf(one).some((own) => canBecome(own, group)));
  const locationOf = (entry: MappedEntry) => {
    const inFile = { file: document.file };
    if ('accessEntry' in entry) return eks ? clusterLocation(eks) : inFile;
    const map = document[users.has(entry) ? 'mapUsers' : 'mapRoles'];
    return map?.locationOf(entry.node.contentStart) ?? inFile;
  };
  const ignored = [...entries.roles, ...entries.users].filter((entry) => entries.ignored(entry) !== null);
  return {
    name,
    file: document.file,
    eks,
    ignored: ignored.map((entry) => ({ entry, location: locationOf(entry) })),
    provisioned: all.filter((one) => isOfProvisionedRole(one, entries) && isWanted(one)),
    others: otherEntries(entries).filter((one) => isWanted({ ...one, arn: one.id })),
    groups: new Set(all.flatMap(groupsOf)),
    locationOf,
  };
}

function groupsOf(entry: Parameters<typeof identityOfEntry>[0]): readonly string[] {
  return identityOfEntry(entry)?.groups ?? [];
}

/** Whether an entry is effective and of a provisioned role: who gets in through it, Identity Center knows. */
function isOfProvisionedRole(
  entry: MappedEntry,
  { overridden, ignored, facts }: Pick<Entries, 'overridden' | 'ignored' | 'facts'>,
): boolean {
  if (parseProvisionedRoleArn(entry.arn) === undefined) return false;
  // Anybody may give a role such a name, but not create one on the path of Identity Center.
  if (!('accessEntry' in entry)) {
    if (entry.shadowed || overridden.has(entry) || ignored(entry)) return false;
    return facts?.about(entry.arn).status !== 'outside-path';
  }
  const arn = parseArn(entry.accessEntry.principalArn);
  return arn !== undefined && permissionSetOf(arn) !== undefined;
}

/** What the file says of one; names of accounts come from elsewhere. */
export type OtherEntry = Omit<OtherAccess, 'accountName'>;

/** All that is not of Identity Center: roles, users, whole accounts, and last the nodes, each in the order of its map. */
export function otherEntries(entries: Entries): OtherEntry[] {
  const { roles, users, accounts, ignored, access } = entries;
  const accessOf = (map: readonly LoadedEntry[], type: OtherType) =>
    map
      .filter((entry) => !isOfProvisionedRole(entry, entries))
      .map((entry) => otherEntry(entry, type, entries));
  const all = [
    ...accessOf(roles, 'IAM_ROLE'),
    ...accessOf(users, 'IAM_USER'),
    ...[...new Set(accounts)].map((id) => accountAccess(id, ignored(null))),
    ...access
      .filter((entry) => !isOfProvisionedRole(entry, entries))
      .map((entry) => otherAccessEntry(entry, entries)),
  ];
  return [...all.filter(({ isNode }) => !isNode), ...all.filter(({ isNode }) => isNode)];
}

/** @param map what an entry of this map is where its ARN does not tell */
function otherEntry(entry: LoadedEntry, map: OtherType, { overridden, ignored, lost }: Entries): OtherEntry {
  const { sso, username, groups } = entry;
  const reason = ignored(entry);
  const base = { username, groups: groups ?? [], isNode: isNodeEntry(entry) };
  if (sso) {
    const { permissionSetName, accountID: accountId } = sso;
    const id = `sso:${permissionSetName}`;
    return {
      ...base,
      type: map,
      id,
      name: id,
      accountId,
      permissionSet: permissionSetName,
      nobody: reason ?? 'sso-inert',
    };
  }
  const own = overridden.has(entry) ? 'overridden-user' : entry.shadowed ? 'shadowed' : lost(entry);
  return { ...base, ...principalOf(entry.arn, map), nobody: reason ?? own };
}

/** Also of users, of nodes, and of what EKS would refuse, in a snapshot that somebody edited. */
function otherAccessEntry(entry: MappedAccessEntry, { lost }: Pick<Entries, 'lost'>): OtherEntry {
  const { username, groups, policies, accessEntry } = entry;
  const isNode = accessEntry.type !== 'STANDARD' || isNodeEntry(entry);
  return {
    ...principalOf(accessEntry.principalArn, 'IAM_ROLE'),
    permissionSet: null,
    username,
    groups: groups ?? [],
    policies,
    isNode,
    nobody: lost(entry),
  };
}

/** @param otherwise the type of one whose ARN does not tell */
function principalOf(written: string, otherwise: OtherType) {
  // The authenticator compares without regard to case.
  const arn = parseArn(foldKey(written));
  return {
    type: (arn && typeOf(arnKind(arn), arn.resource)) ?? otherwise,
    id: written,
    name: arn ? written.slice(Math.max(written.lastIndexOf('/'), written.lastIndexOf(':')) + 1) : written,
    accountId: arn?.accountId ?? '',
    permissionSet: parseProvisionedRoleArn(written)?.permissionSet ?? null,
  };
}

function typeOf(kind: ReturnType<typeof arnKind>, resource: string): OtherType | undefined {
  if (kind === 'role') return 'IAM_ROLE';
  const isFederated = kind === 'session' && resource.startsWith('federated-user/');
  return kind === 'user' || kind === 'root' || isFederated ? 'IAM_USER' : undefined;
}

function accountAccess(id: string, reason: NobodyReason | null): OtherEntry {
  const nobody = reason ?? (isAccountId(id) ? null : 'invalid-account');
  const base = { type: 'ACCOUNT', id, name: id, accountId: id, permissionSet: null } as const;
  return { ...base, username: '', groups: [], isNode: false, nobody };
}

const TYPE_TEXT = { IAM_ROLE: 'IAM role', IAM_USER: 'IAM user', ACCOUNT: 'account' } as const;

/** `IAM role`, `IAM user` or `account` */
export function otherTypeText({ type }: Pick<OtherAccess, 'type'>): string {
  return TYPE_TEXT[type];
}
