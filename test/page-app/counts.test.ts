import { describe, expect, test } from 'vitest';
import { canBecome, isNodeEntry, MASTERS } from '../../src/aws-auth/groups.ts';
import { type Count, countsIn } from '../../src/page/app/summary/counts.ts';
import { openItems } from '../../src/page/app/summary/open.ts';
import { CARDS, CHANGES } from '../../src/page/app/summary/summary.ts';
import { PageRows } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import { RISKS } from '../../src/rbac/ways-to-admin.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import type { RowChange } from '../../src/who/since/row-change.ts';
import { NOBODY_REASONS } from '../../src/who/way.ts';
import { ADMIN, accessEntry, clusterWorld, eksCluster, policy } from '../access-entry/eks-cluster.ts';
import { run } from '../cli/run.ts';
import { account, role, snapshotText } from '../directory/build-inventory.ts';
import { wholeRuns } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { argvOf, INPUTS, type PageWorld, pageDataOf, pageWorld, runWho } from './worlds.ts';

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
  readonly policies: readonly { readonly policyArn: string; readonly scope: unknown }[];
  readonly source: string;
  readonly cluster: string | null;
  readonly clusterArn: string | null;
  readonly unread: { readonly region: string; readonly cause: string } | null;
  readonly risks: readonly string[] | null;
  readonly risksOfEverybody: readonly string[] | null;
}

const { numRuns } = wholeRuns(200);

describe('the numbers on top of the page', () => {
  test('equal -o json, and each leads to exactly its rows', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < numRuns; seed += 1) {
      const world = pageWorld(seed);
      const argv = argvOf(world, seed);
      const html = await runWho(world, [...argv, '-o', 'html']);
      const { stdout } = await runWho(world, [...argv, '-o', 'json']);
      const json: readonly JsonRow[] = JSON.parse(stdout);
      const rows = new PageRows(pageDataOf(html.stdout));
      const selector = new Selector(rows);
      const summary = summaryOf(rows, selector);
      const context = `seed ${seed}: who ${argv.join(' ')}`;
      expect(numbersOf(summary), context).toEqual(numbersIn(json, listedGroups(argv, json)));
      for (const [name, count] of countsOf(summary)) {
        const linked = selector.select({ search: '', filters: count.filters, sort: null });
        expect([...linked], `${context}: ${name}`).toEqual([...rowsOf(name, json)]);
        if (count.number > 0) seen.add(name);
      }
    }
    for (const name of ['users', 'nodes', 'admins', 'routes', 'risk read-secrets', 'reason role-gone'])
      expect(seen).toContain(name);
  });

  test('count each role and group that brings a route by the rows that name it', async () => {
    const rows = await rowsOfWorld(pageWorld(7), ['--cluster', '*', '--rbac', '*=rbac.yaml', '--expand']);
    const parts = summaryOf(rows, new Selector(rows)).open.flatMap((item) => [
      ...(item.title === 'Cluster admins' ? item.parts.map((one) => ['cluster-admin', one] as const) : []),
      ...item.parts.flatMap(({ count, through }) =>
        through.map((one) => [facetName(count).slice(5), one] as const),
      ),
    ]);
    expect(parts.length).toBeGreaterThan(1);
    const groups = new Set(allRows(rows).flatMap(({ via }) => via ?? []));
    for (const [risk, { text, count }] of parts) {
      const those = allRows(rows).filter(
        ({ routes, principal: { type, name } }) =>
          routes.some((route) => route.risk === risk && route.through === text) &&
          !(type === 'GROUP' && groups.has(name ?? '')),
      );
      expect(count.number, `${risk} through ${text}`).toBe(
        new Set(those.map(({ principal }) => principal.id)).size,
      );
    }
  });

  test('count the roles whose people were not read', async () => {
    const other = role('444455556666', 'View', 5);
    const entries = [accessEntry(ADMIN.pathArn), accessEntry(other.pathArn, { policies: [CLUSTER_ADMIN] })];
    const world = clusterWorld(eksCluster('API', entries));
    const accounts = [...world.accounts, account(other.accountId, null, { assignmentsRead: false })];
    const cwd = await scratch({ 'aws.json': snapshotText({ ...world, accounts, roles: [ADMIN, other] }) });
    const { stdout } = await run(['who', '--inventory', 'aws.json', '--cluster', 'prod', '-o', 'html'], {
      cwd,
    });
    const { totals, open } = summaryOfHtml(stdout);
    expect(totals.groups.number).toBe(1);
    expect(totals.unknownAdmins.number).toBe(1);
    expect(open.map(({ title, count }) => `${count.number} ${title}`)).toEqual([
      '1 Cluster admins',
      "1 Roles whose people aren't known",
    ]);
  });

  test('leave out rows of an earlier run, except for what is gone', async () => {
    const now = await rowsOfWorld(pageWorld(7), ['--cluster', '*']);
    const { tables, rows: columns } = now.data;
    const lost = { field: 'access', was: ['granted'], now: ['none'] } as const;
    const changes: readonly (RowChange | null)[] = [
      null,
      { kind: 'new', head: 'new', before: [] },
      { kind: 'gone', head: 'gone', before: [lost] },
      { kind: 'gone', head: 'gone', before: [] },
    ];
    // The first row is new, the second is gone and still a row, and a copy of a third, for someone else, is an earlier row.
    const principals = [...tables.principals, { type: 'USER', id: 'u-gone', name: 'gone' } as const];
    const granted = allRows(now).findIndex(({ access }) => access === 'granted');
    const lastGrant = tables.grants[columns.grants[granted] ?? 0];
    const grants = lastGrant ? [...tables.grants, lastGrant] : [];
    const withEarlier = mapRecord(columns, (column) => [...column, column[granted] ?? 0]);
    const rows = new PageRows({
      ...now.data,
      since: { file: 'old.json', asOf: null, doubts: [], newClusters: [], goneClusters: [], earlierRows: 1 },
      tables: { ...tables, principals, changes, grants },
      rows: {
        ...withEarlier,
        principals: [...columns.principals, principals.length - 1],
        grants: [...columns.grants, grants.length - 1],
        changes: [1, 2, ...columns.changes.slice(2).map(() => 0), 3],
      },
    });
    const [before, after] = [now, rows].map((one) => summaryOf(one, new Selector(one)));
    const byKind = new Selector(rows).counts('change', { search: '', filters: {} });
    expect(byKind.get('gone')).toBe(2);
    expect(byKind.get('new')).toBe(1);
    expect(byKind.has('changed')).toBe(false);
    expect(after?.changes?.gone.number).toBeGreaterThan(0);
    const numbers = (one: Summary | undefined) => one && mapRecord(one.totals, ({ number }) => number);
    expect(numbers(after)).toEqual(numbers(before));
    expect(before?.changes).toBeNull();
  });
});

