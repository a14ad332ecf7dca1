import type { Entry, GrantingEntry } from '../access-entry/entry.ts';
import { hasPublishedRules } from '../access-policy.ts';
import { parseArn } from '../arn.ts';
import { hasSession, possibleAdminBy } from '../aws-auth/groups.ts';
import type { KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { type AccessPolicy, policyName } from '../eks.ts';
import { Failure, type Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { memo, once } from '../memo.ts';
import { policyReaches } from '../rbac/access-policies.ts';
import { type Authorizer, isDefault, type PossibleCaller } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { type BoundRole, boundRoleText } from '../rbac/model.ts';
import { type Asked, parseQuestion, type Question } from '../rbac/question.ts';
import { rolesAllowing, rolesForNames, verbsReturning } from '../rbac/request.ts';
import { type NamedRisk, namedRisks, possibleRisks, risksOf } from '../rbac/risks.ts';
import { mailFindings } from '../rbac/unbound.ts';
import { RISKS } from '../rbac/ways-to-admin.ts';
import { type HeldEntry, identityOf, isPerson, type WayPrincipal } from './way.ts';

/** A principal's permissions in a cluster; one object for everyone with the same permissions. */
export interface Rights {
  /** The group or access policy that grants cluster admin without a binding; null if none does. */
  readonly admin: string | null;
  /** The granted parts of the question, in its words and order; empty without a question. */
  readonly can: readonly string[];
  /** Roles bound to the rendered names, without everyone's; with a question, only roles that grant it. */
  readonly roles: readonly BoundRole[];
  /** Roles of everyone with access; with a question, only roles that grant it. */
  readonly rolesOfEverybody: readonly BoundRole[];
  /** Like `bindings`, for `rolesOfEverybody`. */
  readonly bindingsOfEverybody: readonly string[];
  /**
   * `ClusterRole/edit in payments`, each once; preceded by `system:masters` or an access policy that needs no binding.
   */
  readonly bindings: readonly string[];
  /** Routes to cluster admin, directly or nearly. */
  readonly risks: readonly NamedRisk[];
  readonly risksOfEverybody: readonly NamedRisk[];
  /** With a question, the roles that grant it only for objects with certain names. */
  readonly forNames: readonly NamedAnswer[];
  /** With a question about reading secrets that isn't granted, the verbs that return them anyway, and the role. */
  readonly returning: readonly (readonly [verbs: readonly string[], through: string])[];
}

interface NamedAnswer {
  /** `get secrets` */
  readonly text: string;
  readonly names: readonly string[];
  readonly through: string;
}

/**
 * Permissions of everyone with access to a cluster. Thousands of entries and people share a few hundred groups, so an
 * entry is evaluated once for all people that no binding names.
 */
export class ClusterRights {
  /** Permissions of everyone with access. */
  readonly everybody: Rights;
  /** Permissions of anyone who can reach the API server, without credentials. */
  readonly anybody: Rights;
  readonly authorizer: Authorizer;
  private readonly question: Question | null;
  private readonly ofIdentity = memo(
    ({ user, others }: { readonly user: KubernetesIdentity; readonly others: readonly string[] | null }) => {
      const { own, possible, callers, everybody } = this.authorizer.rightsOf(user, others ?? []);
      const held = { own, everybody, admin: possibleAdminBy(user) };
      return this.evaluate(others ? { ...held, possible: possible(), callers } : held);
    },
    ({ user, others }) => JSON.stringify([user, others]),
  );
  /** The permissions of everyone with access through an entry that no binding names. */
  private readonly ofEntry = memo(
    (way: HeldEntry) => this.ofUser(identityOf({ ...way, principal: null }), null),
    ({ entry }) => entry,
  );
  /** Thousands of entries have the same variables. */
  private readonly isNamedIn = memo(
    ({ way, user }: { readonly way: HeldEntry; readonly user: WayPrincipal }) => {
      const identity = identityOf(way, user);
      const personal = identity?.groups.filter((_, index) => hasSession(way.entry.groups[index] ?? '')) ?? [];
      return (
        identity !== null &&
        (this.authorizer.isBound('User', identity.username) ||
          personal.some((group) => this.authorizer.isBound('Group', group)))
      );
    },
    ({ way: { entry, accountId }, user }) => {
      const templates = [entry.username, ...entry.groups.filter(hasSession)].join('\n');
      return `${user.name}\n${templates.includes('{{AccountID}}') ? accountId : ''}\n${templates}`;
    },
  );

  /** @param question null for all permissions */
  constructor(authorizer: Authorizer, question: Question | null = null) {
    this.authorizer = authorizer;
    this.question = question;
    this.everybody = this.evaluate({ own: authorizer.everybody });
    this.anybody = this.evaluate({ own: authorizer.anybody });
  }

  /** A principal's permissions; without a principal, those that the entry grants to unknown people. */
  of(way: HeldEntry): Rights {
    const { principal, status } = way;
    if (status === 'none') return NO_RIGHTS;
    // Evaluated for each person only if it depends on the person's name.
    if (isPerson(principal)) return this.isApart(way) ? this.ofUser(identityOf(way)) : this.ofEntry(way);
    if (principal?.type !== 'ACCOUNT') return this.ofUser(identityOf(way));
    // Any ARN of the account may call.
    const names = [...this.authorizer.boundNames('User')];
    const callers = names.filter((name) => parseArn(name)?.accountId === way.accountId);
    return this.ofUser({ username: '', groups: [] }, callers);
  }

  /** With a question: true if the principal has the permission. */
  allows(way: HeldEntry): boolean {
    const { admin, roles, rolesOfEverybody } = this.of(way);
    return admin !== null || roles.length + rolesOfEverybody.length > 0;
  }

  /** True if an access policy may grant the permissions in question, because its rules are unknown. */
  mayAnswer(policy: AccessPolicy): boolean {
    if (hasPublishedRules(policyName(policy))) return false;
    const { asked } = this.question ?? {};
    return asked?.some(({ request, isAnywhere }) => policyReaches(policy, request, isAnywhere)) ?? true;
  }

  /** False without RBAC manifests: only access policies and system:masters are evaluated. */
  get knowsBindings(): boolean {
    return this.authorizer.knowsBindings;
  }

  /** The parts of the question that a role grants where it is bound. */
  answersOf(bound: BoundRole): readonly string[] {
    return this.question ? answersTo(this.question)(bound).map(({ text }) => text) : [];
  }

  /** True if bindings name the user or a group rendered for the user, which no other member has. */
  isNamed(way: HeldEntry, principal: HeldEntry['principal'] = way.principal): boolean {
    return principal?.type === 'USER' && principal.name !== null && this.isNamedIn({ way, user: principal });
  }

  /** True if a person's permissions may differ from those of others with access through the entry. */
  isApart(way: HeldEntry): boolean {
    return way.principal?.type === 'USER' && (this.isNamed(way) || dependsOnCaller(way.entry));
  }

  /** True if `isApart` may be true for anyone with access through an entry. */
  mayBeApart(entry: GrantingEntry): boolean {
    return dependsOnCaller(entry) || this.authorizer.mayNamePeople([entry]);
  }

  /** @param others other names that the user may have; null also rules out names that variables can become */
  private ofUser(user: KubernetesIdentity | null, others: readonly string[] | null = []): Rights {
    return user ? this.ofIdentity({ user: this.authorizer.effective(user), others }) : NO_RIGHTS;
  }

  private evaluate(held: Held): Rights {
    return rightsIn(held, this.question, this.authorizer);
  }

  /** `1.36` */
  get kubernetesVersion(): string {
    return versionText(this.authorizer.kubernetesVersion);
  }
}

/** The roles that somebody holds. */
interface Held {
  readonly own: readonly BoundRole[];
  readonly everybody?: readonly BoundRole[];
  /** Additional roles of names that variables can become. */
  readonly possible?: readonly BoundRole[];
  /** The same for each caller who may have them. */
  readonly callers?: () => readonly PossibleCaller[];
  /** Grants cluster admin without a binding. */
  readonly admin?: string | null;
}

const NO_CALLERS = () => [];

/** @param question null for all permissions */
function rightsIn(
  { own, everybody = [], possible = [], callers = NO_CALLERS, admin = null }: Held,
  question: Question | null,
  authorizer: Authorizer,
): Rights {
  const asked = question?.asked ?? [];
  const answers = question && answersTo(question);
  const isShown = (bound: BoundRole) => (answers ? answers(bound).length > 0 : !isDefault(bound));
  const all = [...own, ...possible, ...everybody];
  const roles = [...own, ...possible].filter(isShown);
  // A caller with access can also call without credentials; a question is about the caller's own permissions.
  const shared = [...new Set(question ? everybody : [...everybody, ...authorizer.anybody])];
  const rolesOfEverybody = shared.filter(isShown);
  const answered = new Set(answers ? [...roles, ...rolesOfEverybody].flatMap(answers) : []);
  const bindings = [...new Set(roles.map(boundRoleText))];
  const isRefused = answered.size === 0 && admin === null;
  // Risks take the longest: they are found only for those whose access is shown.
  const risks = once((): readonly NamedRisk[] =>
    admin === null
      ? namedRisks(possibleRisks(own, callers(), everybody, authorizer))
      : [{ risk: 'cluster-admin', text: RISKS['cluster-admin'], through: admin, isTogether: false }],
  );
  const risksOfEverybody = once(() => namedRisks(risksOf(shared, authorizer)));
  return {
    admin,
    can: asked.filter((one) => admin !== null || answered.has(one)).map(({ text }) => text),
    roles,
    rolesOfEverybody,
    bindingsOfEverybody: [...new Set(rolesOfEverybody.map(boundRoleText))],
    bindings: admin === null ? bindings : [admin, ...bindings],
    get risks() {
      return risks();
    },
    get risksOfEverybody() {
      return risksOfEverybody();
    },
    forNames: asked
      .filter((one) => !answered.has(one))
      .flatMap(({ text, request, isAnywhere }) =>
        rolesForNames(all, request, isAnywhere).map(({ bound, names }) => {
          return { text, names, through: boundRoleText(bound) };
        }),
      ),
    returning: isRefused ? all.flatMap((bound) => returningOf(bound, asked)) : [],
  };
}

const NO_RIGHTS: Rights = {
  admin: null,
  can: [],
  roles: [],
  rolesOfEverybody: [],
  bindingsOfEverybody: [],
  bindings: [],
  risks: [],
  risksOfEverybody: [],
  forNames: [],
  returning: [],
};

/** The parts of a question that a role grants where it is bound. */
const answersTo = memo((question: Question) =>
  memo((bound: BoundRole): readonly Asked[] =>
    question.asked.filter((one) => rolesAllowing([bound], one.request, one.isAnywhere).length > 0),
  ),
);

function returningOf(bound: BoundRole, asked: readonly Asked[]): Rights['returning'] {
  for (const { request, isAnywhere } of asked) {
    const verbs = verbsReturning(bound, request, isAnywhere);
    if (verbs.length > 0) return [[verbs, boundRoleText(bound)]];
  }
  return [];
}

/** True if more than the username may depend on the caller. */
export function dependsOnCaller({ username, groups }: GrantingEntry): boolean {
  const templates = [username, ...groups];
  return (
    groups.some(hasSession) ||
    templates.some((text) => text.includes(NODE_VARIABLE) || text.includes('{{AccessKeyID}}'))
  );
}

/** Permissions in each of several clusters. */
export interface RightsFound {
  /** Null for a cluster whose bindings are unknown. */
  readonly rights: readonly (ClusterRights | null)[];
  /** The question in words, the same for all clusters. */
  readonly asked: readonly string[];
  /** True if bindings name users or groups that entries render for each person. */
  readonly arePeopleNamed: boolean;
  readonly findings: readonly Finding[];
}

/**
 * @param clusters for each cluster the authorizer (null: nothing is evaluated), the provisioned roles' entries, and the
 * access policies of all entries
 * @param can the question, such as `get secrets`; undefined for all permissions
 * @throws Failure (exit 2) for an unknown verb
 */
export function rightsInClusters(
  clusters: readonly {
    readonly authorizer: Authorizer | null;
    readonly entries: readonly Entry[];
    readonly policies: readonly AccessPolicy[];
  }[],
  can: readonly string[] | undefined,
  namespace: string | null,
): RightsFound {
  const found = clusters.map(({ authorizer, entries, policies }) => {
    if (!authorizer) return null;
    const question = can === undefined ? null : parseQuestion(can, namespace, authorizer, policies);
    const usernames = entries.map(({ username }) => username);
    return {
      question,
      rights: new ClusterRights(authorizer, question),
      arePeopleNamed: authorizer.mayNamePeople(entries),
      mails: mailFindings(usernames, authorizer),
    };
  });
  const questions = found.flatMap((one) => one?.question ?? []);
  return {
    asked: questions[0]?.asked.map(({ text }) => text) ?? [],
    rights: found.map((one) => one?.rights ?? null),
    arePeopleNamed: found.some((one) => one?.arePeopleNamed),
    findings: [...questionFindings(questions), ...found.flatMap((one) => one?.mails ?? [])],
  };
}

/**
 * Findings on names in the question that no cluster's manifests mention; one cluster that does is enough.
 * @throws Failure (exit 2) for an unknown verb
 */
export function questionFindings(questions: readonly Question[]): Finding[] {
  const found = questions.flatMap(({ findings }) => findings);
  const ofAll = [...groupBy(found, ({ code, message }) => `${code} ${message}`).values()].filter(
    (same) => same.length === questions.length,
  );
  const findings = ofAll.flatMap((same) => same.find(({ help }) => help !== undefined) ?? same.slice(0, 1));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Failure(2, errors);
  return findings;
}
