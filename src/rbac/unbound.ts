import { templateMatcher } from '../authenticator/caller.ts';
import { listed, nearNames, quoted, shellWord } from '../text.ts';
import type { Authorizer, SubjectKind } from './authorizer.ts';
import { type Binding, bindingText } from './model.ts';

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
  if (templateMatcher(name)) return 'Give the entry a group that a binding names, or bind its users by name.';
  const other = kind === 'Group' ? 'User' : 'Group';
  const [mistaken] = names.authorizer.ofName(other, name).bindings;
  if (mistaken) return `${bindingText(mistaken)} names it as kind: ${other}: write kind: ${kind} there.`;
  const near = names.near(name, [...names.authorizer.boundNames(kind)]);
  const meant =
    near.length > 0 ? `Did you mean ${near.map(quoted).join(' or ')}? If not, bind it: ` : 'Bind it: ';
  const option = shellWord(`--${kind.toLowerCase()}=${name}`);
  return `${meant}\`kubectl create clusterrolebinding ${bindingNameFor(name)} --clusterrole=view ${option}\`, or a rolebinding with -n NAMESPACE.`;
}

/** A name for a new binding: without what no name of one may have, or a shell would take for something else. */
function bindingNameFor(subject: string): string {
  const name = subject.replace(/[^\w.:-]+/g, '-').replace(/^-+/, '');
  return `${name.slice(0, 60) || 'people'}-view`;
}

/** `roleRef` cannot change. */
function danglingHelp({ kind, namespace, roleRef }: Binding, names: UnboundNames): string {
  const known = names.authorizer.rbac.roles
    .filter((role) => role.kind === roleRef.kind && (role.namespace === null || role.namespace === namespace))
    .map(({ name }) => name);
  const near = names.near(roleRef.name, known);
  const meant = near.length > 0 ? `Did you mean ${near.map(quoted).join(' or ')}? ` : '';
  return `${meant}Create the role, or delete the ${kind} and create it with another: a roleRef cannot change.`;
}
