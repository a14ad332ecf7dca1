import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AllowedRow, callerRights } from '../../src/access/caller-rights.ts';
import { Authorizer } from '../../src/rbac/authorizer.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import { boundRoleText, type PolicyRule } from '../../src/rbac/model.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { type AccessRequest, ruleAllows } from '../../src/rbac/request.ts';
import { allows } from '../rbac/manifests.ts';
import { runs } from '../runs.ts';

type Rule = Readonly<Record<string, readonly string[]>>;

/** `verb,verb resource,resource[.group] [name,name]`, or `verb /path` */
function rule(text: string): Rule {
  const [verbs = '', targets = '', names = ''] = text.split(' ');
  const list = (items: string) => (items === '' ? [] : items.split(','));
  if (targets.startsWith('/') || targets === 'URL*')
    return { verbs: list(verbs), nonResourceURLs: list(targets.replace('URL', '')) };
  const [resources = '', group = ''] = targets.split(/\.(.*)/s);
  return {
    verbs: list(verbs),
    apiGroups: [group],
    resources: list(resources),
    resourceNames: list(names),
  };
}

type Subject = readonly [kind: 'User' | 'Group', name: string];

let count = 0;

/** A role with rules, and a binding of it: in a namespace, or everywhere. */
function bound(namespace: string | null, subject: Subject, ...rules: readonly string[]): object[] {
  count += 1;
  const name = `r${count}`;
  return [
    { kind: 'ClusterRole', metadata: { name }, rules: rules.map(rule) },
    binding(namespace, subject, name),
  ];
}

function binding(namespace: string | null, [kind, subject]: Subject, role: string): object {
  const rest = {
    roleRef: { kind: 'ClusterRole', name: role },
    subjects: [{ kind, name: subject, apiGroup: 'rbac.authorization.k8s.io' }],
  };
  return namespace === null
    ? { kind: 'ClusterRoleBinding', metadata: { name: `b-${role}-${subject}` }, ...rest }
    : { kind: 'RoleBinding', metadata: { name: `b-${role}-${subject}`, namespace }, ...rest };
}

