import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type { Account, EksCluster, Inventory } from '../../src/directory/model.ts';
import { clusterOf } from '../check/check-case.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

/** A snapshot and an aws-auth, wrong in one way. */
export interface World {
  readonly accounts?: readonly Account[];
  readonly roles?: Inventory['roles'];
  readonly assigned?: boolean;
  readonly otherRoles?: NonNullable<Inventory['otherRoles']>;
  /** ARNs of aws-auth; the first one is the caller of `explain`. */
  readonly arns: readonly string[];
  /** Access entries of the cluster. */
  readonly entries?: readonly Partial<EksCluster['accessEntries'][number]>[];
  readonly mode?: EksCluster['authenticationMode'];
  readonly mapped?: string;
}

const PROD = '111122223333';
const LEFT = '999988887777';
const CAPTURED = '2026-11-20T12:00:00.000Z';
const DATE = '2026-11-20 12:00 UTC';
const HOUR = 3_600_000;
const [DEV, NEWER] = [role(PROD, 'Dev', 1), role(PROD, 'Dev', 2)];
const ADMIN = role(PROD, 'Admin', 3);
const LOST = role(PROD, 'Lost', 4);
const CI = `arn:aws:iam::${PROD}:role/ci`;
const EARLIER = '2025-06-01T00:00:00.000Z';

export const WORLDS: Readonly<Record<string, World>> = {
  'a role that the snapshot does not have, next to one that it has': {
    arns: [NEWER.roleArn, DEV.roleArn],
    entries: [{ principalArn: NEWER.pathArn }, { principalArn: DEV.pathArn }],
  },
  're-created': {
    roles: [NEWER, ADMIN],
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, createdAt: EARLIER }],
  },
  're-created twice': {
    roles: [role(PROD, 'Dev', 5), ADMIN],
    arns: [DEV.roleArn, NEWER.roleArn],
    entries: [
      { principalArn: DEV.pathArn, createdAt: EARLIER },
      { principalArn: NEWER.pathArn, createdAt: EARLIER },
    ],
  },
  superseded: {
    roles: [DEV, NEWER, ADMIN],
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn }],
  },
  'both roles of a set': {
    roles: [DEV, NEWER, ADMIN],
    arns: [DEV.roleArn, NEWER.roleArn],
    entries: [{ principalArn: DEV.pathArn }, { principalArn: NEWER.pathArn }],
  },
  'a missing permission set': {
    arns: [LOST.roleArn],
    entries: [{ principalArn: LOST.pathArn, createdAt: EARLIER }],
    mapped: 'Lost',
  },
  'an account outside the organization': {
    accounts: [account(PROD, 'prod', { ouIds: ['r-abcd'] }), account(LEFT, 'left', { ouIds: [] })],
    roles: [DEV, ADMIN, role(LEFT, 'Dev', 6)],
    arns: [role(LEFT, 'Dev', 6).roleArn],
    entries: [{ principalArn: role(LEFT, 'Dev', 6).pathArn }],
  },
  'an account that was not read': {
    arns: [role(LEFT, 'Dev', 6).roleArn],
    entries: [{ principalArn: role(LEFT, 'Dev', 6).pathArn }],
  },
  'outside the path': {
    roles: [ADMIN],
    otherRoles: [{ arn: DEV.roleArn, role: { pathArn: DEV.roleArn, createdAt: DEV.createdAt } }],
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn }],
  },
  'an ordinary role that is gone': {
    otherRoles: [{ arn: CI, role: null }],
    arns: [CI],
    entries: [{ principalArn: CI, createdAt: EARLIER }],
  },
  'nobody assigned': {
    roles: [DEV, ADMIN, LOST],
    assigned: true,
    arns: [LOST.roleArn],
    entries: [{ principalArn: LOST.pathArn }],
  },
  'not in the config': {
    roles: [DEV, ADMIN, LOST],
    arns: [LOST.roleArn, DEV.roleArn],
    entries: [{ principalArn: LOST.pathArn }, { principalArn: CI }],
  },
  'a dead access entry': {
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, createdAt: EARLIER }],
  },
  'an ordinary role that was re-created': {
    otherRoles: [{ arn: CI, role: { pathArn: CI, createdAt: DEV.createdAt } }],
    arns: [CI],
    entries: [{ principalArn: CI, createdAt: EARLIER }],
  },
  'an access entry that takes away': {
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, kubernetesGroups: ['other'] }],
  },
  'an access entry that grants the same': {
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, username: 'sso:{{SessionName}}', kubernetesGroups: ['viewers'] }],
  },
  'an access entry for nodes': {
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, type: 'EC2_LINUX' }],
  },
  'an access entry with more policies': {
    arns: [DEV.roleArn],
    entries: [
      {
        principalArn: DEV.pathArn,
        kubernetesGroups: ['viewers'],
        policies: [
          { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', scope: 'cluster' },
        ],
      },
    ],
  },
  'no access entry in mode API': { mode: 'API', arns: [DEV.roleArn, NEWER.roleArn], entries: [] },
  'a dead access entry in mode API': {
    mode: 'API',
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, createdAt: EARLIER }],
  },
  'an access entry for each in mode API': {
    mode: 'API',
    arns: [DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn, username: 'sso:{{SessionName}}', kubernetesGroups: ['viewers'] }],
  },
  'a suspended account': {
    accounts: [
      account(PROD, 'prod'),
      account(LEFT, 'staging', { state: 'SUSPENDED', rolesRead: false, unreadable: null }),
    ],
    arns: [role(LEFT, 'Dev', 6).roleArn, DEV.roleArn],
    entries: [{ principalArn: DEV.pathArn }],
  },
  'mode CONFIG_MAP': { mode: 'CONFIG_MAP', arns: [DEV.roleArn, NEWER.roleArn], entries: [] },
  'an IAM user': {
    arns: [`arn:aws:iam::${PROD}:user/ci`],
    entries: [{ principalArn: `arn:aws:iam::${PROD}:user/ci` }],
  },
};

