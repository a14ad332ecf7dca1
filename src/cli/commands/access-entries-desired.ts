import { groupsRefusal } from '../../access-entries/left-out.ts';
import { asClusterHas, nodesOf } from '../../access-entries/nodes.ts';
import { othersOf } from '../../access-entries/principal.ts';
import { translateDesired } from '../../access-entries/translate-desired.ts';
import type { TranslatedFile } from '../../access-entries/translate-file.ts';
import type { AccessEntry } from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import type { JudgedAccessEntry } from '../../cluster/access-entry-state.ts';
import { ClusterState } from '../../cluster/cluster.ts';
import { Failure, type Finding } from '../../errors.ts';
import type { ClusterSelector } from '../../inventory/query.ts';
import { mappingProblem } from '../../mapping/mapping.ts';
import { policyFindings } from '../../mapping/mapping-policies.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import { type Desired, mappingsOf } from '../../mapping/resolve.ts';
import { type KnownCluster, readCluster, requireAccountsOf } from '../inputs/clusters.ts';
import { withDesired } from '../load-request.ts';
import type { CommonOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { FromOptions } from './access-entries-from.ts';

/** Access entries, with everything reported about them. */
export interface Result extends KnownCluster {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
  /** The cluster's current access entries. */
  readonly existing: readonly JudgedAccessEntry[];
  /** Set with `--from`. */
  readonly file: TranslatedFile | null;
}

/**
 * Translates the mappings into access entries, considering those that the cluster has.
 * @throws Failure (exit 2 or 3)
 */
export async function desiredAccessEntries(
  options: CommonOptions & Pick<FromOptions, 'nodes'>,
  selector: ClusterSelector | null,
  shell: Shell,
): Promise<Result> {
  return withDesired(
    options,
    shell,
    async (desired, source) => {
      requireGroups(desired);
      const { inventory, request, scoped } = desired;
      requireAccountsOf(selector, inventory);
      const { nodes } = options;
      const nodeRoles = nodes ? desired.entries.filter(({ role }) => role === null) : [];
      const otherRoles =
        nodeRoles.length === 0 ? [] : await source.otherRoles(nodeRoles.map(({ rolearn }) => rolearn));
      const read = { ...inventory, otherRoles };
      const known = await readCluster(selector, async () => source, source.isLive ? null : inventory, shell);
      const { cluster } = known;
      const existing = ClusterState.of(cluster, read).judged;
      const translated = translateDesired(desired.entries, {
        nodeType: nodes === true ? 'EC2_LINUX' : (nodes ?? null),
        nodeRoles: scoped.nodeRoles,
        others: othersOf(read, true),
        there: new Set(nodesOf(existing).keys()),
        cluster: selector && { name: selector.name, arn: known.arn },
        clusterAccount: selector?.place?.accountId ?? parseArn(cluster?.arn ?? '')?.accountId ?? null,
      });
      const leftOut = nodes ? nodeRolesFindings(scoped, request, true) : [];
      const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
      const kept = translated.entries.map((entry) => asClusterHas(entry, byArn.get(entry.principalArn)));
      const findings = [...translated.findings, ...kept.flatMap((one) => one.findings)];
      return {
        ...known,
        entries: kept.map(({ entry }) => entry),
        findings: [...desired.findings, ...policyFindings(mappingsOf(desired)), ...leftOut, ...findings],
        existing,
        file: null,
      };
    },
    'access entries',
  );
}

/** @throws Failure (exit 2) for each mapping that grants nothing but groups that no access entry can have */
export function requireGroups(desired: Desired): void {
  const problems = mappingsOf(desired).flatMap((mapping) => {
    const refused = mapping.policies.length > 0 ? undefined : groupsRefusal(mapping.groups);
    if (!refused) return [];
    const origin = mapping.origin.location ? '' : `${mapping.origin.text}: `;
    return [mappingProblem(mapping, `${origin}${refused.reason}`, refused.help)];
  });
  if (problems.length > 0) throw new Failure(2, problems);
}
