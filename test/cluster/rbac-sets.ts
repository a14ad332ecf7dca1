/** Generates manifests of roles and bindings, people, and questions about them: the same for the same seed. */

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly rules?: readonly Rule[];
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly Selector[] };
  readonly roleRef?: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly SubjectManifest[];
}

type Labels = Readonly<Record<string, string>>;

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export type Rule = Readonly<Record<string, readonly string[]>>;

interface SubjectManifest {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface Person {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The words for `--can` and `-n`; null for no namespace. */
export interface Asked {
  readonly verb: string;
  readonly target: string;
  readonly name: string | null;
  readonly namespace: string | null;
}

export interface RbacSet {
  /** In the order they are applied; aggregated roles don't include other roles' rules. */
  readonly manifests: readonly Manifest[];
  readonly people: readonly { readonly person: Person; readonly questions: readonly Asked[] }[];
}

export const NAMESPACES = ['alpha', 'beta', 'gamma'];
const API = 'rbac.authorization.k8s.io';

/** The API group of custom resources, see `CRDS`. */
export const CUSTOM_GROUP = 'example.com';
const CUSTOM = { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] };

/** The definition of the custom resource in rules and questions. */
export const CUSTOM_RESOURCE = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${CUSTOM.plural}.${CUSTOM_GROUP}` },
  spec: {
    group: CUSTOM_GROUP,
    names: CUSTOM,
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object' } },
        subresources: { status: {} },
      },
    ],
  },
};

const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'pods',
    'pods/exec',
    'pods/log',
    'secrets',
    'configmaps',
    'services',
    'nodes',
    'namespaces',
    'serviceaccounts',
    'serviceaccounts/token',
  ],
  apps: [
    'deployments',
    'deployments/scale',
    'statefulsets',
    'statefulsets/scale',
    'daemonsets',
    'daemonsets/status',
  ],
  batch: ['jobs', 'jobs/status', 'cronjobs'],
  [API]: ['roles', 'clusterroles', 'rolebindings'],
  [CUSTOM_GROUP]: ['widgets', 'widgets/status'],
};
const ANY_RESOURCES = ['*', '*/scale', '*/status', 'pods/*'];
const READ = ['get', 'list', 'watch'];
const VERBS = [...READ, 'create', 'update', 'patch', 'delete', 'deletecollection'];
const SPECIAL_VERBS = ['impersonate', 'bind', 'escalate', 'use', 'approve'];
const NAMES = ['web', 'db', 'api', '*'];
const PATHS = [
  '/metrics',
  '/metrics/*',
  '/metrics**',
  '/logs/*',
  '/logs/***',
  '/healthz',
  '/debug/pprof/*',
  '/debug/*/heap',
  '/debug*pprof**',
  '/version',
  '*',
  '**',
];
const ASKED_PATHS = [
  '/metrics',
  '/metrics/cadvisor',
  '/logs/',
  '/logs/a/b',
  '/healthz',
  '/metricsx',
  '/debug/pprof',
  '/debug*pprof/x',
  '/debug/pprof/heap',
  '/version',
  '/api',
  '/apis/apps/v1',
  '/',
];
const DEFAULT_ROLES = [
  'view',
  'view',
  'edit',
  'admin',
  'system:auth-delegator',
  'system:node-proxier',
  'system:monitoring',
];

function resourcesOf(group: string): readonly string[] {
  return RESOURCES[group] ?? RESOURCES[''] ?? [];
}

/** True if the API server serves the resource: otherwise kubectl interprets the words differently. */
export function isServed({ target }: Asked): boolean {
  if (target.startsWith('/')) return true;
  const [path = ''] = target.split('/');
  const [resource = '', ...group] = path.split('.');
  return (RESOURCES[group.join('.')] ?? []).includes(resource);
}

/** Mulberry32. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A number from `least` to `most`. */
  count(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  /** Distinct items, at least one, in any order. */
  some<Item>(items: readonly Item[], most: number): Item[] {
    return [...new Set(Array.from({ length: this.count(1, most) }, () => this.one(items)))];
  }
}

/** Independent sets, except that everyone is in system:authenticated. */
export function generateSets(count: number, questionsEach: number, seed: number, prefix = 's'): RbacSet[] {
  return Array.from({ length: count }, (_, index) =>
    new SetMaker(prefix, index, new Random(seed + index)).make(questionsEach),
  );
}

class SetMaker {
  private readonly prefix: string;
  private readonly index: number;
  private readonly random: Random;
  private readonly manifests: Manifest[] = [];

  constructor(prefix: string, index: number, random: Random) {
    this.prefix = `${prefix}${index}-`;
    this.index = index;
    this.random = random;
  }

  make(questionsEach: number): RbacSet {
    const { random, manifests } = this;
    for (let left = random.count(1, 3); left > 0; left -= 1)
      this.add('ClusterRole', null, { rules: this.rules(true) });
    for (let left = random.count(0, 2); left > 0; left -= 1)
      this.add('Role', random.one(NAMESPACES), { rules: this.rules(false) });
    if (random.chance(0.4)) this.addAggregated();
    const roles = [...manifests];
    for (let left = random.count(3, 5); left > 0; left -= 1) this.addBinding(roles);
    const people = Array.from({ length: 4 }, () => {
      const questions = Array.from({ length: questionsEach }, () => this.question());
      return { person: this.person(), questions };
    });
    return { manifests, people };
  }

  private add(kind: string, namespace: string | null, content: Partial<Manifest>, labels?: Labels): void {
    const name = `${this.prefix}${this.manifests.length}`;
    const metadata = { name, ...(namespace !== null && { namespace }), ...(labels && { labels }) };
    this.manifests.push({ apiVersion: `${API}/v1`, kind, metadata, ...content });
  }

  private rules(withPaths: boolean): Rule[] {
    const { random } = this;
    return Array.from({ length: random.count(1, 3) }, () => {
      if (withPaths && random.chance(0.2))
        return { verbs: random.chance(0.2) ? ['*'] : ['get'], nonResourceURLs: random.some(PATHS, 2) };
      return this.resourceRule();
    });
  }

  private resourceRule(): Rule {
    const { random } = this;
    const group = random.one(Object.keys(RESOURCES));
    const apiGroups = random.chance(0.15)
      ? ['*']
      : random.chance(0.2)
        ? [group, random.one(['', 'apps', 'batch'])]
        : [group];
    const pool = random.chance(0.15) ? ANY_RESOURCES : resourcesOf(group);
    const verbs = random.chance(0.15)
      ? ['*']
      : random.chance(0.3)
        ? READ
        : random.some([...VERBS, ...SPECIAL_VERBS], 4);
    const names = random.chance(0.2) ? { resourceNames: random.some([...NAMES, ''], 2) } : {};
    return { verbs, apiGroups: [...new Set(apiGroups)], resources: random.some(pool, 3), ...names };
  }

  /** Adds an aggregated role, possibly with rules, whose selectors match only roles of this set. */
  private addAggregated(): void {
    const [clusterRoleSelectors, into] = this.selectors();
    const rules = this.random.chance(0.5) ? this.rules(true) : [];
    const content = { rules, aggregationRule: { clusterRoleSelectors } };
    this.add('ClusterRole', null, content, into === undefined ? into : this.label(into));
  }

  /** Selectors, after adding the roles that they match, and the aggregated role's own label, if any. */
  private selectors(): readonly [selectors: readonly Selector[], label?: string] {
    const { random } = this;
    const key = `${this.prefix}to`;
    const part = (into: string, rules: readonly Rule[] = this.rules(true)) =>
      this.add('ClusterRole', null, { rules }, this.label(into));
    const [top, middle, nothing] = ['top', 'middle', 'nothing'].map((into) => ({
      matchLabels: this.label(into),
    }));
    if (!top || !middle || !nothing) throw new Error('there are three');
    switch (random.count(0, 6)) {
      case 0: // Nothing is selected, so it keeps its own rules.
        return [[nothing]];
      case 1: // Neither is there anything in what is selected, itself included.
        part('top', []);
        return [[top], 'top'];
      case 2: // Through a third role, possibly with its own rules.
        part('middle', random.chance(0.5) ? [] : undefined);
        this.add(
          'ClusterRole',
          null,
          {
            rules: random.chance(0.5) ? this.rules(true) : [],
            aggregationRule: { clusterRoleSelectors: [middle] },
          },
          this.label('top'),
        );
        return [[top]];
      case 3:
        part('top');
        part('other');
        return [[nothing, { matchExpressions: [{ key, operator: 'Exists' }] }]];
      case 4:
        part('top');
        part('other');
        return [[{ matchExpressions: [{ key, operator: 'In', values: ['other', 'nothing'] }] }]];
      case 5: {
        part('top');
        part('other');
        const isOther = { key, operator: 'NotIn', values: ['top'] };
        return [[{ matchExpressions: [{ key, operator: 'Exists' }, isOther] }]];
      }
      default:
        part('top');
        return [[top]];
    }
  }

  private label(into: string): Labels {
    return { [`${this.prefix}to`]: into };
  }

  private addBinding(roles: readonly Manifest[]): void {
    const { random } = this;
    const role = random.one(roles);
    const namespace = role.metadata.namespace ?? (random.chance(0.5) ? random.one(NAMESPACES) : null);
    const reference = { kind: role.kind, name: role.metadata.name };
    if (random.chance(0.1)) reference.name = `${this.prefix}gone`;
    else if (role.kind === 'ClusterRole' && random.chance(0.2)) reference.name = random.one(DEFAULT_ROLES);
    const subjects = Array.from({ length: random.count(0, 3) }, () => this.subject(namespace));
    const isForAll = this.index % 40 === 7 && role.metadata.namespace !== undefined;
    if (isForAll) subjects.push({ kind: 'Group', name: 'system:authenticated' });
    const kind = namespace === null ? 'ClusterRoleBinding' : 'RoleBinding';
    this.add(kind, namespace, { roleRef: { apiGroup: API, ...reference }, subjects });
  }

  private subject(namespace: string | null): SubjectManifest {
    const { random, prefix } = this;
    const number = random.count(1, 2);
    if (random.chance(0.55)) return { kind: 'Group', name: `${prefix}group-${number}` };
    if (random.chance(0.5)) return { kind: 'User', name: `${prefix}user-${number}` };
    const own = namespace !== null && random.chance(0.3) ? {} : { namespace: random.one(NAMESPACES) };
    return { kind: 'ServiceAccount', name: `${prefix}bot`, ...own };
  }

  private person(): Person {
    const { random, prefix } = this;
    const username = random.chance(0.2)
      ? `system:serviceaccount:${random.one(NAMESPACES)}:${prefix}bot`
      : `${prefix}user-${random.count(1, 3)}`;
    const groups = random.some([1, 2, 3], 2).map((number) => `${prefix}group-${number}`);
    return { username, groups: random.chance(0.01) ? [...groups, 'system:masters'] : groups };
  }

  /** Replaces a wildcard with a concrete name, except one time in eight. */
  private concrete(name: string, instead: () => string): string {
    return name === '*' && this.random.chance(0.875) ? instead() : name;
  }

  /** A question that usually relates to a rule of the set. */
  private question(): Asked {
    const { random } = this;
    const namespace = random.chance(0.15) ? null : random.one([...NAMESPACES, 'delta']);
    if (random.chance(0.12))
      return {
        verb: random.one(['get', 'get', 'get', 'post']),
        target: random.one(ASKED_PATHS),
        name: null,
        namespace: null,
      };
    const rules = this.manifests.flatMap((manifest) => manifest.rules ?? []).filter((rule) => rule.resources);
    const rule = rules.length > 0 && random.chance(0.7) ? random.one(rules) : this.resourceRule();
    const group = this.concrete(random.one(rule.apiGroups ?? ['']), () => random.one(Object.keys(RESOURCES)));
    const pattern = random.one(random.chance(0.8) ? (rule.resources ?? []) : resourcesOf(group));
    const [resource = '', subresource] = pattern.split('/');
    const named = this.concrete(resource, () => random.one(resourcesOf(group)).split('/')[0] ?? '');
    const sub = subresource === undefined || subresource === '*' ? '' : `/${subresource}`;
    const verb = random.chance(0.8)
      ? this.concrete(random.one(rule.verbs ?? []), () => random.one(VERBS))
      : random.one(VERBS);
    const names = named === 'namespaces' ? [...NAMESPACES, 'delta'] : (rule.resourceNames ?? NAMES);
    const name = (random.chance(0.35) && random.one(names)) || null;
    return { verb, target: `${named}.${group}${sub}`, name, namespace };
  }
}
