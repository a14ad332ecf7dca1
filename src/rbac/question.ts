import { coversNamespace } from '../access-policy.ts';
import type { AccessPolicy } from '../eks.ts';
import { errorFinding, type Finding, refusal, warning } from '../errors.ts';
import { didYouMean, listed, printable, quoted } from '../text.ts';
import type { Authorizer } from './authorizer.ts';
import type { PolicyRule } from './model.ts';
import { type AccessRequest, isNameless, type ResourceRequest } from './request.ts';
import { type KubernetesResource, knownResources } from './resources.ts';

/** The question of `--can`: who may do at least one of several things. */
export interface Question {
  /** Each verb of each `--can` once, in order. */
  readonly asked: readonly Asked[];
  /** An unknown verb is an error, unless the manifests of another cluster use it. */
  readonly findings: readonly Finding[];
}

/** One verb and its target. */
export interface Asked {
  /** `get secrets` */
  readonly text: string;
  readonly request: AccessRequest;
  /** True if a namespaced resource has no namespace: permission in any namespace counts. */
  readonly isAnywhere: boolean;
}

const FORM =
  "Write it as 'get secrets', 'get,list secrets', 'create pods/exec', 'update deployments.apps/scale', 'get secrets NAME' or 'get /metrics'.";

/** How messages refer to the places where a question is asked. */
export interface QuestionTerms {
  /** Before what is wrong with the question itself. */
  readonly question: string;
  readonly namespace: string;
  /** How to ask about more than one resource, or about a namespace. */
  readonly more: string;
  readonly withoutNamespace: string;
}

const OPTION_TERMS: QuestionTerms = {
  question: '--can: ',
  namespace: '--namespace',
  more: 'Repeat --can for another resource, and use -n for the namespace.',
  withoutNamespace: 'Omit -n.',
};

/** A parsed `--can`, before the roles are known. */
interface Words {
  readonly verbs: readonly string[];
  /** `secrets`, `deployments.apps/scale` or `/metrics` */
  readonly target: string;
  readonly name: string | null;
}

/**
 * Parses `VERB[,VERB…] RESOURCE[.GROUP][/SUBRESOURCE] [NAME]` or `VERB[,VERB…] /PATH`.
 * @throws Failure (exit 2) for anything else
 */
export function wordsOf(text: string, terms = OPTION_TERMS): Words {
  const words = text.trim().split(/\s+/);
  const [written = '', target = '', name = null] = words;
  const verbs = [...new Set(written.split(','))];
  const isPath = target.startsWith('/');
  const [resource = '', subresource = null, ...rest] = target.split('/');
  const isResource = resource !== '' && subresource !== '' && rest.length === 0 && !target.includes(',');
  if (
    !(isPath || isResource) ||
    words.length > (isPath ? 2 : 3) ||
    words.some((word) => word.startsWith('-')) ||
    verbs.includes('')
  )
    throw refusal({
      message: `${terms.question}invalid question ${quoted(text)}`,
      help: `${FORM} ${terms.more}`,
    });
  return { verbs, target, name };
}

/**
 * Resolves all `--can` options for one cluster.
 * @param policies the access policies in the cluster, whose scopes name namespaces
 * @throws Failure (exit 2) for an invalid question or namespace, or a resource in several API groups
 */
export function parseQuestion(
  texts: readonly string[],
  namespace: string | null,
  authorizer: Authorizer,
  policies: readonly AccessPolicy[] = [],
  terms: QuestionTerms = OPTION_TERMS,
): Question {
  const findings = namespace === null ? [] : namespaceFindings(namespace, authorizer, policies, terms);
  const rules = authorizer.rbac.roles.flatMap((role) => role.rules);
  const context = { namespace, rules, namespaceFound: findings, terms };
  const parsed = texts.flatMap((text) => {
    const words = wordsOf(text, terms);
    return words.verbs.map((verb) => parseAsked(verb, words, context));
  });
  const asked = new Map(parsed.map((one) => [one.asked.text, one.asked]));
  const found = new Map(
    parsed.flatMap((one) => one.findings).map((finding) => [`${finding.code} ${finding.message}`, finding]),
  );
  return { asked: [...asked.values()], findings: [...found.values()] };
}

