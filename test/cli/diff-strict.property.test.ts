import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const IN_SCOPE = ['111122223333', '012345678901'];
const OUTSIDE = '999900001111';
const SETS = ['Admin', 'Viewer', 'Dev.Ops+1', 'Admin_ReadOnly'];
const MASTERS = 'system:masters';

interface Item {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** An entry that the config names, with the fields that the config sets. */
interface Named extends Item {
  readonly states: readonly ('username' | 'groups')[];
  readonly kind: 'mapped' | 'node' | 'other';
}

/** An aws-auth as data. */
interface Model {
  readonly roles: readonly Named[];
  readonly users: readonly Named[];
  readonly accounts: readonly string[];
}

const GROUP = fc.constantFrom(MASTERS, 'viewers', 'dev ops', 'a: b #c', 'deployers');
const GROUPS = fc.uniqueArray(GROUP, { minLength: 1, maxLength: 3 });
const MAPPING = fc.record({
  permissionSet: fc.constantFrom(...SETS),
  username: fc.option(fc.constantFrom('sso:{{SessionName}}', 'ops-{{SessionNameRaw}}', "o'brien"), {
    nil: null,
  }),
  groups: GROUPS,
});
const OTHER = fc.record({
  path: fc.constantFrom('user/alice', 'user/eng/bob', 'role/ci', 'role/eks-a-node', 'root'),
  accountId: fc.constantFrom(...IN_SCOPE, OUTSIDE),
  username: fc.constantFrom('alice', '', 'ü', 'ci:{{SessionName}}'),
  groups: fc.uniqueArray(GROUP, { maxLength: 2 }),
  states: fc.subarray(['username', 'groups'] as const),
  isUser: fc.boolean(),
  isPattern: fc.boolean(),
});
type Other = typeof OTHER extends fc.Arbitrary<infer Value> ? Value : never;
const NODE_KINDS = [
  { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:bootstrappers', 'system:nodes'] },
  {
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['eks:kube-proxy-windows', 'system:nodes', 'system:bootstrappers'],
  },
  {
    username: 'system:node:{{SessionName}}',
    groups: ['system:bootstrappers', 'system:nodes', 'system:node-proxier'],
  },
];
const WORLD = fc.record({
  mappings: fc.uniqueArray(MAPPING, {
    minLength: 1,
    maxLength: 3,
    selector: ({ permissionSet }) => permissionSet,
  }),
  nodes: fc.uniqueArray(fc.constantFrom(0, 1, 2), { maxLength: 3 }),
  others: fc.uniqueArray(OTHER, { maxLength: 5, selector: ({ path, accountId }) => path + accountId }),
  accounts: fc.subarray(['555566667777', '000011112222']),
  isJson: fc.boolean(),
});
type World = typeof WORLD extends fc.Arbitrary<infer Value> ? Value : never;

const arnOf = ({ path, accountId }: Other) => `arn:aws:iam::${accountId}:${path}`;
const nodeArn = (kind: number) => `arn:aws:iam::${IN_SCOPE[0]}:role/node-${kind}`;

/** An item of `otherEntries`; a pattern covers cluster admins only if it says so. */
function itemOf(other: Other) {
  const { username, groups, states } = other;
  const isPattern = other.isPattern && (!groups.includes(MASTERS) || states.includes('groups'));
  const arn = isPattern
    ? arnOf(other)
        .replace(/\d{12}/, '*')
        .replace('eks-a-', 'eks-*-')
    : arnOf(other);
  return {
    arn,
    ...(states.includes('username') ? { username } : {}),
    ...(states.includes('groups') ? { groups } : {}),
  };
}

/** Patterns that match several entries would hide changes of each other. */
function withoutOverlaps(others: readonly Other[]): Other[] {
  const seen = new Set<string>();
  return others.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function configOf({ mappings, nodes, accounts }: World, others: readonly Other[]): string {
  return JSON.stringify({
    accounts: IN_SCOPE,
    ...(nodes.length > 0 ? { nodeRoles: nodes.map(nodeArn) } : {}),
    mappings: mappings.map(({ username, ...mapping }) =>
      username === null ? mapping : { ...mapping, username },
    ),
    otherEntries: [...others.map(itemOf), ...accounts.map((id) => ({ account: id }))],
  });
}

const key = (item: Item, field: string) => ({
  [field]: item.arn,
  username: item.username,
  groups: item.groups,
});

function render({ roles, users, accounts }: Model, isJson: boolean): string {
  const list = (values: readonly unknown[]) =>
    isJson ? JSON.stringify(values) : values.map((value) => `- ${JSON.stringify(value)}\n`).join('');
  const data = {
    mapRoles: list(roles.map((one) => key(one, 'rolearn'))),
    ...(users.length > 0 ? { mapUsers: list(users.map((one) => key(one, 'userarn'))) } : {}),
    ...(accounts.length > 0 ? { mapAccounts: list(accounts) } : {}),
  };
  const metadata = { name: 'aws-auth', namespace: 'kube-system' };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, null, 1);
}

/** A manual change; undefined if the map has nothing to change. */
type Change = (model: Model, pick: <T>(list: readonly T[]) => T | undefined) => Model | undefined;

const EVE = { username: 'eve', groups: [MASTERS, 'eve'], states: [], kind: 'other' } as const;
const addRole =
  (arn: string): Change =>
  ({ roles, ...rest }) => ({ ...rest, roles: [...roles, { ...EVE, arn }] });
const addUser =
  (arn: string): Change =>
  ({ users, ...rest }) => ({ ...rest, users: [...users, { ...EVE, arn }] });

/** Replaces one entry with the result of `changed`. */
function replacing(
  isFit: (entry: Named) => boolean,
  changed: (entry: Named) => readonly Named[],
  where: readonly ('roles' | 'users')[] = ['roles', 'users'],
): Change {
  return (model, pick) => {
    const fits = where.flatMap((list) => model[list].filter(isFit).map((entry) => ({ list, entry })));
    const chosen = pick(fits);
    if (!chosen) return undefined;
    const { list, entry } = chosen;
    return { ...model, [list]: model[list].flatMap((one) => (one === entry ? changed(entry) : [one])) };
  };
}

const states = (field: 'username' | 'groups') => (entry: Named) => entry.states.includes(field);
const isIn =
  (...kinds: readonly Named['kind'][]) =>
  (entry: Named) =>
    kinds.includes(entry.kind);
const any = () => true;
const isRole = ({ arn }: Named) => arn.includes(':role/');
const atStart = (entry: Named, groups: readonly string[]) => [
  { ...entry, groups: [...new Set([...groups, ...entry.groups])] },
];

const CHANGES: Readonly<Record<string, Change>> = {
  'a role': addRole(`arn:aws:iam::${OUTSIDE}:role/eve`),
  'a role with a name like those of a pattern': addRole(`arn:aws:iam::${OUTSIDE}:role/eks-eve-node`),
  'a role in mapUsers': addUser(`arn:aws:iam::${OUTSIDE}:role/eve`),
  'a user': addUser(`arn:aws:iam::${IN_SCOPE[0]}:user/eve`),
  'a user in mapRoles': addRole(`arn:aws:iam::${IN_SCOPE[0]}:user/eve`),
  'a federated user': addUser(`arn:aws:sts::${IN_SCOPE[0]}:federated-user/eve`),
  'the root user': addUser('arn:aws:iam::777788889999:root'),
  'a permission set': addRole(role(IN_SCOPE[0] ?? '', 'Eve').roleArn),
  'a permission set in mapUsers': addUser(role(IN_SCOPE[0] ?? '', 'Eve').roleArn),
  'a permission set of another account': addRole(role(OUTSIDE, 'Admin').roleArn),
  'an older role': addRole(role(IN_SCOPE[1] ?? '', 'Eve', 9).roleArn),
  'a session': addRole(`arn:aws:sts::${OUTSIDE}:assumed-role/eve/eve`),
  'a role without suffix': addRole(`arn:aws:iam::${IN_SCOPE[0]}:role/AWSReservedSSO_Admin`),
  'a wildcard': addRole(`arn:aws:iam::${IN_SCOPE[0]}:role/*`),
  'an account': ({ accounts, ...rest }) => ({ ...rest, accounts: [...accounts, OUTSIDE] }),
  'an account again': ({ accounts, ...rest }, pick) => {
    const again = pick(accounts);
    return again === undefined ? undefined : { ...rest, accounts: [...accounts, again] };
  },
  'a malformed account': ({ accounts, ...rest }) => ({ ...rest, accounts: [...accounts, '11112222333'] }),
  'a group more': replacing(states('groups'), (entry) => atStart(entry, ['eve'])),
  'system:masters more': replacing(
    (entry) => states('groups')(entry) && !entry.groups.includes(MASTERS),
    (entry) => atStart(entry, [MASTERS]),
  ),
  'a group that a session can make system:masters': replacing(states('groups'), (entry) =>
    atStart(entry, ['system:{{SessionName}}']),
  ),
  'a group less': replacing(
    (entry) => states('groups')(entry) && entry.groups.length > 0,
    // A Windows node without its group looks like a Linux node.
    (entry) => [
      {
        ...entry,
        groups: entry.groups.filter(
          (group) => group !== (entry.kind === 'node' ? 'system:nodes' : entry.groups[0]),
        ),
      },
    ],
  ),
  'no groups': replacing(
    (entry) => states('groups')(entry) && entry.groups.length > 0,
    (entry) => [{ ...entry, groups: [] }],
  ),
  'a group in another case': replacing(
    (entry) => states('groups')(entry) && entry.groups.length > 0,
    (entry) => [{ ...entry, groups: entry.groups.map((group) => group.toUpperCase()) }],
  ),
  'another username': replacing(states('username'), (entry) => [{ ...entry, username: 'eve' }]),
  'a username in another case': replacing(
    (entry) => states('username')(entry) && entry.username !== '',
    (entry) => [{ ...entry, username: entry.username.replace(/[a-zü]/, (letter) => letter.toUpperCase()) }],
  ),
  'the same entry again': replacing(any, (entry) => [entry, entry]),
  'the same ARN with other groups': replacing(any, (entry) => [entry, { ...entry, groups: ['eve'] }]),
  'the same ARN with system:masters before it': replacing(any, (entry) => [
    { ...entry, groups: [MASTERS] },
    entry,
  ]),
  'the same ARN in another case': replacing(any, (entry) => [
    entry,
    {
      ...entry,
      groups: [MASTERS],
      arn: entry.arn.replace(/[^:/]+$/, (name) => name.toUpperCase().replace('ROOT', 'Root')),
    },
  ]),
  'the same ARN in the other map': (model, pick) => {
    const entry = pick(model.roles);
    return entry && { ...model, users: [...model.users, { ...entry, groups: [MASTERS] }] };
  },
  'an ARN in another case': replacing(isIn('mapped', 'node'), (entry) => [
    { ...entry, arn: entry.arn.replace(/[^:/]+$/, (name) => name.toUpperCase()) },
  ]),
  'a path': replacing(isRole, (entry) => [{ ...entry, arn: entry.arn.replace(':role/', ':role/team/') }]),
  'the path of Identity Center': replacing(isIn('mapped'), (entry) => [
    { ...entry, arn: entry.arn.replace(':role/', ':role/aws-reserved/sso.amazonaws.com/') },
  ]),
  'another partition': replacing(any, (entry) => [
    { ...entry, arn: entry.arn.replace('arn:aws:', 'arn:aws-cn:') },
  ]),
  'a blank': replacing(any, (entry) => [{ ...entry, arn: `${entry.arn} ` }]),
  'another suffix': replacing(isIn('mapped'), (entry) => [{ ...entry, arn: entry.arn.replace(/\d$/, '9') }]),
  'an entry less': replacing(isIn('mapped', 'node'), () => [], ['roles']),
};

it('finds each manual change to a map, and nothing in an unchanged map', async () => {
  const snapshot = snapshotText({
    ...inventory(
      IN_SCOPE.map((id) => account(id)),
      IN_SCOPE.flatMap((id) => [...SETS, 'Eve'].map((set) => role(id, set))),
    ),
    capturedAt: new Date().toISOString(),
  });
  const cwd = await scratch({ 'world.json': snapshot });
  const given = ['-c', 'c.json', '--inventory', 'world.json'];
  const diff = async (model: Model, isJson: boolean) => {
    await writeFile(join(cwd, 'map.json'), render(model, isJson));
    return run(['diff', 'map.json', '--strict', '-o', 'json', ...given], { cwd });
  };
  const made = new Map<string, number>();
  const names = Object.keys(CHANGES);
  const property = fc.asyncProperty(WORLD, fc.constantFrom(...names), fc.nat(), async (world, name, seed) => {
    const others = withoutOverlaps(world.others);
    await writeFile(join(cwd, 'c.json'), configOf(world, others));
    const generated = await run(['generate', '-o', 'maproles', '--no-nodes', ...given], { cwd });
    expect(generated.exitCode, generated.stderr).toBe(0);
    const model = modelOf(world, others, load(generated.stdout));
    const clean = await diff(model, world.isJson);
    expect(clean, clean.stderr).toMatchObject({ exitCode: 0 });
    const changed = CHANGES[name]?.(model, (list) => list[seed % list.length]);
    if (!changed) return;
    const found = await diff(changed, world.isJson);
    expect(found.exitCode, `${name}: ${found.stdout}${found.stderr}`).toBe(1);
    made.set(name, (made.get(name) ?? 0) + 1);
  });
  await fc.assert(property, runs(60));
  const count = [...made.values()].reduce((sum, one) => sum + one, 0);
  expect(count).toBeGreaterThan(runs(40).numRuns);
  if (Number(process.env.RUNS) > 1)
    console.info(`${count} changes of ${made.size} kinds found, on ${runs(60).numRuns} clean maps`);
});

function modelOf(world: World, others: readonly Other[], generated: unknown): Model {
  const entries = generated as readonly (Omit<Item, 'arn'> & { rolearn: string })[];
  const roles = entries.map(({ rolearn: arn, username, groups }): Named => {
    const index = world.nodes.findIndex((kind) => nodeArn(kind) === arn);
    const kind = index < 0 ? undefined : NODE_KINDS[world.nodes[index] ?? 0];
    return {
      arn,
      username: kind?.username ?? username,
      groups: kind?.groups ?? groups,
      states: ['username', 'groups'],
      kind: kind ? 'node' : 'mapped',
    };
  });
  const named = others.map((other) => {
    const { username, groups, states: stated, isUser } = other;
    return {
      isUser,
      entry: { arn: arnOf(other), username, groups, states: stated, kind: 'other' } satisfies Named,
    };
  });
  return {
    roles: [...roles, ...named.filter(({ isUser }) => !isUser).map(({ entry }) => entry)],
    users: named.filter(({ isUser }) => isUser).map(({ entry }) => entry),
    accounts: world.accounts,
  };
}
