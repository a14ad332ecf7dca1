import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/inventory/model.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

// Whoever must not be the last administrator that pruning counts on: nobody can have the role.
const PROD = '222222222222';
const CLOSED = '333333333333';
const SET = (id: number) => `arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-000000000000000${id}`;
const ROLES = ['Admin', 'ReadOnly', 'Idle', 'Ghosts'].map((set) => role(PROD, set));
const OF_CLOSED = role(CLOSED, 'Admin');
const KNOWN: Inventory = {
  ...inventory([account(PROD), account(CLOSED, null, { state: 'SUSPENDED' })], [...ROLES, OF_CLOSED]),
  capturedAt: new Date().toISOString(),
  permissionSets: ['Admin', 'ReadOnly', 'Idle', 'Ghosts'].map((name, index) => ({ arn: SET(index), name })),
  assignments: [
    { accountId: PROD, permissionSetArn: SET(0), principalType: 'GROUP', principalId: 'g-1' },
    { accountId: PROD, permissionSetArn: SET(3), principalType: 'GROUP', principalId: 'g-2' },
  ],
  principals: [
    { type: 'GROUP', id: 'g-1', name: 'Platform', members: [] },
    { type: 'GROUP', id: 'g-2', name: null, members: null },
  ],
};
const arnOf = (set: string) => ROLES.find(({ permissionSet }) => permissionSet === set)?.roleArn ?? '';

const mapOf = (...entries: readonly (readonly [arn: string, group: string])[]) =>
  `metadata: {name: aws-auth}\ndata:\n  mapRoles: |\n${entries.map(([arn, group]) => `    - {rolearn: ${arn}, username: u, groups: [${group}]}\n`).join('')}`;
const configOf = (...ids: readonly string[]) =>
  `accounts: [${ids.map((id) => `"${id}"`).join(', ')}]\nmappings: [{permissionSet: ReadOnly, groups: [viewers]}]\n`;
const LAST = /--prune would remove the last entry with system:masters that lets a person in/;

describe.each([
  ['whose permission set nobody is assigned', arnOf('Idle')],
  ['whose permission set only a deleted group is assigned', arnOf('Ghosts')],
  ['of an account that is closed', OF_CLOSED.roleArn],
])('an administrator %s', (_, stand) => {
  test('is none that pruning leaves', async () => {
    const isRead = (id: string) => id === PROD;
    const accounts = KNOWN.accounts.map((one) => ({ ...one, assignmentsRead: isRead(one.id) }));
    const map = mapOf(
      [arnOf('Admin'), 'system:masters'],
      [stand, 'system:masters'],
      [arnOf('ReadOnly'), 'viewers'],
    );
    const config = `${configOf(PROD)}otherEntries: [{arn: "${stand}"}]\n`;
    const files = { 'aws.json': snapshotText({ ...KNOWN, accounts }), 'map.yaml': map, 'c.yaml': config };
    const argv = ['merge', 'map.yaml', '-c', 'c.yaml', '--prune', '--inventory', 'aws.json'];
    const ran = await run(argv, { cwd: await scratch(files) });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(LAST) });
  });
});

describe('an administrator whose role Identity Center did not make', () => {
  const WORLD = {
    accounts: [{ id: PROD }],
    permissionSets: ['Admin', 'ReadOnly'],
    groups: [{ displayName: 'Platform' }],
    assignments: ['Admin', 'ReadOnly'].map((permissionSet) => ({
      account: PROD,
      permissionSet,
      group: 'Platform',
    })),
  };
  const liveArn = (set: string) =>
    `arn:aws:iam::${PROD}:role/${buildWorld(WORLD).roles.find(({ name }) => name.includes(`_${set}_`))?.name}`;
  const CI = `arn:aws:iam::${PROD}:role/ci`;

  test.each([
    ['does not count where IAM does not have it', [], 2],
    ['counts where IAM has it', [{ account: PROD, name: 'ci' }], 0],
  ])('%s', async (_, roles, exitCode) => {
    await fakeAwsForTest({ ...WORLD, roles });
    const map = mapOf(
      [liveArn('Admin'), 'system:masters'],
      [CI, 'system:masters'],
      [liveArn('ReadOnly'), 'viewers'],
    );
    const cwd = await scratch({ 'map.yaml': map, 'c.yaml': configOf(PROD) });
    const ran = await runWithEnvironment(['merge', 'map.yaml', '-c', 'c.yaml', '--prune'], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(exitCode);
    if (exitCode === 2) expect(ran).toMatchObject({ stdout: '', stderr: expect.stringMatching(LAST) });
    else expect(ran.stdout).not.toContain(liveArn('Admin'));
  });
});

test('an administrator counts whom no question about a named group has asked for', async () => {
  await fakeAwsForTest({
    accounts: [{ id: PROD }],
    permissionSets: ['Admin', 'ReadOnly'],
    groups: ['Platform', 'Audit'].map((displayName) => ({ displayName })),
    assignments: [
      { account: PROD, permissionSet: 'Admin', group: 'Platform' },
      { account: PROD, permissionSet: 'ReadOnly', group: 'Audit' },
    ],
  });
  const argv = ['roles', '--account', PROD, '-o', 'json'];
  const roles: { permissionSet: string; roleArn: string }[] = JSON.parse(
    (await runWithEnvironment(argv)).stdout,
  );
  const liveArn = (set: string) => roles.find(({ permissionSet }) => permissionSet === set)?.roleArn ?? '';
  const map = mapOf([liveArn('Admin'), 'system:masters'], [liveArn('ReadOnly'), 'viewers']);
  const config = configOf(PROD).replace('permissionSet: ReadOnly', 'permissionSet: "group:Audit"');
  const cwd = await scratch({ 'map.yaml': map, 'c.yaml': config });
  const ran = await runWithEnvironment(['merge', 'map.yaml', '-c', 'c.yaml', '--prune'], { cwd });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(LAST) });
});
