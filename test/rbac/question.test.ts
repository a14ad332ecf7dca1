import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { questionText } from '../../src/rbac/request.ts';
import { authorizerFor, rulesOf } from './manifests.ts';

// Findings and answers of --can are covered in test/golden/rbac/understands-questions.txtar.

const NOTHING = authorizerFor();
const OTHERS = authorizerFor(
  ...rulesOf(
    'renew cert-manager.io certificates,policies/approve; get core,apps,example.com pods,deployments,widgets; get a.example,b.example,* boxes; get core,policy relics,*/rewind; get * gadgets,gadgets/spin',
  ),
);

/** `get deployments.apps/scale NAME` */
function resolved(text: string, authorizer = NOTHING): string {
  const { asked, findings } = parseQuestion([text], 'x', authorizer);
  expect(findings.filter(({ code }) => code !== 'rbac-unknown-namespace')).toEqual([]);
  const request = asked[0]?.request;
  if (!request) return '';
  if ('path' in request) return `${request.verb} ${request.path}`;
  const { verb, apiGroup, resource, subresource, name } = request;
  const sub = subresource === null ? '' : `/${subresource}`;
  return `${verb} ${resource}.${apiGroup}${sub}${name === null ? '' : ` ${name}`}`;
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
  ])('%s', (text, expected) => expect(resolved(text)).toBe(expected));

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
  ])('only in the files: %s', (text, expected) => expect(resolved(text, OTHERS)).toBe(expected));

  test.each(
    'get list watch create update patch delete deletecollection use impersonate:user-info impersonate-on:user-info:list proxy *'.split(
      ' ',
    ),
  )('the verb %s is known', (verb) => expect(resolved(`${verb} pods`)).toBe(`${verb} pods.`));

  test.each('get put post head options delete patch *'.split(' '))('the verb %s is known for paths', (verb) =>
    expect(resolved(`${verb} /metrics`)).toBe(`${verb} /metrics`),
  );

  test.each(['bind clusterroles', 'escalate roles', 'approve signers', 'sign signers', 'attest signers'])(
    '%s is known',
    (text) => expect(parseQuestion([text], null, NOTHING).findings).toEqual([]),
  );

  test.each(['users', 'groups', 'uids', 'userextras/scopes', 'serviceaccounts'])(
    'impersonate %s is known',
    (name) => expect(parseQuestion([`impersonate ${name}`], null, NOTHING).findings).toEqual([]),
  );
});

const codesOf = (text: string, namespace: string | null = null, authorizer = NOTHING) =>
  parseQuestion([text], namespace, authorizer).findings.map(({ code }) => code);

test.each(['metrics', 'stats', 'log', 'proxy', 'configz', 'healthz', 'pods', 'spec', 'checkpoint'])(
  'nodes/%s is known: the kubelet uses it',
  (subresource) => {
    expect(codesOf(`get nodes/${subresource}`)).toEqual([]);
    expect(codesOf(`get configmaps/${subresource}`)).toEqual(['rbac-unknown-subresource']);
  },
);

test.each([
  ['gte pods', 'rbac-unknown-verb'],
  ['post pods', 'rbac-unknown-verb'],
  ['list /metrics', 'rbac-unknown-verb'],
  ['get podss', 'rbac-unknown-resource'],
  ['get constructor', 'rbac-unknown-resource'],
  ['get pods.v1', 'rbac-unknown-resource'],
])('%s: %s', (text, code) => expect(codesOf(text)).toEqual([code]));

/** The place of a question: a namespace, any namespace, or the cluster. */
function placeOf(text: string, namespace: string | null = null): string {
  const [{ request, isAnywhere } = { request: { namespace: null }, isAnywhere: false }] = parseQuestion(
    [text],
    namespace,
    OTHERS,
  ).asked;
  if (isAnywhere) return 'any';
  return ('namespace' in request && request.namespace) || 'cluster';
}

test.each<[text: string, namespace: string | null, place: string]>([
  ['get pods', 'payments', 'payments'],
  ['get pods', null, 'any'],
  ['get *', null, 'any'],
  ['get nodes', 'payments', 'payments'],
  ['get nodes', null, 'cluster'],
  ['get widgets', 'payments', 'payments'],
  ['get /metrics', null, 'cluster'],
  ...['get', 'update', 'patch', 'delete'].flatMap((verb): [string, string | null, string][] => [
    [`${verb} namespaces payments`, null, 'payments'],
    [`${verb} namespaces payments`, 'default', 'payments'],
    [`${verb} ns`, null, 'any'],
  ]),
  ['patch namespaces/status payments', null, 'payments'],
  ['list namespaces payments', null, 'cluster'],
  ['list ns', null, 'cluster'],
  ['watch ns', null, 'cluster'],
  ['create ns', null, 'cluster'],
  ['deletecollection ns', null, 'cluster'],
])('%s with namespace %s is asked in %s', (text, namespace, place) => {
  expect(placeOf(text, namespace)).toBe(place);
});

test('for namespaces, -n is only valid with verbs for a single one', () => {
  const wrong = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'].filter(
    (verb) => codesOf(`${verb} namespaces`, 'payments').includes('rbac-not-namespaced'),
  );
  expect(wrong).toEqual(['list', 'watch', 'create', 'deletecollection']);
});

test('hostile names are printed safely', () => {
  const texts = [
    '\u001b[31m pods',
    'get \u001b[31m',
    'get pods/\u001b[31m',
    'get \u202epods',
    'get \u001b[31m/x',
  ];
  for (const text of texts)
    for (const { message, help = '' } of parseQuestion([text], null, NOTHING).findings)
      expect(`${message}${help}`).toMatch(/^[ -~\n]*$/);
  const hostile = authorizerFor({
    verbs: ['get'],
    apiGroups: ['b.\u001b[31m', 'a.\u202e'],
    resources: ['boxes'],
  });
  expect(() => parseQuestion(['get boxes'], null, hostile)).toThrow(Failure);
  try {
    parseQuestion(['get boxes'], null, hostile);
  } catch (error) {
    const [finding] = error instanceof Failure ? error.findings : [];
    expect(`${finding?.message} ${finding?.help}`).toMatch(/^[ -~]*$/);
  }
});

describe('several verbs and questions', () => {
  const textsOf = (...texts: readonly string[]) =>
    parseQuestion(texts, null, NOTHING).asked.map(({ text }) => text);

  test('are asked one by one, each once', () => {
    expect(textsOf('get,list secrets', 'list,watch  secrets db', 'get secrets', 'get,put /x')).toEqual([
      'get secrets',
      'list secrets',
      'list secrets db',
      'watch secrets db',
      'get /x',
      'put /x',
    ]);
  });

  test.each([
    [['get,list secrets'], 'get,list secrets'],
    [['get secrets', 'create pods/exec', 'list secrets'], 'get,list secrets or create pods/exec'],
    [['get a', 'get b', 'get c'], 'get a, get b or get c'],
    [[], ''],
  ])('%j have a short form', (texts, told) => expect(questionText(textsOf(...texts))).toBe(told));
});
