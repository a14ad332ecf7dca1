import type { Rights } from '../../access/cluster-rights.ts';
import { principalKindText } from '../../access/way-text.ts';
import { policyName, policyText, wholePolicyText } from '../../access-entry.ts';
import { hasPublishedRules } from '../../access-policy-names.ts';
import { possibleAdminBy } from '../../authenticator/groups.ts';
import { type Finding, warning } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { type Inventory, principalTypeText, shortName } from '../../inventory/model.ts';
import { memo } from '../../memo.ts';
import { type BoundRole, boundRoleText, isPolicy, throughOf } from '../../rbac/model.ts';
import { questionText } from '../../rbac/request.ts';
import type { Risk } from '../../rbac/ways.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { listed } from '../../text.ts';
import { renderJsonItems } from '../format/json.ts';
import { ANY_CALLER, EVERYBODY } from '../format/labels.ts';
import { type Column, type Fit, renderCsv, renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';
import { rowsOf, type Shown, type WhoRow } from './who-rows.ts';

export type WhoFormat = 'table' | 'wide' | 'json' | 'csv' | 'mermaid';

/**
 * @param width of the terminal; undefined without one
 * @param report receives findings about the output itself
 */
export async function renderWho(
  shown: Shown,
  format: WhoFormat,
  width: number | undefined,
  report: (findings: readonly Finding[]) => void,
): Promise<Outcome['stdout']> {
  switch (format) {
    case 'json':
      return renderJsonItems(jsonRows(shown));
    case 'csv':
      return csvOf(rowsOf(shown), shown);
    case 'table':
      return tableOf([...rowsOf(shown)], shown, { shrink: SHRINK, width });
    case 'wide':
      return tableOf([...rowsOf(shown)], shown, null);
    case 'mermaid': {
      const { accessGraph } = await import('../../access/graph.ts');
      const { renderMermaid } = await import('../../access/mermaid.ts');
      const graph = accessGraph(shown.clusters, shown.unread);
      if (graph.edges.length > MERMAID_EDGES) report([tooLarge(graph.edges.length)]);
      return renderMermaid(graph, shown.inventory?.capturedAt ?? null);
    }
  }
}

/** Mermaid's default for maxEdges: it refuses to draw a larger graph. */
const MERMAID_EDGES = 500;

function tooLarge(edges: number): Finding {
  const message = `the graph has ${edges} edges, but Mermaid draws at most ${MERMAID_EDGES}`;
  const help = 'Narrow it down with --account, --user, --group, --kubernetes-group or --can.';
  return warning('large-graph', message, { help });
}

function* jsonRows(shown: Shown): Generator<object> {
  for (const row of rowsOf(shown)) yield jsonOf(row, shown.asked !== null);
}

function jsonOf({ note: _, rights, knowsBindings, answersOf, ...row }: WhoRow, isAboutRights: boolean) {
  if (!rights) {
    const none = { bindings: null, risks: null, bindingsOfEverybody: null, risksOfEverybody: null };
    return { ...row, ...none, through: isAboutRights ? [] : null, ...(isAboutRights && { can: [] }) };
  }
  const partsOf = (bound: BoundRole, ofEverybody: boolean) => {
    return { ...throughOf(bound), ofEverybody, ...(isAboutRights && { can: answersOf(bound) }) };
  };
  const bindings = isAboutRights
    ? [...new Set([...rights.bindings, ...rights.bindingsOfEverybody])]
    : rights.bindings;
  const risks = riskCodes(rights.risks);
  // No known risk isn't the same as no risk, if bindings or a policy's rules are unknown.
  const isPublished = row.policies.every((policy) => hasPublishedRules(policyName(policy)));
  const mayHaveMore = row.access !== 'none' && !(knowsBindings && isPublished);
  return {
    ...row,
    // Without RBAC manifests, a list of access policies alone would seem complete.
    bindings: knowsBindings || isAboutRights ? bindings : null,
    risks: mayHaveMore ? unlessEmpty(risks) : risks,
    bindingsOfEverybody: knowsBindings ? rights.bindingsOfEverybody : null,
    risksOfEverybody: knowsBindings ? riskCodes(rights.risksOfEverybody) : null,
    ...(isAboutRights && { can: rights.can }),
    through: [
      ...rights.roles.map((bound) => partsOf(bound, false)),
      ...rights.rolesOfEverybody.map((bound) => partsOf(bound, true)),
    ],
  };
}

/**
 * @param isWhole true to include the binding and its subject, in addition to the role and its scope
 * @param isShown false for roles to leave out
 */
function bindingTexts(
  row: WhoRow,
  isAboutRights: boolean,
  isWhole: boolean,
  isShown: (bound: BoundRole) => boolean = () => true,
): readonly string[] {
  const { rights, knowsBindings } = row;
  // Without bindings, only cluster admins and holders of access policies have known permissions.
  const admin = (rights ? rights.admin : possibleAdminBy(row)) ?? [];
  if (!isAboutRights && !knowsBindings) return [];
  if (!rights) return [admin].flat();
  return [...new Set([admin, rights.roles.filter(isShown).map(isWhole ? wholeText : boundRoleText)].flat())];
}

/** Like `bindingTexts`, each once, marked as everybody's. */
function textsOfEverybody({ rights }: WhoRow, isWhole: boolean): readonly string[] {
  const texts = isWhole ? rights?.rolesOfEverybody.map(wholeText) : rights?.bindingsOfEverybody;
  return [...new Set(texts)].map((text) => EVERYBODY + text);
}

/** `ClusterRole/edit in payments (RoleBinding/devs, Group/developers)`, `AmazonEKSEditPolicy in team-*` */
function wholeText(bound: BoundRole): string {
  if (isPolicy(bound)) return boundRoleText(bound);
  const { binding, subject } = throughOf(bound);
  return `${boundRoleText(bound)} (${binding}, ${subject})`;
}

function unlessEmpty<Item>(items: readonly Item[]): readonly Item[] | null {
  return items.length === 0 ? null : items;
}

/** Codes of the risks, each once: several namespaces may have the same risk. */
function riskCodes(risks: Rights['risks']): Risk[] {
  return [...new Set(risks.map(({ risk }) => risk))];
}

/** `RoleBinding/devs`, each once */
function bindingNames({ rights }: WhoRow): readonly string[] {
  const own = rights?.roles.filter((one) => !isPolicy(one)).map((one) => throughOf(one).binding) ?? [];
  const ofEverybody = rights?.rolesOfEverybody.map((one) => EVERYBODY + throughOf(one).binding) ?? [];
  return [...new Set([...own, ...ofEverybody])];
}

/** The columns of CSV, in their order. */
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
  bindingNames: (row) => bindingNames(row).join('; '),
  bindingsOfEverybody: ({ rights }) => rights?.bindingsOfEverybody.join('; ') ?? null,
  risksOfEverybody: ({ rights }) => rights && riskCodes(rights.risksOfEverybody).join('; '),
  kubernetesVersion: (row) => row.kubernetesVersion,
  clusterArn: (row) => row.clusterArn,
  unreadRegion: ({ unread }) => unread?.region ?? null,
};

