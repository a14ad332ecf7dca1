import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLUSTER_ADMIN_POLICY } from '../../src/access-policy.ts';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { fix } from '../../src/check/fix.ts';
import type { EksCluster, ExistingAccessEntry, Inventory } from '../../src/directory/model.ts';
import {
  AUTHENTICATION_MODES,
  type AuthenticationMode,
  accessPolicyArn,
  defaultUsername,
} from '../../src/eks.ts';
import { memo } from '../../src/memo.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';

const ACCOUNT = '111122223333';
const CAPTURED = '2026-11-01T00:00:00.000Z';
const MADE = '2026-05-01T00:00:00.000Z';
/** Roles that are newer than some access entries, and older than others. */
const ROLES = ['ci/build', 'deploy', 'team/ops', 'node', 'admin'];
const USER = `arn:aws:iam::${ACCOUNT}:user/ops/erin`;
const DEV = role(ACCOUNT, 'Dev');
const PRINCIPALS = [...ROLES.map((name) => `arn:aws:iam::${ACCOUNT}:role/${name}`), DEV.pathArn, USER];
const NODE = {
  username: 'system:node:{{EC2PrivateDNSName}}',
  groups: ['system:bootstrappers', 'system:nodes'],
};

/** An item of mapRoles or mapUsers. */
interface Item {
  readonly principal: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly isFlow: boolean;
  readonly isUpper: boolean;
}

interface Case {
  readonly mapRoles: readonly Item[];
  readonly mapUsers: readonly Item[];
  readonly accounts: boolean;
  readonly style: 'block' | 'json' | 'crlf' | 'list';
  readonly cluster: EksCluster;
  readonly known: Inventory | undefined;
}

