import { describe, expect, test } from 'vitest';
import type { ClusterAccess, OtherAccess } from '../../src/access/cluster-access.ts';
import { ClusterRights } from '../../src/access/cluster-rights.ts';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import { accessGraph } from '../../src/access/graph.ts';
import { renderMermaid } from '../../src/access/mermaid.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Principal } from '../../src/inventory/model.ts';
import { authorizerOf, binding, role } from '../rbac/manifests.ts';

/** Entries of one account with these Kubernetes groups. */
function entries(...groups: readonly (readonly string[])[]): EntryAccess[] {
  const items = groups.map((names, index) => ({
    rolearn: `arn:aws:iam::222222222222:role/AWSReservedSSO_Set${index}_0011223344556677`,
    username: 'sso:{{SessionName}}',
    groups: names,
  }));
  return readMapRoles(JSON.stringify(items)).entries.map((entry, index) => ({
    entry,
    accountId: '222222222222',
    accountName: 'prod',
    permissionSet: `Set${index}`,
    principals: [],
    nobody: null,
    successor: null,
  }));
}

function users(count: number, prefix = 'user'): Principal[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'USER',
    id: `${prefix}-${index}`,
    name: `${prefix}${String(index).padStart(3, '0')}`,
    members: null,
  }));
}

function grants(
  principals: readonly Principal[],
  access: EntryAccess,
  via: Principal | null = null,
): Grant[] {
  return principals.map((principal) => ({ principal, via, access }));
}

function group(name: string): Principal {
  return { type: 'GROUP', id: `id of ${name}`, name, members: null };
}

/** A cluster that these get into. */
function cluster(
  allGrants: readonly Grant[],
  nobody: readonly EntryAccess[] = [],
  others: readonly Partial<OtherAccess>[] = [],
  name: string | null = null,
  rights: ClusterRights | null = null,
): ClusterAccess {
  const locationOf = () => ({ file: 'a.yaml' });
  return {
    cluster: {
      name,
      file: 'a.yaml',
      eks: null,
      ignored: [],
      provisioned: [],
      others: [],
      groups: new Set<string>(),
      locationOf,
    },
    access: [...new Set([...allGrants.map(({ access }) => access), ...nobody])],
    grants: allGrants,
    nobody,
    others: others.map(other),
    hidden: [],
    rights,
  };
}

function other(rest: Partial<OtherAccess>): OtherAccess {
  const name = rest.name ?? 'ci';
  return {
    type: 'IAM_ROLE',
    id: `arn:aws:iam::222222222222:role/${name}`,
    name,
    accountId: '222222222222',
    accountName: null,
    permissionSet: null,
    username: name,
    groups: ['viewers'],
    isNode: false,
    nobody: null,
    ...rest,
  };
}

function graphOf(allGrants: readonly Grant[], nobody: readonly EntryAccess[] = []) {
  return accessGraph([cluster(allGrants, nobody)]);
}

const [ADMINS, VIEWERS] = entries(['system:masters'], ['viewers', 'readers']);
if (!ADMINS || !VIEWERS) throw new Error('no entries');

