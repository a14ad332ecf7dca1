import { expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const entry = (set: string, group: string) =>
  `- rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_${set}_0123456789abcdef\n  username: "sso:{{SessionName}}"\n  groups: [${group}]\n`;
const LOOK = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: look }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: look }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: look }
subjects:
`;

test('many entries with one name, and many names, are checked quickly', async () => {
  const names = Array.from({ length: 2000 }, (_, index) => `team-${index}-developers`);
  const subjects = names.map(
    (name) => `  - { kind: Group, name: ${name} }\n  - { kind: User, name: sso:${name} }\n`,
  );
  const rbac = `${LOOK}${subjects.join('')}`;
  const items = Array.from({ length: 3000 }, (_, index) => entry(`Set${index}`, `tame-${index}-developer`));
  const cwd = await scratch({ 'map.yaml': items.join(''), 'rbac.yaml': rbac });
  const { stdout } = await run(['check', 'map.yaml', '--rbac', 'rbac.yaml'], { cwd });
  expect(stdout.match(/\[unbound-group\]$/gm)).toHaveLength(3000);
  // The search for similar names is limited.
  const { length } = stdout.match(/Did you mean/g) ?? [];
  expect(length).toBeGreaterThan(100);
  expect(length).toBeLessThan(300);
});
