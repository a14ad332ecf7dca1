import type { PageRows } from '../../decode.ts';
import { clusterValue } from '../facets.ts';
import type { Selector } from '../selection.ts';
import type { View } from '../view.ts';
import { type Count, type CountDefinition, countAll } from './counts.ts';
import { type OpenItem, plannedItems } from './open-items.ts';

/** The numbers of the cards, each with a sentence that defines it. */
const TOTALS = {
  users: {
    means: 'Users from Identity Center who have access, directly or through a listed group.',
    unit: 'principals',
    filters: { kind: ['USER'], access: ['granted'] },
  },
  groups: {
    means: 'Groups from Identity Center whose members have access.',
    unit: 'principals',
    filters: { kind: ['GROUP'], access: ['granted'] },
  },
  others: {
    means: "IAM roles, IAM users and whole accounts that entries name, without nodes' roles.",
    unit: 'principals',
    filters: { kind: ['IAM_ROLE', 'IAM_USER', 'ACCOUNT'], access: ['granted'], node: ['no'] },
  },
  nodes: {
    means: 'IAM roles with which nodes, the machines of a cluster, join it.',
    unit: 'principals',
    filters: { kind: ['IAM_ROLE', 'IAM_USER', 'ACCOUNT'], access: ['granted'], node: ['yes'] },
  },
  awsAuth: {
    means: 'Entries of aws-auth, with or without effect.',
    unit: 'entries',
    filters: { source: ['aws-auth'] },
  },
  accessEntries: {
    means: 'Access entries of EKS, with or without effect.',
    unit: 'entries',
    filters: { source: ['access-entry'] },
  },
  entries: {
    means: 'All entries: each pairs an IAM caller with a username and Kubernetes groups in a cluster.',
    unit: 'entries',
    filters: { source: ['aws-auth', 'access-entry'] },
  },
  admins: {
    means:
      "People and IAM callers who have access and are cluster admin; a group only if its members aren't listed.",
    unit: 'callers',
    filters: { admin: ['yes'], access: ['granted'] },
  },
  unknownAdmins: {
    means:
      "Cluster admins if they have access, which is unknown, and roles of cluster admins whose people aren't known.",
    unit: 'callers',
    filters: { admin: ['yes'], access: ['unknown'] },
  },
  routes: {
    means:
      "People and IAM callers who have or may have a route to cluster admin in a cluster where they are none; a group only if its members aren't listed.",
    unit: 'callers',
    filters: { admin: ['route'] },
  },
} as const satisfies Readonly<Record<string, CountDefinition & { readonly means: string }>>;

const ANY_CHANGE = ['new', 'gone', 'changed'] as const;

/** Changes of people's whole access, each with a sentence that defines it. */
const CHANGES = {
  admin: {
    means: "Cluster admins of a cluster where they weren't one before.",
    unit: 'persons',
    filters: { became: ['admin'], admin: ['yes'], change: ['new', 'changed'] },
  },
  route: {
    means: 'Could become cluster admin of a cluster where they had no known route to it before.',
    unit: 'persons',
    filters: { became: ['route'], admin: ['route'], change: ['new', 'changed'] },
  },
  new: {
    means: 'Had no access to any cluster, and have access now.',
    unit: 'persons',
    filters: { changed: ['new'], change: ANY_CHANGE },
  },
  gone: {
    means: 'Had access, and have none to any cluster now.',
    unit: 'persons',
    filters: { changed: ['gone'], change: ANY_CHANGE },
  },
  changed: {
    means: 'Had access and still have some, but not the same.',
    unit: 'persons',
    filters: { changed: ['changed'], change: ANY_CHANGE },
  },
} as const satisfies Readonly<Record<string, CountDefinition & { readonly means: string }>>;

const CHANGED_ROWS = {
  new: { unit: 'rows', filters: { change: ['new'] } },
  gone: { unit: 'rows', filters: { change: ['gone'] } },
  changed: { unit: 'rows', filters: { change: ['changed'] } },
} as const satisfies Readonly<Record<string, CountDefinition>>;

