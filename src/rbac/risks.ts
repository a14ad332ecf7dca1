import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import { type Authorizer, isDefault } from './authorizer.ts';
import {
  appliesIn,
  type Binding,
  type BoundRole,
  boundIn,
  boundRoleText,
  type PolicyRule,
  type RbacRole,
  SYSTEM,
} from './model.ts';
import { Powerful } from './powerful.ts';
import { isNameless, isUnnamed, ruleAllows } from './request.ts';
import { RISKS, type Risk, type Step, WAYS } from './ways.ts';

export interface FoundRisk {
  readonly risk: Risk;
  /** `may bind roles`, `may act as payments/argocd` */
  readonly text: string;
  /** The first of the roles that grant it. */
  readonly through: BoundRole;
  /** Other roles that it takes: a route may have several steps. */
  readonly others: readonly BoundRole[];
}

/** `ClusterRole/edit in payments`, joined with "and" */
export function throughText(
  { through, others }: FoundRisk,
  textOf: (bound: BoundRole) => string = boundRoleText,
): string {
  return [through, ...others].map(textOf).join(' and ');
}

/** `cluster admin`, `may bind roles, reads all secrets`; empty if the roles contain no route to cluster admin. */
export function risksText(roles: readonly BoundRole[], authorizer: Authorizer): string {
  return risksOf(roles, authorizer)
    .map(({ text }) => text)
    .join(', ');
}

/** `, which grants admin-equivalent permissions (may bind roles)`; empty if the binding grants none. */
export function adminText(
  binding: Binding,
  authorizer: Authorizer,
  role = authorizer.roleOf(binding),
): string {
  const [subject] = binding.subjects;
  const text = role && subject ? risksText([{ role, binding, subject }], authorizer) : '';
  return text === '' ? '' : `, which grants admin-equivalent permissions (${text})`;
}

/** The risks in roles, the greatest first; for a cluster admin, only that. */
export function risksOf(roles: readonly BoundRole[], authorizer: Authorizer): FoundRisk[] {
  return finderOf(authorizer).risksOf(roles);
}

/**
 * The risks of a user with certain roles, possible roles that depend on an unknown name, and the roles of everyone.
 * @param possible roles whose subject is the name that has them
 */
export function possibleRisks(
  own: readonly BoundRole[],
  possible: readonly BoundRole[],
  everybody: readonly BoundRole[],
  authorizer: Authorizer,
): FoundRisk[] {
  const byName = groupBy(possible, ({ subject }) => JSON.stringify(subject));
  const all = [own, ...[...byName.values()].map((one) => [...own, ...one])];
  const found = all.flatMap((roles) => risksOf(roles, authorizer));
  const isMore = own.length > 0 && everybody.some((bound) => !isDefault(bound));
  return distinctRisks([
    ...found,
    ...(isMore ? risksTogether([...own, ...everybody], found, authorizer) : []),
  ]);
}

/** The risks that take several of these roles, except those in `others`. */
export function risksTogether(
  roles: readonly BoundRole[],
  others: readonly FoundRisk[],
  authorizer: Authorizer,
): FoundRisk[] {
  const known = new Set(others.map(({ text }) => text));
  return risksOf(roles, authorizer).filter((found) => found.others.length > 0 && !known.has(found.text));
}

/** Risks that need no mention if a greater one is reported. */
const PART_OF: Partial<Readonly<Record<Risk, Risk>>> = {
  'read-system-secrets': 'read-secrets',
  'exec-system': 'exec',
  'create-system-pods': 'create-pods',
  'impersonate-constrained': 'impersonate',
};

/** Each risk once, the greatest first; if one is cluster admin, only that. */
function distinctRisks(found: readonly FoundRisk[]): FoundRisk[] {
  const byText = [...groupBy(found, ({ text }) => text).values()].flatMap(([first]) => first ?? []);
  const admin = byText.find(({ risk }) => risk === 'cluster-admin');
  if (admin) return [admin];
  const order = Object.keys(RISKS);
  const isPart = ({ risk }: FoundRisk) => byText.some((other) => other.risk === PART_OF[risk]);
  return byText
    .filter((one) => !isPart(one))
    .sort((one, other) => order.indexOf(one.risk) - order.indexOf(other.risk));
}

/** True if a role allows every verb on every resource of any name in a place: `*` on `*`. */
function isAdminIn(place: Place): (bound: BoundRole) => boolean {
  return ({ role, binding }) => {
    const isThere = place === null ? binding.namespace === null : appliesIn(binding, place);
    return isThere && role.rules.some(allowsAll);
  };
}

