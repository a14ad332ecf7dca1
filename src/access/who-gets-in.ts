import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { type Denial, denialOf } from '../authenticator/gets-in.ts';
import { type Granted, isNodeEntry } from '../authenticator/groups.ts';
import {
  identityOfEntry,
  isDenied,
  type KubernetesIdentity,
  renderIdentity,
} from '../authenticator/resolve-caller.ts';
import { hasVariable } from '../authenticator/templates.ts';
import type { JudgedAccessEntry } from '../cluster/access-entry-state.ts';
import { type Cluster, ClusterState, type IgnoredReason } from '../cluster/cluster.ts';
import type { BindingEntry, Entry, GrantingEntry } from '../cluster/entry.ts';
import { foldKey } from '../go-strings.ts';
import type { Assignees } from '../inventory/assignees.ts';
import type { Inventory, Principal, Role } from '../inventory/model.ts';
import { permissionSetOf } from '../inventory/provisioned-roles.ts';
import { ReadTime, type Timed } from '../inventory/read-time.ts';
import { type RoleFact, RoleFacts } from '../inventory/role-facts.ts';
import { memo } from '../memo.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';

/** Why an entry grants no access. */
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

/** Principals that an entry names and Identity Center doesn't know. */
type OtherType = 'IAM_ROLE' | 'IAM_USER' | 'ACCOUNT';

/** Subjects of bindings that aren't from AWS. */
export type SubjectType = 'KUBERNETES_GROUP' | 'KUBERNETES_USER' | 'SERVICE_ACCOUNT';

/**
 * A principal with access: a user or group from Identity Center, the role, user or account that an entry names, or a
 * subject that only bindings name.
 */
export type WayPrincipal =
  | Principal
  | { readonly type: OtherType | SubjectType; readonly id: string; readonly name: string };

/** An entry and who has access through it, as far as permissions depend on it. */
export interface HeldEntry {
  readonly entry: GrantingEntry;
  /** Null for a provisioned role that nobody is known to have. */
  readonly principal: WayPrincipal | null;
  /** Empty if the ARN has none. */
  readonly accountId: string;
  readonly status: 'granted' | 'none' | 'unknown';
  /** True if nodes join the cluster through it. */
  readonly isNode: boolean;
}

/** A route into a cluster through an entry: for a principal, for nobody, or for unknown people. */
export interface Way<Granting extends GrantingEntry = Entry> extends HeldEntry, Timed {
  readonly entry: Granting;
  /** The group through which a user is assigned; null if assigned directly, and for all other principals. */
  readonly via: Principal | null;
  /** Null if it was not read. */
  readonly accountName: string | null;
  /** For a provisioned role, even if another entry overrides it. */
  readonly permissionSet: string | null;
  /** Why the entry grants access to no principal; null if it may grant access. */
  readonly nobody: NobodyReason | null;
  /** The role that replaced one that is gone. */
  readonly successor: Role | null;
  /** True if people may have the role through account access manager, whose assignments aren't read. */
  readonly hasAccountAccess: boolean;
}

/** The permissions of a subject that only bindings name. */
export type SubjectWay = Way<BindingEntry>;

/** True for a user or group from Identity Center, who has access through an assignment. */
export function isPerson(principal: WayPrincipal | null): principal is Principal {
  return principal?.type === 'GROUP' || principal?.type === 'USER';
}

/** Why a route grants no access; null if it does, or if that is unknown. */
export function reasonOf({ status, principal, nobody }: Way<GrantingEntry>): NobodyReason | 'deleted' | null {
  if (status !== 'none') return null;
  return isPerson(principal) ? 'deleted' : nobody;
}

/**
 * A principal's identity in the cluster, with known names filled in: an Identity Center user's session has the user's
 * name, and each member of a group gets the group's identity.
 * @param principal another principal with the role
 */
export function identityOf(
  { entry, accountId, principal: own }: Pick<HeldEntry, 'entry' | 'accountId' | 'principal'>,
  principal: WayPrincipal | null = own,
): KubernetesIdentity | null {
  if (principal && !isPerson(principal)) return identityOfEntry({ ...entry, arn: entry.id });
  const sessionName = principal?.type === 'USER' ? principal.name : null;
  return renderIdentity(entry, { accountId, sessionName });
}

/** The granted groups and policies, with the principal's name filled in if it is known. */
export function grantedTo(way: HeldEntry): Granted {
  return (way.principal && identityOf(way)) ?? way.entry;
}

/**
 * The username in Kubernetes audit logs (`user.username`); null if it depends on the caller: for a group, a session with
 * an unknown name, or an item of mapAccounts.
 */
export function auditUsername(way: Way<GrantingEntry>): string | null {
  const username = (way.status === 'none' ? null : identityOf(way)?.username) ?? '';
  return username === '' || hasVariable(username) ? null : username;
}

