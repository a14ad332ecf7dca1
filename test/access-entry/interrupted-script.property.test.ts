import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderAwsCli } from '../../src/access-entry/aws-cli.ts';
import { coversNamespace } from '../../src/access-policy.ts';
import { planCluster } from '../../src/change/plan-cluster.ts';
import { renderUndo, undoOf } from '../../src/change/undo.ts';
import type { EksCluster, ExistingAccessEntry } from '../../src/directory/model.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  accessPolicyArn,
  clusterAdminPolicy,
  defaultUsername,
} from '../../src/eks.ts';
import { wholeRuns } from '../runs.ts';
import { type InterruptingAws, modelCommand, runScript } from './aws-command.ts';
import { EksModel } from './eks-model.ts';
import { accessEntry, judgedEntry } from './entries.ts';

/**
 * Stops the script at each of its calls. An entry that then grants less than before and less than afterwards is named,
 * another run completes the entries, and the rollback leads back without deleting the entries and policies of others.
 */

const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;
const arnOf = (index: number) =>
  `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Set${index}_0123456789abcdef`;
const CREATOR = arnOf(0);
const PROBES = ['cluster', 'dev', 'qa', 'team-a', 'team-b'];

const scope = fc.oneof(
  fc.constant<AccessPolicy['scope']>('cluster'),
  fc
    .subarray(['dev', 'qa', 'team-*', 'team-a', '*b'], { minLength: 1 })
    .map((namespaces): AccessPolicy['scope'] => ({ namespaces })),
);
const policies = fc.subarray(['View', 'Edit', 'Admin', 'ClusterAdmin'], { maxLength: 3 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      (name === 'ClusterAdmin' ? fc.constant<AccessPolicy['scope']>('cluster') : scope).map((one) => ({
        policyArn: accessPolicyArn('aws', `AmazonEKS${name}Policy`),
        scope: one,
      })),
    ),
  ),
);
const fields = fc.record({
  kubernetesGroups: fc.subarray(['admins', 'a "b"', "it's"]),
  username: fc.constantFrom('x:{{SessionName}}', 'gha', null),
  policies,
});
const worlds = fc.record({
  isNew: fc.boolean(),
  roles: fc.array(
    fc.record({ wanted: fc.option(fields, { freq: 5 }), existing: fc.option(fields, { freq: 2 }) }),
    { minLength: 2, maxLength: 4 },
  ),
  /** Changes by others between printing and running. */
  foreign: fc.constantFrom(null, 'entry', 'policy'),
});
type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;
type Entries = EksModel['entries'];

const STOPS = ['denied', 'lost answer', 'SIGINT before', 'SIGTERM after', 'rejected'] as const;
type Stop = (typeof STOPS)[number];

test('an interrupted script leaves nobody with less without a word', async () => {
  let stops = 0;
  await fc.assert(
    fc.asyncProperty(worlds, fc.nat(), async (world, seed) => {
      const { script, rollback, before, start } = print(world);
      const whole = await runOn(start(), script);
      expect(whole).toMatchObject({ code: 0 });
      const after = whole.model.entries;
      expectWanted(after, world, before);
      const states = new Set<string>();
      for (const [at, call] of whole.calls.entries()) {
        const isWrite = !/^(?:describe|list)-/.test(call);
        const kinds = isWrite ? STOPS : [STOPS[(seed + at) % 2] ?? 'denied'];
        for (const stop of kinds) {
          stops += 1;
          const { model, code, stderr, calls } = await runOn(start(), script, { at, stop });
          expect([stop, code]).not.toEqual([stop, 0]);
          if (stop !== 'rejected') expect(calls).toHaveLength(at + 1);
          expectNoSilentLoss(before, model.entries, after, stderr);
          const interrupted = model.entries;
          const state = JSON.stringify(comparable(interrupted));
          if (states.has(state)) continue;
          states.add(state);
          const again = await runOn(modelOf(world, interrupted), printed(world, interrupted).script);
          expect(again).toMatchObject({ code: 0 });
          expectWanted(again.model.entries, world, before, true);
          const undone = await runOn(modelOf(world, interrupted), rollback);
          expect(undone).toMatchObject({ code: 0 });
          expectUndone(undone.model.entries, before, undone.stderr, world);
        }
      }
      const undone = await runOn(modelOf(world, after), rollback);
      expectUndone(undone.model.entries, before, undone.stderr, world);
      expect(await runOn(undone.model, rollback)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('changes: 0, failures: 0'),
      });
    }),
    { ...wholeRuns(25), endOnFailure: true },
  );
  if (process.env.RUNS_REPORT) process.stdout.write(`stopped ${stops} times\n`);
}, 3_600_000);

