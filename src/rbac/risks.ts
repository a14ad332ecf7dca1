import { MASTERS } from '../authenticator/groups.ts';
import { type Authorizer, isNameless, ruleAllows } from './authorizer.ts';
import type { BoundRole, PolicyRule, RbacRole } from './model.ts';

/** Rights that make their holder administrator of the cluster, at once or by one step more. */
export type Risk =
  | 'cluster-admin'
  | 'system-admin'
  | 'escalate'
  | 'bind'
  | 'impersonate'
  | 'create-tokens'
  | 'approve-certificates'
  | 'edit-aws-auth'
  | 'edit-webhooks'
  | 'read-secrets'
  | 'read-system-secrets'
  | 'exec'
  | 'exec-system';

/** What a risk is, for a column of a table; the greatest first. */
export const RISK_TEXTS: Readonly<Record<Risk, string>> = {
  'cluster-admin': 'cluster admin',
  'system-admin': 'admin of kube-system',
  escalate: 'may escalate roles',
  bind: 'may bind roles',
  impersonate: 'may impersonate',
  'create-tokens': 'may create service account tokens',
  'approve-certificates': 'may approve client certificates',
  'edit-aws-auth': 'may edit aws-auth',
  'edit-webhooks': 'may change mutating webhooks',
  'read-secrets': 'reads all secrets',
  'read-system-secrets': 'reads secrets of kube-system',
  exec: 'exec in all pods',
  'exec-system': 'exec in pods of kube-system',
};

const RISKS = Object.keys(RISK_TEXTS) as Risk[];

/** What needs no word beside another. */
const PART_OF: Partial<Readonly<Record<Risk, Risk>>> = {
  'read-system-secrets': 'read-secrets',
  'exec-system': 'exec',
};

/** One of several requests that are as good. */
interface Step {
  readonly verbs: readonly string[];
  readonly apiGroup: string;
  /** `pods`, `pods/exec` */
  readonly resources: readonly string[];
  /** Whether it is a step where a role is bound, for objects of a name; null: for all names, and in all namespaces. */
  readonly counts: (name: string | null, namespace: string | null, admins: Administrators) => boolean;
}

/** The namespace of what runs the cluster: its service accounts are administrators, and aws-auth is there. */
const SYSTEM = 'kube-system';
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const WRITE = ['update', 'patch'];
const READ = ['get', 'list', 'watch'];
const INTO_PODS = [
  [
    ['create', 'get'],
    ['pods/exec', 'pods/attach'],
  ],
  [WRITE, ['pods/ephemeralcontainers']],
] as const;
/** What certificates for the API server are signed by. */
const CLIENT_SIGNERS: readonly string[] = ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*'];

type Counts = Step['counts'];

const everywhere: Counts = (name, namespace) => name === null && namespace === null;
const inSystem: Counts = (name, namespace) => name === null && reachesSystem(namespace);

function step(
  verbs: readonly string[],
  apiGroup: string,
  resources: readonly string[],
  counts: Counts = everywhere,
): Step {
  return { verbs, apiGroup, resources, counts };
}

const ofAccounts: Counts = (name, namespace, { accounts, accountNames, namespaces }) => {
  if (name !== null)
    return namespace === null ? accountNames.has(name) : accounts.has(`${namespace}/${name}`);
  return namespace === null || namespace === SYSTEM || namespaces.has(namespace);
};

/**
 * The ways to each risk: of a way, every step is needed.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
 */
