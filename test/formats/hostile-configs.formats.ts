import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderAwsCli } from '../../src/access-entry/aws-cli.ts';
import { renderCloudFormation } from '../../src/access-entry/cloudformation.ts';
import { renderEksctl } from '../../src/access-entry/eksctl.ts';
import type { JudgedAccessEntry } from '../../src/access-entry/existing-entries.ts';
import { parseTags } from '../../src/access-entry/tags.ts';
import { renderTerraform } from '../../src/access-entry/terraform.ts';
import { renderTerraformAwsAuth } from '../../src/access-entry/terraform-aws-auth.ts';
import { renderTerraformModule } from '../../src/access-entry/terraform-module.ts';
import { planCluster } from '../../src/change/plan-cluster.ts';
import { renderUndo, undoOf } from '../../src/change/undo.ts';
import type { EksCluster } from '../../src/directory/model.ts';
import type { AccessEntry } from '../../src/eks.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { accessEntry, HOSTILE_NAMES, judgedEntry } from '../access-entry/entries.ts';
import { readEksctl } from '../access-entry/readers.ts';
import { scratch } from '../scratch.ts';
import { TYPED, UNTYPED } from './eks-module.ts';
import { HAS_TERRAFORM, tool } from './tools.ts';

/** Every format of 40 configs whose names, tags, policies and states are hostile, for the tools that read them. */

const COUNT = 40;
const CLUSTER = 'arn:aws:eks:eu-central-1:111122223333:cluster/prod';
const PATH = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/';

const name = fc.oneof(fc.constantFrom(...HOSTILE_NAMES), fc.string({ unit: 'grapheme', minLength: 1 }));
const policy = fc.record({
  policyArn: fc
    .constantFrom('ClusterAdmin', 'Admin', 'Edit', 'View')
    .map((one) => `arn:aws:eks::aws:cluster-access-policy/AmazonEKS${one}Policy`),
  scope: fc.oneof(
    fc.constant('cluster' as const),
    fc.record({
      namespaces: fc.uniqueArray(fc.constantFrom('team-*', 'null', 'on', '123', 'kube-system', 'a-b'), {
        minLength: 1,
      }),
    }),
  ),
});
const entry = fc.record({
  username: fc.option(name),
  kubernetesGroups: fc.uniqueArray(name, { maxLength: 6 }),
  policies: fc.uniqueArray(policy, { selector: ({ policyArn }) => policyArn, maxLength: 4 }),
});
/** As AWS allows them, which is all that `--tag` takes. */
const word = fc
  .string({ unit: fc.constantFrom(...'aZ09 _.:/=+-@éß語') })
  .filter((text) => !/^aws:/i.test(text) && text.trim() !== '');
const config = fc.record({
  entries: fc.array(entry, { minLength: 1, maxLength: 8 }),
  tags: fc.array(
    fc.tuple(
      word.map((text) => text.replaceAll('=', '')).filter((text) => text !== ''),
      word,
    ),
    { maxLength: 5 },
  ),
  isPruning: fc.boolean(),
});
type Config = typeof config extends fc.Arbitrary<infer Value> ? Value : never;

const CONFIGS = fc.sample(config, { numRuns: COUNT, seed: 27 });

/** The names of permission sets have every character that they can have. */
function entriesOf({ entries }: Config): AccessEntry[] {
  return entries.map((one, index) =>
    accessEntry(
      `${PATH}AWSReservedSSO_${index % 2 ? `${index}.x+=,@-` : `Dev_${index}`}_0123456789abcdef`,
      one,
    ),
  );
}

function judged(one: AccessEntry, index: number): JudgedAccessEntry {
  const existing = { ...one, username: one.username ?? 'x', createdAt: '2024-07-01T00:00:00Z' };
  return judgedEntry(existing, index % 3 === 0 ? 'dead' : 'alive');
}

function desired({ principalArn, username, kubernetesGroups }: AccessEntry): DesiredEntry {
  const role = { accountId: '111122223333', accountName: null, permissionSet: '', pathArn: principalArn };
  return {
    rolearn: principalArn,
    username: username ?? 'x',
    groups: kubernetesGroups,
    usernameStated: true,
    role,
  };
}

function filesOf(config: Config, number: number): readonly (readonly [string, string])[] {
  const entries = entriesOf(config);
  const tags = parseTags([...new Map(config.tags)].map(([key, value]) => `${key}=${value}`));
  const existing = entries.map(judged);
  const place = { cluster: 'prod', arn: CLUSTER, region: 'eu-central-1' };
  const target = { ...place, tags, imports: entries.slice(1) };
  const dead = existing.filter(({ state }) => state === 'dead').map((one) => one.entry);
  const pruned = existing.map((one) => ({ judged: one, reason: 'unmapped' }) as const);
  const before = existing.slice(1);
  const cluster: EksCluster = {
    name: 'prod',
    arn: CLUSTER,
    authenticationMode: 'API',
    accessEntries: before.map(({ entry }) => entry),
  };
  const lookup = { clusterAccount: number % 2 === 0 ? null : '999999999999' };
  const undo = undoOf(planCluster(cluster, before, entries, null), cluster);
  return [
    [`${number}.sh`, renderAwsCli(entries, { ...target, dead, pruned: config.isPruning ? pruned : null })],
    [`${number}-rollback.sh`, renderUndo(undo, place)],
    [`${number}.yaml`, renderCloudFormation(entries, target)],
    [`${number}-eksctl.txt`, renderEksctl(entries, target)],
    [`${number}/main.tf`, renderTerraform(entries, target)],
    [`${number}-module/main.tf`, renderTerraformModule(entries, tags)],
    [`${number}-lookup/main.tf`, renderTerraform(entries, { cluster: null, imports: [], tags, lookup })],
    [`${number}-module-lookup/main.tf`, renderTerraformModule(entries, tags, lookup)],
    [`${number}-aws-auth/main.tf`, renderTerraformAwsAuth(entries.map(desired), true)],
  ];
}