/** Removes the path of a role, which aws-auth doesn't have. */
function arnOf(principal: string): string {
  return principal.includes(':role/') ? principal.replace(/:role\/.*\//, ':role/') : principal;
}

const grants = fc.oneof(
  { weight: 1, arbitrary: fc.constant(NODE) },
  {
    weight: 8,
    arbitrary: fc.record({
      username: fc.constantFrom('ci', 'sso:{{SessionName}}', 'DEFAULT'),
      groups: fc.subarray(['a', 'b', 'system:masters', 'of-{{SessionName}}'], { maxLength: 3 }),
    }),
  },
);
/** An aws-auth and access entries that often grant the same. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    principals: fc.array(
      fc.record({
        principal: fc.constantFrom(...PRINCIPALS),
        grant: grants,
        other: fc.option(grants),
        isAlsoUser: fc.boolean(),
        isFlow: fc.boolean(),
        isUpper: fc.boolean(),
        accessEntry: fc.constantFrom('same', 'same', 'same', 'other', null),
        createdAt: fc.constantFrom(
          '2026-01-01T00:00:00.000Z',
          '2026-06-01T00:00:00.000Z',
          '2026-06-01T00:00:00.000Z',
          '2026-12-01T00:00:00.000Z',
        ),
        isView: fc.constantFrom(false, false, false, true),
      }),
      { maxLength: 6 },
    ),
    seed: fc.nat(),
    accounts: fc.boolean(),
    style: fc.constantFrom('block', 'json', 'crlf', 'list'),
    mode: fc.constantFrom<AuthenticationMode>(
      'API_AND_CONFIG_MAP',
      'API_AND_CONFIG_MAP',
      ...AUTHENTICATION_MODES,
    ),
    rolesKnown: fc.constantFrom('all', 'all', 'all', 'all', 'some', 'none'),
  })
  .map(({ principals, seed, accounts, style, mode, rolesKnown }) => {
    const items = principals.flatMap(({ principal, grant, other, isFlow, isUpper }): Item[] => {
      const item = ({ username, groups }: typeof grant): Item => ({
        principal,
        username: username === 'DEFAULT' ? defaultUsername(principal) : username,
        groups,
        isFlow,
        isUpper,
      });
      return [...(other ? [item(other)] : []), item(grant)];
    });
    const turned = [...items.slice(seed % (items.length + 1)), ...items.slice(0, seed % (items.length + 1))];
    const users = principals.flatMap(({ principal, isAlsoUser }) =>
      isAlsoUser || principal === USER ? items.filter((item) => item.principal === principal) : [],
    );
    const entries = new Map<string, ExistingAccessEntry>();
    for (const { principal, grant, other, accessEntry, createdAt, isView } of principals) {
      const given = accessEntry === 'same' ? grant : accessEntry === 'other' ? other : null;
      if (!given) continue;
      const isNode = given === NODE;
      const isAdmin = given.groups.includes('system:masters');
      const policies = [
        ...(isAdmin
          ? [{ policyArn: accessPolicyArn('aws', CLUSTER_ADMIN_POLICY), scope: 'cluster' as const }]
          : []),
        ...(isView
          ? [{ policyArn: accessPolicyArn('aws', 'AmazonEKSViewPolicy'), scope: 'cluster' as const }]
          : []),
      ];
      entries.set(principal, {
        principalArn: principal,
        type: isNode ? 'EC2_LINUX' : 'STANDARD',
        username: given.username === 'DEFAULT' ? null : given.username,
        kubernetesGroups: isNode
          ? ['system:nodes']
          : given.groups.filter((group) => group !== 'system:masters'),
        policies: isNode ? [] : policies,
        createdAt,
      });
    }
    const cluster: EksCluster = {
      name: 'prod',
      arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`,
      authenticationMode: mode,
      accessEntries: [...entries.values()],
    };
    const read = rolesKnown === 'some' ? ROLES.slice(0, 2) : ROLES;
    const known = inventory([account(ACCOUNT)], [DEV], {
      capturedAt: CAPTURED,
      otherRoles: read.map((name) => ({
        arn: arnOf(`arn:aws:iam::${ACCOUNT}:role/${name}`),
        role: { pathArn: `arn:aws:iam::${ACCOUNT}:role/${name}`, createdAt: MADE },
      })),
    });
    return {
      mapRoles: turned.filter(({ principal }) => principal !== USER),
      mapUsers: users,
      accounts,
      style,
      cluster,
      known: rolesKnown === 'none' ? undefined : known,
    };
  });

function listText(field: string, items: readonly Item[]): string {
  const lines = items.flatMap(({ principal, username, groups, isFlow, isUpper }) => {
    const plain = arnOf(principal);
    const arn = isUpper ? plain.replace(/[^/]*$/, (name) => name.toUpperCase()) : plain;
    const list = `[${groups.map((group) => JSON.stringify(group)).join(', ')}]`;
    return isFlow
      ? [`- {${field}: "${arn}", username: "${username}", groups: ${list}} # flow`]
      : ['# above', `- ${field}: ${arn}`, `  username: "${username}"`, `  groups: ${list}`];
  });
  return lines.map((line) => `${line}\n`).join('') || '[]\n';
}

/** A ConfigMap in YAML or JSON, or the bare list of mapRoles. */
function textOf({ mapRoles, mapUsers, accounts, style }: Case): string {
  const data = {
    mapRoles: listText('rolearn', mapRoles),
    mapUsers: listText('userarn', mapUsers),
    ...(accounts && { mapAccounts: `- "${ACCOUNT}"\n` }),
  };
  if (style === 'list') return data.mapRoles;
  const metadata = { name: 'aws-auth', namespace: 'kube-system' };
  if (style === 'json')
    return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, null, 2);
  const keys = Object.entries(data).map(
    ([key, text]) => `  ${key}: |\n${text.replace(/^/gm, '    ').trimEnd()}\n`,
  );
  const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n${keys.join('')}`;
  return style === 'crlf' ? yaml.replaceAll('\n', '\r\n') : yaml;
}

/** True if the role of an access entry is the one that it was created for. */
function isCertain(entry: ExistingAccessEntry, known: Inventory | undefined): boolean {
  const read = [...(known?.otherRoles ?? []).map((other) => other.role), ...(known?.roles ?? [])];
  return read.some((one) => one?.pathArn === entry.principalArn && one.createdAt <= entry.createdAt);
}

const awsAuthOf = memo((text: string) => new AwsAuth(readWithProblems(text, 'f')));

/** The identity that aws-auth gives a caller: mapRoles first, the last entry of an ARN. */
function inAwsAuth(text: string, caller: string): string | null {
  const { mapRoles, mapUsers } = awsAuthOf(text);
  const ofCaller = (arn: string) => arn.toLowerCase() === caller.toLowerCase();
  const [role] = mapRoles.entries.filter(({ arn }) => ofCaller(arn)).slice(-1);
  // Users that differ only in case are all kept, one at random.
  const users = new Map(mapUsers.entries.filter(({ arn }) => ofCaller(arn)).map((one) => [one.arn, one]));
  const found = role ? [role] : [...users.values()];
  return found.length > 0 ? found.map(identityText).sort().join(' or ') : null;
}

function identityText({ username, groups }: { username: string; groups: readonly string[] | null }): string {
  return `${username} ${[...new Set(groups ?? [])].sort().join()}`;
}

/** The identity of a caller in the cluster: from the access entry; if that may be dead, also from aws-auth. */
function inCluster({ cluster, known }: Case, text: string, caller: string): readonly (string | null)[] {
  const mode = cluster.authenticationMode;
  const entry = mode === 'CONFIG_MAP' ? undefined : accessEntryOf(cluster, caller);
  const isSure = mode === 'API' || (entry !== undefined && isCertain(entry, known));
  return [entry ? entry.principalArn : null, isSure ? null : inAwsAuth(text, caller)];
}

function accessEntryOf({ accessEntries }: EksCluster, caller: string): ExistingAccessEntry | undefined {
  return accessEntries.find(({ principalArn }) => arnOf(principalArn) === caller);
}

/** The grant of an access entry, as aws-auth would write it. */
function grantedBy({
  principalArn,
  type,
  username,
  kubernetesGroups,
  policies,
}: ExistingAccessEntry): string {
  const groups = type === 'STANDARD' ? kubernetesGroups : NODE.groups;
  const isAdmin = policies.some(({ policyArn }) => policyArn.endsWith(CLUSTER_ADMIN_POLICY));
  return identityText({
    username: username ?? defaultUsername(principalArn),
    groups: [...groups, ...(isAdmin ? ['system:masters'] : [])],
  });
}

const RUNS = runs(500);

test('--fix removes only entries whose callers keep their identity, and removes nothing the second time', () => {
  let removals = 0;
  fc.assert(
    fc.property(cases, (one) => {
      const before = textOf(one);
      const options = { access: false, inventory: one.known, cluster: { eks: one.cluster } };
      const run = (text: string) => fix(readWithProblems(text, 'f'), options as Parameters<typeof fix>[1]);
      const { text, fixed } = run(before);
      for (const caller of PRINCIPALS.map(arnOf)) {
        expect(inCluster(one, text, caller)).toEqual(inCluster(one, before, caller));
        const [was, is] = [inAwsAuth(before, caller), inAwsAuth(text, caller)];
        if (was === is) continue;
        // All entries of the caller are gone, and the access entry grants what they granted.
        const entry = accessEntryOf(one.cluster, caller);
        expect([is, was]).toEqual([null, entry && grantedBy(entry)]);
        removals += 1;
      }
      // Only lines went, or `[]` came for all items of a list.
      const lines = before.split('\n');
      const isKept = (line: string) => lines.splice(0, lines.indexOf(line) + 1).length > 0;
      if (one.style !== 'json')
        expect(text.split('\n').filter((line) => line.trim() !== '[]' && !isKept(line))).toEqual([]);
      expect(fixed.length > 0).toBe(text !== before);
      expect(run(text)).toMatchObject({ text, changed: false, fixed: [] });
    }),
    RUNS,
  );
  expect(removals).toBeGreaterThan(RUNS.numRuns / 20);
});
