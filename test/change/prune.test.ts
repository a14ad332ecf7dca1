import { describe, expect, test } from 'vitest';
import { ClusterState } from '../../src/access-entry/cluster.ts';
import { decided, type PlanContext } from '../../src/change/change.ts';
import { unwantedFindings } from '../../src/change/cluster-findings.ts';
import { planCluster } from '../../src/change/plan-cluster.ts';
import type { Account, EksCluster, ExistingAccessEntry, Inventory } from '../../src/directory/model.ts';
import { RoleFacts } from '../../src/directory/role-facts.ts';
import { type AccessEntry, clusterAdminPolicy } from '../../src/eks.ts';
import { Failure } from '../../src/errors.ts';
import { accessEntry, clusterAdmin } from '../access-entry/entries.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';

const [PROD, DEV] = ['111122223333', '222233334444'];
const [ADMIN, VIEW, OLD, OTHER] = [
  role(PROD, 'Admin'),
  role(PROD, 'View'),
  role(PROD, 'Old'),
  role(DEV, 'Admin'),
];
const GONE = role(PROD, 'Gone');
const DEPLOY = `arn:aws:iam::${PROD}:role/ci/deploy`;
const WANTED = [accessEntry(ADMIN.pathArn, clusterAdmin()), accessEntry(VIEW.pathArn)];

function existing(principalArn: string, fields: Partial<ExistingAccessEntry> = {}): ExistingAccessEntry {
  return { ...accessEntry(principalArn), username: 'x', createdAt: '2026-02-01T00:00:00.000Z', ...fields };
}

interface Given {
  readonly entries: readonly ExistingAccessEntry[];
  readonly wanted?: readonly AccessEntry[];
  readonly accounts?: readonly Account[];
  readonly known?: Partial<Inventory>;
  readonly context?: Partial<PlanContext>;
  readonly mode?: EksCluster['authenticationMode'];
}

function planOf({ entries, wanted = WANTED, accounts, known, context, mode = 'API' }: Given) {
  const read = inventory(accounts ?? [account(PROD), account(DEV)], [ADMIN, VIEW, OLD, OTHER], known);
  const arn = `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`;
  const cluster = { name: 'prod', arn, authenticationMode: mode, accessEntries: entries };
  const whole: PlanContext = {
    roles: RoleFacts.of(read),
    scope: new Set([PROD]),
    unresolved: [],
    isFresh: true,
    prune: null,
    ...context,
  };
  const plan = planCluster(cluster, ClusterState.of(cluster, read).judged, wanted, whole);
  return { plan, findings: unwantedFindings(plan, cluster, whole, false) };
}

/** The plan with `--prune`. */
function pruned(given: Given, allowLockout = false) {
  return planOf({ ...given, context: { prune: { allowLockout }, ...given.context } });
}

function deletes(given: Given, allowLockout = false): string[] {
  return decided(pruned(given, allowLockout).plan, 'removed').map(({ entry }) => entry.entry.principalArn);
}

