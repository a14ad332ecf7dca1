import { describe, expect, test } from 'vitest';
import { ANY_CALLER } from '../../src/aws-auth/loaded.ts';
import { policyName } from '../../src/eks.ts';
import { memo } from '../../src/memo.ts';
import { type Graph, graphOf } from '../../src/page/app/graph/graph.ts';
import { placeGraph } from '../../src/page/app/graph/layout.ts';
import type { Layer } from '../../src/page/app/graph/model.ts';
import { PageRows } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import { isPolicy, roleText } from '../../src/rbac/model.ts';

import type { WhoRow } from '../../src/who/rows.ts';
import { Draw } from '../draw.ts';
import { runs } from '../runs.ts';
import { crowd } from './crowd.ts';
import { argvOf, pageDataOf, pageWorld, runWho } from './worlds.ts';

const { numRuns } = runs(40);

function graphOfRows(rows: PageRows, selected: Iterable<number> = allOf(rows)): Graph {
  return graphOf(rows, selected, new Selector(rows).values);
}

function allOf(rows: PageRows): number[] {
  return Array.from({ length: rows.count }, (_, row) => row);
}

/** The rows of a generated world, and some of them. */
const drawnRows = memo(async (seed: number): Promise<{ rows: PageRows; selected: readonly number[] }> => {
  const world = pageWorld(seed);
  const { stdout } = await runWho(world, [...argvOf(world, seed), '-o', 'html']);
  const rows = new PageRows(pageDataOf(stdout));
  const draw = new Draw(seed);
  const isWhole = draw.percent(50);
  return { rows, selected: allOf(rows).filter(() => isWhole || draw.percent(40)) };
});

/** A step on the path of a row: a column, and the name there. */
type Step = readonly [Layer, string];

/** The path of a row, from its principal to its entry. */
function stepsOf(row: WhoRow): Step[] {
  const { principal, via, permissionSet, accountName, accountId, username, unread, cluster, way } = row;
  const account = accountName ?? accountId;
  const isPerson = principal.type === 'USER' || principal.type === 'GROUP';
  const isNobody = !unread && way?.principal == null;
  const who = isNobody
    ? row.access === 'none'
      ? 'Nobody'
      : 'Unknown people'
    : (principal.name ?? principal.id);
  const first: Step = [principal.type === 'GROUP' ? 'via' : 'person', who];
  const between: Step[] =
    (isPerson || isNobody) && permissionSet !== null && !unread
      ? [
          ['set', permissionSet],
          ['account', account],
        ]
      : [];
  const anyone = row.source === 'binding' ? row.groups.join() : ANY_CALLER;
  const entry: Step = ['entry', unread ? (cluster ?? account) : username || anyone];
  return [first, ...(isPerson && via !== null ? [['via', via] as const] : []), ...between, entry];
}

/** The nodes at the end of the paths that take these steps. */
function follow({ nodes, edges }: Graph, [first, ...others]: readonly Step[]): Graph['nodes'][number][] {
  const isAt = (node: Graph['nodes'][number], step: Step | undefined) =>
    node.layer === step?.[0] && node.names.includes(step[1]);
  let reached = nodes.filter((node) => isAt(node, first));
  for (const step of others)
    reached = nodes.filter(
      (node) =>
        isAt(node, step) &&
        edges.some(({ from, to }) => to === node.id && reached.some(({ id }) => id === from)),
    );
  return reached;
}

/** All paths from a node to an entry, as steps. */
function pathsFrom(graph: Graph, node: Graph['nodes'][number]): string[][] {
  const own = [`${node.layer} ${node.title}`];
  if (node.layer === 'entry') return [own];
  const next = graph.edges.filter(({ from }) => from === node.id).map(({ to }) => to);
  return graph.nodes
    .filter(({ id, layer }) => next.includes(id) && layer !== 'role')
    .flatMap((one) => pathsFrom(graph, one))
    .map((path) => [...own, ...path]);
}

