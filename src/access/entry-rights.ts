import { parseArn } from '../arn.ts';
import { templateMatcher } from '../authenticator/caller.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type KubernetesIdentity, renderIdentity } from '../authenticator/resolve-caller.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { groupBy } from '../group-by.ts';
import type { Principal } from '../inventory/model.ts';
import { type Authorizer, MASTERS } from '../rbac/authorizer.ts';
import {
  type Binding,
  type BoundRole,
  boundRoleText,
  EVERYBODY,
  isForEverybody,
  type KubernetesUser,
} from '../rbac/model.ts';
import { type Question, rolesAnswering, rolesForNames } from '../rbac/question.ts';
import { RISK_TEXTS, type Risk, risksOf } from '../rbac/risks.ts';
import { listed, quoted } from '../text.ts';
import type { EntryAccess, Grant, NobodyReason } from './entry-access.ts';

/** Somebody, and the entries through which they get in before and after a change; null where they do not. */
export interface AccessChange {
  readonly principal: Principal;
  readonly old: EntryAccess | null;
  readonly fresh: EntryAccess | null;
}

/** What the bindings give through entries. */
export class EntryRights {
  private readonly authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
  }

  /** The roles that somebody has through one entry and not through another; none where they may do anything through both. */
  beyond(principal: Principal, one: EntryAccess | null, other: EntryAccess | null): BoundRole[] {
    if (isMaster(one) && isMaster(other)) return [];
    const known = new Set(this.rolesOf(principal, other).map(boundRoleText));
    return this.rolesOf(principal, one).filter((role) => !known.has(boundRoleText(role)));
  }

  /** What somebody may do through one entry and not through another, as a clause. */
  text(principal: Principal, one: EntryAccess | null, other: EntryAccess | null, none: string): string {
    if (isMaster(one) && !isMaster(other)) return 'cluster admin';
    return this.rolesText(this.beyond(principal, one, other)) || none;
  }

  /** As `beyond`, what bindings give somebody by name, and not whoever else gets in through the entry. */
  ownBeyond(principal: Principal, one: EntryAccess | null, other: EntryAccess | null): BoundRole[] {
    const others = new Set(this.beyond({ ...principal, type: 'GROUP' }, one, other).map(boundRoleText));
    return this.beyond(principal, one, other).filter((role) => !others.has(boundRoleText(role)));
  }

  /** `ClusterRole/ops cluster-wide (cluster admin), ClusterRole/edit in payments`: those with risks first. */
  rolesText(roles: readonly BoundRole[]): string {
    const texts = [...groupBy(roles, boundRoleText)].map(([text, [role]]) => {
      const risks = role ? risksOf([role], this.authorizer).map(({ risk }) => RISK_TEXTS[risk]) : [];
      return { isRisk: risks.length > 0, text: risks.length > 0 ? `${text} (${risks.join(', ')})` : text };
    });
    const sorted = texts.toSorted((one, other) => Number(other.isRisk) - Number(one.isRisk));
    return listed(sorted.map(({ text }) => text));
  }

  /** The one of gained roles that makes somebody administrator of the cluster, who was none before. */
  adminBy(gained: readonly BoundRole[], { old, fresh }: AccessChange): BoundRole | undefined {
    if (isMaster(old) || isMaster(fresh)) return undefined;
    const [found] = risksOf(gained, this.authorizer);
    return found?.risk === 'cluster-admin' ? found.through : undefined;
  }

  groupText(group: string): string {
    const isBound = group === MASTERS || templateMatcher(group) || this.authorizer.isBound('Group', group);
    return isBound ? quoted(group) : `${quoted(group)} (no binding names it)`;
  }

  private rolesOf(principal: Principal, access: EntryAccess | null): BoundRole[] {
    const identity = access && identityOf(principal, access);
    return identity ? this.authorizer.rolesOf(identity).filter((role) => !isForEverybody(role)) : [];
  }
}

function isMaster(access: EntryAccess | null): boolean {
  return access?.entry.groups?.includes(MASTERS) ?? false;
}

/** The session of a user of Identity Center has the user's name; what a group has is what each of its members has. */
function identityOf({ type, name }: Principal, { entry, accountId }: EntryAccess): KubernetesIdentity | null {
  return renderIdentity(entry, { accountId, sessionName: type === 'USER' ? name : null });
}

/** What somebody may do in a cluster; one object for all who may do the same. */
export interface Rights {
  /** Whether no binding is needed. */
  readonly isMaster: boolean;
  /** Without those that everybody has; of a question, only those that allow it, of everybody too. */
  readonly roles: readonly BoundRole[];
  /** `ClusterRole/edit in payments`, each once; `system:masters` for who needs no binding. */
  readonly bindings: readonly string[];
  /** What makes them administrators, or nearly so. */
  readonly risks: readonly NamedRisk[];
  /** Of a question, the roles that would do for objects of certain names. */
  readonly forNames: readonly { readonly names: readonly string[]; readonly through: string }[];
}

