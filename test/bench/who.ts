import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderConfigMap } from '../../src/aws-auth/render.ts';
import type {
  Assignment,
  EksCluster,
  ExistingAccessEntry,
  Principal,
  Role,
} from '../../src/directory/model.ts';
import { accessPolicyArn } from '../../src/eks.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { markdownTable, number, type Report, type Target } from './benchmark.ts';
import { type MeasuredRun, measuredRun } from './measured-run.ts';

const ACCOUNTS = Array.from({ length: 250 }, (_, index) => String(222_222_222_000 + index));
const SETS = Array.from({ length: 20 }, (_, index) => `Set${index}`);
const PEOPLE = 10_000;
const GROUPS = 400;
const BINDINGS = 2_000;
const ROUNDS = 3;

const MOST_TIME = 3;
const MOST_MB = 250;

interface Question {
  readonly name: string;
  readonly argv: readonly string[];
  /** Where the entries are: in aws-auth, or in access entries with policies, too. */
  readonly source: 'aws-auth' | 'access entries';
}

const CAN = ['--can', 'get secrets', '-n', 'ns8'];
const QUESTIONS: readonly Question[] = [
  { name: 'who --rbac', argv: [], source: 'aws-auth' },
  { name: 'who --rbac -o json', argv: ['-o', 'json'], source: 'aws-auth' },
  { name: 'who --rbac -o csv', argv: ['-o', 'csv'], source: 'aws-auth' },
  { name: "who --can 'get secrets'", argv: CAN, source: 'aws-auth' },
  { name: 'who --rbac with policies', argv: [], source: 'access entries' },
  { name: "who --can 'get secrets' with policies", argv: CAN, source: 'access entries' },
];

/**
 * `who` with 5,000 entries of 250 accounts, 2,000 bindings and 10,000 people in 400 groups: whole runs, over a program
 * that reads the same files and does nothing with them. The entries are in aws-auth, or, as access entries with
 * policies, in a cluster.
 */
