import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderAwsCli } from '../../src/access-entry/aws-cli.ts';
import { renderCloudFormation } from '../../src/access-entry/cloudformation.ts';
import { renderTerraform } from '../../src/access-entry/terraform.ts';
import { renderTerraformModule } from '../../src/access-entry/terraform-module.ts';
import { planCluster } from '../../src/change/plan-cluster.ts';
import { renderUndo, undoOf } from '../../src/change/undo.ts';
import { type AccessEntry, clusterAdminPolicy } from '../../src/eks.ts';
import { runBash } from '../access-entry/aws-command.ts';
import {
  accessEntry,
  clusterAdmin,
  ENTRIES,
  HOSTILE_NAMES,
  HOSTILE_TAGS,
  judgedEntry,
} from '../access-entry/entries.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { goldenFiles } from '../golden-case.ts';
import { scratch } from '../scratch.ts';
import { HAS_TERRAFORM, tool } from './tools.ts';

/** The golden cases of a format, and hostile names in each kind of entry. */
function texts(format: string, hostile: string): [string, string][] {
  const golden = goldenFiles('access-entries').flatMap(({ golden: { cases } }) => cases);
  return [
    ...golden.flatMap(({ name, sections }): [string, string][] => {
      const text = sections.get(format);
      return text ? [[name || 'names', text]] : [];
    }),
    ['hostile names', hostile],
  ];
}

const PLACE = { cluster: 'prod', arn: null, region: 'eu-central-1' };
const TARGET = {
  ...PLACE,
  imports: ENTRIES,
  dead: [],
  tags: HOSTILE_TAGS,
};
const PROVISIONED = {
  ...accessEntry(
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef',
  ),
  createdAt: '2024-07-01T00:00:00Z',
};
const DEAD = ENTRIES.map(({ principalArn }) => ({ principalArn, createdAt: '2024-07-01T00:00:00Z' }));
const JUDGED = ENTRIES.map((entry) => judgedEntry({ ...entry, createdAt: '2024-07-01T00:00:00Z' }));
const CLUSTER_BEFORE = {
  name: 'prod',
  arn: '',
  authenticationMode: 'CONFIG_MAP',
  accessEntries: JUDGED.slice(1).map(({ entry }) => entry),
} as const;
const UNDONE = undoOf(planCluster(CLUSTER_BEFORE, JUDGED.slice(1), ENTRIES, null), CLUSTER_BEFORE);
const SCRIPTS = [
  ...texts('aws-cli', renderAwsCli(ENTRIES, { ...TARGET, dead: DEAD })),
  ['its functions', readFileSync('src/access-entry/apply.sh', 'utf8')],
  ['for a new cluster', renderAwsCli(ENTRIES, { ...TARGET, isNew: true })],
  ['that replaces dead entries', renderAwsCli([PROVISIONED], { ...TARGET, dead: [PROVISIONED], pruned: [] })],
  ['that restores, deletes and names what it keeps', renderUndo(UNDONE, PLACE)],
  ['that only deletes', renderUndo({ ...UNDONE, restored: [] }, PLACE)],
] as const;
/** CloudFormation's schema has no line breaks in tags. */
const ON_ONE_LINE = new Map([...HOSTILE_TAGS].filter((pair) => !/[\r\n]/.test(pair.join(''))));
const TEMPLATES = texts('cloudformation', renderCloudFormation(ENTRIES, { ...TARGET, tags: ON_ONE_LINE }));
const TERRAFORM = texts('terraform', renderTerraform(ENTRIES, TARGET));
const MODULES = texts('terraform-module', renderTerraformModule(ENTRIES, HOSTILE_TAGS));

describe('the script', () => {
  test.each(SCRIPTS)('passes bash -n and shellcheck: %s', async (_, script) => {
    const cwd = await scratch({ 'script.sh': script });
    expect(tool('bash', ['-n', 'script.sh'], { cwd })).toEqual({ status: 0, output: '' });
    expect(tool('shellcheck', ['--severity=style', 'script.sh'], { cwd })).toEqual({ status: 0, output: '' });
  });
});

