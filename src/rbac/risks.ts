import { type Authorizer, isNameless, ruleAllows, type SubjectKind } from './authorizer.ts';
import {
  type Binding,
  type BoundRole,
  boundIn,
  boundRoleText,
  type PolicyRule,
  type RbacRole,
} from './model.ts';
import { PART_OF, type PlaceKind, type Powerful, RISKS, type Risk, type Step, SYSTEM, WAYS } from './ways.ts';

export interface FoundRisk {
  readonly risk: Risk;
  /** `may bind roles`, `may act as payments/argocd` */
  readonly text: string;
  /** The first of the roles that give it. */
  readonly through: BoundRole;
  /** Those that it takes besides: a way may have several steps. */
  readonly others: readonly BoundRole[];
}

/** `ClusterRole/edit in payments`, each of several */
export function throughText({ through, others }: FoundRisk, textOf = boundRoleText): string {
  return [through, ...others].map(textOf).join(' and ');
}

/** The risks in roles, the greatest first; for an administrator, that alone. */
export function risksOf(roles: readonly BoundRole[], authorizer: Authorizer): FoundRisk[] {
  return finderOf(authorizer).risksOf(roles);
}

/** The risks that take several of these roles, of which none is a way alone. */
export function risksTogether(roles: readonly BoundRole[], authorizer: Authorizer): FoundRisk[] {
  return risksOf(roles, authorizer).filter(({ others }) => others.length > 0);
}

/** Whether a role gives every verb on every resource, of whatever name, everywhere: `*` on `*`. */
function makesAdmin({ role, binding }: Pick<BoundRole, 'role' | 'binding'>): boolean {
  return binding.namespace === null && role.rules.some(allowsAll);
}

