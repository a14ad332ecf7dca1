import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMapRoles } from '../../src/aws-auth/load.ts';
import { permissionSetNames } from '../access-entry/look-alikes.ts';
import { runWithEnvironment } from '../cli/run.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { userKey } from '../fake-aws/sessions.ts';
import type { RoleInput, WorldInput } from '../fake-aws/world-input.ts';
import { blocksIn, scriptOf } from '../pages.ts';
import { scratch } from '../scratch.ts';
import { TYPED, UNTYPED } from './eks-module.ts';
import { HAS_AWS_PROVIDER, HAS_KUBERNETES_PROVIDER, type Terraform, terraformIn, tool } from './tools.ts';

/** Terraform plans and applies the output of `--lookup`, with the real provider against a fake AWS. */

const ACCOUNT = '111122223333';
const OTHER = '222233334444';
const CLUSTER = `arn:aws:eks:eu-central-1:${ACCOUNT}:cluster/prod`;
const DEV = role('Dev', '0123456789abcdef');
const RE_CREATED = role('Dev', 'fedcba9876543210');
const MAPPINGS = ['--map', 'Dev=viewers,policy:View@team-*,policy:Edit@payments', '--map', 'Ops=operators'];
/** Names that look like the permission sets'. */
const LOOK_ALIKES = [
  role('Dev_ReadOnly'),
  role('dev'),
  role('MyDev'),
  role('Ops2'),
  role('Ops', undefined, OTHER),
];
const OPS = role('Ops');

function role(permissionSet: string, suffix?: string, account = ACCOUNT): RoleInput {
  return { account, permissionSet, ...(suffix === undefined ? {} : { suffix }) };
}

function worldWith(...roles: readonly RoleInput[]): WorldInput {
  return {
    managementAccountId: ACCOUNT,
    homeRegion: 'eu-central-1',
    accounts: [{ id: ACCOUNT }, { id: OTHER }],
    clusters: [{ name: 'prod' }],
    roles: [...roles, OPS, ...LOOK_ALIKES],
  };
}

function fakeAws(...roles: readonly RoleInput[]): Promise<FakeAws> {
  return fakeAwsForTest(worldWith(...roles));
}

