import type { AccessPolicy } from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { hasSession, possibleAdminBy } from '../authenticator/groups.ts';
import { identityOfEntry, type KubernetesIdentity, renderIdentity } from '../authenticator/resolve-caller.ts';
import { NODE_VARIABLE } from '../entry.ts';
import type { Principal } from '../inventory/model.ts';
import { type Authorizer, isDefault } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { type BoundRole, boundRoleText } from '../rbac/model.ts';
import type { Asked, Question } from '../rbac/question.ts';
import { rolesAllowing, rolesForNames } from '../rbac/request.ts';
import { type FoundRisk, possibleRisks, risksOf, throughText } from '../rbac/risks.ts';
import { RISKS, type Risk } from '../rbac/ways.ts';
import type { EntryAccess, Grant, MappedEntry, NobodyReason } from './entry-access.ts';
import { identityOf } from './identity-of.ts';

/** What somebody may do in a cluster; one object for all who may do the same. */
export interface Rights {
  /** The group or access policy that makes an administrator without any binding; null where none does. */
  readonly admin: string | null;
  /** What of a question they may do, in its words and order; empty without a question. */
  readonly can: readonly string[];
  /** Those that names can become among them, but none that everybody has; of a question, only those that allow it. */
  readonly roles: readonly BoundRole[];
  /** What everybody has who gets in, whoever this is; of a question, only what allows it. */
  readonly rolesOfEverybody: readonly BoundRole[];
  /** As `bindings`, of these. */
  readonly bindingsOfEverybody: readonly string[];
  /** `ClusterRole/edit in payments`, each once; `system:masters`, or an access policy, for who needs none. */
  readonly bindings: readonly string[];
  /** What makes them administrators, or nearly so. */
  readonly risks: readonly NamedRisk[];
  readonly risksOfEverybody: readonly NamedRisk[];
  /** Of a question, the roles that would do for objects of certain names. */
  readonly forNames: readonly NamedAnswer[];
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
  /** Whether it takes several of the roles. */
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
};

/** Who gets in without Identity Center, as far as it matters here. */
interface Other extends KubernetesIdentity {
  readonly type: string;
  /** The ARN as written. */
  readonly id: string;
  readonly accountId: string;
  readonly nobody: NobodyReason | null;
}

/**
 * The rights of those who get into a cluster. Thousands of entries and people share a few hundred groups: an entry is looked at once
 * for all whom no binding names.
 */
export class ClusterRights {
  /** What all have who get in. */
  readonly everybody: Rights;
  /** What whoever reaches the API server has, without credentials. */
  readonly anybody: Rights;
  private readonly authorizer: Authorizer;
  private readonly question: Question | null;
  private readonly answers = new Map<BoundRole, readonly Asked[]>();
  private readonly byEntry = new Map<MappedEntry, Rights>();
  private readonly byUser = new Map<string, Rights>();
  private readonly byGroup = new Map<string, readonly BoundRole[]>();
  /** For each entry with variables, whether bindings name the people who have it. */
  private readonly named = new Map<string, Map<string, boolean>>();
  private readonly namedByEntry = {
    USER: new Map<MappedEntry, Map<string, boolean>>(),
    GROUP: new Map<MappedEntry, Map<string, boolean>>(),
  };

  /** @param question missing: all that somebody may do is wanted */
  constructor(authorizer: Authorizer, question: Question | null = null) {
    this.authorizer = authorizer;
    this.question = question;
    this.everybody = this.rightsIn(authorizer.everybody);
    this.anybody = this.rightsIn(authorizer.anybody);
  }

  /** @param one an entry: what it gives to people who are not known */
  of(one: Grant | EntryAccess | Other): Rights {
    if ('via' in one) return this.ofGrant(one);
    if (one.nobody) return NO_RIGHTS;
    if ('entry' in one) return this.ofUser(identityOfEntry(one.entry));
    if (one.type !== 'ACCOUNT') return this.ofUser(identityOfEntry({ ...one, arn: one.id }));
    // Any ARN of the account may call.
    const names = [...this.authorizer.boundNames('User')];
    const callers = names.filter((name) => parseArn(name)?.accountId === one.accountId);
    return this.ofUser({ username: '', groups: [] }, callers);
  }

