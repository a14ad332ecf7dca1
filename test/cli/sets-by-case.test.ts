import { expect, test } from 'vitest';
import type { Inventory } from '../../src/inventory/model.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

// Permission sets whose names differ by case alone; the roles of one account differ by their suffixes, too.
const PROD = '111122223333';
const UPPER = role(PROD, 'ClusterAdmin', 1);
const LOWER = role(PROD, 'clusteradmin', 2);
const KNOWN: Inventory = {
  ...inventory([account(PROD)], [UPPER, LOWER]),
  capturedAt: new Date().toISOString(),
};
const fileOf = (...arns: readonly string[]) =>
  `metadata: {name: aws-auth}\ndata:\n  mapRoles: |\n${arns.map((arn) => `    - {rolearn: ${arn}, username: u, groups: [g]}\n`).join('')}`;

async function ask(argv: readonly string[], file = '', known = KNOWN) {
  const cwd = await scratch({ 'aws.json': snapshotText(known), 'map.yaml': file });
  return run([...argv, '--inventory', 'aws.json'], { cwd });
}

test('each is found by its own name', async () => {
  const argv = ['generate', '--account', PROD, '--no-nodes', '-o', 'json'];
  const { stdout } = await ask([...argv, '--map', 'ClusterAdmin=a', '--map', 'clusteradmin=b']);
  expect(JSON.parse(stdout)).toMatchObject({
    entries: [
      { rolearn: UPPER.roleArn, groups: ['a'] },
      { rolearn: LOWER.roleArn, groups: ['b'] },
    ],
    findings: [],
  });
});

test('none is taken for an older role of the other', async () => {
  const { exitCode, stdout } = await ask(
    ['check', 'map.yaml', '-o', 'json'],
    fileOf(UPPER.roleArn, LOWER.roleArn),
  );
  expect(JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)).toEqual(['no-node-entry']);
  expect(exitCode).toBeLessThan(2);
});

test('the name of one that was re-created leads to its own successor', async () => {
  const old = UPPER.roleArn.replace(/1$/, '9');
  const { stdout } = await ask(['check', 'map.yaml', '-o', 'json'], fileOf(old));
  expect(JSON.parse(stdout).findings).toContainEqual(
    expect.objectContaining({ rule: 'stale-role', help: `Write ${UPPER.roleArn}` }),
  );
});

test('a name in a third case is that of neither', async () => {
  const old = UPPER.roleArn.replace('ClusterAdmin', 'CLUSTERADMIN').replace(/1$/, '9');
  const { stdout } = await ask(['check', 'map.yaml', '-o', 'json'], fileOf(old));
  expect(JSON.parse(stdout).findings).toContainEqual(
    expect.objectContaining({ rule: 'unknown-role', fix: 'none' }),
  );
});

test('a set that has no role in the account is not taken for the other one', async () => {
  const arnOf = (id: number) => `arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-000000000000000${id}`;
  const permissionSets = ['ClusterAdmin', 'clusteradmin'].map((name, index) => ({ arn: arnOf(index), name }));
  const known = { ...KNOWN, roles: [LOWER], permissionSets };
  const file = fileOf(UPPER.roleArn.replace(/1$/, '9'));
  const { stdout } = await ask(['check', 'map.yaml', '-o', 'json'], file, known);
  expect(JSON.parse(stdout).findings).toContainEqual(
    expect.objectContaining({ rule: 'unknown-role', fix: 'none' }),
  );
  const translated = await ask(['access-entries', '--from', 'map.yaml', '-o', 'json'], file, known);
  expect(JSON.parse(translated.stdout).entries).toEqual([]);
  const proposed = await ask(['init', '-c', '-', '--from', 'map.yaml'], file, known);
  expect(proposed.stdout).not.toMatch(/^ {2}- permissionSet:/m);
});

test('an entry in lower case is of the set whose role has its suffix', async () => {
  const file = fileOf(UPPER.roleArn.toLowerCase());
  const { stdout } = await ask(['check', 'map.yaml', '-o', 'json'], file);
  expect(JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)).toEqual(['no-node-entry']);
  const proposed = await ask(['init', '-c', '-', '--from', 'map.yaml'], file);
  expect(proposed.stdout.match(/^ {2}- permissionSet: .*/gm)).toEqual(['  - permissionSet: ClusterAdmin']);
});
