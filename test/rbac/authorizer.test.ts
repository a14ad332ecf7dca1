import { describe, expect, test } from 'vitest';
import { type BoundRole, boundRoleText } from '../../src/rbac/model.ts';
import { rolesAllowing } from '../../src/rbac/request.ts';
import {
  allows,
  authorizerFor,
  authorizerOf,
  binding,
  type Names,
  request,
  role,
  rolesOf,
  rolesOfGroup,
  rulesOf,
} from './manifests.ts';

const TEAM = { username: 'u', groups: ['team'] };

describe('a rule', () => {
  const may = (rule: Names, text: string) => allows(authorizerFor(rule), TEAM, request(text));

  test.each([
    ['get core pods', ['get |pods', 'get |pods x'], ['list |pods', '* |pods', 'GET |pods']],
    ['get core pods', [], ['get |pods|log', 'get |pod', 'get |Pods', 'get |*']],
    ['* core pods', ['get |pods', 'whatever |pods', '* |pods'], ['get |secrets']],
    ['get * pods', ['get |pods', 'get apps|pods', 'get *|pods'], []],
    ['get apps,batch jobs', ['get apps|jobs', 'get batch|jobs'], ['get |jobs', 'get *|jobs', 'get app|jobs']],
    ['get core *', ['get |pods', 'get |pods|log', 'get |*', 'get |*|scale'], ['get apps|pods']],
    [
      'get core pods/log',
      ['get |pods|log', 'get |pods|log x'],
      ['get |pods', 'get |pods|exec', 'get |nodes|log'],
    ],
    ['get core */scale', ['get |x|scale'], ['get |deployments', 'get |deployments|status', 'get |scale']],
    // Resources or names that only look like a wildcard.
    ['get core pods/*,po*', ['get |pods|*'], ['get |pods|log', 'get |pods']],
    ['get core secrets *', ['get |secrets *'], ['get |secrets', 'get |secrets db']],
    [
      'get core secrets db,tls',
      ['get |secrets db', 'get |secrets tls'],
      ['get |secrets', 'get |secrets web'],
    ],
    // An empty name is for requests without an object.
    [
      'get,list,create core secrets "",db',
      ['list |secrets', 'create |secrets', 'get |secrets'],
      ['watch |secrets'],
    ],
    ['get,list,create core secrets "",db', ['get |secrets db'], ['get |secrets web', 'list |secrets web']],
    [
      'get /metrics',
      ['get /metrics'],
      ['get /metrics/', 'get /metrics/x', 'post /metrics', 'get /', 'get |metrics'],
    ],
    ['get /logs/*', ['get /logs/', 'get /logs/a', 'get /logs/a/b'], ['get /logs', 'get /logsx']],
    ['get /foo**', ['get /foo', 'get /foobar', 'get /foo/x'], ['get /fo', 'get /x']],
    ['get /a/*/b', ['get /a/*/b'], ['get /a/x/b']],
    ['* * *', [], ['get /metrics']],
  ])('%s: %j, not %j', (written, allowed, denied) => {
    const [rule = {}] = rulesOf(written);
    for (const text of allowed) expect(may(rule, text), text).toBe(true);
    for (const text of denied) expect(may(rule, text), text).toBe(false);
  });

  test.each<[Names, readonly string[], readonly string[]]>([
    [{ verbs: ['get'], resources: ['pods'] }, [], ['get |pods', 'get apps|pods']],
    [{ verbs: ['get'], nonResourceURLs: ['***'] }, ['get /', 'get /x/y'], []],
    [{ verbs: ['*'], nonResourceURLs: ['*'] }, ['get /', 'post /metrics/x'], ['get |pods']],
    [{}, [], ['get |pods', 'get /', ' |']],
  ])('%j: %j, not %j', (rule, allowed, denied) => {
    for (const text of allowed) expect(may(rule, text), text).toBe(true);
    for (const text of denied) expect(may(rule, text), text).toBe(false);
  });

  test('is not completed by another', () => {
    const authorizer = authorizerFor(...rulesOf('get core pods; list apps deployments'));
    expect(allows(authorizer, TEAM, request('list |pods'))).toBe(false);
    expect(allows(authorizer, TEAM, request('list apps|deployments'))).toBe(true);
  });
});

const PODS = rulesOf('get core pods; get /x');

