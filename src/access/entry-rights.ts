import { templateMatcher } from '../authenticator/caller.ts';
import { type KubernetesIdentity, renderIdentity } from '../authenticator/resolve-caller.ts';
import { groupBy } from '../group-by.ts';
import type { Principal } from '../inventory/model.ts';
import { type Authorizer, MASTERS } from '../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isForEverybody, type KubernetesUser } from '../rbac/model.ts';
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

/** The rights of those who get into a cluster; found once for all who have the same name and groups there. */
export class RightsFinder {
  /** Of every authenticated caller. */
  readonly risksOfEverybody: readonly NamedRisk[];
  private readonly authorizer: Authorizer;
  private readonly question: Question | null;
  private readonly known = new Map<string, Rights>();

  /** @param question missing: all that somebody may do is wanted */
  constructor(authorizer: Authorizer, question: Question | null = null) {
    this.authorizer = authorizer;
    this.question = question;
    const everybody = authorizer.rolesOf({ username: '', groups: [] }).filter(isForEverybody);
    this.risksOfEverybody = namedRisks(everybody, authorizer);
  }

  of(one: Grant | Other): Rights {
    const user = 'via' in one ? userOf(one) : otherUserOf(one);
    return user ? this.ofUser(user) : NO_RIGHTS;
  }

  /** What a Kubernetes group gives, without what everybody has. */
  ofGroup(group: string): Rights {
    const rights = this.ofUser({ username: '', groups: [group] });
    return { ...rights, roles: rights.roles.filter((bound) => !isForEverybody(bound)) };
  }

  /** Of a question: whether somebody may. */
  allows(one: Grant | Other): boolean {
    const { isMaster, roles } = this.of(one);
    return isMaster || roles.length > 0;
  }

  /** Whether bindings name a person, as an entry does, and not only groups. */
  isNamed(grant: Grant): boolean {
    const user = userOf(grant);
    return user !== null && this.authorizer.isBound('User', user.username);
  }

  private ofUser(user: KubernetesUser): Rights {
    // Most names are in no binding, and their rights are those of the groups.
    const isOwn = this.authorizer.isBound('User', user.username) || isServiceAccount(user.username);
    const key = JSON.stringify([isOwn ? user.username : '', user.groups]);
    const known = this.known.get(key);
    if (known) return known;
    const rights = this.find(isOwn ? user : { ...user, username: '' });
    this.known.set(key, rights);
    return rights;
  }

  private find(user: KubernetesUser): Rights {
    const { authorizer, question } = this;
    // The binding of this group in every cluster gives nothing more.
    const all = authorizer.rolesOf(user).filter(({ subject }) => subject.name !== MASTERS);
    const isMaster = user.groups.includes(MASTERS);
    const own = all.filter((bound) => !isForEverybody(bound));
    const roles = question ? rolesAnswering(question, all, authorizer) : own;
    const risk = 'cluster-admin';
    return {
      isMaster,
      roles,
      bindings: [...new Set([...(isMaster ? [MASTERS] : []), ...roles.map(boundRoleText)])],
      risks: isMaster ? [{ risk, text: RISK_TEXTS[risk], through: MASTERS }] : namedRisks(own, authorizer),
      forNames: question && roles.length === 0 ? certainNames(question, all, authorizer) : [],
    };
  }
}

function namedRisks(roles: readonly BoundRole[], authorizer: Authorizer): NamedRisk[] {
  return risksOf(roles, authorizer).map(({ risk, through }) => {
    return { risk, text: RISK_TEXTS[risk], through: boundRoleText(through) };
  });
}

function certainNames(question: Question, roles: readonly BoundRole[], authorizer: Authorizer) {
  return rolesForNames(question, roles, authorizer).map(({ bound, names }) => {
    return { names, through: boundRoleText(bound) };
  });
}

/** As whom a person gets in; null where the entry is for nodes alone, or the person was deleted. */
function userOf({ principal, access }: Grant): KubernetesUser | null {
  return principal.name === null ? null : identityOf(principal, access);
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
