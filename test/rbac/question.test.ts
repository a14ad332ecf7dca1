import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { questionText, rolesAllowing, rolesForNames } from '../../src/rbac/request.ts';
import { authorizerFor, authorizerOf, binding, role, rolesOfGroup } from './manifests.ts';

const NOTHING = authorizerFor();
const NOTHING_ASKED = { text: '', request: { verb: '', path: '' }, isAnywhere: false };

function parseOne(text: string, namespace: string | null, authorizer = NOTHING) {
  return parseQuestion([text], namespace, authorizer).asked[0] ?? NOTHING_ASKED;
}

const CERTIFICATES = authorizerFor(
  { verbs: ['renew'], apiGroups: ['cert-manager.io'], resources: ['certificates', 'policies/approve'] },
  { verbs: ['get'], apiGroups: ['', 'apps', 'example.com'], resources: ['pods', 'deployments', 'widgets'] },
  { verbs: ['get'], apiGroups: ['a.example', 'b.example', '*'], resources: ['boxes'] },
  { verbs: ['get'], apiGroups: ['', 'policy'], resources: ['relics', '*/rewind'] },
  { verbs: ['get'], apiGroups: ['*'], resources: ['gadgets', 'gadgets/spin'] },
);

function ask(text: string, namespace: string | null = null, authorizer = NOTHING) {
  const { asked, findings } = parseQuestion([text], namespace, authorizer);
  const [{ request, isAnywhere } = NOTHING_ASKED] = asked;
  const others = findings.filter(({ code }) => code !== 'rbac-unknown-namespace');
  return { request, isAnywhere, said: others.map(({ code, message, help }) => ({ code, message, help })) };
}

/** `get deployments.apps/scale NAME` */
function resolved(text: string, authorizer = NOTHING): string {
  const { request, said } = ask(text, 'x', authorizer);
  expect(said).toEqual([]);
  if ('path' in request) return `${request.verb} ${request.path}`;
  const { verb, apiGroup, resource, subresource, name } = request;
  const sub = subresource === null ? '' : `/${subresource}`;
  return `${verb} ${resource}.${apiGroup}${sub}${name === null ? '' : ` ${name}`}`;
}

function refused(text: string, authorizer = NOTHING) {
  try {
    parseQuestion([text], null, authorizer);
  } catch (error) {
    if (error instanceof Failure) return { exitCode: error.exitCode, ...error.findings[0] };
  }
  throw new Error(`${text} is not refused`);
}

describe('names as kubectl resolves them', () => {
  test.each([
    ['get pods', 'get pods.'],
    ['get pod', 'get pods.'],
    ['get po', 'get pods.'],
    ['get Pod', 'get pods.'],
    ['  get \t pods ', 'get pods.'],
    ['get secret', 'get secrets.'],
    ['get deploy', 'get deployments.apps'],
    ['get deployments.apps', 'get deployments.apps'],
    ['get deployment.apps', 'get deployments.apps'],
    ['get deployments.v1.apps', 'get deployments.apps'],
    ['get deployments.v1beta2.apps', 'get deployments.apps'],
    ['get ingresses.networking', 'get ingresses.networking.k8s.io'],
    ['get ingress', 'get ingresses.networking.k8s.io'],
    ['get networkpolicy', 'get networkpolicies.networking.k8s.io'],
    ['get endpoints', 'get endpoints.'],
    ['get events', 'get events.'],
    ['get events.events.k8s.io', 'get events.events.k8s.io'],
    ['get events.', 'get events.'],
    ['create pods/exec', 'create pods./exec'],
    ['create po/exec db-0', 'create pods./exec db-0'],
    ['update deploy/scale', 'update deployments.apps/scale'],
    ['create sa/token', 'create serviceaccounts./token'],
    ['get secrets db', 'get secrets. db'],
    ['* *', '* *.'],
    ['get *', 'get *.'],
    ['get *.apps', 'get *.apps'],
    ['get pods/finalizers', 'get pods./finalizers'],
    ['get /metrics', 'get /metrics'],
    ['post /', 'post /'],
  ])('%s', (text, expected) => {
    expect(resolved(text)).toBe(expected);
  });

  test.each([
    ['get certificates', 'get certificates.cert-manager.io'],
    ['renew certificate', 'renew certificates.cert-manager.io'],
    ['get Certificate.cert-manager.io', 'get certificates.cert-manager.io'],
    ['get certificates/status', 'get certificates.cert-manager.io/status'],
    ['get certificates/scale', 'get certificates.cert-manager.io/scale'],
    ['get policies/approve', 'get policies.cert-manager.io/approve'],
    ['get widgets', 'get widgets.example.com'],
    ['get boxes.a.example', 'get boxes.a.example'],
    ['get gadgets', 'get gadgets.'],
    ['get gadgets/spin', 'get gadgets./spin'],
    ['get relics.policy/rewind', 'get relics.policy/rewind'],
  ])('of what only the files have: %s', (text, expected) => {
    expect(resolved(text, CERTIFICATES)).toBe(expected);
  });

  test('refuses one in several API groups, and names them', () => {
    expect(refused('get boxes', CERTIFICATES)).toMatchObject({
      exitCode: 2,
      message: '--can: "boxes" is in several API groups: a.example, b.example',
      help: "Add the group: 'get boxes.b.example'.",
    });
    expect(refused('get relics', CERTIFICATES)).toMatchObject({
      message: '--can: "relics" is in several API groups: the core group, policy',
      help: "Add the group: 'get relics.policy'.",
    });
  });
});