describe('the script with the AWS CLI', () => {
  const ACCOUNT = '111122223333';
  const PATH = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/`;
  const VIEW = clusterAdminPolicy('aws').replace('ClusterAdmin', 'View');
  const entries: readonly AccessEntry[] = [
    accessEntry(`${PATH}AWSReservedSSO_Admin_0123456789abcdef`, {
      username: HOSTILE_NAMES.join(' '),
      kubernetesGroups: HOSTILE_NAMES,
      ...clusterAdmin(),
    }),
    accessEntry(`${PATH}AWSReservedSSO_Viewer_0123456789abcdef`, {
      username: 'file:///etc/passwd',
      kubernetesGroups: ['viewers', 'auditors'],
      policies: [{ policyArn: VIEW, scope: { namespaces: ['dev-*', 'qa'] } }],
    }),
    accessEntry(`arn:aws:iam::${ACCOUNT}:user/-x`, { username: '-x' }),
    accessEntry(`arn:aws:iam::${ACCOUNT}:role/nodes`, { type: 'EC2_LINUX' }),
  ];

  function start(): Promise<FakeAws> {
    const world = {
      managementAccountId: ACCOUNT,
      homeRegion: 'eu-central-1',
      clusters: [{ name: 'prod' }],
      roles: [
        { account: ACCOUNT, permissionSet: 'Admin', suffix: '0123456789abcdef', region: 'us-east-1' },
        { account: ACCOUNT, permissionSet: 'Viewer', suffix: '0123456789abcdef', region: 'us-east-1' },
        { account: ACCOUNT, name: 'nodes' },
      ],
    };
    return fakeAwsForTest(world, { pageSize: 2, shuffle: 'x' });
  }

  const CLUSTER = `arn:aws:eks:eu-central-1:${ACCOUNT}:cluster/prod`;
  /** For a cluster known only by name: the region is AWS_REGION, which version 1 of the AWS CLI ignores. */
  const UNKNOWN = { ...TARGET, region: null, tags: new Map() };

  function run(
    fake: FakeAws,
    wanted = entries,
    target: Parameters<typeof renderAwsCli>[1] = { ...TARGET, tags: new Map() },
    config = '',
  ) {
    return runText(fake, renderAwsCli(wanted, target), config);
  }

  async function runText(fake: FakeAws, script: string, config = '') {
    const cwd = await scratch({
      'script.sh': script,
      config,
      aws: '#!/bin/sh\nexec python3 -m awscli "$@"\n',
    });
    await chmod(join(cwd, 'aws'), 0o755);
    return runBash(cwd, {
      ...fake.env,
      HOME: cwd,
      AWS_CONFIG_FILE: 'config',
      LC_ALL: 'C',
      TZ: 'Asia/Tokyo',
      PATH: `${cwd}:${process.env.PATH}`,
    });
  }

  const entriesOf = (fake: FakeAws) =>
    fake.clusters[0]?.accessEntries.map(({ createdAt: _, ...entry }) => entry);
  const writes = ({ calls }: FakeAws) =>
    Object.keys(calls).filter((name) => !/\.(?:List|Describe)/.test(name));

  test('creates entries, changes nothing when run again, and corrects later changes', async () => {
    const fake = await start();
    expect(await run(fake)).toMatchObject({ code: 0, stderr: '' });
    const created = entriesOf(fake);
    expect(created).toMatchObject(
      entries.map(({ type, ...entry }) =>
        type === 'STANDARD' ? { type, ...entry } : { type, principalArn: entry.principalArn },
      ),
    );
    expect(await run(fake, entries, UNKNOWN)).toMatchObject({ code: 0, stderr: '' });

    fake.reset();
    const unchanged = {
      code: 0,
      stderr: '',
      stdout: `cluster: ${CLUSTER}\naccess entries: 4, changes: 0, failures: 0\n`,
    };
    expect(await run(fake)).toEqual(unchanged);
    expect(writes(fake)).toEqual([]);
    expect(entriesOf(fake)).toEqual(created);

    const changed = entries.map((entry) => ({
      ...entry,
      kubernetesGroups: ['other'],
      policies: entry.policies.map(({ policyArn }) => ({ policyArn, scope: { namespaces: ['other'] } })),
    }));
    await run(fake, changed.slice(0, 2));
    expect(entriesOf(fake)).not.toEqual(created);
    expect((await run(fake)).stdout).toContain('access entries: 4, changes: 7, failures: 0\n');
    expect(entriesOf(fake)).toEqual(created);
  });

  test('tags what it creates', async () => {
    const fake = await start();
    const tags = new Map([
      ['cost center', 'a=b/c:d'],
      ['größe', ''],
      ['-x', '@+.'],
    ]);
    expect(await run(fake, entries, { ...TARGET, tags })).toMatchObject({ code: 0, stderr: '' });
    expect(entriesOf(fake)).toMatchObject(entries.map(() => ({ tags: Object.fromEntries(tags) })));
  });

  test('restores what another script changes, and deletes what it creates', async () => {
    const fake = await start();
    const [admin, viewer, ...others] = entries;
    if (!admin || !viewer) throw new Error('no entries');
    await run(fake, [admin, viewer], { ...TARGET, tags: new Map() });
    const before = entriesOf(fake);
    const existing = fake.clusters[0]?.accessEntries ?? [];
    const judged = existing.map((entry) => judgedEntry(entry));
    const changed = [viewer, ...others].map((entry) => ({ ...entry, ...clusterAdmin() }));
    const cluster = { name: 'prod', arn: '', authenticationMode: 'API', accessEntries: existing } as const;
    const undo = undoOf(planCluster(cluster, judged, changed, null), cluster);
    await run(fake, changed);
    expect(entriesOf(fake)).not.toEqual(before);
    const script = renderUndo(undo, TARGET);
    expect(await runText(fake, script)).toMatchObject({ code: 0, stderr: '' });
    expect(entriesOf(fake)).toEqual(before);
    expect(await runText(fake, script)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('changes: 0, failures: 0'),
    });
  });

  test('keeps an existing username if none is set', async () => {
    const [principalArn, username] = [`arn:aws:iam::${ACCOUNT}:user/x`, HOSTILE_NAMES.join(' ')];
    const fake = await fakeAwsForTest({
      managementAccountId: ACCOUNT,
      homeRegion: 'eu-central-1',
      clusters: [{ name: 'prod', accessEntries: [{ principalArn, username }] }],
    });
    const wanted = [accessEntry(principalArn, { kubernetesGroups: ['g'] })];
    const { code, stderr } = await run(fake, wanted);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: \S+: keeps its username ".*"\n$/);
    expect(entriesOf(fake)).toMatchObject([{ username, kubernetesGroups: ['g'] }]);
  });

  test('stops at a failing call, with the entry and how to undo it', async () => {
    const fake = await start();
    fake.inject({ operation: 'eks.AssociateAccessPolicy', kind: 'denied' });
    const { code, stderr } = await run(fake);
    expect(code).toBe(1);
    expect(stderr).toContain('AccessDenied');
    expect(stderr).toMatch(/\nerror: arn:\S+_Admin_\S+: aws eks associate-access-policy failed\n/);
    expect(stderr).toMatch(/\n {2}aws eks delete-access-entry .* --region eu-central-1\n$/);
    expect(entriesOf(fake)).toHaveLength(1);
  });

  test('continues after a principal that EKS refuses', async () => {
    const fake = await start();
    const gone = accessEntry(`arn:aws:iam::${ACCOUNT}:role/gone`);
    const { code, stdout, stderr } = await run(fake, [gone, ...entries]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\(InvalidParameterException\)[^\n]+\nerror: arn:\S+\/gone: aws eks create-access-entry failed\n$/,
    );
    expect(stdout).toContain('access entries: 5, changes: 6, failures: 1\n');
  });

  test.each(['wire', 'iso8601'])(
    'detects entries older than their roles with times in the format %s',
    async (format) => {
      const principals = ['x', 'y'].map((name) => `arn:aws:iam::${ACCOUNT}:user/${name}`);
      const [known, later] = ['2024-07-01T00:00:00.123Z', '2024-07-01T00:00:01Z'];
      const fake = await fakeAwsForTest({
        managementAccountId: ACCOUNT,
        homeRegion: 'eu-central-1',
        clusters: [
          {
            name: 'prod',
            accessEntries: principals.map((principalArn, index) => ({
              principalArn,
              createdAt: index === 0 ? known : later,
            })),
          },
        ],
      });
      const target = {
        ...TARGET,
        tags: new Map(),
        dead: principals.map((principalArn) => ({ principalArn, createdAt: known })),
      };
      const wanted = principals.map((arn) => accessEntry(arn, { kubernetesGroups: ['x'] }));
      const { code, stdout, stderr } = await run(
        fake,
        wanted,
        target,
        `[default]\ncli_timestamp_format = ${format}\n`,
      );
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: `cluster: ${CLUSTER}\n${principals[1]}: updated\naccess entries: 2, changes: 1, failures: 1\n`,
      });
      expect(stderr).toContain(
        `error: ${principals[0]}: the access entry was created before its role was re-created`,
      );
    },
  );

  test('changes nothing in a cluster of another account', async () => {
    const fake = await start();
    const arn = CLUSTER.replace(ACCOUNT, '222233334444');
    const { code, stderr } = await run(fake, entries, { ...TARGET, tags: new Map(), arn });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: prod: this is ${CLUSTER}, but the script is for ${arn}\n`,
    });
    expect(entriesOf(fake)).toEqual([]);
  });
});

