import { templateMatcher } from '../authenticator/caller.ts';
import type { Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed, nearNames, printable, quoted, shellWord } from '../text.ts';
import type { Authorizer, SubjectKind } from './authorizer.ts';
import { type Binding, bindingText, type RbacRole } from './model.ts';

/** What is wrong with a name that no binding gives a role, and what to do. */
interface UnboundText {
  readonly what: string;
  readonly help: string;
}

/** Says what is wrong with names that no binding gives a role; each once, since thousands of entries share few of them. */
export class UnboundNames {
  readonly authorizer: Authorizer;
  private readonly texts = new Map<string, UnboundText>();
  private compared = 0;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
  }

  /** Of a name of which `hasRole` is false. */
  text(kind: SubjectKind, name: string): UnboundText {
    const known = this.texts.get(`${kind} ${name}`);
    if (known) return known;
    const text = unboundTextOf(kind, name, this);
    this.texts.set(`${kind} ${name}`, text);
    return text;
  }

  hasRole(kind: SubjectKind, name: string): boolean {
    return this.authorizer.ofName(kind, name).roles.size > 0;
  }

  /** Names that may be meant, none that Kubernetes keeps to itself: with or without a prefix such as `oidc:`, in another case, misspelled. */
  near(name: string, known: readonly string[]): readonly string[] {
    if (name.length > MAX_NEAR || this.compared > MAX_COMPARED) return [];
    this.compared += known.length;
    const short = known.filter((one) => one.length <= MAX_NEAR && !one.startsWith('system:'));
    const prefixed = short.filter((one) => isPrefixed(one, name) || isPrefixed(name, one));
    return [...new Set([...prefixed, ...nearNames(name, short)])].slice(0, 3);
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

function unboundTextOf(kind: SubjectKind, name: string, names: UnboundNames): UnboundText {
  const { bindings } = names.authorizer.ofName(kind, name);
  const subject = subjectText(kind, name);
  const [first] = bindings;
  if (!first) return { what: `no binding names ${subject}`, help: unboundHelp(kind, name, names) };
  const roles = bindings.map((binding) => {
    const { kind: roleKind, name: role } = binding.roleRef;
    return `${roleKind}/${role} in ${bindingText(binding)}`;
  });
  return {
    what: `bindings give ${subject} only roles that do not exist (${listed(roles)})`,
    help: danglingHelp(first, names),
  };
}

/** `the group "devs"`, `a user that "sso:{{SessionName}}" can become` */
export function subjectText(kind: SubjectKind, name: string): string {
  const noun = kind === 'Group' ? 'group' : 'user';
  return templateMatcher(name) ? `a ${noun} that ${quoted(name)} can become` : `the ${noun} ${quoted(name)}`;
}

function unboundHelp(kind: SubjectKind, name: string, names: UnboundNames): string {
  const { authorizer } = names;
  const [mail] = kind === 'User' ? unreplacedMails(name, authorizer) : [];
  if (mail) return `${bindingText(mail.binding)} names ${quoted(mail.name)}. ${mailHelp(mail)}`;
  if (templateMatcher(name)) return 'Give the entry a group that a binding names, or bind its users by name.';
  const other = kind === 'Group' ? 'User' : 'Group';
  const [mistaken] = authorizer.ofName(other, name).bindings;
  if (mistaken) return `${bindingText(mistaken)} names it as kind: ${other}: write kind: ${kind} there.`;
  if (
    kind === 'Group' &&
    authorizer.rbac.roles.some((role) => role.kind === 'ClusterRole' && role.name === name)
  )
    return `${quoted(name)} is a ClusterRole, not a group. Bind it to a group, and give that to the entry: \`kubectl create clusterrolebinding NAME ${shellWord(`--clusterrole=${name}`)} --group=GROUP\`, or a rolebinding with -n NAMESPACE.`;
  const near = names.near(name, [...authorizer.boundNames(kind)]);
  const meant =
    near.length > 0 ? `Did you mean ${near.map(quoted).join(' or ')}? If not, bind it` : 'Bind it';
  // What a command shows in place of such a character is another name.
  if (printable(name) !== name) return `${meant} in a manifest: no command can show its name.`;
  const option = shellWord(`--${kind.toLowerCase()}=${name}`);
  return `${meant}: \`kubectl create clusterrolebinding ${bindingNameFor(name)} --clusterrole=view ${option}\`, or a rolebinding with -n NAMESPACE.`;
}

/** A user of a binding that nobody is, because usernames have `-` in place of the `@` of a session. */
export interface UnreplacedMail {
  readonly binding: Binding;
  /** `sso:erin@example.com` */
  readonly name: string;
  /** `sso:erin-example.com` */
  readonly username: string;
}

/** The users of bindings that a username would be, or become, were `@` left in it. */
export function unreplacedMails(username: string, authorizer: Authorizer): UnreplacedMail[] {
  const matches = templateMatcher(username) ?? ((name: string) => name === username);
  return [...authorizer.boundNames('User')].flatMap((name) => {
    if (!name.includes('@')) return [];
    const replaced = name.replaceAll('@', '-');
    if (matches(name) || !matches(replaced)) return [];
    return authorizer
      .ofName('User', name)
      .bindings.slice(0, 1)
      .map((binding) => ({ binding, name, username: replaced }));
  });
}

/** `no session is the user "sso:erin@example.com" of RoleBinding payments/erin at rbac.yaml:3:1` */
export function mailText({ binding, name }: UnreplacedMail): string {
  return `no session is the user ${quoted(name)} of ${bindingText(binding)}`;
}

export function mailHelp({ username }: UnreplacedMail): string {
  return `{{SessionName}} has - in place of @: write ${quoted(username)} in the binding, or {{SessionNameRaw}} in the username of the entry.`;
}

/** Warns of users in bindings that one of these usernames would be, were `@` left in it. */
export function mailFindings(usernames: Iterable<string>, authorizer: Authorizer): Finding[] {
  const mails = [...new Set(usernames)].flatMap((one) => unreplacedMails(one, authorizer));
  return [...groupBy(mails, ({ name }) => name).values()].flatMap(([mail]): Finding[] =>
    mail
      ? [{ severity: 'warning', code: 'unreplaced-mail', message: mailText(mail), help: mailHelp(mail) }]
      : [],
  );
}

/** A name for a new binding: without what no name of one may have, or a shell would take for something else. */
function bindingNameFor(subject: string): string {
  const name = subject.replace(/[^\w.:-]+/g, '-').replace(/^-+/, '');
  return `${name.slice(0, 60) || 'people'}-view`;
}

/** `roleRef` cannot change. */
function danglingHelp({ kind, namespace, roleRef }: Binding, names: UnboundNames): string {
  const { roles } = names.authorizer.rbac;
  if (kind === 'ClusterRoleBinding' && roleRef.kind === 'Role')
    return 'A ClusterRoleBinding takes no Role: bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.';
  const isThere = (role: RbacRole) => role.namespace === null || role.namespace === namespace;
  const other = roles.find(
    (role) => role.name === roleRef.name && role.kind !== roleRef.kind && isThere(role),
  );
  const remedy = `or delete the ${kind} and create it with another: a roleRef cannot change.`;
  if (other)
    return `${quoted(roleRef.name)} is a ${other.kind}: delete the ${kind} and create it with kind: ${other.kind} in its roleRef, which cannot change.`;
  const known = roles.filter((role) => role.kind === roleRef.kind && isThere(role)).map(({ name }) => name);
  const near = names.near(roleRef.name, known);
  const meant = near.length > 0 ? `Did you mean ${near.map(quoted).join(' or ')}? ` : '';
  return `${meant}Create the role, ${remedy}`;
}
