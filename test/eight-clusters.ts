import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorldInput } from './fake-aws/world-input.ts';
import { type Block, blocksIn } from './pages.ts';

/** Each is an account with a cluster, and the folder of that cluster. */
export const CLUSTERS = ['dev', 'prod', 'stage', 'test'].flatMap((name) => [`${name}-eu`, `${name}-us`]);
const OTHERS = Array.from({ length: 32 }, (_, index) => `team-${index + 1}`);

const ACCOUNTS = [...CLUSTERS, ...OTHERS].map((name, index) => ({
  id: String(222_222_222_201 + index),
  name,
}));
const SETS = { ClusterAdmin: 'Platform', Developer: 'Developers', ReadOnly: 'Everybody' };

/** Forty accounts, eight of them with a cluster. */
export const FORTY_ACCOUNTS: WorldInput = {
  managementAccountId: '222222222240',
  accounts: ACCOUNTS,
  permissionSets: Object.keys(SETS),
  users: ['alice@example.com', 'bob@example.com'],
  groups: [
    { displayName: 'Platform', members: ['alice@example.com'] },
    { displayName: 'Developers', members: ['bob@example.com'] },
    { displayName: 'Everybody', members: ['alice@example.com', 'bob@example.com'] },
  ],
  assignments: ACCOUNTS.flatMap(({ name: account }) =>
    Object.entries(SETS).map(([permissionSet, group]) => ({ account, permissionSet, group })),
  ),
};

export function accountIdOf(cluster: string): string {
  return ACCOUNTS.find(({ name }) => name === cluster)?.id ?? '';
}

/** The blocks of the recipe for several clusters. */
export const RECIPE: readonly Block[] = blocksIn('docs/several-clusters.md');

/** Files that readers of the recipe write: a config for all clusters, one for each, and each cluster's ConfigMap. */
export async function writeClusters(cwd: string, clusters: readonly string[] = CLUSTERS): Promise<void> {
  const config = RECIPE.find(({ language }) => language === 'yaml')?.text ?? '';
  const files = new Map([['aws-auth-sso.yaml', config]]);
  for (const cluster of clusters) {
    files.set(`clusters/${cluster}/aws-auth.yaml`, awsAuth(accountIdOf(cluster)));
    files.set(
      `clusters/${cluster}/aws-auth-sso.yaml`,
      config.replace(/^accounts:.*/m, `accounts: [${cluster}]`),
    );
  }
  await rm(join(cwd, 'clusters'), { recursive: true, force: true });
  for (const [name, text] of files) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
}

/** With the nodes, and an old ClusterAdmin role that was re-created since. */
export function awsAuth(account: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${account}:role/eks-node
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:nodes
    - rolearn: arn:aws:iam::${account}:role/AWSReservedSSO_ClusterAdmin_00aa11bb22cc33dd
      username: "admin:{{SessionName}}"
      groups:
        - system:masters
`;
}