function snapshotOf({ accounts, roles = [DEV, ADMIN], assigned, otherRoles, entries = [], mode }: World) {
  const sets = ['Dev', 'Admin', 'Lost'].map((name, index) => ({
    name,
    arn: `arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-111111111111111${index}`,
  }));
  const known = roles.map(({ permissionSet }) => permissionSet);
  const permissionSets = sets.filter(({ name }) => known.includes(name));
  const group = { type: 'GROUP', id: '11111111-0000-4000-8000-000000000001', name: 'Devs' } as const;
  const user = { type: 'USER', id: '11111111-0000-4000-8000-000000000002', name: 'ada' } as const;
  const accessEntries = entries.map((entry) => ({ kubernetesGroups: ['viewers'], ...entry }));
  const cluster = clusterOf(JSON.stringify({ name: 'prod', authenticationMode: mode, accessEntries }));
  return snapshotText(
    inventory(accounts ?? [account(PROD, 'prod')], roles, {
      capturedAt: CAPTURED,
      instance: {
        arn: 'arn:aws:sso:::instance/ssoins-1111111111111111',
        identityStoreId: 'd-1234567890',
        region: 'eu-west-1',
      },
      permissionSets,
      assignments: permissionSets
        .filter(({ name }) => !assigned || name !== 'Lost')
        .map(({ arn }) => ({
          accountId: PROD,
          permissionSetArn: arn,
          principalType: 'GROUP',
          principalId: group.id,
        })),
      principals: [
        { ...group, members: [user.id] },
        { ...user, members: null },
      ],
      clusters: [cluster],
      unreadClusters: [
        {
          name: 'denied',
          accountId: PROD,
          accountName: null,
          region: 'eu-west-1',
          cause: 'eks:DescribeCluster is denied',
          detail: 'no',
        },
      ],
      ...(otherRoles && { otherRoles }),
    }),
  );
}

function configMapOf({ arns }: World): string {
  const items = arns.flatMap((arn) => [
    `    - ${arn.includes(':user/') ? 'userarn' : 'rolearn'}: ${arn}`,
    '      username: "sso:{{SessionName}}"',
    '      groups: [viewers]',
  ]);
  const key = arns.some((arn) => arn.includes(':user/')) ? 'mapUsers' : 'mapRoles';
  return [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata: {name: aws-auth, namespace: kube-system}',
    'data:',
    `  ${key}: |`,
    ...items,
    '',
  ].join('\n');
}

