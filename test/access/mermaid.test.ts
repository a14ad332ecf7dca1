import { describe, expect, test } from 'vitest';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import { accessGraph, mermaidLabel, renderMermaid } from '../../src/access/mermaid.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Principal } from '../../src/inventory/model.ts';

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

const [ADMINS, VIEWERS] = entries(['system:masters'], ['viewers', 'readers']);
if (!ADMINS || !VIEWERS) throw new Error('no entries');

describe('the graph', () => {
  test('leads from people through permission sets to Kubernetes groups', () => {
    const platform = group('Platform');
    const graph = accessGraph([...grants([platform], ADMINS), ...grants([platform], VIEWERS)], []);
    expect(renderMermaid(graph)).toBe(`\
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
  classDef admin fill:#b42318,stroke:#7a1a11,color:#ffffff
  class admin1 admin
`);
  });

  test('leads through groups to those who come in by them, also where the group itself is not asked for', () => {
    const platform = group('Platform');
    const { nodes, edges } = accessGraph(grants(users(1), ADMINS, platform), []);
    expect(nodes.map(({ text }) => text).sort()).toEqual([
      'Set0 @ prod',
      'group Platform',
      'system:masters',
      'user user000',
    ]);
    expect(edges).toHaveLength(3);
  });

  test('draws each step once, however many come that way', () => {
    const { edges } = accessGraph(grants(users(2), ADMINS, group('Platform')), []);
    expect(edges).toEqual([
      ['role1', 'admin1'],
      ['people1', 'people2'],
      ['people2', 'role1'],
      ['people3', 'people2'],
    ]);
  });

  test('draws many with the same access as one, and few one by one', () => {
    const many = accessGraph(grants(users(9), VIEWERS), []);
    expect(many.nodes.map(({ text }) => text)).toContain('9 users: user000, user001, user002 and 6 more');
    expect(
      accessGraph(grants(users(8), VIEWERS), []).nodes.filter(({ kind }) => kind === 'people'),
    ).toHaveLength(8);
  });

  test('keeps apart those with other access', () => {
    const all = users(20);
    const graph = accessGraph([...grants(all, VIEWERS), ...grants(all.slice(0, 1), ADMINS)], []);
    const texts = graph.nodes.map(({ text }) => text);
    expect(texts).toContain('user user000');
    expect(texts).toContain('19 users: user001, user002, user003 and 16 more');
  });

  test('keeps apart users and groups, those who come in by other groups, and a group that others come in by', () => {
    const groups = (count: number) => Array.from({ length: count }, (_, index) => group(`g${index}`));
    const peopleIn = (all: readonly Grant[]) =>
      accessGraph(all, []).nodes.flatMap(({ kind, text }) => (kind === 'people' ? text : []));
    expect(peopleIn(grants([...users(5), ...groups(5)], VIEWERS))).toHaveLength(10);
    const [one, other] = [users(5, 'one'), users(5, 'other')];
    const ways = [...grants(one, VIEWERS, group('A')), ...grants(other, VIEWERS, group('B'))];
    expect(peopleIn(ways)).toHaveLength(12);
    const through = [...grants(groups(10), VIEWERS), ...grants(users(1), VIEWERS, group('g0'))];
    expect(peopleIn(through)).toEqual(['group g0', '9 groups: g1, g2, g3 and 6 more', 'user user000']);
  });

  test('says that somebody was deleted', () => {
    const gone: Principal = { type: 'USER', id: 'u-1', name: null, members: null };
    expect(accessGraph(grants([gone], VIEWERS), []).nodes[0]?.text).toBe('user u-1 (deleted)');
  });

  test('stays small, however much there is', () => {
    const many = entries(...Array.from({ length: 40 }, () => ['viewers']));
    const all = many.flatMap((access, index) => grants(users(8, `of-${index}-`), access));
    const { edges } = accessGraph(all, []);
    expect(edges.length).toBeLessThanOrEqual(80);
  });

  test('draws a few one by one also in a graph of some size', () => {
    const ten = entries(...Array.from({ length: 10 }, () => ['viewers']));
    const all = ten.flatMap((access, index) => grants(users(8, `of-${index}-`), access));
    expect(accessGraph(all, []).nodes.filter(({ kind }) => kind === 'people')).toHaveLength(80);
  });

  test('draws two of the same access as one where the graph would have more than 150 edges', () => {
    const peopleBy = (count: number) => {
      const roles = entries(...Array.from({ length: count }, () => ['viewers']));
      const all = roles.flatMap((access, index) => grants(users(2, `of-${index}-`), access));
      return accessGraph(all, []).nodes.filter(({ kind }) => kind === 'people').length;
    };
    expect(peopleBy(50)).toBe(100);
    expect(peopleBy(51)).toBe(51);
  });

  test('calls an account without a name by its id', () => {
    const { nodes } = accessGraph(grants(users(1), { ...VIEWERS, accountName: null }), []);
    expect(nodes.map(({ text }) => text)).toContain('Set1 @ 222222222222');
  });

  test('shows entries that let nobody in, or of which that is not known', () => {
    const text = renderMermaid(
      accessGraph(
        [],
        [
          { ...ADMINS, nobody: 'role-gone' },
          { ...VIEWERS, principals: null },
        ],
      ),
    );
    expect(text).toContain('nobody1("nobody")');
    expect(text).toContain('nobody1 -.-> role1');
    expect(text).toContain('nobody2("not known")');
    expect(text).toMatch(/classDef nobody .*stroke-dasharray/);
  });

  test('shows that an entry gives no group', () => {
    const [bare, empty] = entries([], []);
    if (!bare || !empty) throw new Error('no entries');
    const unstated = { ...empty, entry: { ...empty.entry, groups: null } };
    const { nodes, edges } = accessGraph([...grants(users(1), bare), ...grants(users(1), unstated)], []);
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
    const { nodes } = accessGraph(grants([long('a'), long('b')], VIEWERS), []);
    expect(nodes.filter(({ kind }) => kind === 'people')).toHaveLength(2);
  });
});

