import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { account, inventory, snapshotText } from '../directory/build-inventory.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { binding, role } from '../rbac/manifests.ts';
import { wholeRuns } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run, runWithEnvironment } from './run.ts';

const ACCOUNTS = [
  { id: '111111111111', name: 'management' },
  { id: '222222222222', name: 'payments' },
  // As a cluster is named.
  { id: '333333333333', name: 'prod' },
];
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];
const SHORT: Readonly<Record<string, string>> = {
  'eu-west-1': 'euw1',
  'us-east-1': 'use1',
  'ap-southeast-2': 'apse2',
};
const SHARED = { username: 'shared', groups: ['shared'] };
const CREATED = '2026-02-01T00:00:00.000Z';

/** The state of all clusters in an account and region. `unlisted`: ListClusters is denied; `gone`: deleted after it was listed. */
type State = 'read' | 'denied' | 'unlisted' | 'gone';

interface Place {
  readonly id: string;
  readonly accountName: string;
  readonly region: string;
  readonly state: State;
  /** False for a place that is outside the search. */
  readonly isSearched: boolean;
}

interface Cluster extends Place {
  readonly name: string;
  readonly arn: string;
}

/** How the path of a file names its cluster, and what that says. */
const STYLES = [
  { states: [], path: ({ name }: Cluster) => `${name}.yaml` },
  { states: [], path: ({ name }: Cluster) => `clusters/${name}/aws-auth.yaml` },
  { states: ['region'], path: ({ name, region }: Cluster) => `${region}/${name}.yaml` },
  { states: ['region'], path: ({ name, region }: Cluster) => `${name}-${region}.yaml` },
  { states: ['region'], path: ({ name, region }: Cluster) => `${SHORT[region]}/${name}/aws-auth.yaml` },
  { states: ['account'], path: ({ name, id }: Cluster) => `${id}/${name}.yaml` },
  {
    states: ['accountName'],
    path: ({ name, accountName }: Cluster) => `${accountName}/${name}/aws-auth.yaml`,
  },
  { states: ['account', 'region'], path: ({ name, id, region }: Cluster) => `${id}/${region}/${name}.yaml` },
  {
    states: ['accountName', 'region'],
    path: ({ name, accountName, region }: Cluster) => `fleet/${accountName}/${region}/${name}/aws-auth.yaml`,
  },
] as const;

interface File {
  readonly of: Cluster;
  readonly path: string;
  readonly states: readonly string[];
  /** A role that no other file has. */
  readonly arn: string;
  readonly rbac: 'beside' | 'stated' | 'none';
}

const WORLD = fc
  .record({
    states: fc.array(fc.constantFrom<State>('read', 'read', 'read', 'denied', 'unlisted', 'gone'), {
      minLength: 9,
      maxLength: 9,
    }),
    clusters: fc.uniqueArray(fc.tuple(fc.nat(8), fc.constantFrom('prod', 'dev')), {
      minLength: 1,
      maxLength: 8,
      selector: ([place, name]) => `${place} ${name}`,
    }),
    accounts: fc.subarray(ACCOUNTS, { minLength: 1 }),
    regions: fc.subarray(REGIONS, { minLength: 1 }),
    files: fc.array(
      fc.tuple(fc.nat(7), fc.nat(STYLES.length - 1), fc.constantFrom('beside', 'stated', 'none')),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ states, clusters, accounts, regions, files }) => {
    const places = ACCOUNTS.flatMap(({ id, name: accountName }, one) =>
      REGIONS.map((region, other): Place => {
        const isSearched = accounts.some((account) => account.id === id) && regions.includes(region);
        return { id, accountName, region, state: states[3 * one + other] ?? 'read', isSearched };
      }),
    );
    const all = clusters.flatMap(([index, name]): Cluster[] => {
      const place = places[index];
      if (!place) return [];
      return [{ ...place, name, arn: `arn:aws:eks:${place.region}:${place.id}:cluster/${name}` }];
    });
    const byPath = new Map<string, File>();
    for (const [index, style, rbac] of files) {
      const of = all[index % all.length];
      const { states: stated, path } = STYLES[style] ?? STYLES[0];
      if (!of || byPath.has(path(of))) continue;
      const arn = `arn:aws:iam::${accounts[0]?.id}:role/file-${byPath.size}`;
      byPath.set(path(of), { of, path: path(of), states: stated, arn, rbac });
    }
    return { places, clusters: all, accounts, regions, files: [...byPath.values()] };
  });
type World = typeof WORLD extends fc.Arbitrary<infer Value> ? Value : never;

