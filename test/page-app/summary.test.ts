import { describe, expect, test } from 'vitest';
import { canBecome, MASTERS } from '../../src/aws-auth/groups.ts';
import { PageRows, personValue } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import type { Filters } from '../../src/page/summary/count.ts';
import { type Line, type Summary, summaryOf } from '../../src/page/summary/model.ts';
import { NOBODY_REASONS } from '../../src/who/way.ts';
import { wholeRuns } from '../runs.ts';
import { argvOf, INPUTS, pageDataOf, pageWorld, runWho } from './worlds.ts';

/** A row of `-o json`, as far as the top of the page counts it. */
interface JsonRow {
  readonly principal: { readonly type: string; readonly id: string; readonly name: string | null };
  readonly via: string | null;
  readonly access: string;
  readonly reason: string | null;
  readonly accountId: string;
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly source: string;
  readonly cluster: string | null;
  readonly clusterArn: string | null;
  readonly unread: { readonly region: string; readonly cause: string } | null;
  readonly risks: readonly string[] | null;
  readonly risksOfEverybody: readonly string[] | null;
}

const { numRuns } = wholeRuns(200);

describe('the numbers on top of the page', () => {
  test('equal counts of -o json', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < numRuns; seed += 1) {
      const world = pageWorld(seed);
      const argv = argvOf(world, seed);
      const html = await runWho(world, [...argv, '-o', 'html']);
      const { stdout } = await runWho(world, [...argv, '-o', 'json']);
      const json: readonly JsonRow[] = JSON.parse(stdout);
      const summary = summaryOf(new PageRows(pageDataOf(html.stdout)));
      const context = `seed ${seed}: who ${argv.join(' ')}`;
      expect(linesIn(summary), context).toEqual(countedIn(json, argv));
      for (const { value, figures } of summary.clusters) {
        if (!figures) continue;
        const own = json.filter(
          ({ cluster, clusterArn }) => value === null || (clusterArn ?? cluster) === value,
        );
        const { people, admins, routes } = CLUSTER_COUNTS(own, argv, json);
        expect(
          { people: figures.people.number, admins: figures.admins.number, routes: figures.routes.number },
          `${context}: ${value}`,
        ).toEqual({ people, admins, routes });
      }
      for (const { key } of summary.attention) seen.add(key);
    }
    for (const key of ['admins', 'deleted', 'no-effect', 'not-read', 'routes', 'subjects', 'unknown-admins'])
      expect(seen).toContain(key);
  });

  test('are the things in the rows of their links', async () => {
    const units = new Set<string>();
    for (let seed = 0; seed < numRuns; seed += 1) {
      const world = pageWorld(seed);
      const argv = argvOf(world, seed);
      const rows = await rowsWithSince(seed, argv);
      const selector = new Selector(rows);
      const summary = summaryOf(rows);
      for (const { key, number, filters } of linksOf(summary)) {
        const found = selector.select({ search: '', filters, sort: null });
        const unit = unitOf(key, filters);
        const things = new Set(Array.from(found, (row) => thing(rows, row, unit)));
        expect(number, `seed ${seed}: ${key} ${JSON.stringify(filters)}`).toBe(things.size);
        units.add(unit);
      }
    }
    expect([...units].sort()).toEqual(['entry', 'person', 'place', 'principal']);
  });
});

type JsonCount = readonly [counts: (row: JsonRow) => boolean, unit: (row: JsonRow) => unknown];

const isGranted = ({ access }: JsonRow) => access === 'granted';
const principalOf = ({ principal: { type, id } }: JsonRow) => [type, id];
const entryOf = ({ cluster, clusterArn, source, rolearn, username, groups }: JsonRow) => [
  cluster,
  clusterArn,
  source,
  rolearn,
  username,
  groups,
];

/** The lines that count rows: which rows, and as what. Written from what JSON says, without the page. */
const LINES: Readonly<Record<string, JsonCount>> = {
  everybody: [({ risksOfEverybody }) => (risksOfEverybody ?? []).length > 0, principalOf],
  admins: [(row) => isGranted(row) && isAdmin(row), principalOf],
  routes: [(row) => isGranted(row) && canBecomeAdmin(row), principalOf],
  'unknown-admins': [(row) => row.access === 'unknown' && (isAdmin(row) || canBecomeAdmin(row)), principalOf],
  'no-effect': [
    ({ access, reason }) => access === 'none' && reason !== null && Object.hasOwn(NOBODY_REASONS, reason),
    entryOf,
  ],
  deleted: [({ reason }) => reason === 'deleted', principalOf],
  subjects: [({ source }) => source === 'binding', principalOf],
  unlisted: [(row) => isGranted(row) && row.principal.type === 'GROUP', principalOf],
};

const OF_CALLERS = ['everybody', 'admins', 'routes', 'unknown-admins'];

function countedIn(json: readonly JsonRow[], argv: readonly string[]): Record<string, number> {
  const isListed = listedGroups(json, argv);
  const numbers = Object.entries(LINES).map(([key, [counts, unit]]): [string, number] => {
    const own = json.filter((row) => counts(row) && !(OF_CALLERS.includes(key) && isListed(row)));
    return [key, new Set(own.map((row) => JSON.stringify(unit(row)))).size];
  });
  const shown = numbers.filter(([key, number]) => number > 0 && !(key === 'unlisted' && isExpanded(argv)));
  return Object.fromEntries(shown);
}