/** Every command with every format, where that says something about AWS. */
export function commandsFor({ arns, mapped = 'Dev' }: World): string[][] {
  const source = ['--inventory', 'aws.json'];
  const map = ['--map', `${mapped}=viewers`, '--account', PROD];
  const config = ['-c', 'config.yaml'];
  const cluster = ['--cluster', 'prod'];
  const file = 'aws-auth.yaml';
  const of = (option: readonly string[], formats: readonly string[]) =>
    formats.map((format) => [...option, '-o', format]);
  return [
    ...of(['check', file], ['text', 'json', 'github']),
    ...of(['check', file, ...cluster], ['text', 'json', 'github']),
    ...of(['check', ...cluster], ['text', 'json']),
    ['check', file, ...cluster, '--authentication-mode', 'API'],
    ['check', file, '--fix'],
    ['check', file, '--fix-access', '--diff'],
    ['check', file, ...cluster, '--fix', '--diff'],
    ['check', file, ...cluster, '--fix-access'],
    ...of(['diff', file, ...config], ['diff', 'json', 'github']),
    ...of(['diff', file, ...config, '--strict'], ['diff', 'json', 'github']),
    ['diff', file, ...config, '--prune'],
    ['diff', file, ...map],
    ...of(['diff', ...cluster, ...config], ['diff', 'json', 'github']),
    ...of(['diff', ...cluster, ...config, '--strict'], ['diff', 'json', 'github']),
    ['diff', ...cluster, ...config, '--prune'],
    ['diff', ...cluster, ...map],
    ['merge', file, ...config],
    ['merge', file, ...config, '--prune', '--allow-lockout'],
    ['merge', file, ...config, '--explain'],
    ['merge', file, ...config, '--debug'],
    ['merge', file, ...map],
    ['generate', ...map, '--no-nodes'],
    ['generate', '--map', `${mapped}=viewers`, '--all-accounts', '--no-nodes'],
    ['generate', '--map', `${mapped}=viewers`, '--account', 'staging', '--no-nodes'],
    ...of(['generate', ...config, '--no-nodes'], ['configmap', 'json']),
    ...[...arns, DEV.roleArn, NEWER.roleArn].flatMap((arn) => [
      ...of(['explain', file, '--caller', arn], ['text', 'json']),
      ...of(['explain', file, '--caller', arn, ...cluster], ['text', 'json']),
    ]),
    ...of(['explain', file, '--user', 'ada'], ['text', 'json']),
    ...of(['explain', file, '--user', 'ada', ...cluster], ['text', 'json']),
    ['explain', file, '--user', 'nobody'],
    ...of(['who', file], ['table', 'wide', 'json', 'csv']),
    ...of(['who', file, ...cluster], ['table', 'wide', 'json', 'csv', 'html']),
    ['who', file, '--user', 'nobody'],
    ['who', file, '--group', 'Nobody'],
    ['who', ...cluster, '--group', 'Devs'],
    ['who', '--cluster', '*', '--skip-unreadable', '*'],
    ['access-entries', ...config, '--cluster', 'denied'],
    ['generate', '--map', 'group:Devs=viewers', '--account', PROD, '--no-nodes'],
    ['roles', '--all-accounts', '--principals'],
    ['who', file, '--expand'],
    ...of(['roles', '--all-accounts'], ['table', 'wide', 'json', 'csv', 'name']),
    ['roles', '--account', LEFT],
    ['roles', '--account', 'staging'],
    ['roles', '--all-accounts', '--permission-set', 'Los'],
    ...of(
      ['access-entries', ...config, ...cluster],
      ['aws-cli', 'cloudformation', 'terraform', 'terraform-module', 'eksctl', 'ack', 'json'],
    ),
    ['access-entries', ...config, ...cluster, '--prune', '--allow-lockout'],
    ['access-entries', ...config, ...cluster, '--rollback'],
    ...of(
      ['access-entries', '--from', file, ...cluster],
      ['aws-cli', 'cloudformation', 'terraform', 'terraform-module', 'eksctl', 'ack', 'json'],
    ),
    ['init', '--from', file, '-c', '-'],
    ['init', ...cluster, '-c', '-'],
  ].map((argv) => [...argv, ...source]);
}

interface Printed {
  readonly stdout: string;
  /** Messages, with the summary of the workflow's step. */
  readonly stderr: string;
}

async function printed(world: World, argv: readonly string[], age: number): Promise<Printed> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(CAPTURED) + age });
  onTestFinished(() => void vi.useRealTimers());
  const cwd = await scratch({
    'aws.json': snapshotOf(world),
    'aws-auth.yaml': configMapOf(world),
    'config.yaml': CONFIG,
  });
  const env = { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
  const { stdout, stderr, exitCode } = await run(argv, { cwd, env });
  expect(exitCode, `${argv.join(' ')}\n${stderr}`).toBeLessThan(4);
  expect(stderr).not.toMatch(/invalid snapshot|unknown option/);
  const step = await readFile(env.GITHUB_STEP_SUMMARY, 'utf8').catch(() => '');
  return { stdout, stderr: `${stderr}\n${step}` };
}

const CONFIG = `accounts: ["${PROD}"]
mappings:
  - {permissionSet: Dev, groups: [viewers], optional: true}
  - {permissionSet: Admin, groups: [admins], optional: true}
`;

