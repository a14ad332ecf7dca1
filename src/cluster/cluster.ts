import type { AuthenticationMode } from '../access-entry.ts';
import type { Location } from '../errors.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../inventory/model.ts';
import { memo } from '../memo.ts';
import { callerKey } from '../same-arn.ts';
import { type JudgedAccessEntry, judgeAccessEntries, overridingEntries } from './access-entry-state.ts';
import type { AwsAuth } from './aws-auth.ts';
import {
  accountEntry,
  awsAuthEntry,
  type ClusterAccessEntry,
  clusterAccessEntry,
  type Entry,
} from './entry.ts';

/** What lets people into one cluster: its aws-auth ConfigMap and its access entries, as far as they are known. */
export class Cluster {
  /** Null where the file has no name. */
  readonly name: string | null;
  /** Null where no file was given. */
  readonly awsAuth: AwsAuth | null;
  /** As EKS knows it; null where that was not asked. */
  readonly eks: EksCluster | null;
  /** All of mapRoles, mapUsers and mapAccounts, each account once, then the access entries that the mode allows. */
  readonly entries: readonly Entry[];

  constructor(name: string | null, awsAuth: AwsAuth | null, eks: EksCluster | null) {
    this.name = eks?.name ?? name;
    this.awsAuth = awsAuth;
    this.eks = eks;
    this.entries = [...(awsAuth ? entriesOf(awsAuth) : []), ...accessEntriesOf(eks)];
  }

  /** The file of aws-auth; without one, the cluster. */
  get file(): string {
    return this.awsAuth?.file ?? `cluster ${this.name}`;
  }

  /** What lets people in, for messages: `aws-auth.yaml and cluster prod` */
  get sourceText(): string {
    if (!this.eks) return this.file;
    const { file: cluster } = clusterLocation(this.eks);
    return !this.awsAuth || this.eks.authenticationMode === 'API' ? cluster : `${this.file} and ${cluster}`;
  }

  locationOf(entry: Entry): Location {
    if (entry.source === 'access-entry') return clusterLocation(entry.cluster);
    return entry.loaded && this.awsAuth ? this.awsAuth.locationOf(entry.loaded) : { file: this.file };
  }
}

function entriesOf({ entries, mapAccounts }: AwsAuth): Entry[] {
  return [...entries.map(awsAuthEntry), ...[...new Set(mapAccounts.entries)].map(accountEntry)];
}

/** None where the mode of the cluster does without. */
export function accessEntriesOf(cluster: EksCluster | null): ClusterAccessEntry[] {
  if (!cluster || cluster.authenticationMode === 'CONFIG_MAP') return [];
  return cluster.accessEntries.map((entry) => clusterAccessEntry(entry, cluster));
}

/** Why a cluster does not heed an entry of aws-auth. */
export type IgnoredReason = 'config-map-ignored' | 'overridden-by-access-entry';

/** What becomes of the entries of a cluster, given what is known of roles. */
export class ClusterState {
  private static readonly byCluster = memo((eks: EksCluster | null) =>
    memo((inventory: Inventory | null) => new ClusterState(eks, inventory)),
  );

  /** Null where only aws-auth is known: then it counts. */
  readonly mode: AuthenticationMode | null;
  readonly judged: readonly JudgedAccessEntry[];
  private readonly byEntry: ReadonlyMap<object, JudgedAccessEntry>;
  private readonly overriding: ReadonlyMap<string, JudgedAccessEntry>;

  /**
   * @param eks null where only aws-auth is known
   * @param inventory null where nothing is known of roles
   * @param assumed.mode of the cluster, as if it were so; missing: as EKS knows it
   * @param assumed.scope ids of the accounts whose roles may be concluded from; missing: all
   */
  constructor(
    eks: EksCluster | null,
    inventory: Inventory | null,
    assumed: {
      readonly mode?: AuthenticationMode | undefined;
      readonly scope?: ReadonlySet<string> | undefined;
    } = {},
  ) {
    this.mode = assumed.mode ?? eks?.authenticationMode ?? null;
    this.judged = eks ? judgeAccessEntries(eks, inventory, assumed.scope) : [];
    this.byEntry = new Map(this.judged.map((one) => [one.entry, one]));
    this.overriding = this.mode ? overridingEntries(this.judged, this.mode) : new Map();
  }

  /** The state of a cluster as EKS knows it, judged once. */
  static of(eks: EksCluster | null, inventory: Inventory | null): ClusterState {
    return ClusterState.byCluster(eks)(inventory);
  }

  /** The access entry that EKS heeds in place of an entry of aws-auth, whether or not it lets somebody in. */
  overriderOf({ arn }: Pick<Entry, 'arn'>): JudgedAccessEntry | undefined {
    return this.overriding.size === 0 ? undefined : this.overriding.get(callerKey(arn));
  }

  judgedOf({ accessEntry }: ClusterAccessEntry): JudgedAccessEntry | undefined {
    return this.byEntry.get(accessEntry);
  }

  /** Null for an access entry, and where aws-auth counts. */
  ignoredReason(entry: Entry): IgnoredReason | null {
    if (entry.source === 'access-entry') return null;
    if (this.mode === 'API') return 'config-map-ignored';
    return entry.loaded !== null && this.overriderOf(entry) ? 'overridden-by-access-entry' : null;
  }
}
