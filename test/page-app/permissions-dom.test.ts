import { expect, test } from 'vitest';
import type { PageData } from '../../src/page/data.ts';
import type { ComparedRow } from '../../src/page/encode.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { run } from '../cli/run.ts';
import { binding, role, rulesOf } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { type Dom, openDom } from './dom.ts';
import { dataOf, entryOf, HEAD, people, rowOf } from './made-rows.ts';

const ARN = 'arn:aws:iam::111122223333';

async function htmlOf(argv: readonly string[], files: Readonly<Record<string, string>>): Promise<string> {
  const { stdout, stderr, exitCode } = await run([...argv, '-o', 'html'], { cwd: await scratch(files) });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

const FILES = {
  'aws-auth.yaml': awsAuthOf([
    { rolearn: `${ARN}:role/reader`, username: 'reader', groups: ['readers'] },
    { rolearn: `${ARN}:role/other`, username: 'other', groups: ['others'] },
    { rolearn: `${ARN}:role/admin`, username: 'admin', groups: ['system:masters'] },
    { rolearn: `${ARN}:role/binder`, username: 'binder', groups: ['binders'] },
    { rolearn: `${ARN}:role/cleaner`, username: 'cleaner', groups: ['cleaners'] },
  ]),
  'rbac.yaml': [
    role('secret-reader', rulesOf('get,list core secrets')),
    binding('readers', 'ClusterRole/secret-reader', ['Group readers'], 'payments'),
    role('pods', rulesOf('get,list core pods; get core configmaps settings; get /metrics')),
    binding('others', 'ClusterRole/pods', ['Group others']),
    role(
      'binder',
      rulesOf(
        'bind rbac.authorization.k8s.io clusterroles; create rbac.authorization.k8s.io clusterrolebindings',
      ),
    ),
    binding('binders', 'ClusterRole/binder', ['Group binders']),
    role('cleaner', rulesOf('delete core secrets')),
    binding('cleaners', 'ClusterRole/cleaner', ['Group cleaners'], 'shop'),
  ].join('\n---\n'),
};
const RBAC = ['who', 'aws-auth.yaml', '--rbac', 'rbac.yaml'];

/** A page without Identity Center: five roles, and one of them reads the secrets of payments. */
async function open(hash: string, argv: readonly string[] = RBAC): Promise<Dom> {
  return openDom(await htmlOf(argv, FILES), { hash });
}

const status = (dom: Dom) => dom.text('#panel-rights [role=status]');
const answers = (dom: Dom) => dom.texts('#panel-rights tbody');
const notes = (dom: Dom) => dom.texts('#panel-rights .answer .notice');
const parameters = (dom: Dom) => Object.fromEntries(new URLSearchParams(dom.hash));

const NO_ENTRIES = ' Unknown: who has access through access entries.';

test('who reads the secrets of a namespace is two clicks away', async () => {
  const dom = await open('');
  await dom.click('[role=tab]', 'Permissions');
  await dom.click('#panel-rights a', 'payments');
  expect(parameters(dom)).toEqual({ tab: 'rights', can: 'get,list,watch secrets', namespace: 'payments' });
  expect(status(dom)).toBe(`2 IAM roles can read secrets in namespace payments.${NO_ENTRIES}`);
  expect(answers(dom)).toEqual([
    `reader IAM role aws-auth ${ARN}:role/reader ClusterRole/secret-reader in payments RoleBinding readers to Kubernetes group readers only to get,list secrets`,
    `admin IAM role aws-auth ${ARN}:role/admin Admin: may do everything through system:masters`,
  ]);
  expect(dom.texts('#panel-rights thead [role=columnheader]')).toEqual([
    'Person or group',
    'Cluster',
    'Through',
    'Why',
  ]);
  expect(dom.texts('#panel-rights tbody [role=rowheader][scope=rowgroup][rowspan="1"]')).toHaveLength(2);
  expect(
    Array.from(dom.document.querySelectorAll('#panel-rights [role=cell]'), (cell) =>
      cell.getAttribute('data-label'),
    ).slice(0, 3),
  ).toEqual(['Cluster', 'Through', 'Why']);
  await dom.click('#panel-rights a', 'any namespace');
  expect(parameters(dom)).toEqual({ tab: 'rights', can: 'get,list,watch secrets' });
  const hints: string[] = [];
  for (const link of dom.texts('.presets a').slice(0, 6)) {
    await dom.click('.presets a', link);
    hints.push(dom.text('.presets p'));
  }
  expect(hints.map((hint) => hint.split(' ').slice(0, 2).join(' '))).toEqual([
    'Secrets hold',
    'Pods are',
    'A binding',
    'Starts applications.',
    'Deletes objects',
    'Every action',
  ]);
  await dom.click('#panel-rights a', 'Delete anything');
  expect(status(dom)).toBe(`1 IAM role can delete anything.${NO_ENTRIES}`);
  expect(dom.texts('#panel-rights a[aria-current=true]')).toEqual(['Delete anything', 'any namespace']);
});

test('an answer names those who can become admin, and those who get secrets from other requests', async () => {
  const dom = await open('tab=rights&can=get,list,watch secrets');
  expect(status(dom)).toBe(
    `2 IAM roles can read secrets. Requests to patch or delete secrets return them: 1 IAM role.${NO_ENTRIES}`,
  );
  expect(answers(dom)[2]).toBe(
    `cleaner IAM role through patch or delete aws-auth ${ARN}:role/cleaner Can delete secrets the response has them, through ClusterRole/cleaner in shop`,
  );
  expect(notes(dom)).toEqual([
    "1 IAM role can't, but can become cluster admin, and then allow themselves this. Show how",
  ]);
  expect(dom.texts('.notice.warn')).toEqual(notes(dom));
  await dom.click('.answer a', 'Show how');
  expect(parameters(dom)).toEqual({
    can: 'get,list,watch secrets',
    person: `IAM_ROLE/${ARN}:role/binder`,
  });
});

test('the answer follows what the reader types, and says what is wrong with it', async () => {
  const dom = await open('tab=rights');
  expect(answers(dom)).toEqual([]);
  await dom.type('#resource', 'pods');
  expect(status(dom)).toBe(`2 IAM roles can get,list,watch pods.${NO_ENTRIES}`);
  await dom.type('#verb', 'read');
  expect(status(dom)).toBe(`2 IAM roles can get,list,watch pods.${NO_ENTRIES}`);
  await dom.type('#verb', 'view');
  expect(status(dom)).toMatch(
    /^No answer\. Unknown verb "view", which neither .*: write "get,list,watch" to ask about any of them\.$/,
  );
  expect(answers(dom)).toEqual([]);
  await dom.type('#verb', 'delete');
  expect(status(dom)).toBe(`1 IAM role can delete pods.${NO_ENTRIES}`);
  await dom.type('#namespace', 'paymens');
  expect(notes(dom)[0]).toContain('Did you mean "payments"?');
  await dom.type('#namespace', '');
  await dom.type('#verb', 'get');
  await dom.type('#resource', 'configmaps');
  expect(status(dom)).toBe(`1 IAM role can get configmaps. Only for certain names: 1 IAM role.${NO_ENTRIES}`);
  expect(answers(dom)[1]).toBe(
    `other IAM role certain names only aws-auth ${ARN}:role/other Only for settings get configmaps, through ClusterRole/pods cluster-wide`,
  );
  await dom.type('#resource', '');
  expect(status(dom)).toBe('');
  expect(answers(dom)).toEqual([]);
});

test('several questions of an address are asked at once', async () => {
  const dom = await open('tab=rights&can=get,list pods; delete secrets');
  expect(status(dom)).toBe(`3 IAM roles can get,list pods or delete secrets.${NO_ENTRIES}`);
  expect(dom.find('#verb')).toHaveProperty('value', 'get,list');
  expect(dom.find('#resource')).toHaveProperty('value', 'pods; delete secrets');
  expect(answers(dom)[0]).toContain('only to get,list pods');
  await dom.go('tab=rights&can=get /metrics');
  expect(status(dom)).toBe(`2 IAM roles can get /metrics.${NO_ENTRIES}`);
  expect(dom.find('#resource')).toHaveProperty('value', '/metrics');
});

test('a suggestion is chosen with the keyboard', async () => {
  const dom = await open('tab=rights');
  expect(dom.texts('.sentence')).toEqual([
    'Who can Verb Resource in Namespace ?',
    'What can Person or group do?',
  ]);
  expect(dom.texts('[role=combobox]')).toHaveLength(4);
  for (const field of dom.document.querySelectorAll('[role=combobox]'))
    expect(dom.document.getElementById(field.getAttribute('aria-controls') ?? '')?.role).toBe('listbox');
  expect(
    ['#verb', '#resource', '#namespace', '#who'].map((id) => dom.find(id).getAttribute('placeholder')),
  ).toEqual(['get,list,watch', 'secrets', 'any', 'name']);
  await dom.type('#resource', '');
  expect(dom.texts('#resource-list li').slice(0, 11)).toEqual([
    'secrets passwords and keys',
    'pods running programs',
    'pods/exec commands in running programs',
    'pods/log what programs print',
    'configmaps settings',
    'deployments start programs',
    'rolebindings who has which role in a namespace',
    'clusterrolebindings who has which role in the cluster',
    'nodes machines',
    '*.* everything',
    'apiservices',
  ]);
  await dom.type('#resource', 'running commands');
  expect(dom.texts('#resource-list li')).toEqual(['pods/exec commands in running programs']);
  await dom.press('Enter');
  expect(dom.find('#resource')).toHaveProperty('value', 'pods/exec');
  await dom.type('#verb', 'create');
  expect(dom.texts('#verb-list li')).toEqual(['create create']);
  await dom.type('#verb', 'grant any');
  expect(dom.texts('#verb-list li')).toEqual(
    ['bind,escalate', 'bind', 'escalate'].map((verb) => `${verb} grant any permission`),
  );
  await dom.type('#verb', 'chan');
  const verb = dom.find('#verb');
  expect(verb.getAttribute('aria-expanded')).toBe('true');
  await dom.type('#verb', 'l');
  const labels = dom.texts('#verb-list li');
  await dom.press('ArrowDown');
  await dom.press('ArrowDown');
  expect(verb.getAttribute('aria-activedescendant')).toBe('verb-list-1');
  expect(dom.texts('#verb-list [aria-selected=true]')).toEqual([labels[1]]);
  expect(dom.texts('#verb-list [role=option][aria-selected=false]')).toHaveLength(labels.length - 1);
  await dom.press('ArrowUp');
  await dom.press('ArrowUp');
  expect(dom.texts('#verb-list [aria-selected=true]')).toEqual([labels.at(-1)]);
  await dom.press('Escape');
  expect(verb.getAttribute('aria-expanded')).toBe('false');
  expect(verb.hasAttribute('aria-activedescendant')).toBe(false);
  await dom.press('ArrowUp');
  expect(verb.getAttribute('aria-activedescendant')).toBe(`verb-list-${labels.length - 1}`);
  await dom.press('Enter');
  expect(verb).toHaveProperty('value', labels.at(-1)?.split(' ')[0]);
  await dom.type('#verb', 'get');
  await dom.press('Enter');
  expect(verb.getAttribute('aria-expanded')).toBe('false');
  expect(status(dom)).toContain('can get pods/exec.');
});

test('a person has the permissions that explain lists, and links of an answer lead to them', async () => {
  const dom = await open('tab=rights&can=get pods');
  await dom.click('.answer a', 'other');
  expect(parameters(dom)).toEqual({ tab: 'rights', who: `IAM_ROLE/${ARN}:role/other` });
  expect(dom.document.activeElement?.getAttribute('role')).toBe('status');
  expect(status(dom)).toBe(`other (IAM role) has access to 1 cluster.${NO_ENTRIES}`);
  expect(answers(dom)).toEqual([
    `other IAM role aws-auth ${ARN}:role/other read: configmaps get, only named "settings" read: pods get, list read: /metrics get`,
  ]);
  await dom.type('#who', 'binder');
  await dom.press('Enter');
  expect(status(dom)).toBe(`binder (IAM role) has access to 1 cluster.${NO_ENTRIES}`);
  expect(answers(dom)[0]).toContain('binder IAM role can become admin');
  expect(dom.texts('.badge.danger')).toEqual(['can become admin']);
  expect(answers(dom)[0]).toContain('May bind roles, through ClusterRole/binder cluster-wide.');
  await dom.type('#who', 'admin');
  await dom.click('#who-list li', 'admin');
  expect(status(dom)).toBe(`admin (IAM role) has access to 1 cluster. Admin in 1 cluster.${NO_ENTRIES}`);
  expect(dom.texts('.badge.admin')).toEqual(['admin']);
  expect(dom.texts('thead th').at(-1)).toBe('May');
  expect(answers(dom)).toEqual([
    `admin IAM role admin aws-auth ${ARN}:role/admin do everything: *.* * do everything: * *`,
  ]);
  await dom.type('#who', '');
  expect(status(dom)).toBe('');
  await dom.go('tab=rights&who=USER/nobody');
  expect(status(dom)).toBe("USER/nobody isn't on this page.");
});

test('people and roles with the same name are told apart', async () => {
  const ci = (account: string) => {
    const principal = { type: 'IAM_ROLE', id: `arn:aws:iam::${account}:role/ci`, name: 'ci' } as const;
    return rowOf({ principal, via: null, permissionSet: null }, entryOf({ id: principal.id }));
  };
  const dom = await openDom(dataOf([ci('222233334444'), ci('111122223333')]), { hash: 'tab=rights' });
  await dom.type('#who', 'ci');
  expect(dom.texts('#who-list li')).toEqual([
    'ci (IAM role in 111122223333)',
    'ci (IAM role in 222233334444)',
  ]);
  await dom.click('#who-list li', 'ci (IAM role in 222233334444)');
  expect(parameters(dom)).toEqual({ tab: 'rights', who: 'IAM_ROLE/arn:aws:iam::222233334444:role/ci' });
  expect((dom.find('#who') as HTMLInputElement).value).toBe('ci (IAM role in 222233334444)');
});

test('an address leads to a person whose name it can only hold in part', async () => {
  const name = 'bo\uD800b';
  const who = new URLSearchParams({ tab: 'rights', who: `USER/${name}` });
  const dom = await openDom(dataOf([rowOf({ principal: { type: 'USER', id: name, name } })]), {
    hash: who.toString(),
  });
  expect(status(dom)).toContain('(user) has access to 1 cluster.');
});

test('an address with a question and a person has both answers', async () => {
  const dom = await open(`tab=rights&can=get pods&who=IAM_ROLE/${ARN}:role/reader`);
  expect(dom.texts('.answer-status')).toEqual([
    `2 IAM roles can get pods.${NO_ENTRIES}`,
    `reader (IAM role) has access to 1 cluster.${NO_ENTRIES}`,
  ]);
  expect(dom.texts('#panel-rights table')).toHaveLength(2);
  await dom.go(`tab=rights&can=view pods&who=IAM_ROLE/${ARN}:role/reader`);
  expect(dom.texts('.answer-status')).toEqual([
    expect.stringContaining('No answer. Unknown verb "view"'),
    `reader (IAM role) has access to 1 cluster.${NO_ENTRIES}`,
  ]);
  await dom.click('a', 'Create pods');
  expect(parameters(dom)).toEqual({ tab: 'rights', can: 'create pods' });
  await dom.type('#who', 'other');
  await dom.press('Enter');
  expect(parameters(dom)).toEqual({ tab: 'rights', who: `IAM_ROLE/${ARN}:role/other` });
  await dom.type('#namespace', 'shop');
  expect(parameters(dom)).toEqual({ tab: 'rights', who: `IAM_ROLE/${ARN}:role/other`, namespace: 'shop' });
  await dom.type('#resource', 'nodes');
  expect(parameters(dom)).toEqual({ tab: 'rights', can: 'get,list,watch nodes', namespace: 'shop' });
});

test('the answer is about the rows of the filters, and can be asked about all', async () => {
  const dom = await open('tab=rights&can=get secrets&search=reader');
  expect(status(dom)).toBe(`1 IAM role can get secrets.${NO_ENTRIES}`);
  expect(notes(dom)).toEqual(['Among 1 of 5 rows, as the search and filters say. Ask about all rows']);
  await dom.type('input[type=search]', 'binder');
  expect(status(dom)).toBe(`Nobody in these rows is known to be able to get secrets.${NO_ENTRIES}`);
  await dom.click('.answer a', 'Ask about all rows');
  expect(status(dom)).toContain('2 IAM roles can get secrets.');
  expect(dom.hash).not.toContain('search');
});

test('what was not read is not "nobody"', async () => {
  const dom = await open('tab=rights&can=get secrets', ['who', 'aws-auth.yaml']);
  expect(status(dom)).toBe(
    `1 IAM role can get secrets. Unknown: whether 4 IAM roles can; what Kubernetes groups can do; who has access through access entries.`,
  );
  expect(dom.texts('.badge.warn')).toHaveLength(4);
  expect(answers(dom)[1]).toBe(
    `reader IAM role unknown aws-auth ${ARN}:role/reader Can't tell without the cluster's RBAC manifests.`,
  );
  expect(notes(dom)).toEqual([expect.stringContaining("Roles and bindings weren't given for aws-auth")]);
  expect(notes(dom)[0]).toContain('Then add --rbac rbac.yaml.');
  await dom.type('input[type=search]', 'reader');
  expect(status(dom)).toContain(
    'Nobody in these rows is known to be able to get secrets. Unknown: whether 1 IAM role can;',
  );
  await dom.go(`tab=rights&who=IAM_ROLE/${ARN}:role/reader`);
  expect(status(dom)).toBe(
    `reader (IAM role) has access to 1 cluster. Unknown: what Kubernetes groups can do; who has access through access entries.`,
  );
  expect(answers(dom)).toEqual([
    `reader IAM role aws-auth ${ARN}:role/reader Unknown: what roles and bindings grant`,
  ]);
});

test('permissions of everyone, and of anyone, come before those of some', async () => {
  const files = {
    ...FILES,
    'rbac.yaml': [
      role('settings', rulesOf('get,list core configmaps')),
      binding('all', 'ClusterRole/settings', ['Group system:authenticated']),
      binding('any', 'ClusterRole/settings', ['Group system:unauthenticated'], 'public'),
      ...['one', 'two', 'three'].map((name) =>
        binding(name, 'ClusterRole/settings', ['Group readers', 'User someone'], name),
      ),
      binding('four', 'ClusterRole/settings', ['Group others'], 'four'),
      binding('five', 'ClusterRole/settings', ['Group others'], 'five'),
      binding('six', 'ClusterRole/settings', ['Group binders'], 'six'),
      binding('seven', 'ClusterRole/settings', ['Group binders'], 'seven'),
    ].join('\n---\n'),
  };
  const dom = await openDom(await htmlOf(RBAC, files), { hash: 'tab=rights&can=get configmaps' });
  expect(status(dom)).toBe(
    `5 IAM roles, 1 Kubernetes group and 1 Kubernetes user can get configmaps.${NO_ENTRIES}`,
  );
  expect(notes(dom)).toEqual([
    'Everyone with access to aws-auth can, through ClusterRole/settings cluster-wide (ClusterRoleBinding all to Kubernetes group system:authenticated).',
    'Anyone who can reach the API server of aws-auth, without credentials, can, through ClusterRole/settings in public (RoleBinding any to Kubernetes group system:unauthenticated).',
  ]);
  expect(dom.texts('.presets a').slice(0, 6)).toEqual([
    'Read secrets',
    'Run commands in pods',
    'Change permissions',
    'Create pods',
    'Delete anything',
    'Do anything',
  ]);
  expect(dom.texts('.presets a').slice(6)).toEqual(
    'any namespace,five,four,kube-public,kube-system,one,public,seven,six'.split(','),
  );
  await dom.click('#namespace');
  expect(dom.texts('#namespace-list li')).toEqual(
    'five,four,kube-public,kube-system,one,public,seven,six,three,two'.split(','),
  );
  await dom.press('Escape');
  expect(dom.texts('.notice.danger')).toEqual(notes(dom));
  expect(answers(dom)[0]).toMatch(
    /ClusterRole\/settings in one RoleBinding one to Kubernetes group readers ClusterRole\/settings in (two|three) [^/]* and 2 more$/,
  );
  await dom.click('.answer summary', 'and 2 more');
  expect(answers(dom)[0]).toContain(
    'cluster-wide (everyone with access has it: ClusterRoleBinding all to Kubernetes group system:authenticated)',
  );
  expect(answers(dom)[1]).toMatch(/^other IAM role .* and 1 more$/);
  expect(answers(dom).at(-1)).toContain('someone Kubernetes user aws-auth bindings ClusterRole/settings in');
  await dom.go('tab=rights&can=get configmaps&namespace=one&search=someone');
  expect(answers(dom)[0]).toMatch(
    /RoleBinding one to username someone ClusterRole\/settings cluster-wide [^;]*$/,
  );
  expect(answers(dom)[0]).not.toContain('more');
  await dom.go('tab=rights&can=get pods');
  expect(notes(dom)).toEqual([]);
});

test('nobody can only where everything was read', async () => {
  const argv = ['--cluster', 'prod', '--inventory', 'inventory.json', '--rbac', 'rbac.yaml', '--expand'];
  const cwd = 'test/golden/realistic';
  const { stdout, stderr, exitCode } = await run(['who', 'aws-auth.yaml', ...argv, '-o', 'html'], { cwd });
  expect(exitCode, stderr).toBe(0);
  const dom = await openDom(stdout, { hash: 'tab=rights&can=delete nodes&search=nadia' });
  expect(status(dom)).toBe('Nobody in these rows can delete nodes.');
  const operator = `tab=rights&who=IAM_ROLE/${ARN}:role/teams/observability/grafana-operator`;
  await dom.go(operator);
  expect(status(dom)).toBe('grafana-operator (IAM role) has no access.');
  expect(answers(dom)).toEqual([
    `grafana-operator IAM role no access prod ${ARN}:role/teams/observability/grafana-operator No access the ARN has a path and never matches`,
  ]);
  await dom.go(`${operator}&search=nadia`);
  expect(status(dom)).toBe("grafana-operator (IAM role) isn't known to have access.");
  await dom.go(
    `tab=rights&who=IAM_ROLE/arn:aws:iam::444455556666:role/AWSReservedSSO_ReadOnly_f05b83a6c2e9d147`,
  );
  expect(status(dom)).toContain("isn't known to have access. Unknown: access to 1 cluster.");
  await dom.go('tab=rights&who=USER/nadia.haddad@larkfield.example');
  expect(status(dom)).toMatch(
    /their permissions don't add up\. Unknown: who has ReadOnly in larkfield-management,/,
  );
  expect(answers(dom)[0]).toMatch(
    /daemonsets.extensions\/status, deployments.apps get, list, watch and 46 more read, change/,
  );
  await dom.click('.answer summary', 'and 46 more');
  expect(answers(dom)[0]).toContain('and 46 more deployments.apps/scale, deployments.apps/status,');
});

test('a page that options limit says so in its answers', async () => {
  const dom = await open('tab=rights&can=create pods&search=other', [...RBAC, '--can', 'get pods']);
  expect(status(dom)).toBe(`Nobody in these rows is known to be able to create pods.${NO_ENTRIES}`);
  expect(notes(dom)[0]).toBe('This page is limited. Only who can: get pods. Others may be able to, too.');
});

test('a link to a question leads to its answer, and a tab to itself', async () => {
  const focusOf = (dom: Dom) => dom.document.activeElement?.getAttribute('role');
  expect(focusOf(await open('tab=rights&can=get pods'))).toBe('status');
  const dom = await open('can=get pods');
  await dom.click('[role=tab]', 'Permissions');
  expect(status(dom)).toContain('can get pods.');
  expect(focusOf(dom)).toBe('tab');
});

test('the file of the tab has its answer, and says so', async () => {
  const dom = await open('tab=rights&can=get secrets&namespace=payments');
  await dom.click('button', 'Save as CSV');
  await dom.go(`tab=rights&who=IAM_ROLE/${ARN}:role/other`);
  await dom.click('button', 'Save as CSV');
  const [who, what] = await dom.saved();
  expect(who?.name).toMatch(/^who-can-get-secrets-in-namespace-payments-aws-auth-\d{4}-\d\d-\d\d\.csv$/);
  const question = 'who can get secrets in namespace payments?';
  expect(who?.text.slice(1).split('\n')).toEqual([
    'question,person,kind,answer,cluster,through,why',
    `${question},reader,IAM role,yes,aws-auth,${ARN}:role/reader,ClusterRole/secret-reader in payments (RoleBinding readers to Kubernetes group readers)`,
    `${question},admin,IAM role,yes,aws-auth,${ARN}:role/admin,Admin: may do everything (through system:masters)`,
    '',
  ]);
  expect(what?.name).toMatch(/^what-can-other-do-aws-auth-/);
  expect(what?.text).toContain(
    `what can other do?,other,IAM role,has access,aws-auth,${ARN}:role/other,"read: configmaps (get, only named ""settings""); read: pods (get, list); read: /metrics (get)"\n`,
  );
});

test('without an answer, there is no file', async () => {
  const dom = await open('tab=rights');
  await dom.click('button', 'Save as CSV');
  expect(dom.text('button.save')).toBe('Nothing to save');
  await dom.go('tab=rights&can=create nodes&search=reader');
  expect(status(dom)).toContain('Nobody');
  await dom.click('button.save');
  expect(await dom.saved()).toEqual([]);
});

const PROD = HEAD.clusters[0];
const DEV = { ...PROD, name: 'dev', arn: `${PROD.arn.slice(0, -'prod'.length)}dev` };
const unknownRole = {
  type: 'IAM_ROLE',
  id: `${ARN}:role/AWSReservedSSO_Ops_0123456789abcdef`,
  name: 'x',
} as const;

/** Alice is admin of both clusters; the people of a role aren't known, and some clusters couldn't be read. */
function* rowsOfTwo(): Generator<ComparedRow> {
  const dev = { cluster: 'dev', clusterArn: DEV.arn };
  const way = { ...rowOf().way, status: 'unknown', principal: null } as WhoRow['way'];
  for (const row of [
    rowOf(),
    rowOf({ via: null }),
    rowOf({ via: 'Leads' }),
    rowOf({ ...dev, permissionSet: 'Ops' }),
    rowOf({
      ...dev,
      principal: unknownRole,
      via: null,
      permissionSet: 'Ops',
      access: 'unknown',
      way,
      routes: [],
    }),
    rowOf({
      ...{ principal: { type: 'ACCOUNT', id: '444455556666', name: '444455556666' }, via: null },
      ...{ accountId: '444455556666', accountName: 'legacy', permissionSet: null, rolearn: '' },
      ...{
        access: 'unknown',
        reason: 'unreadable',
        note: 'unreadable: denied',
        cluster: null,
        clusterArn: null,
      },
      ...{ unread: { region: 'eu-west-1', cause: 'denied', detail: '' }, way: null, routes: [] },
    }),
  ])
    yield { row, change: null };
}

const twoClusters = (): PageData => dataOf(rowsOfTwo(), { clusters: [PROD, DEV] });

test('ways into several clusters are told apart, and what was not read is named', async () => {
  const dom = await openDom(twoClusters(), { hash: 'tab=rights&can=get secrets' });
  const unread =
    "what Kubernetes groups can do; who has access through access entries; any cluster in legacy eu-west-1, which couldn't be read.";
  expect(status(dom)).toBe(`1 person can get secrets. Unknown: who has Ops in prod-eks; ${unread}`);
  expect(answers(dom)).toEqual([
    'alice@example.com prod Admin in prod-eks directly and through groups Platform, Leads Admin: may do everything through system:masters dev Ops in prod-eks through group Platform Admin: may do everything through system:masters',
    "Unknown people unknown dev Ops in prod-eks The people with this role weren't read. Admin: may do everything through system:masters",
    "A cluster that was not read unknown any cluster account legacy The cluster couldn't be read. unreadable: denied",
  ]);
  await dom.go(`tab=rights&can=get secrets&cluster=${PROD.arn}`);
  expect(status(dom)).toBe(
    '1 person can get secrets. Unknown: what Kubernetes groups can do; who has access through access entries.',
  );
  await dom.go('tab=rights&who=USER/alice@example.com');
  expect(status(dom)).toBe(
    `alice@example.com (user) has access to 2 clusters. Admin in 2 clusters. 2 ways: a session uses one at a time, so their permissions don't add up. Unknown: who has Ops in prod-eks; ${unread}`,
  );
  await dom.go('tab=rights&who=USER/alice@example.com&search=legacy');
  expect(status(dom)).toContain("alice@example.com (user) isn't known to have access.");
  expect(answers(dom)).toEqual([]);
});

test('groups without members, deleted people and policies of unknown rules are told apart', async () => {
  const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSNewPolicy';
  const entry = entryOf({ groups: [], policies: [{ policyArn, scope: 'cluster' }] });
  const way = {
    entry,
    principal: null,
    accountId: '111122223333',
    status: 'granted',
    isNode: false,
  } as const;
  const rows = [
    rowOf({ principal: { type: 'GROUP', id: 'g-1', name: 'Platform' }, via: null }),
    rowOf({ principal: { type: 'USER', id: 'u-9', name: null }, via: null }),
    rowOf(
      {
        way: { ...way, principal: { type: 'USER', id: 'u-2', name: 'bob', members: null } },
        principal: { type: 'USER', id: 'u-2', name: 'bob' },
      },
      entry,
    ),
  ].map((row) => ({ row, change: null }));
  const data = dataOf(rows, {
    isExpanded: false,
    clusters: [{ ...PROD, authenticationMode: 'API', file: null }],
  });
  const dom = await openDom(data, { hash: 'tab=rights&can=get secrets' });
  expect(status(dom)).toBe(
    '1 person and 1 group can get secrets. Unknown: whether 1 person can; what Kubernetes groups can do.',
  );
  expect(answers(dom).slice(1)).toEqual([
    'u-9 deleted user prod Admin in prod-eks Admin: may do everything through system:masters',
    "bob unknown prod Admin in prod-eks through group Platform Can't tell: the rules of this access policy are unknown. AmazonEKSNewPolicy cluster-wide",
  ]);
  expect(notes(dom)[0]).toBe('To see members of groups, make this page with --expand.');
  expect(notes(dom)[1]).toContain("Roles and bindings weren't given for prod.");
  const withoutMap = dataOf([], {
    clusters: [{ ...PROD, authenticationMode: 'CONFIG_MAP', file: null }, PROD],
  });
  const other = await openDom(withoutMap, { hash: 'tab=rights&can=get secrets' });
  expect(status(other)).toBe(
    'Nobody is known to be able to get secrets. Unknown: what Kubernetes groups can do; who has access through aws-auth in 1 of 2 clusters; who has access through access entries in 1 of 2 clusters.',
  );
});

test('links to very many people are links to what they have in common', async () => {
  const entry = entryOf({ groups: [] });
  const bind = [{ risk: 'bind', text: 'may bind roles', through: 'ClusterRole/x cluster-wide' }] as const;
  function* rows(count: number): Generator<ComparedRow> {
    for (const { row } of people(count)) {
      const { principal } = row;
      const way = { ...rowOf({}, entry).way, principal } as WhoRow['way'];
      yield { row: { ...rowOf({ principal, routes: bind, way }, entry) }, change: null };
    }
  }
  const hrefOf = async (count: number) => {
    const dom = await openDom(dataOf(rows(count)), { hash: 'tab=rights&can=get secrets' });
    expect(notes(dom).at(-1)).toContain(`${count} people can't, but can become cluster admin`);
    const href = dom.find('.answer a', 'Show how').getAttribute('href') ?? '';
    return new URLSearchParams(href.slice(1));
  };
  expect((await hrefOf(100)).getAll('person')).toHaveLength(100);
  expect([...(await hrefOf(101))]).toEqual([
    ['admin', 'route'],
    ['can', 'get secrets'],
  ]);
});

test('an empty page says that nobody is known, not that nobody can', async () => {
  const empty = dataOf([], { clusters: [] });
  const dom = await openDom(empty, { hash: 'tab=rights&can=get secrets' });
  expect(status(dom)).toBe('Nobody is known to be able to get secrets.');
});

test('a long answer is shown in steps', async () => {
  const data = dataOf(people(120));
  const dom = await openDom(data, { hash: 'tab=rights&can=get secrets' });
  expect(status(dom)).toContain('120 people can get secrets.');
  expect(answers(dom)).toHaveLength(50);
  expect(dom.text('.answer')).toContain('50 of 120 are shown.');
  await dom.click('.answer button', 'Show 50 more');
  expect(answers(dom)).toHaveLength(100);
  await dom.click('.answer button', 'Show 20 more');
  expect(answers(dom).at(-1)).toContain('person-119@example.com');
  expect(dom.texts('.answer button')).toEqual([]);
  await dom.type('#who', 'person-7');
  expect(dom.texts('#who-list li')).toHaveLength(11);
  await dom.type('#who', 'person');
  expect(dom.texts('#who-list li')).toHaveLength(50);
  expect(dom.text('.combobox-popup')).toContain('70 more: type to narrow down');
});

test('names of any kind are only text', async () => {
  const hostile = '<img src=x>\u202e${x}';
  const files = {
    'aws-auth.yaml': awsAuthOf([{ rolearn: `${ARN}:role/reader`, username: hostile, groups: [hostile] }]),
    'rbac.yaml': [
      role(
        '<b>reader<b>',
        rulesOf('get,list core secrets; get core configmaps <i>name</i>; get /<u>path</u>'),
      ),
      binding('constructor', 'ClusterRole/<b>reader<b>', [`Group ${hostile}`]),
    ].join('\n---\n'),
  };
  const hash = `tab=rights&can=get secrets&who=IAM_ROLE/${ARN}:role/reader`;
  const dom = await openDom(await htmlOf(RBAC, files), { hash });
  expect(answers(dom)[0]).toContain('ClusterRole/<b>reader<b> cluster-wide');
  expect(answers(dom)[0]).toContain('Kubernetes group <img src=x>\\u{202e}${x}');
  expect(answers(dom)[1]).toContain('read: /<u>path</u>');
  await dom.type('#resource', '<img> constructor');
  await dom.type('#namespace', '__proto__');
  expect(status(dom)).toContain('"__proto__" isn\'t a valid namespace name');
  expect(dom.document.querySelectorAll('img, b, i, u')).toHaveLength(0);
});
