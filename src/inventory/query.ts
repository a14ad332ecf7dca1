import { clusterNameProblem } from '../access-entry.ts';
import { formatArn, isAccountId, parseArn, partitionOfRegion } from '../arn.ts';
import { Failure, type Problem } from '../errors.ts';
import type { EksCluster, Instance, Inventory, OtherRole, PermissionSet, PrincipalType } from './model.ts';
import type { AccountSelector } from './scope/account-selector.ts';

/** What is to be read from AWS; the call plan follows from it. */
export interface InventoryQuery {
  readonly scope: readonly AccountSelector[];
  /** Only accounts of the scope that these select too (flags over a config's accounts); null: no such limit. */
  readonly within: readonly AccountSelector[] | null;
  readonly exclude: readonly AccountSelector[];
  /** `none`: the names in the roles are enough; `all`: every permission set; a list: these ARNs. */
  readonly permissionSets: 'none' | 'all' | readonly string[];
  /** Fills `ou` and `ouIds` of every account; `if-allowed` goes on without where Organizations may not be called. */
  readonly organizationTree: boolean | 'if-allowed';
  /** Whether the ids of `scope` were found in a file: nobody asked for exactly these accounts. */
  readonly fromFile?: boolean;
  /** Whether whoever asks looks after a scope that leaves no account, since there may be more than these. */
  readonly mayBeEmpty?: boolean;
  /** Who is assigned what (`Inventory.assignments`, `Inventory.principals`); missing: not read. */
  readonly people?: PeopleQuery;
}

/** A user by its user name, or a group by its display name. */
export interface PrincipalName {
  readonly type: PrincipalType;
  readonly name: string;
}

/** Whose access is to be read. */
export interface PeopleQuery {
  /** Provisioned roles, by ARN without path; null: all roles that were read. */
  readonly roleArns: ReadonlySet<string> | null;
  /** Found by name, a user with the groups it is in. If one does not exist, all users or groups are listed, to suggest similar names. */
  readonly named: readonly PrincipalName[];
  /** Only what `named` are assigned, with all others who are assigned the same. */
  readonly onlyNamed: boolean;
  /** Whether the members of the groups are wanted. */
  readonly members: boolean;
}

/** Every selector of the query: of the scope, of its limit and of the exclusions. */
export function selectorsOf({ scope, within, exclude }: InventoryQuery): AccountSelector[] {
  return [...scope, ...(within ?? []), ...exclude];
}

/** Where a cluster is. */
export interface ClusterPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** An EKS cluster, as `--cluster` names it. */
export interface ClusterSelector {
  readonly name: string;
  /** Of an ARN: where the cluster is. Null: in the account of the first profile, and its region. */
  readonly place: ClusterPlace | null;
}

/** Why a text names no cluster; undefined for a name, and for the ARN of one. */
export function clusterSelectorProblem(text: string): string | undefined {
  if (!text.startsWith('arn:')) return clusterNameProblem(text);
  const place = clusterOfArn(text)?.place;
  if (!place) return NO_CLUSTER_ARN;
  const partition = partitionOfRegion(place.region);
  if (place.partition === partition) return undefined;
  return `${NO_CLUSTER_ARN}: region ${place.region} is in partition ${partition}`;
}

const NO_CLUSTER_ARN = 'is not the ARN of an EKS cluster';

/** @param text without a problem */
export function parseClusterSelector(text: string): ClusterSelector {
  return clusterOfArn(text) ?? { name: text, place: null };
}

export function clusterArn(name: string, place: ClusterPlace): string {
  return formatArn({ ...place, service: 'eks', resource: `cluster/${name}` });
}

function clusterOfArn(text: string): ClusterSelector | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'eks' || !isAccountId(arn.accountId) || !/^[a-z0-9-]+$/.test(arn.region))
    return undefined;
  const { partition, region, accountId, resource } = arn;
  const name = resource.replace(/^cluster\//, '');
  if (name === resource || clusterNameProblem(name) !== undefined) return undefined;
  return { name, place: { partition, region, accountId } };
}

/** There is no such cluster, where it was looked for (exit 2). A type of its own, since an output can be meant for a cluster that is yet to be created. */
export class ClusterNotFound extends Failure {
  constructor(problems: readonly Problem[]) {
    super(2, problems);
    this.name = 'ClusterNotFound';
  }
}

/** Where an inventory comes from: AWS or snapshots. */
export interface InventorySource {
  /** Whether it asks AWS, rather than reads files. */
  readonly isLive: boolean;
  /** The ARN of whoever calls AWS, as STS says it; missing for snapshots. */
  readonly callerArn?: () => Promise<string>;
  /** Where a cluster is that is named without its ARN; missing for snapshots. */
  readonly clusterPlace?: ClusterPlace;
  read(query: InventoryQuery): Promise<Inventory>;
  /** The inventory that `read` gave, with who is assigned its roles. */
  people(inventory: Inventory, query: PeopleQuery): Promise<Inventory>;
  /** Which permission sets exist, to explain a name that did not resolve. */
  knownSets(inventory: Inventory): Promise<KnownSets>;
  /**
   * The clusters with their access entries, in the order given.
   * @throws ClusterNotFound, Failure (exit 2) for several of one name or another partition, 3 for one that cannot be read
   */
  clusters(selectors: readonly ClusterSelector[]): Promise<readonly EksCluster[]>;
  /**
   * Roles that Identity Center did not make, each once, by ARNs with a path or without. Those of accounts that cannot be read are left out, and
   * a note says why; so are those that the snapshots do not hold.
   */
  otherRoles(roleArns: readonly string[]): Promise<readonly OtherRole[]>;
  close(): void;
}

/** Which permission sets exist, as far as it could be found out. */
export type KnownSets =
  | { readonly kind: 'known'; readonly sets: readonly PermissionSet[]; readonly instance: Instance | null }
  | { readonly kind: 'unknown'; readonly reason: string };
