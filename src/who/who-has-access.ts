import { Assignees } from '../directory/assignees.ts';
import { clusterLabels, knownClusters } from '../directory/known-clusters.ts';
import type { Inventory, Principal } from '../directory/model.ts';
import type { Fleet, PrincipalName } from '../directory/query.ts';
import type { Finding } from '../errors.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import {
  type AskedCluster,
  askedClusters,
  entriesOutOfScope,
  type GivenCluster,
  modeFindings,
  withoutAwsAuth,
} from './asked-cluster.ts';
import { type AccessQuestion, type ClusterAccess, clusterAccess } from './cluster-access.ts';
import type { RightsFound } from './cluster-rights.ts';
import { answer } from './findings.ts';
import type { Shown } from './rows.ts';

/** A question about who has access. */
export interface WhoQuestion {
  /** Users and groups of Identity Center; empty for everybody. */
  readonly named: readonly PrincipalName[];
  /** Actions, such as `get secrets`; undefined for all access. */
  readonly can: readonly string[] | undefined;
  readonly namespace: string | undefined;
  /** Keep only entries with one of these; null keeps all. */
  readonly kubernetesGroups: readonly string[] | null;
  /** Overrides that of clusters. */
  readonly kubernetesVersion: string | undefined;
  /** True if group members are listed. */
  readonly expand: boolean;
  /** True if clusters were selected, or, with `isSearched`, found by patterns. */
  readonly isOfClusters: boolean;
  readonly isSearched: boolean;
  readonly isOfSnapshot: boolean;
  /** True if bindings were given. */
  readonly withBindings: boolean;
  /** True if several files were given, even if only one is left. */
  readonly severalGiven: boolean;
}

type Report = (findings: readonly Finding[]) => void;

/** The clusters of a question, and the people to read. */
interface AskedClusters {
  readonly all: readonly AskedCluster[];
  readonly fleet: Fleet;
  readonly found: Pick<RightsFound, 'rights' | 'asked' | 'arePeopleNamed'>;
  /** The entries whose people matter, the ARNs of the others, and whether names and members matter too. */
  readonly entries: AskedCluster['provisioned'];
  readonly people: {
    readonly named: readonly PrincipalName[];
    readonly members: boolean;
    readonly others: readonly string[];
    readonly areNamedShown: boolean;
  };
}

/**
 * Loads each file and cluster, and reports what they contain.
 * @throws Failure (exit 2) for an unknown verb in the question
 */
export async function loadClusters(
  given: readonly GivenCluster[],
  authorizers: readonly (Authorizer | null)[],
  fleet: Fleet,
  question: WhoQuestion,
  report: Report,
): Promise<AskedClusters> {
  const { named, can, kubernetesGroups, expand } = question;
  const { asked: all, findings } = askedClusters(given, kubernetesGroups);
  report(findings);
  const found = await rightsIn(all, authorizers, question, report);
  const people = {
    named,
    members: expand || can !== undefined || found.arePeopleNamed,
    others: all.flatMap(({ others }) => others.map(({ id }) => id)),
    areNamedShown: named.length > 0 && unreadIn(all, fleet, question, null).length > 0,
  };
  return { all, fleet, found, people, entries: all.flatMap(({ provisioned }) => provisioned) };
}

/** Rights in each cluster; loaded only with bindings, or for clusters with access policies. */
async function rightsIn(
  asked: readonly AskedCluster[],
  authorizers: readonly (Authorizer | null)[],
  { can, namespace, kubernetesVersion }: WhoQuestion,
  report: Report,
): Promise<AskedClusters['found']> {
  const isEvaluated = (one: AskedCluster | undefined) => can !== undefined || !!one?.policies.length;
  if (!authorizers.some((one, index) => one !== null || isEvaluated(asked[index])))
    return { rights: [], asked: [], arePeopleNamed: false };
  const { rightsInClusters } = await import('./cluster-rights.ts');
  const { withoutRbac } = await import('../rbac/authorizer.ts');
  const { withoutManifests } = await import('../rbac/combine.ts');
  const { kubernetesMinor, NEWEST } = await import('../rbac/kubernetes-version.ts');
  const { awsAuthState } = await import('../rbac/model.ts');
  const withoutBindings = async ({ awsAuth, eks }: AskedCluster['cluster']) => {
    const version = kubernetesMinor(kubernetesVersion ?? eks?.version) ?? NEWEST;
    // Default permissions of everyone only matter if someone asks for them.
    const blank = can === undefined ? withoutRbac(version) : await withoutManifests(version);
    return blank.withAwsAuth(awsAuthState(awsAuth !== null, eks?.authenticationMode));
  };
  const clusters = await Promise.all(
    asked.map(async (one, index) => ({
      authorizer: authorizers[index] ?? (isEvaluated(one) ? await withoutBindings(one.cluster) : null),
      entries: one.provisioned,
      policies: one.policies,
    })),
  );
  const found = rightsInClusters(clusters, can, namespace ?? null);
  report(found.findings);
  return found;
}

