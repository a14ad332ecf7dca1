import { TemplateNames, templateMatcher } from '../authenticator/templates.ts';
import type { Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { KnownNames, listed, printable, quoted, shellWord } from '../text.ts';
import type { Authorizer, SubjectKind } from './authorizer.ts';
import { type Binding, type BoundRole, bindingText, boundIn, type RbacRole } from './model.ts';
import { risksOf } from './risks.ts';

/** What is wrong with a name that no binding gives a role, and what to do. */
interface UnboundText {
  readonly what: string;
  /** The same of others, as `the groups "a", "b"`. */
  readonly whatOf: (subjects: string) => string;
  readonly help: string;
}

/** Says what is wrong with names that no binding gives a role; each once, since thousands of entries share few of them. */
export class UnboundNames {
  readonly authorizer: Authorizer;
  private readonly texts = new Map<string, UnboundText>();
  private readonly taken: ReadonlySet<string>;
  private readonly clusterRoles: ReadonlyMap<string, RbacRole>;
  private readonly withRole = new Map<string, boolean>();
  private readonly knownNames = new Map<string, NearNames>();
  private rolesByName: ReadonlyMap<string, readonly RbacRole[]> | undefined;
  private isViewHarmless: boolean | undefined;
  private compared = 0;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
    const { roles, bindings } = authorizer.rbac;
    this.taken = new Set(bindings.map(({ name }) => name));
    this.clusterRoles = new Map(
      roles.flatMap((role) => (role.kind === 'ClusterRole' ? [[role.name, role]] : [])),
    );
  }

  clusterRole(name: string): RbacRole | undefined {
    return this.clusterRoles.get(name);
  }

  /** Whether ClusterRole view is there, and makes nobody an administrator where it is bound everywhere. */
  canViewBeBound(): boolean {
    const view = this.clusterRole('view');
    this.isViewHarmless ??=
      view !== undefined && risksOf([boundIn(view, null)], this.authorizer).length === 0;
    return this.isViewHarmless;
  }

  /** A name for a new binding: of none that there is, and without what no name of one may have, or a shell would take for something else. */
  freeName(subject: string, behind: string): string {
    const name = subject.replace(/[^\w.:-]+/g, '-').replace(/^-+/, '');
    const wanted = `${name.slice(0, 60) || 'people'}-${behind}`;
    let free = wanted;
    for (let count = 2; this.taken.has(free); count += 1) free = `${wanted}-${count}`;
    return free;
  }

  /** Of a name of which `hasRole` is false. */
  text(kind: SubjectKind, name: string): UnboundText {
    const known = this.texts.get(`${kind} ${name}`);
    if (known) return known;
    const text = unboundTextOf(kind, name, this);
    this.texts.set(`${kind} ${name}`, text);
    return text;
  }

  /** Whether a binding gives a name a role, and the role anything. */
  hasRole(kind: SubjectKind, name: string): boolean {
    const id = `${kind} ${name}`;
    const known = this.withRole.get(id);
    if (known !== undefined) return known;
    const all = [...this.authorizer.ofName(kind, name).roles.values()];
    const found = all.some((roles) => roles.some(hasRules));
    this.withRole.set(id, found);
    return found;
  }

  /** The roles of a name, of any kind and anywhere. */
  rolesNamed(name: string): readonly RbacRole[] {
    this.rolesByName ??= groupBy(this.authorizer.rbac.roles, (role) => role.name);
    return this.rolesByName.get(name) ?? [];
  }

  /** Bound names that may be meant. */
  nearBound(kind: SubjectKind, name: string): readonly string[] {
    return this.near(name, kind, () => this.authorizer.boundNames(kind));
  }

  /** Names of roles that may be meant by a binding in a namespace. */
  nearRoles({ roleRef: { kind, name }, namespace }: Binding): readonly string[] {
    const { roles } = this.authorizer.rbac;
    const known = () => roles.filter((role) => role.kind === kind && isIn(role, namespace));
    const id = kind === 'ClusterRole' ? kind : `${kind} ${namespace ?? ''}`;
    return this.near(name, id, () => known().map((role) => role.name));
  }

  /**
   * Names that may be meant, none that Kubernetes keeps to itself: with or without a prefix such as `oidc:`, in another case, misspelled.
   * @param id of the known names
   */
  private near(name: string, id: string, known: () => Iterable<string>): readonly string[] {
    if (name.length > MAX_NEAR || this.compared > MAX_COMPARED) return [];
    const names = this.knownNames.get(id) ?? new NearNames([...known()]);
    this.knownNames.set(id, names);
    this.compared += names.count;
    return names.near(name);
  }
}

/** Names that those which no binding has may be meant for. */
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

function isIn(role: RbacRole, namespace: string | null): boolean {
  return role.namespace === null || role.namespace === namespace;
}

