import { describe, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const OTHER = '222233334444';
const arnOf = (set: string, suffix = 1, id = PROD) => role(id, set, suffix).roleArn;
const NODE = `arn:aws:iam::${PROD}:role/node`;
const SNAPSHOT = snapshotText({
  ...inventory(
    [account(PROD, 'prod'), account(OTHER, 'other')],
    [...['Admin', 'Dev', 'Left'].map((set) => role(PROD, set)), role(OTHER, 'Admin')],
  ),
  capturedAt: new Date().toISOString(),
});
const CONFIG = `accounts: ["${PROD}"]
nodeRoles: ["${NODE}"]
mappings:
  - {permissionSet: Admin, groups: [system:masters]}
  - {permissionSet: Dev, username: "dev:{{SessionName}}", groups: [developers]}
`;
const NODES = 'system:bootstrappers, system:nodes';

interface Item {
  readonly arn: string;
  readonly username?: string;
  readonly groups?: string;
}

const itemText = (key: string, { arn, username = 'sso:{{SessionName}}', groups = '' }: Item) =>
  `    - {${key}: "${arn}", username: "${username}", groups: [${groups}]}\n`;
const GOOD: readonly Item[] = [
  { arn: NODE, username: 'system:node:{{EC2PrivateDNSName}}', groups: NODES },
  { arn: arnOf('Admin'), groups: 'system:masters' },
  { arn: arnOf('Dev'), username: 'dev:{{SessionName}}', groups: 'developers' },
];

/** An aws-auth whose mapRoles starts on line 6. */
function mapOf(
  roles: readonly Item[],
  users: readonly Item[] = [],
  accounts: readonly string[] = [],
): string {
  const usersText = users.map((one) => itemText('userarn', one)).join('');
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
${roles.map((one) => itemText('rolearn', one)).join('')}${users.length > 0 ? `  mapUsers: |\n${usersText}` : ''}${
  accounts.length > 0 ? `  mapAccounts: |\n${accounts.map((id) => `    - ${id}\n`).join('')}` : ''
}`;
}

interface StrictRow {
  readonly map: string;
  readonly arn: string | null;
  readonly account?: string;
  readonly line: number;
  readonly reason: string;
  readonly username: string | null;
  readonly groups: readonly string[];
}

interface Told {
  readonly exitCode: number;
  readonly stderr: string;
  readonly changed: boolean;
  readonly unlisted: readonly StrictRow[];
  readonly altered: readonly StrictRow[];
  readonly unmapped: readonly StrictRow[];
  readonly unchanged: number;
}

async function strict(map: string, others = '', more: readonly string[] = ['--strict']): Promise<Told> {
  const config = others === '' ? CONFIG : `${CONFIG}otherEntries:\n${others}`;
  const cwd = await scratch({ 'world.json': SNAPSHOT, 'map.yaml': map, 'c.yaml': config });
  const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '-o', 'json', ...more];
  const { exitCode, stdout, stderr } = await run(argv, { cwd });
  expect(exitCode, stderr).toBeLessThan(2);
  return { exitCode, stderr, ...JSON.parse(stdout) };
}

describe('each next step works', () => {
  test('the username of a mapped entry can be kept as printed, or listed if no config can set it', async () => {
    const entry = (username: string) => ({ arn: arnOf('Admin'), username, groups: 'system:masters' });
    const mapWith = (username: string) => mapOf([GOOD[0] as Item, entry(username), GOOD[2] as Item]);
    const odd = await strict(mapWith('ops:{{SessionName}}'));
    const [, kept] = /To keep it, add to the mapping: (username: .*)/.exec(odd.stderr) ?? [];
    const config = CONFIG.replace('permissionSet: Admin,', `permissionSet: Admin, ${kept},`);
    const cwd = await scratch({
      'world.json': SNAPSHOT,
      'map.yaml': mapWith('ops:{{SessionName}}'),
      'c.yaml': config,
    });
    const argv = ['diff', 'map.yaml', '-c', 'c.yaml', '--inventory', 'world.json', '--strict'];
    expect(await run(argv, { cwd })).toMatchObject({ exitCode: 0, stdout: '' });
    for (const username of ['default', 'zo\u00eb', '{{Foo}}x']) {
      const told = await strict(mapWith(username));
      expect(told.stderr).toContain("A config can't set this username. To keep it, add to otherEntries: ");
      const listed = await strict(
        mapWith(username),
        `  - {arn: "${arnOf('Admin')}", username: "${username}"}\n`,
      );
      expect(listed.exitCode, listed.stderr).toBe(0);
    }
  });
});
