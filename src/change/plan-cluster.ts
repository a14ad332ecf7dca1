import type { AccessEntry } from '../access-entry.ts';
import { withoutPath } from '../arn.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import type { EksCluster } from '../inventory/model.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { type ClusterChange, type PlanContext, setsOf, unnamedOutcome } from './change.ts';
import { differingFields } from './compare-entries.ts';
import { clusterConsequences, prune } from './prune.ts';

/**
 * Decides the outcome for each access entry of a cluster, in their order, and then the additions in the order of the
 * wanted entries. Leaves entries alone that are not for provisioned roles, or whose roles were not read or could not be
 * resolved.
 * @param context null if nothing says what else is wanted: then all other entries are left alone
 * @throws Failure (exit 2) if `--prune` can't be sure, or would lock someone out
 */
export function planCluster(
  cluster: EksCluster,
  judged: readonly JudgedAccessEntry[],
  wanted: readonly AccessEntry[],
  context: PlanContext | null,
): readonly ClusterChange[] {
  const wantedBy = new Map(wanted.map((entry) => [entry.principalArn, entry]));
  const roles = wanted.flatMap(({ principalArn }) => parseProvisionedRoleArn(principalArn) ?? []);
  const wantedSets = context ? setsOf(roles, context.roles) : new Set<string>();
  const changes = judged.map((entry): ClusterChange => {
    const { principalArn } = entry.entry;
    const after = wantedBy.get(principalArn);
    if (after && mayLive(entry)) {
      const fields = differingFields(after, entry.entry);
      if (fields.length === 0) return { outcome: 'kept', entry, reason: 'as-mapped' };
      return { outcome: 'updated', entry, wanted: after, fields };
    }
    if (!entry.provisioned) return { outcome: 'left-alone', entry, reason: 'not-provisioned' };
    if (!context) return { outcome: 'left-alone', entry, reason: 'out-of-scope' };
    if (after) return { outcome: 'unmapped', entry, reason: 're-created', undecided: null };
    const exists = mayLive(entry) && (entry.state === 'unknown' ? null : true);
    const arn = withoutPath(principalArn);
    return { ...unnamedOutcome(arn, entry.provisioned, exists, wantedSets, context), entry };
  });
  const there = new Map(judged.map((one) => [one.entry.principalArn, one]));
  const additions = wanted.flatMap((entry): ClusterChange[] => {
    const predecessor = there.get(entry.principalArn) ?? null;
    return predecessor && mayLive(predecessor) ? [] : [{ outcome: 'added', wanted: entry, predecessor }];
  });
  const plan = [...changes, ...additions];
  return context
    ? prune(plan, context, (pruned) => clusterConsequences(cluster, pruned, wanted, context))
    : plan;
}
