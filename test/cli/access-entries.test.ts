import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { AccessPolicy } from '../../src/access-entry.ts';
import { withoutPath } from '../../src/arn.ts';
import type { EksCluster, ExistingAccessEntry, Inventory, OtherRole } from '../../src/inventory/model.ts';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const NODE = `arn:aws:iam::${PROD}:role/eks/node`;
const DEPLOY = `arn:aws:iam::${PROD}:role/deploy`;
const DEPLOY_PATH = `arn:aws:iam::${PROD}:role/ci/deploy`;
const USER = `arn:aws:iam::${PROD}:user/alice`;
const ADMIN = role(PROD, 'Admin', 2);
const CLUSTER: EksCluster = {
  name: 'prod',
  arn: `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`,
  authenticationMode: 'API_AND_CONFIG_MAP',
  accessEntries: [
    {
      principalArn: ADMIN.pathArn,
      type: 'STANDARD',
      username: 'admin:{{SessionName}}',
      kubernetesGroups: [],
      policies: [],
      createdAt: '2026-02-01T00:00:00.000Z',
    },
    {
      principalArn: DEPLOY_PATH,
      type: 'STANDARD',
      username: 'x',
      kubernetesGroups: [],
      policies: [],
      createdAt: '2026-02-01T00:00:00.000Z',
    },
  ],
};
const READ = [account(PROD, 'prod-eks'), account(DEV, 'dev')];
const ROLES = [ADMIN, role(PROD, 'View'), role(DEV, 'Admin')];
const NOW = { capturedAt: new Date().toISOString() };
const WORLD = inventory(READ, ROLES, NOW);
const WITH_CLUSTER = inventory(READ, ROLES, { ...NOW, clusters: [CLUSTER] });
const FLAGS = ['--map', 'Admin=system:masters', '--account', PROD];

/** Runs the command in a folder with a snapshot, `world.json`, and other files. */
async function entries(
  flags: readonly string[],
  files: Readonly<Record<string, string>> = {},
  world: Inventory = WORLD,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const cwd = await scratch({ 'world.json': snapshotText(world), ...files });
  return run(['access-entries', '--inventory', 'world.json', ...flags], { cwd, env });
}

