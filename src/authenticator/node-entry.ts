/** Whether an entry lets nodes in, whatever runs on them: EC2, Fargate or Windows. */
export function isNodeEntry(entry: {
  readonly username: string;
  readonly groups: readonly string[] | null;
}): boolean {
  return (
    entry.username.startsWith('system:node:') || (entry.groups ?? []).some((group) => NODE_GROUPS.has(group))
  );
}

// https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html; Windows nodes have eks:kube-proxy-windows besides.
const NODE_GROUPS: ReadonlySet<string> = new Set([
  'system:bootstrappers',
  'system:nodes',
  'system:node-proxier',
]);
