import { type AccessEntry, type AccessPolicy, entryTemplates } from '../access-entry.ts';
import { withoutPath } from '../arn.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import type { EksCluster } from '../inventory/model.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import {
  type AccessEntryField,
  type ClusterChange,
  type PlanContext,
  setsOf,
  unnamedOutcome,
} from './change.ts';
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

/**
 * The fields in which two access entries of one principal differ; empty if they grant the same. Compares groups,
 * policies and namespaces as sets. No username is the same as the one that EKS generates.
 */
export function differingFields(wanted: AccessEntry, found: AccessEntry): AccessEntryField[] {
  const [here, there] = [entryTemplates(wanted), entryTemplates(found)];
  const differs = {
    type: wanted.type !== found.type,
    username: here.username !== there.username,
    kubernetesGroups: setKey(here.groups) !== setKey(there.groups),
    policies: setKey(wanted.policies.map(policyKey)) !== setKey(found.policies.map(policyKey)),
  };
  return FIELDS.filter((field) => differs[field]);
}

const FIELDS: readonly AccessEntryField[] = ['type', 'username', 'kubernetesGroups', 'policies'];

/** Equal for two policies with the same scope. */
function policyKey({ policyArn, scope }: AccessPolicy): string {
  return JSON.stringify([policyArn, scope === 'cluster' ? scope : setKey(scope.namespaces)]);
}

function setKey(items: readonly string[]): string {
  return JSON.stringify([...new Set(items)].sort());
}
