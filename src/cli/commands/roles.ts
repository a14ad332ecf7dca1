import { Command, Option } from 'commander';
import type { PeopleQuery } from '../../inventory/query.ts';
import { questionOf, scopeMappings } from '../../mapping/request.ts';
import { addConfigOption, addInventoryOptions, addScopeOptions, addShellOptions } from '../common-options.ts';
import type { DesiredOptions } from '../desired.ts';
import { openInventorySource } from '../inventory-source.ts';
import { loadRequest } from '../request.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell, ShellOptions } from '../shell.ts';
import { type RoleFormat, renderRoles } from './role-output.ts';
import { isUnassigned, roleRows } from './role-rows.ts';

interface RolesOptions extends DesiredOptions, ShellOptions {
  readonly output: RoleFormat;
  readonly principals?: boolean;
  readonly unassigned?: boolean;
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: false };

export function rolesCommand(run: Run): Command {
  const command = new Command('roles')
    .description('list permission set × account × role')
    .addOption(
      new Option('-o, --output <format>', 'format').choices(['table', 'json', 'csv']).default('table'),
    )
    .option('--principals', 'add the groups and users that are assigned')
    .option('--unassigned', 'only roles that nobody is assigned to');
  for (const add of [addConfigOption, addScopeOptions, addInventoryOptions, addShellOptions]) add(command);
  return command.action((options: RolesOptions) => run(options, (shell) => roles(options, shell)));
}

async function roles(options: RolesOptions, shell: Shell): Promise<Outcome> {
  const { request, config } = await loadRequest(options, shell);
  const source = await openInventorySource(options, config, shell);
  const { principals = false, unassigned = false } = options;
  const isAboutPeople = principals || unassigned;
  try {
    const inventory = await source.read({
      ...questionOf(request),
      permissionSets: 'none',
      ...(isAboutPeople ? { people: EVERYBODY } : {}),
    });
    const { accountIds, findings } = scopeMappings(request, inventory);
    shell.report(findings);
    const rows = roleRows(inventory, accountIds, isAboutPeople);
    const shown = unassigned ? rows.filter(isUnassigned) : rows;
    if (shown.length === 0) shell.report([{ severity: 'note', code: 'no-roles', message: 'no roles' }]);
    return { stdout: renderRoles(shown, options.output, principals) };
  } finally {
    source.close();
  }
}
