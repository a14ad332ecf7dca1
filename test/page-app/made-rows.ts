import type { GrantingEntry } from '../../src/access-entry/entry.ts';
import type { PageData, Since } from '../../src/page/data.ts';
import { PageRows } from '../../src/page/decode.ts';
import { type ComparedRow, encodePage } from '../../src/page/encode.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import type { RowChange } from '../../src/who/since/row-change.ts';

/** Made rows, for tests that need certain rows, or very many. */
export const HEAD = {
  version: '1.2.3',
  command: 'aws-auth-sso who aws-auth.yaml -o html',
  asOf: '2026-11-20T08:30:00.000Z',
  rbacFiles: [],
  clusters: [
    {
      name: 'prod',
      arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
      file: { name: 'aws-auth.yaml', modifiedAt: null },
      authenticationMode: null,
      withoutEntries: [],
    },
  ],
  asked: null,
  scope: [],
  limits: { named: [], kubernetesGroups: null, namespace: null },
  isExpanded: true,
  warnings: [],
  since: null,
} as const satisfies Parameters<typeof encodePage>[0];

/** An earlier run, without rows that only it has. */
export const SINCE: Since = {
  file: 'old.json',
  asOf: null,
  doubts: [],
  newClusters: [],
  goneClusters: [],
  earlierRows: 0,
};

const ROLE = 'arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef';

export function entryOf(parts: Partial<GrantingEntry> = {}): GrantingEntry {
  const common = { arn: ROLE, id: ROLE, username: 'admin:{{SessionName}}', groups: ['system:masters'] };
  return { ...common, source: 'access-entry', policies: [], ...parts } as GrantingEntry;
}

const ENTRY = entryOf();

/** Alice, cluster admin of prod through the group Platform. */
export function rowOf(parts: Partial<WhoRow> = {}, entry: GrantingEntry = ENTRY): WhoRow {
  const { principal = { type: 'USER', id: 'u-1', name: 'alice@example.com' }, access = 'granted' } = parts;
  const { type, id, name } = principal;
  const person = type === 'USER' || type === 'GROUP' ? { type, id, name, members: null } : null;
  return {
    principal,
    via: 'Platform',
    accountId: '111122223333',
    accountName: 'prod-eks',
    permissionSet: 'Admin',
    rolearn: entry.id,
    username: entry.username,
    groups: entry.groups,
    source: entry.source,
    policies: entry.source === 'access-entry' ? entry.policies : [],
    access,
    reason: null,
    note: '',
    rights: null,
    knowsBindings: false,
    cluster: 'prod',
    clusterArn: HEAD.clusters[0].arn,
    unread: null,
    asOf: HEAD.asOf,
    answersOf: () => [],
    kubernetesVersion: null,
    auditUsername: 'admin:alice-example.com',
    routes: [{ risk: 'cluster-admin', text: 'cluster admin', through: 'system:masters' }],
    way: { entry, principal: person, accountId: '111122223333', status: access, isNode: false },
    ...parts,
  };
}

/** A number of people, `person-0@example.com` and so on, all with the same access. */
export function* people(count: number): Generator<ComparedRow> {
  const row = rowOf();
  for (let index = 0; index < count; index += 1) {
    const name = `person-${index}@example.com`;
    yield {
      row: {
        ...row,
        principal: { type: 'USER', id: `u-${index}`, name },
        auditUsername: `admin:person-${index}`,
      },
      change: null,
    };
  }
}

type Head = Parameters<typeof encodePage>[0];

/** The data of a page. */
export function dataOf(rows: Iterable<WhoRow | ComparedRow>, head: Partial<Head> = {}): PageData {
  const whole = { ...HEAD, ...head };
  return encodePage(
    whole,
    whole.clusters.map(() => null),
    compared(rows),
  );
}

function* compared(rows: Iterable<WhoRow | ComparedRow>): Generator<ComparedRow> {
  for (const one of rows) yield 'row' in one ? one : { row: one, change: null };
}

/** The rows as the page's program sees them. */
export function pageRowsOf(
  rows: readonly (WhoRow | ComparedRow)[],
  head: Partial<Head> = {},
  changes: readonly (RowChange | null)[] = [],
): PageRows {
  const all = [...compared(rows)].map((one, index) => ({ ...one, change: changes[index] ?? one.change }));
  return new PageRows(dataOf(all, head));
}
