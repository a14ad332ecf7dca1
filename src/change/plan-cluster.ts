import { type JudgedAccessEntry, mayLive } from '../access-entry/existing-entries.ts';
import { withoutPath } from '../arn.ts';
import { clusterLocation, type EksCluster } from '../directory/model.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  entryTemplates,
  isClusterAdminPolicy,
  isForPeople,
} from '../eks.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable } from '../text.ts';
import {
  type AccessEntryField,
  type ClusterChange,
  decided,
  type PlanContext,
  setsOf,
  unnamedOutcome,
  type WantedContext,
} from './change.ts';
import { type Consequences, prune } from './prune.ts';

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
 * policies and namespaces as sets. A missing username counts as the one that EKS generates.
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

/** The consequences of deleting access entries. */
function clusterConsequences(
  cluster: EksCluster,
  pruned: readonly ClusterChange[],
  wanted: readonly AccessEntry[],
  { roles }: WantedContext,
): Consequences {
  const location = clusterLocation(cluster);
  const removed = decided(pruned, 'removed')
    .map(({ entry }) => entry)
    .filter(mayLive)
    .map(({ entry }) => entry);
  const named = new Set(wanted.map(({ principalArn }) => principalArn));
  const kept = pruned
    .flatMap((change) => (change.outcome === 'added' || change.outcome === 'removed' ? [] : change.entry))
    .filter((one) => mayLive(one) && !named.has(one.entry.principalArn));
  const lastAdmin = removed.findLast(isAdminEntry);
  return {
    forbidden: [],
    removed: removed.map(({ principalArn }) => ({ arn: principalArn, location })),
    lastAdmin: lastAdmin && {
      message: `--prune would remove the last cluster admin's access entry: ${printable(lastAdmin.principalArn)}`,
      location,
    },
    left: [...kept.map(({ entry }) => entry), ...wanted]
      .filter(({ principalArn }) => !roles.isUnused(roles.aboutPrincipal(principalArn)))
      .map((entry) => ({ arn: entry.principalArn, isAdmin: isAdminEntry(entry) })),
  };
}

/** True if an access entry makes people cluster admin. Nodes and AWS services aren't people. */
export function isAdminEntry(entry: AccessEntry): boolean {
  return isForPeople(entry) && entry.policies.some(isClusterAdminPolicy);
}