const CLUSTER_ADMIN = policy('AmazonEKSClusterAdminPolicy');

type Summary = ReturnType<typeof summaryOf>;

function summaryOf(rows: PageRows, selector: Selector) {
  const page = { rows, selector };
  return {
    totals: countsIn(page, CARDS),
    changes: rows.data.since === null ? null : countsIn(page, CHANGES),
    open: openItems(page),
  };
}

function mapRecord<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From) => To,
): Record<Key, To> {
  const entries = Object.entries<From>(record).map(([key, value]) => [key, map(value)]);
  return Object.fromEntries(entries) as Record<Key, To>;
}

async function rowsOfWorld(world: PageWorld, argv: readonly string[]): Promise<PageRows> {
  const { stdout } = await runWho(world, [...INPUTS, ...world.awsAuths, ...argv, '-o', 'html']);
  return new PageRows(pageDataOf(stdout));
}

function allRows(rows: PageRows): WhoRow[] {
  return Array.from({ length: rows.count }, (_, index) => rows.row(index));
}

function summaryOfHtml(html: string): Summary {
  const rows = new PageRows(pageDataOf(html));
  return summaryOf(rows, new Selector(rows));
}

/** All counts of a summary by name, also of parts; without the clusters. */
function countsOf({ totals, open }: Summary): [string, Count][] {
  const all: [string, Count][] = open.flatMap(({ title, count, parts }) =>
    parts.length === 0
      ? [[facetName(count), count] as [string, Count]]
      : [[title, count], ...parts.map((part): [string, Count] => [facetName(part.count), part.count])],
  );
  // Routes through a role aren't in JSON by themselves.
  return [...Object.entries(totals), ...all.filter(([name]) => !name.startsWith('through '))];
}

/** `reason role-gone` */
function facetName({ filters }: Count): string {
  const own = Object.entries(filters).filter(([facet]) => facet !== 'run');
  const [facet = '', values = []] = own.at(-1) ?? [];
  return `${facet} ${values.join()}`;
}

function numbersOf(summary: Summary): Record<string, number> {
  return Object.fromEntries(countsOf(summary).map(([name, { number }]) => [name, number]));
}

/** For each name, whether a row counts, and what it is counted as: written from what JSON says, without the page. */
const IN_JSON: Readonly<
  Record<
    string,
    readonly [counts: (row: JsonRow) => boolean, unit: (row: JsonRow, listed: ReadonlySet<string>) => unknown]
  >