/** The scripts for a world, and the cluster when they run. */
function print(world: World) {
  const then = world.isNew ? new Map() : entriesOf(world);
  const { script, rollback } = printed(world, then, world.isNew);
  const before = new Map(then);
  // EKS makes this entry when access entries are enabled.
  if (world.isNew)
    before.set(CREATOR, existing(CREATOR, { ...CREATORS, username: defaultUsername(CREATOR) }));
  for (const [arn, entry] of foreign(world, before)) before.set(arn, entry);
  return { script, rollback, before, start: () => modelOf(world, before) };
}

const CREATORS = {
  kubernetesGroups: [],
  policies: [{ policyArn: clusterAdminPolicy('aws'), scope: 'cluster' as const }],
};
const FOREIGN: AccessPolicy = {
  policyArn: accessPolicyArn('aws', 'AmazonEKSSecretReaderPolicy'),
  scope: 'cluster',
};

function foreign({ foreign: what }: World, before: Entries): [string, ExistingAccessEntry][] {
  const [last] = [...before].slice(-1);
  if (what === 'policy' && last) return [[last[0], { ...last[1], policies: [...last[1].policies, FOREIGN] }]];
  const arn = arnOf(1);
  return what === 'entry' && !before.has(arn)
    ? [[arn, existing(arn, { kubernetesGroups: ['theirs'], username: 'theirs', policies: [FOREIGN] })]]
    : [];
}

function printed(world: World, entries: Entries, isNew = false) {
  const target = { cluster: 'prod', arn: CLUSTER, region: 'eu-west-1' };
  const wanted = wantedOf(world);
  const judged = [...entries.values()].map((entry) => judgedEntry(entry));
  const cluster: EksCluster = {
    name: 'prod',
    arn: CLUSTER,
    authenticationMode: isNew ? 'CONFIG_MAP' : 'API_AND_CONFIG_MAP',
    accessEntries: [...entries.values()],
  };
  const undo = undoOf(planCluster(cluster, judged, wanted, null), cluster);
  return {
    script: renderAwsCli(wanted, { ...target, dead: [], isNew }),
    rollback: renderUndo(undo, target),
  };
}

function wantedOf({ roles }: World): AccessEntry[] {
  return roles.flatMap(({ wanted }, index) => (wanted ? [accessEntry(arnOf(index), wanted)] : []));
}

function existing(arn: string, one: Omit<AccessEntry, 'principalArn' | 'type'>): ExistingAccessEntry {
  return { ...accessEntry(arn, one), createdAt: '2026-01-01T00:00:00.000Z' };
}

function entriesOf({ roles }: World): Entries {
  return new Map(
    roles.flatMap((role, index) => {
      const arn = arnOf(index);
      const { username = null, ...rest } = role.existing ?? {};
      return role.existing
        ? [
            [
              arn,
              existing(arn, { ...role.existing, ...rest, username: username ?? defaultUsername(arn) }),
            ] as const,
          ]
        : [];
    }),
  );
}

function modelOf(_: World, entries: Entries): EksModel {
  const cluster: EksCluster = {
    name: 'prod',
    arn: CLUSTER,
    authenticationMode: 'API_AND_CONFIG_MAP',
    accessEntries: [...entries.values()],
  };
  return new EksModel(cluster, 'reset');
}

async function runOn(model: EksModel, script: string, stop: { at: number; stop: Stop } | null = null) {
  const calls: string[] = [];
  const aws = modelCommand(model);
  const command: InterruptingAws = (args, interrupt) => {
    const call = args[1] ?? '';
    calls.push(call);
    if (!stop || calls.length - 1 !== stop.at) return aws(args);
    const error = (name: string) => new Error(`An error occurred (${name}) when calling ${call}: x`);
    switch (stop.stop) {
      case 'denied':
        throw error('AccessDeniedException');
      case 'rejected':
        throw error('InvalidParameterException');
      case 'lost answer':
        void aws(args);
        throw new Error('Read timeout on endpoint URL');
      case 'SIGINT before':
        interrupt('SIGINT');
        return new Promise(() => {});
      default:
        void aws(args);
        interrupt('SIGTERM');
        return new Promise(() => {});
    }
  };
  return { model, calls, ...(await runScript(script, command)) };
}