const FILES = CONFIGS.flatMap(filesOf);

function textsOf(end: string): (readonly [string, string])[] {
  return FILES.filter(([file]) => file.endsWith(end));
}

/** A folder with the files whose names have this end, and these names. */
async function folderOf(end: string) {
  const files = textsOf(end);
  return { cwd: await scratch(Object.fromEntries(files)), names: files.map(([file]) => file) };
}

describe(`${COUNT} hostile configs`, () => {
  test('have scripts that pass bash -n and shellcheck', async () => {
    const { cwd, names: scripts } = await folderOf('.sh');
    expect(scripts).toHaveLength(2 * COUNT);
    const parse = 'for script; do bash -n "$script" || exit; done';
    expect(tool('bash', ['-c', parse, 'bash', ...scripts], { cwd })).toEqual({ status: 0, output: '' });
    expect(tool('shellcheck', ['--severity=style', ...scripts], { cwd })).toEqual({ status: 0, output: '' });
  });

  test('have scripts without what bash 3.2 lacks', () => {
    // Associative arrays, name references, case modification, negative lengths, &>> and |&.
    const later =
      /\b(?:declare|local|typeset) -[a-zA-Z]*[An]|\b(?:mapfile|readarray|coproc)\b|\$\{\w+(?:\^|,,)|&>>|\|&|\$\{\w+@[A-Za-z]\}/;
    for (const [, script] of textsOf('.sh')) expect(script.replace(/'[^']*'/g, "''")).not.toMatch(later);
  });

  test('have templates that pass cfn-lint', async () => {
    const { cwd, names } = await folderOf('.yaml');
    expect(tool('cfn-lint', names, { cwd })).toEqual({ status: 0, output: '' });
  });

  test("have files that fit eksctl's schema", () => {
    const files = textsOf('-eksctl.txt');
    expect(files.map(([, text]) => readEksctl(text).length)).toEqual(
      CONFIGS.map(({ entries }) => entries.length),
    );
  });

  test('have Terraform that python-hcl2 parses', async () => {
    const { cwd, names } = await folderOf('.tf');
    const parse = 'import hcl2, sys\nfor name in sys.argv[1:]: hcl2.load(open(name, encoding="utf-8"))';
    expect(names).toHaveLength(5 * COUNT);
    expect(tool('python3', ['-c', parse, ...names], { cwd })).toEqual({ status: 0, output: '' });
  });

  const title = HAS_TERRAFORM ? '' : ' (skipped: terraform is missing)';
  test.skipIf(!HAS_TERRAFORM)(`have Terraform that is formatted as terraform fmt does${title}`, async () => {
    const { cwd } = await folderOf('.tf');
    expect(tool('terraform', ['fmt', '-check', '-diff', '-recursive', cwd])).toEqual({
      status: 0,
      output: '',
    });
  });

  test.skipIf(!HAS_TERRAFORM)(`have the local value in both versions of the module${title}`, async () => {
    for (const [index, one] of CONFIGS.entries()) {
      if (index % 8 !== 0) continue;
      const folder = await scratch({
        'main.tf': `${renderTerraformModule(entriesOf(one), parseTags(['a b=c']))}
module "eks" {
  source         = "./eks"
  access_entries = local.eks_access_entries
}
module "typed" {
  source         = "./typed"
  access_entries = local.eks_access_entries
}
output "same" { value = jsonencode(module.eks.entries) == jsonencode(module.typed.entries) }
`,
        'eks/main.tf': UNTYPED,
        'typed/main.tf': TYPED,
      });
      const init = tool('terraform', ['init', '-backend=false', '-input=false', '-no-color'], {
        cwd: folder,
      });
      expect({ ...init, output: init.status === 0 ? '' : init.output }).toEqual({ status: 0, output: '' });
      expect(tool('terraform', ['validate', '-no-color'], { cwd: folder })).toMatchObject({ status: 0 });
      const apply = ['apply', '-auto-approve', '-input=false', '-no-color', '-state=state'];
      expect(tool('terraform', apply, { cwd: folder })).toMatchObject({ status: 0 });
      expect(tool('terraform', ['output', '-state=state', '-json'], { cwd: folder }).output).toMatch(
        /"value": true/,
      );
    }
  });
});
