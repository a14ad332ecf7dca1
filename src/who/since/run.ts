import { countBy, groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { callerKey } from '../../same-arn.ts';
import type { WhoRow } from '../rows.ts';

/** Results of a run of `who`, and what a comparison must know of its options. */
export interface ComparedRun {
  readonly rows: readonly WhoRow[];
  /** Clusters that were read; a cluster may have no rows. */
  readonly clusters: readonly RunCluster[];
  /** True if members of groups are listed. */
  readonly isExpanded: boolean;
  /** When AWS was read, ISO 8601; null if it wasn't. */
  readonly asOf: string | null;
  /** The actions of --can; null without it. */
  readonly asked: readonly string[] | null;
}

export interface RunCluster {
  readonly name: string | null;
  /** Null without EKS. */
  readonly arn: string | null;
  /** False if its aws-auth counts, but wasn't given. */
  readonly knowsAwsAuth: boolean;
  /** False without RBAC manifests. */
  readonly knowsBindings: boolean;
}

/** Equal for rows of the same cluster in one run. */
export function clusterKey({ cluster, clusterArn }: Pick<WhoRow, 'cluster' | 'clusterArn'>): string {
  return `${clusterArn ?? ''} ${cluster ?? ''}`;
}

/** Equal for the ARNs of a provisioned role before and after it is re-created. */
export const roleOfArn = memo((arn: string): string => {
  const role = parseProvisionedRoleArn(arn);
  return role ? `${role.accountId} ${role.permissionSet}` : callerKey(arn);
});

/** Equal for rows of the same principal in one run. */
export const sameCallerKey = memo(({ type, id, name }: WhoRow['principal']): string => {
  if (type !== 'USER' && type !== 'GROUP') return `${type} ${roleOfArn(id)}`;
  return id === '' ? `${type} name ${name}` : `${type} ${id}`;
});

/**
 * Finds the principals of an earlier run in this one: by ID, since a person or group may have a new name; else by a name
 * that only one in each run has, since a directory that was filled again has new IDs.
 */
export function samePrincipals(
  was: ComparedRun,
  now: ComparedRun,
): (principal: WhoRow['principal']) => WhoRow['principal'] {
  const [before, after] = [principalsIn(was), principalsIn(now)];
  const [onlyBefore, onlyNow] = [namesOnlyIn(before, after), namesOnlyIn(after, before)];
  return memo((principal) => {
    const name = `${principal.type} ${principal.name}`;
    const [same, ...others] = onlyNow.get(name) ?? [];
    const isOne = others.length === 0 && onlyBefore.get(name)?.length === 1;
    return after.get(sameCallerKey(principal)) ?? (isOne ? same : undefined) ?? principal;
  }, sameCallerKey);
}

type Principals = ReadonlyMap<string, WhoRow['principal']>;

function principalsIn({ rows }: ComparedRun): Principals {
  return new Map(rows.map(({ principal }) => [sameCallerKey(principal), principal]));
}

/** The people and groups that the other run lacks, by type and name: roles of several accounts share a name. */
function namesOnlyIn(own: Principals, other: Principals): ReadonlyMap<string, WhoRow['principal'][]> {
  const found = [...own].flatMap(([key, one]) => {
    const isPerson = one.type === 'USER' || one.type === 'GROUP';
    return isPerson && one.name !== null && !other.has(key) ? one : [];
  });
  return groupBy(found, ({ type, name }) => `${type} ${name}`);
}

/**
 * Pairs the clusters of two runs: by ARN, else by name. An only cluster whose file doesn't name it is the other run's only
 * one.
 * @returns for clusters of this run, the same in the earlier one
 */
export function sameClusters(
  { clusters: was }: ComparedRun,
  { clusters: now }: ComparedRun,
): Map<RunCluster, RunCluster> {
  const partners = new Map<RunCluster, RunCluster>();
  const pair = (keyOf: (cluster: RunCluster) => string | null, needsArns: boolean) => {
    const taken = new Set(partners.values());
    const [open, left] = [now.filter((one) => !partners.has(one)), was.filter((one) => !taken.has(one))];
    const [counts, others] = [countBy(open.map(keyOf)), countBy(left.map(keyOf))];
    for (const cluster of open) {
      const key = keyOf(cluster);
      const same = left.find((one) => keyOf(one) === key);
      // One of several could be any of them.
      if (key === null || !same || counts.get(key) !== 1 || others.get(key) !== 1) continue;
      if (needsArns || cluster.arn === null || same.arn === null) partners.set(cluster, same);
    }
  };
  pair(({ arn }) => arn, true);
  // A label may be an ARN, if several clusters share the name.
  pair(({ name }) => name?.replace(/^arn:.*\//, '') ?? null, false);
  const isNamed = ({ name }: RunCluster) => name !== null && name !== 'aws-auth';
  if (was.length === 1 && now.length === 1 && ![...was, ...now].every(isNamed)) pair(() => '', false);
  return partners;
}
