import { parseArn } from '../arn.ts';
import { groupsBeside, isClusterAdmin, isNodeEntry } from '../aws-auth/groups.ts';
import type { KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import {
  type AccessEntry,
  clusterAdminPolicy,
  entryTemplates,
  groupProblem,
  isClusterAdminPolicy,
  isOfType,
  usernameProblem,
} from '../eks.ts';

/**
 * The access entry that grants what an entry of aws-auth grants, within the limits of its type. `system:masters`
 * becomes a policy; `system:authenticated` is skipped because everyone has it. Nodes get username and groups from the type.
 * @param identity with the known variables filled in
 */
export function translatedEntry(
  principalArn: string,
  type: string,
  identity: KubernetesIdentity,
): AccessEntry {
  const none = { principalArn, type, username: null, kubernetesGroups: [], policies: [] };
  if (type !== 'STANDARD') return none;
  const { partition = '' } = parseArn(principalArn) ?? {};
  return {
    ...none,
    username: usernameProblem(identity.username) === undefined ? identity.username : null,
    kubernetesGroups: namedGroups(identity).filter((group) => groupProblem(group) === undefined),
    policies: isClusterAdmin(identity)
      ? [{ policyArn: clusterAdminPolicy(partition), scope: 'cluster' }]
      : [],
  };
}

/** The people's groups that EKS accepts in no access entry. */
export function refusedGroups(identity: Pick<KubernetesIdentity, 'groups'>): string[] {
  return namedGroups(identity).filter((group) => groupProblem(group) !== undefined);
}

/** The groups that an access entry must list: no policy replaces them, and not everyone has them. */
function namedGroups({ groups }: Pick<KubernetesIdentity, 'groups'>): string[] {
  return groupsBeside(groups, [], 'STANDARD');
}

/** The difference between an entry of aws-auth and the access entry that replaces it. */
export interface GrantDifference {
  readonly before: KubernetesIdentity;
  readonly after: KubernetesIdentity;
  /** True if it grants access to nodes instead of people, to other nodes, or to people instead of nodes. */
  readonly isOtherKind: boolean;
  readonly isAdminLost: boolean;
  readonly isAdminGained: boolean;
  /** Groups that only one of the two has. */
  readonly fewer: readonly string[];
  readonly more: readonly string[];
  /** The subset that matters: a cluster admin needs no groups. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
  readonly isOtherUsername: boolean;
  /**
   * True if it has access policies, other than cluster admin or the type's own, that aws-auth has no equivalent for.
   */
  readonly hasPolicies: boolean;
}

/** Compares an entry of aws-auth with an access entry. */
export function grantDifference(before: KubernetesIdentity, accessEntry: AccessEntry): GrantDifference {
  const after = entryTemplates(accessEntry);
  const { type, policies } = accessEntry;
  const [wasAdmin, isAdmin] = [isClusterAdmin(before), policies.some(isClusterAdminPolicy)];
  const isOtherUsername = before.username !== after.username;
  const isOtherNode = before.username.startsWith('system:node:') && isOtherUsername;
  const fewer = groupsBeside(before.groups, after.groups, type);
  const more = groupsBeside(after.groups, before.groups, type);
  return {
    before,
    after,
    isOtherKind: isNodeEntry(before) ? type === 'STANDARD' || isOtherNode : type !== 'STANDARD',
    isAdminLost: wasAdmin && !isAdmin,
    isAdminGained: isAdmin && !wasAdmin,
    fewer,
    more,
    lost: isAdmin ? [] : fewer,
    gained: wasAdmin ? [] : more,
    isOtherUsername,
    hasPolicies: !policies.every((policy) => isClusterAdminPolicy(policy) || isOfType(policy, type)),
  };
}
