import type { PageCluster, Since } from '../data.ts';
import { clusterValue, PEOPLE_UNKNOWN } from '../facets.ts';
import { clusterName, ownName, placeName, placeOf } from '../names.ts';
import { clusterTitle, count } from '../texts.ts';
import type { Counted, Counter, Filters, Selected } from './count.ts';

/** A cluster, or clusters that couldn't be read. */
export interface ClusterLine {
  readonly name: string;
  /** With its account and region if others have the same name. */
  readonly fullName: string;
  /** Account and region; empty if they aren't known. */
  readonly place: string;
  /** Its value in the facet; null if it has none. */
  readonly value: string | null;
  /** The view of its rows. */
  readonly filters: Filters;
  /** True if only this run has it. */
  readonly isNew: boolean;
  /** Null if nothing was read. */
  readonly figures: Readonly<Record<FigureKey, Figure>> | null;
  readonly sources: Readonly<Record<SourceKey, Source>> | null;
  /** Why it couldn't be read; null if it was. */
  readonly unread: { readonly cause: string; readonly detail: string } | null;
}

/** A number of the cluster's people. */
export interface Figure extends Counted {
  /** Names what wasn't read, so that there may be more; null if the number is exact. */
  readonly lacks: string | null;
}

export type FigureKey = 'people' | 'admins' | 'routes' | 'changed';
export type SourceKey = keyof typeof SOURCES;

/** The sources of the numbers. */
export const SOURCES = {
  aws: 'AWS',
  assignments: 'Assignments',
  awsAuth: 'aws-auth',
  accessEntries: 'Access entries',
  rbac: 'RBAC',
} as const;

interface Source {
  /** Empty if it was read, and there is nothing to say. */
  readonly text: string;
  /** True if it wasn't read and may grant access. */
  readonly isMissing: boolean;
}

const READ: Source = { text: '', isMissing: false };

/** The clusters in the order of the run, then the places that couldn't be read. */
export function clusterLines(counter: Counter): ClusterLine[] {
  const { rows } = counter;
  const { clusters, tables, since } = rows.data;
  const read = clusters.map((cluster): ClusterLine => {
    const value = clusterValue(cluster);
    const { arn } = cluster;
    const name = clusterTitle(cluster);
    const filters = value === null ? {} : { cluster: [value] };
    const own = counter.select(filters);
    const sources = sourcesOf(cluster, counter, own);
    const isAmong = (those: Since['newClusters'] = []) =>
      those.some((one) => clusterValue({ ...one, file: null }) === value);
    return {
      name: ownName(name, arn),
      fullName: clusterName(rows, name, arn),
      place: placeOf(rows, arn),
      value,
      filters,
      isNew: isAmong(since?.newClusters),
      figures: figuresOf(counter, own, sources, !isAmong(since?.uncompared)),
      sources,
      unread: null,
    };
  });
  const places = new Map(
    tables.entries.flatMap((entry) => (entry.unread ? [[placeName(rows, entry), entry] as const] : [])),
  );
  const known = new Set(read.map(({ value }) => value));
  const unread = Array.from(places).flatMap(([fullName, entry]): ClusterLine[] => {
    const { cluster, clusterArn, accountId, unread } = entry;
    const value = clusterArn ?? cluster;
    // Only its aws-auth wasn't given.
    if (value !== null && known.has(value)) return [];
    const own: Filters = value === null ? { account: [accountId] } : { cluster: [value] };
    const name = cluster === null ? 'any cluster' : ownName(cluster, clusterArn);
    const place = fullName.slice(`${name} in `.length);
    const filters = { ...own, reason: ['unreadable'] };
    return [{ name, fullName, place, value, filters, isNew: false, figures: null, sources: null, unread }];
  });
  return [...read, ...unread];
}

function figuresOf(
  counter: Counter,
  own: Selected,
  sources: Readonly<Record<SourceKey, Source>>,
  isCompared: boolean,
): Readonly<Record<FigureKey, Figure>> {
  const granted = { access: ['granted'] };
  const missing = (keys: readonly SourceKey[]) => {
    const key = keys.find((one) => sources[one].isMissing);
    return key === undefined ? null : `${SOURCES[key]} ${sources[key].text}`;
  };
  const ofPeople = missing(['assignments', 'awsAuth', 'accessEntries']);
  const ofAdmins = missing(['rbac', 'assignments', 'awsAuth', 'accessEntries']);
  return {
    people: { ...counter.count('principals', { ...granted, kind: ['USER'] }, own), lacks: ofPeople },
    admins: { ...counter.count('callers', { ...granted, admin: ['yes'] }, own), lacks: ofAdmins },
    routes: { ...counter.count('callers', { ...granted, admin: ['route'] }, own), lacks: ofAdmins },
    changed: {
      ...counter.count('callers', { change: ['new', 'changed', 'gone'] }, own),
      lacks: isCompared ? null : 'not compared',
    },
  };
}

/** Says what was read of a cluster. */
function sourcesOf(
  { file, authenticationMode, rbac, withoutEntries }: PageCluster,
  counter: Counter,
  own: Selected,
): Readonly<Record<SourceKey, Source>> {
  const { asOf, tables, isExpanded } = counter.rows.data;
  const missing = (text: string): Source => ({ text, isMissing: true });
  const known = (text: string): Source => ({ text, isMissing: false });
  const entries = (source: 'aws-auth' | 'access-entry') =>
    withoutEntries.includes(source) ? known('no entries') : READ;
  // It is read whenever an entry needs it.
  const people = asOf === null ? known('– not needed') : READ;
  const unknown = counter.count('entries', { reason: [PEOPLE_UNKNOWN] }, own).number;
  const groups = isExpanded
    ? 0
    : counter.count('principals', { kind: ['GROUP'], access: ['granted'] }, own).number;
  const awsAuth = () => {
    if (authenticationMode === 'API') return known('– not used');
    return file ? entries('aws-auth') : missing('not given');
  };
  const accessEntries = () => {
    if (authenticationMode === null) return missing('not read');
    return authenticationMode === 'CONFIG_MAP' ? known('– not used') : entries('access-entry');
  };
  const assignments = () => {
    if (unknown > 0) return missing(`not read for ${count(unknown)} ${unknown === 1 ? 'entry' : 'entries'}`);
    if (groups === 0) return people;
    return missing(`not listed: members of ${count(groups)} ${groups === 1 ? 'group' : 'groups'}`);
  };
  return {
    aws: people,
    assignments: assignments(),
    awsAuth: awsAuth(),
    accessEntries: accessEntries(),
    rbac: rbac !== null && tables.rbac[rbac]?.knowsBindings ? READ : missing('not given'),
  };
}