describe('CloudFormation', () => {
  test('passes cfn-lint', async () => {
    const templates = TEMPLATES.map(([, template], index) => [`${index}.yaml`, template] as const);
    const cwd = await scratch(Object.fromEntries(templates));
    const names = templates.map(([name]) => name);
    expect(tool('cfn-lint', names, { cwd })).toEqual({ status: 0, output: '' });
  });
});

describe('Terraform', () => {
  const PARSE =
    'import hcl2, sys; blocks = hcl2.load(sys.stdin); print(sum(len(blocks[name]) for name in blocks))';

  test.each(TERRAFORM)('has as many blocks as python-hcl2 parses: %s', (_, text) => {
    const blocks = text.match(/^(?:resource|import|variable) /gm)?.length;
    expect(tool('python3', ['-c', PARSE], { stdin: text })).toEqual({ status: 0, output: `${blocks}\n` });
  });

  test.each(MODULES)('has one block for the module, as python-hcl2 parses it: %s', (_, text) => {
    const parse = 'import hcl2, sys; print(len(hcl2.load(sys.stdin)["locals"]))';
    expect(tool('python3', ['-c', parse], { stdin: text })).toEqual({ status: 0, output: '1\n' });
  });

  const title = HAS_TERRAFORM ? '' : ' (skipped: terraform is missing)';
  test.skipIf(!HAS_TERRAFORM).each([...TERRAFORM, ...MODULES])(
    `is formatted as terraform fmt does: %s${title}`,
    (_, text) => {
      expect(tool('terraform', ['fmt', '-check', '-diff', '-'], { stdin: text })).toEqual({
        status: 0,
        output: '',
      });
    },
  );

  test.skipIf(!HAS_TERRAFORM)(`has the names that Terraform reads${title}`, async () => {
    const text = renderTerraform(
      [accessEntry('arn:aws:iam::111122223333:root', { kubernetesGroups: HOSTILE_NAMES })],
      {
        cluster: 'prod',
        imports: [],
      },
    );
    const [, list = ''] = /kubernetes_groups = (\[[\s\S]*?\n {2}\])/.exec(text) ?? [];
    const cwd = await scratch();
    const { status, output } = tool('terraform', ['console'], {
      cwd,
      stdin: `base64encode(jsonencode(${list.replaceAll('\n', '')}))\n`,
    });
    expect(status).toBe(0);
    expect(JSON.parse(Buffer.from(output, 'base64').toString())).toEqual(HOSTILE_NAMES);
  });
});