describe('labels', () => {
  /** What Mermaid shows for a label. */
  function shown(label: string): string {
    return label.slice(1, -1).replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  }

  test.each([
    ['plain words stay as they are', 'ClusterAdmin @ prod-eks', '"ClusterAdmin @ prod-eks"'],
    ['words with stops and colons too', 'system:masters v1.2', '"system:masters v1.2"'],
    ['an e-mail address is no link', 'ada@example.com', '"ada#64;example.com"'],
    ['nor is an address', 'www.example.com http://x', '"www#46;example.com http#58;#47;#47;x"'],
    ['quotes, brackets and pipes', '"]|)}', '"#34;#93;#124;#41;#125;"'],
    ['an entity code is one no longer', '#quot;', '"#35;quot#59;"'],
    ['a list is none', '- a', '"#45; a"'],
    ['a numbered list is none', '1. a', '"1#46; a"'],
    ['no icon', 'fa:fa-ban', '"fa:#8203;fa-ban"'],
    [
      'nor one of another style',
      'fab:fa-a fak:fa-a fal:fa-a far:fa-a fas:fa-a',
      '"fab:#8203;fa-a fak:#8203;fa-a fal:#8203;fa-a far:#8203;fa-a fas:#8203;fa-a"',
    ],
    ['what only resembles one stays', 'sofa-bed fa:b fax:fa-a', '"sofa-bed fa:b fax:fa-a"'],
    ['words apart stay', '9 users: a, b-1 @ 2.x awww.b', '"9 users: a, b-1 @ 2.x awww.b"'],
    ['a stop or colon at the edge of a word does not', 'a. b.', '"a#46; b#46;"'],
    ['nor at its start', '.a :b -c a:', '"#46;a #58;b #45;c a#58;"'],
    ['nor an @ on one side of a word', 'a@ b @c', '"a#64; b #64;c"'],
    ['nor a comma or blank after a blank, or in front', ' a ,b  c', '"#32;a #44;b #32;c"'],
    ['a line break does not break the line', 'a\n```\nb', '"a#92;n#96;#96;#96;#92;nb"'],
    ['nor does an escape reach a terminal', '\u001b[31m', '"#92;u#123;1b#125;#91;31m"'],
    ['direction marks show', 'a\u202eb', '"a#92;u#123;202e#125;b"'],
    ['other scripts stay', 'Ünï 管理 😀', '"Ünï 管理 #128512;"'],
  ])('%s', (_, text, label) => expect(mermaidLabel(text)).toBe(label));

  test('say what the name is', () => {
    for (const text of ['<script>alert(1)</script>', '`**b**` _i_', '%%{init: {}}%%', '$$x^2$$', '  end'])
      expect(shown(mermaidLabel(text))).toBe(text);
  });
});
