import { RISKS, type Risk } from '../../rbac/ways.ts';
import { compareStrings } from '../../text.ts';
import type { PageRows } from '../decode.ts';
import { type Count, type CountDefinition, countAll } from './counts.ts';
import { throughValue } from './facets.ts';
import { NOBODY, nobodyText, RISK_MEANINGS, UNKNOWN_REASONS } from './meanings.ts';
import type { Selector } from './selection.ts';
import type { View } from './view.ts';

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
    means: 'People, groups and others who have access and are cluster admin.',
    unit: 'principals',
    filters: { admin: ['yes'], access: ['granted'] },
  },
  unknownAdmins: {
    means:
      "Cluster admins if they have access, which is unknown, and roles of cluster admins whose people aren't known.",
    unit: 'principals',
    filters: { admin: ['yes'], access: ['unknown'] },
  },
  routes: {
    means:
      'People, groups and others who have or may have a route to cluster admin in a cluster where they are none.',
    unit: 'principals',
    filters: { admin: ['route'] },
  },
} as const satisfies Readonly<Record<string, CountDefinition & { readonly means: string }>>;

const CHANGES = {
  new: { unit: 'principals', filters: { change: ['new'] } },
  gone: { unit: 'principals', filters: { change: ['gone'] } },
  changed: { unit: 'principals', filters: { change: ['changed'] } },
} as const satisfies Readonly<Record<string, CountDefinition>>;

export type TotalKey = keyof typeof TOTALS;
export type ChangeKey = keyof typeof CHANGES;

/** The numbers on top of the page. */
export interface Summary {
  readonly totals: Readonly<Record<TotalKey, Total>>;
  /** Null if nothing was compared. */
  readonly changes: Readonly<Record<ChangeKey, Count>> | null;
  /** For each cluster of the head, its rows. */
  readonly clusters: readonly Count[];
  /** The most severe first; all have a number above 0. */
  readonly open: readonly OpenItem[];
}

export interface Total extends Count {
  /** In one sentence. */
  readonly means: string;
}

/** Something that may need a change, or that nobody knows. */
export interface OpenItem<Counted = Count> {
  readonly severity: 'danger' | 'warn' | 'quiet';
  readonly title: string;
  readonly text: string;
  readonly count: Counted;
  /** The word before the parts, such as "Through"; empty for none. */
  readonly partsLabel: string;
  /** A breakdown. */
  readonly parts: readonly OpenPart<Counted>[];
}

export interface OpenPart<Counted = Count> {
  readonly text: string;
  /** In a sentence; empty if the text says enough. */
  readonly means: string;
  readonly count: Counted;
  /** The roles, groups and policies that bring it. */
  readonly through: readonly { readonly text: string; readonly count: Counted }[];
}

