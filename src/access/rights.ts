import { renderIdentity } from '../authenticator/resolve-caller.ts';
import { type Authorizer, MASTERS } from '../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isForEverybody, type KubernetesUser } from '../rbac/model.ts';
import { type Question, rolesAnswering, rolesForNames } from '../rbac/question.ts';
import { RISK_TEXTS, type Risk, risksOf } from '../rbac/risks.ts';
import type { Grant, NobodyReason } from './entry-access.ts';

/** What somebody may do in a cluster; one object for all who may do the same. */
export interface Rights {
  /** Whether no binding is needed. */
  readonly isMaster: boolean;
  /** Without those that everybody has; of a question, only those that allow it, of everybody too. */
  readonly roles: readonly BoundRole[];
  /** `ClusterRole/edit in payments`, each once. */
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
    const all = authorizer.rolesOf(user);
    const own = all.filter((bound) => !isForEverybody(bound));
    const roles = question ? rolesAnswering(question, all, authorizer) : own;
    return {
      isMaster: user.groups.includes(MASTERS),
      roles,
      bindings: [...new Set(roles.map(boundRoleText))],
      risks: namedRisks(own, authorizer),
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
function userOf({ principal, access: { entry, accountId } }: Grant): KubernetesUser | null {
  if (principal.name === null) return null;
  // What the members of a group share does not depend on their names.
  return renderIdentity(entry, { accountId, sessionName: principal.type === 'USER' ? principal.name : null });
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
  const templates = new Set(entries.map(({ username }) => username).filter((name) => name.includes('{{')));
  const ends = [...templates].map((template) => ({
    start: template.slice(0, template.indexOf('{{')),
    end: template.slice(template.lastIndexOf('}}') + 2),
  }));
  return [...authorizer.boundNames('User')].some((name) =>
    ends.some(({ start, end }) => name.startsWith(start) && name.endsWith(end)),
  );
}
