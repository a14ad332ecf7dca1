import {
  type ClusterAccess,
  type OtherAccess,
  type OtherType,
  openPolicies,
  otherTypeText,
} from '../../access/cluster-access.ts';
import type { Rights } from '../../access/cluster-rights.ts';
import { type EntryAccess, type Grant, type NobodyReason, writtenArn } from '../../access/entry-access.ts';
import { NOBODY_REASONS } from '../../access/findings.ts';
import { auditUsername, grantedTo } from '../../access/identity-of.ts';
import { type AccessPolicy, policyText, wholePolicyText } from '../../access-entry.ts';
import { BY_SESSION, possibleAdminBy } from '../../authenticator/groups.ts';
import type { Finding } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { type Inventory, type Principal, principalTypeText, shortName } from '../../inventory/model.ts';
import { type BoundRole, boundRoleText, throughOf } from '../../rbac/model.ts';
import { questionText } from '../../rbac/request.ts';
import type { Risk } from '../../rbac/ways.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { listed } from '../../text.ts';
import { renderJsonItems } from '../format/json.ts';
import { type Fit, renderCsv, renderTable } from '../format/table.ts';
import type { Outcome } from '../shell.ts';

export type WhoFormat = 'table' | 'wide' | 'json' | 'csv' | 'mermaid';

/** Who gets into which cluster. */
export interface Shown {
  readonly clusters: readonly ClusterAccess[];
  /** Whether tables name the cluster. */
  readonly withCluster: boolean;
  /** Null where AWS was not read. */
  readonly inventory: Inventory | null;
  /** What all of them are allowed at least one of: then the bindings are those that allow it. Null where nothing was asked. */
  readonly asked: readonly string[] | null;
}

/**
 * @param width of the terminal; undefined where there is none
 * @param report takes what is to be said of the output itself
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
      const graph = accessGraph(shown.clusters);
      if (graph.edges.length > MERMAID_EDGES) report([tooLarge(graph.edges.length)]);
      return renderMermaid(graph, shown.inventory?.capturedAt ?? null);
    }
  }
}

/** Mermaid's default for maxEdges: it draws no graph that has more. */
const MERMAID_EDGES = 500;

function tooLarge(edges: number): Finding {
  const message = `the graph has ${edges} edges, and Mermaid draws at most ${MERMAID_EDGES}`;
  const help = 'Limit it with --account, --user, --group, --kubernetes-group or --can.';
  return { severity: 'warning', code: 'large-graph', message, help };
}

/** A row of JSON and CSV; with a note for those who read, of a table too. */
interface WhoRow {
  readonly principal: {
    readonly type: Principal['type'] | OtherType;
    readonly id: string;
    readonly name: string | null;
  };
  readonly via: string | null;
  readonly cluster: string | null;
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string | null;
  /** Of an access entry, its principal ARN, with the path. */
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly source: 'aws-auth' | 'access-entry';
  /** Of an access entry. */
  readonly policies: readonly AccessPolicy[];
  /** Whether the principal gets in, or may what was asked; `unknown` where it is not known who does. */
  readonly access: 'granted' | 'none' | 'unknown';
  /** Why nobody gets in, or why it is not known; null where an account was not read. */
  readonly reason: NobodyReason | 'deleted' | 'access-policy' | 'cluster-unknown' | null;
  readonly asOf: string | null;
  readonly note: string;
  /** As audit logs of Kubernetes have it; null where it depends on who calls. */
  readonly auditUsername: string | null;
  /** By which the rights are judged, `1.36`; null where no RBAC manifests are known. */
  readonly kubernetesVersion: string | null;
  /** Null where no RBAC manifests are known. */
  readonly rights: Rights | null;
  /** What of the question a role allows. */
  readonly answersOf: (bound: BoundRole) => readonly string[];
}

