import { type Finding, type Location, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import { listed, printable } from '../text.ts';
import {
  type Authorizer,
  distinctCallers,
  isDefault,
  isUnauthenticated,
  type PossibleCaller,
  type SubjectKind,
} from './authorizer.ts';
import {
  ACCOUNTS,
  accountOf,
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
import { type AdminStep, type AdminWay, RISKS, type Risk, WAYS } from './ways-to-admin.ts';

export interface FoundRisk {
  readonly risk: Risk;
  /** `may bind roles`, `may act as payments/argocd` */
  readonly text: string;
  /** The first of the roles that grant it. */
  readonly through: BoundRole;
  /** Other roles that it takes: a route may have several steps. */
  readonly others: readonly BoundRole[];
}

/** A risk in the words of tables and pages. */
export interface NamedRisk {
  readonly risk: Risk;
  /** `may escalate roles` */
  readonly text: string;
  /** `ClusterRole/edit in payments`, each of several */
  readonly through: string;
  /** True if only several roles together bring the risk. */
  readonly isTogether: boolean;
}

export function namedRisks(all: readonly FoundRisk[]): NamedRisk[] {
  return all.map((found) => {
    const isTogether = found.others.length > 0;
    return { risk: found.risk, text: found.text, through: throughText(found), isTogether };
  });
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
 * The risks of a user with certain roles, of the callers that the user may be, and with the roles of everyone.
 */
export function possibleRisks(
  own: readonly BoundRole[],
  callers: readonly PossibleCaller[],
  everybody: readonly BoundRole[],
  authorizer: Authorizer,
): FoundRisk[] {
  const sessions = distinctCallers(callers).map(({ roles }) => [...new Set([...own, ...roles])]);
  const all = [own, ...sessions].filter((roles) => roles.length > 0);
  const found = all.flatMap((roles) => risksOf(roles, authorizer));
  const isMore = everybody.some((bound) => !isDefault(bound));
  const more = (roles: readonly BoundRole[]) => risksTogether([...roles, ...everybody], found, authorizer);
  return distinctRisks([...found, ...(isMore ? all.flatMap(more) : [])]);
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

/**
 * Warns about those who are or can become cluster admin.
 * @param by the group, policy or role that makes them so, with its permissions
 */
export function adminsFinding(
  by: string,
  code: 'system-masters' | 'cluster-admin' | 'rbac-risk',
  those: readonly string[],
  place: { readonly location?: Location } = {},
): Finding {
  const what = code === 'rbac-risk' ? 'can become cluster admins' : 'cluster admins';
  return warning(code, `${what} (${printable(by)}): ${listed([...new Set(those)])}`, place);
}

/** True if a role allows every verb on every resource of any name in a place: `*` on `*`. */
function isAdminIn(place: Place): (bound: BoundRole) => boolean {
  return ({ role, binding }) => {
    const isThere = place === null ? binding.namespace === null : appliesIn(binding, place);
    const allowsAll = ({ verbs, apiGroups, resources, resourceNames }: PolicyRule) =>
      [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0;
    return isThere && role.rules.some(allowsAll);
  };
}

/** Cached: thousands of people share a few hundred roles. */
const finderOf = memo(findFinder);

/**
 * Finds who can become cluster admin, possibly through others who can: each round finds those who are one step
 * further, until no answer changes.
 */
function findFinder(authorizer: Authorizer): RiskFinder {
  // Skips what has no steps: few of thousands of bindings have a role that is part of any route.
  const takesStep = (role: RbacRole | undefined) => role !== undefined && stepsOf(role.rules).size > 0;
  const named = authorizer
    .subjectsOf((binding) => takesStep(authorizer.roleOf(binding)))
    .map((subject) => ({ subject, key: JSON.stringify(subject), roles: authorizer.rolesOf(...subject) }));
  const everybody = authorizer.everybody.filter(({ role }) => takesStep(role));
  const roles = authorizer.rbac.roles.filter(takesStep);
  /** The roles that any route asks for, where they would be bound. */
  const asked = new Map<string, Parameters<Powerful['isRole']>>();
  for (let known: ReadonlySet<string> = new Set(); ; ) {
    const isRole: Powerful['isRole'] = (...role) => {
      const key = JSON.stringify(role);
      asked.set(key, role);
      return known.has(key);
    };
    const subjects = named.filter(({ key }) => known.has(key)).map(({ subject }) => subject);
    const finder = new RiskFinder(authorizer, new Powerful(isRole, subjects));
    const isPowerful = (bound: readonly BoundRole[]) => finder.risksOf(bound).length > 0;
    // If everyone is powerful, that says nothing about anybody else.
    const shared = isPowerful(everybody) ? [] : everybody;
    const found = new Set(known);
    for (const { subject, key, roles: own } of named) {
      const ofGroups = groupsOf(subject).flatMap((group) => authorizer.rolesOf('Group', group));
      const ofEverybody = isUnauthenticated(subject[1]) ? [] : shared;
      if (isPowerful([...own, ...ofGroups, ...ofEverybody])) found.add(key);
    }
    // Each answer may ask for further roles, which the loop visits, too.
    for (const [key, [kind, name, namespace]] of asked) {
      const isMeant = (role: RbacRole) =>
        role.kind === kind &&
        (name === null || role.name === name) &&
        (kind === 'ClusterRole' || role.namespace === namespace);
      if (roles.some((role) => isMeant(role) && isPowerful([boundIn(role, namespace)]))) found.add(key);
    }
    if (found.size === known.size) return finder;
    known = found;
  }
}

/**
 * The groups, except that of everyone, that a subject is in by its name (k8s.io/apiserver,
 * pkg/authentication/serviceaccount, `MakeGroupNames`).
 */
function groupsOf([kind, name]: readonly [kind: SubjectKind, name: string]): string[] {
  const namespace = kind === 'User' ? accountOf(name)?.namespace : undefined;
  if (namespace !== undefined) return [`${ACCOUNTS}:${namespace}`, ACCOUNTS];
  return kind === 'Group' && name.startsWith(`${ACCOUNTS}:`) ? [ACCOUNTS] : [];
}

/** The names of the objects for which a role allows a step; null in it: for all. */
type Names = ReadonlySet<string | null>;

/** The steps that a role allows in a place. */
type Allowed = ReadonlyMap<AdminStep, Names>;

/** A step that a role allows, and for which objects. */
interface TakenStep {
  readonly step: AdminStep;
  readonly bound: BoundRole;
  readonly names: Names;
}

/** Where to look for routes; null: cluster-wide. */
type Place = string | null;

class RiskFinder {
  /** The ways in this cluster. */
  private readonly ways: readonly (Pick<AdminWay, 'risks' | 'steps' | 'isOfOneObject'> & {
    /** Null: the risk's text. */
    readonly text: string | null;
  })[];
  private readonly powerful: Powerful;
  /** The risks of a user with only one role. */
  private readonly ofOne = memo((role: RbacRole) =>
    perPlace(role.rules, NO_RISKS, (place) => this.find([boundIn(role, place)])),
  );
  /** Cached: the other roles of thousands of people, which differ, are part of no route. */
  private readonly ofSeveral = memo(
    (roles: readonly BoundRole[]) => this.find(roles),
    (roles) => roles.map(this.idOf).join(),
  );
  private count = 0;
  private readonly idOf = memo((_: BoundRole) => this.count++);
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

  constructor({ kubernetesVersion, awsAuth: state }: Authorizer, powerful: Powerful) {
    this.ways = WAYS.flatMap(({ since, until, awsAuth, ...way }) => {
      const isThere = since <= kubernetesVersion && kubernetesVersion < until;
      const text = awsAuth ? awsAuth[state] : null;
      return isThere && text !== undefined ? { ...way, text } : [];
    });
    this.powerful = powerful;
  }

  risksOf(roles: readonly BoundRole[]): FoundRisk[] {
    const counting = roles.length > 1 ? roles.filter(this.takesPart) : roles;
    const [first, ...others] = counting;
    if (!first) return [];
    if (others.length > 0) return this.ofSeveral(counting);
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
      for (const [risk, through, text] of this.waysIn(place, others))
        add(risk, text ?? this.text(risk, place), through);
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
  ): Generator<readonly [Risk, readonly BoundRole[], text: string | null]> {
    const taken = groupBy(
      roles.flatMap((bound) => this.takenBy(bound, place)),
      ({ step }) => step,
    );
    // Most roles are part of no route.
    if (taken.size === 0) return;
    for (const { risks, steps, isOfOneObject, text } of this.ways) {
      const risk = risks[kindOf(place)];
      if (!risk || !steps.every((step) => taken.has(step))) continue;
      const takers = steps.map((step) => taken.get(step) ?? []);
      if (isOfOneObject && !haveCommonName(takers)) continue;
      const [first = [], ...rest] = takers.map((all) => all.map(({ bound }) => bound));
      // A single role that allows all steps is the clearest answer.
      const whole = isOfOneObject
        ? undefined
        : first.find((bound) => rest.every((others) => others.includes(bound)));
      const all = whole ? [whole] : new Set([first, ...rest].flatMap(([bound]) => bound ?? []));
      yield [risk, [...all], text];
    }
  }

  /** The steps of routes in a place that a role allows; the step determines where its binding must be. */
  private takenBy(bound: BoundRole, place: Place): TakenStep[] {
    const { namespace } = bound.binding;
    const allowedIn = this.counting(bound.role.rules);
    const isHere = namespace === null || (place !== null && appliesIn(bound.binding, place));
    const counts = ({ where }: AdminStep) =>
      where === 'somewhere' || (where === 'cluster' && namespace === null);
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

const STEPS: readonly AdminStep[] = [...new Set(WAYS.flatMap(({ steps }) => steps))];
const stepsOn = memo((resource: string) => STEPS.filter(({ resources }) => resources.includes(resource)));

/** The steps that rules allow, and for which objects, regardless of whether these count. */
const stepsOf = memo((rules: RbacRole['rules']): Allowed => {
  const allowed = new Map<AdminStep, Set<string | null>>();
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
function namesAllowed(
  rule: PolicyRule,
  { verbs, apiGroup, resources }: AdminStep,
): readonly (string | null)[] {
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
