import type { StatedPolicy } from '../access-policy.ts';
import { parseArn } from '../arn.ts';
import { identityOfEntry } from '../aws-auth/resolve-caller.ts';
import { ReadTime, type Timed } from '../directory/read-time.ts';
import { type AccessEntry, accessPolicyOf } from '../eks.ts';
import { type Finding, warning } from '../errors.ts';
import { type DesiredEntry, USERNAME_OF_EKS } from '../map-entry.ts';
import { UNKNOWN_SUFFIX } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import type { NamedCluster } from './eks-commands.ts';
import type { JudgedAccessEntry } from './existing-entries.ts';
import { leftOutFindings } from './left-out.ts';
import { asClusterHas, nodesLeftOut, otherAccount } from './nodes.ts';
import { hasPath, NODE_ROLE_OPTIONS, type PathFacts, unreadRole } from './principal.ts';
import { translatedEntry } from './translate-entry.ts';

/** Facts for the translation of desired entries. */
export interface DesiredFacts extends Pick<PathFacts, 'others'>, Timed {
  /** The type of the nodes' entries; null skips them. */
  readonly nodeType: string | null;
  /** ARNs of node roles, as written. */
  readonly nodeRoles: readonly string[];
  /** The cluster's account; null if unknown. */
  readonly clusterAccount: string | null;
  /** Null if none is named. */
  readonly cluster: NamedCluster | null;
  /** Node roles that already have an access entry, by `roleArnKey`. */
  readonly there: ReadonlySet<string>;
}

/**
 * Access entries for desired entries, in their order, with findings.
 * @param existing the cluster's
 */
export function translateDesired(
  desired: readonly DesiredEntry[],
  facts: DesiredFacts,
  existing: readonly JudgedAccessEntry[],
): { readonly entries: readonly AccessEntry[]; readonly findings: readonly Finding[] } {
  const { nodeType, nodeRoles, cluster, there } = facts;
  const pathArns = new Map(nodeRoles.toReversed().map((arn) => [roleArnKey(arn), arn]));
  const entries: AccessEntry[] = [];
  const findings: Finding[] = [];
  const leftOut: string[] = [];
  for (const entry of desired) {
    if (entry.role) {
      const { pathArn } = entry.role;
      const identity = identityOfEntry({ ...entry, arn: entry.rolearn }) ?? entry;
      const translated = withPolicies(translatedEntry(pathArn, 'STANDARD', identity), entry.accessPolicies);
      entries.push(entry.username === USERNAME_OF_EKS ? { ...translated, username: null } : translated);
      const principalArn = pathArn.replace(new RegExp(`_${UNKNOWN_SUFFIX}$`), '_*');
      findings.push(...leftOutFindings(identity, { principalArn }, undefined, entry.username));
      continue;
    }
    const stated = pathArns.get(roleArnKey(entry.rolearn)) ?? entry.rolearn;
    const refused = nodeType === null ? undefined : nodeRoleRefusal(stated, facts);
    if (nodeType === null) leftOut.push(...(there.has(roleArnKey(stated)) ? [] : [stated]));
    else if (refused) findings.push(refused);
    else {
      const pathArn = facts.others.get(roleArnKey(stated));
      entries.push(translatedEntry(pathArn ?? stated, nodeType, entry));
      if (pathArn === undefined && !hasPath(stated)) findings.push(unreadRole(stated, NODE_ROLE_OPTIONS));
    }
  }
  findings.push(...nodesLeftOut(leftOut, cluster));
  const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
  const kept = entries.map((entry) => asClusterHas(entry, byArn.get(entry.principalArn)));
  return {
    entries: kept.map(({ entry }) => entry),
    findings: [...findings, ...kept.flatMap((one) => one.findings)],
  };
}

/** Adds the policies that the mappings state to the one that `system:masters` becomes. */
function withPolicies(entry: AccessEntry, stated: readonly StatedPolicy[] = []): AccessEntry {
  const partition = parseArn(entry.principalArn)?.partition ?? '';
  const added = stated
    .map((policy) => accessPolicyOf(policy, partition))
    .filter(({ policyArn }) => !entry.policies.some((one) => one.policyArn === policyArn));
  return { ...entry, policies: [...entry.policies, ...added] };
}

/** A warning about a node role that can't have an access entry. */
function nodeRoleRefusal(arn: string, facts: DesiredFacts): Finding | undefined {
  const { others, clusterAccount } = facts;
  const isGone = others.get(roleArnKey(arn)) === null;
  const refused = isGone
    ? {
        reason: ReadTime.of(facts).dated("the role doesn't exist"),
        help: "Check the role's account and name.",
      }
    : clusterAccount !== null && otherAccount(parseArn(arn)?.accountId, clusterAccount);
  if (!refused) return undefined;
  return warning('node-role-refused', `node role ${arn} is refused: ${refused.reason}`, {
    help: refused.help,
  });
}
