import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterTexts, originText } from '../../src/page/app/table/print-table.ts';
import { fittedWidths, howOf, noteText, offeredColumns } from '../../src/page/columns.ts';
import { KINDS, kindText } from '../../src/page/texts.ts';
import { runs } from '../runs.ts';
import { HEAD, pageRowsOf, rowOf, SINCE } from './made-rows.ts';

function headersOf(...[rows, head]: Parameters<typeof pageRowsOf>): string[] {
  return offeredColumns(pageRowsOf(rows, head)).map(({ header }) => header);
}

test('principals are counted in words, groups last', () => {
  expect(KINDS.map((kind) => [kindText(kind, 1), kindText(kind, 1_000)].join(', '))).toEqual([
    '1 person, 1,000 people',
    '1 IAM role, 1,000 IAM roles',
    '1 IAM user, 1,000 IAM users',
    '1 whole account, 1,000 whole accounts',
    '1 Kubernetes group, 1,000 Kubernetes groups',
    '1 Kubernetes user, 1,000 Kubernetes users',
    '1 service account, 1,000 service accounts',
    '1 group, 1,000 groups',
  ]);
});

describe('the columns', () => {
  test('are those that say something', () => {
    expect(headersOf([rowOf()])).toEqual([
      'Person',
      'How',
      'Permission set',
      'Through',
      'Account',
      'Source',
      'Access',
      'Username in audit logs',
      'Kubernetes groups',
    ]);
  });

  test('leave out what nobody has', () => {
    const plain = rowOf({ via: null, routes: [], groups: [], auditUsername: null, permissionSet: null });
    expect(headersOf([plain])).toEqual(['Person', 'How', 'Account', 'Source', 'Access']);
  });

  test('name the cluster if there are several, or one that could not be read', () => {
    expect(headersOf([rowOf()])).not.toContain('Cluster');
    expect(
      headersOf([rowOf()], { clusters: [...HEAD.clusters, { ...HEAD.clusters[0], name: 'dev' }] }),
    ).toContain('Cluster');
    const unread = { region: 'eu-west-1', cause: 'AccessDeniedException', detail: '' };
    const rows = pageRowsOf([rowOf(), rowOf({ cluster: null, unread })]);
    const cluster = offeredColumns(rows).find(({ key }) => key === 'cluster');
    expect(cluster?.items(rows, 1)).toEqual(['any cluster in eu-west-1']);
  });

  test('have the change only if an earlier run was compared', () => {
    const change = { kind: 'new', head: 'new', before: [] } as const;
    const headers = (since: typeof SINCE | null) =>
      offeredColumns(pageRowsOf([rowOf()], { since }, [change])).map(({ header }) => header);
    expect(headers(SINCE)[0]).toBe('Change');
    expect(headers(null)).not.toContain('Change');
  });

  test('have a note if an entry grants no access', () => {
    expect(headersOf([rowOf({ access: 'none', reason: 'role-gone' })])).toContain('Note');
    expect(noteText({ access: 'none', reason: 'role-gone' })).toBe("the role doesn't exist");
    expect(noteText({ access: 'unknown', reason: null })).toBe("the people with this role weren't read");
    expect(noteText({ access: 'granted', reason: null })).toBe('');
  });
});

