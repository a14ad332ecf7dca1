import { type Cluster, ClusterState } from '../access-entry/cluster.ts';
import type { Entry } from '../access-entry/entry.ts';
import type { JudgedAccessEntry } from '../access-entry/existing-entries.ts';
import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { type Denial, denialOf } from '../aws-auth/denied-entries.ts';
import { canBecome, isNodeEntry } from '../aws-auth/groups.ts';
import { identityOfEntry, isDenied } from '../aws-auth/resolve-caller.ts';
import { Assignees } from '../directory/assignees.ts';
import type { Inventory, Principal } from '../directory/model.ts';
import { permissionSetOf } from '../directory/provisioned-roles.ts';
import { ReadTime } from '../directory/read-time.ts';
import { type RoleFact, RoleFacts } from '../directory/role-facts.ts';
import { foldKey } from '../go-strings.ts';
import { memo } from '../memo.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import type { NobodyReason, Way } from './way.ts';

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
  private readonly ignoredReasons: ReadonlyMap<Entry, NobodyReason>;
  private readonly facts: RoleFacts | null;
  private readonly accountNames: ReadonlyMap<string, string | null>;

  /** @param inventory null if nothing is known about roles */
  constructor(cluster: Cluster, inventory: Inventory | null) {
    this.cluster = cluster;
    this.state = ClusterState.of(cluster.eks, inventory);
    this.ignoredReasons = this.state.ignoredAmong(cluster.entries);
    this.facts = inventory && RoleFacts.of(inventory);
    this.accountNames = new Map(inventory?.accounts.map(({ id, name }) => [id, name]));
  }

  /** Entries of aws-auth that the cluster ignores because of its mode or an access entry. */
  get ignored(): Entry[] {
    return [...this.ignoredReasons.keys()];
  }

  /** @param wanted keep only entries with one of these Kubernetes groups; null keeps all */
  sorted(wanted: readonly string[] | null): SortedEntries {
    const isWanted = (entry: Entry) =>
      !wanted || wanted.some((group) => kubernetesGroupsOf(entry).some((own) => canBecome(own, group)));
    const entries = this.cluster.entries.filter(isWanted);
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
    if (this.overriddenReason(entry) || this.ignoredReasons.has(entry)) return false;
    return this.facts?.about(entry.arn).status !== 'outside-path';
  }

  /** The route of an entry outside Identity Center, which names its principal itself. */
  otherWay(entry: Entry): Way {
    const { principal, accountId, permissionSet } = namedBy(entry);
    const fact = this.facts?.about(entry.arn) ?? null;
    const nobody =
      this.ignoredReasons.get(entry) ?? this.overriddenReason(entry) ?? this.lostReason(entry, fact);
    return {
      entry,
      readTime: ReadTime.earliest(ReadTime.of(this.cluster.eks ?? {}), fact?.readTime ?? ReadTime.NOW),
      principal,
      via: null,
      accountId,
      accountName: this.accountNames.get(accountId) ?? null,
      permissionSet,
      status: nobody ? 'none' : 'granted',
      nobody,
      successor: null,
      isNode: isOfNodes(entry),
      hasAccountAccess: !nobody && (fact?.hasAccountAccess ?? false),
    };
  }

  /** Overrides within aws-auth. */
  private overriddenReason(entry: Entry): NobodyReason | null {
    if (entry.source === 'access-entry' || !entry.loaded || entry.loaded.sso) return null;
    if (this.cluster.awsAuth?.overridden.has(entry.loaded)) return 'overridden-user';
    return entry.loaded.shadowed ? 'shadowed' : null;
  }

  private lostReason(entry: Entry, fact: RoleFact | null): NobodyReason | null {
    if (entry.source === 'access-entry')
      return lossOf(this.state.judgedOf(entry))?.nobody ?? (isDenied(entry) ? 'for-instances' : null);
    if (!entry.loaded) return isAccountId(entry.id) ? null : 'invalid-account';
    const denial = denialOf(entry.loaded);
    if (denial) return DENIED[denial.reason] ?? 'invalid-arn';
    return fact?.status === 'gone' ? 'role-gone' : null;
  }
}

