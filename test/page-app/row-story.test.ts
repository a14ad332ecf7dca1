import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowStory } from '../../src/page/app/table/row-story.ts';
import type { Binding, RbacRole } from '../../src/rbac/model.ts';
import { runs } from '../runs.ts';
import { entryOf, rowOf } from './made-rows.ts';
import { smallPage } from './small-page.ts';

const PLACE = { file: 'aws-auth.yaml', since: null, lost: null };

const NODE = {
  principal: { type: 'IAM_ROLE', id: 'arn:aws:iam::111122223333:role/nodes', name: 'nodes' } as const,
  way: { entry: entryOf(), principal: null, accountId: '111122223333', status: 'granted', isNode: true },
  routes: [],
} as const;

function leadOf(...parts: Parameters<typeof rowOf>): string {
  return rowStory(rowOf(...parts), null, PLACE).lead;
}

describe('the first sentence says', () => {
  test.each([
    [
      {},
      'alice@example.com has access to cluster prod, and is cluster admin: everything in the cluster is allowed.',
    ],
    [{ routes: [] }, 'alice@example.com has access to cluster prod.'],
    [
      {
        routes: [{ risk: 'bind', text: 'may bind roles', through: 'ClusterRole/ops cluster-wide' }] as const,
      },
      'alice@example.com has access to cluster prod, and could become cluster admin.',
    ],
    [
      { principal: { type: 'GROUP', id: 'g-1', name: 'Platform' } as const, via: null, routes: [] },
      'Everyone in the group Platform has access to cluster prod.',
    ],
    [
      {
        principal: { type: 'IAM_ROLE', id: 'arn:aws:iam::111122223333:role/x', name: 'x' } as const,
        access: 'none' as const,
        reason: 'role-gone' as const,
      },
      "Nobody has access to cluster prod through this entry: the role doesn't exist.",
    ],
    [
      {
        principal: { type: 'ACCOUNT', id: '222233334444', name: '222233334444' } as const,
        via: null,
        routes: [],
      },
      'Every IAM user and role of account 222233334444 has access to cluster prod.',
    ],
    [
      { principal: { type: 'USER', id: 'u-2', name: ' ' } as const, routes: [] },
      '(no name) has access to cluster prod.',
    ],
    [{ ...NODE, cluster: null }, 'Nodes, the machines of the cluster, join it with this role.'],
  ])('%j: %s', (parts, lead) => {
    expect(leadOf(parts)).toBe(lead);
  });
});

test('the path leads from the person to what Kubernetes knows', () => {
  const row = rowOf({}, entryOf({ source: 'aws-auth' }));
  const { steps } = rowStory(row, null, PLACE);
  expect(steps.map(({ label, values, arn }) => [label, ...values, ...(arn ? [arn] : [])].join(' '))).toEqual([
    'The user alice@example.com',
    'is a member of the group Platform',
    'which is assigned the permission set Admin in account 111122223333 (prod-eks)',
    'and so signs in as the IAM role AWSReservedSSO_Admin_0123456789abcdef arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef',
    'matches an entry in aws-auth (aws-auth.yaml)',
    'is known to Kubernetes as admin:alice-example.com',
    'with the Kubernetes groups system:masters',
  ]);
});

test('an entry that grants no access matches nobody, and the last step says why', () => {
  const row = rowOf(
    {
      principal: { type: 'IAM_ROLE', id: 'x', name: 'ci' },
      permissionSet: null,
      via: null,
      access: 'none',
      reason: 'path-in-arn',
    },
    entryOf({
      source: 'aws-auth',
      id: 'arn:aws:iam::111122223333:role/teams/ci',
      username: 'ci',
      groups: ['deployers'],
    }),
  );
  const { lead, steps } = rowStory(row, null, PLACE);
  expect(lead).toBe(
    'The IAM role ci has no access to cluster prod through this entry: the ARN has a path and never matches.',
  );
  expect(steps.map(({ label, values, arn = '' }) => `${label} ${values.join(', ')} ${arn}`.trim())).toEqual([
    'An entry in aws-auth (aws-auth.yaml)',
    'is for ci arn:aws:iam::111122223333:role/teams/ci',
    'and would give username ci, group deployers',
    'but grants no access: the ARN has a path and never matches',
  ]);
});

