import { expect, test } from 'vitest';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const WORLD: WorldInput = {
  accounts: [{ id: PROD, name: 'prod' }],
  permissionSets: ['View', 'Other'],
  groups: [{ displayName: 'Platform', members: ['ada@x.org'] }],
  users: ['ada@x.org', 'bob'],
  assignments: [
    { account: PROD, permissionSet: 'View', group: 'Platform' },
    { account: PROD, permissionSet: 'View', user: 'bob' },
    { account: PROD, permissionSet: 'Other', user: 'bob' },
  ],
};
const { roles } = buildWorld(WORLD);
const roleArn = (set: string) =>
  `arn:aws:iam::${PROD}:role/${roles.find(({ name }) => name.startsWith(`AWSReservedSSO_${set}_`))?.name}`;
const NODE: Item = {
  rolearn: `arn:aws:iam::${PROD}:role/node`,
  username: 'system:node:x',
  groups: ['system:nodes'],
};
const ROLE = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: look }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
`;
const binding = (role: string, kind: string, name: string) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${role}-${name} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: "${name}" }]
`;
const VIEWERS = ROLE + binding('look', 'Group', 'viewers');
const ADA = binding('cluster-admin', 'User', 'sso:ada-x.org');
const ARGV = ['--map', 'View=viewers', '--account', 'prod'];

/** The messages of a command on `aws-auth.yaml`, and what was asked of AWS. */
async function explained(
  argv: readonly string[],
  files: Readonly<Record<string, string>>,
  mapping: readonly string[] = ARGV,
) {
  const fake = await fakeAwsForTest(WORLD);
  const cwd = await scratch({ 'aws-auth.yaml': awsAuthOf([NODE]), ...files });
  const [command = '', ...rest] = argv;
  const ran = await run([command, 'aws-auth.yaml', ...mapping, ...rest], { cwd });
  return {
    ...ran,
    memberships: fake.calls['identitystore.ListGroupMemberships'] ?? 0,
  };
}

const WHERE = `View in account ${PROD} (prod): group "Platform", user "bob" gain "viewers", as "sso:{{SessionName}}"`;

test.each(['merge', 'diff'])('%s --explain --rbac names the roles that people gain', async (command) => {
  const { stderr, memberships } = await explained([command, '--explain', '--rbac', 'rbac.yaml'], {
    'rbac.yaml': VIEWERS,
  });
  expect(stderr).toContain(`note: ${WHERE}: ClusterRole/look cluster-wide\n`);
  // No binding names a person, so nobody has to know who is in the group.
  expect(memberships).toBe(0);
});

test('without --rbac it names the groups alone', async () => {
  const { stderr } = await explained(['merge', '--explain'], { 'rbac.yaml': VIEWERS });
  expect(stderr).toContain(`note: ${WHERE}\n`);
});

test('several files count together, and members of a group whom a binding names are asked for', async () => {
  const { stderr, stdout, memberships } = await explained(
    ['merge', '--explain', '--rbac', 'viewers.yaml', '--rbac', 'ada.yaml'],
    { 'viewers.yaml': VIEWERS, 'ada.yaml': ADA },
  );
  expect(stderr).toContain(
    `note: ${WHERE}: ClusterRole/look cluster-wide; user "ada@x.org" gains ClusterRole/cluster-admin cluster-wide (cluster admin)\n` +
      'warning: cluster administrators by a binding, once this change is applied: user "ada@x.org" (ClusterRoleBinding cluster-admin-sso:ada-x.org at ada.yaml:2:1)\n',
  );
  expect(memberships).toBeGreaterThan(0);
  const plain = await explained(['merge'], {});
  expect(stdout).toBe(plain.stdout);
});

test('members are asked for, too, where the entry goes', async () => {
  const entry = { rolearn: roleArn('View'), groups: ['viewers'] };
  const config = 'accounts: [prod]\nmappings:\n  - {permissionSet: Other, groups: [viewers]}\n';
  const argv = ['merge', '--explain', '--prune', '--allow-lockout', '-c', 'c.yaml', '--rbac', 'ada.yaml'];
  const { stderr, memberships } = await explained(
    argv,
    {
      'aws-auth.yaml': awsAuthOf([NODE, entry]),
      'c.yaml': config,
      'ada.yaml': ADA,
    },
    [],
  );
  expect(stderr).toContain('user "ada@x.org" loses ClusterRole/cluster-admin cluster-wide (cluster admin)\n');
  expect(memberships).toBeGreaterThan(0);
});

test('--quiet keeps the warning of administrators', async () => {
  const files = { 'rbac.yaml': binding('cluster-admin', 'Group', 'viewers') };
  const { stderr } = await explained(['merge', '--explain', '--quiet', '--rbac', 'rbac.yaml'], files);
  expect(stderr).toMatch(
    /^warning: cluster administrators by a binding, [^\n]*: group "Platform" \([^\n]*\), user "bob" \([^\n]*\)\n$/,
  );
});

test.each(['merge', 'diff'])('%s refuses --rbac without --explain', async (command) => {
  const { exitCode, stdout, stderr } = await run([
    command,
    'missing.yaml',
    '--rbac',
    'missing.yaml',
    ...ARGV,
  ]);
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'error: --rbac requires --explain\n  Add --explain, or leave out --rbac: bindings change nothing in aws-auth.\n',
  });
});

test('stdin cannot be both', async () => {
  const { exitCode, stderr } = await run(['merge', '--explain', '--rbac', '-', ...ARGV], {
    stdin: awsAuthOf([NODE]),
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('stdin cannot be both the aws-auth ConfigMap and RBAC manifests');
});

test('a file that cannot be read ends the run before AWS is asked', async () => {
  const fake = await fakeAwsForTest(WORLD);
  const cwd = await scratch({ 'aws-auth.yaml': awsAuthOf([NODE]) });
  const ran = await run(['merge', 'aws-auth.yaml', '--explain', '--rbac', 'missing.yaml', ...ARGV], { cwd });
  expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
  expect(fake.calls).toEqual({});
});
