import type { JudgedAccessEntry } from '../../access-entry/existing-entries.ts';
import { judgeAccessEntries } from '../../access-entry/existing-entries.ts';
import { nodeEntriesOf } from '../../access-entry/nodes.ts';
import { othersOf } from '../../access-entry/principal.ts';
import { translateDesired } from '../../access-entry/translate-desired.ts';
import type { TranslatedFile } from '../../access-entry/translate-file.ts';
import { parseArn, withoutPath } from '../../arn.ts';
import type { OtherEntries } from '../../aws-auth/other-entries.ts';
import { type ClusterChange, type PlanContext, planContext } from '../../change/change.ts';
import { unwantedFindings } from '../../change/cluster-findings.ts';
import { isAdminEntry, planCluster } from '../../change/plan-cluster.ts';
import type { EksCluster, Inventory } from '../../directory/model.ts';
import type { ClusterSelector, InventorySource } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import type { AccessEntry } from '../../eks.ts';
import { type Finding, note } from '../../errors.ts';
import { policyFindings, requireForAccessEntries } from '../../mapping/mapping.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import { type Desired, mappingsOf } from '../../mapping/resolve.ts';
import { listed, printable } from '../../text.ts';
import { type KnownCluster, readCluster, requireAccountsOf } from '../inputs/clusters.ts';
import { forPruning } from '../inputs/pruning.ts';
import { withDesired } from '../load-request.ts';
import { type CommonOptions, pruneWithoutMappings, requireConsistent } from '../option-values.ts';
import type { Shell } from '../shell.ts';
import type { FromOptions } from './access-entries-from.ts';
import { entriesUnknown } from './access-entries-output.ts';

/** Access entries, with everything reported about them. */
export interface Result extends KnownCluster {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
  /** The outcome for each access entry of the cluster; empty if they are unknown. */
  readonly plan: readonly ClusterChange[];
  /** True if the output may delete access entries. */
  readonly isPruning: boolean;
  /** Set with `--from`. */
  readonly file: TranslatedFile | null;
}

/** Options on what happens to access entries that no mapping wants. */
export interface DesiredOptions {
  readonly prune?: boolean;
  readonly allowLockout?: boolean;
  readonly rollback?: boolean;
}

/**
 * Translates the mappings into access entries, considering those that the cluster has.
 * @throws Failure (exit 2 or 3)
 */
export async function desiredAccessEntries(
  options: CommonOptions & Pick<FromOptions, 'output' | 'nodes' | 'maxAge'> & DesiredOptions,
  selector: ClusterSelector | null,
  shell: Shell,
): Promise<Result> {
  return withDesired(
    options,
    shell,
    async (desired, source) => {
      const { inventory, request, scoped } = desired;
      requireConsistent(...pruneWithoutMappings(options.prune, request));
      requireForAccessEntries(mappingsOf(desired));
      requireAccountsOf(selector, inventory);
      const { nodes, prune = false, rollback = false } = options;
      const nodeRoles = nodes ? desired.entries.filter(({ role }) => role === null) : [];
      const known = await readCluster(selector, async () => source, source.isLive ? null : inventory, shell);
      const { cluster } = known;
      if (!cluster && prune) throw entriesUnknown('--prune', selector?.name ?? null);
      const roleArns = nodeRoles.map(({ rolearn }) => rolearn);
      const { existing, read, context } = await existingEntries(desired, cluster, options, source, roleArns);
      const readTime = ReadTime.of(read);
      const facts = {
        nodeType: nodes === true ? 'EC2_LINUX' : (nodes ?? null),
        nodeRoles: scoped.nodeRoles,
        others: othersOf(read, !readTime.isOld),
        readTime,
        there: new Set(nodeEntriesOf(existing).keys()),
        cluster: selector && { name: selector.name, arn: known.arn },
        clusterAccount: selector?.place?.accountId ?? parseArn(cluster?.arn ?? '')?.accountId ?? null,
      };
      const { entries, findings } = translateDesired(desired.entries, facts, existing);
      const plan = cluster ? planCluster(cluster, existing, entries, context) : [];
      return {
        ...known,
        entries,
        findings: [
          ...desired.findings,
          ...policyFindings(mappingsOf(desired)),
          ...(nodes ? nodeRolesFindings(scoped, request, true) : []),
          ...findings,
          ...otherEntriesNote(request.otherEntries),
          ...(cluster && !rollback ? unwantedFindings(plan, cluster, context, options.output === 'ack') : []),
        ],
        plan,
        isPruning: prune && context.isFresh,
        file: null,
      };
    },
    'access entries',
    selector?.place ?? null,
  );
}

/** The access entries that a cluster has, and what is known about them. */
interface ExistingEntries {
  readonly existing: readonly JudgedAccessEntry[];
  /** With their roles. */
  readonly read: Inventory;
  readonly context: PlanContext;
}

/**
 * Reads what is known about the access entries of a cluster.
 * @param cluster null if its access entries are unknown
 * @param options.isScoped true if only the accounts in scope count as read; nodes are in the cluster's
 * @param otherRoleArns ARNs of roles to read that Identity Center didn't create
 */
export async function existingEntries(
  desired: Desired,
  cluster: EksCluster | null,
  options: DesiredOptions & { readonly isScoped?: boolean },
  source: InventorySource,
  otherRoleArns: readonly string[],
): Promise<ExistingEntries> {
  const otherRoles = otherRoleArns.length === 0 ? [] : await source.otherRoles(otherRoleArns);
  const inventory = { ...desired.inventory, otherRoles };
  const read = options.prune ? await forPruning(inventory, adminArns(cluster), source) : inventory;
  const context = planContext({ ...desired, inventory: read }, options);
  const scope = options.isScoped ? context.scope : undefined;
  return { existing: cluster ? judgeAccessEntries(cluster, read, scope) : [], read, context };
}

/** The roles of cluster admins decide, too, if anybody is left. */
function adminArns(cluster: EksCluster | null): string[] {
  const admins = (cluster?.accessEntries ?? []).filter(isAdminEntry);
  return admins.map(({ principalArn }) => withoutPath(principalArn));
}

function otherEntriesNote({ items, isEmpty }: OtherEntries): Finding[] {
  if (isEmpty) return [];
  const arns = items.map(({ arn }) => printable(arn));
  const message = `otherEntries of the config get no access entries${arns.length === 0 ? '' : `: ${listed(arns)}`}`;
  return [note('other-entries-left-out', message, { help: 'Create the ones that you need yourself.' })];
}
