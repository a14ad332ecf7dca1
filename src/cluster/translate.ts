import {
  type AccessEntry,
  clusterAdminPolicy,
  entryTemplates,
  groupProblem,
  isClusterAdminPolicy,
  isOfType,
  usernameProblem,
} from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { groupsBeside, isClusterAdmin, isNodeEntry } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';

/**
 * The access entry that gives what an entry of aws-auth does, as far as one of its type can: `system:masters` becomes a policy, and
 * `system:authenticated` is left out, since everyone has it. Nodes get username and groups by the type.
 * @param identity with its variables filled in as far as they are known
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

/** The groups of people that no access entry can give. */
export function refusedGroups(identity: Pick<KubernetesIdentity, 'groups'>): string[] {
  return namedGroups(identity).filter((group) => groupProblem(group) !== undefined);
}

/** The groups for which an access entry has neither a policy nor no need. */
function namedGroups({ groups }: Pick<KubernetesIdentity, 'groups'>): string[] {
  return groupsBeside(groups, [], 'STANDARD');
}

/** Whether an access entry gives no more than a username. */
export function isEmpty({ kubernetesGroups, policies }: AccessEntry): boolean {
  return kubernetesGroups.length + policies.length === 0;
}

/** What an entry of aws-auth gives, and what an access entry does in its place. */
export interface GrantDifference {
  readonly before: KubernetesIdentity;
  readonly after: KubernetesIdentity;
  /** Whether it lets in nodes in place of people, other nodes, or people in place of nodes. */
  readonly isOtherKind: boolean;
  readonly isAdminLost: boolean;
  readonly isAdminGained: boolean;
  /** Groups that one gives and the other does not. */
  readonly fewer: readonly string[];
  readonly more: readonly string[];
  /** Those of them that make a difference: an administrator's do not. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
  readonly isOtherUsername: boolean;
  /** Whether there are access policies beside that of administrators and that of the type, which aws-auth has nothing like. */
  readonly hasPolicies: boolean;
}

/** Compares what an entry of aws-auth gives with what an access entry does. */
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