  /** What a Kubernetes group gives, without what everybody has. */
  ofGroup(group: string): readonly BoundRole[] {
    const known = this.byGroup.get(group);
    if (known) return known;
    const { own } = this.authorizer.rightsOf({ username: '', groups: [group] });
    const { roles } = this.rightsIn(own);
    this.byGroup.set(group, roles);
    return roles;
  }

  /** Of a question: whether somebody may. */
  allows(one: Grant | EntryAccess | Other): boolean {
    const { admin, roles, rolesOfEverybody } = this.of(one);
    return admin !== null || roles.length + rolesOfEverybody.length > 0;
  }

  /** Whether an access policy, which EKS evaluates itself, holds where a question is about. */
  mayAnswer({ scope }: AccessPolicy): boolean {
    if (!this.question || scope === 'cluster') return true;
    return this.question.asked.some(({ request, isAnywhere }) => {
      if ('path' in request) return false;
      const { namespace } = request;
      return namespace === null
        ? isAnywhere
        : scope.namespaces.some((one) => coversNamespace(one, namespace));
    });
  }

  /** All that is asked, in words. */
  get asked(): readonly string[] {
    return this.question?.asked.map(({ text }) => text) ?? [];
  }

  /** What of the question a role allows where it is bound. */
  answersOf(bound: BoundRole): readonly string[] {
    return this.askedOf(bound).map(({ text }) => text);
  }

  /** Whether bindings name a person, as an entry does, or a group that depends on the person: no other member has that. */
  isNamed({ principal, access }: Grant): boolean {
    const { name, type } = principal;
    if (name === null) return false;
    const known = this.namedBy(access, type);
    const before = known.get(name);
    if (before !== undefined) return before;
    const user = identityOf(principal, access);
    const { groups } = access.entry;
    const personal = user?.groups.filter((_, index) => hasSession(groups?.[index] ?? '')) ?? [];
    const isNamed =
      user !== null &&
      (this.authorizer.isBound('User', user.username) ||
        personal.some((group) => this.authorizer.isBound('Group', group)));
    known.set(name, isNamed);
    return isNamed;
  }

  /** What is known of people by an entry: all entries with the same variables share it. */
  private namedBy({ entry, accountId }: EntryAccess, type: Principal['type']): Map<string, boolean> {
    const { [type]: byEntry } = this.namedByEntry;
    const before = byEntry.get(entry);
    if (before) return before;
    const { username, groups } = entry;
    const templates = [username, ...(groups ?? []).filter(hasSession)];
    const account = templates.some((text) => text.includes('{{AccountID}}')) ? accountId : '';
    const key = [type, account, ...templates].join('\n');
    const known = this.named.get(key) ?? new Map<string, boolean>();
    this.named.set(key, known);
    byEntry.set(entry, known);
    return known;
  }

  private ofGrant(grant: Grant): Rights {
    const { principal, access } = grant;
    if (principal.name === null) return NO_RIGHTS;
    // Whatever depends on the name of the person is looked up for each.
    const isOwn = principal.type === 'USER' && (this.isNamed(grant) || dependsOnCaller(access.entry));
    if (isOwn) return this.ofUser(identityOf(principal, access));
    const { entry, accountId } = access;
    const known =
      this.byEntry.get(entry) ?? this.ofUser(renderIdentity(entry, { accountId, sessionName: null }), null);
    this.byEntry.set(entry, known);
    return known;
  }

  /** @param others names that the user may have instead; null: nor is it any that variables can become */
  private ofUser(user: KubernetesIdentity | null, others: readonly string[] | null = []): Rights {
    if (!user) return NO_RIGHTS;
    const key = JSON.stringify([user.username, user.groups, others, ...(user.policies ?? [])]);
    const known = this.byUser.get(key) ?? this.find(user, others);
    this.byUser.set(key, known);
    return known;
  }

