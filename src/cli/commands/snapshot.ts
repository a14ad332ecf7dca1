import { Command } from 'commander';
import { listingFor } from '../../inventory/call-plan.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { InventoryQuery, PeopleQuery } from '../../inventory/query.ts';
import type { InventorySource } from '../../inventory/session.ts';
import { toSnapshot } from '../../inventory/snapshot.ts';
import { questionOf } from '../../mapping/request.ts';
import { addAwsOptions, addConfigOption, addScopeOptions, addShellOptions } from '../common-options.ts';
import type { DesiredOptions } from '../desired.ts';
import { renderLongJson } from '../format/json.ts';
import { openInventorySource } from '../inventory-source.ts';
import { loadRequest } from '../request.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell, ShellOptions } from '../shell.ts';

interface SnapshotOptions extends DesiredOptions, ShellOptions {
  readonly principals?: boolean;
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: true };

export function snapshotCommand(run: Run): Command {
  const command = new Command('snapshot').description(
    'print what was read from AWS as JSON, for --inventory',
  );
  command.option(
    '--principals',
    'add who is assigned what, with the names of groups and users: these are personal data',
  );
  for (const add of [addConfigOption, addScopeOptions, addAwsOptions, addShellOptions]) add(command);
  return command.action((options: SnapshotOptions) => run(options, (shell) => snapshot(options, shell)));
}

async function snapshot(options: SnapshotOptions, shell: Shell): Promise<Outcome> {
  const { request, config } = await loadRequest(options, shell);
  const source = await openInventorySource(options, config, shell);
  try {
    const question: InventoryQuery = {
      ...questionOf(request),
      ...(options.principals ? { permissionSets: 'all', people: EVERYBODY } : { permissionSets: 'none' }),
    };
    // Ids alone must not need Organizations; where it is asked anyway, units are worth having.
    const organizationTree = listingFor(question) !== 'none';
    const inventory = await source.read({ ...question, organizationTree });
    return { stdout: renderLongJson(toSnapshot(await withPermissionSets(inventory, source, shell))) };
  } finally {
    source.close();
  }
}

/** The roles are what a snapshot is for: it is of use without the permission sets, to all who may not call sso-admin. */
async function withPermissionSets(
  inventory: Inventory,
  source: InventorySource,
  shell: Shell,
): Promise<Inventory> {
  const known = await source.knownSets(inventory);
  if (known.kind === 'known') return { ...inventory, permissionSets: known.sets, instance: known.instance };
  const message = `the snapshot is without permission sets, so that it resolves names but no permission set ARNs: ${known.reason}`;
  shell.report([{ severity: 'note', code: 'permission-sets-unknown', message }]);
  return inventory;
}
