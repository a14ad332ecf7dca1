import { adminTypeText, type DirectAdmin, type EntryAccess, type Grant } from '../../access/entry-access.ts';
import { NOBODY_REASONS } from '../../access/findings.ts';
import { accessGraph, renderMermaid } from '../../access/mermaid.ts';
import { isClusterAdmin } from '../../authenticator/groups.ts';
import { type Principal, principalTypeText, shortName } from '../../inventory/model.ts';

import { inertText, renderCsv } from '../format/csv.ts';
import { renderLongJson } from '../format/json.ts';
import { renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';

export type WhoFormat = 'table' | 'json' | 'csv' | 'mermaid';

/** Who comes in, and the entries that nobody is shown for. */
export interface Shown {
  readonly grants: readonly Grant[];
  readonly nobody: readonly EntryAccess[];
  /** Administrators of the whole cluster of whom Identity Center knows nothing. */
  readonly masters: readonly DirectAdmin[];
}

export function renderWho({ grants, nobody, masters }: Shown, format: WhoFormat): Outcome['stdout'] {
  switch (format) {
    case 'json':
      return renderLongJson([...grants.map(jsonRow), ...masters.map(masterRow)]);
    case 'csv':
      return csvOf([...grants.map(jsonRow), ...masters.map(masterRow)]);
    case 'table':
      return tableOf(grants, nobody, masters);
    case 'mermaid':
      return renderMermaid(accessGraph(grants, nobody, masters));
  }
}

/** A row of JSON and CSV. */
interface WhoRow {
  readonly principal: {
    readonly type: Principal['type'] | DirectAdmin['type'];
    readonly id: string;
    readonly name: string | null;
  };
  readonly via: string | null;
  readonly accountId: string;
  readonly permissionSet: string | null;
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

function masterRow({ type, name, accountId, entry: { arn, username, groups } }: DirectAdmin): WhoRow {
  const principal = { type, id: arn, name };
  return {
    principal,
    via: null,
    accountId,
    permissionSet: null,
    rolearn: arn,
    username,
    groups: groups ?? [],
  };
}

function jsonRow({ principal: { type, id, name }, via, access }: Grant): WhoRow {
  const { entry, accountId, permissionSet } = access;
  return {
    principal: { type, id, name },
    via: via?.name ?? null,
    accountId,
    permissionSet,
    rolearn: entry.arn,
    username: entry.username,
    groups: entry.groups ?? [],
  };
}

const CSV_HEADERS = [
  'principalType',
  'principalId',
  'principalName',
  'via',
  'accountId',
  'permissionSet',
  'rolearn',
  'username',
  'groups',
];

function csvOf(whoRows: readonly WhoRow[]): string {
  const rows = whoRows.map(({ principal, via, accountId, permissionSet, rolearn, username, groups }) => {
    const free = [principal.name ?? '', via ?? ''].map(inertText);
    const kubernetes = [username, groups.join(' ')].map(inertText);
    return [principal.type, principal.id, ...free, accountId, permissionSet ?? '', rolearn, ...kubernetes];
  });
  return renderCsv(CSV_HEADERS, rows);
}

const TABLE_HEADERS = ['PRINCIPAL', 'TYPE', 'VIA', 'ACCOUNT', 'PERMISSION SET', 'USERNAME', 'GROUPS', 'NOTE'];

function tableOf(
  grants: readonly Grant[],
  nobody: readonly EntryAccess[],
  masters: readonly DirectAdmin[],
): string {
  const rows = [
    ...grants.map((grant) => ({ access: grant.access, cells: grantRow(grant) })),
    ...nobody.map((access) => ({ access, cells: nobodyRow(access) })),
  ];
  const inOrder = rows.sort((one, other) => one.access.entry.index - other.access.entry.index);
  return renderTable(TABLE_HEADERS, [...inOrder.map(({ cells }) => cells), ...masters.map(masterCells)]);
}

function grantRow({ principal, via, access }: Grant): string[] {
  const note = principal.name === null ? 'deleted' : isClusterAdmin(access.entry) ? 'cluster admin' : '';
  const viaName = via ? nameOf(via) : '-';
  return [nameOf(principal), principalTypeText(principal.type), viaName, ...entryCells(access), note];
}

function masterCells(master: DirectAdmin): string[] {
  const { name, accountId, entry } = master;
  const groups = entry.groups?.join(',') || '-';
  const word = adminTypeText(master);
  return [shortName(name), word, '-', accountId, '-', entry.username || '-', groups, 'cluster admin'];
}

function nobodyRow(access: EntryAccess): string[] {
  const [who, note] = access.nobody ? ['nobody', NOBODY_REASONS[access.nobody]] : ['?', 'not known'];
  return [who, '-', '-', ...entryCells(access), note];
}

function entryCells({ accountId, permissionSet, entry }: EntryAccess): string[] {
  return [accountId, permissionSet, entry.username || '-', entry.groups?.join(',') || '-'];
}

function nameOf({ name, id }: Principal): string {
  return shortName(name ?? id);
}