  private find(user: KubernetesIdentity, others: readonly string[] | null): Rights {
    const { own, possible, everybody } = this.authorizer.rightsOf(user, others ?? []);
    const rights = this.rightsIn(own, everybody, others ? possible() : []);
    const admin = possibleAdminBy(user);
    if (admin === null) return rights;
    const risk = 'cluster-admin';
    return {
      ...rights,
      admin,
      can: this.asked,
      bindings: [admin, ...rights.bindings],
      risks: [{ risk, text: RISKS[risk], through: admin, isTogether: false }],
    };
  }

  /**
   * @param everybody what everybody has
   * @param possible what names can become has besides
   */
  private rightsIn(
    own: readonly BoundRole[],
    everybody: readonly BoundRole[] = [],
    possible: readonly BoundRole[] = [],
  ): Rights {
    const all = [...own, ...possible, ...everybody];
    const isShown = (bound: BoundRole) =>
      this.question ? this.askedOf(bound).length > 0 : !isDefault(bound);
    const roles = [...own, ...possible].filter(isShown);
    // Whoever gets in can also call without credentials; a question is about their own.
    const shared = [...new Set(this.question ? everybody : [...everybody, ...this.authorizer.anybody])];
    const rolesOfEverybody = shared.filter(isShown);
    const answered = new Set([...roles, ...rolesOfEverybody].flatMap((bound) => this.askedOf(bound)));
    const asked = this.question?.asked ?? [];
    return {
      admin: null,
      can: asked.filter((one) => answered.has(one)).map(({ text }) => text),
      roles,
      rolesOfEverybody,
      bindingsOfEverybody: [...new Set(rolesOfEverybody.map(boundRoleText))],
      bindings: [...new Set(roles.map(boundRoleText))],
      risks: namedRisks(possibleRisks(own, possible, everybody, this.authorizer)),
      risksOfEverybody: namedRisks(risksOf(shared, this.authorizer)),
      forNames: asked.filter((one) => !answered.has(one)).flatMap((one) => certainNames(one, all)),
    };
  }

  /** The roles, of those that somebody has, that make an administrator, or are part of a way to become one. */
  risky(roles: readonly BoundRole[]): ReadonlySet<BoundRole> {
    return new Set(risksOf(roles, this.authorizer).flatMap(({ through, others }) => [through, ...others]));
  }

  /** `1.36` */
  get kubernetesVersion(): string {
    return versionText(this.authorizer.kubernetesVersion);
  }

  private askedOf(bound: BoundRole): readonly Asked[] {
    const known = this.answers.get(bound);
    if (known) return known;
    const found =
      this.question?.asked.filter((one) => rolesAllowing([bound], one.request, one.isAnywhere).length > 0) ??
      [];
    this.answers.set(bound, found);
    return found;
  }
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

/** @param pattern a name, perhaps with a `*` at its end */
function coversNamespace(pattern: string, namespace: string): boolean {
  return pattern.endsWith('*') ? namespace.startsWith(pattern.slice(0, -1)) : namespace === pattern;
}

/** Whether more than the username may depend on who calls. */
function dependsOnCaller({ username, groups }: MappedEntry): boolean {
  const templates = [username, ...(groups ?? [])];
  return (
    (groups ?? []).some(hasSession) ||
    templates.some((text) => text.includes(NODE_VARIABLE) || text.includes('{{AccessKeyID}}'))
  );
}

/** Whether bindings name users or groups that depend on who gets in by one of the entries. */
export function mayNamePeople(
  authorizer: Authorizer,
  entries: readonly Pick<MappedEntry, 'username' | 'groups'>[],
): boolean {
  const isNamed = (kind: 'User' | 'Group', template: string) =>
    hasSession(template) && authorizer.ofName(kind, template).bindings.length > 0;
  return entries.some(
    ({ username, groups }) =>
      isNamed('User', username) || (groups ?? []).some((group) => isNamed('Group', group)),
  );
}
