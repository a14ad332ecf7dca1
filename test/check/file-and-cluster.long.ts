import { expect, test } from 'vitest';
import { readList } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import type { CheckFinding } from '../../src/check/rule.ts';
import { accessEntry, eksCluster } from '../access-entry/eks-cluster.ts';
import { authorizerOf, binding } from '../rbac/manifests.ts';

const ACCOUNT = '111122223333';
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

function found(
  entries: readonly { readonly username: string; readonly groups: readonly string[] }[],
  clusterGroups: readonly string[],
  subjects: readonly string[],
): CheckFinding[] {
  const items = entries.map((entry, index) => ({ rolearn: roleArn(`r${index}`), ...entry }));
  const accessEntries = clusterGroups.map((group, index) =>
    accessEntry(roleArn(`c${index}`), { username: `c${index}`, kubernetesGroups: [group] }),
  );
  const eks = eksCluster('API_AND_CONFIG_MAP', accessEntries);
  const rbac = authorizerOf(binding('b', 'ClusterRole/view', [...subjects]));
  return checkDocument(readList(JSON.stringify(items), 'aws-auth.yaml'), { cluster: { eks, rbac } });
}

const isInCluster = ({ location }: CheckFinding) => location.isFile === false;
const numbered = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

test('ten thousand findings in the file leave room for as many in the access entries', () => {
  const entries = numbered(10_001, 'mine').map((group) => ({ username: 'u', groups: [group] }));
  const all = found(entries, numbered(3, 'theirs'), ['Group other']);
  const unbound = all.filter(({ code }) => code === 'unbound-group');
  expect(unbound.filter(isInCluster)).toHaveLength(3);
  expect(unbound).toHaveLength(10_003);
});

test('access entries whose groups are compared with many names do not change the findings in the file', () => {
  const subjects = numbered(3000, 'team').map((name) => `User ${name}`);
  const entries = [{ username: 'team-17x', groups: [] }];
  const helpOf = (clusterGroups: readonly string[]) =>
    found(entries, clusterGroups, [
      ...subjects,
      ...subjects.map((name) => name.replace('User', 'Group')),
    ]).find(({ code }) => code === 'unbound-user')?.help;
  expect(helpOf([])).toContain('Did you mean');
  expect(helpOf(numbered(300, 'tean'))).toBe(helpOf([]));
});
