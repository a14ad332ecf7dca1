import { expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const arnOf = (set: string, suffix: number) => role(PROD, set, suffix).roleArn;
const SNAPSHOT = snapshotText({
  ...inventory(
    [account(PROD, 'prod')],
    ['Admin', 'Dev', 'New', 'Boss', 'Left', 'Kept'].map((set) => role(PROD, set, 2)),
  ),
  capturedAt: new Date().toISOString(),
});

const entry = (arn: string, groups = 'g', key = 'rolearn') =>
  `    - {${key}: "${arn}", username: "sso:{{SessionName}}", groups: [${groups}]}\n`;
const BEFORE = `kind: ConfigMap
metadata: {name: aws-auth}
data:
  mapRoles: |
    - {rolearn: "arn:aws:iam::${PROD}:role/node", username: "system:node:{{EC2PrivateDNSName}}"}
${entry(arnOf('Admin', 1))}${entry(arnOf('Dev', 2), 'old')}${entry(arnOf('Left', 2))}${entry(arnOf('Kept', 2), 'x')}${entry(arnOf('Kept', 2))}  mapUsers: |
${entry(arnOf('Boss', 2), 'system:masters', 'userarn')}`;
const MAPPINGS = ['Admin', 'Dev', 'New', 'Boss', 'Kept'].flatMap((set) => ['--map', `${set}=g`]);
const names = { username: 'sso:{{SessionName}}', groups: ['g'] };

test('diff -o json tells every change with ARN, username, groups and line', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const argv = ['diff', '-o', 'json', ...MAPPINGS, '--account', PROD, '--inventory', 'world.json'];
  const { exitCode, stdout } = await run(argv, { cwd, stdin: BEFORE });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    changed: true,
    added: [{ rolearn: arnOf('New', 2), ...names, line: 12 }],
    rotated: [
      { rolearn: arnOf('Admin', 2), ...names, line: 6, before: { rolearn: arnOf('Admin', 1), ...names } },
    ],
    updated: [
      {
        rolearn: arnOf('Dev', 2),
        ...names,
        line: 7,
        before: { rolearn: arnOf('Dev', 2), ...names, groups: ['old'] },
      },
      {
        rolearn: arnOf('Boss', 2),
        ...names,
        line: 11,
        before: { map: 'mapUsers', userarn: arnOf('Boss', 2), ...names, groups: ['system:masters'] },
      },
    ],
    removed: [],
    unmapped: [
      { rolearn: arnOf('Left', 2), ...names, line: 8, reason: 'unmapped' },
      { rolearn: arnOf('Kept', 2), ...names, groups: ['x'], line: 9, reason: 'shadowed' },
    ],
    unlisted: [],
    altered: [],
    unchanged: 2,
  });
});

test('diff -o json names what --prune removes', async () => {
  const config = `accounts: ["${PROD}"]\nmappings: [{permissionSet: "*", groups: [g]}]\n`;
  const gone = entry(arnOf('Gone', 1));
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'aws-auth-sso.yaml': config });
  const stdin = BEFORE.replace('  mapUsers', `${gone}  mapUsers`);
  const ran = await run(['diff', '-o', 'json', '--prune', '--inventory', 'world.json'], { cwd, stdin });
  const { removed, unmapped } = JSON.parse(ran.stdout);
  expect(removed).toEqual([
    { rolearn: arnOf('Kept', 2), ...names, groups: ['x'], line: 9, reason: 'shadowed' },
    { rolearn: arnOf('Gone', 1), ...names, line: 11, reason: 'gone' },
  ]);
  expect(unmapped).toEqual([]);
});

test('diff -o json says that nothing changes, and exits 0', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const stdin = `kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapRoles: |\n${entry(arnOf('Dev', 2))}`;
  const argv = ['diff', '-o', 'json', '--map', 'Dev=g', '--account', PROD, '--inventory', 'world.json'];
  const ran = await run(argv, { cwd, stdin });
  expect(ran.exitCode).toBe(0);
  const nothing = {
    added: [],
    rotated: [],
    updated: [],
    removed: [],
    unmapped: [],
    unlisted: [],
    altered: [],
  };
  expect(JSON.parse(ran.stdout)).toEqual({ changed: false, ...nothing, unchanged: 1 });
});

test('diff -o json tells a username that changes, and groups that were missing', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const stdin = `kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapRoles: |\n    - {rolearn: "${arnOf('Dev', 2)}", username: x}\n`;
  const argv = [
    'diff',
    '-o',
    'json',
    '--map',
    'Dev=g',
    '--username',
    'dev:{{SessionName}}',
    '--account',
    PROD,
  ];
  const { updated } = JSON.parse((await run([...argv, '--inventory', 'world.json'], { cwd, stdin })).stdout);
  const [rolearn, line] = [arnOf('Dev', 2), 5];
  const before = { rolearn, username: 'x', groups: [] };
  expect(updated).toEqual([{ rolearn, username: 'dev:{{SessionName}}', groups: ['g'], line, before }]);
});