function allowsAll({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean {
  return [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0;
}

function isSystemAdmin({ role, binding }: BoundRole): boolean {
  return binding.namespace === SYSTEM && role.rules.some(allowsAll);
}

const FINDERS = new WeakMap<Authorizer, RiskFinder>();

/** Thousands of people share a few hundred roles, of which each is looked at once. */
function finderOf(authorizer: Authorizer): RiskFinder {
  const known = FINDERS.get(authorizer);
  if (known) return known;
  // Powerful is whoever needs nobody else to become administrator, and a role that needs no other.
  const steps = new Map<RbacRole['rules'], Allowed>();
  const alone = new RiskFinder(authorizer, steps, new PowerfulSubjects(() => false));
  // Few bindings of thousands have a role that is part of any way: of the others nobody has to be looked at.
  const takesStep = (binding: Binding) => {
    const role = authorizer.roleOf(binding);
    return role !== undefined && alone.stepsOf(role.rules).size > 0;
  };
  const subjects = subjectsOf(authorizer, takesStep).filter(([, , roles]) => alone.risksOf(roles).length > 0);
  const withSubjects = new RiskFinder(authorizer, steps, new PowerfulSubjects(() => false, subjects));
  const isRole = roleTest(authorizer, (bound) => withSubjects.risksOf([bound]).length > 0);
  const finder = new RiskFinder(authorizer, steps, new PowerfulSubjects(isRole, subjects));
  FINDERS.set(authorizer, finder);
  return finder;
}

type NamedSubject = readonly [kind: SubjectKind, name: string, roles: readonly BoundRole[]];

/** All that such bindings name, each with all of its roles; service accounts by their usernames. */
function subjectsOf(authorizer: Authorizer, isMeant: (binding: Binding) => boolean): NamedSubject[] {
  return (['User', 'Group'] as const).flatMap((kind) =>
    authorizer
      .namesBoundBy(kind, isMeant)
      .map((name) => [kind, name, authorizer.ofName(kind, name).roles.get(name) ?? []] as const),
  );
}

/** Tells the roles that make whoever is bound to one in a namespace an administrator. */
function roleTest(
  { rbac: { roles } }: Authorizer,
  isPowerful: (bound: BoundRole) => boolean,
): Powerful['isRole'] {
  const known = new Map<string, boolean>();
  const find = (kind: RbacRole['kind'], name: string | null, namespace: string | null) =>
    roles.some((role) => {
      const isMeant = role.kind === kind && (name === null || role.name === name);
      if (!isMeant || (kind === 'Role' && role.namespace !== namespace)) return false;
      return isPowerful(boundIn(role, namespace));
    });
  return (kind, name, namespace) => {
    const key = JSON.stringify([kind, name, namespace]);
    const found = known.get(key) ?? find(kind, name, namespace);
    known.set(key, found);
    return found;
  };
}

/** The names of the objects for which a role takes a step; null among them: for all. */
type Names = ReadonlySet<string | null>;

/** What a role allows in a place. */
type Allowed = ReadonlyMap<Step, Names>;

/** Where ways are looked for; null: cluster-wide. */
type Place = string | null;

class RiskFinder {
  private readonly ways: typeof WAYS;
  private readonly steps: Map<RbacRole['rules'], Allowed>;
  private readonly powerful: PowerfulSubjects;
  /** By the rules, which roles share that aggregate each other. */
  private readonly allowed = new Map<RbacRole['rules'], Map<Place, Allowed>>();
  /** Of whoever has but one role, by where it is bound. */
  private readonly ofOne = new Map<RbacRole, Map<string | null, readonly FoundRisk[]>>();

  /** @param steps what rules allow, which does not depend on who is powerful */
  constructor(
    { kubernetesVersion }: Authorizer,
    steps: Map<RbacRole['rules'], Allowed>,
    powerful: PowerfulSubjects,
  ) {
    this.steps = steps;
    this.ways = WAYS.filter(({ since, until }) => since <= kubernetesVersion && kubernetesVersion < until);
    this.powerful = powerful;
  }

  risksOf(roles: readonly BoundRole[]): FoundRisk[] {
    const [first, ...others] = roles;
    if (!first) return [];
    if (others.length > 0) return this.find(roles);
    const { role, binding } = first;
    const byNamespace = this.ofOne.get(role) ?? new Map<string | null, readonly FoundRisk[]>();
    const known = byNamespace.get(binding.namespace) ?? this.find(roles);
    this.ofOne.set(role, byNamespace.set(binding.namespace, known));
    return known.map((found) => ({ ...found, through: first }));
  }

  private find(roles: readonly BoundRole[]): FoundRisk[] {
    const admin = roles.find(makesAdmin);
    if (admin)
      return [{ risk: 'cluster-admin', text: RISKS['cluster-admin'].text, through: admin, others: [] }];
    const ofSystem = roles.find(isSystemAdmin);
    const found = new Map<Risk, FoundRisk>();
    const add = (risk: Risk, text: string, [through, ...others]: readonly BoundRole[]) => {
      if (through && !found.has(risk)) found.set(risk, { risk, text, through, others });
    };
    if (ofSystem) add('system-admin', RISKS['system-admin'].text, [ofSystem]);
    // Whoever may do anything there needs no list of it.
    const others = roles.filter((bound) => !isSystemAdmin(bound));
    for (const place of this.placesOf(others))
      for (const [risk, through] of this.waysIn(place, others)) add(risk, this.text(risk, place), through);
    return (Object.keys(RISKS) as Risk[]).flatMap((risk) => {
      const [one, whole] = [found.get(risk), PART_OF[risk]];
      return one && !(whole && found.has(whole)) ? one : [];
    });
  }

  /** Cluster-wide, kube-system, and where else there are both a binding and a powerful service account. */
  private placesOf(roles: readonly BoundRole[]): Place[] {
    const bound = roles.flatMap(({ binding: { namespace } }) => namespace ?? []);
    const others = new Set(bound.filter((one) => one !== SYSTEM && this.powerful.isAccount(null, one)));
    return [null, SYSTEM, ...others];
  }

  private *waysIn(
    place: Place,
    roles: readonly BoundRole[],
  ): Generator<readonly [Risk, readonly BoundRole[]]> {
    const kind = kindOf(place);
    const here = roles.filter(({ binding: { namespace } }) => namespace === null || namespace === place);
    // Most roles are part of no way.
    if (here.every((bound) => this.allowedBy(bound, place).size === 0)) return;
    const byStep = new Map<Step, (readonly [BoundRole, Names])[]>();
    const taking = (step: Step) => {
      const known = byStep.get(step);
      if (known) return known;
      const reaching = step.where === 'somewhere' ? roles : here;
      const found = reaching.flatMap((bound) => {
        const names = this.allowedBy(bound, place).get(step);
        return names ? [[bound, names] as const] : [];
      });
      byStep.set(step, found);
      return found;
    };
    for (const { risks, steps, isOfOneObject } of this.ways) {
      const risk = risks[kind];
      if (!risk || !steps.every((step) => taking(step).length > 0)) continue;
      if (isOfOneObject && !haveCommonName(steps.map(taking))) continue;
      const [first = [], ...rest] = steps.map((step) => taking(step).map(([bound]) => bound));
      // One that takes all of the steps says most.
      const whole = isOfOneObject
        ? undefined
        : first.find((bound) => rest.every((others) => others.includes(bound)));
      yield [risk, whole ? [whole] : [...new Set([first, ...rest].flatMap(([bound]) => bound ?? []))]];
    }
  }

  private allowedBy({ role: { rules } }: BoundRole, place: Place): Allowed {
    const byPlace = this.allowed.get(rules) ?? new Map<Place, Allowed>();
    const allowed = byPlace.get(place) ?? this.counting(rules, place);
    this.allowed.set(rules, byPlace.set(place, allowed));
    return allowed;
  }

  /** The steps that rules allow for objects that count. */
  private counting(rules: RbacRole['rules'], place: Place): Allowed {
    const counting = [...this.stepsOf(rules)].flatMap(([step, names]) => {
      const found = [...names].filter((name) => step.counts(name, place, this.powerful));
      return found.length > 0 ? [[step, new Set(found)] as const] : [];
    });
    return new Map(counting);
  }

  /** The steps that rules allow, whether or not anything comes of them. */
  stepsOf(rules: RbacRole['rules']): Allowed {
    const steps = this.steps.get(rules) ?? stepsIn(rules);
    this.steps.set(rules, steps);
    return steps;
  }

  private text(risk: Risk, place: Place): string {
    if (risk === 'act-as-account' && place !== null) return `may act as ${this.powerful.accountIn(place)}`;
    const { text } = RISKS[risk];
    return kindOf(place) === 'accounts' ? `${text} in ${place}` : text;
  }
}

function kindOf(place: Place): PlaceKind {
  return place === null ? 'cluster' : place === SYSTEM ? 'system' : 'accounts';
}

function haveCommonName(steps: readonly (readonly (readonly [BoundRole, Names])[])[]): boolean {
  const sets = steps.map((taking) => new Set(taking.flatMap(([, names]) => [...names])));
  const isIn = (set: Names, name: string | null) => set.has(null) || set.has(name);
  return sets.some((set) => [...set].some((name) => sets.every((other) => isIn(other, name))));
}

const STEPS: readonly Step[] = [...new Set(WAYS.flatMap(({ steps }) => steps))];
const STEPS_OF = new Map<string, Step[]>();
for (const step of STEPS)
  for (const resource of step.resources) STEPS_OF.set(resource, [...(STEPS_OF.get(resource) ?? []), step]);

/** The steps that rules allow, for which objects: whether those count is another question. */
function stepsIn(rules: RbacRole['rules']): Allowed {
  const allowed = new Map<Step, Set<string | null>>();
  for (const rule of rules) {
    const isAny = rule.resources.some((resource) => resource.startsWith('*'));
    const steps = isAny ? STEPS : new Set(rule.resources.flatMap((resource) => STEPS_OF.get(resource) ?? []));
    for (const step of steps)
      for (const name of namesAllowed(rule, step)) {
        const names = allowed.get(step) ?? new Set();
        allowed.set(step, names.add(name));
      }
  }
  return allowed;
}

/** The names for which a rule allows a step; null: for all. */
function namesAllowed(rule: PolicyRule, { verbs, apiGroup, resources }: Step): readonly (string | null)[] {
  return resources.flatMap((path) => {
    const [resource = '', subresource = null] = path.split('/');
    return verbs.flatMap((verb) => {
      const request = { verb, apiGroup, resource, subresource, name: null, namespace: null };
      if (!ruleAllows(rule, request, true)) return [];
      const { resourceNames } = rule;
      if (resourceNames.length === 0) return [null];
      // No object has an empty name: only a request about none has.
      return isNameless(request) ? (resourceNames.includes('') ? [null] : []) : resourceNames.filter(Boolean);
    });
  });
}

/** In place of the name of an account: all of its namespace. */
const EVERY = '*';

/** The subjects of bindings who hold one of the rights themselves. */
class PowerfulSubjects implements Powerful {
  readonly isRole: Powerful['isRole'];
  private readonly users = new Set<string>();
  private readonly groups = new Set<string>();
  /** The names of the accounts of each namespace. */
  private readonly accounts = new Map<string, string[]>();
  private hasEveryAccount = false;

  constructor(isRole: Powerful['isRole'], subjects: readonly NamedSubject[] = []) {
    this.isRole = isRole;
    for (const [kind, name] of subjects) {
      if (kind === 'User') this.addUser(name);
      else this.addGroup(name);
    }
  }

  isUser(name: string): boolean {
    return this.users.has(name);
  }

  isGroup(name: string | null): boolean {
    return name === null ? this.groups.size > 0 : this.groups.has(name);
  }

  isAccount(name: string | null, namespace: string | null): boolean {
    if (this.hasEveryAccount || (name === null && (namespace === null || namespace === SYSTEM))) return true;
    const known =
      namespace === null ? [...this.accounts.values()].flat() : (this.accounts.get(namespace) ?? []);
    return name === null ? known.length > 0 : known.includes(name) || known.includes(EVERY);
  }

  /** The first account of a namespace that has one: `payments/argocd` */
  accountIn(namespace: string): string {
    const [first = EVERY] = this.accounts.get(namespace) ?? [];
    return `${namespace}/${first}`;
  }

  /** The API server takes a name of this form for the service account, whatever resource a rule for impersonation names. */
  private addUser(name: string): void {
    const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
    if (namespace !== undefined && account !== undefined) this.addAccount(namespace, account);
    else this.users.add(name);
  }

  private addGroup(name: string): void {
    const [, namespace] = /^system:serviceaccounts:(.+)$/.exec(name) ?? [];
    this.groups.add(name);
    if (namespace !== undefined) this.addAccount(namespace, EVERY);
    if (name === 'system:serviceaccounts') this.hasEveryAccount = true;
  }

  private addAccount(namespace: string, account: string): void {
    this.accounts.set(namespace, [...(this.accounts.get(namespace) ?? []), account]);
  }
}
