import type { Column } from '../../column.ts';
import { renderCsv } from '../../csv.ts';
import { comparePrincipals } from '../../directory/assignees.ts';
import { type Principal, principalTypeText, type Role, shortName } from '../../directory/model.ts';
import { groupBy } from '../../group-by.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { compareStrings, listed } from '../../text.ts';
import { renderLongJson } from '../format/json.ts';
import { renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';

/** Options for the display of roles. */
export interface RolesView {
  readonly output: 'table' | 'wide' | 'name' | 'json' | 'csv';
  /** Counts roles by this. */
  readonly by?: Summary;
}

type Summary = 'permission-set' | 'account';

interface ListedAccount {
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

/** A principal that is assigned a role. */
interface RolePrincipal extends Named {
  /** With `--expand`, the users in a group; null for a user. */
  readonly members?: readonly Named[] | null;
}

/** The roles to list, and how much to show of their assignments. */
interface Listing {
  readonly rows: readonly RoleRow[];
  /** Accounts that are listed even without a role. */
  readonly accounts: readonly ListedAccount[];
  /** True if the assignments are known, requested or not. */
  readonly isKnown: boolean;
  /** True if the assigned principals were requested. */
  readonly withPrincipals: boolean;
  readonly expand: boolean;
}

/** @param width of the terminal; undefined without one */
export async function renderRoles(
  listing: Listing,
  { output, by }: RolesView,
  width: number | undefined,
): Promise<Outcome['stdout']> {
  const shape = SHAPES[by ?? 'role'];
  const lines = linesOf(listing, by);
  const { isKnown, withPrincipals } = listing;
  switch (output) {
    case 'json':
      return renderLongJson(lines.map((line) => shape.json(line, listing)));
    case 'csv':
      return withPrincipals
        ? renderCsv([...shape.csv, ...personColumns(listing)], peopleOf(lines))
        : renderCsv(shape.csv, lines);
    case 'name':
      return lines.map((line) => `${shape.name(line)}\n`).join('');
    case 'table':
      return renderTable(
        [
          ...shape.table,
          {
            header: 'ASSIGNED',
            cell: (line) => assignedCount(line) ?? '?',
            shown: isKnown && !withPrincipals,
          },
          { ...CREATED, shown: by === undefined && !withPrincipals && 'with-room' },
          { ...principalsColumn(), shown: withPrincipals },
        ],
        lines,
        { shrink: ['PRINCIPALS', 'NAME', 'PERMISSION SET'], width },
      );
    case 'wide':
      return renderTable(
        [...shape.wide, { ...principalsColumn(Number.POSITIVE_INFINITY), shown: isKnown }],
        lines,
      );
  }
}

/** The content of a line: a role, or all roles of a permission set or of an account, which may have none. */
interface Line {
  readonly rows: readonly RoleRow[];
  readonly account: ListedAccount;
  /** The name; empty if the line is for an account. */
  readonly permissionSet: string;
  readonly assigned: Assigned | null;
}

/** The principals that are assigned the roles of a line. */
interface Assigned {
  readonly principals: readonly RolePrincipal[];
  /** True if the assignments of all its accounts are known. */
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

/** The number of assigned principals, without deleted ones; null if unknown. */
function assignedCount({ assigned }: Line): number | null {
  if (!assigned?.isWhole) return null;
  return assigned.principals.filter(({ name }) => name !== null).length;
}

/** The display of one kind of line. */
interface Shape {
  readonly name: (line: Line) => string;
  readonly json: (line: Line, listing: Listing) => object;
  readonly csv: readonly Column<Line>[];
  /** Columns that fit 100 characters. */
  readonly table: readonly Column<Line>[];
  readonly wide: readonly Column<Line>[];
}

const ACCOUNT: Column<Line> = { header: 'ACCOUNT', cell: ({ account }) => account.accountId };
const NAME: Column<Line> = { header: 'NAME', cell: ({ account }) => account.accountName };
const PERMISSION_SET: Column<Line> = { header: 'PERMISSION SET', cell: ({ permissionSet }) => permissionSet };
const ROLE_COUNT: Column<Line> = { header: 'ROLES', cell: ({ rows }) => rows.length };
const CREATED: Column<Line> = {
  header: 'CREATED',
  cell: ({ rows: [role] }) => role?.createdAt.slice(0, '2026-11-30'.length) ?? null,
};
/** CSV columns. */
const COUNTS: readonly Column<Line>[] = [
  { header: 'roles', cell: ({ rows }) => rows.length },
  { header: 'assigned', cell: assignedCount },
];

const ROLE_FIELDS = [
  'accountId',
  'accountName',
  'permissionSet',
  'permissionSetArn',
  'roleArn',
  'pathArn',
  'createdAt',
] as const;

const SHAPES: Readonly<Record<Summary | 'role', Shape>> = {
  role: {
    name: ({ rows }) => rows.map(({ roleArn }) => roleArn).join(),
    json: ({ rows: [role] }) => role ?? {},
    csv: ROLE_FIELDS.map((header) => ({ header, cell: ({ rows: [role] }) => role?.[header] ?? null })),
    table: [
      ACCOUNT,
      NAME,
      PERMISSION_SET,
      {
        header: 'SUFFIX',
        cell: ({ rows: [role] }) => parseProvisionedRoleArn(role?.roleArn ?? '')?.suffix ?? '',
      },
    ],
    wide: [
      ACCOUNT,
      NAME,
      PERMISSION_SET,
      { header: 'ROLE ARN', cell: ({ rows: [role] }) => role?.roleArn ?? null },
      { header: 'CREATED', cell: ({ rows: [role] }) => role?.createdAt ?? null },
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
    csv: [
      { header: 'permissionSet', cell: ({ permissionSet }) => permissionSet },
      { header: 'permissionSetArn', cell: setArnOf },
      { header: 'accounts', cell: (line) => accountsOf(line).length },
      ...COUNTS,
    ],
    table: [PERMISSION_SET, { header: 'ACCOUNTS', cell: (line) => accountsOf(line).length }, ROLE_COUNT],
    wide: [
      PERMISSION_SET,
      ROLE_COUNT,
      {
        header: 'ACCOUNTS',
        cell: (line) =>
          accountsOf(line)
            .map(({ accountId, accountName }) => shortName(accountName ?? accountId))
            .join(', '),
      },
    ],
  },
  account: {
    name: ({ account }) => account.accountId,
    json: (line, listing) => ({
      ...accountFields(line.account),
      permissionSets: setsOf(line),
      ...countFields(line, listing),
    }),
    csv: [
      { header: 'accountId', cell: ({ account }) => account.accountId },
      { header: 'accountName', cell: ({ account }) => account.accountName },
      { header: 'permissionSets', cell: (line) => setsOf(line).length },
      ...COUNTS,
    ],
    table: [ACCOUNT, NAME, { header: 'SETS', cell: (line) => setsOf(line).length }, ROLE_COUNT],
    wide: [
      ACCOUNT,
      NAME,
      ROLE_COUNT,
      { header: 'PERMISSION SETS', cell: (line) => setsOf(line).join(', ') || null },
    ],
  },
};

function accountFields({ accountId, accountName }: ListedAccount): ListedAccount {
  return { accountId, accountName };
}

function accountsOf({ rows }: Line): ListedAccount[] {
  return [...new Map(rows.map((row) => [row.accountId, accountFields(row)])).values()];
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

/** @param most names to list, of principals and of the members of each; undefined: as many as are readable */
function principalsColumn(most?: number): Column<Line> {
  return {
    header: 'PRINCIPALS',
    cell: ({ assigned }) => {
      const texts = assigned?.principals.map((principal) => rolePrincipalText(principal, most)) ?? [];
      return listed(assigned?.isWhole ? texts : [...texts, '?'], most) || null;
    },
  };
}

/** `Platform (group)`, `Platform (group: ada, bob)` or `9067…e3 (deleted user)` */
function rolePrincipalText({ type, id, name, members }: RolePrincipal, most: number | undefined): string {
  const word = name === null ? `deleted ${principalTypeText(type)}` : principalTypeText(type);
  const names = members?.map((one) => shortName(one.name ?? one.id)) ?? null;
  const inside = names === null ? word : `${word}: ${listed(names, most) || 'no members'}`;
  return `${shortName(name ?? id)} (${inside})`;
}

/** A principal that is assigned the roles of a line; a member of a group comes with the group's name. */
interface PersonLine extends Line {
  readonly person: Named | null;
  readonly via: string | null;
}

/** A line for each principal and each member of a group; a line without principals stays. */
function peopleOf(lines: readonly Line[]): PersonLine[] {
  return lines.flatMap((line): PersonLine[] => {
    const people = (line.assigned?.principals ?? []).flatMap((principal) => [
      { ...line, person: principal, via: null },
      ...(principal.members ?? []).map((person) => ({ ...line, person, via: principal.name })),
    ]);
    return people.length === 0 ? [{ ...line, person: null, via: null }] : people;
  });
}

function personColumns({ expand }: Listing): Column<PersonLine>[] {
  return [
    { header: 'principalType', cell: ({ person }) => person?.type ?? null },
    { header: 'principalId', cell: ({ person }) => person?.id ?? null },
    { header: 'principalName', cell: ({ person }) => person?.name ?? null },
    { header: 'via', cell: ({ via }) => via, shown: expand },
  ];
}
