import { describe, expect, test } from 'vitest';
import type { Since } from '../../src/page/data.ts';
import type { ComparedRow } from '../../src/page/encode.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import type { RowChange } from '../../src/who/since/row-change.ts';
import { type Dom, openDom } from './dom.ts';
import { dataOf, entryOf, HEAD, rowOf, SINCE } from './made-rows.ts';

type Head = NonNullable<Parameters<typeof dataOf>[1]>;

const [PROD] = HEAD.clusters;
const arnOf = (name: string, account = '111122223333') => `arn:aws:eks:eu-west-1:${account}:cluster/${name}`;
const DEV = { ...PROD, name: 'dev', arn: arnOf('dev'), file: null, authenticationMode: 'API' } as const;
const READ = { ...PROD, authenticationMode: 'API_AND_CONFIG_MAP' } as const;
const MONTH_AGO: Since = { ...SINCE, asOf: '2026-10-28T05:00:00.000Z' };

function open(rows: readonly (WhoRow | ComparedRow)[], head: Head = {}, hash = ''): Promise<Dom> {
  const compared = rows.map((one) => ('row' in one ? one : { row: one, change: null }));
  return openDom(dataOf(compared, head), { hash });
}

/** Someone in prod who isn't admin. */
function person(name: string, parts: Partial<WhoRow> = {}): WhoRow {
  return rowOf({ principal: { type: 'USER', id: name, name }, via: null, routes: [], ...parts });
}

function entryFor(set: string) {
  const arn = `arn:aws:iam::111122223333:role/AWSReservedSSO_${set}_0123456789abcdef`;
  const principal = { type: 'IAM_ROLE', id: arn, name: arn.slice(arn.indexOf('/') + 1) } as const;
  return rowOf(
    { principal, permissionSet: set, via: null, routes: [] },
    entryOf({ arn, id: arn, groups: [] }),
  );
}

const through = (risk: 'cluster-admin' | 'read-secrets' | 'exec', role: string) => ({
  ...{ risk, through: role },
  text: { 'cluster-admin': 'cluster admin', 'read-secrets': 'reads all secrets', exec: 'exec in all pods' }[
    risk
  ],
});