/** An entry's Kubernetes groups, with the known variables filled in. */
export function kubernetesGroupsOf(entry: Entry): readonly string[] {
  return identityOfEntry({ ...entry, arn: entry.id })?.groups ?? [];
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
  const kind = arn && arnKind(arn);
  const isFederated = kind === 'session' && arn?.resource.startsWith('federated-user/');
  const isUser = kind === 'user' || kind === 'root' || isFederated;
  const type = kind === 'role' ? 'IAM_ROLE' : isUser ? 'IAM_USER' : otherwise;
  const name = arn ? id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1) : id;
  return {
    principal: { type, id, name },
    accountId: arn?.accountId ?? '',
    permissionSet: map === 'accessEntries' ? null : (parseProvisionedRoleArn(id)?.permissionSet ?? null),
  };
}

/**
 * Routes through effective entries of provisioned roles, in their order: one for each user or group that is assigned the
 * permission set, including deleted ones; one without a principal if nobody is assigned, or if that is unknown.
 */
export function roleWays(entries: readonly Entry[], inventory: Inventory): Way[] {
  const [facts, assignees] = [RoleFacts.of(inventory), Assignees.of(inventory)];
  const names = new Map(inventory.accounts.map(({ id, name }) => [id, name]));
  return entries.flatMap((entry): Way[] => {
    const arn = parseProvisionedRoleArn(entry.arn);
    if (!arn) return [];
    const fact = facts.about(arn.roleArn);
    const role = fact.made;
    const cluster = entry.source === 'access-entry' ? entry.cluster : {};
    const base = {
      entry,
      readTime: ReadTime.earliest(ReadTime.of(cluster), fact.readTime),
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
    const lost = lossOfRole(entry, arn, fact, inventory);
    if (lost) return [{ ...base, ...lost }];
    if (!role || !assignees.areKnown(role.accountId, role.permissionSet))
      return [{ ...base, status: 'unknown', nobody: null }];
    const principals = assignees.of(role.accountId, role.permissionSet);
    if (principals.length === 0) return [{ ...base, nobody: 'unassigned' }];
    const live = principals.filter(({ name }) => name !== null);
    const isEmpty = live.every(({ members }) => members?.length === 0);
    const nobody = live.length === 0 ? 'all-deleted' : isEmpty ? 'groups-empty' : null;
    return principals.map((principal) => wayOf({ ...base, nobody }, principal));
  });
}

/** The route of another principal through the same entry. */
export function wayOf(way: Way, principal: Principal, via: Principal | null = null): Way {
  return { ...way, principal, via, status: principal.name === null ? 'none' : 'granted' };
}

/** The roles whose assignments decide who has access. */
export function liveRoleArns(ways: readonly Way[], inventory: Inventory): Set<string> {
  const live = ways.filter(({ nobody }) => nobody === null);
  const facts = RoleFacts.of(inventory);
  return new Set(live.flatMap(({ entry }) => facts.about(entry.arn).made?.roleArn ?? []));
}

/** Why nobody has access, and the role that replaced one that is gone. */
type Lost = Pick<Way, 'successor'> & { readonly nobody: NobodyReason };

/** Why nobody can have access through the entry of a provisioned role, no matter who is assigned; null if somebody may. */
function lossOfRole(
  entry: Entry,
  arn: ProvisionedRoleArn,
  { status, successor }: RoleFact,
  inventory: Inventory,
): Lost | null {
  if (callerKey(entry.arn) !== callerKey(arn.roleArn)) return { nobody: 'path-in-arn', successor: null };
  if (entry.source === 'access-entry') {
    const lost = lossOf(ClusterState.of(entry.cluster, inventory).judgedOf(entry));
    if (lost) return lost;
  } else {
    if (status === 'superseded') return { nobody: 'role-superseded', successor };
    if (status === 're-created' || status === 'gone') return { nobody: 'role-gone', successor };
  }
  return isDenied(entry) ? { nobody: 'for-instances', successor: null } : null;
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
