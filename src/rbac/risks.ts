import { groupBy } from '../group-by.ts';
import { type Authorizer, isNameless, ruleAllows, type SubjectKind } from './authorizer.ts';
import {
  type Binding,
  type BoundRole,
  boundIn,
  boundRoleText,
  type PolicyRule,
  type RbacRole,
} from './model.ts';
import { PowerfulSubjects } from './powerful.ts';
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

/**
 * The risks of somebody who has some roles for certain, and one of several others besides: which, depends on a name that is not known.
 * @param possible each with the name that has it as its subject
 */
export function possibleRisks(
  own: readonly BoundRole[],
  possible: readonly BoundRole[],
  authorizer: Authorizer,
): FoundRisk[] {
  const byName = groupBy(possible, ({ subject }) => JSON.stringify(subject));
  const all = [own, ...[...byName.values()].map((one) => [...own, ...one])];
  return distinctRisks(all.flatMap((roles) => risksOf(roles, authorizer)));
}

/** Each risk once, the greatest first; where one is an administrator, that alone. */
export function distinctRisks(found: readonly FoundRisk[]): FoundRisk[] {
  const byText = [...groupBy(found, ({ text }) => text).values()].flatMap(([first]) => first ?? []);
  const admin = byText.find(({ risk }) => risk === 'cluster-admin');
  const order = Object.keys(RISKS);
  const sorted = byText.toSorted((one, other) => order.indexOf(one.risk) - order.indexOf(other.risk));
  return admin
    ? [admin]
    : sorted.filter(({ risk }) => {
        const whole = PART_OF[risk];
        return !whole || !byText.some((other) => other.risk === whole);
      });
}

/** The risks for which it takes several of these roles. */
export function risksTogether(roles: readonly BoundRole[], authorizer: Authorizer): FoundRisk[] {
  return risksOf(roles, authorizer).filter(({ others }) => others.length > 0);
}

/** Whether a role gives every verb on every resource, of whatever name, in a place: `*` on `*`. */
function isAdminIn(place: Place): (bound: BoundRole) => boolean {
  return ({ role, binding }) => binding.namespace === place && role.rules.some(allowsAll);
}

function allowsAll({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean {
  return [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0;
}

const FINDERS = new WeakMap<Authorizer, RiskFinder>();

/** Thousands of people share a few hundred roles, of which each is looked at once. */
function finderOf(authorizer: Authorizer): RiskFinder {
  const known = FINDERS.get(authorizer);
  if (known) return known;
  const finder = findFinder(authorizer);
  FINDERS.set(authorizer, finder);
  return finder;
}

/** Powerful is whoever can become administrator, if by others who are powerful: each round finds those who are one step further. */
function findFinder(authorizer: Authorizer): RiskFinder {
  const steps = new Map<RbacRole['rules'], Allowed>();
  let finder = new RiskFinder(authorizer, steps, new PowerfulSubjects(() => false));
  // Few bindings of thousands have a role that is part of any way: of the others nobody has to be looked at.
  const takesStep = (role: RbacRole | undefined) => role !== undefined && finder.stepsOf(role.rules).size > 0;
  const all = subjectsOf(authorizer, (binding) => takesStep(authorizer.roleOf(binding)));
  const roles = authorizer.rbac.roles.filter((role) => role.kind === 'ClusterRole' && takesStep(role));
  for (let before = 0; ; ) {
    const { risksOf: find } = finder;
    const subjects = all.filter(([, , own]) => find(own).length > 0);
    const count = subjects.length + roles.filter((role) => find([boundIn(role, null)]).length > 0).length;
    if (count === before) return finder;
    before = count;
    const isRole = roleTest(authorizer, (bound) => find([bound]).length > 0);
    finder = new RiskFinder(authorizer, steps, new PowerfulSubjects(isRole, subjects));
  }
}

/** All that such bindings name, each with all of its roles; service accounts by their usernames. */
function subjectsOf(
  authorizer: Authorizer,
  isMeant: (binding: Binding) => boolean,
): (readonly [kind: SubjectKind, name: string, roles: readonly BoundRole[]])[] {
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

  readonly risksOf = (roles: readonly BoundRole[]): FoundRisk[] => {
    const [first, ...others] = roles;
    if (!first) return [];
    if (others.length > 0) return this.find(roles);
    const { role, binding } = first;
    const byNamespace = this.ofOne.get(role) ?? new Map<string | null, readonly FoundRisk[]>();
    const known = byNamespace.get(binding.namespace) ?? this.find(roles);
    this.ofOne.set(role, byNamespace.set(binding.namespace, known));
    return known.map((found) => ({ ...found, through: first }));
  };

  private find(roles: readonly BoundRole[]): FoundRisk[] {
    const admin = roles.find(isAdminIn(null));
    if (admin)
      return [{ risk: 'cluster-admin', text: RISKS['cluster-admin'].text, through: admin, others: [] }];
    const ofSystem = roles.find(isAdminIn(SYSTEM));
    const found = new Map<Risk, FoundRisk>();
    const add = (risk: Risk, text: string, [through, ...others]: readonly BoundRole[]) => {
      if (through && !found.has(risk)) found.set(risk, { risk, text, through, others });
    };
    if (ofSystem) add('system-admin', RISKS['system-admin'].text, [ofSystem]);
    // Whoever may do anything there needs no list of it.
    const isOfSystem = isAdminIn(SYSTEM);
    const others = roles.filter((bound) => !isOfSystem(bound));
    for (const place of this.placesOf(others))
      for (const [risk, through] of this.waysIn(place, others)) add(risk, this.text(risk, place), through);
    return distinctRisks([...found.values()]);
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
      const found = (step.where === 'here' ? here : roles).flatMap((bound) => {
        const { namespace } = bound.binding;
        if (step.where === 'cluster' && namespace !== null) return [];
        const names = this.allowedBy(bound, step.where === 'here' ? place : namespace).get(step);
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
      // Only a request about no object has an empty name; a list or a watch can select one by its name.
      const ofNone = isNameless(request) && resourceNames.includes('') ? [null] : [];
      const isUnnamed = subresource === null && (verb === 'create' || verb === 'deletecollection');
      return [...ofNone, ...(isUnnamed ? [] : resourceNames.filter(Boolean))];
    });
  });
}
