import { Command } from 'commander';
import { isAccountId, parseArn } from '../../arn.ts';
import type { Finding } from '../../errors.ts';
import { listingFor } from '../../inventory/call-plan.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import type { InventoryQuery, InventorySource, PeopleQuery } from '../../inventory/query.ts';
import { toSnapshot } from '../../inventory/snapshot.ts';
import { queryOf } from '../../mapping/request.ts';
import { parseProvisionedRoleArn, parseRoleArn } from '../../role-name.ts';
import { listed } from '../../text.ts';
import { otherRoleArns, principalArns, readClusters, scopeTest, withOtherRoles } from '../file-inventory.ts';
import { renderLongJson } from '../format/json.ts';
import { withInventorySource } from '../inventory-source.ts';
import { loadListing } from '../load-request.ts';
import {
  addAwsOptions,
  addConfigOption,
  addShellOptions,
  type CommonOptions,
  clusterSelectors,
  clustersOption,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';

interface SnapshotOptions extends CommonOptions {
  readonly principals?: boolean;
  readonly cluster?: readonly string[];
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: true };

export function snapshotCommand(run: Run): Command {
  const command = new Command('snapshot')
    .option(
      '--principals',
      'include assignments with the names of groups, their members and users (personal data)',
    )
    .addOption(clustersOption('include this EKS cluster with its access entries'));
  return addShellOptions(addAwsOptions(addConfigOption(command, 'accounts and AWS settings'))).action(
    (options: SnapshotOptions) => run(options, (shell) => snapshot(options, shell)),
  );
}

async function snapshot(options: SnapshotOptions, shell: Shell): Promise<Outcome> {
  const withClusters = clusterSelectors(options.cluster).length > 0;
  const { request, config } = await loadListing(options, shell, withClusters);
  return withInventorySource(options, config, shell, async (source) => {
    const clusters = await readClusters(options.cluster, async () => source);
    const asked = queryOf(request);
    const query: InventoryQuery = {
      ...(asked.scope.length > 0 ? asked : { ...asked, ...clusterScope(clusters, shell) }),
      ...(options.principals ? { permissionSets: 'all', people: EVERYBODY } : { permissionSets: 'none' }),
    };
    // Ids alone must not need Organizations; where it is called anyway, units are included.
    const organizationTree = listingFor(query) !== 'none';
    const read = await source.read({ ...query, organizationTree });
    const isInScope = asked.scope.length > 0 ? readTest(read) : scopeTest(asked, [], read.callerAccountId);
    shell.report(unreadAccounts(clusters, read, isInScope));
    const inventory = await withOtherRoles(read, otherRoleArns(clusters), isInScope, source, shell);
    const complete = await withPermissionSets(inventory, source, shell);
    return { stdout: renderLongJson(toSnapshot(withClusters ? { ...complete, clusters } : complete)) };
  });
}

/** Where nothing else says which accounts are meant: those of the clusters, and of the provisioned roles in their access entries. */
function clusterScope(
  clusters: readonly EksCluster[],
  shell: Shell,
): Pick<InventoryQuery, 'scope' | 'fromFile'> {
  const own = clusters.map(({ arn }) => parseArn(arn)?.accountId ?? '');
  const ids = [...new Set([...own, ...roleAccounts(clusters)])].sort();
  const message = `no accounts selected: reading those of the clusters and of their access entries, ${listed(ids)}`;
  shell.report([{ severity: 'note', code: 'cluster-accounts', message }]);
  return { scope: ids.map((id) => ({ kind: 'id', id })), fromFile: true };
}

function readTest({ accounts }: Inventory): (accountId: string) => boolean {
  const read = new Set(accounts.flatMap(({ id, rolesRead }) => (rolesRead ? id : [])));
  return (id) => read.has(id);
}

/** The accounts of the provisioned roles in access entries. */
function roleAccounts(clusters: readonly EksCluster[]): string[] {
  const ids = principalArns(clusters).flatMap((arn) => parseProvisionedRoleArn(arn)?.accountId ?? []);
  return ids.filter(isAccountId);
}

/**
 * A note on access entries that nobody can check with the snapshot.
 * @param isInScope whether other roles of an account are looked up: where they cannot be, that says why
 */
function unreadAccounts(
  clusters: readonly EksCluster[],
  inventory: Inventory,
  isInScope: (accountId: string) => boolean,
): Finding[] {
  const isRead = readTest(inventory);
  const ofOthers = otherRoleArns(clusters).flatMap((arn) => parseRoleArn(arn)?.accountId ?? []);
  const unread = [
    ...new Set([
      ...roleAccounts(clusters).filter((id) => !isRead(id)),
      ...ofOthers.filter((id) => !isInScope(id)),
    ]),
  ].sort();
  if (unread.length === 0) return [];
  return [
    {
      severity: 'note',
      code: 'cluster-accounts-unread',
      message: `access entries have roles of accounts that the snapshot does not hold, so it cannot tell whether they are still there: ${listed(unread)}`,
      help: `Add them to the scope, for example with --account ${unread[0]}.`,
    },
  ];
}

/** A snapshot is useful without permission sets too, for those who may not call sso-admin. */
async function withPermissionSets(
  inventory: Inventory,
  source: InventorySource,
  shell: Shell,
): Promise<Inventory> {
  const known = await source.knownSets(inventory);
  if (known.kind === 'known') return { ...inventory, permissionSets: known.sets, instance: known.instance };
  const message = `the snapshot lacks permission sets, so it resolves names but not permission set ARNs: ${known.reason}`;
  shell.report([{ severity: 'note', code: 'permission-sets-unknown', message }]);
  return inventory;
}
