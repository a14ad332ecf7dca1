import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutPath } from '../../src/arn.ts';
import type { EksCluster, Inventory } from '../../src/directory/model.ts';
import type { AccessPolicy } from '../../src/eks.ts';
import { awsAuthOf, type Item } from '../access-entry/aws-auth-of.ts';
import { ACCOUNT, accessEntry, eksCluster, policy } from '../access-entry/eks-cluster.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const UNREAD = '444455556666';
const IAM = `arn:aws:iam::${ACCOUNT}:`;
const [OLDER, NEWER] = [role(ACCOUNT, 'Admin', 5), role(ACCOUNT, 'Admin', 9)];
const VIEW = role(ACCOUNT, 'View', 5);
const GONE = role(ACCOUNT, 'Admin', 1);
const FOREIGN = role(UNREAD, 'Admin', 5);
const CI = { pathArn: `${IAM}role/ci/deploy`, createdAt: '2026-01-05T00:00:00.000Z' };
const GONE_CI = `${IAM}role/gone`;
const NODE = `${IAM}role/node`;
const BOB = `${IAM}user/team/bob`;

const INSTANCE = 'system:node:{{EC2PrivateDNSName}}';

/** Names of roles, users and deleted roles; two share one name. */
const PRINCIPALS = [
  ...[OLDER, NEWER, VIEW, GONE, FOREIGN].map(({ pathArn }) => pathArn),
  CI.pathArn,
  `${IAM}role/other/deploy`,
  GONE_CI,
  NODE,
  BOB,
];
/** Matches no caller: it lacks the suffix. */
const NO_CALLER = `${IAM}role/AWSReservedSSO_Admin`;
const keyOf = (arn: string) => withoutPath(arn).toLowerCase();
const CALLERS = [...new Map(PRINCIPALS.map((arn) => [keyOf(arn), withoutPath(arn)])).values()];

const groups = fc.subarray(['dev', 'ops', 'system:masters']);
/** EKS refuses groups of Kubernetes itself. */
const ownGroups = fc.subarray(['dev', 'ops']);
const policies = fc.constantFrom<readonly AccessPolicy[]>(
  [],
  [policy('AmazonEKSClusterAdminPolicy')],
  [policy('AmazonEKSViewPolicy', { namespaces: ['dev-*'] })],
);
const OF_NODES = { type: 'EC2_LINUX', kubernetesGroups: [], policies: [] };
const entries = fc.subarray([...PRINCIPALS, NO_CALLER]).chain((arns) =>
  fc.tuple(
    ...arns.map((arn) =>
      fc
        .record({ kubernetesGroups: ownGroups, policies, day: fc.integer({ min: 1, max: 12 }) })
        .map(({ day, ...rest }) =>
          accessEntry(arn, {
            ...rest,
            ...(arn === NODE && OF_NODES),
            createdAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
          }),
        ),
    ),
  ),
);
const items = fc.subarray(CALLERS).chain((arns) =>
  fc.tuple(
    ...arns.map((arn) =>
      fc.tuple(groups, fc.boolean()).map(([own, upper]): Item => {
        const rolearn = upper ? arn.replace(/[^/]+$/, (name) => name.toUpperCase()) : arn;
        return arn === NODE ? { rolearn, username: INSTANCE } : { rolearn, groups: own };
      }),
    ),
  ),
);

interface World {
  readonly cluster: EksCluster;
  readonly items: readonly Item[];
  readonly known: Inventory;
}

const worlds = fc
  .record({
    mode: fc.constantFrom('CONFIG_MAP' as const, 'API_AND_CONFIG_MAP' as const, 'API' as const),
    entries,
    items,
    isRecreated: fc.boolean(),
    isViewAssigned: fc.boolean(),
  })
  .map(({ mode, entries: all, items: own, isRecreated, isViewAssigned }): World => {
    const cluster = eksCluster(mode, mode === 'CONFIG_MAP' ? [] : all);
    const arnOf = (name: string) =>
      `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-00112233445566${name}`;
    const [admin, view] = [arnOf('01'), arnOf('02')];
    const assigned = { accountId: ACCOUNT, principalType: 'USER', principalId: 'u-1' } as const;
    const known = inventory(
      [account(ACCOUNT, null, { assignmentsRead: true }), account(UNREAD, null, { rolesRead: false })],
      [OLDER, ...(isRecreated ? [NEWER] : []), VIEW],
      {
        permissionSets: [
          { arn: admin, name: 'Admin' },
          { arn: view, name: 'View' },
        ],
        assignments: [
          { ...assigned, permissionSetArn: admin },
          ...(isViewAssigned ? [{ ...assigned, permissionSetArn: view }] : []),
        ],
        principals: [{ type: 'USER', id: 'u-1', name: 'ada', members: null }],
        clusters: [cluster],
        otherRoles: [
          { arn: withoutPath(CI.pathArn), role: CI },
          { arn: GONE_CI, role: null },
        ],
      },
    );
    return { cluster, items: own, known };
  });

/** True if nobody is known to have such a role. */
function isGone(arn: string, { known: { roles } }: World): boolean {
  const isNow = roles.some(({ roleArn }) => keyOf(roleArn) === keyOf(arn));
  return !isNow && [GONE.roleArn, NEWER.roleArn, GONE_CI].map(keyOf).includes(keyOf(arn));
}

