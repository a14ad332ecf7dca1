import fc from 'fast-check';
import { expect } from 'vitest';
import { canBecome, MASTERS } from '../../src/aws-auth/groups.ts';
import { groupBy } from '../../src/group-by.ts';
import { PageRows } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import type { Filters } from '../../src/page/summary/count.ts';
import { type SummaryLine, summaryOf } from '../../src/page/summary/model.ts';
import { NOBODY_REASONS } from '../../src/who/way.ts';
import { worldInTime } from './earlier-world.ts';
import { argvOf, type PageWorld, pageDataOf, pageWorld, runWho } from './worlds.ts';

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
  readonly policies: readonly { readonly policyArn: string }[];
  readonly source: string;
  readonly cluster: string | null;
  readonly clusterArn: string | null;
  readonly unread: { readonly region: string; readonly cause: string } | null;
  readonly risks: readonly string[] | null;
  readonly risksOfEverybody: readonly string[] | null;
}

/** Asserts that each number on top of a page is what `-o json` of the same run has, and leads to those rows. */
export async function expectSameNumbers(seed: number): Promise<void> {
  const world = pageWorld(seed);
  const argv = argvOf(world, seed);
  const page = await pageOf(world, argv);
  const json = await jsonOf(world, argv);
  new Oracle(json, page, argv).check(`seed ${seed}: who ${argv.join(' ')}`);
}

/** The same of a page that compares with an earlier run; and each change has the one head that fits the person. */
export async function expectSameChanges(seed: number): Promise<readonly SummaryLine[]> {
  const { before, now, argvBefore, argvNow } = worldInTime(seed);
  const was = await jsonOf(before, argvBefore);
  const json = await jsonOf(now, argvNow);
  fc.pre(was.length > 0 && json.length > 0);
  // A page or JSON, which doesn't say its options.
  const output = seed % 2 === 0 ? 'html' : 'json';
  const { stdout } = await runWho(before, [...argvBefore, '-o', output]);
  const page = await pageOf({ ...now, files: { ...now.files, old: stdout } }, [...argvNow, '--since', 'old']);
  const context = `seed ${seed}, ${output}: who ${argvBefore.join(' ')}; who ${argvNow.join(' ')}`;
  const oracle = new Oracle(json, page, argvNow);
  oracle.check(context);
  const doubts = page.data.since?.doubts ?? [];
  oracle.checkChanges(was, doubts.length === (output === 'html' ? 0 : 1), context);
  return summaryOf(page).changes ?? [];
}

async function pageOf(world: PageWorld, argv: readonly string[]): Promise<PageRows> {
  const { stdout, stderr, exitCode } = await runWho(world, [...argv, '-o', 'html']);
  expect(exitCode, stderr).toBe(0);
  return new PageRows(pageDataOf(stdout));
}