describe('what nothing mentions', () => {
  test('a verb, with near ones, which is an error', () => {
    expect(ask('gte pods')).toMatchObject({
      request: { verb: 'gte', resource: 'pods' },
      said: [
        {
          code: 'rbac-unknown-verb',
          message: '--can: unknown verb "gte": Kubernetes has none of this name, and no role mentions it',
          help: 'Did you mean "get"?',
        },
      ],
    });
    expect(ask('GET pods').said).toMatchObject([{ help: 'Did you mean "get"?' }]);
    expect(ask('frobnicate pods').said).toMatchObject([
      { help: expect.stringMatching(/^The verbs are get, list, watch, .*, and those that roles have\.$/) },
    ]);
    for (const text of ['gte pods', 'GET pods', 'post pods', 'list /metrics', 'constructor pods'])
      expect(parseQuestion([text], null, NOTHING).findings).toMatchObject([{ severity: 'error' }]);
  });

  test.each(
    'get list watch create update patch delete deletecollection use bind impersonate impersonate:user-info impersonate-on:user-info:list approve sign escalate attest proxy *'.split(
      ' ',
    ),
  )('the verb %s is known', (verb) => expect(ask(`${verb} pods`).said).toEqual([]));

  test.each('get put post head options delete patch *'.split(' '))('the verb %s is known for paths', (verb) =>
    expect(ask(`${verb} /metrics`)).toEqual({
      request: { verb, path: '/metrics' },
      isAnywhere: false,
      said: [],
    }),
  );

  test('but not one that a role mentions, of the same sort', () => {
    const authorizer = authorizerFor(
      { verbs: ['renew'], apiGroups: [''], resources: ['x'] },
      { verbs: ['trace'], nonResourceURLs: ['/x'] },
    );
    expect(ask('renew pods', null, authorizer).said).toEqual([]);
    expect(ask('trace /x', null, authorizer).said).toEqual([]);
    expect(ask('trace pods', null, authorizer).said).toMatchObject([{ code: 'rbac-unknown-verb' }]);
    expect(ask('renew /x', null, authorizer).said).toMatchObject([{ code: 'rbac-unknown-verb' }]);
  });

  test.each([
    [
      'read secrets',
      'In Kubernetes that is "get", "list" or "watch": write "get,list,watch" to ask for any of them.',
    ],
    [
      'READ secrets',
      'In Kubernetes that is "get", "list" or "watch": write "get,list,watch" to ask for any of them.',
    ],
    [
      'write secrets',
      'In Kubernetes that is "create", "update", "patch" or "delete": write "create,update,patch,delete" to ask for any of them.',
    ],
    ['add pods', 'Did you mean "create"?'],
    [
      'remove pods',
      'In Kubernetes that is "delete" or "deletecollection": write "delete,deletecollection" to ask for any of them.',
    ],
    ['post pods', 'Did you mean "create"?'],
    ['read /metrics', 'Did you mean "get"?'],
    ['list /metrics', 'Did you mean "get"?'],
    ['all pods', 'Did you mean "*"?'],
  ])('a verb of everyday words: %s', (text, help) => {
    expect(ask(text).said).toMatchObject([{ code: 'rbac-unknown-verb', help }]);
  });

  test('a verb that is none of a path', () => {
    expect(ask('list /metrics').said).toMatchObject([{ code: 'rbac-unknown-verb' }]);
  });

  test('a resource, with near ones', () => {
    expect(ask('get podss')).toMatchObject({
      request: { apiGroup: '', resource: 'podss' },
      isAnywhere: true,
      said: [
        {
          code: 'rbac-unknown-resource',
          message:
            '--can: unknown resource "podss": Kubernetes has none of this name, and no role mentions it',
          help: 'Did you mean "pods" or "nodes"?',
        },
      ],
    });
    expect(ask('get certificats', null, CERTIFICATES).said).toMatchObject([
      { help: 'Did you mean "certificates"?' },
    ]);
    expect(ask('get qqqqqqqqqqqq').said).toMatchObject([
      { help: 'The names are what `kubectl api-resources` prints.' },
    ]);
  });

  test('a resource in another API group', () => {
    expect(ask('get pods.example.com')).toMatchObject({
      request: { apiGroup: 'example.com', resource: 'pods' },
      said: [
        {
          message:
            '--can: unknown resource "pods" in API group "example.com": Kubernetes has none of this name, and no role mentions it',
          help: 'Did you mean "pods"?',
        },
      ],
    });
    expect(ask('get pods.v1').said).toHaveLength(1);
    expect(ask('get certificates.example.com', null, CERTIFICATES).said).toHaveLength(1);
  });

  test('a subresource, with near ones and how to ask for an object of that name', () => {
    expect(ask('create pods/exe')).toMatchObject({
      request: { resource: 'pods', subresource: 'exe' },
      said: [
        {
          code: 'rbac-unknown-subresource',
          message: '--can: unknown subresource "exe" of "pods"',
          help: `Did you mean "exec"?\nFor an object of this name: 'create pods exe'.`,
        },
      ],
    });
    expect(ask('get deploy/web').said).toMatchObject([
      { help: "For an object of this name: 'get deployments.apps web'." },
    ]);
    expect(ask('get secrets/status').said).toHaveLength(1);
  });

  test('a subresource that rules mention for this group alone', () => {
    expect(ask('get pods/rewind', null, CERTIFICATES).said).toEqual([]);
    expect(ask('get deployments/rewind', null, CERTIFICATES).said).toHaveLength(1);
    expect(ask('get secrets/approve', null, CERTIFICATES).said).toHaveLength(1);
    expect(ask('get certificates/rewind', null, CERTIFICATES).said).toHaveLength(1);
  });

  test.each(['metrics', 'stats', 'log', 'proxy', 'configz', 'healthz', 'pods', 'spec', 'checkpoint'])(
    'nodes/%s is known: the kubelet asks for it',
    (subresource) => {
      expect(ask(`get nodes/${subresource}`).said).toEqual([]);
      expect(ask(`get configmaps/${subresource}`).said).toHaveLength(1);
    },
  );

  test.each(['users', 'groups', 'uids', 'userextras/scopes', 'serviceaccounts'])(
    'impersonate %s is known',
    (name) => {
      expect(ask(`impersonate ${name}`).said).toEqual([]);
    },
  );

  test('hostile names are printed safely', () => {
    for (const text of [
      '\u001b[31m pods',
      'get \u001b[31m',
      'get pods/\u001b[31m',
      'get \u202epods',
      '\u001b[31m pods/x',
      'get \u001b[31m/x',
      'get __proto__',
    ])
      for (const { message, help = '' } of ask(text).said) {
        expect(message).toMatch(/^[ -~]*$/);
        expect(help).toMatch(/^[ -~\n]*$/);
      }
    expect(ask('get constructor').said).toHaveLength(1);
    const authorizer = authorizerFor({
      verbs: ['get'],
      apiGroups: ['b.\u001b[31m', 'a.\u202e'],
      resources: ['boxes'],
    });
    expect(refused('get boxes', authorizer)).toMatchObject({
      message: '--can: "boxes" is in several API groups: a.\\u{202e}, b.\\u{1b}[31m',
      help: "Add the group: 'get boxes.b.\\u{1b}[31m'.",
    });
  });
});

