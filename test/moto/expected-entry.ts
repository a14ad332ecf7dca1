import { roleOf, type TrueAccount } from './truth.ts';

/** A `mapRoles` item, built without the program's code. */
export interface ExpectedEntry {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

export const USERNAME = 'sso:{{SessionName}}';

export function expectedEntry(
  account: TrueAccount,
  permissionSet: string,
  groups: readonly string[],
  username = USERNAME,
): ExpectedEntry {
  return { rolearn: roleOf(account, permissionSet).roleArn, username, groups };
}

export function nodeEntry(rolearn: string): ExpectedEntry {
  const groups = ['system:bootstrappers', 'system:nodes'];
  return { rolearn, username: 'system:node:{{EC2PrivateDNSName}}', groups };
}

/** The expected ConfigMap with these entries. */
export function configMap(entries: readonly ExpectedEntry[]): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
${entries.map(item).join('')}`;
}

function item({ rolearn, username, groups }: ExpectedEntry): string {
  return `    - rolearn: ${rolearn}
      username: "${username}"
      groups:
${groups.map((group) => `        - "${group}"\n`).join('')}`;
}
