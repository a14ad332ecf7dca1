import { TemplateNames, templateMatcher } from '../aws-auth/templates.ts';
import { type Finding, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import { listed, nearNames, printable, quoted, shellWord } from '../text.ts';
import { type Authorizer, bySubject, type SubjectKind } from './authorizer.ts';
import { type Binding, type BoundRole, bindingText, boundIn, type RbacRole } from './model.ts';
import { adminText, risksText } from './risks.ts';
import { RISKS } from './ways-to-admin.ts';

/** Explains why names have no role. Cached per name, since thousands of entries share few of them. */
export class UnboundNames {
  /** True if a binding grants a name a role that has rules. */
  readonly hasRole = bySubject((kind, name) =>
    [...this.authorizer.ofName(kind, name).roles.values()].some((roles) => roles.some(hasRules)),
  );

  /**
   * The problem of a name without a role (`hasRole` is false), and the next step; `whatOf` words the problem for other
   * subjects, such as `the groups "a", "b"`.
   */
  readonly text = bySubject((kind, name) => {
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
  /** The roles that a binding can refer to. */
  private readonly roleNames = memo(
    ({ roleRef: { kind }, namespace }: Binding) => {
      const { roles } = this.authorizer.rbac;
      const known = roles.filter((role) => role.kind === kind && isIn(role, namespace));
      return new NearNames(known.map(({ name }) => name));
    },
    ({ roleRef: { kind }, namespace }) => (kind === 'ClusterRole' ? kind : `${kind} ${namespace ?? ''}`),
  );
  /** True if ClusterRole view exists and makes nobody cluster admin when bound cluster-wide. */
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
    const some = dangling > 0 ? "roles that don't exist or have no rules" : 'roles without rules';
    const fault = dangling === bindings.length ? "roles that don't exist" : some;
    return `bindings grant ${subjects} only ${fault} (${listed(roles)})`;
  }

  private boundHelp(first: Binding, bindings: readonly Binding[]): string {
    if (bindings.every((binding) => !this.authorizer.roleOf(binding))) return this.danglingHelp(first);
    // The rules of a role come from its manifest, or from the roles that its aggregation rule selects.
    const { kind, name } = first.roleRef;
    return `Add rules to ${printable(`${kind} ${name}`)}. If it has an aggregationRule, add the labels that it selects to a ClusterRole with rules.`;
  }

  /** The next step for a binding without a role; `roleRef` cannot change. */
  private danglingHelp(binding: Binding): string {
    const { kind, namespace, roleRef } = binding;
    const other = this.roleNamed(roleRef.name, (role) => role.kind !== roleRef.kind && isIn(role, namespace));
    if (other)
      return `${quoted(roleRef.name)} is a ${other.kind}: delete the ${kind} and re-create it with kind: ${other.kind} in its roleRef, which can't be changed${adminText(binding, this.authorizer, other)}.`;
    const near = this.near(roleRef.name, () => this.roleNames(binding)).map((name) => {
      const role = this.roleNamed(name, (one) => one.kind === roleRef.kind && isIn(one, namespace));
      const [subject] = binding.subjects;
      return this.withRisks(name, role && subject ? [{ role, binding, subject }] : []);
    });
    const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '';
    return `${meant}Create the role, or delete the ${kind} and re-create it with another role: a roleRef can't be changed.`;
  }

  private unboundHelp(kind: SubjectKind, name: string): string {
    const [mail] = kind === 'User' ? unreplacedMails(name, this.authorizer) : [];
    if (mail) return `${mail.binding} names ${quoted(mail.name)}. ${mail.help}`;
    if (templateMatcher(name))
      return 'Add a group that a binding names to the entry, or bind its users by name.';
    const other = kind === 'Group' ? 'User' : 'Group';
    const [mistaken] = this.authorizer.ofName(other, name).bindings;
    if (mistaken)
      return `${bindingText(mistaken)} names it as kind: ${other}. If you mean the ${kind.toLowerCase()}, add a subject of kind: ${kind} there${adminText(mistaken, this.authorizer)}.`;
    const role = kind === 'Group' && this.roleNamed(name, (one) => one.kind === 'ClusterRole');
    return role ? this.roleHelp(role) : this.bindHelp(kind, name);
  }

  private bindHelp(kind: SubjectKind, name: string): string {
    const near = this.near(name, () => this.boundNames(kind)).map((one) =>
      this.withRisks(one, this.authorizer.rolesOf(kind, one)),
    );
    const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}? If not, bind it` : 'Bind it';
    // A printed command would show a different name.
    if (printable(name) !== name) return `${meant} in a manifest: its name can't be shown in a command.`;
    const option = shellWord(`--${kind.toLowerCase()}=${name}`);
    if (!this.canViewBeBound())
      return `${meant}: \`kubectl create rolebinding ${this.freeName(name, 'people')} --clusterrole=ROLE ${option} -n NAMESPACE\`.`;
    return `${meant}: \`kubectl create clusterrolebinding ${this.freeName(name, 'view')} --clusterrole=view ${option}\`, or a rolebinding with -n NAMESPACE.`;
  }

  /**
   * For a group named like a ClusterRole: binding that cluster-wide would grant more than people who write it there
   * have in mind.
   */
  private roleHelp(role: RbacRole): string {
    const { name } = role;
    const first = `${quoted(name)} is a ClusterRole, not a group. Bind it to one of your groups where needed, and add that group to the entry`;
    const risks = this.risksEverywhere(role);
    const makes = risks === '' ? '' : ` and grant admin-equivalent permissions (${risks})`;
    const grants =
      risks === RISKS['cluster-admin']
        ? 'would allow everything in the cluster'
        : `would apply to every namespace${makes}`;
    const everywhere = `A clusterrolebinding ${grants}.`;
    if (printable(name) !== name)
      return `${first}, in a manifest: its name can't be shown in a command. ${everywhere}`;
    return `${first}: \`kubectl create rolebinding NAME ${shellWord(`--clusterrole=${name}`)} --group=GROUP -n NAMESPACE\`. ${everywhere}`;
  }

  private risksEverywhere(role: RbacRole): string {
    return risksText([boundIn(role, null)], this.authorizer);
  }

  /** `"ops" (cluster admin)`, for a suggested name; no parentheses if it grants no route to cluster admin. */
  private withRisks(name: string, roles: readonly BoundRole[]): string {
    const risks = risksText(roles, this.authorizer);
    return risks === '' ? quoted(name) : `${quoted(name)} (${risks})`;
  }

  /** An unused name for a new binding, without characters that are invalid in names or special in a shell. */
  private freeName(subject: string, behind: string): string {
    const name = subject.replace(/[^\w.:-]+/g, '-').replace(/^-+/, '');
    const wanted = `${name.slice(0, 60) || 'people'}-${behind}`;
    let free = wanted;
    for (let count = 2; this.taken().has(free); count += 1) free = `${wanted}-${count}`;
    return free;
  }

  /** Names that may have been meant. */
  private near(name: string, known: () => NearNames): readonly string[] {
    if (name.length > MAX_NEAR || this.compared > MAX_COMPARED) return [];
    const names = known();
    this.compared += names.count;
    return names.near(name);
  }
}

/**
 * Bound names that an unbound one may be meant to be, except Kubernetes' own: with or without a prefix such as
 * `oidc:`, in another case, or misspelled.
 */
class NearNames {
  readonly count: number;
  private readonly short: readonly string[];

  constructor(names: readonly string[]) {
    this.count = names.length;
    this.short = names.filter((one) => one.length <= MAX_NEAR && !one.startsWith('system:'));
  }

  near(name: string): string[] {
    const prefixed = this.short.filter((one) => isPrefixed(one, name) || isPrefixed(name, one));
    return [...new Set([...prefixed, ...nearNames(name, this.short)])].slice(0, 3);
  }
}

/** Nobody types longer names, and comparing them takes long. */
const MAX_NEAR = 100;
/** Takes about a quarter of a second; a file with that many misspelled names needs no help for the last of them. */
const MAX_COMPARED = 250_000;

function isPrefixed(long: string, short: string): boolean {
  const at = long.length - short.length - 1;
  return (
    at > 0 && ':/-'.includes(long.charAt(at)) && long.slice(at + 1).toLowerCase() === short.toLowerCase()
  );
}

function isIn(role: RbacRole, namespace: string | null): boolean {
  return role.namespace === null || role.namespace === namespace;
}

/** True if a role has rules; without rules it grants no permissions. */
export function hasRules({ role }: Pick<BoundRole, 'role'>): boolean {
  return role.rules.length > 0;
}

/** `the group "devs"`, `a user that "sso:{{SessionName}}" can become` */
export function subjectText(kind: SubjectKind, name: string): string {
  const noun = kind === 'Group' ? 'group' : 'user';
  return templateMatcher(name) ? `a ${noun} that ${quoted(name)} can become` : `the ${noun} ${quoted(name)}`;
}

/**
 * The users in bindings with `@` in their names, in binding order, and the usernames of their sessions in the same
 * order.
 */
const mailsIn = memo((authorizer: Authorizer) => {
  const names = [...authorizer.boundNames('User')].filter((name) => name.includes('@'));
  const replaced = names.map((name) => name.replaceAll('@', '-'));
  const byReplaced = groupBy(names.keys(), (index) => replaced[index] ?? '');
  // Only needed for usernames with variables, and slower.
  return { names, replaced, byReplaced, templateNames: once(() => new TemplateNames(replaced)) };
});

/**
 * The users in bindings that a username would match if `@` were not replaced: nobody can be one of them, because
 * usernames have `-` instead of the `@` of a session.
 */
export function unreplacedMails(username: string, authorizer: Authorizer) {
  const { names, replaced, byReplaced, templateNames } = mailsIn(authorizer);
  const matches = templateMatcher(username);
  const meant = matches ? templateNames().matching(username) : byReplaced.get(username);
  return (meant ?? []).flatMap((index) => {
    const [name = '', changed = ''] = [names[index], replaced[index]];
    const [first] = authorizer.ofName('User', name).bindings;
    if (matches?.(name) || !first) return [];
    const binding = bindingText(first);
    return {
      name,
      binding,
      what: `no session is the user ${quoted(name)} of ${binding}`,
      // Another entry may use {{SessionNameRaw}}, so the binding keeps its user.
      help: `{{SessionName}} replaces @ with -: add the user ${quoted(changed)} to the subjects of the binding${adminText(first, authorizer)}.`,
    };
  });
}

/** Warns about users in bindings that one of these usernames would match if `@` were not replaced. */
export function mailFindings(usernames: Iterable<string>, authorizer: Authorizer): Finding[] {
  const mails = [...new Set(usernames)].flatMap((one) => unreplacedMails(one, authorizer));
  return [...groupBy(mails, ({ name }) => name).values()].flatMap(([mail]) =>
    mail ? warning('unreplaced-mail', mail.what, { help: mail.help }) : [],
  );
}