export async function benchmarkWho(root: URL): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'who-'));
  try {
    const file = (name: string) => join(folder, name);
    const roles = ACCOUNTS.flatMap((id) => SETS.map((set) => role(id, set)));
    await writeFile(file('aws-auth.yaml'), renderConfigMap(roles.map(entryOf), { comments: false }));
    await writeFile(file('none.yaml'), renderConfigMap([], { comments: false }));
    await writeFile(file('aws.json'), snapshotOf(roles));
    await writeFile(file('cluster.json'), snapshotOf(roles, [clusterOf(roles)]));
    await writeFile(file('rbac.yaml'), rbacText());
    const reader = new URL('node_modules/.cache/aws-auth-sso-bench/read-inputs.mjs', root);
    const program = new URL('bin/aws-auth-sso.js', root);
    const measured: Measured[] = [];
    for (const [source, awsAuth, snapshot] of [
      ['aws-auth', file('aws-auth.yaml'), file('aws.json')],
      ['access entries', file('none.yaml'), file('cluster.json')],
    ] as const) {
      const read = await best(() => measuredRun(reader, [awsAuth, snapshot, file('rbac.yaml')], {}));
      const from = source === 'aws-auth' ? [awsAuth] : ['--cluster', 'prod'];
      const argv = ['who', ...from, '--inventory', snapshot, '--rbac', file('rbac.yaml'), '--quiet'];
      const runs: Measured['runs'][number][] = [];
      for (const question of QUESTIONS.filter((one) => one.source === source)) {
        const run = () =>
          measuredRun(program, [...argv, ...question.argv], { XDG_CACHE_HOME: folder }, 'ignore');
        runs.push([question, await best(run)]);
      }
      measured.push({ source, read, runs });
    }
    return {
      text: tableOf(measured),
      targets: measured.flatMap(({ read, runs }) => runs.flatMap((run) => targetsOf(read, run))),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs on one source, and of the program that only reads it. */
interface Measured {
  readonly source: Question['source'];
  readonly read: MeasuredRun;
  readonly runs: readonly (readonly [Question, MeasuredRun])[];
}

async function best(measure: () => Promise<MeasuredRun>): Promise<MeasuredRun> {
  const runs: MeasuredRun[] = [];
  for (let round = 0; round < ROUNDS; round += 1) runs.push(await measure());
  const least = (of: (run: MeasuredRun) => number) => Math.min(...runs.map(of));
  const [first] = runs;
  return {
    stdout: first?.stdout ?? '',
    wallMs: least((run) => run.wallMs),
    cpuMs: least((run) => run.cpuMs),
    peakMb: Math.max(...runs.map((run) => run.peakMb)),
  };
}

function targetsOf(
  read: MeasuredRun,
  [{ name }, { cpuMs, peakMb }]: readonly [Question, MeasuredRun],
): Target[] {
  return [
    { name: `${name}, over reading the files`, measured: cpuMs / read.cpuMs, most: MOST_TIME },
    { name: `${name}, peak memory`, measured: peakMb, most: MOST_MB, unit: 'MB' },
  ];
}

function tableOf(measured: readonly Measured[]): string {
  const rows = measured.flatMap(({ source, read, runs }) => [
    [`reading the files (${source})`, read] as const,
    ...runs.map(([{ name }, run]) => [name, run] as const),
  ]);
  return markdownTable(
    ['run', 'wall ms', 'CPU ms', 'peak MB', 'output lines'],
    rows.map(([name, { wallMs, cpuMs, peakMb, stdout }]) => [
      name,
      ...[wallMs, cpuMs, peakMb].map((value) => number(Math.round(value))),
      number(stdout.split('\n').length - 1),
    ]),
  );
}

/** The bound roles differ from entry to entry. */
function entryOf({ roleArn, accountId, permissionSet }: Role, index: number): DesiredEntry {
  const groups = [`team-${index % 1500}`, `set-${permissionSet}`, `account-${accountId}`];
  return { rolearn: roleArn, username: 'sso:{{SessionName}}', usernameStated: false, groups, role: null };
}

const POLICIES = ['AmazonEKSViewPolicy', 'AmazonEKSEditPolicy', 'AmazonEKSSecretReaderPolicy'];

/** A cluster in mode API: each entry has the groups of aws-auth, and a policy in its own namespaces. */
function clusterOf(roles: readonly Role[]): EksCluster {
  const accessEntries = roles.map((one, index): ExistingAccessEntry => {
    const policyArn = accessPolicyArn('aws', POLICIES[index % POLICIES.length] ?? '');
    const namespaces = [`ns${index % 40}`, `team-${index % 50}-*`];
    return {
      principalArn: one.pathArn,
      type: 'STANDARD',
      username: 'sso:{{SessionName}}',
      kubernetesGroups: entryOf(one, index).groups,
      policies: [{ policyArn, scope: { namespaces } }],
      createdAt: new Date().toISOString(),
    };
  });
  const arn = `arn:aws:eks:eu-west-1:${ACCOUNTS[0]}:cluster/prod`;
  return { name: 'prod', arn, authenticationMode: 'API', accessEntries };
}

function snapshotOf(roles: readonly Role[], clusters?: readonly EksCluster[]): string {
  const arnOf = (set: string) =>
    `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-${SETS.indexOf(set).toString(16).padStart(16, '0')}`;
  const members = (group: number) =>
    Array.from({ length: PEOPLE / GROUPS }, (_, index) => `u-${group * (PEOPLE / GROUPS) + index}`);
  const principals: Principal[] = [
    ...Array.from({ length: GROUPS }, (_, index): Principal => {
      return { type: 'GROUP', id: `g-${index}`, name: `Group ${index}`, members: members(index) };
    }),
    ...Array.from({ length: PEOPLE }, (_, index): Principal => {
      return { type: 'USER', id: `u-${index}`, name: `person-${index}@example.com`, members: null };
    }),
  ];
  const assignments = roles.map(
    ({ accountId, permissionSet }, index): Assignment => ({
      accountId,
      permissionSetArn: arnOf(permissionSet),
      principalType: 'GROUP',
      principalId: `g-${index % GROUPS}`,
    }),
  );
  const accounts = ACCOUNTS.map((id, index) => account(id, `account ${index}`, { assignmentsRead: true }));
  const permissionSets = SETS.map((name) => ({ arn: arnOf(name), name }));
  return snapshotText(
    inventory(accounts, roles, {
      permissionSets,
      principals,
      assignments,
      capturedAt: new Date().toISOString(),
      ...(clusters && { clusters }),
    }),
  );
}

/** Output of `kubectl get -o yaml`; a fifth of the bindings name a person. */
function rbacText(): string {
  const metadata = (name: string, namespace?: string) => `  metadata:
    creationTimestamp: "2026-01-01T00:00:00Z"
    name: ${name}${namespace === undefined ? '' : `\n    namespace: ${namespace}`}
    resourceVersion: "1234"
    uid: 0ab12c3d-0000-4000-8000-000000000000
`;
  const API = 'rbac.authorization.k8s.io';
  const roles = Array.from(
    { length: 200 },
    (_, index) => `- apiVersion: ${API}/v1
  kind: ClusterRole
${metadata(`role-${index}`)}  rules:
  - apiGroups:
    - ""
    resources:
    - ${index % 4 === 0 ? 'secrets' : 'pods'}
    verbs:
    - get
    - list
`,
  );
  const bindings = Array.from({ length: BINDINGS }, (_, index) => {
    const subject =
      index % 5 === 0 ? ['User', `sso:person-${index}-example.com`] : ['Group', `team-${index % 1500}`];
    return `- apiVersion: ${API}/v1
  kind: RoleBinding
${metadata(`binding-${index}`, `ns${index % 40}`)}  roleRef:
    apiGroup: ${API}
    kind: ClusterRole
    name: role-${index % 200}
  subjects:
  - apiGroup: ${API}
    kind: ${subject[0]}
    name: ${subject[1]}
`;
  });
  return `apiVersion: v1\nitems:\n${[...roles, ...bindings].join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;
}
