import { formatArn } from '../../../src/arn.ts';
import { type AccessPolicy, defaultUsername } from '../../../src/eks.ts';
import { parseRoleName } from '../../../src/role-name.ts';
import type { AccessEntryInput, WorldInput } from '../world-input.ts';
import type { World, WorldAccessEntry, WorldAccount, WorldCluster, WorldRole } from './world.ts';

/** The EKS clusters, with EKS's defaults for missing fields. */
export function clustersOf(
  { clusters = [] }: WorldInput,
  place: Pick<World, 'partition' | 'homeRegion' | 'managementAccountId'>,
  accounts: readonly WorldAccount[],
  roles: readonly WorldRole[],
): WorldCluster[] {
  const idOf = (account: string) => accounts.find(({ name }) => name === account)?.id ?? account;
  return clusters.map(({ name, account = place.managementAccountId, ...cluster }) => {
    const { region = place.homeRegion, authenticationMode = 'API_AND_CONFIG_MAP' } = cluster;
    const { version = '1.36' } = cluster;
    const accountId = idOf(account);
    const accessEntries = (cluster.accessEntries ?? []).map((entry) =>
      accessEntry(entry, idOf(entry.account ?? accountId), place.partition, roles),
    );
    const { oidcProviders = [], capabilities = [] } = cluster;
    return {
      accountId,
      region,
      name,
      authenticationMode,
      version,
      accessEntries,
      oidcProviders,
      capabilities,
    };
  });
}

/** The ARN of a role with its path. */
export function pathArnOf(partition: string, { accountId, path, name }: WorldRole): string {
  return formatArn({ partition, service: 'iam', region: '', accountId, resource: `role${path}${name}` });
}

const CREATED_AT = '2024-06-01T12:00:00.000Z';

function accessEntry(
  entry: AccessEntryInput,
  accountId: string,
  partition: string,
  roles: readonly WorldRole[],
): WorldAccessEntry {
  const { type = 'STANDARD', groups = [], policies = [], createdAt = CREATED_AT } = entry;
  const principalArn =
    entry.principalArn ?? provisioned(entry.permissionSet ?? '', accountId, partition, roles);
  return {
    principalArn,
    type,
    username: entry.username ?? madeUsername(type, principalArn),
    kubernetesGroups: groups.length > 0 ? groups : madeGroups(type),
    policies: policies.map((policy) => policyOf(policy, partition)),
    createdAt,
  };
}

/** The last stated of several roles of the permission set. */
function provisioned(
  permissionSet: string,
  accountId: string,
  partition: string,
  roles: readonly WorldRole[],
): string {
  const role = roles.findLast(
    (candidate) =>
      candidate.accountId === accountId && parseRoleName(candidate.name)?.permissionSet === permissionSet,
  );
  if (role) return pathArnOf(partition, role);
  throw new Error(`the world has no role of ${permissionSet} in ${accountId}`);
}

function policyOf(policy: string | AccessPolicy, partition: string): AccessPolicy {
  if (typeof policy !== 'string') return policy;
  return { policyArn: `arn:${partition}:eks::aws:cluster-access-policy/${policy}`, scope: 'cluster' };
}

/** https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
const NODE_USERNAME: Readonly<Record<string, string>> = {
  EC2_LINUX: 'system:node:{{EC2PrivateDNSName}}',
  EC2_WINDOWS: 'system:node:{{EC2PrivateDNSName}}',
  EC2: 'system:node:{{EC2PrivateDNSName}}',
  FARGATE_LINUX: 'system:node:{{SessionName}}',
  HYBRID_LINUX: 'system:node:{{SessionName}}',
};

export function madeUsername(type: string, principalArn: string): string {
  return NODE_USERNAME[type] ?? defaultUsername(principalArn);
}

export function madeGroups(type: string): string[] {
  switch (type) {
    case 'STANDARD':
      return [];
    case 'EC2_WINDOWS':
      return ['eks:kube-proxy-windows', 'system:nodes'];
    case 'FARGATE_LINUX':
      return ['system:bootstrappers', 'system:nodes', 'system:node-proxier'];
    default:
      return ['system:nodes'];
  }
}
