import { describe, expect, test } from 'vitest';
import type { Inventory, Principal } from '../../../src/directory/model.ts';
import { PageRows } from '../../../src/page/decode.ts';
import type { RowChange } from '../../../src/who/since/row-change.ts';
import { awsAuthOf, type Item } from '../../access-entry/aws-auth-of.ts';
import { accessEntry, eksCluster, policy } from '../../access-entry/eks-cluster.ts';
import { run } from '../../cli/run.ts';
import { account, inventory, role, snapshotText } from '../../directory/build-inventory.ts';
import { pageDataOf } from '../../page-app/worlds.ts';
import { binding } from '../../rbac/manifests.ts';
import { scratch } from '../../scratch.ts';

const PROD = '111122223333';
const ADMIN = role(PROD, 'Admin', 5);
const VIEW = role(PROD, 'View', 5);
const CI = `arn:aws:iam::${PROD}:role/ci`;
const setArn = (name: string) =>
  `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-00112233445566${name}`;
const SETS = [
  { arn: setArn('01'), name: 'Admin' },
  { arn: setArn('02'), name: 'View' },
];
const ADA: Principal = { type: 'USER', id: 'u-1', name: 'ada', members: null };
const BOB: Principal = { type: 'USER', id: 'u-2', name: 'bob', members: null };
const TEAM: Principal = { type: 'GROUP', id: 'g-1', name: 'Team', members: ['u-2'] };

const assigned = (set: string, { type, id }: Principal) => {
  return { accountId: PROD, permissionSetArn: setArn(set), principalType: type, principalId: id } as const;
};
const ADA_ADMIN = assigned('01', ADA);
const TEAM_VIEW = assigned('02', TEAM);

function organization(more: Partial<Inventory> = {}): Inventory {
  return inventory([account(PROD, 'prod', { assignmentsRead: true })], [ADMIN, VIEW], {
    permissionSets: SETS,
    assignments: [ADA_ADMIN, TEAM_VIEW],
    principals: [ADA, BOB, TEAM],
    otherRoles: [{ arn: CI, role: { pathArn: CI, createdAt: '2026-01-05T00:00:00.000Z' } }],
    ...more,
  });
}

interface State {
  readonly items?: readonly Item[];
  readonly known?: Inventory;
  readonly rbac?: readonly string[];
  /** Added to the command line. */
  readonly argv?: readonly string[];
  /** Instead of the ConfigMap. */
  readonly sources?: readonly string[];
  readonly mapAccounts?: readonly string[];
}

const ITEMS: readonly Item[] = [
  { rolearn: ADMIN.roleArn, groups: ['ops'] },
  { rolearn: VIEW.roleArn, groups: ['viewers'] },
  { rolearn: CI, username: 'ci', groups: ['deployers'] },
];
const BINDINGS = [
  binding('ops', 'ClusterRole/edit', ['Group ops']),
  binding('viewers', 'ClusterRole/view', ['Group viewers']),
];
const EXPAND: State = { argv: ['--expand'] };

async function who(
  { items = ITEMS, known = organization(), rbac = BINDINGS, argv = [], sources, mapAccounts = [] }: State,
  more: string[],
) {
  const map = awsAuthOf(items, { mapAccounts: JSON.stringify(mapAccounts) });
  const cwd = await scratch({
    'aws-auth.yaml': map,
    'dev.yaml': map,
    'aws.json': snapshotText(known),
    'rbac.yaml': rbac.join('\n---\n'),
  });
  const given = [...(sources ?? ['aws-auth.yaml']), ...(rbac.length > 0 ? ['--rbac', 'rbac.yaml'] : [])];
  return run(['who', ...given, '--inventory', 'aws.json', ...argv, ...more], { cwd });
}

interface Changed {
  readonly rows: PageRows;
  readonly notes: readonly string[];
  readonly stderr: string;
  /** `new bob via Team View`, with what differs. */
  readonly texts: readonly string[];
}

