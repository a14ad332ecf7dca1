import type { AccessPolicy } from '../access-entry.ts';
import { possibleAdminBy } from '../authenticator/groups.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Entry, policiesOf } from '../cluster/entry.ts';
import type { Inventory } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { askedEntries } from './asked-cluster.ts';
import type { ClusterRights } from './cluster-rights.ts';
import { isPerson, roleWays, type Way, WayFinder, wayOf } from './who-gets-in.ts';

/** Who gets into a cluster, as far as it was asked for. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  /** Whether EKS was asked for clusters, and which of them this one is, is not known. */
  readonly isUnpaired: boolean;
  /** Those of provisioned roles in the order of their entries, groups before users; then all else. */
  readonly ways: readonly Way[];
  /** Entries of which it is not known who gets in, also where certain people are asked for. */
  readonly unknown: readonly Way[];
  /** Ways of roles, users and accounts that were not asked for. */
  readonly hidden: readonly Way[];
  /** Whether there are entries, all of accounts that were not asked for. */
  readonly isOutOfScope: boolean;
  /** What they may do there; null where no RBAC manifests are known. */
  readonly rights: ClusterRights | null;
}

/** Whose ways are wanted; null: everybody's. */
interface WayFilter {
  /** Ids of users, with whatever they reach through groups. */
  readonly users: ReadonlySet<string> | null;
  /** Ids of groups. */
  readonly groups: ReadonlySet<string> | null;
  /** Whether a member of a group is listed after it. */
  readonly expand: (member: Way) => boolean;
}

/** What was asked. */
export interface AccessQuestion {
  readonly filter: WayFilter;
  /** Kubernetes groups of which an entry has to give one; null: any entry. */
  readonly kubernetesGroups: readonly string[] | null;
  /** Whether it is about certain people: then entries that are of no people are left out. */
  readonly isAboutPeople: boolean;
  /** Whether only those are wanted who are allowed something. */
  readonly isAboutRights: boolean;
  readonly isInScope: (accountId: string) => boolean;
  /** Narrower: suspended accounts are not read. */
  readonly isRead: (entry: Entry) => boolean;
}

/**
 * @param known what was read from AWS; null where nothing was
 * @param rights of the question, where there is one
 */
export function clusterAccess(
  { cluster, isUnpaired }: Pick<ClusterAccess, 'cluster' | 'isUnpaired'>,
  known: { readonly inventory: Inventory; readonly assignees: Assignees } | null,
  question: AccessQuestion,
  rights: ClusterRights | null,
): ClusterAccess {
  const { filter, isAboutPeople, isInScope, isRead } = question;
  const inventory = known?.inventory ?? null;
  const finder = new WayFinder(cluster, inventory);
  const { provisioned, others: rest } = askedEntries(cluster, finder, question.kubernetesGroups);
  const all = known ? roleWays(provisioned.filter(isRead), known.inventory, known.assignees) : [];
  const expand = (member: Way) => filter.expand(member) || (rights?.isNamed(member) ?? false);
  const people = known ? waysOfPeople(all, known.assignees, { ...filter, expand }) : [];
  const others = rest.map((entry) => finder.otherWay(entry));
  const isAsked = ({ accountId }: Way) => !isAboutPeople && isInScope(accountId);
  const hidden = others.filter((way) => !isAsked(way));
  const ways = [...people, ...others.filter(isAsked)];
  return {
    cluster,
    isUnpaired,
    ways,
    unknown: all.filter(({ status }) => status === 'unknown'),
    hidden,
    isOutOfScope: ways.length === 0 && !isAboutPeople && provisioned.length + hidden.length > 0,
    rights,
  };
}

/** With the members of groups behind them, only whoever is wanted. */
function waysOfPeople(ways: readonly Way[], assignees: Assignees, filter: WayFilter): Way[] {
  const { users, groups } = filter;
  const all = ways.flatMap((way) => [way, ...throughGroup(way, assignees, filter)]);
  if (users === null && groups === null) return all;
  return all.filter(
    ({ principal, via }) =>
      principal && (users?.has(principal.id) || groups?.has(principal.id) || (via && groups?.has(via.id))),
  );
}

/** The members that are wanted; those of a deleted group do not get in. */
function throughGroup(
  way: Way,
  assignees: Assignees,
  { users, expand }: Pick<WayFilter, 'users' | 'expand'>,
): Way[] {
  const { principal: group } = way;
  if (group?.type !== 'GROUP' || group.name === null) return [];
  const members = new Map<string, Way>();
  for (const principal of assignees.membersOf(group) ?? []) {
    const member = wayOf(way, principal, group);
    if (expand(member)) members.set(principal.id, member);
  }
  for (const id of users ?? []) {
    const user = assignees.principal(id);
    if (user && assignees.groupsOf(id).has(group.id)) members.set(id, wayOf(way, user, group));
  }
  return [...members.values()];
}

/** Only those who are, or may be, allowed what a question is about; of entries, those of which it is not known who gets in. */
export function allowedAccess(shown: ClusterAccess): ClusterAccess {
  const { ways, unknown, rights } = shown;
  const isAllowed = (way: Way) =>
    (rights ? rights.allows(way) : possibleAdminBy(way.entry) !== null) ||
    openPolicies(way, rights).length > 0;
  return {
    ...shown,
    ways: ways.filter((way) => way.status !== 'none' && isAllowed(way)),
    unknown: unknown.filter(isAllowed),
  };
}

/** The access policies that may allow what a question is about, and bindings do not: EKS evaluates them itself. */
export function openPolicies(way: Way, rights: ClusterRights | null): readonly AccessPolicy[] {
  if (way.status === 'none' || possibleAdminBy(way.entry) !== null || rights?.allows(way)) return [];
  return policiesOf(way.entry).filter((policy) => rights?.mayAnswer(policy) ?? true);
}

/** Those who get in, or may: people, then entries whose people are not known, then all others. */
export function waysIn({ ways }: Pick<ClusterAccess, 'ways'>): Way[] {
  const live = ways.filter(({ status }) => status !== 'none');
  const people = live.filter(({ principal }) => isPerson(principal));
  const unknown = live.filter(({ status }) => status === 'unknown');
  return [...people, ...unknown, ...live.filter((way) => way.principal && !isPerson(way.principal))];
}
