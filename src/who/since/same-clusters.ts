import { parseArn } from '../../arn.ts';
import { countBy } from '../../group-by.ts';
import type { WhoRow } from '../rows.ts';
import type { Doubts } from './doubts.ts';
import type { RunCluster } from './run.ts';

/**
 * Pairs the clusters of two runs: by ARN, else by name. An only cluster whose file doesn't name it is the other run's only
 * one.
 * @returns for clusters of this run, the same in the earlier one
 */
export function sameClusters(
  before: readonly RunCluster[],
  after: readonly RunCluster[],
  doubts: Doubts,
): ReadonlyMap<RunCluster, RunCluster> {
  const partners = new Map<RunCluster, RunCluster>();
  const left = new Set(before);
  const pair = (isSame: (one: RunCluster, other: RunCluster) => boolean) => {
    const open = after.filter((cluster) => !partners.has(cluster));
    const found = open.map((cluster) => [...left].filter((one) => isSame(one, cluster)));
    const counts = countBy(found.flat());
    for (const [index, cluster] of open.entries()) {
      const [one, ...others] = found[index] ?? [];
      // One of several could be any of them.
      if (!one || others.length > 0 || counts.get(one) !== 1) continue;
      partners.set(cluster, one);
      left.delete(one);
    }
  };
  const mayBeSame = (one: RunCluster, other: RunCluster) => one.arn === null || other.arn === null;
  pair((one, other) => one.arn !== null && one.arn === other.arn);
  pair((one, other) => mayBeSame(one, other) && one.name !== null && bareName(one) === bareName(other));
  if (before.length === 1 && after.length === 1 && partners.size === 0) {
    pair((one, other) => mayBeSame(one, other) && !(isNamed(one) && isNamed(other)));
    for (const [{ name }] of partners) doubts.add('only-one', name ?? '');
  }
  return partners;
}

/** False on stdin, and for a file with the name of the ConfigMap. */
function isNamed({ name }: RunCluster): boolean {
  return name !== null && name !== 'aws-auth';
}

/** A label may be an ARN, if several clusters share the name. */
function bareName({ name }: RunCluster): string | null {
  return name?.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name;
}

/** Finds the clusters that a run couldn't read: by themselves, or all of their account and region. */
export function unreadTest(rows: readonly WhoRow[]): (cluster: RunCluster) => boolean {
  const places = new Set(
    rows.flatMap(({ unread, clusterArn, cluster, accountId }) => {
      if (!unread) return [];
      return cluster === null ? `${accountId} ${unread.region}` : (clusterArn ?? cluster);
    }),
  );
  return ({ name, arn }) => {
    const { accountId, region } = parseArn(arn ?? '') ?? {};
    return places.has(arn ?? name ?? '') || places.has(`${accountId} ${region}`);
  };
}