/** A cluster's entries, sorted by whether Identity Center knows who has access through them. */
export interface SortedEntries {
  /** Effective entries of provisioned roles, aws-auth first. */
  readonly provisioned: readonly Entry[];
  /** All other entries in the cluster's order, node entries last. */
  readonly others: readonly Entry[];
}

/** Finds who has access through each entry of a cluster. */
export class WayFinder {
  private readonly cluster: Cluster;
  private readonly state: ClusterState;
  private readonly facts: RoleFacts | null;
  private readonly accountNames: ReadonlyMap<string, string | null>;

  /** @param inventory null if nothing is known about roles */
  constructor(cluster: Cluster, inventory: Inventory | null) {
    this.cluster = cluster;
    this.state = ClusterState.of(cluster.eks, inventory);
    this.facts = inventory && RoleFacts.of(inventory);
    this.accountNames = new Map(inventory?.accounts.map(({ id, name }) => [id, name]));
  }

  /** Entries of aws-auth that the cluster ignores because of its mode or an access entry. */
  get ignored(): Entry[] {
    return this.cluster.entries.filter((entry) => this.state.ignoredReason(entry) !== null);
  }

  sort(entries: readonly Entry[]): SortedEntries {
    const isProvisioned = memo((entry: Entry) => this.isOfProvisionedRole(entry));
    const others = entries.filter((entry) => !isProvisioned(entry));
    return {
      provisioned: entries.filter(isProvisioned),
      others: [...others.filter((one) => !isOfNodes(one)), ...others.filter(isOfNodes)],
    };
  }

  /** True for an effective entry of a provisioned role: Identity Center knows who has access through it. */
  private isOfProvisionedRole(entry: Entry): boolean {
    if (parseProvisionedRoleArn(entry.arn) === undefined) return false;
    // Any role can have such a name, but only Identity Center can create one on its path.
    if (entry.source === 'access-entry') {
      const arn = parseArn(entry.id);
      return arn !== undefined && permissionSetOf(arn) !== undefined;
    }
    if (this.overriddenReason(entry) || this.state.ignoredReason(entry)) return false;
    return this.facts?.about(entry.arn).status !== 'outside-path';
  }

  /** The route of an entry outside Identity Center, which names its principal itself. */
  otherWay(entry: Entry): Way {
    const { principal, accountId, permissionSet } = namedBy(entry);
    const nobody = this.state.ignoredReason(entry) ?? this.overriddenReason(entry) ?? this.lostReason(entry);
    return {
      entry,
      readTime: ReadTime.earliest(
        ReadTime.of(this.cluster.eks ?? {}),
        this.facts?.about(entry.arn).readTime ?? ReadTime.NOW,
      ),
      principal,
      via: null,
      accountId,
      accountName: this.accountNames.get(accountId) ?? null,
      permissionSet,
      status: nobody ? 'none' : 'granted',
      nobody,
      successor: null,
      isNode: isOfNodes(entry),
      hasAccountAccess: !nobody && (this.facts?.hasAccountAccess(entry.arn) ?? false),
    };
  }

  /** Overrides within aws-auth. */
  private overriddenReason(entry: Entry): NobodyReason | null {
    if (entry.source === 'access-entry' || !entry.loaded || entry.loaded.sso) return null;
    if (this.cluster.awsAuth?.overridden.has(entry.loaded)) return 'overridden-user';
    return entry.loaded.shadowed ? 'shadowed' : null;
  }

  private lostReason(entry: Entry): NobodyReason | null {
    if (entry.source === 'access-entry')
      return lossOf(this.state.judgedOf(entry))?.nobody ?? (isDenied(entry) ? 'for-instances' : null);
    if (!entry.loaded) return isAccountId(entry.id) ? null : 'invalid-account';
    const denial = denialOf(entry.loaded);
    if (denial) return DENIED[denial.reason] ?? 'invalid-arn';
    return this.facts?.about(entry.arn).status === 'gone' ? 'role-gone' : null;
  }
}

/** All other denials are problems with the ARN. */
const DENIED: Partial<Readonly<Record<Denial['reason'], NobodyReason>>> = {
  'sso-matcher': 'sso-inert',
  'path-in-arn': 'path-in-arn',
  'for-instances': 'for-instances',
};

function isOfNodes(entry: Entry): boolean {
  if (entry.source === 'access-entry' && entry.accessEntry.type !== 'STANDARD') return true;
  return isNodeEntry(entry);
}