async function jsonOf(...args: Parameters<typeof entries>) {
  const [flags, ...rest] = args;
  const { exitCode, stdout, stderr } = await entries([...flags, '-o', 'json'], ...rest);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Translates an aws-auth of these items. */
function fromItems(items: readonly Item[], flags: readonly string[] = [], world = WORLD, data = {}) {
  return jsonOf(['--from', 'aws-auth.json', ...flags], { 'aws-auth.json': awsAuthOf(items, data) }, world);
}

describe('from mappings', () => {
  test('each format says the same entry', async () => {
    const json = await jsonOf(FLAGS);
    expect(json).toMatchObject({
      entries: [
        { principalArn: ADMIN.pathArn, username: 'sso:{{SessionName}}', policies: [{ scope: 'cluster' }] },
      ],
      refused: [],
      proof: null,
      findings: [],
    });
    for (const format of ['aws-cli', 'cloudformation', 'terraform', 'eksctl']) {
      const cluster = ['--cluster', CLUSTER.arn];
      const { exitCode, stdout } = await entries([...FLAGS, ...cluster, '-o', format]);
      expect([format, exitCode]).toEqual([format, 0]);
      expect(stdout).toContain(ADMIN.pathArn);
      expect(stdout).toContain('AmazonEKSClusterAdminPolicy');
    }
    const preset = await entries([...FLAGS, '--cluster', 'prod']);
    expect(preset.stdout).toMatch(/^#!\/usr\/bin\/env bash\n/);
  });

  const OF_EKS = `accounts: ["${PROD}"]
mappings:
  - { permissionSet: View, groups: [viewers] }
  - { permissionSet: Admin, groups: [admins], username: default }
`;

  test('the username "default" is left to EKS, in every format', async () => {
    const files = { 'aws-auth-sso.yaml': OF_EKS };
    const { entries: written, findings } = await jsonOf([], files);
    expect(written).toMatchObject([
      { principalArn: ADMIN.pathArn, username: null, kubernetesGroups: ['admins'] },
      { username: 'sso:{{SessionName}}' },
    ]);
    expect(findings).toEqual([]);
    const flags = ['--username', 'default', '--map', 'Admin=admins', '--account', PROD];
    expect((await jsonOf(flags)).entries).toMatchObject([{ username: null }]);
    for (const format of ['cloudformation', 'terraform', 'eksctl', 'aws-cli']) {
      const { exitCode, stdout } = await entries([...flags, '--cluster', CLUSTER.arn, '-o', format]);
      expect([format, exitCode]).toEqual([format, 0]);
      expect(stdout).toContain(ADMIN.pathArn);
      expect(stdout).not.toMatch(/["']default["']|Username:|user_name|kubernetesUsername/);
    }
  });

  test('a username that the cluster has in the place of the one of EKS stays, and that is said', async () => {
    const flags = ['--username', 'default', '--map', 'Admin=admins', '--account', PROD, '--cluster', 'prod'];
    const { stderr } = await entries([...flags, '-o', 'terraform', '--import'], {}, WITH_CLUSTER);
    expect(stderr).toBe(
      `warning: cluster prod has an access entry of ${ADMIN.pathArn} already; it gives something else than what is written here: username "admin:{{SessionName}}", groups [], no access policies; it keeps the username "admin:{{SessionName}}"
  No username is written here, since bindings may name the one that is there. Once this is applied, have EKS make one with credentials of account ${PROD}:
  aws eks update-access-entry --cluster-name prod --principal-arn ${ADMIN.pathArn} --kubernetes-groups admins --username 'arn:aws:sts::${PROD}:assumed-role/AWSReservedSSO_Admin_0000000000000002/{{SessionName}}' --region eu-west-1
`,
    );
  });

  test.each([
    ['generate', '--no-nodes'],
    ['merge', 'aws-auth.json'],
    ['diff', 'aws-auth.json'],
  ])(
    '%s refuses the username "default", which aws-auth has nothing like, before anything is read',
    async (...args) => {
      const cwd = await scratch({
        'aws-auth-sso.yaml': OF_EKS,
        'aws-auth.json': awsAuthOf([]),
        'world.json': snapshotText(WORLD),
      });
      const { exitCode, stdout, stderr } = await run([...args, '--inventory', 'world.json'], { cwd });
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /^error: aws-auth-sso\.yaml:4:5: username "default" lets EKS choose the username, and only access entries can do that\n {2}Write a username for aws-auth, such as "sso:\{\{SessionName\}\}", or keep a config for `aws-auth-sso access-entries` alone\.\n$/m,
      );
      const flags = [
        '--map',
        'Admin=admins',
        '--account',
        PROD,
        '--username',
        'default',
        '--inventory',
        'world.json',
      ];
      const flag = await run([...args, ...flags], { cwd });
      expect([flag.exitCode, flag.stdout]).toEqual([2, '']);
      expect(flag.stderr).toMatch(/^error: --map "Admin=admins": username "default" lets EKS choose/m);
    },
  );

  test('an aws-auth that has the username "default" means that name', async () => {
    const { entries: written } = await fromItems([
      { rolearn: ADMIN.roleArn, username: 'default', groups: ['g'] },
    ]);
    expect(written).toMatchObject([{ username: 'default' }]);
  });

  test('a mapping without a group that can be given is refused at its place', async () => {
    const config = `accounts: ["${PROD}"]
mappings:
  - { permissionSet: View, groups: [viewers] }
  - { permissionSet: Admin, groups: ["system:monitoring"] }
`;
    const { exitCode, stdout, stderr } = await entries(['-o', 'json'], { 'aws-auth-sso.yaml': config });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      'error: aws-auth-sso.yaml:4:5: access entries can give none of its groups: group "system:monitoring": EKS refuses groups that start with system:\n  Bind what it is bound to, to a group of another name, and map that group.\n',
    );
    const flag = await entries(['--map', 'View=system:x', '--account', PROD, '-o', 'json']);
    expect([flag.exitCode, flag.stdout]).toEqual([2, '']);
    expect(flag.stderr).toMatch(/^error: --map "View=system:x": access entries can give none/);
  });

  test('a refused group beside another is left out with a warning', async () => {
    const map = ['--map', 'View=viewers,system:x', '--account', PROD];
    const { exitCode, stderr } = await entries([...map, '-o', 'json', '--quiet']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: arn:.*_View_\S+ is left without group "system:x": EKS refuses/);
    expect(await jsonOf(map)).toMatchObject({
      entries: [{ kubernetesGroups: ['viewers'] }],
      findings: [{ severity: 'warning', code: 'group-left-out' }],
    });
  });

  test('two mappings of one principal make one entry', async () => {
    const both = [...FLAGS, '--map', 'Admin=ops'];
    expect((await jsonOf(both)).entries).toMatchObject([{ kubernetesGroups: ['ops'], policies: [{}] }]);
  });

  test('nodes are left out unless they are asked for', async () => {
    const flags = [...FLAGS, '--node-role', NODE];
    expect(await jsonOf(flags)).toMatchObject({
      entries: [{ type: 'STANDARD' }],
      findings: [{ code: 'nodes-left-out' }],
    });
    expect((await jsonOf([...flags, '--nodes'])).entries).toMatchObject([
      { principalArn: NODE, type: 'EC2_LINUX', username: null },
      { type: 'STANDARD' },
    ]);
    expect((await jsonOf([...flags, '--nodes', 'HYBRID_LINUX'])).entries[0]).toMatchObject({
      type: 'HYBRID_LINUX',
    });
    const eksctl = await entries([
      ...flags,
      '--nodes',
      'HYBRID_LINUX',
      '-o',
      'eksctl',
      '--cluster',
      CLUSTER.arn,
    ]);
    if (!eksctl.stdout.includes(NODE)) expect(eksctl.stderr).toContain(`${NODE} is left out: `);
  });

  test('node roles that the scope leaves out are a warning', async () => {
    const config = `nodeRoles: ["arn:aws:iam::${DEV}:role/other"]\nmappings: [{ permissionSet: Admin, accounts: ["${PROD}"], groups: [g] }]\n`;
    const files = { 'aws-auth-sso.yaml': config };
    const { findings } = await jsonOf(['--account', PROD, '--nodes'], files);
    expect(findings).toMatchObject([{ severity: 'warning', code: 'node-roles-out-of-scope' }]);
  });
});

describe('the cluster', () => {
  test.each(['aws-cli', 'eksctl'])('is needed by -o %s', async (format) => {
    const { exitCode, stdout, stderr } = await entries([...FLAGS, '-o', format]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^error: -o ${format} requires --cluster\n`));
  });

  test.each(['cloudformation', 'terraform', 'json'])('is not needed by -o %s', async (format) => {
    expect(await entries([...FLAGS, '-o', format])).toMatchObject({ exitCode: 0 });
  });

  test.each([
    'a b',
    '-x',
    'a/b',
    '$(id)',
    'x'.repeat(101),
    '',
    'arn:aws:eks:eu-west-1:1:cluster/x',
    'arn:aws:eks:cn-north-1:111122223333:cluster/x',
    'arn:foo:eks:eu-west-1:111122223333:cluster/x',
    '\u001b[2J',
  ])('cannot be called %j in any format', async (name) => {
    for (const format of ['aws-cli', 'cloudformation', 'terraform', 'eksctl', 'json']) {
      const { exitCode, stdout, stderr } = await entries([...FLAGS, '-o', format, '--cluster', name]);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: --cluster: ".*" is not the (?:name|ARN) of an EKS cluster/);
    }
  });

  test('pins the script to itself where it is given by ARN or read, and says its region to eksctl in any case', async () => {
    const of = async (flags: readonly string[], env = {}, world = WORLD) =>
      entries([...FLAGS, ...flags], {}, world, env);
    const pinned = [`expected_arn=${CLUSTER.arn}\n`, 'aws eks "$@" --region eu-west-1\n'];
    const byArn = await of(['--cluster', CLUSTER.arn]);
    const read = await of(['--cluster', 'prod'], { AWS_REGION: 'eu-north-1' }, WITH_CLUSTER);
    for (const text of pinned)
      expect([byArn.stdout, read.stdout]).toEqual(Array(2).fill(expect.stringContaining(text)));
    const { stdout } = await of(['--cluster', 'prod'], { AWS_REGION: 'eu-north-1' });
    expect(stdout).toContain(`expected_arn=''\n`);
    expect(stdout).toContain('aws eks "$@"\n');
    const eksctl = ['--cluster', 'prod', '-o', 'eksctl'];
    expect((await of(eksctl, { AWS_DEFAULT_REGION: 'eu-south-1' })).stdout).toContain('region: "eu-south-1"');
    expect((await of(eksctl, { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'x' })).stdout).toContain(
      'region: "eu-north-1"',
    );
    expect((await of(eksctl, {}, WITH_CLUSTER)).stdout).toContain('region: "eu-west-1"');
    expect(await of(eksctl)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining("error: -o eksctl requires the cluster's region\n"),
    });
  });

  test('of another partition than the accounts is refused', async () => {
    const { exitCode, stderr } = await entries([
      ...FLAGS,
      '--cluster',
      CLUSTER.arn.replace(':aws:', ':aws-cn:').replace('eu-west-1', 'cn-north-1'),
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('cluster prod is in partition aws-cn, but the accounts are in aws');
  });

  test('that a snapshot with other clusters does not have may be yet to be created, which is a warning', async () => {
    const files = { 'aws-auth.json': awsAuthOf([{ rolearn: ADMIN.roleArn, groups: ['g'] }]) };
    for (const flags of [FLAGS, [...FLAGS, '-o', 'terraform'], ['--from', 'aws-auth.json']]) {
      const { exitCode, stdout, stderr } = await entries(
        [...flags, '--cluster', 'test'],
        files,
        WITH_CLUSTER,
      );
      expect(exitCode).toBe(0);
      expect(stdout).toContain(ADMIN.pathArn);
      expect(stderr).toContain(
        'warning: what access entries cluster test has is not known: the snapshot does not have the cluster "test"\n  Unless it is yet to be created: Take a new snapshot',
      );
    }
    for (const world of [WORLD, { ...WORLD, clusters: [] }])
      expect(await entries([...FLAGS, '--cluster', CLUSTER.arn], {}, world)).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
  });

  test('of which a snapshot has several is refused', async () => {
    const other = { ...CLUSTER, arn: CLUSTER.arn.replace('eu-west-1', 'us-east-1') };
    const world = { ...WITH_CLUSTER, clusters: [CLUSTER, other] };
    const { exitCode, stdout, stderr } = await entries([...FLAGS, '--cluster', 'prod'], {}, world);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Name the one that is meant by its ARN: ${CLUSTER.arn}, ${other.arn}\n`);
    expect(await entries([...FLAGS, '--cluster', other.arn], {}, world)).toMatchObject({ exitCode: 0 });
  });

  test('whose account is not known leaves the script without a guard, which is a warning', async () => {
    const { exitCode, stdout, stderr } = await entries([...FLAGS, '--cluster', 'prod']);
    expect([exitCode, stderr]).toEqual([
      0,
      `warning: the account of cluster prod is not known: the script changes whatever cluster of that name it finds
  Give the ARN of the cluster: --cluster arn:aws:eks:REGION:ACCOUNT:cluster/prod.
`,
    ]);
    expect(stdout).toContain(`expected_arn=''\n`);
    for (const format of ['terraform', 'cloudformation', 'json'])
      expect((await entries([...FLAGS, '--cluster', 'prod', '-o', format])).stderr).toBe('');
  });

  test('in mode CONFIG_MAP takes access entries only later', async () => {
    const world = {
      ...WITH_CLUSTER,
      clusters: [{ ...CLUSTER, authenticationMode: 'CONFIG_MAP' as const, accessEntries: [] }],
    };
    const { stderr } = await entries([...FLAGS, '--cluster', 'prod'], {}, world);
    expect(stderr).toContain(
      'note: cluster prod has the authentication mode CONFIG_MAP: it takes access entries only once',
    );
    expect(stderr).toContain(
      `  With credentials of account ${PROD}:\n  aws eks update-cluster-config --name prod --access-config authenticationMode=API_AND_CONFIG_MAP --region eu-west-1\n`,
    );
  });

  test('has an entry that is older than the role: that is to be deleted first', async () => {
    const old = CLUSTER.accessEntries.map((one) => ({ ...one, createdAt: '2025-01-01T00:00:00.000Z' }));
    const world = { ...WITH_CLUSTER, clusters: [{ ...CLUSTER, accessEntries: old }] };
    const { stderr } = await entries([...FLAGS, '--cluster', 'prod'], {}, world);
    expect(stderr).toContain(
      `warning: ${ADMIN.pathArn}: the cluster has an access entry of an earlier role, which an update does not bring back\n`,
    );
    expect(stderr).toContain(
      `With credentials of account ${PROD}:\n  aws eks delete-access-entry --cluster-name prod --principal-arn ${ADMIN.pathArn} --region eu-west-1\n`,
    );
    const item = { rolearn: ADMIN.roleArn, username: 'admin:{{SessionName}}' };
    const { proof, summary } = await fromItems([item], ['--cluster', 'prod'], world);
    expect(proof).toMatchObject([
      { same: false, reason: expect.stringMatching(/of an earlier role.*: delete it first$/) },
    ]);
    expect(summary).toMatchObject({
      severity: 'warning',
      message:
        '0 of 1 principal keeps username, groups and admin; 1 needs an access entry of the cluster deleted first',
    });
    expect((await fromItems([item], ['--cluster', 'prod'], WITH_CLUSTER)).summary).toEqual({
      severity: 'note',
      message: 'the one principal keeps username, groups and admin',
      help: null,
    });
  });

  test('has an entry of another type, which cannot be changed', async () => {
    const node = { ...CLUSTER.accessEntries[1], principalArn: NODE, type: 'STANDARD' } as ExistingAccessEntry;
    const world = { ...WORLD, clusters: [{ ...CLUSTER, accessEntries: [node] }] };
    const nodes = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] };
    const items = [{ rolearn: `arn:aws:iam::${PROD}:role/node`, ...nodes }];
    const { proof, findings } = await fromItems(
      items,
      ['--nodes', '--cluster', 'prod', '--role-arn', NODE],
      world,
    );
    const obstacle = 'the cluster has an access entry of type STANDARD, which cannot be changed to EC2_LINUX';
    expect(proof).toMatchObject([{ same: false, reason: `${obstacle}: delete it first` }]);
    expect(findings).toMatchObject([{ code: 'access-entry-type', message: `${NODE}: ${obstacle}` }]);
  });

  const NODES = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] };

  /** Translates the entry of a node role that has an access entry of a type already. */
  async function translatedNodes(
    {
      type,
      groups,
      kubernetesGroups = NODES.groups,
      username = NODES.username,
      policies = [],
    }: Partial<ExistingAccessEntry> & { readonly type: string; readonly groups?: readonly string[] },
    flags: readonly string[] = [],
  ) {
    const createdAt = '2026-02-01T00:00:00.000Z';
    const node = { principalArn: NODE, type, username, kubernetesGroups, policies, createdAt };
    const otherRoles: OtherRole[] = [
      { arn: withoutPath(NODE), role: { pathArn: NODE, createdAt: '2025-01-01T00:00:00.000Z' } },
    ];
    const world = { ...WORLD, clusters: [{ ...CLUSTER, accessEntries: [node] }], otherRoles };
    const item = { rolearn: withoutPath(NODE), ...NODES, ...(groups && { groups }) };
    const files = { 'aws-auth.json': awsAuthOf([item]) };
    const from = ['--from', 'aws-auth.json', '--nodes', '--cluster', 'prod', ...flags];
    const mapped = [...FLAGS, '--node-role', NODE, '--nodes', '--cluster', 'prod', ...flags];
    return {
      json: await jsonOf(from, files, world),
      terraform: await entries([...from, '-o', 'terraform', '--import'], files, world),
      eksctl: await entries([...from, '-o', 'eksctl'], files, world),
      mapped: await jsonOf(mapped, files, world),
    };
  }

  test('has nodes of EKS Auto Mode, whose entry lets in the same nodes: it need not be replaced', async () => {
    const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy';
    const auto = { type: 'EC2', policies: [{ policyArn, scope: 'cluster' as const }] };
    const { json, terraform, eksctl, mapped } = await translatedNodes(auto);
    expect(json).toMatchObject({
      entries: [{ principalArn: NODE, ...auto }],
      proof: [{ same: true, obstacle: null, reason: null }],
      summary: { severity: 'note' },
      findings: [{ severity: 'note', code: 'node-type-kept' }],
    });
    expect(terraform.stdout).toContain(`id = "prod:${NODE}"`);
    expect(terraform.stderr).not.toContain('delete');
    expect(eksctl.stdout).toContain(`- principalARN: "${NODE}"\n      type: "EC2"\n      accessPolicies:\n`);
    expect(eksctl.stderr).toContain(
      'note: access entries of type EC2 need an eksctl of March 2025 or later\n  See `eksctl version`.\n',
    );
    expect(mapped.entries).toContainEqual(expect.objectContaining({ principalArn: NODE, ...auto }));
  });

  test('has an entry of nodes that gives more or less than what is written', async () => {
    const windows = { type: 'EC2_WINDOWS', kubernetesGroups: ['system:nodes', 'eks:kube-proxy-windows'] };
    expect((await translatedNodes(windows)).json).toMatchObject({
      entries: [{ type: 'EC2_WINDOWS' }],
      proof: [{ same: false, obstacle: null, reason: 'group "eks:kube-proxy-windows" gained' }],
    });
    const { json, terraform } = await translatedNodes({
      type: 'EC2_LINUX',
      groups: windows.kubernetesGroups,
    });
    expect(json).toMatchObject({
      entries: [{ type: 'EC2_WINDOWS' }],
      proof: [{ same: false, obstacle: expect.stringContaining('of type EC2_LINUX') }],
    });
    // An import would be forced to replace it.
    expect(terraform.stdout).not.toContain('import {');
    expect(terraform.stderr).toContain(
      `  Delete it before you create these entries. Nodes that get in through it lose access until the new one is created. With credentials of account ${PROD}:\n  aws eks delete-access-entry `,
    );
  });

  test('has an entry of another type, and what differs beside that is told, too', async () => {
    const node = {
      ...CLUSTER.accessEntries[1],
      principalArn: DEPLOY_PATH,
      type: 'EC2_LINUX',
      username: null,
      kubernetesGroups: [],
    };
    const world = {
      ...WORLD,
      clusters: [{ ...CLUSTER, accessEntries: [node as ExistingAccessEntry] }],
    };
    const items = [{ rolearn: DEPLOY, username: 'system:humans', groups: ['ops', 'system:monitoring'] }];
    const { proof, summary } = await fromItems(items, ['--cluster', 'prod'], world);
    expect(proof).toMatchObject([
      {
        differs: true,
        obstacle: expect.any(String),
        reason: expect.stringContaining('"system:monitoring" lost'),
      },
    ]);
    expect(summary.message).toBe(
      '0 of 1 principal keeps username, groups and admin; 1 differs; 1 needs an access entry of the cluster deleted first',
    );
    expect(summary.help).toMatch(/delete those that are in their place\.\n.*see that what differs is/);
  });

  test('has access policies that no output takes away', async () => {
    const of = async (policies: AccessPolicy[], groups = ['devs'], flags: readonly string[] = []) => {
      const [admin] = CLUSTER.accessEntries;
      const existing = { ...admin, kubernetesGroups: ['devs'], policies } as ExistingAccessEntry;
      const world = { ...WORLD, clusters: [{ ...CLUSTER, accessEntries: [existing] }] };
      const item = { rolearn: ADMIN.roleArn, username: 'admin:{{SessionName}}', groups };
      const files = { 'aws-auth.json': awsAuthOf([item]) };
      const from = ['--from', 'aws-auth.json', '--cluster', 'prod', ...flags];
      return { ...(await jsonOf(from, files, world)), text: await entries(from, files, world) };
    };
    const policy = (name: string, scope: AccessPolicy['scope'] = 'cluster') => ({
      policyArn: `arn:aws:eks::aws:cluster-access-policy/${name}`,
      scope,
    });
    const gained = await of([policy('AmazonEKSClusterAdminPolicy')]);
    expect(gained).toMatchObject({
      entries: [{ policies: [] }],
      proof: [
        {
          same: false,
          differs: true,
          obstacle: null,
          after: { admin: true },
          reason: 'cluster admin gained',
        },
      ],
      summary: {
        severity: 'warning',
        message: '0 of 1 principal keeps username, groups and admin; 1 differs',
      },
    });
    expect(gained.text.stderr).toContain(`; it keeps AmazonEKSClusterAdminPolicy cluster-wide
  Nothing that is written here takes access policies away. Once this is applied, do it with credentials of account ${PROD}:
  aws eks disassociate-access-policy --cluster-name prod --principal-arn ${ADMIN.pathArn} --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy --region eu-west-1
`);
    expect((await of([policy('AmazonEKSEditPolicy', { namespaces: ['a'] })])).proof).toMatchObject([
      { same: false, after: { admin: false }, reason: 'keeps access policy AmazonEKSEditPolicy in a' },
    ]);
    // Whoever may do everything gains nothing; and what is written in another scope takes the place of what is there.
    const both = [
      policy('AmazonEKSViewPolicy'),
      policy('AmazonEKSClusterAdminPolicy', { namespaces: ['a'] }),
    ];
    const admin = await of(both, ['devs', 'system:masters']);
    expect(admin.proof).toMatchObject([{ same: true, after: { admin: true } }]);
    expect(admin.text.stderr).not.toContain('disassociate');
  });

  test('has an entry of a role that was not looked up: it may be dead, and the script does not see it', async () => {
    const flags = ['--cluster', 'prod', '--role-arn', DEPLOY_PATH];
    const items = [{ rolearn: DEPLOY, username: 'x' }];
    const { proof, summary, findings } = await fromItems(items, flags, WITH_CLUSTER);
    const doubt =
      'the cluster has an access entry that may be of an earlier role, since the role was not looked up';
    expect(proof).toMatchObject([{ same: false, differs: false, obstacle: null, doubt, reason: doubt }]);
    expect(summary).toMatchObject({
      severity: 'warning',
      message:
        '0 of 1 principal keeps username, groups and admin; 1 has an access entry of the cluster that may be of an earlier role',
    });
    expect(findings).toEqual([
      { severity: 'warning', code: 'access-entry-not-known', message: `${DEPLOY_PATH}: ${doubt}` },
    ]);
    const files = { 'aws-auth.json': awsAuthOf(items) };
    const { stderr } = await entries(['--from', 'aws-auth.json', '--cluster', 'prod'], files, WITH_CLUSTER);
    expect(stderr).toContain(
      `created after 2026-02-01T00:00:00.000Z, delete the access entry first. With credentials of account ${PROD}:\n  aws eks delete-access-entry --cluster-name prod --principal-arn ${DEPLOY_PATH} --region eu-west-1\n`,
    );
    const otherRoles: OtherRole[] = [
      { arn: DEPLOY, role: { pathArn: DEPLOY_PATH, createdAt: '2025-01-01T00:00:00.000Z' } },
    ];
    const known = await fromItems(items, ['--cluster', 'prod'], { ...WITH_CLUSTER, otherRoles });
    expect(known).toMatchObject({ proof: [{ same: true, doubt: null }], findings: [] });
  });

  test('has an entry that gives something else than what is written', async () => {
    const of = (flags: readonly string[], files = {}) =>
      entries([...flags, '--cluster', 'prod'], files, WITH_CLUSTER);
    const { stderr } = await of(FLAGS);
    const gives =
      'it gives something else than what is written here: username "admin:{{SessionName}}", groups [], no access policies';
    expect(stderr).toBe(`note: cluster prod has an access entry of ${ADMIN.pathArn} already; ${gives}\n`);
    const files = { 'aws-auth.json': awsAuthOf([{ rolearn: ADMIN.roleArn, groups: ['system:masters'] }]) };
    expect((await of(['--from', 'aws-auth.json'], files)).stderr).toContain(
      `warning: cluster prod has an access entry of ${ADMIN.pathArn} already, which overrides aws-auth; ${gives}\n`,
    );
    const alike = [
      '--map',
      'Admin=system:authenticated',
      '--username',
      'admin:{{SessionName}}',
      '--account',
      PROD,
    ];
    expect((await of(alike)).stderr).toBe('');
  });

  test('in mode API ignores an aws-auth', async () => {
    const world = {
      ...WITH_CLUSTER,
      clusters: [{ ...CLUSTER, authenticationMode: 'API' as const, accessEntries: [] }],
    };
    const files = { 'aws-auth.json': awsAuthOf([{ rolearn: ADMIN.roleArn, groups: ['g'] }]) };
    const { stderr } = await entries(['--from', 'aws-auth.json', '--cluster', 'prod'], files, world);
    expect(stderr).toContain(
      'warning: cluster prod has the authentication mode API, where aws-auth is ignored',
    );
    expect((await entries([...FLAGS, '--cluster', 'prod'], {}, world)).stderr).toBe('');
  });

  test.each([
    ['cloudformation', 'Import them into the stack as resources'],
    ['eksctl', 'eksctl skips those that it has created itself and fails for the others'],
  ])('has entries that -o %s would create', async (format, help) => {
    const { stderr } = await entries([...FLAGS, '--cluster', 'prod', '-o', format], {}, WITH_CLUSTER);
    expect(stderr).toContain(
      `note: cluster prod has access entries of 1 of these principals already: ${ADMIN.pathArn}\n  ${help}`,
    );
  });
});