> = {
  users: [({ principal, access }) => principal.type === 'USER' && access === 'granted', principalOf],
  groups: [({ principal, access }) => principal.type === 'GROUP' && access === 'granted', principalOf],
  others: [(row) => isOther(row) && !isNode(row), principalOf],
  nodes: [(row) => isOther(row) && isNode(row), principalOf],
  awsAuth: [({ source, unread }) => source === 'aws-auth' && !unread, entryOf],
  accessEntries: [({ source, unread }) => source === 'access-entry' && !unread, entryOf],
  entries: [({ source, unread }) => source !== 'binding' && !unread, entryOf],
  admins: [(row) => isAdmin(row) && row.access === 'granted', callerOf],
  unknownAdmins: [(row) => isAdmin(row) && row.access === 'unknown', callerOf],
  routes: [(row) => !isAdmin(row) && (row.risks ?? []).length > 0, callerOf],
  'Cluster admins': [isAdmin, callerOf],
  'Could become cluster admin': [(row) => !isAdmin(row) && (row.risks ?? []).length > 0, callerOf],
  'Everyone with access could become cluster admin': [
    ({ risksOfEverybody }) => (risksOfEverybody ?? []).length > 0,
    callerOf,
  ],
  'Entries without effect': [({ access, reason }) => access === 'none' && reason !== 'deleted', entryOf],
  'reason deleted': [({ reason }) => reason === 'deleted', principalOf],
  'reason people-unknown': [({ access, reason }) => access === 'unknown' && reason === null, entryOf],
  'reason account-access': [({ reason }) => reason === 'account-access', entryOf],
  'reason cluster-unknown': [({ reason }) => reason === 'cluster-unknown', callerOf],
  'reason bindings-unknown': [({ reason }) => reason === 'bindings-unknown', callerOf],
  'reason access-policy': [({ reason }) => reason === 'access-policy', callerOf],
  ...Object.fromEntries(
    Object.keys(NOBODY_REASONS).map((code) => [
      `reason ${code}`,
      [({ access, reason }: JsonRow) => access === 'none' && reason === code, entryOf],
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(RISKS).flatMap((code) => [
      [`risk ${code}`, [(row: JsonRow) => !isAdmin(row) && row.risks?.includes(code), callerOf]],
      [`everybody ${code}`, [(row: JsonRow) => row.risksOfEverybody?.includes(code), callerOf]],
    ]),
  ),
};

function numbersIn(json: readonly JsonRow[], listed: ReadonlySet<string>): Record<string, number> {
  const causes = new Set(json.flatMap(({ unread }) => unread?.cause ?? []));
  const names = [...Object.keys(IN_JSON), ...[...causes].map((cause) => `cause ${cause}`)];
  const numbers = names.map((name): [string, number] => {
    const unit =
      IN_JSON[name]?.[1] ?? (({ accountId, unread, cluster }) => [accountId, unread?.region, cluster]);
    const counted = rowsOf(name, json).map((index) => json[index] && unit(json[index], listed));
    const items = counted.filter((item) => item !== null);
    return [name, new Set(items.map((item) => JSON.stringify(item))).size];
  });
  // Only items with a number above 0 are open.
  return Object.fromEntries(numbers.filter(([name, number]) => number > 0 || !name.includes(' ')));
}

/** The indexes of the rows that count. */
function rowsOf(name: string, json: readonly JsonRow[]): number[] {
  const counts = IN_JSON[name]?.[0] ?? (({ unread }: JsonRow) => `cause ${unread?.cause}` === name);
  return json.flatMap((row, index) => (counts(row) ? index : []));
}

function principalOf({ principal: { type, id } }: JsonRow): unknown {
  return [type, id];
}

/** Null for a group whose members are counted. */
function callerOf(row: JsonRow, listed: ReadonlySet<string>): unknown {
  const { type, name } = row.principal;
  return type === 'GROUP' && listed.has(name ?? '') ? null : principalOf(row);
}

/** Groups that bring a row for a member; with --can, members are listed, too. */
function listedGroups(argv: readonly string[], json: readonly JsonRow[]): ReadonlySet<string> {
  const isListed = argv.includes('--expand') || argv.includes('--can');
  return new Set(isListed ? json.flatMap(({ via }) => via ?? []) : []);
}

function entryOf({ cluster, clusterArn, source, rolearn, username, groups }: JsonRow): unknown {
  return [cluster, clusterArn, source, rolearn, username, groups];
}

function isOther({ principal: { type }, access }: JsonRow): boolean {
  return ['IAM_ROLE', 'IAM_USER', 'ACCOUNT'].includes(type) && access === 'granted';
}

function isNode(row: JsonRow): boolean {
  return isNodeEntry(row);
}

/** Without RBAC manifests, JSON has no risks of groups: then the group says it. */
function isAdmin({ risks, access, groups, principal }: JsonRow): boolean {
  if (risks?.includes('cluster-admin')) return true;
  return (
    access !== 'none' && groups.some((group) => group === MASTERS || becomesMasters(group, principal.type))
  );
}

/** With a session name that its callers choose. */
function becomesMasters(group: string, type: string): boolean {
  return type !== 'USER' && group.includes('{{SessionName') && canBecome(group, MASTERS);
}