interface Row {
  readonly rolearn: string;
  readonly source: 'aws-auth' | 'access-entry';
  readonly access: 'granted' | 'none' | 'unknown';
  readonly reason: string | null;
  readonly username: string;
  readonly groups: readonly string[];
  readonly policies: readonly unknown[];
}

interface Explained {
  readonly matched: { readonly map: string; readonly arn: string } | null;
  readonly groups: readonly string[];
  readonly policies: readonly unknown[];
  readonly denied: boolean;
  readonly overrides: readonly { readonly arn: string }[];
  readonly notes: readonly { readonly code: string }[];
}

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly file: string;
  readonly message: string;
}

/** Access that callers may still have: older sessions, and roles created since. */
const CONDITIONS: readonly (string | null)[] = ['role-gone', 'role-superseded', 'unassigned'];
const LOST: readonly (string | null)[] = ['dead-access-entry', 'role-gone', 'role-superseded'];

async function ask({ cluster, items: own, known }: World) {
  const users = own.filter(({ rolearn }) => rolearn.includes(':user/'));
  const mapUsers = JSON.stringify(
    users.map(({ rolearn: userarn, ...rest }) => ({ userarn, username: 'bob', ...rest })),
  );
  const roles = own.filter((item) => !users.includes(item));
  const cwd = await scratch({ 'aws.json': snapshotText(known), 'f.yaml': awsAuthOf(roles, { mapUsers }) });
  const json = async (...argv: readonly string[]) => {
    const rest = [
      '--skip-unreadable',
      '*',
      '--inventory',
      'aws.json',
      '--cluster',
      cluster.name,
      '-o',
      'json',
    ];
    const { stdout, stderr, exitCode } = await run([...argv, ...rest], { cwd });
    expect([0, 1], stderr).toContain(exitCode);
    return JSON.parse(stdout);
  };
  const old = ['--max-age', '9999d'];
  const rows: Row[] = await json('who', 'f.yaml');
  const { findings }: { findings: Finding[] } = await json('check', 'f.yaml', ...old);
  const { proof }: { proof: { arn: string; before: object | null }[] } = await json(
    'access-entries',
    '--from',
    'f.yaml',
    '--nodes',
    ...old,
  );
  const explained: (readonly [string, Explained])[] = [];
  for (const arn of CALLERS) {
    const caller = arn.replace(/:iam:(.*):role\/(.*)$/, ':sts:$1:assumed-role/$2/ada');
    explained.push([arn, await json('explain', 'f.yaml', '--caller', caller)]);
  }
  return { rows, findings, proof, explained };
}

/** Results of `who` and `explain` for a caller. */
function compare(
  rows: readonly Row[],
  { matched, groups: own, policies: given, denied, notes, overrides }: Explained,
) {
  const open = rows.filter(({ access }) => access !== 'none');
  // The caller is not a node.
  if (open.some(({ username }) => username === INSTANCE))
    return expect({ matched, denied }).toEqual({ matched: null, denied: true });
  const conditional = rows.filter(({ access, reason }) => access === 'none' && CONDITIONS.includes(reason));
  const source = matched?.map === 'accessEntries' ? 'access-entry' : 'aws-auth';
  if (matched) {
    const row = [...open, ...conditional].find(
      (one) => one.source === source && one.rolearn.toLowerCase() === matched.arn.toLowerCase(),
    );
    expect(row).toMatchObject({ groups: own, policies: given });
    if (row?.reason) expect(notes.map(({ code }) => code)).toContain(row.reason);
    expect(open.filter((one) => one !== row)).toEqual([]);
  } else {
    expect(open).toEqual([]);
    // A caller with a role of that name does not have the role of the access entry.
    expect(denied || conditional.length === 0).toBe(true);
  }
  const overridden = rows.filter(({ reason }) => reason === 'overridden-by-access-entry');
  expect(overridden.length > 0 && overrides.length === 0).toBe(false);
}

/** Results of `who` for access entries and the entries they override, and findings of `check`. */
function compareFindings(
  rows: readonly Row[],
  findings: readonly Finding[],
  explained: readonly (readonly [string, Explained])[],
  { cluster }: World,
) {
  const named = (codes: readonly string[], arn: string) =>
    findings.some(
      ({ rule, message }) =>
        codes.includes(rule) &&
        [' ', ',', ':', ';'].some((end) => message.includes(`access entry ${arn}${end}`)),
    );
  for (const { rolearn, reason } of rows.filter(({ source }) => source === 'access-entry'))
    expect(named(['dead-access-entry', 'orphan-access-entry'], rolearn), rolearn).toBe(LOST.includes(reason));
  if (cluster.authenticationMode === 'API') return;
  const code = 'overridden-by-access-entry';
  const overridden = findings.filter(({ rule }) => rule === code);
  expect(overridden).toHaveLength(rows.filter(({ reason }) => reason === code).length);
  const lost = overridden.filter(({ severity, message }) => severity === 'error' && !message.includes('401'));
  const warned = explained.filter(([, { notes }]) => notes.some((one) => one.code === code));
  expect(warned).toHaveLength(lost.length);
}

test('who, explain, check and access-entries agree on who has access', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { rows, findings, proof, explained } = await ask(world);
      for (const [arn, one] of explained) {
        const own = rows.filter(({ rolearn }) => keyOf(rolearn) === keyOf(arn));
        compare(own, one);
      }
      compareFindings(rows, findings, explained, world);
      for (const { arn, before } of proof) expect(before === null, arn).toBe(isGone(arn, world));
    }),
    runs(25),
  );
});
