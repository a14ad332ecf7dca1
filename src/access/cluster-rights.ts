import { type AccessPolicy, policyName } from '../access-entry.ts';
import { hasPublishedRules } from '../access-policy-names.ts';
import { parseArn } from '../arn.ts';
import { hasSession, possibleAdminBy } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import type { Entry, GrantingEntry } from '../cluster/entry.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { Failure, type Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import { policyReaches } from '../rbac/access-policies.ts';
import { type Authorizer, isDefault, type PossibleCaller } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { type BoundRole, boundRoleText } from '../rbac/model.ts';
import { type Asked, parseQuestion, type Question } from '../rbac/question.ts';
import { rolesAllowing, rolesForNames, verbsReturning } from '../rbac/request.ts';
import { type FoundRisk, possibleRisks, risksOf, throughText } from '../rbac/risks.ts';
import { mailFindings } from '../rbac/unbound.ts';
import { RISKS, type Risk } from '../rbac/ways.ts';
import { type HeldEntry, identityOf, isPerson } from './way.ts';

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

interface NamedRisk {
  readonly risk: Risk;
  /** `may escalate roles` */
  readonly text: string;
  /** `ClusterRole/edit in payments`, each of several */
  readonly through: string;
  /** True if only several roles together bring the risk. */
  readonly isTogether: boolean;
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
  private readonly rightsOfUser = memo(
    ({ user, others }: { readonly user: KubernetesIdentity; readonly others: readonly string[] | null }) =>
      this.find(user, others),
    ({ user, others }) => JSON.stringify([user, others]),
  );
  /** The permissions of everyone with access through an entry that no binding names. */
  private readonly ofEntry = memo(
    (way: HeldEntry) => this.ofUser(identityOf({ ...way, principal: null }), null),
    ({ entry }) => entry,
  );
  /** The results of `isNamed` by user name, for an entry; shared by entries with the same variables. */
  private readonly namedByTemplates = memo((_templates: string) => new Map<string, boolean>());
  private readonly namedBy = memo(
    ({ entry: { username, groups }, accountId }: HeldEntry) => {
      const templates = [username, ...groups.filter(hasSession)];
      const account = templates.some((text) => text.includes('{{AccountID}}')) ? accountId : '';
      return this.namedByTemplates([account, ...templates].join('\n'));
    },
    ({ entry }) => entry,
  );

  /** @param question null for all permissions */
  constructor(authorizer: Authorizer, question: Question | null = null) {
    this.authorizer = authorizer;
    this.question = question;
    this.everybody = this.rightsIn(authorizer.everybody);
    this.anybody = this.rightsIn(authorizer.anybody);
  }

