import { adminTypeText, type DirectAdmin, type EntryAccess, type Grant } from '../../access/entry-access.ts';
import { NOBODY_REASONS } from '../../access/findings.ts';
import { accessGraph, renderMermaid } from '../../access/mermaid.ts';
import { isClusterAdmin } from '../../authenticator/groups.ts';
import { type Principal, principalTypeText, shortName } from '../../inventory/model.ts';
import { renderLongJson, valuesOf } from '../format/json.ts';
import { inertText, renderCsv, renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';

export type WhoFormat = 'table' | 'json' | 'csv' | 'mermaid';

/** Who gets access, and the entries that give nobody access. */
export interface Shown {
  readonly grants: readonly Grant[];
  readonly nobody: readonly EntryAccess[];
  /** Cluster administrators that Identity Center does not manage. */
  readonly admins: readonly DirectAdmin[];
}

export async function renderWho(shown: Shown, format: WhoFormat): Promise<Outcome['stdout']> {
  const { grants, nobody, admins } = shown;
  switch (format) {
    case 'json':
      return renderLongJson(rowsOf(shown));
    case 'csv':
      return csvOf(rowsOf(shown));
    case 'table':
      return tableOf(shown);
    case 'mermaid':
      return renderMermaid(accessGraph(grants, nobody, admins));
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

function rowsOf({ grants, admins }: Shown): WhoRow[] {
  return [
    ...grants.map(({ principal: { type, id, name }, via, access: { accountId, permissionSet, entry } }) => {
      const principal = { type, id, name };
      return { principal, via: via?.name ?? null, accountId, permissionSet, ...valuesOf(entry) };
    }),
    ...admins.map(({ type, name, accountId, entry }) => {
      const principal = { type, id: entry.arn, name };
      return { principal, via: null, accountId, permissionSet: null, ...valuesOf(entry) };
    }),
  ];
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

function tableOf({ grants, nobody, admins }: Shown): Promise<string> {
  const rows = [
    ...grants.map((grant) => ({ access: grant.access, cells: grantRow(grant) })),
    ...nobody.map((access) => ({ access, cells: nobodyRow(access) })),
  ];
  const inOrder = rows.sort((one, other) => one.access.entry.index - other.access.entry.index);
  return renderTable(TABLE_HEADERS, [...inOrder.map(({ cells }) => cells), ...admins.map(adminCells)]);
}

function grantRow({ principal, via, access }: Grant): string[] {
  const note = principal.name === null ? 'deleted' : isClusterAdmin(access.entry) ? 'cluster admin' : '';
  const viaName = via ? nameOf(via) : '-';
  return [nameOf(principal), principalTypeText(principal.type), viaName, ...entryCells(access), note];
}

function adminCells(admin: DirectAdmin): string[] {
  const { name, accountId, entry } = admin;
  const groups = entry.groups?.join(',') || '-';
  const word = adminTypeText(admin);
  return [shortName(name), word, '-', accountId, '-', entry.username || '-', groups, 'cluster admin'];
}

function nobodyRow(access: EntryAccess): string[] {
  const [who, note] = access.nobody ? ['nobody', NOBODY_REASONS[access.nobody]] : ['?', 'unknown'];
  return [who, '-', '-', ...entryCells(access), note];
}

function entryCells({ accountId, permissionSet, entry }: EntryAccess): string[] {
  return [accountId, permissionSet, entry.username || '-', entry.groups?.join(',') || '-'];
}

function nameOf({ name, id }: Principal): string {
  return shortName(name ?? id);
}
