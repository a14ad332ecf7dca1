import { createEntry } from '../access-entry/eks-commands.ts';
import type { Caller } from '../aws-auth/resolve-caller.ts';
import type { EksCluster, Inventory } from '../directory/model.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import type { AccessEntry } from '../eks.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { fileArgument, printable, shellWord } from '../text.ts';

/** A caller and what is known about its role. */
export interface KnownCaller {
  readonly caller: Caller;
  readonly inventory: Inventory | null;
}

/** To precede commands for the root user. */
const ROOT_USER = 'AWS advises against using the root user. Call as a role instead, or:';

/**
 * How to add an entry for a caller: as an access entry first, if the cluster's mode allows it, or in aws-auth.
 * @param file the aws-auth; null if it doesn't count
 */
export function addHelp(known: KnownCaller, cluster: EksCluster | null, file: string | null): string {
  const inFile = file === null ? null : addToFile(known.caller, file);
  const hasEntries = cluster !== null && cluster.authenticationMode !== 'CONFIG_MAP';
  if (inFile !== null && (!hasEntries || known.caller.kind === 'federated-user')) return inFile;
  const inCluster = cluster ? addToCluster(known, cluster) : [];
  return [inCluster, inFile === null ? [] : ['Or in aws-auth:', inFile]].flat().join('\n');
}

function addToFile({ kind, canonicalArn, accountId }: Caller, file: string): string {
  const role = parseProvisionedRoleArn(canonicalArn);
  if (role)
    return [
      `aws-auth-sso merge --map ${shellWord(role.permissionSet)}=GROUP --account ${shellWord(accountId)} ${fileArgument(file)}`,
      'It only prints the ConfigMap: preview with diff instead of merge, and apply with kubectl replace -f -.',
    ].join('\n');
  const [map, field] = kind === 'role' ? ['mapRoles', 'rolearn'] : ['mapUsers', 'userarn'];
  return [
    ...(kind === 'root' ? [ROOT_USER] : []),
    `Add to ${map}, with your choice of username and Kubernetes groups:`,
    `- ${field}: ${printable(canonicalArn)}`,
    `  username: ${kind === 'role' ? '"NAME:{{SessionName}}"' : 'NAME'}`,
    '  groups: [GROUP]',
  ].join('\n');
}

function addToCluster(known: KnownCaller, cluster: EksCluster): string[] {
  const { kind, canonicalArn, accountId } = known.caller;
  const role = parseProvisionedRoleArn(canonicalArn);
  if (role)
    return [
      `aws-auth-sso access-entries --map ${shellWord(role.permissionSet)}=GROUP --account ${shellWord(accountId)} --cluster ${shellWord(cluster.arn)}`,
      'It only prints a script: preview with diff instead of access-entries, and run the script with bash.',
    ];
  if (kind === 'federated-user')
    return ["EKS doesn't support access entries for federated users. Call as a role."];
  const entry = { principalArn: canonicalArn, type: 'STANDARD', username: null, policies: [] };
  const commands = createFor(known, cluster, { ...entry, kubernetesGroups: ['GROUP'] });
  return [...(kind === 'root' ? [ROOT_USER] : []), ...commands];
}

/** The commands that create an access entry with the same permissions for a caller. */
export function createFor(
  { caller: { kind, canonicalArn }, inventory }: KnownCaller,
  cluster: EksCluster,
  entry: AccessEntry,
): string[] {
  if (kind !== 'role') return createEntry(cluster, entry, canonicalArn);
  // Access entries need the role's path.
  const pathArn = inventory && RoleFacts.of(inventory).about(canonicalArn).made?.pathArn;
  if (pathArn) return createEntry(cluster, entry, pathArn);
  const name = canonicalArn.slice(canonicalArn.lastIndexOf('/') + 1);
  return [
    ...createEntry(cluster, entry, 'ROLE_ARN'),
    `ROLE_ARN is the role's ARN, including its path: aws iam get-role --role-name ${shellWord(name)} --query Role.Arn`,
  ];
}