type TotalKey = keyof typeof TOTALS;
type ChangeKey = keyof typeof CHANGES;
type ChangedRowsKey = keyof typeof CHANGED_ROWS;

/** The numbers on top of the page. */
export interface Summary {
  readonly totals: Readonly<Record<TotalKey, Total>>;
  /** Null if nothing was compared. */
  readonly changes: Readonly<Record<ChangeKey, Total>> | null;
  /** The same by row; null if nothing was compared. */
  readonly changedRows: Readonly<Record<ChangedRowsKey, Count>> | null;
  /** For each cluster of the head, its rows. */
  readonly clusters: readonly Count[];
  /** The most severe first; all have a number above 0. */
  readonly open: readonly OpenItem[];
}

export interface Total extends Count {
  /** In one sentence. */
  readonly means: string;
}

/** Counts all that the top of the page shows, in one pass over the rows. */
export function summaryOf(rows: PageRows, selector: Pick<Selector, 'values'>): Summary {
  const plan = new Plan();
  const isCompared = rows.data.since !== null;
  // Rows of an earlier run only say what is gone. Their access isn't one that is filtered by.
  const ofThisRun = <Definition extends CountDefinition>(definition: Definition) => {
    const filters: View['filters'] = definition.filters;
    const current = isCompared && filters.access === undefined ? { run: ['this'] } : {};
    return { ...definition, filters: { ...filters, ...current } };
  };
  const totals = mapValues(TOTALS, (total) => plan.add(ofThisRun(total)));
  const changes = isCompared ? mapValues(CHANGES, (change) => plan.add(change)) : null;
  const changedRows = isCompared ? mapValues(CHANGED_ROWS, (change) => plan.add(change)) : null;
  const clusters = rows.data.clusters.map((one) => {
    const cluster = clusterValue(one);
    return plan.add(ofThisRun({ unit: 'rows', filters: cluster === null ? {} : { cluster: [cluster] } }));
  });
  const open = plannedItems(rows).map((item) => mapCounts(item, (count) => plan.add(ofThisRun(count))));
  const counted = countAll(rows, selector, plan.definitions);
  const countOf = (index: number): Count => {
    const count = counted[index];
    if (!count) throw new Error('not counted');
    return count;
  };
  return {
    totals: mapValues(TOTALS, ({ means }, key) => ({ ...countOf(totals[key]), means })),
    changes: changes && mapValues(CHANGES, ({ means }, key) => ({ ...countOf(changes[key]), means })),
    changedRows: changedRows && mapValues(changedRows, countOf),
    clusters: clusters.map(countOf),
    open: open.map((item) => found(mapCounts(item, countOf))).filter(({ count }) => count.number > 0),
  };
}

/** The definitions to count; each has an index. */
class Plan {
  readonly definitions: CountDefinition[] = [];

  add(definition: CountDefinition): number {
    return this.definitions.push(definition) - 1;
  }
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From, key: Key) => To,
): Record<Key, To> {
  const keys = Object.keys(record) as Key[];
  return Object.fromEntries(keys.map((key) => [key, map(record[key], key)])) as Record<Key, To>;
}

function mapCounts<From, To>(item: OpenItem<From>, map: (count: From) => To): OpenItem<To> {
  const count = map(item.count);
  const parts = item.parts.map((part) => ({
    ...part,
    count: map(part.count),
    through: part.through.map((one) => ({ ...one, count: map(one.count) })),
  }));
  return { ...item, count, parts };
}

/** Without what has no rows. */
function found(item: OpenItem): OpenItem {
  const isFound = ({ count }: { readonly count: Count }) => count.number > 0;
  const parts = item.parts.filter(isFound);
  return { ...item, parts: parts.map((part) => ({ ...part, through: part.through.filter(isFound) })) };
}