describe('a namespace', () => {
  test('counts where it is given', () => {
    expect(ask('get pods', 'payments')).toMatchObject({
      request: { namespace: 'payments' },
      isAnywhere: false,
    });
  });

  test('is any where none is given', () => {
    expect(ask('get pods')).toMatchObject({ request: { namespace: null }, isAnywhere: true });
    expect(ask('get *').isAnywhere).toBe(true);
  });

  test('of a resource that is in none gets a warning', () => {
    expect(ask('get nodes', 'payments')).toMatchObject({
      request: { namespace: 'payments' },
      said: [
        {
          code: 'rbac-not-namespaced',
          message:
            '--can: "nodes" is not namespace scoped: the answer is that of kubectl auth can-i, but what a RoleBinding allows here has no effect',
          help: 'Leave -n out.',
        },
      ],
    });
    expect(ask('get nodes')).toMatchObject({ isAnywhere: false, said: [] });
    expect(ask('get widgets', 'payments', CERTIFICATES).said).toEqual([]);
  });

  test('is asked in itself where it is named, whatever namespace is given', () => {
    for (const verb of ['get', 'update', 'patch', 'delete'])
      for (const namespace of [null, 'default'])
        expect(ask(`${verb} namespaces payments`, namespace)).toMatchObject({
          request: { namespace: 'payments', name: 'payments' },
          isAnywhere: false,
          said: [],
        });
    expect(ask('patch namespaces/status payments').request).toMatchObject({ namespace: 'payments' });
    expect(ask('list namespaces payments').request).toMatchObject({ namespace: null });
  });

  test('is in itself, as long as one of them is asked for', () => {
    for (const verb of ['get', 'update', 'patch', 'delete']) {
      expect(ask(`${verb} ns`, 'payments').said).toEqual([]);
      expect(ask(`${verb} ns`).isAnywhere).toBe(true);
    }
    for (const verb of ['list', 'watch', 'create', 'deletecollection']) {
      expect(ask(`${verb} namespaces`, 'payments').said).toHaveLength(1);
      expect(ask(`${verb} namespaces`).isAnywhere).toBe(false);
    }
  });
});