describe('how somebody has access', () => {
  const bind = { risk: 'bind', text: 'may bind roles', through: 'ClusterRole/ops cluster-wide' } as const;
  const admin = { risk: 'cluster-admin', text: 'cluster admin', through: 'system:masters' } as const;
  const rights = {
    admin: null,
    can: [],
    roles: [],
    rolesOfEverybody: [],
    bindings: ['ClusterRole/view in payments', 'ClusterRole/edit in web'],
    bindingsOfEverybody: ['ClusterRole/discovery cluster-wide'],
    risks: [],
    risksOfEverybody: [],
    forNames: [],
    returning: [],
  };
  test.each([
    ['admin first', { routes: [bind, admin] }, 'admin', ['system:masters']],
    ['the routes of who can become admin', { routes: [bind, bind] }, 'route', ['may bind roles']],
    [
      'roles, the own ones first',
      { routes: [], rights },
      null,
      [...rights.bindings, 'everybody: ClusterRole/discovery cluster-wide'],
    ],
    ['permissions that are unknown', { routes: [], rights: null }, null, ['permissions unknown']],
    [
      'permissions that are known to be none',
      { routes: [], rights: { ...rights, bindings: [], bindingsOfEverybody: [] } },
      null,
      ['no permissions'],
    ],
    ['no access, and why', { access: 'none', reason: 'role-gone' }, 'none', ["the role doesn't exist"]],
    [
      'unknown, and why',
      { access: 'unknown', routes: [] },
      'unknown',
      ["the people with this role weren't read"],
    ],
    [
      'unknown, of an admin',
      { access: 'unknown' },
      'unknown',
      ["admin if they have access: the people with this role weren't read"],
    ],
    [
      'unknown, of who could become one',
      { access: 'unknown', routes: [bind] },
      'unknown',
      ["can become admin if they have access: the people with this role weren't read"],
    ],
  ] as const)('%s', (_name, parts, mark, items) => {
    const rows = pageRowsOf([rowOf(parts)]);
    expect(howOf(rows)(0)).toEqual({ mark, items });
  });

  test.each([
    [[admin], ['admin: system:masters']],
    [[bind], ['can become admin: may bind roles']],
    [[], ['permissions unknown']],
  ])('what somebody had in the earlier run: %j', (routes, items) => {
    const since = { ...SINCE, earlierRows: 1 };
    const rows = pageRowsOf([rowOf({ routes })], { since });
    expect(howOf(rows)(0)).toEqual({ mark: 'had', items });
  });
});

test('widths: all that is wanted if it fits, else the widest give way, and no more than needed', () => {
  expect(fittedWidths([100, 300], 400, 50)).toEqual([100, 300]);
  // A column with a greater share stays wider by it.
  const [one = 0, other = 0] = fittedWidths([300, 300, 100], 400, 50, [1, 2]);
  expect(other / one).toBeCloseTo(2, 1);
  expect(one + other).toBeCloseTo(300, -1);
  const [narrow, wide] = fittedWidths([100, 300], 350, 50);
  expect(narrow).toBe(100);
  expect(wide).toBeGreaterThan(248);
  expect(wide).toBeLessThanOrEqual(250);
  const width = fc.nat({ max: 2_000 });
  fc.assert(
    fc.property(fc.array(width, { minLength: 1, maxLength: 8 }), width, width, (wanted, room, least) => {
      const fitted = fittedWidths(wanted, room, least);
      const sum = fitted.reduce((all, one) => all + one, 0);
      for (const [index, one] of fitted.entries()) {
        expect(one).toBeLessThanOrEqual(wanted[index] ?? 0);
        // Who gives way is as wide as anybody.
        if (one < (wanted[index] ?? 0)) expect(one).toBe(Math.max(...fitted));
      }
      const isLeast = fitted.every((one, index) => one === Math.min(wanted[index] ?? 0, least));
      expect(sum <= room || isLeast).toBe(true);
    }),
    runs(200),
  );
});

test('the filters are said in words on paper', () => {
  const rows = pageRowsOf([rowOf()]);
  const filters = { account: ['111122223333'], access: ['granted', 'unknown'] };
  expect(filterTexts(rows, { search: ' alice ', filters })).toEqual([
    'Search: alice',
    'Account: prod-eks (111122223333)',
    'Access: has access or unknown',
  ]);
});

test('the date on paper is that of AWS, in UTC', () => {
  expect(originText(HEAD)).toBe('AWS read 20 Nov 2026, 08:30 UTC · aws-auth-sso 1.2.3');
  expect(originText({ ...HEAD, asOf: null })).toBe('AWS not read · aws-auth-sso 1.2.3');
});