/** The clusters whose access is unknown: in a search, also those whose aws-auth wasn't given. */
function unreadIn(
  asked: readonly AskedCluster[],
  { unread }: Fleet,
  { isSearched }: WhoQuestion,
  inventory: Inventory | null,
): Shown['unread'] {
  return isSearched ? [...unread, ...withoutAwsAuth(asked, inventory)] : unread;
}

/**
 * Finds who has access, and reports everything else about it.
 * @param people the inventory, null if nothing was read, and tests for the entries and accounts in it
 * @throws Failure (exit 2) for a name that nobody has
 */
export async function whoHasAccess(
  { all: asked, fleet, found }: AskedClusters,
  people: Pick<AccessQuestion, 'isRead' | 'isInScope'> & { readonly inventory: Inventory | null },
  question: WhoQuestion,
  report: Report,
): Promise<Shown> {
  const { named, can, kubernetesGroups, isSearched, isOfSnapshot } = question;
  const [isAboutPeople, isAboutRights] = [named.length > 0, can !== undefined];
  const expand = question.expand || isAboutRights;
  const { inventory } = people;
  if (isSearched) report(entriesOutOfScope(asked, people.isInScope));
  report(modeFindings(asked, inventory, kubernetesGroups));
  const assignees = inventory && Assignees.of(inventory);
  const principals = named.flatMap((one) => assignees?.requireNamed(one, isOfSnapshot, report) ?? []);
  const filter = {
    users: idsOf(principals, 'USER'),
    groups: idsOf(principals, 'GROUP'),
    expand,
  };
  const { namespace, withBindings } = question;
  const about = { asked: found.asked, named, namespace, isAboutPeople, isAboutRights };
  const whole = { ...people, ...about, filter, kubernetesGroups };
  const ofEntries = asked.map(({ cluster }, index) => {
    const isUnpaired = question.isOfClusters && !cluster.eks;
    const known = inventory && assignees && { inventory, assignees };
    return clusterAccess({ cluster, isUnpaired }, known, whole, found.rights[index] ?? null);
  });
  const all = await withBoundSubjects(ofEntries, assignees, whole);
  const several = question.severalGiven || isSearched || asked.length + fleet.unread.length > 1;
  const { shown, findings } = answer(all, asked, whole, inventory, several);
  const unread = unreadIn(asked, fleet, question, inventory);
  report(findings);
  return {
    clusters: shown,
    withCluster: several,
    withBindings,
    unread,
    labelOf: clusterLabels(knownClusters(fleet)),
    named: principals.length > 0 ? principals : named.map((one) => ({ ...one, id: '' })),
    inventory,
    asked: isAboutRights ? found.asked : null,
  };
}

/** Null (no filter) if no principal of that type was named. */
function idsOf(principals: readonly Principal[], wanted: Principal['type']): ReadonlySet<string> | null {
  const ids = principals.flatMap(({ type, id }) => (type === wanted ? id : []));
  return ids.length === 0 ? null : new Set(ids);
}

/** Adds the subjects that only bindings name. */
async function withBoundSubjects(
  all: readonly ClusterAccess[],
  assignees: Assignees | null,
  question: AccessQuestion,
): Promise<readonly ClusterAccess[]> {
  if (!all.some(({ rights }) => rights?.knowsBindings)) return all;
  const { withSubjects } = await import('./bound-subjects.ts');
  return all.map((access) => withSubjects(access, assignees, question));
}