function jsonOf({ note: _, rights, answersOf, ...row }: WhoRow, isAboutRights: boolean) {
  if (!rights) {
    const none = { bindings: null, risks: null, bindingsOfEverybody: null, risksOfEverybody: null };
    return { ...row, ...none, through: isAboutRights ? [] : null, ...(isAboutRights && { can: [] }) };
  }
  const partsOf = (bound: BoundRole, ofEverybody: boolean) => {
    return { ...throughOf(bound), ofEverybody, ...(isAboutRights && { can: answersOf(bound) }) };
  };
  return {
    ...row,
    bindings: isAboutRights
      ? [...new Set([...rights.bindings, ...rights.bindingsOfEverybody])]
      : rights.bindings,
    risks: riskCodes(rights.risks),
    bindingsOfEverybody: rights.bindingsOfEverybody,
    risksOfEverybody: riskCodes(rights.risksOfEverybody),
    ...(isAboutRights && { can: rights.can }),
    through: [
      ...rights.roles.map((bound) => partsOf(bound, false)),
      ...rights.rolesOfEverybody.map((bound) => partsOf(bound, true)),
    ],
  };
}

/** @param isWhole with the binding and its subject, not only the role and where it is bound */
function bindingTexts(row: WhoRow, isAboutRights: boolean, isWhole: boolean): readonly string[] {
  const { rights } = row;
  // Without bindings, only administrators are known to be allowed something.
  const admin = (rights ? rights.admin : possibleAdminBy(row)) ?? [];
  if (!rights) return isAboutRights ? [admin].flat() : [];
  return [...new Set([admin, rights.roles.map(isWhole ? wholeText : boundRoleText)].flat())];
}

/** As `bindingTexts`, each once, marked as what everybody has. */
function textsOfEverybody({ rights }: WhoRow, isWhole: boolean): readonly string[] {
  const texts = isWhole ? rights?.rolesOfEverybody.map(wholeText) : rights?.bindingsOfEverybody;
  return [...new Set(texts)].map((text) => EVERYBODY + text);
}

const EVERYBODY = 'everybody: ';

/** `ClusterRole/edit in payments (RoleBinding/devs, Group/developers)` */
function wholeText(bound: BoundRole): string {
  const { binding, subject } = throughOf(bound);
  return `${boundRoleText(bound)} (${binding}, ${subject})`;
}

/** One risk may be there for several namespaces. */
function riskCodes(risks: Rights['risks']): Risk[] {
  return [...new Set(risks.map(({ risk }) => risk))];
}

/** `RoleBinding/devs`, each once */
function bindingNames({ rights }: WhoRow): readonly string[] {
  const own = rights?.roles.map((one) => throughOf(one).binding) ?? [];
  const ofEverybody = rights?.rolesOfEverybody.map((one) => EVERYBODY + throughOf(one).binding) ?? [];
  return [...new Set([...own, ...ofEverybody])];
}

/** Cluster by cluster: entries of provisioned roles in their order, then all else. Made one by one: there may be very many. */
function* rowsOf({ clusters, inventory, asked }: Shown): Generator<WhoRow> {
  const asOf = inventory?.capturedAt ?? null;
  const isAboutRights = asked !== null;
  for (const { cluster, access, grants, nobody, others, rights } of clusters) {
    const answersOf = (bound: BoundRole) => rights?.answersOf(bound) ?? [];
    const kubernetesVersion = rights?.kubernetesVersion ?? null;
    const common = { cluster: cluster.name, asOf, answersOf, kubernetesVersion };
    const byAccess = groupBy(grants, (grant) => grant.access);
    const empty = new Set(nobody);
    const rightsOf = (one: Grant | EntryAccess | OtherAccess) => rights?.of(one) ?? null;
    const rowOf = (one: Grant | EntryAccess | OtherAccess, row: PartialRow): WhoRow => {
      const isOpen = isAboutRights && openPolicies(one, rights).length > 0;
      const isUnpaired = cluster.isUnpaired && row.access === 'granted';
      const unpaired = { ...UNPAIRED, note: [row.note, UNPAIRED.note].filter(Boolean).join('; ') };
      const auditName = row.access === 'none' ? null : auditUsername(one);
      return {
        ...row,
        ...common,
        auditUsername: auditName,
        ...(isOpen && OPEN),
        ...(isUnpaired && unpaired),
      };
    };
    for (const one of access) {
      for (const grant of byAccess.get(one) ?? []) yield rowOf(grant, grantRow(grant, rightsOf(grant)));
      if (empty.has(one)) yield rowOf(one, nobodyRow(one, rightsOf(one)));
    }
    for (const one of others) yield rowOf(one, otherRow(one, rightsOf(one)));
  }
}

