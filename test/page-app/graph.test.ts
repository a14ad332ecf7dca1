import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ANY_CALLER } from '../../src/aws-auth/loaded.ts';
import { policyName } from '../../src/eks.ts';
import { groupBy } from '../../src/group-by.ts';
import { memo } from '../../src/memo.ts';
import { graphOf } from '../../src/page/app/graph/build.ts';
import { placeGraph } from '../../src/page/app/graph/layout.ts';
import type { Layer, Node } from '../../src/page/app/graph/model.ts';
import { PageRows } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import { isPolicy } from '../../src/rbac/model.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import { run } from '../cli/run.ts';
import { Draw } from '../draw.ts';
import { FOLDER } from '../page/realistic/realistic.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { crowd } from './crowd.ts';
import { entryOf, pageRowsOf, rowOf } from './made-rows.ts';
import { argvOf, pageDataOf, pageWorld, runWho } from './worlds.ts';

const { numRuns } = runs(40);

function graphOfRows(rows: PageRows, selected: Iterable<number> = allOf(rows)): readonly Node[] {
  return graphOf(rows, Uint32Array.from(selected), new Selector(rows).values);
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

/** The names of everything that a box represents. */
function namesOf({ title, members }: Node): readonly string[] {
  return members.length === 0 ? [title] : members.map((member) => member.title);
}

/** Who a box of people represents, by type and ID. */
function keysOf({ key, members }: Node): readonly string[] {
  return members.length === 0 ? [key] : members.map((member) => member.key);
}

/** A step on the path of a row: a column, and the name there. */
type Step = readonly [Layer, string];

/** The path of a row, from its principal to its entry. */
function stepsOf(row: WhoRow): Step[] {
  const { principal, via, permissionSet, accountName, accountId, username, unread, cluster } = row;
  const account = accountName ?? accountId;
  const isPerson = principal.type === 'USER' || principal.type === 'GROUP';
  const isNobody = isOfNobody(row);
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

function isOfNobody({ unread, way }: WhoRow): boolean {
  return !unread && way?.principal == null;
}

/** The boxes at the end of the paths that take these steps. */
function follow(graph: readonly Node[], [first, ...others]: readonly [Step, ...Step[]]): readonly Node[] {
  const isAt = (box: Node, [layer, name]: Step) => box.layer === layer && namesOf(box).includes(name);
  let reached = graph.filter((box) => isAt(box, first));
  for (const step of others)
    reached = graph.filter((box) => isAt(box, step) && reached.some(({ to }) => to.has(box)));
  return reached;
}

/** All paths from a box to an entry, as steps: for a box of several people, the paths of each. */
function pathsFrom(box: Node): string[][] {
  const own = namesOf(box).map((name) => `${box.layer} ${name}`);
  if (box.layer === 'entry') return own.map((one) => [one]);
  return [...box.to.keys()]
    .filter(({ layer }) => layer !== 'role')
    .flatMap(pathsFrom)
    .flatMap((path) => own.map((one) => [one, ...path]));
}

describe('in generated worlds', () => {
  test('each row has its path, and each path is the path of a row', async () => {
    for (let seed = 0; seed < numRuns; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      const graph = graphOfRows(rows, selected);
      const all = selected.map((index) => rows.row(index));
      for (const row of all) {
        const steps = stepsOf(row) as [Step, ...Step[]];
        const expectPath = (...ways: readonly [Step, ...Step[]][]) =>
          expect(
            ways.flatMap((way) => follow(graph, way)),
            `seed ${seed}: ${JSON.stringify(ways)}`,
          ).not.toEqual([]);
        expectPath(steps);
        if (row.access === 'none' || row.unread) continue;
        for (const group of row.groups) expectPath([...steps, ['group', group]]);
        for (const policy of row.policies) expectPath([...steps, ['group', policyName(policy)]]);
        for (const bound of row.rights?.roles ?? []) {
          if (isPolicy(bound)) continue;
          const role: Step = ['role', bound.role.name];
          // A binding that names a person leads from there; one that names another caller, from the entry.
          const isOther = !['USER', 'GROUP'].includes(row.principal.type) && !isOfNobody(row);
          const personal: [Step, ...Step[]][] = isOther ? [] : [[steps[0], role]];
          expectPath([...steps, ['group', bound.subject.name], role], [...steps, role], ...personal);
          if (isOther) expect(follow(graph, [steps[0], role])).toEqual([]);
        }
      }
      const known = new Set(
        all.map((row) =>
          stepsOf(row)
            .map((step) => step.join(' '))
            .join(' > '),
        ),
      );
      for (const box of graph)
        if (box.layer === 'entry' && box.state === 'none') expect([box.id, box.to.size]).toEqual([box.id, 0]);
      const targets = new Set(graph.flatMap(({ to }) => [...to.keys()]));
      for (const box of graph)
        if (!targets.has(box) && box.layer !== 'group')
          for (const path of pathsFrom(box)) expect(known, `seed ${seed}`).toContain(path.join(' > '));
    }
  });

  test('people share a box if their rows are the same but for the person', async () => {
    for (let seed = 0; seed < numRuns; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      const rowsOf = new Map<string, Set<string>>();
      for (const index of selected) {
        const row = rows.row(index);
        const { type, id, name } = row.principal;
        if (type === 'GROUP' || isOfNobody(row)) continue;
        const own = rowsOf.get(`${type} ${id}`) ?? new Set([`${type} ${name === null}`]);
        own.add([rows.index(index, 'entries'), rows.index(index, 'grants'), row.via].join());
        rowsOf.set(`${type} ${id}`, own);
      }
      const alike = groupBy(rowsOf, ([, own]) => [...own].sort().join());
      const wanted = [...alike.values()].map((own) => own.map(([person]) => person).sort());
      const boxes = graphOfRows(rows, selected).filter(({ layer }) => layer === 'person');
      const people = boxes.filter(({ title }) => title !== 'Nobody' && title !== 'Unknown people');
      const sorted = (all: readonly (readonly string[])[]) => all.map((own) => own.join('\n')).sort();
      expect(sorted(people.map((box) => [...keysOf(box)].sort())), `seed ${seed}`).toEqual(sorted(wanted));
    }
  });

  test('those with a route to cluster admin are marked, and nobody else', async () => {
    for (let seed = 0; seed < numRuns; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      const boxes = graphOfRows(rows, selected);
      const all = selected.map((index) => rows.row(index)).filter((row) => !isOfNobody(row));
      for (const box of boxes.filter(({ layer }) => layer === 'person'))
        for (const key of keysOf(box)) {
          const own = all.filter(({ principal: { type, id } }) => `${type} ${id}` === key);
          if (own.length === 0) continue;
          const isAdmin = own.some(({ routes }) => routes.length > 0);
          expect([seed, key, box.isAdmin]).toEqual([seed, key, isAdmin]);
        }
    }
  });

  test('the filters of a box keep its rows', async () => {
    for (let seed = 0; seed < numRuns / 2; seed += 1) {
      const { rows } = await drawnRows(seed);
      const selector = new Selector(rows);
      for (const box of graphOfRows(rows).flatMap((one) => [
        one,
        ...one.members.map((member) => ({ ...one, ...member })),
      ])) {
        if (Object.keys(box.filters).length === 0) continue;
        const selected = selector.select({ search: '', filters: box.filters, sort: null });
        const names = graphOfRows(rows, selected)
          .filter(({ layer }) => layer === box.layer)
          .flatMap((one) => namesOf(one));
        expect(names, `seed ${seed}: ${JSON.stringify(box.filters)}`).toContain(box.title);
      }
    }
  });

  test('the order of the rows changes nothing', async () => {
    for (let seed = 0; seed < numRuns / 4; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      expect(graphOfRows(rows, [...selected].reverse())).toEqual(graphOfRows(rows, selected));
    }
  });

  test('no box covers another, each is in its column, and lines go from box to box', async () => {
    for (let seed = 0; seed < numRuns / 2; seed += 1) {
      const { rows, selected } = await drawnRows(seed);
      expectPlaces(graphOfRows(rows, selected), `seed ${seed}`);
    }
  });
});

const widthOf = (text: string) => text.length * 8;

/** Between two boxes of a column; places are rounded. */
const LEAST_SPACE = 9;

function expectPlaces(graph: readonly Node[], context: string): void {
  const { boxes, lines, columns, width, height } = placeGraph(graph, () => 40, widthOf, 1_400);
  const covered = boxes.flatMap((one, index) =>
    boxes
      .slice(index + 1)
      .filter(
        (other) =>
          one.x < other.x + other.width &&
          other.x < one.x + one.width &&
          one.y < other.y + other.height + LEAST_SPACE &&
          other.y < one.y + one.height + LEAST_SPACE,
      )
      .map((other) => `${one.node.id} covers ${other.node.id}`),
  );
  expect(covered, context).toEqual([]);
  for (const { node, x, y, width: own } of boxes) {
    expect(columns, context).toContainEqual({ layer: node.layer, x, width: own });
    expect(x + own, context).toBeLessThan(width);
    expect(y, context).toBeGreaterThan(0);
    expect(y + 40, context).toBeLessThan(height);
  }
  for (const [index, { x }] of columns.slice(1).entries()) {
    const before = columns[index];
    expect(x - (before ? before.x + before.width : x), context).toBeGreaterThanOrEqual(30);
  }
  const edges = graph.flatMap((from) => [...from.to].map(([to, state]) => `${from.id} ${to.id} ${state}`));
  expect(lines.map(({ from, to, state }) => `${from.id} ${to.id} ${state}`).sort(), context).toEqual(
    edges.sort(),
  );
  const byNode = new Map(boxes.map((box) => [box.node, box]));
  for (const { from, to, path } of lines) {
    const [start, end] = [byNode.get(from), byNode.get(to)];
    if (!start || !end) throw new Error(`${from.id} to ${to.id}`);
    const curves = path
      .split(/[MC]/)
      .slice(1)
      .map((part) => part.split(/[ H]/).map(Number));
    expect(curves[0], context).toEqual([start.x + start.width, start.y + 20]);
    expect(curves.at(-1)?.slice(-2), context).toEqual([end.x, end.y + 20]);
    // Straight past each column in between.
    const passed = columns.filter(({ x }) => x > start.x && x < end.x);
    expect(
      curves.slice(1, -1).map((curve) => [curve[4], curve[6]]),
      context,
    ).toEqual(passed.map(({ x, width: own }) => [x, x + own]));
  }
}

test('columns use the room that there is, and give way where there is too little', () => {
  const name = 'a-very-long-name-of-somebody@with-a-very-long-domain.example.com';
  const row = rowOf({ principal: { type: 'USER', id: 'u-1', name }, via: name, permissionSet: name });
  const graph = graphOfRows(pageRowsOf([row]));
  const widthAt = (room: number) => placeGraph(graph, () => 40, widthOf, room).width;
  expect(widthAt(1_400)).toBeLessThanOrEqual(1_400);
  expect(widthAt(1_400)).toBeGreaterThan(1_300);
  expect(widthAt(2_500)).toBeGreaterThan(widthAt(1_400));
  // On a phone it is scrolled.
  expect(widthAt(390)).toBe(widthAt(1_000));
  expect(widthAt(390)).toBeGreaterThan(1_000);
  // Lines that are too long are hard to follow.
  const { columns } = placeGraph(graph, () => 40, widthOf, 9_000);
  for (const [index, { x }] of columns.slice(1).entries())
    expect(x - (columns[index]?.x ?? 0) - (columns[index]?.width ?? 0)).toBe(110);
});

test('columns are as wide as their titles and marks, then as their details', () => {
  const widthIn = (parts: Partial<WhoRow>, layer: Layer, room = 2_000) => {
    const graph = graphOfRows(pageRowsOf([rowOf({ routes: [], ...parts })]));
    const { columns } = placeGraph(graph, () => 40, widthOf, room);
    return columns.find((column) => column.layer === layer)?.width ?? 0;
  };
  const permissionSet = 'a-set-of-20-letters!';
  expect(widthIn({ permissionSet }, 'set')).toBe(20 * 8 + 24);
  expect(widthIn({ permissionSet: 'a' }, 'set')).toBe(`in ${rowOf().accountName}`.length * 8 + 24);
  expect(widthIn({ permissionSet: 'a', accountName: 'a' }, 'set')).toBe(110);
  expect(widthIn({ permissionSet: 'a'.repeat(200) }, 'set')).toBe(280);
  // Details take only what titles leave.
  const long = 'a-name-of-more-than-40-letters-in-this-company';
  const parts = {
    principal: { type: 'USER' as const, id: 'u-1', name: long },
    permissionSet,
    accountName: long,
  };
  expect(widthIn(parts, 'set')).toBe(280);
  expect(widthIn(parts, 'set', 1_240)).toBeGreaterThanOrEqual(170);
  expect(widthIn(parts, 'set', 1_240)).toBeLessThan(280);
  expect(widthIn(parts, 'person', 1_240)).toBeGreaterThan(widthIn(parts, 'set', 1_240));
  const via = 'a-group-of-22-letters!';
  const routes = rowOf().routes;
  expect(widthIn({ via, routes }, 'via') - widthIn({ via }, 'via')).toBe(18);
  expect(widthIn({ via, access: 'unknown' }, 'via') - widthIn({ via }, 'via')).toBe(70);
});

test('groups without listed members stand where groups of people do', () => {
  const group = (id: string, name: string | null, via: string | null = null) =>
    rowOf({ principal: { type: 'GROUP', id, name }, via });
  const boxes = graphOfRows(
    pageRowsOf([group('g-1', 'Platform'), group('g-2', 'Ops'), group('g-3', null), rowOf({ via: 'Ops' })]),
  );
  expect(
    boxes
      .filter(({ layer }) => layer === 'via')
      .map(({ title, detail, filters }) => [title, detail, filters]),
  ).toEqual([
    ['Platform', '', { person: ['GROUP/Platform'] }],
    ['Ops', '', { via: ['Ops'] }],
    ['g-3', 'deleted group', { person: ['GROUP/g-3'] }],
  ]);
  expect(boxes.filter(({ layer }) => layer === 'person').map(({ title }) => title)).toEqual([
    'alice@example.com',
  ]);
});

test('each change of a person counts, and different ones together are a change', () => {
  const kinds = ['new', 'gone', 'changed', null] as const;
  for (const one of kinds)
    for (const other of kinds) {
      const rows = [rowOf({}, entryOf()), rowOf({ permissionSet: 'View' }, entryOf())];
      const changes = [one, other].map((kind) => kind && ({ kind, head: 'changed', before: [] } as const));
      const [person] = graphOfRows(pageRowsOf(rows, {}, changes));
      expect([one, other, person?.change]).toEqual([one, other, one === other ? one : 'changed']);
    }
});

describe('of Kubernetes groups', () => {
  const RBAC = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everyone}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:authenticated'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: support, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: support}]
`;

  /** Groups and roles of the company's page. */
  async function boxesOf(argv: readonly string[], isSelected: (row: WhoRow) => boolean = () => true) {
    const file = (name: string) => readFile(join(FOLDER, name), 'utf8');
    const [awsAuth, inventory] = await Promise.all([file('aws-auth.yaml'), file('inventory.json')]);
    const cwd = await scratch({ 'aws-auth.yaml': awsAuth, 'inventory.json': inventory, 'rbac.yaml': RBAC });
    const options = ['--cluster', 'prod', '--inventory', 'inventory.json', '--expand', '-o', 'html', ...argv];
    const { stdout } = await run(['who', 'aws-auth.yaml', ...options], { cwd });
    const rows = new PageRows(pageDataOf(stdout));
    return graphOfRows(
      rows,
      allOf(rows).filter((row) => isSelected(rows.row(row))),
    )
      .filter(({ layer }) => layer === 'group' || layer === 'role')
      .map(({ title, detail, filters, isAdmin }) => ({ title, detail, filters, isAdmin }));
  }

  test('those with roles, without, and of everyone are told apart', async () => {
    const boxes = await boxesOf(['--rbac', 'rbac.yaml']);
    const isAdmin = false;
    for (const box of [
      { title: 'support', detail: 'group', filters: { group: ['support'] }, isAdmin },
      {
        title: 'edit',
        detail: 'ClusterRole in payments',
        filters: { role: ['ClusterRole/edit in payments'] },
        isAdmin,
      },
      {
        title: 'shop-developers',
        detail: 'group, no roles bound',
        filters: { group: ['shop-developers'] },
        isAdmin,
      },
      { title: 'Everyone with access', detail: 'system:authenticated', filters: {}, isAdmin },
      {
        title: 'view',
        detail: 'ClusterRole cluster-wide',
        filters: { role: ['ClusterRole/view cluster-wide'] },
        isAdmin,
      },
      {
        title: 'system:nodes',
        detail: 'built-in Kubernetes group',
        filters: { group: ['system:nodes'] },
        isAdmin,
      },
      {
        title: 'system:masters',
        detail: 'cluster admin',
        filters: { group: ['system:masters'] },
        isAdmin: true,
      },
    ])
      expect(boxes).toContainEqual(box);
  });

  test('those of everyone are there with anybody who has access', async () => {
    const isThere = async (isSelected: (row: WhoRow) => boolean) => {
      const boxes = await boxesOf(['--rbac', 'rbac.yaml'], isSelected);
      return boxes.some(({ title }) => title === 'Everyone with access');
    };
    expect(await isThere(({ access }) => access === 'granted')).toBe(true);
    expect(await isThere(({ access }) => access !== 'granted')).toBe(false);
  });

  test('without bindings their roles are unknown', async () => {
    const boxes = await boxesOf([]);
    expect(boxes).toContainEqual(
      expect.objectContaining({ title: 'shop-developers', detail: 'group, roles unknown' }),
    );
  });

  test('of a question, they say so', async () => {
    const boxes = await boxesOf(['--rbac', 'rbac.yaml', '--can', 'get pods', '-n', 'payments']);
    expect(boxes).toContainEqual(
      expect.objectContaining({ title: 'shop-developers', detail: 'group, no role that allows it' }),
    );
    expect(boxes).toContainEqual(expect.objectContaining({ title: 'support', detail: 'group' }));
  });
});

describe('a route to cluster admin that takes several roles', () => {
  const ROUTE = {
    risk: 'bind',
    text: 'may bind roles',
    through: `${roleText('a')} and ${roleText('b')}`,
  } as const;
  const isThere = (rows: PageRows) =>
    graphOfRows(rows)
      .filter(({ layer, isAdmin }) => layer === 'role' && isAdmin)
      .map(({ title, detail }) => [title, detail]);

  function roleText(name: string): string {
    return `ClusterRole/${name} cluster-wide`;
  }

  test('has a box if no other box shows it, as long as there is access', () => {
    const parts = { routes: [ROUTE] };
    const entry = entryOf({ groups: ['ops'] });
    expect(isThere(pageRowsOf([rowOf(parts, entry)]))).toEqual([[ROUTE.text, `through ${ROUTE.through}`]]);
    expect(isThere(pageRowsOf([rowOf({ ...parts, access: 'none', reason: 'deleted' }, entry)]))).toEqual([]);
  });

  test.each([
    ['system:authenticated', 'Everyone with access'],
    ['system:unauthenticated', 'Anyone, without credentials'],
  ])('marks these roles if %s has them', (name, title) => {
    const subject = { kind: 'Group', name, namespace: null } as const;
    const roleRef = { kind: 'ClusterRole', name: 'a' } as const;
    const bound = ['a', 'b', 'c'].map((role) => ({
      role: { ...roleRef, name: role, namespace: null, rules: [], location: null },
      binding: {
        ...{ kind: 'ClusterRoleBinding' as const, name: role, namespace: null, location: null },
        ...{ roleRef: { ...roleRef, name: role }, subjects: [subject] },
      },
      subject,
    }));
    const none = { admin: null, can: [], roles: [], bindings: [], risks: [], forNames: [], returning: [] };
    const rights = {
      ...{ ...none, rolesOfEverybody: bound, bindingsOfEverybody: [] },
      risksOfEverybody: [{ ...ROUTE, isTogether: true }],
    };
    const rows = pageRowsOf([rowOf({ rights, routes: [] }, entryOf({ groups: [] }))]);
    expect(isThere(rows)).toEqual(
      ['a', 'b'].map((role) => [role, 'may bind roles, ClusterRole cluster-wide']),
    );
    expect(graphOfRows(rows).map((box) => box.title)).toContain(title);
  });
});

test('thousands of people with a few kinds of access are a few boxes', () => {
  const rows = new PageRows(crowd(3));
  const people = graphOfRows(rows).filter(({ layer }) => layer === 'person');
  expect(people.length).toBeLessThan(500);
  expect(people.flatMap((box) => [...namesOf(box)]).sort()).toEqual(
    [...new Set(allOf(rows).map((row) => rows.row(row).principal.name))].sort(),
  );
});

test.each(['constructor', '__proto__', 'toString', 'valueOf'])('a group may be called %s', (name) => {
  const entry = entryOf({ groups: [name], username: name });
  const row = rowOf({ via: name, permissionSet: name, accountName: name, routes: [] }, entry);
  const boxes = graphOfRows(pageRowsOf([row]));
  expect(boxes.map(({ layer, title }) => [layer, title])).toEqual([
    ['person', 'alice@example.com'],
    ['via', name],
    ['set', name],
    ['account', name],
    ['entry', name],
    ['group', name],
  ]);
});
