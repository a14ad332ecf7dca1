import {
  groupsText,
  isNodeGroup,
  MASTERS,
  nearGroupHelp,
  nearSystemGroup,
  systemNameOf,
} from '../authenticator/groups.ts';
import type { CallerSource, KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { templateMatcher } from '../authenticator/templates.ts';
import { type Finding, finding, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type AllowedRow, allowedRows, targetsWithoutEffect } from '../rbac/allowed-rows.ts';
import { type Authorizer, isDefault, type SubjectKind, type UserRights } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { mailFindings } from '../rbac/mails.ts';
import { type BoundRole, boundRoleText } from '../rbac/model.ts';
import { type FoundRisk, risksOf, risksText, throughText } from '../rbac/risks.ts';
import { hasRules, UnboundNames } from '../rbac/unbound.ts';
import type { Risk } from '../rbac/ways.ts';
import { listed, quoted } from '../text.ts';

/** What a caller may do in the cluster, and through what; without what every cluster gives to everybody. */
export interface CallerRights extends UserRights {
  /** Of what is certain: without what depends on the session. */
  readonly rows: readonly AllowedRow[];
  /** What makes the caller an administrator, at once or by one step more. */
  readonly risks: readonly Risk[];
  /** By which they are judged: `1.36` */
  readonly kubernetesVersion: string;
  readonly notes: readonly Finding[];
}

/** @param map where the caller was found */
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
  return { ...rights, rows, risks, kubernetesVersion, notes };
}

const EVERYTHING: readonly AllowedRow[] = [
  { namespaces: null, resources: ['*.*'], nonResourceURLs: [], resourceNames: [], verbs: ['*'] },
  { namespaces: null, resources: [], nonResourceURLs: ['*'], resourceNames: [], verbs: ['*'] },
];

function rightsNotes(
  { username, groups, policies = [] }: KubernetesIdentity,
  map: CallerSource,
  rights: UserRights,
  found: readonly FoundRisk[],
  authorizer: Authorizer,
): Finding[] {
  const names = new UnboundNames(authorizer);
  const { isMaster, own, possible, everybody } = rights;
  const asked = [...new Set(groups)].filter(
    (group) => group !== MASTERS && !isNodeGroup(group) && systemNameOf('group', group) === undefined,
  );
  const hasNothing = groups.length + policies.length === 0 && ![...own, ...possible()].some(hasRules);
  const risks = isMaster ? [] : found;
  return [
    ...unboundGroups(asked, names),
    ...(hasNothing
      ? [unboundUser(username, map, everybody.length > 0, names)]
      : mailFindings([username], authorizer)),
    ...(isMaster ? [] : withoutEffect([...own, ...everybody])),
    ...(isMaster ? [] : dependentNotes(username, groups, authorizer)),
    ...[...groupBy(risks, (found) => throughText(found))].map(([through, same]) =>
      warning('rbac-risk', `${same.map(({ text }) => text).join(', ')}, through ${through}`),
    ),
  ];
}

/** Says what the table has for a namespace, as kubectl has it, and the API server never asks for there. */
function withoutEffect(bindings: readonly BoundRole[]): Finding[] {
  const found = bindings.flatMap((bound) =>
    targetsWithoutEffect(bound).map((target) => ({ target, through: boundRoleText(bound) })),
  );
  if (found.length === 0) return [];
  const texts = [...groupBy(found, ({ through }) => through)].map(
    ([through, same]) => `${listed(same.map(({ target }) => target))} by ${through}`,
  );
  const message = `what a RoleBinding allows on resources without a namespace has no effect: ${listed(texts)}`;
  const help = 'Only a ClusterRoleBinding can allow it.';
  return [note('rbac-not-namespaced', message, { help })];
}

/** What the caller may do under a name that is not known here. */
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
    const message = `what the caller may do depends on the session: of the ${nouns} that ${quoted(template)} can become, bindings name ${listed(texts)}`;
    const isRisk = bound.some(([, roles]) => risksOf(roles, authorizer).length > 0);
    return [finding(isRisk ? 'warning' : 'note', 'session-dependent', message)];
  });
}

/** `ClusterRole/edit in payments, ClusterRole/ops cluster-wide: cluster admin` */
function rolesText(roles: readonly BoundRole[], authorizer: Authorizer): string {
  const risks = risksText(roles, authorizer);
  const text = listed([...new Set(roles.map(boundRoleText))]);
  return risks === '' ? text : `${text}: ${risks}`;
}

/** In the words of the rules of `check`, where there is one: groups that lack a role for one reason are one finding. */
function unboundGroups(groups: readonly string[], names: UnboundNames): Finding[] {
  const unbound = groups.filter((group) => !names.hasRole('Group', group));
  const byCause = groupBy(unbound, (group) => names.text('Group', group).whatOf(''));
  return [...byCause.values()].map((same) => {
    const [group = ''] = same;
    const { what, whatOf } = names.text('Group', group);
    const message =
      same.length === 1
        ? `${what}, so it gives nothing`
        : `${whatOf(`the ${groupsText(same)}`)}, so they give nothing`;
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
  return `${nearGroupHelp(near)}${near === MASTERS ? '' : ' Write that in the groups of the entry.'}`;
}

function unboundUser(
  username: string,
  map: CallerSource,
  hasOfEverybody: boolean,
  names: UnboundNames,
): Finding {
  const { what, help } = names.text('User', username);
  const rest = hasOfEverybody ? 'the caller may do only what everybody may' : 'the caller may do nothing';
  const isAccount = map === 'mapAccounts';
  const groups = isAccount ? 'mapAccounts gives no groups' : 'the entry has no groups';
  const add = isAccount
    ? 'Add an entry for the caller, with a group that a binding names, to mapRoles or mapUsers, or:'
    : 'Add a group that a binding names to the entry, or:';
  return warning('unbound-user', `${groups}, and ${what}, so ${rest}`, { help: `${add}\n${help}` });
}
