import { Command } from 'commander';
import {
  type Inventory,
  type Principal,
  principalTypeText,
  type Role,
  shortName,
} from '../../inventory/model.ts';
import { Assignees } from '../../inventory/people/assignees.ts';
import { rolesBySet } from '../../inventory/provisioned-roles.ts';
import type { PeopleQuery } from '../../inventory/query.ts';
import { queryOf, scopeMappings } from '../../mapping/request.ts';
import { compareStrings, listed } from '../../text.ts';
import { renderLongJson } from '../format/json.ts';
import { inertText, renderCsv, renderTable } from '../format/table.ts';
import { withInventorySource } from '../inventory-source.ts';
import { loadRequest } from '../load-request.ts';
import {
  addConfigOption,
  addInventoryOptions,
  addShellOptions,
  type CommonOptions,
  outputOption,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';

type RoleFormat = 'table' | 'json' | 'csv';

interface RolesOptions extends CommonOptions {
  readonly output: RoleFormat;
  readonly principals?: boolean;
  readonly unassigned?: boolean;
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: false };

export function rolesCommand(run: Run): Command {
  const command = new Command('roles')
    .addOption(outputOption('table', 'json', 'csv'))
    .option('--principals', 'add the assigned groups and users')
    .option('--unassigned', 'only roles without an assignment');
  return addShellOptions(addInventoryOptions(addConfigOption(command))).action((options: RolesOptions) =>
    run(options, (shell) => roles(options, shell)),
  );
}

async function roles(options: RolesOptions, shell: Shell): Promise<Outcome> {
  const { request, config } = await loadRequest(options, shell);
  const { principals = false, unassigned = false } = options;
  const people = principals || unassigned ? { people: EVERYBODY } : {};
  const query = { ...queryOf(request), permissionSets: 'none', ...people } as const;
  const inventory = await withInventorySource(options, config, shell, (source) => source.read(query));
  const { accountIds, findings } = scopeMappings(request, inventory);
  shell.report(findings);
  const rows = roleRows(inventory, accountIds, 'people' in people);
  const shown = unassigned ? rows.filter(isUnassigned) : rows;
  if (shown.length === 0) shell.report([{ severity: 'note', code: 'no-roles', message: 'no roles' }]);
  return { stdout: await renderRoles(shown, options.output, principals) };
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
  /** Null if not requested, or unknown. */
  readonly principals: readonly RolePrincipal[] | null;
}

type RolePrincipal = Pick<Principal, 'type' | 'id' | 'name'>;

/**
 * The roles of the accounts, in the order of the accounts.
 * @param withPrincipals whether the inventory has assignments, and the rows are to show them
 */
function roleRows(inventory: Inventory, accountIds: readonly string[], withPrincipals: boolean): RoleRow[] {
  const names = new Map(inventory.accounts.map(({ id, name }) => [id, name]));
  const rank = new Map(accountIds.map((id, index) => [id, index]));
  const people = withPrincipals ? peopleIn(inventory) : () => ({ permissionSetArn: null, principals: null });
  const rankOf = ({ accountId }: Role) => rank.get(accountId) ?? 0;
  return inventory.roles
    .filter(({ accountId }) => rank.has(accountId))
    .sort((one, other) => rankOf(one) - rankOf(other) || byName(one, other))
    .map((role) => {
      const { accountId, permissionSet, roleArn, pathArn, createdAt } = role;
      const { permissionSetArn, principals } = people(role);
      const accountName = names.get(accountId) ?? null;
      return {
        accountId,
        accountName,
        permissionSet,
        permissionSetArn,
        roleArn,
        pathArn,
        createdAt,
        principals,
      };
    });
}

/** Whether a role is known to have no assignment, deleted principals aside. */
function isUnassigned({ principals }: RoleRow): boolean {
  return principals?.every(({ name }) => name === null) ?? false;
}

type RolePeople = Pick<RoleRow, 'permissionSetArn' | 'principals'>;

/** Of two roles of one permission set in an account, the older one gives nobody access. */
function peopleIn(inventory: Inventory): (role: Role) => RolePeople {
  const assignees = new Assignees(inventory);
  const arns = new Map(inventory.permissionSets?.map(({ arn, name }) => [name, arn]));
  const newest = new Set([...rolesBySet(inventory.roles).values()].map(([role]) => role));
  return (role) => {
    const { accountId, permissionSet } = role;
    const assigned = newest.has(role) ? assignees.of(accountId, permissionSet) : [];
    const principals = assigned.map(({ type, id, name }) => ({ type, id, name }));
    return {
      permissionSetArn: arns.get(permissionSet) ?? null,
      principals: assignees.hasAssignments(accountId) ? principals : null,
    };
  };
}

function byName(one: Role, other: Role): number {
  return compareStrings(one.permissionSet, other.permissionSet) || compareStrings(one.roleArn, other.roleArn);
}

/** @param withPrincipals whether table and CSV have columns for assigned principals; JSON always has */
async function renderRoles(
  rows: readonly RoleRow[],
  format: RoleFormat,
  withPrincipals: boolean,
): Promise<Outcome['stdout']> {
  switch (format) {
    case 'json':
      return renderLongJson(rows);
    case 'table':
      return tableOf(rows, withPrincipals);
    case 'csv':
      return csvOf(rows, withPrincipals);
  }
}

function tableOf(rows: readonly RoleRow[], withPrincipals: boolean): Promise<string> {
  const headers = ['ACCOUNT', 'NAME', 'PERMISSION SET', 'ROLE ARN', 'CREATED'];
  return renderTable(
    withPrincipals ? [...headers, 'PRINCIPALS'] : headers,
    rows.map(({ accountId, accountName, permissionSet, roleArn, createdAt, principals }) => [
      accountId,
      accountName ?? '-',
      permissionSet,
      roleArn,
      createdAt,
      ...(withPrincipals ? [principalsText(principals)] : []),
    ]),
  );
}

function principalsText(principals: readonly RolePrincipal[] | null): string {
  if (principals === null) return '?';
  const texts = principals.map(({ type, id, name }) => {
    const word = name === null ? `deleted ${principalTypeText(type)}` : principalTypeText(type);
    return `${shortName(name ?? id)} (${word})`;
  });
  return listed(texts) || '-';
}

const CSV_HEADERS = [
  'accountId',
  'accountName',
  'permissionSet',
  'permissionSetArn',
  'roleArn',
  'pathArn',
  'createdAt',
];

/** With a row for each principal; a role without one has a row too. */
function csvOf(rows: readonly RoleRow[], withPrincipals: boolean): string {
  if (!withPrincipals) return renderCsv(CSV_HEADERS, rows.map(roleFields));
  return renderCsv(
    [...CSV_HEADERS, 'principalType', 'principalId', 'principalName'],
    rows.flatMap((row) => principalFields(row.principals).map((fields) => [...roleFields(row), ...fields])),
  );
}

function roleFields(row: RoleRow): string[] {
  return [
    row.accountId,
    inertText(row.accountName ?? ''),
    row.permissionSet,
    row.permissionSetArn ?? '',
    row.roleArn,
    row.pathArn,
    row.createdAt,
  ];
}

function principalFields(principals: readonly RolePrincipal[] | null): string[][] {
  if (!principals?.length) return [['', '', '']];
  return principals.map(({ type, id, name }) => [type, id, inertText(name ?? '')]);
}