function rights(
  objects: readonly (readonly object[])[],
  groups: readonly string[] = ['dev'],
  username = 'u',
) {
  const items = objects.flat().map((object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', ...object }));
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { authorizer } = combineRbac([readRbacFile(text, 'rbac.json')]);
  return callerRights({ username, groups }, 'mapRoles', authorizer);
}

/** `namespace: resources urls [names]: verbs` */
function rows(...objects: readonly (readonly object[])[]): string[] {
  return rights(objects).rows.map(({ namespaces, resources, nonResourceURLs, resourceNames, verbs }) => {
    const names = resourceNames.length === 0 ? '' : ` [${resourceNames}]`;
    return `${namespaces?.join('+') ?? '*'}: ${[...resources, ...nonResourceURLs]}${names}: ${verbs}`;
  });
}

const DEV: Subject = ['Group', 'dev'];

describe('what a caller may do', () => {
  test('has a row for each set of verbs, in order, with each resource once', () => {
    expect(rows(bound('a', DEV, 'list,get pods', 'get,list services', 'delete pods', 'get secrets'))).toEqual(
      ['a: pods: delete,get,list', 'a: secrets: get', 'a: services: get,list'],
    );
    expect(rows(bound('a', DEV, 'get pods,services', 'get pods'), bound('a', DEV, 'get configmaps'))).toEqual(
      ['a: configmaps,pods,services: get'],
    );
  });

  test('takes a star among names for a name, as the API server does', () => {
    expect(rows(bound('a', DEV, 'get secrets db,*'))).toEqual(['a: secrets [*,db]: get']);
  });

  test('names resources as kubectl does', () => {
    expect(
      rows(bound('a', DEV, 'get deployments/scale.apps', 'get pods/log', 'get *.apps', 'get *.*')),
    ).toEqual(['a: *.*: get']);
    expect(rows(bound('a', DEV, 'get deployments/scale.apps', 'get pods/log', 'list *.apps'))).toEqual([
      'a: *.apps: list',
      'a: deployments.apps/scale,pods/log: get',
    ]);
  });

  test('is told cluster-wide first, then by namespace, with paths behind resources', () => {
    expect(
      rows(
        bound('b', DEV, 'get pods'),
        bound('a', DEV, 'get pods'),
        bound(null, DEV, 'get /metrics,/logs', 'get nodes', 'list /x'),
      ),
    ).toEqual(['*: nodes: get', '*: /logs,/metrics: get', '*: /x: list', 'a+b: pods: get']);
  });

  test('leaves out what another row says as well', () => {
    const wide = bound(null, DEV, 'get,list pods');
    expect(rows(wide, bound('a', DEV, 'get pods'))).toEqual(['*: pods: get,list']);
    expect(rows(wide, bound('a', DEV, 'get pods x'))).toEqual(['*: pods: get,list']);
    expect(rows(wide, bound('a', DEV, 'get,watch pods'))).toEqual([
      '*: pods: get,list',
      'a: pods: get,watch',
    ]);
    expect(rows(bound('b', DEV, 'get pods'), bound('a', DEV, 'get pods x'))).toHaveLength(2);
    expect(rows(bound('a', DEV, '* pods'), bound('a', DEV, 'get pods x'))).toEqual(['a: pods: *']);
    expect(rows(bound('a', DEV, 'get,* pods'))).toEqual(['a: pods: *']);
    expect(rows(bound(null, DEV, '* *.*', 'get /x', '* URL*'))).toEqual(['*: *.*: *', '*: *: *']);
    expect(rows(bound(null, DEV, 'get *.*', 'get URL*'), bound('a', DEV, 'get pods'))).toEqual([
      '*: *.*: get',
      '*: *: get',
    ]);
  });

  test('keeps names apart', () => {
    expect(
      rows(bound('a', DEV, 'get secrets y,x', 'list secrets x,y', 'get secrets z', 'get configmaps z')),
    ).toEqual(['a: configmaps,secrets [z]: get', 'a: secrets [x,y]: get,list']);
    expect(rows(bound(null, DEV, 'get secrets x'), bound('a', DEV, 'get secrets'))).toEqual([
      '*: secrets [x]: get',
      'a: secrets: get',
    ]);
    expect(rows(bound(null, DEV, 'get secrets x'), bound('a', DEV, 'get secrets x'))).toEqual([
      '*: secrets [x]: get',
    ]);
  });

  test('has no paths from a binding in a namespace', () => {
    expect(rows(bound('a', DEV, 'get /metrics'))).toEqual([]);
  });

  test('is everything for system:masters, without a binding', () => {
    const master = bound(null, ['Group', 'system:masters'], '* *.*');
    const objects = [bound('a', DEV, 'get pods'), bound(null, DEV, '* *.*'), master];
    const { isMaster, own, rows: all, notes } = rights(objects, ['system:masters', 'dev']);
    expect([isMaster, own.length]).toEqual([true, 2]);
    expect(rights(objects).isMaster).toBe(false);
    expect(all).toEqual([
      { namespaces: null, resources: ['*.*'], nonResourceURLs: [], resourceNames: [], verbs: ['*'] },
      { namespaces: null, resources: [], nonResourceURLs: ['*'], resourceNames: [], verbs: ['*'] },
    ]);
    expect(notes).toEqual([]);
  });
});

describe('bindings', () => {
  const ALL: Subject = ['Group', 'system:authenticated'];

  test('are those of the user, the groups, and of everybody where a cluster does not have them anyway', () => {
    const usual = [
      { kind: 'ClusterRole', metadata: { name: 'system:discovery' }, rules: [rule('get /api')] },
      binding(null, ALL, 'system:discovery'),
      { kind: 'ClusterRole', metadata: { name: 'x' }, rules: [rule('get nodes')] },
      binding(null, ALL, 'x'),
      { kind: 'ClusterRole', metadata: { name: 'mine' }, rules: [rule('get pods')] },
      binding('a', ['User', 'u'], 'mine'),
      binding('b', ['User', 'other'], 'mine'),
      binding('c', DEV, 'mine'),
      // Of a role that nobody leaves out for its name.
      binding('d', DEV, 'system:discovery'),
    ];
    const { own, everybody, rows: allowed } = rights([usual]);
    expect([...own, ...everybody].map(boundRoleText)).toEqual([
      'ClusterRole/mine in a',
      'ClusterRole/mine in c',
      'ClusterRole/system:discovery in d',
      'ClusterRole/x cluster-wide',
    ]);
    expect(allowed.map(({ resources }) => resources)).toEqual([['nodes'], ['pods']]);
  });
});

describe('what is odd', () => {
  const notes = (groups: readonly string[], objects: readonly (readonly object[])[], username = 'u') =>
    rights(objects, groups, username).notes;
  const bind = (group: string, name = group) =>
    `\`kubectl create clusterrolebinding ${name}-view --clusterrole=view --group=${group}\`, or a rolebinding with -n NAMESPACE.`;

  test('do not say so of the right to bind a ClusterRole there', () => {
    const objects = [bound('payments', ['Group', 'dev'], 'bind clusterroles.rbac.authorization.k8s.io')];
    const codes = rights(objects, ['dev']).notes.map(({ code }) => code);
    expect(codes).not.toContain('rbac-not-namespaced');
  });

  test('name what has no effect in a namespace', () => {
    const local = bound(
      'payments',
      DEV,
      'get,list nodes,nodes/proxy,pods,namespaces',
      'list storageclasses.storage.k8s.io',
    );
    const [name] = local.map((one) => JSON.stringify(one).match(/"name":"(r\d+)"/)?.[1]);
    expect(notes(['dev'], [local, bound('payments', DEV, 'get pods,* *.apps,nodes.example.com')])).toEqual([
      {
        severity: 'note',
        code: 'rbac-not-namespaced',
        message: `what a RoleBinding allows on resources without a namespace has no effect: nodes, nodes/proxy, storageclasses.storage.k8s.io by ClusterRole/${name} in payments`,
        help: 'Only a ClusterRoleBinding can allow it.',
      },
    ]);
    expect(notes(['dev'], [bound(null, DEV, 'get nodes')])).toEqual([]);
    expect(notes(['dev', 'system:masters'], [local])).toEqual([]);
  });

  test('a group that no binding names, with near names', () => {
    const objects = [bound('a', ['Group', 'developers'], 'get pods')];
    expect(notes(['developers'], objects)).toEqual([]);
    expect(notes(['develpers', 'develpers'], objects)).toEqual([
      {
        severity: 'warning',
        code: 'unbound-group',
        message: 'no binding names the group "develpers", so it gives nothing',
        help: `Did you mean "developers"? If not, bind it: ${bind('develpers')}`,
      },
    ]);
    expect(notes(['ops', 'developers'], objects)).toEqual([
      {
        severity: 'warning',
        code: 'unbound-group',
        message: 'no binding names the group "ops", so it gives nothing',
        help: `Bind it: ${bind('ops')}`,
      },
    ]);
  });

  test('a group that is nearly one of Kubernetes', () => {
    const [master] = notes(['system:master'], [bound('a', DEV, 'get pods')]);
    expect(master?.help).toBe(
      'It looks like the group of cluster administrators, misspelled. Write one of your own groups, and bind it to the role that these people need.',
    );
  });

  test('not the groups of nodes', () => {
    expect(notes(['system:nodes', 'system:bootstrappers'], [])).toEqual([]);
  });

  test('a group whose bindings lead nowhere', () => {
    expect(notes(['dev'], [[binding('a', DEV, 'missing')]])).toMatchObject([
      {
        severity: 'warning',
        code: 'unbound-group',
        message: expect.stringMatching(
          /^bindings give the group "dev" only roles that do not exist \(ClusterRole\/missing in .*\), so it gives nothing$/,
        ),
      },
    ]);
  });

  test('not a group that shares its binding with another', () => {
    const shared = {
      ...binding('a', DEV, 'x'),
      subjects: ['dev', 'ops'].map((name) => ({
        kind: 'Group',
        name,
        apiGroup: 'rbac.authorization.k8s.io',
      })),
    };
    const role = { kind: 'ClusterRole', metadata: { name: 'x' }, rules: [rule('get pods')] };
    expect(notes(['dev', 'ops'], [[role, shared]])).toEqual([]);
  });

  test('nothing for a user without groups', () => {
    expect(notes([], [], 'sso:ann')).toEqual([
      {
        severity: 'warning',
        code: 'unbound-user',
        message:
          'the entry has no groups, and no binding names the user "sso:ann", so the caller may do nothing',
        help: [
          'Add a group that a binding names to the entry, or:',
          'Bind it: `kubectl create clusterrolebinding sso:ann-view --clusterrole=view --user=sso:ann`, or a rolebinding with -n NAMESPACE.',
        ].join('\n'),
      },
    ]);
    expect(notes([], [bound('a', ['User', 'sso:ann'], 'get pods')], 'sso:ann')).toEqual([]);
    const everybody = bound(null, ['Group', 'system:authenticated'], 'get pods');
    expect(notes([], [everybody]).map(({ code }) => code)).toEqual(['unbound-user']);
  });

  test('rights that make an administrator', () => {
    const texts = (...objects: readonly (readonly object[])[]) =>
      notes(['dev'], objects).map(({ code, message }) => `${code}: ${message}`);
    const admin = texts(bound(null, DEV, '* *.*'));
    expect(admin).toEqual([
      expect.stringMatching(/^rbac-risk: cluster admin, through ClusterRole\/r\d+ cluster-wide$/),
    ]);
    expect(texts(bound('a', DEV, '* *.*'))).toEqual([]);
  });
});

/** A row as rules have it: what kubectl joins, taken apart again. */
function rulesOf(row: AllowedRow): PolicyRule[] {
  const { resources, nonResourceURLs, resourceNames, verbs } = row;
  const rest = { verbs, resourceNames };
  return [
    { ...rest, apiGroups: [], resources: [], nonResourceURLs },
    ...resources.map((text) => {
      const [head = '', ...subresource] = text.split('/');
      const [name = '', ...group] = head.split('.');
      const resource = [name, ...subresource].join('/');
      return { ...rest, apiGroups: [group.join('.')], resources: [resource], nonResourceURLs: [] };
    }),
  ];
}

const some = (...items: readonly string[]) => fc.subarray([...items], { minLength: 1, maxLength: 2 });
const RULE = fc.oneof(
  fc.record({
    verbs: some('get', 'list', 'create', '*'),
    apiGroups: some('', 'apps', 'batch.k8s.io', '*'),
    resources: some('pods', 'pods/log', 'deployments', 'deployments/scale', '*', '*/scale'),
    resourceNames: fc.oneof(fc.constant([]), some('x', 'y')),
    nonResourceURLs: fc.constant([]),
  }),
  fc.record({
    verbs: some('get', 'post', '*'),
    apiGroups: fc.constant([]),
    resources: fc.constant([]),
    resourceNames: fc.constant([]),
    nonResourceURLs: some('/metrics', '/logs/*', '*'),
  }),
);
const REQUEST: fc.Arbitrary<AccessRequest> = fc.oneof(
  fc.record({
    verb: fc.constantFrom('get', 'list', 'create', 'delete'),
    apiGroup: fc.constantFrom('', 'apps', 'batch.k8s.io', 'other'),
    resource: fc.constantFrom('pods', 'deployments', 'jobs'),
    subresource: fc.constantFrom(null, 'log', 'scale'),
    name: fc.constantFrom(null, 'x', 'z'),
    namespace: fc.constantFrom(null, 'a', 'b'),
  }),
  fc.record({ verb: fc.constantFrom('get', 'post'), path: fc.constantFrom('/metrics', '/logs/a', '/x') }),
);

const UNNAMED = ['create', 'deletecollection'];

test('the rows allow what the API server does, no more and no less', () => {
  const binding = fc.record({
    namespace: fc.constantFrom(null, 'a', 'b'),
    rules: fc.array(RULE, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(binding, { maxLength: 4 }),
      fc.array(REQUEST, { minLength: 30, maxLength: 30 }),
      (all, requests) => {
        const authorizer = new Authorizer({
          roles: all.map(({ rules }, at) => ({
            kind: 'ClusterRole',
            name: `r${at}`,
            namespace: null,
            rules,
            location: null,
          })),
          bindings: all.map(({ namespace }, at) => ({
            kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
            name: `b${at}`,
            namespace,
            roleRef: { kind: 'ClusterRole', name: `r${at}` },
            subjects: [{ kind: 'Group', name: 'dev', namespace: null }],
            location: null,
          })),
        });
        const user = { username: 'u', groups: ['dev'] };
        const { rows: allowed } = callerRights(user, 'mapRoles', authorizer);
        for (const asked of requests) {
          // Whoever creates an object, or deletes all, names none to the authorizer.
          const isUnnamed = 'resource' in asked && asked.subresource === null && UNNAMED.includes(asked.verb);
          const request = isUnnamed ? { ...asked, name: null } : asked;
          const namespace = 'resource' in request ? request.namespace : null;
          const isIn = allowed.some(
            (row) =>
              (row.namespaces === null || (namespace !== null && row.namespaces.includes(namespace))) &&
              rulesOf(row).some((one) => ruleAllows(one, request)),
          );
          expect(isIn, JSON.stringify({ request, allowed })).toBe(allows(authorizer, user, request));
        }
      },
    ),
    runs(300),
  );
});

test('what depends on the session is told of users and groups, and is a warning where it is a risk', () => {
  const objects = [bound('a', ['User', 'sso:ada'], 'get pods'), bound(null, ['Group', 'team-root'], '* *.*')];
  const told = (groups: readonly string[], username: string) =>
    rights(objects, groups, username).notes.flatMap(({ severity, code, message }) =>
      code === 'session-dependent' ? `${severity}: ${message.replace(/^.*session: of the /, '')}` : [],
    );
  expect(told([], 'sso:{{SessionName}}')).toEqual([
    expect.stringMatching(/^note: users that .* bindings name "sso:ada" \(/),
  ]);
  expect(told(['team-{{SessionName}}'], 'x')).toEqual([
    expect.stringMatching(/^warning: groups that .* bindings name "team-root" \(.*: cluster admin\)$/),
  ]);
  expect(told(['team-{{SessionName}}', 'system:masters'], 'x')).toEqual([]);
});