async function written(args: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runWithEnvironment(args, { cwd: await scratch() });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** The Terraform that finds the roles of permission sets. */
function lookupsOf(names: ReturnType<typeof permissionSetNames>): Promise<string> {
  const maps = names.flatMap(({ permissionSet }) => ['--map', `${permissionSet}=g`]);
  return written(['access-entries', ...maps, '--account', ACCOUNT, '-o', 'terraform', '--lookup']);
}

function accessEntries(...more: readonly string[]): Promise<string> {
  return written([
    'access-entries',
    ...MAPPINGS,
    '--account',
    ACCOUNT,
    '--cluster',
    CLUSTER,
    '--lookup',
    ...more,
  ]);
}

const PLAN = ['plan', '-input=false', '-detailed-exitcode'] as const;
const APPLY = ['apply', '-input=false', '-auto-approve'] as const;
const NO_CHANGES = { status: 0, output: expect.stringContaining('No changes.') };
const MISSING = /Permission set "Dev" must have exactly one role in\s+account 111122223333/;

/** The addresses that a plan changes, with the actions. */
async function changesOf(terraform: Terraform): Promise<readonly (readonly [string, string])[]> {
  const planned = await terraform(...PLAN, '-out=plan');
  if (planned.status === 1) throw new Error(planned.output);
  const { output } = await terraform('show', '-json', 'plan');
  const { resource_changes: changes }: { resource_changes: Change[] } = JSON.parse(output);
  return changes.flatMap(({ address, change: { actions } }) =>
    actions.join() === 'no-op' || actions.join() === 'read' ? [] : [[address, actions.join()] as const],
  );
}

interface Change {
  readonly address: string;
  readonly change: { readonly actions: readonly string[] };
}

function principalsOf({ clusters }: FakeAws): string[] {
  return (clusters[0]?.accessEntries ?? [])
    .map(({ principalArn }) => principalArn.replace(/^.*SSO_/, ''))
    .sort();
}

const PAGE = 'docs/terraform.md';

/** The files that the commands of the page write. */
async function filesOfPage(): Promise<ReadonlyMap<string, string>> {
  const text = blocksIn(PAGE).map(scriptOf).join('\n').replaceAll('\\\n', '');
  const commands = [...text.matchAll(/^aws-auth-sso (.*) > (\S+)$/gm)];
  expect(commands).toHaveLength(3);
  const files = commands.map(
    async ([, args = '', file = '']) => [file, await written(args.split(/ +/))] as const,
  );
  return new Map(await Promise.all(files));
}

const title = HAS_AWS_PROVIDER
  ? ''
  : " (skipped: terraform or, in TF_PLUGIN_DIR, hashicorp's aws is missing)";

describe.skipIf(!HAS_AWS_PROVIDER)(`Terraform that finds roles${title}`, () => {
  test('creates entries once, and replaces those of a role that is re-created, and nothing else', async () => {
    const fake = await fakeAws(DEV);
    const cwd = await scratch({ 'main.tf': await accessEntries('-o', 'terraform') });
    expect(fake.calls).toEqual({});
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform('validate')).toMatchObject({ status: 0 });
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    expect(principalsOf(fake)).toEqual(['Dev_0123456789abcdef', expect.stringMatching(/^Ops_/)]);
    expect(
      fake.clusters[0]?.accessEntries.find(({ principalArn }) => principalArn.includes('_Dev_')),
    ).toMatchObject({
      kubernetesGroups: ['viewers'],
      policies: expect.arrayContaining([
        { policyArn: expect.stringContaining('View'), scope: { namespaces: ['team-*'] } },
        { policyArn: expect.stringContaining('Edit'), scope: { namespaces: ['payments'] } },
      ]),
    });
    expect(await terraform(...PLAN)).toMatchObject(NO_CHANGES);

    fake.become(buildWorld(worldWith(RE_CREATED)));
    expect(await changesOf(terraform)).toEqual([
      [`aws_eks_access_entry.Dev_${ACCOUNT}`, 'delete,create'],
      [`aws_eks_access_policy_association.Dev_${ACCOUNT}_AmazonEKSEditPolicy`, 'delete,create'],
      [`aws_eks_access_policy_association.Dev_${ACCOUNT}_AmazonEKSViewPolicy`, 'delete,create'],
    ]);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    expect(principalsOf(fake)).toEqual(['Dev_fedcba9876543210', expect.stringMatching(/^Ops_/)]);
    expect(await terraform(...PLAN)).toMatchObject(NO_CHANGES);
  });

  test.each([
    ['no role', []],
    ['two roles', [DEV, RE_CREATED]],
  ])('refuses %s, and can still destroy the entries', async (_, roles) => {
    const fake = await fakeAws(DEV);
    const terraform = await terraformIn(
      await scratch({ 'main.tf': await accessEntries('-o', 'terraform') }),
      fake.env,
    );
    await terraform(...APPLY);
    const before = fake.clusters[0]?.accessEntries;
    fake.become(buildWorld(worldWith(...roles)));
    expect(await terraform(...PLAN)).toEqual({ status: 1, output: expect.stringMatching(MISSING) });
    expect(await terraform(...APPLY)).toEqual({ status: 1, output: expect.stringMatching(MISSING) });
    expect(fake.clusters[0]?.accessEntries).toEqual(before);
    expect(await terraform('destroy', '-auto-approve')).toMatchObject({ status: 0 });
    expect(principalsOf(fake)).toEqual([]);
  });

  test("refuses another account's role", async () => {
    const fake = await fakeAws(DEV, role('Dev', undefined, OTHER));
    const cwd = await scratch({ 'main.tf': await accessEntries('-o', 'terraform') });
    const terraform = await terraformIn(cwd, { ...fake.env, AWS_ACCESS_KEY_ID: userKey(OTHER) });
    const { status, output } = await terraform(...PLAN);
    expect(status).toBe(1);
    expect(output).toContain('The provider is for a different account than 111122223333');
  });

  test('keeps the entries when another account destroys them, if the provider names its own', async () => {
    const fake = await fakeAws(DEV, role('Dev', undefined, OTHER));
    const cwd = await scratch({
      'main.tf': await accessEntries('-o', 'terraform'),
      'providers.tf': `provider "aws" {\n  allowed_account_ids = ["${ACCOUNT}"]\n}\n`,
    });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    const elsewhere = await terraformIn(cwd, { ...fake.env, AWS_ACCESS_KEY_ID: userKey(OTHER) });
    expect(await elsewhere('destroy', '-auto-approve')).toMatchObject({ status: 1 });
    expect(await terraform(...PLAN)).toMatchObject(NO_CHANGES);
  });

  test('finds the roles of each account with its provider', async () => {
    const fake = await fakeAws(DEV, role('Dev', 'aaaabbbbccccdddd', OTHER));
    const main = await accessEntries('-o', 'terraform', '--account', OTHER);
    const provider = `provider "aws" {
  alias      = "account_${OTHER}"
  access_key = "${userKey(OTHER)}"
  secret_key = "${fake.env.AWS_SECRET_ACCESS_KEY}"
}
`;
    const cwd = await scratch({ 'main.tf': main, 'providers.tf': provider });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    const ops = expect.stringMatching(/^Ops_/);
    expect(principalsOf(fake)).toEqual(['Dev_0123456789abcdef', 'Dev_aaaabbbbccccdddd', ops, ops]);
    expect(await terraform(...PLAN)).toMatchObject(NO_CHANGES);
  });

  test('takes over resources that were written with ARNs', async () => {
    const fake = await fakeAws(DEV);
    const literal = await written([
      'access-entries',
      ...MAPPINGS,
      '--account',
      ACCOUNT,
      '--cluster',
      CLUSTER,
      '-o',
      'terraform',
    ]);
    const cwd = await scratch({ 'main.tf': literal });
    const terraform = await terraformIn(cwd, fake.env);
    await terraform(...APPLY);
    await writeFile(join(cwd, 'main.tf'), await accessEntries('-o', 'terraform'));
    expect(await terraform(...PLAN)).toMatchObject(NO_CHANGES);
  });

  test('gives both versions of the module the same entries', async () => {
    const fake = await fakeAws(DEV);
    const cwd = await scratch({
      'main.tf': `${await accessEntries('-o', 'terraform-module')}
module "eks" {
  source         = "./eks"
  access_entries = local.eks_access_entries
}
module "typed" {
  source         = "./typed"
  access_entries = local.eks_access_entries
}
output "entries" { value = module.eks.entries }
output "same" { value = jsonencode(module.eks.entries) == jsonencode(module.typed.entries) }
`,
      'eks/main.tf': UNTYPED,
      'typed/main.tf': TYPED,
    });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    const outputs = JSON.parse((await terraform('output', '-json')).output);
    expect(outputs.same.value).toBe(true);
    expect(outputs.entries.value.entries[`Dev_${ACCOUNT}`]).toEqual([
      `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Dev_0123456789abcdef`,
      ['viewers'],
      'STANDARD',
      'sso:{{SessionName}}',
      {},
    ]);
    fake.become(buildWorld(worldWith()));
    expect(await terraform(...PLAN)).toEqual({ status: 1, output: expect.stringMatching(MISSING) });
    expect(await terraform('destroy', '-auto-approve')).toMatchObject({ status: 0 });
  });

  test('writes the mapRoles that the authenticator loads, without paths', async () => {
    const fake = await fakeAws(DEV);
    const nodes = `arn:aws:iam::${ACCOUNT}:role/nodes`;
    const args = [
      'generate',
      '-o',
      'terraform',
      '--account',
      ACCOUNT,
      '--map',
      'Dev=viewers,${x}',
      '--map',
      'Ops=o',
    ];
    const text = await written([
      ...args,
      '--node-role',
      nodes,
      '--username',
      'it\'s "%{x}":{{SessionName}}',
      '--lookup',
    ]);
    const [, expression = ''] = /^ {4}mapRoles = (yamlencode\([\s\S]*?^ {4}\]\))$/m.exec(text) ?? [];
    const sources = text.slice(0, text.indexOf('resource "kubernetes'));
    const cwd = await scratch({ 'main.tf': `${sources}output "map" {\n  value = ${expression}\n}\n` });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    const { errors, entries } = readMapRoles(JSON.parse((await terraform('output', '-json', 'map')).output));
    const username = 'it\'s "%{x}":{{SessionName}}';
    expect({ errors, entries }).toMatchObject({
      errors: [],
      entries: [
        { arn: nodes, groups: ['system:bootstrappers', 'system:nodes'] },
        {
          arn: `arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Dev_0123456789abcdef`,
          username,
          groups: ['viewers', '${x}'],
        },
        { arn: expect.stringMatching(/:role\/AWSReservedSSO_Ops_[0-9a-f]{16}$/), username, groups: ['o'] },
      ],
    });
  });

  test('finds 500 permission sets beside names that look like theirs', async () => {
    const names = permissionSetNames(500);
    const own = names.map(({ permissionSet }) => role(permissionSet, '0123456789abcdef'));
    const others = names.flatMap(({ roleName, lookAlikes }): RoleInput[] => [
      { account: ACCOUNT, name: roleName, path: '/other/' },
      { account: ACCOUNT, name: lookAlikes[0] ?? '', path: '/aws-reserved/sso.amazonaws.com/eu-central-1/' },
    ]);
    const fake = await fakeAwsForTest({ ...worldWith(), roles: [...own, ...others] }, { pageSize: 1000 });
    const text = await lookupsOf(names);
    const sources = [...text.matchAll(/^data "aws_iam_roles" "(.*)" \{\n[\s\S]*?^\}$/gm)];
    const outputs = sources.map(([, name]) => `  ${name} = data.aws_iam_roles.${name}.names\n`).join('');
    const blocks = sources.map(([block]) => `${block}\n`).join('\n');
    const cwd = await scratch({ 'main.tf': `${blocks}output "found" {\n  value = {\n${outputs}  }\n}\n` });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY, '-parallelism=4')).toMatchObject({ status: 0 });
    const found: Record<string, string[]> = JSON.parse((await terraform('output', '-json', 'found')).output);
    expect(Object.values(found).flat().sort()).toEqual(names.map(({ roleName }) => roleName).sort());
  });

  test('applies the files of the page, and replaces a dead entry as it says', async () => {
    const files = await filesOfPage();
    const input = worldWith(DEV, role('Admin', '0123456789abcdef'), role('Admin_ReadOnly'));
    const world = { ...input, homeRegion: 'eu-west-1' };
    const fake = await fakeAwsForTest(world);
    const [source] = blocksIn(PAGE).filter(({ text }) => text.startsWith('data '));
    const output = 'output "arns" { value = data.aws_iam_roles.Admin.arns }\n';
    const cwd = await scratch({
      'admin.tf': `${source?.text}${output}`,
      'dev.tf': files.get('dev.tf') ?? '',
    });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    expect(JSON.parse((await terraform('output', '-json', 'arns')).output)).toEqual([
      expect.stringMatching(/_Admin_0123456789abcdef$/),
    ]);
    const [before] = fake.clusters[0]?.accessEntries ?? [];
    expect(before).toMatchObject({ kubernetesGroups: ['developers'], policies: [{ scope: 'cluster' }] });

    expect(await terraform(...PLAN)).toMatchObject(NO_CHANGES);
    const replaced = ['aws_eks_access_entry', 'aws_eks_access_policy_association'].map(
      (type) => `-replace=${type}.Dev_${ACCOUNT}${type.includes('policy') ? '_AmazonEKSViewPolicy' : ''}`,
    );
    expect(await terraform(...APPLY, ...replaced)).toMatchObject({ status: 0 });
    const [after] = fake.clusters[0]?.accessEntries ?? [];
    expect(after).toMatchObject({ ...before, createdAt: expect.any(String) });
    expect(after?.createdAt).not.toBe(before?.createdAt);
  });

  test('applies the files of the page for several accounts', async () => {
    const files = await filesOfPage();
    const fake = await fakeAwsForTest({
      ...worldWith(DEV, role('Dev', 'aaaabbbbccccdddd', OTHER)),
      homeRegion: 'eu-west-1',
      accounts: [{ id: ACCOUNT }, { id: OTHER, assumableRole: 'find-roles' }],
    });
    const [provider] = blocksIn(PAGE).filter(({ text }) => text.startsWith('provider '));
    const cwd = await scratch({
      'main.tf': files.get('access-entries.tf') ?? '',
      'providers.tf': provider?.text ?? '',
    });
    const terraform = await terraformIn(cwd, fake.env);
    expect(await terraform(...APPLY)).toMatchObject({ status: 0 });
    expect(principalsOf(fake)).toEqual(['Dev_0123456789abcdef', 'Dev_aaaabbbbccccdddd']);
  });

  test.skipIf(!HAS_KUBERNETES_PROVIDER)(
    `writes an aws-auth that is valid${HAS_KUBERNETES_PROVIDER ? '' : " (skipped: hashicorp's kubernetes is missing)"}`,
    async () => {
      const args = [
        'generate',
        '-o',
        'terraform',
        '--account',
        ACCOUNT,
        '--map',
        'Dev=viewers',
        '--no-nodes',
      ];
      const terraform = await terraformIn(await scratch({ 'main.tf': await written([...args, '--lookup']) }));
      expect(await terraform('validate')).toMatchObject({ status: 0 });
    },
  );
});

const HAS_GO = tool('go', ['version']).status === 0;

test.skipIf(!HAS_GO)(
  `RE2 matches exactly the roles of 500 permission sets${HAS_GO ? '' : ' (skipped: Go is missing)'}`,
  async () => {
    const names = permissionSetNames(500);
    const text = await lookupsOf(names);
    const patterns = [...text.matchAll(/^ {2}name_regex {2}= (".*")$/gm)].map(([, quoted = '']) =>
      JSON.parse(quoted),
    );
    const all = names.flatMap(({ roleName, lookAlikes }) => [roleName, ...lookAlikes]);
    const stdin = JSON.stringify({ Patterns: patterns, Names: [...new Set(all)] });
    const { status, output } = tool('go', ['run', 'test/formats/re2/main.go'], { stdin });
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    const matched: string[][] = JSON.parse(output);
    expect(matched.every((one) => one.length === 1)).toBe(true);
    expect(matched.flat().sort()).toEqual(names.map(({ roleName }) => roleName).sort());
  },
);
