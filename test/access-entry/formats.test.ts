import fc from 'fast-check';
import { load as parseYaml } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { ackProblem, renderAck } from '../../src/access-entry/ack.ts';
import { renderAwsCli } from '../../src/access-entry/aws-cli.ts';
import { cloudFormationProblem, renderCloudFormation } from '../../src/access-entry/cloudformation.ts';
import { eksctlProblem, renderEksctl } from '../../src/access-entry/eksctl.ts';
import { renderTerraform, terraformProblem } from '../../src/access-entry/terraform.ts';
import { renderTerraformModule } from '../../src/access-entry/terraform-module.ts';
import { type AccessEntry, clusterAdminPolicy, ENTRY_TYPES } from '../../src/eks.ts';
import { anyText } from '../any-text.ts';
import { runs } from '../runs.ts';
import { accessEntry, ENTRIES, HOSTILE_NAMES, HOSTILE_TAGS, ROLE } from './entries.ts';
import {
  readAck,
  readAckObjects,
  readCloudFormation,
  readEksctl,
  readTerraform,
  readTerraformModule,
} from './readers.ts';

const TARGET = { cluster: 'prod', region: 'eu-central-1', imports: [] };
/** The kinds of entries that have tags differently, as each tag is written for each entry. */
const FEW = ENTRIES.slice(-2);

