import { callerKey } from '../authenticator/caller-order.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';

type Named = Pick<LoadedEntry, 'arn' | 'username' | 'groups'>;

/** Whether no EC2 instance comes in through an entry: a role that Identity Center provisioned, or no role at all. Other roles may be anybody's. */
export function isHuman({ arn }: Pick<LoadedEntry, 'arn'>): boolean {
  const key = callerKey(arn);
  return NO_ROLE.test(key) || parseProvisionedRoleArn(key) !== undefined;
}

const NO_ROLE = /^arn:[^:]*:(?:iam::[^:]*:(?:user\/|root$)|sts::[^:]*:federated-user\/)/;

/** The name of the EC2 instance that calls. */
export const NODE_VARIABLE = '{{EC2PrivateDNSName}}';

/** Whether the authenticator denies access through an entry: it looks for an EC2 instance of the caller's name, and there is none. */
export function isDenied(entry: Named): boolean {
  const names = [entry.username, ...(entry.groups ?? [])];
  return names.some((name) => name.includes(NODE_VARIABLE)) && isHuman(entry);
}
