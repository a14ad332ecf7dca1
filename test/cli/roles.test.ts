import { expect, test } from 'vitest';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const CLOSED = account('333344445555', 'closed', { state: 'SUSPENDED' });
const SNAPSHOT = snapshotText(
  inventory(
    [account(PROD, 'prod'), account(DEV, 'dev'), CLOSED],
    [role(PROD, 'Admin', 2), role(DEV, 'View'), role(PROD, 'Admin', 1), role(DEV, 'Admin')],
  ),
);

/** Account and permission set of each row, with what stderr has. */
async function roles(argv: readonly string[], config?: string) {
  const files = config === undefined ? {} : { 'aws-auth-sso.yaml': config };
  const cwd = await scratch({ 'world.json': SNAPSHOT, ...files });
  const { stdout, stderr } = await run(['roles', '-o', 'json', '--inventory', 'world.json', ...argv], {
    cwd,
  });
  const rows: { accountId: string; permissionSet: string; roleArn: string }[] = JSON.parse(stdout || '[]');
  return {
    rows: rows.map((row) => `${row.accountId} ${row.permissionSet}`),
    arns: rows.map((row) => row.roleArn),
    stderr,
  };
}

test('are listed in the order of the accounts, then by name and ARN', async () => {
  const { rows, arns } = await roles(['--account', 'dev', '--account', 'prod']);
  expect(rows).toEqual([`${DEV} Admin`, `${DEV} View`, `${PROD} Admin`, `${PROD} Admin`]);
  expect(arns.slice(2)).toEqual([role(PROD, 'Admin', 1).roleArn, role(PROD, 'Admin', 2).roleArn]);
});

test('are sorted by name, whatever comes behind it in the ARN', async () => {
  const world = inventory([account(PROD)], [role(PROD, 'Admin-EU'), role(PROD, 'Admin')]);
  const cwd = await scratch({ 'world.json': snapshotText(world) });
  const { stdout } = await run(['roles', '--inventory', 'world.json', '--account', PROD], { cwd });
  expect(stdout.match(/Admin\S*(?= +arn)/g)).toEqual(['Admin', 'Admin-EU']);
});

test('are those of the default accounts of a config and of its mappings, limited by the flags', async () => {
  const config = `accounts: [dev]\nmappings: [{ permissionSet: Admin, groups: [g], accounts: [prod] }]\n`;
  const all = [`${DEV} Admin`, `${DEV} View`, `${PROD} Admin`, `${PROD} Admin`];
  expect((await roles([], config)).rows).toEqual(all);
  expect((await roles(['--account', 'dev'], config)).rows).toEqual(all.slice(0, 2));
});

test('of no accounts in particular are not listed', async () => {
  const { rows, stderr } = await roles([]);
  expect({ rows, stderr }).toEqual({
    rows: [],
    stderr: expect.stringMatching(/^error: no accounts selected\n/),
  });
});

test('are those of the flags where a config maps nothing', async () => {
  expect((await roles(['--account', 'dev'], 'accounts: [prod]\n')).rows).toEqual([
    `${DEV} Admin`,
    `${DEV} View`,
  ]);
});

test('come with notes on what is left out', async () => {
  const { rows, stderr } = await roles(['--all-accounts']);
  expect(rows).toHaveLength(4);
  expect(stderr).toBe('note: skipped suspended account 333344445555 (closed)\n');
});

test('are read without Identity Center, whatever a config maps', async () => {
  const fake = await fakeAwsForTest({ accounts: [{ id: PROD }] });
  const arn = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec';
  const config = `accounts: ["${PROD}"]\nmappings: [{ permissionSet: "${arn}", groups: [g] }]\n`;
  const cwd = await scratch({ 'aws-auth-sso.yaml': config });
  const { exitCode, stderr } = await runWithEnvironment(['roles'], { cwd });
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('note: no roles'),
  });
  expect(Object.keys(fake.calls).filter((call) => call.startsWith('sso-admin'))).toEqual([]);
});

test('with principals show long names short, and give a spreadsheet no formula', async () => {
  const [long, formula] = ['😀'.repeat(70), '=1+1'];
  const [accounts, set] = [
    [account(PROD, 'prod', { assignmentsRead: true })],
    'arn:aws:sso:::permissionSet/s/p',
  ];
  const world = inventory(accounts, [role(PROD, 'Admin')], {
    permissionSets: [{ arn: set, name: 'Admin' }],
    principals: [long, formula].map((name) => ({ type: 'GROUP', id: name, name, members: null })),
    assignments: [long, formula].map((principalId) => {
      return { accountId: PROD, permissionSetArn: set, principalType: 'GROUP', principalId };
    }),
  });
  const cwd = await scratch({ 'world.json': snapshotText(world) });
  const argv = ['roles', '--account', PROD, '--inventory', 'world.json', '--principals'];
  expect((await run([...argv, '-o', 'table'], { cwd })).stdout).toContain(
    `=1+1 (group), ${'😀'.repeat(59)}… (group)\n`,
  );
  const csv = (await run([...argv, '-o', 'csv'], { cwd })).stdout;
  expect(csv).toContain(",GROUP,=1+1,'=1+1\n");
  expect(csv).toContain(`,${long}\n`);
  const unassigned = await run([...argv, '--unassigned'], { cwd });
  expect(unassigned).toMatchObject({ exitCode: 0, stdout: '', stderr: 'note: no roles\n' });
});
