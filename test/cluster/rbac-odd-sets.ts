import {
  type Asked,
  CUSTOM_GROUP,
  type Manifest,
  NAMESPACES,
  type Person,
  Random,
  type Rule,
} from './rbac-sets.ts';

/** Hand-written sets: changes to default roles, and users who have roles without a binding in a file. */

const API = 'rbac.authorization.k8s.io';

function clusterRole(
  name: string,
  content: Partial<Manifest>,
  labels?: Readonly<Record<string, string>>,
): Manifest {
  return {
    apiVersion: `${API}/v1`,
    kind: 'ClusterRole',
    metadata: { name, ...(labels && { labels }) },
    ...content,
  };
}

const SECRETS: Rule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };
const WIDGETS: Rule = { verbs: ['get', 'list'], apiGroups: [CUSTOM_GROUP], resources: ['widgets'] };
const takingIn = (label: string) => ({ clusterRoleSelectors: [{ matchLabels: { touched: label } }] });

/** Changes to default roles: kubectl apply keeps the rules of a role that states none. */
export const OF_DEFAULTS: readonly Manifest[] = [
  clusterRole('view', {}, { touched: 'yes' }),
  clusterRole('system:node-problem-detector', {}, { touched: 'yes' }),
  clusterRole('system:kube-dns', { rules: [SECRETS] }),
  clusterRole('system:heapster', { rules: [] }),
  clusterRole('system:kube-aggregator', { aggregationRule: takingIn('kube-aggregator') }),
  // A default binding grants it to a control plane user.
  clusterRole('system:kube-scheduler', { rules: [WIDGETS] }),
];

/** New roles in addition to them. */
const BESIDE: readonly Manifest[] = [
  clusterRole('touched-all', { aggregationRule: takingIn('yes') }),
  clusterRole('touched-part', { rules: [WIDGETS] }, { touched: 'kube-aggregator' }),
  clusterRole('touched-edit', { rules: [WIDGETS] }, { [`${API}/aggregate-to-edit`]: 'true' }),
];

const BOUND = ['touched-all', 'admin', ...OF_DEFAULTS.map(({ metadata }) => metadata.name)];

/** A person who may get a reserved Kubernetes name through aws-auth templates. */
interface Templated {
  readonly person: Person;
  /** With variables. */
  readonly entry: Person;
  readonly session: string;
  readonly questions: readonly Asked[];
}

export interface OddSet {
  readonly manifests: readonly Manifest[];
  readonly people: readonly Templated[];
}

/** @param defaults the rules of default roles, which the questions are about */
export function oddSet(defaults: readonly Rule[], questionsEach: number, seed: number): OddSet {
  const random = new Random(seed);
  const rules = [...defaults, ...[...OF_DEFAULTS, ...BESIDE].flatMap((manifest) => manifest.rules ?? [])];
  const questions = () => Array.from({ length: questionsEach }, () => question(random.one(rules), random));
  const bindings = BOUND.map((name, index): Manifest => {
    const isEverywhere = index % 3 !== 2;
    const metadata = {
      name: `touched-${index}`,
      ...(!isEverywhere && { namespace: random.one(NAMESPACES) }),
    };
    return {
      apiVersion: `${API}/v1`,
      kind: isEverywhere ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata,
      roleRef: { apiGroup: API, kind: 'ClusterRole', name },
      subjects: [{ kind: 'Group', name: `touched-${index}` }],
    };
  });
  const bound = BOUND.map((_, index) => {
    const person = { username: `touched-user-${index}`, groups: [`touched-${index}`] };
    return { person, entry: person, session: 'x', questions: questions() };
  });
  const templated = TEMPLATES.flatMap(({ entry, sessions }) =>
    sessions.map((session) => ({ person: filledIn(entry, session), entry, session, questions: questions() })),
  );
  return { manifests: [...BESIDE, ...bindings], people: [...bound, ...templated] };
}

const CONTROLLERS = [
  'job-controller',
  'generic-garbage-collector',
  'namespace-controller',
  'bootstrap-signer',
];
const MORE = ['clusterrole-aggregation-controller', 'token-cleaner', 'cloud-provider', 'nobody'];

const TEMPLATES: readonly { readonly entry: Person; readonly sessions: readonly string[] }[] = [
  {
    entry: { username: 'system:{{SessionName}}', groups: [] },
    sessions: ['kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'anonymous', 'masters', 'admin'],
  },
  {
    entry: { username: 'person:{{SessionName}}', groups: ['system:{{SessionName}}'] },
    sessions: ['masters', 'monitoring', 'serviceaccounts', 'authenticated', 'unauthenticated', 'nodes'],
  },
  {
    entry: { username: 'system:serviceaccount:kube-system:{{SessionName}}', groups: ['people'] },
    sessions: [...CONTROLLERS, ...MORE],
  },
  { entry: { username: 'system:node:{{SessionName}}', groups: ['system:nodes'] }, sessions: ['node-1'] },
];

function filledIn({ username, groups }: Person, session: string): Person {
  const fill = (name: string) => name.replaceAll('{{SessionName}}', session);
  return { username: fill(username), groups: groups.map(fill) };
}

/** A question that a rule allows, in a few cases with one word changed. */
function question({ verbs = [], apiGroups = [], resources = [], ...rule }: Rule, random: Random): Asked {
  const verb = (all: readonly string[]) => {
    const one = random.one(verbs.length > 0 && random.chance(0.85) ? verbs : all);
    return one === '*' ? random.one(all) : one;
  };
  if (rule.nonResourceURLs) {
    const target = random.one(rule.nonResourceURLs).replace(/\*+$/, 'x');
    return {
      verb: verb(['get', 'post']),
      target: target.startsWith('/') ? target : `/${target}`,
      name: null,
      namespace: null,
    };
  }
  const [group, resource] = [random.one(apiGroups), random.one(resources)];
  const target = `${resource === '*' ? 'secrets' : resource}`.split('/');
  const [plain = '', ...sub] = target;
  return {
    verb: verb(['get', 'list', 'create', 'delete']),
    target: [`${plain}.${group === '*' ? '' : group}`, ...sub].join('/'),
    name: rule.resourceNames && random.chance(0.8) ? random.one(rule.resourceNames) || null : null,
    namespace: random.chance(0.3) ? null : random.one([...NAMESPACES, 'kube-system', 'kube-public']),
  };
}
