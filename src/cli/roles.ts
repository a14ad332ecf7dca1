import { Command, Option } from 'commander';
import type { Inventory, Role } from '../inventory/model.ts';
import { scopeMappings } from '../mapping/scope-mappings.ts';
import { compareText } from '../order.ts';
import { addConfigOption, addInventoryOptions, addScopeOptions, addShellOptions } from './common-options.ts';
import { inertText, renderCsv } from './csv.ts';
import { type DesiredOptions, questionOf } from './desired.ts';
import { openInventorySource } from './inventory-source.ts';
import { renderLongJson } from './json.ts';
import { loadRequest } from './request.ts';
import type { Run } from './run.ts';
import type { Outcome, Shell, ShellOptions } from './shell.ts';
import { renderTable } from './table.ts';

interface RolesOptions extends DesiredOptions, ShellOptions {
  readonly output: 'table' | 'json' | 'csv';
}

export function rolesCommand(run: Run): Command {
  const command = new Command('roles')
    .description('list permission set × account × role')
    .addOption(
      new Option('-o, --output <format>', 'format').choices(['table', 'json', 'csv']).default('table'),
    );
  for (const add of [addConfigOption, addScopeOptions, addInventoryOptions, addShellOptions]) add(command);
  return command.action((options: RolesOptions) => run(options, (shell) => roles(options, shell)));
}

/** A role as `-o json` shows it. */
interface RoleRow {
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string;
  readonly permissionSetArn: string | null;
  readonly roleArn: string;
  readonly pathArn: string;
  readonly createdAt: string;
  readonly principals: null;
}

async function roles(options: RolesOptions, shell: Shell): Promise<Outcome> {
  const { request, config } = await loadRequest(options, shell.io);
  const source = await openInventorySource(options, config, shell);
  try {
    const inventory = await source.read({ ...questionOf(request), permissionSets: 'none' });
    const { accountIds, findings } = scopeMappings(request, inventory);
    shell.report(findings);
    return { stdout: render(rowsOf(inventory, accountIds), options.output) };
  } finally {
    source.close();
  }
}

function rowsOf({ accounts, roles: all }: Inventory, accountIds: readonly string[]): RoleRow[] {
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const rank = new Map(accountIds.map((id, index) => [id, index]));
  return all
    .filter(({ accountId }) => rank.has(accountId))
    .sort((one, other) => rankOf(rank, one) - rankOf(rank, other) || byName(one, other))
    .map(({ accountId, permissionSet, roleArn, pathArn, createdAt }) => ({
      accountId,
      accountName: names.get(accountId) ?? null,
      permissionSet,
      permissionSetArn: null,
      roleArn,
      pathArn,
      createdAt,
      principals: null,
    }));
}

function rankOf(rank: ReadonlyMap<string, number>, role: Role): number {
  return rank.get(role.accountId) ?? 0;
}

function byName(one: Role, other: Role): number {
  return compareText(one.permissionSet, other.permissionSet) || compareText(one.roleArn, other.roleArn);
}

function render(rows: readonly RoleRow[], output: RolesOptions['output']): Outcome['stdout'] {
  switch (output) {
    case 'json':
      return renderLongJson(rows);
    case 'table':
      return renderTable(
        ['ACCOUNT', 'NAME', 'PERMISSION SET', 'ROLE ARN', 'CREATED'],
        rows.map((row) => [
          row.accountId,
          row.accountName ?? '-',
          row.permissionSet,
          row.roleArn,
          row.createdAt,
        ]),
      );
    case 'csv':
      return renderCsv(
        ['accountId', 'accountName', 'permissionSet', 'permissionSetArn', 'roleArn', 'pathArn', 'createdAt'],
        rows.map((row) => [
          row.accountId,
          inertText(row.accountName ?? ''),
          row.permissionSet,
          row.permissionSetArn ?? '',
          row.roleArn,
          row.pathArn,
          row.createdAt,
        ]),
      );
  }
}
