import { groupBy } from '../../group-by.ts';
import { type Principal, principalTypeText, type Role, shortName } from '../../inventory/model.ts';
import { comparePrincipals } from '../../inventory/people/assignees.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { compareStrings, listed } from '../../text.ts';
import { renderLongJson } from '../format/json.ts';
import { type CsvCell, type Fit, renderCsv, renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';

export type RoleFormat = 'table' | 'wide' | 'name' | 'json' | 'csv';
/** What roles are counted by. */
export type Summary = 'permission-set' | 'account';

export interface ListedAccount {
  readonly accountId: string;
  readonly accountName: string | null;
}

/** A role as `-o json` shows it. */
export interface RoleRow extends ListedAccount, Role {
  readonly permissionSetArn: string | null;
  /** Null if not requested, or unknown. */
  readonly principals: readonly RolePrincipal[] | null;
}

type Named = Pick<Principal, 'type' | 'id' | 'name'>;

/** Who is assigned a role. */
export interface RolePrincipal extends Named {
  /** With `--expand`, the users in a group; null for a user. */
  readonly members?: readonly Named[] | null;
}

/** What is listed, and with how much of who is assigned. */
export interface Listing {
  readonly rows: readonly RoleRow[];
  /** Accounts that are listed even without a role. */
  readonly accounts: readonly ListedAccount[];
  /** Whether it is known who is assigned, asked for or not. */
  readonly isKnown: boolean;
  /** Whether it was asked who is assigned. */
  readonly withPrincipals: boolean;
  readonly expand: boolean;
}

/** @param width of the terminal; undefined where there is none */
export async function renderRoles(
  listing: Listing,
  by: Summary | undefined,
  format: RoleFormat,
  width: number | undefined,
): Promise<Outcome['stdout']> {
  const shape = SHAPES[by ?? 'role'];
  const lines = linesOf(listing, by);
  switch (format) {
    case 'json':
      return renderLongJson(lines.map((line) => shape.json(line, listing)));
    case 'csv':
      return csvOf(lines, shape, listing);
    case 'name':
      return lines.map((line) => `${shape.name(line)}\n`).join('');
    case 'table':
      return tableOf(lines, tableColumns(shape, listing), { ...FIT, width });
    case 'wide':
      return tableOf(lines, [...shape.wide, ...(listing.isKnown ? [ALL_PRINCIPALS] : [])]);
  }
}

/** What one line stands for: a role, or all roles of a permission set or of an account, which may have none. */
interface Line {
  readonly rows: readonly RoleRow[];
  readonly account: ListedAccount;
  /** The name; empty where the line stands for an account. */
  readonly permissionSet: string;
  readonly assigned: Assigned | null;
}

/** Who is assigned the roles of a line. */
interface Assigned {
  readonly principals: readonly RolePrincipal[];
  /** Whether the assignments of all its accounts are known. */
  readonly isWhole: boolean;
}

function linesOf({ rows, accounts, isKnown }: Listing, by: Summary | undefined): Line[] {
  const lineOf = (ofLine: readonly RoleRow[], account: ListedAccount, permissionSet: string): Line => ({
    rows: ofLine,
    account,
    permissionSet,
    assigned: isKnown ? assignedTo(ofLine) : null,
  });
  if (by === undefined) return rows.map((row) => lineOf([row], row, row.permissionSet));
  if (by === 'account') {
    const byAccount = groupBy(rows, ({ accountId }) => accountId);
    const listedAccounts = new Map([...accounts, ...rows].map((account) => [account.accountId, account]));
    return [...listedAccounts].map(([id, account]) => lineOf(byAccount.get(id) ?? [], account, ''));
  }
  return [...groupBy(rows, ({ permissionSet }) => permissionSet)]
    .sort(([one], [other]) => compareStrings(one, other))
    .flatMap(([name, [first, ...others]]) => (first ? lineOf([first, ...others], first, name) : []));
}

function assignedTo(rows: readonly RoleRow[]): Assigned {
  const known = rows.flatMap(({ principals }) => principals ?? []);
  const principals = [...new Map(known.map((principal) => [principal.id, principal])).values()];
  return {
    principals: principals.sort(comparePrincipals),
    isWhole: rows.every((row) => row.principals !== null),
  };
}

/** How many are assigned, without the deleted ones; null where that is not known. */
function assignedCount({ assigned }: Line): number | null {
  if (!assigned?.isWhole) return null;
  return assigned.principals.filter(({ name }) => name !== null).length;
}

/** Header and cells of a column of a table. */
interface Column {
  readonly header: string;
  readonly cellOf: (line: Line) => string;
}

/** How the lines of one kind are shown. */
interface Shape {
  readonly name: (line: Line) => string;
  readonly json: (line: Line, listing: Listing) => object;
  readonly csvHeaders: readonly string[];
  readonly csvFields: (line: Line) => readonly CsvCell[];
  /** What fits 100 columns. */
  readonly table: readonly Column[];
  readonly wide: readonly Column[];
}

const ACCOUNT: Column = { header: 'ACCOUNT', cellOf: ({ account }) => account.accountId };
const NAME: Column = { header: 'NAME', cellOf: ({ account }) => account.accountName ?? '-' };
const PERMISSION_SET: Column = { header: 'PERMISSION SET', cellOf: ({ permissionSet }) => permissionSet };
const ROLE_COUNT: Column = { header: 'ROLES', cellOf: ({ rows }) => String(rows.length) };
const ASSIGNED: Column = { header: 'ASSIGNED', cellOf: (line) => String(assignedCount(line) ?? '?') };
const PRINCIPALS: Column = { header: 'PRINCIPALS', cellOf: ({ assigned }) => principalsText(assigned) };
const ALL_PRINCIPALS: Column = {
  ...PRINCIPALS,
  cellOf: ({ assigned }) => principalsText(assigned, Number.POSITIVE_INFINITY),
};
const CREATED: Column = {
  header: 'CREATED',
  cellOf: ({ rows: [role] }) => role?.createdAt.slice(0, '2026-11-30'.length) ?? '',
};

/** Account ids, suffixes and counts are of use only whole. */
const FIT: Fit = {
  shrink: ['PRINCIPALS', 'NAME', 'PERMISSION SET'],
  optional: CREATED.header,
};

const SHAPES: Readonly<Record<Summary | 'role', Shape>> = {
  role: {
    name: ({ rows }) => rows.map(({ roleArn }) => roleArn).join(),
    json: ({ rows: [role] }) => role ?? {},
    csvHeaders: [
      'accountId',
      'accountName',
      'permissionSet',
      'permissionSetArn',
      'roleArn',
      'pathArn',
      'createdAt',
    ],
    csvFields: ({ rows }) => rows.flatMap(roleFields),
    table: [
      ACCOUNT,
      NAME,
      PERMISSION_SET,
      { header: 'SUFFIX', cellOf: ({ rows: [role] }) => suffixOf(role) },
    ],
    wide: [
      ACCOUNT,
      NAME,
      PERMISSION_SET,
      { header: 'ROLE ARN', cellOf: ({ rows: [role] }) => role?.roleArn ?? '' },
      { header: 'CREATED', cellOf: ({ rows: [role] }) => role?.createdAt ?? '' },
    ],
  },
  'permission-set': {
    name: ({ permissionSet }) => permissionSet,
    json: (line, listing) => ({
      permissionSet: line.permissionSet,
      permissionSetArn: setArnOf(line),
      accounts: accountsOf(line),
      ...countFields(line, listing),
    }),
    csvHeaders: ['permissionSet', 'permissionSetArn', 'accounts', 'roles', 'assigned'],
    csvFields: (line) => [line.permissionSet, setArnOf(line), accountsOf(line).length, ...counts(line)],
    table: [
      PERMISSION_SET,
      { header: 'ACCOUNTS', cellOf: (line) => String(accountsOf(line).length) },
      ROLE_COUNT,
    ],
    wide: [
      PERMISSION_SET,
      ROLE_COUNT,
      { header: 'ACCOUNTS', cellOf: (line) => accountsOf(line).map(accountName).join(', ') },
    ],
  },
  account: {
    name: ({ account }) => account.accountId,
    json: (line, listing) => ({
      ...accountFields(line.account),
      permissionSets: setsOf(line),
      ...countFields(line, listing),
    }),
    csvHeaders: ['accountId', 'accountName', 'permissionSets', 'roles', 'assigned'],
    csvFields: (line) => [
      line.account.accountId,
      line.account.accountName,
      setsOf(line).length,
      ...counts(line),
    ],
    table: [ACCOUNT, NAME, { header: 'SETS', cellOf: (line) => String(setsOf(line).length) }, ROLE_COUNT],
    wide: [
      ACCOUNT,
      NAME,
      ROLE_COUNT,
      { header: 'PERMISSION SETS', cellOf: (line) => setsOf(line).join(', ') || '-' },
    ],
  },
};

function suffixOf(role: RoleRow | undefined): string {
  return parseProvisionedRoleArn(role?.roleArn ?? '')?.suffix ?? '';
}

function accountFields({ accountId, accountName }: ListedAccount): ListedAccount {
  return { accountId, accountName };
}

function accountsOf({ rows }: Line): ListedAccount[] {
  return [...new Map(rows.map((row) => [row.accountId, accountFields(row)])).values()];
}

function accountName({ accountId, accountName: name }: ListedAccount): string {
  return shortName(name ?? accountId);
}

function setsOf({ rows }: Line): string[] {
  return [...new Set(rows.map(({ permissionSet }) => permissionSet))];
}

function setArnOf({ rows }: Line): string | null {
  return rows.find(({ permissionSetArn }) => permissionSetArn !== null)?.permissionSetArn ?? null;
}

function countFields(line: Line, { withPrincipals }: Listing) {
  const principals = withPrincipals ? (line.assigned?.principals ?? null) : null;
  return { roles: line.rows.length, assigned: assignedCount(line), principals };
}

function counts(line: Line): [number, number | null] {
  return [line.rows.length, assignedCount(line)];
}

function tableColumns({ table }: Shape, { isKnown, withPrincipals }: Listing): readonly Column[] {
  if (withPrincipals) return [...table, PRINCIPALS];
  const isOfRoles = table === SHAPES.role.table;
  return [...table, ...(isKnown ? [ASSIGNED] : []), ...(isOfRoles ? [CREATED] : [])];
}

function tableOf(lines: readonly Line[], columns: readonly Column[], fit?: Fit): Promise<string> {
  return renderTable(
    columns.map(({ header }) => header),
    lines.map((line) => columns.map(({ cellOf }) => cellOf(line))),
    fit,
  );
}

/** @param most names that are listed, of principals and of the members of each; undefined: as many as a reader takes in */
function principalsText(assigned: Assigned | null, most?: number): string {
  const texts = assigned?.principals.map((principal) => principalText(principal, most)) ?? [];
  return listed(assigned?.isWhole ? texts : [...texts, '?'], most) || '-';
}

/** `Platform (group)`, `Platform (group: ada, bob)` or `9067…e3 (deleted user)` */
function principalText({ type, id, name, members }: RolePrincipal, most?: number): string {
  const word = name === null ? `deleted ${principalTypeText(type)}` : principalTypeText(type);
  const names = members?.map((one) => shortName(one.name ?? one.id)) ?? null;
  const inside = names === null ? word : `${word}: ${listed(names, most) || 'no members'}`;
  return `${shortName(name ?? id)} (${inside})`;
}

/** With a row for each principal, and for each member of a group; a line without one has a row too. */
function csvOf(lines: readonly Line[], { csvHeaders, csvFields }: Shape, listing: Listing): Iterable<string> {
  if (!listing.withPrincipals) return renderCsv(csvHeaders, lines, csvFields);
  const via = listing.expand ? ['via'] : [];
  const headers = [...csvHeaders, 'principalType', 'principalId', 'principalName', ...via];
  const rows = lines.flatMap((line) => {
    const fields = csvFields(line);
    return peopleFields(line.assigned?.principals ?? []).map((people) =>
      [...fields, ...people].slice(0, headers.length),
    );
  });
  return renderCsv(headers, rows, (row) => row);
}

/** Type, id and name of each, and the group through which. */
function peopleFields(principals: readonly RolePrincipal[]): CsvCell[][] {
  const fieldsOf = ({ type, id, name }: Named, via: string | null) => [type, id, name, via];
  const rows = principals.flatMap((principal) => [
    fieldsOf(principal, null),
    ...(principal.members ?? []).map((member) => fieldsOf(member, principal.name)),
  ]);
  return rows.length === 0 ? [[null, null, null, null]] : rows;
}

function roleFields(row: RoleRow): CsvCell[] {
  return [
    row.accountId,
    row.accountName,
    row.permissionSet,
    row.permissionSetArn,
    row.roleArn,
    row.pathArn,
    row.createdAt,
  ];
}