/** The principal that an entry outside Identity Center names. */
function namedBy(entry: Entry): Pick<Way, 'principal' | 'accountId' | 'permissionSet'> {
  const { id, map } = entry;
  if (map === 'mapAccounts')
    return { principal: { type: 'ACCOUNT', id, name: id }, accountId: id, permissionSet: null };
  const otherwise = map === 'mapUsers' ? 'IAM_USER' : 'IAM_ROLE';
  if (entry.source === 'aws-auth' && entry.loaded?.sso) {
    const { permissionSetName: permissionSet, accountID: accountId } = entry.loaded.sso;
    return { principal: { type: otherwise, id, name: id }, accountId, permissionSet };
  }
  // The authenticator ignores case.
  const arn = parseArn(foldKey(id));
  const type = (arn && typeOf(arnKind(arn), arn.resource)) ?? otherwise;
  const name = arn ? id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1) : id;
  return {
    principal: { type, id, name },
    accountId: arn?.accountId ?? '',
    permissionSet: map === 'accessEntries' ? null : (parseProvisionedRoleArn(id)?.permissionSet ?? null),
  };
}

function typeOf(kind: ReturnType<typeof arnKind>, resource: string): OtherType | undefined {
  if (kind === 'role') return 'IAM_ROLE';
  const isFederated = kind === 'session' && resource.startsWith('federated-user/');
  return kind === 'user' || kind === 'root' || isFederated ? 'IAM_USER' : undefined;
}

/**
 * Routes through effective entries of provisioned roles, in their order: one for each user or group that is assigned the
 * permission set, including deleted ones; one without a principal if nobody is assigned, or if that is unknown.
 */
export function roleWays(entries: readonly Entry[], inventory: Inventory, assignees: Assignees): Way[] {
  const facts = RoleFacts.of(inventory);
  const names = new Map(inventory.accounts.map(({ id, name }) => [id, name]));
  return entries.flatMap((entry): Way[] => {
    const arn = parseProvisionedRoleArn(entry.arn);
    if (!arn) return [];
    const fact = facts.about(arn.roleArn);
    const role = fact.made;
    const base = {
      entry,
      readTime: timeOf(entry, fact),
      principal: null,
      via: null,
      accountId: arn.accountId,
      accountName: names.get(arn.accountId) ?? null,
      permissionSet: role?.permissionSet ?? arn.permissionSet,
      status: 'none',
      successor: null,
      isNode: false,
      hasAccountAccess: false,
    } as const;
    if (callerKey(entry.arn) !== callerKey(arn.roleArn)) return [{ ...base, nobody: 'path-in-arn' }];
    const dead =
      entry.source === 'access-entry'
        ? lossOf(ClusterState.of(entry.cluster, inventory).judgedOf(entry))
        : deadReason(fact);
    if (dead) return [{ ...base, ...dead }];
    if (isDenied(entry)) return [{ ...base, nobody: 'for-instances' }];
    if (!role || !assignees.areKnown(role.accountId, role.permissionSet))
      return [{ ...base, status: 'unknown', nobody: null }];
    const principals = assignees.of(role.accountId, role.permissionSet);
    const nobody = unreachedReason(principals);
    if (principals.length === 0) return [{ ...base, nobody }];
    return principals.map((principal) => wayOf({ ...base, nobody }, principal));
  });
}

/** The route of another principal through the same entry. */
export function wayOf(way: Way, principal: Principal, via: Principal | null = null): Way {
  const { entry, accountId, accountName, permissionSet, nobody, successor, isNode, hasAccountAccess } = way;
  const readTime = ReadTime.of(way);
  const status = principal.name === null ? 'none' : 'granted';
  return {
    entry,
    principal,
    via,
    accountId,
    accountName,
    permissionSet,
    status,
    nobody,
    successor,
    isNode,
    hasAccountAccess,
    readTime,
  };
}

/** When an entry's role was read, and the access entry itself. */
function timeOf(entry: Entry, fact: RoleFact | undefined): ReadTime {
  const cluster = entry.source === 'access-entry' ? entry.cluster : {};
  return ReadTime.earliest(ReadTime.of(cluster), fact?.readTime ?? ReadTime.NOW);
}

/** The roles whose assignments decide who has access. */
export function liveRoleArns(ways: readonly Way[], inventory: Inventory): Set<string> {
  const live = ways.filter(({ nobody }) => nobody === null);
  const facts = RoleFacts.of(inventory);
  return new Set(live.flatMap(({ entry }) => facts.about(entry.arn).made?.roleArn ?? []));
}

type Lost = Pick<Way, 'successor'> & { readonly nobody: NobodyReason };

function deadReason({ status, successor }: RoleFact): Lost | null {
  if (status === 'superseded') return { nobody: 'role-superseded', successor };
  return status === 're-created' || status === 'gone' ? { nobody: 'role-gone', successor } : null;
}

/** Why an access entry's role rules out access; null if it may grant access. */
function lossOf(judged: JudgedAccessEntry | undefined): Lost | null {
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

function unreachedReason(principals: readonly Principal[]): NobodyReason | null {
  if (principals.length === 0) return 'unassigned';
  const live = principals.filter(({ name }) => name !== null);
  if (live.length === 0) return 'all-deleted';
  return live.every(({ members }) => members?.length === 0) ? 'groups-empty' : null;
}