/** Everything that parts of a question are resolved with. */
interface Context {
  readonly namespace: string | null;
  readonly rules: readonly PolicyRule[];
  /** Findings about the namespace, if it matters. */
  readonly namespaceFound: readonly Finding[];
  readonly terms: QuestionTerms;
}

function parseAsked(
  verb: string,
  { target, name }: Words,
  context: Context,
): { readonly asked: Asked; readonly findings: readonly Finding[] } {
  const { namespace, namespaceFound, terms } = context;
  const text = [verb, target, ...(name === null ? [] : [name])].join(' ');
  if (target.startsWith('/'))
    return {
      asked: { text, request: { verb, path: target }, isAnywhere: false },
      findings: verbFindings(verb, 'path', context, target),
    };
  const [written = '', subresource = null] = target.split('/');
  const { resource, apiGroup, known, findings = [] } = resolveResource(written, verb, context);
  const stated = { verb, apiGroup, resource, subresource, name, namespace };
  // The API server authorizes a request for a named namespace in that namespace (requestinfo.go of k8s.io/apiserver).
  const request = name !== null && isOfOneNamespace(stated) ? { ...stated, namespace: name } : stated;
  const isInNamespace = !known || known.isNamespaced || isOfOneNamespace(request);
  return {
    asked: { text, request, isAnywhere: request.namespace === null && isInNamespace },
    findings: [
      ...verbFindings(verb, 'resource', context, target),
      ...findings,
      ...subresourceFindings(request, known, context),
      ...uncheckedFindings(request, known, context),
      ...(namespace !== null && !isInNamespace ? [notNamespaced(request, terms)] : namespaceFound),
    ],
  };
}

/** A namespace name is a DNS label. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const OF_EVERY_CLUSTER = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * A warning about a namespace that nothing mentions.
 * @throws Failure if the name is not valid for a namespace
 */
export function namespaceFindings(
  namespace: string,
  { rbac: { roles, bindings }, knowsBindings }: Authorizer,
  policies: readonly AccessPolicy[],
  { namespace: term }: Pick<QuestionTerms, 'namespace'> = OPTION_TERMS,
): Finding[] {
  if (namespace === '')
    throw refusal({
      message: `${term} is empty`,
      help: 'Specify a namespace, or omit --namespace to ask about all of them. If the value comes from a variable, check that it is set.',
    });
  const known = new Set(OF_EVERY_CLUSTER);
  for (const { namespace } of [...roles, ...bindings]) if (namespace !== null) known.add(namespace);
  for (const { subjects } of bindings)
    for (const { namespace } of subjects) if (namespace !== null) known.add(namespace);
  const near = didYouMean(namespace, known);
  if (!NAMESPACE.test(namespace))
    throw refusal({
      message: `${term}: ${quoted(namespace)} isn't a valid namespace name`,
      help: near ?? 'A namespace name has at most 63 lower-case letters, digits and dashes.',
    });
  const isNamed =
    known.has(namespace) ||
    policies.some(
      ({ scope }) =>
        scope !== 'cluster' && scope.namespaces.some((pattern) => coversNamespace(pattern, namespace)),
    );
  if (isNamed || !knowsBindings) return [];
  const message = `${term}: no role or binding mentions namespace ${quoted(namespace)}, so only cluster-wide permissions apply there`;
  return [warning('rbac-unknown-namespace', message, { help: near })];
}

/**
 * The verbs that kubectl auth can-i knows (k8s.io/kubectl/pkg/cmd/auth/cani.go), and `proxy`, which old roles use.
 */
const VERBS =
  'get list watch create update patch delete deletecollection use bind impersonate approve sign escalate attest proxy *'.split(
    ' ',
  );
const PATH_VERBS = 'get put post head options delete patch *'.split(' ');
/** Verbs of constrained impersonation: `impersonate:user-info`, `impersonate-on:user-info:list`. */
const IMPERSONATION = /^impersonate(-on)?:[a-z-]+(:[a-z*]+)?$/;