describe('the graph', () => {
  test('leads from people through permission sets to Kubernetes groups', () => {
    const platform = group('Platform');
    const graph = graphOf([...grants([platform], ADMINS), ...grants([platform], VIEWERS)], []);
    expect(renderMermaid(graph, null)).toBe(`\
flowchart LR
  people1("group Platform")
  role1["Set0 @ prod"]
  admin1{{"system:masters"}}
  role2["Set1 @ prod"]
  group1{{"viewers"}}
  group2{{"readers"}}
  role1 --> admin1
  people1 --> role1
  role2 --> group1
  role2 --> group2
  people1 --> role2
  subgraph legend["Legend"]
    legendpeople("user or group of Identity Center")
    legendrole["permission set @ account"]
    legendgroup{{"Kubernetes group"}}
    legendadmin{{"Kubernetes group with all rights"}}
  end
  classDef admin fill:#b42318,stroke:#7a1a11,color:#ffffff
  class admin1,legendadmin admin
`);
  });

  test('leads through groups to those who come in by them, also where the group itself is not asked for', () => {
    const platform = group('Platform');
    const { nodes, edges } = graphOf(grants(users(1), ADMINS, platform), []);
    expect(nodes.map(({ text }) => text).sort()).toEqual([
      'Set0 @ prod',
      'group Platform',
      'system:masters',
      'user user000',
    ]);
    expect(edges).toHaveLength(3);
  });

  test('draws each step once, however many come that way', () => {
    const { edges } = graphOf(grants(users(2), ADMINS, group('Platform')), []);
    expect(edges).toEqual([
      ['role1', 'admin1'],
      ['people1', 'people2'],
      ['people2', 'role1'],
      ['people3', 'people2'],
    ]);
  });

  test('draws many with the same access as one, and few one by one', () => {
    const many = graphOf(grants(users(9), VIEWERS), []);
    expect(many.nodes.map(({ text }) => text)).toContain('9 users: user000, user001, user002 and 6 more');
    expect(graphOf(grants(users(8), VIEWERS), []).nodes.filter(({ kind }) => kind === 'people')).toHaveLength(
      8,
    );
  });

  test('keeps apart those with other access', () => {
    const all = users(20);
    const graph = graphOf([...grants(all, VIEWERS), ...grants(all.slice(0, 1), ADMINS)], []);
    const texts = graph.nodes.map(({ text }) => text);
    expect(texts).toContain('user user000');
    expect(texts).toContain('19 users: user001, user002, user003 and 16 more');
  });

  test('keeps apart users and groups, those who come in by other groups, and a group that others come in by', () => {
    const groups = (count: number) => Array.from({ length: count }, (_, index) => group(`g${index}`));
    const peopleIn = (all: readonly Grant[]) =>
      graphOf(all, []).nodes.flatMap(({ kind, text }) => (kind === 'people' ? text : []));
    expect(peopleIn(grants([...users(5), ...groups(5)], VIEWERS))).toHaveLength(10);
    const [one, other] = [users(5, 'one'), users(5, 'other')];
    const ways = [...grants(one, VIEWERS, group('A')), ...grants(other, VIEWERS, group('B'))];
    expect(peopleIn(ways)).toHaveLength(12);
    const through = [...grants(groups(10), VIEWERS), ...grants(users(1), VIEWERS, group('g0'))];
    expect(peopleIn(through)).toEqual(['group g0', '9 groups: g1, g2, g3 and 6 more', 'user user000']);
  });

  test('says that somebody was deleted', () => {
    const gone: Principal = { type: 'USER', id: 'u-1', name: null, members: null };
    expect(graphOf(grants([gone], VIEWERS), []).nodes[0]?.text).toBe('user u-1 (deleted)');
  });

  test('stays small, however much there is', () => {
    const many = entries(...Array.from({ length: 40 }, () => ['viewers']));
    const all = many.flatMap((access, index) => grants(users(8, `of-${index}-`), access));
    const { edges } = graphOf(all, []);
    expect(edges.length).toBeLessThanOrEqual(80);
  });

  test('draws a few one by one also in a graph of some size', () => {
    const ten = entries(...Array.from({ length: 10 }, () => ['viewers']));
    const all = ten.flatMap((access, index) => grants(users(8, `of-${index}-`), access));
    expect(graphOf(all, []).nodes.filter(({ kind }) => kind === 'people')).toHaveLength(80);
  });

  test('draws two of the same access as one where the graph would have more than 150 edges', () => {
    const peopleBy = (count: number) => {
      const roles = entries(...Array.from({ length: count }, () => ['viewers']));
      const all = roles.flatMap((access, index) => grants(users(2, `of-${index}-`), access));
      return graphOf(all, []).nodes.filter(({ kind }) => kind === 'people').length;
    };
    expect(peopleBy(50)).toBe(100);
    expect(peopleBy(51)).toBe(51);
  });

  test('calls an account without a name by its id', () => {
    const { nodes } = graphOf(grants(users(1), { ...VIEWERS, accountName: null }), []);
    expect(nodes.map(({ text }) => text)).toContain('Set1 @ 222222222222');
  });

  test('shows entries that let nobody in, or of which that is not known', () => {
    const text = renderMermaid(
      graphOf(
        [],
        [
          { ...ADMINS, nobody: 'role-gone' },
          { ...VIEWERS, principals: null },
        ],
      ),
      null,
    );
    expect(text).toContain('nobody1("nobody: the role no longer exists")');
    expect(text).toContain('nobody1 -.-> role1');
    expect(text).toContain('nobody2("not known")');
    expect(text).toMatch(/classDef nobody .*stroke-dasharray/);
  });

  test('shows that an entry gives no group', () => {
    const [bare, empty] = entries([], []);
    if (!bare || !empty) throw new Error('no entries');
    const unstated = { ...empty, entry: { ...empty.entry, groups: null } };
    const { nodes, edges } = graphOf([...grants(users(1), bare), ...grants(users(1), unstated)], []);
    expect(nodes.map(({ text }) => text)).toEqual(['user user000', 'Set0 @ prod', 'no group', 'Set1 @ prod']);
    expect(edges).toEqual([
      ['role1', 'group1'],
      ['people1', 'role1'],
      ['role2', 'group1'],
      ['people1', 'role2'],
    ]);
  });

  test('keeps two apart whose shown names are the same', () => {
    const long = (id: string): Principal => ({
      type: 'USER',
      id,
      name: `${'x'.repeat(400)}${id}`,
      members: null,
    });
    const { nodes } = graphOf(grants([long('a'), long('b')], VIEWERS), []);
    expect(nodes.filter(({ kind }) => kind === 'people')).toHaveLength(2);
  });

  test('draws IAM roles, users and accounts with the groups that they get, and why one lets nobody in', () => {
    const others: Partial<OtherAccess>[] = [
      { name: 'ci', groups: ['system:masters'], accountName: 'prod' },
      { name: 'ann', type: 'IAM_USER', id: 'arn:aws:iam::222222222222:user/ann', groups: [] },
      { name: '333333333333', type: 'ACCOUNT', id: '333333333333', accountId: '333333333333', groups: [] },
      {
        name: '444444444444',
        type: 'ACCOUNT',
        id: '444444444444',
        accountId: '444444444444',
        accountName: 'dev',
        groups: [],
      },
      { name: 'old', nobody: 'path-in-arn' },
      { name: 'odd', accountId: '', nobody: 'invalid-arn' },
    ];
    expect(renderMermaid(accessGraph([cluster([], [], others)]), '2026-11-20T08:30:00.000Z')).toBe(`\
flowchart LR
  %% as of 2026-11-20T08:30:00.000Z
  iam1[["IAM role ci @ prod"]]
  admin1{{"system:masters"}}
  iam2[["IAM user ann @ 222222222222"]]
  group1{{"no group"}}
  iam3[["account 333333333333"]]
  iam4[["account 444444444444 @ dev"]]
  iam5[["IAM role old @ 222222222222"]]
  nobody1("nobody: the ARN has a path and never matches")
  iam6[["IAM role odd"]]
  nobody2("nobody: the ARN never matches#59; check says why")
  iam1 --> admin1
  iam2 --> group1
  iam3 --> group1
  iam4 --> group1
  nobody1 -.-> iam5
  nobody2 -.-> iam6
  subgraph legend["as of 2026-11-20T08:30:00.000Z"]
    legendiam[["IAM role, IAM user or whole account"]]
    legendgroup{{"Kubernetes group"}}
    legendadmin{{"Kubernetes group with all rights"}}
    legendnobody("lets nobody in")
  end
  classDef admin fill:#b42318,stroke:#7a1a11,color:#ffffff
  class admin1,legendadmin admin
  classDef nobody fill:#eeeeee,stroke:#888888,color:#555555,stroke-dasharray:4 4
  class nobody1,nobody2,legendnobody nobody
`);
  });

  test('draws nodes as one, and others only where they are many', () => {
    const textsOf = (count: number, rest: Partial<OtherAccess>) => {
      const others = Array.from({ length: count }, (_, index) => ({ name: `r${index}`, ...rest }));
      const { nodes } = accessGraph([cluster([], [], others)]);
      return nodes.flatMap(({ kind, text }) => (kind === 'iam' ? text : []));
    };
    expect(textsOf(2, { isNode: true })).toEqual(['2 IAM roles of nodes: r0, r1 @ 222222222222']);
    expect(textsOf(1, { isNode: true })).toEqual(['IAM role of nodes r0 @ 222222222222']);
    expect(textsOf(8, {})).toHaveLength(8);
    expect(textsOf(9, {})).toEqual(['9 IAM roles: r0, r1, r2 and 6 more @ 222222222222']);
    const apart = [{ isNode: true }, { name: 'b', accountId: '333333333333', isNode: true }];
    expect(accessGraph([cluster([], [], apart)]).nodes[0]?.text).toBe('2 IAM roles of nodes: ci, b');
  });

  test('keeps an entry that is overridden apart from the one that counts', () => {
    const others: Partial<OtherAccess>[] = [{ nobody: 'shadowed' }, {}];
    const { nodes, edges } = accessGraph([cluster([], [], others)]);
    expect(nodes.filter(({ kind }) => kind === 'iam')).toHaveLength(2);
    expect(edges).toEqual([
      ['nobody1', 'iam1'],
      ['iam2', 'group1'],
    ]);
  });

  test('draws a box for each of several clusters, and the people once', () => {
    const ada = users(1);
    const [same] = entries(['viewers']);
    if (!same) throw new Error('no entries');
    const graph = accessGraph([
      cluster(grants(ada, VIEWERS), [], [{}], 'prod'),
      cluster(grants(ada, same), [], [], null),
    ]);
    expect(renderMermaid(graph, null)).toContain(`\
flowchart LR
  people1("user user000")
  iam1[["IAM role ci @ 222222222222"]]
  subgraph cluster1["prod"]
    role1["Set1 @ prod"]
    group1{{"viewers"}}
    group2{{"readers"}}
  end
  subgraph cluster2["a.yaml"]
    role2["Set0 @ prod"]
    group3{{"viewers"}}
  end
  role1 --> group1
  role1 --> group2
  people1 --> role1
  role2 --> group3
  people1 --> role2
  iam1 --> group1
`);
  });

  test('keeps apart those who get into different clusters by entries at the same place', () => {
    const [same] = entries(['viewers']);
    const [also] = entries(['viewers']);
    if (!same || !also) throw new Error('no entries');
    const many = (prefix: string) => users(5, prefix);
    const { nodes } = accessGraph([cluster(grants(many('a'), same)), cluster(grants(many('b'), also))]);
    expect(nodes.filter(({ kind }) => kind === 'people')).toHaveLength(10);
  });

  test('is empty, without a legend, where nobody gets in', () => {
    expect(renderMermaid(graphOf([]), null)).toBe('flowchart LR\n');
  });

  describe('bindings', () => {
    const PODS = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
    const rightsBy = (...manifests: string[]) =>
      new ClusterRights(
        authorizerOf(
          role('all', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]),
          role('pods', PODS),
          ...manifests,
        ),
      );
    const textsIn = (rights: ClusterRights, others: readonly Partial<OtherAccess>[] = [{}]) => {
      const { nodes, edges } = accessGraph([cluster([], [], others, null, rights)]);
      const textOf = new Map(nodes.map(({ id, text }) => [id, text]));
      return edges.flatMap(([from, to]) =>
        to.includes('inding') ? `${textOf.get(from)} → ${to}: ${textOf.get(to)}` : [],
      );
    };

    test('lead from groups to roles, each with where it is bound', () => {
      const rights = rightsBy(
        ...['a', 'b', 'c', 'd'].map((namespace) =>
          binding('x', 'ClusterRole/pods', ['Group viewers'], namespace),
        ),
        binding('y', 'ClusterRole/all', ['Group viewers'], 'sandbox'),
        binding('z', 'ClusterRole/all', ['Group system:authenticated']),
      );
      expect(textsIn(rights)).toEqual([
        'viewers → binding1: ClusterRole/pods in a, b, c and 1 more',
        'viewers → binding2: ClusterRole/all in sandbox',
        'everybody who gets in → adminBinding1: ClusterRole/all cluster-wide',
      ]);
    });

    test('lead from whom no group that is drawn explains', () => {
      const rights = rightsBy(
        binding('x', 'ClusterRole/all', [
          'ServiceAccount ci/bot',
          'Group team-root',
          'Group acct-222222222222',
          'Group system:unauthenticated',
        ]),
        binding('y', 'ClusterRole/pods', ['Group viewers', 'User ann'], 'a'),
      );
      const others = [
        { name: 'sa', username: 'system:serviceaccount:ci:bot' },
        { name: 'tmpl', groups: ['team-{{SessionName}}'] },
        { name: 'acct', groups: ['acct-{{AccountID}}'] },
        { name: 'none', groups: ['team-other'] },
        { name: 'ann' },
      ];
      expect(textsIn(rights, others)).toEqual([
        'viewers → binding1: ClusterRole/pods in a',
        ...['sa', 'tmpl', 'acct'].map(
          (name) => `IAM role ${name} @ 222222222222 → adminBinding1: ClusterRole/all cluster-wide`,
        ),
        'anybody, without credentials → adminBinding1: ClusterRole/all cluster-wide',
      ]);
    });

    test('lead from entries of which it is not known who gets in', () => {
      const rights = rightsBy(binding('x', 'ClusterRole/all', ['User sso:ada']));
      const edges = (principals: null | []) => {
        const access = { ...VIEWERS, principals, nobody: principals && ('unassigned' as const) };
        return accessGraph([cluster([], [access], [], null, rights)]).edges.filter(
          ([, to]) => to === 'adminBinding1',
        );
      };
      expect(edges(null)).toEqual([['role1', 'adminBinding1']]);
      expect(edges([])).toEqual([]);
    });

    test('stand out where they make administrators', () => {
      const rights = rightsBy(
        binding('x', 'ClusterRole/pods', ['Group viewers'], 'a'),
        binding('y', 'ClusterRole/pods', ['Group viewers']),
        binding('z', 'ClusterRole/all', ['Group viewers']),
      );
      expect(textsIn(rights)).toEqual([
        'viewers → adminBinding1: ClusterRole/all cluster-wide',
        'viewers → binding1: ClusterRole/pods cluster-wide',
      ]);
      const text = renderMermaid(accessGraph([cluster([], [], [{}], null, rights)]), null);
      expect(text).toContain('  adminBinding1[/"ClusterRole#47;all cluster-wide"/]\n');
      expect(text).toContain('  class adminBinding1,legendadminBinding adminBinding\n');
      expect(text).toContain('    legendbinding[/"role, and where it is bound"/]\n');
    });

    test('are counted where they are many', () => {
      const roles = (count: number) =>
        Array.from({ length: count }, (_, index) => [
          role(`r${index}`, PODS),
          binding(`b${index}`, `ClusterRole/r${index}`, ['Group viewers']),
        ]).flat();
      expect(textsIn(rightsBy(...roles(8)))).toHaveLength(8);
      expect(textsIn(rightsBy(...roles(9)))).toEqual([
        'viewers → binding1: 9 roles: ClusterRole/r0, ClusterRole/r1, ClusterRole/r2 and 6 more',
      ]);
    });

    test('lead from whom they name, and keep these apart from others', () => {
      const rights = rightsBy(binding('x', 'ClusterRole/pods', ['User ci', 'User sso:user000'], 'a'));
      expect(textsIn(rights, [{}, { name: 'cd', username: 'cd' }])).toEqual([
        'IAM role ci @ 222222222222 → binding1: ClusterRole/pods in a',
      ]);
      const many = Array.from({ length: 10 }, (_, index) => ({
        name: `r${index}`,
        username: index === 0 ? 'ci' : 'x',
      }));
      const graph = accessGraph([cluster(grants(users(10), VIEWERS), [], many, null, rights)]);
      expect(
        graph.nodes.flatMap(({ kind, text }) => (kind === 'people' || kind === 'iam' ? text : [])),
      ).toEqual([
        'user user000',
        '9 users: user001, user002, user003 and 6 more',
        'IAM role r0 @ 222222222222',
        '9 IAM roles: r1, r2, r3 and 6 more @ 222222222222',
      ]);
      expect(graph.edges).toContainEqual(['people1', 'binding1']);
      expect(graph.edges).not.toContainEqual(['people2', 'binding1']);
    });

    test('are of their cluster', () => {
      const [same] = entries(['viewers']);
      if (!same) throw new Error('no entries');
      const pods = rightsBy(binding('x', 'ClusterRole/pods', ['Group viewers'], 'a'));
      const graph = accessGraph([
        cluster(grants(users(1), VIEWERS), [], [], 'prod', pods),
        cluster(grants(users(1), same), [], [], 'dev', rightsBy()),
      ]);
      expect(graph.nodes.filter(({ kind }) => kind === 'binding')).toEqual([
        { id: 'binding1', kind: 'binding', text: 'ClusterRole/pods in a', cluster: 0 },
      ]);
    });
  });
});
