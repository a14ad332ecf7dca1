import {
  type AccessEntry,
  defaultUsername,
  ENTRY_TYPES,
  isServiceLinked,
  policyName,
} from '../access-entry.ts';
import { isOfCapabilities } from '../access-policy-names.ts';
import { parseArn } from '../arn.ts';
import { isOtherRole } from '../inventory/provisioned-roles.ts';

/**
 * True for an access entry that EKS makes itself: for nodes, for a service-linked role, or for the role of a
 * capability. Never true for a role of Identity Center, with which people would act as nodes.
 */
export function isMadeByEks(entry: AccessEntry, clusterArn: string): boolean {
  const { principalArn, type } = entry;
  if (!isOtherRole(principalArn)) return false;
  return NODE_TYPES.has(type) || isServiceLinked(entry) || isOfCapability(entry, clusterArn);
}

const NODE_TYPES: ReadonlySet<string> = new Set(ENTRY_TYPES.filter((type) => type !== 'STANDARD'));

/**
 * True if an access entry is as EKS creates it for a capability: a role of the cluster's account, with those policies
 * only. With anything that somebody added, such as a group or another policy, it isn't.
 */
function isOfCapability(entry: AccessEntry, clusterArn: string): boolean {
  const { principalArn, type, username, kubernetesGroups, policies } = entry;
  const isUntouched =
    type === 'STANDARD' &&
    kubernetesGroups.length === 0 &&
    (username === null || username === defaultUsername(principalArn));
  return (
    isUntouched &&
    parseArn(principalArn)?.accountId === parseArn(clusterArn)?.accountId &&
    policies.length > 0 &&
    policies.every((policy) => isOfCapabilities(policyName(policy)))
  );
}
