import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accessPolicyArn } from '../../src/access-entry.ts';
import { withoutPath } from '../../src/arn.ts';
import type { EksCluster, Inventory } from '../../src/inventory/model.ts';
import {
  ACCOUNT,
  ADMIN,
  accessEntry,
  clusterWorld,
  DEAD,
  eksCluster,
  GONE,
  policy,
} from '../access/eks-cluster.ts';
import { awsCommand, runScript } from '../access-entries/aws-command.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { workflowCommandsIn } from '../github-runner.ts';
import { snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const configMap = (entries: string) => `kind: ConfigMap
metadata: {name: aws-auth}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${ACCOUNT}:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
${entries}`;
const ADMIN_ENTRY = `    - rolearn: ${ADMIN.roleArn}
      username: "sso:{{SessionName}}"
      groups: [system:masters]
`;
const VIEWERS = { username: 'sso:{{SessionName}}', kubernetesGroups: ['viewers'] };
const BOTH = eksCluster('API_AND_CONFIG_MAP', [accessEntry(ADMIN.pathArn, VIEWERS)]);
const BROKEN = eksCluster('API', [accessEntry(ADMIN.pathArn, { ...VIEWERS, createdAt: DEAD })]);

/** `check` with a snapshot of these clusters, and files. */
async function check(
  args: readonly string[],
  clusters: readonly EksCluster[],
  files: Readonly<Record<string, string>> = {},
  stdin = 'never: read',
) {
  const cwd = await scratch({ 'inventory.json': snapshotText(clusterWorld(...clusters)), ...files });
  return {
    cwd,
    ...(await run(['check', ...args, '--inventory', 'inventory.json', '--max-age', '9999d'], { cwd, stdin })),
  };
}

const MAP = { 'aws-auth.yaml': configMap(ADMIN_ENTRY) };

describe('check --cluster', () => {
  test('looks at the access entries alone where there is no FILE, and leaves stdin alone', async () => {
    const { exitCode, stdout, stderr } = await check(['--cluster', 'prod'], [BROKEN]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^cluster prod: error: access entry arn:\S+ was created on 2026-01-04.*\[dead-access-entry\]\n {2}Delete .*:\n {2}aws eks delete-access-entry .*\n {2}aws eks create-access-entry .*\n$/,
    );
    expect(stderr).toBe('note: cluster prod: 1 error, 0 warnings\n');
  });

  test('reads stdin where it is asked for', async () => {
    const { stdout, stderr } = await check(['-', '--cluster', 'prod'], [BOTH], {}, MAP['aws-auth.yaml']);
    expect(stdout).toContain('<stdin>:8:16: error: the access entry of cluster prod gives username');
    expect(stderr).toBe('note: <stdin> with cluster prod: 1 error, 0 warnings\n');
  });

  test('shows what overrides an entry, and underlines that', async () => {
    const { exitCode, stdout } = await check(['aws-auth.yaml', '--cluster', 'prod'], [BOTH], MAP);
    expect(exitCode).toBe(1);
    expect(
      stdout,
    ).toBe(`aws-auth.yaml:8:16: error: the access entry of cluster prod gives username "sso:{{SessionName}}", groups ["viewers"], no access policies: it overrides this entry, and takes away cluster admin [overridden-by-access-entry]
  |     - rolearn: ${ADMIN.roleArn}
  |                ${'^'.padEnd(ADMIN.roleArn.length, '~')}
  If this entry is what is meant, correct the access entry:
  aws eks associate-access-policy --cluster-name prod --principal-arn ${ADMIN.pathArn} --policy-arn ${policy('AmazonEKSClusterAdminPolicy').policyArn} --access-scope type=cluster --region eu-west-1
`);
  });

  test('takes the ARN of a cluster, and one that is given twice once', async () => {
    const { stderr } = await check(['--cluster', BOTH.arn, '--cluster', 'prod'], [BOTH]);
    expect(stderr).toBe('note: cluster prod: no problems found\n');
  });

  test('says where a cluster has no access entries', async () => {
    const clusters = [eksCluster('CONFIG_MAP', [])];
    const { exitCode, stdout, stderr } = await check(['aws-auth.yaml', '--cluster', 'prod'], clusters, MAP);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe(
      'note: cluster prod: has authentication mode CONFIG_MAP, so it has no access entries, and aws-auth alone counts\nnote: aws-auth.yaml with cluster prod: no problems found\n',
    );
  });

  test('says that there is nothing to check in such a cluster without the ConfigMap', async () => {
    const old = eksCluster('CONFIG_MAP', []);
    const { exitCode, stdout, stderr } = await check(['--cluster', 'prod'], [old]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe(
      `note: cluster prod: has authentication mode CONFIG_MAP, so it has no access entries, and aws-auth alone counts
  Give the aws-auth ConfigMap as FILE: without it there is nothing to check.
note: cluster prod: nothing to check
`,
    );
    const dev = eksCluster('API', [], 'dev');
    const both = await check(['--cluster', 'prod', '--cluster', 'dev'], [old, dev]);
    expect(both.stderr).toContain(
      'note: cluster prod: nothing to check\nnote: cluster dev: no problems found\nnote: 2 clusters: no problems found\n',
    );
  });

  test('refuses to guess which of two clusters of one name a file is of', async () => {
    const other = { ...BOTH, arn: BOTH.arn.replace('eu-west-1', 'us-east-1') };
    const args = ['--cluster', BOTH.arn, '--cluster', other.arn];
    const files = { 'c/prod.yaml': configMap(''), 'c/prod-us-east-1.yaml': configMap('') };
    const { exitCode, stdout, stderr } = await check(['c/prod.yaml', ...args], [BOTH, other], files);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      `error: c/prod.yaml: the file may be of 2 clusters of the name "prod": ${BOTH.arn}, ${other.arn}
  Give each file alone with --cluster ARN, or name the files by region or account, too, such as prod-eu-west-1.yaml or eu-west-1/prod.yaml.
`,
    );
    const told = await check(['c/prod-us-east-1.yaml', ...args], [BOTH, other], files);
    expect(told.stderr).toContain(`note: c/prod-us-east-1.yaml with cluster ${other.arn}: `);
  });

  test('notes that a snapshot has clusters where none is asked for', async () => {
    expect((await check(['aws-auth.yaml'], [BOTH], MAP)).stderr).toBe(
      'note: the snapshot has access entries of prod, which are not counted in\n  Add --cluster NAME to count them in.\nnote: aws-auth.yaml: no problems found\n',
    );
  });

  test('gives JSON without a line', async () => {
    const { stdout } = await check(['--cluster', 'prod', '-o', 'json'], [BROKEN]);
    const { findings, ...counts } = JSON.parse(stdout);
    expect(counts).toEqual({ errors: 1, warnings: 0, notes: 0 });
    expect(findings).toMatchObject([
      {
        rule: 'dead-access-entry',
        severity: 'error',
        url: 'docs/rules.md#dead-access-entry',
        file: 'cluster prod',
        line: null,
        column: null,
        endLine: null,
        endColumn: null,
        fix: 'none',
      },
    ]);
  });

  test('annotates a step without a file, and shows the commands a line each in its summary', async () => {
    const cwd = await scratch({ 'inventory.json': snapshotText(clusterWorld(BROKEN)) });
    const argv = ['check', '--cluster', 'prod', '--inventory', 'inventory.json', '-o', 'github'];
    const { stdout } = await run(argv, { cwd, env: { GITHUB_STEP_SUMMARY: 'summary.md' } });
    const [command, ...others] = workflowCommandsIn(stdout);
    expect(others).toEqual([]);
    expect(command?.properties).toEqual({ title: 'dead-access-entry' });
    expect(command?.data).toMatch(
      /^cluster prod: access entry .* Delete .*:\naws eks delete-access-entry .*\naws eks create-access-entry .*$/,
    );
    const summary = await readFile(join(cwd, 'summary.md'), 'utf8');
    expect(summary).toMatch(/^- cluster prod: 1 error&#44; 0 warnings$/m);
    expect(summary).toMatch(/\| <code>cluster prod<\/code> \| .*<br>aws eks delete-access-entry /);
  });

  test('finds the cluster of each of several files by its name', async () => {
    const dev = eksCluster('API', [], 'dev');
    const { exitCode, stdout, stderr } = await check(
      ['c/dev.yaml', 'c/test.yaml', '--cluster', 'prod', '--cluster', 'dev'],
      [BOTH, dev],
      { 'c/dev.yaml': MAP['aws-auth.yaml'], 'c/test.yaml': configMap('') },
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^c\/dev\.yaml:5:16: error: in mode API aws-auth is ignored, and cluster dev has no /,
    );
    expect(stderr).toBe(
      `warning: c/test.yaml: no --cluster is of the name of this file "test", so no access entries are counted in
  Name the file after the cluster, or give it alone with --cluster.
note: cluster prod: no FILE is of the name "prod", so the access entries are looked at alone
note: c/dev.yaml with cluster dev: 2 errors, 0 warnings
note: c/test.yaml: no problems found
note: cluster prod: no problems found
note: 2 files and 2 clusters: 2 errors, 0 warnings
`,
    );
  });

  test('tells clusters of one name apart by their ARNs', async () => {
    const other = { ...BROKEN, arn: BROKEN.arn.replace('eu-west-1', 'us-east-1') };
    const args = ['--cluster', BROKEN.arn, '--cluster', other.arn];
    const { stdout, stderr } = await check(args, [BROKEN, other]);
    for (const { arn } of [BROKEN, other]) {
      expect(stdout).toContain(`cluster ${arn}: error: access entry`);
      expect(stderr).toContain(`note: cluster ${arn}: 1 error, 0 warnings\n`);
    }
    expect(stdout).toContain('--cluster-name prod ');
    expect(stderr).toContain('note: 2 clusters: 2 errors, 0 warnings\n');
  });

  test('goes on with the others where one of the files is broken', async () => {
    const { exitCode, stdout, stderr } = await check(
      ['prod.yaml', 'gone.yaml', '--cluster', 'prod'],
      [BOTH],
      { 'prod.yaml': MAP['aws-auth.yaml'] },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('prod.yaml:8:16: error: the access entry of cluster prod gives');
    expect(stderr).toContain('note: 1 of 2 files and 1 cluster checked: 1 error, 0 warnings\n');
  });

  test('fixes the file, and reports the access entries as they are', async () => {
    const map = configMap(`    - rolearn: ${GONE.pathArn}\n      username: a\n      groups: [b]\n`);
    const dead = accessEntry(ADMIN.pathArn, { ...VIEWERS, createdAt: DEAD });
    const { exitCode, stdout, stderr } = await check(
      ['aws-auth.yaml', '--cluster', 'prod', '--fix-access'],
      [eksCluster('API_AND_CONFIG_MAP', [dead])],
      { 'aws-auth.yaml': map },
    );
    expect(exitCode).toBe(1);
    expect(stdout).toBe(map.replace(GONE.pathArn, ADMIN.roleArn));
    expect(stderr).toMatch(
      /^error: cluster prod: access entry \S+ was created .*\[dead-access-entry\]\n {2}Delete/m,
    );
    expect(stderr).toContain('note: aws-auth.yaml with cluster prod: 2 errors, 0 warnings once fixed\n');
  });

  test('does not say that an entry takes effect that an access entry overrides', async () => {
    const map = configMap(`    - rolearn: ${ADMIN.pathArn}\n      username: a\n      groups: [b]\n`);
    const args = ['aws-auth.yaml', '--cluster', 'prod', '--fix-access'];
    const { stderr } = await check(args, [BOTH], { 'aws-auth.yaml': map });
    expect(stderr).toContain('[path-in-arn]\n');
    expect(stderr).not.toContain('now effective');
  });

  test('--ignore and --quiet leave out what they do elsewhere', async () => {
    const same = accessEntry(`arn:aws:iam::${ACCOUNT}:role/node`, { type: 'EC2_LINUX' });
    const cluster = eksCluster('API_AND_CONFIG_MAP', [same, accessEntry(GONE.pathArn, VIEWERS)]);
    const args = ['aws-auth.yaml', '--cluster', 'prod', '--ignore', 'orphan-access-entry'];
    const { exitCode, stdout } = await check(args, [cluster], MAP);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^aws-auth\.yaml:5:16: note: .* \[overridden-by-access-entry\]\n(?: .*\n)*$/);
    expect(await check([...args, '--quiet'], [cluster], MAP)).toMatchObject({ stdout: '', stderr: '' });
  });

  test('--account that leaves no account to look up is refused', async () => {
    const args = ['--cluster', 'prod', '--account', '444455556666'];
    const { exitCode, stdout, stderr } = await check(args, [BROKEN]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(
      'error: the scope contains no account: --account 444455556666 selects none of the accounts to look up',
    );
  });

  test('--rbac knows which groups of access entries are bound', async () => {
    const rbac = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: viewers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: viewer }]
`;
    const { stdout } = await check(['--cluster', 'prod', '--rbac', 'rbac.yaml'], [BOTH], {
      'rbac.yaml': rbac,
    });
    expect(stdout).toMatch(
      /^cluster prod: warning: access entry \S+: no binding names the group "viewers": /,
    );
  });

  test.each<[string, string[], string]>([
    [
      'a cluster that the snapshot does not have',
      ['--cluster', 'prd'],
      'the snapshot does not have the cluster "prd"',
    ],
    [
      'a name that no cluster has',
      ['--cluster', 'a b'],
      '--cluster: "a b" is not the name of an EKS cluster',
    ],
    ['an ARN of something else', ['--cluster', ADMIN.roleArn], 'is not the ARN of an EKS cluster'],
    ['nothing to fix', ['--cluster', 'prod', '--fix'], '--fix and --fix-access require a FILE'],
    ['a mode that there is not', ['--authentication-mode', 'api'], 'Allowed choices are CONFIG_MAP'],
  ])('%s is a usage error', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await check(args, [BOTH]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('check --authentication-mode', () => {
  test.each([
    ['API', 1],
    ['API_AND_CONFIG_MAP', 0],
    ['CONFIG_MAP', 0],
  ])('%s needs nothing but the file', async (mode, exitCode) => {
    const cwd = await scratch(MAP);
    const ran = await run(['check', 'aws-auth.yaml', '--authentication-mode', mode], { cwd });
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stdout.includes('[config-map-ignored]')).toBe(exitCode === 1);
  });
});

describe('check --cluster --authentication-mode', () => {
  const asIf = (...args: string[]) => [...args, '--cluster', 'prod', '--authentication-mode', 'API'];
  const NODE_ENTRY = accessEntry(`arn:aws:iam::${ACCOUNT}:role/node`, { type: 'EC2_LINUX' });

  test('tells who would be locked out, and that the mode is assumed', async () => {
    const { exitCode, stdout, stderr } = await check(
      asIf('aws-auth.yaml'),
      [eksCluster('API_AND_CONFIG_MAP', [NODE_ENTRY])],
      MAP,
    );
    expect(exitCode).toBe(1);
    expect(
      stdout,
    ).toBe(`aws-auth.yaml:8:16: error: in mode API aws-auth is ignored, and cluster prod has no access entry for ${ADMIN.roleArn}: whoever gets in through this entry is locked out [config-map-ignored]
  |     - rolearn: ${ADMIN.roleArn}
  |                ${'^'.padEnd(ADMIN.roleArn.length, '~')}
  \`aws-auth-sso access-entries --from FILE --cluster ${eksCluster('API', []).arn}\` writes one, or says why there can be none.
`);
    expect(stderr).toBe(
      'note: aws-auth.yaml with cluster prod, as if its authentication mode were API: 1 error, 0 warnings\n',
    );
  });

  test('is content where everybody has an access entry', async () => {
    const cluster = eksCluster('API_AND_CONFIG_MAP', [
      NODE_ENTRY,
      accessEntry(ADMIN.pathArn, {
        username: 'sso:{{SessionName}}',
        policies: [policy('AmazonEKSClusterAdminPolicy')],
      }),
    ]);
    const { exitCode, stdout, stderr } = await check(asIf('aws-auth.yaml'), [cluster], MAP);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^aws-auth\.yaml:3:1: note: .*: every entry that lets somebody in has an access entry /,
    );
    expect(stderr).toBe(
      'note: aws-auth.yaml with cluster prod, as if its authentication mode were API: 0 errors, 0 warnings, 1 note\n',
    );
    expect(await check([...asIf('aws-auth.yaml'), '--quiet'], [cluster], MAP)).toMatchObject({
      stdout: '',
      stderr: '',
    });
  });

  test('assumes nothing of a cluster that has the mode', async () => {
    const { stderr } = await check(asIf('aws-auth.yaml'), [eksCluster('API', [NODE_ENTRY])], MAP);
    expect(stderr).toBe('note: aws-auth.yaml with cluster prod: 1 error, 0 warnings\n');
  });

  test('says that no mode can be changed back, and checks the cluster as it is', async () => {
    const { exitCode, stdout, stderr } = await check(
      ['aws-auth.yaml', '--cluster', 'prod', '--authentication-mode', 'API_AND_CONFIG_MAP'],
      [eksCluster('API', [NODE_ENTRY])],
      MAP,
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('[config-map-ignored]');
    expect(stderr).toBe(
      `warning: cluster prod: has authentication mode API, which cannot be changed back to API_AND_CONFIG_MAP: it is checked as it is
note: aws-auth.yaml with cluster prod: 1 error, 0 warnings
`,
    );
  });

  test('needs the ConfigMap to tell who is locked out', async () => {
    const { exitCode, stdout, stderr } = await check(asIf(), [eksCluster('API_AND_CONFIG_MAP', [])]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe(
      `note: cluster prod: who is locked out in mode API is not checked, without the aws-auth ConfigMap
  Give it as FILE.
note: cluster prod, as if its authentication mode were API: no problems found
`,
    );
  });

  test('holds for each of several files', async () => {
    const dev = eksCluster('CONFIG_MAP', [], 'dev');
    const files = { 'c/dev.yaml': configMap(''), 'c/prod.yaml': configMap(''), 'c/test.yaml': configMap('') };
    const args = [...Object.keys(files), '--cluster', 'dev', ...asIf()];
    const { stdout, stderr } = await check(args, [BOTH, dev], files);
    expect(stdout.match(/^c\/.*: error: .*(?=: )/gm)).toEqual([
      `c/dev.yaml:5:16: error: in mode API aws-auth is ignored, and cluster dev has no access entry for arn:aws:iam::${ACCOUNT}:role/node`,
      `c/prod.yaml:5:16: error: in mode API aws-auth is ignored, and cluster prod has no access entry for arn:aws:iam::${ACCOUNT}:role/node`,
      'c/test.yaml:3:1: error: the cluster has authentication mode API',
    ]);
    expect(stderr).toContain(
      'note: c/dev.yaml with cluster dev, as if its authentication mode were API: 1 error, 0 warnings\n',
    );
    expect(stderr).toContain('note: c/test.yaml: 1 error, 0 warnings\n');
  });

  test('annotates the entries, and says in the summary of a step that the mode is assumed', async () => {
    const cwd = await scratch({ ...MAP, 'inventory.json': snapshotText(clusterWorld(BOTH)) });
    const argv = ['check', ...asIf('aws-auth.yaml'), '--inventory', 'inventory.json', '-o', 'github'];
    const { stdout } = await run(argv, { cwd, env: { GITHUB_STEP_SUMMARY: 'summary.md' } });
    const [command] = workflowCommandsIn(stdout);
    expect(command).toMatchObject({
      command: 'error',
      properties: { line: '5', title: 'config-map-ignored' },
    });
    const summary = await readFile(join(cwd, 'summary.md'), 'utf8');
    expect(summary).toContain('as if its authentication mode were API');
  });
});

describe('check --cluster --aws', () => {
  const world = {
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    permissionSets: ['Admin', 'View'],
    groups: ['Team'],
    assignments: [{ account: ACCOUNT, permissionSet: 'Admin', group: 'Team' }],
  };
  const place = { name: 'prod', account: ACCOUNT, region: 'eu-west-1' };
  const arn = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;

  test('reads the cluster and the accounts that its access entries name', async () => {
    await fakeAwsForTest({
      ...world,
      provisioned: [{ account: ACCOUNT, permissionSet: 'View' }],
      clusters: [
        {
          ...place,
          accessEntries: [
            { permissionSet: 'Admin', createdAt: '2001-01-01T00:00:00Z', groups: ['admins'] },
            { permissionSet: 'View', groups: ['viewers'] },
            { principalArn: GONE.pathArn.replace('Admin', 'View'), groups: ['viewers'] },
          ],
        },
      ],
    });
    const { exitCode, stdout } = await runWithEnvironment(['check', '--cluster', arn]);
    expect(exitCode).toBe(1);
    expect(stdout.match(/\[[\w-]+\]$/gm)).toEqual([
      '[dead-access-entry]',
      '[orphan-access-entry]',
      '[unassigned-access-entry]',
    ]);
  });

  test('knows roles that Identity Center did not make, too', async () => {
    const iam = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
    await fakeAwsForTest({
      ...world,
      roles: ['new', 'old'].map((name) => {
        return { account: ACCOUNT, name, path: '/ci/', createdAt: '2026-06-01T00:00:00Z' };
      }),
      clusters: [
        {
          ...place,
          accessEntries: [
            { principalArn: iam('ci/new'), createdAt: '2026-01-01T00:00:00Z', groups: ['ci'] },
            { principalArn: iam('ci/old'), createdAt: '2026-07-01T00:00:00Z', groups: ['ci'] },
            { principalArn: iam('gone'), createdAt: '2026-01-01T00:00:00Z', groups: ['ci'] },
          ],
        },
      ],
    });
    const { exitCode, stdout } = await runWithEnvironment(['check', '--cluster', arn]);
    expect(exitCode).toBe(1);
    expect(stdout.match(/access entry arn\S+|\[[\w-]+\]$/gm)).toEqual([
      `access entry ${iam('ci/new')}`,
      '[dead-access-entry]',
      `access entry ${iam('gone')}`,
      '[orphan-access-entry]',
    ]);
  });

  test('names commands that bring dead and orphaned access entries to life', async () => {
    const names = ['devs', 'file:///etc/hosts', '--debug', `it's "$(x)"`];
    const policies = [
      { policyArn: accessPolicyArn('aws', 'AmazonEKSEditPolicy'), scope: { namespaces: ['dev-*', 'qa'] } },
    ];
    const fake = await fakeAwsForTest({
      ...world,
      managementAccountId: ACCOUNT,
      assignments: [...world.assignments, { account: ACCOUNT, permissionSet: 'View', group: 'Team' }],
      clusters: [
        {
          ...place,
          accessEntries: [
            {
              permissionSet: 'Admin',
              createdAt: '2001-01-01T00:00:00Z',
              username: 'a:{{SessionName}}',
              groups: names,
              policies,
            },
            {
              principalArn: GONE.pathArn.replace('Admin', 'View'),
              groups: ['a', 'b'],
              policies: ['AmazonEKSViewPolicy'],
            },
            { principalArn: GONE.pathArn.replace('Admin', 'Gone'), groups: ['a'] },
          ],
        },
      ],
    });
    const argv = ['check', '--cluster', arn, '-o', 'json'];
    const { findings } = JSON.parse((await runWithEnvironment(argv)).stdout);
    expect(findings.map(({ rule }: { rule: string }) => rule)).toEqual([
      'dead-access-entry',
      'orphan-access-entry',
      'orphan-access-entry',
    ]);
    const lines: string[] = findings.flatMap(({ help }: { help: string }) => help.split('\n').slice(1));
    const commands = lines.filter((line) => line.startsWith('aws eks '));
    expect(new Set(lines.filter((line) => !commands.includes(line)))).toEqual(
      new Set(['Without FILE it is not known whether aws-auth gives the role something else.']),
    );
    const aws = awsCommand(fake.env);
    const { code, stderr } = await runScript(commands.join('\n'), (args) => aws(inputJson(args)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse((await runWithEnvironment(argv)).stdout).findings).toEqual([]);
    expect(fake.clusters[0]?.accessEntries).toMatchObject([
      { username: 'a:{{SessionName}}', kubernetesGroups: names, policies },
      { kubernetesGroups: ['a', 'b'], policies: [{ scope: 'cluster' }] },
    ]);
  });

  test('names commands by which access entries give what they took away', async () => {
    const node = `arn:aws:iam::${ACCOUNT}:role/node`;
    const ci = `arn:aws:iam::${ACCOUNT}:role/ci`;
    const fake = await fakeAwsForTest({
      ...world,
      managementAccountId: ACCOUNT,
      roles: ['node', 'ci'].map((name) => ({ account: ACCOUNT, name })),
      clusters: [
        {
          ...place,
          accessEntries: [
            { permissionSet: 'Admin', groups: ['viewers'] },
            { principalArn: node, groups: ['nodes'] },
            { principalArn: ci, groups: ['a'], username: 'x' },
          ],
        },
      ],
    });
    const admin = fake.clusters[0]?.accessEntries[0]?.principalArn ?? '';
    const map = configMap(`    - rolearn: ${withoutPath(admin)}
      username: "sso:{{SessionName}}"
      groups: [system:masters]
    - rolearn: ${ci}
      username: ci
      groups: [a, "it's"]
`);
    const cwd = await scratch({ 'aws-auth.yaml': map });
    const argv = ['check', 'aws-auth.yaml', '--cluster', arn, '-o', 'json'];
    const before = JSON.parse((await runWithEnvironment(argv, { cwd })).stdout);
    expect(before).toMatchObject({ errors: 3, warnings: 0 });
    const commands = before.findings.flatMap(({ help }: { help: string }) => help.split('\n').slice(1));
    const aws = awsCommand(fake.env);
    const { code, stderr } = await runScript(commands.join('\n'), (args) => aws(inputJson(args)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const after = JSON.parse((await runWithEnvironment(argv, { cwd })).stdout);
    expect(after).toMatchObject({ errors: 0, warnings: 0, notes: 3 });
  });

  test('concludes nothing of an account that cannot be read', async () => {
    await fakeAwsForTest({
      ...world,
      accounts: [...world.accounts, { id: '444455556666', name: 'closed', assumableRole: null }],
      clusters: [
        {
          ...place,
          accessEntries: [
            { permissionSet: 'Admin', groups: ['admins'] },
            { principalArn: GONE.pathArn.replace(ACCOUNT, '444455556666'), groups: ['admins'] },
          ],
        },
      ],
    });
    const { exitCode, stdout } = await runWithEnvironment(['check', '--cluster', arn]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^cluster prod: warning: the roles of account 444455556666, which access entries name, could not be read \(.*\): whether they exist is unknown \[unreadable-account\]\n.*\n$/,
    );
  });

  test('fails where EKS may not be asked, and says what is needed', async () => {
    const denies = ['eks.DescribeAccessEntry'];
    await fakeAwsForTest({
      ...world,
      accounts: [{ id: ACCOUNT, name: 'prod', denies }],
      clusters: [{ ...place, accessEntries: [{ permissionSet: 'Admin' }] }],
    });
    const { exitCode, stdout, stderr } = await runWithEnvironment(['check', '--cluster', arn]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    for (const action of [
      'DescribeCluster',
      'ListAccessEntries',
      'DescribeAccessEntry',
      'ListAssociatedAccessPolicies',
    ])
      expect(stderr).toContain(`eks:${action}`);
  });
});

/** The same command of the AWS CLI with its input as JSON: lists have a word for each item, structures the short form. */
function inputJson(args: readonly string[]): string[] {
  const json: Record<string, unknown> = {};
  const rest: string[] = [];
  for (const [option = '', ...values] of optionsWithValues(args.slice(2))) {
    const name = option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (name === 'cliInputJson') Object.assign(json, JSON.parse(values.join()));
    else if (name === 'region') rest.push(option, ...values);
    else if (name === 'kubernetesGroups') json[name] = values;
    else if (name === 'accessScope') json[name] = scopeOf(values.join());
    else json[name] = values.join();
  }
  return [...args.slice(0, 2), '--cli-input-json', JSON.stringify(json), ...rest];
}

function optionsWithValues(args: readonly string[]): string[][] {
  const options: string[][] = [];
  for (const word of args)
    if (word.startsWith('--')) options.push([word]);
    else options.at(-1)?.push(word);
  return options;
}

function scopeOf(short: string): object {
  const [, type, namespaces] = /^type=(\w+)(?:,namespaces=(.*))?$/.exec(short) ?? [];
  return { type, ...(namespaces !== undefined && { namespaces: namespaces.split(',') }) };
}

describe('hostile names', () => {
  const HOSTILE = [
    '\u202eevil',
    '##[error]x',
    '##vso[task.complete]x',
    '::error::x',
    '`$(x)`',
    '"; error: x',
  ];
  const named = { kubernetesGroups: HOSTILE, username: HOSTILE.join('') };
  const entries = [
    ...HOSTILE.map((username, index) =>
      accessEntry(`arn:aws:iam::${ACCOUNT}:role/<${index}>##[x]/r`, { username }),
    ),
    accessEntry(ADMIN.pathArn, { ...named, createdAt: DEAD }),
    accessEntry(`arn:aws:iam::${ACCOUNT}:role/node`, named),
  ];
  const cluster = eksCluster('API_AND_CONFIG_MAP', entries);

  test.each(['text', 'json', 'github'])('do nothing to a terminal or a runner, as %s', async (format) => {
    const { exitCode, stdout, stderr } = await check(
      ['aws-auth.yaml', '--cluster', 'prod', '-o', format],
      [cluster],
      MAP,
    );
    expect(exitCode).toBe(1);
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    const commands = workflowCommandsIn(`${stdout}${stderr}`);
    if (format !== 'github') expect(commands).toEqual([]);
    else
      for (const { command, data } of commands) {
        expect(['error', 'warning', 'notice']).toContain(command);
        expect(data).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
      }
  });
});

test('a finding is told of each of hundreds of access entries', async () => {
  const inventory: Inventory = clusterWorld();
  const roles = Array.from({ length: 250 }, (_, index) => {
    const name = `AWSReservedSSO_Set${index}_0123456789abcdef`;
    const pathArn = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/${name}`;
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    return {
      accountId: ACCOUNT,
      permissionSet: `Set${index}`,
      roleArn,
      pathArn,
      createdAt: '2026-01-05T00:00:00.000Z',
    };
  });
  const entries = roles.flatMap(({ pathArn }) => [
    accessEntry(pathArn, { createdAt: DEAD }),
    accessEntry(pathArn.replace('0123', '9999')),
  ]);
  const map = configMap(
    roles.map(({ roleArn }) => `    - {rolearn: "${roleArn}", username: u, groups: [g]}\n`).join(''),
  );
  const cwd = await scratch({
    'aws-auth.yaml': map,
    'inventory.json': snapshotText({
      ...inventory,
      roles,
      clusters: [eksCluster('API_AND_CONFIG_MAP', entries)],
    }),
  });
  const argv = ['check', 'aws-auth.yaml', '--cluster', 'prod', '--inventory', 'inventory.json', '-o', 'json'];
  const { stdout } = await run(argv, { cwd });
  // Dead, orphan, overridden by the dead, and unassigned.
  expect(JSON.parse(stdout)).toMatchObject({ errors: 750, warnings: 250 });
});