/** Permissions of an entry in the namespaces of `PROBES`. */
function rightsOf(entry: AccessEntry | undefined): Set<string> {
  if (!entry) return new Set(['aws-auth']);
  const { username, kubernetesGroups } = entry;
  const granted = entry.policies.flatMap(({ policyArn, scope: where }) =>
    PROBES.filter(
      (probe) =>
        where === 'cluster' ||
        where.namespaces.some((one) => probe !== 'cluster' && coversNamespace(one, probe)),
    ).map((probe) => `${policyArn} in ${probe}`),
  );
  return new Set([`user ${username}`, ...kubernetesGroups.map((group) => `group ${group}`), ...granted]);
}

function isSuperset(all: ReadonlySet<string>, some: ReadonlySet<string>): boolean {
  return [...some].every((one) => all.has(one));
}

function expectNoSilentLoss(before: Entries, now: Entries, after: Entries, stderr: string): void {
  const principals = new Set([...before.keys(), ...now.keys(), ...after.keys()]);
  const rights = (entries: Entries, arn: string) => rightsOf(entries.get(arn));
  const isUser = (one: string) => one.startsWith('user ');
  for (const arn of principals) {
    const held = rights(now, arn);
    if (isSuperset(held, rights(before, arn)) || isSuperset(held, rights(after, arn))) continue;
    expect(stderr).toContain(`error: ${arn}: `);
    expect(stderr).toMatch(/overrides aws-auth and (?:has|lacks)/);
  }
  const narrowed = [...before.keys()].filter((arn) => !isSuperset(rights(now, arn), rights(before, arn)));
  if (narrowed.length === 0) return;
  for (const arn of principals) {
    const wide = new Set([...rights(after, arn)].filter((one) => !isUser(one)));
    expect({ arn, isWide: isSuperset(rights(now, arn), wide) }).toEqual({ arn, isWide: true });
  }
}

/** The entry of a cluster's creator is left alone in a first run. */
function expectWanted(entries: Entries, world: World, before: Entries, isLater = false): void {
  for (const { principalArn, username, kubernetesGroups, policies: wanted } of wantedOf(world)) {
    const found = entries.get(principalArn);
    if (!isLater && world.isNew && principalArn === CREATOR && found === before.get(CREATOR)) continue;
    expect(found?.kubernetesGroups.toSorted()).toEqual(kubernetesGroups.toSorted());
    expect(found?.username).toBe(
      username ?? before.get(principalArn)?.username ?? defaultUsername(principalArn),
    );
    expect((found?.policies ?? []).map(policyKey)).toEqual(expect.arrayContaining(wanted.map(policyKey)));
  }
}

function policyKey({ policyArn, scope: where }: AccessPolicy): string {
  return JSON.stringify([policyArn, where === 'cluster' ? where : where.namespaces.toSorted()]);
}

function comparable(entries: Entries) {
  return [...entries.values()]
    .map(({ principalArn, username, kubernetesGroups, policies: all }) => ({
      principalArn,
      username,
      groups: kubernetesGroups.toSorted(),
      policies: all.map(policyKey).toSorted(),
    }))
    .toSorted((one, other) => (one.principalArn < other.principalArn ? -1 : 1));
}

function expectUndone(now: Entries, before: Entries, stderr: string, world: World): void {
  if (world.foreign === null && !world.isNew) {
    expect(comparable(now)).toEqual(comparable(before));
    return;
  }
  // The entries and policies of others and of EKS are there; any other entry that is left is named.
  for (const [arn, entry] of before) {
    const theirs = entry.policies.filter(({ policyArn }) => policyArn === FOREIGN.policyArn);
    expect(now.get(arn)?.policies.map(policyKey)).toEqual(expect.arrayContaining(theirs.map(policyKey)));
    if (arn === CREATOR && world.isNew)
      expect(now.get(arn)?.policies.map(policyKey)).toEqual(
        expect.arrayContaining(CREATORS.policies.map(policyKey)),
      );
  }
  for (const arn of now.keys())
    if (!before.has(arn)) {
      const wanted = wantedOf(world).find(({ principalArn }) => principalArn === arn);
      const mayBeCreators = world.isNew && wanted?.username === null && wanted.kubernetesGroups.length === 0;
      expect({ arn, isNamed: mayBeCreators || stderr.includes(`warning: ${arn}: keeps`) }).toEqual({
        arn,
        isNamed: true,
      });
      expect(mayBeCreators).toBe(true);
    }
}