/** Counts all that the top of the page shows, in one pass over the rows. */
export function summaryOf(rows: PageRows, selector: Pick<Selector, 'values'>): Summary {
  const plan = new Plan();
  const isCompared = rows.data.since !== null;
  // Rows of an earlier run only say what is gone.
  const current = isCompared ? { run: ['this'] } : {};
  const ofThisRun = <Definition extends CountDefinition>(definition: Definition) => ({
    ...definition,
    filters: { ...definition.filters, ...current } satisfies View['filters'],
  });
  const totals = mapValues(TOTALS, (total) => plan.add(ofThisRun(total)));
  const changes = isCompared ? mapValues(CHANGES, (change) => plan.add(change)) : null;
  const clusters = rows.data.clusters.map(({ arn, name }) => {
    const cluster = arn ?? name;
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
    changes: changes && mapValues(changes, countOf),
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

type Planned = OpenItem<CountDefinition>;

/** All that may be open, the most severe first. */
function plannedItems(rows: PageRows): Planned[] {
  return [
    ...everybodyItems(rows),
    adminItem(rows),
    routeItem(rows),
    ...unreadItems(rows),
    ...unknownItems(),
    nobodyItem(rows),
    {
      ...NO_PARTS,
      severity: 'quiet',
      title: 'Deleted users and groups that are still assigned',
      text: 'They no longer have access, but Identity Center keeps their assignments.',
      count: { unit: 'principals', filters: { reason: ['deleted'] } },
    },
  ];
}

const NO_PARTS = { partsLabel: '', parts: [] } as const;

/** The greatest first. */
function risksIn(found: readonly { readonly risk: Risk }[]): readonly Risk[] {
  const known = new Set(found.map(({ risk }) => risk));
  return (Object.keys(RISKS) as Risk[]).filter((risk) => known.has(risk));
}

function everybodyItems({ data }: PageRows): Planned[] {
  const risks = risksIn(data.tables.rights.flatMap(({ risksOfEverybody }) => risksOfEverybody));
  const countOf = (some: readonly Risk[]): CountDefinition => {
    return { unit: 'principals', filters: { everybody: some } };
  };
  if (risks.length === 0) return [];
  return [
    {
      severity: 'danger',
      title: 'Everyone with access could become cluster admin',
      text: 'Bindings grant these permissions to everyone who has access, whatever their groups.',
      count: countOf(risks),
      partsLabel: 'Routes of everyone',
      parts: risks.map((risk) => ({
        text: RISKS[risk],
        means: RISK_MEANINGS[risk],
        count: countOf([risk]),
        through: [],
      })),
    },
  ];
}

const ADMIN = 'cluster-admin';

function adminItem(rows: PageRows): Planned {
  return {
    severity: 'danger',
    title: 'Cluster admins',
    text: `They ${RISK_MEANINGS[ADMIN]}`,
    count: { unit: 'principals', filters: { risk: [ADMIN] } },
    partsLabel: 'Through',
    parts: throughParts(rows, ADMIN, {}).map((part) => ({ ...part, means: '', through: [] })),
  };
}

/** Principals that could become cluster admin, by route. */
function routeItem(rows: PageRows): Planned {
  const filters = { admin: ['route'] } as const;
  const risks = risksIn(rows.data.tables.routes.flat()).filter((risk) => risk !== ADMIN);
  return {
    severity: 'danger',
    title: 'Could become cluster admin',
    text: "They aren't cluster admins, but each of these permissions is enough to become one.",
    count: { unit: 'principals', filters },
    partsLabel: 'Routes',
    parts: risks.map((risk) => ({
      text: RISKS[risk],
      means: RISK_MEANINGS[risk],
      count: { unit: 'principals', filters: { ...filters, risk: [risk] } },
      through: throughParts(rows, risk, filters),
    })),
  };
}

/** The roles, groups and policies that bring a risk. */
function throughParts({ data }: PageRows, risk: Risk, filters: View['filters']) {
  const routes = data.tables.routes.flat().filter((route) => route.risk === risk);
  const byValue = new Map(routes.map((route) => [throughValue(route), route.through]));
  return [...byValue].map(([value, text]) => {
    const count: CountDefinition = { unit: 'principals', filters: { ...filters, through: [value] } };
    return { text, count };
  });
}

/** Clusters and accounts that couldn't be read, by cause. */
function unreadItems({ data }: PageRows): Planned[] {
  const causes = new Set(data.tables.entries.flatMap(({ unread }) => unread?.cause ?? []));
  return [...causes].sort(compareStrings).map((cause) => ({
    ...NO_PARTS,
    severity: 'warn',
    title: `Not read: ${cause}`,
    text: "Clusters, or an account's clusters in a region, to which anyone may have access.",
    count: { unit: 'unread', filters: { cause: [cause] } },
  }));
}

function unknownItems(): Planned[] {
  return Object.entries(UNKNOWN_REASONS).map(([reason, { title, text, unit }]) => ({
    ...NO_PARTS,
    severity: 'warn',
    title,
    text,
    count: { unit, filters: { reason: [reason] } },
  }));
}

function nobodyItem({ data }: PageRows): Planned {
  const reasons = new Set(data.tables.grants.map(({ reason }) => reason));
  return {
    severity: 'quiet',
    title: 'Entries without effect',
    text: 'They grant nobody access. Remove those that are left over, and fix those that someone needs.',
    count: { unit: 'entries', filters: { access: ['none'], reason: NOBODY } },
    partsLabel: 'Because',
    parts: NOBODY.filter((reason) => reasons.has(reason)).map((reason) => ({
      text: nobodyText(reason),
      means: '',
      count: { unit: 'entries', filters: { access: ['none'], reason: [reason] } },
      through: [],
    })),
  };
}
