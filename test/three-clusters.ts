import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from './fake-aws/server.ts';
import type { ClusterInput, WorldInput } from './fake-aws/world-input.ts';

const ACCOUNT = '111122223333';
const ROLE_CREATED = '2026-03-02T09:14:07.000Z';

/** The aws-auth that each cluster has. */
const AWS_AUTH = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${ACCOUNT}:role/eks-node
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:nodes
    - rolearn: arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_ClusterAdmin_c3402ddbb14af723
      username: "admin:{{SessionName}}"
      groups:
        - system:masters
    - rolearn: arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_ReadOnly_1d3fb491980d3b77
      username: "sso:{{SessionName}}"
      groups:
        - viewers
`;

const NODE = { principalArn: `arn:aws:iam::${ACCOUNT}:role/eks-node`, type: 'EC2_LINUX' };
const ADMIN = {
  permissionSet: 'ClusterAdmin',
  username: 'admin:{{SessionName}}',
  policies: ['AmazonEKSClusterAdminPolicy'],
};
const VIEWER = { permissionSet: 'ReadOnly', username: 'sso:{{SessionName}}', groups: ['viewers'] };

/**
 * Three clusters on their way to access entries: one that hasn't begun, and gets the entry of its nodes with the mode;
 * one with an entry for an earlier role; and one that only has to be switched.
 */
const CLUSTERS: readonly ClusterInput[] = [
  { name: 'prod-1', account: ACCOUNT, authenticationMode: 'CONFIG_MAP', accessEntries: [NODE] },
  {
    name: 'prod-2',
    account: ACCOUNT,
    accessEntries: [NODE, { ...ADMIN, createdAt: '2025-01-01T00:00:00.000Z' }],
  },
  {
    name: 'prod-3',
    account: ACCOUNT,
    accessEntries: [NODE, { ...ADMIN, createdAt: ROLE_CREATED }, { ...VIEWER, createdAt: ROLE_CREATED }],
  },
];

/** Starts a fake AWS with one cluster that hasn't begun, whose ConfigMap is the examples'. */
export async function openConfigMapCluster(world: WorldInput): Promise<FakeAws> {
  const cluster: ClusterInput = {
    name: 'prod',
    account: ACCOUNT,
    authenticationMode: 'CONFIG_MAP',
    accessEntries: [{ ...NODE, principalArn: `arn:aws:iam::${ACCOUNT}:role/eks-prod-node` }],
  };
  return fakeAwsForTest({ ...world, clusters: [cluster] }, { callerAccountId: ACCOUNT });
}

/** Starts a fake AWS with these clusters, and writes the ConfigMap of each: saved, and as kubectl returns it. */
export async function openThreeClusters(cwd: string, world: WorldInput): Promise<FakeAws> {
  const saved = CLUSTERS.map(({ name }) => `${name}-eu-west-1-${ACCOUNT}.yaml`);
  for (const name of [...saved, 'live-aws-auth.yaml']) await writeFile(join(cwd, name), AWS_AUTH);
  return fakeAwsForTest({ ...world, clusters: CLUSTERS }, { callerAccountId: ACCOUNT });
}