describe('--import', () => {
  const flags = [...FLAGS, '--map', 'View=v', '--cluster', 'prod', '-o', 'terraform', '--import'];
  const imported = (stdout: string) => [...stdout.matchAll(/^ +id = "(.*)"$/gm)].map(([, id]) => id);

  test('is refused where the cluster is not known, for Terraform fails where there is nothing to import', async () => {
    const { exitCode, stdout, stderr } = await entries(flags);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      'error: --import requires the access entries that cluster prod has, and they are not known\n',
    );
  });

  test('is of those that the cluster has', async () => {
    expect(imported((await entries(flags, {}, WITH_CLUSTER)).stdout)).toEqual([`prod:${ADMIN.pathArn}`]);
  });

  test('is of none that is older than its role: it has to be deleted, and would pass for created', async () => {
    const old = CLUSTER.accessEntries.map((one) => ({ ...one, createdAt: '2025-01-01T00:00:00.000Z' }));
    const world = { ...WITH_CLUSTER, clusters: [{ ...CLUSTER, accessEntries: old }] };
    const { stdout } = await entries(flags, {}, world);
    expect(stdout).toContain('resource "aws_eks_access_entry"');
    expect(imported(stdout)).toEqual([]);
  });

  test.each([
    [['--import', '-o', 'json'], 'error: --import requires -o terraform\n'],
    [['--import', '-o', 'terraform'], 'error: --import requires --cluster\n'],
  ])('%j is refused', async (more, message) => {
    const { exitCode, stdout, stderr } = await entries([...FLAGS, ...more]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^${message}`));
  });
});

describe('--from', () => {
  test('translates, refuses and proves, and ends with a sentence', async () => {
    const mapRoles = `- rolearn: ${role(PROD, 'Admin').roleArn}
  username: admin:{{SessionName}}
  groups: [system:masters]
- rolearn: ${DEPLOY}
  username: ci
  groups: [deployers]
- rolearn: arn:aws:iam::${PROD}:role/node
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
`;
    const files = { 'aws-auth.yaml': mapRoles };
    const { exitCode, stdout, stderr } = await entries(['--from', 'aws-auth.yaml', '-o', 'terraform'], files);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`principal_arn     = "${ADMIN.pathArn}"`);
    expect(stderr.split('\n')).toEqual([
      'note: the snapshot does not have 1 role that aws-auth.yaml names',
      '  Take it with the file, where their accounts can be read: `aws-auth-sso snapshot aws-auth.yaml`.',
      `note: aws-auth.yaml:1:12: ${role(PROD, 'Admin').roleArn} was re-created: the access entry is of the new role, ${ADMIN.roleArn}, whose people get in again`,
      `warning: aws-auth.yaml:4:12: ${DEPLOY} is refused: its path is not known`,
      '  Give the ARN with its path, which credentials of account 111122223333 can read: --role-arn "$(aws iam get-role --role-name deploy --query Role.Arn --output text)"',
      `note: the node role arn:aws:iam::${PROD}:role/node is left out`,
      '  EKS makes the access entries of managed node groups, Fargate profiles and Auto Mode itself, once the authentication mode has the API. Before the mode is API, see that it has made these:',
      '  aws eks list-access-entries --cluster-name NAME',
      '  For roles that are not listed, those of self-managed and hybrid nodes, add --nodes.',
      'warning: 0 of 3 principals keep username, groups and admin; 1 gets in again; 1 is refused; 1 node role is left out',
      '  Before the authentication mode is API, give what is refused access in another way.',
      '',
    ]);
    const known = ['--role-arn', DEPLOY_PATH, '--node-role', NODE, '--nodes'];
    const json = await jsonOf(['--from', 'aws-auth.yaml', ...known], files);
    expect(json).toMatchObject({
      entries: [
        { principalArn: ADMIN.pathArn },
        { principalArn: DEPLOY_PATH },
        { principalArn: NODE, type: 'EC2_LINUX' },
      ],
      refused: [],
      proof: [{ before: null, same: false }, { same: true }, { same: true }],
      findings: [{ code: 'role-followed' }],
    });
  });

  describe('node roles without --nodes', () => {
    const nodes = ['node', 'fargate'].map((name) => `arn:aws:iam::${PROD}:role/${name}`);
    const [node = '', fargate = ''] = nodes;
    const files = {
      'aws-auth.json': awsAuthOf([
        {
          rolearn: node,
          username: 'system:node:{{EC2PrivateDNSName}}',
          groups: ['system:bootstrappers', 'system:nodes'],
        },
        {
          rolearn: fargate,
          username: 'system:node:{{SessionName}}',
          groups: ['system:bootstrappers', 'system:nodes', 'system:node-proxier'],
        },
        { rolearn: ADMIN.roleArn, groups: ['g'] },
      ]),
    };
    const flags = ['--from', 'aws-auth.json', '--cluster', CLUSTER.arn];

    test('are left out in one note, which is no refusal: EKS may make their access entries', async () => {
      const { exitCode, stderr } = await entries([...flags, '-o', 'terraform'], files);
      expect(exitCode).toBe(0);
      expect(stderr).toBe(
        `note: 2 node roles ${node}, ${fargate} are left out
  EKS makes the access entries of managed node groups, Fargate profiles and Auto Mode itself, once the authentication mode has the API. Before the mode is API, see that it has made these:
  aws eks list-access-entries --cluster-name prod --region eu-west-1
  For roles that are not listed, those of self-managed and hybrid nodes, add --nodes.
note: 1 of 3 principals keep username, groups and admin; 2 node roles are left out
`,
      );
      expect(await jsonOf(flags, files)).toMatchObject({
        refused: nodes.map((arn) => ({ arn, reason: 'it is a node role', leftOut: true })),
        proof: [
          ...nodes.map((arn) => ({ arn, after: null, same: false, leftOut: true })),
          { same: true, leftOut: false },
        ],
        summary: { severity: 'note', help: null },
        findings: [{ severity: 'note', code: 'nodes-left-out' }],
      });
    });

    test('are not told of where the cluster has their access entries', async () => {
      const createdAt = '2026-02-01T00:00:00.000Z';
      const base = { kubernetesGroups: ['system:nodes'], policies: [], createdAt };
      const there = [
        { ...base, principalArn: NODE, type: 'EC2_LINUX', username: 'system:node:{{EC2PrivateDNSName}}' },
        { ...base, principalArn: fargate, type: 'FARGATE_LINUX', username: 'system:node:{{SessionName}}' },
      ];
      const world = { ...WORLD, clusters: [{ ...CLUSTER, accessEntries: there }] };
      const { stderr } = await entries([...flags, '-o', 'terraform'], files, world);
      expect(stderr).toBe('note: all 3 principals keep username, groups and admin\n');
      const mapped = await entries(
        [...FLAGS, '--node-role', NODE, '--cluster', 'prod', '-o', 'terraform'],
        {},
        world,
      );
      expect(mapped.stderr).toBe('');
    });

    test('that are gone are refused as such', async () => {
      const world = { ...WORLD, otherRoles: [{ arn: node, role: null }] };
      const { refused } = await jsonOf(flags, files, world);
      expect(refused).toMatchObject([
        { arn: node, reason: 'the role does not exist', leftOut: false },
        { arn: fargate, leftOut: true },
      ]);
    });
  });

  test.each([
    [
      'HYBRID_LINUX',
      '{{EC2PrivateDNSName}}',
      '{{SessionName}}',
      'which is wider: whoever can assume the role chooses the session name, and so can act as any node of the cluster; an EC2 instance can only be itself',
    ],
    ['FARGATE_LINUX', '{{EC2PrivateDNSName}}', '{{SessionName}}', 'which is wider: '],
    [
      'EC2_LINUX',
      '{{SessionName}}',
      '{{EC2PrivateDNSName}}',
      'so that nodes that are not EC2 instances can no longer join',
    ],
    ['EC2_WINDOWS', '{{EC2PrivateDNSName}}', '{{EC2PrivateDNSName}}', null],
  ])(
    '--nodes %s says which nodes it gives another name, and what that means',
    async (type, from, to, consequence) => {
      const nodes = { username: `system:node:${from}`, groups: ['system:bootstrappers', 'system:nodes'] };
      const files = { 'aws-auth.json': awsAuthOf([{ rolearn: withoutPath(NODE), ...nodes }]) };
      const flags = ['--from', 'aws-auth.json', '--nodes', type, '--role-arn', NODE, '-o', 'terraform'];
      const { stderr } = await entries(flags, files);
      const what = `warning: aws-auth.json:1:${stderr.split(':')[3]}: ${NODE}: type ${type} changes the username from "system:node:${from}" to "system:node:${to}", `;
      if (consequence === null) expect(stderr).not.toContain('changes the username');
      else {
        expect(stderr).toContain(`${what}${consequence}`);
        expect(stderr).toContain(
          '\n  Use --nodes without a type: it writes the type that each entry tells.\n',
        );
      }
    },
  );

  test('users who differ in their path alone are told of: one of them at most exists', async () => {
    const users = ['alice', 'eng/alice', 'ops/Alice', 'bob'].map(
      (name) => `arn:aws:iam::${PROD}:user/${name}`,
    );
    const mapUsers = JSON.stringify(users.map((userarn) => ({ userarn, username: 'u', groups: ['g'] })));
    const { entries: written, findings } = await fromItems([], [], WORLD, { mapUsers });
    expect(written).toHaveLength(4);
    expect(findings).toContainEqual({
      severity: 'note',
      code: 'users-of-one-name',
      message: `${users.slice(0, 3).join(', ')} differ in their path alone: the account has one user of a name, so that at most one of them exists`,
    });
  });

  test('a username that the cluster has is not taken away where the one of aws-auth cannot be had', async () => {
    const { proof, findings, summary } = await fromItems(
      [{ rolearn: ADMIN.roleArn, username: '{{SessionNameRaw}}', groups: ['system:masters'] }],
      ['--cluster', 'prod'],
      WITH_CLUSTER,
    );
    expect(proof).toMatchObject([
      {
        before: { username: '{{SessionNameRaw}}' },
        after: { username: 'admin:{{SessionName}}', admin: true },
        reason: 'username "{{SessionNameRaw}}" becomes "admin:{{SessionName}}"',
      },
    ]);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'access-entry-differs',
        message: expect.stringMatching(/; it keeps the username "admin:\{\{SessionName\}\}"$/),
      }),
    );
    expect(summary.severity).toBe('warning');
  });

  test('JSON has the refusals with their lines, the reasons and what to do', async () => {
    const {
      entries: translated,
      refused,
      proof,
    } = await fromItems([{ rolearn: DEPLOY, groups: ['g'] }], [], WORLD, {
      mapAccounts: '- "333344445555"\n',
    });
    expect(translated).toEqual([]);
    expect(refused).toEqual([
      {
        arn: DEPLOY,
        line: 1,
        reason: 'its path is not known',
        help: expect.stringContaining('--role-arn'),
        leftOut: false,
      },
      {
        arn: '333344445555',
        line: 1,
        reason: expect.stringContaining('a whole account'),
        help: expect.any(String),
        leftOut: false,
      },
    ]);
    expect(proof).toMatchObject([
      {
        arn: DEPLOY,
        before: { username: 'sso:{{SessionName}}', groups: ['g'], admin: false },
        after: null,
        same: false,
      },
      { arn: '333344445555', before: { username: null, groups: [], admin: false }, after: null, same: false },
    ]);
  });

  test('an ARN that never matches is refused with what is wrong with it, once', async () => {
    const files = { 'aws-auth.yaml': `- rolearn: ${ADMIN.pathArn}\n  username: a\n` };
    const { stderr } = await entries(['--from', 'aws-auth.yaml', '-o', 'json'], files);
    expect(stderr).toBe(
      `warning: aws-auth.yaml:1:12: refused: ${ADMIN.pathArn} contains the path /aws-reserved/sso.amazonaws.com/eu-west-1/, so it never matches
  Strip the path: ${ADMIN.roleArn}
  Fix the entry first, with \`aws-auth-sso check\`, or remove it.
note: 0 of 1 principal keeps username, groups and admin; 1 lets nobody in today and is refused
`,
    );
  });

  test('takes paths from the access entries of a snapshot, and from node roles of the config', async () => {
    const items = [{ rolearn: DEPLOY, groups: ['g'] }];
    expect(await fromItems(items, [], WITH_CLUSTER)).toMatchObject({
      entries: [{ principalArn: DEPLOY_PATH }],
      findings: [{ severity: 'note', code: 'role-not-read' }],
    });
    const files = {
      'aws-auth.json': awsAuthOf([
        {
          rolearn: `arn:aws:iam::${PROD}:role/node`,
          username: 'system:node:{{EC2PrivateDNSName}}',
          groups: ['system:nodes'],
        },
      ]),
      'aws-auth-sso.yaml': `nodeRoles: ["${NODE}"]\n`,
    };
    expect((await jsonOf(['--from', 'aws-auth.json', '--nodes'], files)).entries).toMatchObject([
      { principalArn: NODE },
    ]);
  });

  test('an access entry of a role that is gone does not make it alive', async () => {
    const stale = role(PROD, 'Admin');
    const [entry] = CLUSTER.accessEntries;
    if (!entry) throw new Error('the cluster has no entry');
    const left = { ...entry, principalArn: stale.pathArn, createdAt: stale.createdAt };
    const world = { ...WORLD, clusters: [{ ...CLUSTER, accessEntries: [left] }] };
    for (const flags of [[], ['--cluster', 'prod']])
      expect(await fromItems([{ rolearn: stale.roleArn, groups: ['g'] }], flags, world)).toMatchObject({
        entries: [{ principalArn: ADMIN.pathArn }],
        proof: [{ before: null, same: false }],
        findings: expect.arrayContaining([expect.objectContaining({ code: 'role-followed' })]),
      });
  });

  test('an access entry of an earlier role has no path of the one that there is now', async () => {
    const items = [{ rolearn: DEPLOY, groups: ['g'] }];
    const elsewhere = `arn:aws:iam::${PROD}:role/new/deploy`;
    const withRole = (role: OtherRole['role']) => ({
      ...WITH_CLUSTER,
      otherRoles: [{ arn: DEPLOY, role }],
    });
    const there = { pathArn: elsewhere, createdAt: '2026-03-01T00:00:00.000Z' };
    expect((await fromItems(items, [], withRole(there))).entries).toMatchObject([
      { principalArn: elsewhere },
    ]);
    expect(await fromItems(items, [], withRole(null))).toMatchObject({
      refused: [{ reason: 'the role does not exist' }],
      proof: [{ before: null }],
    });
  });

  test.each([
    [DEPLOY_PATH, `the ARN of this role is arn:aws:iam::${PROD}:role/new/deploy`],
    [ADMIN.pathArn.replace('eu-west-1/', ''), `the ARN of this role is ${ADMIN.pathArn}`],
    [role(PROD, 'Admin').pathArn, `the role was re-created as ${ADMIN.pathArn}`],
    [role(PROD, 'Ops').pathArn, `the role is gone, and account ${PROD} has no other of permission set "Ops"`],
    [`arn:aws:iam::${PROD}:role/x/gone`, 'the role does not exist'],
  ])('--role-arn %s is refused where what was read says otherwise', async (arn, message) => {
    const otherRoles = [
      {
        arn: DEPLOY,
        role: { pathArn: `arn:aws:iam::${PROD}:role/new/deploy`, createdAt: '2026-01-01T00:00:00.000Z' },
      },
      { arn: `arn:aws:iam::${PROD}:role/gone`, role: null },
    ];
    const files = { 'aws-auth.json': awsAuthOf([{ rolearn: withoutPath(arn), groups: ['g'] }]) };
    const flags = ['--from', 'aws-auth.json', '--role-arn', arn, '-o', 'json'];
    const { exitCode, stdout, stderr } = await entries(flags, files, { ...WORLD, otherRoles });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: --role-arn ${arn}: ${message}\n`);
  });

  test('--role-arn of no entry is a warning', async () => {
    const items = [{ rolearn: DEPLOY, groups: ['g'] }];
    const flags = ['--role-arn', DEPLOY_PATH, '--role-arn', `arn:aws:iam::${PROD}:role/ci/deplyo`];
    const { findings } = await fromItems(items, flags);
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        code: 'role-arn-unused',
        message: expect.stringContaining('/deplyo is the ARN of no'),
      },
    ]);
  });

  test('a node role without a path is written so only where nothing else is known, with a note', async () => {
    const node = `arn:aws:iam::${PROD}:role/node`;
    const nodes = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] };
    const of = (world: Inventory, ...more: string[]) =>
      fromItems([{ rolearn: node, ...nodes }], ['--nodes', '--node-role', node, ...more], world);
    expect(await of(WORLD)).toMatchObject({
      entries: [{ principalArn: node }],
      findings: [{ severity: 'note', code: 'role-not-read' }],
    });
    expect(await of(WORLD, '--role-arn', NODE)).toMatchObject({
      entries: [{ principalArn: NODE }],
      findings: [],
    });
    const read = { pathArn: NODE, createdAt: '2026-01-01T00:00:00.000Z' };
    const world = { ...WORLD, otherRoles: [{ arn: node, role: read }] };
    expect(await of(world)).toMatchObject({ entries: [{ principalArn: NODE }], findings: [] });
  });

  test('what the format cannot hold is refused, and not counted as kept', async () => {
    const nodes = { username: 'system:node:{{SessionName}}', groups: ['system:nodes'] };
    const files = {
      'aws-auth.json': awsAuthOf([
        { rolearn: NODE.replace('/eks/', '/'), ...nodes },
        { rolearn: ADMIN.roleArn, username: 'e\u0301', groups: ['system:masters'] },
      ]),
    };
    const flags = ['--from', 'aws-auth.json', '--nodes', '--role-arn', NODE, '--cluster', CLUSTER.arn];
    const of = async (format: string) => (await entries([...flags, '-o', format], files)).stderr;
    expect(await of('eksctl')).toMatch(
      /note: access entries of type HYBRID_LINUX need eksctl 0\.195\.0 or later\n(?:.*\n)*note: all 2 principals keep .*\n/,
    );
    expect(await of('terraform')).toMatch(
      /_Admin_\w+ is refused: Terraform changes the name .*\n(?:.*\n)*warning: 1 of 2 principals keep .*; 1 is refused\n/,
    );
    expect(await of('aws-cli')).toContain('note: all 2 principals keep username, groups and admin\n');
  });

  test('a key that is not loaded is in the last sentence and in JSON', async () => {
    const data = { mapUsers: '- userarn: [x\n' };
    const items = [{ rolearn: ADMIN.roleArn, groups: ['g'] }];
    expect((await fromItems(items, [], WORLD, data)).summary).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('; of mapUsers nothing is translated'),
    });
  });

  test.each([
    [['--cluster', 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod'], 'the cluster is in aws-cn'],
    [[], 'the accounts are in aws-cn'],
  ])('of another partition than %j is refused', async (flags, message) => {
    const files = { 'aws-auth.json': awsAuthOf([{ rolearn: DEPLOY, groups: ['g'] }]) };
    const world = { ...WORLD, partition: 'aws-cn', roles: [], accounts: [] };
    const ran = await entries(['--from', 'aws-auth.json', '-o', 'json', ...flags], files, world);
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain(`error: aws-auth.json: the entries are in partition aws, but ${message}\n`);
  });

  test('of the partition of the cluster, but not of the accounts, is refused', async () => {
    const files = { 'aws-auth.json': awsAuthOf([{ rolearn: 'arn:aws-cn:iam::111122223333:role/x' }]) };
    const cluster = ['--cluster', 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod'];
    const ran = await entries(['--from', 'aws-auth.json', '-o', 'json', ...cluster], files);
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('cluster prod is in partition aws-cn, but the accounts are in aws\n');
  });

  test('refuses nodes of another account than that of the cluster', async () => {
    const nodes = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] };
    const other = `arn:aws:iam::${DEV}:role/node`;
    const flags = ['--nodes', '--role-arn', other, '--cluster', 'prod'];
    const { refused } = await fromItems([{ rolearn: other, ...nodes }], flags, WITH_CLUSTER);
    expect(refused).toMatchObject([{ arn: other, reason: expect.stringContaining(PROD) }]);
    const byArn = [...flags.slice(0, -1), CLUSTER.arn];
    expect((await fromItems([{ rolearn: other, ...nodes }], byArn)).refused).toHaveLength(1);
    const mapped = ['--map', 'Admin=g', '--account', PROD, '--account', DEV, '--nodes', '--node-role', other];
    expect(await jsonOf([...mapped, '--cluster', CLUSTER.arn])).toMatchObject({
      entries: [{ type: 'STANDARD' }, { type: 'STANDARD' }],
      findings: [{ severity: 'warning', code: 'node-role-refused' }],
    });
  });

  test('does not follow a suffix by an old snapshot', async () => {
    const old = inventory(READ, ROLES, { capturedAt: '2026-01-01T00:00:00.000Z' });
    const items = [{ rolearn: role(PROD, 'Admin').roleArn, groups: ['g'] }];
    expect((await fromItems(items, [], old)).refused).toMatchObject([
      { reason: expect.stringContaining('too old') },
    ]);
    expect((await fromItems(items, ['--max-age', '9999d'], old)).entries).toMatchObject([
      { principalArn: ADMIN.pathArn },
    ]);
  });

  test('- is stdin', async () => {
    const stdin = awsAuthOf([{ rolearn: ADMIN.roleArn, groups: ['g'] }]);
    const cwd = await scratch({ 'world.json': snapshotText(WORLD) });
    const argv = ['access-entries', '--from', '-', '--inventory', 'world.json', '-o', 'json'];
    const { stdout, stderr } = await run(argv, { cwd, stdin });
    expect(JSON.parse(stdout).entries).toMatchObject([{ principalArn: ADMIN.pathArn }]);
    expect(stderr).toBe('note: the one principal keeps username, groups and admin\n');
    expect((await run([...argv, '--quiet'], { cwd, stdin })).stderr).toBe('');
    expect(await run(argv, { cwd, stdin: '' })).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run(argv, { cwd, stdinIsTty: true })).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('warns of what the authenticator does not load', async () => {
    const files = {
      'aws-auth.yaml': `- username: x\n- rolearn: ${ADMIN.roleArn}\n  username: a\n  groups: no\n`,
    };
    const { exitCode, stderr } = await entries(['--from', 'aws-auth.yaml', '-o', 'json'], files);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'warning: aws-auth.yaml:1:3: mapRoles: the item has no rolearn; the authenticator drops this item\n',
    );
    expect(stderr).toContain('; the authenticator reads this field as empty\n');
  });

  test.each([
    [['--from', 'a.yaml', '--map', 'A=b'], /^error: --from and --map exclude each other\n/],
    [['--from', 'a.yaml', '--username', 'b'], /^error: --from and --username exclude each other\n/],
    [['--role-arn', DEPLOY, ...FLAGS], /^error: --role-arn requires --from\n/],
    [['--from', 'a.yaml', '--role-arn', 'deploy'], /^error: --role-arn: "deploy" is not a role ARN/],
    [['--from', 'a.yaml', '--role-arn', USER], /^error: --role-arn: .* is not a role ARN/],
    [
      ['--from', 'a.yaml', '--role-arn', ADMIN.roleArn],
      /^error: --role-arn: .* lacks the path of a role of Identity Center/,
    ],
    [
      ['--from', 'a.yaml', '--role-arn', DEPLOY, '--role-arn', DEPLOY_PATH],
      /^error: --role-arn gives one role two paths: /,
    ],
    [
      ['--from', 'a.yaml', '--role-arn', 'arn:aws-cn:iam::111122223333:role/x'],
      /^error: --role-arn .* is not in the partition of the cluster, aws\n/,
    ],
    [['--from', 'a.yaml', '--max-age', 'x'], /^error: invalid duration "x"\n/],
    [['--from', 'none.yaml'], /^error: none\.yaml: /],
    [['--from', 'helm.yaml'], /^error: helm\.yaml:1:\d+: /],
    [
      ['--from', 'a.yaml', '--nodes', 'STANDARD'],
      /^error: option '--nodes \[type\]' argument 'STANDARD' is invalid/,
    ],
  ])('%j is refused', async (flags, message) => {
    const files = {
      'a.yaml': `- rolearn: ${ADMIN.roleArn}\n`,
      'helm.yaml': '- rolearn: {{ .Values.role }}\n',
    };
    const { exitCode, stdout, stderr } = await entries([...flags, '-o', 'json'], files);
    expect([stdout, exitCode >= 2]).toEqual(['', true]);
    expect(stderr).toMatch(message);
  });

  test('hostile names reach no terminal as they are', async () => {
    const hostile = '\u001b[2J\u202e::error::x';
    const { stderr } = await entries(['--from', 'aws-auth.json', '-o', 'json'], {
      'aws-auth.json': awsAuthOf(
        [
          { rolearn: `arn:aws:iam::${PROD}:role/${hostile}`, username: hostile, groups: [hostile] },
          {
            rolearn: ADMIN.roleArn,
            username: `{{SessionName}}${hostile}`,
            groups: [hostile, `system:${hostile}`],
          },
        ],
        { mapAccounts: JSON.stringify([hostile]) },
      ),
    });
    expect(stderr).toContain('\\u{1b}[2J\\u{202e}::error::x');
    expect(stderr).not.toMatch(/[\u001b\u202e]|^::/m);
  });
});

describe('with AWS', () => {
  const AWS: WorldInput = {
    accounts: [{ id: DEV, name: 'dev' }],
    permissionSets: ['Admin'],
    assignments: [],
    roles: [
      { account: '111111111111', permissionSet: 'Admin', suffix: '0123456789abcdef' },
      { account: '111111111111', name: 'deploy', path: '/ci/' },
    ],
    clusters: [{ name: 'prod', accessEntries: [] }],
  };
  const admin =
    'arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef';

  async function live(flags: readonly string[], items: readonly Item[] = [], world = AWS) {
    const fake = await fakeAwsForTest(world);
    const cwd = await scratch({ 'aws-auth.json': awsAuthOf(items) });
    const ran = await runWithEnvironment(
      ['access-entries', '--from', 'aws-auth.json', '-o', 'json', ...flags],
      { cwd },
    );
    return { ...ran, calls: fake.calls };
  }

  test('paths of other roles are what IAM says, and stale suffixes are followed', async () => {
    const { exitCode, stdout } = await live(
      [],
      [
        { rolearn: 'arn:aws:iam::111111111111:role/AWSReservedSSO_Admin_aaaaaaaaaaaaaaaa', groups: ['a'] },
        { rolearn: 'arn:aws:iam::111111111111:role/deploy', groups: ['b'] },
        { rolearn: 'arn:aws:iam::111111111111:role/gone', groups: ['c'] },
      ],
    );
    expect(exitCode).toBe(0);
    const { entries: translated, refused } = JSON.parse(stdout);
    expect(translated).toMatchObject([
      { principalArn: admin },
      { principalArn: 'arn:aws:iam::111111111111:role/ci/deploy' },
    ]);
    expect(refused).toMatchObject([{ reason: 'the role does not exist' }]);
  });

  test('a role is found whatever the case, and is gone only where IAM lists none', async () => {
    const { stdout } = await live(
      [],
      [
        { rolearn: 'ARN:AWS:IAM::111111111111:ROLE/DePloy', groups: ['system:masters'] },
        { rolearn: 'arn:aws:iam::111111111111:role/deploy2', groups: ['system:masters'] },
      ],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      entries: [{ principalArn: 'arn:aws:iam::111111111111:role/ci/deploy' }],
      refused: [{ reason: 'the role does not exist' }],
      proof: [{ same: true }, { before: null }],
    });
  });

  test('--role-arn is held against what IAM has, where it is asked anyway', async () => {
    const items = [{ rolearn: 'arn:aws:iam::111111111111:role/deploy', groups: ['a'] }];
    const wrong = ['--role-arn', 'arn:aws:iam::111111111111:role/wrong/deploy'];
    expect((await live(wrong, items)).calls).toEqual({});
    const other = { rolearn: 'arn:aws:iam::111111111111:role/other', groups: ['a'] };
    for (const ran of [
      await live(wrong, [...items, other]),
      await live([...wrong, '--cluster', 'prod'], items),
    ]) {
      expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
      expect(ran.stderr).toContain('the ARN of this role is arn:aws:iam::111111111111:role/ci/deploy\n');
    }
  });

  test('an access entry of an earlier role is no path, and is in the proof', async () => {
    const principalArn = 'arn:aws:iam::111111111111:role/ci/deploy';
    const [deploy] = AWS.roles?.slice(1) ?? [];
    if (!deploy) throw new Error('there is no such role');
    const world: WorldInput = {
      ...AWS,
      roles: [{ ...deploy, createdAt: '2026-06-01T00:00:00.000Z' }],
      clusters: [
        {
          name: 'prod',
          accessEntries: [{ principalArn, groups: ['a'], createdAt: '2026-01-01T00:00:00.000Z' }],
        },
      ],
    };
    const items = [{ rolearn: 'arn:aws:iam::111111111111:role/deploy', groups: ['a'] }];
    const { stdout } = await live(['--cluster', 'prod'], items, world);
    expect(JSON.parse(stdout)).toMatchObject({
      entries: [{ principalArn }],
      proof: [{ same: false, reason: expect.stringContaining('of an earlier role') }],
      summary: { severity: 'warning' },
      findings: [{ code: 'dead-access-entry' }],
    });
  });

  test('node roles of mappings have the path that IAM has of them', async () => {
    const fake = await fakeAwsForTest(AWS);
    const node = ['--node-role', 'arn:aws:iam::111111111111:role/Deploy'];
    const mapped = ['access-entries', '--map', 'Admin=g', '--account', '111111111111', ...node, '-o', 'json'];
    const cwd = await scratch({});
    await runWithEnvironment(mapped, { cwd });
    const { 'iam.ListRoles': before = 0 } = fake.calls;
    const { stdout } = await runWithEnvironment([...mapped, '--nodes'], { cwd });
    expect(JSON.parse(stdout).entries).toMatchObject([
      { principalArn: 'arn:aws:iam::111111111111:role/ci/deploy', type: 'EC2_LINUX' },
      { principalArn: admin },
    ]);
    expect(fake.calls['iam.ListRoles']).toBeGreaterThan(2 * before);
  });

  test('a cluster in another partition than the credentials is refused', async () => {
    const items = [{ rolearn: 'arn:aws-cn:iam::111111111111:user/alice', groups: ['a'] }];
    const ran = await live(['--cluster', `arn:aws-cn:eks:cn-north-1:${DEV}:cluster/prod`], items);
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('is in partition aws-cn, but the credentials are in aws\n');
  });

  test('is not asked where nothing has to be looked up', async () => {
    const items = [{ rolearn: 'arn:aws:iam::111111111111:user/alice', groups: ['a'] }];
    const { exitCode, stdout, calls } = await live([], items);
    expect([exitCode, calls]).toEqual([0, {}]);
    expect(JSON.parse(stdout).entries).toHaveLength(1);
  });

  test('is asked for node roles only where nodes are wanted', async () => {
    const nodes = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] };
    const items = [{ rolearn: 'arn:aws:iam::111111111111:role/deploy', ...nodes }];
    expect((await live([], items)).calls).toEqual({});
    const { stdout, calls } = await live(['--nodes'], items);
    expect(calls['iam.ListRoles']).toBeGreaterThan(0);
    expect(JSON.parse(stdout).entries).toMatchObject([
      { principalArn: 'arn:aws:iam::111111111111:role/ci/deploy', type: 'EC2_LINUX' },
    ]);
  });

  test.each(['DescribeCluster', 'ListAccessEntries'])(
    'eks:%s that is denied is a warning, and the script is for the account and region that were asked',
    async (operation) => {
      const fake = await fakeAwsForTest(AWS);
      fake.inject({ kind: 'denied', operation: `eks.${operation}` });
      const cwd = await scratch({ 'aws-auth.json': awsAuthOf([{ rolearn: admin, groups: ['a'] }]) });
      const argv = ['access-entries', '--from', 'aws-auth.json', '--cluster', 'prod'];
      const { exitCode, stdout, stderr } = await runWithEnvironment(argv, { cwd });
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(
        /^warning: what access entries cluster prod has is not known: .*\n(?: {2}.*\n)* {2}.*eks:ListAccessEntries/m,
      );
      expect(stderr).not.toContain('the account of cluster prod is not known');
      expect(stdout).toContain('expected_arn=arn:aws:eks:eu-west-1:111111111111:cluster/prod\n');
      expect(stdout).toContain('aws eks "$@" --region eu-west-1\n');
    },
  );

  test('without credentials the script has no guard, which is a warning', async () => {
    const cwd = await scratch({
      'aws-auth.json': awsAuthOf([], { mapUsers: `- userarn: ${USER}\n  groups: [a]\n` }),
    });
    const argv = ['access-entries', '--from', 'aws-auth.json', '--cluster', 'prod'];
    const { exitCode, stderr } = await run(argv, { cwd });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: what access entries cluster prod has is not known: /m);
    expect(stderr).toMatch(/^warning: the account of cluster prod is not known: /m);
  });

  test('a cluster that is not there is a warning, and the script is for the account and region that were asked', async () => {
    const items = [{ rolearn: 'arn:aws:iam::111111111111:role/deploy', groups: ['b'] }];
    const there = await live(['--cluster', 'prod'], items);
    expect(there.stderr).not.toContain('is not known');
    expect(there.calls['eks.DescribeCluster']).toBe(1);
    const gone = await live(['--cluster', 'none', '-o', 'aws-cli'], items);
    expect(gone.exitCode).toBe(0);
    expect(gone.stderr).toContain(
      'warning: what access entries cluster none has is not known: no EKS cluster "none" in account 111111111111, region eu-west-1\n  Unless it is yet to be created: Name another region',
    );
    expect(gone.stdout).toContain('expected_arn=arn:aws:eks:eu-west-1:111111111111:cluster/none\n');
    expect(gone.stdout).toContain('--region eu-west-1');
    const arn = `arn:aws:eks:us-east-1:${DEV}:cluster/prod`;
    const elsewhere = await live(['--cluster', arn, '-o', 'aws-cli'], items);
    expect(elsewhere.exitCode).toBe(0);
    expect(elsewhere.stdout).toContain(`expected_arn=${arn}\n`);
  });
});

test('the aws-auth of the examples migrates completely', async () => {
  const files = Object.fromEntries(
    await Promise.all(
      ['aws-auth.yaml', 'aws-auth-sso.yaml', 'inventory.json'].map(async (name) => [
        name,
        await readFile(new URL(`../../examples/${name}`, import.meta.url), 'utf8'),
      ]),
    ),
  );
  const cwd = await scratch(files);
  const flags = ['access-entries', '--from', 'aws-auth.yaml', '--inventory', 'inventory.json', '-o', 'json'];
  const translate = async (...more: string[]) => JSON.parse((await run([...flags, ...more], { cwd })).stdout);
  const { entries: translated, refused, proof } = await translate();
  expect([translated.length, refused.length, proof.length]).toEqual([1, 2, 3]);
  for (const { reason, help } of refused)
    expect([reason, help]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  // The ways on that the two refusals name.
  const all = await translate('--nodes', '--max-age', '9999d');
  expect([all.entries.length, all.refused]).toEqual([3, []]);
  expect(all.proof.map(({ same }: { same: boolean }) => same)).toEqual([true, false, true]);
});
