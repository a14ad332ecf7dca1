import {
  ANY_CALLER,
  accountTexts,
  bindingTexts,
  principalLabel,
  SOURCE_TEXTS,
  textsOfEverybody,
} from '../../access/row-texts.ts';
import { csvOf } from '../../access/who-csv.ts';
import { jsonRows } from '../../access/who-json.ts';
import { rowsOf, type Shown, type WhoRow } from '../../access/who-rows.ts';
import { policyText, wholePolicyText } from '../../access-entry.ts';
import type { Column } from '../../column.ts';
import { shortName } from '../../inventory/model.ts';
import { memo } from '../../memo.ts';
import { type BoundRole, isPolicy } from '../../rbac/model.ts';
import { questionText } from '../../rbac/request.ts';
import { listed } from '../../text.ts';
import { renderLongJson } from '../format/json.ts';
import { type Fit, renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';

/** The formats that are rendered here; see `who-page.ts` for the page. */
export type WhoFormat = 'table' | 'wide' | 'json' | 'csv';

/** @param width of the terminal; undefined without one */
export async function renderWho(
  shown: Shown,
  format: WhoFormat,
  width: number | undefined,
): Promise<Outcome['stdout']> {
  switch (format) {
    case 'json':
      return renderLongJson(jsonRows(shown));
    case 'csv':
      return csvOf(rowsOf(shown), shown);
    case 'table':
      return tableOf([...rowsOf(shown)], shown, { shrink: SHRINK, width });
    case 'wide':
      return tableOf([...rowsOf(shown)], shown, null);
  }
}

/** Columns in the order in which they are cut: names before access. */
const SHRINK = [
  'CAN',
  'THROUGH',
  'BINDINGS',
  'USERNAME',
  'VIA',
  'PRINCIPAL',
  'CLUSTER',
  'ACCOUNT',
  'PERMISSION SET',
  'NOTE',
  'POLICIES',
  'GROUPS',
];

/** Bindings shown in a cell; the rest are counted. */
const MAX_BINDINGS = 3;

/** @param fit null: a wide table, with ARNs and all bindings */
function tableOf(rows: readonly WhoRow[], shown: Shown, fit: Fit | null): Promise<string> {
  const { clusters, withCluster, withBindings, unread, inventory, asked } = shown;
  const isWide = fit === null;
  const isAboutRights = asked !== null;
  // The answer to --can is who, and through which role; usernames and groups are in the wide table.
  const isBrief = !isWide && isAboutRights;
  const accountText = accountTexts(inventory?.accounts ?? []);
  const most = isBrief ? 1 : isWide ? Number.POSITIVE_INFINITY : MAX_BINDINGS;
  const withSource = !isBrief && clusters.some(({ cluster }) => cluster.eks !== null);
  // Everyone with access through an entry shares its list.
  const policyCell = memo((policies: WhoRow['policies']) => {
    const texts = policies.map((one) => (isWide ? wholePolicyText(one) : policyText(one)));
    return listed(texts, most) || null;
  });
  // Without a question, access policies have their own column.
  const isShown = (bound: BoundRole) => isAboutRights || !isPolicy(bound);
  const bindingCell = (row: WhoRow) =>
    [bindingTexts(row, isAboutRights, isWide, isShown), textsOfEverybody(row, isWide)]
      .flatMap((texts) => listed(texts, most) || [])
      .join(', ');
  const columns: readonly Column<WhoRow>[] = [
    {
      header: 'CLUSTER',
      cell: ({ cluster, unread }) => cluster ?? (unread ? '?' : null),
      shown: withCluster || unread.length > 0,
    },
    { header: 'PRINCIPAL', cell: (row) => principalLabel(row).name },
    { header: 'TYPE', cell: (row) => principalLabel(row).kind },
    { header: 'VIA', cell: ({ via }) => via && shortName(via) },
    { header: 'ACCOUNT', cell: (row) => accountText(row) || null },
    { header: 'PERMISSION SET', cell: ({ permissionSet }) => permissionSet },
    { header: 'ARN', cell: ({ rolearn }) => rolearn || null, shown: isWide },
    {
      header: 'USERNAME',
      cell: ({ username, principal, unread }) =>
        username || (principal.type === 'ACCOUNT' && !unread ? ANY_CALLER : null),
      shown: !isBrief,
    },
    { header: 'AUDIT USERNAME', cell: ({ auditUsername }) => auditUsername, shown: isWide },
    { header: 'GROUPS', cell: ({ groups }) => groups.join(',') || null, shown: !isBrief },
    { header: 'POLICIES', cell: ({ policies }) => policyCell(policies), shown: withSource },
    { header: 'SOURCE', cell: (row) => (row.unread ? null : SOURCE_TEXTS[row.source]), shown: withSource },
    {
      header: 'CAN',
      cell: ({ rights }) => questionText(rights?.can ?? []) || null,
      shown: isAboutRights && asked.length > 1,
    },
    {
      header: isAboutRights ? 'THROUGH' : 'BINDINGS',
      cell: (row) =>
        bindingCell(row) || (isAboutRights || row.knowsBindings || row.access === 'none' ? null : '?'),
      shown: isAboutRights || withBindings,
    },
    { header: 'NOTE', cell: ({ note }) => note },
  ];
  return renderTable(columns, rows, fit ?? {});
}
