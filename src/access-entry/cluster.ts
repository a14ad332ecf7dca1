import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../directory/model.ts';
import type { AuthenticationMode } from '../eks.ts';
import type { Location } from '../errors.ts';
import { memo, once } from '../memo.ts';
import { callerKey } from '../same-arn.ts';
import {
  accountEntry,
  awsAuthEntry,
  type ClusterAccessEntry,
  clusterAccessEntry,
  type Entry,
} from './entry.ts';
import { type JudgedAccessEntry, judgeAccessEntries, overridingEntries } from './existing-entries.ts';

/** How a cluster with this mode gets its entries, to follow its name in a message. */
export const ONLY_CONFIG_MAP =
  'has authentication mode CONFIG_MAP, so it has no access entries and only aws-auth applies';
/** See `ONLY_CONFIG_MAP`. */
export const IGNORES_CONFIG_MAP = 'has authentication mode API and ignores aws-auth';

/** One cluster's sources of access that are known: its aws-auth ConfigMap and its access entries. */
export class Cluster {
  /** Distinguishes it from others; null if the file has no name. */
  readonly name: string | null;
  /** Null if no file was given. */
  readonly awsAuth: AwsAuth | null;
  /** From EKS; null if EKS was not asked. */
  readonly eks: EksCluster | null;
  /** All of mapRoles, mapUsers and mapAccounts (each account once), then the access entries the mode allows. */
  readonly entries: readonly Entry[];

  /** @param label of the file, or of the cluster in EKS; null for the name that this has */
  constructor(label: string | null, awsAuth: AwsAuth | null, eks: EksCluster | null) {
    this.name = label ?? eks?.label ?? eks?.name ?? null;
    this.awsAuth = awsAuth;
    this.eks = eks;
    const [loaded, accounts] = [awsAuth?.entries ?? [], new Set(awsAuth?.mapAccounts.entries)];
    this.entries = [...loaded.map(awsAuthEntry), ...[...accounts].map(accountEntry), ...accessEntriesOf(eks)];
  }

  /** The aws-auth file; without one, the cluster. */
  get file(): string {
    return this.awsAuth?.file ?? `cluster ${this.name}`;
  }

  /** True if aws-auth grants access to the cluster, too, but wasn't given. */
  get lacksAwsAuth(): boolean {
    return this.awsAuth === null && this.eks !== null && this.eks.authenticationMode !== 'API';
  }

  /** The known sources of access, for messages: `aws-auth.yaml and cluster prod` */
  get sourceText(): string {
    if (!this.eks) return this.file;
    const { file: cluster } = this.location;
    if (this.lacksAwsAuth) return `access entries of ${cluster}`;
    return !this.awsAuth || this.eks.authenticationMode === 'API' ? cluster : `${this.file} and ${cluster}`;
  }

  /** The cluster in EKS. */
  get location(): Location {
    return clusterLocation({ name: this.name ?? '' });
  }

  locationOf(entry: Entry): Location {
    if (entry.source === 'access-entry') return this.location;
    return entry.loaded && this.awsAuth ? this.awsAuth.locationOf(entry.loaded) : { file: this.file };
  }
}

/** Empty in mode CONFIG_MAP, which has no access entries. */
export function accessEntriesOf(cluster: EksCluster | null): ClusterAccessEntry[] {
  if (!cluster || cluster.authenticationMode === 'CONFIG_MAP') return [];
  return cluster.accessEntries.map((entry) => clusterAccessEntry(entry, cluster));
}

/** Why a cluster ignores an entry of aws-auth. */
type IgnoredReason = 'config-map-ignored' | 'overridden-by-access-entry';

/** The state of a cluster's entries, given what is known about roles. */
export class ClusterState {
  private static readonly byCluster = memo((eks: EksCluster | null) =>
    memo((inventory: Inventory | null) => new ClusterState(eks, inventory)),
  );

  /** Null if only aws-auth is known, which then applies. */
  readonly mode: AuthenticationMode | null;
  /** On first use: a cluster may have thousands of access entries. */
  private readonly judge: () => readonly JudgedAccessEntry[];
  private readonly byEntry = once(
    (): ReadonlyMap<object, JudgedAccessEntry> => new Map(this.judged.map((one) => [one.entry, one])),
  );
  private readonly overriding = once(
    (): ReadonlyMap<string, JudgedAccessEntry> =>
      this.mode ? overridingEntries(this.judged, this.mode) : new Map(),
  );

  /**
   * @param eks null if only aws-auth is known
   * @param inventory null if nothing is known about roles
   * @param assumed.mode overrides the cluster's authentication mode
   * @param assumed.scope ids of the accounts whose roles count as read; default: all
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
    this.judge = once(() => (eks ? judgeAccessEntries(eks, inventory, assumed.scope) : []));
  }

  get judged(): readonly JudgedAccessEntry[] {
    return this.judge();
  }

  /** The state of a cluster with its actual mode, computed once. */
  static of(eks: EksCluster | null, inventory: Inventory | null): ClusterState {
    return ClusterState.byCluster(eks)(inventory);
  }

  /** The access entry that overrides an entry of aws-auth, even if the access entry grants no access. */
  overriderOf({ arn }: Pick<Entry, 'arn'>): JudgedAccessEntry | undefined {
    return this.overriding().size === 0 ? undefined : this.overriding().get(callerKey(arn));
  }

  judgedOf({ accessEntry }: ClusterAccessEntry): JudgedAccessEntry | undefined {
    return this.byEntry().get(accessEntry);
  }

  /** The entries of aws-auth that don't apply, in their order, and why. */
  ignoredAmong(entries: readonly Entry[]): ReadonlyMap<Entry, IgnoredReason> {
    const ignored = new Map<Entry, IgnoredReason>();
    for (const entry of entries) {
      if (entry.source === 'access-entry') continue;
      if (this.mode === 'API') ignored.set(entry, 'config-map-ignored');
      else if (entry.loaded !== null && this.overriderOf(entry))
        ignored.set(entry, 'overridden-by-access-entry');
    }
    return ignored;
  }
}
