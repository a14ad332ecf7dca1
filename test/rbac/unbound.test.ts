import { describe, expect, test } from 'vitest';
import { mailFindings, UnboundNames } from '../../src/rbac/unbound.ts';
import { authorizerOf, binding, role } from './manifests.ts';

const RULES = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
const help = (kind: 'User' | 'Group', name: string, ...manifests: readonly string[]) =>
  new UnboundNames(authorizerOf(role('some', RULES), ...manifests)).text(kind, name).help;

const command = (kind: 'user' | 'group', name: string) =>
  `\`kubectl create clusterrolebinding ${name}-view --clusterrole=view --${kind}=${name}\`, or a rolebinding with -n NAMESPACE.`;

describe('a group that no binding names', () => {
  test('is a ClusterRole', () => {
    const cure = (name: string) =>
      `"${name}" is a ClusterRole, not a group. Bind it to a group, and give that to the entry: \`kubectl create clusterrolebinding NAME --clusterrole=${name} --group=GROUP\`, or a rolebinding with -n NAMESPACE.`;
    const viewers = binding('v', 'ClusterRole/view', ['Group viewers']);
    expect(help('Group', 'view', viewers)).toBe(cure('view'));
    expect(help('Group', 'cluster-admin', viewers)).toBe(cure('cluster-admin'));
    expect(help('Group', 'own', role('own', RULES))).toBe(cure('own'));
    expect(help('Group', 'own', role('own', RULES, 'payments'))).toBe(`Bind it: ${command('group', 'own')}`);
    expect(help('User', 'view', viewers)).toBe(`Bind it: ${command('user', 'view')}`);
  });

  test('is near no short name that has little in common with it', () => {
    const bound = binding('b', 'ClusterRole/view', ['Group two', 'Group x']);
    expect(help('Group', 'sso', bound)).toBe(`Bind it: ${command('group', 'sso')}`);
    expect(help('Group', '@x', bound)).not.toContain('Did you mean');
  });

  test.each(['a\u001b[31m', 'two\nlines', 'right\u202eleft'])('%j is in no command', (name) => {
    expect(help('Group', name)).toBe('Bind it in a manifest: no command can show its name.');
    expect(help('User', name, binding('b', 'ClusterRole/view', [`User ${name}x`]))).toMatch(
      /^Did you mean ".*"\? If not, bind it in a manifest: no command can show its name\.$/,
    );
  });

  test('in a shell is one word', () => {
    expect(help('Group', "it's")).toContain(String.raw`view '--group=it'\''s'`);
  });
});

describe('a role that does not exist', () => {
  test('cannot be what a ClusterRoleBinding takes', () => {
    expect(help('Group', 'g', role('r', RULES, 'payments'), binding('b', 'Role/r', ['Group g']))).toBe(
      'A ClusterRoleBinding takes no Role: bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.',
    );
  });

  test('is of the other kind', () => {
    expect(help('Group', 'g', binding('b', 'Role/admin', ['Group g'], 'payments'))).toBe(
      '"admin" is a ClusterRole: delete the RoleBinding and create it with kind: ClusterRole in its roleRef, which cannot change.',
    );
    const local = role('local', RULES, 'payments');
    expect(help('Group', 'g', local, binding('b', 'ClusterRole/local', ['Group g'], 'payments'))).toBe(
      '"local" is a Role: delete the RoleBinding and create it with kind: Role in its roleRef, which cannot change.',
    );
    const create = (kind: string) =>
      `Create the role, or delete the ${kind} and create it with another: a roleRef cannot change.`;
    expect(help('Group', 'g', local, binding('b', 'ClusterRole/local', ['Group g'], 'shop'))).toBe(
      create('RoleBinding'),
    );
    expect(help('Group', 'g', local, binding('b', 'ClusterRole/local', ['Group g']))).toBe(
      create('ClusterRoleBinding'),
    );
  });

  test('is misspelled', () => {
    expect(help('Group', 'g', binding('b', 'ClusterRole/veiw', ['Group g']))).toMatch(
      /^Did you mean "view"\? Create/,
    );
  });
});

describe('the e-mail address of a user', () => {
  const ERIN = binding('erin', 'ClusterRole/view', ['User sso:erin@example.com', 'User bob'], 'payments');
  const found = (...usernames: readonly string[]) => mailFindings(usernames, authorizerOf(ERIN));

  test('is none that a session has', () => {
    expect(found('sso:{{SessionName}}', 'sso:erin-example.com')).toEqual([
      {
        severity: 'warning',
        code: 'unreplaced-mail',
        message:
          'no session is the user "sso:erin@example.com" of RoleBinding payments/erin at rbac.yaml:1:1',
        help: '{{SessionName}} has - in place of @: write "sso:erin-example.com" in the binding, or {{SessionNameRaw}} in the username of the entry.',
      },
    ]);
    expect(help('User', 'sso:erin-example.com', ERIN)).toBe(
      'RoleBinding payments/erin at rbac.yaml:3:1 names "sso:erin@example.com". {{SessionName}} has - in place of @: write "sso:erin-example.com" in the binding, or {{SessionNameRaw}} in the username of the entry.',
    );
    expect(help('User', 'sso:{{SessionName}}', ERIN)).toMatch(/^RoleBinding payments\/erin .* names/);
    expect(help('Group', 'sso:{{SessionName}}', ERIN)).toMatch(/^Give the entry a group/);
  });

  test.each(['sso:{{SessionNameRaw}}', 'sso:erin@example.com', 'other:{{SessionName}}', 'bob', 'sso:erin'])(
    'is no mistake for %s',
    (username) => expect(found(username)).toEqual([]),
  );
});