function CLUSTER_COUNTS(own: readonly JsonRow[], argv: readonly string[], all: readonly JsonRow[]) {
  const isListed = listedGroups(all, argv);
  const distinct = (rows: readonly JsonRow[]) =>
    new Set(rows.map((row) => JSON.stringify(principalOf(row)))).size;
  const granted = own.filter(isGranted);
  const callers = granted.filter((row) => !isListed(row));
  return {
    people: distinct(granted.filter(({ principal }) => principal.type === 'USER')),
    admins: distinct(callers.filter(isAdmin)),
    routes: distinct(callers.filter(canBecomeAdmin)),
  };
}

/** With --can, members are listed, too. */
function isExpanded(argv: readonly string[]): boolean {
  return argv.includes('--expand') || argv.includes('--can');
}

/** Tests for groups that bring a row for a member. */
function listedGroups(json: readonly JsonRow[], argv: readonly string[]): (row: JsonRow) => boolean {
  const names = new Set(isExpanded(argv) ? json.flatMap(({ via }) => via ?? []) : []);
  return ({ principal: { type, name } }) => type === 'GROUP' && name !== null && names.has(name);
}

/** Without RBAC manifests, JSON has no risks of groups: then the group says it. */
function isAdmin({ risks, access, groups, principal }: JsonRow): boolean {
  if (risks?.includes('cluster-admin')) return true;
  const becomes = (group: string) =>
    principal.type !== 'USER' && group.includes('{{SessionName') && canBecome(group, MASTERS);
  return access !== 'none' && groups.some((group) => group === MASTERS || becomes(group));
}

function canBecomeAdmin(row: JsonRow): boolean {
  return !isAdmin(row) && (row.risks ?? []).length > 0;
}

function linesIn({ attention }: Summary): Record<string, number> {
  const counted = attention.filter(({ key }) => Object.hasOwn(LINES, key));
  return Object.fromEntries(counted.map(({ key, number }) => [key, number]));
}

/** The page of a world; every second one compared with another world. */
async function rowsWithSince(seed: number, argv: readonly string[]): Promise<PageRows> {
  const world = pageWorld(seed);
  if (seed % 2 === 0 || argv.includes('--can') || argv.includes('--user')) {
    const { stdout } = await runWho(world, [...argv, '-o', 'html']);
    return new PageRows(pageDataOf(stdout));
  }
  const other = pageWorld(seed + 1);
  const options = ['--cluster', '*', '--rbac', '*=rbac.yaml', '--expand'];
  const earlier = await runWho(other, [...INPUTS, ...other.awsAuths, ...options, '-o', 'json']);
  const withOld = { ...world, files: { ...world.files, 'old.json': earlier.stdout } };
  const html = await runWho(withOld, [
    ...INPUTS,
    ...world.awsAuths,
    ...options,
    ...['--since', 'old.json', '-o', 'html'],
  ]);
  expect(html.exitCode, html.stderr).toBe(0);
  return new PageRows(pageDataOf(html.stdout));
}

interface Linked {
  readonly key: string;
  readonly number: number;
  readonly filters: Filters;
}

/** Everything that has a number and a link. */
function linksOf({ clusters, changes, attention }: Summary): Linked[] {
  const figures = clusters.flatMap((one) =>
    Object.entries(one.figures ?? {}).map(([key, figure]) => ({ ...figure, key: `cluster ${key}` })),
  );
  const ofLine = ({ key, filters, number, parts }: Line): Linked[] => [
    ...(filters && !key.endsWith('-clusters') ? [{ key, number, filters }] : []),
    ...parts.flatMap(({ through, label, ...part }) => [
      // Clusters whose source is missing may have no rows.
      ...(Object.keys(part.filters).join() === 'cluster' ? [] : [{ ...part, key }]),
      ...through.map((one) => ({ ...one, key })),
    ]),
  ];
  const lines = [...(changes ?? []).filter(({ number }) => number > 0), ...attention];
  return [...figures, ...lines.flatMap(ofLine)];
}

/** Reasons of people, not of entries. */
const OF_PRINCIPALS = ['cluster-unknown', 'bindings-unknown', 'access-policy'];

type Unit = 'principal' | 'person' | 'entry' | 'place';

function unitOf(key: string, { cause, reason = [] }: Filters): Unit {
  if (cause) return 'place';
  if (OF_PRINCIPALS.includes(reason.join())) return 'principal';
  if (['no-effect', 'not-read', 'unknown-people'].includes(key)) return 'entry';
  const isChange = ['became-admin', 'route', 'no-longer-admin', 'new', 'gone', 'changed'].includes(key);
  return isChange || key === 'cluster changed' ? 'person' : 'principal';
}

function thing(rows: PageRows, index: number, unit: Unit): string {
  const row = rows.row(index);
  const { principal, cluster, clusterArn, source, rolearn, username, groups, accountId, unread } = row;
  if (unit === 'person') return personValue(principal);
  if (unit === 'principal') return JSON.stringify([principal.type, principal.id]);
  if (unit === 'place') return JSON.stringify([accountId, unread?.region, cluster]);
  return JSON.stringify([cluster, clusterArn, source, rolearn, username, groups]);
}
