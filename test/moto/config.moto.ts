import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { configMap, expectedEntry, nodeEntry } from './expected-entry.ts';
import { program } from './program.ts';
import { accountNamed, openAccounts } from './truth.ts';

const truth = inject('truth');
const prod = accountNamed(truth, 'prod-eks');
const data = accountNamed(truth, 'prod-data');
const billing = truth.permissionSets.find(({ name }) => name === 'Billing');

const CONFIG = `accounts: ["${prod.id}", prod-data]
excludeAccounts: [invited]
nodeRoles: ["arn:aws:iam::${prod.id}:role/eks/eks-node"]
mappings:
  - permissionSet: Admin
    groups: [system:masters]
  - permissionSet: Admin*
    accounts: [prod-eks]
    groups: [readers]
  - permissionSet: ViewOnly
    username: "view:{{SessionName}}"
    groups: [viewers, readers]
  - permissionSet: Data-Team@EU
    accounts: ["ou:Workloads"]
    groups: [data]
  - permissionSet: ${billing?.arn}
    accounts: [prod-eks, self]
    groups: [finance]
  - permissionSet: Unused
    optional: true
    groups: [nobody]
`;

/** The config's entries: the default scope first, then the accounts that mappings add. */
const ENTRIES = [
  nodeEntry(`arn:aws:iam::${prod.id}:role/eks-node`),
  expectedEntry(prod, 'Admin', ['system:masters', 'readers']),
  expectedEntry(prod, 'Admin_ReadOnly', ['readers']),
  expectedEntry(prod, 'Admin_aaaaaaaaaaaaaaaa', ['readers']),
  expectedEntry(prod, 'Billing', ['finance']),
  expectedEntry(prod, 'Data-Team@EU', ['data']),
  expectedEntry(prod, 'ViewOnly', ['viewers', 'readers'], 'view:{{SessionName}}'),
  expectedEntry(data, 'Admin', ['system:masters']),
  expectedEntry(data, 'ViewOnly', ['viewers', 'readers'], 'view:{{SessionName}}'),
  ...openAccounts(truth, ({ name }) => ['prod-eu', 'Data Lake (EU) + BI'].includes(name)).map((account) =>
    expectedEntry(account, 'Data-Team@EU', ['data']),
  ),
  ...openAccounts(truth, ({ id }) => id === truth.managementAccountId).map((account) =>
    expectedEntry(account, 'Billing', ['finance']),
  ),
];

test('a config with several mappings gives the same bytes twice', async () => {
  const cwd = await scratch({ 'aws-auth-sso.yaml': CONFIG });
  const first = await program(['generate'], { cwd });
  expect(first.stdout || first.stderr).toBe(configMap(ENTRIES));
  expect(first.exitCode).toBe(0);
  expect((await program(['generate'], { cwd })).stdout).toBe(first.stdout);
});

test("scope flags narrow the config's scope, node roles included", async () => {
  const cwd = await scratch({ 'aws-auth-sso.yaml': CONFIG });
  const argv = ['generate', '--ou', 'Workloads/Prod/Regulated', '--no-nodes'];
  const { stdout, stderr } = await program(argv, { cwd });
  const left = expectedEntry(accountNamed(truth, 'prod-eu'), 'Data-Team@EU', ['data']);
  expect(stdout || stderr).toBe(configMap([left]));
  expect(stderr).toContain('out of scope: arn:aws:iam::');
});

/** The output of `snapshot` for the whole organization. */
let snapshot = '';

beforeAll(async () => {
  const argv = ['snapshot', '--all-accounts', '--skip-unreadable', 'invited'];
  const { stdout, stderr, exitCode } = await program(argv, { cwd: tmpdir() });
  if (exitCode !== 0) throw new Error(stderr);
  snapshot = stdout;
});

describe('a snapshot gives the same bytes as AWS', () => {
  test.each([
    ['a config', []],
    ['one account and a name', ['--map', 'Dev.Ops+1=team', '--account', prod.id]],
    ['a permission set ARN', ['--map', `${billing?.arn}=team`, '--account', 'prod-eks']],
    ['a glob over an organizational unit', ['--map', 'Admin*=team', '--ou', 'Workloads/Prod']],
    [
      'all accounts',
      ['--map', '*=team', '--all-accounts', '--exclude-account', 'sandbox-*', '--skip-unreadable', 'invited'],
    ],
  ])('%s', async (_, flags) => {
    const cwd = await scratch({ 'aws-auth-sso.yaml': CONFIG, 'snapshot.json': snapshot });
    const argv = ['generate', '--no-nodes', ...flags];
    const live = await program(argv, { cwd });
    expect(live).toMatchObject({ exitCode: 0 });
    const offline = await program([...argv, '--inventory', 'snapshot.json'], { cwd });
    expect(offline.stdout || offline.stderr).toBe(live.stdout);
  });
});

test('a snapshot contains all accounts, sets and roles', () => {
  const { accounts, permissionSets, roles } = JSON.parse(snapshot);
  const readable = openAccounts(truth, ({ name }) => name !== 'invited');
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).sort();
  expect(ids(accounts)).toEqual(ids(truth.accounts));
  expect(new Set(permissionSets.map(({ arn }: { arn: string }) => arn))).toEqual(
    new Set(truth.permissionSets.map(({ arn }) => arn)),
  );
  expect(roles.map(({ roleArn }: { roleArn: string }) => roleArn).sort()).toEqual(
    readable.flatMap((account) => account.roles.map(({ roleArn }) => roleArn)).sort(),
  );
});