  /** A principal's permissions; without a principal, those that the entry grants to unknown people. */
  of(way: HeldEntry): Rights {
    const { principal, status } = way;
    if (status === 'none') return NO_RIGHTS;
    if (isPerson(principal)) return this.ofPerson(way);
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

  /** The question in words. */
  get asked(): readonly string[] {
    return this.question?.asked.map(({ text }) => text) ?? [];
  }

  /** The parts of the question that a role grants where it is bound. */
  answersOf(bound: BoundRole): readonly string[] {
    return this.askedOf(bound).map(({ text }) => text);
  }

  /** True if bindings name the user or a group rendered for the user, which no other member has. */
  isNamed(way: HeldEntry, principal: HeldEntry['principal'] = way.principal): boolean {
    const { entry } = way;
    if (principal?.type !== 'USER' || principal.name === null) return false;
    const known = this.namedBy(way);
    const before = known.get(principal.name);
    if (before !== undefined) return before;
    const user = identityOf(way, principal);
    const personal = user?.groups.filter((_, index) => hasSession(entry.groups[index] ?? '')) ?? [];
    const isNamed =
      user !== null &&
      (this.authorizer.isBound('User', user.username) ||
        personal.some((group) => this.authorizer.isBound('Group', group)));
    known.set(principal.name, isNamed);
    return isNamed;
  }

  /** True if a person's permissions may differ from those of others with access through the entry. */
  isApart(way: HeldEntry): boolean {
    return way.principal?.type === 'USER' && (this.isNamed(way) || dependsOnCaller(way.entry));
  }

  /** True if `isApart` may be true for anyone with access through an entry. */
  readonly mayBeApart = memo(
    (entry: GrantingEntry) => dependsOnCaller(entry) || mayNamePeople(this.authorizer, [entry]),
  );

  private ofPerson(way: HeldEntry): Rights {
    // Evaluated for each person only if it depends on the person's name.
    return this.isApart(way) ? this.ofUser(identityOf(way)) : this.ofEntry(way);
  }

  /** @param others other names that the user may have; null also rules out names that variables can become */
  private ofUser(user: KubernetesIdentity | null, others: readonly string[] | null = []): Rights {
    return user ? this.rightsOfUser({ user: this.authorizer.effective(user), others }) : NO_RIGHTS;
  }

  private find(user: KubernetesIdentity, others: readonly string[] | null): Rights {
    const { own, possible, callers, everybody } = this.authorizer.rightsOf(user, others ?? []);
    const admin = possibleAdminBy(user);
    if (!others) return this.rightsIn(own, everybody, [], () => [], admin);
    return this.rightsIn(own, everybody, possible(), callers, admin);
  }

  /**
   * @param everybody roles of everyone
   * @param possible additional roles of names that variables can become
   * @param callers the same for each caller who may have them
   * @param admin grants cluster admin without a binding
   */
  private rightsIn(
    own: readonly BoundRole[],
    everybody: readonly BoundRole[] = [],
    possible: readonly BoundRole[] = [],
    callers: () => readonly PossibleCaller[] = () => [],
    admin: string | null = null,
  ): Rights {
    const all = [...own, ...possible, ...everybody];
    const isShown = (bound: BoundRole) =>
      this.question ? this.askedOf(bound).length > 0 : !isDefault(bound);
    const roles = [...own, ...possible].filter(isShown);
    // A caller with access can also call without credentials; a question is about the caller's own permissions.
    const shared = [...new Set(this.question ? everybody : [...everybody, ...this.authorizer.anybody])];
    const rolesOfEverybody = shared.filter(isShown);
    const answered = new Set([...roles, ...rolesOfEverybody].flatMap((bound) => this.askedOf(bound)));
    const asked = this.question?.asked ?? [];
    const bindings = [...new Set(roles.map(boundRoleText))];
    // Risks take the longest: they are found only for those whose access is shown.
    const risks = once(() =>
      admin === null
        ? namedRisks(possibleRisks(own, callers(), everybody, this.authorizer))
        : adminRisks(admin),
    );
    const risksOfEverybody = once(() => namedRisks(risksOf(shared, this.authorizer)));
    return {
      admin,
      can: admin === null ? asked.filter((one) => answered.has(one)).map(({ text }) => text) : this.asked,
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
      forNames: asked.filter((one) => !answered.has(one)).flatMap((one) => certainNames(one, all)),
      returning:
        asked.length === 0 || answered.size > 0 || admin !== null
          ? []
          : all.flatMap((bound) => this.returningOf(bound)),
    };
  }

  /** `1.36` */
  get kubernetesVersion(): string {
    return versionText(this.authorizer.kubernetesVersion);
  }

  private readonly returningOf = memo((bound: BoundRole): Rights['returning'] => {
    const [first] = (this.question?.asked ?? []).flatMap(({ request, isAnywhere }) => {
      const verbs = verbsReturning(bound, request, isAnywhere);
      return verbs.length > 0 ? [verbs] : [];
    });
    return first ? [[first, boundRoleText(bound)]] : [];
  });

  private readonly askedOf = memo(
    (bound: BoundRole) =>
      this.question?.asked.filter((one) => rolesAllowing([bound], one.request, one.isAnywhere).length > 0) ??
      [],
  );
}

function adminRisks(through: string): NamedRisk[] {
  const risk = 'cluster-admin';
  return [{ risk, text: RISKS[risk], through, isTogether: false }];
}

function namedRisks(all: readonly FoundRisk[]): NamedRisk[] {
  return all.map((found) => {
    const isTogether = found.others.length > 0;
    return { risk: found.risk, text: found.text, through: throughText(found), isTogether };
  });
}

function certainNames(asked: Asked, roles: readonly BoundRole[]): NamedAnswer[] {
  return rolesForNames(roles, asked.request, asked.isAnywhere).map(({ bound, names }) => {
    return { text: asked.text, names, through: boundRoleText(bound) };
  });
}

/** True if more than the username may depend on the caller. */
export function dependsOnCaller({ username, groups }: GrantingEntry): boolean {
  const templates = [username, ...groups];
  return (
    groups.some(hasSession) ||
    templates.some((text) => text.includes(NODE_VARIABLE) || text.includes('{{AccessKeyID}}'))
  );
}

/** True if bindings name users or groups that an entry renders for each person. */
export function mayNamePeople(
  authorizer: Authorizer,
  entries: readonly Pick<LoadedEntry, 'username' | 'groups'>[],
): boolean {
  const isNamed = (kind: 'User' | 'Group', template: string) =>
    hasSession(template) && authorizer.ofName(kind, template).bindings.length > 0;
  return entries.some(
    ({ username, groups }) =>
      isNamed('User', username) || (groups ?? []).some((group) => isNamed('Group', group)),
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
  const known = clusters.map(({ authorizer, entries, policies }) => {
    if (!authorizer) return null;
    const question = can === undefined ? null : parseQuestion(can, namespace, authorizer, policies);
    return { authorizer, entries, question };
  });
  const all = known.filter((one) => one !== null);
  const questions = all.flatMap(({ question }) => question ?? []);
  return {
    asked: questions[0]?.asked.map(({ text }) => text) ?? [],
    rights: known.map((one) => one && new ClusterRights(one.authorizer, one.question)),
    arePeopleNamed: all.some(({ authorizer, entries }) => mayNamePeople(authorizer, entries)),
    findings: [
      ...questionFindings(questions),
      ...all.flatMap(({ authorizer, entries }) =>
        mailFindings(
          entries.map(({ username }) => username),
          authorizer,
        ),
      ),
    ],
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
