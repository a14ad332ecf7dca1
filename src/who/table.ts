import { ANY_CALLER } from '../aws-auth/loaded.ts';
import type { Column } from '../column.ts';
import { shortName } from '../directory/model.ts';
import { policyText, wholePolicyText } from '../eks.ts';
import { memo } from '../memo.ts';
import { type BoundRole, isPolicy } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed } from '../text.ts';
import { accountTexts, bindingTexts, principalLabel, SOURCE_TEXTS, textsOfEverybody } from './row-texts.ts';
import type { Shown, WhoRow } from './rows.ts';

/** Bindings shown in a cell; the rest are counted. */
const MAX_BINDINGS = 3;

/**
 * The columns of a table.
 * @param isWide true for ARNs and all bindings
 */
export function columnsOf(shown: Shown, isWide: boolean): readonly Column<WhoRow>[] {
  const { clusters, withCluster, withBindings, unread, inventory, asked } = shown;
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
  return [
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
}
