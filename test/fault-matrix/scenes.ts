import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import type { AssignmentInput, WorldInput } from '../fake-aws/world-input.ts';

const [PROD, DEV] = ['222222222222', '333333333333'];
const SETS = ['Admin', 'Audit', 'Developer', 'ReadOnly', 'Unused', 'Spare'];

/** Every requested list has at least two items, and every requested principal has assignments. */
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod', ou: 'Workloads/Prod' },
    { id: DEV, name: 'dev', ou: 'Workloads/Prod' },
    { id: '444444444444', name: 'sandbox', ou: 'Sandbox' },
  ],
  permissionSets: SETS,
  users: ['ada', 'bob', 'cy'],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob'] },
    { displayName: 'Readers', members: ['ada', 'cy'] },
  ],
  assignments: [PROD, DEV].flatMap((account): AssignmentInput[] => [
    { account, permissionSet: 'Admin', group: 'Platform' },
    { account, permissionSet: 'Admin', user: 'cy' },
    { account, permissionSet: 'Audit', group: 'Readers' },
    { account, permissionSet: 'Audit', user: 'bob' },
  ]),
  roles: [
    { account: PROD, name: 'node', path: '/eks/' },
    { account: PROD, name: 'deploy', path: '/ci/' },
  ],
  clusters: [
    {
      name: 'prod',
      account: PROD,
      accessEntries: [
        { permissionSet: 'Admin', policies: ['AmazonEKSViewPolicy', 'AmazonEKSEditPolicy'] },
        { permissionSet: 'Audit', groups: ['auditors'], policies: ['AmazonEKSAdminViewPolicy'] },
        { principalArn: `arn:aws:iam::${PROD}:role/ci/deploy`, groups: ['deployers'] },
        { principalArn: `arn:aws:iam::${PROD}:role/eks/node`, type: 'EC2_LINUX' },
      ],
      oidcProviders: ['dex', 'okta'].map((name) => ({ name, issuerUrl: `https://${name}`, clientId: 'c' })),
      capabilities: ['argocd', 'kro'].map((name) => {
        return { name, type: name.toUpperCase(), roleArn: `arn:aws:iam::${PROD}:role/ci/deploy` };
      }),
    },
    { name: 'prior', account: PROD, authenticationMode: 'CONFIG_MAP' },
  ],
};
const MANY = Array.from({ length: 17 }, (_, index) => String(500_000_000_000 + index));
/** Enough pairs to make reading by user and group worthwhile. */
const MANY_PAIRS: WorldInput = {
  ...WORLD,
  accounts: MANY.map((id) => ({ id })),
  assignments: MANY.flatMap((account) =>
    SETS.map((permissionSet): AssignmentInput => ({ account, permissionSet, group: 'Platform' })),
  ),
  roles: [],
  clusters: [],
};

const BUILT = buildWorld(WORLD);
const roleOf = (accountId: string, set: string) => {
  const role = BUILT.roles.find((one) => one.accountId === accountId && one.name.includes(`_${set}_`));
  if (!role) throw new Error(`account ${accountId} has no role of ${set}`);
  return `arn:aws:iam::${accountId}:role/${role.name}`;
};
const unitNamed = (name: string) => BUILT.units.find((unit) => unit.name === name)?.id ?? '';
const setArn = BUILT.permissionSets.find(({ name }) => name === 'Audit')?.arn ?? '';

const NODE = {
  rolearn: `arn:aws:iam::${PROD}:role/node`,
  username: 'system:node:{{EC2PrivateDNSName}}',
  groups: ['system:bootstrappers', 'system:nodes'],
};
const USERNAME = 'sso:{{SessionName}}';
const FILES = {
  'map.yaml': awsAuthOf([
    NODE,
    { rolearn: roleOf(PROD, 'Admin'), username: USERNAME, groups: ['system:masters'] },
    { rolearn: roleOf(DEV, 'Audit'), username: USERNAME, groups: ['viewers'] },
  ]),
  'config.yaml': JSON.stringify({
    accounts: ['prod', 'dev'],
    mappings: [
      { permissionSet: 'Admin', groups: ['system:masters'] },
      { permissionSet: setArn, groups: ['viewers'] },
    ],
  }),
};
const CLUSTER = `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`;
const ON_CLUSTER = ['--cluster', CLUSTER];

/** The caller is another account than the management account, and has no role in it. */
const DELEGATED: WorldInput = {
  ...WORLD,
  delegatedAdminId: PROD,
  accounts: [{ id: PROD }, { id: DEV, trusts: [PROD] }],
  clusters: [],
  roles: [],
};

/** A command line and its world. */
export interface Scene {
  readonly world: WorldInput;
  /** Default: the management account. */
  readonly callerAccountId?: string;
  readonly argv: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** A scene in the default world. */
export const scene = (...argv: string[]): Scene => ({ world: WORLD, argv, files: FILES });

/** Command lines by command: together they call every operation. */
export const SCENES = {
  who: [
    scene('who', 'map.yaml', ...ON_CLUSTER, '--expand', '-o', 'json'),
    scene('who', 'map.yaml', '--user', 'ada', '-o', 'json'),
    scene('who', '--cluster', 'pr*', '--account', PROD, '--user', 'ada', '-o', 'json'),
  ],
  explain: [scene('explain', 'map.yaml', ...ON_CLUSTER, '--user', 'ada', '-o', 'json')],
  check: [scene('check', 'map.yaml', '--aws', ...ON_CLUSTER, '-o', 'json')],
  roles: [
    scene('roles', '--all-accounts', '--principals', '--expand', '-o', 'json'),
    scene('roles', '--ou', 'Workloads', '-o', 'json'),
    { ...scene('roles', '--all-accounts', '--principals', '-o', 'json'), world: MANY_PAIRS },
    { ...scene('roles', '--all-accounts', '-o', 'json'), world: DELEGATED, callerAccountId: PROD },
  ],
  generate: [
    scene(
      'generate',
      '-o',
      'json',
      '--account',
      PROD,
      '--map',
      'group:Platform=a',
      '--map',
      'user:bob=b',
      '--allow-shared',
      '--all-sets',
    ),
    scene(
      'generate',
      '-o',
      'json',
      '--ou',
      unitNamed('Prod'),
      '--ou',
      'Sandbox',
      '--map',
      `${setArn}=a`,
      '--map',
      'Ad*=b',
    ),
  ],
  merge: [scene('merge', 'map.yaml', '-c', 'config.yaml', '--prune')],
  'access-entries': [
    scene('access-entries', '-c', 'config.yaml', '-o', 'json'),
    scene('access-entries', '--from', 'map.yaml', ...ON_CLUSTER, '-o', 'json'),
  ],
  diff: [scene('diff', '-c', 'config.yaml', ...ON_CLUSTER, '--strict', '-o', 'json')],
  snapshot: [scene('snapshot', '--all-accounts', '--principals', ...ON_CLUSTER)],
} satisfies Readonly<Record<string, readonly Scene[]>>;

export type Command = keyof typeof SCENES;
