import type { WhoRow } from '../../../access/who-rows.ts';
import { countBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import { type PageRows, personValue } from '../../decode.ts';
import { clusterValue } from '../facets.ts';
import type { Selector } from '../selection.ts';
import type { View } from '../view.ts';

/** Things of a kind among the rows that pass the filters. */
export interface Count {
  readonly filters: View['filters'];
  readonly number: number;
  /** The number of principals of each type; none with 0. */
  readonly kinds: ReadonlyMap<WhoRow['principal']['type'], number>;
  /** The number of groups whose members aren't listed. */
  readonly unlisted: number;
  /** Defines the number of a card, in one sentence. */
  readonly means?: string;
}

/**
 * Rows; distinct principals (type and ID), or the callers among them: without the groups whose members are listed, who
 * would be counted twice; distinct persons, groups and IAM callers of two runs (by name: an ID may be new); distinct
 * entries (cluster, source, ARN, username and groups); or distinct places that couldn't be read (account, region and
 * cluster).
 */
export type Unit = 'rows' | 'principals' | 'callers' | 'persons' | 'entries' | 'unread';

/** Counts the rows of this run that pass filters; rows of an earlier run only say what is gone. */
export function countOf(
  { rows, selector }: { readonly rows: PageRows; readonly selector: Selector },
  unit: Unit,
  wanted: View['filters'],
): Count {
  // Changes are also of lost access; and no row of an earlier run has an access that is filtered by.
  const isOfThisRun = rows.data.since !== null && wanted.access === undefined && wanted.change === undefined;
  const filters = isOfThisRun ? { ...wanted, run: ['this'] } : wanted;
  const found = selector.select({ search: '', filters, sort: null });
  if (unit === 'rows') return { filters, number: found.length, kinds: new Map(), unlisted: 0 };
  const table = unit === 'entries' || unit === 'unread' ? 'entries' : 'principals';
  const keys = keysOf(rows)(unit);
  const items = new Uint8Array(keys.length);
  for (const row of found) items[rows.index(row, table)] = 1;
  const distinct = new Map<string, number>();
  for (const [item, key] of keys.entries()) if (items[item] === 1) distinct.set(key, item);
  if (table === 'entries') return { filters, number: distinct.size, kinds: new Map(), unlisted: 0 };
  const principals = [...distinct.values()];
  const kinds = countBy(principals.map((item) => rows.principal(item).type));
  const listed = principals.filter(listedGroups(rows)).length;
  return {
    filters,
    number: unit === 'callers' ? principals.length - listed : principals.length,
    kinds,
    unlisted: (kinds.get('GROUP') ?? 0) - listed,
  };
}

/** For each item of the table that a unit counts, a key: items with the same one are the same thing. */
const keysOf = memo(({ data: { tables } }: PageRows) =>
  memo((unit: Unit): readonly string[] => {
    if (unit === 'persons') return tables.principals.map(personValue);
    if (unit === 'entries')
      return tables.entries.map(({ cluster, clusterArn, source, rolearn, username, groups }) =>
        JSON.stringify([cluster, clusterArn, source, rolearn, username, groups]),
      );
    if (unit === 'unread')
      return tables.entries.map(({ accountId, unread, cluster }) =>
        JSON.stringify([accountId, unread?.region, cluster]),
      );
    return tables.principals.map(({ type, id }) => `${type} ${id}`);
  }),
);

/** Without --expand, only those members have rows who have more permissions than the others. */
const listedGroups = memo((rows: PageRows): ((principal: number) => boolean) => {
  if (!rows.data.isExpanded) return () => false;
  const present = rows.columns.vias.subarray(0, rows.count - (rows.data.since?.earlierRows ?? 0));
  const names = new Set(Array.from(new Set(present), (via) => rows.via(via)));
  return (principal) => {
    const { type, name } = rows.principal(principal);
    return type === 'GROUP' && name !== null && names.has(name);
  };
});

type Counted = Parameters<typeof countOf>[0];

function total(page: Counted, means: string, unit: Unit, filters: View['filters']): Count {
  return { ...countOf(page, unit, filters), means };
}

/** The numbers of the cards. */
export function cardCounts(page: Counted) {
  const iam = { kind: ['IAM_ROLE', 'IAM_USER', 'ACCOUNT'], access: ['granted'] } as const;
  return {
    users: total(
      page,
      'Users from Identity Center who have access, directly or through a listed group.',
      'principals',
      { kind: ['USER'], access: ['granted'] },
    ),
    groups: total(page, 'Groups from Identity Center whose members have access.', 'principals', {
      kind: ['GROUP'],
      access: ['granted'],
    }),
    others: total(
      page,
      "IAM roles, IAM users and whole accounts that entries name, without nodes' roles.",
      'principals',
      { ...iam, node: ['no'] },
    ),
    nodes: total(page, 'IAM roles with which nodes, the machines of a cluster, join it.', 'principals', {
      ...iam,
      node: ['yes'],
    }),
    awsAuth: total(page, 'Entries of aws-auth, with or without effect.', 'entries', { source: ['aws-auth'] }),
    accessEntries: total(page, 'Access entries of EKS, with or without effect.', 'entries', {
      source: ['access-entry'],
    }),
    entries: total(
      page,
      'All entries: each pairs an IAM caller with a username and Kubernetes groups in a cluster.',
      'entries',
      { source: ['aws-auth', 'access-entry'] },
    ),
    admins: total(
      page,
      "People and IAM callers who have access and are cluster admin; a group only if its members aren't listed.",
      'callers',
      { admin: ['yes'], access: ['granted'] },
    ),
    unknownAdmins: total(
      page,
      "Cluster admins if they have access, which is unknown, and roles of cluster admins whose people aren't known.",
      'callers',
      { admin: ['yes'], access: ['unknown'] },
    ),
    routes: total(
      page,
      "People and IAM callers who have or may have a route to cluster admin in a cluster where they are none; a group only if its members aren't listed.",
      'callers',
      { admin: ['route'] },
    ),
  };
}

/** Changes of people's whole access. */
export function changeCounts(page: Counted) {
  const change = ['new', 'gone', 'changed'];
  return {
    admin: total(page, "Cluster admins of a cluster where they weren't one before.", 'persons', {
      became: ['admin'],
      admin: ['yes'],
      change: ['new', 'changed'],
    }),
    route: total(
      page,
      'Could become cluster admin of a cluster where they had no known route to it before.',
      'persons',
      { became: ['route'], admin: ['route'], change: ['new', 'changed'] },
    ),
    new: total(page, 'Had no access to any cluster, and have access now.', 'persons', {
      changed: ['new'],
      change,
    }),
    gone: total(page, 'Had access, and have none to any cluster now.', 'persons', {
      changed: ['gone'],
      change,
    }),
    changed: total(page, 'Had access and still have some, but not the same.', 'persons', {
      changed: ['changed'],
      change,
    }),
  };
}

/** For each cluster of the head, its rows. */
export function clusterCounts(page: Counted): readonly Count[] {
  return page.rows.data.clusters.map((one) => {
    const cluster = clusterValue(one);
    return countOf(page, 'rows', cluster === null ? {} : { cluster: [cluster] });
  });
}