/** Words for verbs that Kubernetes calls differently. */
const MEANT: readonly (readonly [words: string, verbs: string])[] = [
  ['read view see show describe', 'get list watch'],
  ['write edit modify change manage', 'create update patch delete post put'],
  ['remove destroy drop rm', 'delete deletecollection'],
  ['add make new post', 'create post'],
  ['replace put', 'update put'],
  ['apply', 'get create patch'],
  ['list ls watch head', 'list get'],
  ['all any anything everything', '*'],
];

/** Commands of kubectl whose request is about another resource; without one, about a subresource of the one named. */
const COMMANDS: readonly (readonly [words: string, verbs: string, resource: string])[] = [
  ['exec', 'create', 'pods/exec'],
  ['attach', 'create', 'pods/attach'],
  ['port-forward portforward forward', 'create', 'pods/portforward'],
  ['logs log tail', 'get', 'pods/log'],
  ['debug', 'patch', 'pods/ephemeralcontainers'],
  ['evict drain', 'create', 'pods/eviction'],
  ['cordon uncordon taint', 'patch', 'nodes'],
  ['scale autoscale', 'update,patch', '/scale'],
  ['restart rollout label annotate', 'patch', ''],
  ['run', 'create', 'pods'],
];

/** The verbs that a word may mean: `read` is get, list and watch; none for a word that isn't about permissions. */
export function verbsMeant(word: string): readonly string[] {
  if (VERBS.includes(word)) return [word];
  const [, verbs = ''] = MEANT.find(([words]) => words.split(' ').includes(word)) ?? [];
  return verbs.split(' ').filter((verb) => VERBS.includes(verb));
}

/** The question that a command of kubectl needs: `exec` is `create pods/exec`; null for a word that is no command. */
export function commandMeant(word: string, resource: string): string | null {
  const [, verbs, other] = COMMANDS.find(([words]) => words.split(' ').includes(word)) ?? [];
  if (verbs === undefined || other === undefined) return null;
  return `${verbs} ${other === '' || other.startsWith('/') ? resource : ''}${other}`;
}

/** Words for the resources that grant permissions. */
const RBAC_WORDS: readonly string[] = ['rbac', 'permissions', 'rights', 'access'];
const RBAC_HELP =
  'RBAC has four resources: ask "create,update,patch,delete clusterrolebindings", and the same about rolebindings, clusterroles and roles.';

function verbFindings(
  verb: string,
  kind: 'resource' | 'path',
  { rules, terms: { question } }: Context,
  target: string,
): readonly Finding[] {
  const own = kind === 'path' ? PATH_VERBS : VERBS;
  const isOfKind = ({ resources, nonResourceURLs }: PolicyRule) =>
    (kind === 'path' ? nonResourceURLs : resources).length > 0;
  const known = new Set([...own, ...rules.filter(isOfKind).flatMap((rule) => rule.verbs)]);
  if (known.has(verb) || (kind === 'resource' && IMPERSONATION.test(verb))) return [];
  const help =
    verbHelp(verb, known, kind === 'path' ? null : target) ??
    `The verbs are ${own.join(', ')}, and any that roles use.`;
  const isOfOther = [...VERBS, ...PATH_VERBS].includes(verb);
  if (!isOfOther && rules.some((rule) => rule.verbs.includes(verb))) {
    const message = `${question}no role uses the verb ${quoted(verb)} for a ${kind}`;
    return [warning('rbac-unknown-verb', message, { help })];
  }
  const message = isOfOther
    ? `${question}${quoted(verb)} isn't a verb for a ${kind}`
    : `${question}unknown verb ${quoted(verb)}, which neither Kubernetes nor any role uses`;
  return [errorFinding('rbac-unknown-verb', message, { help })];
}

/** @param resource null for a path */
function verbHelp(verb: string, known: ReadonlySet<string>, resource: string | null): string | undefined {
  const word = verb.toLowerCase();
  if (known.has(word)) return `Did you mean ${quoted(word)}?`;
  const command = resource === null ? null : commandMeant(word, resource.split('/')[0] ?? '');
  if (command !== null) return `Did you mean ${quoted(command)}?`;
  const [, verbs = ''] = MEANT.find(([words]) => words.split(' ').includes(word)) ?? [];
  const meant = verbs.split(' ').filter((one) => known.has(one));
  if (meant.length === 0) return didYouMean(verb, known);
  return meant.length === 1
    ? `Did you mean ${quoted(meant.join())}?`
    : `In Kubernetes, that is ${listed(meant.slice(0, -1).map(quoted))} or ${quoted(meant.at(-1) ?? '')}: write ${quoted(meant.join())} to ask about any of them.`;
}