async function since(was: State, now: State): Promise<Changed> {
  const old = await who(was, ['-o', 'json']);
  expect(old.exitCode, old.stderr).toBe(0);
  const folder = await scratch({ 'old.json': old.stdout });
  const ran = await who(now, ['-o', 'html', '--since', `${folder}/old.json`]);
  expect(ran.exitCode, ran.stderr).toBe(0);
  const rows = new PageRows(pageDataOf(ran.stdout));
  const texts = Array.from({ length: rows.count }, (_, row) => textOf(rows, row)).filter(
    (text) => text !== '',
  );
  const notes = (rows.data.since?.doubts ?? [])
    .map((text) => text.replaceAll(`${folder}/`, ''))
    .filter((text) => !text.includes("doesn't record its options"));
  return { rows, notes, stderr: ran.stderr.replaceAll(`${folder}/`, ''), texts };
}

function textOf(rows: PageRows, index: number): string {
  const change: RowChange | null = rows.change(index);
  if (!change) return '';
  const { principal, via, permissionSet, source } = rows.row(index);
  const who = `${principal.name}${via === null ? '' : ` via ${via}`}`;
  const what = change.before
    .map(({ field, was, now }) => `; ${field}: ${was.join(', ') || 'none'} -> ${now.join(', ') || 'none'}`)
    .join('');
  const from = rows.isEarlier(index) ? ' (earlier)' : '';
  return `${change.kind} ${who} ${permissionSet ?? source}${from}${what}`;
}

describe('one thing that changes is the one change', () => {
  const cases: readonly (readonly [name: string, was: State, now: State, texts: readonly string[]])[] = [
    ['nothing', {}, {}, []],
    [
      'an assignment is removed',
      {},
      { known: organization({ assignments: [TEAM_VIEW] }) },
      ['gone ada Admin (earlier)'],
    ],
    ['an assignment is added', { known: organization({ assignments: [TEAM_VIEW] }) }, {}, ['new ada Admin']],
    [
      'a member is added to a group',
      { ...EXPAND, known: organization({ principals: [ADA, BOB, { ...TEAM, members: ['u-1'] }] }) },
      { ...EXPAND, known: organization({ principals: [ADA, BOB, { ...TEAM, members: ['u-1', 'u-2'] }] }) },
      ['new bob via Team View'],
    ],
    [
      'the groups of an entry',
      {},
      { items: [{ rolearn: ADMIN.roleArn, groups: ['viewers'] }, ...ITEMS.slice(1)] },
      [
        'changed ada Admin; groups: ops -> viewers; bindings: ClusterRole/edit cluster-wide -> ClusterRole/view cluster-wide; risks: ',
      ],
    ],
    [
      'the order of groups',
      { items: [{ rolearn: ADMIN.roleArn, groups: ['a', 'b'] }] },
      { items: [{ rolearn: ADMIN.roleArn, groups: ['b', 'a', 'b'] }] },
      [],
    ],
    [
      'the username of an entry',
      {},
      { items: [...ITEMS.slice(0, 2), { rolearn: CI, username: 'robot', groups: ['deployers'] }] },
      ['changed ci aws-auth; username: ci -> robot'],
    ],
    [
      'a binding',
      {},
      { rbac: [...BINDINGS, binding('more', 'ClusterRole/cluster-admin', ['Group viewers'])] },
      [
        'changed Team View; bindings: ClusterRole/view cluster-wide -> ClusterRole/view cluster-wide, ClusterRole/cluster-admin cluster-wide; risks: none -> cluster admin',
      ],
    ],
    ['an entry is removed', {}, { items: ITEMS.slice(0, 2) }, ['gone ci aws-auth (earlier)']],
    ['an entry is added', { items: ITEMS.slice(0, 2) }, {}, ['new ci aws-auth']],
    [
      'a later entry overrides one',
      {},
      { items: [...ITEMS, { rolearn: CI, username: 'ci', groups: ['deployers'] }] },
      [],
    ],
    [
      'a person is deleted',
      {},
      { known: organization({ principals: [{ ...ADA, name: null }, BOB, TEAM] }) },
      ['gone null Admin; access: has access -> no access; reason: none -> was deleted from Identity Center'],
    ],
    [
      'a group has a new name',
      EXPAND,
      { ...EXPAND, known: organization({ principals: [ADA, BOB, { ...TEAM, name: 'Crew' }] }) },
      [],
    ],
    [
      'a directory that was filled again, with new IDs',
      EXPAND,
      {
        ...EXPAND,
        known: organization({
          principals: [
            { ...ADA, id: 'u-8' },
            { ...BOB, id: 'u-9' },
            { ...TEAM, id: 'g-9', members: ['u-9'] },
          ],
          assignments: [assigned('01', { ...ADA, id: 'u-8' }), assigned('02', { ...TEAM, id: 'g-9' })],
        }),
      },
      [],
    ],
  ];
  test.each(cases)('%s', async (_, was, now, expected) => {
    const { texts, notes, rows } = await since(was, now);
    expect(
      texts.map((text, index) =>
        text.slice(0, expected[index]?.endsWith(': ') ? expected[index].length : undefined),
      ),
    ).toEqual(expected);
    // A group that no entry has any longer becomes a row.
    expect(notes.filter((text) => !text.includes('subjects of bindings'))).toEqual([]);
    expect(rows.data.since?.earlierRows).toBe(texts.filter((text) => text.includes('(earlier)')).length);
  });
});