test('a role names its binding, the group in it and its line', () => {
  const role: RbacRole = { kind: 'ClusterRole', name: 'edit', namespace: null, rules: [], location: null };
  const subject = { kind: 'Group', name: 'developers', namespace: null } as const;
  const binding: Binding = {
    kind: 'RoleBinding',
    name: 'devs',
    namespace: 'payments',
    roleRef: { kind: 'ClusterRole', name: 'edit' },
    subjects: [subject],
    location: { file: 'rbac.yaml', line: 12 },
  };
  const none = {
    admin: null,
    can: [],
    bindings: [],
    bindingsOfEverybody: [],
    risks: [],
    risksOfEverybody: [],
    forNames: [],
    returning: [],
  };
  const rights = { ...none, roles: [{ role, binding, subject }], rolesOfEverybody: [] };
  expect(rowStory(rowOf({ rights }), null, PLACE).roles).toEqual([
    {
      label: 'edit in namespace payments',
      values: [],
      help: 'ClusterRole, through RoleBinding devs, which names the Kubernetes group developers (rbac.yaml:12)',
    },
  ]);
});

test('a change says what was and what is', () => {
  const change = {
    kind: 'changed',
    head: 'changed',
    before: [
      { field: 'groups', was: ['viewers'], now: ['system:masters'] },
      { field: 'policies', was: [], now: ['AmazonEKSViewPolicy'] },
      { field: 'risks', was: ['may bind roles'], now: [] },
      ...(['can', 'access', 'reason', 'username', 'via'] as const).map((field) => {
        return { field, was: ['x'], now: ['y'] };
      }),
    ],
  } as const;
  const story = rowStory(rowOf(), change, { ...PLACE, since: 'old.json' });
  expect(story.changes).toEqual([
    { label: 'Kubernetes groups', values: ['was viewers', 'is now system:masters'] },
    { label: 'Access policies', values: ['was none', 'is now AmazonEKSViewPolicy'] },
    { label: 'Routes to admin', values: ['was may bind roles', 'is now none'] },
    ...['Can', 'Access', 'Reason', 'Username', 'Through group'].map((label) => {
      return { label, values: ['was x', 'is now y'] };
    }),
  ]);
});

test('a change of a long list says only what was added and removed', () => {
  const change = {
    kind: 'changed',
    head: 'changed',
    before: [
      { field: 'bindings', was: ['Role/a in x', 'Role/b in x'], now: ['Role/b in x', 'Role/c in x'] },
      { field: 'groups', was: ['a'], now: ['a', 'b'] },
      { field: 'risks', was: ['a', 'b'], now: ['b'] },
    ],
  } as const;
  expect(rowStory(rowOf(), change, PLACE).changes).toEqual([
    { label: 'Roles', values: ['added Role/c in x', 'removed Role/a in x'] },
    { label: 'Kubernetes groups', values: ['added b'] },
    { label: 'Routes to admin', values: ['removed a'] },
  ]);
});

test('access of the earlier run is told as past, with why it is gone and what is left', () => {
  const change = { kind: 'gone', head: 'gone', before: [] } as const;
  const lost = { reason: "the role doesn't exist", hasOther: true };
  const { lead, path, facts } = rowStory(rowOf({ routes: [] }), change, { ...PLACE, lost });
  expect(lead).toBe(
    "This access is gone. Its entry grants nobody access now: the role doesn't exist. In the earlier run: alice@example.com had access to cluster prod. alice@example.com still has other access.",
  );
  expect(rowStory(rowOf(NODE), change, { ...PLACE, lost: { reason: null, hasOther: false } }).lead).toBe(
    'This access is gone. In the earlier run: Nodes, the machines of cluster prod, joined it with this role.',
  );
  // A row of this run whose entry grants no access anymore.
  expect(rowStory(rowOf({ access: 'none', reason: 'deleted' }), change, PLACE).lead).toBe(
    'Access is gone. alice@example.com has no access to cluster prod through this entry: was deleted from Identity Center.',
  );
  expect(path).toBe('How it was');
  expect(facts).toContainEqual(['Access', 'had access']);
});

test('every row of any page has a story of sentences', () => {
  fc.assert(
    fc.property(smallPage, (rows) => {
      for (let number = 0; number < rows.count; number += 1) {
        const row = rows.row(number);
        const { lead, steps } = rowStory(row, rows.change(number), PLACE);
        // A name may start with a blank; nothing else of the sentence does.
        const name = row.principal.name ?? '';
        const said = lead.startsWith(name) ? `NAME${lead.slice(name.length)}` : lead;
        expect(said).toMatch(/^\S.*\.$/su);
        expect(steps.length).toBeGreaterThanOrEqual(3);
        expect(steps.every(({ label, values }) => label !== '' && !values.includes('undefined'))).toBe(true);
        if (row.access === 'none') expect(lead).toMatch(/no access|Nobody has access/);
      }
    }),
    runs(200),
  );
});