/**
 * Resolves a resource like kubectl: by plural, singular, kind or short name, with or without a group or its
 * beginning.
 */
function resolveResource(
  written: string,
  verb: string,
  { rules, terms }: Context,
): Pick<ResourceRequest, 'resource' | 'apiGroup'> & {
  readonly known?: KubernetesResource;
  readonly findings?: readonly Finding[];
} {
  const [name = '', ...behind] = written.toLowerCase().split('.');
  // deployments.v1.apps
  const hasVersion = behind.length > 1 && /^v\d+((alpha|beta)\d+)?$/.test(behind[0] ?? '');
  const group = behind.length === 0 ? null : behind.slice(hasVersion ? 1 : 0).join('.');
  if (name === '*') return { resource: '*', apiGroup: group ?? '' };
  const known = knownResource(name, group);
  if (known) return { resource: known.name, apiGroup: known.apiGroup, known };
  const mentioned = [...groupsByResource(rules)].find(
    ([resource, groups]) =>
      (resource === name || singularOf(resource) === name) && (group === null || groups.has(group)),
  );
  if (!mentioned)
    return { resource: name, apiGroup: group ?? '', findings: [unknownResource(name, group, rules, terms)] };
  const [resource, groups] = mentioned;
  return { resource, apiGroup: group ?? onlyGroup(resource, verb, groups, terms) };
}

function knownResource(name: string, group: string | null): KubernetesResource | undefined {
  const named = knownResources.filter(
    (one) => one.name === name || singularOf(one.name) === name || one.shortNames.includes(name),
  );
  if (group === null) return named[0];
  return (
    named.find(({ apiGroup }) => apiGroup === group) ??
    named.find(({ apiGroup }) => group !== '' && apiGroup.startsWith(group))
  );
}

/** The singular of a resource name, in lower case like its kind. For `endpoints` the API itself uses the plural. */
export function singularOf(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  return name.replace(/(?<=ss|us|x|ch|sh)es$|s$/, '');
}

/** The API groups of the resources in rules, as far as rules name any. */
function groupsByResource(rules: readonly PolicyRule[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { resources, apiGroups } of rules)
    for (const pattern of resources) {
      const [resource = ''] = pattern.split('/');
      const groups = found.get(resource) ?? new Set();
      for (const group of apiGroups) groups.add(group);
      if (resource !== '*') found.set(resource, groups);
    }
  return found;
}

const BUILT_IN_GROUPS = new Set(knownResources.map(({ apiGroup }) => apiGroup));

/**
 * The only API group of a resource. A rule with several resources and groups doesn't say which belongs to which, but
 * the groups of Kubernetes itself are known.
 * @throws Failure if it may be in several
 */
function onlyGroup(
  resource: string,
  verb: string,
  groups: ReadonlySet<string>,
  { question }: QuestionTerms,
): string {
  const stated = [...groups].filter((group) => group !== '*').sort();
  const foreign = stated.filter((group) => !BUILT_IN_GROUPS.has(group));
  const [only = '', ...others] = foreign.length > 0 ? foreign : stated;
  if (others.length === 0) return only;
  const names = [only, ...others].map((group) => (group === '' ? 'the core group' : group));
  throw refusal({
    message: `${question}${quoted(resource)} is in several API groups: ${printable(listed(names))}`,
    help: `Add the group: '${printable(`${verb} ${resource}.${others[0]}`)}'.`,
  });
}

