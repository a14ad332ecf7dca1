import { expect, test } from 'vitest';
import { awsCommand, runScript } from '../access-entry/aws-command.ts';
import { runWithEnvironment } from '../cli/run.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';

const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;
const [ADMIN, VIEW, OLD, GONE] = ['Admin', 'View', 'Old', 'Gone'].map(
  (set) =>
    `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_${set}_0123456789abcdef`,
);
const CONFIG = {
  accounts: [ACCOUNT],
  mappings: [
    { permissionSet: 'Admin', groups: ['system:masters'] },
    { permissionSet: 'View', groups: ['viewers'] },
  ],
};

type Entries = NonNullable<NonNullable<WorldInput['clusters']>[number]['accessEntries']>;

/** A cluster with a dead entry for a mapped role, one for a role that no mapping names, and one for a role that is gone. */
const ENTRIES: Entries = [
  { principalArn: ADMIN ?? '', groups: ['old'], createdAt: '2020-06-01T00:00:00Z' },
  { principalArn: OLD ?? '', policies: ['AmazonEKSClusterAdminPolicy'] },
  { principalArn: GONE ?? '' },
  { principalArn: `arn:aws:iam::${ACCOUNT}:user/alice` },
];

function worldWith(accessEntries: Entries = ENTRIES): Promise<FakeAws> {
  const made = { account: ACCOUNT, suffix: '0123456789abcdef', createdAt: '2021-01-01T00:00:00Z' };
  return fakeAwsForTest({
    managementAccountId: ACCOUNT,
    homeRegion: 'eu-west-1',
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    roles: [
      ...['Admin', 'View', 'Old'].map((permissionSet) => ({ ...made, permissionSet })),
      { account: ACCOUNT, name: 'deploy', createdAt: '2025-01-01T00:00:00Z' },
    ],
    clusters: [{ name: 'prod', account: ACCOUNT, accessEntries }],
  });
}

async function print(options: readonly string[] = [], config: object = CONFIG) {
  const cwd = await scratch({ 'config.json': JSON.stringify(config) });
  return runWithEnvironment(
    ['access-entries', '-c', 'config.json', '--cluster', CLUSTER, '--prune', ...options],
    { cwd },
  );
}

function principalsOf({ clusters }: FakeAws): string[] {
  return (clusters[0]?.accessEntries ?? []).map(({ principalArn }) => principalArn).toSorted();
}

test('the script replaces dead entries, and deletes unwanted ones at the end', async () => {
  const fake = await worldWith();
  const { stdout: script } = await print(['--tag', 'team=platform', '--tag', 'größe=a b']);
  const run = () => runScript(script, awsCommand(fake.env));
  const { code, stdout, stderr } = await run();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const policy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
  const changes = [
    `${ADMIN}: deleted`,
    `${ADMIN}: created`,
    `${ADMIN}: associated ${policy}`,
    `${VIEW}: created`,
  ];
  expect(stdout.split('\n').slice(1, -2)).toEqual([...changes, `${GONE}: deleted`, `${OLD}: deleted`]);
  expect(principalsOf(fake)).toEqual([ADMIN, VIEW, `arn:aws:iam::${ACCOUNT}:user/alice`]);
  const tagged = fake.clusters[0]?.accessEntries.filter(({ tags }) => tags !== undefined);
  expect(tagged?.map(({ tags }) => tags)).toEqual(Array(2).fill({ team: 'platform', größe: 'a b' }));
  expect(await run()).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('changes: 0, failures: 0'),
  });
});

test('the script keeps an entry that was created after it was written', async () => {
  const fake = await worldWith();
  const { stdout: script } = await print();
  const aws = awsCommand(fake.env);
  await aws(['eks', 'delete-access-entry', '--cluster-name', 'prod', '--principal-arn', OLD ?? '']);
  await aws(['eks', 'create-access-entry', '--cluster-name', 'prod', '--principal-arn', OLD ?? '']);
  const { code, stderr } = await runScript(script, aws);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `warning: ${OLD}: keeps its access entry, which was created after this script was written\n`,
  });
  expect(principalsOf(fake)).toContain(OLD);
  expect(principalsOf(fake)).not.toContain(GONE);
});

test('the script deletes nothing at the end if something failed before', async () => {
  const fake = await worldWith();
  const { stdout: script } = await print();
  const aws = awsCommand(fake.env);
  const { code, stderr } = await runScript(script, async (args) => {
    if (args[1] === 'create-access-entry' && args.includes(VIEW ?? ''))
      throw new Error(
        'An error occurred (InvalidParameterException) when calling CreateAccessEntry: refused',
      );
    return aws(args);
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/\nerror: prod: deletes no access entries because of the errors above\n$/);
  expect(principalsOf(fake)).toEqual(expect.arrayContaining([OLD, GONE]));
});

test('the rollback keeps new entries if an old one could not be restored', async () => {
  const fake = await worldWith();
  const { stdout: script } = await print();
  const { stdout: rollback } = await print(['--rollback']);
  const aws = awsCommand(fake.env);
  expect(await runScript(script, aws)).toMatchObject({ code: 0 });
  const { code, stderr } = await runScript(rollback, async (args) => {
    if (args[1] === 'create-access-entry' && args.includes(OLD ?? ''))
      throw new Error(
        'An error occurred (InvalidParameterException) when calling CreateAccessEntry: refused',
      );
    return aws(args);
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/\nerror: prod: deletes no access entries because of the errors above\n$/);
  expect(principalsOf(fake)).toEqual([ADMIN, VIEW, `arn:aws:iam::${ACCOUNT}:user/alice`]);
});

test('the rollback keeps new entries if the cluster ignores aws-auth since', async () => {
  const fake = await worldWith();
  const { stdout: rollback } = await print(['--rollback']);
  const { stdout: script } = await print();
  const aws = awsCommand(fake.env);
  expect(await runScript(script, aws)).toMatchObject({ code: 0 });
  const isOfMode = (args: readonly string[]) => args.includes('cluster.accessConfig.authenticationMode');
  const { code, stderr } = await runScript(rollback, async (args) => (isOfMode(args) ? 'API\n' : aws(args)));
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: prod: the authentication mode is API now, .*\nerror: prod: deletes no access/,
  );
  expect(principalsOf(fake)).toEqual(expect.arrayContaining([ADMIN, VIEW, OLD]));
});

test('a cluster admin whose role was re-created is not the one who is left', async () => {
  const deploy = (createdAt: string) => ({
    principalArn: `arn:aws:iam::${ACCOUNT}:role/deploy`,
    policies: ['AmazonEKSClusterAdminPolicy'],
    createdAt,
  });
  const viewers = { ...CONFIG, mappings: CONFIG.mappings.slice(1) };
  await worldWith([...ENTRIES, deploy('2024-01-01T00:00:00Z')]);
  const refused = await print([], viewers);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain(`--prune would remove the last cluster admin's access entry: ${OLD}`);
  expect(await print(['--allow-lockout'], viewers)).toMatchObject({ exitCode: 0 });

  await worldWith([...ENTRIES, deploy('2025-06-01T00:00:00Z')]);
  expect(await print([], viewers)).toMatchObject({ exitCode: 0 });
});
