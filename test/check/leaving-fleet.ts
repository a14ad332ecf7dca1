import fc from 'fast-check';
import { expect } from 'vitest';
import { CLUSTER_ADMIN_POLICY } from '../../src/access-policy.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import { parseCaller, resolveCaller } from '../../src/aws-auth/resolve-caller.ts';
import type { EksCluster, ExistingAccessEntry, Role } from '../../src/directory/model.ts';
import {
  type AccessEntry,
  AUTHENTICATION_MODES,
  type AuthenticationMode,
  accessPolicyArn,
} from '../../src/eks.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';

export const CLUSTERS = 60;
/** All roles exist since then. */
const MADE = '2026-01-05T00:00:00.000Z';
const AFTER = '2026-06-01T00:00:00.000Z';
const BEFORE = '2026-01-01T00:00:00.000Z';

/** The principals of a cluster: roles of permission sets and others, of the cluster's account or (`!`) another one. */
const PRINCIPALS = [
  'set/Admin',
  'set/Dev',
  'set/Ops!',
  'role/ci/build',
  'role/deploy',
  'role/audit!',
  'role/node',
];
const USER = 'user/team/bob';

/** A principal of a cluster: in IAM, in aws-auth, and among the access entries. */
export interface Principal {
  readonly name: string;
  readonly exists: boolean;
  /** `path`: never matches. `twice`: the last one counts. */
  readonly entry: 'none' | 'plain' | 'upper' | 'path' | 'twice';
  readonly groups: readonly string[];
  /** `dead`: for an earlier role or user with the same name. `less`: grants something else. `old`: for an earlier suffix. */
  readonly accessEntry: 'none' | 'same' | 'dead' | 'less' | 'old';
  /** True if the access entry is deleted after the snapshot was taken. */
  readonly isDeletedSince: boolean;
}

const principals = fc.tuple(
  ...[...PRINCIPALS, USER].map((name) =>
    fc.record({
      name: fc.constant(name),
      exists: fc.constantFrom(true, true, true, true, false),
      entry: fc.constantFrom<Principal['entry'][]>(
        'none',
        'plain',
        'plain',
        'plain',
        'upper',
        'path',
        'twice',
      ),
      groups: fc.constantFrom(['system:masters'], ['a'], ['a', 'b'], []),
      accessEntry: fc.constantFrom<Principal['accessEntry'][]>(
        ...(['none', 'same', 'same', 'same', 'same', 'same', 'same', 'dead', 'less', 'old'] as const),
      ),
      isDeletedSince: fc.constantFrom(false, false, true),
    }),
  ),
);
const clusters = fc.record({
  principals: principals.map((all) =>
    all.filter(({ entry, accessEntry }) => entry !== 'none' || accessEntry !== 'none'),
  ),
  /** The share of them that is there: small clusters are ready more often. */
  size: fc.integer({ min: 0, max: 8 }),
  mode: fc.constantFrom<AuthenticationMode[]>(
    'API_AND_CONFIG_MAP',
    'API_AND_CONFIG_MAP',
    ...AUTHENTICATION_MODES,
  ),
  mapAccounts: fc.constantFrom('', '', '', 'own', 'other'),
  isOtherRead: fc.boolean(),
  file: fc.constantFrom('whole', 'whole', 'whole', 'whole', 'whole', 'broken', 'missing'),
});
/** Clusters on their way out of aws-auth; with an old snapshot, access entries were deleted since. */
export const fleets = fc.record({
  clusters: fc.array(clusters, { minLength: CLUSTERS, maxLength: CLUSTERS }),
  isOld: fc.constantFrom(false, false, false, true),
});

/** A cluster with its surroundings as they are. */
export class World {
  readonly name: string;
  readonly own: string;
  readonly other: string;
  readonly path: string;
  readonly principals: readonly Principal[];
  mode: AuthenticationMode;
  /** By principal ARN. */
  readonly entries: Map<string, ExistingAccessEntry>;
  private readonly given: Given;

  constructor(given: Given, index: number) {
    this.given = given;
    this.principals = given.principals.slice(0, given.size);
    this.name = `c${index}`;
    this.own = String(100_000_000_000 + index);
    this.other = String(200_000_000_000 + index);
    this.path = `${this.own}/eu-west-1/${this.name}.yaml`;
    this.mode = given.mode;
    const entries =
      given.mode === 'CONFIG_MAP' ? [] : this.principals.flatMap((one) => this.accessEntryOf(one));
    this.entries = new Map(entries.map((entry) => [entry.principalArn, entry]));
  }

