import { expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DARK = '222233334444';
const FAR = '333344445555';
const arnOf = (set: string, suffix = 2, accountId = PROD) => role(accountId, set, suffix).roleArn;
const entry = (arn: string, groups = 'g', username = 'u') =>
  `    - {rolearn: "${arn}", username: ${username}, groups: [${groups}]}\n`;
const HEAD = 'kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapRoles: |\n';
const NODE = `arn:aws:iam::${PROD}:role/node`;
const CI = `arn:aws:iam::${PROD}:role/ci`;

const WORLD = {
  ...inventory(
    [account(PROD, 'prod'), account(DARK, 'dark', { rolesRead: false, unreadable: 'denied' })],
    ['Admin', 'Dev', 'New', 'Kept', 'Left', 'Path'].map((set) => role(PROD, set, 2)),
  ),
  capturedAt: new Date().toISOString(),
};
const MAPPINGS = ['Admin', 'Dev', 'New', 'Kept', 'Path'].flatMap((set) => ['--map', `${set}=g`]);
const FLAGS = ['--account', PROD, '--account', DARK, '--skip-unreadable', '*', '--node-role', NODE];

async function why(stdin: string, argv: readonly string[], world: object = WORLD): Promise<string[]> {
  const cwd = await scratch({
    'world.json': snapshotText({ ...WORLD, ...world }),
    'c.yaml': `accounts: ["${PROD}"]\nmappings: [{permissionSet: Admin, groups: [g]}]\n`,
  });
  const { exitCode, stderr } = await run([...argv, '--inventory', 'world.json'], { cwd, stdin });
  expect([0, 1]).toContain(exitCode);
  return stderr.split('\n').filter((line) => /^note: (?:line \d+, )?(?:arn|sso):/.test(line));
}

const STDIN =
  HEAD +
  entry(NODE, 'system:nodes') +
  entry(CI) +
  '    - {sso: {permissionSetName: Admin, accountID: "111122223333"}, username: u}\n' +
  entry(arnOf('Admin', 1), 'x', 'u') +
  entry(arnOf('Dev'), 'old') +
  entry(arnOf('Kept'), 'x') +
  entry(arnOf('Kept')) +
  entry(arnOf('Left')) +
  entry(arnOf('Gone', 1)) +
  entry(arnOf('Admin', 1, DARK)) +
  entry(arnOf('Admin', 1, FAR)) +
  entry(arnOf('Path').replace('role/', 'role/aws-reserved/sso.amazonaws.com/'));

test.each(['merge', 'diff'])('%s --debug says for every entry what was decided, and why', async (verb) => {
  expect(await why(STDIN, [verb, '--debug', ...MAPPINGS, ...FLAGS])).toEqual([
    `note: line 5, ${NODE}: kept: node entries are never edited`,
    `note: line 6, ${CI}: left alone: not a provisioned role`,
    'note: line 7, sso: Admin: left alone: not a provisioned role',
    `note: line 8, ${arnOf('Admin', 1)}: rotated: the role was re-created, groups differ`,
    `note: line 9, ${arnOf('Dev')}: updated: groups differ`,
    `note: line 10, ${arnOf('Kept')}: unmapped, not removed: a later entry for the same role overrides it; no --prune`,
    `note: line 11, ${arnOf('Kept')}: kept: as the mapping wants it`,
    `note: line 12, ${arnOf('Left')}: unmapped, not removed: no mapping names the role; no --prune`,
    `note: line 13, ${arnOf('Gone', 1)}: unmapped, not removed: the role no longer exists; no --prune`,
    `note: line 14, ${arnOf('Admin', 1, DARK)}: left alone: account ${DARK} was not read`,
    `note: line 15, ${arnOf('Admin', 1, FAR)}: left alone: account ${FAR} is not in scope`,
    `note: line 16, ${arnOf('Path').replace('role/', 'role/aws-reserved/sso.amazonaws.com/')}: updated: the ARN has a path`,
    `note: ${arnOf('New')}: added: a mapping wants it, and it has no entry`,
  ]);
});

test('without --debug nothing of it is said', async () => {
  expect(await why(STDIN, ['merge', ...MAPPINGS, ...FLAGS])).toEqual([]);
});

test('a username that a mapping states is a difference, an older role and a duplicate are reported', async () => {
  const roles = [...WORLD.roles, role(PROD, 'Admin', 1)];
  const stdin = HEAD + entry(arnOf('Admin', 1)) + entry(arnOf('Admin'), 'x') + entry(arnOf('Admin'), 'x');
  const flags = ['--account', PROD, '--map', 'Admin=g', '--username', 'v'];
  expect(await why(stdin, ['merge', '--debug', ...flags], { roles })).toEqual([
    `note: line 5, ${arnOf('Admin', 1)}: unmapped, not removed: a newer role of its permission set is mapped`,
    `note: line 6, ${arnOf('Admin')}: unmapped, not removed: a later entry for the same role overrides it; no --prune`,
    `note: line 7, ${arnOf('Admin')}: updated: username differs, groups differ`,
  ]);
  const old = { roles, capturedAt: '2020-01-01T00:00:00.000Z' };
  expect((await why(stdin, ['merge', '--debug', ...flags], old))[1]).toBe(
    `note: line 6, ${arnOf('Admin')}: unmapped, not removed: a later entry for the same role overrides it; the inventory is too old (--max-age)`,
  );
});

test('--prune is named as what removes', async () => {
  const stdin = HEAD + entry(arnOf('Admin')) + entry(arnOf('Left')) + entry(arnOf('Gone', 1));
  const lines = await why(stdin, ['merge', '--debug', '--prune', '-c', 'c.yaml']);
  expect(lines.slice(1)).toEqual([
    `note: line 6, ${arnOf('Left')}: removed: no mapping names the role`,
    `note: line 7, ${arnOf('Gone', 1)}: removed: the role no longer exists`,
  ]);
});

test('an old snapshot and an unresolved mapping leave entries alone', async () => {
  const stdin = HEAD + entry(arnOf('Admin', 1)) + entry(arnOf('Left')) + entry(arnOf('Kept'));
  const old = { capturedAt: '2020-01-01T00:00:00.000Z' };
  const flags = ['--account', PROD, '--map', 'Admin=g'];
  expect(await why(stdin, ['merge', '--debug', ...flags], old)).toEqual([
    `note: line 5, ${arnOf('Admin', 1)}: left alone: the inventory is too old (--max-age)`,
    `note: line 6, ${arnOf('Left')}: left alone: the inventory is too old (--max-age)`,
    `note: line 7, ${arnOf('Kept')}: left alone: the inventory is too old (--max-age)`,
    `note: ${arnOf('Admin')}: added: a mapping wants it, and the inventory is too old to replace its predecessor`,
  ]);
  const open = ['--map', 'Ops*=g', '--map', 'Admin=g', '--account', PROD, '--allow-unresolved'];
  expect((await why(stdin, ['merge', '--debug', ...open]))[1]).toBe(
    `note: line 6, ${arnOf('Left')}: left alone: a mapping that may name it was not resolved`,
  );
});

test('an addition says that it overrides mapUsers', async () => {
  const users = `  mapUsers: |\n    - {userarn: "${arnOf('Admin')}", username: boss}\n`;
  const stdin = HEAD + entry(CI) + users;
  expect((await why(stdin, ['merge', '--debug', '--account', PROD, '--map', 'Admin=g']))[1]).toBe(
    `note: ${arnOf('Admin')}: added: a mapping wants it, and it has no entry; overrides mapUsers`,
  );
});

test('check --fix --debug says what was fixed, what was left alone and why, and which entries have no problem', async () => {
  const dead = arnOf('Path').replace('role/', 'role/aws-reserved/sso.amazonaws.com/');
  const node = `    - {rolearn: "${NODE}", username: "system:node:{{EC2PrivateDNSName}}", groups: [system:nodes]}\n`;
  const stdin = HEAD + node + entry(dead) + entry(CI) + entry(CI) + entry('arn:aws:iam::1:x');
  const decisionsOf = async (flag: string) => {
    const { stderr } = await run(['check', flag, '--debug'], { stdin });
    return stderr.split('\n').filter((line) => /^note: line \d+, /.test(line));
  };
  expect(await decisionsOf('--fix')).toEqual([
    'note: line 7, duplicate-arn: removed',
    'note: line 6, path-in-arn: left alone: its fix changes access, which --fix-access allows',
    'note: line 8, malformed-arn: left alone: no fix is certain',
    `note: line 5, ${NODE}: kept: no problem found`,
    `note: line 8, ${CI}: kept: no problem found`,
  ]);
  expect(await decisionsOf('--fix-access')).toContain('note: line 6, path-in-arn: fixed');
});

test('a finding is located at the first entry that it concerns, and names the lines of the others', async () => {
  const cwd = await scratch({ 'world.json': snapshotText(WORLD) });
  const stdin = HEAD + entry(NODE, 'system:nodes') + entry(arnOf('Gone', 1)) + entry(arnOf('Gone', 3));
  const argv = ['merge', '--inventory', 'world.json', '--account', PROD, '--map', 'Admin=g'];
  const { stderr } = await run(argv, { cwd, stdin });
  expect(stderr).toBe(`\
warning: <stdin>:6:7: the role no longer exists, and no mapping names it: ${arnOf('Gone', 1)}, ${arnOf('Gone', 3)} (line 7)
  --prune removes such entries.
note: <stdin>: 1 added, 1 unchanged, 2 unmapped
`);
});
