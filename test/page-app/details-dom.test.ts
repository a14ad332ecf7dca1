import { expect, test } from 'vitest';
import type { ComparedRow } from '../../src/page/encode.ts';
import { openDom } from './dom.ts';
import { dataOf, entryOf, rowOf, SINCE } from './made-rows.ts';

/** The whole story of the first row, as a reader sees it. */
async function story(rows: readonly ComparedRow[], head: Parameters<typeof dataOf>[1] = {}, place = 0) {
  const dom = await openDom(dataOf(rows, head));
  await dom.click(`tr[data-index="${place}"] .row-open`);
  // Nothing is empty, and no heading is without its text.
  for (const one of dom.document.querySelectorAll('dialog :is(p, span, dd, h2, h3)'))
    if (!one.matches('[role=status]')) expect(one.textContent?.trim()).not.toBe('');
  return dom.texts('dialog :is(.lead, h3, .step-hint, li, dl > div)');
}

test('a person: the lead, each step with what its words mean, and the facts', async () => {
  const text = await story([{ row: rowOf({}, entryOf({ source: 'aws-auth' })), change: null }]);
  expect(text).toMatchInlineSnapshot(`
    [
      "alice@example.com has access to cluster prod, and is cluster admin: everything in the cluster is allowed.",
      "How",
      "The user alice@example.com",
      "is a member of the group Platform",
      "which is assigned the permission set Admin in account 111122223333 (prod-eks)",
      "and so signs in as the IAM role AWSReservedSSO_Admin_0123456789abcdef arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef Identity Center creates this role in the account for the permission set.",
      "matches an entry in aws-auth (aws-auth.yaml) aws-auth is a list in the cluster. Each entry gives an IAM role or user a username and groups in Kubernetes.",
      "is known to Kubernetes as admin:alice-example.com Audit logs show this username.",
      "with the Kubernetes groups system:masters Kubernetes allows system:masters everything, without a role.",
      "Routes to admin",
      "cluster admin through system:masters Can do everything in the cluster: read every secret, run any program, grant anyone access.",
      "Access has access Cluster prod Cluster ARN arn:aws:eks:eu-west-1:111122223333:cluster/prod Account 111122223333 (prod-eks) ID in Identity Center u-1 Entry arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef Username in the entry admin:{{SessionName}} aws-auth file aws-auth.yaml AWS read 20 Nov 2026, 08:30 UTC",
    ]
  `);
});

test('a place that could not be read has no steps', async () => {
  const unread = { region: 'eu-west-1', cause: 'AccessDeniedException', detail: 'not allowed' };
  const principal = { type: 'ACCOUNT', id: '111122223333', name: '111122223333' } as const;
  const note = 'any cluster in 111122223333 eu-west-1: AccessDeniedException';
  const parts = { principal, cluster: null, unread, note, routes: [], way: null, groups: [] } as const;
  const row = rowOf({ ...parts, access: 'unknown', reason: 'unreadable' });
  expect(await story([{ row, change: null }])).toMatchInlineSnapshot(`
    [
      "Who has access to the cluster is unknown: any cluster in 111122223333 eu-west-1: AccessDeniedException.",
      "Access unknown Note the cluster couldn't be read Cluster ARN arn:aws:eks:eu-west-1:111122223333:cluster/prod Account 111122223333 (prod-eks) Entry arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef Username in the entry admin:{{SessionName}} AWS read 20 Nov 2026, 08:30 UTC Details not allowed",
    ]
  `);
});

test('an entry without effect, what it would give, and why it does not', async () => {
  const entry = entryOf({ source: 'aws-auth', groups: ['ops'] });
  const row = rowOf({ access: 'none', reason: 'role-gone', routes: [], via: null }, entry);
  expect(await story([{ row, change: null }])).toMatchInlineSnapshot(`
    [
      "alice@example.com has no access to cluster prod through this entry: the role doesn't exist.",
      "The entry",
      "An entry in aws-auth (aws-auth.yaml) aws-auth is a list in the cluster. Each entry gives an IAM role or user a username and groups in Kubernetes.",
      "is for AWSReservedSSO_Admin_0123456789abcdef arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef",
      "the role of the permission set Admin in account 111122223333 (prod-eks)",
      "and would give username admin:{{SessionName}} group ops",
      "but grants no access: the role doesn't exist",
      "Access no access Note the role doesn't exist Cluster prod Cluster ARN arn:aws:eks:eu-west-1:111122223333:cluster/prod Account 111122223333 (prod-eks) ID in Identity Center u-1 Entry arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef Username in the entry admin:{{SessionName}} aws-auth file aws-auth.yaml AWS read 20 Nov 2026, 08:30 UTC",
    ]
  `);
});

test('a change: what was added and removed', async () => {
  const change = {
    kind: 'changed',
    head: 'changed',
    before: [{ field: 'groups', was: ['a', 'b'], now: ['b', 'c'] }],
  } as const;
  const text = await story([{ row: rowOf(), change }]);
  expect(text).toEqual(expect.arrayContaining(['What changed', 'Kubernetes groups added c removed a']));
});

test('access that is gone: why, and whether there is other access to the same cluster', async () => {
  const since = { ...SINCE, earlierRows: 1 };
  const dead = rowOf(
    { access: 'none', reason: 'role-gone', principal: { type: 'IAM_ROLE', id: 'x', name: 'x' } },
    entryOf(),
  );
  const arn = 'arn:aws:eks:eu-west-1:111122223333:cluster/dev';
  const elsewhere = { cluster: 'dev', clusterArn: arn } as const;
  const other = rowOf({}, entryOf({ id: 'arn:aws:iam::111122223333:role/other' }));
  const gone: ComparedRow = { row: rowOf({}, entryOf()), change: { kind: 'gone', head: 'gone', before: [] } };
  const leadOf = async (...now: readonly ReturnType<typeof rowOf>[]) => {
    const all = [...now.map((row) => ({ row, change: null })), gone];
    const [lead, path] = await story(all, { since }, now.length);
    expect(path).toBe('How it was');
    return lead;
  };
  const had =
    'In the earlier run: alice@example.com had access to cluster prod, and was cluster admin: everything in the cluster was allowed.';
  const why = "Its entry grants nobody access now: the role doesn't exist.";
  expect(await leadOf(dead)).toBe(`This access is gone. ${why} ${had}`);
  expect(await leadOf(other)).toBe(`This access is gone. ${had} alice@example.com still has other access.`);
  const [deadThere, otherThere] = [dead, other].map((row) => ({ ...row, ...elsewhere }));
  if (!deadThere || !otherThere) throw new Error('two rows');
  expect(await leadOf(deadThere, otherThere)).toBe(`This access is gone. ${had}`);
});
