import { memo } from '../../memo.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { callerKey } from '../../same-arn.ts';
import type { WhoRow } from '../rows.ts';

/** Results of a run of `who`, and what a comparison must know of its options. */
export interface Run {
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

/** Equal for rows of entries of one kind for one role: a re-created role has a new ARN and is the same. */
export function roleKey({ source, rolearn }: Pick<WhoRow, 'source' | 'rolearn'>): string {
  return `${source} ${roleOfArn(rolearn)}`;
}

/** Equal for the ARNs of a provisioned role before and after it is re-created. */
export const roleOfArn = memo((arn: string): string => {
  const role = parseProvisionedRoleArn(arn);
  return role ? `${role.accountId} ${role.permissionSet}` : callerKey(arn);
});
