import { accessPolicyArn } from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { templateMatcher } from '../authenticator/templates.ts';
import type { Entry } from '../cluster/entry.ts';
import { associatePolicy } from '../lint/eks-commands.ts';
import { policiesForPeople } from '../rbac/access-policies.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { type BoundRole, boundIn, isPolicy, type RbacRole } from '../rbac/model.ts';
import type { Asked } from '../rbac/question.ts';
import { type AccessRequest, reaches, rolesAllowing, rolesForNames, ruleAllows } from '../rbac/request.ts';
import { type FoundRisk, risksOf } from '../rbac/risks.ts';
import { compareStrings, printable, quoted, shellWord } from '../text.ts';
import type { MatchedEntry } from './explain-caller.ts';

/**
 * The grant that comes closest to allowing a request, nearest first:
 * - `names`: the caller may do it, but only for objects with certain names.
 * - `namespace`: the caller may do it elsewhere.
 * - `verb`: the caller may do something else with the same objects.
 * - `subject`: someone else may do it.
 * - `role`: a role or an access policy allows it, but isn't granted to the caller.
 */
export interface NearestGrant {
  readonly nearness: 'names' | 'namespace' | 'verb' | 'subject' | 'role';
  /** For `role`, as if it were bound. */
  readonly bound: BoundRole;
  /** Object names; empty unless only these are allowed. */
  readonly names: readonly string[];
  /** Verbs that the role allows instead; empty unless that is what makes it near. */
  readonly verbs: readonly string[];
  /** The routes to cluster admin that it would bring. */
  readonly risks: readonly FoundRisk[];
  /** How to grant it; null if that isn't one step. */
  readonly help: string | null;
}

const OWN = { names: [], verbs: [], risks: [], help: null } as const;

/**
 * The grant that comes closest to what a caller isn't allowed to do; null if nothing does but cluster admin.
 * @param held the caller's roles, everybody's included
 */
export function nearestGrant(
  match: MatchedEntry,
  held: readonly BoundRole[],
  asked: Asked,
  authorizer: Authorizer,
): NearestGrant | null {
  const { request, isAnywhere } = asked;
  const [named] = rolesForNames(held, request, isAnywhere);
  if (named) return { ...OWN, nearness: 'names', bound: named.bound, names: named.names };
  const [elsewhere] = 'path' in request ? [] : rolesAllowing(held, request, true);
  if (elsewhere) return { ...OWN, nearness: 'namespace', bound: elsewhere };
  for (const bound of held) {
    const verbs = reaches(bound.binding, request, isAnywhere) ? otherVerbs(bound.role, request) : [];
    if (verbs.length > 0) return { ...OWN, nearness: 'verb', bound, verbs };
  }
  const others = [...ofOthers(asked, authorizer), ...ungranted(match.entry, asked, authorizer)];
  return leastOf(others, match, authorizer);
}

function otherVerbs({ rules }: RbacRole, request: AccessRequest): string[] {
  const verbs = rules.flatMap((rule) => rule.verbs.filter((verb) => ruleAllows(rule, { ...request, verb })));
  return [...new Set(verbs)].sort(compareStrings);
}

type Candidate = Pick<NearestGrant, 'nearness' | 'bound'>;

/** Bindings to other groups and users, except those of Kubernetes itself. */
function ofOthers({ request, isAnywhere }: Asked, authorizer: Authorizer): Candidate[] {
  return authorizer.rbac.bindings.flatMap((binding): Candidate[] => {
    const role = reaches(binding, request, isAnywhere) ? authorizer.roleOf(binding) : undefined;
    const subject = binding.subjects.find(({ kind, name }) => kind === 'Group' && !isReserved(name));
    const bound = role && subject && { role, binding, subject };
    return bound && rolesAllowing([bound], request, isAnywhere).length > 0
      ? [{ nearness: 'subject', bound }]
      : [];
  });
}

/** Roles and, for the holder of an access entry, access policies that would allow it if they were granted. */
function ungranted(
  entry: Entry,
  { request, isAnywhere }: Pick<Asked, 'request' | 'isAnywhere'>,
  { rbac }: Authorizer,
): Candidate[] {
  const namespace = namespaceFor({ request, isAnywhere });
  const roles = rbac.roles.filter(
    ({ name, namespace: own }) => !isReserved(name) && (own === null || own === namespace || isAnywhere),
  );
  const policies = entry.source === 'access-entry' ? policiesForPeople() : [];
  return [...policies, ...roles].flatMap((role): Candidate[] => {
    const bound = boundIn(role, role.namespace ?? namespace);
    return rolesAllowing([bound], request, isAnywhere).length > 0 ? [{ nearness: 'role', bound }] : [];
  });
}

