import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutPath } from '../../src/arn.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import type { CheckFinding } from '../../src/check/rule.ts';
import type { EksCluster, ExistingAccessEntry, Inventory, Role } from '../../src/directory/model.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  type AuthenticationMode,
  accessPolicyArn,
  defaultUsername,
} from '../../src/eks.ts';
import { awsAuthOf, type Item } from '../access-entry/aws-auth-of.ts';
import { ACCOUNT, accessEntry, eksCluster, policy } from '../access-entry/eks-cluster.ts';
import { EksModel, shellWords } from '../access-entry/eks-model.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';

/**
 * Runs the commands that `check` prints about an access entry next to an aws-auth entry, one by one: those of the AWS
 * CLI on a model of EKS, and `aws-auth-sso access-entries` itself, whose entries the model then takes.
 */

const NEWEST = role(ACCOUNT, 'Dev', 20);
const OLDER = role(ACCOUNT, 'Dev', 10);
const CI: Role = {
  ...NEWEST,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/ci`,
  pathArn: `arn:aws:iam::${ACCOUNT}:role/team/ci`,
};
const USER = `arn:aws:iam::${ACCOUNT}:user/alice`;
const ALIVE = '2026-02-01T00:00:00.000Z';
const DEAD = '2026-01-01T12:00:00.000Z';

const PEOPLE = [
  'viewers',
  'deployers',
  'system:masters',
  'system:authenticated',
  'system:own',
  'of-{{SessionName}}',
];
const NODES = ['system:bootstrappers', 'system:nodes'];
const MORE_OF_NODES = ['eks:kube-proxy-windows', 'system:node-proxier', 'system:masters', 'viewers'];
const USERNAMES = [
  'gha',
  'sso:{{SessionName}}',
  'sso:{{SessionNameRaw}}',
  '{{SessionName}}',
  'x:{{AccessKeyID}}',
  'a:{{AccountID}}',
  'system:x',
  '',
];
const NODE_USERNAMES = ['system:node:{{EC2PrivateDNSName}}', 'system:node:{{SessionName}}'];
const SCOPES: readonly AccessPolicy['scope'][] = ['cluster', { namespaces: ['dev-*', 'qa'] }];

const mapped = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ username: fc.constantFrom(...USERNAMES), groups: fc.subarray(PEOPLE) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      username: fc.constantFrom(...NODE_USERNAMES),
      groups: fc.subarray(MORE_OF_NODES).map((more) => [...NODES, ...more]),
    }),
  },
);
const policies = fc
  .subarray(['ClusterAdmin', 'View', 'Edit'])
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.constantFrom(...SCOPES).map((scope) => policy(`AmazonEKS${name}Policy`, scope)),
      ),
    ),
  );
const standard = fc.record({
  type: fc.constant('STANDARD'),
  username: fc.constantFrom(
    'gha',
    'sso:{{SessionName}}',
    'sso:{{SessionNameRaw}}',
    'old:{{SessionName}}',
    null,
  ),
  kubernetesGroups: fc.subarray(['viewers', 'deployers', 'others']),
  policies,
});
const nodes = fc.oneof(
  fc.record({
    type: fc.constantFrom('EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX'),
    policies: fc.constant<readonly AccessPolicy[]>([]),
  }),
  fc.record({
    type: fc.constant('EC2'),
    policies: fc.subarray(['AutoNode']).map((names) => names.map((name) => policy(`AmazonEKS${name}Policy`))),
  }),
);
const given = fc.oneof({ weight: 4, arbitrary: standard }, { weight: 1, arbitrary: nodes });
/** States of the access entry: alive, dead, role gone, or role superseded. */
const cases = fc.constantFrom(
  { principalArn: CI.pathArn, now: CI.pathArn, createdAt: ALIVE, older: [] as readonly Role[] },
  { principalArn: CI.pathArn, now: CI.pathArn, createdAt: DEAD, older: [] as readonly Role[] },
  { principalArn: USER, now: USER, createdAt: ALIVE, older: [] as readonly Role[] },
  { principalArn: OLDER.pathArn, now: NEWEST.pathArn, createdAt: ALIVE, older: [] as readonly Role[] },
  { principalArn: OLDER.pathArn, now: NEWEST.pathArn, createdAt: ALIVE, older: [OLDER] },
);
const pairs = fc.record({
  mode: fc.constantFrom<AuthenticationMode>('API_AND_CONFIG_MAP', 'API'),
  place: cases,
  given,
  mapped: fc.option(mapped, { freq: 8 }),
  omitted: fc.constantFrom('kept' as const, 'reset' as const),
});
type Pair = typeof pairs extends fc.Arbitrary<infer Value> ? Value : never;

/** A caller's identity and permissions, without everyone's permissions and irrelevant groups of nodes. */
interface Has {
  readonly username: string;
  readonly groups: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
  readonly isAdmin: boolean;
}

const RULES = ['overridden-by-access-entry', 'dead-access-entry', 'orphan-access-entry'];
const ASIDE = ['system:masters', 'system:authenticated', 'system:bootstrappers', 'system:node-proxier'];

test('each printed correction grants what it says, removes nothing else, and leaves nothing to correct', async () => {
  const cwd = await scratch();
  const counts = { pairs: 0, commands: 0 };
  await fc.assert(
    fc.asyncProperty(pairs, async (pair) => {
      counts.pairs += 1;
      counts.commands += await holds(pair, cwd);
    }),
    runs(250),
  );
  expect(counts.commands).toBeGreaterThan(counts.pairs / 2);
});

/** The variable of nodes denies access to users and people with a permission set. */
function isEffective({ rolearn, username = '' }: Item): boolean {
  return rolearn === CI.roleArn || !username.includes('EC2PrivateDNSName');
}

/** Runs the commands and returns their number. */
async function holds(pair: Pair, cwd: string): Promise<number> {
  const { mode, place, mapped: entry, omitted } = pair;
  const item = entry && { ...entry, rolearn: withoutPath(place.now) };
  const source = awsAuth(item);
  const counted = item && isEffective(item) ? item : null;
  const world = inventory([account(ACCOUNT)], [...place.older, NEWEST], {
    otherRoles: [{ arn: CI.roleArn, role: { pathArn: CI.pathArn, createdAt: '2026-01-20T00:00:00.000Z' } }],
  });
  const model = new EksModel(eksCluster(mode, [existing(pair)]), omitted);
  const round = async () => {
    let count = 0;
    for (const finding of findingsIn(source, model.snapshot(), world)) {
      const commands = commandsIn(finding);
      if (commands.length === 0) continue;
      count += commands.length;
      const before = accessOf(model, pair, counted);
      const states: (Has | null)[] = [];
      let saved: readonly AccessEntry[] = [];
      for (const command of commands) {
        const [writing = '', file] = command.split(' > ');
        if (command.startsWith('aws eks ')) model.run(command);
        else if (command.startsWith('bash ')) take(saved, model);
        else {
          saved = await writtenBy(writing, source, { ...world, clusters: [model.snapshot()] }, cwd);
          if (file === undefined) take(saved, model);
        }
        states.push(accessOf(model, pair, counted));
      }
      const isOwn = finding.code === 'overridden-by-access-entry';
      const meant =
        counted && (isOwn || mode !== 'API')
          ? mappedHas(counted)
          : hasOf(existing({ ...pair, place: { ...place, principalArn: place.now } }));
      const text = `${finding.message}\n${finding.help}`;
      const trial = { text, commands, meant, before, states };
      expect(problemsOf(trial, pair), `${text}\n${JSON.stringify(trial)}`).toEqual([]);
    }
    return count;
  };
  const ran = await round();
  // In mode API an access entry is re-created unchanged. If aws-auth, which is ignored, differs, a second finding says
  // so.
  const isOther =
    mode === 'API' &&
    place.principalArn !== USER &&
    !(place.createdAt === ALIVE && place.principalArn === CI.pathArn);
  const more = isOther ? await round() : 0;
  expect(findingsIn(source, model.snapshot(), world).flatMap(commandsIn), 'what is still printed').toEqual(
    [],
  );
  return ran + more;
}

function awsAuth(item: Item | null): string {
  if (!item?.rolearn.includes(':user/')) return awsAuthOf(item ? [item] : []);
  const { rolearn: userarn, ...rest } = item;
  return awsAuthOf([], { mapUsers: JSON.stringify([{ userarn, ...rest }]) });
}

/** EKS returns a username except for nodes, whose username comes from the type. */
function existing({ given: one, place: { principalArn, createdAt } }: Pair): ExistingAccessEntry {
  const stated = 'username' in one ? (one.username ?? defaultUsername(principalArn)) : null;
  return accessEntry(principalArn, { ...one, username: stated, createdAt });
}

function findingsIn(source: string, cluster: EksCluster, world: Inventory): CheckFinding[] {
  return checkDocument(readWithProblems(source, 'f'), { cluster: { eks: cluster }, inventory: world }).filter(
    ({ code }) => RULES.includes(code),
  );
}

function commandsIn({ help }: CheckFinding): string[] {
  const lines = help.split('\n').map((line) => line.replace(/ &&$/, ''));
  return lines.filter((line) => /^(?:aws eks|aws-auth-sso|bash) /.test(line));
}

/** The access entries that a printed command of aws-auth-sso writes. */
async function writtenBy(
  command: string,
  source: string,
  world: Inventory,
  cwd: string,
): Promise<AccessEntry[]> {
  await writeFile(join(cwd, 'f'), source);
  await writeFile(join(cwd, 'inventory.json'), snapshotText(world));
  const words = [...shellWords(command).slice(1), '--inventory', 'inventory.json', '--max-age', '9999d'];
  const { exitCode, stdout, stderr } = await run([...words, '-o', 'json'], { cwd });
  expect(exitCode, `${command}\n${stderr}`).toBe(0);
  return JSON.parse(stdout).entries;
}

/** Creates and updates entries like the script, which removes no policies. */
function take(entries: readonly AccessEntry[], model: EksModel): void {
  for (const entry of entries) {
    const old = model.entries.get(entry.principalArn);
    const others = (old?.policies ?? []).filter(
      ({ policyArn }) => !entry.policies.some((one) => one.policyArn === policyArn),
    );
    const policies = [...others, ...entry.policies];
    const username =
      entry.username ?? (entry.type === 'STANDARD' ? defaultUsername(entry.principalArn) : null);
    model.entries.set(entry.principalArn, { ...entry, username, policies, createdAt: ALIVE });
  }
}

/** The access of the current role. */
function accessOf(model: EksModel, { mode, place }: Pair, item: Item | null): Has | null {
  const entry = model.entries.get(place.now);
  const isDead = entry?.createdAt === DEAD;
  if (entry && isDead) return null;
  if (entry) return hasOf(entry);
  return item && mode !== 'API' ? mappedHas(item) : null;
}

function hasOf({ principalArn, type, username, kubernetesGroups, policies: all }: ExistingAccessEntry): Has {
  const isNode = type !== 'STANDARD';
  const admin = accessPolicyArn('aws', 'AmazonEKSClusterAdminPolicy');
  return {
    username: username ?? (isNode ? nodeName(type) : defaultUsername(principalArn)),
    groups: new Set(isNode ? nodeGroups(type) : kubernetesGroups),
    policies: new Set(
      all
        .filter(({ policyArn, scope }) => policyArn !== admin || scope !== 'cluster')
        .map((one) => JSON.stringify(one)),
    ),
    isAdmin: all.some(({ policyArn, scope }) => policyArn === admin && scope === 'cluster'),
  };
}

function nodeName(type: string): string {
  return type.startsWith('EC2') ? 'system:node:{{EC2PrivateDNSName}}' : 'system:node:{{SessionName}}';
}

function nodeGroups(type: string): string[] {
  return ['system:nodes', ...(type === 'EC2_WINDOWS' ? ['eks:kube-proxy-windows'] : [])];
}

/** The access that aws-auth grants. IAM users have no session name. */
function mappedHas({ rolearn, username = '', groups = [] }: Item): Has {
  const filledIn = (name: string) => {
    const known = name.replaceAll('{{AccountID}}', ACCOUNT);
    return rolearn === USER ? known.replaceAll(/\{\{SessionName(?:Raw)?\}\}/g, '') : known;
  };
  return {
    username: filledIn(username),
    groups: new Set(groups.filter((group) => !ASIDE.includes(group)).map(filledIn)),
    policies: new Set(),
    isAdmin: groups.includes('system:masters'),
  };
}

function isNothing(has: Has | null): boolean {
  return !has || (has.groups.size + has.policies.size === 0 && !has.isAdmin);
}

/** A printed correction, and its effect on the current role. */
interface Trial {
  readonly text: string;
  readonly commands: readonly string[];
  /** The intended result: the grant of aws-auth if that applies, otherwise of the old access entry. */
  readonly meant: Has;
  readonly before: Has | null;
  /** The access after each command. */
  readonly states: readonly (Has | null)[];
}

/** Mistakes in a correction. */
function problemsOf(trial: Trial, { mode, place }: Pair): string[] {
  const after = trial.states.at(-1) ?? null;
  const moments = trial.states.flatMap((state, index) =>
    isNothing(state) &&
    !isNothing(trial.before) &&
    !isNothing(trial.meant) &&
    !isUnavoidable(trial.commands, index, mode, place.now)
      ? `a moment with nothing after ${trial.commands[index]}`
      : [],
  );
  const position = (operation: string) =>
    trial.commands.findIndex((command) => command.includes(` ${operation} `));
  const deletion = position('delete-access-entry');
  const creation = Math.max(position('create-access-entry'), position('access-entries'));
  const isTooEarly = place.older.length > 0 && trial.commands[deletion]?.includes(place.principalArn);
  return [
    ...lossesOf(trial, after),
    ...(after?.isAdmin && !trial.before?.isAdmin && !/cluster admin|system:masters/.test(trial.text)
      ? ['an admin in silence']
      : []),
    ...(isNothing(after) && !isNothing(trial.before) && !isNothing(trial.meant) ? ['nothing is left'] : []),
    ...moments,
    // The older role keeps access until the newer one has an access entry.
    ...(isTooEarly && creation > deletion ? ['the older role loses access first'] : []),
  ];
}

/** Missing or removed permissions that the text doesn't mention. */
function lossesOf({ text, commands, meant, before }: Trial, after: Has | null): string[] {
  const isSaid = (name: string) =>
    text
      .split('\n')
      .some(
        (line) => /access entry can't have|doesn't grant|bind the roles/.test(line) && line.includes(name),
      ) || text.includes('No access entry type can grant that.');
  const groups = (has: Has | null) =>
    (after?.isAdmin ? [] : [...(has?.groups ?? [])]).filter((group) => !after?.groups.has(group));
  const isRemoval = (command: string) => / (?:delete-access-entry|disassociate-access-policy) /.test(command);
  const isDeleted = commands.some(isRemoval);
  const policies = [...(before?.policies ?? [])].filter(
    (one) => !after?.policies.has(one) && !after?.isAdmin,
  );
  return [
    ...groups(meant)
      .filter((group) => !isSaid(`"${group}"`))
      .map((group) => `lacks ${group}`),
    ...(meant.isAdmin && !after?.isAdmin && !isSaid('') ? ['lacks cluster admin'] : []),
    // Other old groups must be mentioned.
    ...groups(before)
      .filter((group) => !text.includes(`"${group}"`))
      .map((group) => `took ${group}`),
    ...policies
      .filter((one) => !isDeleted || !text.includes(/AmazonEKS\w+/.exec(one)?.[0] ?? ''))
      .map((one) => `took ${one}`),
    ...(meant.username !== after?.username &&
    !/An access entry can't have the username/.test(text) &&
    after &&
    !isNothing(after) &&
    before?.username !== after.username
      ? [`is called ${after.username}`]
      : []),
  ];
}

/**
 * True between creating an access entry and associating its policy, and while replacing one by another type without
 * aws-auth as a fallback.
 */
function isUnavoidable(
  commands: readonly string[],
  index: number,
  mode: AuthenticationMode,
  now: string,
): boolean {
  const [command = '', next = ''] = [commands[index], commands[index + 1]];
  if (command.includes(' create-access-entry ')) return next.includes(' associate-access-policy ');
  return (
    mode === 'API' &&
    command.includes(' delete-access-entry ') &&
    command.includes(now) &&
    /^bash /.test(next)
  );
}