const WAYS: readonly (readonly [Risk, readonly (readonly Step[])[]])[] = [
  [
    'escalate',
    [
      [step(['escalate'], RBAC_GROUP, ['clusterroles'], (_, namespace) => namespace === null)],
      [step(['escalate'], RBAC_GROUP, ['roles'], (_, namespace) => reachesSystem(namespace))],
    ],
  ],
  [
    'bind',
    [
      [
        step(['bind'], RBAC_GROUP, ['clusterroles'], (name, namespace, admins) => {
          return reachesSystem(namespace) && (name === null || admins.isPowerful(name));
        }),
      ],
      [step(['bind'], RBAC_GROUP, ['roles'], inSystem)],
    ],
  ],
  [
    'impersonate',
    [
      [
        step(['impersonate'], '', ['users'], (name, namespace, { users }) => {
          return namespace === null && (name === null || users.has(name));
        }),
      ],
      [
        step(['impersonate'], '', ['groups'], (name, namespace, { groups }) => {
          return namespace === null && (name === null || name === MASTERS || groups.has(name));
        }),
      ],
      [step(['impersonate'], '', ['serviceaccounts'], ofAccounts)],
    ],
  ],
  ['create-tokens', [[step(['create'], '', ['serviceaccounts/token'], ofAccounts)]]],
  [
    'approve-certificates',
    [
      [
        step(WRITE, CERTIFICATES, ['certificatesigningrequests/approval']),
        step(['approve'], CERTIFICATES, ['signers'], (name, namespace) => {
          return namespace === null && (name === null || CLIENT_SIGNERS.includes(name));
        }),
      ],
    ],
  ],
  [
    'edit-aws-auth',
    [
      [step(WRITE, '', ['configmaps'], isAwsAuth)],
      // The name of a new object is not known when the request is authorized.
      [step(['delete'], '', ['configmaps'], isAwsAuth), step(['create'], '', ['configmaps'], inSystem)],
      [
        step(['deletecollection'], '', ['configmaps'], inSystem),
        step(['create'], '', ['configmaps'], inSystem),
      ],
    ],
  ],
  [
    'edit-webhooks',
    [
      [
        step(
          ['create', ...WRITE],
          'admissionregistration.k8s.io',
          ['mutatingwebhookconfigurations'],
          (_, namespace) => namespace === null,
        ),
      ],
    ],
  ],
  ['read-secrets', [[step(READ, '', ['secrets'])]]],
  ['read-system-secrets', [[step(READ, '', ['secrets'], inSystem)]]],
  [
    'exec',
    [
      ...INTO_PODS.map(([verbs, resources]) => [step(verbs, '', resources)]),
      // The kubelet runs commands in the pods of its node.
      [step(['create', 'get'], '', ['nodes/proxy'])],
    ],
  ],
  ['exec-system', INTO_PODS.map(([verbs, resources]) => [step(verbs, '', resources, inSystem)])],
];

function reachesSystem(namespace: string | null): boolean {
  return namespace === null || namespace === SYSTEM;
}

function isAwsAuth(...[name, namespace]: Parameters<Counts>): boolean {
  return reachesSystem(namespace) && (name === null || name === 'aws-auth');
}

/** Whom bindings make administrators of the cluster. */
interface Administrators {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** `NAMESPACE/NAME` */
  readonly accounts: ReadonlySet<string>;
  readonly accountNames: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  /** Whether a ClusterRole is a risk for the cluster once somebody binds it. */
  readonly isPowerful: (clusterRole: string) => boolean;
}

export interface FoundRisk {
  readonly risk: Risk;
  /** The first of the roles that give it. */
  readonly through: BoundRole;
}

/** The risks in roles, the greatest first; for an administrator, that alone. */
export function risksOf(roles: readonly BoundRole[], authorizer: Authorizer): FoundRisk[] {
  const admin = roles.find(makesAdmin);
  if (admin) return [{ risk: 'cluster-admin', through: admin }];
  const ofSystem = roles.find(isSystemAdmin);
  const found = new Map<Risk, BoundRole>(ofSystem ? [['system-admin', ofSystem]] : []);
  const others = roles.filter((bound) => !isSystemAdmin(bound));
  const known = knownOf(authorizer);
  for (const [risk, ways] of WAYS)
    for (const way of ways) {
      const through = way.map((one) => others.find((bound) => known.stepsOf(bound).has(one)));
      const [first] = through;
      if (first && !through.includes(undefined) && !found.has(risk)) found.set(risk, first);
    }
  return RISKS.flatMap((risk) => {
    const [through, whole] = [found.get(risk), PART_OF[risk]];
    return through && !(whole && found.has(whole)) ? { risk, through } : [];
  });
}

