import { principalTypeText, shortName } from '../../inventory/model.ts';
import { listed } from '../../text.ts';

import { inertText, renderCsv } from '../format/csv.ts';
import { renderLongJson } from '../format/json.ts';
import { renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';
import type { RolePrincipal, RoleRow } from './role-rows.ts';

export type RoleFormat = 'table' | 'json' | 'csv';

/** @param withPrincipals whether table and CSV have columns for who is assigned; JSON always has */
export function renderRoles(
  rows: readonly RoleRow[],
  format: RoleFormat,
  withPrincipals: boolean,
): Outcome['stdout'] {
  switch (format) {
    case 'json':
      return renderLongJson(rows);
    case 'table':
      return tableOf(rows, withPrincipals);
    case 'csv':
      return csvOf(rows, withPrincipals);
  }
}

function tableOf(rows: readonly RoleRow[], withPrincipals: boolean): string {
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

/** With a row for each principal; a role without one has a row all the same. */
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