async function jsonOf(world: PageWorld, argv: readonly string[]): Promise<readonly JsonRow[]> {
  const { stdout, stderr, exitCode } = await runWho(world, [...argv, '-o', 'json']);
  // Too little was read.
  if (/^error: the snapshot of .* has no assignments for/m.test(stderr)) return [];
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

type Unit = (row: JsonRow) => unknown;

/** Counts in the rows of JSON what a page counts, without the page's code. */
class Oracle {
  private readonly json: readonly JsonRow[];
  private readonly page: PageRows;
  private readonly selector: Selector;
  /** Groups whose members have rows. */
  private readonly listed: ReadonlySet<string>;

  constructor(json: readonly JsonRow[], page: PageRows, argv: readonly string[]) {
    this.json = json;
    this.page = page;
    this.selector = new Selector(page);
    const isListed = argv.includes('--expand') || argv.includes('--can');
    this.listed = new Set(isListed ? json.flatMap(({ via }) => via ?? []) : []);
  }

  check(context: string): void {
    const { attention, clusters } = summaryOf(this.page);
    const wanted = this.attention();
    const found = Object.fromEntries(attention.map(({ key, number }) => [key, number]));
    for (const [key, [counts, unit]] of Object.entries(wanted))
      expect(found[key] ?? 0, `${context}: ${key}`).toBe(this.number(counts, unit));
    for (const line of attention) {
      const unit = wanted[line.key]?.[1];
      if (!unit) continue;
      this.checkLink(line, unit, `${context}: ${line.key}`);
      for (const part of line.parts) this.checkLink(part, unit, `${context}: ${line.key}: ${part.label}`);
    }
    for (const { figures, filters, name } of clusters) {
      if (!figures) continue;
      const isHere = (row: JsonRow) => row.unread === null && this.matches(row, -1, filters);
      const own = this.figures();
      for (const [key, [counts, unit]] of Object.entries(own)) {
        const figure = figures[key as keyof typeof own];
        const where = `${context}: ${key} of ${name}`;
        expect(figure.number, where).toBe(this.number((row) => isHere(row) && counts(row), unit));
        this.checkLink(figure, unit, where);
      }
    }
  }

  /** Each line on what needs attention: which rows count, and what they are counted as. */
  private attention(): Record<string, readonly [counts: (row: JsonRow) => boolean, unit: Unit]> {
    const isGranted = ({ access }: JsonRow) => access === 'granted';
    const caller = (row: JsonRow) => this.callerOf(row);
    return {
      admins: [(row) => isGranted(row) && adminOf(row) === 'yes', caller],
      routes: [(row) => isGranted(row) && adminOf(row) === 'route', caller],
      'unknown-admins': [(row) => row.access === 'unknown' && adminOf(row) !== 'no', caller],
      everybody: [(row) => isGranted(row) && (row.risksOfEverybody ?? []).length > 0, caller],
      'no-effect': [
        ({ access, reason }) => access === 'none' && Object.hasOwn(NOBODY_REASONS, reason ?? ''),
        entryOf,
      ],
      deleted: [({ reason }) => reason === 'deleted', principalOf],
      subjects: [({ source, access }) => source === 'binding' && access !== 'none', principalOf],
      unlisted: [
        (row) => !this.page.data.isExpanded && row.principal.type === 'GROUP' && isGranted(row),
        principalOf,
      ],
    };
  }

  /** The same of each cluster. */
  private figures() {
    const { admins, routes } = this.attention();
    const isPerson = ({ principal, access }: JsonRow) => principal.type === 'USER' && access === 'granted';
    return { people: [isPerson, principalOf], admins, routes } as const as Record<
      'people' | 'admins' | 'routes',
      readonly [(row: JsonRow) => boolean, Unit]
    >;
  }

  private number(counts: (row: JsonRow) => boolean, unit: Unit): number {
    return sizeOf(this.json.filter(counts), unit);
  }

  /** The rows behind a number are those that its filters say, and have as many different things. */
  private checkLink(
    { filters, number }: { readonly filters: Filters | null; readonly number: number },
    unit: Unit,
    context: string,
  ): void {
    if (filters === null || number === 0) return;
    const linked = [...this.selector.select({ search: '', filters, sort: null })];
    const wanted = this.json.flatMap((row, index) => (this.matches(row, index, filters) ? index : []));
    expect(linked, `${context}: rows of ${JSON.stringify(filters)}`).toEqual(wanted);
    const rows = linked.flatMap((index) => this.json[index] ?? []);
    expect(number, `${context}: number of ${JSON.stringify(filters)}`).toBe(sizeOf(rows, unit));
  }

  /** True if a row has one of the values of each filter. */
  private matches(row: JsonRow, index: number, filters: Filters): boolean {
    return Object.entries(filters).every(([facet, values]) =>
      this.valuesOf(facet, row, index).some((value) => values.includes(value)),
    );
  }

  private valuesOf(facet: string, row: JsonRow, index: number): readonly string[] {
    const { principal, clusterArn, cluster, source, access, accountId } = row;
    const values: Readonly<Record<string, () => readonly (string | null | undefined)[]>> = {
      access: () => [access],
      account: () => [accountId],
      admin: () => [access === 'none' ? 'no' : adminOf(row)],
      cause: () => [row.unread?.cause],
      change: () => [this.page.change(index)?.kind ?? 'unchanged'],
      changed: () => [this.page.change(index)?.head],
      cluster: () => [clusterArn ?? cluster ?? this.clusterOf(index)],
      everybody: () => row.risksOfEverybody ?? [],
      kind: () => [principal.type],
      listed: () => [principal.type === 'GROUP' && this.listed.has(principal.name ?? '') ? 'yes' : 'no'],
      policy: () => row.policies.map(({ policyArn }) => policyArn.replace(/.*\//, '')),
      reason: () => [row.reason ?? (access === 'unknown' ? 'people-unknown' : null)],
      risk: () => row.risks ?? (adminOf(row) === 'yes' ? ['cluster-admin'] : []),
      source: () => [source],
      // JSON has the risks and the bindings, but not which brings which.
      through: () => this.page.row(index).routes.map(({ risk, through }) => `${risk} through ${through}`),
    };
    const own = values[facet];
    if (!own) throw new Error(`${facet} isn't counted`);
    return own().filter((value) => typeof value === 'string');
  }

  /** Without a name, a cluster's rows have its file. */
  private clusterOf(index: number): string | undefined {
    if (index < 0) return this.page.data.clusters[0]?.file?.name;
    const { clusterIndex } = this.page.entry(this.page.index(index, 'entries'));
    return clusterIndex === null ? undefined : this.page.data.clusters[clusterIndex]?.file?.name;
  }

  /** Null for a group whose members are counted. */
  private callerOf(row: JsonRow): unknown {
    const { type, name } = row.principal;
    return type === 'GROUP' && this.listed.has(name ?? '') ? null : principalOf(row);
  }

  /** @param isCompared true if nothing is said not to be compared */
  checkChanges(was: readonly JsonRow[], isCompared: boolean, context: string): void {
    const { changes, clusters } = summaryOf(this.page);
    const rows = Array.from({ length: this.page.count }, (_, index) => {
      const { principal, via, cluster, clusterArn } = this.page.row(index);
      const place = clusterArn ?? cluster;
      return { change: this.page.change(index), principal, via, place, cluster, clusterArn, index };
    });
    const changed = rows.filter(({ change }) => change !== null);
    // A row of the earlier run is there only because it is gone.
    for (const { index, change } of rows)
      if (index >= this.json.length) expect(change?.kind, `${context}: row ${index}`).toBe('gone');
    const keyOf = ({ principal: { type, id } }: Pick<JsonRow, 'principal'>) => `${type} ${id}`;
    for (const [key, own] of groupBy(changed, (row) => `${row.place} ${keyOf(row)}`)) {
      const heads = new Set(own.map(({ change }) => change?.head));
      expect([...heads], `${context}: heads of ${key}`).toHaveLength(1);
      const [first] = own;
      const [head] = heads;
      // Rows that aren't compared count as the same in both runs.
      const isSubject = first?.principal.type.startsWith('KUBERNETES_');
      if (!first || head === 'unknown-people' || !isCompared || isSubject) continue;
      const person = keyOf(first);
      const here = (row: JsonRow) => keyOf(row) === person && row.access !== 'none' && row.unread === null;
      const at = (row: JsonRow) => here(row) && isSamePlace(row, first);
      const states = [was.filter(at), this.json.filter(at)].map(stateOf);
      const anywhere = [was.some(here), this.json.some(here)];
      expect(head, `${context}: ${key} was and is ${states}, anywhere ${anywhere}`).toBe(
        headOf(states, anywhere),
      );
    }
    // Nobody's change is left out.
    const people = [...was, ...this.json].filter(
      ({ principal: { type }, unread }) => unread === null && PEOPLE.includes(type),
    );
    for (const row of isCompared ? people : []) {
      const isOwn = (one: Pick<JsonRow, 'principal' | 'cluster' | 'clusterArn'>) =>
        keyOf(one) === keyOf(row) && isSamePlace(one, row);
      const states = [was, this.json].map((side) =>
        stateOf(side.filter((one) => isOwn(one) && one.access !== 'none')),
      );
      if (states[0] === states[1]) continue;
      expect(changed.some(isOwn), `${context}: ${keyOf(row)} in ${row.cluster} was and is ${states}`).toBe(
        true,
      );
    }
    // Members say what became of their group, those of the earlier run if the group is gone.
    const present = new Set(this.json.map(({ principal }) => principal.name));
    const gone = this.page.data.isExpanded
      ? changed.flatMap(({ index, via }) => (index < this.json.length || present.has(via) ? [] : (via ?? [])))
      : [];
    const listed = new Set([...this.listed, ...gone]);
    const callers = changed.filter(
      ({ principal: { type, name } }) => type !== 'GROUP' || !listed.has(name ?? ''),
    );
    for (const { key, number, filters } of changes ?? []) {
      if (key.endsWith('-clusters')) continue;
      const own = (key === 'unknown-people' ? changed : callers).filter(({ change }) => change?.head === key);
      if (key !== 'unknown-people') expect(number, `${context}: ${key}`).toBe(new Set(own.map(keyOf)).size);
      const linked = [...this.selector.select({ search: '', filters: filters ?? {}, sort: null })];
      if (number > 0) expect(linked, `${context}: rows of ${key}`).toEqual(own.map(({ index }) => index));
    }
    for (const { value, figures, name } of clusters) {
      const own = callers.filter(({ place }) => place === value);
      if (figures && value !== null)
        expect(figures.changed.number, `${context}: changed of ${name}`).toBe(new Set(own.map(keyOf)).size);
    }
  }
}

const PEOPLE = ['USER', 'GROUP', 'IAM_USER', 'ACCOUNT'];

type Place = Pick<JsonRow, 'cluster' | 'clusterArn'>;

/** Labels of clusters that share a name are ARNs. */
function isSamePlace(one: Place, other: Place): boolean {
  if (one.clusterArn && other.clusterArn) return one.clusterArn === other.clusterArn;
  const [name, same] = [one, other].map(({ cluster }) => cluster?.replace(/^arn:.*\//, ''));
  return name === same;
}

const STATES = ['none', 'access', 'route', 'yes'] as const;

/** The most that some rows grant: none, access, could become admin, admin. */
function stateOf(granted: readonly JsonRow[]): number {
  return Math.max(0, ...granted.map((row) => Math.max(1, STATES.indexOf(adminOf(row) as 'yes'))));
}

function headOf([was = 0, now = 0]: readonly number[], [had, has]: readonly boolean[]): string {
  if (now === 3 && was < 3) return 'became-admin';
  if (now === 2 && was < 2) return 'route';
  if (was === 3 && now < 3) return 'no-longer-admin';
  if (had === has) return 'changed';
  return has ? 'new' : 'gone';
}

function sizeOf(rows: readonly JsonRow[], unit: Unit): number {
  const things = rows.map(unit).filter((thing) => thing !== null);
  return new Set(things.map((thing) => JSON.stringify(thing))).size;
}

function principalOf({ principal: { type, id } }: JsonRow): unknown {
  return [type, id];
}

function entryOf({ cluster, clusterArn, source, rolearn, username, groups }: JsonRow): unknown {
  return [cluster, clusterArn, source, rolearn, username, groups];
}

/** Without RBAC manifests, JSON has no risks of groups: then the group says it. */
function adminOf({ risks, groups, principal }: JsonRow): 'yes' | 'route' | 'no' {
  if (risks?.includes('cluster-admin')) return 'yes';
  if (groups.some((group) => group === MASTERS || becomesMasters(group, principal.type))) return 'yes';
  return (risks ?? []).length > 0 ? 'route' : 'no';
}

/** With a session name that its callers choose. */
function becomesMasters(group: string, type: string): boolean {
  return type !== 'USER' && group.includes('{{SessionName') && canBecome(group, MASTERS);
}