function unknownResource(
  name: string,
  group: string | null,
  rules: readonly PolicyRule[],
  { question, more }: QuestionTerms,
): Finding {
  if (RBAC_WORDS.includes(name)) {
    const message = `${question}${quoted(name)} isn't a resource`;
    return errorFinding('rbac-unknown-resource', message, { help: `${RBAC_HELP} ${more}` });
  }
  const inGroup = group === null ? '' : ` in API group ${quoted(group)}`;
  const message = `${question}unknown resource ${quoted(name)}${inGroup}, which neither Kubernetes nor any role uses`;
  // Almost anything is similar to a two-letter short name.
  const names = knownResources.flatMap((one) => [
    one.name,
    ...one.shortNames.filter((short) => short.length > 2),
  ]);
  const near = didYouMean(name, [...names, ...groupsByResource(rules).keys()]);
  const help = near ?? 'Run `kubectl api-resources` to list the resource names.';
  return warning('rbac-unknown-resource', message, { help });
}

function subresourceFindings(
  { verb, apiGroup, resource, subresource }: ResourceRequest,
  known: KubernetesResource | undefined,
  { rules, terms: { question } }: Context,
): Finding[] {
  if (subresource === null) return [];
  const mentioned = rules
    .filter(({ apiGroups }) => apiGroups.includes(apiGroup) || apiGroups.includes('*'))
    .flatMap(({ resources }) => resources.map((pattern) => pattern.split('/', 2)))
    .flatMap(([name, sub]) => (sub !== undefined && (name === resource || name === '*') ? sub : []));
  const own = known ? subresourcesOf(known) : ['status', 'scale', 'finalizers'];
  if ([...own, ...mentioned].includes(subresource)) return [];
  const name = printable(known && apiGroup !== '' ? `${resource}.${apiGroup}` : resource);
  const message = `${question}unknown subresource ${quoted(subresource)} of ${quoted(resource)}`;
  const near = didYouMean(subresource, [...own, ...mentioned]);
  const help = `For an object with this name, write: '${printable(verb)} ${name} ${printable(subresource)}'.`;
  return [
    warning('rbac-unknown-subresource', message, { help: near === undefined ? help : `${near}\n${help}` }),
  ];
}

const OF_KUBELET = ['checkpoint', 'configz', 'healthz', 'log', 'metrics', 'pods', 'spec', 'stats'];

/** The subresources of a Kubernetes resource, including those that exist only in rules. */
function subresourcesOf({ apiGroup, name, subresources }: KubernetesResource): readonly string[] {
  const isNode = apiGroup === '' && name === 'nodes';
  // `finalizers` is for the admission plugin OwnerReferencesPermissionEnforcement.
  return [...subresources, ...(isNode ? OF_KUBELET : []), 'finalizers'];
}

/** Verbs that no request has, and the resources for which the API server checks them. */
const CHECKED: ReadonlyMap<string, readonly string[]> = new Map([
  ['approve', ['signers']],
  ['sign', ['signers']],
  ['attest', ['signers']],
  ['bind', ['clusterroles', 'roles']],
  ['escalate', ['clusterroles', 'roles']],
  ['impersonate', ['users', 'groups', 'serviceaccounts', 'uids', 'userextras']],
]);

/** Warns about a built-in resource that the verb is never checked for, so that no answer means anything. */
function uncheckedFindings(
  { verb, resource }: ResourceRequest,
  known: KubernetesResource | undefined,
  { terms: { question } }: Context,
): Finding[] {
  const checked = CHECKED.get(verb);
  if (!checked || !known || checked.includes(resource)) return [];
  const message = `${question}Kubernetes never checks ${quoted(verb)} for ${quoted(resource)}, only for ${listed(checked)}`;
  const help =
    verb === 'approve' && resource === 'certificatesigningrequests'
      ? 'To approve takes both "update certificatesigningrequests/approval" and "approve signers".'
      : `Did you mean ${quoted(`${verb} ${checked[0]}`)}?`;
  return [warning('rbac-unchecked-verb', message, { help })];
}

/** True for a request for one namespace: the API server treats a namespace as being in itself. */
function isOfOneNamespace({ apiGroup, resource, verb }: ResourceRequest): boolean {
  return apiGroup === '' && resource === 'namespaces' && !isNameless({ verb, subresource: null });
}

function notNamespaced(
  { resource }: ResourceRequest,
  { question, withoutNamespace }: QuestionTerms,
): Finding {
  const message = `${question}${quoted(resource)} isn't namespace-scoped; the answer matches kubectl auth can-i, but what a RoleBinding allows here has no effect`;
  return warning('rbac-not-namespaced', message, { help: withoutNamespace });
}
