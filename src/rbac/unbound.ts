import { templateMatcher } from '../authenticator/templates.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import { KnownNames, listed, printable, quoted, shellWord } from '../text.ts';
import { type Authorizer, bySubject, type SubjectKind } from './authorizer.ts';
import { unreplacedMails } from './mails.ts';
import {
  type Binding,
  type BoundRole,
  bindingText,
  bindsRoleEverywhere,
  boundIn,
  type RbacRole,
} from './model.ts';
import { adminText, risksText } from './risks.ts';
import { RISKS } from './ways.ts';

/** What is wrong with a name that no binding gives a role, and what to do. */
interface UnboundText {
  readonly what: string;
  /** The same of others, as `the groups "a", "b"`. */
  readonly whatOf: (subjects: string) => string;
  readonly help: string;
}

/** Says what is wrong with names that no binding gives a role; each once, since thousands of entries share few of them. */
export class UnboundNames {
  /** Whether a binding gives a name a role, and the role anything. */
  readonly hasRole = bySubject((kind, name) =>
    [...this.authorizer.ofName(kind, name).roles.values()].some((roles) => roles.some(hasRules)),
  );

  /** Of a name of which `hasRole` is false. */
  readonly text = bySubject((kind, name): UnboundText => {
    const { bindings } = this.authorizer.ofName(kind, name);
    const [first] = bindings;
    const whatOf = first
      ? (subjects: string) => this.faultText(subjects, bindings)
      : (subjects: string) => `no binding names ${subjects}`;
    const help = first ? this.boundHelp(first, bindings) : this.unboundHelp(kind, name);
    return { what: whatOf(subjectText(kind, name)), whatOf, help };
  });

  private readonly authorizer: Authorizer;
  private readonly taken = once(() => new Set(this.authorizer.rbac.bindings.map(({ name }) => name)));
  private readonly rolesByName = once(() => groupBy(this.authorizer.rbac.roles, ({ name }) => name));
  private readonly boundNames = memo(
    (kind: SubjectKind) => new NearNames([...this.authorizer.boundNames(kind)]),
  );
  /** The roles that a binding may refer to. */
  private readonly roleNames = memo(
    ({ roleRef: { kind }, namespace }: Binding) => {
      const { roles } = this.authorizer.rbac;
      const known = roles.filter((role) => role.kind === kind && isIn(role, namespace));
      return new NearNames(known.map(({ name }) => name));
    },
    ({ roleRef: { kind }, namespace }) => (kind === 'ClusterRole' ? kind : `${kind} ${namespace ?? ''}`),
  );
  /** Whether ClusterRole view is there, and makes nobody an administrator where it is bound everywhere. */
  private readonly canViewBeBound = once(() => {
    const view = this.roleNamed('view', (role) => role.kind === 'ClusterRole');
    return view !== undefined && this.risksEverywhere(view) === '';
  });
  private compared = 0;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
  }

  private roleNamed(name: string, isMeant: (role: RbacRole) => boolean): RbacRole | undefined {
    return this.rolesByName().get(name)?.find(isMeant);
  }

  private faultText(subjects: string, bindings: readonly Binding[]): string {
    const roles = bindings.map((binding) => {
      const { kind, name } = binding.roleRef;
      return `${printable(`${kind}/${name}`)} in ${bindingText(binding)}`;
    });
    const dangling = bindings.filter((binding) => !this.authorizer.roleOf(binding)).length;
    const some = dangling > 0 ? 'roles that do not exist or have no rules' : 'roles without rules';
    const fault = dangling === bindings.length ? 'roles that do not exist' : some;
    return `bindings give ${subjects} only ${fault} (${listed(roles)})`;
  }

  private boundHelp(first: Binding, bindings: readonly Binding[]): string {
    if (bindings.every((binding) => !this.authorizer.roleOf(binding))) return this.danglingHelp(first);
    // The rules of a role come from its manifest, or from the roles that its labels take in.
    const { kind, name } = first.roleRef;
    return `Add rules to ${printable(`${kind} ${name}`)}, or, if it has an aggregationRule, the labels that this selects to a ClusterRole with rules.`;
  }

  /** `roleRef` cannot change. */
  private danglingHelp(binding: Binding): string {
    const { kind, namespace, roleRef } = binding;
    if (bindsRoleEverywhere(binding))
      return 'A ClusterRoleBinding takes no Role: bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.';
    const other = this.roleNamed(roleRef.name, (role) => role.kind !== roleRef.kind && isIn(role, namespace));
    if (other)
      return `${quoted(roleRef.name)} is a ${other.kind}: delete the ${kind} and create it with kind: ${other.kind} in its roleRef, which cannot change${adminText(binding, this.authorizer, other)}.`;
    const near = this.near(roleRef.name, () => this.roleNames(binding)).map((name) => {
      const role = this.roleNamed(name, (one) => one.kind === roleRef.kind && isIn(one, namespace));
      const [subject] = binding.subjects;
      return this.withRisks(name, role && subject ? [{ role, binding, subject }] : []);
    });
    const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '';
    return `${meant}Create the role, or delete the ${kind} and create it with another: a roleRef cannot change.`;
  }

  private unboundHelp(kind: SubjectKind, name: string): string {
    const [mail] = kind === 'User' ? unreplacedMails(name, this.authorizer) : [];
    if (mail) return `${mail.binding} names ${quoted(mail.name)}. ${mail.help}`;
    if (templateMatcher(name))
      return 'Give the entry a group that a binding names, or bind its users by name.';
    const other = kind === 'Group' ? 'User' : 'Group';
    const [mistaken] = this.authorizer.ofName(other, name).bindings;
    if (mistaken)
      return `${bindingText(mistaken)} names it as kind: ${other}. If the ${kind.toLowerCase()} is meant, add a subject of kind: ${kind} there${adminText(mistaken, this.authorizer)}.`;
    const role = kind === 'Group' && this.roleNamed(name, (one) => one.kind === 'ClusterRole');
    return role ? this.roleHelp(role) : this.bindHelp(kind, name);
  }

  private bindHelp(kind: SubjectKind, name: string): string {
    const near = this.near(name, () => this.boundNames(kind)).map((one) =>
      this.withRisks(one, this.authorizer.rolesOf(kind, one)),
    );
    const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}? If not, bind it` : 'Bind it';
    // What a command shows in place of such a character is another name.
    if (printable(name) !== name) return `${meant} in a manifest: no command can show its name.`;
    const option = shellWord(`--${kind.toLowerCase()}=${name}`);
    if (!this.canViewBeBound())
      return `${meant}: \`kubectl create rolebinding ${this.freeName(name, 'people')} --clusterrole=ROLE ${option} -n NAMESPACE\`.`;
    return `${meant}: \`kubectl create clusterrolebinding ${this.freeName(name, 'view')} --clusterrole=view ${option}\`, or a rolebinding with -n NAMESPACE.`;
  }

  /** A group that is called like a ClusterRole: what that would give everywhere is more than people who write it there have in mind. */
  private roleHelp(role: RbacRole): string {
    const { name } = role;
    const first = `${quoted(name)} is a ClusterRole, not a group. Bind it to one of your groups where it is needed, and give that group to the entry`;
    const risks = this.risksEverywhere(role);
    const makes = risks === '' ? '' : `, and makes administrators: ${risks}`;
    const grants =
      risks === RISKS['cluster-admin']
        ? 'allows everything in the cluster'
        : `counts in every namespace${makes}`;
    const everywhere = `A clusterrolebinding instead ${grants}.`;
    if (printable(name) !== name)
      return `${first}, in a manifest: no command can show its name. ${everywhere}`;
    return `${first}: \`kubectl create rolebinding NAME ${shellWord(`--clusterrole=${name}`)} --group=GROUP -n NAMESPACE\`. ${everywhere}`;
  }

  private risksEverywhere(role: RbacRole): string {
    return risksText([boundIn(role, null)], this.authorizer);
  }

  /** `"ops" (cluster admin)`, for a name that is proposed; without brackets where it makes no administrator. */
  private withRisks(name: string, roles: readonly BoundRole[]): string {
    const risks = risksText(roles, this.authorizer);
    return risks === '' ? quoted(name) : `${quoted(name)} (${risks})`;
  }

  /** A name for a new binding: of none that there is, and without what no name of one may have, or a shell would take for something else. */
  private freeName(subject: string, behind: string): string {
    const name = subject.replace(/[^\w.:-]+/g, '-').replace(/^-+/, '');
    const wanted = `${name.slice(0, 60) || 'people'}-${behind}`;
    let free = wanted;
    for (let count = 2; this.taken().has(free); count += 1) free = `${wanted}-${count}`;
    return free;
  }

  /** Names that may be meant. */
  private near(name: string, known: () => NearNames): readonly string[] {
    if (name.length > MAX_NEAR || this.compared > MAX_COMPARED) return [];
    const names = known();
    this.compared += names.count;
    return names.near(name);
  }
}