/** The clusters that a file may belong to, as far as the run can know. */
function candidatesOf({ of, states }: File, known: readonly Cluster[], areNamesKnown: boolean): Cluster[] {
  return known.filter(
    ({ name, region, id }) =>
      name === of.name &&
      (!states.includes('region') || region === of.region) &&
      (!(states.includes('account') || (areNamesKnown && states.includes('accountName'))) || id === of.id),
  );
}

function awsAuth(arn: string, shared: string): string {
  const entry = (rolearn: string, username: string, groups: readonly string[]) =>
    `    - rolearn: ${rolearn}\n      username: ${username}\n      groups: [${groups.join(', ')}]\n`;
  return [
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n',
    entry(shared, SHARED.username, SHARED.groups),
    entry(arn, 'own', ['everyone']),
  ].join('');
}

const manifests = (name: string) =>
  `${role(name, [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }])}\n---\n${binding(name, `ClusterRole/${name}`, ['Group everyone'])}\n`;

/** A folder with the files of a world; returns the options for RBAC, too. */
async function written({ files, clusters }: World, shared: string) {
  const cwd = await scratch();
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), text);
  };
  const rbac: string[] = [];
  for (const [index, { of, path, arn, rbac: kind }] of files.entries()) {
    await write(path, awsAuth(arn, shared));
    const isAlone = files.every((one) => one.path === path || dirname(one.path) !== dirname(path));
    const beside = join(dirname(path), 'rbac.yaml');
    const bindings = manifests(`of-${clusters.indexOf(of)}`);
    if (kind === 'beside' && isAlone) {
      await write(beside, bindings);
      rbac.push('--rbac', beside);
    } else if (kind === 'stated') {
      await write(`bindings/${index}.yaml`, bindings);
      rbac.push('--rbac', `${of.arn}=bindings/${index}.yaml`);
    }
  }
  return { cwd, rbac };
}

interface Row {
  readonly rolearn: string;
  readonly source: string;
  readonly access: string;
  readonly clusterArn: string | null;
  readonly cluster: string | null;
  readonly bindings: readonly string[] | null;
}

/** Compares an answer with the truth. */
function expectTruth(world: World, ran: Ran, known: readonly Cluster[], areNamesKnown: boolean) {
  const { files, clusters } = world;
  const isRead = ({ isSearched, state }: Cluster) => isSearched && state === 'read';
  const possible = files.map((file) => candidatesOf(file, known, areNamesKnown));
  const ambiguous = possible.filter((some) => some.length > 1);
  const pairs = possible.map((some) =>
    some.length === 1 && some[0] && isRead(some[0]) ? some[0].arn : null,
  );
  const taken = pairs.filter((arn) => arn !== null);
  if (ambiguous.length > 0 || new Set(taken).size < taken.length) {
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    for (const { arn } of ambiguous.flat()) expect(ran.stderr).toContain(arn);
    return;
  }
  if (ran.exitCode !== 0) {
    // Bindings that name no cluster of the run, or one of several.
    expect(ran.stderr).toMatch(/^error: (?:--rbac|\S+: --rbac)/m);
    expect(ran.exitCode).toBe(2);
    return;
  }
  const rows: readonly Row[] = JSON.parse(ran.stdout);
  for (const [index, file] of files.entries()) {
    const own = rows.filter(({ rolearn }) => rolearn === file.arn);
    expect(own.map(({ clusterArn }) => clusterArn)).toEqual(own.map(() => pairs[index]));
    const isKnown = known.includes(file.of);
    if (isKnown && pairs[index] !== null) expect(pairs[index]).toBe(file.of.arn);
    if (!isKnown) continue;
    const name = `ClusterRole/of-${clusters.indexOf(file.of)} cluster-wide`;
    for (const { bindings } of own) expect([null, [name]]).toContainEqual(bindings);
  }
  const names = new Map<string, Set<string>>();
  for (const { clusterArn, cluster } of rows)
    if (clusterArn !== null && cluster !== null)
      names.set(cluster, (names.get(cluster) ?? new Set()).add(clusterArn));
  expect([...names.values()].filter(({ size }) => size > 1)).toEqual([]);
}

/** Fixes rest on clusters whose account and region the path says. */
function expectFixes({ files }: World, ran: Ran) {
  for (const { of, path, states } of files) {
    if (!ran.stdout.includes(`+++ b/${path}`) && !ran.stdout.includes(`+++ ${path}`)) continue;
    expect([of.state, of.isSearched, states.length]).toEqual(['read', true, 2]);
  }
}

const scopeOf = ({ accounts, regions }: World, field: 'id' | 'name') => [
  ...['--cluster', '*', '--skip-unreadable', '*'],
  ...accounts.flatMap((one) => ['--account', one[field]]),
  ...regions.flatMap((region) => ['--cluster-region', region]),
];
const isSomeFound = ({ clusters }: World) =>
  clusters.some(({ isSearched, state }) => isSearched && state !== 'unlisted');

