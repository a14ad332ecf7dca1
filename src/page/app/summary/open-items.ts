import { RISKS, type Risk } from '../../../rbac/ways.ts';
import { compareStrings } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import { throughValue } from '../facets.ts';
import type { View } from '../view.ts';
import type { Count, CountDefinition } from './counts.ts';
import { NOBODY, nobodyText, RISK_MEANINGS, UNKNOWN_REASONS } from './meanings.ts';

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

/** An item before its rows are counted. */
type Planned = OpenItem<CountDefinition>;

/** All that may be open, the most severe first. */
export function plannedItems(rows: PageRows): Planned[] {
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
    return { unit: 'callers', filters: { everybody: some } };
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
    count: { unit: 'callers', filters: { risk: [ADMIN] } },
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
    count: { unit: 'callers', filters },
    partsLabel: 'Routes',
    parts: risks.map((risk) => ({
      text: RISKS[risk],
      means: RISK_MEANINGS[risk],
      count: { unit: 'callers', filters: { ...filters, risk: [risk] } },
      through: throughParts(rows, risk, filters),
    })),
  };
}

/** The roles, groups and policies that bring a risk. */
function throughParts({ data }: PageRows, risk: Risk, filters: View['filters']) {
  const routes = data.tables.routes.flat().filter((route) => route.risk === risk);
  const byValue = new Map(routes.map((route) => [throughValue(route), route.through]));
  return [...byValue].map(([value, text]) => {
    const count: CountDefinition = { unit: 'callers', filters: { ...filters, through: [value] } };
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
