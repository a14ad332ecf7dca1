import type { Cluster } from '../access-entry/cluster.ts';
import { type Entry, policiesOf } from '../access-entry/entry.ts';
import { possibleAdminBy } from '../aws-auth/groups.ts';
import type { Assignees } from '../directory/assignees.ts';
import type { Inventory, Principal } from '../directory/model.ts';
import type { AccessPolicy } from '../eks.ts';
import { memo } from '../memo.ts';
import { type ClusterRights, dependsOnCaller } from './cluster-rights.ts';
import { roleWays, WayFinder, wayOf } from './find-ways.ts';
import { type HeldEntry, isPerson, type SubjectWay, type Way } from './way.ts';

/** Who has access to a cluster, limited to what was asked. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  /** True if EKS was asked for clusters, but none was matched to this file. */
  readonly isUnpaired: boolean;
  /** Provisioned roles in the order of their entries, groups before users; then all others. */
  readonly ways: readonly Way[];
  /** Subjects that only bindings name, and how many of them every cluster's own bindings name; see `withSubjects`. */
  readonly subjects: readonly SubjectWay[];
  readonly defaultSubjects: number;
  /** Entries whose people are unknown, even if the question names people. */
  readonly unknown: readonly Way[];
  /** Roles, users and accounts outside the question. */
  readonly hidden: readonly Way[];
  /** True if there are entries, but all belong to accounts outside the question. */
  readonly isOutOfScope: boolean;
  /** Their permissions; null without RBAC manifests. */
  readonly rights: ClusterRights | null;
}

/** The principals a question is about; null for all. */
interface WayFilter {
  /** Ids of users, whose access through groups is included. */
  readonly users: ReadonlySet<string> | null;
  /** Ids of groups. */
  readonly groups: ReadonlySet<string> | null;
  /** True to list members after their group. */
  readonly expand: boolean;
}

/** A question about access. */
export interface AccessQuestion {
  readonly filter: WayFilter;
  /** Keep only entries with one of these Kubernetes groups; null keeps all. */
  readonly kubernetesGroups: readonly string[] | null;
  /** True if it names people: skips entries for other principals. */
  readonly isAboutPeople: boolean;
  /** True if it asks who has certain permissions. */
  readonly isAboutRights: boolean;
  readonly isInScope: (accountId: string) => boolean;
  /** Narrower than `isInScope`: suspended accounts are not read. */
  readonly isRead: (entry: Entry) => boolean;
}

/**
 * @param known data read from AWS; null if nothing was read
 * @param rights permissions in this cluster, limited to the question's
 */
export function clusterAccess(
  { cluster, isUnpaired }: Pick<ClusterAccess, 'cluster' | 'isUnpaired'>,
  known: { readonly inventory: Inventory; readonly assignees: Assignees } | null,
  question: AccessQuestion,
  rights: ClusterRights | null,
): ClusterAccess {
  const { filter, isAboutPeople, isAboutRights, isInScope, isRead } = question;
  const inventory = known?.inventory ?? null;
  const finder = new WayFinder(cluster, inventory);
  const { provisioned, others: rest } = finder.sorted(question.kubernetesGroups);
  const all = known ? roleWays(provisioned.filter(isRead), known.inventory) : [];
  const isOfInterest = memo(
    (way: Way) => !isAboutRights || mayAnswer(way, rights),
    ({ entry }) => entry,
  );
  const isListed = (way: Way, member: Principal) =>
    (filter.expand && isOfInterest(way)) || (rights?.isNamed(way, member) ?? false);
  const people = known ? waysOfPeople(all, known.assignees, filter, isListed) : [];
  const others = rest.map((entry) => finder.otherWay(entry));
  const isAsked = ({ accountId }: Way) => !isAboutPeople && isInScope(accountId);
  const hidden = others.filter((way) => !isAsked(way));
  const ways = [...people, ...others.filter(isAsked)];
  return {
    cluster,
    isUnpaired,
    ways,
    subjects: [],
    defaultSubjects: 0,
    unknown: all.filter(({ status }) => status === 'unknown'),
    hidden,
    isOutOfScope: ways.length === 0 && !isAboutPeople && provisioned.length + hidden.length > 0,
    rights,
  };
}

