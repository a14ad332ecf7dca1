import { renderCsv } from '../csv.ts';
import { wholePolicyText } from '../eks.ts';
import { isPolicy, throughOf } from '../rbac/model.ts';
import { bindingTexts, riskCodes, textsOfEverybody } from './row-texts.ts';
import type { Shown, WhoRow } from './rows.ts';
import type { RowChange } from './since/row-change.ts';
import { OF_EVERYBODY } from './way.ts';

/** The columns of CSV, in their order. */
// biome-ignore lint/plugin: iterated, never looked up by a name
const CSV_COLUMNS: Readonly<Record<string, (row: WhoRow, isAboutRights: boolean) => string | null>> = {
  cluster: (row) => row.cluster,
  principalType: (row) => row.principal.type,
  principalId: (row) => row.principal.id,
  principalName: (row) => row.principal.name,
  via: (row) => row.via,
  accountId: (row) => row.accountId,
  accountName: (row) => row.accountName,
  permissionSet: (row) => row.permissionSet,
  rolearn: (row) => row.rolearn,
  username: (row) => row.username,
  groups: (row) => row.groups.join('; '),
  bindings: (row, isAboutRights) =>
    [
      ...bindingTexts(row, isAboutRights, isAboutRights),
      ...(isAboutRights ? textsOfEverybody(row, true) : []),
    ].join('; '),
  access: (row) => row.access,
  note: (row) => row.note,
  asOf: (row) => row.asOf,
  reason: (row) => row.reason,
  risks: ({ rights }) => rights && riskCodes(rights.risks).join('; '),
  source: (row) => row.source,
  policies: (row) => row.policies.map(wholePolicyText).join('; '),
  can: (row) => row.rights?.can.join('; ') ?? null,
  auditUsername: (row) => row.auditUsername,
  bindingNames: ({ rights }) => {
    const own = rights?.roles.filter((one) => !isPolicy(one)).map((one) => throughOf(one).binding) ?? [];
    const ofEverybody = rights?.rolesOfEverybody.map((one) => OF_EVERYBODY + throughOf(one).binding) ?? [];
    return [...new Set([...own, ...ofEverybody])].join('; ');
  },
  bindingsOfEverybody: ({ rights }) => rights?.bindingsOfEverybody.join('; ') ?? null,
  risksOfEverybody: ({ rights }) => rights && riskCodes(rights.risksOfEverybody).join('; '),
  kubernetesVersion: (row) => row.kubernetesVersion,
  clusterArn: (row) => row.clusterArn,
  unreadRegion: ({ unread }) => unread?.region ?? null,
};

/** Columns that a page adds if it was compared with an earlier run. */
// biome-ignore lint/plugin: iterated, never looked up by a name
const CHANGE_COLUMNS: Readonly<Record<string, (row: ChangedRow) => string | null>> = {
  change: ({ change }) => change?.kind ?? null,
  before: ({ change }) => (change ? beforeText(change) : null),
};

/** The earlier values of a row, where they differ: `groups: viewers, ops; access: none` */
export function beforeText({ before }: RowChange): string {
  return before.map(({ field, was }) => `${field}: ${was.join(', ') || 'none'}`).join('; ');
}

interface ChangedRow extends WhoRow {
  readonly change?: RowChange | null;
}

/**
 * The rows as `-o csv`, in pieces.
 * @param isCompared adds columns that say what changed
 */
export function csvOf(
  rows: Iterable<ChangedRow>,
  { asked }: Pick<Shown, 'asked'>,
  isCompared = false,
): Iterable<string> {
  const columns = Object.entries({ ...CSV_COLUMNS, ...(isCompared && CHANGE_COLUMNS) }).map(
    ([header, cellOf]) => {
      return { header, cell: (row: ChangedRow) => cellOf(row, asked !== null) };
    },
  );
  return renderCsv(columns, rows);
}
