import { describe, expect, test } from 'vitest';
import { mailFindings } from '../../src/rbac/mails.ts';
import { UnboundNames } from '../../src/rbac/unbound.ts';
import { authorizerOf, binding, role } from './manifests.ts';

const RULES = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
const help = (kind: 'User' | 'Group', name: string, ...manifests: readonly string[]) =>
  new UnboundNames(authorizerOf(role('some', RULES), ...manifests)).text(kind, name).help;

const command = (kind: 'user' | 'group', name: string) =>
  `\`kubectl create clusterrolebinding ${name}-view --clusterrole=view --${kind}=${name}\`, or a rolebinding with -n NAMESPACE.`;

describe('a group that no binding names', () => {
  test('is a ClusterRole', () => {
    const cure = (name: string, everywhere: string) =>
      `"${name}" is a ClusterRole, not a group. Bind it to one of your groups where it is needed, and give that group to the entry: \`kubectl create rolebinding NAME --clusterrole=${name} --group=GROUP -n NAMESPACE\`. A clusterrolebinding instead ${everywhere}.`;
    const viewers = binding('v', 'ClusterRole/view', ['Group viewers']);
    expect(help('Group', 'view', viewers)).toBe(cure('view', 'counts in every namespace'));
    expect(help('Group', 'cluster-admin', viewers)).toBe(
      cure('cluster-admin', 'allows everything in the cluster'),
    );
    expect(help('Group', 'edit', viewers)).toMatch(
      /counts in every namespace, and makes administrators: may impersonate, .*reads all secrets.*\.$/,
    );
    expect(help('Group', 'own', role('own', RULES))).toBe(cure('own', 'counts in every namespace'));
    expect(help('Group', 'own', role('own', RULES, 'payments'))).toBe(`Bind it: ${command('group', 'own')}`);
    expect(help('User', 'view', viewers)).toBe(`Bind it: ${command('user', 'view')}`);
  });

  test('is near no short name that has little in common with it', () => {
    const bound = binding('b', 'ClusterRole/view', ['Group two', 'Group x']);
    expect(help('Group', 'sso', bound)).toBe(`Bind it: ${command('group', 'sso')}`);
    expect(help('Group', '@x', bound)).not.toContain('Did you mean');
  });

  test('is near others, of which those that make administrators are named', () => {
    const bound = [
      binding('a', 'ClusterRole/cluster-admin', ['Group operators']),
      binding('b', 'ClusterRole/view', ['Group readers']),
    ];
    expect(help('Group', 'operator', ...bound)).toMatch(
      /^Did you mean "operators" \(cluster admin\)\? If not/,
    );
    expect(help('Group', 'reader', ...bound)).toMatch(/^Did you mean "readers"\? If not/);
  });

  test('is bound to view only where that is harmless, under a name that is free', () => {
    const risky = role('view', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }], undefined, {
      metadata: { name: 'view', uid: '1' },
    });
    expect(help('Group', 'devs', risky)).toBe(
      'Bind it: `kubectl create rolebinding devs-people --clusterrole=ROLE --group=devs -n NAMESPACE`.',
    );
    const taken = binding('devs-view', 'ClusterRole/view', ['Group others']);
    expect(help('Group', 'devs', taken)).toContain('clusterrolebinding devs-view-2 --clusterrole=view');
  });

  test('stands in a binding as a user, who keeps what it gives', () => {
    expect(help('Group', 'devs', binding('b', 'ClusterRole/cluster-admin', ['User devs']))).toBe(
      'ClusterRoleBinding b at rbac.yaml:3:1 names it as kind: User. If the group is meant, add a subject of kind: Group there, which gives the rights of an administrator (cluster admin).',
    );
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

test('a role without rules gives nothing', () => {
  const names = new UnboundNames(
    authorizerOf(
      role('none', []),
      binding('b', 'ClusterRole/none', ['Group g', 'Group h']),
      binding('c', 'ClusterRole/gone', ['Group h']),
      binding('d', 'ClusterRole/view', ['Group i']),
      binding('e', 'ClusterRole/none', ['Group i']),
    ),
  );
  expect(['g', 'h', 'i'].map((group) => names.hasRole('Group', group))).toEqual([false, false, true]);
  expect(names.text('Group', 'g')).toMatchObject({
    what: 'bindings give the group "g" only roles without rules (ClusterRole/none in ClusterRoleBinding b at rbac.yaml:3:1)',
    help: 'Add rules to ClusterRole none, or, if it has an aggregationRule, the labels that this selects to a ClusterRole with rules.',
  });
  expect(names.text('Group', 'h').what).toMatch(
    /^bindings .* only roles that do not exist or have no rules \(/,
  );
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
        help: '{{SessionName}} has - in place of @: add the user "sso:erin-example.com" to the subjects of the binding.',
      },
    ]);
    expect(help('User', 'sso:erin-example.com', ERIN)).toBe(
      'RoleBinding payments/erin at rbac.yaml:3:1 names "sso:erin@example.com". {{SessionName}} has - in place of @: add the user "sso:erin-example.com" to the subjects of the binding.',
    );
    expect(help('User', 'sso:{{SessionName}}', ERIN)).toMatch(/^RoleBinding payments\/erin .* names/);
    expect(help('Group', 'sso:{{SessionName}}', ERIN)).toMatch(/^Give the entry a group/);
  });

  test.each(['sso:{{SessionNameRaw}}', 'sso:erin@example.com', 'other:{{SessionName}}', 'bob', 'sso:erin'])(
    'is no mistake for %s',
    (username) => expect(found(username)).toEqual([]),
  );
});