/**
 * The wanted principals, with members after their groups, and entries whose people are unknown.
 * @param isListed true for a member to list even if no user was asked for
 */
function waysOfPeople(
  ways: readonly Way[],
  assignees: Assignees,
  { users, groups }: WayFilter,
  isListed: (way: Way, member: Principal) => boolean,
): Way[] {
  const all = ways.flatMap((way) => [way, ...throughGroup(way, assignees, users, isListed)]);
  if (users === null && groups === null) return all;
  // Anybody may have access through an entry whose people are unknown.
  return all.filter(({ status, principal, via }) => {
    if (!principal) return status === 'unknown';
    return users?.has(principal.id) || groups?.has(principal.id) || (via && groups?.has(via.id));
  });
}

/** The wanted members; a deleted group grants its members no access. */
function throughGroup(
  way: Way,
  assignees: Assignees,
  users: WayFilter['users'],
  isListed: (way: Way, member: Principal) => boolean,
): Way[] {
  const { principal: group } = way;
  if (group?.type !== 'GROUP' || group.name === null) return [];
  const members = new Map<string, Way>();
  for (const principal of assignees.membersOf(group) ?? []) {
    if (isListed(way, principal)) members.set(principal.id, wayOf(way, principal, group));
  }
  for (const id of users ?? []) {
    const user = assignees.principal(id);
    if (user && assignees.groupsOf(id).has(group.id)) members.set(id, wayOf(way, user, group));
  }
  return [...members.values()];
}

/**
 * Keeps only principals that have, or may have, the permissions in question, and such entries whose people are unknown.
 */
export function allowedAccess(shown: ClusterAccess): ClusterAccess {
  const { ways, subjects, unknown, rights } = shown;
  const isAllowed = (way: HeldEntry) => hasRight(way, rights) || openReason(way, rights) !== null;
  return {
    ...shown,
    ways: ways.filter((way) => way.status !== 'none' && isAllowed(way)),
    subjects: subjects.filter(isAllowed),
    unknown: unknown.filter(isAllowed),
  };
}

/**
 * True if people with access through an entry may have, or may get, the permissions in question, apart from people whose
 * names bindings have. Most entries have nobody like that, so that their people needn't be looked at one by one.
 */
function mayAnswer(way: Way, rights: ClusterRights | null): boolean {
  if (!rights || dependsOnCaller(way.entry)) return true;
  if (hasRight(way, rights) || openReason(way, rights) !== null) return true;
  const { risks, forNames, returning } = rights.of(way);
  return risks.length + forNames.length + returning.length > 0;
}

/** True if a principal certainly has the permissions in question. */
export function hasRight(way: HeldEntry, rights: ClusterRights | null): boolean {
  return rights ? rights.allows(way) : possibleAdminBy(way.entry) !== null;
}

/**
 * Why it is unknown if a principal has the permissions in question: through an access policy whose rules AWS doesn't
 * publish, or through bindings, if these are unknown. Null if it has them, or certainly not.
 */
export function openReason(way: HeldEntry, rights: ClusterRights | null): OpenReason | null {
  if (openPolicies(way, rights).length > 0) return 'access-policy';
  const isOpen = way.status !== 'none' && !way.isNode && way.entry.groups.length > 0;
  return isOpen && !rights?.knowsBindings && !hasRight(way, rights) ? 'bindings-unknown' : null;
}

export type OpenReason = 'access-policy' | 'bindings-unknown';

/** The access policies that might grant the permissions in question: their rules are unknown. */
export function openPolicies(way: HeldEntry, rights: ClusterRights | null): readonly AccessPolicy[] {
  if (way.status === 'none') return [];
  const open = policiesOf(way.entry).filter((policy) => rights?.mayAnswer(policy) ?? true);
  return open.length === 0 || hasRight(way, rights) ? [] : open;
}

/** Principals that have or may have access: people, then entries whose people are unknown, then all others. */
export function waysIn({ ways }: Pick<ClusterAccess, 'ways'>): Way[] {
  const live = ways.filter(({ status }) => status !== 'none');
  const people = live.filter(({ principal }) => isPerson(principal));
  const unknown = live.filter(({ status }) => status === 'unknown');
  return [...people, ...unknown, ...live.filter((way) => way.principal && !isPerson(way.principal))];
}
