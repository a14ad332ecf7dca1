import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { type Denial, denialOf } from '../authenticator/gets-in.ts';
import { type Granted, isNodeEntry } from '../authenticator/groups.ts';
import {
  identityOfEntry,
  isDenied,
  type KubernetesIdentity,
  renderIdentity,
} from '../authenticator/resolve-caller.ts';
import type { JudgedAccessEntry } from '../cluster/access-entry-state.ts';
import { type Cluster, ClusterState, type IgnoredReason } from '../cluster/cluster.ts';
import type { Entry } from '../cluster/entry.ts';
import { foldKey } from '../go-strings.ts';
import type { Inventory, Principal, Role } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { permissionSetOf } from '../inventory/provisioned-roles.ts';
import { type RoleFact, RoleFacts } from '../inventory/role-facts.ts';
import { memo } from '../memo.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';

/** Why nobody gets in through an entry. */
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

/** Whom an entry names that Identity Center knows nothing of. */
type OtherType = 'IAM_ROLE' | 'IAM_USER' | 'ACCOUNT';

/** Who gets in: somebody of Identity Center, or the role, user or account that an entry names. */
export type WayPrincipal =
  | Principal
  | { readonly type: OtherType; readonly id: string; readonly name: string };

/** Somebody gets into a cluster through an entry, or nobody does, or it is not known who. */
export interface Way {
  readonly entry: Entry;
  /** Null for an entry of a provisioned role that nobody has, as far as is known. */
  readonly principal: WayPrincipal | null;
  /** The group that assigns a user; null for whoever is assigned directly, and for all others. */
  readonly via: Principal | null;
  /** Empty where the ARN has none. */
  readonly accountId: string;
  /** Null where it was not read. */
  readonly accountName: string | null;
  /** Of a provisioned role, also of one that gives way to another entry. */
  readonly permissionSet: string | null;
  readonly status: 'granted' | 'none' | 'unknown';
  /** Why nobody gets in through the entry, whoever the principal is; null where somebody may. */
  readonly nobody: NobodyReason | null;
  /** The role that replaced one that is gone. */
  readonly successor: Role | null;
  /** Whether nodes join the cluster by it. */
  readonly isNode: boolean;
}

/** Whether somebody of Identity Center gets in by their assignment. */
export function isPerson(principal: WayPrincipal | null): principal is Principal {
  return principal?.type === 'GROUP' || principal?.type === 'USER';
}

/** Why a way is none; null where it is one, or nobody knows. */
export function reasonOf({ status, principal, nobody }: Way): NobodyReason | 'deleted' | null {
  if (status !== 'none') return null;
  return isPerson(principal) ? 'deleted' : nobody;
}

/**
 * As whom somebody gets in, as far as names are known: the session of a user of Identity Center has the user's name, and what a group has, each
 * of its members has.
 * @param principal somebody else who has the role
 */
export function identityOf(
  { entry, accountId, principal: own }: Pick<Way, 'entry' | 'accountId' | 'principal'>,
  principal: WayPrincipal | null = own,
): KubernetesIdentity | null {
  if (principal && !isPerson(principal)) return identityOfEntry({ ...entry, arn: entry.id });
  const sessionName = principal?.type === 'USER' ? principal.name : null;
  return renderIdentity(entry, { accountId, sessionName });
}

/** What somebody has once their name is filled in, as far as it is known. */
export function grantedTo(way: Way): Granted {
  return (way.principal && identityOf(way)) ?? way.entry;
}

/**
 * The username of whoever gets in, as audit logs of Kubernetes have it in `user.username`; null where it depends on who calls: for a
 * group, a session whose name is not known, or an item of mapAccounts.
 */
export function auditUsername(way: Way): string | null {
  const username = (way.status === 'none' ? null : identityOf(way)?.username) ?? '';
  return username === '' || username.includes('{{') ? null : username;
}

/** The entries of a cluster, by whether Identity Center knows who gets in through them. */
export interface SortedEntries {
  /** Effective ones of provisioned roles, those of aws-auth first. */
  readonly provisioned: readonly Entry[];
  /** All else: nodes last, within them in the order of the cluster. */
  readonly others: readonly Entry[];
}

