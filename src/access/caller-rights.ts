import { type AccessPolicy, policyName, policyText, unknownRules } from '../access-entry.ts';
import { hasPublishedRules } from '../access-policy-names.ts';
import {
  groupsText,
  isNodeGroup,
  MASTERS,
  nearGroupHelp,
  nearSystemGroup,
  reservedNameOf,
} from '../authenticator/groups.ts';
import type { CallerSource, KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { templateMatcher } from '../authenticator/templates.ts';
import { type Finding, finding, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type AllowedRow, allowedRows, targetsWithoutEffect } from '../rbac/allowed-rows.ts';
import { type Authorizer, isDefault, type SubjectKind, type UserRights } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { appliesIn, type BoundRole, boundRoleText, isPolicy } from '../rbac/model.ts';
import { type FoundRisk, risksOf, risksText, risksTogether, throughText } from '../rbac/risks.ts';
import { hasRules, mailFindings, UnboundNames } from '../rbac/unbound.ts';
import type { Risk } from '../rbac/ways.ts';
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
  const risks = isMaster ? [] : found;
  return [
    ...(authorizer.knowsBindings ? unboundNotes(identity, map, rights, authorizer) : []),
    ...(isMaster ? [] : withoutEffect([...own, ...everybody])),
    ...(isMaster ? [] : dependentNotes(username, groups, authorizer)),
    ...(isMaster ? [] : sessionNotes(rights, found, authorizer)),
    ...(isMaster ? [] : unpublishedNotes(policies)),
    ...[...groupBy(risks, (found) => throughText(found))].map(([through, same]) =>
      warning('rbac-risk', `${same.map(({ text }) => text).join(', ')}, through ${through}`),
    ),
  ];
}

/** A note on access policies that may allow more than is shown. */
function unpublishedNotes(policies: readonly AccessPolicy[]): Finding[] {
  const unpublished = policies.filter((policy) => !hasPublishedRules(policyName(policy)));
  if (unpublished.length === 0) return [];
  const message = `${unknownRules(unpublished)}, so what they allow is unknown: ${policiesText(unpublished)}`;
  return [note('access-policies', message, { help: TEST_AS_CALLER })];
}

/** How to find out what an access policy allows. */
export const TEST_AS_CALLER = 'To check, run as the caller: kubectl auth can-i VERB RESOURCE';

export function policiesText(policies: readonly AccessPolicy[]): string {
  return listed(policies.map((policy) => policyText(policy)));
}

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
      ? ['an access policy in namespaces', 'an access policy with cluster scope']
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
    const texts = bound.map(([name, roles]) => `${quoted(name)} (${rolesText(roles, authorizer)})`);
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

/** `ClusterRole/edit in payments, ClusterRole/ops cluster-wide; cluster admin` */
function rolesText(roles: readonly BoundRole[], authorizer: Authorizer): string {
  const risks = risksText(roles, authorizer);
  const text = listed([...new Set(roles.map(boundRoleText))]);
  return risks === '' ? text : `${text}; ${risks}`;
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
