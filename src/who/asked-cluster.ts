import { Cluster, IGNORES_CONFIG_MAP, ONLY_CONFIG_MAP } from '../access-entry/cluster.ts';
import { type Entry, policiesOf } from '../access-entry/entry.ts';
import { parseArn } from '../arn.ts';
import { AwsAuth } from '../aws-auth/aws-auth.ts';
import type { AwsAuthDocument } from '../aws-auth/document.ts';
import { canBecome } from '../aws-auth/groups.ts';
import { loadFindings } from '../aws-auth/load-findings.ts';
import type { EksCluster, Inventory, UnreadCluster } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import type { AccessPolicy } from '../eks.ts';
import { type Finding, locatedList, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { didYouMean, fileArgument, listed, quoted, shellWord } from '../text.ts';
import { kubernetesGroupsOf, type SortedEntries, WayFinder } from './find-ways.ts';

/** A cluster and the entries a question is about, sorted by their own content only. */
export interface AskedCluster extends SortedEntries {
  readonly cluster: Cluster;
  /** The access policies of all its entries. */
  readonly policies: readonly AccessPolicy[];
}

/** A cluster's file and what EKS says about it; one of them may be missing. */
export interface GivenCluster {
  readonly file: { readonly cluster: string | null; readonly document: AwsAuthDocument } | null;
  readonly cluster: EksCluster | null;
}

/**
 * Loads each aws-auth as the authenticator does.
 * @param wanted keep only entries with one of these Kubernetes groups; null keeps all
 * @returns the clusters, and findings on what they contain
 */
export function askedClusters(given: readonly GivenCluster[], wanted: readonly string[] | null) {
  const all = given.map((one) => askedCluster(one, wanted));
  const asked = all.map(({ findings: _, ...one }): AskedCluster => one);
  const findings = all.flatMap((one) => one.findings);
  return { asked, findings: wanted === null ? [...findings, ...withoutEntries(asked)] : findings };
}

function askedCluster({ file, cluster: eks }: GivenCluster, wanted: readonly string[] | null) {
  const label = eks ? (eks.label ?? eks.name) : (file?.cluster ?? null);
  const document = file?.document ?? null;
  const awsAuth = document && new AwsAuth(document);
  // A cluster in mode API doesn't load it.
  const findings = awsAuth && eks?.authenticationMode !== 'API' ? loadFindings(awsAuth) : [];
  const cluster = new Cluster(label, awsAuth, eks);
  const policies = cluster.entries.flatMap(policiesOf);
  return { cluster, findings, policies, ...new WayFinder(cluster, null).sorted(wanted) };
}

/**
 * Warns about Kubernetes groups that nobody in any of the clusters has.
 * @param ofSubjects the groups of subjects that only bindings name
 */
export function unknownGroups(
  clusters: readonly AskedCluster[],
  ofSubjects: readonly string[],
  wanted: readonly string[],
): Finding[] {
  if (wanted.length === 0) return [];
  const ofEntries = clusters.flatMap(({ cluster }) => cluster.entries.flatMap(kubernetesGroupsOf));
  const known = new Set([...ofEntries, ...ofSubjects]);
  const unknown = wanted.filter((group) => ![...known].some((one) => canBecome(one, group)));
  return unknown.map((group) =>
    warning('unknown-kubernetes-group', `--kubernetes-group: no entry has the group ${quoted(group)}`, {
      help: didYouMean(group, known),
    }),
  );
}

/** A note on clusters without entries for provisioned roles. */
function withoutEntries(asked: readonly AskedCluster[]): Finding[] {
  const none = asked.flatMap(({ cluster, provisioned }) => (provisioned.length === 0 ? cluster.file : []));
  if (none.length === 0) return [];
  const message = `${listed(none)} ${none.length === 1 ? 'has' : 'have'} no entries for provisioned roles`;
  return [note('no-entries', message)];
}

/**
 * Warns about entries that the scope flags leave out: flags that select the accounts of clusters also limit the accounts
 * of roles.
 */
export function entriesOutOfScope(
  asked: readonly AskedCluster[],
  isInScope: (accountId: string) => boolean,
): Finding[] {
  const accountOf = (entry: Entry) => parseProvisionedRoleArn(entry.arn)?.accountId ?? '';
  const left = asked.flatMap(({ provisioned }) => provisioned.map(accountOf)).filter((id) => !isInScope(id));
  if (left.length === 0) return [];
  const what = left.length === 1 ? '1 entry' : `${left.length} entries`;
  const accounts = [...new Set(left)].sort();
  const message = `not shown: ${what} for permission sets in accounts outside the scope: ${listed(accounts)}`;
  return [
    warning('entries-out-of-scope', message, { help: `To include them, add --account ${accounts[0]}.` }),
  ];
}

/**
 * Findings on how the authentication modes and access entries of clusters affect their aws-auth.
 * @param wanted Kubernetes groups the question is about; null for all
 */
export function modeFindings(
  asked: readonly AskedCluster[],
  inventory: Inventory | null,
  wanted: readonly string[] | null,
): Finding[] {
  const clusters = asked.map(({ cluster }) => cluster);
  return [
    ...missingConfigMaps(clusters),
    ...clusters.flatMap((cluster) => modeFindingsOf(cluster, inventory, wanted)),
  ];
}

/** Warns about clusters whose aws-auth counts too, but wasn't given. */
function missingConfigMaps(clusters: readonly Cluster[]): Finding[] {
  const missing = clusters.flatMap(({ lacksAwsAuth, eks, location }) =>
    lacksAwsAuth && eks ? { mode: eks.authenticationMode, location, readTime: ReadTime.of(eks) } : [],
  );
  return [...groupBy(missing, ({ mode }) => mode)].map(([mode, those]) => {
    const [verb, their] = those.length === 1 ? ['has', 'its'] : ['have', 'their'];
    const names = listed(those.map(({ location }) => location.file));
    const readTime = ReadTime.earliest(...those.map((one) => one.readTime));
    const known = readTime.dated(`${names} ${verb} authentication mode ${mode}`);
    const message = `${known}, but access through ${their} aws-auth isn't shown`;
    return warning('config-map-missing', message, {
      help: `Pass ${their} aws-auth ConfigMap${those.length === 1 ? '' : 's'} as FILE, too.`,
    });
  });
}

/** The clusters whose aws-auth grants access, too, but wasn't given: who has access through it is unknown. */
export function withoutAwsAuth(
  clusters: readonly AskedCluster[],
  inventory: Inventory | null,
): UnreadCluster[] {
  const names = new Map(inventory?.accounts.map(({ id, name }) => [id, name]));
  return clusters.flatMap(({ cluster: { eks, lacksAwsAuth } }) => {
    if (!eks || !lacksAwsAuth) return [];
    const { accountId = '', region = '' } = parseArn(eks.arn) ?? {};
    const detail = `authentication mode ${eks.authenticationMode}`;
    const accountName = names.get(accountId) ?? null;
    return { accountId, accountName, region, name: eks.name, cause: "its aws-auth wasn't given", detail };
  });
}

function modeFindingsOf(
  cluster: Cluster,
  inventory: Inventory | null,
  wanted: readonly string[] | null,
): Finding[] {
  const { eks } = cluster;
  if (!eks) return [];
  const { file: name } = cluster.location;
  const mode = eks.authenticationMode;
  if (!cluster.awsAuth && mode !== 'API') return [];
  const readTime = ReadTime.of(eks);
  if (mode === 'CONFIG_MAP') return [note('config-map-mode', readTime.dated(`${name} ${ONLY_CONFIG_MAP}`))];
  const finder = new WayFinder(cluster, inventory);
  const entries = finder.ignored.filter(({ map }) => map !== 'mapAccounts');
  if (mode === 'API') {
    const { others } = finder.sorted(wanted);
    if (entries.length === 0 && !others.some(({ map }) => map === 'mapAccounts')) return [];
    const message = `${readTime.dated(`${name} ${IGNORES_CONFIG_MAP}`)}, so no entry in this file grants access`;
    const { file } = cluster;
    const help = `Create access entries for everyone who needs access: aws-auth-sso access-entries --from ${fileArgument(file)} --cluster ${shellWord(eks.arn)}`;
    return [warning('config-map-ignored', message, { help, location: { file } })];
  }
  const located = locatedList(
    entries.map((entry) => ({ text: entry.arn, location: cluster.locationOf(entry) })),
  );
  if (!located) return [];
  const { list, location } = located;
  const message = `${readTime.dated(`access entries of ${name} override these aws-auth entries`)}: ${list}`;
  return [warning('overridden-by-access-entry', message, { location })];
}
