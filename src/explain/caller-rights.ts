import { hasPublishedRules } from '../access-policy.ts';
import {
  clusterAdminBy,
  groupsText,
  isNodeGroup,
  MASTERS,
  nearGroupHelp,
  nearSystemGroup,
  possibleAdminBy,
  reservedNameOf,
} from '../aws-auth/groups.ts';
import type { CallerSource, KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { templateMatcher } from '../aws-auth/templates.ts';
import { policyName, policyText, unknownRules } from '../eks.ts';
import { type Finding, finding, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { policyReaches } from '../rbac/access-policies.ts';
import { type AllowedRow, allowedRows, targetsWithoutEffect } from '../rbac/allowed-rows.ts';
import { type Authorizer, isDefault, type SubjectKind, type UserRights } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { addRbac, appliesIn, type BoundRole, boundRoleText, isPolicy } from '../rbac/model.ts';
import type { Asked } from '../rbac/question.ts';
import { rolesAllowing, rolesForNames, verbsReturning } from '../rbac/request.ts';
import { type FoundRisk, risksOf, risksText, risksTogether, throughText } from '../rbac/risks.ts';
import { hasRules, mailFindings, UnboundNames } from '../rbac/unbound.ts';
import type { Risk } from '../rbac/ways-to-admin.ts';
import { listed, quoted } from '../text.ts';

/** A caller's permissions in the cluster and their sources, without Kubernetes' defaults for everyone. */
export interface CallerRights extends UserRights {
  /** Certain permissions only, without those that depend on the session. */
  readonly rows: readonly AllowedRow[];
  /** Routes to cluster admin, directly or in one more step. */
  readonly risks: readonly Risk[];
  /** False without RBAC manifests: then only system:masters and access policies count. */
  readonly areBindingsKnown: boolean;
  /** Version whose rules apply: `1.36` */
  readonly kubernetesVersion: string;
  readonly notes: readonly Finding[];
}

/** @param map where the caller's entry is */
export function callerRights(
  identity: KubernetesIdentity,
  map: CallerSource,
  authorizer: Authorizer,
): CallerRights {
  const all = authorizer.rightsOf(identity);
  const rights = { ...all, everybody: all.everybody.filter((bound) => !isDefault(bound)) };
  const rows = rights.isMaster ? EVERYTHING : allowedRows([...rights.own, ...rights.everybody]);
  const kubernetesVersion = versionText(authorizer.kubernetesVersion);
  const found = risksOf([...rights.own, ...rights.everybody], authorizer);
  const risks: readonly Risk[] = rights.isMaster
    ? ['cluster-admin']
    : [...new Set(found.map(({ risk }) => risk))];
  const notes = rightsNotes(identity, map, rights, found, authorizer);
  return { ...rights, rows, risks, areBindingsKnown: authorizer.knowsBindings, kubernetesVersion, notes };
}

/** The permissions that apply in a namespace: bound there, or cluster-wide. */
export function rightsIn(rights: CallerRights, namespace: string): CallerRights {
  const there = (all: readonly BoundRole[]) =>
    all.filter(({ binding }) => binding.namespace === null || appliesIn(binding, namespace));
  const [own, everybody] = [there(rights.own), there(rights.everybody)];
  // An access policy may apply to a pattern of namespaces.
  const inPlace = [...own, ...everybody].map((bound) =>
    bound.binding.namespace === null ? bound : { ...bound, binding: { ...bound.binding, namespace } },
  );
  const rows = rights.isMaster ? rights.rows : allowedRows(inPlace);
  return { ...rights, own, everybody, rows, possible: () => there(rights.possible()) };
}

const EVERYTHING: readonly AllowedRow[] = [
  { namespaces: null, resources: ['*.*'], nonResourceURLs: [], resourceNames: [], verbs: ['*'] },
  { namespaces: null, resources: [], nonResourceURLs: ['*'], resourceNames: [], verbs: ['*'] },
];

function rightsNotes(
  identity: KubernetesIdentity,
  map: CallerSource,
  rights: UserRights,
  found: readonly FoundRisk[],
  authorizer: Authorizer,
): Finding[] {
  const { username, groups, policies = [] } = identity;
  const { isMaster, own, everybody } = rights;
  const unbound = authorizer.knowsBindings ? unboundNotes(identity, map, rights, authorizer) : [];
  if (isMaster) return unbound;
  const unpublished = policies.filter((policy) => !hasPublishedRules(policyName(policy)));
  const names = listed(unpublished.map((policy) => policyText(policy)));
  const message = `${unknownRules(unpublished)}, so what they allow is unknown: ${names}`;
  return [
    ...unbound,
    ...withoutEffect([...own, ...everybody]),
    ...dependentNotes(username, groups, authorizer),
    ...sessionNotes(rights, found, authorizer),
    ...(unpublished.length > 0 ? [note('access-policies', message, { help: TEST_AS_CALLER })] : []),
    ...[...groupBy(found, (risk) => throughText(risk))].map(([through, same]) =>
      warning('rbac-risk', `${same.map(({ text }) => text).join(', ')}, through ${through}`),
    ),
  ];
}

/** How to find out what an access policy allows. */
const TEST_AS_CALLER = 'To check, run as the caller: kubectl auth can-i VERB RESOURCE';

/** Warnings about groups and a username that no binding names. */
function unboundNotes(
  { username, groups, policies = [] }: KubernetesIdentity,
  map: CallerSource,
  { own, possible, everybody }: UserRights,
  authorizer: Authorizer,
): Finding[] {
  const names = new UnboundNames(authorizer);
  const asked = [...new Set(groups)].filter(
    (group) => group !== MASTERS && !isNodeGroup(group) && reservedNameOf('group', group) === undefined,
  );
  const hasNothing = groups.length + policies.length === 0 && ![...own, ...possible()].some(hasRules);
  return [
    ...unboundGroups(asked, names),
    ...(hasNothing
      ? [unboundUser(username, map, everybody.length > 0, names)]
      : mailFindings([username], authorizer)),
  ];
}

/**
 * Notes on rows that the table lists under a namespace, as kubectl does, but that the API server never checks there.
 */
function withoutEffect(bindings: readonly BoundRole[]): Finding[] {
  return [false, true].flatMap((isOfPolicies) => {
    const found = bindings
      .filter((bound) => isPolicy(bound) === isOfPolicies)
      .flatMap((bound) =>
        targetsWithoutEffect(bound).map((target) => ({ target, through: boundRoleText(bound) })),
      );
    if (found.length === 0) return [];
    const texts = [...groupBy(found, ({ through }) => through)].map(
      ([through, same]) => `${listed(same.map(({ target }) => target))} through ${through}`,
    );
    const [what, other] = isOfPolicies
      ? ['an access policy in namespaces', 'an access policy for the cluster']
      : ['a RoleBinding', 'a ClusterRoleBinding'];
    const message = `${what} has no effect on cluster-scoped resources: ${listed(texts)}`;
    return [note('rbac-not-namespaced', message, { help: `Only ${other} can grant these permissions.` })];
  });
}

/** Notes on permissions that depend on a name the session fills in. */
function dependentNotes(username: string, groups: readonly string[], authorizer: Authorizer): Finding[] {
  const templates = [
    ['User', username],
    ...groups.map((group) => ['Group', group] as const),
  ] as const satisfies readonly (readonly [SubjectKind, string])[];
  return templates.flatMap(([kind, template]) => {
    if (!templateMatcher(template)) return [];
    const bound = [...authorizer.ofName(kind, template).roles];
    if (bound.length === 0) return [];
    const texts = bound.map(([name, roles]) => {
      const risks = risksText(roles, authorizer);
      const text = listed([...new Set(roles.map(boundRoleText))]);
      return `${quoted(name)} (${risks === '' ? text : `${text}; ${risks}`})`;
    });
    const nouns = kind === 'User' ? 'users' : 'groups';
    const message = `the caller's permissions depend on the session, because ${quoted(template)} can become these ${nouns} with bindings: ${listed(texts)}`;
    const isRisk = bound.some(([, roles]) => risksOf(roles, authorizer).length > 0);
    return [finding(isRisk ? 'warning' : 'note', 'session-dependent', message)];
  });
}

/** Warnings about risks that a caller has only through several names that one session name fills in. */
function sessionNotes(
  { own, everybody, callers }: UserRights,
  found: readonly FoundRisk[],
  authorizer: Authorizer,
): Finding[] {
  return callers().flatMap(({ session, roles }) => {
    if (session === null) return [];
    const together = risksTogether([...own, ...roles, ...everybody], found, authorizer);
    return together.map((risk) => {
      const message = `in a session named ${quoted(session)}: ${risk.text}, through ${throughText(risk)}`;
      return warning('rbac-risk', message);
    });
  });
}

/**
 * One warning for all groups that lack a role for the same reason, in the words of the `check` rules where possible.
 */
function unboundGroups(groups: readonly string[], names: UnboundNames): Finding[] {
  const unbound = groups.filter((group) => !names.hasRole('Group', group));
  const byCause = groupBy(unbound, (group) => names.text('Group', group).whatOf(''));
  return [...byCause.values()].map((same) => {
    const [group = ''] = same;
    const { what, whatOf } = names.text('Group', group);
    const message =
      same.length === 1
        ? `${what}, so it grants no permissions`
        : `${whatOf(`the ${groupsText(same)}`)}, so they grant no permissions`;
    const helps = groupBy(same, (one) => unboundHelp(one, names));
    const help =
      helps.size === 1
        ? unboundHelp(group, names)
        : [...helps].map(([text, those]) => `${listed(those.map(quoted))}: ${text}`).join('\n');
    return warning('unbound-group', message, { help });
  });
}

function unboundHelp(group: string, names: UnboundNames): string {
  const near = nearSystemGroup(group);
  if (near === undefined) return names.text('Group', group).help;
  return `${nearGroupHelp(near)}${near === MASTERS ? '' : " Use it in the entry's groups."}`;
}

function unboundUser(
  username: string,
  map: CallerSource,
  hasOfEverybody: boolean,
  names: UnboundNames,
): Finding {
  const { what, help } = names.text('User', username);
  const rest = hasOfEverybody
    ? 'the caller has only the permissions granted to everyone'
    : 'the caller has no permissions';
  const isAccount = map === 'mapAccounts';
  const groups = isAccount ? 'mapAccounts assigns no groups' : 'the entry has no groups';
  const add = isAccount
    ? 'Add an entry for the caller to mapRoles or mapUsers, with a group that a binding names, or:'
    : 'Add a group that a binding names to the entry, or:';
  return warning('unbound-user', `${groups}, and ${what}, so ${rest}`, { help: `${add}\n${help}` });
}

/** The answer to a part of `--can` for one caller. */
export interface CallerAnswer {
  readonly asked: Asked;
  readonly answer: 'yes' | 'no' | 'unknown';
  /** The group or access policy that allows everything, without any binding; null if none does. */
  readonly admin: string | null;
  /** The caller's roles and access policies that allow it; if the session decides, those of some sessions. */
  readonly through: readonly BoundRole[];
  /** The reason why the answer isn't yes; null if just nothing allows it. */
  readonly why: string | null;
  /** The next step, if the answer is unknown. */
  readonly help: string | null;
}

const NOTHING = { admin: null, through: [], why: null, help: null } as const;

interface HasIdentity {
  readonly identity: KubernetesIdentity;
}

/**
 * Answers each part of a question for a caller.
 * @param authorizer of the caller's cluster; without bindings, a permission that no access policy grants is unknown
 */
export function answersFor(
  { matches, hasAccess }: { readonly matches: readonly HasIdentity[]; readonly hasAccess: boolean },
  asked: readonly Asked[],
  authorizer: Authorizer,
): CallerAnswer[] {
  return asked.map((one) => {
    const [first, ...others] = matches.map((match) => answerOf(match, one, authorizer));
    if (!first) return { ...NOTHING, asked: one, answer: 'no', why: 'the caller has no access' };
    if (!hasAccess)
      return { ...NOTHING, asked: one, answer: 'no', why: "the caller's role no longer exists" };
    // Which of several entries applies is random.
    if (others.every(({ answer }) => answer === first.answer)) return first;
    const why = 'the answer depends on which of the entries applies, which is random for each call';
    return { ...NOTHING, asked: one, answer: 'unknown', why, help: 'Keep only one of them.' };
  });
}

function answerOf({ identity }: HasIdentity, asked: Asked, authorizer: Authorizer): CallerAnswer {
  const base = { ...NOTHING, asked };
  const rights = authorizer.rightsOf(identity);
  const held = [...rights.own, ...rights.everybody];
  const through = rolesAllowing(held, asked.request, asked.isAnywhere);
  const admin = clusterAdminBy(identity);
  if (admin !== null || through.length > 0) return { ...base, answer: 'yes', admin, through };
  const unknown = unpublished(identity, asked) ?? bySession(identity, rights.possible, asked);
  if (unknown) return { ...base, answer: 'unknown', ...unknown };
  if (!authorizer.knowsBindings)
    return {
      ...base,
      answer: 'unknown',
      why: "bindings might allow it, but they're unknown without --rbac",
      help: addRbac(),
    };
  const forNames = rolesForNames(held, asked.request, asked.isAnywhere).map(
    ({ bound, names }) => `${listed(names.map(quoted))} through ${boundRoleText(bound)}`,
  );
  const why =
    forNames.length > 0
      ? `allowed only for objects with certain names: ${listed(forNames)}`
      : returnedSecrets(held, asked);
  return { ...base, answer: 'no', why };
}

type Unknown = Pick<CallerAnswer, 'why' | 'help'> & Partial<Pick<CallerAnswer, 'through'>>;

/** Access policies that apply where the request is made, but whose rules are unknown. */
function unpublished({ policies = [] }: KubernetesIdentity, { request, isAnywhere }: Asked): Unknown | null {
  const open = policies.filter(
    (policy) => !hasPublishedRules(policyName(policy)) && policyReaches(policy, request, isAnywhere),
  );
  if (open.length === 0) return null;
  const names = listed(open.map((policy) => policyText(policy)));
  return { why: `${unknownRules(open)}, and they might allow it: ${names}`, help: TEST_AS_CALLER };
}

/** The caller's roles that don't allow reading secrets, but requests whose response contains them. */
function returnedSecrets(held: readonly BoundRole[], { request, isAnywhere }: Asked): string | null {
  const texts = held.flatMap((bound) => {
    const verbs = verbsReturning(bound, request, isAnywhere);
    return verbs.length > 0 ? `${listed(verbs)} through ${boundRoleText(bound)}` : [];
  });
  return texts.length === 0
    ? null
    : `no role allows it, but these requests return secrets, even in a dry run: ${listed(texts)}`;
}

/** Permissions of names that the session fills in. */
function bySession(
  identity: KubernetesIdentity,
  possible: () => readonly BoundRole[],
  { request, isAnywhere }: Asked,
): Unknown | null {
  const through = rolesAllowing(possible(), request, isAnywhere);
  if (through.length === 0 && possibleAdminBy(identity) === null) return null;
  const why = 'the answer depends on the session name, which is part of the username or a group';
  return { why, help: 'Pass the ARN that `aws sts get-caller-identity` prints.', through };
}