describe('in generated worlds', () => {
  test('each row has its path, and each path is the path of a row', async () => {
    for (let seed = 0; seed < numRuns; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      const graph = graphOfRows(rows, selected);
      const all = selected.map((index) => rows.row(index));
      for (const row of all) {
        const steps = stepsOf(row);
        expect(follow(graph, steps), `seed ${seed}: ${JSON.stringify(steps)}`).not.toEqual([]);
        if (row.access === 'none' || row.unread) continue;
        for (const group of row.groups)
          expect(follow(graph, [...steps, ['group', group]]), `seed ${seed}: ${steps} ${group}`).not.toEqual(
            [],
          );
        for (const policy of row.policies)
          expect(follow(graph, [...steps, ['group', policyName(policy)]]), `seed ${seed}`).not.toEqual([]);
        for (const bound of row.rights?.roles ?? []) {
          if (isPolicy(bound)) continue;
          const role: Step = ['role', roleText(bound.role)];
          const ways = [
            [...steps, ['group', bound.subject.name] as const, role],
            [...steps, role],
            [...steps.slice(0, 1), role],
          ];
          expect(
            ways.flatMap((way) => follow(graph, way)),
            `seed ${seed}: ${role}`,
          ).not.toEqual([]);
        }
      }
      if (graph.notes.length > 0) continue;
      const known = new Set(
        all.map((row) =>
          stepsOf(row)
            .map((step) => step.join(' '))
            .join(' > '),
        ),
      );
      const targets = new Set(graph.edges.map(({ to }) => to));
      for (const node of graph.nodes)
        if (!targets.has(node.id) && node.layer !== 'group')
          for (const path of pathsFrom(graph, node))
            expect(known, `seed ${seed}`).toContain(path.join(' > '));
    }
  });

  test('those with a route to cluster admin are marked, and nobody else', async () => {
    for (let seed = 0; seed < numRuns; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      const graph = graphOfRows(rows, selected);
      if (graph.notes.length > 0) continue;
      const all = selected.map((index) => rows.row(index));
      const isMarked = new Map(graph.nodes.map(({ id, isAdmin }) => [id, isAdmin]));
      for (const { principal, way, unread } of all) {
        if (principal.type === 'GROUP' || (!unread && way?.principal == null)) continue;
        const own = all.filter(
          (row) => row.principal.id === principal.id && (unread || row.way?.principal != null),
        );
        const isAdmin = own.some(({ routes }) => routes.length > 0);
        const id = `person ${principal.type} ${principal.id} 1`;
        expect([seed, id, isMarked.get(id)]).toEqual([seed, id, isAdmin]);
      }
    }
  });

  test('the order of the rows changes nothing', async () => {
    for (let seed = 0; seed < numRuns / 4; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      expect(graphOfRows(rows, [...selected].reverse())).toEqual(graphOfRows(rows, selected));
    }
  });

  test('no box covers another', async () => {
    for (let seed = 0; seed < numRuns / 4; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      expect(overlapsIn(graphOfRows(rows, selected)), `seed ${seed}`).toEqual([]);
    }
  });
});

function overlapsIn(graph: Graph): string[] {
  const { nodes } = placeGraph(graph, (text) => text.length * 7);
  return nodes.flatMap((one, index) =>
    nodes
      .slice(index + 1)
      .filter(
        (other) =>
          one.x < other.x + other.width &&
          other.x < one.x + one.width &&
          one.y < other.y + other.height &&
          other.y < one.y + one.height,
      )
      .map((other) => `${one.id} covers ${other.id}`),
  );
}

describe('with thousands of people', () => {
  test('there are at most 200 boxes, which stand for everyone, with their paths', () => {
    for (let seed = 0; seed < numRuns / 4; seed += 1) {
      const rows = new PageRows(crowd(seed));
      const graph = graphOfRows(rows);
      const context = `seed ${seed}: ${graph.notes}`;
      expect(graph.nodes.length, context).toBeLessThanOrEqual(200);
      const people = graph.nodes.filter(({ layer }) => layer === 'person').flatMap(({ names }) => names);
      expect(people.sort(), context).toEqual(
        [...new Set(allOf(rows).map((row) => rows.row(row).principal.name))].sort(),
      );
      for (const row of allOf(rows).filter((one) => one % 97 === 0))
        expect(follow(graph, stepsOf(rows.row(row))), context).not.toEqual([]);
      expect(overlapsIn(graph), context).toEqual([]);
    }
  });

  test('it says how many people are in how many boxes', () => {
    const [note = ''] = graphOfRows(new PageRows(crowd(3))).notes;
    expect(note).toMatch(/^Showing [\d,]+ users as \d+ boxes/);
    expect(note).toMatch(/Filter to see each\.$/);
  });

  test('addresses of boxes stay short', () => {
    for (let seed = 0; seed < numRuns / 4; seed += 1)
      for (const { filters } of graphOfRows(new PageRows(crowd(seed))).nodes)
        for (const values of Object.values(filters)) expect(values.length).toBeLessThanOrEqual(50);
  });
});