describe('what is no question', () => {
  test.each([
    '',
    ' ',
    'get',
    'get ',
    'get pods db more',
    'get /metrics more',
    'get pods -n payments',
    'get -A',
    '-v pods',
    'get pods/',
    'get pods/exec/more',
    'get .apps/scale/x',
    'get,,list pods',
    ',get pods',
    'get, pods',
    'get pods,secrets',
  ])('%j', (text) => {
    expect(refused(text)).toMatchObject({
      exitCode: 2,
      message: `--can: invalid question ${JSON.stringify(text)}`,
      help: "Write it as 'get secrets', 'get,list secrets', 'create pods/exec', 'update deployments.apps/scale', 'get secrets NAME' or 'get /metrics'; repeat --can for another resource; the namespace is for -n.",
    });
  });
});

describe('several verbs and questions', () => {
  const textsOf = (...texts: readonly string[]) =>
    parseQuestion(texts, null, NOTHING).asked.map(({ text }) => text);

  test('are asked one by one, each once', () => {
    expect(textsOf('get,list secrets')).toEqual(['get secrets', 'list secrets']);
    expect(textsOf('get,list secrets', 'list,watch  secrets db', 'get secrets', 'get,put /x')).toEqual([
      'get secrets',
      'list secrets',
      'list secrets db',
      'watch secrets db',
      'get /x',
      'put /x',
    ]);
  });

  test('are told in few words', () => {
    expect(questionText(textsOf('get,list secrets'))).toBe('get,list secrets');
    expect(questionText(textsOf('get secrets', 'create pods/exec', 'list secrets'))).toBe(
      'get,list secrets or create pods/exec',
    );
    expect(questionText(textsOf('get a', 'get b', 'get c'))).toBe('get a, get b or get c');
    expect(questionText([])).toBe('');
  });

  test('say what is wrong once', () => {
    const { findings } = parseQuestion(['get,list podz', 'read pods', 'read pods'], 'nowhere', NOTHING);
    expect(findings.map(({ code }) => code)).toEqual([
      'rbac-unknown-resource',
      'rbac-unknown-namespace',
      'rbac-unknown-verb',
    ]);
  });
});

