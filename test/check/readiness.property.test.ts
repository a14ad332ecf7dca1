import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccessEntry } from '../../src/eks.ts';
import { printedCommand, shellWords } from '../access-entry/eks-model.ts';
import { wholeRuns } from '../runs.ts';
import { CLUSTERS, checkFleet, fleets, type Principal, World } from './leaving-fleet.ts';

test('who loses access when a cluster of a fleet ignores aws-auth is among those that its line counts', async () => {
  const tally = { fresh: 0, ready: 0, losers: 0 };
  await fc.assert(
    fc.asyncProperty(fleets, async ({ clusters: given, isOld }) => {
      const worlds = given.map((one, index) => new World(one, index));
      tally.fresh += isOld ? 0 : 1;
      const { readiness, findings } = await checkFleet(worlds, isOld);
      expect(readiness).toHaveLength(CLUSTERS);
      for (const world of worlds) {
        const row = readiness.find(({ cluster }) => cluster === world.name);
        const { mode } = world;
        if (!row) throw new Error(world.name);
        if (mode === 'API' || !world.isReadable) {
          expect(row).toMatchObject({ lost: null, doubtful: null, nodes: null, ready: false });
          expect(row.next === null).toBe(mode === 'API');
          continue;
        }
        const callers = world.principals.filter(({ exists }) => exists);
        const losers = callers.filter(
          (one) => world.access(one, mode, isOld) !== null && world.access(one, 'API', isOld) === null,
        );
        // Anyone who keeps access keeps their identity.
        for (const one of callers)
          if (world.access(one, 'API', isOld) !== null && mode !== 'CONFIG_MAP')
            expect(world.access(one, 'API', isOld)).toBe(world.access(one, mode, isOld));
        tally.losers += losers.length;
        tally.ready += row.ready ? 1 : 0;
        if (row.ready || row.next?.endsWith('authenticationMode=API --region eu-west-1'))
          expect({ isOld, losers }).toEqual({ isOld: false, losers: [] });
        const isByAccount = (one: Principal) =>
          world.access(one, mode, isOld)?.startsWith('mapAccounts') ?? false;
        const byEntry = losers.filter((one) => !isByAccount(one));
        expect((row.lost ?? 0) + (row.doubtful ?? 0)).toBeGreaterThanOrEqual(
          byEntry.length + world.mapAccounts.length,
        );
        if (isOld) continue;
        const named = findings
          .filter(({ file }) => file === world.path)
          .flatMap(
            ({ message }) => / has no access entry for (\S+?)[,;] /.exec(message)?.[1]?.toLowerCase() ?? [],
          );
        expect(row.lost).toBe(named.length + world.mapAccounts.length);
        for (const one of byEntry) expect(named).toContain(world.plainArnOf(one).toLowerCase());
        // A named entry that nobody uses is one whose role or user isn't known to be gone.
        for (const one of world.principals)
          if (named.includes(world.plainArnOf(one).toLowerCase()) && !losers.includes(one))
            expect({ ...one, isRead: world.isRead(one) }).toMatchObject({ exists: false, isRead: false });
        expect(row.nodes).toBe(byEntry.filter((one) => world.isNode(one)).length);
      }
    }),
    wholeRuns(50),
  );
  expect(tally.ready).toBeGreaterThanOrEqual(Math.floor(tally.fresh / 2));
  expect(tally.losers).toBeGreaterThan(0);
});

test('the next commands lock nobody out, and end with mode API or with what a person must decide', async () => {
  let switched = 0;
  await fc.assert(
    fc.asyncProperty(fleets, async ({ clusters: given }) => {
      const worlds = given.map((one, index) => new World(one, index));
      let waiting = worlds;
      for (let turn = 0; waiting.length > 0; turn += 1) {
        expect(turn).toBeLessThan(20);
        const { readiness, runHere } = await checkFleet(worlds);
        const moved = await Promise.all(
          waiting.map(async (world) => {
            const next = readiness.find(({ cluster }) => cluster === world.name)?.next ?? '';
            const before = world.principals.map((one) => world.access(one));
            const isMoved = await follow(next, world, runHere);
            for (const [index, one] of world.principals.entries())
              if (one.exists && before[index] !== null)
                expect({ next, one, is: world.access(one) }).not.toMatchObject({ is: null });
            switched += next.includes('authenticationMode=API ') ? 1 : 0;
            return isMoved;
          }),
        );
        waiting = waiting.filter((_, index) => moved[index]);
      }
    }),
    wholeRuns(25),
  );
  expect(switched).toBeGreaterThan(CLUSTERS / 20);
});

/** Runs a command on a cluster; false if it changes nothing. */
async function follow(
  next: string,
  world: World,
  runHere: Awaited<ReturnType<typeof checkFleet>>['runHere'],
): Promise<boolean> {
  const before = JSON.stringify(world.cluster);
  if (next.startsWith('aws eks update-cluster-config ')) {
    world.mode = next.includes('authenticationMode=API ') ? 'API' : 'API_AND_CONFIG_MAP';
  } else if (next.startsWith('aws eks ')) {
    const { operation, input } = printedCommand(next);
    expect(operation).toBe('delete-access-entry');
    expect(world.entries.delete(String(input.principalArn))).toBe(true);
  } else if (next.startsWith('aws-auth-sso access-entries ')) {
    const { json, stderr } = await runHere(shellWords(next).slice(1));
    expect(json, stderr).not.toBeNull();
    for (const entry of json.entries as AccessEntry[]) world.apply(entry);
  }
  return JSON.stringify(world.cluster) !== before;
}