function allowsAll({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean {
  return [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0;
}

/** Cached: thousands of people share a few hundred roles. */
const finderOf = memo(findFinder);

/**
 * Finds who can become cluster admin, possibly through others who can: each round finds those who are one step
 * further.
 */
function findFinder(authorizer: Authorizer): RiskFinder {
  let finder = new RiskFinder(authorizer, new Powerful(() => false));
  // Skips subjects without steps: few of thousands of bindings have a role that is part of any route.
  const takesStep = (role: RbacRole | undefined) => role !== undefined && stepsOf(role.rules).size > 0;
  const named = authorizer.subjectsOf((binding) => takesStep(authorizer.roleOf(binding)));
  const roles = authorizer.rbac.roles.filter((role) => role.kind === 'ClusterRole' && takesStep(role));
  for (let before = 0; ; ) {
    const isPowerful = (bound: readonly BoundRole[]) => finder.risksOf(bound).length > 0;
    const subjects = named.filter(([kind, name]) => isPowerful(authorizer.rolesOf(kind, name)));
    const count = subjects.length + roles.filter((role) => isPowerful([boundIn(role, null)])).length;
    if (count === before) return finder;
    before = count;
    finder = new RiskFinder(authorizer, new Powerful(roleTest(authorizer, finder), subjects));
  }
}

/** Returns a function that finds the roles that make their holder in a namespace cluster admin. */
function roleTest({ rbac: { roles } }: Authorizer, finder: RiskFinder): Powerful['isRole'] {
  const isRole = memo(
    ([kind, name, namespace]: Parameters<Powerful['isRole']>) =>
      roles.some((role) => {
        const isMeant = role.kind === kind && (name === null || role.name === name);
        if (!isMeant || (kind === 'Role' && role.namespace !== namespace)) return false;
        return finder.risksOf([boundIn(role, namespace)]).length > 0;
      }),
    JSON.stringify,
  );
  return (...place) => isRole(place);
}

/** The names of the objects for which a role allows a step; null in it: for all. */
type Names = ReadonlySet<string | null>;

/** The steps that a role allows in a place. */
type Allowed = ReadonlyMap<Step, Names>;

/** A step that a role allows, and for which objects. */
interface TakenStep {
  readonly step: Step;
  readonly bound: BoundRole;
  readonly names: Names;
}

/** Where to look for routes; null: cluster-wide. */
type Place = string | null;

class RiskFinder {
  private readonly ways: typeof WAYS;
  private readonly powerful: Powerful;
  /** The risks of a user with only one role. */
  private readonly ofOne = memo((role: RbacRole) =>
    perPlace(role.rules, NO_RISKS, (place) => this.find([boundIn(role, place)])),
  );
  /** The steps that rules allow for objects that count. */
  private readonly counting = memo((rules: RbacRole['rules']) =>
    perPlace(rules, NO_STEPS, (place): Allowed => {
      const counting = [...stepsOf(rules)].flatMap(([step, names]) => {
        const found = [...names].filter((name) => step.counts(name, place, this.powerful));
        return found.length > 0 ? [[step, new Set(found)] as const] : [];
      });
      return new Map(counting);
    }),
  );

  /** True if a role is part of any route where it is bound; most are not. */
  private readonly takesPart = memo((bound: BoundRole): boolean =>
    this.placesOf([bound]).some((place) => this.takenBy(bound, place).length > 0),
  );

  constructor({ kubernetesVersion }: Authorizer, powerful: Powerful) {
    this.ways = WAYS.filter(({ since, until }) => since <= kubernetesVersion && kubernetesVersion < until);
    this.powerful = powerful;
  }

  risksOf(roles: readonly BoundRole[]): FoundRisk[] {
    const counting = roles.length > 1 ? roles.filter(this.takesPart) : roles;
    const [first, ...others] = counting;
    if (!first) return [];
    if (others.length > 0) return this.find(counting);
    const found = this.ofOne(first.role)(first.binding.namespace);
    return found.map((one) => ({ ...one, through: first }));
  }

  private find(roles: readonly BoundRole[]): FoundRisk[] {
    const admin = roles.find(isAdminIn(null));
    if (admin) return [{ risk: 'cluster-admin', text: RISKS['cluster-admin'], through: admin, others: [] }];
    const ofSystem = roles.find(isAdminIn(SYSTEM));
    const found = new Map<Risk, FoundRisk>();
    const add = (risk: Risk, text: string, [through, ...others]: readonly BoundRole[]) => {
      if (through && !found.has(risk)) found.set(risk, { risk, text, through, others });
    };
    if (ofSystem) add('system-admin', RISKS['system-admin'], [ofSystem]);
    // Anyone with all permissions there needs no list of them.
    const isOfSystem = isAdminIn(SYSTEM);
    const others = roles.filter((bound) => !isOfSystem(bound));
    for (const place of this.placesOf(others))
      for (const [risk, through] of this.waysIn(place, others)) add(risk, this.text(risk, place), through);
    return distinctRisks([...found.values()]);
  }

  /** Cluster-wide, kube-system, and other namespaces with both a binding and a powerful service account. */
  private placesOf(roles: readonly BoundRole[]): Place[] {
    const bound = roles.flatMap(({ binding: { namespace } }) => namespace ?? []);
    const others = bound.flatMap((one) => this.powerful.namespacesIn(one)).filter((one) => one !== SYSTEM);
    return [null, SYSTEM, ...new Set(others)];
  }

  private *waysIn(
    place: Place,
    roles: readonly BoundRole[],
  ): Generator<readonly [Risk, readonly BoundRole[]]> {
    const taken = groupBy(
      roles.flatMap((bound) => this.takenBy(bound, place)),
      ({ step }) => step,
    );
    // Most roles are part of no route.
    if (taken.size === 0) return;
    for (const { risks, steps, isOfOneObject } of this.ways) {
      const risk = risks[kindOf(place)];
      if (!risk || !steps.every((step) => taken.has(step))) continue;
      const takers = steps.map((step) => taken.get(step) ?? []);
      if (isOfOneObject && !haveCommonName(takers)) continue;
      const [first = [], ...rest] = takers.map((all) => all.map(({ bound }) => bound));
      // A single role that allows all steps is the clearest answer.
      const whole = isOfOneObject
        ? undefined
        : first.find((bound) => rest.every((others) => others.includes(bound)));
      yield [risk, whole ? [whole] : [...new Set([first, ...rest].flatMap(([bound]) => bound ?? []))]];
    }
  }

  /** The steps of routes in a place that a role allows; the step determines where its binding must be. */
  private takenBy(bound: BoundRole, place: Place): TakenStep[] {
    const { namespace } = bound.binding;
    const allowedIn = this.counting(bound.role.rules);
    const isHere = namespace === null || (place !== null && appliesIn(bound.binding, place));
    const counts = ({ where }: Step) => where === 'somewhere' || (where === 'cluster' && namespace === null);
    const here = [...(isHere ? allowedIn(place) : [])].filter(([{ where }]) => where === 'here');
    const anywhere = [...allowedIn(namespace)].filter(([step]) => counts(step));
    return [...here, ...anywhere].map(([step, names]) => ({ step, bound, names }));
  }

  private text(risk: Risk, place: Place): string {
    if (risk === 'act-as-account' && place !== null) return `may act as ${this.powerful.accountIn(place)}`;
    return kindOf(place) === 'accounts' ? `${RISKS[risk]} in ${place}` : RISKS[risk];
  }
}

const NO_RISKS: readonly FoundRisk[] = [];
const NO_STEPS: Allowed = new Map();

/** Caches a result for rules in each place; skips the cache for rules that are part of no route, as most are. */
function perPlace<Value>(
  rules: RbacRole['rules'],
  nothing: Value,
  make: (place: Place) => Value,
): (place: Place) => Value {
  return stepsOf(rules).size === 0 ? () => nothing : memo(make);
}

function kindOf(place: Place) {
  return place === null ? 'cluster' : place === SYSTEM ? 'system' : 'accounts';
}

function haveCommonName(steps: readonly (readonly TakenStep[])[]): boolean {
  const sets = steps.map((all) => new Set(all.flatMap(({ names }) => [...names])));
  const isIn = (set: Names, name: string | null) => set.has(null) || set.has(name);
  return sets.some((set) => [...set].some((name) => sets.every((other) => isIn(other, name))));
}

const STEPS: readonly Step[] = [...new Set(WAYS.flatMap(({ steps }) => steps))];
const stepsOn = memo((resource: string) => STEPS.filter(({ resources }) => resources.includes(resource)));

/** The steps that rules allow, and for which objects, regardless of whether these count. */
const stepsOf = memo((rules: RbacRole['rules']): Allowed => {
  const allowed = new Map<Step, Set<string | null>>();
  for (const rule of rules) {
    const isAny = rule.resources.some((resource) => resource.startsWith('*'));
    const steps = isAny ? STEPS : new Set(rule.resources.flatMap(stepsOn));
    for (const step of steps)
      for (const name of namesAllowed(rule, step)) {
        const names = allowed.get(step) ?? new Set();
        allowed.set(step, names.add(name));
      }
  }
  return allowed;
});

/** The names for which a rule allows a step; null: for all. */
function namesAllowed(rule: PolicyRule, { verbs, apiGroup, resources }: Step): readonly (string | null)[] {
  return resources.flatMap((path) => {
    const [resource = '', subresource = null] = path.split('/');
    return verbs.flatMap((verb) => {
      const request = { verb, apiGroup, resource, subresource, name: null, namespace: null };
      if (!ruleAllows(rule, request, true)) return [];
      const { resourceNames } = rule;
      if (resourceNames.length === 0) return [null];
      // Only a request without an object has an empty name.
      const ofNone = isNameless(request) && resourceNames.includes('') ? [null] : [];
      return [...ofNone, ...(isUnnamed(request) ? [] : resourceNames.filter(Boolean))];
    });
  });
}
