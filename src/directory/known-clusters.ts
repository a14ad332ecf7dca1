import { partitionOfRegion } from '../arn.ts';
import { countBy } from '../group-by.ts';
import type { EksCluster, UnreadCluster } from './model.ts';
import { clusterArn, type Fleet } from './query.ts';

/** A cluster that is known to exist, or to have existed when the run began. */
export interface FleetCluster {
  readonly name: string;
  readonly arn: string;
  /** Null unless it was selected and read. */
  readonly cluster: EksCluster | null;
  /** Why it wasn't, to follow its ARN: `couldn't be read`. Null if it was. */
  readonly why: string | null;
}

/** All clusters that a fleet knows of, each once. */
export function knownClusters({ clusters, unread, others }: Fleet): readonly FleetCluster[] {
  const known = [
    ...clusters.map((cluster) => ({ name: cluster.name, arn: cluster.arn, cluster, why: null })),
    ...unread.flatMap((one) => {
      const arn = unreadArn(one);
      const why = `couldn't be read (${one.cause})`;
      return one.name === null || arn === null ? [] : { name: one.name, arn, cluster: null, why };
    }),
    ...others.map(({ name, arn, why }) => ({ name, arn, why, cluster: null })),
  ];
  // The first of several counts.
  return [...new Map(known.reverse().map((one) => [one.arn, one])).values()].reverse();
}

/** `arn:…:cluster/prod, which couldn't be read (eks:DescribeCluster is denied)` */
export function knownClusterText({ arn, why }: Pick<FleetCluster, 'arn' | 'why'>): string {
  return why === null ? arn : `${arn}, which ${why}`;
}

/** The ARN of a cluster that couldn't be read; null for all clusters of a place. */
export function unreadArn({ name, region, accountId }: UnreadCluster): string | null {
  return name === null ? null : clusterArn(name, { partition: partitionOfRegion(region), region, accountId });
}

/**
 * Returns a function that names a cluster in messages: by its name, or by its ARN if another known cluster has the same
 * name.
 */
export function clusterLabels(known: Iterable<Named>): (cluster: Named) => string {
  const byArn = new Map([...known].map((one) => [one.arn, one.name]));
  const counts = countBy(byArn.values());
  return ({ name, arn }) => ((counts.get(name) ?? 0) > 1 ? arn : name);
}

type Named = Pick<FleetCluster, 'name' | 'arn'>;

/** Labels the clusters whose name other known clusters have, too. */
export function labelled(clusters: readonly EksCluster[], known: Iterable<Named>): EksCluster[] {
  const labelOf = clusterLabels([...known, ...clusters]);
  return clusters.map(({ label: _, ...cluster }) => {
    const label = labelOf(cluster);
    return label === cluster.name ? cluster : { ...cluster, label };
  });
}