describe('another reader finds in', () => {
  const inCluster = (cluster: string, entries = ENTRIES) => entries.map((entry) => ({ cluster, ...entry }));

  test('CloudFormation the same entries', () => {
    expect(readCloudFormation(renderCloudFormation(ENTRIES, TARGET))).toEqual(inCluster('prod'));
    const anywhere = renderCloudFormation(ENTRIES, { ...TARGET, cluster: null });
    expect(readCloudFormation(anywhere)).toEqual(inCluster('Ref ClusterName'));
  });

  test('Terraform the same entries', () => {
    expect(readTerraform(renderTerraform(ENTRIES, TARGET))).toEqual(inCluster('prod'));
    expect(readTerraform(renderTerraform(ENTRIES, { ...TARGET, imports: ENTRIES }))).toEqual(
      inCluster('prod'),
    );
    const anywhere = renderTerraform(ENTRIES, { ...TARGET, cluster: null });
    expect(readTerraform(anywhere)).toEqual(inCluster('var.cluster_name'));
  });

  test('the value for the Terraform module the same entries', () => {
    expect(readTerraformModule(renderTerraformModule(ENTRIES))).toEqual(inCluster('module.eks'));
  });

  test('each format the same tags', () => {
    const target = { ...TARGET, tags: HOSTILE_TAGS };
    const tags = Object.fromEntries(HOSTILE_TAGS);
    const tagged = FEW.map((entry) => ({ ...entry, tags }));
    expect(readCloudFormation(renderCloudFormation(FEW, target))).toEqual(inCluster('prod', tagged));
    expect(readTerraform(renderTerraform(FEW, target))).toEqual(inCluster('prod', tagged));
    expect(readTerraformModule(renderTerraformModule(FEW, HOSTILE_TAGS))).toEqual(
      inCluster('module.eks', tagged),
    );
    expect(readEksctl(renderEksctl(FEW, target))).toEqual(inCluster('eu-central-1 prod', tagged));
    expect(readAck(renderAck(FEW, target))).toEqual(inCluster('eu-central-1 prod', tagged));
  });

  test('each format several policies of one name', () => {
    const policies = ['aws', 'aws-cn', 'aws-us-gov'].map((partition, index) => ({
      policyArn: clusterAdminPolicy(partition),
      scope: index === 0 ? ('cluster' as const) : { namespaces: ['team-*', `n${index}`] },
    }));
    const entries = [accessEntry(`${ROLE}/x`, { policies })];
    expect(readCloudFormation(renderCloudFormation(entries, TARGET))).toMatchObject(entries);
    expect(readTerraform(renderTerraform(entries, TARGET))).toMatchObject(entries);
    expect(readTerraformModule(renderTerraformModule(entries))).toMatchObject(entries);
    expect(readEksctl(renderEksctl(entries, TARGET))).toMatchObject(entries);
    expect(readAck(renderAck(entries, TARGET))).toMatchObject(entries);
  });

  test('eksctl the same entries', () => {
    expect(readEksctl(renderEksctl(ENTRIES, TARGET))).toEqual(inCluster('eu-central-1 prod'));
  });

  test('ACK the same entries', () => {
    expect(readAck(renderAck(ENTRIES, TARGET))).toEqual(inCluster('eu-central-1 prod'));
    expect(readAck(renderAck(ENTRIES, { ...TARGET, region: null }))).toEqual(inCluster('prod'));
  });

  test('each format every name', () => {
    const name = anyText({ minLength: 1 });
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 5 }), (username, kubernetesGroups) => {
        const entries = [accessEntry(`${ROLE}/x`, { username, kubernetesGroups })];
        const found = [
          readCloudFormation(renderCloudFormation(entries, TARGET)),
          readTerraform(renderTerraform(entries, TARGET)),
          readTerraformModule(renderTerraformModule(entries)),
          readEksctl(renderEksctl(entries, TARGET)),
          readAck(renderAck(entries, TARGET)),
        ];
        for (const read of found) expect(read).toMatchObject(entries);
      }),
      runs(300),
    );
  });

  test('each format no invisible character and no command to a CI runner', () => {
    const invisible = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;
    const command = /^\s*::|#\p{Cf}*#\p{Cf}*(?:vso)?\[/imu;
    for (const text of [
      renderCloudFormation(ENTRIES, TARGET),
      renderTerraform(ENTRIES, TARGET),
      renderTerraformModule(ENTRIES),
      renderTerraformModule(FEW, HOSTILE_TAGS),
      renderEksctl(ENTRIES, TARGET),
      renderAck(ENTRIES, TARGET),
      renderAck(FEW, { ...TARGET, tags: HOSTILE_TAGS }),
    ]) {
      expect(text).not.toMatch(invisible);
      expect(text).not.toMatch(command);
    }
    expect(renderAwsCli(ENTRIES, { cluster: 'prod', arn: null, region: null, dead: [] })).not.toMatch(
      command,
    );
  });

  test('CloudFormation only ASCII, which it returns unchanged', () => {
    const hostile = accessEntry(`${ROLE}/größe`, { type: 'EC2\u00e9', policies: [] });
    const text = renderCloudFormation([...ENTRIES, hostile], TARGET);
    expect(text).toMatch(/^[\n -~]*$/);
    expect(readCloudFormation(text)).toEqual(inCluster('prod', [...ENTRIES, hostile]));
  });

  test.each(HOSTILE_NAMES)('each format the value %j', (value) => {
    const entries = [
      accessEntry(`${ROLE}/${value}`, { type: `EC2_LINUX${value}` }),
      accessEntry(`${ROLE}/x`, {
        username: value,
        kubernetesGroups: [value],
        policies: [
          { policyArn: `${clusterAdminPolicy('aws')}${value}`, scope: 'cluster' },
          { policyArn: clusterAdminPolicy('aws'), scope: { namespaces: [value] } },
        ],
      }),
    ];
    expect(readCloudFormation(renderCloudFormation(entries, TARGET))).toEqual(inCluster('prod', entries));
    expect(readTerraform(renderTerraform(entries, TARGET))).toEqual(inCluster('prod', entries));
    expect(readTerraformModule(renderTerraformModule(entries))).toEqual(inCluster('module.eks', entries));
    expect(readAck(renderAck(entries, TARGET))).toEqual(inCluster('eu-central-1 prod', entries));
    expect(parseYaml(renderEksctl(entries, TARGET))).toMatchObject({
      accessConfig: {
        accessEntries: [
          { principalARN: `${ROLE}/${value}`, type: `EC2_LINUX${value}` },
          { kubernetesUsername: value, kubernetesGroups: [value] },
        ],
      },
    });
  });

  test('each format an empty list for no entries', () => {
    expect(readCloudFormation(renderCloudFormation([], TARGET))).toEqual([]);
    expect(readTerraform(renderTerraform([], TARGET))).toEqual([]);
    expect(readTerraformModule(renderTerraformModule([]))).toEqual([]);
    expect(readEksctl(renderEksctl([], TARGET))).toEqual([]);
    expect(readAck(renderAck([], TARGET))).toEqual([]);
  });

  test.each(['null', 'on', '123', '0x1f', '1e3'])('YAML the cluster name %s', (cluster) => {
    const target = { ...TARGET, cluster };
    const entries = [accessEntry(`${ROLE}/x`)];
    expect(readCloudFormation(renderCloudFormation(entries, target))).toMatchObject([{ cluster }]);
    expect(readEksctl(renderEksctl(entries, target))).toMatchObject([{ cluster: `eu-central-1 ${cluster}` }]);
    expect(readAck(renderAck(entries, target))).toMatchObject([{ cluster: `eu-central-1 ${cluster}` }]);
  });
});