describe('a binding', () => {
  const authorizer = authorizerOf(
    role('cluster', PODS),
    role('local', PODS.slice(0, 1), 'one'),
    binding('everywhere', 'ClusterRole/cluster', ['Group everywhere']),
    binding('cluster', 'ClusterRole/cluster', ['Group cluster'], 'one'),
    binding('local', 'Role/local', ['Group local'], 'one'),
    binding('elsewhere', 'Role/local', ['Group elsewhere'], 'two'),
    binding('wrong', 'Role/local', ['Group wrong']),
    binding('dangling', 'ClusterRole/none', ['Group dangling']),
  );
  /** The namespaces where a member of a group may get pods, and whether the path is allowed. */
  const reach = (group: string) => {
    const user = { username: 'u', groups: [group] };
    const spaces = ['one', 'two', null].filter((namespace) =>
      allows(authorizer, user, request('get |pods', namespace)),
    );
    return [spaces, allows(authorizer, user, request('get /x'))];
  };

  test.each([
    ['everywhere', ['one', 'two', null], true],
    ['cluster', ['one'], false],
    ['local', ['one'], false],
    ['elsewhere', [], false],
    ['wrong', [], false],
    ['dangling', [], false],
    ['nobody', [], false],
    ['system:masters', ['one', 'two', null], true],
  ])('reaches: %s', (group, namespaces, path) => {
    expect(reach(group)).toEqual([namespaces, path]);
  });

  test('in a namespace counts if no particular namespace is requested', () => {
    const somewhere = (group: string, text: string) =>
      rolesAllowing(rolesOfGroup(authorizer, group), request(text, null), true).length;
    expect(somewhere('local', 'get |pods')).toBe(1);
    expect(somewhere('everywhere', 'get |pods')).toBe(1);
    expect(somewhere('local', 'list |pods')).toBe(0);
    expect(somewhere('local', 'get /x')).toBe(0);
    expect(somewhere('everywhere', 'get /x')).toBe(1);
  });

  test("to a role that doesn't exist grants nothing", () => {
    const found = authorizer.rbac.bindings.map((one) => [one.name, authorizer.roleOf(one)?.name]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['everywhere', 'cluster'],
        ['local', 'local'],
        ['elsewhere', undefined],
        ['wrong', undefined],
        ['dangling', undefined],
      ]),
    );
  });

  test('is known by its groups and users, whatever its role', () => {
    expect(authorizer.isBound('Group', 'dangling')).toBe(true);
    expect(authorizer.isBound('User', 'dangling')).toBe(false);
    expect(authorizer.isBound('Group', 'none')).toBe(false);
    expect(authorizer.boundNames('Group').has('dangling')).toBe(true);
    expect([...authorizer.boundNames('User')].filter((name) => !name.startsWith('system:'))).toEqual([]);
  });
});

test('system:masters needs no binding, even if a cluster has lost it', () => {
  const object = JSON.parse(binding('cluster-admin', 'ClusterRole/r', ['User u']));
  const authorizer = authorizerOf(JSON.stringify({ ...object, metadata: { ...object.metadata, uid: '1' } }));
  expect(authorizer.isBound('Group', 'system:masters')).toBe(false);
  expect(allows(authorizer, { username: 'x', groups: ['system:masters'] }, request('get |pods'))).toBe(true);
  expect(allows(authorizer, { username: 'u', groups: [] }, request('get |pods'))).toBe(false);
});

describe('a subject', () => {
  const authorizer = authorizerOf(
    role('r', PODS),
    binding('a', 'ClusterRole/r', ['User alice', 'Group team', 'ServiceAccount ci/bot']),
    JSON.stringify({
      ...JSON.parse(binding('b', 'ClusterRole/r', [], 'ns')),
      subjects: [{ kind: 'ServiceAccount', name: 'local' }],
    }),
  );
  const may = (username: string, ...groups: readonly string[]) =>
    allows(authorizer, { username, groups }, request('get |pods'));

  test.each([
    ['alice', [], true],
    ['Alice', [], false],
    ['alice ', [], false],
    ['team', [], false],
    ['bob', ['alice'], false],
    ['bob', ['team'], true],
    ['bob', ['other', 'team'], true],
    ['bob', ['TEAM'], false],
    ['system:serviceaccount:ci:bot', [], true],
    ['system:serviceaccount:ns:bot', [], false],
    ['system:serviceaccount:ns:local', [], true],
    ['system:serviceaccount:ci:local', [], false],
    ['system:serviceaccount::bot', [], false],
    ['bot', [], false],
    ['bob', ['system:serviceaccount:ci:bot'], false],
    ['__proto__', ['constructor'], false],
  ])('%s in %j', (username, groups, expected) => {
    expect(may(username, ...groups)).toBe(expected);
  });

  test('grants a role once, through the first match', () => {
    const both = rolesOf(authorizer, { username: 'alice', groups: ['team'] }).filter(
      (one) => one.role.name === 'r',
    );
    expect(both.map(({ subject, binding: { name } }) => [subject.name, name])).toEqual([['alice', 'a']]);
  });
});