/** Names that those which no binding has may be meant for, none of them Kubernetes' own: with or without a prefix such as `oidc:`, in another case, misspelled. */
class NearNames {
  readonly count: number;
  private readonly short: readonly string[];
  private readonly known: KnownNames;

  constructor(names: readonly string[]) {
    this.count = names.length;
    this.short = names.filter((one) => one.length <= MAX_NEAR && !one.startsWith('system:'));
    this.known = new KnownNames(this.short);
  }

  near(name: string): string[] {
    const prefixed = this.short.filter((one) => isPrefixed(one, name) || isPrefixed(name, one));
    return [...new Set([...prefixed, ...this.known.near(name)])].slice(0, 3);
  }
}

/** Nobody writes longer names by hand, and to compare them takes long. */
const MAX_NEAR = 100;
/** Takes about half a second; a file with so many misspelled names needs no help for the last of them. */
const MAX_COMPARED = 500_000;

function isPrefixed(long: string, short: string): boolean {
  const at = long.length - short.length - 1;
  return (
    at > 0 && ':/-'.includes(long.charAt(at)) && long.slice(at + 1).toLowerCase() === short.toLowerCase()
  );
}

function isIn(role: RbacRole, namespace: string | null): boolean {
  return role.namespace === null || role.namespace === namespace;
}

/** A role without rules allows nothing. */
export function hasRules({ role }: Pick<BoundRole, 'role'>): boolean {
  return role.rules.length > 0;
}

/** `the group "devs"`, `a user that "sso:{{SessionName}}" can become` */
export function subjectText(kind: SubjectKind, name: string): string {
  const noun = kind === 'Group' ? 'group' : 'user';
  return templateMatcher(name) ? `a ${noun} that ${quoted(name)} can become` : `the ${noun} ${quoted(name)}`;
}