const clusters = (dom: Dom) =>
  [...dom.document.querySelectorAll('.clusters tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent?.replace(/\s+/g, ' ').trim()),
  );
const lines = (dom: Dom) => dom.texts('.line > summary');
/** Opens a line. */
async function opened(dom: Dom, title: string): Promise<string> {
  const line = [...dom.document.querySelectorAll('.line')].find(
    (one) => one.querySelector('.title')?.textContent === title,
  );
  if (!line) throw new Error(`no line ${title}; there are ${lines(dom).join('\n')}`);
  await dom.click(line.querySelector('summary') ?? line);
  return dom.text(line.querySelector('.opened') ?? line);
}

describe('the row of a cluster', () => {
  test('has its place, its numbers, and what was read', async () => {
    const rows = [
      rowOf(),
      person('bob', { routes: [through('read-secrets', 'ClusterRole/ops cluster-wide')] }),
      person('carl'),
      person('dora', { access: 'none', reason: 'deleted' }),
    ];
    const dom = await open(rows, { clusters: [READ] });
    expect(dom.texts('.clusters thead th')).toEqual([
      ...['Cluster', 'Account · region', 'People', 'Admins', 'Can become admin'],
      ...['AWS', 'Assignments', 'aws-auth', 'Access entries', 'RBAC'],
    ]);
    expect(clusters(dom)).toEqual([
      [
        'prod',
        'prod-eks eu-west-1',
        '3',
        'at least 1',
        'at least 1',
        ...Array(4).fill('✓read'),
        '– not given',
      ],
    ]);
  });

  test('has a dash with the reason in place of a number that may be more than 0', async () => {
    const dom = await open([person('carl')], { clusters: [{ ...DEV, name: 'prod', arn: PROD.arn }] });
    expect(clusters(dom)[0]?.slice(2, 5)).toEqual(['1', '– RBAC not given', '– RBAC not given']);
    expect(clusters(dom)[0]?.at(7)).toBe('– not used');
  });

  test('takes nothing for unread if no entry needs AWS', async () => {
    const dom = await open([], { asOf: null, clusters: [READ] });
    expect(dom.text('.head')).toContain('AWS not read: no entry in scope names an Identity Center role');
    expect(clusters(dom)[0]?.slice(2, 7)).toEqual([
      '0',
      '– RBAC not given',
      '– RBAC not given',
      '– not needed',
      '– not needed',
    ]);
    expect(lines(dom)).toEqual(['▲ 1 not read prod (RBAC)']);
  });

  test('says so if people, aws-auth or access entries were not read', async () => {
    const unknown = { ...entryFor('Ops'), access: 'unknown' } as const;
    const noPeople = await open([unknown, person('carl')], { clusters: [READ] });
    expect(clusters(noPeople)[0]?.slice(2, 3)).toEqual(['at least 1']);
    expect(clusters(noPeople)[0]?.at(6)).toBe('– not read for 1 entry');
    const noFile = await open([person('carl')], { clusters: [{ ...READ, file: null }] });
    expect(clusters(noFile)[0]?.at(7)).toBe('– not given');
    expect(clusters(noFile)[0]?.at(2)).toBe('at least 1');
    const noEks = await open([person('carl')]);
    expect(clusters(noEks)[0]?.at(8)).toBe('– not read');
    expect(clusters(noEks)[0]?.at(2)).toBe('at least 1');
  });

  test('says that members of groups are not listed', async () => {
    const group = person('Ops', { principal: { type: 'GROUP', id: 'g-1', name: 'Ops' } });
    const dom = await open([group], { clusters: [READ], isExpanded: false });
    expect(clusters(dom)[0]?.at(2)).toBe('– Assignments not listed: members of 1 group');
    expect(lines(dom).at(-1)).toBe("1 group whose members aren't listed Ops (group)");
    const expanded = await open([group], { clusters: [READ] });
    expect(clusters(expanded)[0]?.at(2)).toBe('0');
  });

  test('counts a group with listed members not as one more admin', async () => {
    const group = rowOf({ principal: { type: 'GROUP', id: 'g-1', name: 'Platform' }, via: null });
    const dom = await open([group, rowOf()], { clusters: [READ] });
    expect(clusters(dom)[0]?.at(3)).toBe('at least 1');
    await dom.click('.clusters td a', '1');
    expect(lines(dom)[0]).toBe('● 1 admin system:masters');
    await dom.click('.clusters .danger');
    expect(dom.texts('#panel-table .row-open')).toEqual(['alice@example.com']);
  });

  test('has account and region apart, also if the name in the rows is an ARN', async () => {
    const [one, other] = [arnOf('prod'), arnOf('prod', '222233334444')];
    const unknown = { access: 'unknown', reason: 'cluster-unknown' } as const;
    const rows = [one, other].map((arn, index) =>
      person(`p-${index}`, { ...unknown, cluster: arn, clusterArn: arn }),
    );
    const dom = await open(rows, {
      clusters: [one, other].map((arn) => ({ ...READ, name: arn, arn })),
    });
    expect(clusters(dom).map((row) => row.slice(0, 2))).toEqual([
      ['prod', 'prod-eks eu-west-1'],
      ['prod', '222233334444 eu-west-1'],
    ]);
    expect(await opened(dom, 'not read')).toContain(
      'prod in prod-eks eu-west-1, prod in 222233334444 eu-west-1',
    );
  });

  test('has only dashes and the cause if it could not be read', async () => {
    const unread = { region: 'eu-west-1', cause: 'eks:ListClusters is denied', detail: '' };
    const parts = { access: 'unknown', reason: 'unreadable', unread, way: null, routes: [] } as const;
    const place = rowOf({
      ...parts,
      ...{ cluster: null, clusterArn: null, permissionSet: null, rolearn: '' },
      principal: { type: 'ACCOUNT', id: '444455556666', name: '444455556666' },
      ...{ accountId: '444455556666', accountName: 'acme-legacy' },
    });
    const dom = await open([place], { clusters: [] });
    expect(clusters(dom)).toEqual([
      ['any cluster', 'acme-legacy eu-west-1', '–', '–', '–', '– not read: eks:ListClusters is denied'],
    ]);
    expect(dom.text('header')).toContain('No cluster was read, so who has access is unknown.');
    expect(lines(dom)).toEqual([
      '▲ 1 not read any cluster in acme-legacy eu-west-1 (eks:ListClusters is denied)',
    ]);
    await dom.click('.clusters th a');
    expect(dom.texts('#panel-table tbody tr')).toHaveLength(1);
  });
});

describe('a line that needs attention', () => {
  const rows = [
    rowOf(),
    person('bob', { routes: [through('cluster-admin', 'ClusterRole/ops cluster-wide')] }),
    person('carl', {
      routes: [through('read-secrets', 'AmazonEKSAdminViewPolicy'), through('exec', 'Role/debug in web')],
    }),
    person('dora', { routes: [through('exec', 'Role/debug in web')] }),
  ];

  test('opens to the people by the way they have it, each with its rows', async () => {
    const dom = await open(rows, { clusters: [READ] });
    expect(lines(dom).slice(0, 2)).toEqual([
      '● 2 admins ClusterRole/ops cluster-wide, system:masters',
      '● 2 can become admin reads all secrets, exec in all pods',
    ]);
    const admins = await opened(dom, 'admins');
    expect(admins).toMatch(/^They can do everything in the cluster: .*ClusterRole\/ops cluster-wide 1 bob/);
    expect(admins).toMatch(/system:masters 1 alice@example.com Show all 2 in the table$/);
    const routes = await opened(dom, 'can become admin');
    // By their gravity, not by how many have them.
    expect(routes).toMatch(/reads all secrets 1 They can read every password and key.* exec in all pods 2 /);
    expect(routes).toContain('carl Granted by AmazonEKSAdminViewPolicy 1');
    expect(routes).toContain('carl, dora Granted by Role/debug in web 2');
    await dom.click('.part a', 'exec in all pods');
    expect(dom.texts('#panel-table .row-open').toSorted()).toEqual(['carl', 'dora']);
    await dom.click('.line .muted a', 'AmazonEKSAdminViewPolicy');
    expect(dom.texts('#panel-table .row-open')).toEqual(['carl']);
  });

  test('marks the link whose rows the table shows', async () => {
    const dom = await open(rows, { clusters: [READ] });
    await opened(dom, 'admins');
    await dom.click('.opened > p a', 'Show all 2 in the table');
    expect(dom.texts('#panel-table .row-open').toSorted()).toEqual(['alice@example.com', 'bob']);
    expect(dom.texts('header [aria-current]')).toEqual(['Show all 2 in the table']);
    await dom.go('');
    expect(dom.texts('header [aria-current]')).toEqual([]);
  });

  test('names the first of many, and says how many more there are', async () => {
    const many = Array.from({ length: 53 }, (_, index) =>
      rowOf({ principal: { type: 'USER', id: `${index}`, name: `p-${index}` } }),
    );
    const dom = await open(many, { clusters: [READ] });
    expect(await opened(dom, 'admins')).toContain('p-49, 3 more: show in the table');
    const entries = many.map((row) => ({ ...row, access: 'none', reason: 'deleted', routes: [] }) as const);
    const deleted = await open(entries, { clusters: [READ] });
    expect(lines(deleted)[1]).toBe('53 deleted but still assigned p-0, p-1 +51');
  });

  test('names entries without effect by the reasons that are there', async () => {
    const none = { access: 'none', routes: [] } as const;
    const entries = [
      { ...entryFor('Ops'), ...none, reason: 'unassigned' } as const,
      { ...entryFor('Dev'), ...none, reason: 'unassigned' } as const,
      { ...entryFor('Old'), ...none, reason: 'role-gone' } as const,
    ];
    const dom = await open([rowOf(), ...entries], { clusters: [READ] });
    const title = 'entries without effect';
    expect(lines(dom).at(-1)).toBe(
      `3 ${title} the permission set isn't assigned to anyone in the account, the role doesn't exist`,
    );
    expect(await opened(dom, title)).toContain('Ops in prod-eks, Dev in prod-eks');
    await dom.click('.opened > p a', 'Show all 3 in the table');
    expect(new URLSearchParams(dom.hash).getAll('reason')).toEqual(['role-gone', 'unassigned']);
  });

  test('says what is unknown, and how to read it', async () => {
    const unknown = { ...entryFor('Ops'), access: 'unknown' } as const;
    const asked = await open([rowOf(), unknown], { clusters: [READ, DEV] });
    expect(lines(asked)[1]).toBe(
      "▲ 3 not read prod +1 (RBAC), Ops in prod-eks, prod (the people with this role weren't read)",
    );
    const text = await opened(asked, 'not read');
    expect(text).toContain('RBAC 2 What Kubernetes groups may do in these clusters is unknown');
    expect(text).toContain('then run with --rbac rbac.yaml. prod, dev');
    const admin = { ...unknown, routes: [through('cluster-admin', 'system:masters')] };
    const dom = await open([admin], { clusters: [READ] });
    expect(lines(dom)[0]).toBe('▲ 1 admin or able to become one, if access is granted Ops in prod-eks');
    const route = { ...unknown, routes: [through('exec', 'Role/debug in web')] };
    const routes = await open([route], { clusters: [READ] });
    expect(await opened(routes, 'admin or able to become one, if access is granted')).toMatch(
      /can become cluster admin 1 Ops in prod-eks Show in the table$/,
    );
  });

  test('has warnings of the run, those about anybody first and in red', async () => {
    const warnings = [
      {
        code: 'matched-by-name',
        message: 'matched by name: a.yaml',
        place: null,
        help: 'Run `x y`.\nThen z.',
      },
      { code: 'anybody', message: 'anyone: reads all secrets', place: 'prod' },
      { code: 'sign-ins-unknown', message: 'OIDC providers are unknown', place: null },
    ];
    const dom = await open([rowOf()], { clusters: [{ ...READ }], warnings });
    expect(lines(dom).slice(0, 4)).toEqual([
      '● 1 allowed to anyone, without credentials prod: anyone: reads all secrets',
      '● 1 admin system:masters',
      '▲ 2 not read prod (RBAC), OIDC providers are unknown',
      '▲ 1 warning matched by name: a.yaml',
    ]);
    expect(await opened(dom, 'warning')).toBe('Matched by name: a.yaml. Run x y. Then z.');
    expect(dom.texts('.line code')).toEqual(['x y']);
    const anyone = 'allowed to anyone, without credentials';
    expect(await opened(dom, anyone)).toBe('prod: anyone: reads all secrets.');
  });

  test('has subjects that are not from AWS, and groups of everyone', async () => {
    const subject = rowOf(
      {
        ...{ principal: { type: 'KUBERNETES_GROUP', id: 'ops', name: 'ops' }, source: 'binding' },
        ...{ via: null, routes: [], permissionSet: null },
      },
      { ...{ source: 'binding', id: '', arn: '', username: '', groups: ['ops'] }, holders: null },
    );
    const dom = await open([subject], { clusters: [READ] });
    expect(lines(dom).at(-1)).toBe('1 subject that is not from AWS ops (Kubernetes group)');
  });
});

describe('without admins, the page says', () => {
  const verdict = (dom: Dom) => dom.texts('section[aria-labelledby="attention-title"] > p');

  test('in what none were found', async () => {
    expect(verdict(await open([person('carl')]))).toEqual([
      'No admins were found in what was read, and nobody who can become admin.',
    ]);
    const limits = {
      named: [{ type: 'USER', name: 'carl' } as const],
      kubernetesGroups: ['ops', 'dev'],
      namespace: null,
    };
    const limited = await open([person('carl')], { limits });
    expect(verdict(limited)).toEqual([
      'No admins were found among the rows of this page, and nobody who can become admin.',
    ]);
    expect(limited.texts('.limits li')).toEqual([
      'Only the access of user carl',
      'Only entries with Kubernetes group ops or dev',
    ]);
    expect(verdict(await open([rowOf()]))).toEqual([]);
  });

  test('that there are no entries', async () => {
    const withoutEntries = ['aws-auth', 'access-entry'] as const;
    const dom = await open([], { clusters: [{ ...PROD, withoutEntries }] });
    expect(verdict(dom)).toEqual(['No entries were found in aws-auth.yaml.']);
    expect(clusters(dom)[0]?.at(7)).toBe('no entries');
    const eks = await open([], { clusters: [{ ...READ, withoutEntries: ['aws-auth'] }] });
    expect(verdict(eks)).toEqual(['No admins were found in what was read, and nobody who can become admin.']);
  });
});

describe('what changed', () => {
  const changed = (name: string, change: RowChange, parts: Partial<WhoRow> = {}) => ({
    row: person(name, parts),
    change,
  });
  const change = (kind: RowChange['kind'], head: RowChange['head']): RowChange => ({
    kind,
    head,
    before: [],
  });

  test('has a line for each head with people, and clusters that came and went', async () => {
    const admin = { routes: [through('cluster-admin', 'ClusterRole/ops cluster-wide')] };
    const dom = await open(
      [
        changed('ada', change('changed', 'became-admin'), admin),
        changed('bob', change('new', 'new')),
        changed('bob', change('new', 'new'), { cluster: 'dev', clusterArn: DEV.arn }),
        changed('eve', change('changed', 'changed')),
        person('carl'),
      ],
      {
        clusters: [READ, DEV],
        since: {
          ...MONTH_AGO,
          doubts: ["old.json doesn't say which options it was made with"],
          newClusters: [DEV],
          goneClusters: [{ name: 'old', arn: arnOf('old') }],
        },
      },
    );
    expect(dom.text('#changes-title')).toBe('What changed since 28 Oct 2026 compared with old.json');
    expect(dom.texts('.clusters thead th')[5]).toBe('Changed since 28 Oct 2026');
    expect(clusters(dom).map((row) => [row[0], row[5]])).toEqual([
      ['prod', '3'],
      ['dev new', '1'],
    ]);
    expect(dom.texts('section[aria-labelledby="changes-title"] .line > summary')).toEqual([
      '● 1 became admin ada',
      '1 new access bob',
      '1 changed eve',
      '1 new cluster dev',
      '1 vanished cluster old',
    ]);
    const section = dom.text('section[aria-labelledby="changes-title"]');
    expect(section).toMatch(
      /None in the rows that were compared: can newly become admin, no longer admin, lost all access, new entry/,
    );
    expect(section).toMatch(/ old\.json doesn't say which options it was made with\.$/);
    expect(await opened(dom, 'became admin')).toContain('ClusterRole/ops cluster-wide 1 ada');
    expect(await opened(dom, 'new access')).toMatch(/^dev 1 bob prod 1 bob/);
    expect(await opened(dom, 'changed')).toBe('eve Show in the table');
  });

  test('is said to be nothing only of what was compared', async () => {
    const since = { ...MONTH_AGO, asOf: null, doubts: ["dev isn't in old.json"], uncompared: [DEV] };
    const dom = await open([person('carl')], { clusters: [READ, DEV], since });
    expect(dom.text('section[aria-labelledby="changes-title"]')).toBe(
      "What changed since the earlier run compared with old.json Nothing changed in the rows that were compared. Dev isn't in old.json.",
    );
    expect(clusters(dom).map((row) => row[5])).toEqual(['0', '– not compared']);
  });
});

test('one menu says how the page was made, what its words mean, and what it cannot tell', async () => {
  const dom = await open([rowOf()], {
    rbacFiles: [{ name: 'rbac.yaml', modifiedAt: '2026-11-19T08:30:00.000Z' }],
  });
  expect(dom.text('.head')).toBe('Who has access to prod AWS read 20 Nov 2026, 08:30 UTC About this page');
  await dom.click('.about summary');
  const about = dom.text('.about');
  expect(about).toContain('By aws-auth-sso 1.2.3, with this command: aws-auth-sso who aws-auth.yaml -o html');
  expect(about).toContain('AWS 20 Nov 2026, 08:30 UTC RBAC rbac.yaml, saved 19 Nov 2026');
  expect(about).toContain(`prod ${PROD.arn}; EKS wasn't asked; aws-auth.yaml, date unknown`);
  expect(about).toContain('Permission set What Identity Center assigns');
  expect(about).toContain("What it can't tell Who can change the access in AWS");
});

test('names are text, whatever they are made of', async () => {
  const names = ['</script><b>&amp;"\'', '\u202Etxt', '__proto__', 'constructor'];
  const rows = names.map((name) =>
    rowOf({ principal: { type: 'USER', id: name, name }, permissionSet: name }),
  );
  const dom = await open(rows, { clusters: [{ ...READ, name: '<i>"x' }] });
  expect(await opened(dom, 'admins')).toContain('</script><b>&amp;"\', \\u{202e}txt, __proto__, constructor');
  expect(dom.document.querySelectorAll('header b, header i')).toHaveLength(0);
  expect(clusters(dom)[0]?.[0]).toBe('<i>"x');
  expect(dom.document.title).toBe('Who has access to <i>"x');
});

test('the link for the keyboard keeps the view', async () => {
  const dom = await open([rowOf()], {}, 'access=granted');
  await dom.click('.skip');
  expect(dom.hash).toBe('access=granted');
  expect(dom.document.activeElement?.localName).toBe('main');
});