function isSystemAdmin({ role, binding }: BoundRole): boolean {
  return binding.namespace === SYSTEM && role.rules.some(allowsAll);
}

/** What there is to know about the bindings of a cluster: thousands of people share a few hundred roles, of which each is looked at once. */
interface Known {
  readonly stepsOf: (bound: BoundRole) => ReadonlySet<Step>;
}

const KNOWN = new WeakMap<Authorizer, Known>();

function knownOf(authorizer: Authorizer): Known {
  const before = KNOWN.get(authorizer);
  if (before) return before;
  const admins = administratorsIn(authorizer);
  // Roles that take in each other share their rules.
  const steps = new Map<RbacRole['rules'], Map<string | null, ReadonlySet<Step>>>();
  const known: Known = {
    stepsOf: ({ role, binding: { namespace } }) => {
      const byNamespace = steps.get(role.rules) ?? new Map<string | null, ReadonlySet<Step>>();
      const found = byNamespace.get(namespace) ?? new Set(stepsIn(role, namespace, admins));
      steps.set(role.rules, byNamespace.set(namespace, found));
      return found;
    },
  };
  KNOWN.set(authorizer, known);
  return known;
}

function stepsIn({ rules }: RbacRole, namespace: string | null, admins: Administrators, ways = WAYS): Step[] {
  // No object has an empty name: only a request about none has.
  const names = [null, ...new Set(rules.flatMap(({ resourceNames }) => resourceNames.filter(Boolean)))];
  const steps = ways.flatMap(([, all]) => all.flat());
  return steps.filter((one) =>
    names.some(
      (name) => one.counts(name, namespace, admins) && rules.some((rule) => allowsStep(rule, one, name)),
    ),
  );
}

function allowsStep(rule: PolicyRule, { verbs, apiGroup, resources }: Step, name: string | null): boolean {
  return resources.some((path) => {
    const [resource = '', subresource = null] = path.split('/');
    return verbs.some((verb) => {
      const isOfAll = name !== null || rule.resourceNames.length === 0 || isNameless({ verb, subresource });
      const request = { verb, apiGroup, resource, subresource, name, namespace: null };
      return isOfAll && ruleAllows(rule, request);
    });
  });
}

function administratorsIn(authorizer: Authorizer): Administrators {
  const { roles, bindings } = authorizer.rbac;
  const subjects = bindings
    .filter((one) => one.namespace === null && authorizer.roleOf(one)?.rules.some(allowsAll))
    .flatMap((one) => one.subjects);
  const named = (wanted: string) => subjects.flatMap(({ kind, name }) => (kind === wanted ? name : []));
  const accounts = [
    ...subjects.flatMap(({ kind, name, namespace }) =>
      kind === 'ServiceAccount' ? [[namespace ?? '', name]] : [],
    ),
    ...named('User').flatMap((name) => {
      const [, namespace = '', account = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
      return namespace === '' ? [] : [[namespace, account]];
    }),
  ];
  const clusterRoles = new Map(
    roles.flatMap((role) => (role.kind === 'ClusterRole' ? [[role.name, role]] : [])),
  );
  const admins: Administrators = {
    users: new Set(named('User')),
    groups: new Set(named('Group')),
    accounts: new Set(accounts.map((one) => one.join('/'))),
    accountNames: new Set(accounts.map(([, name = '']) => name)),
    namespaces: new Set(accounts.map(([namespace = '']) => namespace)),
    isPowerful: (name) => {
      const role = clusterRoles.get(name);
      const ways = WAYS.filter(([risk]) => risk !== 'bind');
      return role !== undefined && stepsIn(role, null, admins, ways).length > 0;
    },
  };
  return admins;
}

/** Whether a role gives every verb on every resource, of whatever name, everywhere: `*` on `*`. */
export function makesAdmin({ role, binding }: Pick<BoundRole, 'role' | 'binding'>): boolean {
  return binding.namespace === null && role.rules.some(allowsAll);
}

function allowsAll({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean {
  return [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0;
}