describe('everybody', () => {
  const authorizer = authorizerOf(
    role('r', PODS),
    binding('in', 'ClusterRole/r', ['Group system:authenticated']),
    role('s', [{ verbs: ['list'], apiGroups: [''], resources: ['pods'] }]),
    binding('out', 'ClusterRole/s', ['Group system:unauthenticated']),
  );

  test.each([
    ['u', [], true, false],
    ['u', ['team'], true, false],
    ['u', ['system:authenticated'], true, false],
    ['u', ['system:unauthenticated'], false, true],
    ['system:anonymous', [], false, false],
    ['system:anonymous', ['system:unauthenticated'], false, true],
  ])('%s in %j', (username, groups, known, unknown) => {
    expect(allows(authorizer, { username, groups }, request('get |pods'))).toBe(known);
    expect(allows(authorizer, { username, groups }, request('list |pods'))).toBe(unknown);
  });

  const names = (found: readonly BoundRole[]) => found.map(({ role: { name } }) => name);
  const rightsOf = (username: string, ...groups: readonly string[]) => {
    const { own, everybody, possible } = authorizer.rightsOf({ username, groups });
    return [own, everybody, possible()].map(names);
  };

  test('has default permissions, and callers without credentials have others', () => {
    const usual = ['system:basic-user', 'system:discovery', 'system:public-info-viewer'];
    const [own, everybody, possible] = rightsOf('u', 'system:authenticated');
    expect([own, everybody?.toSorted(), possible]).toEqual([[], ['r', ...usual], []]);
    expect(rightsOf('u', 'system:unauthenticated')).toEqual([['s'], ['system:public-info-viewer'], []]);
    expect(rightsOf('system:anonymous')).toEqual([[], [], []]);
    expect([authorizer.everybody, authorizer.anybody].map(names)).toEqual([['r'], ['s']]);
  });

  test('is a group, not a user with that name', () => {
    const named = authorizerOf(
      role('r', PODS),
      binding('b', 'ClusterRole/r', ['User system:authenticated', 'User system:anonymous']),
    );
    expect(names(named.rightsOf({ username: 'system:authenticated', groups: [] }).own)).toEqual(['r']);
    expect([named.everybody, named.anybody].map(names)).toEqual([[], ['r']]);
    const usual = authorizerOf(binding('b', 'ClusterRole/system:discovery', ['User system:authenticated']));
    const { own } = usual.rightsOf({ username: 'system:authenticated', groups: [] });
    expect(names(own)).toEqual(['system:discovery']);
  });
});

describe('what variables can become', () => {
  const authorizer = authorizerOf(
    role('r', PODS),
    ...[
      'User sso:ada',
      'User sso:bob',
      'Group team-aa',
      'ServiceAccount ci/bot',
      'Group system:authenticated',
    ].map((subject, index) => binding(`b${index}`, 'ClusterRole/r', [subject])),
    binding('both', 'ClusterRole/r', ['Group own', 'User sso:ada']),
    binding('dangling', 'ClusterRole/none', ['User sso:eve']),
  );
  const bindings = (username: string, ...groups: readonly string[]) => {
    const { own, possible } = authorizer.rightsOf({ username, groups });
    return [own, possible()].map((roles) => roles.map(({ binding: { name } }) => name));
  };

  test.each([
    ['sso:{{SessionName}}', [], [], ['b0', 'both', 'b1']],
    ['sso:{{SessionName}}', ['own'], ['both'], ['b0', 'b1']],
    ['sso:ada', ['team-{{SessionName}}'], ['b0', 'both'], ['b2']],
    ['system:serviceaccount:ci:{{SessionName}}', [], [], ['b3']],
    ['system:serviceaccount:ci:bot', [], ['b3'], []],
    ['dev:{{SessionName}}', ['team'], [], []],
    ['sso', ['system:masters'], [], []],
    ['sso', ['system:m{{SessionName}}ers'], [], ['cluster-admin']],
  ])('%s in %j', (username, groups, own, possible) => {
    expect(bindings(username, ...groups)).toEqual([own, possible]);
  });

  test('does not include what everyone has, or service accounts without a namespace', () => {
    const shared = authorizerOf(
      role('r', PODS),
      binding('all', 'ClusterRole/r', ['Group system:authenticated', 'User sso:ada']),
      JSON.stringify({
        ...JSON.parse(binding('lost', 'ClusterRole/r', [])),
        subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
      }),
    );
    expect(shared.rightsOf({ username: 'sso:{{SessionName}}', groups: [] }).possible()).toEqual([]);
    expect(shared.rightsOf({ username: 'system:serviceaccount::bot', groups: [] }).own).toEqual([]);
  });

  test("includes bindings whose role doesn't exist", () => {
    const { bindings: named, roles } = authorizer.ofName('User', 'sso:{{SessionName}}');
    expect(named.map(({ name }) => name)).toEqual(['b0', 'both', 'b1', 'dangling']);
    expect([...roles.keys()]).toEqual(['sso:ada', 'sso:bob']);
  });
});

test('a bound role is named with its scope', () => {
  const authorizer = authorizerOf(
    role('r', []),
    binding('a', 'ClusterRole/r', ['Group team']),
    binding('b', 'ClusterRole/r', ['Group team'], 'payments'),
  );
  expect(rolesOfGroup(authorizer, 'team').map(boundRoleText)).toEqual([
    'ClusterRole/r cluster-wide',
    'ClusterRole/r in payments',
  ]);
});