export interface NamedRisk {
  readonly risk: Risk;
  /** `may escalate roles` */
  readonly text: string;
  /** `ClusterRole/edit in payments` */
  readonly through: string;
}

const NO_RIGHTS: Rights = { isMaster: false, roles: [], bindings: [], risks: [], forNames: [] };

/** Who gets in without Identity Center, as far as it matters here. */
interface Other extends KubernetesUser {
  readonly type: string;
  readonly accountId: string;
  readonly isNode: boolean;
  readonly nobody: NobodyReason | null;
}

/** What is to know of a binding, whoever it is of. */
interface KnownBinding {
  readonly text: string;
  readonly risks: readonly Risk[];
  /** Of a question: whether it allows that. */
  readonly answers: boolean;
}

/**
 * The rights of those who get into a cluster. Thousands of entries and people share a few hundred groups: a binding is looked at
 * once, and an entry once for all whom no binding names.
 */
export class RightsFinder {
  /** Of every authenticated caller. */
  readonly risksOfEverybody: readonly NamedRisk[];
  private readonly authorizer: Authorizer;
  private readonly question: Question | null;
  private readonly everybody: readonly BoundRole[];
  private readonly bindings = new Map<Binding, KnownBinding>();
  private readonly byGroup = new Map<string, readonly BoundRole[]>();
  private readonly byEntry = new Map<LoadedEntry, Rights>();
  private readonly byUser = new Map<string, Rights>();
  /** For each username with variables, whether bindings name the people who have it. */
  private readonly named = new Map<string, Map<string, boolean>>();

  /** @param question missing: all that somebody may do is wanted */
  constructor(authorizer: Authorizer, question: Question | null = null) {
    this.authorizer = authorizer;
    this.question = question;
    this.everybody = authorizer.rolesOf({ username: '', groups: [] }).filter(isForEverybody);
    this.risksOfEverybody = this.risksIn(this.everybody);
  }

  of(one: Grant | Other): Rights {
    if (!('via' in one)) return this.ofOther(one);
    const { principal, access } = one;
    if (principal.name === null) return NO_RIGHTS;
    // Whatever depends on the name of the person is looked up for each.
    const isOwn = principal.type === 'USER' && (this.isNamed(one) || dependsOnName(access.entry));
    return isOwn ? this.ofUser(identityOf(principal, access)) : this.ofEntry(access);
  }

  /** What a Kubernetes group gives, without what everybody has. */
  ofGroup(group: string): readonly BoundRole[] {
    const roles = this.rolesOfGroup(group).filter((bound) => !isForEverybody(bound));
    return this.question ? roles.filter((bound) => this.know(bound).answers) : roles;
  }

  /** Of a question: whether somebody may. */
  allows(one: Grant | Other): boolean {
    const { isMaster, roles } = this.of(one);
    return isMaster || roles.length > 0;
  }

  /** Whether bindings name a person, as an entry does, and not only groups. */
  isNamed({ principal, access }: Grant): boolean {
    const { name, type } = principal;
    if (name === null) return false;
    const { username } = access.entry;
    const key = `${type} ${username.includes('{{AccountID}}') ? access.accountId : ''} ${username}`;
    const known = this.named.get(key) ?? new Map<string, boolean>();
    this.named.set(key, known);
    const before = known.get(name);
    if (before !== undefined) return before;
    const user = identityOf(principal, access);
    const isNamed =
      user !== null && (this.authorizer.isBound('User', user.username) || isServiceAccount(user.username));
    known.set(name, isNamed);
    return isNamed;
  }

  private ofEntry({ entry, accountId }: EntryAccess): Rights {
    const known =
      this.byEntry.get(entry) ?? this.ofUser(renderIdentity(entry, { accountId, sessionName: null }));
    this.byEntry.set(entry, known);
    return known;
  }

  /** Whoever assumes a role chooses the name of the session, and is all whom bindings name so; from an account, any of its ARNs may call. */
  private ofOther(other: Other): Rights {
    const user = otherUserOf(other);
    const { type, accountId, isNode } = other;
    if (!user || isNode || type === 'IAM_USER') return this.ofUser(user);
    if (type === 'ACCOUNT') {
      const callers = this.boundNames('User', (name) => parseArn(name)?.accountId === accountId);
      return this.ofUser(user, callers);
    }
    const chosen = (kind: 'User' | 'Group', template: string) =>
      this.boundNames(kind, templateMatcher(template));
    const groups = user.groups.flatMap((group) => [group, ...chosen('Group', group)]);
    return this.ofUser({ ...user, groups }, chosen('User', user.username));
  }

  private boundNames(kind: 'User' | 'Group', matches: ((name: string) => boolean) | undefined): string[] {
    return matches ? [...this.authorizer.boundNames(kind)].filter(matches) : [];
  }