function* jsonRows(shown: Shown): Generator<object> {
  for (const row of rowsOf(shown)) yield jsonOf(row, shown.asked !== null);
}

/** Of whom an access policy may allow what was asked. */
const OPEN = {
  access: 'unknown',
  reason: 'access-policy',
  note: 'not known: an access policy may allow it',
} as const satisfies Partial<WhoRow>;

/** By an aws-auth of which it is not known whether access entries, or the mode, count besides. */
const UNPAIRED = {
  access: 'unknown',
  reason: 'cluster-unknown',
  note: 'not known: no cluster asked for is of this file',
} as const satisfies Partial<WhoRow>;

type PartialRow = Omit<WhoRow, 'cluster' | 'asOf' | 'answersOf' | 'auditUsername' | 'kubernetesVersion'>;

function grantRow(grant: Grant, rights: Rights | null): PartialRow {
  const { principal, via, access } = grant;
  const { type, id, name } = principal;
  const isDeleted = name === null;
  return {
    principal: { type, id, name },
    via: via?.name ?? null,
    ...entryFields(access),
    access: isDeleted ? 'none' : 'granted',
    reason: isDeleted ? 'deleted' : null,
    note: isDeleted ? 'deleted' : adminNote(grant, rights),
    rights,
  };
}

/** The role itself stands for those whom it does not let in. */
function nobodyRow(access: EntryAccess, rights: Rights | null): PartialRow {
  const { entry, nobody } = access;
  const name = entry.arn.slice(entry.arn.lastIndexOf('/') + 1);
  return {
    principal: { type: 'IAM_ROLE', id: writtenArn(entry), name },
    via: null,
    ...entryFields(access),
    access: nobody ? 'none' : 'unknown',
    reason: nobody,
    note: nobody ? NOBODY_REASONS[nobody] : [adminNote(access, rights), 'unknown'].filter(Boolean).join('; '),
    rights,
  };
}

function entryFields({ accountId, accountName, permissionSet, entry }: EntryAccess) {
  const { username, groups } = entry;
  return {
    accountId,
    accountName,
    permissionSet,
    rolearn: writtenArn(entry),
    username,
    groups: groups ?? [],
    ...sourceFields('accessEntry' in entry ? entry : {}),
  };
}

/** Only access entries have policies, if only none. */
function sourceFields({ policies }: Pick<OtherAccess, 'policies'>): Pick<WhoRow, 'source' | 'policies'> {
  return { source: policies ? 'access-entry' : 'aws-auth', policies: policies ?? [] };
}

function otherRow(other: OtherAccess, rights: Rights | null): PartialRow {
  const { type, id, name, accountId, accountName, permissionSet, username, groups, isNode, nobody } = other;
  return {
    principal: { type, id, name },
    via: null,
    accountId,
    accountName,
    permissionSet,
    rolearn: id,
    username,
    groups,
    ...sourceFields(other),
    access: nobody ? 'none' : 'granted',
    reason: nobody,
    note: nobody ? NOBODY_REASONS[nobody] : adminNote(other, rights) || (isNode ? 'nodes' : ''),
    rights,
  };
}

/** What makes somebody an administrator, or nearly so. */
function adminNote(one: Grant | EntryAccess | OtherAccess, rights: Rights | null): string {
  const way = possibleAdminBy(grantedTo(one));
  if (way !== null) return way === BY_SESSION ? 'cluster admin by a session name' : 'cluster admin';
  const own = rights?.risks.map(({ text }) => text) ?? [];
  const [first, ...others] = rights?.risksOfEverybody.map(({ text }) => text) ?? [];
  return [...own, ...(first === undefined ? [] : [EVERYBODY + first]), ...others].join('; ');
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
};

