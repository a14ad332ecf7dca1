import { expect, test } from 'vitest';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const OTHER = '444455556666';
const ADMIN = role(PROD, 'Admin');
const NODE = `arn:aws:iam::${OTHER}:role/node`;

const SNAPSHOT = snapshotText(
  inventory(
    [account(PROD, 'prod'), account(DEV, 'dev'), account(OTHER, 'other')],
    [ADMIN, role(DEV, 'Admin')],
  ),
);
const WORLD = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev' },
    { id: OTHER, name: 'other' },
  ],
  permissionSets: ['Admin'],
  roles: [
    { account: PROD, permissionSet: 'Admin' },
    { account: DEV, permissionSet: 'Admin' },
  ],
};
const OF_PROD = `accounts: ["${PROD}"]\nnodeRoles: ["arn:aws:iam::${PROD}:role/node"]\nmappings: [{ permissionSet: Admin, groups: [g] }]\n`;
const AWS_AUTH = `apiVersion: v1
kind: ConfigMap
metadata: { name: aws-auth, namespace: kube-system }
data:
  mapRoles: |
    - { rolearn: "${ADMIN.roleArn}", username: "a:{{SessionName}}", groups: [g] }
`;

type Given = readonly [argv: readonly string[], config?: string];

/** What a run from a snapshot and a live one say, which must be the same. */
async function refused([argv, config = OF_PROD]: Given): Promise<string> {
  const cwd = await scratch({ 'config.yaml': config, 'world.json': SNAPSHOT, 'aws-auth.yaml': AWS_AUTH });
  const offline = await run([...argv, '--inventory', 'world.json'], { cwd });
  await fakeAwsForTest(WORLD);
  const live = await runWithEnvironment(argv[0] === 'check' ? [...argv, '--aws'] : argv, { cwd });
  for (const { exitCode, stdout } of [offline, live])
    expect({ exitCode, stdout, stderr: live.stderr }).toMatchObject({ exitCode: 2, stdout: '' });
  // Names cost a call to Organizations, which ids alone do not need.
  const errorsOf = ({ stderr }: { stderr: string }) =>
    stderr
      .slice(stderr.indexOf('error: '))
      .replace(/ \((?:prod|dev|other)\)/g, '')
      .replace(/ \((?:prod|dev|other), /g, ' (');
  expect(errorsOf(offline)).toBe(errorsOf(live));
  return errorsOf(offline);
}

const WITH_CONFIG = ['-c', 'config.yaml', '--account', OTHER];
const OUTSIDE = `error: the scope contains no account: --account ${OTHER} selects none of the config's accounts, ${PROD}\n  Select one of these accounts, or use the config of account ${OTHER}.\n`;

test.each<[string, Given]>([
  ['generate', [['generate', ...WITH_CONFIG, '--no-nodes']]],
  ['generate with nodes and no people', [['generate', ...WITH_CONFIG, '--node-role', NODE]]],
  ['merge', [['merge', 'aws-auth.yaml', ...WITH_CONFIG]]],
  ['merge that prunes', [['merge', 'aws-auth.yaml', ...WITH_CONFIG, '--prune']]],
  ['diff', [['diff', 'aws-auth.yaml', ...WITH_CONFIG]]],
  ['access-entries', [['access-entries', ...WITH_CONFIG, '-o', 'json']]],
  [
    'merge of nodes alone',
    [['merge', 'aws-auth.yaml', ...WITH_CONFIG], OF_PROD.replace(/mappings.*/, 'mappings: []')],
  ],
])('%s refuses scope flags that leave none of the accounts of a config', async (_, given) => {
  expect(await refused(given)).toBe(OUTSIDE);
});

test.each<[string, Given, string]>([
  [
    'an exclusion that leaves nothing',
    [['generate', '-c', 'config.yaml', '--exclude-account', 'prod', '--no-nodes']],
    `error: the scope contains no account: left out ${PROD} (excluded)\n  Remove the exclusion, or select other accounts.\n`,
  ],
  [
    'an exclusion of a listing',
    [['roles', '--account', 'prod', '--account', 'dev', '--exclude-account', '*']],
    `error: the scope contains no account: left out ${PROD} (excluded), ${DEV} (excluded)\n  Remove the exclusion, or select other accounts.\n`,
  ],
  [
    'flags beside the accounts of a file',
    [['check', 'aws-auth.yaml', '--account', OTHER]],
    `error: the scope contains no account: --account ${OTHER} selects none of the accounts to look up, ${PROD}\n  Select one of these accounts, or leave out the account options to look up all.\n`,
  ],
  [
    'mappings that are all of other accounts',
    [
      ['generate', '-c', 'config.yaml', '--account', OTHER, '--node-role', NODE],
      `accounts: ["${OTHER}"]\nmappings:\n  - { permissionSet: Admin, groups: [g], accounts: ["${PROD}"] }\n  - { permissionSet: Admin, groups: [h], accounts: [dev] }\n`,
    ],
    `error: the scope contains no account of any mapping: it is ${OTHER}, and the mappings are for ${PROD}, ${DEV}\n  Select one of these accounts, or add a mapping for account ${OTHER}.\n`,
  ],
  [
    'mappings whose accounts are all excluded',
    [
      ['generate', '-c', 'config.yaml', '--no-nodes'],
      `accounts: ["${OTHER}"]\nexcludeAccounts: [prod]\nmappings: [{ permissionSet: Admin, groups: [g], accounts: ["${PROD}"], optional: true }]\n`,
    ],
    `error: the scope contains no account of any mapping: it is ${OTHER}, and the mappings are for ${PROD} (excluded)\n  Select one of these accounts, or add a mapping for account ${OTHER}.\n`,
  ],
])('refuses %s', async (_, given, error) => {
  expect(await refused(given)).toBe(error);
});

test('a config serves many clusters: mappings of other accounts are left out while one is left', async () => {
  const config = `mappings:\n  - { permissionSet: Admin, groups: [g], accounts: ["${PROD}"] }\n  - { permissionSet: Admin, groups: [h], accounts: [dev] }\n`;
  const cwd = await scratch({ 'config.yaml': config, 'world.json': SNAPSHOT });
  const argv = [
    'generate',
    '-c',
    'config.yaml',
    '--account',
    'dev',
    '--inventory',
    'world.json',
    '--no-nodes',
  ];
  const { exitCode, stdout } = await run([...argv, '-o', 'json'], { cwd });
  expect(exitCode).toBe(0);
  const { entries } = JSON.parse(stdout);
  expect(entries).toMatchObject([{ accountId: DEV, groups: ['h'] }]);
});

test('scope flags that select an account of another role of the file are no mistake', async () => {
  const ci = `    - { rolearn: "arn:aws:iam::${OTHER}:role/ci", username: ci, groups: [g] }\n`;
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'aws-auth.yaml': AWS_AUTH + ci });
  for (const account of [OTHER, 'other']) {
    const scope = ['--account', account, '--inventory', 'world.json'];
    const checked = await run(['check', 'aws-auth.yaml', ...scope], { cwd });
    expect(checked.stderr).not.toContain('error:');
    const who = await run(['who', 'aws-auth.yaml', ...scope, '-o', 'json'], { cwd });
    expect(who.exitCode).toBe(0);
    expect(JSON.parse(who.stdout)).toMatchObject([{ principal: { name: 'ci' } }]);
  }
});

test('names in the message cannot act as anything else', async () => {
  const hostile = 'x\u001b[31m ::error::[y]';
  const cwd = await scratch({
    'config.yaml': OF_PROD,
    'world.json': snapshotText(inventory([account(PROD, '##[a]\u202e'), account(OTHER, hostile)], [ADMIN])),
  });
  const argv = ['generate', '-c', 'config.yaml', '--inventory', 'world.json', '--no-nodes'];
  const { exitCode, stdout, stderr } = await run([...argv, '--account', hostile], { cwd });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/[\u001b\u202e]|##\[/);
});