/** The messages of a refusal. */
function refusalOf(given: Given): string[] {
  try {
    deletes(given);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) return error.findings.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('an access entry is', () => {
  test.each([
    ['updated', ADMIN.pathArn, {}, {}],
    ['unmapped: unmapped', OLD.pathArn, {}, {}],
    ['unmapped: gone', GONE.pathArn, {}, {}],
    ['unmapped: gone', OLD.pathArn, { createdAt: '2020-01-01T00:00:00.000Z' }, {}],
    [
      'unmapped: superseded',
      role(PROD, 'View').pathArn,
      {},
      { known: { roles: [ADMIN, VIEW, role(PROD, 'View', 2)] } },
    ],
    ['left-alone: not-provisioned', DEPLOY, {}, {}],
    ['left-alone: not-provisioned', OLD.roleArn, {}, {}],
    ['left-alone: not-provisioned', GONE.pathArn.replace('/aws-reserved/', '/reserved/'), {}, {}],
    ['left-alone: out-of-scope', OTHER.pathArn, {}, {}],
    ['left-alone: newer', GONE.pathArn, { createdAt: '2026-12-24T00:00:00.000Z' }, {}],
    ['left-alone: listed', OLD.pathArn, {}, { context: { isListed: (arn: string) => arn === OLD.roleArn } }],
    ['unmapped: gone', GONE.pathArn, {}, { context: { isListed: () => true } }],
    ['left-alone: old-inventory', OLD.pathArn, {}, { context: { isFresh: false } }],
    [
      'left-alone: unresolved',
      OLD.pathArn,
      {},
      { context: { unresolved: [{ accountId: PROD, permissionSet: 'old' }] } },
    ],
    [
      'unmapped: unmapped',
      OLD.pathArn,
      {},
      { context: { unresolved: [{ accountId: DEV, permissionSet: null }] } },
    ],
    [
      'left-alone: account-unread',
      OLD.pathArn,
      {},
      { accounts: [account(PROD, null, { rolesRead: false })], known: { roles: [] } },
    ],
  ] as const)('%s: %s %j', (expected, principalArn, fields, given) => {
    const isView2 = expected.endsWith('superseded');
    const wanted = isView2 ? [accessEntry(role(PROD, 'View', 2).pathArn)] : WANTED;
    const entries = [existing(principalArn, fields)];
    const { plan } = planOf({ wanted, ...(given as Partial<Given>), entries });
    const [change] = plan;
    const reason = change && 'reason' in change ? `: ${change.reason}` : '';
    expect(`${change?.outcome}${reason}`).toBe(expected);
  });
});

describe('--prune', () => {
  test('deletes unmapped entries and those of roles that are gone, and nothing else', () => {
    const entries = [ADMIN.pathArn, OLD.pathArn, GONE.pathArn, OTHER.pathArn, DEPLOY].map((arn) =>
      existing(arn),
    );
    expect(deletes({ entries })).toEqual([OLD.pathArn, GONE.pathArn]);
  });

  test('deletes nothing by an old inventory', () => {
    const given = { entries: [existing(GONE.pathArn)], context: { isFresh: false } };
    expect(deletes(given, true)).toEqual([]);
    expect(pruned(given).findings).toMatchObject([{ severity: 'warning', code: 'prune-skipped' }]);
  });

  test('needs every account of the scope and every mapping, even if nothing is unwanted', () => {
    const unread = [account(PROD, null, { rolesRead: false }), account(DEV)];
    const context = { scope: new Set([PROD, DEV]), unresolved: [{ accountId: PROD, permissionSet: 'X' }] };
    expect(refusalOf({ entries: [], accounts: unread, context })).toEqual([
      `--prune needs the roles of every account, but these accounts weren't read: ${PROD}`,
      `--prune needs every mapping resolved, but these aren't: X in ${PROD}`,
    ]);
  });

  test("refuses to delete an account's last working entry", () => {
    const given = { entries: [existing(OLD.pathArn), existing(DEPLOY)], wanted: [] };
    expect(refusalOf(given)).toEqual([
      expect.stringMatching(/^--prune would remove the last provisioned role of account 111122223333 /),
    ]);
    expect(deletes(given, true)).toEqual([OLD.pathArn]);
    expect(deletes({ ...given, wanted: [accessEntry(VIEW.pathArn)] })).toEqual([OLD.pathArn]);
  });

  test('counts no dead entry as the last one, and none that is left', () => {
    const dead = existing(VIEW.pathArn, { createdAt: '2020-01-01T00:00:00.000Z' });
    expect(deletes({ entries: [dead, existing(GONE.pathArn)], wanted: [] })).toEqual([
      VIEW.pathArn,
      GONE.pathArn,
    ]);
    const isListed = (arn: string) => arn === VIEW.roleArn;
    expect(
      refusalOf({ entries: [dead, existing(OLD.pathArn)], wanted: [], context: { isListed } }),
    ).toHaveLength(1);
    const alive = existing(VIEW.pathArn);
    expect(deletes({ entries: [alive, existing(OLD.pathArn)], wanted: [], context: { isListed } })).toEqual([
      OLD.pathArn,
    ]);
  });

  test('counts nobody who is assigned to no one', () => {
    const set = { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1', name: 'View' };
    const accounts = [account(PROD, null, { assignmentsRead: true }), account(DEV)];
    const known = { permissionSets: [set], assignments: [], principals: [] };
    const given = { entries: [existing(OLD.pathArn)], wanted: [accessEntry(VIEW.pathArn)], accounts, known };
    expect(refusalOf(given)).toHaveLength(1);
  });

  test('counts no entry of a role that a newer one of its permission set replaced', () => {
    const newer = role(PROD, 'Admin', 2);
    const entries = [existing(ADMIN.pathArn, clusterAdmin()), existing(OLD.pathArn, clusterAdmin())];
    const given = { entries, known: { roles: [ADMIN, newer, VIEW, OLD] } };
    const viewers = { ...given, wanted: [accessEntry(newer.pathArn), accessEntry(VIEW.pathArn)] };
    expect(refusalOf(viewers)).toEqual([
      `--prune would remove the last cluster admin's access entry: ${OLD.pathArn}`,
    ]);
    const admins = { ...given, wanted: [accessEntry(newer.pathArn, clusterAdmin())] };
    expect(deletes(admins)).toEqual([OLD.pathArn]);
  });

  test("refuses to delete the cluster's last working cluster admin", () => {
    const old = existing(OLD.pathArn, clusterAdmin());
    const wanted = [accessEntry(VIEW.pathArn)];
    const message = `--prune would remove the last cluster admin's access entry: ${OLD.pathArn}`;
    const only = (more: ExistingAccessEntry[], known = {}) => ({ entries: [old, ...more], wanted, known });
    expect(refusalOf(only([]))).toEqual([message]);
    expect(deletes(only([]), true)).toEqual([OLD.pathArn]);
    expect(deletes({ entries: [old] })).toEqual([OLD.pathArn]);
    const user = `arn:aws:iam::${PROD}:user/alice`;
    expect(deletes(only([existing(user, clusterAdmin())]))).toEqual([OLD.pathArn]);
    const namespaced = { policies: [{ policyArn: clusterAdminPolicy('aws'), scope: { namespaces: ['a'] } }] };
    expect(refusalOf(only([existing(user, namespaced)]))).toEqual([message]);
    const service = existing(
      `arn:aws:iam::${PROD}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`,
      clusterAdmin(),
    );
    expect(refusalOf(only([service]))).toEqual([message]);
    expect(refusalOf(only([existing(DEPLOY, { ...clusterAdmin(), type: 'EC2' })]))).toEqual([message]);
    const deploy = existing(DEPLOY, clusterAdmin());
    expect(deletes(only([deploy]))).toEqual([OLD.pathArn]);
    const arn = `arn:aws:iam::${PROD}:role/deploy`;
    expect(refusalOf(only([deploy], { otherRoles: [{ arn, role: null }] }))).toEqual([message]);
    const later = { pathArn: DEPLOY, createdAt: '2026-05-01T00:00:00.000Z' };
    expect(refusalOf(only([deploy], { otherRoles: [{ arn, role: later }] }))).toEqual([message]);
  });

  test('says where aws-auth applies again', () => {
    const given = {
      entries: [existing(OLD.pathArn), existing(GONE.pathArn)],
      mode: 'API_AND_CONFIG_MAP',
    } as const;
    const [, uncovered] = pruned(given).findings;
    expect(uncovered).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/: \S+_Old_\d+$/),
    });
    expect(pruned({ ...given, mode: 'API' }).findings).toHaveLength(1);
  });
});