test('a role that was re-created is the same, in aws-auth and in access entries', async () => {
  const newer = role(PROD, 'Admin', 9);
  const cluster = (arn: string) =>
    eksCluster('API_AND_CONFIG_MAP', [
      accessEntry(arn, { createdAt: '2026-02-01T00:00:00.000Z', kubernetesGroups: ['ops'] }),
    ]);
  const state = ({ roleArn, pathArn }: typeof newer, roles: Inventory['roles']): State => ({
    items: [
      { rolearn: VIEW.roleArn, groups: ['viewers'] },
      { rolearn: roleArn, groups: ['ops'] },
    ],
    known: organization({ roles, clusters: [cluster(pathArn)] }),
    argv: ['--expand', '--cluster', 'prod'],
  });
  const { texts, rows } = await since(state(ADMIN, [ADMIN, VIEW]), state(newer, [newer, VIEW]));
  expect(texts).toEqual([]);
  expect(rows.count).toBeGreaterThan(3);
});

describe('what only one run knows is neither new nor gone', () => {
  const UNKNOWN = organization({
    accounts: [account(PROD, 'prod', { rolesRead: false, unreadable: 'AccessDenied' })],
    roles: [],
    assignments: null,
  });
  const SKIP = ['--skip-unreadable', '*'];
  const cluster = eksCluster('API_AND_CONFIG_MAP', [
    accessEntry(CI, { kubernetesGroups: ['ci'], createdAt: '2026-02-01T00:00:00.000Z' }),
  ]);
  const withCluster = organization({ clusters: [cluster] });
  const cases: readonly (readonly [name: string, was: State, now: State, notes: readonly string[]])[] = [
    [
      'people of an account that was not read then',
      { known: UNKNOWN, argv: SKIP },
      { argv: SKIP },
      ["who has Admin in 111122223333, View in 111122223333 is unknown in old.json: 2 rows aren't compared"],
    ],
    [
      'people of an account that is not read now',
      { argv: SKIP },
      { known: UNKNOWN, argv: SKIP },
      ["who has Admin in 111122223333, View in 111122223333 is unknown now: 2 rows aren't compared"],
    ],
    [
      'members, without --expand then',
      {},
      EXPAND,
      ["members of groups aren't listed in old.json (--expand): 1 row isn't compared"],
    ],
    [
      'members, without --expand now',
      EXPAND,
      {},
      ["members of groups aren't listed now (--expand): 1 row isn't compared"],
    ],
    [
      'bindings, without --rbac then',
      { rbac: [] },
      {},
      [
        "the RBAC of cluster aws-auth wasn't given for old.json (--rbac), so roles and routes to admin aren't compared",
      ],
    ],
    [
      'bindings, without --rbac now',
      {},
      { rbac: [] },
      [
        "the RBAC of cluster aws-auth wasn't given now (--rbac), so roles and routes to admin aren't compared",
      ],
    ],
    [
      'access entries, without --cluster then',
      { known: withCluster },
      { known: withCluster, argv: ['--cluster', 'prod'] },
      [
        'cluster prod is compared with the only cluster in old.json, which has another name or none',
        "the access entries of cluster prod weren't read for old.json: 2 rows aren't compared",
      ],
    ],
    [
      'aws-auth, without FILE then',
      { known: withCluster, argv: ['--cluster', 'prod'], sources: [] },
      { known: withCluster, argv: ['--cluster', 'prod'] },
      ["the aws-auth of cluster prod wasn't given for old.json: 2 rows aren't compared"],
    ],
    [
      'aws-auth, without FILE now',
      { known: withCluster, argv: ['--cluster', 'prod'] },
      { known: withCluster, argv: ['--cluster', 'prod'], sources: [] },
      ["the aws-auth of cluster prod wasn't given now: 2 rows aren't compared"],
    ],
  ];
  test.each(cases)('%s', async (_, was, now, expected) => {
    const { texts, notes, stderr } = await since(was, now);
    expect(texts).toEqual([]);
    expect(notes).toEqual(expected);
    for (const text of expected) expect(stderr).toContain(`note: ${text}\n`);
  });
});