/** Tells of each entry of a cluster who gets in through it. */
export class WayFinder {
  private readonly cluster: Cluster;
  private readonly state: ClusterState;
  private readonly facts: RoleFacts | null;
  private readonly accountNames: ReadonlyMap<string, string | null>;

  /** @param inventory null where nothing is known of roles */
  constructor(cluster: Cluster, inventory: Inventory | null) {
    this.cluster = cluster;
    this.state = ClusterState.of(cluster.eks, inventory);
    this.facts = inventory && RoleFacts.of(inventory);
    this.accountNames = new Map(inventory?.accounts.map(({ id, name }) => [id, name]));
  }

  /** Entries of aws-auth that the cluster does not heed: its mode, or an access entry, says so. */
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

  /** Whether an entry is effective and of a provisioned role: who gets in through it, Identity Center knows. */
  private isOfProvisionedRole(entry: Entry): boolean {
    if (parseProvisionedRoleArn(entry.arn) === undefined) return false;
    // Anybody may give a role such a name, but not create one on the path of Identity Center.
    if (entry.source === 'access-entry') {
      const arn = parseArn(entry.id);
      return arn !== undefined && permissionSetOf(arn) !== undefined;
    }
    if (this.overriddenReason(entry) || this.state.ignoredReason(entry)) return false;
    return this.facts?.about(entry.arn).status !== 'outside-path';
  }

  /** The way of one that is not of Identity Center: the entry itself names who gets in. */
  otherWay(entry: Entry): Way {
    const { principal, accountId, permissionSet } = namedBy(entry);
    const nobody = this.state.ignoredReason(entry) ?? this.overriddenReason(entry) ?? this.lostReason(entry);
    return {
      entry,
      principal,
      via: null,
      accountId,
      accountName: this.accountNames.get(accountId) ?? null,
      permissionSet,
      status: nobody ? 'none' : 'granted',
      nobody,
      successor: null,
      isNode: isOfNodes(entry),
    };
  }

  /** Within aws-auth. */
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

/** Whatever else keeps people out is wrong with the ARN. */
const DENIED: Partial<Readonly<Record<Denial['reason'], NobodyReason>>> = {
  'sso-matcher': 'sso-inert',
  'path-in-arn': 'path-in-arn',
  'for-instances': 'for-instances',
};

function isOfNodes(entry: Entry): boolean {
  if (entry.source === 'access-entry' && entry.accessEntry.type !== 'STANDARD') return true;
  return isNodeEntry(entry);
}

/** Whom an entry that is not of Identity Center names. */
function namedBy(entry: Entry): Pick<Way, 'principal' | 'accountId' | 'permissionSet'> {
  const { id, map } = entry;
  if (map === 'mapAccounts')
    return { principal: { type: 'ACCOUNT', id, name: id }, accountId: id, permissionSet: null };
  const otherwise = map === 'mapUsers' ? 'IAM_USER' : 'IAM_ROLE';
  if (entry.source === 'aws-auth' && entry.loaded?.sso) {
    const { permissionSetName: permissionSet, accountID: accountId } = entry.loaded.sso;
    return { principal: { type: otherwise, id, name: id }, accountId, permissionSet };
  }
  // The authenticator compares without regard to case.
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
 * Who gets in through entries that are effective and of provisioned roles, in their order: whoever is assigned the permission set, the deleted
 * among them; one way without a principal where nobody is, or it is not known who.
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
      principal: null,
      via: null,
      accountId: arn.accountId,
      accountName: names.get(arn.accountId) ?? null,
      permissionSet: role?.permissionSet ?? arn.permissionSet,
      status: 'none',
      successor: null,
      isNode: false,
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

/** The way of another principal through the same entry. */
export function wayOf(way: Way, principal: Principal, via: Principal | null = null): Way {
  return { ...way, principal, via, status: principal.name === null ? 'none' : 'granted' };
}

/** The roles whose assignments tell who gets in. */
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

/** Why nobody gets in through an access entry because of its role; null where somebody may. */
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
