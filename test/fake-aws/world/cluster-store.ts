import type { WorldAccessEntry, WorldCluster } from './world.ts';

/** The EKS clusters of a running fake: the only part of the world that calls can change. */
export interface ClusterStore {
  readonly find: (accountId: string, region: string, name: string) => StoredCluster | undefined;
  /** The clusters after all calls so far, in the order of the world. */
  readonly all: () => WorldCluster[];
}

export interface StoredCluster {
  /** Replaced where its authentication mode changes. */
  cluster: WorldCluster;
  /** By principal ARN. */
  readonly entries: Map<string, WorldAccessEntry>;
}

export function openClusters(clusters: readonly WorldCluster[]): ClusterStore {
  const stored = clusters.map((cluster) => ({
    cluster,
    entries: new Map(cluster.accessEntries.map((entry) => [entry.principalArn, entry])),
  }));
  const byPlace = new Map(
    stored.map((one) => [`${one.cluster.accountId} ${one.cluster.region} ${one.cluster.name}`, one]),
  );
  return {
    find: (accountId, region, name) => byPlace.get(`${accountId} ${region} ${name}`),
    all: () => stored.map(({ cluster, entries }) => ({ ...cluster, accessEntries: [...entries.values()] })),
  };
}