it('pairs files, clusters and bindings of a snapshot by what is known, else refuses', async () => {
  const property = fc.asyncProperty(WORLD, async (world) => {
    fc.pre(isSomeFound(world));
    // A snapshot has no clusters that were deleted while it was taken.
    const known = world.clusters.filter(({ state }) => state === 'read' || state === 'denied');
    fc.pre(known.some(({ isSearched }) => isSearched));
    const shared = `arn:aws:iam::${world.accounts[0]?.id}:role/shared`;
    const { cwd, rbac } = await written(world, shared);
    const accessEntries = [
      {
        principalArn: shared,
        type: 'STANDARD',
        username: 'shared',
        kubernetesGroups: ['shared'],
        policies: [],
        createdAt: CREATED,
      },
    ];
    const whole = inventory(
      ACCOUNTS.map(({ id, name }) => account(id, name)),
      [],
      {
        capturedAt: new Date().toISOString(),
        clusters: known.flatMap(({ name, arn, state }) =>
          state === 'read' ? { name, arn, authenticationMode: 'API_AND_CONFIG_MAP', accessEntries } : [],
        ),
        unreadClusters: [
          ...known.flatMap(({ state, ...one }) => (state === 'denied' ? unread(one, one.name) : [])),
          ...world.places.flatMap(({ state, ...one }) => (state === 'unlisted' ? unread(one, null) : [])),
        ],
        otherRoles: [{ arn: shared, role: { pathArn: shared, createdAt: '2026-01-01T00:00:00.000Z' } }],
      },
    );
    await writeFile(join(cwd, 'snapshot.json'), snapshotText(whole));
    const paths = world.files.map(({ path }) => path);
    const inputs = [...paths, '--inventory', 'snapshot.json', ...scopeOf(world, 'id')];
    expectTruth(world, await run(['who', ...inputs, ...rbac, '-o', 'json'], { cwd }), known, true);
    expectFixes(world, await run(['check', ...inputs, '--fix', '--diff'], { cwd }));
  });
  await fc.assert(property, wholeRuns(500));
}, 600_000);

function unread({ id: accountId, region }: Pick<Place, 'id' | 'region'>, name: string | null) {
  return { accountId, accountName: null, region, name, cause: 'denied', detail: 'no' };
}

it('pairs files, clusters and bindings of AWS by what is known, else refuses', async () => {
  const property = fc.asyncProperty(WORLD, fc.boolean(), async (world, areNamesKnown) => {
    fc.pre(isSomeFound(world));
    const known = world.clusters.filter(({ isSearched, state }) => isSearched && state !== 'unlisted');
    // A folder with the name of an account that isn't known may as well be named after a cluster.
    const isAccount = ({ of, states }: File) =>
      areNamesKnown || !states.includes('accountName') || known.every(({ name }) => name !== of.accountName);
    fc.pre(world.files.every(isAccount));
    const shared = `arn:aws:iam::${world.accounts[0]?.id}:role/shared`;
    const { cwd, rbac } = await written(world, shared);
    const fake = await fakeAwsForTest({
      managementAccountId: ACCOUNTS[0]?.id ?? '',
      accounts: ACCOUNTS,
      roles: ['shared', ...world.files.map((_, index) => `file-${index}`)].map((name) => {
        return { account: world.accounts[0]?.id ?? '', name, createdAt: '2026-01-01T00:00:00.000Z' };
      }),
      clusters: world.clusters.map(({ name, id, region }) => ({
        name,
        account: id,
        region,
        accessEntries: [{ principalArn: shared, ...SHARED, createdAt: CREATED }],
      })),
    });
    for (const { id: accountId, region, state } of world.places) {
      const there = { accountId, region };
      if (state === 'denied') fake.inject({ ...there, kind: 'denied', operation: 'eks.DescribeCluster' });
      if (state === 'unlisted') fake.inject({ ...there, kind: 'denied', operation: 'eks.ListClusters' });
      if (state !== 'gone') continue;
      fake.inject({ ...there, kind: 'not-found', operation: 'eks.DescribeCluster' });
      fake.inject({ ...there, kind: 'empty-list', operation: 'eks.ListClusters', after: 1 });
    }
    const paths = world.files.map(({ path }) => path);
    const inputs = [...paths, ...scopeOf(world, areNamesKnown ? 'name' : 'id')];
    const ran = await runWithEnvironment(['who', ...inputs, ...rbac, '-o', 'json'], { cwd });
    expectTruth(world, ran, known, areNamesKnown);
    await fake.close();
  });
  await fc.assert(property, wholeRuns(250));
}, 600_000);
