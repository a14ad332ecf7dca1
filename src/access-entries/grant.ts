import {
  type AccessEntry,
  type AccessPolicy,
  clusterAdminPolicy,
  defaultUsername,
  usernameProblem,
} from '../access-entry.ts';
import { isNodeGroup, MASTERS } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import type { Finding, Location } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';

/** A group that access entries cannot give. */
export interface RefusedGroup {
  readonly group: string;
  /** Why, as a clause. */
  readonly reason: string;
  readonly help: string;
}

/** What an access entry gives in place of a username and groups of aws-auth. */
export interface Grant {
  /** Null: left out, so that EKS makes one. */
  readonly username: string | null;
  /** Why it is left out, as a clause. */
  readonly usernameProblem: string | null;
  readonly kubernetesGroups: readonly string[];
  readonly policies: readonly AccessPolicy[];
  readonly refused: readonly RefusedGroup[];
}

/** Kubernetes gives it to everyone who gets in (k8s.io/apiserver, pkg/authentication/group). */
export const EVERYONE = 'system:authenticated';

/**
 * Says username and groups as an access entry has them: `system:masters` becomes a policy, and `system:authenticated` is left out, since
 * everyone has it.
 * @param identity with its variables filled in as far as they are known
 */
export function grantOf({ username, groups }: KubernetesIdentity, partition: string): Grant {
  const problem = usernameProblem(username) ?? null;
  const named = [...new Set(groups)].filter((group) => group !== MASTERS && group !== EVERYONE);
  const refused = named.flatMap((group) => groupProblem(group) ?? []);
  const isRefused = new Set(refused.map(({ group }) => group));
  return {
    username: problem === null ? username : null,
    usernameProblem: problem,
    kubernetesGroups: named.filter((group) => !isRefused.has(group)),
    policies: groups.includes(MASTERS)
      ? [{ policyArn: clusterAdminPolicy(partition), scope: 'cluster' as const }]
      : [],
    refused,
  };
}

/** Why access entries cannot give a group other than `system:masters`; undefined where they can. */
function groupProblem(group: string): RefusedGroup | undefined {
  if (group === '') return { group, reason: 'it is empty', help: 'Name a group, or remove it.' };
  if (group.startsWith('system:')) {
    const help = isNodeGroup(group)
      ? 'It is for nodes: EKS gives it to them by the type of their access entry.'
      : 'Bind what it is bound to, to a group of another name, and map that group.';
    return { group, reason: 'EKS refuses groups that start with system:', help };
  }
  // The authenticator fills in its variables, and keeps other braces; of EKS neither is documented.
  if (group.includes('{{'))
    return {
      group,
      reason: 'access entries fill in no variables in groups',
      help: 'Map a group without variables.',
    };
  return undefined;
}

/** Whether all that an entry gives is refused, so that an access entry would give nothing of it. */
export function isRefused({ kubernetesGroups, policies, refused }: Grant): boolean {
  return refused.length > 0 && kubernetesGroups.length + policies.length === 0;
}

/** `group "system:nodes": EKS refuses groups that start with system:`, a clause for each reason. */
export function refusedGroupsText(refused: readonly RefusedGroup[]): string {
  const reasons = [...new Set(refused.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const groups = refused.filter((one) => one.reason === reason).map(({ group }) => quoted(group));
      return `${groups.length === 1 ? 'group' : 'groups'} ${listed(groups)}: ${reason}`;
    })
    .join('; ');
}

/** The steps for refused groups, each once. */
export function refusedGroupsHelp(refused: readonly RefusedGroup[]): string {
  return [...new Set(refused.map(({ help }) => help))].join('\n');
}

/** The access entry of somebody, with what is to be said of it. */
export function standardEntry(principalArn: string, grant: Grant): AccessEntry {
  const { username, kubernetesGroups, policies } = grant;
  return { principalArn, type: 'STANDARD', username, kubernetesGroups, policies };
}

/** What is lost by it: groups beside others, as a warning, and a username, as a note. */
export function grantFindings(
  username: string,
  principalArn: string,
  grant: Grant,
  location: Location | undefined,
): Finding[] {
  const where = location ? { location } : {};
  const findings: Finding[] = [];
  if (grant.refused.length > 0)
    findings.push({
      severity: 'warning',
      code: 'group-left-out',
      message: `${printable(principalArn)} is left without ${refusedGroupsText(grant.refused)}`,
      help: refusedGroupsHelp(grant.refused),
      ...where,
    });
  if (grant.usernameProblem !== null)
    findings.push({
      severity: 'note',
      code: 'username-left-out',
      message: `${printable(principalArn)}: the username ${quoted(username)} is left out, since ${grant.usernameProblem}: EKS makes it ${quoted(defaultUsername(principalArn))}`,
      ...where,
    });
  return findings;
}