/** Where a role would be bound; null: cluster-wide. */
function namespaceFor({ request, isAnywhere }: Pick<Asked, 'request' | 'isAnywhere'>): string | null {
  return 'path' in request ? null : (request.namespace ?? (isAnywhere ? ANY_NAMESPACE : null));
}

/** In commands, for a namespace of the reader's choice. */
const ANY_NAMESPACE = 'NAMESPACE';

/** True for names of Kubernetes and EKS, which aren't meant for people. */
function isReserved(name: string): boolean {
  return /^(system|eks):/.test(name);
}

/**
 * The candidate that grants the least: without a route to cluster admin, then in a namespace, then a group that has it,
 * then with the fewest permissions. Cluster admin is never one.
 */
function leastOf(
  candidates: readonly Candidate[],
  match: MatchedEntry,
  authorizer: Authorizer,
): NearestGrant | null {
  const ranked = candidates
    .map((one) => ({ ...one, risks: risksOf([one.bound], authorizer), size: sizeOf(one.bound.role) }))
    .filter(({ size }) => size < Number.POSITIVE_INFINITY)
    .sort(
      (one, other) =>
        Number(one.risks.length > 0) - Number(other.risks.length > 0) ||
        Number(one.nearness === 'role') - Number(other.nearness === 'role') ||
        Number(one.bound.binding.namespace === null) - Number(other.bound.binding.namespace === null) ||
        Number(!isPolicy(one.bound)) - Number(!isPolicy(other.bound)) ||
        one.size - other.size ||
        compareStrings(one.bound.role.name, other.bound.role.name),
    );
  const [least] = ranked;
  if (!least) return null;
  const { nearness, bound, risks } = least;
  const help = risks.length === 0 ? helpFor({ nearness, bound }, match) : null;
  return { ...OWN, nearness, bound, risks, help };
}

/** How much a role allows: infinite for everything. */
function sizeOf({ rules }: RbacRole): number {
  const sizes = rules.map(({ verbs, apiGroups, resources, nonResourceURLs }) => {
    const isAll = [verbs, apiGroups, resources].every((list) => list.includes('*'));
    if (isAll) return Number.POSITIVE_INFINITY;
    const sizeOfList = (list: readonly string[]) => (list.includes('*') ? MANY : list.length);
    return sizeOfList(verbs) * (sizeOfList(apiGroups) * sizeOfList(resources) + sizeOfList(nonResourceURLs));
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Counts for a star. */
const MANY = 50;

/** A command that grants the candidate to the caller, or the group to add; null if none can be printed. */
function helpFor({ nearness, bound }: Candidate, { entry, identity }: MatchedEntry): string | null {
  const { role, subject } = bound;
  const { namespace } = bound.binding;
  if (nearness === 'subject') return `Add the group ${quoted(subject.name)} to the entry.`;
  if (role.kind === 'AccessPolicy' && entry.source === 'access-entry') {
    const { partition = 'aws' } = parseArn(entry.cluster.arn) ?? {};
    const scope = namespace === null ? ('cluster' as const) : { namespaces: [namespace] };
    const policy = { policyArn: accessPolicyArn(partition, role.name), scope };
    return associatePolicy(entry.cluster, entry.id, policy);
  }
  const options = [`--${role.kind.toLowerCase()}=${role.name}`, subjectOption(identity)];
  if (options.some((option) => printable(option) !== option)) return null;
  const words = [...options, ...(namespace === null ? [] : ['-n', namespace])].map(shellWord).join(' ');
  return `kubectl create ${namespace === null ? 'clusterrolebinding' : 'rolebinding'} NAME ${words}`;
}

/** The caller's first group, or the username; a placeholder if Kubernetes or a session fills in the names. */
function subjectOption({ username, groups }: KubernetesIdentity): string {
  const isOwn = (name: string) => name !== '' && !isReserved(name) && !templateMatcher(name);
  const group = groups.find(isOwn);
  return group === undefined && isOwn(username) ? `--user=${username}` : `--group=${group ?? 'GROUP'}`;
}