  /** @param others names that the user may have instead */
  private ofUser(user: KubernetesUser | null, others: readonly string[] = []): Rights {
    if (!user) return NO_RIGHTS;
    const key = JSON.stringify([user.username, user.groups, others]);
    const known = this.byUser.get(key) ?? this.find([user.username, ...others], user.groups);
    this.byUser.set(key, known);
    return known;
  }

  private find(usernames: readonly string[], groups: readonly string[]): Rights {
    const isMaster = groups.includes(MASTERS);
    const all = this.rolesOf(usernames, groups);
    const own = all.filter((bound) => !isForEverybody(bound));
    const roles = this.question ? all.filter((bound) => this.know(bound).answers) : own;
    const risk = 'cluster-admin';
    return {
      isMaster,
      roles,
      bindings: [
        ...new Set([...(isMaster ? [MASTERS] : []), ...roles.map((bound) => this.know(bound).text)]),
      ],
      risks: isMaster ? [{ risk, text: RISK_TEXTS[risk], through: MASTERS }] : this.risksIn(own),
      forNames: this.question && roles.length === 0 ? certainNames(this.question, all, this.authorizer) : [],
    };
  }

  /** As the authorizer's, but for the binding that every cluster has for system:masters: it gives nothing more. */
  private rolesOf(usernames: readonly string[], groups: readonly string[]): readonly BoundRole[] {
    const byName = usernames
      .flatMap((username) => this.authorizer.rolesOf({ username, groups: [] }))
      .filter((bound) => !isForEverybody(bound));
    const isKnown = groups.some((group) => EVERYBODY.includes(group));
    const all = [
      ...byName,
      ...groups.flatMap((group) => this.rolesOfGroup(group)),
      ...(isKnown ? [] : this.everybody),
    ];
    const found = new Map<Binding, BoundRole>();
    for (const bound of all) if (!found.has(bound.binding)) found.set(bound.binding, bound);
    return [...found.values()];
  }

  private rolesOfGroup(group: string): readonly BoundRole[] {
    if (group === MASTERS) return [];
    const known =
      this.byGroup.get(group) ??
      this.authorizer
        .rolesOf({ username: '', groups: [group] })
        .filter(({ subject }) => subject.name === group);
    this.byGroup.set(group, known);
    return known;
  }

  private risksIn(roles: readonly BoundRole[]): NamedRisk[] {
    const found = new Map<Risk, BoundRole>();
    for (const bound of roles)
      for (const risk of this.know(bound).risks) if (!found.has(risk)) found.set(risk, bound);
    const admin = found.get('cluster-admin');
    const risks = admin ? ([['cluster-admin', admin]] as const) : [...found];
    return RISKS.flatMap((risk) => {
      const [, through] = risks.find(([one]) => one === risk) ?? [];
      return through ? { risk, text: RISK_TEXTS[risk], through: this.know(through).text } : [];
    });
  }

  private know(bound: BoundRole): KnownBinding {
    const before = this.bindings.get(bound.binding);
    if (before) return before;
    const known = {
      text: boundRoleText(bound),
      risks: risksOf([bound], this.authorizer).map(({ risk }) => risk),
      answers: this.question !== null && rolesAnswering(this.question, [bound], this.authorizer).length > 0,
    };
    this.bindings.set(bound.binding, known);
    return known;
  }
}

const RISKS = Object.keys(RISK_TEXTS) as Risk[];

function certainNames(question: Question, roles: readonly BoundRole[], authorizer: Authorizer) {
  return rolesForNames(question, roles, authorizer).map(({ bound, names }) => {
    return { names, through: boundRoleText(bound) };
  });
}

/** Whether more than the username may depend on who calls. */
function dependsOnName({ username, groups }: LoadedEntry): boolean {
  return [username, ...(groups ?? [])].some(
    (template, index) =>
      template.includes(NODE_VARIABLE) || (index > 0 && template.includes('{{SessionName')),
  );
}

function otherUserOf({ type, username, groups, accountId, isNode, nobody }: Other): KubernetesUser | null {
  if (nobody) return null;
  if (isNode) return { username, groups };
  // An IAM user has no session; that of a role is named by whoever assumes it.
  return renderIdentity({ username, groups }, { accountId, sessionName: type === 'IAM_USER' ? '' : null });
}

function isServiceAccount(username: string): boolean {
  return username.startsWith('system:serviceaccount:');
}

/** Whether a user whom bindings name may get in by one of the entries as somebody whose name depends on who calls. */
export function mayNamePeople(
  authorizer: Authorizer,
  entries: readonly Pick<KubernetesUser, 'username'>[],
): boolean {
  const templates = new Set(entries.map(({ username }) => username));
  const matchers = [...templates].flatMap((template) => templateMatcher(template) ?? []);
  return [...authorizer.boundNames('User')].some((name) => matchers.some((matches) => matches(name)));
}
