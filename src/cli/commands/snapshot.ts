import { Command } from 'commander';
import { listingFor } from '../../inventory/call-plan.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { InventoryQuery, InventorySource, PeopleQuery } from '../../inventory/query.ts';
import { toSnapshot } from '../../inventory/snapshot.ts';
import { queryOf } from '../../mapping/request.ts';
import { renderLongJson } from '../format/json.ts';
import { withInventorySource } from '../inventory-source.ts';
import { loadListing } from '../load-request.ts';
import { addAwsOptions, addConfigOption, addShellOptions, type CommonOptions } from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';

interface SnapshotOptions extends CommonOptions {
  readonly principals?: boolean;
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: true };

export function snapshotCommand(run: Run): Command {
  const command = new Command('snapshot').option(
    '--principals',
    'include assignments with the names of groups, their members and users (personal data)',
  );
  return addShellOptions(addAwsOptions(addConfigOption(command, 'accounts and AWS settings'))).action(
    (options: SnapshotOptions) => run(options, (shell) => snapshot(options, shell)),
  );
}

async function snapshot(options: SnapshotOptions, shell: Shell): Promise<Outcome> {
  const { request, config } = await loadListing(options, shell);
  const query: InventoryQuery = {
    ...queryOf(request),
    ...(options.principals ? { permissionSets: 'all', people: EVERYBODY } : { permissionSets: 'none' }),
  };
  // Ids alone must not need Organizations; where it is called anyway, units are included.
  const organizationTree = listingFor(query) !== 'none';
  return withInventorySource(options, config, shell, async (source) => {
    const inventory = await source.read({ ...query, organizationTree });
    return { stdout: renderLongJson(toSnapshot(await withPermissionSets(inventory, source, shell))) };
  });
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