function csvOf(rows: Iterable<WhoRow>, { asked }: Shown): Iterable<string> {
  const columns = Object.entries(CSV_COLUMNS).map(([header, cellOf]) => {
    return { header, cell: (row: WhoRow) => cellOf(row, asked !== null) };
  });
  return renderCsv(columns, rows);
}

/** Names give way before what they get. */
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

/** More bindings than these are counted. */
const MAX_BINDINGS = 3;

/** @param fit null: a wide table, with ARNs and all bindings */
function tableOf(rows: readonly WhoRow[], shown: Shown, fit: Fit | null): Promise<string> {
  const { clusters, withCluster, inventory, asked } = shown;
  const isAboutRights = asked !== null;
  // An answer is who, and through what; as whom they get in, and the bindings, are in the wide table.
  const isBrief = fit !== null && isAboutRights;
  const accountText = accountTexts(inventory);
  const most = isBrief ? 1 : fit ? MAX_BINDINGS : Number.POSITIVE_INFINITY;
  const withSource = !isBrief && clusters.some(({ cluster }) => cluster.eks !== null);
  const withBindings = isAboutRights || clusters.some(({ rights }) => rights !== null);
  const withAnswers = asked !== null && asked.length > 1;
  const cells = rows.map((row) => [
    ...(withCluster ? [row.cluster ?? '-'] : []),
    ...principalCells(row),
    row.via === null ? '-' : shortName(row.via),
    accountText(row) || '-',
    row.permissionSet ?? '-',
    ...(fit ? [] : [row.rolearn]),
    ...(isBrief
      ? []
      : [
          row.username || (row.principal.type === 'ACCOUNT' ? '(the ARN of the caller)' : '-'),
          ...(fit ? [] : [row.auditUsername ?? '-']),
          row.groups.join(',') || '-',
        ]),
    ...(withSource
      ? [
          listed(row.policies.map(fit ? (one) => policyText(one) : wholePolicyText), most) || '-',
          SOURCES[row.source],
        ]
      : []),
    ...(withAnswers ? [questionText(row.rights?.can ?? []) || '-'] : []),
    ...(withBindings
      ? [
          [bindingTexts(row, isAboutRights, fit === null), textsOfEverybody(row, fit === null)]
            .flatMap((texts) => listed(texts, most) || [])
            .join(', ') || '-',
        ]
      : []),
    row.note,
  ]);
  const headers = [
    ...(withCluster ? ['CLUSTER'] : []),
    ...['PRINCIPAL', 'TYPE', 'VIA', 'ACCOUNT', 'PERMISSION SET'],
    ...(fit ? [] : ['ARN']),
    ...(isBrief ? [] : ['USERNAME', ...(fit ? [] : ['AUDIT USERNAME']), 'GROUPS']),
    ...(withSource ? ['POLICIES', 'SOURCE'] : []),
    ...(withAnswers ? ['CAN'] : []),
    ...(withBindings ? [isAboutRights ? 'THROUGH' : 'BINDINGS'] : []),
    'NOTE',
  ];
  const columns = headers.map((header, index) => ({
    header,
    cell: (row: readonly string[]) => row[index] ?? '',
  }));
  return renderTable(columns, cells, fit ?? {});
}

/** Of an entry whose role lets nobody in, the role is named by its permission set. */
function principalCells({ principal, access, permissionSet, rolearn }: WhoRow): [string, string] {
  const { type, id, name } = principal;
  if (type === 'GROUP' || type === 'USER') return [shortName(name ?? id), principalTypeText(type)];
  if (access === 'unknown' && permissionSet !== null) return ['?', '-'];
  if (access === 'none' && parseProvisionedRoleArn(rolearn)) return ['nobody', '-'];
  return [shortName(name ?? id), otherTypeText({ type })];
}

/** Names are shorter and say more; where two accounts share one, the id tells them apart. */
function accountTexts(inventory: Inventory | null): (row: WhoRow) => string {
  const byName = groupBy(inventory?.accounts ?? [], ({ name }) => name);
  return ({ accountId, accountName }) =>
    accountName === null || (byName.get(accountName)?.length ?? 0) > 1 ? accountId : shortName(accountName);
}
