import { join } from 'node:path';
import { expect, test } from 'vitest';
import { policyData } from '../../src/access-policy.ts';
import { policyRules } from '../../src/rbac/access-policies.ts';
import { scratch } from '../scratch.ts';
import { main } from './main.ts';
import { readPublished } from './table.ts';

const JSON_TABLE = JSON.stringify({
  source: 'today',
  policies: {
    AmazonEKSClusterAdminPolicy: {
      rules: [
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        { nonResourceURLs: ['*'], verbs: ['*'] },
      ],
    },
    AmazonEKSSecretReaderPolicy: { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
  },
});

const MARKDOWN = `# Review access policy permissions
<a name="access-policy-permissions"></a>

## AmazonEKSClusterAdminPolicy<a name="access-policy-permissions-AmazonEKSClusterAdminPolicy"></a>

**ARN** – \`arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy\`


| Kubernetes API groups | Kubernetes nonResourceURLs | Kubernetes resources | Kubernetes verbs \\(permissions\\) | 
| --- | --- | --- | --- | 
|  \`*\`  |  |  \\*  | \\* | 
|  | \\* |  | \\* | 

## AmazonEKSSecretReaderPolicy

| Kubernetes API groups | Kubernetes resources | Kubernetes verbs (permissions) | 
| --- | --- | --- | 
|  | secrets | get | 

## Access policy updates

| Change | Description | Date | 
| --- | --- | --- | 
| Added policies | Words\\. | May 29, 2023 | 
`;

const HTML = `<html><body><h2 id="a">AmazonEKSClusterAdminPolicy</h2><p>Words.</p>
<table><thead><tr><th>Kubernetes API groups</th><th>Kubernetes nonResourceURLs</th><th>Kubernetes resources</th>
<th>Kubernetes verbs (permissions)</th></tr></thead>
<tr><td><p><code class="code">*</code></p></td><td></td><td tabindex="-1"><p>*</p></td><td><p>*</p></td></tr>
<tr><td></td><td><p> * </p></td><td>&nbsp;</td><td><p>*</p></td></tr></table>
<h2>AmazonEKSSecretReaderPolicy</h2><table><tr><th>Kubernetes API groups</th><th>Kubernetes resources</th>
<th>Kubernetes verbs (permissions)</th></tr><tr><td></td><td><p><code>secrets</code></p></td><td><p>get</p></td></tr></table>
<h2>Access policy updates</h2><table><tr><th>Change</th><th>Date</th></tr><tr><td>Added</td><td>May</td></tr></table>
</body></html>`;

async function compare(text: string): Promise<ReturnType<typeof main>> {
  return main([join(await scratch({ table: text }), 'table')]);
}

test.each([
  ['JSON', JSON_TABLE],
  ['Markdown', MARKDOWN],
  ['HTML', HTML],
])('reads %s', (_, text) => {
  const none = { resourceNames: [], nonResourceURLs: [] };
  const { names, table } = readPublished(text);
  expect(names).toEqual(['AmazonEKSClusterAdminPolicy', 'AmazonEKSSecretReaderPolicy']);
  expect([...(table ?? [])]).toEqual([
    [
      'AmazonEKSClusterAdminPolicy',
      [
        { ...none, apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        { ...none, apiGroups: [], resources: [], verbs: ['*'], nonResourceURLs: ['*'] },
      ],
    ],
    ['AmazonEKSSecretReaderPolicy', [{ ...none, apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]],
  ]);
});

test('shows what a policy gained and lost, new policies, and those that the table lacks', async () => {
  const policies = {
    AmazonEKSHybridPolicy: {
      rules: [
        { apiGroups: ['*'], resources: ['nodes'], verbs: ['get', 'watch'] },
        { nonResourceURLs: ['/healthz'], verbs: ['get'] },
      ],
    },
    AmazonEKSSecretReaderPolicy: {
      rules: ['get', 'list', 'watch'].map((verb) => ({
        apiGroups: [''],
        resources: ['secrets'],
        verbs: [verb],
      })),
    },
    AmazonEKSFuturePolicy: {
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['one'], verbs: ['get'] }],
    },
  };
  const { text, exitCode } = await compare(JSON.stringify({ policies }));
  expect(text.split('\n')).toEqual([
    'AmazonEKSFuturePolicy: new',
    'AmazonEKSClusterAdminPolicy: not in the table',
    'AmazonEKSAdminPolicy: not in the table',
    'AmazonEKSAdminViewPolicy: not in the table',
    'AmazonEKSEditPolicy: not in the table',
    'AmazonEKSViewPolicy: not in the table',
    'AmazonEKSHybridPolicy: + get URL /healthz',
    'AmazonEKSHybridPolicy: + get,watch * nodes',
    'AmazonEKSHybridPolicy: - list * nodes',
    'AmazonEKSFuturePolicy: + get apps deployments named one',
    '',
  ]);
  expect(exitCode).toBe(1);
});

const NAMES = Object.keys(policyData().policies);
const listOf = (names: readonly string[]) =>
  JSON.stringify({
    accessPolicies: names.map((name) => ({ name, arn: `arn:aws:eks::aws:cluster-access-policy/${name}` })),
  });

test('finds no difference in the rules and names of the program', async () => {
  const policies = Object.fromEntries([...policyRules()].map(([name, rules]) => [name, { rules }]));
  const folder = await scratch({ 'page.json': JSON.stringify({ policies }), 'list.json': listOf(NAMES) });
  expect(main([join(folder, 'page.json'), join(folder, 'list.json')])).toEqual({
    text: expect.stringMatching(/^src\/rbac\/data\/access-policies.json \(.*\) is still right\n$/),
    exitCode: 0,
  });
});

test('shows names that the list of EKS gained and lost, but not those that come from elsewhere', async () => {
  const left = NAMES.filter((name) => !['AmazonEKSViewPolicy', 'AmazonEKSACKPolicy'].includes(name));
  expect(
    await compare(listOf(['AmazonEKSFuturePolicy', ...left.filter((name) => !name.startsWith('AWSBackup'))])),
  ).toEqual({
    text: `${[
      'AmazonEKSFuturePolicy: new',
      'AmazonEKSViewPolicy: not in the list',
      'AmazonEKSACKPolicy: not in the list',
    ].join('\n')}\n`,
    exitCode: 1,
  });
});

test('shows a policy whose rules the page does not publish, if its name is new', async () => {
  const page = MARKDOWN.replace(
    '## Access policy updates',
    '## AWSNewPolicyForBackup\n\nWords.\n\n## Updates',
  );
  expect((await compare(page)).text).toContain('AWSNewPolicyForBackup: new\n');
});

test.each([
  ['nothing', ''],
  ['a page without tables', '# Review access policy permissions\n'],
  ['broken JSON', '{"policies": '],
  ['an empty list', '{"accessPolicies": []}'],
  ['JSON of another shape', '{"policies": {"AmazonEKSViewPolicy": {"rules": [{"verbs": "get"}]}}}'],
])('refuses %s', async (_, text) => {
  expect((await compare(text)).exitCode).toBe(2);
});

test('refuses a file that does not exist, and none', () => {
  expect(main(['/does/not/exist'])).toMatchObject({ exitCode: 2, text: expect.stringContaining('ENOENT') });
  expect(main([])).toMatchObject({ exitCode: 2, text: expect.stringContaining('npm run compare:policies') });
});