  accountOf({ name }: Principal): string {
    return name.endsWith('!') ? this.other : this.own;
  }

  /** With its path. */
  arnOf(principal: Principal): string {
    const accountId = this.accountOf(principal);
    const [kind, ...rest] = principal.name.replace('!', '').split('/');
    if (kind === 'set') return role(accountId, rest.join(), 5).pathArn;
    return `arn:aws:iam::${accountId}:${kind}/${rest.join('/')}`;
  }

  /** As callers and aws-auth have it. */
  plainArnOf(principal: Principal): string {
    return this.arnOf(principal).replace(/:role\/.*\//, ':role/');
  }

  isNode({ name }: Principal): boolean {
    return name === 'role/node';
  }

  get roles(): readonly Role[] {
    return this.principals
      .filter(({ name, exists }) => exists && name.startsWith('set/'))
      .map((one) => role(this.accountOf(one), one.name.slice(4).replace('!', ''), 5));
  }

  get isOtherRead(): boolean {
    return this.given.isOtherRead;
  }

  isRead(principal: Principal): boolean {
    return principal.name !== USER && (this.accountOf(principal) === this.own || this.isOtherRead);
  }

  get otherRoles() {
    return this.principals
      .filter((one) => one.name.startsWith('role/') && this.isRead(one))
      .map((one) => {
        const made = { pathArn: this.arnOf(one), createdAt: MADE };
        return { arn: this.plainArnOf(one), role: one.exists ? made : null };
      });
  }

  private accessEntryOf(principal: Principal): ExistingAccessEntry[] {
    const { accessEntry, groups, name } = principal;
    if (accessEntry === 'none') return [];
    const arn = this.arnOf(principal);
    const isNode = this.isNode(principal);
    const isAdmin = groups.includes('system:masters') && accessEntry !== 'less';
    return [
      {
        principalArn: accessEntry === 'old' && name.startsWith('set/') ? arn.replace(/5$/, '3') : arn,
        type: isNode && accessEntry !== 'less' ? 'EC2_LINUX' : 'STANDARD',
        username: isNode ? null : `u:{{SessionName}}`,
        kubernetesGroups: isNode || isAdmin || accessEntry === 'less' ? [] : groups,
        policies:
          isAdmin && !isNode
            ? [{ policyArn: accessPolicyArn('aws', CLUSTER_ADMIN_POLICY), scope: 'cluster' }]
            : [],
        createdAt: accessEntry === 'dead' || accessEntry === 'old' ? BEFORE : AFTER,
      },
    ];
  }

  get cluster(): EksCluster {
    return {
      name: this.name,
      arn: `arn:aws:eks:eu-west-1:${this.own}:cluster/${this.name}`,
      authenticationMode: this.mode,
      accessEntries: [...this.entries.values()],
    };
  }

  /** Null if it isn't given. */
  get file(): string | null {
    if (this.given.file === 'missing') return null;
    return this.given.file === 'broken' ? this.awsAuth.replace('- rolearn', '- {rolearn') : this.awsAuth;
  }

  get isReadable(): boolean {
    return this.file !== null && (this.given.file === 'whole' || this.file === this.awsAuth);
  }

  get mapAccounts(): readonly string[] {
    const { mapAccounts } = this.given;
    return mapAccounts === '' ? [] : [mapAccounts === 'own' ? this.own : this.other];
  }

  get awsAuth(): string {
    const items = this.principals.flatMap((one) => {
      if (one.entry === 'none') return [];
      const [isUser, plain] = [one.name === USER, this.plainArnOf(one)];
      const arn = one.entry === 'path' && !isUser ? plain.replace(':role/', ':role/x/') : plain;
      const grant = this.isNode(one)
        ? { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] }
        : { username: 'u:{{SessionName}}', groups: one.groups };
      const item = {
        [isUser ? 'userarn' : 'rolearn']:
          one.entry === 'upper' ? arn.replace(/[^/]*$/, (name) => name.toUpperCase()) : arn,
        ...grant,
      };
      const first = { ...item, groups: ['first'] };
      return (one.entry === 'twice' ? [first, item] : [item]).map((entry) => ({ isUser, entry }));
    });
    const list = (ofUsers: boolean) =>
      items
        .filter(({ isUser }) => isUser === ofUsers)
        .map(({ entry: { username, groups, ...arn } }) => {
          const [[field, value] = []] = Object.entries(arn);
          return `    - ${field}: ${value}\n      username: ${JSON.stringify(username)}\n      groups: ${JSON.stringify(groups)}\n`;
        })
        .join('') || '    []\n';
    return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n${list(false)}  mapUsers: |\n${list(true)}  mapAccounts: |\n    ${JSON.stringify(this.mapAccounts)}\n`;
  }

  /** Creates or updates an access entry as EKS does: only for a principal that exists, and never with another type. */
  apply(entry: AccessEntry): void {
    const there = this.entries.get(entry.principalArn);
    const isPrincipal = this.principals.some((one) => one.exists && this.arnOf(one) === entry.principalArn);
    if (!isPrincipal || (there && there.type !== entry.type)) return;
    // An update doesn't revive an entry for an earlier role.
    this.entries.set(entry.principalArn, { ...entry, createdAt: there?.createdAt ?? AFTER });
  }

  /** The identity of a caller in this mode; null without access. EKS compares IDs, not names. */
  access(principal: Principal, mode = this.mode, isLater = false): string | null {
    const arn = this.arnOf(principal);
    const isGone = isLater && principal.isDeletedSince;
    const entry = this.entries.get(arn);
    if (entry && mode !== 'CONFIG_MAP' && !isGone)
      return entry.createdAt >= MADE ? JSON.stringify({ ...entry, createdAt: '' }) : null;
    const caller = parseCaller(this.plainArnOf(principal));
    if (!caller || mode === 'API') return null;
    const { mapRoles, mapUsers } = readWithProblems(this.awsAuth, 'f');
    const maps = {
      mapRoles: readMapRoles(mapRoles?.text ?? ''),
      mapUsers: readMapUsers(mapUsers?.text ?? ''),
    };
    const found = resolveCaller(caller, maps, readMapAccounts(JSON.stringify(this.mapAccounts)));
    const [{ identity, map } = { identity: null, map: null }] = found;
    return identity && `${map} ${identity.username} ${identity.groups.join()}`;
  }
}

type Given = typeof clusters extends fc.Arbitrary<infer Cluster> ? Cluster : never;

interface Row {
  readonly cluster: string;
  readonly lost: number | null;
  readonly doubtful: number | null;
  readonly nodes: number | null;
  readonly ready: boolean;
  readonly next: string | null;
}

/** `check` of all clusters with a snapshot of them, and how to run another command with it. */
export async function checkFleet(worlds: readonly World[], isOld = false) {
  const files = worlds.filter(({ file }) => file !== null);
  const known = inventory(
    worlds.flatMap(({ own, other, isOtherRead }) => [
      account(own),
      account(other, null, { rolesRead: isOtherRead }),
    ]),
    worlds.flatMap(({ roles, other, isOtherRead }) =>
      roles.filter(({ accountId }) => isOtherRead || accountId !== other),
    ),
    {
      clusters: worlds.map(({ cluster }) => cluster),
      otherRoles: worlds.flatMap(({ otherRoles }) => otherRoles),
    },
  );
  const cwd = await scratch({
    'inventory.json': snapshotText(known),
    ...Object.fromEntries(files.map(({ path, file }) => [path, file ?? ''])),
  });
  const from = ['--inventory', 'inventory.json', '--max-age', isOld ? '1d' : '9999d', '-o', 'json'];
  const runHere = async (argv: readonly string[]) => {
    const ran = await run([...argv, ...from], { cwd });
    return { ...ran, json: ran.stdout === '' ? null : JSON.parse(ran.stdout) };
  };
  const paths = files.map(({ path }) => path);
  const { json, stderr } = await runHere([
    'check',
    ...paths,
    '--cluster',
    'c*',
    '--authentication-mode',
    'API',
  ]);
  expect(json, stderr).not.toBeNull();
  const { readiness, findings }: { readiness: Row[]; findings: { file: string; message: string }[] } = json;
  return { readiness, findings, runHere };
}
