import { describe, expect, test } from 'vitest';
import type { ComparedRow } from '../../src/page/encode.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import { type Dom, openDom } from './dom.ts';
import { dataOf, entryOf, people, rowOf, SINCE } from './made-rows.ts';

type Head = Parameters<typeof dataOf>[1];

function open(
  rows: Iterable<ComparedRow>,
  { head = {}, ...options }: { head?: Head } & Parameters<typeof openDom>[1] = {},
): Promise<Dom> {
  return openDom(dataOf(rows, head), options);
}

function plain(...rows: readonly WhoRow[]): ComparedRow[] {
  return rows.map((row) => ({ row, change: null }));
}

function named(name: string, parts: Partial<WhoRow> = {}): WhoRow {
  return rowOf({ principal: { type: 'USER', id: name, name }, ...parts });
}

const names = (dom: Dom) => dom.texts('.row-open');

describe('a row says', () => {
  const cells = async (row: WhoRow) => (await open(plain(row))).texts('.table-region tbody tr > *');

  test('who, how, and through what', async () => {
    expect(await cells(rowOf())).toEqual(['alice@example.com', 'admin system:masters', 'Admin', 'Platform']);
  });

  test('the kind of a principal where it is no person', async () => {
    const [group] = await cells(rowOf({ principal: { type: 'GROUP', id: 'g', name: 'Ops' }, via: null }));
    expect(group).toBe('Ops group');
    const deleted = await cells(rowOf({ principal: { type: 'USER', id: 'u-9', name: null } }));
    expect(deleted[0]).toBe('u-9 deleted user');
  });

  test('that people are unknown, or nobody, without calling a role a person', async () => {
    const arn = 'arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef';
    const principal = { type: 'IAM_ROLE', id: arn, name: 'AWSReservedSSO_Admin_0123456789abcdef' } as const;
    const unknown = await cells(rowOf({ principal, access: 'unknown', routes: [], via: null }));
    expect(unknown.slice(0, 2)).toEqual([
      '(unknown people)',
      "unknown the people with this role weren't read",
    ]);
    const nobody = await cells(rowOf({ principal, access: 'none', reason: 'unassigned', via: null }));
    expect(nobody[0]).toBe('(nobody)');
    expect(nobody[1]).toMatch(/^no access the permission set isn't assigned/);
  });

  test('the first of several ways, and how many more there are', async () => {
    const routes = ['system:masters', 'ClusterRole/a cluster-wide', 'ClusterRole/b cluster-wide'].map(
      (through) => ({ risk: 'cluster-admin', text: 'cluster admin', through }) as const,
    );
    expect((await cells(rowOf({ routes })))[1]).toBe('admin system:masters +2 more');
  });

  test('why a cluster could not be read', async () => {
    const unread = { region: 'eu-west-1', cause: 'AccessDeniedException', detail: '' };
    const principal = { type: 'ACCOUNT', id: '111122223333', name: '111122223333' } as const;
    const row = rowOf({
      principal,
      cluster: null,
      unread,
      access: 'unknown',
      reason: 'unreadable',
      routes: [],
      way: null,
    });
    expect(await cells(row)).toEqual([
      '(unknown people)',
      "unknown the cluster couldn't be read (AccessDeniedException)",
      'any cluster in eu-west-1',
      'Admin',
      'Platform',
    ]);
  });

  test('that access policies are not all, if what the groups may do is unknown', async () => {
    const rights = {
      admin: null,
      can: [],
      roles: [],
      rolesOfEverybody: [],
      bindings: ['AmazonEKSViewPolicy cluster-wide'],
      bindingsOfEverybody: [],
      risks: [],
      risksOfEverybody: [],
      forNames: [],
      returning: [],
    };
    const how = async (parts: Partial<WhoRow>, groups: string[]) =>
      (await cells(rowOf({ routes: [], rights, ...parts }, entryOf({ groups }))))[1];
    const open = "AmazonEKSViewPolicy cluster-wide + what the groups may do isn't known";
    expect(await how({}, ['ops'])).toBe(open);
    expect(await how({ knowsBindings: true }, ['ops'])).toBe('AmazonEKSViewPolicy cluster-wide');
    expect(await how({}, [])).toBe('AmazonEKSViewPolicy cluster-wide');
  });
});

test('a username that depends on the caller is shown as in the entry', async () => {
  const dom = await open(plain(rowOf(), rowOf({ auditUsername: null })));
  await dom.click('.tools button', 'Columns');
  await dom.click('.column-menu label', 'Username');
  expect(dom.texts('td.username')).toEqual(['admin:alice-example.com', 'admin:{{SessionName}}']);
});

test('columns are hidden and shown in their order', async () => {
  const dom = await open(plain(rowOf()));
  const headers = () => dom.texts('.table-region thead th');
  expect(headers()).toEqual(['Person', 'How', 'Permission set', 'Through']);
  await dom.click('.tools button', 'Columns');
  expect(dom.texts('.column-menu label')).not.toContain('Person');
  await dom.click('.column-menu label', 'Account');
  await dom.click('.column-menu label', 'Permission set');
  expect(headers()).toEqual(['Person', 'How', 'Through', 'Account']);
  expect(dom.texts('.table-region tbody td')).toEqual(['admin system:masters', 'Platform', 'prod-eks']);
  expect(dom.document.querySelectorAll('.table-region col')).toHaveLength(4);
  await dom.click('.tabs button', 'Graph');
  expect(dom.texts('.tools button')).not.toContain('Columns');
});

test('columns are as wide as their longest texts, with the kind of who is no person', async () => {
  const deleted = {
    principal: { type: 'USER', id: 'u-012345678901234567890123456789', name: null },
  } as const;
  const group = { principal: { type: 'GROUP', id: 'g-1', name: 'Administrators' } } as const;
  const arn = 'arn:aws:iam::111122223333:role/AWSReservedSSO_Administrators_0123456789abcdef';
  const nobody = {
    type: 'IAM_ROLE',
    id: arn,
    name: 'AWSReservedSSO_Administrators_0123456789abcdef',
  } as const;
  // Here, a character has 8 pixels; 28 more are beside the text.
  const widthOf = (text: string) => `${text.length * 8 + 28}px`;
  const widths = async (...rows: readonly WhoRow[]) => {
    const { document } = await open(plain(...rows));
    return [...document.querySelectorAll<HTMLElement>('.table-region col')].map(({ style }) => style.width);
  };
  expect(await widths(named('annabelle'))).toEqual([
    widthOf('annabelle'),
    expect.stringMatching(/^\d+px$/),
    widthOf('Permission set ↑'),
    widthOf('Through ↑'),
  ]);
  const [person, , set] = await widths(
    named('ann'),
    rowOf(deleted, entryOf()),
    rowOf(group, entryOf()),
    rowOf({ principal: nobody, access: 'none', permissionSet: 'Administrators of all' }, entryOf()),
  );
  expect([person, set]).toEqual([widthOf('Administrators group +10'), widthOf('Administrators of all')]);
});

test('a header sorts ascending, descending and not at all', async () => {
  const dom = await open(plain(named('b'), named('c'), named('a')));
  const header = () => dom.find('th.principal[scope=col]');
  expect(header().getAttribute('aria-sort')).toBe('none');
  await dom.click('th.principal button', 'Person');
  expect([header().getAttribute('aria-sort'), names(dom)]).toEqual(['ascending', ['a', 'b', 'c']]);
  await dom.click('th.principal button', 'Person');
  expect([header().getAttribute('aria-sort'), names(dom)]).toEqual(['descending', ['c', 'b', 'a']]);
  expect(dom.find('th.how[scope=col]').getAttribute('aria-sort')).toBe('none');
  await dom.click('th.principal button', 'Person');
  expect([header().getAttribute('aria-sort'), names(dom)]).toEqual(['none', ['b', 'c', 'a']]);
});

test('a field sorts cards', async () => {
  const dom = await open(plain(named('b'), named('c'), named('a')));
  await dom.type('.sort-field select', '-principal');
  expect([dom.hash, names(dom)]).toEqual(['sort=-principal', ['c', 'b', 'a']]);
  await dom.type('.sort-field select', '');
  expect([dom.hash, names(dom)]).toEqual(['', ['b', 'c', 'a']]);
});

test('only rows around those in view exist, and empty ones take the place of the others', async () => {
  const dom = await open(people(1_000));
  const region = dom.find('.table-region');
  const heights = () =>
    [...dom.document.querySelectorAll<HTMLElement>('.spacer td')].map(({ style }) => style.height);
  const inView = Math.ceil(region.clientHeight / 34);
  expect(inView).toBeGreaterThan(10);
  expect(names(dom)).toHaveLength(inView + 8);
  expect(heights()).toEqual([`${(992 - inView) * 34}px`]);
  region.scrollTop = 100 * 34;
  region.dispatchEvent(new dom.window.Event('scroll'));
  expect(names(dom)[0]).toBe('person-92@example.com');
  expect(names(dom)).toHaveLength(inView + 16);
  expect(heights()).toEqual([`${92 * 34}px`, `${(892 - inView) * 34}px`]);
  expect(dom.find('.table-region tbody tr:not(.spacer)').getAttribute('aria-rowindex')).toBe('94');
  expect(dom.find('.table-region table').getAttribute('aria-rowcount')).toBe('1001');
});

test('keys move over rows, and the row with the focus stays when it is scrolled away', async () => {
  const dom = await open(people(1_000));
  const focused = () => dom.text(dom.document.activeElement ?? 'body');
  dom.find('.row-open').focus();
  for (const [key, row] of [
    ['ArrowDown', 1],
    ['PageDown', 11],
    ['ArrowUp', 10],
    ['End', 999],
    ['PageUp', 989],
    ['Home', 0],
    ['ArrowUp', 0],
  ] as const) {
    await dom.press(key);
    expect(focused(), key).toBe(`person-${row}@example.com`);
  }
  const region = dom.find('.table-region');
  region.scrollTop = 500 * 34;
  region.dispatchEvent(new dom.window.Event('scroll'));
  expect(names(dom).slice(0, 2)).toEqual(['person-0@example.com', 'person-492@example.com']);
  await dom.press('ArrowDown');
  expect(focused()).toBe('person-1@example.com');
});

test('the story of a row is copied with the name, and leads to other rows', async () => {
  const dom = await open(plain(named('a'), named('b')));
  await dom.click('.row-open', 'b');
  await dom.click('dialog button', 'Copy as text');
  expect(dom.copied).toMatch(/^b\nb has access to cluster prod, and is cluster admin/);
  expect(dom.copied).toMatch(/Username in the entry\s+admin:\{\{SessionName\}\}/);
  expect(dom.copied).not.toContain('Show all rows');
  expect(dom.text('dialog .copy')).toBe('Copy as text Copied');
  await dom.click('dialog a', 'Show all rows of this person');
  expect(dom.texts('dialog')).toEqual([]);
  expect(dom.hash).toBe('person=USER%2Fb');
  expect(names(dom)).toEqual(['b']);
  expect(dom.document.activeElement).toBe(dom.find('main'));
  await dom.click('.row-open', 'b');
  await dom.click('dialog a', 'Show all rows of this entry');
  expect(dom.hash).toMatch(/^entry=arn/);
  await dom.click('.row-open', 'b');
  await dom.click('dialog a', 'Show in the graph');
  expect(dom.hash).toBe('tab=graph&person=USER%2Fb');
});

test('a story leaves out parts that are empty, with their headings', async () => {
  const dom = await open(plain(rowOf({ routes: [] }), rowOf()));
  await dom.click('.row-open');
  expect(dom.texts('dialog h3')).toEqual(['How']);
  await dom.click('.close');
  await dom.click('tr[data-index="1"] .row-open');
  expect(dom.texts('dialog h3')).toEqual(['How', 'Routes to admin']);
});

test('a row opens its story, and Escape leads back to the row', async () => {
  const dom = await open(plain(named('a'), named('b')));
  await dom.click('tbody tr[data-index="1"] td');
  expect(dom.text('dialog h2')).toBe('b');
  expect(dom.text('dialog')).toContain('is a member of the group Platform');
  await dom.press('Escape');
  expect(dom.texts('dialog')).toEqual([]);
});

describe('Enter in the search', () => {
  test('opens the only match', async () => {
    const dom = await open(plain(named('emil'), named('emil', { permissionSet: 'View' }), named('ann')));
    await dom.type('.search', 'emil');
    await dom.press('Enter');
    expect(dom.text('dialog h2')).toBe('emil');
  });

  test('moves to the first of several, and does nothing without any', async () => {
    const dom = await open(plain(named('ann'), named('emil')));
    dom.find('.search').focus();
    await dom.press('Enter');
    expect(dom.texts('dialog')).toEqual([]);
    expect(dom.text(dom.document.activeElement ?? 'body')).toBe('ann');
    await dom.type('.search', 'nobody');
    await dom.press('Enter');
    expect(dom.texts('dialog')).toEqual([]);
  });
});

describe('no rows', () => {
  test('match: the table says so and clears what it was filtered by', async () => {
    const dom = await open(people(3), { hash: 'access=granted' });
    const shown: string[] = [];
    dom.window.Element.prototype.scrollIntoView = function () {
      shown.push(this.className);
    };
    await dom.type('.search', 'nobody');
    expect(dom.text('.empty-state')).toContain('No rows match');
    // The field that is typed in has the focus.
    expect(shown).toEqual(['search', 'empty-state']);
    expect(dom.texts('.table-region')).toEqual([]);
    await dom.click('.empty-state button', 'Clear search and filters');
    expect(names(dom)).toHaveLength(3);
    expect(dom.texts('.empty-state')).toEqual([]);
    expect(dom.hash).toBe('');
  });

  test.each([
    [{}, 'prod: no entries, or options left them out.'],
    [{ clusters: [] }, 'No cluster was read.'],
    [
      { limits: { named: [{ type: 'USER', name: 'ann' }], kubernetesGroups: null, namespace: null } },
      'The run was limited. Only the access of user ann.',
    ],
  ] as const)('were read: there is nothing to clear (%j)', async (head, text) => {
    const dom = await open([], { head });
    expect(dom.text('.empty-state')).toContain(`No entries were read ${text}`);
    expect(dom.texts('.empty-state button')).toEqual([]);
  });
});

describe('since an earlier run', () => {
  const changed: ComparedRow[] = [
    { row: named('a'), change: { kind: 'new', head: 'new', before: [] } },
    {
      row: named('b'),
      change: {
        kind: 'changed',
        head: 'changed',
        before: [{ field: 'groups', was: ['viewers'], now: ['system:masters'] }],
      },
    },
    { row: named('c'), change: null },
    { row: named('d'), change: { kind: 'gone', head: 'gone', before: [] } },
  ];
  const head = { since: { ...SINCE, earlierRows: 1 } };

  test('rows have their change, and those that are gone say so', async () => {
    const dom = await open(changed, { head });
    expect(dom.texts('tbody td.change')).toEqual(['new', 'changed', '', 'gone']);
    expect(dom.texts('tbody tr.gone td.how')).toEqual(['had access admin: system:masters']);
    expect(dom.text('.row-count')).toBe('4 rows, 1 gone');
    await dom.go('change=new');
    expect(dom.text('.row-count')).toBe('1 of 4 rows');
  });

  test('paper says what a changed row was', async () => {
    const dom = await open(changed, { head });
    dom.window.dispatchEvent(new dom.window.Event('beforeprint'));
    expect(dom.texts('.printed tbody tr > :first-child')).toEqual([
      'new',
      'changed from groups: viewers',
      '',
      'gone',
    ]);
  });
});

describe('paper', () => {
  const print = (dom: Dom) => dom.window.dispatchEvent(new dom.window.Event('beforeprint'));

  test('has the rows shown, with what they are and when they were read, and nothing afterwards', async () => {
    const dom = await open(people(300), { hash: 'search=person-1' });
    print(dom);
    expect(dom.texts('.printed tbody tr')).toHaveLength(111);
    expect(dom.texts('.printed tbody tr')[0]).toBe(
      'person-1@example.com admin: system:masters Admin Platform',
    );
    expect(dom.text('.sheet-head')).toBe(
      'Who has access to prod: 111 of 300 rows AWS read 20 Nov 2026, 08:30 UTC · aws-auth-sso 1.2.3 · Search: person-1',
    );
    dom.window.dispatchEvent(new dom.window.Event('afterprint'));
    expect(dom.texts('.printed tr')).toEqual([]);
  });

  test('leaves out columns that are empty in the rows shown', async () => {
    const dom = await open(plain(named('a', { via: null }), named('b')), { hash: 'search=a' });
    await dom.type('.search', 'prod-eks');
    print(dom);
    expect(dom.texts('.printed th[scope=col]')).toEqual(['Person', 'How', 'Permission set', 'Through']);
    await dom.go('person=USER%2Fa');
    print(dom);
    expect(dom.texts('.printed th[scope=col]')).toEqual(['Person', 'How', 'Permission set']);
  });

  test('says what was asked if no row matches', async () => {
    const dom = await open(people(3), { hash: 'search=nobody' });
    print(dom);
    expect(dom.text('.printed')).toMatch(/0 of 3 rows.*Search: nobody/);
  });

  test('has at most 10,000 rows, and the screen says so', async () => {
    const dom = await open(people(10_001));
    expect(dom.text('.table-limit')).toMatch(/^Printing takes only the first 10,000 rows/);
    await dom.type('.search', 'person-10000@');
    print(dom);
    expect(dom.texts('.table-limit, .print-limit')).toEqual(['']);
  });

  test('has only the tab that is shown', async () => {
    const dom = await open(people(3), { hash: 'tab=graph' });
    print(dom);
    expect(dom.document.querySelectorAll('.printed tr')).toHaveLength(0);
  });
});