/** A role without rules allows nothing. */
export function hasRules({ role }: Pick<BoundRole, 'role'>): boolean {
  return role.rules.length > 0;
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

function unboundTextOf(kind: SubjectKind, name: string, names: UnboundNames): UnboundText {
  const { authorizer } = names;
  const { bindings } = authorizer.ofName(kind, name);
  const subject = subjectText(kind, name);
  const [first] = bindings;
  if (!first) {
    const whatOf = (subjects: string) => `no binding names ${subjects}`;
    return { what: whatOf(subject), whatOf, help: unboundHelp(kind, name, names) };
  }
  const roles = bindings.map((binding) => {
    const { kind: roleKind, name: role } = binding.roleRef;
    return `${printable(`${roleKind}/${role}`)} in ${bindingText(binding)}`;
  });
  const dangling = bindings.find((binding) => !authorizer.roleOf(binding));
  const isAllDangling = bindings.every((binding) => !authorizer.roleOf(binding));
  const fault = isAllDangling
    ? 'roles that do not exist'
    : dangling
      ? 'roles that do not exist or have no rules'
      : 'roles without rules';
  const whatOf = (subjects: string) => `bindings give ${subjects} only ${fault} (${listed(roles)})`;
  return {
    what: whatOf(subject),
    whatOf,
    help: isAllDangling ? danglingHelp(first, names) : emptyHelp(first),
  };
}

/** The rules of a role come from its manifest, or from the roles that its labels take in. */
function emptyHelp({ roleRef }: Binding): string {
  return `Add rules to ${printable(`${roleRef.kind} ${roleRef.name}`)}, or, if it has an aggregationRule, the labels that this selects to a ClusterRole with rules.`;
}

/** `the group "devs"`, `a user that "sso:{{SessionName}}" can become` */
export function subjectText(kind: SubjectKind, name: string): string {
  const noun = kind === 'Group' ? 'group' : 'user';
  return templateMatcher(name) ? `a ${noun} that ${quoted(name)} can become` : `the ${noun} ${quoted(name)}`;
}

function unboundHelp(kind: SubjectKind, name: string, names: UnboundNames): string {
  const { authorizer } = names;
  const [mail] = kind === 'User' ? unreplacedMails(name, authorizer) : [];
  if (mail) return `${bindingText(mail.binding)} names ${quoted(mail.name)}. ${mailHelp(mail, authorizer)}`;
  if (templateMatcher(name)) return 'Give the entry a group that a binding names, or bind its users by name.';
  const other = kind === 'Group' ? 'User' : 'Group';
  const [mistaken] = authorizer.ofName(other, name).bindings;
  if (mistaken)
    return `${bindingText(mistaken)} names it as kind: ${other}. If the ${kind.toLowerCase()} is meant, add a subject of kind: ${kind} there${adminText(mistaken, authorizer)}.`;
  const role = names.clusterRole(name);
  if (kind === 'Group' && role) return roleHelp(role, authorizer);
  const near = names
    .nearBound(kind, name)
    .map(
      (one) => `${quoted(one)}${risksText(authorizer.ofName(kind, one).roles.get(one) ?? [], authorizer)}`,
    );
  const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}? If not, bind it` : 'Bind it';
  // What a command shows in place of such a character is another name.
  if (printable(name) !== name) return `${meant} in a manifest: no command can show its name.`;
  const option = shellWord(`--${kind.toLowerCase()}=${name}`);
  if (!names.canViewBeBound())
    return `${meant}: \`kubectl create rolebinding ${names.freeName(name, 'people')} --clusterrole=ROLE ${option} -n NAMESPACE\`.`;
  return `${meant}: \`kubectl create clusterrolebinding ${names.freeName(name, 'view')} --clusterrole=view ${option}\`, or a rolebinding with -n NAMESPACE.`;
}

/** Of a group that is called like a ClusterRole: what that would give everywhere is more than people who write it there have in mind. */
function roleHelp(role: RbacRole, authorizer: Authorizer): string {
  const { name } = role;
  const first = `${quoted(name)} is a ClusterRole, not a group. Bind it to one of your groups where it is needed, and give that group to the entry`;
  const risks = risksOf([boundIn(role, null)], authorizer);
  const grants = risks.some(({ risk }) => risk === 'cluster-admin')
    ? 'allows everything in the cluster'
    : `counts in every namespace${risks.length > 0 ? `, and makes administrators: ${risks.map(({ text }) => text).join(', ')}` : ''}`;
  const everywhere = `A clusterrolebinding instead ${grants}.`;
  if (printable(name) !== name) return `${first}, in a manifest: no command can show its name. ${everywhere}`;
  return `${first}: \`kubectl create rolebinding NAME ${shellWord(`--clusterrole=${name}`)} --group=GROUP -n NAMESPACE\`. ${everywhere}`;
}

/** ` (cluster admin)`, for a name that is proposed; empty where it makes no administrator. */
function risksText(roles: readonly BoundRole[], authorizer: Authorizer): string {
  const risks = risksOf(roles, authorizer).map(({ text }) => text);
  return risks.length > 0 ? ` (${risks.join(', ')})` : '';
}