function csvOf(rows: Iterable<WhoRow>, { asked }: Shown): Iterable<string> {
  const columns = Object.entries(CSV_COLUMNS).map(([header, cellOf]) => {
    return { header, cell: (row: WhoRow) => cellOf(row, asked !== null) };
  });
  return renderCsv(columns, rows);
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
const SOURCES: Readonly<Record<WhoRow['source'], string>> = {
  'aws-auth': 'aws-auth',
  'access-entry': 'access entry',
};

/** Bindings shown in a cell; the rest are counted. */
const MAX_BINDINGS = 3;

/** @param fit null: a wide table, with ARNs and all bindings */
function tableOf(rows: readonly WhoRow[], shown: Shown, fit: Fit | null): Promise<string> {
  const { clusters, withCluster, unread, inventory, asked } = shown;
  const isWide = fit === null;
  const isAboutRights = asked !== null;
  // The answer to --can is who, and through which role; usernames and groups are in the wide table.
  const isBrief = !isWide && isAboutRights;
  const accountText = accountTexts(inventory);
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
    { header: 'PRINCIPAL', cell: (row) => principalCells(row).name },
    { header: 'TYPE', cell: (row) => principalCells(row).kind },
    { header: 'VIA', cell: ({ via }) => via && shortName(via) },
    { header: 'ACCOUNT', cell: (row) => accountText(row) || null },
    { header: 'PERMISSION SET', cell: ({ permissionSet }) => permissionSet },
    { header: 'ARN', cell: ({ rolearn }) => rolearn || null, shown: isWide },
    { header: 'USERNAME', cell: usernameCell, shown: !isBrief },
    { header: 'AUDIT USERNAME', cell: ({ auditUsername }) => auditUsername, shown: isWide },
    { header: 'GROUPS', cell: ({ groups }) => groups.join(',') || null, shown: !isBrief },
    { header: 'POLICIES', cell: ({ policies }) => policyCell(policies), shown: withSource },
    { header: 'SOURCE', cell: (row) => (row.unread ? null : SOURCES[row.source]), shown: withSource },
    {
      header: 'CAN',
      cell: ({ rights }) => questionText(rights?.can ?? []) || null,
      shown: isAboutRights && asked.length > 1,
    },
    {
      header: isAboutRights ? 'THROUGH' : 'BINDINGS',
      cell: (row) => bindingCell(row) || null,
      shown: isAboutRights || clusters.some(({ rights }) => rights?.knowsBindings),
    },
    { header: 'NOTE', cell: ({ note }) => note },
  ];
  return renderTable(columns, rows, fit ?? {});
}

function usernameCell({ username, principal, unread }: WhoRow): string | null {
  return username || (principal.type === 'ACCOUNT' && !unread ? ANY_CALLER : null);
}

/** The principal of a row; for an entry that grants nobody access, a placeholder. */
function principalCells(row: WhoRow): { readonly name: string; readonly kind: string | null } {
  const { principal, access, permissionSet, rolearn, unread } = row;
  const { type, id, name } = principal;
  const shown = shortName(name ?? id);
  if (type === 'GROUP' || type === 'USER') return { name: shown, kind: principalTypeText(type) };
  if (unread || (access === 'unknown' && permissionSet !== null)) return { name: '?', kind: null };
  if (access === 'none' && parseProvisionedRoleArn(rolearn)) return { name: 'nobody', kind: null };
  return { name: shown, kind: principalKindText({ type }) };
}

/** Account names, which are shorter and clearer than IDs; the ID if two accounts share a name. */
function accountTexts(inventory: Inventory | null): (row: WhoRow) => string {
  const byName = groupBy(inventory?.accounts ?? [], ({ name }) => name);
  return ({ accountId, accountName }) =>
    accountName === null || (byName.get(accountName)?.length ?? 0) > 1 ? accountId : shortName(accountName);
}