describe('a resource is named after', () => {
  test.each([
    [
      'its permission set and account, without the suffix',
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Dev.Ops_0123456789abcdef',
      'Dev_Ops_111122223333_e20763d3',
      'DevOps111122223333He20763d3',
    ],
    [
      'its role, without the path',
      'arn:aws:iam::111122223333:role/ci/deploy-bot',
      'role_deploy-bot_111122223333',
      'RoleDeployBot111122223333H8987ebc2',
    ],
    [
      'a user',
      'arn:aws:iam::111122223333:user/a/2@x',
      'user_2_x_111122223333_e9cee600',
      'User2X111122223333He9cee600',
    ],
    ['the account', 'arn:aws-cn:iam::111122223333:root', 'root_111122223333', 'Root111122223333'],
    [
      'a name that starts with a digit',
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_2fa_0123456789abcdef',
      '_2fa_111122223333',
      '2fa111122223333',
    ],
  ])('%s', (_, arn, terraform, cloudFormation) => {
    const target = { cluster: 'prod', region: null, imports: [] };
    expect(renderTerraform([accessEntry(arn)], target)).toContain(
      `"aws_eks_access_entry" "${terraform}" {\n`,
    );
    expect(renderCloudFormation([accessEntry(arn)], target)).toContain(`\n  ${cloudFormation}:\n`);
  });

  test('the same name, whatever is added beside it', () => {
    const sets = fc.stringMatching(
      /^(?:(?:role|user|root|Role|User|[-_+=,.@])?[A-Za-z0-9_+=,.@-]{1,4}){1,3}$/,
    );
    const principals = fc.oneof(
      sets.map((set) => `${ROLE}/aws-reserved/sso.amazonaws.com/AWSReservedSSO_${set}_0123456789abcdef`),
      fc
        .tuple(fc.constantFrom('role', 'user'), sets)
        .map(([type, name]) => `${ROLE.replace('role', type)}/${name}`),
      fc.constant(ROLE.replace('role', 'root')),
    );
    const keysOf = (arns: readonly string[]) => {
      const entries = arns.map((arn) => accessEntry(arn));
      const texts = [
        renderTerraform(entries, { cluster: 'prod', imports: [] }).matchAll(/entry" "(.*)"/g),
        renderTerraformModule(entries).matchAll(/^ {4}([\w-]+) = \{/gm),
        renderCloudFormation(entries, { cluster: 'prod' }).matchAll(/^ {2}(\w+):\n {4}Type: AWS/gm),
      ];
      return texts.map((text) => [...text].map(([, key]) => key));
    };
    fc.assert(
      fc.property(fc.uniqueArray(principals, { minLength: 2, maxLength: 12 }), fc.nat(), (arns, at) => {
        const index = at % arns.length;
        const [all, fewer] = [keysOf(arns), keysOf(arns.toSpliced(index, 1))];
        expect(all.map((keys) => keys.toSpliced(index, 1))).toEqual(fewer);
        for (const keys of all) expect(new Set(keys).size).toBe(arns.length);
      }),
      runs(500),
    );
  });

  test.each([
    ['Dev.Ops', 'Dev_Ops_111122223333_e20763d3', 'DevOps111122223333He20763d3'],
    ['Dev+Ops', 'Dev_Ops_111122223333_', 'DevOps111122223333H'],
    ['DevOps', 'DevOps_111122223333', 'DevOps111122223333'],
    ['Dev_Ops', 'Dev_Ops_111122223333', 'DevOps111122223333H'],
    ['role_x', 'role_x_111122223333_', 'RoleX111122223333H'],
    ['RoleX', 'RoleX_111122223333', 'RoleX111122223333H'],
    ['dev', 'dev_111122223333', 'Dev111122223333H'],
    ['_2fa', '_2fa_111122223333_', '2fa111122223333H'],
  ])('for permission set %s', (set, terraform, cloudFormation) => {
    const entries = [
      accessEntry(`${ROLE}/aws-reserved/sso.amazonaws.com/AWSReservedSSO_${set}_0123456789abcdef`),
    ];
    expect(renderTerraform(entries, { cluster: 'prod', imports: [] })).toContain(`entry" "${terraform}`);
    expect(renderCloudFormation(entries, { cluster: 'prod' })).toContain(`\n  ${cloudFormation}`);
  });
});

describe('an object of ACK', () => {
  const SSO = `${ROLE}/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_`;
  const namesOf = (arns: readonly string[], cluster = 'prod') => [
    ...readAckObjects(
      renderAck(
        arns.map((arn) => accessEntry(arn)),
        { cluster, region: null },
      ),
    ).keys(),
  ];

  test.each([
    ['Admin', 'prod', 'prod.admin.111122223333.0123456789abcdef'],
    ['read-only', 'prod', 'prod.read-only.111122223333.0123456789abcdef'],
    ['Dev.Ops', 'prod', 'prod.dev-ops.111122223333.0123456789abcdef.'],
    ['Dev+Ops', 'prod', 'prod.dev-ops.111122223333.0123456789abcdef.'],
    ['-x-', 'prod', 'prod.x.111122223333.0123456789abcdef.'],
    ['...', 'prod', 'prod.111122223333.0123456789abcdef.'],
    ['Admin', 'Prod', 'prod.admin.111122223333.0123456789abcdef.'],
    ['Admin', 'prod_eu', 'prod-eu.admin.111122223333.0123456789abcdef.'],
  ])('is named after cluster, permission set, account and suffix: %s in %s', (set, cluster, expected) => {
    const [name = ''] = namesOf([`${SSO}${set}_0123456789abcdef`], cluster);
    const hash = expected.endsWith('.') ? /^[0-9a-f]{8}$/ : /^$/;
    expect(name.startsWith(expected)).toBe(true);
    expect(name.slice(expected.length)).toMatch(hash);
  });

  test('has the longest names that there are', () => {
    expect(namesOf([`${ROLE.replace('role', 'user')}/${'.'.repeat(64)}`], `${'x'.repeat(99)}_`)).toHaveLength(
      1,
    );
    expect(namesOf([`${ROLE}/${'Ab.'.repeat(21)}x`], 'X'.repeat(100))).toHaveLength(1);
  });

  test('is another one for another principal or cluster, and the same whatever is beside it', () => {
    const word = fc.stringMatching(/^(?:(?:role|user|root|[-_+=,.@])?[A-Za-z0-9_+=,.@-]{1,3}){1,2}$/);
    const suffix = fc.constantFrom('0123456789abcdef', '0123456789abcde0');
    const principal = fc.oneof(
      fc.tuple(word, suffix).map(([set, end]) => `${SSO}${set}_${end}`),
      word.map((name) => `${ROLE}/ci/${name}`),
      word.map((name) => `${ROLE.replace('role', 'user')}/${name}`),
      fc.constant(ROLE.replace('role', 'root')),
    );
    // IAM has no two principals of one type whose names differ by case alone.
    const principals = fc.uniqueArray(principal, {
      minLength: 2,
      maxLength: 12,
      selector: (arn) => arn.toLowerCase(),
    });
    const clusters = fc.constantFrom('prod', 'Prod', 'prod-eu', 'prod_eu', 'p');
    fc.assert(
      fc.property(principals, clusters, clusters, (arns, cluster, other) => {
        const names = namesOf(arns, cluster);
        expect(arns.flatMap((arn) => namesOf([arn], cluster))).toEqual(names);
        const others = cluster === other ? [] : namesOf(arns, other);
        expect(new Set([...names, ...others]).size).toBe(names.length + others.length);
      }),
      runs(500),
    );
  });

  test('states no groups for nodes, which EKS would refuse', () => {
    const nodes = accessEntry(`${ROLE}/nodes`, { type: 'EC2_LINUX' });
    expect(renderAck([nodes], TARGET)).not.toContain('kubernetesGroups');
  });
});

test('CloudFormation accepts 500 resources', () => {
  const entries = Array.from({ length: 501 }, (_, index) =>
    accessEntry(`arn:aws:iam::111122223333:role/role-${index}`),
  );
  expect(cloudFormationProblem(entries.slice(1))).toBeUndefined();
  expect(cloudFormationProblem(entries)).toBe(
    'a CloudFormation template can have at most 500 resources, but there are 501 access entries',
  );
});

describe('an access entry that Terraform imports', () => {
  const blocks = (wanted: Partial<AccessEntry>, existing: Partial<AccessEntry>) =>
    renderTerraform([accessEntry(`${ROLE}/x`, wanted)], {
      cluster: 'prod',
      imports: [accessEntry(`${ROLE}/x`, existing)],
    });

  test('loses its groups', () => {
    expect(blocks({}, { kubernetesGroups: ['old'] })).toContain('\n  kubernetes_groups = []\n');
  });

  test('keeps its username if none is set, because bindings may name it', () => {
    const own = 'arn:aws:sts::111122223333:assumed-role/x/{{SessionName}}';
    for (const username of [null, own, 'old:{{SessionNameRaw}}'])
      expect(blocks({}, { username })).not.toContain('user_name');
  });

  test("keeps a node's username and groups, which can't be set", () => {
    const text = blocks(
      { type: 'EC2_LINUX' },
      { type: 'EC2_WINDOWS', username: 'other', kubernetesGroups: ['system:nodes'] },
    );
    expect(text).toContain('\n  type          = "EC2_LINUX"\n}');
    expect(text).not.toMatch(/user_name|kubernetes_groups/);
  });
});

test('controllers that use server-side apply lose control characters', () => {
  const problem = (fields: Partial<AccessEntry>) => ackProblem(accessEntry(`${ROLE}/x`, fields));
  const clause = 'server-side apply refuses or changes the control character in "a\\u{7f}"';
  expect(problem({ username: 'a\u007f' })).toBe(clause);
  expect(problem({ kubernetesGroups: ['b', 'a\u007f'] })).toBe(clause);
  expect(problem({ username: 'a\u0007\u2028\ufeff', kubernetesGroups: ['größe 語 😀'] })).toBeUndefined();
});

test("eksctl doesn't support every type", () => {
  const refused = ENTRY_TYPES.filter(
    (type) => eksctlProblem(accessEntry('arn:aws:iam::111122223333:role/node', { type })) !== undefined,
  );
  expect(refused).toEqual(['HYPERPOD_LINUX']);
});

test('Terraform would change a name with a combining accent', () => {
  const [composed, combining] = ['caf\u00e9', 'cafe\u0301'];
  expect(terraformProblem(accessEntry(`${ROLE}/x`, { kubernetesGroups: [composed] }))).toBeUndefined();
  const problem = `Terraform changes the name "${combining}", which isn't in Unicode Normalization Form C`;
  expect(terraformProblem(accessEntry(`${ROLE}/x`, { kubernetesGroups: ['a', combining] }))).toBe(problem);
  expect(terraformProblem(accessEntry(`${ROLE}/x`, { username: combining }))).toBe(problem);
});
