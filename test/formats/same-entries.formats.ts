import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  hclText,
  readAck,
  readCloudFormation,
  readEksctl,
  readTerraform,
  readTerraformModule,
} from '../access-entry/readers.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { tool } from './tools.ts';

/** 500 configs whose names look like something else to a format, through the program: each format has what JSON has. */

const COUNT = 500;
const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';

/** As permission sets, usernames and groups may be called. */
const permissionSet = fc.stringMatching(/^[\w+=,.@-]{1,32}$/);
const word = fc.oneof(
  fc.constantFrom(
    'null',
    'on',
    '~',
    '0x1F',
    '1e3',
    '012',
    '-x --y',
    '!Ref X',
    '&a *b',
    '# c',
    '$(id)',
    '`id`',
  ),
  fc.constantFrom(
    '${x} $${x}',
    '%{y} %%{y}',
    '"',
    "'",
    '\\',
    '\\n',
    '[a]',
    '{"a": 1}',
    ': x',
    '- x',
    '@x',
    '%x',
  ),
  fc.stringMatching(/^[ -~]{1,40}$/).filter((text) => !text.includes('{{') && text.trim() === text),
);
const allowed = word.filter((text) => !/^(?:system|eks|aws|amazon|iam):/.test(text));
const policy = fc.oneof(
  fc.constantFrom('ClusterAdmin', 'Admin', 'Edit', 'View').map((name) => ({ policy: name })),
  fc.record({
    policy: fc.constantFrom('Admin', 'Edit', 'View'),
    namespaces: fc.uniqueArray(fc.constantFrom('team-*', 'null', 'on', '123', 'kube-system'), {
      minLength: 1,
    }),
  }),
);
const mapping = fc.record({
  permissionSet,
  username: fc.oneof(
    allowed.map((text) => `${text}:{{SessionName}}`),
    allowed,
    fc.constant('default'),
  ),
  groups: fc.uniqueArray(allowed, { minLength: 1, maxLength: 4 }),
  policies: fc.option(fc.uniqueArray(policy, { selector: (one) => one.policy, minLength: 1, maxLength: 3 }), {
    nil: undefined,
  }),
});
const config = fc.record({
  mappings: fc.uniqueArray(mapping, {
    minLength: 1,
    maxLength: 5,
    selector: (one) => one.permissionSet.toLowerCase(),
  }),
  nodes: fc.constantFrom(null, 'EC2_LINUX', 'EC2_WINDOWS', 'HYBRID_LINUX'),
  cluster: fc.constantFrom('prod', 'null', '123', '1e3', 'Prod_EU'),
  tags: fc.uniqueArray(fc.constantFrom('on=null', 'a b=c', 'x=', 'k=a=b/c:d', '123=0x1f'), { maxLength: 3 }),
});
type Config = typeof config extends fc.Arbitrary<infer Value> ? Value : never;

const CONFIGS = fc.sample(config, { numRuns: COUNT, seed: 39 });

async function write({
  mappings,
  nodes,
  cluster,
  tags,
}: Config): Promise<(format: string) => Promise<string>> {
  const roles = mappings.map((one) => role(ACCOUNT, one.permissionSet));
  const nodeRoles = nodes === null ? [] : [`arn:aws:iam::${ACCOUNT}:role/eks/Node_x`];
  const cwd = await scratch({
    'inventory.json': snapshotText(inventory([account(ACCOUNT, 'prod')], roles)),
    'config.yaml': JSON.stringify({ accounts: [ACCOUNT], nodeRoles, mappings }),
  });
  const argv = ['access-entries', '-c', 'config.yaml', '--inventory', 'inventory.json', '--cluster', cluster];
  const further = [...(nodes === null ? [] : ['--nodes', nodes]), ...tags.flatMap((tag) => ['--tag', tag])];
  return async (format) => {
    const { exitCode, stdout, stderr } = await run([...argv, ...further, '-o', format], {
      cwd,
      env: { AWS_REGION: REGION },
    });
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
}

test(`${COUNT} configs say the same as JSON, CloudFormation, Terraform, its module, eksctl and ACK`, async () => {
  const files: Record<string, string> = {};
  const wanted: unknown[] = [];
  for (const [index, one] of CONFIGS.entries()) {
    const as = await write(one);
    const { entries } = JSON.parse(await as('json'));
    const terraform = await as('terraform');
    const place = `${REGION} ${one.cluster}`;
    for (const [cluster, read] of [
      [one.cluster, readCloudFormation(await as('cloudformation'))],
      [one.cluster, readTerraform(terraform)],
      ['module.eks', readTerraformModule(await as('terraform-module'))],
      [place, readEksctl(await as('eksctl'))],
      [place, readAck(await as('ack'))],
    ] as const)
      expect(read).toEqual(entries.map((entry: object) => ({ cluster, ...entry })));
    files[`${index}.tf`] = terraform;
    wanted.push(
      entries.map(({ principalArn, username, kubernetesGroups, type }: Record<string, unknown>) => [
        principalArn,
        username,
        type === 'STANDARD' ? kubernetesGroups : null,
      ]),
    );
  }
  expect(wanted.flat().length).toBeGreaterThan(COUNT);
  expect(entriesIn(await scratch(files))).toEqual(wanted);
});

/** Principal, username and groups of the resources in each file, as python-hcl2 parses them. */
function entriesIn(cwd: string): unknown {
  const program = `
import hcl2, json
def entries(name):
    blocks = hcl2.load(open(name, encoding="utf-8"))["resource"]
    return [[e.get("principal_arn"), e.get("user_name"), e.get("kubernetes_groups")]
            for block in blocks for kind, named in block.items() if kind == '"aws_eks_access_entry"'
            for e in named.values()]
print(json.dumps([entries(f"{n}.tf") for n in range(${COUNT})]))`;
  const { status, output } = tool('python3', ['-c', program], { cwd });
  expect(status, output).toBe(0);
  // The parser leaves strings as they are written.
  return JSON.parse(output, (_, value) => (typeof value === 'string' ? hclText(value.slice(1, -1)) : value));
}
