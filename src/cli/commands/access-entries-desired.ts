import { groupsRefusal } from '../../access-entries/left-out.ts';
import { asClusterHas, nodesOf } from '../../access-entries/nodes.ts';
import { othersOf } from '../../access-entries/principal.ts';
import { translateDesired } from '../../access-entries/translate-desired.ts';
import type { TranslatedFile } from '../../access-entries/translate-file.ts';
import type { AccessEntry } from '../../access-entry.ts';
import { parseArn, withoutPath } from '../../arn.ts';
import type { OtherEntries } from '../../authenticator/other-entries.ts';
import type { UnwantedEntry } from '../../change/plan-cluster.ts';
import {
  entriesToPrune,
  isHumanAdmin,
  type PruneQuestion,
  prunedFindings,
  unwantedFindings,
} from '../../change/prune-cluster.ts';
import type { JudgedAccessEntry } from '../../cluster/access-entry-state.ts';
import { ClusterState } from '../../cluster/cluster.ts';
import { Failure, type Finding, note } from '../../errors.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import type { ClusterSelector, InventorySource } from '../../inventory/query.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import { mappingProblem, policyFindings } from '../../mapping/mapping.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import { type Desired, mappingsOf } from '../../mapping/resolve.ts';
import { wantedContext } from '../../mapping/wanted.ts';
import { listed, printable } from '../../text.ts';
import { type KnownCluster, readCluster, requireAccountsOf } from '../inputs/clusters.ts';
import { forPruning } from '../inputs/pruning.ts';
import { withDesired } from '../load-request.ts';
import { type CommonOptions, pruneWithoutConfig, requireConsistent } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { FromOptions } from './access-entries-from.ts';
import { entriesUnknown } from './access-entries-output.ts';

/** Access entries, with everything reported about them. */
export interface Result extends KnownCluster {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
  /** The cluster's current access entries. */
  readonly existing: readonly JudgedAccessEntry[];
  /** The access entries that `--prune` deletes; null if nothing may be deleted. */
  readonly pruned: readonly UnwantedEntry[] | null;
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
  options: CommonOptions & Pick<FromOptions, 'nodes' | 'maxAge'> & DesiredOptions,
  selector: ClusterSelector | null,
  shell: Shell,
): Promise<Result> {
  return withDesired(
    options,
    shell,
    async (desired, source) => {
      requireConsistent(pruneWithoutConfig(options.prune, desired.request.fromConfig));
      requireGroups(desired);
      const { inventory, request, scoped } = desired;
      requireAccountsOf(selector, inventory);
      const { nodes } = options;
      const nodeRoles = nodes ? desired.entries.filter(({ role }) => role === null) : [];
      const otherRoles =
        nodeRoles.length === 0 ? [] : await source.otherRoles(nodeRoles.map(({ rolearn }) => rolearn));
      const known = await readCluster(selector, async () => source, source.isLive ? null : inventory, shell);
      const { cluster } = known;
      const read = await inventoryFor(options, { ...inventory, otherRoles }, cluster, source);
      const existing = ClusterState.of(cluster, read).judged;
      const translated = translateDesired(desired.entries, {
        nodeType: nodes === true ? 'EC2_LINUX' : (nodes ?? null),
        nodeRoles: scoped.nodeRoles,
        others: othersOf(read, !ReadTime.of(read).isOld),
        readTime: ReadTime.of(read),
        there: new Set(nodesOf(existing).keys()),
        cluster: selector && { name: selector.name, arn: known.arn },
        clusterAccount: selector?.place?.accountId ?? parseArn(cluster?.arn ?? '')?.accountId ?? null,
      });
      const leftOut = nodes ? nodeRolesFindings(scoped, request, true) : [];
      const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
      const kept = translated.entries.map((entry) => asClusterHas(entry, byArn.get(entry.principalArn)));
      const findings = [...translated.findings, ...kept.flatMap((one) => one.findings)];
      const entries = kept.map(({ entry }) => entry);
      const context = wantedContext({ ...desired, inventory: read });
      const unwanted = unwantedOf(
        cluster && { cluster, existing, wanted: entries, context },
        options,
        selector,
      );
      return {
        ...known,
        entries,
        findings: [
          ...desired.findings,
          ...policyFindings(mappingsOf(desired)),
          ...leftOut,
          ...findings,
          ...otherEntriesNote(request.otherEntries),
          ...unwanted.findings,
        ],
        existing,
        pruned: unwanted.pruned,
        file: null,
      };
    },
    'access entries',
  );
}

/** With `--prune`, includes the roles of other cluster admins: whether anybody is left depends on them. */
export function inventoryFor(
  { prune }: DesiredOptions,
  inventory: Inventory,
  cluster: EksCluster | null,
  source: InventorySource,
): Promise<Inventory> | Inventory {
  const admins = (cluster?.accessEntries ?? []).filter(isHumanAdmin);
  const arns = admins.map(({ principalArn }) => withoutPath(principalArn));
  return prune ? forPruning(inventory, arns, source) : inventory;
}

/**
 * Finds entries that no mapping wants: to be deleted with `--prune`, else reported.
 * @param question null if the cluster's access entries are unknown
 * @throws Failure (exit 2) if `--prune` can't be sure, or would lock someone out
 */
function unwantedOf(
  question: PruneQuestion | null,
  { prune = false, allowLockout = false, rollback = false }: DesiredOptions,
  selector: ClusterSelector | null,
): Pick<Result, 'pruned' | 'findings'> {
  if (!question && prune) throw entriesUnknown('--prune', selector?.name ?? null);
  if (!question) return { pruned: null, findings: [] };
  const pruned = prune ? entriesToPrune(question, allowLockout) : null;
  if (rollback) return { pruned, findings: [] };
  const changes = prune ? prunedFindings(question, pruned) : [];
  return { pruned, findings: [...changes, ...unwantedFindings(question, prune)] };
}

function otherEntriesNote({ items, isEmpty }: OtherEntries): Finding[] {
  if (isEmpty) return [];
  const arns = items.map(({ arn }) => printable(arn));
  const message = `otherEntries of the config get no access entries${arns.length === 0 ? '' : `: ${listed(arns)}`}`;
  return [note('other-entries-left-out', message, { help: 'Create the ones that you need yourself.' })];
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