describe('what a change means', () => {
  const headsOf = async (was: State, now: State) => {
    const { rows, notes } = await since(was, now);
    const heads = Array.from({ length: rows.count }, (_, row) => {
      const { principal, cluster, source } = rows.row(row);
      const change = rows.change(row);
      // A group that no entry has any longer becomes a subject of bindings.
      return change && source !== 'binding' ? [`${change.head}: ${principal.name} in ${cluster}`] : [];
    });
    const { newClusters = [], goneClusters = [] } = rows.data.since ?? {};
    return { heads: heads.flat(), notes, newClusters, goneClusters };
  };
  const UNKNOWN = organization({
    accounts: [account(PROD, 'prod', { rolesRead: false, unreadable: 'AccessDenied' })],
    roles: [],
    assignments: null,
  });
  const SKIP = ['--skip-unreadable', '*'];
  const masters = (groups: readonly string[]): State => ({
    items: [{ rolearn: ADMIN.roleArn, groups: [...groups] }, ...ITEMS.slice(1)],
  });
  const ROLE = ADMIN.roleArn.split('/').at(-1);

  test('a group whose name has a comma is one group', async () => {
    const comma = masters(['x, system:masters']);
    expect((await headsOf(comma, masters(['system:masters']))).heads).toEqual([
      'became-admin: ada in aws-auth',
    ]);
    expect((await headsOf(masters(['system:masters']), comma)).heads).toEqual([
      'no-longer-admin: ada in aws-auth',
    ]);
    const { rows } = await since(comma, masters(['ops']));
    const lists = rows.data.tables.changes.flatMap((change) => change?.before ?? []);
    expect(lists).toContainEqual({ field: 'groups', was: ['x, system:masters'], now: ['ops'] });
  });

  test('an entry of unknown people is news if it is new, or grows', async () => {
    const unknown = { known: UNKNOWN, argv: SKIP };
    const others = { ...unknown, items: ITEMS.slice(1) };
    const admin = { ...unknown, ...masters(['system:masters']) };
    expect((await headsOf(others, unknown)).heads).toEqual([`unknown-people: ${ROLE} in aws-auth`]);
    expect((await headsOf(unknown, admin)).heads).toEqual([`unknown-people: ${ROLE} in aws-auth`]);
    expect((await headsOf(admin, unknown)).heads).toEqual([`no-longer-admin: ${ROLE} in aws-auth`]);
    const { heads, notes } = await headsOf(unknown, others);
    expect(heads).toEqual([]);
    expect(notes).toContain("who has Admin in 111122223333 is unknown in old.json: 1 row isn't compared");
  });

  test('people who become known are news only if their entry grew', async () => {
    const unknown = { known: UNKNOWN, argv: SKIP };
    expect((await headsOf(unknown, { argv: SKIP })).heads).toEqual([]);
    const admin = { ...masters(['system:masters']), argv: SKIP };
    expect((await headsOf(unknown, admin)).heads).toEqual(['became-admin: ada in aws-auth']);
    expect((await headsOf({ argv: SKIP }, { ...unknown, ...masters(['system:masters']) })).heads).toEqual([
      `unknown-people: ${ROLE} in aws-auth`,
    ]);
  });

  test("a role that bindings make admin is no news if bindings weren't given then", async () => {
    const rbac = [...BINDINGS, binding('all', 'ClusterRole/cluster-admin', ['Group ops'])];
    expect((await headsOf({}, { rbac })).heads).toEqual(['became-admin: ada in aws-auth']);
    expect((await headsOf({ rbac: [] }, { rbac })).heads).toEqual([]);
    expect((await headsOf({ rbac }, { rbac: [] })).heads).toEqual([]);
    // Groups alone make someone admin.
    expect((await headsOf({ rbac: [] }, { ...masters(['system:masters']), rbac })).heads).toEqual([
      'became-admin: ada in aws-auth',
    ]);
  });

  test('someone with another entry for the same role keeps what that grants', async () => {
    const twice = (username: string): State => ({
      items: [
        { rolearn: CI, username, groups: ['ops'] },
        { rolearn: `arn:aws:iam::${PROD}:role/other`, username: 'other', groups: ['viewers'] },
      ],
    });
    expect((await headsOf(twice('ci'), twice('robot'))).heads).toEqual(['changed: ci in aws-auth']);
  });

  describe('of clusters', () => {
    const clusterState = (names: readonly string[], more: Partial<Inventory> = {}): State => ({
      sources: [],
      rbac: [],
      argv: ['--cluster', '*', ...SKIP],
      known: organization({
        clusters: names.map((name) =>
          eksCluster(
            'API',
            [accessEntry(ADMIN.pathArn, { policies: [policy('AmazonEKSClusterAdminPolicy')] })],
            name,
          ),
        ),
        ...more,
      }),
    });

    test('a new one, and one that is gone', async () => {
      const found = await headsOf(clusterState(['dev', 'old']), clusterState(['dev', 'new']));
      expect(found.heads).toEqual(['became-admin: ada in new', 'no-longer-admin: ada in old']);
      expect(found.newClusters.map(({ name }) => name)).toEqual(['new']);
      expect(found.goneClusters.map(({ name }) => name)).toEqual(['old']);
    });

    test('one that could not be read may have had the people of others', async () => {
      const policies = [policy('AmazonEKSViewPolicy')];
      const ci = accessEntry(CI, { policies });
      const dev = eksCluster('API', [ci], 'dev');
      const [open, other] = ['dev', 'new'].map((name) =>
        eksCluster('API', [ci, accessEntry(ADMIN.pathArn, { policies })], name),
      );
      const unread = { accountId: PROD, accountName: 'prod', region: 'eu-west-1', name: 'new' };
      const unreadClusters = [{ ...unread, cause: 'denied', detail: 'denied' }];
      const clusters = [open ?? dev, other ?? dev];
      const state = clusterState([]);
      const was = { ...state, known: organization({ clusters: [dev], unreadClusters }) };
      const now = { ...state, known: organization({ clusters }) };
      expect((await headsOf(was, now)).heads).toEqual(['changed: ada in dev']);
    });

    test('none, if the other run asked EKS for no cluster', async () => {
      const files: State = { sources: ['dev.yaml'], rbac: [] };
      const all: State = { ...clusterState(['dev', 'new']), ...files };
      const [found, back] = [await headsOf(files, all), await headsOf(all, files)];
      expect([...found.newClusters, ...back.goneClusters]).toEqual([]);
      expect([...found.heads, ...back.heads].join()).not.toContain('in new');
      for (const { notes } of [found, back])
        expect(notes.join()).toContain("selected other accounts or clusters, so what only one run has isn't");
    });

    test('one that has only a file, with the doubt that the other run was not given it', async () => {
      const one: State = { sources: ['dev.yaml'], rbac: [] };
      const both: State = { sources: ['dev.yaml', 'aws-auth.yaml'], rbac: [] };
      const [found, back] = [await headsOf(one, both), await headsOf(both, one)];
      expect(found.newClusters.map(({ name }) => name)).toEqual(['aws-auth']);
      expect(back.goneClusters.map(({ name }) => name)).toEqual(['aws-auth']);
      const text = (when: string) =>
        `no file of cluster aws-auth was given ${when}, so all access there counts as changed`;
      expect(found.notes).toContain(text('for old.json'));
      expect(back.notes).toContain(text('now'));
    });

    test('one that could not be read takes nothing from what else is new', async () => {
      const unread = { accountId: PROD, accountName: 'prod', region: 'eu-west-1', name: 'lost' };
      const known = organization({
        clusters: [eksCluster('API_AND_CONFIG_MAP', [], 'dev')],
        unreadClusters: [{ ...unread, cause: 'denied', detail: 'denied' }],
      });
      const more: State = { known, sources: ['dev.yaml'], argv: ['--cluster', '*', ...SKIP] };
      expect((await headsOf(more, { ...more, mapAccounts: [PROD] })).heads).toEqual([`new: ${PROD} in dev`]);
    });

    test('another one instead of the only one', async () => {
      const found = await headsOf(clusterState(['old']), clusterState(['new']));
      expect(found.heads).toEqual(['became-admin: ada in new', 'no-longer-admin: ada in old']);
    });

    test.each([
      ['by itself', 'new'],
      ['with all of its account and region', null],
    ])('one that could not be read is no news: %s', async (_, name) => {
      const unreadClusters = [
        {
          accountId: PROD,
          accountName: 'prod',
          region: 'eu-west-1',
          name,
          cause: 'denied',
          detail: 'denied',
        },
      ];
      const [part, whole] = [clusterState(['dev'], { unreadClusters }), clusterState(['dev', 'new'])];
      const [found, back] = [await headsOf(part, whole), await headsOf(whole, part)];
      expect(found.heads).toEqual([]);
      expect(found.newClusters).toEqual([]);
      expect(found.notes).toEqual(["cluster new couldn't be read for old.json: 1 row isn't compared"]);
      expect(back.heads).toEqual([]);
      expect(back.goneClusters).toEqual([]);
      expect(back.notes).toEqual(["cluster new couldn't be read now: 1 row isn't compared"]);
    });

    test('none, if only files have names, and none of these is the same', async () => {
      const was = await who({}, ['-o', 'json']);
      const cwd = await scratch({
        'old.json': was.stdout.replaceAll('"cluster": "aws-auth"', '"cluster": "was"'),
        'is.yaml': awsAuthOf(ITEMS),
        'aws.json': snapshotText(organization()),
      });
      const ran = await run(
        ['who', 'is.yaml', '--inventory', 'aws.json', '-o', 'html', '--since', 'old.json'],
        { cwd },
      );
      const rows = new PageRows(pageDataOf(ran.stdout));
      expect(rows.data.tables.changes).toEqual([null]);
      expect(rows.data.since?.doubts.join()).toContain(
        'no cluster of this run is in old.json, so nothing is compared',
      );
    });
  });
});