describe('the answer', () => {
  const authorizer = authorizerOf(
    role('reader', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets', 'nodes', 'namespaces'] }]),
    binding('devs', 'ClusterRole/reader', ['Group dev'], 'payments'),
    binding('ops', 'ClusterRole/reader', ['Group ops']),
  );
  const answers = (text: string, group: string, namespace: string | null = null) => {
    const { request, isAnywhere } = parseOne(text, namespace, authorizer);
    return rolesAllowing(rolesOfGroup(authorizer, group), request, isAnywhere).length;
  };

  test('is of every namespace where none is given', () => {
    expect(answers('get secrets', 'dev')).toBe(1);
    expect(answers('get secrets', 'ops')).toBe(1);
    expect(answers('list secrets', 'dev')).toBe(0);
  });

  test('is of one namespace where it is given', () => {
    expect(answers('get secrets', 'dev', 'payments')).toBe(1);
    expect(answers('get secrets', 'dev', 'other')).toBe(0);
    expect(answers('get secrets', 'ops', 'other')).toBe(1);
  });

  test('is of the cluster for a resource without a namespace', () => {
    expect(answers('get nodes', 'dev')).toBe(0);
    expect(answers('get nodes', 'ops')).toBe(1);
    expect(answers('get namespaces', 'dev')).toBe(1);
  });
});

describe('names that a role is limited to', () => {
  const authorizer = authorizerOf(
    role('some', [
      {
        verbs: ['get', 'list', 'create', 'deletecollection'],
        apiGroups: [''],
        resources: ['secrets', 'pods/exec'],
        resourceNames: ['db', 'web'],
      },
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['db', 'tls'] },
      { verbs: ['watch'], apiGroups: [''], resources: ['secrets'], resourceNames: ['one'] },
      { verbs: ['watch'], apiGroups: [''], resources: ['secrets'], resourceNames: ['one'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
    ]),
    binding('b', 'ClusterRole/some', ['Group dev'], 'payments'),
  );
  const names = (text: string, namespace: string | null = null) => {
    const { request, isAnywhere } = parseOne(text, namespace, authorizer);
    const found = rolesForNames(rolesOfGroup(authorizer, 'dev'), request, isAnywhere);
    return found.map(({ bound, names }) => [bound.role.name, names]);
  };

  test('are told, each once', () => {
    expect(names('get secrets')).toEqual([['some', ['db', 'web', 'tls']]]);
    expect(names('list secrets', 'payments')).toEqual([['some', ['db', 'web']]]);
    expect(names('create pods/exec')).toEqual([['some', ['db', 'web']]]);
    expect(names('watch secrets')).toEqual([['some', ['one']]]);
  });

  test('are none where they make no difference', () => {
    for (const text of [
      'get pods',
      'get secrets db',
      'create secrets',
      'deletecollection secrets',
      'delete secrets',
      'get /metrics',
    ])
      expect(names(text)).toEqual([]);
    expect(names('get secrets', 'other')).toEqual([]);
  });
});

describe('the name of a namespace', () => {
  const authorizer = authorizerOf(
    role('own', [], 'team-a'),
    binding('b', 'ClusterRole/view', ['ServiceAccount build-tools/x', 'User u'], 'payments'),
    binding('all', 'ClusterRole/view', ['ServiceAccount agents/x']),
  );
  const found = (namespace: string, text = 'get pods') =>
    parseQuestion([text], namespace, authorizer).findings;
  const thrown = (namespace: string) => {
    try {
      return found(namespace);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return [error.exitCode, error.findings[0]?.message, error.findings[0]?.help];
    }
  };
  const DIGITS = 'Such a name has at most 63 lower-case letters, digits and dashes.';

  test.each('payments team-a build-tools agents default kube-system kube-public kube-node-lease'.split(' '))(
    '%s is known',
    (namespace) => expect(found(namespace)).toEqual([]),
  );

  test('that nothing mentions, with near ones', () => {
    expect(found('paymnts')).toEqual([
      {
        severity: 'warning',
        code: 'rbac-unknown-namespace',
        message:
          '--namespace: no role or binding mentions the namespace "paymnts": only what holds in all of them holds there',
        help: 'Did you mean "payments"?',
      },
    ]);
    expect(found('entirely-different')).toMatchObject([{ code: 'rbac-unknown-namespace' }]);
    expect(found('entirely-different')[0]?.help).toBeUndefined();
  });

  test('is of no matter for what has none', () => {
    expect(found('paymnts', 'get nodes')).toMatchObject([{ code: 'rbac-not-namespaced' }]);
    expect(found('paymnts', 'get /metrics')).toEqual([]);
  });

  test.each([
    [' payments', 'Did you mean "payments"?'],
    ['Payments', 'Did you mean "payments"?'],
    ['a/b', DIGITS],
    ['*', DIGITS],
    ['-very-odd-name', DIGITS],
    ['very-odd-name-', DIGITS],
    ['x'.repeat(64), DIGITS],
  ])('is not %s', (namespace, help) => {
    expect(thrown(namespace)).toEqual([2, `--namespace: "${namespace}" is no name of a namespace`, help]);
  });

  test('is not empty, as that of a variable that is not set', () => {
    expect(thrown('')).toEqual([
      2,
      '--namespace is empty',
      'Name a namespace, or leave --namespace out to ask about all of them. Is a variable of the script not set?',
    ]);
  });

  test('may be short or long', () => {
    for (const namespace of ['x', '0-9', 'x'.repeat(63)])
      expect(thrown(namespace)).toMatchObject([{ code: 'rbac-unknown-namespace' }]);
  });
});
