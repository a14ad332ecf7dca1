import { describe, expect, test } from 'vitest';
import type { EksCluster, Inventory } from '../../src/directory/model.ts';
import { accessPolicyArn } from '../../src/eks.ts';
import { awsCommand, runScript } from '../access-entry/aws-command.ts';
import {
  ACCOUNT,
  ADMIN,
  accessEntry,
  clusterWorld,
  DEAD,
  eksCluster,
  GONE,
} from '../access-entry/eks-cluster.ts';
import { shellWords } from '../access-entry/eks-model.ts';
import { snapshotText } from '../directory/build-inventory.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { workflowCommandsIn } from '../github-runner.ts';
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

describe('check --cluster --aws', () => {
  const world = {
    accounts: [{ id: ACCOUNT, name: 'prod' }],
    permissionSets: ['Admin', 'View'],
    groups: ['Team'],
    assignments: [{ account: ACCOUNT, permissionSet: 'Admin', group: 'Team' }],
  };
  const place = { name: 'prod', account: ACCOUNT, region: 'eu-west-1' };
  const arn = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`;

  test('prints commands that repair dead and orphaned access entries', async () => {
    const names = ['devs', 'file:///etc/hosts', '--debug', `it's"$(x)"`];
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
    const isCommand = (line: string) => /^(?:aws eks|aws-auth-sso|bash) /.test(line);
    const commands = lines.filter(isCommand).map((line) => line.replace(/ &&$/, ''));
    expect(new Set(lines.filter((line) => !isCommand(line)))).toEqual(
      new Set(["Without FILE, aws-auth isn't checked: it might grant the role something else."]),
    );
    const aws = awsCommand(fake.env);
    let saved = '';
    for (const command of commands) {
      const [writing = '', file] = command.split(' > ');
      const isOwn = !command.startsWith('aws eks ');
      if (command.startsWith('aws-auth-sso '))
        saved = (await runWithEnvironment(shellWords(writing).slice(1))).stdout;
      if (file !== undefined) continue;
      const script = isOwn ? saved : command;
      const ran = await runScript(script, (args) => aws(isOwn ? args : inputJson(args)));
      expect({ code: ran.code, stderr: isOwn ? '' : ran.stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect(JSON.parse((await runWithEnvironment(argv)).stdout).findings).toEqual([]);
    expect(fake.clusters[0]?.accessEntries).toMatchObject([
      { username: 'a:{{SessionName}}', kubernetesGroups: names, policies },
      { kubernetesGroups: ['a', 'b'], policies: [{ scope: 'cluster' }] },
    ]);
  });
});

/** The same AWS CLI command with JSON input: lists have a word per item, structures the shorthand form. */
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

  test.each(['text', 'json', 'github'])('are harmless to a terminal or a runner, as %s', async (format) => {
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

test('each of hundreds of access entries gets its finding', async () => {
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
  // Dead, orphaned, overridden by a dead one, and unassigned.
  expect(JSON.parse(stdout)).toMatchObject({ errors: 750, warnings: 250 });
});