const EXISTS =
  /\b(?:exists?|existed|gone|re-created|no longer|(?:newer|older|earlier) role|has no (?:role|access entry|user|group|assignments)|doesn't have|isn't (?:assigned|in the organization)|[Pp]rovisioned (?:in|there)|no roles? |no account is named|is suspended|skipped suspended|has several roles|has authentication mode|override these|nobody is assigned|everyone assigned|overrides|takes away|has (?:an|the|a different) access entry|has access entries|deleted|didn't create|lacks clusters|ignoring the snapshot)\b/i;
const REMOVES =
  /(?:^|[.:;,(] ?|\b(?:or|and|then|otherwise|to|first,?|steps?) )(?:remove|delete|replace|rewrite|re-create|write|revert) |delete-access-entry|disassociate-access-policy|prune (?:also )?(?:deletes|removes) such|^delete_entry /im;
/** The lines of a script that it has for every cluster. */
const IN_EVERY_SCRIPT =
  /^#.*(?:Permissions|existing one must|re-created, which|overrides aws-auth as soon|did not exist or granted|entry is deleted\.$)/;

/**
 * Messages with their next steps, objects of JSON with all their strings, and lines of other output.
 * @returns `time` if the text is inside an object with that time
 */
function* statementsIn({ stdout, stderr }: Printed): Generator<string> {
  yield* stderr.split(/\n(?=\S)/);
  const page = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(stdout)?.[1];
  if (page !== undefined) yield* stringsIn(JSON.parse(page));
  else if (/^[[{]/.test(stdout)) yield* statementsInJson(JSON.parse(stdout));
  else if (stdout.startsWith('#!')) yield* linesOfScript(stdout);
  else yield* stdout.split(/\n(?!\s)/);
}

function* statementsInJson(value: unknown, asOf = ''): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  const fields = Object.entries(value);
  // The rules in SARIF describe what they find in general.
  if (fields.some(([name]) => name === 'fullDescription')) return;
  const own = 'asOf' in value ? String(value.asOf) : asOf;
  const texts = fields.flatMap(([, one]) => (typeof one === 'string' && one.includes(' ') ? one : []));
  if (texts.length > 0) yield [...texts, own].join('\n');
  for (const [, one] of fields)
    if (typeof one === 'string' && !texts.includes(one)) continue;
    else yield* statementsInJson(one, own);
}

/** All strings with several words, each by itself: a reader of the page sees some of them alone. */
function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string' && value.includes(' ')) yield value;
  if (typeof value === 'object' && value !== null)
    for (const one of Object.values(value)) yield* stringsIn(one);
}

/** The comments and calls of a script, without the functions that every script has. */
function* linesOfScript(script: string): Generator<string> {
  const withoutFunctions = script.replace(/(?:^# .*\n)*^(?!all\b)\w+\(\) \{$[\s\S]*?^\}$/gm, '');
  for (const line of withoutFunctions.split('\n')) if (!IN_EVERY_SCRIPT.test(line)) yield line;
}

/** Sentences of commands that break a promise, each with the first command that prints it. */
export interface Said {
  /** About what exists in AWS, from a snapshot of any age, without its date. */
  readonly undated: readonly string[];
  /** Advice to remove or replace something, from an old snapshot. */
  readonly advice: readonly string[];
  /** The same advice from a recent snapshot, where it belongs. */
  readonly rightAdvice: readonly string[];
}

/** Runs commands with a snapshot of ten days ago, and with the same one an hour after it was taken. */
export async function saidBy(world: World, commands: readonly (readonly string[])[]): Promise<Said> {
  const [undated, advice, rightAdvice] = [new Map(), new Map(), new Map()];
  for (const argv of commands)
    for (const isOld of [true, false])
      for (const said of statementsIn(await printed(world, argv, isOld ? 240 * HOUR : HOUR))) {
        const text = said.replace(NO_STATEMENT, '…');
        const told = `${argv.join(' ')}\n${said}`;
        const isDated = said.includes(DATE) || said.includes(CAPTURED);
        if (EXISTS.test(text) && !isDated && !undated.has(said)) undated.set(said, told);
        if (REMOVES.test(text)) (isOld ? advice : rightAdvice).set(said, told);
      }
  return {
    undated: [...undated.values()],
    advice: [...advice.values()],
    rightAdvice: [...rightAdvice.values()],
  };
}

/** Texts about something unknown, and about lines of a config. */
const NO_STATEMENT =
  /may not exist|may be for an earlier user|rejects an access entry for a deleted user|remove (?:its|the) "# "/g;