/** `, which gives the rights of an administrator (cluster admin)`; empty where a binding gives none. */
function adminText(binding: Binding, authorizer: Authorizer, role = authorizer.roleOf(binding)): string {
  const [subject] = binding.subjects;
  const text = role && subject ? risksText([{ role, binding, subject }], authorizer) : '';
  return text === '' ? '' : `, which gives the rights of an administrator${text}`;
}

/** A user of a binding that nobody is, because usernames have `-` in place of the `@` of a session. */
export interface UnreplacedMail {
  readonly binding: Binding;
  /** `sso:erin@example.com` */
  readonly name: string;
  /** `sso:erin-example.com` */
  readonly username: string;
}

/** The users of bindings with `@` in their names, in the order of the bindings. */
interface Mails {
  readonly names: readonly string[];
  /** As sessions have them, in the same order. */
  readonly replaced: readonly string[];
  readonly byReplaced: ReadonlyMap<string, readonly number[]>;
  /** Only of usernames with variables, for it takes longer. */
  readonly matching: (template: string) => readonly number[] | undefined;
}

const MAILS = new WeakMap<Authorizer, Mails>();

function mailsIn(authorizer: Authorizer): Mails {
  const known = MAILS.get(authorizer);
  if (known) return known;
  const names = [...authorizer.boundNames('User')].filter((name) => name.includes('@'));
  const replaced = names.map((name) => name.replaceAll('@', '-'));
  let templateNames: TemplateNames | undefined;
  const mails: Mails = {
    names,
    replaced,
    byReplaced: groupBy(names.keys(), (index) => replaced[index] ?? ''),
    matching: (template) => {
      templateNames ??= new TemplateNames(replaced);
      return templateNames.matching(template);
    },
  };
  MAILS.set(authorizer, mails);
  return mails;
}

/** The users of bindings that a username would be, or become, were `@` left in it. */
export function unreplacedMails(username: string, authorizer: Authorizer): UnreplacedMail[] {
  const { names, replaced, byReplaced, matching } = mailsIn(authorizer);
  const matches = templateMatcher(username);
  const meant = (matches ? matching(username) : byReplaced.get(username)) ?? [];
  return meant.flatMap((index) => {
    const [name = '', changed = ''] = [names[index], replaced[index]];
    if (matches?.(name)) return [];
    return authorizer
      .ofName('User', name)
      .bindings.slice(0, 1)
      .map((binding) => ({ binding, name, username: changed }));
  });
}

/** `no session is the user "sso:erin@example.com" of RoleBinding payments/erin at rbac.yaml:3:1` */
export function mailText({ binding, name }: UnreplacedMail): string {
  return `no session is the user ${quoted(name)} of ${bindingText(binding)}`;
}

/** Another entry may have `{{SessionNameRaw}}`, so the binding keeps the user that it names. */
export function mailHelp({ username, binding }: UnreplacedMail, authorizer: Authorizer): string {
  return `{{SessionName}} has - in place of @: add the user ${quoted(username)} to the subjects of the binding${adminText(binding, authorizer)}.`;
}

/** Warns of users in bindings that one of these usernames would be, were `@` left in it. */
export function mailFindings(usernames: Iterable<string>, authorizer: Authorizer): Finding[] {
  const mails = [...new Set(usernames)].flatMap((one) => unreplacedMails(one, authorizer));
  return [...groupBy(mails, ({ name }) => name).values()].flatMap(([mail]): Finding[] =>
    mail
      ? [
          {
            severity: 'warning',
            code: 'unreplaced-mail',
            message: mailText(mail),
            help: mailHelp(mail, authorizer),
          },
        ]
      : [],
  );
}

/** `roleRef` cannot change. */
function danglingHelp(binding: Binding, names: UnboundNames): string {
  const { kind, namespace, roleRef } = binding;
  const { authorizer } = names;
  if (kind === 'ClusterRoleBinding' && roleRef.kind === 'Role')
    return 'A ClusterRoleBinding takes no Role: bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.';
  const roleNamed = (name: string, isOfKind: boolean) =>
    names.rolesNamed(name).find((role) => (role.kind === roleRef.kind) === isOfKind && isIn(role, namespace));
  const other = roleNamed(roleRef.name, false);
  const remedy = `or delete the ${kind} and create it with another: a roleRef cannot change.`;
  if (other)
    return `${quoted(roleRef.name)} is a ${other.kind}: delete the ${kind} and create it with kind: ${other.kind} in its roleRef, which cannot change${adminText(binding, authorizer, other)}.`;
  const near = names.nearRoles(binding).map((one) => {
    const role = roleNamed(one, true);
    const [subject] = binding.subjects;
    const bound = role && subject ? [{ role, binding, subject }] : [];
    return `${quoted(one)}${risksText(bound, authorizer)}`;
  });
  const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '';
  return `${meant}Create the role, ${remedy}`;
}
